"""Display values to the Y'CbCr planes of video.

Our own conversion, in float, rounded once: a codec's front end takes 8 bits and guesses the matrix
and the range from the picture's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr
from chromaresolve.frames import Rgb
from chromaresolve.movie.codecs import Codec

LUMA_CODES, LUMA_BLACK = 219, 16
"""8-bit codes from black to white, and black's; ITU-R BT.709-6, item 5.4."""

CHROMA_CODES, CHROMA_NEUTRAL = 224, 128
"""8-bit codes from -0.5 to 0.5, and neutral's; the same item."""

Plane = NDArray[Any]
"""Codes of one component, (height, width), uint8 or uint16."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """One picture as video stores it."""

    luma: Plane
    """Y', (height, width)."""
    cb: Plane
    """Every other column of it, and in 4:2:0 every other row."""
    cr: Plane
    """The same size."""

    def __iter__(self) -> Iterator[Plane]:
        """Go through the three in the order in which video stores them."""
        return iter((self.luma, self.cb, self.cr))


def pad_to_even(picture_709: Rgb) -> Rgb:
    """Repeat the last row and column where their number is odd: chroma comes in pairs."""
    height, width, _ = picture_709.shape
    if height % 2 == width % 2 == 0:
        return picture_709
    return np.pad(picture_709, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def clamp_to_planes(picture_709: Rgb, codec: Codec) -> Planes:
    """Return limited-range codes of Rec.709 2.4 values of even size.

    Below black and above white, video has room for -0.07 to 1.09; what lies beyond is clamped to
    the codes that are no synchronisation words.
    """
    ycbcr = rgb_to_ycbcr(picture_709)
    chroma = _halve_columns(ycbcr[..., 1:])
    if codec.has_half_rows:
        chroma = (chroma[::2] + chroma[1::2]) * np.float32(0.5)  # between rows, as H.264 has it
    return Planes(
        luma=_codes(ycbcr[..., 0], LUMA_CODES, LUMA_BLACK, codec),
        cb=_codes(chroma[..., 0], CHROMA_CODES, CHROMA_NEUTRAL, codec),
        cr=_codes(chroma[..., 1], CHROMA_CODES, CHROMA_NEUTRAL, codec),
    )


def _halve_columns(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keep every other column, weighed 1 2 1 with its neighbours: co-sited, ITU-R BT.709-6, 4.2."""
    even, odd = chroma[:, ::2], chroma[:, 1::2]
    before = np.concatenate((even[:, :1], odd[:, :-1]), axis=1)
    halved: NDArray[np.float32] = (before + 2 * even + odd) * np.float32(0.25)
    return halved


def _codes(values: NDArray[np.float32], codes: int, offset: int, codec: Codec) -> Plane:
    scale = 2 ** (codec.bits - 8)
    lowest, highest = scale, 255 * scale - 1
    exact = values * np.float32(codes * scale) + np.float32(offset * scale)
    rounded: Plane = np.rint(np.clip(exact, lowest, highest))
    return rounded.astype(np.uint8 if codec.bits == 8 else np.uint16)
