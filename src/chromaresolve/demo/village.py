"""The village behind the promenade: a green hill, houses with tiled roofs, trees, a brick wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.demo.backdrop import EYE_METRES, HORIZON, LENS_PX, QUAY, VANISHING
from chromaresolve.demo.noise import noise_at
from chromaresolve.demo.painting import Canvas, Patch, Plane, Plate, Points, blend, curve, ramp
from chromaresolve.demo.palette import LEAF, WALL, Light, paint_light

STONE = paint_light("b8ab98")
GLASS = paint_light("2b3640")
TRUNK = paint_light("6b5644")

TURNED_AWAY = np.float32([0.42, 0.47, 0.58])
"""What a wall that faces away from the sun keeps of its light: the blue sky's."""


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
    brick: bool = False


def paint_leaves(
    canvas: Canvas, patch: Patch, shade: Plane | float, *, seed: int, cell: float
) -> None:
    """Fill a patch with clumps of leaves, ragged at its edge: bright tips over dark gaps."""
    x, y = patch.x / cell, patch.y / cell
    clump = noise_at(x * 3.0, y * 3.4, seed=seed, slope=2.0)
    leaf = noise_at(x * 16.0, y * 19.0, seed=seed + 1, slope=0.4, finest=4.0)
    drift = noise_at(x * 1.3, y * 1.3, seed=seed + 2, slope=2.0) - 0.5
    ragged = ramp(patch.cover + 0.5 * (leaf - 0.5), 0.40, 0.60)
    tips = 0.35 + 0.55 * clump + 0.75 * ramp(leaf * (0.5 + clump), 0.30, 0.85)
    light = LEAF.cool * (tips * shade)[..., np.newaxis]
    light *= 1 + drift[..., np.newaxis] * np.float32([0.30, 0.10, -0.35])
    canvas.paint(
        Patch(patch.rows, patch.columns, ragged, patch.x, patch.y), light, kind=LEAF.kind + 1
    )


def paint_tree(
    canvas: Canvas, x: float, base: float, *, height: float, spread: float, seed: int
) -> None:
    """Paint a broad tree: a trunk, and round masses of leaves lit from the upper left."""
    numbers = np.random.default_rng([seed, 7])
    crown = base - 0.64 * height
    trunk = [(x, base), (x + 0.02 * height, base - 0.25 * height), (x - 0.01 * height, crown)]
    canvas.paint(canvas.stroke(trunk, [0.07 * height, 0.05 * height, 0.04 * height]), TRUNK)
    for step in range(16):
        angle, reach = numbers.uniform(0, 2 * np.pi), np.sqrt(numbers.uniform(0.05, 1))
        if step > 12:
            reach *= 0.5
        centre_x = x + 0.5 * spread * reach * np.cos(angle)
        centre_y = crown - 0.26 * height * reach * np.sin(angle) - 0.008 * step * height
        size = spread * numbers.uniform(0.17, 0.27)
        _paint_mass(canvas, centre_x, centre_y, size, seed=seed * 31 + step % 3)


def _paint_mass(canvas: Canvas, x: float, y: float, size: float, *, seed: int) -> None:
    """Paint one round mass of leaves."""
    patch = canvas.ellipse(x, y, size, 0.82 * size, soft=0.12 * size)
    toward_sun = (-0.55 * (patch.x - x) - 0.75 * (patch.y - y)) / size
    shade = 0.40 + 0.85 * ramp(toward_sun, -0.75, 0.85)
    paint_leaves(canvas, patch, shade, seed=seed, cell=max(size / 26, 0.45))


def paint_tiles(canvas: Canvas, corners: Points, *, pitch: float, seed: int, lit: float) -> None:
    """Paint a roof of terracotta tiles in courses, no two of one firing."""
    patch = canvas.polygon(corners)
    row = patch.y / (1.1 * pitch)
    column = patch.x / pitch + 0 * row
    channel = 0.80 + 0.30 * np.cos(2 * np.pi * column)
    course = 0.75 + 0.35 * ((-row) % 1.0)
    tone = noise_at(np.floor(column) * 19, np.floor(row) * 31, seed=seed, slope=0.3)
    tint = noise_at(np.floor(column) * 29, np.floor(row) * 11, seed=seed + 1, slope=0.3) - 0.5
    moss = noise_at(patch.x * 1.5, patch.y * 2.0, seed=seed + 2, slope=2.0)
    light = (
        LEAF.warm * (lit * channel * course * (0.46 + 0.40 * tone) * (0.8 + 0.3 * moss))[..., None]
    )
    light *= 1 + tint[..., np.newaxis] * np.float32([0.12, 0.30, 0.35])
    canvas.paint(patch, light, kind=LEAF.kind)


