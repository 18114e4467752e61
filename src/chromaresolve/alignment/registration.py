"""Where each Source pixel lies in the Reference: found without regard to colour, or refused.

Matched details give a first matrix, what is left between the two pictures refines it, and gates
refuse what does not look like the same frame: a wrong matrix would teach wrong colours in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as ListOf
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.borders import find_borders
from chromaresolve.alignment.doubts import LEAST_AGREEMENT, refuse_doubtful, refuse_unlike
from chromaresolve.alignment.geometry import (
    Bend,
    Matrix,
    fit_raster,
    raster_to_raster,
    warp,
)
from chromaresolve.alignment.matching import box_to_box, match, phase_shift
from chromaresolve.alignment.refining import FINEST, LEVELS, Refined, refine
from chromaresolve.alignment.scoring import Laid, lay, length_of, residual_of
from chromaresolve.alignment.views import PairViews, view
from chromaresolve.errors import UsageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import Mask

MODELS = ("homography", "affine")
"""What may differ between the two: perspective as well; or shift, scale, rotation and shear."""

MUCH_FINER = 1.5
"""Reference pixels per Source pixel from which a Reference is shrunk before it is sampled: below,
it is softer than its raster anyway, and resampling twice would cost sharpness."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Registration:
    """How the Reference lies on the Source, and how well that is known."""

    matrix: Matrix
    """Shape (3, 3), float64, read-only, last element 1: takes the Source's pixel (x, y, 1) to the
    Reference's, each in pixels of its own raster with pixel centres at whole numbers; the centre of
    the top left pixel is (0, 0) in both."""

    bend: Bend | None = None
    """What Source positions are shifted by before that, where one matrix is not enough."""

    residual_px: float
    """90th percentile, over a grid of cells, of the shift that is left; Source pixels; infinite
    where no cell tells."""

    corner_px: float
    """Standard deviation to be expected of the worst corner of what both show, by how exactly the
    pictures tell it; Source pixels; infinite where a person laid it."""

    agreement_before: float
    """Structure agreement, -1 to 1, of the Reference merely stretched to the Source's raster."""

    agreement_after: float
    """Structure agreement, -1 to 1, as it lies now."""

    method: str
    """What was done and why, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A matrix between views, how the two lie on each other by it, and how it was found."""

    refined: Refined
    """The matrix."""
    laid: Laid
    """The two by it."""
    method: str
    """In words."""


def register(reference_rgb: Rgb, source_rgb: Rgb, *, model: str = "homography") -> Registration:
    """Find where each pixel of the Source lies in the Reference.

    The two may differ in raster, pixel aspect, borders, colour, gain, gamma and sharpness. They
    must show the same frame, upright and unmirrored.

    Args:
        reference_rgb: Shape (height, width, 3), display encoded, finite.
        source_rgb: The same, of any other raster.
        model: `homography` or `affine`.

    Raises:
        StageError: A picture is flat or tiny, or no believable matrix was found.
        UsageError: The model is none of the two.
    """
    pair = PairViews(
        source=view(source_rgb, find_borders(source_rgb).mask, name="Source"),
        reference=view(reference_rgb, find_borders(reference_rgb).mask, name="Reference"),
    )
    return register_views(pair, model=model)


def register_views(pair: PairViews, *, model: str = "homography") -> Registration:
    """Find where each pixel of the Source lies in the Reference, as `register` does."""
    if model not in MODELS:
        raise UsageError(f"model {model!r} is unknown: say {' or '.join(map(repr, MODELS))}")
    found = find(pair, model=model)
    return believe(pair, found.refined, found.laid, method=found.method)


def find(pair: PairViews, *, model: str) -> Found:
    """Find the matrix that agrees best, from nothing."""
    best: Found | None = None
    for first, how in _starts(pair, model):
        found = _better(pair, first, how, model)
        if best is None or found.laid.agreement > best.laid.agreement:
            best = found
        if best.laid.agreement >= LEAST_AGREEMENT:
            break
    assert best is not None  # noqa: S101
    return best


