"""How far each pixel of a pair can teach, and the Reference's grade brought to the Source's."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import fit_raster, working_size
from chromaresolve.alignment.luma_curve import match_luma_curve
from chromaresolve.alignment.marks import Marks, find_marks
from chromaresolve.alignment.repainting import Repainted, repaint
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import FLAT_DEVIATION, Mask, Plane, rgb_to_tone

GRAIN_PX = 1.0
"""Standard deviation of the blur before the two are compared, working pixels."""

WINDOW_PX = 13
"""Side of the window in which structure is compared, working pixels: wider than a subtitle's
stroke, so that the stroke's edges speak for its middle."""

STRUCTURE_PX = 1.1
"""Standard deviation of the blur, besides, before structure is compared, working pixels."""

FAINT = 0.05
"""Deviation in a window, as a share of the Source's range of tones, below which structure counts
for little: grain, JPEG blocks, and edges between hues that only one of the two can tell apart."""

AGREEMENT_RAMP = (0.4, 0.7)
"""Structure agreement at which trust begins and at which it is full."""

ISLAND_PX = 2
"""Places narrower than twice this that agree among what does not do so by chance; working
pixels."""

OVERLAP_PX = 1
"""How far trust grows back towards what does not agree, working pixels: the window reaches over."""

SURE_PX = 3
"""How far within what agrees the two surely show the same, working pixels."""

COARSE_SHARE = 2
"""How much smaller than the working raster the raster is on which marks are found first, so that
they do not bend the colours that they are then told by."""

COARSE_MARGIN_PX = 3
"""How far around a mark found there nothing counts, pixels of that raster."""

EDGE_PX = 3
"""How far trust draws back from the Reference's edge, working pixels."""

SOFTNESS_PX = 1.0
"""Standard deviation of the mask's edges, working pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """A pair compared on the working raster."""

    trust: Plane
    """How far each pixel can teach, shape (height, width), 0..1; 0 outside the Reference."""
    marks: Marks
    """What only one of the two shows."""
    repainted: Repainted
    """The two in the Source's colours."""

    def trust_within(self, inside: Mask) -> Plane:
        """Return trust on a raster of its own, 0 where the Reference does not cover it."""
        height, width = inside.shape
        trust = fit_raster(self.trust, width=width, height=height)
        return np.where(inside, np.clip(trust, 0, 1), np.float32(0))


def trust_mask(source_rgb: Rgb, aligned_rgb: Rgb, inside: Mask) -> Plane:
    """Return how far each pixel can teach the Source's colours: 0 not at all, 1 fully.

    It is 0 outside the Reference, and low where one of the two shows what the other does not:
    subtitles, logos, dirt, splices, places that do not lie on each other. Neither fading nor grade
    matters: the two are compared in the Source's colours.

    Args:
        source_rgb: Shape (height, width, 3), display encoded, finite.
        aligned_rgb: The Reference laid on it, the same shape.
        inside: Shape (height, width), where the Reference covers the Source.

    Raises:
        StageError: The Reference covers next to nothing.
    """
    return compare(source_rgb, aligned_rgb, inside).trust_within(inside)


def compare(source_rgb: Rgb, aligned_rgb: Rgb, inside: Mask) -> Comparison:
    """Compare a pair: trust, and what trust comes from.

    Args:
        source_rgb: Shape (height, width, 3), display encoded, finite.
        aligned_rgb: The Reference laid on it, the same shape.
        inside: Shape (height, width), where the Reference covers the Source.

    Raises:
        StageError: The Reference covers next to nothing.
    """
    height, width = inside.shape
    across, down = working_size(width=width, height=height)
    source, reference, covered = (
        fit_raster(plane, width=across, height=down)
        for plane in (source_rgb, aligned_rgb, inside.astype(np.float32))
    )
    source, reference = (_blurred(rgb, GRAIN_PX) for rgb in (source, reference))
    covered = (covered > 1 - 1e-3).astype(np.float32)
    if not covered.any():
        raise StageError("trust", "the Reference does not lie on the Source anywhere")
    agreement = _ramp(_agreement(source, reference, covered > 0), *AGREEMENT_RAMP) * covered
    surely = _plane(cv2.erode(agreement, _square(SURE_PX)))
    repainted = _repaint_twice(source, reference, surely, covered)
    marks = find_marks(repainted)
    trust = _grown_back(agreement) * cv2.erode(covered, _square(EDGE_PX)) * ~marks.either
    return Comparison(trust=_blurred(trust, SOFTNESS_PX), marks=marks, repainted=repainted)


