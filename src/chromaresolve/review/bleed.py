"""How far colour lies off the edges that the plate draws.

Across an edge of the plate luma steps, and where two colours meet there, chroma should step with
it. Both are drawn along the edge's normal, each brought to 0 on one side and 1 on the other; the
area between the two profiles is how many pixels chroma lies beyond or beside its edge. A chroma
that is blurred by a Gaussian has 0.8 of its deviation, one that is shifted the shift itself.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.review.movement import Chroma
from chromaresolve.structure import Plane

REACH = 10
"""Pixels on either side of an edge, of a picture at most `LOOK_WIDTH` wide: what leaks farther
leaves no plateau to be compared with."""

LEAST_STEP = 0.06
"""Step of the plate's luma that is an edge, display values: grain is not."""

LEAST_CHROMA = 0.04
"""Step of chroma, length of [Cb, Cr], that is a colour border: 10 of 255, dE2000 of 5 and more."""

SHARPNESS = 0.2
"""How far luma may be from either side 3 pixels away from the edge, as a share of its step: other
edges are too soft, or not alone."""

NEAR = 3
"""Those pixels."""

MOST_POINTS = 3000
"""Places that are looked at: those where luma and chroma both change most."""

FADED = 0.3
"""The same of the plate's own chroma, as a share of that."""

OVER = 0.5
"""How far profiles may go beyond their ends and still count, as a share of the step."""

LEAST_POINTS = 60
"""Colour borders that say something of the frame."""

Profiles = NDArray[np.float32]
"""Values along normals, (places, 2 REACH + 1)."""


def measure_bleed(luma: Plane, plate: Chroma, recovered: Chroma) -> tuple[float, float]:
    """Return how many pixels colour lies off the plate's edges: recovered, and the plate's own.

    Not a number where no edge tells.

    Args:
        luma: The plate's, display values, (height, width).
        plate: The plate's [Cb, Cr] on the same raster.
        recovered: The recovered.
    """
    rows, columns, normals = _edges(luma, recovered)
    if not len(rows):
        return math.nan, math.nan
    along = np.arange(-REACH, REACH + 1, dtype=np.float32)
    x = columns[:, None] + along * normals[:, :1]
    y = rows[:, None] + along * normals[:, 1:]
    step, is_step = _luma_steps(_along(luma, x, y))
    colours, own = ((_along(c[..., 0], x, y), _along(c[..., 1], x, y)) for c in (recovered, plate))
    # The plate's own colours differ by less, faded as they are, and at the same places.
    first, told = _areas(colours, step, is_step, LEAST_CHROMA)
    second, _ = _areas(own, step, told, LEAST_CHROMA * FADED)
    return first, second


def _edges(luma: Plane, chroma: Chroma) -> tuple[NDArray[np.float32], ...]:
    """Return rows, columns and unit normals of the places to look at."""
    smooth = cv2.GaussianBlur(luma, (0, 0), 1.0)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    steep = cv2.magnitude(across, down)
    wide = cv2.GaussianBlur(chroma, (0, 0), REACH / 3)
    changing = np.zeros_like(steep)
    for plane in cv2.split(wide):
        ways = (cv2.Sobel(plane, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
        changing += np.asarray(cv2.magnitude(*ways), np.float32)
    ridge = steep >= cv2.dilate(steep, np.ones((3, 3), np.uint8)) * np.float32(0.98)
    worth = np.where(ridge & (steep > LEAST_STEP / 4), steep * changing, 0)
    worth[:REACH], worth[-REACH:], worth[:, :REACH], worth[:, -REACH:] = 0, 0, 0, 0
    places = np.flatnonzero(worth)
    if len(places) > MOST_POINTS:
        places = places[np.argpartition(worth.ravel()[places], -MOST_POINTS)[-MOST_POINTS:]]
    rows, columns = np.unravel_index(places, worth.shape)
    length = steep[rows, columns]
    normals = np.stack([across[rows, columns] / length, down[rows, columns] / length], axis=1)
    return rows.astype(np.float32), columns.astype(np.float32), normals


def _along(plane: Plane, x: NDArray[np.float32], y: NDArray[np.float32]) -> Profiles:
    drawn = cv2.remap(
        np.ascontiguousarray(plane), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(drawn, np.float32)


def _luma_steps(luma: Profiles) -> tuple[Profiles, NDArray[np.bool_]]:
    """Return luma from 0 on one side to 1 on the other, and where that is one sharp step."""
    low, high = luma[:, :2].mean(axis=1), luma[:, -2:].mean(axis=1)
    size = np.maximum(high - low, LEAST_STEP)
    step = (luma - low[:, None]) / size[:, None]
    near = np.abs(step[:, REACH - NEAR]), np.abs(step[:, REACH + NEAR] - 1)
    return step, (high - low > LEAST_STEP) & (np.maximum(*near) < SHARPNESS)


def _areas(
    colours: tuple[Profiles, Profiles],
    step: Profiles,
    places: NDArray[np.bool_],
    least: float,
) -> tuple[float, NDArray[np.bool_]]:
    """Return the median area between chroma's profiles and luma's, and the places that told it."""
    cb, cr = colours
    ends = [(p[:, :2].mean(axis=1), p[:, -2:].mean(axis=1)) for p in (cb, cr)]
    steps = np.stack([there - here for here, there in ends], axis=1)
    size = np.linalg.norm(steps, axis=1)
    told = places & (size > least)
    if np.count_nonzero(told) < LEAST_POINTS:
        return math.nan, told
    away = (cb[told] - ends[0][0][told, None]) * steps[told, :1]
    away += (cr[told] - ends[1][0][told, None]) * steps[told, 1:]
    colour = np.clip(away / np.square(size[told, None]), -OVER, 1 + OVER)
    apart = np.abs(colour - np.clip(step[told], -OVER, 1 + OVER))
    return float(np.median(apart.sum(axis=1))), told
