"""The values that stand in `shot.toml`, each read as one type and refused in one sentence."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.timecode import TIMECODE, is_drop_frame
from chromaresolve.errors import UsageError
from chromaresolve.shot.ranges import PART, FrameRange

RATE = re.compile(r"([0-9]{1,6})(?:/([0-9]{1,6}))?")
"""A frame rate: a whole number or a fraction, as in SMPTE ST 12-1 (24000/1001)."""

DECIMAL = re.compile(r"[0-9]{1,3}\.[0-9]+")
"""A rate as it is spoken of, such as 23.976: refused, for it is not exact."""

Scalar = str | int | float | bool
"""A plain value of a manifest."""


def _read_range(value: object) -> object:
    if isinstance(value, FrameRange):
        return value
    if not isinstance(value, str):
        raise ValueError(f'found {value!r}: write the frames in quotes, such as "1-100"')  # noqa: TRY004 - pydantic turns ValueError into a message
    try:
        return FrameRange.parse(value)
    except UsageError as error:
        raise ValueError(str(error)) from error


def parse_rate(text: str) -> Fraction:
    """Read a frame rate such as `24` or `24000/1001`.

    Raises:
        UsageError: The text is no rate, or not an exact one.
    """
    match = RATE.fullmatch(text)
    if not match or not int(match[1]) or (match[2] and not int(match[2])):
        raise UsageError(f"{text!r} is no exact frame rate: write {_nearest_rate(text)}")
    return Fraction(int(match[1]), int(match[2] or 1))


def _read_rate(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    try:
        return parse_rate(str(value).lower())
    except UsageError as error:
        raise ValueError(str(error)) from error


def _nearest_rate(text: str) -> str:
    """Return the exact rate that a decimal such as 23.976 stands for, in quotes."""
    if DECIMAL.fullmatch(text) and (whole := round(float(text))):
        if abs(float(text) - whole / 1.001) < 0.01:
            return f'"{whole}000/1001"'
        if float(text) == whole:
            return f'"{whole}"'
    return '"24" or "24000/1001"'


def _read_timecode(value: object) -> object:
    try:
        is_drop_frame(str(value))
    except BridgeError as error:
        remedy = 'write it in quotes as "01:00:00:00", or "01:00:00;00" for drop frame'
        raise ValueError(f"found {str(value)!r}: {remedy}") from error
    return value


def _read_reel(value: object) -> object:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f'found {value!r}: write the reel\'s name in quotes, such as "A001"')
    return value


def _read_scalar(value: object) -> object:
    if not isinstance(value, Scalar):
        raise ValueError(f"found {value!r}: write text, a number, true or false")  # noqa: TRY004 - as above
    return value


Frames = Annotated[
    FrameRange,
    BeforeValidator(_read_range),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{PART.pattern}(,{PART.pattern})*$",
            "examples": ["1-100", "1-10,20-30:2"],
        },
    ),
]
"""A frame range written as `1-10,20-30:2`."""

Rate = Annotated[
    Fraction,
    BeforeValidator(_read_rate),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{RATE.pattern}$"},
                {"type": "integer", "minimum": 1},
            ],
            "examples": ["24", "24000/1001"],
        },
    ),
]
"""A frame rate as an exact fraction, written `24` or `24000/1001`."""

FileName = Annotated[str, Field(min_length=1)]
"""A file or the pattern of a sequence, relative to the shot folder, with forward slashes."""

Timecode = Annotated[
    str,
    BeforeValidator(_read_timecode),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{TIMECODE.pattern}$",
            "examples": ["01:00:41:17", "01:00:41;18"],
        },
    ),
]
"""A timecode, `01:00:41:17`, or `01:00:41;18` in drop frame."""

Reel = Annotated[
    str,
    BeforeValidator(_read_reel),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": ["A001"]}),
]
"""The name of a reel, on one line."""

Plain = Annotated[Scalar, BeforeValidator(_read_scalar)]
"""A plain value, refused in one sentence rather than one for each type that it is not."""
