"""The scan of a colour negative: orange, upside down in light, and a 3x3 turns it back."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.errors import UsageError
from chromaresolve.fade import NEGATIVE_STOCKS, SEVERE, dye_matrix, negative_frame
from chromaresolve.fade.negative import (
    BASE_DENSITY,
    DYES,
    GAMMA,
    TOE_LIGHT,
    negative_dye_matrix,
)
from chromaresolve.fade.spectral import STATUS_M, Bands, bands_of, dye_slopes, neutral_units

ROUNDING = 1e-5
"""Newton's steps, a logarithm and a power in float32, as densities up to 3."""

Picture = NDArray[np.float32]


def density(picture_709: Picture) -> NDArray[np.float64]:
    """Return -log10 of the display light."""
    return -2.4 * np.log10(picture_709.astype(np.float64))


def greys(*values: float) -> Picture:
    """Return a row of neutral pixels."""
    return np.repeat(np.array(values, np.float32)[np.newaxis, :, np.newaxis], 3, axis=2)


def test_what_saw_no_light_is_orange() -> None:
    """Unexposed negative has the base's densities, fresh or faded: couplers do not fade."""
    for scan in (negative_frame(greys(0)), negative_frame(greys(0), retention=SEVERE)):
        np.testing.assert_allclose(density(scan)[0, 0], BASE_DENSITY, atol=ROUNDING)


def test_greys_are_upside_down_and_as_steep_as_a_negative() -> None:
    """White is 1.38 above the base, and the straight line rises 0.6 for each decade of light."""
    tenth = 10 ** (-1 / 2.4)

    above = density(negative_frame(greys(1, tenth)))[0] - BASE_DENSITY

    np.testing.assert_allclose(above[0], GAMMA * np.log10(1 + 1 / TOE_LIGHT), atol=0.03)
    np.testing.assert_allclose(above[0] - above[1], GAMMA, atol=0.03)


def test_order_turns_round_everywhere() -> None:
    """A lighter grey is darker on the negative, below black and beyond white too."""
    scan = negative_frame(greys(*np.linspace(-0.3, 3, 801)))

    assert np.diff(scan[0], axis=0).max() < 0


def test_negative_stock_is_the_models_own_3x3() -> None:
    """`NEGATIVE_STOCKS` has the spectral model's M to three decimals; `dye_matrix` finds it."""
    np.testing.assert_allclose(dye_matrix("negative"), negative_dye_matrix(), atol=0.0005 + 1e-6)
    assert list(NEGATIVE_STOCKS) == ["negative"]


def test_mask_cancels_side_absorptions() -> None:
    """Couplers that lose their colour take away most of what the dyes absorb beside their own."""
    dyes = bands_of(DYES, STATUS_M)
    curves = neutral_units(DYES, STATUS_M) * dyes.curves
    bare = dye_slopes(Bands(dyes.wavelengths, dyes.weights, curves))

    masked = negative_dye_matrix()

    for row, column in ((1, 0), (2, 0), (2, 1)):
        assert masked[row, column] < 0.35 * bare[row, column]


def test_its_3x3_turns_it_back_into_the_picture() -> None:
    """Densities above the base, through the inverse of M and the curve, give the light back."""
    picture = np.random.default_rng(1).uniform(0.05, 1, (20, 30, 3)).astype(np.float32)
    above = density(negative_frame(picture)) - BASE_DENSITY

    amounts = above @ np.linalg.inv(dye_matrix("negative")).T

    light = np.maximum((10 ** (amounts / GAMMA) - 1) * TOE_LIGHT, 0)
    errors = np.abs(light ** (1 / 2.4) - picture)
    assert errors.mean() < 0.01
    assert errors.max() < 0.1


def test_a_faded_negative_has_lost_density_in_red_most() -> None:
    """What cyan there was is gone, so that lights and darks differ least in red."""
    scan = density(negative_frame(greys(0, 1), retention=SEVERE))[0]

    red, green, blue = scan[1] - scan[0]
    assert red < 0.4 * green
    assert red < 0.6 * blue


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_negative_frame_refuses_what_is_no_picture(shape: tuple[int, ...]) -> None:
    """The message gives the shape."""
    with pytest.raises(UsageError, match=r"picture: shape .*give \(height, width, 3\)"):
        negative_frame(np.zeros(shape, np.float32))
