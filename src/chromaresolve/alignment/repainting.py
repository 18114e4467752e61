"""The Reference repainted in the Source's faded colours, and where the two still differ.

Fading is a function of the fresh colour, and a telecine shows the fresh colour: what the Source
must look like follows from the Reference, whatever has been lost. The other way it does not. So the
two are compared in the Source's colours, where grain is not amplified and every hue has its tone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import fit_raster
from chromaresolve.frames import Rgb
from chromaresolve.structure import FLAT_DEVIATION, Mask, Plane, rgb_to_tone

FIT_SHARE = 3
"""How much smaller than the working raster the raster is on which colours are fitted."""

TERMS = 10
"""Of a polynomial of the second degree in R, G and B. Measured on four fades and four telecines:
it leaves 1 % of the Source's range; the first degree leaves 2 %, the third no less."""

RIDGE = 1e-4
"""Added to the mean square of every term: keeps the fit of a picture of few colours finite."""

ROUNDS = 5
"""Fits, each of which leaves out what the one before could not explain."""

OUTLIER = 5.0
"""Deviations from which on a pixel has no weight (Tukey's biweight)."""

SOFTER_PX = (0.8, 1.3, 2.0, 3.0)
"""Blurs that are tried, working pixels, to make the sharper of the two as soft as the other."""

DETAIL_PX = 31
"""Side of the window whose mean is taken off before softness is compared, working pixels."""

DRIFT_SHARE = 1 / 16
"""Standard deviation of the blur, as a share of the width, by which what differs slowly over the
picture is told and taken off: uneven fading, a lamp, a vignette."""

DRIFT_FLOOR = 0.02
"""Share of pixels in that window that must agree before its drift counts for half."""

DRIFT_STEP = 8
"""How much smaller the raster is on which the drift is blurred: it has no detail."""

REACH_PX = 2
"""How far, in working pixels, an edge may lie off without being a difference."""

FAINT_SHARE = 0.01
"""Share of the Source's range of a channel that never counts as a difference."""

DETAIL_SHARE = 0.2
"""Share of the contrast that both show at a place that does not count as a difference: the lens
and the raster of a telecine take that much from a detail."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repainted:
    """A pair on the working raster, in the Source's colours and equally soft."""

    source: Rgb
    """Shape (height, width, 3)."""
    reference: Rgb
    """The same: what the Source should look like."""
    unpainted: Rgb
    """The same, in the Reference's own colours."""
    deviation: NDArray[np.float32]
    """What is left between them where they agree, R, G and B: grain and noise; robust deviation."""
    softness_px: float
    """How much blur the Source had to be given; 0 where it was not the sharper one."""


def repaint(source: Rgb, reference: Rgb, agrees: Plane, covered: Plane) -> Repainted:
    """Give the Reference the Source's colours.

    Args:
        source: Shape (height, width, 3), display encoded, without grain.
        reference: The same raster, laid on it.
        agrees: Shape (height, width), 0..1: where the two are known to show the same.
        covered: The same: where they can be compared at all; it holds what agrees.
    """
    painted = _painted(source, reference, agrees)
    source, painted, softness_px = _equally_soft(source, painted, agrees > 0.5)
    painted = painted + _drift(source - painted, agrees, covered)
    return Repainted(
        source=source,
        reference=painted,
        unpainted=reference,
        deviation=_deviation((source - painted)[agrees > 0.5]),
        softness_px=softness_px,
    )


def measure_surprise(repainted: Repainted) -> Plane:
    """Return by how many deviations each pixel differs, whichever of the two is wrong.

    What lies within reach, or is a fainter form of a detail that both have, does not differ.
    """
    source, reference = repainted.source, repainted.reference
    square = np.ones((2 * REACH_PX + 1,) * 2, np.uint8)
    brightest, darkest = cv2.dilate(source, square), cv2.erode(source, square)
    painted_brightest, painted_darkest = cv2.dilate(reference, square), cv2.erode(reference, square)
    excess = np.maximum(
        np.maximum(source - painted_brightest, painted_darkest - source),
        np.maximum(reference - brightest, darkest - reference),
    )
    shared = np.minimum(brightest - darkest, painted_brightest - painted_darkest)
    low, high = np.quantile(source[::4, ::4], (0.02, 0.98), axis=(0, 1))
    faint = repainted.deviation**2 + np.square(FAINT_SHARE * (high - low)) + FLAT_DEVIATION**2
    odds = np.square(excess) / (faint.astype(np.float32) + np.square(DETAIL_SHARE * shared))
    return np.asarray(np.sqrt(_mean(odds)), dtype=np.float32)


