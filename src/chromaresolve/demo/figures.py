"""People: bodies of soft shapes, clothes with woven patterns, skin under the light of the sky."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chromaresolve.demo.noise import noise_at
from chromaresolve.demo.painting import (
    Canvas,
    Kinds,
    Patch,
    Plane,
    Points,
    blend,
    curve,
    oval,
    ramp,
)
from chromaresolve.demo.palette import DRESS, Light, paint_light

Cloth = Callable[[Plane, Plane], tuple[Light, Kinds | int]]
"""Gives a cloth's paint and kinds at positions measured in the wearer's height from their feet."""

CHIN = 0.87
"""How high the chin is, over the height."""
HEAD = 1.14
"""Heads are painted this much too large, as illustrators do, so that faces read from afar."""
WHITE_CLOTH = paint_light("f4efe6")
LIP = np.float32([0.80, 0.42, 0.42])
"""Lips against the skin around them."""
BLUSH = np.float32([1.10, 0.84, 0.80])
"""Cheeks against the skin around them."""
SKIN_SHADOW = np.float32([0.62, 0.52, 0.50])
"""Skin in shadow against skin in light: light that went through it comes back red."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone standing, seen from the front or turned a little."""

    height: float
    """From the sole to the top of the head."""
    skin: Light
    hair: Light
    top: Cloth
    bottom: Cloth
    facing: float = 0.0
    """-1 looks left, 1 right."""
    skirt: float = 0.0
    """How far the skirt flares, over the height; 0 for trousers."""
    hem: float = 0.24
    """How high the skirt's hem hangs, over the height."""
    long_hair: bool = False
    hat: Light | None = None
    left_hand: tuple[float, float] = (-0.15, 0.45)
    """Where the hand on the picture's left is: from the middle, and up, over the height."""
    right_hand: tuple[float, float] = (0.15, 0.45)


def plain(light: Light) -> Cloth:
    """Return a cloth of one colour."""
    return lambda _x, _y: (light, 0)


def dotted(pitch: float, *, base: Light = DRESS.warm, kind: int = DRESS.kind) -> Cloth:
    """Return a cloth with white dots."""

    def cloth(x: Plane, y: Plane) -> tuple[Light, Kinds]:
        row = np.floor(y / pitch)
        u, v = x / pitch + 0.5 * (row % 2), y / pitch
        away = np.hypot(u - np.floor(u) - 0.5, v - row - 0.5)
        return _printed(base, kind, ramp(away, 0.30, 0.22))

    return cloth


def striped(pitch: float, *, base: Light = DRESS.cool, kind: int = DRESS.kind + 1) -> Cloth:
    """Return a cloth with white stripes across."""

    def cloth(x: Plane, y: Plane) -> tuple[Light, Kinds]:
        wave = np.abs(y / pitch - np.rint(y / pitch)) + 0 * x
        return _printed(base, kind, ramp(wave, 0.20, 0.14))

    return cloth


def checked(pitch: float, first: Light, second: Light) -> Cloth:
    """Return a cloth of crossing stripes, each thread see-through."""

    def cloth(x: Plane, y: Plane) -> tuple[Light, int]:
        warp = ramp(np.abs(x / pitch - np.rint(x / pitch)), 0.22, 0.28) + 0 * y
        weft = ramp(np.abs(y / pitch - np.rint(y / pitch)), 0.22, 0.28) + 0 * x
        return blend(first, second, np.asarray(0.5 * (warp + weft), np.float32)), 0

    return cloth


def _printed(base: Light, kind: int, print_cover: Plane) -> tuple[Light, Kinds]:
    """Return a base cloth printed in white."""
    kinds = np.where(print_cover < 0.5, np.uint8(kind), np.uint8(0))
    return blend(base, WHITE_CLOTH, print_cover), kinds


def paint_person(canvas: Canvas, person: Person, x: float, foot: float) -> None:
    """Paint someone standing with the feet in the middle of (x, foot)."""
    painter = _Painter(canvas, person, x, foot)
    if person.long_hair:
        painter.hair_behind()
    painter.legs()
    painter.torso()
    painter.arm(-1, person.left_hand)
    painter.arm(1, person.right_hand)
    head_above = CHIN * person.height * (HEAD - 1)
    larger = replace(person, height=HEAD * person.height)
    _Painter(canvas, larger, x, foot + head_above).head()


