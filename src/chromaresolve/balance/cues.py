"""What speaks for how much of each dye is left, in amounts of dye: each layer has one gain there.

A faded layer holds `k` times the dye it once held, so in dye amounts fading is one gain per layer.
Nobody knows what the picture looked like; but fresh pictures have habits, measured on such
(docs/experiments.md): their lightest and their darkest places hold nearly the same of each
dye, and so does the step between light and shade on anything at all, because shade takes the same
share of red, green and blue light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from chromaresolve.balance.sampling import Pixels, Sample
from chromaresolve.fade import dye_matrix

LIGHT_PERCENTILE = 0.5
"""Percentage of the picture that holds less of a dye than its light end."""

DARK_PERCENTILE = 99.8
"""Percentage of the picture that holds less of a dye than its dark end."""

LEAST_DYE = 0.01
"""Amounts below are noise around nothing: no ratio is taken of them."""

RATIO_BINS = 400
"""Bins of a histogram of ratios, over `RATIO_RANGE`."""

RATIO_RANGE = (-4.0, 3.0)
"""Natural logarithm of cyan or yellow over magenta: 2 % to twenty times as much."""

RATIO_BLUR = 4.0
"""Bins by which that histogram is smoothed before its peak is taken."""

GRID = (24, 18)
"""Cells, across and down, in which Source and Reference are compared: coarse enough for a few
percent of misalignment not to matter."""

LEAST_CELLS = 24
"""Cells that must be picture in both."""

LEAST_AGREEMENT = 0.8
"""Correlation of tone from which on Reference and Source show the same picture."""

Numbers: TypeAlias = npt.NDArray[np.float64]
"""Numbers in double precision."""

MAGENTA = 1
"""Index of the dye the others are compared with: in the dark it fades least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """What the solver is told. Triples are cyan, magenta, yellow."""

    light: tuple[float, float, float]
    """Amount of each dye at the light end."""
    dark: tuple[float, float, float]
    """Amount of each dye at the dark end."""
    shading: tuple[float, float, float]
    """Logarithm of each dye's step over magenta's, where it is commonest."""
    mean: tuple[float, float, float]
    """Mean amount of each dye."""


def find_cues(sample: Sample, stock: str) -> Cues:
    """Measure what the picture itself says, in the dyes of a stock."""
    to_dyes = np.linalg.inv(dye_matrix(stock)).T.astype(np.float32)
    dyes, steps = sample.density @ to_dyes, sample.shading @ to_dyes
    light, dark = np.percentile(dyes, [LIGHT_PERCENTILE, DARK_PERCENTILE], axis=0)
    return Cues(
        light=_triple(light),
        dark=_triple(np.maximum(dark, LEAST_DYE)),
        shading=_triple([_commonest_ratio(steps, dye) for dye in range(3)]),
        mean=_triple(dyes.mean(axis=0)),
    )


def _commonest_ratio(steps: Pixels, dye: int) -> float:
    """Return the logarithm of a dye's steps over magenta's where most of the steps are."""
    if dye == MAGENTA:
        return 0.0
    same_way = steps[:, dye] * steps[:, MAGENTA] > 0
    if not same_way.any():
        return 0.0
    size = np.abs(steps[same_way])
    ratios = np.log(size[:, dye]) - np.log(size[:, MAGENTA])
    weights = np.abs(steps[same_way]).sum(axis=1)
    counts, edges = np.histogram(ratios, bins=RATIO_BINS, range=RATIO_RANGE, weights=weights)
    smooth = cv2.GaussianBlur(counts.astype(np.float32)[np.newaxis], (0, 0), RATIO_BLUR)[0]
    peak = int(np.argmax(smooth))
    return float((edges[peak] + edges[peak + 1]) / 2)


def measure_gains(
    pairs: Sequence[tuple[Pixels, Pixels]], stock: str
) -> tuple[float, float, float] | None:
    """Return each dye's gain from Reference to Source over magenta's, as a logarithm.

    Args:
        pairs: Densities of Source and Reference frames, (height, width, 3); NaN is no picture.
        stock: The film stock.

    Returns:
        None if no Reference frame shows what its Source frame does.
    """
    to_dyes = np.linalg.inv(dye_matrix(stock)).T
    cells = [_cells(source, reference) for source, reference in pairs]
    cells = [both for both in cells if _agreement(*both) >= LEAST_AGREEMENT]
    if not cells:
        return None
    source, reference = (np.concatenate([both[i] for both in cells]) @ to_dyes for i in range(2))
    gains = [_gain(source[:, dye], reference[:, dye]) for dye in range(3)]
    if min(gains) <= 0:
        return None
    return _triple(np.log(gains) - np.log(gains[MAGENTA]))


def _cells(source: Pixels, reference: Pixels) -> tuple[Numbers, Numbers]:
    """Return the mean densities of the cells that are picture in both, (n, 3) each."""
    one, two = (
        np.asarray(cv2.resize(density, GRID, interpolation=cv2.INTER_AREA), np.float64)
        for density in (source, reference)
    )
    both = np.isfinite(one).all(axis=2) & np.isfinite(two).all(axis=2)
    return one[both], two[both]


def _agreement(source: Numbers, reference: Numbers) -> float:
    """Return the correlation of green density, which fading hurts least."""
    if len(source) < LEAST_CELLS:
        return 0.0
    spread = source[:, 1].std() * reference[:, 1].std()
    if not spread > 0:
        return 0.0
    return float(np.cov(source[:, 1], reference[:, 1], bias=True)[0, 1] / spread)


def _gain(source: Numbers, reference: Numbers) -> float:
    """Return the slope of the line that misses both alike: either holds noise."""
    covariance = np.cov(source, reference)
    if not covariance[1, 1] > 0:
        return 0.0
    return float(np.sign(covariance[0, 1]) * np.sqrt(covariance[0, 0] / covariance[1, 1]))


def _triple(numbers: npt.ArrayLike) -> tuple[float, float, float]:
    cyan, magenta, yellow = (float(number) for number in np.asarray(numbers))
    return cyan, magenta, yellow
