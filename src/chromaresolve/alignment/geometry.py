"""Matrices between rasters, and pictures taken through them.

One convention everywhere: pixel centres are at whole numbers, the centre of the top left pixel is
(0, 0), x grows to the right and y down; the picture's edge is at -1/2 on every raster.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Mask

Matrix: TypeAlias = NDArray[np.float64]
"""Shape (3, 3): takes (x, y, 1) of one raster to (x, y, 1) of another, up to a factor."""

WORKING_WIDTH = 960
"""Widest raster that pictures are compared on: 0.1 px here is 0.2 px of a 2K scan, and telecines
hold no more."""

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


def warp(
    picture: NDArray[np.float32], matrix: Matrix, *, width: int, height: int, cubic: bool
) -> tuple[NDArray[np.float32], Mask]:
    """Take each pixel (x, y) of a new raster from `matrix @ (x, y, 1)` of the picture.

    Args:
        picture: Shape (height, width) or (height, width, 3), any range.
        matrix: From the new raster to the picture's.
        width: The new raster's.
        height: The new raster's.
        cubic: Four taps a side, overshooting beside hard edges, instead of two.

    Returns:
        The picture on the new raster, its border repeated outwards, and the mask of pixels all of
        whose taps lie in the picture.
    """
    how = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    warped = cv2.warpPerspective(
        picture,
        matrix,
        (width, height),
        flags=how | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = _inside(matrix, (height, width), picture.shape, margin=1 if cubic else 0)
    return np.asarray(warped, dtype=np.float32), inside


def _inside(
    matrix: Matrix, shape: tuple[int, int], picture_shape: tuple[int, ...], *, margin: int
) -> Mask:
    across = np.arange(shape[1], dtype=np.float32)
    down = np.arange(shape[0], dtype=np.float32)[:, None]
    x, y, depth = (row[0] * across + (row[1] * down + row[2]) for row in matrix.astype(np.float32))
    low = np.float32(margin - HALF_STEP)
    bottom, right = (np.float32(side - 1) - low for side in picture_shape[:2])
    inside = (depth > 0) & (x >= low * depth) & (y >= low * depth)
    return np.asarray(inside & (x <= right * depth) & (y <= bottom * depth), dtype=np.bool_)
