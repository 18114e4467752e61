"""A canvas in linear light: shapes with soft edges, paint over paint, and a map of what is where.

Positions are counted in the pixels of a 960 x 540 frame whatever the frame's real size; `scale`
says how many painted pixels one of them is wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating]
"""One value per pixel, (height, width), or several, (height, width, channels)."""

Kinds = NDArray[np.uint8]
"""One mark per pixel: `LookAlike.kind` of the paint seen there, 0 for none."""

Points = NDArray[np.floating] | Sequence[tuple[float, float]]
"""Corners (x, y)."""

SUBPIXEL_BITS = 4
"""OpenCV takes corners as fixed-point numbers; 1/16 pixel is finer than the eye."""

FINEST_SCALE = 0.75
"""Plates are painted at least this fine and averaged down, or textures would alias."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a canvas and how much of each of its pixels a shape covers."""

    rows: slice
    columns: slice
    cover: Plane
    """0..1."""
    x: Plane
    """(1, width): where the pixels are."""
    y: Plane
    """(height, 1)."""

    def only(self, cover: Plane | NDArray[np.bool_]) -> Patch:
        """Return the patch where a second shape covers it too."""
        return Patch(self.rows, self.columns, self.cover * cover, self.x, self.y)


@dataclass(frozen=True, slots=True)
class Plate:
    """A finished picture with a transparent surround, ready to be placed in a frame."""

    light: NDArray[np.float32]
    """(height, width, 4): linear light times coverage, and coverage."""
    kinds: Kinds
    left: float
    """Where the plate's left edge is."""
    top: float
    """Where its top edge is."""
    scale: float
    """Pixels of the plate in one of a 960 x 540 frame."""


