"""Dyes against the published numbers of the density model, and the laws of a 3x3 fade."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chromaresolve.errors import UsageError
from chromaresolve.fade import (
    EXTREME,
    MILD,
    MODERATE,
    SEVERE,
    STOCKS,
    Retention,
    dye_matrix,
    fade_matrix,
)

PUBLISHED = 0.006
"""Published densities have two decimals, and come from matrices with three."""

MODEL = 0.008
"""The 3x3 is within 0.007 of the spectral model it was fitted to; entries have three decimals."""


@pytest.mark.parametrize(
    ("retention", "faded"),
    [
        pytest.param(MILD, (0.81, 0.94, 0.91), id="mild"),
        pytest.param(MODERATE, (0.54, 0.86, 0.77), id="moderate"),
        pytest.param(SEVERE, (0.25, 0.76, 0.59), id="severe"),
        pytest.param(EXTREME, (0.14, 0.67, 0.41), id="extreme"),
    ],
)
def test_fade_matrix_takes_neutral_density_1_to_published_values(
    retention: Retention, faded: tuple[float, float, float]
) -> None:
    """A neutral of density 1 on 5383 fades to the densities of the research notes, section 6.2."""
    np.testing.assert_allclose(fade_matrix(retention) @ np.ones(3), faded, atol=PUBLISHED)


@pytest.mark.parametrize("stock", STOCKS)
def test_dye_matrix_makes_a_neutral_of_one_unit_each(stock: str) -> None:
    """A dye's unit is what a neutral of density 1 holds, so every row sums to 1."""
    np.testing.assert_allclose(dye_matrix(stock).sum(axis=1), 1, atol=MODEL)


@pytest.mark.parametrize("stock", STOCKS)
def test_fade_matrix_keeps_fresh_film(stock: str) -> None:
    """Film that kept all its dyes keeps every density."""
    fresh = fade_matrix(Retention(cyan=1, magenta=1, yellow=1), stock)

    np.testing.assert_allclose(fresh, np.eye(3), atol=1e-12)


def test_fade_matrix_scales_each_dye_alone() -> None:
    """What one dye absorbs comes back times what is left of it, in all three channels."""
    kept = (0.3, 0.9, 0.6)
    matrix = fade_matrix(Retention(cyan=0.3, magenta=0.9, yellow=0.6))

    np.testing.assert_allclose(matrix @ dye_matrix(), dye_matrix() * kept, atol=1e-12)


def test_fade_matrix_inverse_multiplies_red_noise_13_times() -> None:
    """Undoing extreme fading multiplies red density by 12.7: research notes, section 6.2."""
    undo = np.linalg.inv(fade_matrix(EXTREME))

    np.testing.assert_allclose(undo[0], (12.7, -1.15, 0.04), atol=0.02)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, math.nan, math.inf])
def test_retention_refuses_impossible_shares(share: float) -> None:
    """No dye can grow, vanish without trace of a logarithm, or be no number."""
    with pytest.raises(UsageError, match=r"retention: magenta .*above 0 and at most 1"):
        Retention(cyan=0.5, magenta=share, yellow=0.5)


def test_fade_matrix_refuses_unknown_stock() -> None:
    """The message names the stocks there are."""
    with pytest.raises(UsageError, match=r"stock '5247': unknown, give one of 5381, 5383"):
        fade_matrix(SEVERE, "5247")
