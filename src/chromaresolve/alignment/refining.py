"""A matrix made better by what is left between two pictures, in one or in many pairs at once.

Gauss and Newton's steps (Lucas and Kanade 1981, in the symmetric form of Benhimane and Malis 2004)
on tones whose windows are normalised, whatever is far off left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import Bend, Matrix, raster_to_raster
from chromaresolve.alignment.scoring import lay_tone
from chromaresolve.alignment.slopes import SPREAD_PX, say, slopes
from chromaresolve.alignment.views import (
    FINE_WINDOW,
    WIDE_WINDOW,
    PairViews,
    drawn_in,
    masked_luma,
)
from chromaresolve.structure import Plane

Numbers = NDArray[np.float64]
"""A vector or a matrix of equations."""

MODELS = MappingProxyType(
    {
        "shift": ((0, 0, 1, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 1, 0, 0)),
        "similarity": (
            (0, 0, 1, 0, 0, 0, 0, 0),
            (0, 0, 0, 0, 0, 1, 0, 0),
            (1, 0, 0, 0, 1, 0, 0, 0),
            (0, -1, 0, 1, 0, 0, 0, 0),
        ),
        "affine": tuple(tuple(int(i == k) for i in range(8)) for k in range(6)),
        "homography": tuple(tuple(int(i == k) for i in range(8)) for k in range(8)),
    },
)
"""What may change, as mixtures of a homography's eight numbers: what weaves, what is enlarged and
turned, what is sheared and squeezed as well, and what is in perspective."""

LEVELS = ((4, 10, WIDE_WINDOW), (2, 6, WIDE_WINDOW), (1, 6, FINE_WINDOW))
"""How much smaller than the views, at most how many steps there, and the window: from coarse, which
finds far, to fine, which finds exactly."""

FINEST = LEVELS[-1:]
"""For a matrix that is nearly right."""

EDGE_PX = 6
"""Pixels at the edge of what both show that take no part: blurred with what lies beyond."""

SMALLEST_STEP_PX = 0.004
"""A step that moves no corner by more than this is the last."""

LARGEST_STEP = 0.2
"""A step that moves a corner by more than this share of the width has left all sense."""

FEWEST_PIXELS = 1500
"""Pixels that both must show; fewer say nothing about eight numbers."""

STEEP_SHARE = 0.3
"""Share of the pixels, the steepest, that are looked at: in the flat rest grain and JPEG
blocks speak."""

MOST_UNCERTAIN = 1e10
"""Condition number from which on some of the numbers are anyone's guess."""

