"""What is refused: a matrix that cannot be true, or that is not known well enough."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.cells import cells_of
from chromaresolve.alignment.geometry import Matrix
from chromaresolve.alignment.matching import box_to_box, match
from chromaresolve.alignment.plausibility import implausibility
from chromaresolve.alignment.refining import Refined, refine
from chromaresolve.alignment.scoring import Laid, lay, residual_of
from chromaresolve.alignment.views import PairViews
from chromaresolve.errors import StageError

LEAST_AGREEMENT = 0.25
"""Structure agreement that the same frame reaches. Measured: unrelated pictures stay below 0.1,
other frames of one shot with people moving reach 0.24, an extremely faded and grainy scan with its
JPEG Reference 0.5, most pairs 0.7 to 0.9."""

LEAST_CELLS, FEWEST_CELLS = 0.1, 3
"""Share of the cells that both show, and their number, in which the two must be comparable."""

RESIDUAL_LIMIT_PX = 0.75
"""Largest residual in working pixels: 1.6 px of a 2K scan. Measuring it on a perfect matrix gives
0.1 to 0.3."""

COARSE_LIMIT_PX = 0.5
"""Largest residual in Reference pixels, where that is more: finer than that nothing is known."""

UNCERTAIN_PX = 0.5
"""Largest deviation to be expected of a corner, working pixels: 1.1 px of a 2K scan. Most pairs
have 0.1, a foggy lake 0.2."""


def refuse_unlike(pair: PairViews, matrix: Matrix, laid: Laid) -> None:
    """Refuse a matrix that cannot be true.

    Raises:
        StageError: The two do not show the same, or only if bent out of all shape.
    """
    agreement = laid.agreement
    if agreement < LEAST_AGREEMENT:
        mirrored = _mirrored(pair)
        if mirrored:
            raise _refusal(f"the Reference is mirrored {mirrored}: flip it, and export it again")
        raise _refusal(
            "the Reference does not show the Source's picture, as far as can be seen (structure "
            f"agreement {agreement:.2f}, {LEAST_AGREEMENT} is the least)"
        )
    left, top, right, bottom = pair.source.box
    boxed = np.linalg.inv(box_to_box(pair)) @ matrix
    problem = implausibility(boxed, width=right - left, height=bottom - top)
    if problem:
        raise _refusal(
            f"the picture would have to be {problem} in the Reference, which is not believable"
        )


def refuse_doubtful(pair: PairViews, refined: Refined, lengths: NDArray[np.float64]) -> None:
    """Refuse a matrix that leaves too much, or that the pictures do not tell exactly enough.

    Args:
        pair: Both views.
        refined: From Source view to Reference view pixels.
        lengths: How far the cells lie off by it, those that tell; Source view pixels.

    Raises:
        StageError: It says which, and by how much.
    """
    cells = len(cells_of(pair.source.mask.shape))
    if len(lengths) < max(FEWEST_CELLS, LEAST_CELLS * cells):
        raise _refusal(
            f"Source and Reference can be compared in {len(lengths)} of {cells} parts of the "
            "picture only: too much of it is flat, hidden or different"
        )
    residual, limit = residual_of(lengths), residual_limit(pair, refined.matrix)
    px = pair.source_px
    if residual > limit:
        raise _refusal(
            f"one matrix leaves parts of the picture {residual * px:.2f} px off, {limit * px:.2f} "
            "is the most"
        )
    corner_px = refined.corner_px
    if corner_px > UNCERTAIN_PX:
        raise _refusal(
            f"there is too little to go by: the corners may be {corner_px * px:.2f} px off, "
            f"{UNCERTAIN_PX * px:.2f} is the most"
        )


def residual_limit(pair: PairViews, matrix: Matrix) -> float:
    """Return the largest residual that is let pass, Source view pixels."""
    finer = math.sqrt(abs(float(np.linalg.det(pair.to_files(matrix)[:2, :2]))))
    return max(RESIDUAL_LIMIT_PX, COARSE_LIMIT_PX / finer / pair.source_px)


def _refusal(problem: str) -> StageError:
    return StageError("registration", problem)


def _mirrored(pair: PairViews) -> str:
    """Say how the Reference must have been mirrored to show the Source's picture, or ""."""
    flipped = PairViews(source=pair.source, reference=pair.reference.mirrored())
    fit = match(flipped).fitted(model="homography")
    if fit is None:
        return ""
    found = refine([flipped], fit[0])
    if lay(flipped, found.matrix).agreement < LEAST_AGREEMENT:
        return ""
    # A picture turned upside down in the mirror is one mirrored top to bottom.
    return "left to right" if found.matrix[0, 0] > 0 else "top to bottom"
