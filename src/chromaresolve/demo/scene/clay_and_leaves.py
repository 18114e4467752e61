"""The two materials most of the scene is made of, which fade to one colour: clay and leaves."""

from __future__ import annotations

import numpy as np

from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import (
    Canvas,
    Patch,
    Plane,
    Points,
    blend,
    curve,
    lit,
    ramp,
    varied,
)
from chromaresolve.demo.scene.palette import LEAF, STONE

CLAY_DRIFT = (0.12, 0.30, 0.35)
"""How far the hue of fired clay wanders in R, G, B from one piece to the next."""


def paint_leaves(canvas: Canvas, patch: Patch, shade: Plane, *, seed: int, cell: float) -> None:
    """Fill a patch with clumps of leaves, ragged at its edge: bright tips over dark gaps."""
    x, y = patch.x / cell, patch.y / cell
    clump = noise_at(x * 3.0, y * 3.4, seed=seed)
    leaf = noise_at(x * 16.0, y * 19.0, seed=seed + 1, slope=0.4, finest=4.0)
    drift = noise_at(x * 1.3, y * 1.3, seed=seed + 2) - 0.5
    tips = 0.35 + 0.55 * clump + 0.75 * ramp(leaf * (0.5 + clump), 0.30, 0.85)
    light = varied(lit(LEAF.cool, tips * shade), drift, (0.30, 0.10, -0.35))
    ragged = ramp(patch.cover + 0.5 * (leaf - 0.5), 0.40, 0.60)
    inside = Patch(patch.rows, patch.columns, ragged, patch.x, patch.y)
    canvas.paint(inside, light, kind=LEAF.kind + 1)


def paint_mass(canvas: Canvas, x: float, y: float, size: float, *, seed: int) -> None:
    """Paint one round mass of leaves, lit from the upper left."""
    patch = canvas.ellipse(x, y, size, 0.82 * size, soft=0.12 * size)
    toward_sun = (-0.55 * (patch.x - x) - 0.75 * (patch.y - y)) / size
    shade = 0.40 + 0.85 * ramp(toward_sun, -0.75, 0.85)
    paint_leaves(canvas, patch, shade, seed=seed, cell=max(size / 26, 0.45))


def paint_sprig(
    canvas: Canvas, x: float, y: float, size: float, numbers: np.random.Generator
) -> None:
    """Paint a handful of single leaves close by, each with a lit and a shaded half."""
    for _ in range(9):
        turn = numbers.uniform(0, 2 * np.pi)
        tip = np.array([np.cos(turn), np.sin(turn)]) * size * numbers.uniform(0.5, 0.9)
        stem = np.array([x, y]) + numbers.normal(0, 0.35, 2) * size
        side = 0.28 * np.array([-tip[1], tip[0]])
        shade = 0.75 - 0.30 * (tip[0] + tip[1]) / size + numbers.normal(0, 0.22)
        for half, tone in ((side, 1.0), (-side, 0.72)):
            edge = curve(
                np.stack([stem, stem + 0.45 * tip + half, stem + tip, stem + 0.5 * tip]), steps=4
            )
            light = LEAF.cool * np.float32(tone * np.clip(shade, 0.2, 1.7))
            canvas.paint(canvas.polygon(edge), light, kind=LEAF.kind + 1)


def paint_tiles(
    canvas: Canvas, corners: Points, *, pitch: float, seed: int, brightness: float
) -> None:
    """Paint a roof of terracotta tiles in courses, no two of one firing."""
    roof = canvas.polygon(corners)
    row = roof.y / (1.1 * pitch) + 0 * roof.x
    column = roof.x / pitch + 0 * row
    channel = 0.80 + 0.30 * np.cos(2 * np.pi * column)
    course = 0.75 + 0.35 * (-row % 1.0)
    tone = noise_at(np.floor(column) * 19, np.floor(row) * 31, seed=seed, slope=0.3)
    tint = noise_at(np.floor(column) * 29, np.floor(row) * 11, seed=seed + 1, slope=0.3) - 0.5
    weather = 0.8 + 0.3 * noise_at(roof.x * 1.5, roof.y * 2.0, seed=seed + 2)
    shade = brightness * channel * course * weather * (0.46 + 0.40 * tone)
    canvas.paint(roof, varied(lit(LEAF.warm, shade), tint, CLAY_DRIFT), kind=LEAF.kind)


def paint_bricks(canvas: Canvas, patch: Patch, across: Plane, up: Plane) -> None:
    """Fill a patch with brickwork; `across` and `up` count bricks and courses."""
    course = np.floor(up) + 0 * across
    along = across + 0.5 * (course % 2)
    gap = np.minimum(3 * np.abs(along - np.rint(along)), np.abs(up - np.rint(up)))
    mortar = ramp(gap, 0.16, 0.05)
    tone = noise_at(np.floor(along) * 19, course * 31, seed=61, slope=0.3)
    tint = noise_at(np.floor(along) * 29, course * 11, seed=62, slope=0.3) - 0.5
    wear = noise_at(across * 9, up * 9, seed=63, slope=1.2)
    brick = varied(lit(LEAF.warm, 0.40 + 0.44 * tone + 0.2 * (wear - 0.5)), tint, CLAY_DRIFT)
    kinds = np.where(mortar < 0.5, np.uint8(LEAF.kind), np.uint8(0))
    canvas.paint(patch, blend(brick, 0.62 * STONE, mortar), kind=kinds)
