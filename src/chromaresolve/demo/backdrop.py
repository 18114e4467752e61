"""The far end of the scene: sky, sea, hills, and the ground everything else stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chromaresolve.demo.noise import noise_at
from chromaresolve.demo.painting import Canvas, Patch, Plane, Plate, Points, blend, ramp
from chromaresolve.demo.palette import LEAF, SEA, paint_light

HORIZON = 205.0
"""Row of the horizon, and with it the eye's height: heads of standing people meet it."""

VANISHING = 480.0
"""Column where lines that run away from the camera meet."""

EYE_METRES = 1.7
"""Height of the camera above the ground."""

LENS_PX = 700.0
"""Focal length: a 32 mm lens on a 35 mm frame."""

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
    soft: float = 3.0


def paint_sky(scale: float) -> Plate:
    """Paint the sky and its clouds down to a little below the horizon."""
    canvas = Canvas((-60, -40, 1120, HORIZON + 30), scale)
    everywhere = canvas.everywhere()
    x, y = everywhere.x, everywhere.y
    height = np.clip((HORIZON - y) / HORIZON, 0, 1.2)
    sky = blend(paint_light("c9e0e6"), paint_light("6ea6d6"), ramp(height, 0.0, 0.45) + 0 * x)
    sky = blend(sky, paint_light("3d7cc0"), ramp(height, 0.35, 1.15) + 0 * x)
    glow = np.exp(-(((x - 40) / 420) ** 2) - ((y - 190) / 110) ** 2)
    sky = blend(sky, paint_light("fff0d2"), 0.8 * glow)
    canvas.paint(everywhere, sky)
    for high, size, seed, thick in ((0.80, 1.25, 8, 0.95), (0.38, 0.70, 16, 0.9)):
        _paint_clouds(canvas, everywhere, high=high, size=size, seed=seed, thick=thick)
    return canvas.plate()


def _paint_clouds(
    canvas: Canvas, everywhere: Patch, *, high: float, size: float, seed: int, thick: float
) -> None:
    """Paint one bank of fair-weather clouds, lit from the left, flat below."""
    x, y = everywhere.x, everywhere.y
    above = (HORIZON * (1 - high) - y) / (90 * size)

    def body(dx: float, dy: float) -> Plane:
        cell = 1.0 / size
        broad = noise_at((x + dx) * 0.55 * cell, (y + dy) * 0.95 * cell, seed=seed, slope=2.2)
        fine = noise_at((x + dx) * 1.9 * cell, (y + dy) * 2.6 * cell, seed=seed + 1, slope=1.8)
        return broad + 0.16 * (fine - 0.5) - 0.55 * np.abs(above + 0.1)

    here = body(0, 0)
    cover = ramp(here, 0.58, 0.80) * thick
    lit = 0.5 + 1.6 * (here - body(-9 * size, -9 * size))
    shadow = paint_light("9fb0c8")
    light = blend(shadow, paint_light("fffaf0"), ramp(lit, 0.15, 0.75))
    canvas.paint(everywhere.only(cover), light)


def paint_headland(scale: float) -> Plate:
    """Paint the blue hills across the bay."""
    canvas = Canvas((-60, 90, 760, HORIZON + 6), scale)
    for seed, base, rise, near, far in (
        (11, 150, 58, "8fb0c4", "aac3cf"),
        (12, 178, 40, "7396a2", "9ab6bd"),
    ):
        columns = np.linspace(-70, 770, 140, dtype=np.float32)
        ridge = noise_at(columns * 0.35, np.float32([seed * 20.0]), seed=seed, slope=2.4)
        ridge = base - rise * (ridge.ravel() - 0.35) * np.clip((columns + 120) / 420, 0.15, 1)
        outline = [(-70.0, 240.0), *zip(columns.tolist(), ridge.tolist(), strict=True), (770, 240)]
        patch = canvas.polygon(outline)
        woods = noise_at(patch.x * 2.4, patch.y * 4.0, seed=seed + 3, slope=1.2)
        haze = ramp(patch.y, base - rise, HORIZON) + 0 * patch.x
        light = blend(paint_light(near), paint_light(far), haze) * (0.86 + 0.28 * woods)[..., None]
        canvas.paint(patch, light)
    return canvas.plate()


