"""A picture as bands of detail, each half as fine as the one before (Burt and Adelson 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.float32]
"""One channel or three, shape (height, width) or (height, width, 3)."""


def split_bands(picture: Picture, count: int) -> list[Picture]:
    """Return the finest bands of detail, the finest first; the coarse rest is left out."""
    levels = [picture]
    for _ in range(count):
        levels.append(half_size(levels[-1]))
    return [finer - double_size(coarser, finer.shape) for finer, coarser in pairwise(levels)]


def join_bands(bands: Sequence[Picture]) -> Picture:
    """Add bands up again, on the raster of the finest."""
    whole = bands[-1]
    for band in bands[-2::-1]:
        whole = band + double_size(whole, band.shape)
    return whole


def half_size(picture: Picture) -> Picture:
    """Return the picture at half the size, without the detail that has no room there."""
    return np.asarray(cv2.pyrDown(picture), np.float32)


def double_size(picture: Picture, shape: tuple[int, ...]) -> Picture:
    """Return the picture smoothly at twice the size, which `shape` gives exactly."""
    return np.asarray(cv2.pyrUp(picture, dstsize=(shape[1], shape[0])), np.float32)
