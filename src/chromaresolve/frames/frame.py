"""What one frame is: its pixels, its other channels, and its header."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = NDArray[np.float32]
"""Red, green and blue, shape (height, width, 3); its colour state is in the name it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A rectangle of pixels, placed as EXR places it: x to the right, y downwards."""

    x: int
    """Left edge; negative in a plate with overscan."""
    y: int
    """Top edge; negative in a plate with overscan."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""

    def __str__(self) -> str:
        """Return the window as an editor writes it, for example `2048x1556 at 0,0`."""
        return f"{self.width}x{self.height} at {self.x},{self.y}"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A header attribute of any EXR type, known or not, as the bytes that stand in the file."""

    kind: str
    """The EXR name of its type, for example `chromaticities`, `timecode` or `v2f`."""
    raw: bytes
    """Its value as EXR stores it (little endian)."""


AttributeValue: TypeAlias = str | int | float | Attribute
"""EXR `string`, `int` and `float` attributes are plain values; every other type stays raw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a frame carries beside its channels, so that it can be given back."""

    path: Path
    """Where the frame was read."""
    pixel_type: str
    """Of R, G and B in the file: `half`, `float`, or as stored, for example `uint8` or `uint10`."""
    data_window: Window
    """The pixels that the file holds."""
    display_window: Window
    """The picture's frame, which the data window may exceed (overscan) or not fill."""
    pixel_aspect: float
    """Width of a pixel over its height."""
    compression: str
    """As OpenImageIO names it, without its level."""
    attributes: Mapping[str, AttributeValue]
    """Every other attribute, under its EXR name."""

    @property
    def frame_rate(self) -> Fraction | None:
        """Frames per second, from `framesPerSecond`; None if the file does not say."""
        rate = self.attributes.get("framesPerSecond")
        if not isinstance(rate, Attribute) or rate.kind != "rational":
            return None
        numerator, denominator = struct.unpack("<iI", rate.raw)
        return Fraction(numerator, denominator) if denominator else None

    @property
    def timecode(self) -> str | None:
        """`01:02:03:04` (`01:02:03;04` in drop frame), from `timeCode`; None if there is none."""
        timecode = self.attributes.get("timeCode")
        if not isinstance(timecode, Attribute) or timecode.kind != "timecode":
            return None
        return _timecode_to_text(int.from_bytes(timecode.raw[:4], "little"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One frame: R, G and B, the channels beside them, and the header."""

    rgb: Rgb
    """The data window's pixels, float32, (height, width, 3), never clamped."""
    others: Mapping[str, NDArray[Any]]
    """Alpha and layers by full channel name, (height, width), as float16, float32 or uint32."""
    header: Header
    """What else the file said."""


def _timecode_to_text(packed: int) -> str:
    # SMPTE ST 12-1 time address as OpenEXR packs it for 60-field television: binary coded decimal,
    # frames in the low byte with the drop frame flag in bit 6, hours in the high byte.
    frames, seconds, minutes, hours = (
        10 * (packed >> shift + 4 & tens) + (packed >> shift & 15)
        for shift, tens in ((0, 3), (8, 7), (16, 7), (24, 3))
    )
    separator = ";" if packed >> 6 & 1 else ":"
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{frames:02}"
