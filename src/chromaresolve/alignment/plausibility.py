"""Whether a matrix can be true: its shape, and the shifts it leaves in cells of the picture."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Mask, Plane

SCALE_LIMITS = (0.8, 1.25)
"""Plausible scales, Reference stretched to the Source's raster against Source, any direction."""

LARGEST_SHEAR = 0.05
"""Plausible cosine of the angle between the picture's axes; telecines have next to none."""

LARGEST_ROTATION = 10.0
"""Plausible rotation in degrees."""

MOST_CELLS = 8
"""Cells along the picture's longer side, in each of which the remaining shift is measured."""

SMALLEST_CELL = 64
"""Pixels a side that a cell needs; a small picture has fewer cells."""

LEAST_CELL_CORRELATION = 0.5
"""A cell's shift is believed from here on. Measured: unrelated pictures reach 0.35, cells of the
same frame 0.5 to 0.95; cells of grain or under a subtitle fall below."""

LEAST_BEND = 0.01
"""How far the correlation must fall within a pixel of its peak in every direction: along a lone
edge or horizon it does not fall, and the shift along it is anyone's guess. Textures have 0.03."""

LEAST_OF_CELL = 0.5
"""Share of a cell that the Reference must cover."""


def implausibility(matrix: NDArray[np.float64], *, width: int, height: int) -> str:
    """Say in a few words what is wrong with a matrix between two pictures of one raster, or "".

    It is looked at in the middle and at the four corners, so that perspective counts too.
    """
    right, bottom = width - 1, height - 1
    places = [(right / 2, bottom / 2), (0, 0), (right, 0), (0, bottom), (right, bottom)]
    if not np.isfinite(matrix).all():
        return "not finite"
    return next(filter(None, (_implausibility_at(matrix, *place) for place in places)), "")


def measure_cell_shifts(
    source: Plane, reference: Plane, inside: Mask
) -> tuple[NDArray[np.float64], int]:
    """Measure how far the Reference still lies off the Source, cell by cell.

    Args:
        source: The Source's structure, shape (height, width), mean about 0.
        reference: The Reference's, laid on it; the same shape.
        inside: Pixels that the Reference covers.

    Returns:
        The shifts in pixels of the cells in which the two can be compared, and how many cells
        there are.
    """
    source, reference = source * inside, reference * inside
    cells = _cells(inside.shape)
    measured = [
        _cell_shift(source[cell], reference[cell])
        for cell in cells
        if inside[cell].mean() >= LEAST_OF_CELL
    ]
    believed = [shift for shift in measured if shift is not None]
    return np.array(believed, dtype=np.float64), len(cells)


def _implausibility_at(matrix: NDArray[np.float64], x: float, y: float) -> str:
    across, down, depth = matrix @ [x, y, 1.0]
    if depth <= 0:
        return "turned inside out"
    # How the matrix changes a small square at this place: the derivative of (x, y) / depth.
    local = (matrix[:2, :2] - np.outer([across, down], matrix[2, :2]) / depth) / depth
    if np.linalg.det(local) <= 0:
        return "mirrored"
    largest, smallest = np.linalg.svd(local, compute_uv=False)
    if largest > SCALE_LIMITS[1] or smallest < SCALE_LIMITS[0]:
        return f"scaled by {smallest:.2f} to {largest:.2f}"
    rotation = abs(np.degrees(np.arctan2(local[1, 0], local[0, 0])))
    if rotation > LARGEST_ROTATION:
        return f"rotated by {rotation:.0f} degrees"
    shear = abs(local[:, 0] @ local[:, 1]) / np.linalg.norm(local, axis=0).prod()
    return "sheared" if shear > LARGEST_SHEAR else ""


def _cells(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
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


def _cell_shift(source: Plane, reference: Plane) -> float | None:
    """Return a cell's shift in pixels, or None if it cannot be told.

    The structures are normalised already, so their plain correlation is peaked enough; whitening
    it (phase correlation proper) would raise grain and JPEG blocks to the picture's rank.
    """
    height, width = source.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    one, other = ((cell - cell.mean()) * window for cell in (source, reference))
    energy = float(np.sqrt(np.vdot(one, one) * np.vdot(other, other)))
    if energy == 0:
        return None
    product = np.fft.rfft2(one) * np.conj(np.fft.rfft2(other))
    table = np.fft.fftshift(np.fft.irfft2(product, s=(height, width))) / energy
    inner = table[1:-1, 1:-1]
    row, column = (int(i) + 1 for i in np.unravel_index(int(inner.argmax()), inner.shape))
    peak = table[row - 1 : row + 2, column - 1 : column + 2]
    if peak[1, 1] < LEAST_CELL_CORRELATION or _least_bend(peak) < LEAST_BEND:
        return None
    down = row - height // 2 + _vertex(peak[:, 1])
    across = column - width // 2 + _vertex(peak[1])
    return float(np.hypot(down, across))


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
