"""Luma and chroma of Rec.709 pictures: split, join, and nothing else.

One chroma pixel is `[Cb, Cr]`. All functions take any leading shape, return float32 and keep values
below 0 and above 1. Luma is written as G' plus two differences, so that a neutral pixel's luma is
that very value and its chroma exactly 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
"""Pixels of any float type, as they come from a file or another room."""

Pixels = npt.NDArray[np.float32]
"""Pixels as they travel between rooms."""

LUMA_WEIGHTS = (0.2126, 0.7152, 0.0722)
"""Share of R', G' and B' in luma; Rec. ITU-R BT.709-6, item 3.2."""

CB_RANGE = 2 * (1 - LUMA_WEIGHTS[2])
"""Divisor of B' - Y', 1.8556; Rec. ITU-R BT.709-6, item 3.3."""

CR_RANGE = 2 * (1 - LUMA_WEIGHTS[0])
"""Divisor of R' - Y', 1.5748; Rec. ITU-R BT.709-6, item 3.3."""

_G_FROM_CB = LUMA_WEIGHTS[2] * CB_RANGE / LUMA_WEIGHTS[1]
_G_FROM_CR = LUMA_WEIGHTS[0] * CR_RANGE / LUMA_WEIGHTS[1]


def rgb_to_luma(rgb: Floats) -> Pixels:
    """Return Y' of R'G'B', shape (...) for (..., 3)."""
    red, green, blue = _channels(rgb)
    luma = (red - green) * np.float32(LUMA_WEIGHTS[0])
    luma += (blue - green) * np.float32(LUMA_WEIGHTS[2])
    luma += green
    return luma


def rgb_to_chroma(rgb: Floats) -> Pixels:
    """Return [Cb, Cr] of R'G'B', shape (..., 2) for (..., 3)."""
    return rgb_to_ycbcr(rgb)[..., 1:]


def rgb_to_ycbcr(rgb: Floats) -> Pixels:
    """Return [Y', Cb, Cr] of R'G'B', shape (..., 3)."""
    red, _, blue = _channels(rgb)
    luma = rgb_to_luma(rgb)
    cb = (blue - luma) / np.float32(CB_RANGE)
    cr = (red - luma) / np.float32(CR_RANGE)
    return np.stack((luma, cb, cr), axis=-1)


def ycbcr_to_rgb(ycbcr: Floats) -> Pixels:
    """Return R'G'B' of [Y', Cb, Cr], shape (..., 3)."""
    return luma_chroma_to_rgb(ycbcr[..., 0], ycbcr[..., 1:])


def luma_chroma_to_rgb(luma: Floats, chroma: Floats) -> Pixels:
    """Return R'G'B', shape (..., 3), that has this luma (...) and this chroma (..., 2)."""
    luma = np.asarray(luma, dtype=np.float32)
    chroma = np.asarray(chroma, dtype=np.float32)
    cb, cr = chroma[..., 0], chroma[..., 1]
    rgb = np.empty((*luma.shape, 3), dtype=np.float32)
    rgb[..., 0] = luma + cr * np.float32(CR_RANGE)
    rgb[..., 1] = luma - cb * np.float32(_G_FROM_CB) - cr * np.float32(_G_FROM_CR)
    rgb[..., 2] = luma + cb * np.float32(CB_RANGE)
    return rgb


def _channels(rgb: Floats) -> tuple[Pixels, Pixels, Pixels]:
    rgb = np.asarray(rgb, dtype=np.float32)
    return rgb[..., 0], rgb[..., 1], rgb[..., 2]