def paint_bricks(
    canvas: Canvas, patch: Patch, across: Plane, up: Plane, shade: Plane | float
) -> None:
    """Fill a patch with brickwork; `across` and `up` count bricks and courses."""
    course = np.floor(up)
    along = across + 0.5 * (course % 2)
    gap = np.minimum(np.abs(along - np.rint(along)) * 3.0, np.abs(up - np.rint(up)) + 0 * along)
    mortar = ramp(gap, 0.16, 0.05)
    tone = noise_at(np.floor(along) * 19, course * 31, seed=61, slope=0.3)
    tint = noise_at(np.floor(along) * 29, course * 11, seed=62, slope=0.3) - 0.5
    wear = noise_at(across * 9, up * 9, seed=63, slope=1.2)
    brick = LEAF.warm * (0.40 + 0.44 * tone + 0.2 * (wear - 0.5))[..., np.newaxis]
    brick *= 1 + tint[..., np.newaxis] * np.float32([0.12, 0.30, 0.35])
    light = blend(brick, 0.62 * STONE, mortar)
    kinds = np.where(mortar < 0.5, np.uint8(LEAF.kind), np.uint8(0))
    canvas.paint(patch, light * np.asarray(shade, np.float32)[..., np.newaxis], kind=kinds)


def paint_house(canvas: Canvas, house: House, *, seed: int) -> None:
    """Paint one house: lit front, shaded side, tiled roof, windows with shutters."""
    left, right = house.x - house.width / 2, house.x + house.width / 2
    eaves = house.base - house.height
    depth, rise = 0.30 * house.width, 0.26 * house.width
    side = [
        (right, eaves),
        (right + depth, eaves),
        (right + depth, house.base),
        (right, house.base),
    ]
    _paint_plaster(canvas, canvas.polygon(side), house, seed=seed, tint=TURNED_AWAY)
    front = [(left, eaves), (right, eaves), (right, house.base), (left, house.base)]
    _paint_plaster(canvas, canvas.polygon(front), house, seed=seed, tint=np.ones(3, np.float32))
    for floor in range(house.floors):
        for bay in range(house.bays):
            _paint_window(canvas, house, floor, bay)
    over = 0.05 * house.width
    under = [(left - over, eaves), (right + over, eaves), (right, eaves + 0.07 * house.height)]
    canvas.shade(canvas.polygon([*under, (left, eaves + 0.07 * house.height)], soft=1), 0.45)
    pitch = max(house.width / 26, 2.4)
    slope = [
        (left - over, eaves + 1),
        (right + over, eaves + 1),
        (right + 0.3 * depth, eaves - rise),
    ]
    paint_tiles(
        canvas, [*slope, (left + 0.35 * depth, eaves - rise)], pitch=pitch, seed=seed, lit=1.15
    )
    hip = [
        (right + over, eaves + 1),
        (right + depth + over, eaves + 1),
        (right + 0.3 * depth, eaves - rise),
    ]
    paint_tiles(canvas, hip, pitch=pitch, seed=seed, lit=0.55)


def _paint_plaster(canvas: Canvas, patch: Patch, house: House, *, seed: int, tint: Light) -> None:
    """Paint a wall: brick, or limewash streaked by the weather."""
    if house.brick:
        size = house.width / 22
        up = (house.base - patch.y) / (0.42 * size)
        paint_bricks(canvas, patch, patch.x / size, up, 1.0)
        canvas.shade(patch, tint)
        return
    blotch = noise_at(patch.x * 1.2, patch.y * 1.2, seed=seed, slope=1.6)
    streak = noise_at(patch.x * 5.0, patch.y * 0.5, seed=seed + 1, slope=1.2)
    foot = ramp((house.base - patch.y) / house.height, 0.0, 0.16)
    shade = (0.82 + 0.16 * blotch + 0.14 * streak) * (0.78 + 0.22 * foot)
    canvas.paint(patch, house.wall * shade[..., np.newaxis] * tint, kind=house.kind)


