"""How recovered colour meets a plate on display values: the exact merge, and W3C's Color blend.

The exact merge is ours: the plate's Rec.709 luma with the recovered Rec.709 chroma. Resolve's own
composite mode Color is described in its manual, luma of the bottom with hue and saturation of the
top, but not to the last digit. The published blend of that name is the non-separable `Color` of
W3C Compositing and Blending Level 1, section 10.2, the same as that of ISO 32000-1, 11.3.5.3; it
is here so that the two can be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import merge_chroma, rgb_to_chroma, round_to_half
from chromaresolve.frames import Rgb

LUM_WEIGHTS = (0.3, 0.59, 0.11)
"""Share of red, green and blue in `Lum`; both standards. They are Rec.601's luma, rounded."""


def merge_frame(plate_709: Rgb, recovered_709: Rgb) -> tuple[Rgb, float]:
    """Merge one frame: the plate's luma, the recovered chroma.

    Args:
        plate_709: Display values as on file, (height, width, 3), any range.
        recovered_709: The same size.

    Returns:
        The composite as a half EXR holds it, luma exact, and the share of pixels whose chroma had
        to give way to fit the plate's bounds.
    """
    merge = merge_chroma(plate_709, rgb_to_chroma(recovered_709))
    return round_to_half(merge.rgb, plate_709).astype(np.float32), merge.gamut_share


def blend_color(bottom_709: Rgb, top_709: Rgb) -> Rgb:
    """Return SetLum(top, Lum(bottom)): the top moved along the greys until its Lum is the bottom's.

    The standards go on with ClipColor, for they blend colours from 0 to 1. Resolve keeps what lies
    outside, and so does this; `clamp_color` is their last step.

    Args:
        bottom_709: Display values (..., 3), any range; W3C's backdrop.
        top_709: The same shape; W3C's source.
    """
    # Lum of the difference, not difference of the Lums: two equal pictures come back to the bit.
    shift = _lum(np.asarray(bottom_709, dtype=np.float32) - top_709)
    blended: Rgb = top_709 + shift[..., None]
    return blended


def clamp_color(rgb_709: Rgb) -> Rgb:
    """Return ClipColor: colours outside 0 to 1 pulled in towards the grey of their Lum.

    A Lum that is itself outside, which the standards do not have, becomes black or white.
    """
    lum = np.clip(_lum(rgb_709), 0, 1)[..., None]
    colour = rgb_709 - lum
    room = np.where(colour > 0, 1 - lum, lum)
    is_outside = (rgb_709 < 0) | (rgb_709 > 1)
    scale = np.divide(room, np.abs(colour), out=np.ones_like(colour), where=is_outside)
    clamped: Rgb = lum + colour * np.minimum(scale.min(axis=-1, keepdims=True), 1)
    return clamped


def _lum(rgb_709: Rgb) -> NDArray[np.float32]:
    lum: NDArray[np.float32] = rgb_709 @ np.array(LUM_WEIGHTS, dtype=np.float32)
    return lum
