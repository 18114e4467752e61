"""The fair on the promenade: stalls with awnings, fruit, balloons, bunting, parasols, pots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chromaresolve.demo.backdrop import EYE_METRES, HORIZON
from chromaresolve.demo.figures import Cloth, Person, paint_person
from chromaresolve.demo.noise import noise_at
from chromaresolve.demo.painting import Canvas, Kinds, Patch, Plane, Plate, blend, curve, oval, ramp
from chromaresolve.demo.palette import AWNING, LEAF, Light, LookAlike, paint_light
from chromaresolve.demo.village import paint_bricks, paint_leaves

CREAM = paint_light("f3ecd8")
WOOD = paint_light("9a7350")
ROPE = paint_light("4a4038")

BRIGHT = tuple(
    paint_light(code) for code in ("d42a2a", "f2c21e", "2f9a48", "2458b8", "c23a92", "28a8b8")
)
"""Red, yellow, green, blue, magenta, cyan: what bunting and balloons are made of."""

FRUIT = tuple(
    paint_light(code) for code in ("e8862a", "c8281e", "f0d040", "7fae3a", "5a2a60", "e6a86a")
)
"""Oranges, tomatoes, lemons, limes, plums, peaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """One market stall, seen from the front."""

    x: float
    """Its middle."""
    row: float
    """Rows below the horizon of the ground it stands on."""
    cloth: Light
    kind: int
    dots: bool
    """Whether the awning is dotted; else striped."""
    vendor: Person
    seed: int


def paint_ball(
    canvas: Canvas,
    x: float,
    y: float,
    across: float,
    down: float,
    light: Light,
    *,
    gloss: float = 0.3,
    kind: int = 0,
) -> None:
    """Paint something round in the sun: shaded, with a highlight and light from the ground."""
    patch = canvas.ellipse(x, y, across, down)
    u, v = (patch.x - x) / across, (patch.y - y) / down
    depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    lit = np.clip(0.25 - 0.45 * u - 0.50 * v + 0.55 * depth, 0, None)
    bounce = 0.10 * np.clip(v + 0.2, 0, 1)
    shade = (0.22 + 0.85 * lit + bounce)[..., np.newaxis]
    shine = np.exp(-((u + 0.38) ** 2 + (v + 0.42) ** 2) / 0.03)[..., np.newaxis]
    canvas.paint(patch, light * shade + gloss * shine, kind=kind)


def paint_stall(scale: float, stall: Stall) -> Plate:
    """Paint a stall with its vendor and its goods."""
    metre = stall.row / EYE_METRES
    foot = HORIZON + stall.row
    half = 1.45 * metre
    box = (stall.x - 1.35 * half, foot - 3.0 * metre, stall.x + 1.35 * half, foot + 0.2 * metre)
    canvas = Canvas(box, scale)
    inside = [(stall.x - half, foot - 2.3 * metre), (stall.x + half, foot - 2.3 * metre)]
    back = canvas.polygon([*inside, (stall.x + half, foot), (stall.x - half, foot)])
    planks = 0.8 + 0.2 * np.cos(back.x / metre * 40) + 0 * back.y
    dusk = 0.16 + 0.25 * ramp(back.y, foot - 1.9 * metre, foot - 0.9 * metre)
    canvas.paint(back, paint_light("8a7a78") * (planks * dusk)[..., np.newaxis])
    paint_person(canvas, stall.vendor, stall.x + 0.15 * half, foot)
    shadow = [(stall.x - half, foot - 2.1 * metre), (stall.x + half, foot - 2.1 * metre)]
    shadow += [(stall.x + half, foot - 1.25 * metre), (stall.x - half, foot - 1.5 * metre)]
    canvas.shade(canvas.polygon(shadow, soft=0.12 * metre), (0.30, 0.30, 0.36))
    for side in (-1, 1):
        post_x = stall.x + side * 0.97 * half
        post = canvas.stroke([(post_x, foot), (post_x, foot - 2.5 * metre)], 0.075 * metre)
        canvas.paint(post, WOOD * (1.0 if side < 0 else 0.45))
    _paint_counter(canvas, stall, metre, foot, half)
    _paint_awning(canvas, stall, metre, foot, half)
    return canvas.plate()