def _painted(source: Rgb, reference: Rgb, agrees: Plane) -> Rgb:
    height, width = (max(1, side // FIT_SHARE) for side in agrees.shape)
    known, terms, weight = (
        fit_raster(plane, width=width, height=height) for plane in (source, reference, agrees)
    )
    mixture = _fit(known.reshape(-1, 3), _terms(terms), weight.ravel())
    return np.asarray((_terms(reference) @ mixture).reshape(source.shape), dtype=np.float32)


def _terms(rgb: Rgb) -> NDArray[np.float32]:
    """Return the polynomial's terms, shape (pixels, 10)."""
    red, green, blue = (rgb[..., channel].ravel() for channel in range(3))
    terms = np.empty((red.size, TERMS), np.float32)
    terms[:, 0] = 1
    for place, term in enumerate((red, green, blue), start=1):
        terms[:, place] = term
    pairs = ((red, red), (green, green), (blue, blue), (red, green), (red, blue), (green, blue))
    for place, (one, other) in enumerate(pairs, start=4):
        np.multiply(one, other, out=terms[:, place])
    return terms


def _fit(
    known: NDArray[np.float32], terms: NDArray[np.float32], trusted: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the (10, 3) that takes terms to known colours, by reweighted least squares."""
    weight = trusted
    mixture = np.zeros((TERMS, 3), np.float32)
    for _ in range(ROUNDS):
        weighed = terms * weight[:, None]
        square = (weighed.T @ terms).astype(np.float64)
        square += (RIDGE * float(weight.sum()) + RIDGE) * np.eye(TERMS)
        mixture = np.linalg.solve(square, (weighed.T @ known).astype(np.float64)).astype(np.float32)
        weight = trusted * _believed(known - terms @ mixture, trusted)
    return mixture


def _believed(rest: NDArray[np.float32], trusted: Plane) -> Plane:
    """Return Tukey's weight of what a fit leaves, shape (..., 3) to (...)."""
    deviation = _deviation(rest[trusted > 0.5])
    odds = _mean(np.square(rest / (OUTLIER * deviation)))
    return np.square(np.clip(1 - odds, 0, 1))


def _mean(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of three channels, shape (..., 3) to (...); numpy's own is slow on three."""
    return (planes[..., 0] + planes[..., 1] + planes[..., 2]) / np.float32(3)


def _deviation(rest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the robust deviation of each channel, shape (pixels, 3) to (3,)."""
    if not len(rest):
        return np.ones(3, np.float32)
    few = np.abs(rest[:: 1 + len(rest) // 50_000])
    return np.asarray(1.4826 * np.median(few, axis=0) + FLAT_DEVIATION, dtype=np.float32)


def _equally_soft(source: Rgb, painted: Rgb, agrees: Mask) -> tuple[Rgb, Rgb, float]:
    if not agrees.any():
        return source, painted, 0.0
    tone, painted_tone = rgb_to_tone(source), rgb_to_tone(painted)
    left = {(0.0, 0.0): _left(tone, painted_tone, agrees)}
    for blur in SOFTER_PX:
        left[blur, 0.0] = _left(_blurred(tone, blur), painted_tone, agrees)
        left[0.0, blur] = _left(tone, _blurred(painted_tone, blur), agrees)
    blur, painted_blur = min(left, key=left.__getitem__)
    return _blurred(source, blur), _blurred(painted, painted_blur), blur


def _left(tone: Plane, painted: Plane, agrees: Mask) -> float:
    """Return how much of the detail of the first the second does not explain."""
    detail, other = (plane - cv2.blur(plane, (DETAIL_PX, DETAIL_PX)) for plane in (tone, painted))
    few = agrees[::2, ::2]
    rest, there = (detail - other)[::2, ::2][few], detail[::2, ::2][few]
    return float(np.vdot(rest, rest) / (np.vdot(there, there) + FLAT_DEVIATION))


def _blurred(picture: NDArray[np.float32], blur: float) -> NDArray[np.float32]:
    if not blur:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), dtype=np.float32)


def _drift(rest: Rgb, agrees: Plane, covered: Plane) -> Rgb:
    """Return what differs slowly over the picture, told from where the two agree."""
    height, width = agrees.shape
    across, down = max(1, width // DRIFT_STEP), max(1, height // DRIFT_STEP)
    weight = covered * _believed(rest, agrees)
    blur = max(1.0, DRIFT_SHARE * width / DRIFT_STEP)
    slow, share = (
        _blurred(fit_raster(plane, width=across, height=down), blur)
        for plane in (rest * weight[..., None], weight)
    )
    drift = slow / (share + DRIFT_FLOOR)[..., None]
    return np.asarray(cv2.resize(drift, (width, height), interpolation=cv2.INTER_LINEAR))