TOLD = 11.8
"""Squared deviations, of two numbers together, that chance reaches once in 400."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refined:
    """A matrix, and how exactly the pictures tell it."""

    matrix: Matrix
    """From Source view to Reference view pixels, last element 1."""
    size: tuple[int, int]
    """The Source view's width and height."""
    corners: Numbers
    """Of what both show, (4, 2), Source view pixels."""
    covariance: Numbers
    """Of the homography's eight numbers on the raster brought to -1..1 across, (8, 8); infinite
    where nothing can be said."""

    @property
    def corner_px(self) -> float:
        """Deviation to be expected of the worst corner of what both show, Source view pixels."""
        if not np.isfinite(self.covariance).all():
            return math.inf
        deviations = []
        for x, y in self.corners @ _unit(*self.size)[:2, :2].T + _unit(*self.size)[:2, 2]:
            across = np.array([x, y, 1, 0, 0, 0, -x * x, -x * y])
            down = np.array([0, 0, 0, x, y, 1, -x * y, -y * y])
            deviations.append(sum(way @ self.covariance @ way for way in (across, down)))
        return math.sqrt(max(deviations)) * self.size[0] / 2

    @property
    def tells_perspective(self) -> bool:
        """Whether its perspective is more than what the pictures leave open."""
        row = (self.matrix @ np.linalg.inv(_unit(*self.size)))[2]
        own, known = row[:2] / row[2], self.covariance[6:, 6:]
        if not np.isfinite(known).all() or not known.any():
            return False
        return bool(own @ np.linalg.solve(known, own) > TOLD)

    @property
    def without_perspective(self) -> Matrix:
        """The nearest matrix that has none."""
        width, height = self.size
        across, down = np.meshgrid(np.linspace(0, width - 1, 9), np.linspace(0, height - 1, 9))
        places = np.stack([across.ravel(), down.ravel(), np.ones(across.size)])
        taken = self.matrix @ places
        nearest, *_ = np.linalg.lstsq(places.T, (taken[:2] / taken[2]).T, rcond=None)
        return np.vstack([nearest.T, [0, 0, 1]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Differences:
    """What is left between two pictures, at those pixels that tell something."""

    places: NDArray[np.intp]
    """Which pixels, counted along the rows of the Source's view, (count,)."""
    across: Plane
    """How steeply the tone rises to the right there, (count,)."""
    down: Plane
    """How steeply downwards."""
    off: Plane
    """Source minus Reference."""
    weight: Plane
    """What each has to say: 1 over the variance, less the farther off it is."""


def refine(
    pairs: Sequence[PairViews],
    matrix: Matrix,
    *,
    model: str = "homography",
    levels: Sequence[tuple[int, int, float]] = LEVELS,
) -> Refined:
    """Better one matrix for all pairs of views, which must be of one raster each.

    It stays as it is where the pictures do not tell.

    Args:
        pairs: One or more.
        matrix: From Source view to Reference view pixels, off by a few pixels at most.
        model: A key of `MODELS`: what may be changed.
        levels: As `LEVELS`.
    """
    freedom = np.array(MODELS[model], dtype=np.float64)
    covariance = np.full((8, 8), np.inf)
    first = pairs[0]
    for share, steps, window in levels:
        smaller = [pair.shrunk(share) for pair in pairs]
        to_source = raster_to_raster(first.source.tone.shape, smaller[0].source.tone.shape)
        to_reference = raster_to_raster(first.reference.tone.shape, smaller[0].reference.tone.shape)
        start = to_reference @ matrix @ np.linalg.inv(to_source)
        found, covariance = _descend(smaller, start / start[2, 2], freedom, steps, window)
        matrix = np.linalg.inv(to_reference) @ found @ to_source
        matrix = matrix / matrix[2, 2]
    size = first.source.width, first.source.height
    corners = shown_corners(first, matrix)
    return Refined(matrix=matrix, size=size, corners=corners, covariance=covariance)


def _descend(
    pairs: Sequence[PairViews], matrix: Matrix, freedom: Numbers, steps: int, window: float
) -> tuple[Matrix, Numbers]:
    """Return the matrix after some steps on one raster, and the covariance of its numbers."""
    width, height = pairs[0].source.width, pairs[0].source.height
    unit = _unit(width, height)
    covariance = np.full((8, 8), np.inf)
    for _ in range(steps):
        equations = [_equations(pair, matrix, window) for pair in pairs]
        left = freedom @ sum(one[0] for one in equations) @ freedom.T
        right = freedom @ sum(one[1] for one in equations)
        if np.linalg.cond(left) > MOST_UNCERTAIN:
            break
        step = _step(freedom.T @ np.linalg.solve(left, right), unit)
        moved = corner_shift(step, width, height)
        if moved > LARGEST_STEP * width:
            break
        matrix = matrix @ step
        matrix = matrix / matrix[2, 2]
        covariance = freedom.T @ np.linalg.inv(left) @ freedom * SPREAD_PX**2
        if moved < SMALLEST_STEP_PX:
            break
    return matrix, covariance


def differences(
    pair: PairViews, matrix: Matrix, *, window: float, bend: Bend | None = None
) -> Differences | None:
    """Compare two pictures where they are steep; None where they share too little.

    Args:
        pair: Both views.
        matrix: From Source view to Reference view pixels.
        window: Share of the width in which tones are normalised.
        bend: What Source positions are shifted by before that.
    """
    tone, both = lay_tone(pair, matrix, bend)
    mask = drawn_in(both, EDGE_PX)
    count = np.count_nonzero(mask)
    if count < FEWEST_PIXELS:
        return None
    source = masked_luma(pair.source.tone, both, window=window)
    reference = masked_luma(tone, both, window=window)
    across, down = slopes(source, reference)
    steep = across * across + down * down
    flattest = int((1 - STEEP_SHARE) * count)
    limit = np.partition(steep[mask], flattest)[flattest]
    places = np.flatnonzero(mask & (steep >= limit))
    off = (source - reference).ravel()[places]
    return Differences(
        places=places,
        across=across.ravel()[places],
        down=down.ravel()[places],
        off=off,
        weight=say(off),
    )


def _equations(pair: PairViews, matrix: Matrix, window: float) -> tuple[Numbers, Numbers]:
    """Return the normal equations, (8, 8) and (8,), of the step that one pair asks for."""
    seen = differences(pair, matrix, window=window)
    if seen is None:
        return np.zeros((8, 8)), np.zeros(8)
    rows = _directions(seen, pair.source.width, pair.source.height)
    weighted = rows * seen.weight
    # Float32 sums over 10^5 pixels are exact to 1e-4 of a step; the next step mends that.
    return (weighted @ rows.T).astype(np.float64), (weighted @ seen.off).astype(np.float64)


def _directions(seen: Differences, width: int, height: int) -> Plane:
    """Return how each pixel changes with each of a homography's eight numbers, (8, count).

    The numbers act on the raster brought to -1..1 across.
    """
    half = np.float32(width / 2)
    x = ((seen.places % width) - np.float32((width - 1) / 2)) / half
    y = ((seen.places // width) - np.float32((height - 1) / 2)) / half
    across, down = seen.across * half, seen.down * half
    outward = across * x + down * y
    rows = (across * x, across * y, across, down * x, down * y, down, -outward * x, -outward * y)
    return np.stack(rows).astype(np.float32)


def shown_corners(pair: PairViews, matrix: Matrix) -> Numbers:
    """Return the corners, (4, 2), of what both show by a matrix: the Source's box drawn in."""
    left, top, right, bottom = pair.reference.box
    x, y = np.meshgrid([left - 0.5, right - 0.5], [top - 0.5, bottom - 0.5])
    back = np.linalg.inv(matrix) @ [x.ravel(), y.ravel(), np.ones(4)]
    left, top, right, bottom = pair.source.box
    shown = np.clip((back[:2] / back[2]).T, (left, top), (right - 1, bottom - 1))
    return np.asarray(shown, dtype=np.float64)


def _unit(width: int, height: int) -> Matrix:
    """Return the matrix from pixel centres to -1..1 across, 0 in the middle."""
    half = width / 2
    return np.array(
        [[1 / half, 0, -(width - 1) / width], [0, 1 / half, -(height - 1) / width], [0, 0, 1]]
    )


def _step(numbers: Numbers, unit: Matrix) -> Matrix:
    change = np.eye(3) + np.append(numbers, 0).reshape(3, 3)
    step = np.linalg.inv(unit) @ change @ unit
    return np.asarray(step / step[2, 2], dtype=np.float64)


def _corners(width: int, height: int) -> Numbers:
    right, bottom = width - 1, height - 1
    return np.array([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1]], np.float64).T


def corner_shift(step: Matrix, width: int, height: int) -> float:
    """Return how far a matrix of a raster onto itself moves a corner at most, along x or y."""
    corners = _corners(width, height)
    moved = step @ corners
    return float(np.abs(moved[:2] / moved[2] - corners[:2]).max())
