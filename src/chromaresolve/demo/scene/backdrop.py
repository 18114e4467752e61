"""The far end of the scene: sky, sea, hills, and the ground everything else stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chromaresolve.demo.scene.clay_and_leaves import CLAY_DRIFT
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import (
    Canvas,
    Patch,
    Plane,
    Plate,
    Points,
    blend,
    lit,
    ramp,
    varied,
)
from chromaresolve.demo.scene.palette import LEAF, SEA, STONE, WHITE_CLOTH, paint_light

HORIZON = 205.0
"""Row of the horizon, and with it the eye's height: heads of standing people meet it."""

VANISHING = 480.0
"""Column where lines that run away from the camera meet."""

EYE_METRES = 1.7
"""Height of the camera above the ground."""

LENS_PX = 700.0
"""Focal length in pixels of a 960 x 540 frame: a 16 mm lens on a 35 mm camera."""

SHORE = -3.3
"""The water's edge runs to the vanishing point, this many columns for each row down."""

QUAY = -1.25
"""Likewise the edge of the promenade."""

LAWN = 0.42
"""Likewise the edge of the lawn, on the other side of the promenade."""

TERRACE = (0.95, 2.6, 3.2, 9.5)
"""A tiled terrace on the lawn: its sides in columns for each row, its ends in metres away."""

SHADOW = (0.30, 0.36, 0.48)
"""What sunlit ground keeps in shadow: the sky's blue light."""

SUN = (0.75, 0.45)
"""Metres that a metre's shadow falls to the right and away from the camera."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """What something upright on the ground takes of the sun."""

    x: float
    """Column of its foot's middle."""
    row: float
    """Rows below the horizon of the ground it stands on."""
    wide: float
    """Metres."""
    tall: float
    """Metres."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground as the camera sees it."""

    seen: Patch
    across: Plane
    """Columns from the vanishing point for each row down: constant along what runs away."""
    away: Plane
    """Metres from the camera."""

    @property
    def aside(self) -> Plane:
        """Metres to the right of the camera."""
        return self.across * EYE_METRES

    @property
    def pixel(self) -> Plane:
        """Metres across that a pixel covers."""
        return self.away / LENS_PX

    @property
    def pixel_away(self) -> Plane:
        """Metres away that a pixel covers."""
        return self.away**2 / (LENS_PX * EYE_METRES)


def paint_sky(scale: float) -> Plate:
    """Paint the sky and its clouds down to a little below the horizon."""
    canvas = Canvas((-60, -40, 1120, HORIZON + 30), scale)
    sky = canvas.everywhere()
    height = np.clip((HORIZON - sky.y) / HORIZON, 0, 1.2) + 0 * sky.x
    light = blend(paint_light("c9e0e6"), paint_light("6ea6d6"), ramp(height, 0.0, 0.45))
    light = blend(light, paint_light("3d7cc0"), ramp(height, 0.35, 1.15))
    glow = np.exp(-(((sky.x - 40) / 420) ** 2) - ((sky.y - 190) / 110) ** 2)
    canvas.paint(sky, blend(light, paint_light("fff0d2"), 0.8 * glow))
    for row, size, seed in ((41, 1.25, 8), (127, 0.70, 16)):
        _paint_clouds(canvas, sky, row=row, size=size, seed=seed)
    return canvas.plate()


def _paint_clouds(canvas: Canvas, sky: Patch, *, row: float, size: float, seed: int) -> None:
    """Paint one bank of fair-weather clouds around a row, lit from the upper left."""
    band: Plane = 0.55 * np.abs((row - sky.y) / (90 * size) + 0.1)

    def body(shift: float) -> Plane:
        x, y = (sky.x + shift) / size, (sky.y + shift) / size
        broad = noise_at(x * 0.55, y * 0.95, seed=seed, slope=2.2)
        fine = noise_at(x * 1.9, y * 2.6, seed=seed + 1, slope=1.8)
        return broad + 0.16 * (fine - 0.5) - band

    here = body(0)
    bright = ramp(0.5 + 1.6 * (here - body(-9 * size)), 0.15, 0.75)
    light = blend(paint_light("9fb0c8"), paint_light("fffaf0"), bright)
    canvas.paint(sky.only(0.95 * ramp(here, 0.58, 0.80)), light)


def paint_headland(scale: float) -> Plate:
    """Paint the blue hills across the bay."""
    canvas = Canvas((-60, 90, 760, HORIZON + 6), scale)
    columns = np.linspace(-70, 770, 140)
    for seed, base, rise, near, far in (
        (11, 150, 58, "8fb0c4", "aac3cf"),
        (12, 178, 40, "7396a2", "9ab6bd"),
    ):
        bumps = noise_at(columns * 0.35, np.array([seed * 20.0]), seed=seed, slope=2.4).ravel()
        ridge = base - rise * (bumps - 0.35) * np.clip((columns + 120) / 420, 0.15, 1)
        hill = canvas.polygon(
            np.stack([[-70, *columns, 770], [240, *ridge, 240]], axis=1, dtype=np.float64)
        )
        woods = noise_at(hill.x * 2.4, hill.y * 4.0, seed=seed + 3, slope=1.2)
        haze = ramp(hill.y, base - rise, HORIZON) + 0 * hill.x
        canvas.paint(
            hill, lit(blend(paint_light(near), paint_light(far), haze), 0.86 + 0.28 * woods)
        )
    return canvas.plate()


