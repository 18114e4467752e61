"""Blocks that MPEG and JPEG leave in chroma: their grid found on any raster, their steps evened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from chromaresolve.structure import Plane

SMALLEST, LARGEST = 7.0, 64.0
"""Widths of a block that are looked for, pixels: 8 of the raster that was compressed, 16 where
chroma is 4:2:0, and three to four times that where an SD Reference was enlarged to 2K."""

FEWEST = 6
"""Blocks that must fit across, or there is no grid to see."""

HARMONICS = 4
"""Overtones of a grid's frequency that speak for it: block edges are sharp."""

CANDIDATES = 12
"""Widths that are looked at closely."""

OFFSET_STEP = 0.5
"""Steps in which the first edge of a grid is looked for, pixels."""

EDGE = 1 / 8
"""Half the width of a block's edge over the block's, where enlarging made a slope of it."""

NEARBY = 15
"""Edge, in pixels, of the part of a line that a jump is compared with."""

TALLEST_JUMP = 4.0
"""A jump counts for no more than this many times those nearby."""

BOTH, EACH = 6.0, 4.0
"""Standard errors by which the grid's lines must stand out of all the lines between them, both ways
together (geometric mean) and each way. On eight pictures in nine compressions: 7.6 to 22 with a
grid, 3.7 at most without."""

SMALL = 1e-9
"""Keeps a line without any jump from dividing by 0."""

RATIO = 1.7
"""Most that a block may be wider than high, or higher than wide: anamorphic rasters reach 1.5."""

LARGEST_STEP = 4 / 224
"""Step between two blocks up to which it is theirs and not the picture's: four 8-bit codes of
chroma. Of 1 to 8, best for the PSNR of JPEG at qualities 30, 60 and 85 together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockGrid:
    """Where the edges between blocks lie, across or down."""

    width: float
    """Of a block, pixels."""
    first: float
    """Place of the first edge, in pixels from the first pixel's centre."""


def measure_blocks(chroma: Sequence[Plane]) -> tuple[BlockGrid, BlockGrid] | None:
    """Find the grid of blocks, across and down; None if the picture has none.

    Args:
        chroma: Cb and Cr, each (height, width).
    """
    (across, across_score), (down, down_score) = (
        _find_grid(_jumps(planes))
        for planes in (chroma, [np.ascontiguousarray(plane.T) for plane in chroma])
    )
    if across is None or down is None:
        return None
    is_square = 1 / RATIO <= across.width / down.width <= RATIO
    stands_out = across_score * down_score >= BOTH**2 and min(across_score, down_score) >= EACH
    return (across, down) if is_square and stands_out else None


def deblock_plane(plane: Plane, grid: tuple[BlockGrid, BlockGrid]) -> Plane:
    """Return a plane whose blocks meet: half of each small step is taken off either side.

    The correction fades to nothing in the middle of the blocks. A step is left alone where it is
    larger than compression makes them, or the blocks are not even.

    Args:
        plane: Cb or Cr, shape (height, width).
        grid: As `measure_blocks` finds it.
    """
    across, down = grid
    evened = _even_steps(plane, across)
    return np.ascontiguousarray(_even_steps(np.ascontiguousarray(evened.T), down).T)


def _jumps(planes: Sequence[Plane]) -> NDArray[np.float64]:
    """Return, for each place between two columns, how far jumps there exceed those nearby."""
    total = np.zeros(planes[0].shape[1] - 1)
    for plane in planes:
        jump = np.abs(np.diff(plane, axis=1))
        nearby = cv2.blur(jump, (NEARBY, 1)) + 1e-5
        total += np.minimum(jump / nearby, TALLEST_JUMP).mean(axis=0)
    return np.asarray(total - median_filter(total, 2 * NEARBY + 1, mode="reflect"), np.float64)


def _find_grid(jumps: NDArray[np.float64]) -> tuple[BlockGrid | None, float]:
    """Return the grid whose edges have the largest jumps, and by how much they stand out."""
    widest = min(LARGEST, len(jumps) / FEWEST)
    if widest <= SMALLEST or not jumps.any():
        return None, 0.0
    tried = [
        _comb(jumps, width)
        for candidate in _likely_widths(jumps, widest)
        # The overtones cannot tell a width from half or twice of it.
        for multiple in (candidate / 2, candidate, candidate * 2)
        if SMALLEST <= multiple <= widest
        for width in multiple * (1 + np.linspace(-0.15, 0.15, 9) * multiple / len(jumps))
    ]
    _, grid, stands_out = max(tried, key=lambda one: one[0])
    return grid, stands_out


