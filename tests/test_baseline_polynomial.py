"""The polynomial: known answers, and how it behaves where it was not fitted."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.baseline.polynomial import fit_polynomial, list_powers
from chromaresolve.baseline.samples import Pixels
from chromaresolve.errors import StageError

FITTED = 5e-5
"""A cubic fitted to an exact cubic: float32 terms and the ridge."""


def colours(count: int, seed: int = 0) -> Pixels:
    """Make random plate colours, 0..1."""
    return np.random.default_rng(seed).random((count, 3), dtype=np.float32)


def cubic(rgb: Pixels) -> Pixels:
    """Map colours by a polynomial of degree 3 that mixes the channels."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    return np.stack(
        (red**3 - 0.2 * green, green + 0.3 * red * blue, 0.1 + blue - 0.5 * red * green * blue),
        axis=-1,
    )


def test_fit_recovers_a_cubic() -> None:
    """A truth that is a cubic of the plate is found again, on colours not fitted too."""
    plate = colours(5000)

    polynomial = fit_polynomial(plate, cubic(plate), np.ones(5000))

    fresh = 0.01 + 0.98 * colours(500, seed=4)
    np.testing.assert_allclose(polynomial.apply(fresh), cubic(fresh), atol=FITTED)


@pytest.mark.parametrize(
    ("degree", "terms"),
    [
        pytest.param(1, 4, id="matrix"),
        pytest.param(2, 10, id="quadric"),
        pytest.param(3, 20, id="cubic"),
    ],
)
def test_powers_are_as_many_as_there_are_terms(degree: int, terms: int) -> None:
    """(degree + 3 choose 3) terms, none twice."""
    assert len(set(list_powers(degree))) == terms


def test_fit_is_not_led_astray_by_outliers() -> None:
    """One sample in ten has a wrong truth; the others win."""
    plate = colours(9000)
    truth = cubic(plate)
    truth[::10] = [0.9, 0.1, 0.9]

    polynomial = fit_polynomial(plate, truth, np.ones(9000))

    fresh = 0.1 + 0.8 * colours(500, seed=5)
    error = np.abs(polynomial.apply(fresh) - cubic(fresh))
    assert error.mean() < 0.01, f"mean {error.mean():.2g}, largest {error.max():.2g}"


def test_apply_goes_on_with_slope_one_beyond_the_samples() -> None:
    """Values below 0 and above 1 survive, and no power of 12 appears."""
    plate = colours(5000)
    polynomial = fit_polynomial(plate, cubic(plate), np.ones(5000))
    edge, beyond, negative = np.array(
        [[[2, 0.5, 0.5]], [[10, 0, 0]], [[-0.5, 0.2, 0.2]]], dtype=np.float32
    )

    np.testing.assert_allclose(
        polynomial.apply(edge + beyond), polynomial.apply(edge) + beyond, rtol=1e-6
    )
    assert polynomial.apply(negative)[0, 0] < -0.3


def test_apply_keeps_the_shape_of_a_view() -> None:
    """A picture that is not contiguous, of odd size, comes back in its own shape."""
    plate = colours(5000)
    polynomial = fit_polynomial(plate, cubic(plate), np.ones(5000), degree=2)
    view = colours(7 * 22).reshape(7, 22, 3)[:, ::2]

    np.testing.assert_array_equal(polynomial.apply(view), polynomial.apply(view.copy()))


def test_fit_refuses_samples_without_any_weight() -> None:
    """Nothing to learn from is an error, not a map."""
    with pytest.raises(StageError, match="no sample has any trust"):
        fit_polynomial(colours(9), colours(9), np.zeros(9))
