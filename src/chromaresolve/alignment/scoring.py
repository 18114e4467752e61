"""How well two pictures lie on each other, told by their structure alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.cells import LEAST_OF_CELL, cells_of, measure_cell_shifts
from chromaresolve.alignment.geometry import Bend, Matrix, warp
from chromaresolve.alignment.views import (
    FINE_WINDOW,
    WIDE_WINDOW,
    PairViews,
    drawn_in,
    masked_gradient,
    masked_luma,
)
from chromaresolve.structure import Mask, Plane, correlation

EDGE_PX = 6
"""Pixels at the edge of what both show that are not compared: blurred with what lies beyond."""

MOST_CELLS_PERCENT = 90
"""Percentile of the cells' shifts that is called the residual: a subtitle, or something repeated,
puts two cells of thirty far off on a perfect matrix, and what is warped is off in more."""

SURE = 2.0
"""Standard errors by which a gain must stand out over the cells of a picture: of gains by chance,
1 in 40 does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """How well two pictures agree."""

    agreement: float
    """Structure agreement, -1 to 1."""
    cells: NDArray[np.float64]
    """The same within each cell of `cells_of`, not a number where a cell is not covered."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """Two pictures' structure, one laid on the other."""

    source: Plane
    """The Source's gradient structure, shape (height, width)."""
    reference: Plane
    """The Reference's, on the Source's raster."""
    tones: tuple[Plane, Plane]
    """Luma structure of the Source and of the Reference."""
    mask: Mask
    """Where both show picture."""

    @property
    def agreement(self) -> float:
        """Structure agreement, -1 to 1."""
        return correlation(self.source, self.reference, self.mask)

    @property
    def shared(self) -> float:
        """Share of the Source's raster that both show."""
        return float(self.mask.mean())

    def score(self) -> Score:
        """Return how well they agree."""
        cells = [
            correlation(self.source[cell], self.reference[cell], self.mask[cell])
            if self.mask[cell].mean() >= LEAST_OF_CELL
            else np.nan
            for cell in cells_of(self.mask.shape)
        ]
        return Score(agreement=self.agreement, cells=np.array(cells, dtype=np.float64))

    def cell_shifts(self) -> NDArray[np.float64]:
        """Return what `measure_cell_shifts` does."""
        return measure_cell_shifts(*self.tones, self.mask)


def lay(pair: PairViews, matrix: Matrix, bend: Bend | None = None) -> Laid:
    """Lay the structure of the Reference's view on the Source's.

    Args:
        pair: Both views.
        matrix: From Source view to Reference view pixels.
        bend: What Source positions are shifted by before that.
    """
    tone, both = lay_tone(pair, matrix, bend)
    tones = [masked_luma(one, both, window=FINE_WINDOW) for one in (pair.source.tone, tone)]
    return Laid(
        tones=(tones[0], tones[1]),
        source=masked_gradient(pair.source.tone, both, window=WIDE_WINDOW),
        reference=masked_gradient(tone, both, window=WIDE_WINDOW),
        mask=drawn_in(both, EDGE_PX),
    )


def lay_tone(pair: PairViews, matrix: Matrix, bend: Bend | None = None) -> tuple[Plane, Mask]:
    """Return the Reference's tone on the Source's raster, and where both show picture."""
    width, height = pair.source.width, pair.source.height
    tone, inside = warp(
        pair.reference.tone, matrix, width=width, height=height, cubic=True, bend=bend
    )
    mask, _ = warp(
        pair.reference.mask.astype(np.float32),
        matrix,
        width=width,
        height=height,
        cubic=False,
        bend=bend,
    )
    return tone, np.asarray(inside & pair.source.mask & (mask > 1 / 2), dtype=np.bool_)


def rises(before: Sequence[Score], after: Sequence[Score]) -> bool:
    """Say whether agreement rises by more than chance: in most parts of the picture alike.

    Args:
        before: Of one pair, or of several of one raster.
        after: Of the same pairs.
    """
    pairs = list(zip(before, after, strict=True))
    gains = np.array([new.cells - old.cells for old, new in pairs])
    told = np.isfinite(gains)
    # The pairs of a shot show much the same: their cells are no witnesses of their own.
    covered = told.any(axis=0)
    means = np.where(told, gains, 0).sum(axis=0)[covered] / told.sum(axis=0)[covered]
    if len(means) < 2 or sum(new.agreement - old.agreement for old, new in pairs) <= 0:
        return False
    return bool(means.mean() > SURE * means.std(ddof=1) / np.sqrt(len(means)))


def residual_of(lengths: NDArray[np.float64]) -> float:
    """Return how far off most cells are at most, infinite where no cell tells."""
    return float(np.percentile(lengths, MOST_CELLS_PERCENT)) if len(lengths) else math.inf


def length_of(shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how long the shifts of those cells are that tell one, pixels."""
    told = shifts[np.isfinite(shifts).all(axis=1)]
    return np.asarray(np.hypot(told[:, 0], told[:, 1]), dtype=np.float64)
