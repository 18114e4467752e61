"""The village behind the promenade: a green hill, houses with tiled roofs, trees, a low wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chromaresolve.demo.scene.backdrop import EYE_METRES, HORIZON, LENS_PX, QUAY, VANISHING
from chromaresolve.demo.scene.clay_and_leaves import (
    paint_bricks,
    paint_leaves,
    paint_mass,
    paint_tiles,
)
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Canvas, Patch, Plate, blend, curve, lit, ramp
from chromaresolve.demo.scene.palette import GLASS, LEAF, LIMEWASH, STONE, WALL, Light, paint_light

TURNED_AWAY = (0.42, 0.47, 0.58)
"""What a wall that faces away from the sun keeps of its light: the blue sky's."""

ROOF_LIT, ROOF_DARK = 1.15, 0.55
"""Light on a roof's slope towards the sun and on the one away from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One house seen from the front, its right side in shadow."""

    x: float
    """Middle of the front."""
    base: float
    """Row of the ground it stands on."""
    width: float
    height: float
    """To the eaves."""
    wall: Light
    kind: int = 0
    """Mark of the wall's paint in the map of kinds."""
    shutter: str = "3f7a8c"
    floors: int = 2
    bays: int = 3
    is_brick: bool = False


def paint_house(canvas: Canvas, house: House, *, seed: int) -> None:
    """Paint one house: lit front, shaded side, tiled roof, windows with shutters."""
    left, right = house.x - house.width / 2, house.x + house.width / 2
    eaves, depth = house.base - house.height, 0.30 * house.width
    side = canvas.box(right, eaves, right + depth, house.base)
    _paint_plaster(canvas, side, house, seed=seed)
    canvas.shade(side, TURNED_AWAY)
    _paint_plaster(canvas, canvas.box(left, eaves, right, house.base), house, seed=seed)
    for floor in range(house.floors):
        for bay in range(house.bays):
            _paint_window(canvas, house, floor, bay)
    over, drop = 0.05 * house.width, eaves + 0.07 * house.height
    under = [(left - over, eaves), (right + over, eaves), (right, drop), (left, drop)]
    canvas.shade(canvas.polygon(under, soft=1), 0.45)
    pitch, ridge = max(house.width / 26, 2.4), eaves - 0.26 * house.width
    near = [(left - over, eaves + 1), (right + over, eaves + 1)]
    top = [(right + 0.3 * depth, ridge), (left + 0.35 * depth, ridge)]
    paint_tiles(canvas, [*near, *top], pitch=pitch, seed=seed, brightness=ROOF_LIT)
    hip = [(right + over, eaves + 1), (right + depth + over, eaves + 1), top[0]]
    paint_tiles(canvas, hip, pitch=pitch, seed=seed, brightness=ROOF_DARK)


def _paint_plaster(canvas: Canvas, patch: Patch, house: House, *, seed: int) -> None:
    """Paint a wall: brick, or limewash streaked by the weather."""
    if house.is_brick:
        size = house.width / 22
        paint_bricks(canvas, patch, patch.x / size, (house.base - patch.y) / (0.42 * size))
        return
    blotch = noise_at(patch.x * 1.2, patch.y * 1.2, seed=seed, slope=1.6)
    streak = noise_at(patch.x * 5.0, patch.y * 0.5, seed=seed + 1, slope=1.2)
    foot = ramp((house.base - patch.y) / house.height, 0.0, 0.16)
    shade = (0.82 + 0.16 * blotch + 0.14 * streak) * (0.78 + 0.22 * foot)
    canvas.paint(patch, lit(house.wall, shade), kind=house.kind)


def _paint_window(canvas: Canvas, house: House, floor: int, bay: int) -> None:
    """Paint a window between open shutters; on the ground the middle one is a door."""
    wide, tall = 0.34 * house.width / house.bays, 0.50 * house.height / house.floors
    x = house.x + house.width * ((bay + 0.5) / house.bays - 0.5)
    foot = house.base - house.height * (floor + 0.22) / house.floors
    is_door = floor == 0 and bay == house.bays // 2
    if is_door:
        foot, tall = house.base, 1.45 * tall
    half, frame, top = wide / 2, 0.12 * wide, foot - tall
    canvas.paint(canvas.box(x - half - frame, top - frame, x + half + frame, foot), 1.2 * STONE)
    pane = canvas.box(x - half, top, x + half, foot - frame / 2)
    sky = ramp(pane.y - 0.8 * (pane.x - x), foot - 0.3 * tall, top)
    canvas.paint(pane, blend(0.5 * GLASS, paint_light("8fb2cc"), sky))
    bar = foot - 0.62 * tall
    canvas.paint(canvas.box(x - frame / 3, top, x + frame / 3, foot), LIMEWASH)
    canvas.paint(canvas.box(x - half, bar, x + half, bar + frame / 2), LIMEWASH)
    if is_door:
        return
    for left in (x - half - frame - 0.62 * wide, x + half + frame):
        leaf = canvas.box(left, top, left + 0.62 * wide, foot)
        slats = 0.75 + 0.35 * np.cos(2 * np.pi * (leaf.y + 0 * leaf.x) / max(tall / 11, 1.6))
        canvas.paint(leaf, lit(paint_light(house.shutter), slats))
    reach = half + 2 * frame
    canvas.paint(canvas.box(x - reach, foot, x + reach, foot + frame), STONE)


