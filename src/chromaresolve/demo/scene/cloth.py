"""What clothes are made of: plain, dotted, striped and checked cloth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chromaresolve.demo.scene.painting import Kinds, Plane, blend, ramp
from chromaresolve.demo.scene.palette import WHITE_CLOTH, Light

Cloth = Callable[[Plane, Plane], tuple[Light, Kinds | int]]
"""Gives paint and kinds at positions across and up a body, counted in its height."""


def plain(light: Light) -> Cloth:
    """Return a cloth of one colour."""
    return lambda _x, _y: (light, 0)


def dotted(pitch: float, base: Light, kind: int) -> Cloth:
    """Return a cloth with white dots."""

    def cloth(x: Plane, y: Plane) -> tuple[Light, Kinds]:
        return printed(base, kind, dots(x / pitch, y / pitch, 0.26, blur=0.04))

    return cloth


def striped(pitch: float, base: Light, kind: int) -> Cloth:
    """Return a cloth with white stripes across."""

    def cloth(x: Plane, y: Plane) -> tuple[Light, Kinds]:
        off = np.abs(y / pitch - np.rint(y / pitch)) + 0 * x
        return printed(base, kind, ramp(off, 0.20, 0.14))

    return cloth


def checked(pitch: float, first: Light, second: Light) -> Cloth:
    """Return a cloth of crossing stripes, each thread half hidden by the other."""

    def cloth(x: Plane, y: Plane) -> tuple[Light, int]:
        warp = ramp(np.abs(x / pitch - np.rint(x / pitch)), 0.22, 0.28)
        weft = ramp(np.abs(y / pitch - np.rint(y / pitch)), 0.22, 0.28)
        return blend(first, second, 0.5 * (warp + weft)), 0

    return cloth


def dots(x: Plane, y: Plane, radius: float, *, blur: float) -> Plane:
    """Return rows of dots one apart, every other row shifted: 1 inside a dot, 0 outside."""
    row = np.floor(y)
    x = x + 0.5 * (row % 2)
    away = np.hypot(x - np.floor(x) - 0.5, y - row - 0.5)
    return ramp(away, radius + blur, radius - blur)


def printed(base: Light, kind: int, cover: Plane, ink: Light = WHITE_CLOTH) -> tuple[Light, Kinds]:
    """Return a base cloth with ink on it, and the kinds of both; ink is of no kind."""
    kinds = np.where(cover < 0.5, np.uint8(kind), np.uint8(0))
    return blend(base, ink, cover), kinds