def paint_boats(scale: float) -> Plate:
    """Paint sailing boats on the bay."""
    canvas = Canvas((-60, HORIZON - 50, 480, HORIZON + 20), scale)
    for x, row, tall, sail in (
        (70, 3.0, 20, "f4efe4"),
        (232, 6.0, 34, "f4efe4"),
        (318, 2.5, 15, "d8452e"),
        (402, 4.0, 22, "f0c83a"),
    ):
        foot, light = HORIZON + row, paint_light(sail)
        main = [(x + 1, foot - 4), (x + 1, foot - tall), (x + 0.52 * tall, foot - 4)]
        jib = [(x - 0.5, foot - 5), (x - 0.5, foot - 0.86 * tall), (x - 0.32 * tall, foot - 4)]
        canvas.paint(canvas.polygon(main), light)
        canvas.paint(canvas.polygon(jib), 0.78 * light)
        deck = [(x - 0.38 * tall, foot - 3), (x + 0.55 * tall, foot - 3)]
        keel = [(x + 0.42 * tall, foot), (x - 0.3 * tall, foot)]
        canvas.paint(canvas.polygon([*deck, *keel]), paint_light("23405c"))
        mirror = canvas.polygon([*keel, (x + 0.1 * tall, foot + 0.4 * tall)], soft=1)
        canvas.paint(mirror, light, opacity=0.25)
    return canvas.plate()


def paint_ground(scale: float, shadows: Sequence[Shadow]) -> Plate:
    """Paint sea, beach, promenade and lawn as they lie before the camera at the start."""
    canvas = Canvas((-60, HORIZON, 1260, 560), scale)
    seen = canvas.everywhere()
    down = np.maximum(seen.y - HORIZON, 0.25)
    ground = Ground(seen, (seen.x - VANISHING) / down, LENS_PX * EYE_METRES / down + 0 * seen.x)
    shore = SHORE + 0.55 * (noise_at(ground.away * 2.2, 0 * seen.x, seed=21) - 0.5)
    _paint_sea(canvas, ground, shore)
    _paint_sand(canvas, ground, shore)
    _paint_paving(canvas, ground)
    _paint_lawn(canvas, ground)
    _paint_terrace(canvas, ground)
    for shadow in shadows:
        canvas.shade(canvas.polygon(cast_shadow(shadow), soft=3), SHADOW)
    dapple = noise_at(ground.across * 60, ground.away * 60, seed=30, slope=1.8, finest=6)
    under_tree = ramp(seen.x + 0.8 * seen.y, 1330, 1480) * ramp(dapple, 0.35, 0.60)
    canvas.shade(seen.only(0.9 * under_tree), SHADOW)
    return canvas.plate()


def cast_shadow(shadow: Shadow) -> Points:
    """Return the outline on the ground of the shadow that something upright casts."""
    away = LENS_PX * EYE_METRES / shadow.row
    aside = (shadow.x - VANISHING) * away / LENS_PX
    half, right, back = shadow.wide / 2, SUN[0] * shadow.tall, SUN[1] * shadow.tall
    corners = ((-half, 0.0), (half, 0.0), (right + half, back), (right - half, back))
    return [
        (
            VANISHING + (aside + dx) * LENS_PX / (away + dz),
            HORIZON + EYE_METRES * LENS_PX / (away + dz),
        )
        for dx, dz in corners
    ]


def _paint_sea(canvas: Canvas, ground: Ground, shore: Plane) -> None:
    """Paint the water: swell, glitter under the sun, foam where it meets the sand."""
    sea, aside, away = ground.seen, ground.aside, ground.away
    near = ramp(away, 220, 25)
    swell = noise_at(aside * 3 + 9, away * 2.6, seed=22, slope=1.6)
    ripple = noise_at(aside * 9, away * 17, seed=23, slope=1.0)
    lines = noise_at(sea.x * 0.25, sea.y * 7, seed=24, slope=0.9)
    wave = near * (0.6 * swell + 0.4 * ripple) + (1 - near) * lines
    canvas.paint(sea, lit(SEA.cool, 0.62 + 0.62 * wave), kind=SEA.kind + 1)
    canvas.shade(sea.only(0.35 * ramp(away, 30, 160)), (0.75, 0.86, 1.02))
    glitter = np.exp(-(((sea.x - 90) / 170) ** 2)) * ramp(wave, 0.72, 0.97)
    canvas.paint(sea.only(0.9 * glitter), paint_light("fffaec"))
    for inward, width, strength in ((0.0, 0.05, 0.95), (-0.32, 0.035, 0.7), (-0.75, 0.03, 0.45)):
        line = shore + inward + 0.12 * (swell - 0.5)
        foam = np.exp(-(((ground.across - line) / width) ** 2)) * ramp(ripple, 0.1, 0.6)
        canvas.paint(sea.only(strength * foam), WHITE_CLOTH)