def paint_hill(scale: float) -> Plate:
    """Paint the hill above the bay with its houses and the church."""
    canvas = Canvas((400, 0, 1330, HORIZON + 45), scale)
    columns = np.linspace(400, 1340, 90)
    rise = 128 * (1 - np.exp(-np.maximum(columns - 418, 0) / 190)) + 18
    ridge = HORIZON + 18 - rise - 16 * np.sin(columns / 61) - 7 * np.sin(columns / 23)
    hill = canvas.polygon(np.stack([[400, *columns, 1340], [260, *ridge, 260]], axis=1), soft=1.5)
    shade = 0.75 + 0.3 * ramp(hill.y, HORIZON + 20, 60) + 0 * hill.x
    paint_leaves(canvas, hill, shade, seed=41, cell=0.8)
    numbers = np.random.default_rng(42)
    across = np.arange(450, 1320, 30) + numbers.uniform(-8, 8, 29)
    down = np.interp(across, columns, ridge) + numbers.uniform(30, 105, 29)
    for number, spot in enumerate(np.argsort(down)):
        base, size = min(float(down[spot]), 228.0), numbers.uniform(0.9, 1.25)
        size *= float(np.interp(base, [100, 210], [20, 34]))
        _paint_garden(canvas, float(across[spot]), base, size, number=number)
    _paint_church(canvas, 545, 148)
    return canvas.plate()


def _paint_garden(canvas: Canvas, x: float, base: float, size: float, *, number: int) -> None:
    """Paint one of the hill's houses among its trees."""
    wall, kind = ((WALL.warm, WALL.kind), (WALL.cool, WALL.kind + 1), (LIMEWASH, 0))[number % 3]
    house = House(x=x, base=base, width=size, height=0.85 * size, wall=0.92 * wall, kind=kind)
    paint_house(canvas, house, seed=43 + number)
    for side in (-0.75, 0.95):
        paint_mass(canvas, x + side * size, base, 0.42 * size, seed=70 + number % 5)
    if number % 3 == 0:
        _paint_cypress(canvas, x - 1.1 * size, base + 4, 1.7 * size, seed=90 + number)


def _paint_cypress(canvas: Canvas, x: float, base: float, tall: float, *, seed: int) -> None:
    """Paint a cypress: a dark flame of leaves."""
    left, right = (x - 0.09 * tall, base - 0.2 * tall), (x + 0.09 * tall, base - 0.2 * tall)
    flame = canvas.polygon(curve([left, (x, base - tall), right, (x, base)]), soft=0.01 * tall)
    shade = 0.35 + 0.5 * ramp(x - flame.x, -0.08 * tall, 0.06 * tall) + 0 * flame.y
    paint_leaves(canvas, flame, shade, seed=seed, cell=0.5)


def _paint_church(canvas: Canvas, x: float, base: float) -> None:
    """Paint the church above the village, its bell tower with a tiled pyramid."""
    eaves, nave = base - 62, base - 26
    canvas.paint(canvas.box(x - 7, eaves, x + 9, base), LIMEWASH)
    canvas.shade(canvas.box(x + 4, eaves, x + 9, base), TURNED_AWAY)
    canvas.paint(canvas.box(x + 9, nave, x + 44, base), LIMEWASH)
    arch = [(x - 4, base - 46), (x - 4, base - 54), (x - 1.5, base - 57), (x + 1, base - 54)]
    canvas.paint(canvas.polygon(curve([*arch, (x + 1, base - 46)])), GLASS)
    peak, edge = (x + 1, base - 80), (x + 5, eaves)
    paint_tiles(canvas, [(x - 8.5, eaves), edge, peak], pitch=2.4, seed=71, brightness=ROOF_LIT)
    paint_tiles(canvas, [edge, (x + 10, eaves), peak], pitch=2.4, seed=71, brightness=ROOF_DARK)
    roof = [(x + 8, nave), (x + 46, nave), (x + 42, nave - 12), (x + 9, nave - 12)]
    paint_tiles(canvas, roof, pitch=2.4, seed=72, brightness=ROOF_LIT)
    paint_mass(canvas, x - 14, base, 14, seed=73)
    paint_mass(canvas, x + 38, base + 2, 15, seed=74)