def _likely_widths(jumps: NDArray[np.float64], widest: float) -> list[float]:
    """Return the widths whose frequency and overtones are strongest in the jumps."""
    length = 4 * len(jumps)
    power = np.square(np.abs(np.fft.rfft(jumps, length)))
    widths = np.exp(np.arange(np.log(SMALLEST), np.log(widest), 0.25 / len(jumps)))
    score = np.zeros_like(widths)
    for harmonic in range(1, HARMONICS + 1):
        place = np.rint(harmonic / widths * length).astype(int)
        score += np.where(harmonic / widths < 0.5, power[np.minimum(place, len(power) - 1)], 0)
    found: list[float] = []
    for _ in range(CANDIDATES):
        found.append(float(widths[int(score.argmax())]))
        score[np.abs(np.log(widths / found[-1])) < 0.01] = 0
    return found


def _comb(jumps: NDArray[np.float64], width: float) -> tuple[float, BlockGrid, float]:
    """Return how large jumps are on the best grid of a width, that grid, and how it stands out.

    It must stand out of all other places between its own lines: enlarging a picture leaves a
    pattern too, but one with several lines to each such width.
    """
    count = int((len(jumps) - 1 - width) // width) + 1
    offsets = np.arange(0, width, OFFSET_STEP)
    places = offsets[:, np.newaxis] + np.arange(count) * width
    means = np.interp(places, np.arange(len(jumps)), jumps).mean(axis=1)
    best = int(means.argmax())
    beside = (offsets - offsets[best] + width / 2) % width - width / 2
    near = np.abs(beside) <= max(EDGE * width, 1.5)
    usual = means[~near].max()
    # Enlarging makes a slope of an edge: it lies in the slope's middle.
    weights = np.maximum(means[near] - usual, 0)
    middle = offsets[best] + float(weights @ beside[near]) / max(float(weights.sum()), SMALL)
    error = jumps.std() / np.sqrt(count)
    # A jump between columns n and n + 1 lies half a pixel right of n's centre.
    grid = BlockGrid(width=float(width), first=middle + 0.5)
    return (means[best] - jumps.mean()) / error, grid, (means[best] - usual) / error


def _even_steps(plane: Plane, grid: BlockGrid) -> Plane:
    """Return a plane without the small steps at a grid's edges across."""
    width = plane.shape[1]
    edges = np.arange(grid.first, width - 1, grid.width)
    steps = _steps(plane, edges, grid.width)
    columns = np.arange(width)
    nearest = np.clip(np.rint((columns - edges[0]) / grid.width).astype(int), 0, len(edges) - 1)
    away = columns - edges[nearest]
    # An edge that was enlarged is a slope as wide as the enlarging made it.
    side = np.clip(away / max(grid.width / 16, 0.5), -1, 1)
    fade = np.maximum(1 - 2 * np.abs(away) / grid.width, 0)
    return np.asarray(plane - steps[:, nearest] * (0.5 * side * fade), np.float32)


def _steps(plane: Plane, edges: NDArray[np.float64], width: float) -> NDArray[np.float32]:
    """Return the step at each row and edge, (height, edges); 0 where it is none of the blocks'."""
    sums = np.pad(np.cumsum(plane, axis=1, dtype=np.float64), ((0, 0), (1, 0)))

    def mean(start: NDArray[np.float64], stop: NDArray[np.float64]) -> NDArray[np.float64]:
        bounds = [np.clip(place + 0.5, 0, plane.shape[1]) for place in (start, stop)]
        low, high = (_between(sums, place) for place in bounds)
        return np.asarray((high - low) / np.maximum(bounds[1] - bounds[0], 1e-3))

    gap, near, far = width / 16, width / 4, width * 0.4
    left = [mean(edges - gap - near, edges - gap), mean(edges - gap - far, edges - gap - near)]
    right = [mean(edges + gap, edges + gap + near), mean(edges + gap + near, edges + gap + far)]
    # What a gradient through both blocks would rise by from one side to the other.
    slopes = ((left[0] - left[1]), (right[1] - right[0]))
    rise = (slopes[0] + slopes[1]) * (2 * gap + near) / (near + far)
    down = (1, max(1, int(width / 4)))
    step = cv2.blur((right[0] - left[0] - rise).astype(np.float32), down)
    unrest = cv2.blur((np.abs(slopes[0]) + np.abs(slopes[1])).astype(np.float32), down)
    small = np.clip(2 - np.abs(step) / LARGEST_STEP, 0, 1)
    even = np.clip(2 - 2 * unrest / LARGEST_STEP, 0, 1)
    return np.asarray(step * small * even, np.float32)


def _between(sums: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = np.minimum(places.astype(int), sums.shape[1] - 2)
    return np.asarray(sums[:, whole] + (places - whole) * (sums[:, whole + 1] - sums[:, whole]))
