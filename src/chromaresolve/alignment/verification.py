"""The gate before training: plate and Ground Truth must be one picture but for their colour."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from chromaresolve.alignment.doubts import LEAST_AGREEMENT
from chromaresolve.colour import LumaLaw, measure_luma_law
from chromaresolve.frames import Rgb
from chromaresolve.structure import Plane

TEACHES = 0.5
"""Trust from which on a pixel is looked at: below it teaches little."""

LEAST_TRUSTED = 0.1
"""Share of the raster that must teach: less is no picture of the shot, but a corner of one."""

LARGEST_RESIDUAL = 1 / 720
"""Shift that may be left, as a share of the width: one pixel of a telecine, whose chroma is not
finer."""

OUTSIDE = 0.05
"""How far below 0 or above 1, or beyond the plate where that goes farther, a value may lie: chroma
on another luma overshoots that much in every saturated highlight."""

MOST_OUTSIDE = 0.1
"""Share of pixels that may lie farther out: more is a wrong range or a wrong matrix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was measured on a pair before it may teach."""

    luma_error: float
    """Largest difference of the two lumas, where the pair teaches."""
    below: float
    """Share of what teaches that lies below 0, and below the plate, by more than a little."""
    above: float
    """Share of what teaches that lies above 1, and above the plate, by more than a little."""
    residual_px: float
    """Shift left by the alignment, Source pixels."""
    agreement: float
    """Structure agreement of the alignment, -1 to 1."""
    trusted_share: float
    """Share of the raster that teaches."""
    problems: tuple[str, ...]
    """Each reason to leave the pair out, and what to do."""

    @property
    def passes(self) -> bool:
        """Whether the pair may teach."""
        return not self.problems

    @property
    def problem(self) -> str:
        """All reasons on one line; empty where it passes."""
        return "; ".join(self.problems)


def verify(
    plate_rgb: Rgb, truth_rgb: Rgb, trust: Plane, *, residual_px: float, agreement: float
) -> Verification:
    """Verify that a pair differs in colour only.

    Args:
        plate_rgb: What the network sees, shape (height, width, 3), in the working space.
        truth_rgb: Ground Truth in the same space: the plate's luma with the Reference's chroma.
        trust: How far each pixel teaches, shape (height, width), 0..1.
        residual_px: As `Registration.residual_px`.
        agreement: As `Registration.agreement_after`.
    """
    sizes = [plate_rgb.shape[:2], truth_rgb.shape[:2], trust.shape]
    if len(set(sizes)) > 1:
        return _unmeasured(_of_sizes(sizes), residual_px=residual_px, agreement=agreement)
    teaches = trust > TEACHES
    plate, truth = plate_rgb[teaches], truth_rgb[teaches]
    law = measure_luma_law(truth, plate)
    below = (truth < np.minimum(plate, 0) - OUTSIDE).any(axis=1)
    above = (truth > np.maximum(plate, 1) + OUTSIDE).any(axis=1)
    pixels = max(len(truth), 1)
    measured = Verification(
        luma_error=law.largest,
        below=float(np.count_nonzero(below) / pixels),
        above=float(np.count_nonzero(above) / pixels),
        residual_px=residual_px,
        agreement=agreement,
        trusted_share=float(teaches.mean()),
        problems=(),
    )
    problems = (*_of_values(measured, law), *_of_structure(measured, width=trust.shape[1]))
    return replace(measured, problems=problems)


def _unmeasured(problem: str, *, residual_px: float, agreement: float) -> Verification:
    """Return what is known of a pair that cannot be compared."""
    return Verification(
        luma_error=math.inf,
        below=0.0,
        above=0.0,
        residual_px=residual_px,
        agreement=agreement,
        trusted_share=0.0,
        problems=(problem,),
    )


def _of_sizes(sizes: list[tuple[int, ...]]) -> str:
    plate, truth, trust = (f"{width} x {height}" for height, width in sizes)
    return (
        f"the plate is {plate}, its Ground Truth {truth} and its trust mask {trust}: run "
        "`chromaresolve align` again"
    )


def _of_values(measured: Verification, law: LumaLaw) -> Iterator[str]:
    """Give what is wrong with the values of what teaches."""
    if not math.isfinite(law.largest):
        yield (
            "the plate or its Ground Truth holds values that are no numbers: export that frame "
            "again"
        )
    elif not law.is_kept:
        yield (
            f"the Ground Truth's luma is not the plate's in {law.share_broken:.1%} of the pixels "
            f"that teach (up to {law.largest:.4f} off): run `chromaresolve align` again, and clamp "
            "neither of the two"
        )
    for share, beyond in ((measured.below, "below 0"), (measured.above, "above 1")):
        if share > MOST_OUTSIDE:
            yield (
                f"{share:.0%} of the Ground Truth lies {beyond} where the plate does not "
                f"({MOST_OUTSIDE:.0%} is the most): say the Reference's range and matrix in "
                "[reference], or take another frame"
            )


def _of_structure(measured: Verification, *, width: int) -> Iterator[str]:
    """Give what is wrong with how the two lie on each other."""
    if measured.trusted_share < LEAST_TRUSTED:
        yield (
            f"only {measured.trusted_share:.1%} of the frame can be trusted ({LEAST_TRUSTED:.0%} "
            "is the least): take another frame, or paint a mask"
        )
    if not measured.agreement >= LEAST_AGREEMENT:
        yield (
            f"the structure of the two agrees by {measured.agreement:.2f} only "
            f"({LEAST_AGREEMENT} is the least): see that both show the same frame, or align by hand"
        )
    largest = LARGEST_RESIDUAL * width
    if not math.isfinite(measured.residual_px):
        yield (
            "nowhere do the two show enough to tell how they lie on each other: take a frame with "
            "more detail"
        )
    elif measured.residual_px > largest:
        yield (
            f"the two lie {measured.residual_px:.2f} px off each other ({largest:.2f} is the "
            "most): align by hand, or take another frame"
        )