def paint_waterfront(scale: float) -> Plate:
    """Paint the row of houses on the promenade and the trees before them."""
    canvas = Canvas((520, 40, 1420, HORIZON + 60), scale)
    base = HORIZON + 40
    cream, aqua = (WALL.warm, WALL.kind), (WALL.cool, WALL.kind + 1)
    for x, width, height, floors, shutter, (wall, kind) in (
        (640, 84, 92, 2, "d8d2c2", aqua),
        (752, 96, 112, 3, "e8e2d4", (LEAF.warm, LEAF.kind)),
        (880, 100, 84, 2, "2f6f9a", cream),
        (1008, 96, 118, 3, "c7503e", aqua),
        (1130, 110, 92, 2, "3f7a56", (paint_light("f0c9a8"), 0)),
        (1268, 110, 110, 3, "3f7a8c", cream),
    ):
        house = House(
            x=x,
            base=base,
            width=width,
            height=height,
            wall=wall,
            kind=kind,
            shutter=shutter,
            floors=floors,
            is_brick=kind == LEAF.kind,
        )
        paint_house(canvas, house, seed=x)
    for seed, x in enumerate((575, 700, 820, 948, 1070, 1200, 1330)):
        _paint_tree(canvas, x, base + 8, height=(96, 82, 104)[seed % 3], seed=5 + seed)
    return canvas.plate()


def _paint_tree(canvas: Canvas, x: float, base: float, *, height: float, seed: int) -> None:
    """Paint a broad tree: a trunk, and round masses of leaves."""
    numbers = np.random.default_rng([seed, 7])
    spread, crown = 0.8 * height, base - 0.64 * height
    trunk = [(x, base), (x + 0.02 * height, base - 0.25 * height), (x - 0.01 * height, crown)]
    widths = height * np.array([0.07, 0.05, 0.04])
    canvas.paint(canvas.stroke(trunk, widths), paint_light("6b5644"))
    for step in range(16):
        turn, reach = numbers.uniform(0, 2 * np.pi), np.sqrt(numbers.uniform(0.05, 1))
        reach *= 0.25 if step > 12 else 0.5
        across = x + spread * reach * np.cos(turn)
        up = crown - 0.52 * height * reach * np.sin(turn) - 0.008 * step * height
        size = spread * numbers.uniform(0.17, 0.27)
        paint_mass(canvas, across, up, size, seed=seed * 31 + step % 3)


def paint_quay_wall(scale: float) -> Plate:
    """Paint the low wall along the promenade's edge: brick with a stone cap, and box hedges."""
    canvas = Canvas((-260, HORIZON, VANISHING, 700), scale)
    seen = canvas.everywhere()
    away = LENS_PX * EYE_METRES * QUAY / np.minimum(seen.x - VANISHING, -0.5)
    up = EYE_METRES - (seen.y - HORIZON) * away / LENS_PX
    section, pixel = away / 2.6, away / LENS_PX
    is_hedge = (np.floor(section) % 2 == 1) & (away < 45)
    rounded = 0.66 - 0.10 * np.abs(2 * (section % 1) - 1) ** 6
    top = np.where(is_hedge, rounded, 0.46)
    inside = ramp(up, -pixel, pixel) * ramp(up, top + pixel, top - pixel)
    paint_bricks(canvas, seen.only(inside * ~is_hedge), away / 0.30 + 0 * up, up / 0.095)
    cap = ramp(up, 0.38 - pixel, 0.38) * inside * ~is_hedge
    canvas.paint(seen.only(cap), 1.15 * STONE)
    leaf = noise_at(away * 40, up * 46, seed=64, slope=0.9)
    shade = (0.45 + 0.55 * ramp(up, 0.0, 0.6)) * (0.35 + 1.1 * leaf)
    canvas.paint(seen.only(inside * is_hedge), lit(LEAF.cool, shade), kind=LEAF.kind + 1)
    canvas.shade(seen.only(inside * ramp(up, 0.16, 0.0)), 0.7)
    return canvas.plate()