def paint_ground(scale: float, shadows: Sequence[Shadow]) -> Plate:
    """Paint sea, beach, promenade and lawn as they lie before the camera at the start."""
    canvas = Canvas((-60, HORIZON, 1260, 560), scale)
    everywhere = canvas.everywhere()
    down = np.maximum(everywhere.y - HORIZON, 0.25)
    across = (everywhere.x - VANISHING) / down
    away = LENS_PX * EYE_METRES / down
    meander = noise_at(away * 2.2 + 0 * across, 0 * across, seed=21, slope=2.0) - 0.5
    shore = SHORE + 0.55 * meander
    _paint_sea(canvas, everywhere, across, away, shore)
    _paint_sand(canvas, everywhere, across, away, shore)
    _paint_paving(canvas, everywhere, across, away)
    _paint_lawn(canvas, everywhere, across, away)
    _paint_terrace(canvas, everywhere, across, away)
    for shadow in shadows:
        canvas.shade(canvas.polygon(cast_shadow(shadow), soft=shadow.soft), SHADOW)
    dapple = noise_at(across * 60, away * 60, seed=30, slope=1.8, finest=6)
    under_tree = ramp(everywhere.x + 0.8 * everywhere.y, 1330, 1480) * ramp(dapple, 0.35, 0.60)
    canvas.shade(everywhere.only(under_tree * 0.9), SHADOW)
    return canvas.plate()


def cast_shadow(shadow: Shadow) -> Points:
    """Return the outline on the ground of the shadow that something upright casts."""
    away = LENS_PX * EYE_METRES / shadow.row
    aside = (shadow.x - VANISHING) * away / LENS_PX
    half, right, back = shadow.wide / 2, SUN[0] * shadow.tall, SUN[1] * shadow.tall
    corners = [(-half, 0.0), (half, 0.0), (right + half, back), (right - half, back)]
    return [
        (
            VANISHING + (aside + dx) * LENS_PX / (away + dz),
            HORIZON + EYE_METRES * LENS_PX / (away + dz),
        )
        for dx, dz in corners
    ]


def _paint_sea(canvas: Canvas, sea: Patch, across: Plane, away: Plane, shore: Plane) -> None:
    """Paint the water: long swells, glitter under the sun, foam where it meets the sand."""
    metres = across * EYE_METRES
    near = ramp(away, 220, 25)
    swell = noise_at(metres * 3 + 9, away * 2.6, seed=22, slope=1.6)
    ripple = noise_at(metres * 9, away * 17, seed=23, slope=1.0)
    far_lines = noise_at(sea.x * 0.25, sea.y * 7, seed=24, slope=0.9)
    wave = near * (0.6 * swell + 0.4 * ripple) + (1 - near) * far_lines
    shade = 0.62 + 0.62 * wave
    light = SEA.cool * shade[..., None]
    canvas.paint(sea, light, kind=SEA.kind + 1)
    deep = ramp(away, 30, 160) * 0.35
    canvas.shade(sea.only(deep * np.ones_like(across)), (0.75, 0.86, 1.02))
    sun = np.exp(-(((sea.x - 90) / 170) ** 2)) * ramp(wave, 0.72, 0.97)
    canvas.paint(sea.only(np.asarray(sun * 0.9, np.float32)), (1.0, 0.96, 0.85))
    for inward, width, strength in ((0.0, 0.05, 0.95), (-0.32, 0.035, 0.7), (-0.75, 0.03, 0.45)):
        line = shore + inward + 0.12 * (swell - 0.5)
        foam = np.exp(-(((across - line) / width) ** 2)) * ramp(ripple, 0.1, 0.6) * strength
        canvas.paint(sea.only(foam), (0.93, 0.95, 0.93))


def _paint_sand(canvas: Canvas, ground: Patch, across: Plane, away: Plane, shore: Plane) -> None:
    """Paint the beach: wet and dark by the water, trodden further up."""
    metres = across * EYE_METRES
    edge = 0.012 * away
    cover = ramp(across, shore + 0.02, shore + 0.10 + edge)
    dunes = noise_at(metres * 5, away * 4, seed=25, slope=1.7)
    grit = noise_at(ground.x * 2.1, ground.y * 4.3, seed=26, slope=0.5)
    shade = 0.70 + 0.36 * dunes + 0.16 * (grit - 0.5)
    shade *= 0.70 + 0.30 * ramp(across, shore + 0.1, shore + 0.5)
    canvas.paint(ground.only(cover), SEA.warm * shade[..., None], kind=SEA.kind)


