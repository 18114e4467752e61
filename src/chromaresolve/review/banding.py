"""Steps in chroma where the plate shows none: bands.

In the manner of CAMBI (Tandon, Afonso, Sole and Krasula, "CAMBI: Contrast-aware Multiscale Banding
Index", PCS 2021): at several scales, how often a value of a flat neighbourhood lies beside another
flat neighbourhood a small step away. A smooth run of colour has no flat neighbourhoods with a step
between them, and neither has noise. Luma does not take part: its grain hides no band here, only
its edges are left out.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.review.limits import usual
from chromaresolve.review.movement import Chroma
from chromaresolve.structure import Mask, Plane

LEAST_STEP = 0.004
"""Step of Cb or Cr that is a band: one code of 8 bits, which an 8-bit picture's own rounding, of
three channels at different places, stays below by half."""

MOST_STEP = 0.03
"""Step from which on it is a border between two colours and no band: 8 such codes."""

FLAT = 0.25
"""How far the values on one side may lie apart, as a share of the step."""

SIDE = 4
"""Pixels on either side that must be flat."""

GAP = 2
"""Pixels in the middle that may be anything: what averaging makes of a hard step."""

SCALES = (1, 2)
"""How many times the raster is made coarser."""

EDGE = 0.015
"""Step of the plate's luma or chroma, above its noise, that is an edge of the picture, display
values."""

NOISES = 4.0
"""Deviations of the plate's own noise above which a step is none of it."""

NOISE_STEP = 0.6
"""Step that noise of deviation 1 shows after the blur below: 0.4 where it is white, and more where
it is grain."""

SMOOTH_BLUR = 1.5
"""Blur of the plate before its edges are looked for, pixels."""


def measure_banding(luma: Plane, plate: Chroma, recovered: Chroma) -> float:
    """Return the share of the smooth picture that lies at the border of a band, 0..1.

    Args:
        luma: The plate's, display values, (height, width).
        plate: The plate's [Cb, Cr] on the same raster.
        recovered: The recovered.
    """
    found = 0.0
    for scale in SCALES:
        smooth = _smooth(luma, plate)
        if smooth.mean() > 0.02:
            found = max(found, _banded(recovered, smooth) / float(np.count_nonzero(smooth)))
        size = (luma.shape[1] // 2, luma.shape[0] // 2)
        if min(size) < 4 * (2 * SIDE + GAP) or scale == SCALES[-1]:
            break
        luma, plate, recovered = (
            np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA), np.float32)
            for p in (luma, plate, recovered)
        )
    return found


def _smooth(luma: Plane, plate: Chroma) -> Mask:
    """Say where the plate shows no edge, whatever its grain."""
    edges = np.zeros(luma.shape, np.bool_)
    for plane in (luma, plate[..., 0], plate[..., 1]):
        blurred = cv2.GaussianBlur(np.ascontiguousarray(plane), (0, 0), SMOOTH_BLUR)
        ways = (cv2.Sobel(blurred, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
        steep = cv2.magnitude(*ways)
        # A step of s blurred by b is s / (b sqrt(2 pi)) steep where it is steepest.
        step = steep * np.float32(SMOOTH_BLUR * np.sqrt(2 * np.pi))
        noise = NOISE_STEP * usual(plane[::2, ::2] - blurred[::2, ::2])[1]
        edges |= step > max(EDGE, NOISES * noise)
    reach = 2 * SIDE + 1
    return np.asarray(cv2.dilate(edges.astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0)


def _banded(chroma: Chroma, smooth: Mask) -> int:
    """Return how many pixels lie where two flat neighbourhoods meet."""
    found = np.zeros(smooth.shape, np.bool_)
    for plane in (chroma[..., 0], chroma[..., 1]):
        found |= _steps(np.ascontiguousarray(plane))
        found |= _steps(np.ascontiguousarray(plane.T)).T
    return int(np.count_nonzero(found & smooth))


def _steps(plane: Plane) -> NDArray[np.bool_]:
    """Say where a row's values step, flat on both sides and along the border."""
    high = cv2.dilate(plane, np.ones((3, SIDE), np.float32))
    low = cv2.erode(plane, np.ones((3, SIDE), np.float32))
    half = SIDE // 2 + GAP // 2
    right, left = slice(2 * half, None), slice(None, -2 * half)
    highs, lows = (high[:, left], high[:, right]), (low[:, left], low[:, right])
    step = np.abs((highs[0] + lows[0]) - (highs[1] + lows[1])) / 2
    spread = np.maximum(highs[0] - lows[0], highs[1] - lows[1])
    marked = np.zeros(plane.shape, np.bool_)
    marked[:, half:-half] = (step > LEAST_STEP) & (step < MOST_STEP) & (spread < FLAT * step)
    return marked
