"""How far one frame sits beside another, to a fraction of a pixel, and pictures moved by that."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.plates.bands import Picture, half_size
from chromaresolve.structure import Plane, tone_to_luma_structure

WIDEST = 1100
"""Frames are compared no wider than this, pixels: what a 2K scan has finer is grain."""

ROUGH_SIDE = 96
"""Shorter side, pixels, down to which frames are halved to find a shift roughly."""

STEPS = 4
"""Refinements at each size at most."""

ARRIVED_PX = 0.003
"""A refinement that moves less is the last at its size."""

OUTLIER = 3.0
"""Times the median difference at which a pixel counts a quarter: it moves by itself, or is dust."""

SOFTNESS_PX = 1.0
"""Blur before slopes are taken: they must hold over the fraction of a pixel looked for."""

MARGIN = 0.04
"""Share of the frame left out at each edge: a shift brings in what is not in both."""

FARTHEST_PX = 3.0
"""A refinement that ends farther from where it began has lost its way."""

SAMPLED = 7
"""Each how-manyth pixel the median is taken of: it need not be exact."""

SMALLEST_SIDE = 32
"""A frame with a shorter side shows no motion, pixels: OpenCV's flow, which begins at a quarter of
the size with squares of 8, fails on it."""

TINY = 1e-12
"""Keeps equations solvable on frames that show nothing."""


def measure_shift(first: Plane, second: Plane) -> tuple[float, float]:
    """Return how far right and down the second frame's picture sits from the first's, pixels.

    Phase correlation of structure gives it roughly, least squares on the slopes exactly (Lucas and
    Kanade 1981), with a gain and a lift between the two. What moves by itself stays out of it as
    long as it is the smaller part. Frames that show nothing, or are too small, give 0.

    Args:
        first: Tone, (height, width), display values.
        second: The same shape.
    """
    if min(first.shape) < SMALLEST_SIDE:
        return 0.0, 0.0
    factor = 1
    while first.shape[1] > WIDEST:
        first, second, factor = half_size(first), half_size(second), 2 * factor
    sizes = [(first, second)]
    while min(sizes[-1][0].shape) >= 2 * ROUGH_SIDE:
        sizes.append((half_size(sizes[-1][0]), half_size(sizes[-1][1])))
    shift = _first_shift(*sizes.pop())
    for one, other in reversed(sizes):
        shift = _refine(one, other, 2 * shift)
    right, down = factor * shift
    return float(right), float(down)


def shift_picture(picture: Picture, shift: tuple[float, float]) -> Picture:
    """Return the picture moved right and down by that many pixels; its border is repeated.

    Between pixels it is Catmull and Rom's cubic (1974). OpenCV's own cubic, of a steeper slope,
    moves a ramp by up to 0.05 pixels too far or too little.
    """
    if shift == (0, 0):
        return picture
    whole = [math.floor(distance + 0.5) for distance in shift]
    moved = picture
    if any(whole):
        matrix = np.array([[1, 0, whole[0]], [0, 1, whole[1]]], np.float64)
        size = picture.shape[1::-1]
        placed = cv2.warpAffine(
            picture, matrix, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
        )
        moved = np.asarray(placed, np.float32)
    across, down = (_taps(distance - number) for distance, number in zip(shift, whole, strict=True))
    between = cv2.sepFilter2D(moved, -1, across, down, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(between, np.float32)


def follow_motion(first: Plane, second: Plane) -> Plane:
    """Return the second frame with all that moved put where the first has it.

    Dense optical flow (Kroeger et al. 2016). A speck on one of them is too small to be followed.

    Args:
        first: Tone, (height, width), display values.
        second: The same shape.
    """
    if min(first.shape) < SMALLEST_SIDE:
        return second
    low, high = float(first.min()), float(first.max())
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    none = np.zeros((*first.shape, 2), np.float32)
    flow = finder.calc(_codes(first, low, high), _codes(second, low, high), none)
    rows, columns = np.indices(first.shape, dtype=np.float32)
    followed = cv2.remap(
        second,
        columns + flow[..., 0],
        rows + flow[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(followed, np.float32)


def _codes(plane: Plane, low: float, high: float) -> NDArray[np.uint8]:
    """Return a plane as the 8 bits in which flow is looked for; what is moved is the plane."""
    return np.asarray(np.clip((plane - low) * (255 / max(high - low, TINY)), 0, 255), np.uint8)


def _taps(fraction: float) -> NDArray[np.float32]:
    """Return the five weights that move a line by -0.5 to 0.5 pixels."""
    away = np.abs(np.arange(-2, 3) + fraction)
    near = 1.5 * away**3 - 2.5 * away**2 + 1
    far = -0.5 * away**3 + 2.5 * away**2 - 4 * away + 2
    return np.where(away <= 1, near, np.where(away < 2, far, 0)).astype(np.float32)


def _first_shift(first: Plane, second: Plane) -> NDArray[np.float64]:
    """Return the shift of small frames: from where structure agrees, or from none at all.

    A detailed object that moves before a soft ground has the most structure. But the ground has
    the most pixels, so that its shift leaves the smaller median difference.
    """
    one, other = tone_to_luma_structure(first), tone_to_luma_structure(second)
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    found, _ = cv2.phaseCorrelate(one, other, window)
    starts = (np.zeros(2), np.nan_to_num(np.array(found, np.float64)))
    refined = [_refine(first, second, start) for start in starts]
    return min(refined, key=lambda shift: _difference(first, second, shift))


def _difference(first: Plane, second: Plane, shift: NDArray[np.float64]) -> float:
    inside = _inside(first.shape)
    left = (shift_picture(second, (-shift[0], -shift[1])) - first)[inside]
    return float(np.median(np.abs(left - np.median(left))))


def _refine(first: Plane, second: Plane, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shift that brings the second frame onto the first, from one within a pixel."""
    first, second = (
        np.asarray(cv2.GaussianBlur(plane, (0, 0), SOFTNESS_PX), np.float32)
        for plane in (first, second)
    )
    inside = _inside(first.shape)
    right, down = (
        np.asarray(cv2.Scharr(first, cv2.CV_32F, *axis, scale=-1 / 32), np.float32)[inside].ravel()
        for axis in ((1, 0), (0, 1))
    )
    still = first[inside].ravel()
    # By what a frame changes with a pixel right, a pixel down, more gain, and more lift.
    changes = np.stack([right, down, still, np.ones_like(still)])
    shift, light = start, np.zeros(4)
    for _ in range(STEPS):
        change = shift_picture(second, (-shift[0], -shift[1]))[inside].ravel() - still
        found = _fit(changes, change, light)
        shift, light = shift + found[:2], np.array([0, 0, *found[2:]])
        if math.hypot(*found[:2]) < ARRIVED_PX:
            break
    return shift if math.hypot(*(shift - start)) < FARTHEST_PX else start


def _fit(
    changes: NDArray[np.float32], change: NDArray[np.float32], guess: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much of each change there is, by the pixels that do not stand out."""
    left = np.abs(change - guess.astype(np.float32) @ changes)
    scale = OUTLIER * np.median(left[::SAMPLED]) + TINY
    weighted = changes / np.square(1 + np.square(left / scale))
    # Not matrix products: their last bit depends on how many threads there are.
    normal = np.einsum("in,jn->ij", weighted, changes).astype(np.float64)
    normal += (1e-9 * np.trace(normal) + TINY) * np.eye(4)
    return np.linalg.solve(normal, np.einsum("in,n->i", weighted, change).astype(np.float64))


def _inside(shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows, columns = (slice(cut, side - cut) for side in shape for cut in [round(MARGIN * side) + 1])
    return rows, columns
