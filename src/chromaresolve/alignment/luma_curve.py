"""One smooth monotone curve from the Reference's luma to the Source's: the grade undone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from chromaresolve.alignment.geometry import fit_raster
from chromaresolve.errors import StageError
from chromaresolve.structure import Mask, Plane

FIT_WIDTH = 480
"""Widest raster that a curve is fitted on: the averaging takes grain and small shifts away, which
would pull the ends of the curve towards the middle."""

STEPS = 32
"""Equal steps of Reference luma, each of which gives one knot."""

TAIL = 0.001
"""Share of the pixels at either end that the steps leave out: specks and clipped light."""

FEWEST_PIXELS = 20
"""Pixels of the fitting raster that a step must hold to give a knot."""

SMOOTHING = np.array([0.25, 0.5, 0.25])
"""Weights of a knot and its neighbours. Positive, so that what is monotone stays so."""

END_STEPS = 4
"""Steps over which the curve's slope at an end is taken, to go on with beyond it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LumaCurve:
    """Knots of a rising curve; straight between them and beyond the ends."""

    reference: tuple[float, ...]
    """Reference luma at the knots, strictly rising."""

    source: tuple[float, ...]
    """Source luma at the knots, never falling."""

    def level(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring values of any shape and range from the Reference's grade to the Source's."""
        return np.interp(values, *self._with_ends(values)).astype(np.float32)

    @property
    def apart(self) -> float:
        """Mean distance of the two grades over the Reference's tones, display values."""
        knots = np.array([self.reference, self.source])
        widths = np.gradient(knots[0])
        return float(np.average(np.abs(knots[1] - knots[0]), weights=widths))

    def _with_ends(self, values: NDArray[np.float32]) -> tuple[list[float], list[float]]:
        # Far enough that every value lies between two knots: np.interp is flat beyond the last.
        reach = 1.0 + float(np.abs(values).max(initial=0)) + max(map(abs, self.reference))
        low, high = (
            self._slope(slice(None, END_STEPS + 1)),
            self._slope(slice(-END_STEPS - 1, None)),
        )
        return (
            [self.reference[0] - reach, *self.reference, self.reference[-1] + reach],
            [self.source[0] - low * reach, *self.source, self.source[-1] + high * reach],
        )

    def _slope(self, part: slice) -> float:
        reference, source = self.reference[part], self.source[part]
        return (source[-1] - source[0]) / (reference[-1] - reference[0])


def match_luma_curve(reference_luma: Plane, source_luma: Plane, mask: Mask) -> LumaCurve:
    """Fit the curve by the median Source luma at each Reference luma.

    The median leaves out what is not the same in both, as long as it is the smaller part of a step.

    Args:
        reference_luma: Shape (height, width), laid on the Source, any range.
        source_luma: The same shape.
        mask: Pixels to fit on.

    Raises:
        StageError: Too few pixels, or all of one luma.
    """
    reference, source = _paired(reference_luma, source_luma, mask)
    if len(reference) >= FEWEST_PIXELS:
        low, high = np.quantile(reference, (TAIL, 1 - TAIL))
        edges = np.linspace(float(low), float(high), STEPS + 1)
        step = np.searchsorted(edges, reference, side="right")
        held = [step == number for number in range(1, STEPS + 1)]
        knots = [
            (np.median(reference[here]), np.median(source[here]), np.sqrt(np.count_nonzero(here)))
            for here in held
            if np.count_nonzero(here) >= FEWEST_PIXELS
        ]
        if len(knots) > 1:
            return _smooth_curve(np.array(knots, dtype=np.float64))
    raise StageError(
        "luma curve",
        "too little of the Reference lies on the Source, or all of it has one luma",
    )


def _paired(
    reference: Plane, source: Plane, mask: Mask
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    height, width = mask.shape
    across = min(width, FIT_WIDTH)
    down = max(1, round(height * across / width))
    whole = fit_raster(mask.astype(np.float32), width=across, height=down) > 1 - 1e-3
    return (
        fit_raster(reference, width=across, height=down)[whole],
        fit_raster(source, width=across, height=down)[whole],
    )


def _smooth_curve(knots: NDArray[np.float64]) -> LumaCurve:
    reference, source, weight = knots.T
    rising = isotonic_regression(source, weights=weight).x
    # Mirrored through its end points, a straight line stays straight when smoothed.
    padded = np.concatenate([[2 * rising[0] - rising[1]], rising, [2 * rising[-1] - rising[-2]]])
    smooth = np.convolve(padded, SMOOTHING, mode="valid")
    return LumaCurve(reference=tuple(reference.tolist()), source=tuple(smooth.tolist()))