def _paint_counter(canvas: Canvas, stall: Stall, metre: float, foot: float, half: float) -> None:
    """Paint the counter: crates of fruit, tilted towards us, over a board of planks."""
    numbers = np.random.default_rng([stall.seed, 3])
    board = [(stall.x - half, foot - 0.72 * metre), (stall.x + half, foot - 0.72 * metre)]
    front = canvas.polygon([*board, (stall.x + half, foot), (stall.x - half, foot)])
    plank = np.floor((front.y - foot) / (0.18 * metre))
    grain = noise_at(front.x * 1.5, front.y * 14 + 37 * plank, seed=stall.seed, slope=1.3)
    tone = noise_at(plank * 17 + 0 * front.x, plank * 5 + 0 * front.x, seed=stall.seed, slope=0.3)
    gap = np.abs((front.y - foot) / (0.18 * metre) - np.rint((front.y - foot) / (0.18 * metre)))
    shade = (0.55 + 0.35 * grain + 0.25 * tone) * (0.35 + 0.65 * ramp(gap, 0.02, 0.07))
    canvas.paint(front, WOOD * shade[..., np.newaxis])
    crates = 5
    for crate in range(crates):
        x0 = stall.x + half * (2 * crate / crates - 1)
        x1 = x0 + 2 * half / crates
        top, bottom = foot - 1.08 * metre, foot - 0.70 * metre
        corners = [(x0 + 1, top), (x1 - 1, top), (x1 - 1, bottom), (x0 + 1, bottom)]
        canvas.paint(canvas.polygon(corners), WOOD * 0.28)
        light = FRUIT[(crate + stall.seed) % len(FRUIT)]
        size = metre * (0.062 if crate % 2 else 0.075)
        for line in range(5):
            y = top + (0.2 + line) * (bottom - top) / 5
            for x in np.arange(x0 + size * (1 + line % 2), x1 - 0.6 * size, 1.75 * size):
                tone = light * np.float32(numbers.uniform(0.75, 1.1))
                paint_ball(canvas, float(x), y + numbers.uniform(-1, 1), size, size * 0.95, tone)
        lip = [
            (x0, bottom - 0.02 * metre),
            (x1, bottom - 0.02 * metre),
            (x1, bottom + 0.12 * metre),
        ]
        canvas.paint(canvas.polygon([*lip, (x0, bottom + 0.12 * metre)]), WOOD * 0.95)
        canvas.shade(
            canvas.polygon([(x1 - 2, top), (x1, top), (x1, bottom + 8), (x1 - 2, bottom + 8)]), 0.5
        )
    canvas.shade(
        canvas.polygon(
            [*board, (stall.x + half, foot - 0.45 * metre), (stall.x - half, foot - 0.45 * metre)],
            soft=3,
        ),
        0.7,
    )
    canvas.shade(
        canvas.polygon(
            [
                (stall.x + 0.2 * half, foot - 2.2 * metre),
                (stall.x + 1.05 * half, foot - 2.2 * metre),
                (stall.x + 1.05 * half, foot),
                (stall.x + 0.65 * half, foot),
            ],
            soft=0.1 * metre,
        ),
        (0.55, 0.58, 0.68),
    )


def _paint_awning(canvas: Canvas, stall: Stall, metre: float, foot: float, half: float) -> None:
    """Paint the awning: a sloping cloth that sags between its ribs, with a scalloped valance."""
    ridge, eaves = foot - 2.85 * metre, foot - 2.12 * metre
    flap = eaves + 0.26 * metre
    lanes = 11
    edge = np.linspace(-1, 1, lanes * 8 + 1)
    scallop = flap - 0.10 * metre * (1 - np.abs(np.sin(np.pi * (edge + 1) / 2 * lanes)))
    lower = list(zip((stall.x + 1.18 * half * edge).tolist(), scallop.tolist(), strict=True))
    top = [(stall.x + 1.02 * half, ridge), (stall.x - 1.02 * half, ridge)]
    patch = canvas.polygon(
        [*lower, (stall.x + 1.18 * half, eaves), *top, (stall.x - 1.18 * half, eaves)]
    )
    down = np.clip((patch.y - ridge) / (eaves - ridge), 0, 1)
    u = (patch.x - stall.x) / (half * (1.02 + 0.16 * down))
    v = (patch.y - ridge) / metre
    light, kinds = _awning_cloth(stall, u * lanes / 2 + lanes / 2, v, metre)
    sag = 0.90 + 0.10 * np.cos(2 * np.pi * u * 2)
    slope = 0.72 + 0.34 * (1 - down)
    valance = ramp(patch.y, eaves - 0.5, eaves + 0.5)
    weave = 0.94 + 0.12 * noise_at(patch.x * 4, patch.y * 4, seed=stall.seed, slope=0.8)
    shade = sag * weave * (slope * (1 - valance) + 0.66 * valance) * (1.0 - 0.13 * u)
    canvas.paint(patch, light * shade[..., np.newaxis], kind=kinds)
    crease = canvas.stroke([(stall.x - 1.18 * half, eaves), (stall.x + 1.18 * half, eaves)], 1.2)
    canvas.shade(crease, 0.75)


