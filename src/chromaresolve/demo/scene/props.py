"""What people bring to a fair: balloons, bunting, parasols, flower pots, ice cream, a chart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from chromaresolve.demo.scene.backdrop import EYE_METRES, HORIZON
from chromaresolve.demo.scene.clay_and_leaves import paint_sprig
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Canvas, Plate, curve, lit
from chromaresolve.demo.scene.palette import (
    BRIGHT,
    CREAM,
    LEAF,
    ROPE,
    WOOD,
    Light,
    LookAlike,
    paint_light,
)

GREYS = tuple(np.full(3, 0.9 * 10**-density, np.float32) for density in 0.36 * np.arange(6))
"""The chart's grey scale: equal steps of density from white to black."""


def paint_ball(
    canvas: Canvas,
    x: float,
    y: float,
    across: float,
    down: float,
    light: Light,
    *,
    gloss: float = 0.3,
) -> None:
    """Paint something round in the sun: shaded, with a highlight and light from the ground."""
    ball = canvas.ellipse(x, y, across, down)
    u, v = (ball.x - x) / across, (ball.y - y) / down
    depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    sun = np.clip(0.25 - 0.45 * u - 0.50 * v + 0.55 * depth, 0, None)
    shade = 0.22 + 0.85 * sun + 0.10 * np.clip(v + 0.2, 0, 1)
    shine = np.exp(-((u + 0.38) ** 2 + (v + 0.42) ** 2) / 0.03)
    canvas.paint(ball, lit(light, shade) + gloss * shine[..., np.newaxis])


def paint_balloons(scale: float, x: float, hand: float, *, size: float) -> Plate:
    """Paint a bunch of balloons on strings that meet in a hand."""
    canvas = Canvas((x - 5 * size, hand - 8.2 * size, x + 5 * size, hand + size), scale)
    spots = ((-1.7, -4.6), (0.2, -6.3), (1.7, -4.9), (-0.4, -4.2), (0.9, -3.4), (-1.6, -6.0))
    for (right, down), light in zip(spots, BRIGHT, strict=True):
        middle, centre = x + size * right, hand + size * down
        knot = (middle, centre + 1.1 * size)
        bend = ((middle + x) / 2 + 3, (centre + hand) / 2 + size)
        string = canvas.stroke(curve([knot, bend, (x, hand)], closed=False), 0.9)
        canvas.paint(string, ROPE, opacity=0.8)
        lip = [(middle + side * 0.13 * size, centre + 1.2 * size) for side in (-1, 1)]
        canvas.paint(canvas.polygon([(middle, centre + size), *lip]), 0.6 * light)
        paint_ball(canvas, middle, centre, 0.86 * size, 1.05 * size, light, gloss=0.8)
    return canvas.plate()


def paint_bunting(
    scale: float,
    left: tuple[float, float],
    right: tuple[float, float],
    *,
    sag: float,
    size: float,
    first: int,
) -> Plate:
    """Paint a string of little flags between two places, starting with the `first` colour."""
    box = (left[0] - 5, min(left[1], right[1]) - 5, right[0] + 5, max(left[1], right[1]) + sag)
    canvas = Canvas((*box[:3], box[3] + 2 * size), scale)
    t = np.linspace(0, 1, 60)
    columns = left[0] + (right[0] - left[0]) * t
    rows = left[1] + (right[1] - left[1]) * t + 4 * sag * t * (1 - t)
    canvas.paint(canvas.stroke(np.stack([columns, rows], axis=1), 1.2), ROPE)
    for number, x in enumerate(np.arange(left[0] + 0.8 * size, right[0] - size, 1.35 * size)):
        y = float(np.interp(x, columns, rows))
        tip = (x + 0.18 * size * np.sin(2.1 * number), y + 1.15 * size)
        flag = canvas.polygon([(x - 0.5 * size, y), (x + 0.5 * size, y), tip])
        ripple = 0.78 + 0.26 * np.cos((flag.x - x) / size * 5 + number) + 0 * flag.y
        canvas.paint(flag, lit((*BRIGHT, CREAM)[(number + first) % 7], ripple))
    return canvas.plate()


def paint_parasol(scale: float, x: float, row: float, cloth: LookAlike, *, is_cool: bool) -> Plate:
    """Paint a beach parasol, its panels coloured and cream by turns."""
    metre, foot = row / EYE_METRES, HORIZON + row
    canvas = Canvas((x - 1.6 * metre, foot - 2.4 * metre, x + 1.6 * metre, foot + 4), scale)
    top, rim = foot - 2.2 * metre, foot - 1.55 * metre
    canvas.paint(canvas.stroke([(x, foot), (x, top)], 0.05 * metre), 0.8 * CREAM)
    colour, kind = (cloth.cool, cloth.kind + 1) if is_cool else (cloth.warm, cloth.kind)
    ribs = np.cos(np.linspace(np.pi, 0, 9)) * 1.25 * metre
    for panel, (near, far) in enumerate(pairwise(ribs.tolist())):
        scallop = [
            (x + near + (far - near) * share, rim - dip * metre)
            for share, dip in ((0.25, 0.05), (0.5, 0.07), (0.75, 0.05))
        ]
        left, right = _rib(x, top, near, rim), _rib(x, top, far, rim)
        patch = canvas.polygon([(x, top), *left, *scallop, *reversed(right)])
        light, mark = (CREAM, 0) if panel % 2 else (colour, kind)
        canvas.paint(patch, light * np.float32(1.02 - 0.085 * panel), kind=mark)
    return canvas.plate()