def _better(pair: PairViews, first: Matrix, how: str, model: str) -> Found:
    """Refine a first matrix, and leave it as it was if that agrees no better."""
    refined, told = settle([pair], refine([pair], first, model=model), model=model)
    before, after = lay(pair, first), lay(pair, refined.matrix)
    if after.agreement > before.agreement:
        return Found(refined=refined, laid=after, method=f"{how}; refined on structure{told}")
    method = f"{how}; refined on structure, which agrees no better and is left out"
    return Found(refined=replace(refined, matrix=first), laid=before, method=method)


def settle(
    pairs: ListOf[PairViews], refined: Refined, *, model: str = "homography"
) -> tuple[Refined, str]:
    """Leave out a perspective that the pictures do not tell, and say so."""
    if model != "homography" or refined.tells_perspective:
        return refined, ""
    plain = refine(pairs, refined.without_perspective, model="affine", levels=FINEST)
    return plain, ", without perspective, as none is told"


def believe(
    pair: PairViews, refined: Refined, laid: Laid, *, method: str, bend: Bend | None = None
) -> Registration:
    """Describe how a pair lies, where that can be believed.

    Raises:
        StageError: The two do not show the same, or it is not known well enough how they lie.
    """
    refuse_unlike(pair, refined.matrix, laid)
    lengths = length_of(laid.cell_shifts())
    refuse_doubtful(pair, refined, lengths)
    return describe(pair, refined, laid, lengths, method=method, bend=bend)


def describe(
    pair: PairViews,
    refined: Refined,
    laid: Laid,
    lengths: NDArray[np.float64],
    *,
    method: str,
    bend: Bend | None = None,
) -> Registration:
    """Say how well a matrix between views fits, and return it for the files.

    Args:
        pair: Both views.
        refined: The matrix.
        laid: The two by it, and by the bend.
        lengths: How far the cells lie off, those that tell; Source view pixels.
        method: What was done and why, in one sentence.
        bend: What Source positions are shifted by first.
    """
    px = pair.source_px
    own = pair.to_files(refined.matrix)
    own.setflags(write=False)
    return Registration(
        matrix=own,
        bend=bend,
        residual_px=residual_of(lengths) * px,
        corner_px=refined.corner_px * px,
        agreement_before=lay(pair, stretched(pair)).agreement,
        agreement_after=laid.agreement,
        method=method,
    )


def warp_reference(
    reference_rgb: Rgb, matrix: Matrix, *, width: int, height: int, bend: Bend | None = None
) -> tuple[Rgb, Mask]:
    """Lay the Reference on the Source's raster.

    Bicubic: sharp enough for a telecine, and only four taps a side; it overshoots beside hard
    edges, and nothing is clamped. A Reference much finer than the raster is shrunk by areas first.

    Args:
        reference_rgb: Shape (height, width, 3), any range, finite.
        matrix: From Source pixels to Reference pixels, as `Registration.matrix`.
        width: The Source's.
        height: The Source's.
        bend: As `Registration.bend`.

    Returns:
        The Reference, shape (height, width, 3), and the mask of the pixels that it really covers:
        all their taps lie in it. Elsewhere its border is repeated.
    """
    reference_height, reference_width = reference_rgb.shape[:2]
    finer = np.linalg.norm(matrix[:2, :2] / matrix[2, 2], axis=1)
    finer = np.where(finer < MUCH_FINER, 1, finer)
    shrunk = fit_raster(
        reference_rgb,
        width=round(reference_width / finer[0]),
        height=round(reference_height / finer[1]),
    )
    to_shrunk = raster_to_raster(reference_rgb.shape, shrunk.shape) @ matrix
    return warp(shrunk, to_shrunk, width=width, height=height, cubic=True, bend=bend)


def _starts(pair: PairViews, model: str) -> Iterator[tuple[Matrix, str]]:
    """Give first matrices, the likeliest first, and how each was found."""
    fit = match(pair).fitted(model=model)
    if fit is not None:
        yield fit[0], f"{np.count_nonzero(fit[1])} SIFT details matched on one {model}"
    for start, of in ((box_to_box(pair), "the picture's box"), (stretched(pair), "the raster")):
        found = refine([pair], phase_shift(pair, start), model="affine", levels=LEVELS[:1])
        yield found.matrix, f"phase correlation of {of}, as too few SIFT details matched"


def stretched(pair: PairViews) -> Matrix:
    """Return the matrix of the Reference's raster stretched over the Source's."""
    return raster_to_raster(pair.source.tone.shape, pair.reference.tone.shape)