def _awning_cloth(stall: Stall, lane: Plane, down: Plane, metre: float) -> tuple[Light, Kinds]:
    """Return an awning's paint: stripes down the slope, or a field of dots."""
    sharp = 12 / metre
    if stall.dots:
        row = np.floor(down / 0.20)
        u, v = lane * 1.2 + 0.5 * (row % 2), down / 0.20
        away = np.hypot(u - np.floor(u) - 0.5, v - row - 0.5)
        cream = ramp(away, 0.27 + 0.3 * sharp, 0.27 - 0.3 * sharp)
    else:
        cream = ramp(np.abs(lane - np.rint(lane)), 0.25 - sharp / 2, 0.25 + sharp / 2) + 0 * down
    kinds = np.where(cream < 0.5, np.uint8(stall.kind), np.uint8(0))
    return blend(stall.cloth, CREAM, cream), kinds


def paint_balloons(scale: float, x: float, hand: float, *, size: float, seed: int) -> Plate:
    """Paint a bunch of balloons on strings that meet in a hand."""
    numbers = np.random.default_rng([seed, 11])
    canvas = Canvas((x - 5 * size, hand - 8.2 * size, x + 5 * size, hand + size), scale)
    spots = [(-1.7, -4.6), (0.2, -6.3), (1.7, -4.9), (-0.4, -4.2), (0.9, -3.4), (-1.6, -6.0)]
    for number, (across, up) in enumerate(spots):
        bx = x + size * (across + numbers.uniform(-0.1, 0.1))
        by = hand + size * (up + numbers.uniform(-0.1, 0.1))
        string = curve(
            [(bx, by + 1.1 * size), ((bx + x) / 2 + 3, (by + hand) / 2 + size), (x, hand)],
            closed=False,
        )
        canvas.paint(canvas.stroke(string, 0.9), ROPE, opacity=0.8)
        light = BRIGHT[number % len(BRIGHT)]
        knot = [
            (bx, by + size),
            (bx - 0.13 * size, by + 1.2 * size),
            (bx + 0.13 * size, by + 1.2 * size),
        ]
        canvas.paint(canvas.polygon(knot), light * 0.6)
        paint_ball(canvas, bx, by, 0.86 * size, 1.05 * size, light, gloss=0.8)
    return canvas.plate()


def paint_bunting(
    scale: float,
    *,
    left: tuple[float, float],
    right: tuple[float, float],
    sag: float,
    size: float,
    first: int,
) -> Plate:
    """Paint a string of little flags between two posts."""
    canvas = Canvas(
        (
            left[0] - 5,
            min(left[1], right[1]) - 5,
            right[0] + 5,
            max(left[1], right[1]) + sag + 2 * size,
        ),
        scale,
    )
    t = np.linspace(0, 1, 60)
    xs = left[0] + (right[0] - left[0]) * t
    ys = left[1] + (right[1] - left[1]) * t + 4 * sag * t * (1 - t)
    canvas.paint(canvas.stroke(np.stack([xs, ys], axis=1), 1.2), ROPE)
    for number in range(int((right[0] - left[0]) / (1.35 * size))):
        x = left[0] + (number + 0.6) * 1.35 * size
        y = float(np.interp(x, xs, ys))
        swing = 0.18 * size * np.sin(2.1 * number)
        corners = [(x - 0.5 * size, y), (x + 0.5 * size, y), (x + swing, y + 1.15 * size)]
        flag = canvas.polygon(corners)
        ripple = 0.78 + 0.26 * np.cos((flag.x - x) / size * 5 + number) + 0 * flag.y
        light = (*BRIGHT, CREAM)[(number + first) % 7]
        canvas.paint(flag, light * ripple[..., np.newaxis])
    return canvas.plate()


