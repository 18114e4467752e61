"""Where each Source pixel lies in the Reference: one global matrix, found without regard to colour.

Matched details give the matrix, ECC (Evangelidis and Psarakis 2008) refines it on structure
pictures, and gates refuse what does not look like the same frame: a wrong matrix would teach wrong
colours in silence.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from chromaresolve.alignment.geometry import (
    Matrix,
    fit_raster,
    raster_to_raster,
    warp,
    working_size,
)
from chromaresolve.alignment.matching import first_matrix
from chromaresolve.alignment.plausibility import implausibility, measure_cell_shifts
from chromaresolve.errors import StageError, UsageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import (
    FLAT_DEVIATION,
    Mask,
    Plane,
    correlation,
    rgb_to_tone,
    tone_to_gradient_structure,
    tone_to_luma_structure,
)

log = logging.getLogger(__name__)

MODELS = MappingProxyType({"affine": cv2.MOTION_AFFINE, "homography": cv2.MOTION_HOMOGRAPHY})
"""What may differ between the two: shift, scale, rotation and shear; or perspective as well."""

SMALLEST_SIDE = 64
"""A picture smaller than this has no room for the windows and cells used here, pixels."""

ECC_SHARES = (4, 2, 1)
"""How much smaller than the working raster the rasters are on which a matrix is refined."""

ECC_CRITERIA = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-5)
"""Steps, or gain of correlation, after which a refinement has arrived: 1e-5 is about 0.01 px."""

LEAST_AGREEMENT = 0.25
"""Structure agreement that the same frame reaches. Measured: unrelated pictures stay below 0.1,
other frames of one shot with people moving reach 0.24, an extremely faded and grainy scan with its
JPEG Reference 0.5, most pairs 0.7 to 0.9."""

LEAST_CELLS = 0.25
"""Share of the picture's cells in which the two must be comparable."""

RESIDUAL_LIMIT_PX = 0.75
"""Largest residual in working pixels: 1.6 px of a 2K scan. Measuring it on a perfect matrix gives
0.2 to 0.5."""

COARSE_LIMIT_PX = 0.5
"""Largest residual in Reference pixels, where that is more: finer than that nothing is known."""

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

    residual_px: float
    """95th percentile, over a grid of cells, of the shift that is left; Source pixels."""

    agreement_before: float
    """Structure agreement, -1 to 1, of the Reference merely stretched to the Source's raster."""

    agreement_after: float
    """Structure agreement, -1 to 1, with the matrix."""

    method: str
    """What was done and why, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Views:
    """Both pictures on the working raster, the Reference stretched to the Source's shape."""

    source: Plane
    reference: Plane
    source_gradient: Plane
    reference_gradient: Plane


def register(reference_rgb: Rgb, source_rgb: Rgb, *, model: str = "homography") -> Registration:
    """Find where each pixel of the Source lies in the Reference.

    The two may differ in raster, colour, gain, gamma and sharpness. They must show the same frame,
    upright and unmirrored, within 25 % of the same size once stretched to one raster.

    Args:
        reference_rgb: Shape (height, width, 3), display encoded, finite.
        source_rgb: The same, of any other raster.
        model: `homography` or `affine`.

    Raises:
        StageError: A picture is flat or tiny, or no believable matrix was found.
        UsageError: The model is none of the two.
    """
    if model not in MODELS:
        raise UsageError(f"model {model!r} is unknown: say {' or '.join(map(repr, MODELS))}")
    views = _views(reference_rgb, source_rgb)
    first, found = first_matrix(views.source, views.reference, model=model)
    matrix, refined = _refine(views, first, model)
    agreement = _agreement(views, matrix)
    _refuse_implausible(views, matrix, agreement)
    working_px, reference_px = (
        source_rgb.shape[1] / picture.shape[1] for picture in (views.source, reference_rgb)
    )
    residual = _measure_residual(views, matrix) * working_px
    limit = max(RESIDUAL_LIMIT_PX * working_px, COARSE_LIMIT_PX * reference_px)
    if residual > limit:
        raise _refusal(
            f"one matrix leaves parts of the picture {residual:.2f} px off, {limit:.2f} is the most"
        )
    return Registration(
        matrix=_on_own_rasters(matrix, views, reference_rgb, source_rgb),
        residual_px=residual,
        agreement_before=_agreement(views, np.eye(3)),
        agreement_after=agreement,
        method=f"{found}; {refined}",
    )