def _paint_sand(canvas: Canvas, ground: Ground, shore: Plane) -> None:
    """Paint the beach: wet and dark by the water, trodden further up."""
    seen = ground.seen
    cover = ramp(ground.across, shore + 0.02, shore + 0.10 + 0.012 * ground.away)
    dunes = noise_at(ground.aside * 5, ground.away * 4, seed=25, slope=1.7)
    grit = noise_at(seen.x * 2.1, seen.y * 4.3, seed=26, slope=0.5)
    dry = 0.70 + 0.30 * ramp(ground.across, shore + 0.1, shore + 0.5)
    shade = (0.70 + 0.36 * dunes + 0.16 * (grit - 0.5)) * dry
    canvas.paint(seen.only(cover), lit(SEA.warm, shade), kind=SEA.kind)


def _paint_paving(canvas: Canvas, ground: Ground) -> None:
    """Paint the promenade's stone slabs, each with its own grey."""
    slab = 0.62  # metres
    z = ground.away / slab
    x = ground.aside / slab + 0.5 * (np.floor(z) % 2)
    tone = noise_at(np.floor(x) * 17, np.floor(z) * 29, seed=27, slope=0.3)
    tint = noise_at(np.floor(x) * 23, np.floor(z) * 13, seed=28, slope=0.3)
    wear = noise_at(ground.aside * 22, ground.away * 22, seed=29, slope=1.2)
    clear = ramp(ground.away, 24, 8)
    light = blend(paint_light("b9b3aa"), paint_light("c3b7a6"), tint)
    light = lit(light, 0.80 + clear * 0.30 * (tone - 0.4) + 0.22 * (wear - 0.5))
    stone = ramp(ground.across, QUAY, QUAY + 0.02 + 0.002 * ground.away)
    canvas.paint(ground.seen.only(stone), light)
    for place, pixel in ((x, ground.pixel), (z, ground.pixel_away)):
        gap = np.abs(place - np.rint(place))
        joint = clear * ramp(gap, 0.018 + pixel / slab, 0.004)
        canvas.shade(ground.seen.only(stone * joint), 0.55)


def _paint_lawn(canvas: Canvas, ground: Ground) -> None:
    """Paint the lawn beside the promenade: blades up close, mown patches further off."""
    seen, aside, away = ground.seen, ground.aside, ground.away
    edge = LAWN + 0.02 * (noise_at(away * 30, 0 * away, seed=34, slope=1.0) - 0.5)
    blades = noise_at(seen.x * 4.5, seen.y * 1.6, seed=31, slope=0.5, finest=3)
    tufts = noise_at(aside * 26, away * 26, seed=32, slope=1.5)
    mown = noise_at(aside * 5, away * 5, seed=33)
    shade = (0.45 + 0.75 * blades) * (0.62 + 0.5 * tufts) + 0.25 * (mown - 0.3)
    light = varied(lit(LEAF.cool, shade), mown - 0.5, (0.4, 0.1, -0.3))
    grass = seen.only(ramp(ground.across, edge, edge + 0.004 * away + 0.01))
    canvas.paint(grass, light, kind=LEAF.kind + 1)
    kerb = ramp(ground.across, LAWN - 0.07, LAWN - 0.06) * ramp(ground.across, LAWN + 0.01, LAWN)
    canvas.paint(seen.only(kerb), 0.8 * STONE)


def _paint_terrace(canvas: Canvas, ground: Ground) -> None:
    """Paint the terrace on the lawn: square terracotta tiles laid on the diagonal."""
    tile = 0.42  # metres between the joints along either side
    left, right, near, far = TERRACE
    across, aside, away = ground.across, ground.aside, ground.away
    inside = ramp(across, left, left + ground.pixel) * ramp(across, right, right - ground.pixel)
    terrace = ground.seen.only(inside * ramp(away, near, near + 0.02) * ramp(away, far, far - 0.06))
    u, v = (aside + away) / tile, (aside - away) / tile
    tone = noise_at(np.floor(u) * 19, np.floor(v) * 31, seed=35, slope=0.3)
    tint = noise_at(np.floor(u) * 29, np.floor(v) * 11, seed=36, slope=0.3) - 0.5
    wear = noise_at(aside * 25, away * 25, seed=37, slope=1.3)
    light = lit(LEAF.warm, 0.45 + 0.42 * tone + 0.28 * (wear - 0.5))
    canvas.paint(terrace, varied(light, tint, CLAY_DRIFT), kind=LEAF.kind)
    gap = np.minimum(np.abs(u - np.rint(u)), np.abs(v - np.rint(v)))
    pixel = ground.pixel_away / tile
    joint = ramp(gap, 0.02 + pixel, 0.005) * ramp(pixel, 0.25, 0.08)
    canvas.shade(terrace.only(joint), 0.6)