def paint_parasol(scale: float, x: float, row: float, cloth: LookAlike, *, cool: bool) -> Plate:
    """Paint a beach parasol, its panels plain and cream by turns, and a towel beneath."""
    metre, foot = row / EYE_METRES, HORIZON + row
    canvas = Canvas(
        (x - 1.6 * metre, foot - 2.4 * metre, x + 1.6 * metre, foot + 0.3 * metre), scale
    )
    top, rim, wide = foot - 2.2 * metre, foot - 1.55 * metre, 1.25 * metre
    canvas.paint(canvas.stroke([(x, foot), (x, top)], 0.05 * metre), CREAM * 0.8)
    light, kind = (cloth.cool, cloth.kind + 1) if cool else (cloth.warm, cloth.kind)
    ribs = np.cos(np.linspace(np.pi, 0, 9)) * wide
    for number in range(8):
        x0, x1 = x + ribs[number], x + ribs[number + 1]
        mid = (x0 + x1) / 2
        panel = [
            (x, top),
            *_arc((x, top), (x0, rim), -0.10),
            ((x0 + mid) / 2, rim - 0.05 * metre),
            (mid, rim - 0.07 * metre),
            ((x1 + mid) / 2, rim - 0.05 * metre),
            *reversed(_arc((x, top), (x1, rim), -0.10)),
        ]
        patch = canvas.polygon(panel)
        shade = 1.02 - 0.085 * number + 0 * patch.cover
        if number % 2:
            canvas.paint(patch, CREAM * shade[..., None])
        else:
            canvas.paint(patch, light * shade[..., None], kind=kind)
    return canvas.plate()


def _arc(
    start: tuple[float, float], end: tuple[float, float], bulge: float
) -> list[tuple[float, float]]:
    """Return points from start to end, bulging to the outside and up."""
    t = np.linspace(0.2, 1, 6)
    x = start[0] + (end[0] - start[0]) * np.sin(t * np.pi / 2) ** 0.9
    y = start[1] + (end[1] - start[1]) * t ** (1.6 + bulge)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def paint_pot(scale: float, x: float, row: float, *, size: float, seed: int) -> Plate:
    """Paint a bush with red flowers in a terracotta pot, near the camera."""
    foot = HORIZON + row
    canvas = Canvas((x - 1.3 * size, foot - 2.5 * size, x + 1.3 * size, foot + 0.2 * size), scale)
    numbers = np.random.default_rng([seed, 5])
    body = [
        (x - 0.52 * size, foot - 0.9 * size),
        (x + 0.52 * size, foot - 0.9 * size),
        (x + 0.36 * size, foot),
        (x - 0.36 * size, foot),
    ]
    for corners, high in (
        (body, 0.8),
        (
            [
                (x - 0.58 * size, foot - 1.02 * size),
                (x + 0.58 * size, foot - 1.02 * size),
                (x + 0.56 * size, foot - 0.82 * size),
                (x - 0.56 * size, foot - 0.82 * size),
            ],
            0.95,
        ),
    ):
        patch = canvas.polygon(corners)
        u = (patch.x - x) / (0.55 * size)
        form = 0.25 + 0.75 * np.clip(1 - (u + 0.35) ** 2, 0, 1)
        stain = noise_at(patch.x * 2, patch.y * 2, seed=seed, slope=1.6)
        canvas.paint(
            patch, LEAF.warm * (high * form * (0.75 + 0.4 * stain))[..., None], kind=LEAF.kind
        )
    for _ in range(26):
        angle, reach = numbers.uniform(0, 2 * np.pi), np.sqrt(numbers.uniform(0, 1))
        cx, cy = (
            x + 0.85 * size * reach * np.cos(angle),
            foot - 1.55 * size - 0.55 * size * reach * np.sin(angle),
        )
        paint_sprig(canvas, cx, cy, 0.34 * size, numbers)
    for _ in range(9):
        cx, cy = x + numbers.uniform(-0.75, 0.75) * size, foot - numbers.uniform(1.2, 2.1) * size
        for _ in range(7):
            px, py = cx + numbers.normal(0, 0.06) * size, cy + numbers.normal(0, 0.05) * size
            paint_ball(
                canvas,
                px,
                py,
                0.055 * size,
                0.05 * size,
                paint_light("c81e3c") * np.float32(numbers.uniform(0.7, 1.2)),
                gloss=0.1,
            )
    return canvas.plate()


