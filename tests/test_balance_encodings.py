"""Encodings of scans: published values, the way back, and values no file should have."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from balance_reference import reference_decode, reference_encode
from chromaresolve.balance.encodings import (
    ENCODINGS,
    LIGHTEST,
    decode,
    density_to_rgb,
    encode,
    rgb_to_density,
)
from chromaresolve.errors import UsageError

ROUNDED = 2e-6
"""Float32's own 6e-8, through a logarithm and a power."""

NEAR_BLACK = 1e-8
"""Light near a logarithm's black is a small difference of terms of 0.01 and more."""

LOGARITHMIC = ("cineon", "logc3", "acescct")


def values(encoding: str) -> NDArray[np.float32]:
    """Encoded values from below black to beyond white, and the largest that scans come in."""
    largest = 1.5 if encoding in LOGARITHMIC else 65504.0
    ends = [-largest, -1.0, -1e-3, 0.0, 1e-3, largest]
    return np.concatenate([np.linspace(-0.5, 1.5, 2001), ends]).astype(np.float32)


@pytest.mark.parametrize(
    ("encoding", "value", "light"),
    [
        # ARRI, "ALEXA Log C Curve: Usage in VFX", table of EI 800: mid grey on 0.391.
        pytest.param("logc3", 0.391007, 0.18, id="LogC3 mid grey"),
        pytest.param("logc3", 0.092809, 0.0, id="LogC3 black"),
        # Academy S-2016-001.
        pytest.param("acescct", 0.4135884, 0.18, id="ACEScct mid grey"),
        pytest.param("acescct", 0.5547945, 1.0, id="ACEScct 1"),
        pytest.param("acescct", 1.4679964, 65504.0, id="ACEScct largest half"),
        pytest.param("acescct", 0.0729055, 0.0, id="ACEScct black"),
        # Kodak, "Grayscale Transformations of Cineon Digital Film Data".
        pytest.param("cineon", 685 / 1023, 1.0, id="Cineon 90 % white"),
        pytest.param("cineon", 95 / 1023, 0.0, id="Cineon black"),
        # One stop down from white is 0.3 of density through gamma 0.6: 90 codes.
        pytest.param("cineon", (685 - 90.3) / 1023, 0.4945771, id="Cineon one stop down"),
        # IEC 61966-2-1.
        pytest.param("srgb", 0.5, 0.2140411, id="sRGB half"),
        pytest.param("srgb", 0.04045, 0.0031308, id="sRGB end of the toe"),
        pytest.param("srgb", -0.5, -0.2140411, id="sRGB below 0"),
        # Rec. ITU-R BT.1886: 0.5 ** 2.4.
        pytest.param("gamma24", 0.5, 0.1894646, id="gamma 2.4 half"),
        pytest.param("gamma24", -0.5, -0.1894646, id="gamma 2.4 below 0"),
        pytest.param("linear", 0.18, 0.18, id="linear"),
    ],
)
def test_encodings_give_published_values(encoding: str, value: float, light: float) -> None:
    """Both ways, to the digits that were published."""
    decoded = decode(np.array([value], np.float32), encoding)
    encoded = encode(np.array([light], np.float32), encoding)

    np.testing.assert_allclose(decoded, light, rtol=5e-5, atol=1e-7)
    np.testing.assert_allclose(encoded, value, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_decode_and_encode_are_what_was_published(encoding: str) -> None:
    """Against the published formulas in float64, over all values."""
    value = values(encoding)
    light = reference_decode(value, encoding)

    np.testing.assert_allclose(decode(value, encoding), light, rtol=5e-6, atol=NEAR_BLACK)
    np.testing.assert_allclose(
        encode(light.astype(np.float32), encoding),
        reference_encode(light.astype(np.float32), encoding),
        rtol=ROUNDED,
        atol=ROUNDED,
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_values_come_back(encoding: str) -> None:
    """Through light and through density: negative, large, and zero exactly where it is no light."""
    value = values(encoding)

    for back in (
        encode(decode(value, encoding), encoding),
        density_to_rgb(*rgb_to_density(value, encoding), encoding),
    ):
        np.testing.assert_allclose(back, value, rtol=ROUNDED, atol=ROUNDED)
        assert encoding in LOGARITHMIC or (back[value == 0] == 0).all()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_light_rises_with_the_value(encoding: str) -> None:
    """Strictly, across every join of a curve."""
    value = np.arange(-1, 1.3, 1e-4, dtype=np.float32)

    assert (np.diff(decode(value, encoding)) > 0).all()


def test_density_is_the_logarithm_of_light() -> None:
    """Light of a tenth has a density of 1, also below 0, where the sign says so."""
    light = np.array([1.0, 0.1, -0.1, 0.01, 0.0], np.float32)

    density, sign = rgb_to_density(light, "linear")

    np.testing.assert_allclose(density[:4], [0, 1, 1, 2], atol=ROUNDED)
    assert density[4] > 30
    np.testing.assert_array_equal(sign, [1, 1, -1, 1, 0])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_not_a_number_stays_none_and_the_rest_is_finite(encoding: str) -> None:
    """Infinity becomes the brightest light there is here; float32's largest value, too."""
    largest = float(np.finfo(np.float32).max)
    value = np.array([np.nan, np.inf, -np.inf, largest, -largest, 1e-45], np.float32)

    light = decode(value, encoding)
    back = encode(light, encoding)

    np.testing.assert_array_equal(np.isnan(light), [True] + 5 * [False])
    np.testing.assert_array_equal(np.isfinite(back), [False] + 5 * [True])
    assert light[1] == pytest.approx(10**-LIGHTEST, rel=1e-5)


@pytest.mark.parametrize("shape", [(0,), (5,), (2, 3, 3)])
def test_any_shape_keeps_it(shape: tuple[int, ...]) -> None:
    """None, a row, a picture."""
    for encoding in ENCODINGS:
        assert decode(np.full(shape, 0.5, np.float32), encoding).shape == shape


def test_unknown_encoding_is_refused() -> None:
    """The known ones are named."""
    with pytest.raises(
        UsageError, match=r"encoding 'rec709': unknown, give one of linear, gamma24"
    ):
        decode(np.zeros(3, np.float32), "rec709")
