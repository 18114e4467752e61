"""What the frames of `paintings` are painted and photographed with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.demo.scene.body import Person
from chromaresolve.demo.scene.cloth import plain
from chromaresolve.demo.scene.figures import paint_person
from chromaresolve.demo.scene.noise import noise_at
from chromaresolve.demo.scene.painting import Canvas, Patch, Plane, blend, lit, ramp
from chromaresolve.demo.scene.palette import Light, paint_light

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4, 0..1."""

WIDTH = 768
"""Widest picture, in pixels."""

FRAME = (0.0, 0.0, 960.0, 540.0)
"""Painted frames' raster, as everything in `chromaresolve.demo.scene` counts it."""

DISPLAY_GAMMA = 2.4
"""ITU-R BT.1886 with black at 0."""


def shoot(paint: Callable[[Canvas], None]) -> Picture:
    """Paint a scene and photograph it: a lens's softness, flare and fall-off, film's shoulder."""
    canvas = Canvas(FRAME, WIDTH / FRAME[2])
    paint(canvas)
    sharp = np.ascontiguousarray(canvas.light[..., :3])
    flare = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 25), np.float32)
    light = 0.975 * np.asarray(cv2.GaussianBlur(sharp, (0, 0), 0.6), np.float32) + 0.025 * flare
    everywhere = canvas.everywhere()
    away = np.hypot((everywhere.x - 480) / 480, (everywhere.y - 270) / 480)
    light = lit(light, 1.08 - 0.22 * away**2)
    bright = np.maximum(light - 0.7, 0)
    light = np.minimum(light, 0.7) + 0.3 * (1 - np.exp(-bright / 0.3))
    return np.asarray(np.maximum(light, 0) ** (1 / DISPLAY_GAMMA), np.float32)


def wash(canvas: Canvas, codes: tuple[str, ...], rows: tuple[float, ...]) -> Patch:
    """Fill the canvas with colours that run into each other at the rows, top to bottom."""
    seen = canvas.everywhere()
    down = seen.y + 0 * seen.x
    light: Plane = paint_light(codes[0]) + 0 * down[..., np.newaxis]
    for code, (above, below) in zip(codes[1:], pairwise(rows), strict=True):
        light = blend(light, paint_light(code), ramp(down, above, below))
    canvas.paint(seen, light)
    return seen


def texture(patch: Patch, x: float, y: float, seed: int, slope: float = 1.8) -> Plane:
    """Return texture on a patch, so many entries to a pixel across and down."""
    return noise_at(patch.x * x, patch.y * y, seed=seed, slope=slope)


def glow(canvas: Canvas, x: float, y: float, size: float, light: Light) -> None:
    """Add a lamp's light and the haze around it."""
    seen = canvas.everywhere()
    away = np.hypot(seen.x - x, seen.y - y) / size
    canvas.light[..., :3] += light * (np.exp(-(away**2)) + 0.06 / (0.3 + away**2))[..., np.newaxis]


def light_up(canvas: Canvas, x: float, y: float, size: float, dim: Light) -> None:
    """Let one lamp light the scene: `dim` of the light is left where it does not reach."""
    seen = canvas.everywhere()
    reach = 1 / (1 + (np.hypot(seen.x - x, seen.y - y) / size) ** 2.5)
    canvas.light[..., :3] *= blend(dim + 0 * reach[..., np.newaxis], np.ones(3), reach)


def plaster(canvas: Canvas, box: tuple[float, float, float, float], code: str, seed: int) -> Patch:
    """Paint a plastered wall."""
    wall = canvas.box(*box)
    canvas.paint(wall, lit(paint_light(code), 0.82 + 0.30 * texture(wall, 0.7, 0.5, seed, 2.2)))
    return wall


def boards(canvas: Canvas, top: float, code: str) -> None:
    """Paint a floor of boards that run away from the camera."""
    floor = canvas.box(-10, top, 970, 550)
    across = (floor.x - 480) / np.maximum(floor.y - top + 90, 1) * 6
    board = np.floor(across)
    tone = noise_at(board * 31, 0 * board, seed=5, slope=0.3)
    grain = noise_at(across * 40, floor.y * 0.3 + board * 50, seed=6, slope=1.4)
    gap = ramp(np.abs(across - np.rint(across)), 0.03, 0.01)
    canvas.paint(floor, lit(paint_light(code), (0.6 + 0.4 * tone + 0.3 * grain) * (1 - 0.6 * gap)))


def conifer(canvas: Canvas, x: float, foot: float, tall: float, code: str) -> None:
    """Paint a conifer in tiers, light from the upper left."""
    for tier in np.linspace(0, 0.85, 9):
        wide, low = tall * 0.24 * (1.05 - tier), foot - tall * tier
        top = foot - tall * min(tier + 0.28, 1)
        patch = canvas.polygon([(x - wide, low), (x, top), (x + wide, low), (x, low + 0.1 * wide)])
        shade = 0.55 + 0.5 * ramp(x - patch.x, -wide, wide) + 0.4 * (texture(patch, 3, 3, 9) - 0.5)
        canvas.paint(patch, lit(paint_light(code), shade))


def dressed(person: Person, top: str, bottom: str) -> Person:
    """Return somebody in plain clothes."""
    return replace(person, top=plain(paint_light(top)), bottom=plain(paint_light(bottom)), hat=None)


def stand(
    canvas: Canvas, person: Person, x: float, foot: float, light: tuple[float, float, float]
) -> None:
    """Paint somebody who gets less light, or light of another colour, than the paints assume."""
    alone = Canvas(FRAME, canvas.scale)
    paint_person(alone, person, x, foot)
    alone.light[..., :3] *= np.array(light, np.float32)
    canvas.light *= 1 - alone.light[..., 3:]
    canvas.light += alone.light