def warp_reference(
    reference_rgb: Rgb, matrix: Matrix, *, width: int, height: int
) -> tuple[Rgb, Mask]:
    """Lay the Reference on the Source's raster.

    Bicubic: sharp enough for a telecine, and only four taps a side; it overshoots beside hard
    edges, and nothing is clamped. A Reference much finer than the raster is shrunk by areas first.

    Args:
        reference_rgb: Shape (height, width, 3), any range, finite.
        matrix: From Source pixels to Reference pixels, as `Registration.matrix`.
        width: The Source's.
        height: The Source's.

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
    return warp(shrunk, to_shrunk, width=width, height=height, cubic=True)


def _refusal(problem: str) -> StageError:
    return StageError("registration", problem)


def _views(reference_rgb: Rgb, source_rgb: Rgb) -> _Views:
    _refuse_empty(reference_rgb, "Reference")
    _refuse_empty(source_rgb, "Source")
    height, width = source_rgb.shape[:2]
    across, down = working_size(width=width, height=height)
    source, reference = (
        fit_raster(rgb_to_tone(rgb), width=across, height=down)
        for rgb in (source_rgb, reference_rgb)
    )
    return _Views(
        source=source,
        reference=reference,
        source_gradient=tone_to_gradient_structure(source),
        reference_gradient=tone_to_gradient_structure(reference),
    )


def _refuse_empty(rgb: Rgb, name: str) -> None:
    height, width = rgb.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise _refusal(f"the {name} is {width} x {height}: {SMALLEST_SIDE} a side is the least")
    if float(rgb_to_tone(rgb).std()) < FLAT_DEVIATION:
        raise _refusal(f"the {name} is one flat colour: there is nothing to align")


def _refine(views: _Views, first: Matrix, model: str) -> tuple[Matrix, str]:
    candidates = {
        "no refinement": first,
        "ECC on luma structure": _ecc(views, first, model, gradient=False),
        "ECC on gradient structure": _ecc(views, first, model, gradient=True),
    }
    scores = {name: _agreement(views, matrix) for name, matrix in candidates.items()}
    best = max(scores, key=scores.__getitem__)
    log.debug("structure agreement: %s", scores)
    return candidates[best], f"{best} agrees best"


def _ecc(views: _Views, matrix: Matrix, model: str, *, gradient: bool) -> Matrix:
    structure = tone_to_gradient_structure if gradient else tone_to_luma_structure
    for share in ECC_SHARES:
        height, width = (side // share for side in views.source.shape)
        source, reference = (
            structure(fit_raster(tone, width=width, height=height))
            for tone in (views.source, views.reference)
        )
        to_level = raster_to_raster(views.source.shape, source.shape)
        start = to_level @ matrix @ np.linalg.inv(to_level)
        level = _ecc_on(source, reference, start / start[2, 2], model)
        matrix = np.linalg.inv(to_level) @ level @ to_level
    return matrix


def _ecc_on(source: Plane, reference: Plane, start: Matrix, model: str) -> Matrix:
    rows = 3 if model == "homography" else 2
    first = start[:rows].astype(np.float32)
    everywhere = np.ones(reference.shape, np.uint8)
    try:
        # ECC's own blur darkens the borders and so pulls the scale: a filter of 1 px is none.
        _, refined = cv2.findTransformECC(
            source, reference, first, MODELS[model], ECC_CRITERIA, everywhere, 1
        )
    except cv2.error:  # it does not converge from here: the start is the better answer
        return start
    return np.vstack([refined, [0, 0, 1]])[:3].astype(np.float64)


def _agreement(views: _Views, matrix: Matrix) -> float:
    return correlation(views.source_gradient, *_warped_gradient(views, matrix))


def _warped_gradient(views: _Views, matrix: Matrix) -> tuple[Plane, Mask]:
    height, width = views.source.shape
    return warp(views.reference_gradient, matrix, width=width, height=height, cubic=False)


def _refuse_implausible(views: _Views, matrix: Matrix, agreement: float) -> None:
    height, width = views.source.shape
    if agreement < LEAST_AGREEMENT:
        raise _refusal(
            "the Reference does not show the Source's picture, as far as can be seen (structure "
            f"agreement {agreement:.2f}, {LEAST_AGREEMENT} is the least)"
        )
    problem = implausibility(matrix, width=width, height=height)
    if problem:
        raise _refusal(
            f"the picture would have to be {problem} in the Reference, which is not believable"
        )


def _measure_residual(views: _Views, matrix: Matrix) -> float:
    """Return the 95th percentile of the shift that is left in cells, in working pixels."""
    shifts, cells = measure_cell_shifts(views.source_gradient, *_warped_gradient(views, matrix))
    if len(shifts) < LEAST_CELLS * cells:
        raise _refusal(
            f"Source and Reference can be compared in {len(shifts)} of {cells} parts of the "
            "picture only: too much of it is flat, hidden or different"
        )
    return float(np.percentile(shifts, 95))


def _on_own_rasters(matrix: Matrix, views: _Views, reference_rgb: Rgb, source_rgb: Rgb) -> Matrix:
    to_working = raster_to_raster(source_rgb.shape, views.source.shape)
    to_reference = raster_to_raster(views.source.shape, reference_rgb.shape)
    own = to_reference @ matrix @ to_working
    own /= own[2, 2]
    own.setflags(write=False)
    return own
