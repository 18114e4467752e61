"""Stand-ins for Resolve's colour management and composite modes. They are not ACES.

What they share with the real transforms is what the tests need: an inverse output transform undoes
its output transform on 0 to 1 to the last bit of a half, and output transforms clamp. Each is one
curve on each channel; working values are what the input transform leaves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resolve_sim.world import Picture

Curve = Callable[[Picture], Picture]
"""What happens to each value."""

LUMA_709 = np.array([0.2126, 0.7152, 0.0722])
"""ITU-R BT.709-6, item 3.2."""

LUMA_W3C = np.array([0.3, 0.59, 0.11])
"""Compositing and Blending Level 1, 13.3: Lum of the non-separable blend modes."""

GAMMA = 2.4
"""ITU-R BT.1886."""


def _power(exponent: float) -> Curve:
    return lambda x: np.sign(x) * np.abs(x) ** exponent


def _identity(x: Picture) -> Picture:
    return x


def _srgb_to_linear(x: Picture) -> Picture:
    # IEC 61966-2-1.
    curved = ((np.abs(x) + 0.055) / 1.055) ** 2.4
    return np.where(np.abs(x) <= 0.04045, x / 12.92, np.sign(x) * curved)


def _linear_to_srgb(x: Picture) -> Picture:
    curved = 1.055 * np.abs(x) ** (1 / 2.4) - 0.055
    return np.where(np.abs(x) <= 0.0031308, x * 12.92, np.sign(x) * curved)


def _cct_to_linear(x: Picture) -> Picture:
    # S-2016-001, without the primaries.
    return np.where(
        x > 0.155251141552511, 2 ** (x * 17.52 - 9.72), (x - 0.0729055341958355) / 10.5402377416545
    )


def _linear_to_cct(x: Picture) -> Picture:
    logged = (np.log2(np.maximum(x, 1e-10)) + 9.72) / 17.52
    return np.where(x > 0.0078125, logged, 10.5402377416545 * x + 0.0729055341958355)


def _density_to_linear(x: Picture) -> Picture:
    # Density 0 to 2 over the code range, white at 1: the idea of ADX without its tables.
    return 10 ** (2 * (x - 1))


def _clamped(curve: Curve) -> Curve:
    return lambda x: curve(np.clip(x, 0, 1))


IDTS: dict[str, Curve] = {
    "Inverse Rec.709 BT.1886": _power(GAMMA),
    "Rec.709": _power(GAMMA),
    "Rec.709 (Camera)": _power(1 / 0.45),
    "Rec.2020": _power(GAMMA),
    "Inverse sRGB Piecewise": _srgb_to_linear,
    "sRGB": _srgb_to_linear,
    "sRGB (Texture) - CSC": _srgb_to_linear,
    "ACEScct - CSC": _cct_to_linear,
    "ADX 10 - CSC": _density_to_linear,
    "ADX 16 - CSC": _density_to_linear,
    "ARRI LogC3": _cct_to_linear,
}
"""Input transforms; what is not here leaves values alone."""

ODTS: dict[str, Curve] = {
    "Rec.709 BT.1886": _clamped(_power(1 / GAMMA)),
    "Rec.709 BT.1886 (D60 simulation)": _clamped(lambda x: (0.95 * x) ** (1 / GAMMA)),
    "Rec.709": _clamped(_power(1 / GAMMA)),
    "Rec.709 (D60 sim.)": _clamped(lambda x: (0.95 * x) ** (1 / GAMMA)),
    "Rec.2020": _clamped(_power(1 / GAMMA)),
    "sRGB Piecewise": _clamped(_linear_to_srgb),
    "sRGB": _clamped(_linear_to_srgb),
    "P3-D65": _clamped(_power(1 / 2.6)),
    "P3-DCI": _clamped(_power(1 / 2.6)),
    "ACEScct - CSC": _linear_to_cct,
}
"""Output transforms; what is not here leaves values alone, the HDR ones halve the display's."""


def decode(picture: Picture, idt: str) -> Picture:
    """Return working values of a clip's own."""
    return IDTS.get(idt, _identity)(picture)


def encode(working: Picture, odt: str) -> Picture:
    """Return the values of a display, clamped, or of a file without an output transform."""
    if "ST2084" in odt:
        return 0.5 * ODTS["Rec.2020"](working)
    return ODTS.get(odt, _identity)(working)


def to_display(working: Picture) -> Picture:
    """Return display values that were not clamped."""
    return _power(1 / GAMMA)(working)


def from_display(display: Picture) -> Picture:
    """Return working values of display values."""
    return _power(GAMMA)(display)


def apply_cdl(working: Picture, cdl: tuple[tuple[float, ...], ...]) -> Picture:
    """Return what an ASC CDL makes of working values, which it clamps at 0 from below."""
    slope, offset, power, (saturation,) = (np.array(one) for one in cdl)
    graded = np.maximum(working * slope + offset, 0) ** power
    luma = _luma(graded, LUMA_709)
    saturated: Picture = luma + saturation * (graded - luma)
    return saturated


def blend(mode: str, bottom: Picture, top: Picture, *, color: str) -> Picture:
    """Return a composite mode's picture; those that film recovery has no use for are Normal."""
    if mode == "COLORIZE":
        return _colour_hsl(bottom, top) if color == "hsl" else _colour_ycbcr(bottom, top)
    modes: dict[str, Callable[[Picture, Picture], Picture]] = {
        "ADD": lambda b, t: b + t,
        "SUBTRACT": lambda b, t: b - t,
        "DIFF": lambda b, t: np.abs(b - t),
        "MULTIPLY": lambda b, t: b * t,
        "SCREEN": lambda b, t: b + t - b * t,
        "DARKEN": np.minimum,
        "LIGHTEN": np.maximum,
        "EXCLUSION": lambda b, t: b + t - 2 * b * t,
        "SATURATE": _saturate,
        "HUE": lambda b, t: _saturate(_colour_ycbcr(b, t), b),
        "LUM": lambda b, t: _colour_ycbcr(t, b),
    }
    return modes[mode](bottom, top) if mode in modes else top


def _luma(rgb: Picture, weights: Picture) -> Picture:
    luma: Picture = rgb @ weights
    return luma[..., None]


def _colour_ycbcr(bottom: Picture, top: Picture) -> Picture:
    # Adding one number to R, G and B moves Y' by it and leaves Cb and Cr alone.
    return top + _luma(bottom - top, LUMA_709)


def _saturate(bottom: Picture, top: Picture) -> Picture:
    luma = _luma(bottom, LUMA_709)
    chroma = bottom - luma
    span, wanted = (
        one.max(-1, keepdims=True) - one.min(-1, keepdims=True) for one in (bottom, top)
    )
    return luma + chroma * _ratio(wanted, span)


def _colour_hsl(bottom: Picture, top: Picture) -> Picture:
    lum = _luma(bottom, LUMA_W3C)
    moved = top + lum - _luma(top, LUMA_W3C)
    low, high = moved.min(-1, keepdims=True), moved.max(-1, keepdims=True)
    moved = np.where(low < 0, lum + (moved - lum) * _ratio(lum, lum - low), moved)
    return np.where(high > 1, lum + (moved - lum) * _ratio(1 - lum, high - lum), moved)


def _ratio(a: Picture, b: Picture) -> Picture:
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)
