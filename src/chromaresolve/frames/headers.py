"""What OpenImageIO says of an open frame, as our header record."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import OpenImageIO as oiio

from chromaresolve.frames.attributes import read_attributes
from chromaresolve.frames.frame import Attribute, AttributeValue, Header, Window
from chromaresolve.frames.opening import is_exr, rgb_names

EXR_NAMES = {"Copyright": "owner", "DateTime": "capDate", "ImageDescription": "comments"}
"""Standard EXR names of what DPX, TIFF and PNG headers say under other names."""

RATE_NAMES = frozenset({"dpx:FrameRate", "dpx:TemporalFrameRate"})
"""Where DPX keeps frames per second: in its film and in its television header (SMPTE ST 268)."""

LARGEST_DENOMINATOR = 1001
"""Of a frame rate: 24000/1001 and its kin have the largest in use."""

NEAR_RATE = 2e-4
"""Relative: 23.976 is 1e-6 away from 24000/1001, 23.98 is 1.7e-4 away, and 24 is 1e-3 away."""

UNCARRIED = frozenset(
    {
        "Orientation", "PixelAspectRatio", "ResolutionUnit", "XResolution", "YResolution",
        "compression", "planarconfig",
    },
)  # fmt: skip
"""Attributes of DPX, TIFF and PNG that say how that file was stored, or have their own field."""

UNCARRIED_GROUPS = ("ICCProfile:", "oiio:", "png:", "tiff:")
"""The same, by the start of their names."""


def image_to_header(path: Path, image: oiio.ImageInput) -> Header:
    """Return the header of an open frame; attributes of DPX, TIFF and PNG get EXR names and types.

    Raises:
        FrameError: An EXR's attribute list is damaged.
    """
    spec = image.spec()
    return Header(
        path=path,
        pixel_type=_pixel_type(spec),
        data_window=Window(x=spec.x, y=spec.y, width=spec.width, height=spec.height),
        display_window=Window(
            x=spec.full_x, y=spec.full_y, width=spec.full_width, height=spec.full_height
        ),
        pixel_aspect=spec.get_float_attribute("PixelAspectRatio", 1.0),
        compression=spec.get_string_attribute("compression", "none"),
        attributes=read_attributes(path) if is_exr(image) else _to_exr_attributes(spec),
    )


def rate_to_attribute(rate: Fraction) -> Attribute:
    """Return a frame rate as EXR keeps it in `framesPerSecond`."""
    return Attribute("rational", struct.pack("<iI", rate.numerator, rate.denominator))


def _pixel_type(spec: oiio.ImageSpec) -> str:
    kind = str(spec.channelformat(spec.channelindex(rgb_names(spec)[0])))
    bits = spec.get_int_attribute("oiio:BitsPerSample")
    return f"uint{bits}" if kind.startswith("uint") and bits else kind


def _to_exr_attributes(spec: oiio.ImageSpec) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    for found in spec.extra_attribs:
        name: str = found.name
        value: Any = found.value
        if name == "smpte:TimeCode":
            attributes["timeCode"] = Attribute("timecode", struct.pack("<2I", *value))
        elif name == "smpte:KeyCode":
            attributes["keyCode"] = Attribute("keycode", struct.pack("<7i", *value))
        elif name in RATE_NAMES and value > 0:
            attributes["framesPerSecond"] = rate_to_attribute(_exact_rate(value))
        elif _is_carried(name, value):
            attributes[EXR_NAMES.get(name, name)] = value
    return attributes


def _is_carried(name: str, value: object) -> bool:
    if name in UNCARRIED or name.startswith(UNCARRIED_GROUPS):
        return False
    if isinstance(value, int):
        return -(2**31) <= value < 2**31
    return isinstance(value, str | float)


def _exact_rate(rate: float) -> Fraction:
    # 23.976 (or 23.98) and 29.97 stand for 24 and 30 over 1.001.
    ntsc = Fraction(round(rate * 1.001) * 1000, LARGEST_DENOMINATOR)
    if abs(rate / ntsc - 1) < NEAR_RATE:
        return ntsc
    return Fraction(rate).limit_denominator(LARGEST_DENOMINATOR)