def paint_sprig(
    canvas: Canvas, x: float, y: float, size: float, numbers: np.random.Generator
) -> None:
    """Paint a handful of single leaves, each with a lit and a shaded half."""
    for _ in range(9):
        turn = numbers.uniform(0, 2 * np.pi)
        tip = np.array([np.cos(turn), np.sin(turn)]) * size * numbers.uniform(0.5, 0.9)
        start = np.array([x, y]) + numbers.normal(0, 0.35, 2) * size
        side = np.array([-tip[1], tip[0]]) * 0.28
        shade = np.float32(
            np.clip(0.75 - 0.30 * (tip[1] + tip[0]) / size + numbers.normal(0, 0.22), 0.2, 1.7)
        )
        for sign, tone in ((1, 1.0), (-1, 0.72)):
            half = curve(
                [start, start + 0.45 * tip + sign * side, start + tip, start + 0.5 * tip], steps=4
            )
            canvas.paint(canvas.polygon(half), LEAF.cool * (shade * tone), kind=LEAF.kind + 1)


def paint_branch(scale: float) -> Plate:
    """Paint an orange tree's branch that hangs into the picture from the upper right."""
    canvas = Canvas((830, -80, 1500, 190), scale)
    numbers = np.random.default_rng(77)
    path = curve([(1500, -60), (1330, -6), (1150, 22), (1000, 12), (880, 40)], closed=False)
    canvas.paint(canvas.stroke(path, np.linspace(16, 3, len(path)).tolist()), paint_light("4f3c30"))
    for number in range(150):
        t = numbers.uniform(0, 1)
        at = path[int(t * (len(path) - 1))]
        x = at[0] + numbers.normal(0, 26)
        y = at[1] + numbers.normal(12, 30) * (1.15 - 0.5 * t) - 6
        if number % 13 == 6:
            paint_ball(canvas, x, y + 16, 12, 12, paint_light("ee8a1c"), gloss=0.4)
        paint_sprig(canvas, x, y, 21, numbers)
    return canvas.plate()


def paint_chart(scale: float, x: float, row: float) -> Plate:
    """Paint the camera crew's chart on its easel: a grey scale and six colours."""
    metre, foot = row / EYE_METRES, HORIZON + row
    canvas = Canvas(
        (x - 0.8 * metre, foot - 1.5 * metre, x + 0.8 * metre, foot + 0.1 * metre), scale
    )
    for side in (-1, 1):
        leg = [(x + 0.12 * side * metre, foot - 1.3 * metre), (x + 0.36 * side * metre, foot)]
        canvas.paint(canvas.stroke(leg, 0.04 * metre), WOOD * 0.7)
    wide, top = 0.52 * metre, foot - 1.28 * metre
    tall = 0.62 * metre
    frame = [(x - wide, top), (x + wide, top), (x + wide, top + tall), (x - wide, top + tall)]
    canvas.paint(canvas.polygon(frame), paint_light("191919"))
    greys = [np.full(3, 0.9 * 10 ** (-0.36 * step), np.float32) for step in range(6)]
    for row_number, patches in enumerate((BRIGHT, greys)):
        for column, light in enumerate(patches):
            x0 = x - wide * 0.94 + column * wide * 1.88 / 6
            y0 = top + tall * (0.07 + 0.46 * row_number)
            x1, y1 = x0 + wide * 0.28, y0 + tall * 0.40
            canvas.paint(canvas.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), light)
    return canvas.plate()


def paint_ice_cream(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Paint an ice cream in a cone, held at (x, y)."""
    cone = [
        (x - 0.32 * size, y - 0.55 * size),
        (x + 0.32 * size, y - 0.55 * size),
        (x, y + 0.5 * size),
    ]
    patch = canvas.polygon(cone)
    u, v = (patch.x - x) / size * 6, (patch.y - y) / size * 6
    waffle = 0.85 + 0.15 * np.sign(np.sin((u + v) * 3) * np.sin((u - v) * 3))
    canvas.paint(patch, paint_light("d9a25c") * waffle[..., np.newaxis])
    for dx, dy, code in ((-0.16, -0.72, "f2e3c6"), (0.17, -0.74, "f4b4c4"), (0.0, -1.05, "9a6a4a")):
        paint_ball(
            canvas, x + dx * size, y + dy * size, 0.27 * size, 0.26 * size, paint_light(code)
        )
