"""CIEDE2000 against its authors' table and another implementation, and the way to L*a*b*."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000

from chromaresolve.colour import (
    delta_e_2000,
    display_709_to_lab,
    lab_delta_e_2000,
    rgb_to_xyz_matrix,
)

SHARMA_PAIRS = np.array(
    [
        (50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425),
        (50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615),
        (50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412),
        (50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000),
        (50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669),
        (50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195),
        (50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195),
        (50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045),
        (50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045),
        (50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461),
        (50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065),
        (50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492),
        (50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977),
        (50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030),
        (50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535),
        (50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000),
        (50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000),
        (50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000),
        (50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000),
        (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
        (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
        (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
        (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
        (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
        (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
        (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
        (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
        (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
        (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
    ]
)
"""L*a*b* of two colours and their CIEDE2000: Sharma, Wu and Dalal, 2005, table 1, all 34 pairs."""

TABLE_ROUNDING = 5.1e-5
"""The table is given to four decimals."""

FLOAT32_DIFFERENCE = 5e-4
"""Pictures are compared in float32; measured off by 1.6e-4 on two million random pixels."""


@pytest.mark.parametrize("swapped", [False, True])
def test_difference_meets_the_authors_table(*, swapped: bool) -> None:
    """All 34 pairs, both ways round, agree to the table's last digit."""
    first, second = SHARMA_PAIRS[:, 0:3], SHARMA_PAIRS[:, 3:6]
    pair = (second, first) if swapped else (first, second)

    off = np.abs(lab_delta_e_2000(*pair) - SHARMA_PAIRS[:, 6])

    assert off.max() <= TABLE_ROUNDING, f"pair {off.argmax() + 1} is off by {off.max()}"


def test_difference_agrees_with_scikit_image() -> None:
    """Random colours agree with another implementation."""
    draw = np.random.default_rng(1)
    first, second = draw.uniform((0, -120, -120), (100, 120, 120), (2, 100, 100, 3))

    theirs = deltaE_ciede2000(first, second)  # type: ignore[no-untyped-call]
    off = np.abs(lab_delta_e_2000(first, second) - theirs)

    assert off.max() < 1e-9


def test_difference_of_pictures_is_good_to_float32() -> None:
    """Pictures compared in float32 come out as in float64."""
    draw = np.random.default_rng(2)
    first = draw.random((150, 150, 3), dtype=np.float32)
    second = first + draw.normal(0, 0.05, first.shape).astype(np.float32)

    measured = delta_e_2000(first, second)

    exact = lab_delta_e_2000(
        display_709_to_lab(first).astype(np.float64), display_709_to_lab(second).astype(np.float64)
    )
    assert measured.shape == (150, 150)
    assert measured.dtype == np.float32
    assert np.abs(measured - exact).max() < FLOAT32_DIFFERENCE


def test_difference_of_a_picture_with_itself_is_zero() -> None:
    """Nothing differs from itself, also below 0 and above 1, in any layout."""
    picture = np.random.default_rng(3).uniform(-0.5, 12, (64, 33, 3))[::-1]

    assert not delta_e_2000(picture, picture).any()


def test_difference_refuses_other_sizes() -> None:
    """Pictures of two sizes have no difference."""
    with pytest.raises(ValueError, match="no difference"):
        delta_e_2000(np.zeros((2, 2, 3)), np.zeros((2, 3, 3)))


def test_matrix_is_the_published_one() -> None:
    """The matrix derived from the primaries is the familiar one, and its Y row the luma weights."""
    published = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]

    assert rgb_to_xyz_matrix() == pytest.approx(np.array(published), abs=5.1e-5)


@pytest.mark.parametrize(
    ("display", "lightness"),
    [
        pytest.param(1.0, 100.0, id="white"),
        pytest.param(0.0, 0.0, id="black"),
        pytest.param(0.18 ** (1 / 2.4), 49.4961, id="18 % grey"),
        pytest.param(-0.5, -903.2963 * 0.5**2.4, id="below black"),
    ],
)
def test_neutrals_have_no_colour(display: float, lightness: float) -> None:
    """A neutral has the L* of CIE 15 and no a* or b*."""
    lab = display_709_to_lab(np.full((1, 1, 3), display))

    assert lab[0, 0] == pytest.approx((lightness, 0, 0), abs=2e-4)


def test_gamma_is_the_displays() -> None:
    """A display of gamma 2.2 shows the same values lighter."""
    grey = np.full((1, 1, 3), 0.5)

    assert display_709_to_lab(grey, gamma=2.2)[0, 0, 0] > display_709_to_lab(grey)[0, 0, 0] + 1