def _rib(x: float, top: float, reach: float, rim: float) -> list[tuple[float, float]]:
    """Return a parasol's rib from near its top to the rim, arched."""
    t = np.linspace(0.2, 1, 6)
    across, down = x + reach * np.sin(t * np.pi / 2) ** 0.9, top + (rim - top) * t**1.5
    return list(zip(across.tolist(), down.tolist(), strict=True))


def paint_pot(scale: float, x: float, row: float, *, size: float, seed: int) -> Plate:
    """Paint a bush with red flowers in a terracotta pot, near the camera."""
    foot = HORIZON + row
    canvas = Canvas((x - 1.3 * size, foot - 2.5 * size, x + 1.3 * size, foot + 4), scale)
    numbers = np.random.default_rng([seed, 5])
    for top, bottom, wide, narrow, brightness in (
        (0.90, 0.0, 0.52, 0.36, 0.80),
        (1.02, 0.82, 0.58, 0.56, 0.95),
    ):
        upper = [(x - wide * size, foot - top * size), (x + wide * size, foot - top * size)]
        lower = [
            (x + narrow * size, foot - bottom * size),
            (x - narrow * size, foot - bottom * size),
        ]
        clay = canvas.polygon([*upper, *lower])
        form = 0.25 + 0.75 * np.clip(1 - ((clay.x - x) / (0.55 * size) + 0.35) ** 2, 0, 1)
        stain = 0.75 + 0.4 * noise_at(clay.x * 2, clay.y * 2, seed=seed, slope=1.6)
        canvas.paint(clay, lit(LEAF.warm, brightness * form * stain), kind=LEAF.kind)
    for _ in range(26):
        turn, reach = numbers.uniform(0, 2 * np.pi), np.sqrt(numbers.uniform(0, 1)) * size
        across, up = 0.85 * reach * np.cos(turn), 1.55 * size + 0.55 * reach * np.sin(turn)
        paint_sprig(canvas, x + across, foot - up, 0.34 * size, numbers)
    for _ in range(9):
        middle = x + numbers.uniform(-0.75, 0.75) * size, foot - numbers.uniform(1.2, 2.1) * size
        for right, down in numbers.normal(0, 0.055 * size, (7, 2)):
            light = paint_light("c81e3c") * np.float32(numbers.uniform(0.7, 1.2))
            spot = middle[0] + right, middle[1] + down
            paint_ball(canvas, *spot, 0.055 * size, 0.05 * size, light, gloss=0.1)
    return canvas.plate()


def paint_branch(scale: float) -> Plate:
    """Paint an orange tree's branch that hangs into the picture from the upper right."""
    canvas = Canvas((830, -80, 1500, 190), scale)
    numbers = np.random.default_rng(77)
    bends = [(1500, -60), (1330, -6), (1150, 22), (1000, 12), (880, 40)]
    path = curve(bends, closed=False)
    canvas.paint(canvas.stroke(path, np.linspace(16, 3, len(path))), paint_light("4f3c30"))
    for number in range(150):
        t = numbers.uniform(0, 1)
        bough = path[int(t * (len(path) - 1))]
        x = bough[0] + numbers.normal(0, 26)
        y = bough[1] + numbers.normal(12, 30) * (1.15 - 0.5 * t) - 6
        if number % 13 == 6:
            paint_ball(canvas, x, y + 16, 12, 12, paint_light("ee8a1c"), gloss=0.4)
        paint_sprig(canvas, x, y, 21, numbers)
    return canvas.plate()


def paint_chart(scale: float, x: float, row: float) -> Plate:
    """Paint the camera crew's chart on its easel: six colours and a grey scale."""
    metre, foot = row / EYE_METRES, HORIZON + row
    canvas = Canvas((x - 0.8 * metre, foot - 1.5 * metre, x + 0.8 * metre, foot + 6), scale)
    for side in (-1, 1):
        leg = [(x + 0.12 * side * metre, foot - 1.3 * metre), (x + 0.36 * side * metre, foot)]
        canvas.paint(canvas.stroke(leg, 0.04 * metre), 0.7 * WOOD)
    wide, tall, top = 0.52 * metre, 0.62 * metre, foot - 1.28 * metre
    canvas.paint(canvas.box(x - wide, top, x + wide, top + tall), paint_light("191919"))
    for line, patches in enumerate((BRIGHT, GREYS)):
        for column, light in enumerate(patches):
            left = x - 0.94 * wide + column * 1.88 * wide / len(patches)
            upper = top + tall * (0.07 + 0.46 * line)
            canvas.paint(canvas.box(left, upper, left + 0.28 * wide, upper + 0.4 * tall), light)
    return canvas.plate()


def paint_ice_cream(canvas: Canvas, x: float, y: float, size: float) -> None:
    """Paint an ice cream in a cone, held at (x, y)."""
    rim = [(x - 0.32 * size, y - 0.55 * size), (x + 0.32 * size, y - 0.55 * size)]
    cone = canvas.polygon([*rim, (x, y + 0.5 * size)])
    u, v = 18 * (cone.x - x) / size, 18 * (cone.y - y) / size
    waffle = 0.85 + 0.15 * np.sign(np.sin(u + v) * np.sin(u - v))
    canvas.paint(cone, lit(paint_light("d9a25c"), waffle))
    for right, up, code in ((-0.16, 0.72, "f2e3c6"), (0.17, 0.74, "f4b4c4"), (0.0, 1.05, "9a6a4a")):
        scoop = x + right * size, y - up * size
        paint_ball(canvas, *scoop, 0.27 * size, 0.26 * size, paint_light(code))