def _paint_window(canvas: Canvas, house: House, floor: int, bay: int) -> None:
    """Paint a window between open shutters; on the ground the middle one is a door."""
    wide, tall = 0.34 * house.width / house.bays, 0.50 * house.height / house.floors
    x = house.x + house.width * ((bay + 0.5) / house.bays - 0.5)
    foot = house.base - house.height * (floor + 0.22) / house.floors
    if floor == 0 and bay == house.bays // 2:
        foot, tall = house.base, 1.45 * tall
    half = wide / 2

    def box(x0: float, x1: float, y0: float, y1: float) -> Patch:
        return canvas.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])

    frame = 0.12 * wide
    canvas.paint(box(x - half - frame, x + half + frame, foot - tall - frame, foot), STONE * 1.2)
    pane = box(x - half, x + half, foot - tall, foot - frame / 2)
    glint = blend(
        GLASS * 0.5,
        paint_light("8fb2cc"),
        ramp(pane.y - 0.8 * pane.x, foot - 0.8 * x - 0.3 * tall, foot - 0.8 * x - tall),
    )
    canvas.paint(pane, glint)
    for edge in (x, None):
        bar = (
            box(x - frame / 3, x + frame / 3, foot - tall, foot)
            if edge
            else box(x - half, x + half, foot - 0.62 * tall, foot - 0.62 * tall + frame / 2)
        )
        canvas.paint(bar, paint_light("e9e4d8"))
    if foot == house.base:
        return
    for sign in (-1, 1):
        near, far = sorted((x + sign * (half + frame), x + sign * (half + frame + 0.62 * wide)))
        leaf = box(near, far, foot - tall, foot)
        slats = 0.75 + 0.35 * np.cos(2 * np.pi * (leaf.y + 0 * leaf.x) / max(tall / 11, 1.6))
        canvas.paint(leaf, paint_light(house.shutter) * slats[..., np.newaxis])
    sill = box(x - half - 2 * frame, x + half + 2 * frame, foot, foot + frame)
    canvas.paint(sill, STONE)


def paint_hill(scale: float) -> Plate:
    """Paint the hill above the bay with its houses and the church."""
    canvas = Canvas((400, 0, 1330, HORIZON + 45), scale)
    columns = np.linspace(400, 1340, 90)
    rise = 128 * (1 - np.exp(-np.maximum(columns - 418, 0) / 190)) + 18
    ridge = HORIZON + 18 - rise - 16 * np.sin(columns / 61) - 7 * np.sin(columns / 23)
    outline = [(400.0, 260.0), *zip(columns.tolist(), ridge.tolist(), strict=True), (1340, 260)]
    patch = canvas.polygon(outline, soft=1.5)
    up = ramp(patch.y, HORIZON + 20, 60)
    paint_leaves(canvas, patch, 0.75 + 0.3 * up + 0 * patch.x, seed=41, cell=0.8)
    numbers = np.random.default_rng(42)
    walls = ((WALL.warm, WALL.kind), (WALL.cool, WALL.kind + 1), (paint_light("f2ece1"), 0))
    spots = sorted(
        (float(np.interp(x, columns, ridge)) + numbers.uniform(30, 105), x)
        for x in np.arange(450, 1320, 30) + numbers.uniform(-8, 8, 29)
    )
    for number, (base, x) in enumerate(spots):
        wall, kind = walls[number % 3]
        size = float(np.interp(base, [100, 210], [20, 34]) * numbers.uniform(0.9, 1.25))
        house = House(
            x=x, base=min(base, 228), width=size, height=0.85 * size, wall=wall * 0.92, kind=kind
        )
        paint_house(canvas, house, seed=43 + number)
        for side in (-0.75, 0.95):
            _paint_mass(canvas, x + side * size, base, 0.42 * size, seed=70 + number % 5)
        if number % 3 == 0:
            _paint_cypress(canvas, x - 1.1 * size, base + 4, 1.7 * size, seed=90 + number)
    _paint_church(canvas, 545, 148)
    return canvas.plate()


def _paint_cypress(canvas: Canvas, x: float, base: float, tall: float, *, seed: int) -> None:
    """Paint a cypress: a dark flame of leaves."""
    flame = [
        (x - 0.09 * tall, base - 0.2 * tall),
        (x, base - tall),
        (x + 0.09 * tall, base - 0.2 * tall),
    ]
    patch = canvas.polygon(curve([*flame, (x, base)]), soft=0.01 * tall)
    shade = 0.35 + 0.5 * ramp(x - patch.x, -0.08 * tall, 0.06 * tall)
    paint_leaves(canvas, patch, shade + 0 * patch.y, seed=seed, cell=0.5)


