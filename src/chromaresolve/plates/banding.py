"""Steps of 8-bit video smoothed into the gradients they came from."""

from __future__ import annotations

import cv2
import numpy as np

from chromaresolve.plates.bands import Picture, double_size, half_size
from chromaresolve.structure import Plane

STEP = 1 / 219
"""One step of 8-bit video in display values: luma has 219 steps; ITU-R BT.709-6, item 5.6."""

WIDEST_BAND = 5
"""How often the picture is halved: bands up to twice 2 to this power pixels wide are bridged."""

GRADIENT, EDGE = 2.0, 3.0
"""Steps between the lowest and highest value around a pixel up to which they are a gradient's, and
from which on they are picture. A gradient has two in a window wider than its bands."""

AROUND = np.ones((3, 3), np.uint8)
"""A pixel and its eight neighbours."""

SMALLEST_SIDE = 8
"""Side, in pixels, below which a picture is not halved any more."""


def deband_plane(plane: Plane) -> Plane:
    """Return a plane whose flat steps are smooth; no value moves by more than half a step.

    That is as far as rounding may have moved it. Where values differ by more than a gradient's do,
    the plane stays as it is, so that edges keep their sharpness and texture its grain.

    Args:
        plane: Luma, Cb or Cr, shape (height, width), any range.
    """
    planes: list[Plane] = [plane]
    evenness: list[Plane] = []
    lowest = highest = plane
    while len(evenness) < WIDEST_BAND and min(planes[-1].shape) >= SMALLEST_SIDE:
        lowest = np.asarray(cv2.erode(lowest, AROUND), np.float32)[::2, ::2]
        highest = np.asarray(cv2.dilate(highest, AROUND), np.float32)[::2, ::2]
        planes.append(half_size(planes[-1]))
        evenness.append(_evenness(lowest, highest))
    if not evenness:
        return plane
    smooth = planes.pop()
    while evenness:
        finer, even = planes.pop(), evenness.pop()
        difference = double_size(smooth, finer.shape) - finer
        if not evenness:
            difference = np.minimum(np.maximum(difference, -STEP / 2), STEP / 2)
        smooth = finer + double_size(even, finer.shape) * difference
    return smooth


def _evenness(lowest: Picture, highest: Picture) -> Plane:
    """Return 1 where there is only a gradient around, 0 where there is an edge."""
    span = cv2.dilate(highest, AROUND) - cv2.erode(lowest, AROUND)
    even = np.clip((EDGE - span / STEP) / (EDGE - GRADIENT), 0, 1)
    # Enlarged, a pixel reaches its neighbours: they must be even too.
    return np.asarray(cv2.erode(even, AROUND), np.float32)