def _paint_paving(canvas: Canvas, ground: Patch, across: Plane, away: Plane) -> None:
    """Paint the promenade's stone slabs, each with its own grey."""
    metres = across * EYE_METRES
    slab_x, slab_z = metres / 0.62, away / 0.62 + 0 * across
    slab_x = slab_x + 0.5 * (np.floor(slab_z) % 2)
    tone = noise_at(np.floor(slab_x) * 17, np.floor(slab_z) * 29, seed=27, slope=0.3)
    tint = noise_at(np.floor(slab_x) * 23, np.floor(slab_z) * 13, seed=28, slope=0.3)
    wear = noise_at(metres * 22, away * 22, seed=29, slope=1.2)
    clear = ramp(away, 24, 8)
    light = blend(paint_light("b9b3aa"), paint_light("c3b7a6"), tint)
    light = light * (0.80 + clear * 0.30 * (tone - 0.4) + 0.22 * (wear - 0.5))[..., None]
    stone = ramp(across, QUAY, QUAY + 0.02 + 0.002 * away)
    canvas.paint(ground.only(stone), light)
    foot_x, foot_z = away / LENS_PX / 0.62, away**2 / (LENS_PX * EYE_METRES) / 0.62
    for place, foot in ((slab_x, foot_x), (slab_z, foot_z)):
        gap = np.abs(place - np.rint(place))
        joint = ramp(gap, 0.018 + foot, 0.004) * clear
        canvas.shade(ground.only(stone * joint), 0.55)


def _paint_lawn(canvas: Canvas, ground: Patch, across: Plane, away: Plane) -> None:
    """Paint the lawn beside the promenade: blades up close, mown patches further off."""
    metres = across * EYE_METRES
    edge = LAWN + 0.02 * (noise_at(away * 30, 0 * away, seed=34, slope=1.0) - 0.5)
    cover = ramp(across, edge, edge + 0.004 * away + 0.01)
    blades = noise_at(ground.x * 4.5, ground.y * 1.6, seed=31, slope=0.5, finest=3)
    tufts = noise_at(metres * 26, away * 26, seed=32, slope=1.5)
    mown = noise_at(metres * 5, away * 5, seed=33, slope=2.0)
    shade = (0.45 + 0.75 * blades) * (0.62 + 0.5 * tufts) + 0.25 * (mown - 0.3)
    light = LEAF.cool * shade[..., np.newaxis]
    light *= 1 + (mown[..., np.newaxis] - 0.5) * np.float32([0.4, 0.1, -0.3])
    canvas.paint(ground.only(cover), light, kind=LEAF.kind + 1)
    kerb = ramp(across, LAWN - 0.07, LAWN - 0.06) * ramp(across, LAWN + 0.01, LAWN)
    canvas.paint(ground.only(kerb + 0 * away), 0.8 * paint_light("b8ab98"))


def _paint_terrace(canvas: Canvas, ground: Patch, across: Plane, away: Plane) -> None:
    """Paint the terrace on the lawn: square terracotta tiles laid on the diagonal."""
    left, right, near, far = TERRACE
    metres = across * EYE_METRES
    foot = away / LENS_PX
    inside = ramp(across, left, left + foot) * ramp(across, right, right - foot)
    inside *= ramp(away, near, near + 0.02) * ramp(away, far, far - 0.06)
    u, v = (metres + away) / 0.42, (metres - away) / 0.42
    tone = noise_at(np.floor(u) * 19, np.floor(v) * 31, seed=35, slope=0.3)
    tint = noise_at(np.floor(u) * 29, np.floor(v) * 11, seed=36, slope=0.3) - 0.5
    wear = noise_at(metres * 25, away * 25, seed=37, slope=1.3)
    light = LEAF.warm * (0.45 + 0.42 * tone + 0.28 * (wear - 0.5))[..., np.newaxis]
    light *= 1 + tint[..., np.newaxis] * np.float32([0.12, 0.30, 0.35])
    gap = np.minimum(np.abs(u - np.rint(u)), np.abs(v - np.rint(v)))
    wide = away**2 / (LENS_PX * EYE_METRES) / 0.42
    joint = ramp(gap, 0.02 + wide, 0.005) * ramp(wide, 0.25, 0.08)
    canvas.paint(ground.only(inside), light, kind=LEAF.kind)
    canvas.shade(ground.only(inside * joint), 0.6)


def paint_boats(scale: float) -> Plate:
    """Paint sailing boats on the bay, small with distance."""
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
        hull = [
            (x - 0.38 * tall, foot - 3),
            (x + 0.55 * tall, foot - 3),
            (x + 0.42 * tall, foot),
            (x - 0.3 * tall, foot),
        ]
        canvas.paint(canvas.polygon(hull), paint_light("23405c"))
        mirror = [
            (x - 0.3 * tall, foot),
            (x + 0.42 * tall, foot),
            (x + 0.1 * tall, foot + 0.4 * tall),
        ]
        canvas.paint(canvas.polygon(mirror, soft=1), light, opacity=0.25)
    return canvas.plate()