def _paint_church(canvas: Canvas, x: float, base: float) -> None:
    """Paint the church above the village, its bell tower with a tiled pyramid."""
    walls = paint_light("f2ece0")
    for left, right, top, tint in (
        (x - 7, x + 4, base - 62, np.ones(3, np.float32)),
        (x + 4, x + 9, base - 62, TURNED_AWAY),
        (x + 9, x + 44, base - 26, np.ones(3, np.float32)),
    ):
        box = [(left, top), (right, top), (right, base), (left, base)]
        canvas.paint(canvas.polygon(box), walls * tint)
    arch = curve(
        [
            (x - 4, base - 46),
            (x - 4, base - 54),
            (x - 1.5, base - 57),
            (x + 1, base - 54),
            (x + 1, base - 46),
        ]
    )
    canvas.paint(canvas.polygon(arch), GLASS)
    peak = (x + 1, base - 80)
    paint_tiles(
        canvas, [(x - 8.5, base - 62), (x + 5, base - 62), peak], pitch=2.4, seed=71, lit=1.15
    )
    paint_tiles(
        canvas, [(x + 5, base - 62), (x + 10, base - 62), peak], pitch=2.4, seed=71, lit=0.55
    )
    nave = [(x + 8, base - 26), (x + 46, base - 26), (x + 42, base - 38), (x + 9, base - 38)]
    paint_tiles(canvas, nave, pitch=2.4, seed=72, lit=1.1)
    _paint_mass(canvas, x - 14, base, 14, seed=73)
    _paint_mass(canvas, x + 38, base + 2, 15, seed=74)


def paint_waterfront(scale: float) -> Plate:
    """Paint the row of houses on the promenade and the trees before them."""
    canvas = Canvas((520, 40, 1420, HORIZON + 60), scale)
    base = HORIZON + 40
    row = (
        House(
            x=640,
            base=base,
            width=84,
            height=92,
            wall=WALL.cool,
            kind=WALL.kind + 1,
            shutter="d8d2c2",
        ),
        House(
            x=752,
            base=base + 1,
            width=96,
            height=112,
            wall=LEAF.warm,
            brick=True,
            shutter="e8e2d4",
            floors=3,
        ),
        House(
            x=880,
            base=base + 1,
            width=100,
            height=84,
            wall=WALL.warm,
            kind=WALL.kind,
            shutter="2f6f9a",
        ),
        House(
            x=1008,
            base=base + 2,
            width=96,
            height=118,
            wall=WALL.cool,
            kind=WALL.kind + 1,
            shutter="c7503e",
            floors=3,
        ),
        House(
            x=1130,
            base=base + 2,
            width=110,
            height=92,
            wall=paint_light("f0c9a8"),
            shutter="3f7a56",
        ),
        House(
            x=1268, base=base + 2, width=110, height=110, wall=WALL.warm, kind=WALL.kind, floors=3
        ),
    )
    for number, house in enumerate(row):
        paint_house(canvas, house, seed=101 + 7 * number)
    for number, (x, height) in enumerate(
        ((575, 96), (700, 80), (820, 104), (948, 88), (1070, 100), (1200, 92), (1330, 110))
    ):
        paint_tree(canvas, x, base + 8, height=height, spread=0.8 * height, seed=5 + number)
    return canvas.plate()


def paint_quay_wall(scale: float) -> Plate:
    """Paint the low wall along the promenade's edge: brick with a stone cap, and box hedges."""
    canvas = Canvas((-260, HORIZON, VANISHING, 700), scale)
    patch = canvas.everywhere()
    aside = np.minimum(patch.x - VANISHING, -0.5)
    away = LENS_PX * EYE_METRES * QUAY / aside
    up = EYE_METRES - (patch.y - HORIZON) * away / LENS_PX
    metres = away / 2.6
    is_hedge = (np.floor(metres) % 2 == 1) & (away < 45)
    along = metres - np.floor(metres)
    softness = away / LENS_PX
    top = np.where(is_hedge, 0.66 - 0.10 * np.abs(2 * along - 1) ** 6, 0.46) + 0 * up
    inside = ramp(up, -softness, softness) * ramp(up, top + softness, top - softness)
    wall = patch.only(inside * ~is_hedge)
    paint_bricks(canvas, wall, away / 0.30 + 0 * up, up / 0.095, 0.88)
    cap = patch.only(ramp(up, 0.38 - softness, 0.38) * ramp(up, 0.46 + softness, 0.46) * ~is_hedge)
    canvas.paint(cap, STONE * 1.15)
    leaf = noise_at(away * 40, up * 46, seed=64, slope=0.9)
    shade = (0.45 + 0.55 * ramp(up, 0.0, 0.6)) * (0.35 + 1.1 * leaf)
    hedge = patch.only(inside * is_hedge)
    canvas.paint(hedge, LEAF.cool * shade[..., np.newaxis], kind=LEAF.kind + 1)
    canvas.shade(patch.only(inside * ramp(up, 0.16, 0.0)), 0.7)
    return canvas.plate()
