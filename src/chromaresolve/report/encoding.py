"""Pictures for a browser: sRGB, tagged as such, and no larger than a page has room for.

The shot's pictures are Rec.709 primaries shown at gamma 2.4; a browser takes sRGB. Both have the
same primaries and white, so a value is decoded to light with the one curve and encoded with the
other, and the picture says by its ICC profile which curve that is.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.frames import Rgb, cores
from chromaresolve.report.profile import CURVE, srgb_profile

Codes: TypeAlias = NDArray[np.uint8]
"""8 bit sRGB, (height, width, 3)."""

DISPLAY_GAMMA = 2.4
"""Of the monitor that the shot's values are meant for: ITU-R BT.1886 with black at 0."""

TABLE_CODES = 65535
"""Steps of the table between the two curves: 256 times finer than the codes that come out."""

QUALITIES = (90, 85, 80, 72, 64, 56, 48, 40, 32)
"""JPEG qualities of luma that a picture is written with, the best that fits. Chroma is written
half way from there to 100: colour is what is judged, and it takes a fraction of what grain does.
Measured on 4K with 2 % grain: at 32, chroma is off by 1.0 of 255 and luma by 4.0 (rms)."""

SHRINKS = (1, 2, 4, 8)
"""What a picture's sides are divided by where no quality fits."""

SAMPLE = 96
"""Side of the tiles that a picture's size is foretold from, in pixels; a multiple of a JPEG
block."""

SAMPLE_TILES = 6
"""Tiles across, and down."""

HEADROOM = 1.06
"""What is foretold from a sample may be off by so much; what is off by more is written again."""

ICC_MARKER = b"\xff\xe2"
"""APP2, where a JPEG carries its profile: ICC.1:2010, annex B.4."""

SRGB_CHUNK = b"\x00\x00\x00\x01sRGB\x00\xae\xce\x1c\xe9"
"""What tells in a PNG that it is sRGB, to be shown perceptually: PNG specification, 11.3.2.5."""

PNG_HEADER_BYTES = 33
"""Signature and IHDR: the chunk above has to stand behind them, before the pixels."""


def display_to_srgb(picture_709: Rgb) -> Codes:
    """Return display values, Rec.709 2.4, as sRGB codes of the same light; 0 to 1 is what fits.

    Args:
        picture_709: (height, width, 3), finite.
    """
    steps = np.clip(picture_709, 0, 1) * np.float32(TABLE_CODES) + np.float32(0.5)
    codes: Codes = _table()[steps.astype(np.uint16)]
    return codes


def write_jpeg(codes: Codes, quality: int) -> bytes:
    """Return a JPEG with every pixel's own chroma and the sRGB profile."""
    settings = (
        cv2.IMWRITE_JPEG_LUMA_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_CHROMA_QUALITY,
        (quality + 100) // 2,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        cv2.IMWRITE_JPEG_OPTIMIZE,
        1,
    )
    plain = _encode(".jpg", codes, settings)
    body = b"ICC_PROFILE\x00\x01\x01" + srgb_profile()
    return plain[:2] + ICC_MARKER + struct.pack(">H", len(body) + 2) + body + plain[2:]


def write_png(codes: Codes) -> bytes:
    """Return a PNG that says it is sRGB."""
    plain = _encode(".png", codes, (cv2.IMWRITE_PNG_COMPRESSION, 9))
    return plain[:PNG_HEADER_BYTES] + SRGB_CHUNK + plain[PNG_HEADER_BYTES:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Pictures that are compared with one another, written alike."""

    jpegs: Mapping[str, bytes]
    """By name."""
    quality: int
    """Of all of them: a wipe must not compare two qualities."""
    shrink: int
    """What their sides were divided by; 1 is full resolution."""

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(map(len, self.jpegs.values()))


def fit_pictures(pictures: Mapping[str, Codes], *, room: float) -> Fitted:
    """Write pictures at the highest resolution and then the best quality that fits into a room.

    Args:
        pictures: By name, all of one size.
        room: Bytes for all of them. What fits at no quality is written as small as it can be.
    """
    for shrink in SHRINKS:
        shown = {name: _smaller(codes, shrink) for name, codes in pictures.items()}
        fitted = _best(shown, shrink, room)
        if fitted:
            return fitted
    smallest = {name: _smaller(codes, SHRINKS[-1]) for name, codes in pictures.items()}
    jpegs = _write_all(smallest, QUALITIES[-1])
    return Fitted(jpegs=jpegs, quality=QUALITIES[-1], shrink=SHRINKS[-1])


def _best(shown: Mapping[str, Codes], shrink: int, room: float) -> Fitted | None:
    if _foretell(shown, QUALITIES[-1]) > room * HEADROOM:
        return None
    for quality in QUALITIES:
        if _foretell(shown, quality) > room * HEADROOM:
            continue
        fitted = Fitted(jpegs=_write_all(shown, quality), quality=quality, shrink=shrink)
        if fitted.size <= room:
            return fitted
    return None


@functools.cache
def _table() -> Codes:
    light = np.linspace(0, 1, TABLE_CODES + 1) ** DISPLAY_GAMMA
    exponent, scale, offset, slope, knee = CURVE
    dark = light * (1 / slope)
    bright = (light ** (1 / exponent) - offset) / scale
    codes = np.where(light <= knee * slope, dark, bright)
    return np.asarray(np.rint(255 * codes), np.uint8)


def _encode(ending: str, codes: Codes, settings: tuple[int, ...]) -> bytes:
    is_written, file = cv2.imencode(ending, codes[..., ::-1], settings)
    if not is_written:
        raise ValueError(f"{codes.shape} is no picture")
    return file.tobytes()


def _foretell(pictures: Mapping[str, Codes], quality: int) -> float:
    """Return about how many bytes pictures take, from tiles spread over them."""
    first = next(iter(pictures.values()))
    height, width = first.shape[:2]
    if height * width <= 4 * (SAMPLE * SAMPLE_TILES) ** 2:
        return 0.0  # quicker to write than to foretell
    share: float = height * width / (SAMPLE * SAMPLE_TILES) ** 2
    return share * sum(len(write_jpeg(_tiles(codes), quality)) for codes in pictures.values())


def _tiles(codes: Codes) -> Codes:
    height, width = codes.shape[:2]
    downs, acrosses = (
        np.linspace(0, side - SAMPLE, SAMPLE_TILES).astype(int) for side in (height, width)
    )
    rows = [
        np.concatenate([codes[y : y + SAMPLE, x : x + SAMPLE] for x in acrosses], axis=1)
        for y in downs
    ]
    return np.concatenate(rows)


def _smaller(codes: Codes, shrink: int) -> Codes:
    height, width = (max(1, side // shrink) for side in codes.shape[:2])
    return np.asarray(cv2.resize(codes, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _write_all(pictures: Mapping[str, Codes], quality: int) -> dict[str, bytes]:
    with ThreadPoolExecutor(min(cores(), len(pictures))) as pool:
        jpegs = pool.map(lambda codes: write_jpeg(codes, quality), pictures.values())
        return dict(zip(pictures, jpegs, strict=True))
