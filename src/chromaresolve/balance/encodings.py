"""What a scan's values are: from each encoding to the density of the light, and back.

Light comes through film as 10 to the power of minus its density, so that a power of light is a
factor of density and a factor of light is an offset. Density is what the dyes add up in; and taking
a power curve's density straight from its values spares one power on the way in and one on the way
out, with the rounding of both.

Nothing is clamped: negative values are light below none, and keep their sign. Values that stand for
more light than `10 ** -LIGHTEST` are held there, which no picture reaches and float32 can carry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from chromaresolve.errors import UsageError

Pixels: TypeAlias = npt.NDArray[np.float32]
"""Pixels as they travel between rooms."""

LIGHTEST = -20.0
"""Density of the brightest light there is here: a half float reaches -4.8, as gamma 2.4 -11.6."""

NO_LIGHT = 1e-36
"""What the logarithm of 0 is taken of: near the least number that graphics cards do not flush."""

MOST_DECADES = 30.0
"""Up to which power of ten a logarithm is undone: beyond any light above, and within float32."""

_STOPS = math.log2(10)  # of one density; numpy has a fast 2 ** x and no 10 ** x


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCurve:
    """A display's curve: light is a power of the value, odd around 0, perhaps with a straight toe.

    `light = ((value + offset) / (1 + offset)) ** exponent`, and `value / slope` up to `toe`.
    """

    exponent: float
    """Of light."""
    offset: float = 0.0
    """Added to the value before the power."""
    toe: float = 0.0
    """Value up to which the curve is straight; 0 for a power all the way."""
    slope: float = 1.0
    """Value over light in the toe."""

    def value_to_density(self, value: Pixels) -> tuple[Pixels, Pixels]:
        """Return the density of the light, and the light's sign: -1, 0 or 1."""
        size = np.maximum(np.abs(value), np.float32(NO_LIGHT))
        density = np.log10((size + np.float32(self.offset)) * np.float32(1 / (1 + self.offset)))
        density *= np.float32(-self.exponent)
        if self.toe:
            in_toe = size <= np.float32(self.toe)
            density[in_toe] = np.float32(math.log10(self.slope)) - np.log10(size[in_toe])
        return density, np.sign(value)

    def density_to_value(self, density: Pixels, sign: Pixels) -> Pixels:
        """Return the value of light of this density and sign."""
        size = _power_of_ten(density * np.float32(-1 / self.exponent))
        if self.toe:
            size = size * np.float32(1 + self.offset) - np.float32(self.offset)
            in_toe = density >= np.float32(-math.log10(self.toe / self.slope))
            size[in_toe] = np.float32(self.slope) * _power_of_ten(-density[in_toe])
        return np.asarray(size * sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCurve:
    """A camera's or scanner's curve: the value is a logarithm of light, straight below a cut.

    `value = scale * log10(gain * light + lift) + shift`, and `slope * light + intercept` up to
    `cut`.
    """

    gain: float
    """Of light."""
    lift: float
    """Added to the light's part."""
    scale: float
    """Value of one decade."""
    shift: float
    """Value where the logarithm is 0."""
    cut: float
    """Value up to which the curve is straight."""
    slope: float
    """Value over light of the straight part."""
    intercept: float
    """Value of no light on the straight part."""

    def value_to_density(self, value: Pixels) -> tuple[Pixels, Pixels]:
        """Return the density of the light, and the light's sign: -1, 0 or 1."""
        most = self.scale * MOST_DECADES + self.shift
        decades = np.clip(value, np.float32(self.cut), np.float32(most)) - np.float32(self.shift)
        light = _power_of_ten(decades * np.float32(1 / self.scale))
        light = (light - np.float32(self.lift)) * np.float32(1 / self.gain)
        straight = value <= np.float32(self.cut)
        light[straight] = (value[straight] - np.float32(self.intercept)) / np.float32(self.slope)
        size = np.maximum(np.abs(light), np.float32(NO_LIGHT))
        return -np.log10(size, out=size), np.sign(light)

    def density_to_value(self, density: Pixels, sign: Pixels) -> Pixels:
        """Return the value of light of this density and sign."""
        light = _power_of_ten(-density) * sign
        straight = light <= np.float32((self.cut - self.intercept) / self.slope)
        part = np.float32(self.gain) * light + np.float32(self.lift)
        value = np.log10(np.maximum(part, np.float32(NO_LIGHT)))
        value = value * np.float32(self.scale) + np.float32(self.shift)
        value[straight] = np.float32(self.slope) * light[straight] + np.float32(self.intercept)
        return np.asarray(value)


def _cineon() -> LogCurve:
    """Return Kodak's curve of printing density: 0.002 a code, through a negative's gamma of 0.6.

    Kodak, "Grayscale Transformations of Cineon Digital Film Data", 1993: light is
    `(10 ** ((code - 685) * 0.002 / 0.6) - b) / (1 - b)`, 1 at 90 % white on code 685 and 0 at black
    on code 95. Below code 0, which Kodak's codes do not reach, it is that curve's tangent.
    """
    scale = 300 / 1023
    black = 10 ** ((95 - 685) / 300)
    lowest = 10 ** (-685 / 300)
    slope = scale / math.log(10) * (1 - black) / lowest
    return LogCurve(
        gain=1 - black,
        lift=black,
        scale=scale,
        shift=685 / 1023,
        cut=0.0,
        slope=slope,
        intercept=-slope * (lowest - black) / (1 - black),
    )


ENCODINGS: Mapping[str, PowerCurve | LogCurve] = MappingProxyType(
    {
        # Light as it is.
        "linear": PowerCurve(exponent=1.0),
        # Rec. ITU-R BT.1886, annex 1, with a black of 0.
        "gamma24": PowerCurve(exponent=2.4),
        # IEC 61966-2-1.
        "srgb": PowerCurve(exponent=2.4, offset=0.055, toe=0.04045, slope=12.92),
        "cineon": _cineon(),
        # ARRI, "ALEXA Log C Curve: Usage in VFX", 2012: LogC V3 at EI 800, of scene exposure.
        "logc3": LogCurve(
            gain=5.555556,
            lift=0.052272,
            scale=0.247190,
            shift=0.385537,
            cut=5.367655 * 0.010591 + 0.092809,
            slope=5.367655,
            intercept=0.092809,
        ),
        # Academy S-2016-001, "ACEScct: A Quasi-Logarithmic Encoding of ACES Data".
        "acescct": LogCurve(
            gain=1.0,
            lift=0.0,
            scale=math.log2(10) / 17.52,
            shift=9.72 / 17.52,
            cut=0.155251141552511,
            slope=10.5402377416545,
            intercept=0.0729055341958355,
        ),
    },
)
"""The encodings by name."""


def decode(rgb: Pixels, encoding: str) -> Pixels:
    """Return the light that encoded values stand for, any shape.

    Raises:
        UsageError: The encoding is not one of `ENCODINGS`.
    """
    density, sign = rgb_to_density(rgb, encoding)
    return np.asarray(_power_of_ten(-density) * sign)


def encode(light: Pixels, encoding: str) -> Pixels:
    """Return the encoded values that stand for light, any shape.

    Raises:
        UsageError: The encoding is not one of `ENCODINGS`.
    """
    return density_to_rgb(*rgb_to_density(light, "linear"), encoding)


def rgb_to_density(rgb: Pixels, encoding: str) -> tuple[Pixels, Pixels]:
    """Return the density of the light, whatever its sign, and that sign: -1, 0 or 1.

    No light at all has a density of 36 or more. What is not a number stays none.

    Args:
        rgb: Encoded values, any shape.
        encoding: One of `ENCODINGS`.

    Raises:
        UsageError: The encoding is unknown.
    """
    density, sign = _curve(encoding).value_to_density(np.asarray(rgb, dtype=np.float32))
    return np.maximum(density, np.float32(LIGHTEST)), sign


def density_to_rgb(density: Pixels, sign: Pixels, encoding: str) -> Pixels:
    """Return the encoded values of light of this density and sign; see `rgb_to_density`."""
    return _curve(encoding).density_to_value(np.maximum(density, np.float32(LIGHTEST)), sign)


def _curve(encoding: str) -> PowerCurve | LogCurve:
    if encoding not in ENCODINGS:
        raise UsageError(f"encoding {encoding!r}: unknown, give one of {', '.join(ENCODINGS)}")
    return ENCODINGS[encoding]


def _power_of_ten(exponent: Pixels) -> Pixels:
    return np.asarray(np.exp2(exponent * np.float32(_STOPS)))
