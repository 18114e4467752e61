"""Matrices between rasters, and pictures taken through them.

One convention everywhere: pixel centres are at whole numbers, the centre of the top left pixel is
(0, 0), x grows to the right and y down; the picture's edge is at -1/2 on every raster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from chromaresolve.structure import Mask, Plane

Matrix: TypeAlias = NDArray[np.float64]
"""Shape (3, 3): takes (x, y, 1) of one raster to (x, y, 1) of another, up to a factor."""

WORKING_WIDTH = 960
"""Widest raster that pictures are compared on: 0.1 px here is 0.2 px of a 2K scan, and telecines
hold no more."""

BEND_DEGREE = 3
"""Of the splines that a bend is made of: as smooth as a warped print."""

FOLD_RASTER = 64
"""Raster a side on which a bend's slope is looked at: it has none finer."""

NEAREST_DEPTH = 1e-6
"""Third coordinate below which a place is as good as on the horizon."""

LARGEST_FOLD = 0.5
"""Slope of a bend from which on it is not believed: from 1 on, the picture would fold over."""

HALF_STEP = 1 / 64
"""OpenCV rounds positions to 1/32 px before it interpolates: what lies half of that outside a
border is taken as lying on it."""


def working_size(*, width: int, height: int) -> tuple[int, int]:
    """Return width and height of the raster that a picture is compared on."""
    working_width = min(width, WORKING_WIDTH)
    return working_width, max(1, round(height * working_width / width))


def raster_to_raster(shape: tuple[int, ...], other_shape: tuple[int, ...]) -> Matrix:
    """Return the matrix between two rasters (height, width, ...) of the same picture."""
    down, across = other_shape[0] / shape[0], other_shape[1] / shape[1]
    return np.array(
        [[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], dtype=np.float64
    )


def fit_raster(picture: NDArray[np.float32], *, width: int, height: int) -> NDArray[np.float32]:
    """Bring a picture of one or more channels to another raster, edge to edge."""
    # Averaging areas only shrinks: where a side grows, OpenCV's falls back to something else.
    shrinks = picture.shape[1] >= width and picture.shape[0] >= height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bend:
    """A smooth shift of every Source position, by what no matrix does: a warped print's."""

    weights: NDArray[np.float64]
    """Shape (2, rows, columns): of the splines, shifts to the right and down, as shares of the
    raster's width; the same on every raster of the picture."""

    def shifts(self, *, width: int, height: int) -> tuple[Plane, Plane]:
        """Return how far right and down every pixel of a raster is taken first, in its pixels."""
        rows, columns = self.weights.shape[1:]
        down, across = splines(height, rows), splines(width, columns)
        right, below = (width * (down @ plane @ across.T) for plane in self.weights)
        return right.astype(np.float32), below.astype(np.float32)

    @property
    def folds(self) -> bool:
        """Whether it is so steep anywhere that the picture would all but fold over."""
        planes = self.shifts(width=FOLD_RASTER, height=FOLD_RASTER)
        slopes = [np.abs(np.diff(plane, axis=axis)).max() for plane in planes for axis in (0, 1)]
        return bool(max(slopes) > LARGEST_FOLD)


def splines(length: int, count: int) -> NDArray[np.float64]:
    """Return the weight of each of some splines at each pixel of a side, (length, count)."""
    inner = np.linspace(0, 1, count - BEND_DEGREE + 1)
    knots = np.concatenate([np.zeros(BEND_DEGREE), inner, np.ones(BEND_DEGREE)])
    places = (np.arange(length) + 0.5) / length
    return np.asarray(BSpline.design_matrix(places, knots, BEND_DEGREE).toarray(), np.float64)


def warp(
    picture: NDArray[np.float32],
    matrix: Matrix,
    *,
    width: int,
    height: int,
    cubic: bool,
    bend: Bend | None = None,
) -> tuple[NDArray[np.float32], Mask]:
    """Take each pixel (x, y) of a new raster from `matrix @ (x, y, 1)` of the picture.

    Args:
        picture: Shape (height, width) or (height, width, 3), any range.
        matrix: From the new raster to the picture's.
        width: The new raster's.
        height: The new raster's.
        cubic: Four taps a side, overshooting beside hard edges, instead of two.
        bend: What (x, y) is shifted by before that.

    Returns:
        The picture on the new raster, its border repeated outwards, and the mask of pixels all of
        whose taps lie in the picture.
    """
    x, y, depth = _places(matrix, width=width, height=height, bend=bend)
    inside = _inside(x, y, depth, picture.shape, margin=1 if cubic else 0)
    how = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    if bend is None:
        warped = cv2.warpPerspective(
            picture,
            matrix,
            (width, height),
            flags=how | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    else:
        near = np.maximum(depth, NEAREST_DEPTH)
        warped = cv2.remap(picture, x / near, y / near, how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.float32), inside


def _places(
    matrix: Matrix, *, width: int, height: int, bend: Bend | None
) -> tuple[Plane, Plane, Plane]:
    """Return where each pixel is taken from: x and y times the third."""
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None]
    if bend is not None:
        right, below = bend.shifts(width=width, height=height)
        across, down = across + right, down + below
    rows = matrix.astype(np.float32)
    x, y, depth = (row[0] * across + (row[1] * down + row[2]) for row in rows)
    return x, y, depth


def _inside(x: Plane, y: Plane, depth: Plane, shape: tuple[int, ...], *, margin: int) -> Mask:
    low = np.float32(margin - HALF_STEP)
    bottom, right = (np.float32(side - 1) - low for side in shape[:2])
    inside = (depth > 0) & (x >= low * depth) & (y >= low * depth)
    return np.asarray(inside & (x <= right * depth) & (y <= bottom * depth), dtype=np.bool_)
