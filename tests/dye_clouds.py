"""Samples of film whose dyes are known: what the balance's solver and its doubts are tried on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chromaresolve.balance.cues import DARK_PERCENTILE, LIGHT_PERCENTILE
from chromaresolve.balance.sampling import Sample
from chromaresolve.balance.solving import USUAL
from chromaresolve.fade import DEFAULT_STOCK, dye_matrix

Numbers = NDArray[np.float64]
"""Numbers in double precision."""

Triple = tuple[float, float, float]
"""Cyan, magenta and yellow."""

NO_BASE: Triple = (0.0, 0.0, 0.0)
"""A base that holds no dye."""

HABITUAL = np.array([0.5, 0.93, 0.75])
"""`MODERATE` as numbers."""


def usual_cloud(
    kept: Numbers,
    *,
    base: Triple = NO_BASE,
    cast: tuple[float, float] = (0.0, 0.0),
    stock: str = DEFAULT_STOCK,
) -> Sample:
    """A faded picture whose fresh dyes have the habits of `USUAL` to the letter.

    Args:
        kept: What is left of each dye.
        base: Dyes that the base holds.
        cast: How much more cyan and yellow than usual it holds, as a logarithm.
        stock: The film's.
    """
    magenta = np.linspace(0.1, 2.8, 20_001)
    ends = np.percentile(magenta, [LIGHT_PERCENTILE, DARK_PERCENTILE])
    fresh = np.stack([magenta] * 3, axis=1)
    steps = np.linspace(0.1, 0.5, 500)[:, np.newaxis] * np.ones(3)
    for dye, light, dark, shading, more in zip(
        (0, 2), USUAL.light, USUAL.dark, USUAL.shading, cast, strict=True
    ):
        amounts = ends[0] + light, ends[1] * np.exp(dark)
        slope = (amounts[1] - amounts[0]) / (ends[1] - ends[0])
        fresh[:, dye] = (amounts[0] + slope * (magenta - ends[0])) * np.exp(more)
        steps[:, dye] *= np.exp(shading + more)
    mixed = dye_matrix(stock).T
    return Sample(
        density=((fresh * kept + base) @ mixed).astype(np.float32),
        shading=((steps * kept) @ mixed).astype(np.float32),
        burnt_out=(0.0, 0.0, 0.0),
    )


def triple(numbers: Numbers) -> Triple:
    """Three plain numbers."""
    cyan, magenta, yellow = (float(number) for number in numbers)
    return cyan, magenta, yellow
