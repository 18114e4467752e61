"""How far each pixel of a pair can teach, and the Reference's grade brought to the Source's."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import fit_raster, working_size
from chromaresolve.alignment.luma_curve import match_luma_curve
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import FLAT_DEVIATION, Mask, Plane, rgb_to_tone

GRAIN_PX = 1.5
"""Standard deviation of the blur before the two are compared, working pixels: a telecine's."""

WINDOW_PX = 13
"""Side of the window in which structure is compared, working pixels: wider than a subtitle's
stroke, so that the stroke's edges speak for its middle."""

FAINT = 0.05
"""Deviation in a window, as a share of the Source's range of tones, below which structure counts
for little: grain, JPEG blocks, and edges between hues that only one of the two can tell apart."""

AGREEMENT_RAMP = (0.4, 0.7)
"""Structure agreement at which trust begins and at which it is full."""

REACH_PX = 2
"""How far, in working pixels, an edge may lie off or be blurred without the luma being wrong."""

DIFFERENCE_RAMP = (0.2, 0.4)
"""Difference of tone, as a share of the Source's range of tones, at which trust begins to fall and
at which it is gone. Fading shifts the tone of one hue against another: measured, by up to 0.15 for
the most saturated patch of an extremely faded scan. A subtitle differs by 0.4 and more."""

GAP_PX = 5
"""Trusted places narrower than twice this, between what is not, are not trusted either: the spaces
within and between a subtitle's letters. Working pixels."""

EROSION_PX = 2
"""How far trust draws back from what is not trusted, working pixels."""

SOFTNESS_PX = 1.5
"""Standard deviation of the mask's edges, working pixels."""


def trust_mask(source_rgb: Rgb, aligned_rgb: Rgb, inside: Mask) -> Plane:
    """Return how far each pixel can teach the Source's colours: 0 not at all, 1 fully.

    It is 0 outside the Reference, and low where one of the two shows what the other does not:
    subtitles, logos, dirt, splices, places that do not lie on each other. Colour does not matter,
    nor does grade: tones are compared after one curve has brought the Reference to the Source.

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
        for plane in (rgb_to_tone(source_rgb), rgb_to_tone(aligned_rgb), inside.astype(np.float32))
    )
    trust = _compare(_smooth(source), _smooth(reference), covered > 1 - 1e-3)
    trust = np.asarray(cv2.GaussianBlur(trust, (0, 0), SOFTNESS_PX), dtype=np.float32)
    trust = fit_raster(trust, width=width, height=height)
    return np.where(inside, np.clip(trust, 0, 1), np.float32(0))


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


def _compare(source: Plane, reference: Plane, covered: Mask) -> Plane:
    if not covered.any():
        raise StageError("trust", "the Reference does not lie on the Source anywhere")
    tones, other_tones = (_range_of(plane[covered]) for plane in (source, reference))
    # No curve yet: a title brighter than all else would bend its end, and so pass for the sky.
    agreement = _agreement(source, reference * (tones / other_tones), FAINT * tones)
    trust = _drawn_back(_ramp(agreement, *AGREEMENT_RAMP) * covered)
    curve = match_luma_curve(reference, source, trust > 0.5)
    difference = _difference(source, curve.level(reference)) / tones
    return _drawn_back(trust * (1 - _ramp(difference, *DIFFERENCE_RAMP)))


def _range_of(tones: NDArray[np.float32]) -> float:
    low, high = np.quantile(tones, (0.02, 0.98))
    return max(float(high - low), FLAT_DEVIATION)


def _smooth(tone: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(tone, (0, 0), GRAIN_PX), dtype=np.float32)


def _agreement(source: Plane, reference: Plane, faint: float) -> Plane:
    """Return the correlation in a window, drawn to 1 where there is little structure in either."""
    source, reference = source - _windowed(source), reference - _windowed(reference)
    both = _windowed(source * reference) + faint**2
    each = (_windowed(source**2) + faint**2) * (_windowed(reference**2) + faint**2)
    return np.asarray(both / np.sqrt(each), dtype=np.float32)


def _windowed(plane: Plane) -> Plane:
    return np.asarray(cv2.blur(plane, (WINDOW_PX, WINDOW_PX)), dtype=np.float32)


def _difference(source: Plane, reference: Plane) -> Plane:
    """Return how far either is from every tone that the other has within reach."""
    return np.maximum(_excess(source, reference), _excess(reference, source))


def _excess(plane: Plane, other: Plane) -> Plane:
    brightest = cv2.dilate(other, _square(REACH_PX))
    darkest = cv2.erode(other, _square(REACH_PX))
    return np.asarray(np.maximum(plane - brightest, darkest - plane), dtype=np.float32)


def _ramp(values: Plane, begin: float, full: float) -> Plane:
    ramp = np.clip((values - begin) / (full - begin), 0, 1)
    return np.asarray(ramp, dtype=np.float32)


def _drawn_back(trust: Plane) -> Plane:
    shrunk = cv2.erode(trust, _square(GAP_PX + EROSION_PX))
    return np.asarray(cv2.dilate(shrunk, _square(GAP_PX)), dtype=np.float32)


def _square(reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
