"""What is left between two pictures that lie on each other, cell by cell."""

from __future__ import annotations

import math
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.slopes import SPREAD_PX, say, slopes
from chromaresolve.structure import Mask, Plane, correlation

MOST_CELLS = 8
"""Cells along the picture's longer side, in each of which the remaining shift is measured."""

SMALLEST_CELL = 64
"""Pixels a side that a cell needs; a small picture has fewer cells."""

LEAST_OF_CELL = 0.5
"""Share of a cell that both pictures must cover."""

LEAST_CORRELATION = 0.3
"""Correlation of a cell's tones from which on the two show the same there. Measured: cells of
unrelated pictures stay below 0.15."""

LEAST_PEAK = 0.5
"""The same for cells that are far off, where the best of many shifts is looked for: chance reaches
0.35."""

LEAST_BEND = 0.01
"""How far the correlation must fall within a pixel of its peak in every direction: along a lone
edge or horizon it does not fall, and the shift along it is anyone's guess. Textures have 0.03."""

NEAR_PX = 1.5
"""Shifts up to this are told by the slopes of the tone, far more exactly than by a peak."""

LARGEST_DEVIATION_PX = 0.25
"""Deviation to be expected of a cell's shift up to which it is believed."""


def cells_of(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Return the rows and columns of the cells that a raster is looked at in."""
    height, width = shape
    side = max(SMALLEST_CELL, max(height, width) / MOST_CELLS)
    across, down = max(1, round(width / side)), max(1, round(height / side))
    rows = np.linspace(0, height, down + 1).astype(int)
    columns = np.linspace(0, width, across + 1).astype(int)
    return [
        (slice(top, bottom), slice(left, right))
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def measure_cell_shifts(source: Plane, reference: Plane, inside: Mask) -> NDArray[np.float64]:
    """Measure how far the Reference still lies off the Source, cell by cell.

    Args:
        source: The Source's luma structure, shape (height, width), mean about 0.
        reference: The Reference's, laid on it; the same shape.
        inside: Pixels that both show.

    Returns:
        Shape (cells, 2), for each cell of `cells_of` how many pixels right and down what the Source
        shows lies off in the Reference; not a number where the two cannot be compared.
    """
    source, reference = source * inside, reference * inside
    cells = cells_of(inside.shape)
    shifts = np.full((len(cells), 2), np.nan)
    for place, cell in enumerate(cells):
        if inside[cell].mean() >= LEAST_OF_CELL:
            shifts[place] = _shift(source[cell], reference[cell], inside[cell])
    return shifts


def _shift(source: Plane, reference: Plane, inside: Mask) -> tuple[float, float]:
    """Return a cell's shift right and down in pixels, not numbers if it cannot be told."""
    far = _peak_shift(source, reference)
    if math.hypot(*far) > NEAR_PX:
        return far
    if correlation(source, reference, inside) < LEAST_CORRELATION:
        return math.nan, math.nan
    return _slope_shift(source, reference, inside)


def _slope_shift(source: Plane, reference: Plane, inside: Mask) -> tuple[float, float]:
    """Return a small shift by what is left between two cells over how steep they are."""
    across, down = slopes(source, reference)
    off = source - reference
    weight = say(off[inside])
    across, down, off = across[inside], down[inside], off[inside]
    mixed = float(np.sum(weight * across * down))
    equations = np.array(
        [[np.sum(weight * across**2), mixed], [mixed, np.sum(weight * down**2)]], dtype=np.float64
    )
    least = float(np.linalg.eigvalsh(equations)[0])
    if least <= 0 or SPREAD_PX / math.sqrt(least) > LARGEST_DEVIATION_PX:
        return math.nan, math.nan
    right = [np.sum(weight * across * off), np.sum(weight * down * off)]
    shift = np.linalg.solve(equations, np.array(right, dtype=np.float64))
    return float(shift[0]), float(shift[1])


def _peak_shift(source: Plane, reference: Plane) -> tuple[float, float]:
    """Return a shift by the peak of the correlation, not numbers if there is none to speak of.

    The structures are normalised already, so their plain correlation is peaked enough; whitening
    it (phase correlation proper) would raise grain and JPEG blocks to the picture's rank.
    """
    height, width = source.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    one, other = ((cell - cell.mean()) * window for cell in (source, reference))
    energy = float(np.sqrt(np.vdot(one, one) * np.vdot(other, other)))
    if energy == 0:
        return math.nan, math.nan
    product = np.fft.rfft2(one) * np.conj(np.fft.rfft2(other))
    table = np.fft.fftshift(np.fft.irfft2(product, s=(height, width))) / energy
    inner = table[1:-1, 1:-1]
    row, column = (int(i) + 1 for i in np.unravel_index(int(inner.argmax()), inner.shape))
    peak = table[row - 1 : row + 2, column - 1 : column + 2]
    if peak[1, 1] < LEAST_PEAK or _least_bend(peak) < LEAST_BEND:
        return math.nan, math.nan
    down = row - height // 2 + _vertex(peak[:, 1])
    across = column - width // 2 + _vertex(peak[1])
    return -across, -down


def _least_bend(peak: NDArray[np.float64]) -> float:
    """Return how much a peak, (3, 3), falls off in the direction in which it falls least."""
    down = peak[0, 1] + peak[2, 1] - 2 * peak[1, 1]
    across = peak[1, 0] + peak[1, 2] - 2 * peak[1, 1]
    both = (peak[0, 0] + peak[2, 2] - peak[0, 2] - peak[2, 0]) / 4
    return -float(np.linalg.eigvalsh([[down, both], [both, across]])[-1])


def _vertex(three: NDArray[np.float64]) -> float:
    """Return where, -1/2 to 1/2, the parabola through a peak and its neighbours is highest."""
    before, peak, after = (float(value) for value in three)
    return 0.5 * (before - after) / (before - 2 * peak + after)
