"""Market stalls: an awning, a vendor in its shade, crates of fruit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chromaresolve.demo.scene.backdrop import EYE_METRES, HORIZON
from chromaresolve.demo.scene.body import Person
from chromaresolve.demo.scene.cloth import dots, printed
from chromaresolve.demo.scene.figures import paint_person
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Canvas, Kinds, Plane, Plate, lit, ramp
from chromaresolve.demo.scene.palette import (
    AWNING,
    CREAM,
    FRUIT,
    WOOD,
    Light,
    paint_light,
)
from chromaresolve.demo.scene.props import paint_ball

HALF_METRES = 1.45
"""Half a stall's width."""

CRATES = 5
LANES = 11
"""Scallops, and stripes of both colours, across an awning."""

IN_SHADE = (0.30, 0.30, 0.36)
"""Light under the awning."""

SUN_GONE = (0.55, 0.58, 0.68)
"""Light on the right end of a counter, where the awning's shadow falls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """One market stall, seen from the front."""

    x: float
    """Its middle."""
    row: float
    """Rows below the horizon of the ground it stands on."""
    is_dotted: bool
    """A green awning with dots; else a yellow one with stripes."""
    vendor: Person
    seed: int

    @property
    def metre(self) -> float:
        """Pixels to a metre there."""
        return self.row / EYE_METRES

    @property
    def foot(self) -> float:
        """Row of the ground it stands on."""
        return HORIZON + self.row

    @property
    def half(self) -> float:
        """Half its width in pixels."""
        return HALF_METRES * self.metre


def paint_stall(scale: float, stall: Stall) -> Plate:
    """Paint a stall with its vendor and its goods."""
    x, foot, half, metre = stall.x, stall.foot, stall.half, stall.metre
    box = (x - 1.35 * half, foot - 3 * metre, x + 1.35 * half, foot + 0.2 * metre)
    canvas = Canvas(box, scale)
    back = canvas.box(x - half, foot - 2.3 * metre, x + half, foot)
    planks = 0.8 + 0.2 * np.cos(40 * back.x / metre)
    dusk = 0.16 + 0.25 * ramp(back.y, foot - 1.9 * metre, foot - 0.9 * metre)
    canvas.paint(back, lit(paint_light("8a7a78"), planks * dusk))
    paint_person(canvas, stall.vendor, x + 0.15 * half, foot)
    edge = [(x + half, foot - 1.25 * metre), (x - half, foot - 1.5 * metre)]
    shade = [(x - half, foot - 2.1 * metre), (x + half, foot - 2.1 * metre), *edge]
    canvas.shade(canvas.polygon(shade, soft=0.12 * metre), IN_SHADE)
    for side, brightness in ((-1, 1.0), (1, 0.45)):
        post = x + side * 0.97 * half
        pole = canvas.stroke([(post, foot), (post, foot - 2.5 * metre)], 0.075 * metre)
        canvas.paint(pole, brightness * WOOD)
    _paint_counter(canvas, stall)
    _paint_awning(canvas, stall)
    return canvas.plate()


def _paint_counter(canvas: Canvas, stall: Stall) -> None:
    """Paint the counter: crates of fruit, tilted towards us, over a front of planks."""
    x, foot, half, metre = stall.x, stall.foot, stall.half, stall.metre
    front = canvas.box(x - half, foot - 0.72 * metre, x + half, foot)
    place = (front.y - foot) / (0.18 * metre)
    plank = np.floor(place) + 0 * front.x
    grain = noise_at(front.x * 1.5, front.y * 14 + 37 * plank, seed=stall.seed, slope=1.3)
    tone = noise_at(plank * 17, plank * 5, seed=stall.seed, slope=0.3)
    gap = ramp(np.abs(place - np.rint(place)), 0.02, 0.07)
    canvas.paint(front, lit(WOOD, (0.55 + 0.35 * grain + 0.25 * tone) * (0.35 + 0.65 * gap)))
    numbers = np.random.default_rng([stall.seed, 3])
    for crate in range(CRATES):
        _paint_crate(canvas, stall, crate, numbers)
    canvas.shade(
        canvas.box(x - half, foot - 0.72 * metre, x + half, foot - 0.45 * metre, soft=3), 0.7
    )
    top = [(x + 0.2 * half, foot - 2.2 * metre), (x + 1.05 * half, foot - 2.2 * metre)]
    corners = [*top, (x + 1.05 * half, foot), (x + 0.65 * half, foot)]
    canvas.shade(canvas.polygon(corners, soft=0.1 * metre), SUN_GONE)


def _paint_crate(canvas: Canvas, stall: Stall, crate: int, numbers: np.random.Generator) -> None:
    """Paint one crate and the rows of fruit in it."""
    foot, metre = stall.foot, stall.metre
    left = stall.x + stall.half * (2 * crate / CRATES - 1)
    right = left + 2 * stall.half / CRATES
    top, bottom = foot - 1.08 * metre, foot - 0.70 * metre
    canvas.paint(canvas.box(left + 1, top, right - 1, bottom), 0.28 * WOOD)
    fruit = FRUIT[(crate + stall.seed) % len(FRUIT)]
    size = metre * (0.062 if crate % 2 else 0.075)
    for line in range(5):
        y = top + (0.2 + line) * (bottom - top) / 5
        for x in np.arange(left + size * (1 + line % 2), right - 0.6 * size, 1.75 * size):
            light = fruit * np.float32(numbers.uniform(0.75, 1.1))
            paint_ball(canvas, float(x), y + numbers.uniform(-1, 1), size, 0.95 * size, light)
    lip = canvas.box(left, bottom - 0.02 * metre, right, bottom + 0.12 * metre)
    canvas.paint(lip, 0.95 * WOOD)
    canvas.shade(canvas.box(right - 2, top, right, bottom + 8), 0.5)


def _paint_awning(canvas: Canvas, stall: Stall) -> None:
    """Paint the awning: a sloping cloth that sags between its ribs, with a scalloped edge."""
    x, half, metre = stall.x, stall.half, stall.metre
    ridge, eaves = stall.foot - 2.85 * metre, stall.foot - 2.12 * metre
    at = np.linspace(-1, 1, LANES * 8 + 1)
    scallop = eaves + (0.16 + 0.10 * np.abs(np.sin(np.pi * (at + 1) / 2 * LANES))) * metre
    wide, narrow = 1.18 * half, 1.02 * half
    lower = zip((x + wide * at).tolist(), scallop.tolist(), strict=True)
    upper = [(x + wide, eaves), (x + narrow, ridge), (x - narrow, ridge), (x - wide, eaves)]
    cloth = canvas.polygon([*lower, *upper])
    down = np.clip((cloth.y - ridge) / (eaves - ridge), 0, 1)
    across = (cloth.x - x) / (narrow + (wide - narrow) * down)
    light, kinds = _awning_cloth(stall, (across + 1) * LANES / 2, (cloth.y - ridge) / metre)
    hanging = ramp(cloth.y, eaves - 0.5, eaves + 0.5)
    slope = (1.06 - 0.34 * down) * (1 - hanging) + 0.66 * hanging
    sag = (0.90 + 0.10 * np.cos(4 * np.pi * across)) * (1.0 - 0.13 * across)
    weave = 0.94 + 0.12 * noise_at(cloth.x * 4, cloth.y * 4, seed=stall.seed, slope=0.8)
    canvas.paint(cloth, lit(light, slope * sag * weave), kind=kinds)
    canvas.shade(canvas.stroke([(x - wide, eaves), (x + wide, eaves)], 1.2), 0.75)


def _awning_cloth(stall: Stall, lane: Plane, down: Plane) -> tuple[Light, Kinds]:
    """Return an awning's paint: stripes down the slope, or a field of dots."""
    blur = 4 / stall.metre
    if stall.is_dotted:
        return printed(
            AWNING.cool, AWNING.kind + 1, dots(1.2 * lane, 5 * down, 0.27, blur=blur), CREAM
        )
    cream = ramp(np.abs(lane - np.rint(lane)), 0.25 - blur, 0.25 + blur) + 0 * down
    return printed(AWNING.warm, AWNING.kind, cream, CREAM)
