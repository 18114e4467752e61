"""Pixels of a pair that a colour map is fitted to, and how far each is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chromaresolve.errors import StageError

Pixels = npt.NDArray[np.float32]
"""Colours as they travel between rooms: float32, three channels last."""

Weights = npt.NDArray[np.float64]
"""One weight for each sample, (n,), 0 or more."""

SAMPLE_COUNT = 50_000
"""Samples of one pair."""

COLOUR_BINS = 16
"""Bins for each channel in which rare and common colours are told apart."""

SPREAD = 0.5
"""0 draws as the picture is, 1 draws each colour equally often.

Measured on six shots, left-out pairs: 0.5 was best for the polynomial and the lattice of 17 (by 0.1
dE2000); the lattice of 33 lost 0.1 to a plain draw.
"""

HUBER_CUT = 1.345
"""Residuals beyond this many standard deviations count less; 95 % efficient on clean ones (Huber).

P. J. Huber, Robust Statistics, 1981.
"""

REWEIGHTINGS = 2
"""Times that outliers are found and a fit made again."""

SMALLEST_DEVIATION = 1e-4
"""A fit this close, in colour values, has no outliers worth the name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples:
    """Pixels of one pair, in picture order: row by row, so that a run of them is a band."""

    plate_rgb: Pixels
    """The plate's colours, (n, 3), any range."""
    truth_rgb: Pixels
    """The ground truth's colours at the same places, (n, 3)."""
    weights: Weights
    """Trust in each, (n,), above 0."""

    def take(self, chosen: slice | npt.NDArray[np.bool_]) -> Samples:
        """Return some of the samples, still in picture order."""
        return Samples(
            plate_rgb=self.plate_rgb[chosen],
            truth_rgb=self.truth_rgb[chosen],
            weights=self.weights[chosen],
        )


def sample_pair(
    plate_rgb: Pixels,
    truth_rgb: Pixels,
    trust: npt.NDArray[np.floating],
    *,
    count: int = SAMPLE_COUNT,
    seed: int = 0,
) -> Samples:
    """Draw pixels of a pair, trusted ones first, so that rare colours count too.

    A pixel's chance is its trust over the root of how common its colour is in the plate. Pixels
    without trust or with values that are not finite are never drawn.

    Args:
        plate_rgb: (height, width, 3), any range.
        truth_rgb: The ground truth on the same raster.
        trust: (height, width), 0..1.
        count: Samples wanted; fewer come back from a picture that has fewer trusted pixels.
        seed: The same seed draws the same pixels.

    Raises:
        StageError: No pixel of the pair can be trusted.
    """
    plate, truth, trusted = _trusted(plate_rgb, truth_rgb, trust)
    if not len(plate):
        raise StageError(
            "baseline", "a pair has no trusted pixel: look at its trust mask, or drop it"
        )
    chance = trusted / _commonness(plate) ** SPREAD
    # The smallest of exponential times over chance: a weighted draw without replacement
    # (Efraimidis and Spirakis, 2006).
    times = np.random.default_rng(seed).exponential(size=len(plate)) / chance
    drawn = np.argpartition(times, count)[:count] if count < len(plate) else np.arange(len(plate))
    drawn.sort()
    return Samples(plate_rgb=plate[drawn], truth_rgb=truth[drawn], weights=trusted[drawn])


def join_samples(parts: Sequence[Samples]) -> Samples:
    """Return the samples of several pairs as one."""
    return Samples(
        plate_rgb=np.concatenate([part.plate_rgb for part in parts]),
        truth_rgb=np.concatenate([part.truth_rgb for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
    )


def measure_belief(residual: npt.NDArray[np.floating]) -> Weights:
    """Return how far each sample of a fit is believed, (n,): 1, and less for outliers (Huber).

    Args:
        residual: What the fit leaves of each sample, (n, 3).
    """
    distance = np.sqrt(np.einsum("ij,ij->i", residual, residual, dtype=np.float64))
    # The length of a three-channel normal residual has a median of 1.538 standard deviations.
    deviation = max(float(np.median(distance)) / 1.538, SMALLEST_DEVIATION)
    cut = HUBER_CUT * deviation * np.sqrt(3)
    return np.asarray(cut / np.maximum(distance, cut), dtype=np.float64)


def _trusted(
    plate_rgb: Pixels,
    truth_rgb: Pixels,
    trust: npt.NDArray[np.floating],
) -> tuple[Pixels, Pixels, Weights]:
    finite = np.isfinite(plate_rgb).all(axis=-1) & np.isfinite(truth_rgb).all(axis=-1)
    usable = finite & (trust > 0)
    return plate_rgb[usable], truth_rgb[usable], trust[usable].astype(np.float64)


def _commonness(plate: Pixels) -> npt.NDArray[np.int64]:
    """Return how many pixels share each pixel's colour bin, (n,)."""
    lowest = plate.min(axis=0)
    width = np.maximum(plate.max(axis=0) - lowest, np.float32(1e-6))  # one flat colour has one bin
    places = np.minimum((plate - lowest) / width * COLOUR_BINS, COLOUR_BINS - 1).astype(np.int64)
    bins = (places[:, 0] * COLOUR_BINS + places[:, 1]) * COLOUR_BINS + places[:, 2]
    return np.asarray(np.bincount(bins)[bins], dtype=np.int64)