def level_reference(aligned_rgb: Rgb, source_luma: Plane, trust: Plane) -> Rgb:
    """Bring the Reference's grade to the Source's by one curve, before its chroma is taken.

    The curve goes from luma to luma and is put on R, G and B alike, as the grade was that it
    undoes. (Measured on film frames with a Reference gamma of 1.25: chroma taken as it is costs
    dE2000 0.9, this 0.2, and scaling R, G and B by the ratio of the lumas 1.1.)

    Args:
        aligned_rgb: The Reference laid on the Source, shape (height, width, 3), any range.
        source_luma: Shape (height, width).
        trust: The same shape, as from `trust_mask`; the curve is fitted where it is over 1/2.

    Raises:
        StageError: Next to nothing is trusted.
    """
    curve = match_luma_curve(rgb_to_luma(aligned_rgb), source_luma, trust > 0.5)
    return curve.level(aligned_rgb)


def _repaint_twice(source: Rgb, reference: Rgb, agrees: Plane, covered: Plane) -> Repainted:
    """Repaint with the marks left out that a first, coarser look finds."""
    height, width = agrees.shape
    coarse = (
        fit_raster(plane, width=width // COARSE_SHARE, height=height // COARSE_SHARE)
        for plane in (source, reference, agrees, covered)
    )
    marks = find_marks(repaint(*coarse)).either.astype(np.float32)
    grown = cv2.dilate(marks, _square(COARSE_MARGIN_PX))
    clear = 1 - _plane(cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST))
    return repaint(source, reference, agrees * clear, covered * clear)


def _agreement(source_rgb: Rgb, reference_rgb: Rgb, covered: Mask) -> Plane:
    """Return the correlation in a window, drawn to 1 where there is little structure in either."""
    source, reference = (
        _blurred(rgb_to_tone(rgb), STRUCTURE_PX) for rgb in (source_rgb, reference_rgb)
    )
    tones, other_tones = (_range_of(plane[covered]) for plane in (source, reference))
    faint = (FAINT * tones) ** 2
    source = source - _windowed(source)
    reference = (reference - _windowed(reference)) * (tones / other_tones)
    both = _windowed(source * reference) + faint
    each = (_windowed(source**2) + faint) * (_windowed(reference**2) + faint)
    return np.asarray(both / np.sqrt(each), dtype=np.float32)


def _range_of(tones: NDArray[np.float32]) -> float:
    low, high = np.quantile(tones, (0.02, 0.98))
    return max(float(high - low), FLAT_DEVIATION)


def _windowed(plane: Plane) -> Plane:
    return np.asarray(cv2.blur(plane, (WINDOW_PX, WINDOW_PX)), dtype=np.float32)


def _blurred(picture: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), dtype=np.float32)


def _ramp(values: Plane, begin: float, full: float) -> Plane:
    ramp = np.clip((values - begin) / (full - begin), 0, 1)
    return np.asarray(ramp, dtype=np.float32)


def _grown_back(agreement: Plane) -> Plane:
    shrunk = cv2.erode(agreement, _square(ISLAND_PX))
    return np.asarray(cv2.dilate(shrunk, _square(ISLAND_PX + OVERLAP_PX)), dtype=np.float32)


def _plane(picture: object) -> Plane:
    # OpenCV's stubs allow any type of number; what goes in as float32 comes out as float32.
    return np.asarray(picture, dtype=np.float32)


def _square(reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
