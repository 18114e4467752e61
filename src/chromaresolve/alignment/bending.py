"""A smooth bend of the whole picture, where no matrix is enough: copies of copies shrink unevenly.

Gauss and Newton's steps as for a matrix, on the weights of a coarse grid of splines, by all pairs
of a shot together; what they do not tell is kept as straight as it can be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import Bend, Matrix, raster_to_raster, splines
from chromaresolve.alignment.refining import Differences, differences
from chromaresolve.alignment.slopes import SPREAD_PX
from chromaresolve.alignment.views import WIDE_WINDOW, PairViews
from chromaresolve.structure import Plane

ROWS, COLUMNS = 7, 9
"""Splines down and across: a wave twice in the picture is followed, a stumble of one line not."""

LEVELS = ((2, 4, 1.0), (1, 3, 2.0))
"""How much smaller than the views, at most how many steps there, and by how many times what chance
does a bend must stand out to be followed further."""

LARGEST_KINK = 0.005
"""Deviation, before anything is seen, of a weight's second differences, share of the width: of one
wave that moves a 2K scan by 10 px they have as much. Where nothing is seen, it goes on straight."""

LARGEST_SHIFT = 0.03
"""The same of the shift itself."""

SMALLEST_STEP = 1e-5
"""A step that changes no weight by more than this share of the width is the last."""

BLOCKS = (4 * ROWS, 4 * COLUMNS)
"""Blocks down and across in which pixels are summed up: within one, splines hardly differ."""

LEAST_SHIFT = 1.5e-4
"""Mean shift from which on a bend is one, share of the width: 0.3 px of a 2K scan. Lenses, and
fading with them, leave 0.2 px between colours."""


def fit_bend(pairs: Sequence[PairViews], matrices: Sequence[Matrix]) -> Bend | None:
    """Find the bend that all pairs ask for; None if it is none to speak of, or folds.

    Args:
        pairs: One or more, of one raster each.
        matrices: Of each pair, from Source view to Reference view pixels.
    """
    bend = Bend(weights=np.zeros((2, ROWS, COLUMNS)))
    for share, steps, clearly in LEVELS:
        smaller = [pair.shrunk(share) for pair in pairs]
        taken = [
            _on_raster(pair, small, matrix)
            for pair, small, matrix in zip(pairs, smaller, matrices, strict=True)
        ]
        bend, known = _descend(smaller, taken, bend, steps)
        if bend.folds or mean_shift(bend) < max(LEAST_SHIFT, clearly * _deviation(known)):
            return None
    return bend


def mean_shift(bend: Bend) -> float:
    """Return how far a bend moves the picture, root of the mean square, share of the width."""
    across, down = bend.shifts(width=BLOCKS[1], height=BLOCKS[0])
    return float(np.sqrt(np.mean(across**2 + down**2))) / BLOCKS[1]


def _deviation(known: NDArray[np.float64]) -> float:
    """Return how far chance bends a picture, root of the mean square, share of the width."""
    grid = _grid()
    variance = np.linalg.inv(known) * np.kron(np.eye(2), grid.T @ grid / len(grid))
    return float(np.sqrt(variance.sum()))


def _on_raster(pair: PairViews, smaller: PairViews, matrix: Matrix) -> Matrix:
    to_source = raster_to_raster(pair.source.tone.shape, smaller.source.tone.shape)
    to_reference = raster_to_raster(pair.reference.tone.shape, smaller.reference.tone.shape)
    return np.asarray(to_reference @ matrix @ np.linalg.inv(to_source), dtype=np.float64)


def _descend(
    pairs: Sequence[PairViews], matrices: Sequence[Matrix], bend: Bend, steps: int
) -> tuple[Bend, NDArray[np.float64]]:
    """Return the bend after some steps on one raster, and how well its weights are known."""
    stiffness = _stiffness()
    left = stiffness
    for _ in range(steps):
        left, right = stiffness, -stiffness @ bend.weights.ravel()
        for pair, matrix in zip(pairs, matrices, strict=True):
            seen = differences(pair, matrix, window=WIDE_WINDOW, bend=bend)
            if seen is not None:
                one, other = _equations(seen, pair.source.width, pair.source.height)
                left, right = left + one, right + other
        step = np.linalg.solve(left, right).reshape(bend.weights.shape)
        bend = Bend(weights=bend.weights + step)
        if np.abs(step).max() < SMALLEST_STEP:
            break
    return bend, left


def _equations(
    seen: Differences, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the normal equations of the change of all weights that one pair asks for."""
    down, across = seen.places // width * BLOCKS[0] // height, seen.places % width
    blocks = down * BLOCKS[1] + across * BLOCKS[1] // width
    slopes = (seen.across * width, seen.down * width)
    weight = seen.weight / SPREAD_PX**2

    def summed(plane: Plane) -> NDArray[np.float64]:
        sums = np.bincount(blocks, weights=plane * weight, minlength=BLOCKS[0] * BLOCKS[1])
        return np.asarray(sums, dtype=np.float64)

    grid = _grid()
    # Not by BLAS: its threads wait for each other long where the cores are busy.
    left = [
        [np.einsum("bi,bj->ij", grid * summed(one * other)[:, None], grid) for other in slopes]
        for one in slopes
    ]
    right = [grid.T @ summed(one * seen.off) for one in slopes]
    return np.block(left), np.concatenate(right)


def _grid() -> NDArray[np.float64]:
    """Return the weight of each spline in each block, (blocks, splines)."""
    grid = np.kron(splines(BLOCKS[0], ROWS), splines(BLOCKS[1], COLUMNS))
    return np.asarray(grid, dtype=np.float64)


def _stiffness() -> NDArray[np.float64]:
    """Return what every weight is held back by: it, and the kinks it makes, are small."""
    kinks = np.concatenate(
        [
            np.kron(np.diff(np.eye(ROWS), 2, axis=0), np.eye(COLUMNS)),
            np.kron(np.eye(ROWS), np.diff(np.eye(COLUMNS), 2, axis=0)),
        ]
    )
    one = kinks.T @ kinks / LARGEST_KINK**2 + np.eye(ROWS * COLUMNS) / LARGEST_SHIFT**2
    return np.kron(np.eye(2), one)
