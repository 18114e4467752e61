"""Negatives: recognised by their orange base, and inverted where the manifest says so.

A negative's base is orange everywhere, its three records span alike ranges above it, and what is
light in the scene is dense. A faded print has no such base: where it is light it is nearly clear.
"""

from __future__ import annotations

import numpy as np

from chromaresolve.balance.sampling import Pixels
from chromaresolve.balance.transform import PRINTER_POINT, DyeBalance, balance_matrix
from chromaresolve.fade import Retention

BASE_PERCENTILE, DENSE_PERCENTILE = 0.5, 99.5
"""Percentages of the picture that are thinner than the base's and the densest places' density."""

GREEN_ABOVE_RED = 0.25
"""Density by which an orange base's green exceeds its red: masks of colour negatives have 0.4."""

BLUE_ABOVE_GREEN = 0.08
"""Density by which its blue exceeds its green: masks have 0.2. A pink print's lights have less blue
than green density."""

ALIKE = 0.65
"""Least over largest range of density of the records: a negative's are alike, a faded print's are
not, as its red has lost most of its range."""

WIDEST = 2.0
"""Density range beyond which it is a print: negatives are made soft, and span 1.4 at the most."""

GAMMA = 0.6
"""Density over log exposure of a camera negative, where its curve is straight."""


def looks_negative(density: Pixels) -> bool:
    """Say whether densities, (n, 3), are those of a colour negative."""
    thin, dense = np.percentile(density, [BASE_PERCENTILE, DENSE_PERCENTILE], axis=0)
    red, green, blue = thin
    ranges = dense - thin
    is_orange = green - red >= GREEN_ABOVE_RED and blue - green >= BLUE_ABOVE_GREEN
    is_soft = ranges.max() <= WIDEST
    return bool(is_orange and is_soft and ranges.min() >= ALIKE * ranges.max())


def invert(density: Pixels, retention: Retention) -> DyeBalance:
    """Return the balance that makes a positive of a negative, white where it is densest.

    Contrast is one over the negative's gamma, so light comes out in proportion to the scene's.
    Base and densest places become neutral, each record for itself.
    """
    thin, dense = np.percentile(density, [BASE_PERCENTILE, DENSE_PERCENTILE], axis=0)
    plain = DyeBalance(
        retention=retention,
        stock="negative",
        base=(float(thin[0]), float(thin[1]), float(thin[2])),
        contrast=-1 / GAMMA,
    )
    white = balance_matrix(retention, "negative", plain.red_gain_cap) @ (dense - thin) / GAMMA
    red, green, blue = (float(points) for points in white / PRINTER_POINT)
    return DyeBalance(
        retention=retention,
        stock="negative",
        base=plain.base,
        contrast=plain.contrast,
        printer=(red, green, blue),
    )
