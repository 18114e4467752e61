"""Dyes, how they absorb, and what time leaves of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import UsageError

STOCKS = MappingProxyType(
    {
        "5381": ((0.851, 0.122, 0.020), (0.105, 0.738, 0.155), (0.088, 0.199, 0.712)),
        "5383": ((0.912, 0.079, 0.004), (0.146, 0.793, 0.060), (0.067, 0.184, 0.748)),
        "5384": ((0.908, 0.081, 0.004), (0.148, 0.787, 0.064), (0.065, 0.179, 0.755)),
        "5386": ((0.885, 0.103, 0.006), (0.122, 0.794, 0.082), (0.091, 0.120, 0.789)),
        "2383": ((0.895, 0.084, 0.015), (0.100, 0.816, 0.081), (0.088, 0.090, 0.820)),
    },
)
"""Eastman print stocks: rows R, G, B density; columns one unit of cyan, magenta, yellow dye.

One unit is the amount that a Status A neutral of density 1 holds. Spectral dye densities of the
stocks' data sheets (digitised by J. Lohse, `spectral_film_lut`, MIT) integrated over the Status A
responses of ISO 5-3. Against the full spectral model the 3x3 is within 0.007 density RMS over dye
amounts 0 to 2.5. The sheet of 5381 (1950) calls its own values unreliable.
"""

NEGATIVE_STOCKS = MappingProxyType(
    {
        "negative": ((0.970, 0.028, 0.000), (0.031, 0.833, 0.134), (0.004, 0.072, 0.920)),
    },
)
"""A camera's colour negative, as in `STOCKS` but in Status M densities above its orange base.

Derived from the spectral model of `negative`, not from any maker's stock; within 0.021 density RMS
of it over dye amounts 0 to 2. The mask has cancelled most of what the dyes absorb beside their own
third of the spectrum. It does not fade with them, so no 3x3 fade describes a faded negative.
"""

DEFAULT_STOCK = "5383"
"""Eastman Color Print of 1974: the stock most pink prints are on. The others differ little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The share of each dye that is left; 1 is fresh film."""

    cyan: float
    """Above 0, up to 1. The cyan layer absorbs red, and in the dark it fades first."""
    magenta: float
    """Above 0, up to 1. Absorbs green."""
    yellow: float
    """Above 0, up to 1. Absorbs blue."""

    def __post_init__(self) -> None:
        """Refuse shares that no dye can have.

        Raises:
            UsageError: A share is not above 0 and at most 1.
        """
        for dye in ("cyan", "magenta", "yellow"):
            share = getattr(self, dye)
            if not 0 < share <= 1:
                raise UsageError(f"retention: {dye} {share!r}: give a share above 0 and at most 1")


WHOLE = Retention(cyan=1, magenta=1, yellow=1)
"""Fresh film."""

# Four steps of dark fading chosen to span what real scans and restorers' presets show: per-channel
# density ranges of scanned pink prints reach from R:G:B = 0.67:1:0.90 down to 0.25:1:0.77, and the
# red gains of a practitioner's published presets (1.62 to 4.72) mean cyan 0.62 to 0.21.
MILD = Retention(cyan=0.8, magenta=0.97, yellow=0.9)
"""A little warm: most viewers would not notice without the original."""
MODERATE = Retention(cyan=0.5, magenta=0.93, yellow=0.75)
"""Clearly pink, every colour still told apart."""
SEVERE = Retention(cyan=0.2, magenta=0.88, yellow=0.55)
"""The common pink print: greens and blues are gone to the eye."""
EXTREME = Retention(cyan=0.08, magenta=0.80, yellow=0.35)
"""All but one dye lost; undoing it multiplies the red channel's noise by 13."""


def fade_matrix(retention: Retention, stock: str = DEFAULT_STOCK) -> NDArray[np.float64]:
    """Return the 3x3 that takes R, G, B densities of fresh film to those of the faded film.

    A = M diag(k) M^-1: densities to dye amounts, what is left of each, and back to densities.

    Raises:
        UsageError: The stock is none of `STOCKS` or `NEGATIVE_STOCKS`.
    """
    dyes = dye_matrix(stock)
    kept = np.array([retention.cyan, retention.magenta, retention.yellow])
    return np.asarray((dyes * kept) @ np.linalg.inv(dyes), dtype=np.float64)


def dye_matrix(stock: str = DEFAULT_STOCK) -> NDArray[np.float64]:
    """Return M of a stock: column j is the R, G, B density of one unit of dye j.

    Raises:
        UsageError: The stock is none of `STOCKS` or `NEGATIVE_STOCKS`.
    """
    stocks = {**STOCKS, **NEGATIVE_STOCKS}
    if stock not in stocks:
        raise UsageError(f"stock {stock!r}: unknown, give one of {', '.join(stocks)}")
    return np.array(stocks[stock])