@dataclass(frozen=True, slots=True)
class _Painter:
    """Paints one person; every position is over the height, from between the feet, upwards."""

    canvas: Canvas
    person: Person
    x: float
    foot: float

    def place(self, points: Points) -> Points:
        """Return points of the body as positions on the canvas."""
        scaled = np.asarray(points, np.float64) * (self.person.height, -self.person.height)
        return np.asarray(scaled + (self.x, self.foot), np.float64)

    def shape(self, points: Points, *, soft: float = 0.0) -> Patch:
        """Return the inside of a smooth outline."""
        return self.canvas.polygon(self.place(curve(points)), soft=soft * self.person.height)

    def limb(self, path: Points, widths: list[float]) -> Patch:
        """Return an arm or a leg."""
        line = self.place(curve(path, closed=False))
        at = np.linspace(0, len(widths) - 1, len(line))
        wide = np.interp(at, np.arange(len(widths)), widths) * self.person.height
        return self.canvas.stroke(line, wide.tolist())

    def body(self, patch: Patch) -> tuple[Plane, Plane]:
        """Return a patch's positions on the body."""
        height = self.person.height
        return (patch.x - self.x) / height, (self.foot - patch.y) / height

    def dress(
        self, patch: Patch, cloth: Cloth, *, width: float, seed: int, shift: float = 0
    ) -> None:
        """Paint a piece of clothing: round across its width, with folds that hang."""
        x, y = self.body(patch)
        light, kinds = cloth(x, y)
        u = (x - shift) / width
        form = 0.50 + 0.62 * ramp(-u, -1.0, 0.75)
        folds = noise_at(x * 560 / (0.7 + y), y * 90, seed=seed, slope=1.8)
        shade = form * (0.80 + 0.36 * folds)
        tinted = np.asarray(light, np.float32) * shade[..., np.newaxis]
        self.canvas.paint(patch, tinted, kind=kinds)

    def flesh(self, patch: Patch, *, width: float, shift: float = 0) -> None:
        """Paint bare skin, rounder and softer than cloth."""
        x, y = self.body(patch)
        lit = ramp(-(x - shift) / width, -1.1, 0.5) + 0 * y
        self.canvas.paint(patch, self.person.skin * blend(SKIN_SHADOW, (1.04, 1.0, 0.97), lit))

    def legs(self) -> None:
        """Paint legs, shoes, and what covers them."""
        person = self.person
        for side in (1, -1):
            path = [(0.040 * side, 0.48), (0.045 * side, 0.26), (0.048 * side, 0.05)]
            shoe = self.shape(oval(0.048 * side + 0.018 * person.facing, 0.014, 0.034, 0.015))
            self.canvas.paint(shoe, paint_light("3a2a24"))
            if person.skirt:
                self.flesh(self.limb(path, [0.085, 0.060, 0.034]), width=0.03, shift=0.04 * side)
            else:
                leg = self.limb(path, [0.110, 0.086, 0.066])
                self.dress(leg, person.bottom, width=0.05, seed=3 + side, shift=0.045 * side)
        if person.skirt:
            flare, hem = person.skirt, person.hem
            waist = [(-0.066, 0.615), (0.0, 0.60), (0.066, 0.615)]
            right = [(0.10, 0.50), (flare, hem + 0.012)]
            left = [(-flare, hem + 0.012), (-0.10, 0.50)]
            skirt = self.shape(
                [*waist, *right, (0.45 * flare, hem - 0.012), (-0.4 * flare, hem - 0.014), *left]
            )
            self.dress(skirt, person.bottom, width=flare, seed=9)
            self.canvas.shade(self.shape(oval(0.0, 0.605, 0.075, 0.016), soft=0.006), 0.75)

    def torso(self) -> None:
        """Paint the neck and the upper body."""
        lean = 0.006 * self.person.facing
        neck = self.limb([(lean, 0.80), (2 * lean, 0.885)], [0.062, 0.052])
        self.flesh(neck, width=0.04)
        jaw = self.shape(oval(0.012 + 2 * lean, 0.868, 0.034, 0.022), soft=0.006)
        self.canvas.shade(jaw.only(_cover_of(neck, jaw)), SKIN_SHADOW)
        shoulders = [(-0.040, 0.832), (0.0, 0.815), (0.040, 0.832)]
        right = [(0.088, 0.812), (0.108, 0.780), (0.088, 0.70), (0.072, 0.615), (0.082, 0.50)]
        left = [(-x, y) for x, y in reversed(right)]
        chest = self.shape([*shoulders, *right, (0.0, 0.488), *left])
        if self.person.skirt:
            keep = ramp(self.body(chest)[1], 0.590, 0.602) + 0 * chest.x
            chest = chest.only(keep)
        self.dress(chest, self.person.top, width=0.11, seed=17)

    def arm(self, side: int, hand: tuple[float, float]) -> None:
        """Paint an arm from the shoulder to the hand, its sleeve short."""
        shoulder = np.array([0.086 * side, 0.782])
        reach = np.array(hand) - shoulder
        bent = max(0.34 - float(np.hypot(*reach)), 0.0)
        outward = np.array([side * (0.03 + 0.5 * bent), -0.02 - 0.3 * bent])
        elbow = shoulder + 0.5 * reach + outward
        path = [tuple(shoulder), tuple(elbow), hand]
        arm = self.limb(path, [0.050, 0.045, 0.038, 0.033, 0.025])
        self.flesh(arm, width=0.035, shift=float(elbow[0]))
        palm = self.shape(oval(hand[0], hand[1], 0.019, 0.023))
        self.flesh(palm, width=0.03, shift=hand[0])
        sleeve_end = tuple(shoulder + 0.52 * (elbow - shoulder))
        sleeve = self.limb([tuple(shoulder), sleeve_end], [0.060, 0.058])
        self.dress(sleeve, self.person.top, width=0.05, seed=23 + side, shift=0.1 * side)

    def hair_behind(self) -> None:
        """Paint long hair that falls behind the shoulders."""
        turn = -0.012 * self.person.facing
        outline = [
            (-0.055 + turn, 0.95),
            (0.055 + turn, 0.95),
            (0.072 + turn, 0.86),
            (0.064 + turn, 0.76),
        ]
        patch = self.shape([*outline, (turn, 0.745), (-0.066 + turn, 0.76), (-0.072 + turn, 0.86)])
        self._strands(patch, 0.62)

    def head(self) -> None:
        """Paint head, face, hair and hat."""
        turn = 0.012 * self.person.facing
        skull = [(-0.050, 0.945), (-0.036, 0.985), (0.0, 0.998), (0.036, 0.985), (0.050, 0.945)]
        jaw = [(0.048, 0.905), (0.030, 0.872), (0.004, 0.860), (-0.028, 0.870), (-0.047, 0.905)]
        ear = self.shape(oval(-0.049 * (1 if self.person.facing >= 0 else -1), 0.922, 0.010, 0.018))
        self.flesh(ear, width=0.08)
        face = self.shape([*skull, *jaw])
        x, y = self.body(face)
        lit = ramp(-0.75 * x + 0.45 * (y - 0.925), -0.050, 0.026)
        light = self.person.skin * blend(SKIN_SHADOW, (1.06, 1.02, 0.98), lit)
        self.canvas.paint(face, light)
        self._features(1.8 * turn)
        self._hair(turn)
        if self.person.hat is not None:
            self._hat(self.person.hat)

    def _features(self, turn: float) -> None:
        """Paint brows, eyes, nose, mouth and cheeks."""
        canvas, skin, hair = self.canvas, self.person.skin, self.person.hair
        for side in (-1, 1):
            x = turn + 0.021 * side
            canvas.shade(self.shape(oval(x, 0.930, 0.013, 0.008), soft=0.004), (0.80, 0.74, 0.74))
            canvas.paint(self.shape(oval(x, 0.928, 0.0095, 0.0048)), paint_light("ece7e2"))
            canvas.paint(
                self.shape(oval(x + 0.4 * turn * 0.3, 0.928, 0.0046, 0.0049)), paint_light("2c2620")
            )
            lid = self.limb(
                [(x - 0.011, 0.929), (x, 0.934), (x + 0.011, 0.930)], [0.002, 0.003, 0.002]
            )
            canvas.paint(lid, paint_light("2a1d18"))
            brow = self.limb(
                [(x - 0.013, 0.944), (x, 0.950), (x + 0.013, 0.946)], [0.003, 0.005, 0.003]
            )
            canvas.paint(brow, hair * 0.8, opacity=0.85)
            canvas.shade(
                self.shape(oval(x * 1.25 - 0.2 * turn, 0.903, 0.014, 0.010), soft=0.006), BLUSH
            )
        nose = [(turn + 0.002, 0.926), (turn + 0.012, 0.905), (turn - 0.004, 0.901)]
        canvas.shade(
            self.canvas.polygon(self.place(nose), soft=0.003 * self.person.height),
            (0.74, 0.66, 0.64),
        )
        canvas.shade(
            self.shape(oval(turn + 0.003, 0.9005, 0.008, 0.003), soft=0.002), (0.66, 0.52, 0.50)
        )
        canvas.shade(self.shape(oval(turn - 0.003, 0.913, 0.003, 0.006), soft=0.003), 1.22)
        mouth = [(turn - 0.019, 0.8905), (turn, 0.8885), (turn + 0.018, 0.8905), (turn, 0.8775)]
        canvas.paint(self.shape(mouth), skin * LIP)
        line = self.limb(
            [(turn - 0.021, 0.8915), (turn, 0.8845), (turn + 0.020, 0.8915)],
            [0.0015, 0.002, 0.0015],
        )
        canvas.shade(line, (0.45, 0.35, 0.35))

    def _hair(self, turn: float) -> None:
        """Paint the hair around the face, parted at one side."""
        crown = [(-0.054, 0.935), (-0.050, 0.985), (-0.022, 1.008), (0.018, 1.008), (0.050, 0.985)]
        fringe = [
            (0.054, 0.935),
            (0.046, 0.952),
            (0.030 + turn, 0.966),
            (0.0 + turn, 0.974),
            (-0.024 + turn, 0.966),
            (-0.044, 0.950),
        ]
        self._strands(self.shape([*crown, *fringe]), 1.0)
        if self.person.long_hair:
            for side in (-1, 1):
                lock = self.limb(
                    [(0.050 * side, 0.955), (0.057 * side, 0.90), (0.060 * side, 0.835)],
                    [0.016, 0.024, 0.012],
                )
                self._strands(lock, 0.9)

    def _strands(self, patch: Patch, shade: float) -> None:
        """Paint hair: fine strands, a sheen where it bends to the light."""
        x, y = self.body(patch)
        strand = noise_at(x * 2600, y * 190, seed=33, slope=0.7)
        sheen = np.exp(-(((x + 0.022) / 0.020) ** 2) - ((y - 0.985) / 0.016) ** 2)
        light = self.person.hair * (shade * (0.60 + 0.55 * strand))[..., np.newaxis]
        self.canvas.paint(patch, light + (0.16 * sheen * strand)[..., np.newaxis])

    def _hat(self, straw: Light) -> None:
        """Paint a straw hat with a ribbon, and the shadow of its brim."""
        brow = self.shape(oval(0.004, 0.945, 0.046, 0.020), soft=0.008)
        self.canvas.shade(brow, (0.66, 0.58, 0.56))
        for outline, shade in (
            (oval(0.0, 0.968, 0.105, 0.022), 0.80),
            (
                [
                    (-0.050, 0.970),
                    (-0.046, 1.020),
                    (0.0, 1.034),
                    (0.046, 1.020),
                    (0.050, 0.970),
                    (0.0, 0.962),
                ],
                1.0,
            ),
        ):
            patch = self.shape(outline)
            x, y = self.body(patch)
            weave = 0.85 + 0.15 * np.sin(x * 1500) * np.sin(y * 1700)
            form = 0.60 + 0.55 * ramp(-x / 0.08, -1, 0.8)
            self.canvas.paint(patch, straw * (shade * weave * form)[..., np.newaxis])
        band = self.limb([(-0.0495, 0.980), (0.0, 0.973), (0.0495, 0.980)], [0.016, 0.016])
        self.canvas.paint(band, paint_light("c22f3a"))


def _cover_of(patch: Patch, within: Patch) -> Plane:
    """Return how much one patch covers of another's pixels."""
    cover = np.zeros(within.cover.shape, np.float32)
    top, left = patch.rows.start, patch.columns.start
    rows = slice(max(within.rows.start, top), min(within.rows.stop, patch.rows.stop))
    columns = slice(max(within.columns.start, left), min(within.columns.stop, patch.columns.stop))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return cover
    found = patch.cover[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    y, x = within.rows.start, within.columns.start
    cover[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x] = found
    return cover