class Canvas:
    """Somewhere to paint."""

    def __init__(self, box: tuple[float, float, float, float], scale: float) -> None:
        """Stretch an empty canvas over left, top, right and bottom."""
        self.left, self.top = box[0], box[1]
        self.finer = max(1, math.ceil(FINEST_SCALE / scale))
        self.scale = scale * self.finer
        across = math.ceil((box[2] - box[0]) * scale) * self.finer
        down = math.ceil((box[3] - box[1]) * scale) * self.finer
        self.light = np.zeros((down, across, 4), np.float32)
        self.kinds = np.zeros((down, across), np.uint8)

    def everywhere(self) -> Patch:
        """Return a patch that covers the whole canvas."""
        return self._patch(0, 0, np.ones(self.kinds.shape, np.float32))

    def polygon(self, corners: Points, *, soft: float = 0.0) -> Patch:
        """Return the inside of a polygon; `soft` is how far its edge is blurred."""
        line = (np.asarray(corners, np.float64) - (self.left, self.top)) * self.scale - 0.5
        reach = 2 + 3 * soft * self.scale
        high, wide = self.kinds.shape
        x0, y0 = np.clip(np.floor(line.min(axis=0) - reach), 0, (wide, high)).astype(int)
        x1, y1 = np.clip(np.ceil(line.max(axis=0) + reach) + 1, 0, (wide, high)).astype(int)
        ink = np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.uint8)
        if ink.size == 0:
            return self._patch(0, 0, np.zeros((0, 0), np.float32))
        fixed = np.rint((line - (x0, y0)) * 2**SUBPIXEL_BITS).astype(np.int32)
        cv2.fillPoly(ink, [fixed], 255, cv2.LINE_AA, SUBPIXEL_BITS)
        cover = np.asarray(ink / 255, np.float32)
        if soft:
            cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), soft * self.scale), np.float32)
        return self._patch(int(y0), int(x0), cover)

    def box(
        self, left: float, top: float, right: float, bottom: float, *, soft: float = 0.0
    ) -> Patch:
        """Return a rectangle."""
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return self.polygon(corners, soft=soft)

    def ellipse(
        self, x: float, y: float, across: float, down: float, *, soft: float = 0.0
    ) -> Patch:
        """Return an ellipse by its centre and half axes."""
        return self.polygon(oval(x, y, across, down), soft=soft)

    def stroke(self, path: Points, widths: float | Plane) -> Patch:
        """Return a line along a path, as wide at each point as said, with round ends."""
        return self.polygon(ribbon(path, widths))

    def paint(
        self,
        patch: Patch,
        light: Plane,
        *,
        opacity: float = 1.0,
        kind: int | Kinds = 0,
    ) -> None:
        """Lay paint over what is there."""
        cover = (patch.cover * np.float32(opacity))[..., np.newaxis]
        there = self.light[patch.rows, patch.columns]
        there *= 1 - cover
        there[..., :3] += cover * light
        there[..., 3:] += cover
        hidden = cover[..., 0] > 0.5
        self.kinds[patch.rows, patch.columns][hidden] = np.broadcast_to(kind, hidden.shape)[hidden]

    def shade(self, patch: Patch, factor: float | tuple[float, float, float]) -> None:
        """Multiply what is there, where the patch covers it: shadow below 1, light above."""
        change = np.asarray(factor, np.float32) - 1
        there = self.light[patch.rows, patch.columns, :3]
        there *= 1 + patch.cover[..., np.newaxis] * change

    def plate(self) -> Plate:
        """Return what was painted, without its empty surround."""
        light, kinds, scale = self.light, self.kinds, self.scale / self.finer
        if self.finer > 1:
            size = (light.shape[1] // self.finer, light.shape[0] // self.finer)
            light = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32)
            kinds = kinds[self.finer // 2 :: self.finer, self.finer // 2 :: self.finer]
        painted = light[..., 3] > 0
        rows, columns = np.flatnonzero(painted.any(axis=1)), np.flatnonzero(painted.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        kept = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        return Plate(
            np.ascontiguousarray(light[kept]),
            np.ascontiguousarray(kinds[kept]),
            self.left + left / scale,
            self.top + top / scale,
            scale,
        )

    def _patch(self, row: int, column: int, cover: NDArray[np.float32]) -> Patch:
        """Return a patch with its pixels' positions."""
        height, width = cover.shape
        x = (np.arange(column, column + width, dtype=np.float32) + 0.5) / self.scale + self.left
        y = (np.arange(row, row + height, dtype=np.float32) + 0.5) / self.scale + self.top
        rows, columns = slice(row, row + height), slice(column, column + width)
        return Patch(rows, columns, cover, x[np.newaxis], y[:, np.newaxis])


def oval(x: float, y: float, across: float, down: float) -> NDArray[np.float64]:
    """Return the outline of an ellipse by its centre and half axes."""
    angle = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    return np.stack([x + across * np.cos(angle), y + down * np.sin(angle)], axis=1)


def curve(corners: Points, *, closed: bool = True, steps: int = 8) -> NDArray[np.float64]:
    """Return a smooth line through the corners (Catmull-Rom)."""
    knots = np.asarray(corners, np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis, np.newaxis]
    a, b, c, d = knots[:-3], knots[1:-2], knots[2:-1], knots[3:]
    line = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    line = line.transpose(1, 0, 2).reshape(-1, 2)
    return line if closed else np.concatenate([line, knots[-2:-1]])


def ribbon(path: Points, widths: float | Plane) -> NDArray[np.float64]:
    """Return the outline of a line of changing width with round ends."""
    line = np.asarray(path, np.float64)
    half = np.broadcast_to(np.asarray(widths, np.float64) / 2, len(line))[:, np.newaxis]
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    across = along[:, ::-1] * (-1, 1)
    left, right = line + half * across, line - half * across
    angle = np.linspace(math.pi / 2, -math.pi / 2, 9)[1:-1, np.newaxis]
    tip = line[-1] + half[-1] * (np.cos(angle) * along[-1] + np.sin(angle) * across[-1])
    tail = line[0] - half[0] * (np.cos(angle) * along[0] + np.sin(angle) * across[0])
    return np.concatenate([left, tip, right[::-1], tail])


def ramp(value: Plane, low: float | Plane, high: float | Plane) -> Plane:
    """Return 0 at `low`, 1 at `high`, and a smooth S between, whichever is the larger."""
    t: Plane = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blend(first: Plane, second: Plane, share: Plane) -> Plane:
    """Return a mix of two paints, `share` (height, width) of the second."""
    return first + share[..., np.newaxis] * (second - first)


def lit(light: Plane, shade: Plane) -> Plane:
    """Return a paint under this much light, `shade` (height, width)."""
    return light * shade[..., np.newaxis]


def varied(light: Plane, amount: Plane, strength: tuple[float, float, float]) -> Plane:
    """Return a paint whose hue drifts with `amount`, -0.5..0.5, by so much in R, G and B."""
    return light * (1 + amount[..., np.newaxis] * np.array(strength, np.float32))
