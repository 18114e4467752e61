"""Where the picture ends: letterbox, pillarbox, wedges of a turned picture, rounded gates.

A border is black and the same in every frame: so the brightest that each place has been over the
frames is looked at. Its straight edges are found first, then what of its corners is rounded off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from chromaresolve.alignment.edges import Edge, find_edge
from chromaresolve.alignment.geometry import fit_raster, working_size
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import Mask, Plane, rgb_to_tone

ROUNDEST = (0.015, 0.12)
"""Least and largest radius of a gate's corners, as shares of the raster's width."""

LEAST_ARC = 0.4
"""Share of a corner's arc along which black steps up to picture."""

BLACK_CORNER = 0.97
"""Share of black outside the arc."""

ARC_PX = 2
"""Width of the ring inside an arc that must be picture, and what a corner gives away; working
pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Borders:
    """How many pixels at each edge are not picture, and which exactly."""

    left: int
    """Columns at the left edge that a straight border reaches into anywhere."""
    top: int
    """Rows at the top."""
    right: int
    """Columns at the right."""
    bottom: int
    """Rows at the bottom."""
    mask: Mask
    """Shape (height, width), read-only: set where there is picture; rounded corners are not."""

    @property
    def has_any(self) -> bool:
        """Whether anything at all is not picture."""
        return not bool(self.mask.all())

    @property
    def area(self) -> tuple[slice, slice]:
        """The rows and columns that no straight border reaches into."""
        height, width = self.mask.shape
        return slice(self.top, height - self.bottom), slice(self.left, width - self.right)


def find_borders(rgb: Rgb | Iterable[Rgb]) -> Borders:
    """Find what of the raster is not picture: black borders and a gate's rounded corners.

    Give several frames of the shot, far apart: what is dark in one of them is not cut off, as long
    as it is brighter in another.

    Args:
        rgb: One frame, shape (height, width, 3), display encoded, any range; or several of one
            raster, which are looked at one by one.

    Raises:
        StageError: There is no frame, or they are not of one raster.
    """
    brightest, shape = _brightest([rgb] if isinstance(rgb, np.ndarray) else rgb)
    edges = [find_edge(brightest, turns) for turns in range(4)]
    seen = [_depths(edge, turns, brightest.shape, 1.0) for turns, edge in enumerate(edges)]
    whole = [
        _depths(edge, turns, shape, brightest.shape[1] / shape[1])
        for turns, edge in enumerate(edges)
    ]
    mask = np.logical_and.reduce([depth >= 0 for depth in whole])
    smooth = np.asarray(cv2.blur(brightest, (3, 3)), dtype=np.float32)
    for turns, edge in enumerate(edges):
        limit = max(edge.limit, edges[turns - 1].limit)
        radius = _find_radius(seen[turns], seen[turns - 1], smooth <= limit)
        mask &= _inside_arc(whole[turns], whole[turns - 1], radius)
    mask.setflags(write=False)
    lost = [int((depth < 0).sum(axis=turns % 2).max()) for turns, depth in enumerate(whole)]
    return Borders(top=lost[0], right=lost[1], bottom=lost[2], left=lost[3], mask=mask)


def _brightest(frames: Iterable[Rgb]) -> tuple[Plane, tuple[int, int]]:
    """Return the brightest tone of each place on the working raster, and the frames' raster."""
    brightest: Plane | None = None
    shape = (0, 0)
    for rgb in frames:
        height, width = rgb.shape[:2]
        across, down = working_size(width=width, height=height)
        tone = fit_raster(rgb_to_tone(rgb), width=across, height=down)
        if brightest is None:
            brightest, shape = tone, (height, width)
        elif shape != (height, width):
            problem = f"frames are {shape[1]} x {shape[0]} and {width} x {height}: give one raster"
            raise StageError("borders", problem)
        else:
            np.maximum(brightest, tone, out=brightest)
    if brightest is None:
        raise StageError("borders", "there is no frame to look at")
    return brightest, shape


def _depths(edge: Edge, turns: int, shape: tuple[int, ...], scale: float) -> Plane:
    """Return how far inside an edge each pixel lies, in working pixels, on an upright raster."""
    rows, columns = shape[turns % 2], shape[1 - turns % 2]
    down = (np.arange(rows) + 0.5) * scale
    across = (np.arange(columns, dtype=np.float64) + 0.5) * scale - 0.5
    depth = down[:, None] - edge.rows_at(across, round(columns * scale))
    return np.rot90(depth.astype(np.float32), -turns)


def _find_radius(depth: Plane, other: Plane, black: Mask) -> float:
    """Return the radius of the gate's corner between two edges, working pixels; 0 if square."""
    least, most = (round(share * black.shape[1]) for share in ROUNDEST)
    in_corner = (depth >= 0) & (other >= 0) & (depth < most) & (other < most)
    depth, other, black = depth[in_corner], other[in_corner], black[in_corner]
    for radius in range(most, least, -1):
        place = np.hypot(radius - depth, radius - other)
        in_square = (depth < radius) & (other < radius)
        outside = black[in_square & (place > radius + 1)]
        ring = black[in_square & (place < radius) & (place > radius - ARC_PX)]
        if not (len(outside) and len(ring)):
            continue
        if outside.mean() >= BLACK_CORNER and 1 - ring.mean() >= LEAST_ARC:
            return float(radius)
    return 0.0


def _inside_arc(depth: Plane, other: Plane, radius: float) -> Mask:
    """Return what a rounded corner leaves of the picture."""
    if not radius:
        return np.ones(depth.shape, np.bool_)
    in_corner = (depth < radius) & (other < radius)
    place = np.hypot(radius - depth, radius - other)
    return np.asarray(~in_corner | (place <= radius - ARC_PX), dtype=np.bool_)
