r"""The attributes of an EXR header, byte for byte.

OpenImageIO gives attributes names of its own (`capDate` becomes `DateTime`), loses those it has no
type for, drops empty strings and stamps the date on what it writes. An archive needs its headers
back as they were, so this module reads and writes the attribute list itself; the pixels stay
OpenImageIO's. The layout is that of https://openexr.com/en/latest/OpenEXRFileLayout.html: magic
number, version, then `name\0 type\0 size value` until an empty name, then a table with the
position of every chunk of pixels in the file.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from chromaresolve.errors import FrameError, UsageError
from chromaresolve.frames.frame import Attribute, AttributeValue

FIRST_ATTRIBUTE = 8
"""After the magic number and the version field, four bytes each."""

LONG_NAMES = 0x400
"""Bit 10 of the version field: some name is longer than 31 bytes, up to 255."""

LONGEST_SHORT_NAME = 31
"""In bytes."""

LONGEST_NAME = 255
"""In bytes."""

UINT = bytes(4)
"""The pixel type uint in a channel list."""

CHANNEL_BYTES = 16
"""Of a channel list's entry after its name: pixel type, linearity, reserved, two samplings."""

DEFAULTED = frozenset({"screenWindowCenter", "screenWindowWidth"})
"""Attributes that every EXR must have: the frame's own, or else the writer's defaults."""

OWNED = frozenset(
    {
        "channels", "chunkCount", "compression", "dataWindow", "displayWindow",
        "dwaCompressionLevel", "lineOrder", "maxSamplesPerPixel", "pixelAspectRatio", "preview",
        "tiles", "type", "version",
    },
)  # fmt: skip
"""Attributes that say how one file holds its pixels: the writer's own, never carried over.

A preview would show the picture as it was before; the windows, the pixel aspect and the compression
are fields of the header record.
"""


def read_attributes(path: Path) -> dict[str, AttributeValue]:
    """Read every attribute of an EXR's first part, but those that belong to the file itself.

    Raises:
        FrameError: The header is damaged.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            found, _ = _parse(content)
        except (IndexError, ValueError) as error:
            raise FrameError(path, "header is damaged: export or copy it again") from error
    return {
        name: _attribute_to_value(attribute)
        for name, attribute in found.items()
        if name not in OWNED
    }


def replace_attributes(
    path: Path, attributes: Mapping[str, AttributeValue], *, uint_channels: Collection[str]
) -> None:
    """Give a single-part scanline EXR exactly these attributes, beside those that it owns.

    The float channels named in `uint_channels` become uint, bit for bit.

    Raises:
        UsageError: A name or a value cannot stand in an EXR header.
    """
    content = path.read_bytes()
    found, end = _parse(content)
    owned = {name: found[name] for name in found if name in OWNED | DEFAULTED}
    owned["channels"] = _mark_uint(owned["channels"], uint_channels)
    header = _build(content[:FIRST_ATTRIBUTE], owned | _values_to_attributes(attributes))
    # Lines lie in increasing order, so the first chunk follows the table and ends it.
    pixels = int.from_bytes(content[end : end + 8], "little")
    chunks = np.frombuffer(content, "<i8", (pixels - end) // 8, end)
    moved = chunks + (len(header) - end)
    with path.open("wb") as file:
        file.write(header)
        file.write(moved.tobytes())
        file.write(memoryview(content)[pixels:])


def _parse(content: bytes | mmap.mmap) -> tuple[dict[str, Attribute], int]:
    """Return the attributes, and where the header ends."""
    found = {}
    at = FIRST_ATTRIBUTE
    while content[at] != 0:
        name, at = _text(content, at)
        kind, at = _text(content, at)
        start = at + 4
        at = start + int.from_bytes(content[at:start], "little")
        found[name] = Attribute(kind, content[start:at])
    return found, at + 1


def _mark_uint(channels: Attribute, names: Collection[str]) -> Attribute:
    """Return a channel list: each entry is a name, four bytes of pixel type, and twelve others."""
    raw = bytearray(channels.raw)
    at = 0
    while raw[at] != 0:
        name, at = _text(channels.raw, at)
        if name in names:
            raw[at : at + 4] = UINT
        at += CHANNEL_BYTES
    return Attribute(channels.kind, bytes(raw))


def _text(content: bytes | mmap.mmap, at: int) -> tuple[str, int]:
    end = content.find(b"\0", at)
    if end < 0:
        raise ValueError(at)
    return _decode(content[at:end]), end + 1


def _build(start: bytes, attributes: Mapping[str, Attribute]) -> bytes:
    magic, version = struct.unpack("<2I", start)
    longest = max(len(_encode(name)) for name in attributes)
    if longest > LONGEST_SHORT_NAME:
        version |= LONG_NAMES
    entries = (
        _encode(name) + b"\0" + _encode(kind) + b"\0" + struct.pack("<I", len(raw)) + raw
        for name, kind, raw in sorted((n, a.kind, a.raw) for n, a in attributes.items())
    )
    return struct.pack("<2I", magic, version) + b"".join(entries) + b"\0"


def _values_to_attributes(values: Mapping[str, AttributeValue]) -> dict[str, Attribute]:
    for name in values:
        if name in OWNED:
            raise UsageError(f"attribute {name!r}: the writer sets it: leave it out")
        if not 0 < len(_encode(name)) <= LONGEST_NAME or "\0" in name:
            raise UsageError(f"attribute {name!r}: a name has 1 to {LONGEST_NAME} bytes, none 0")
    return {name: _value_to_attribute(name, value) for name, value in values.items()}


def _attribute_to_value(attribute: Attribute) -> AttributeValue:
    match attribute.kind, len(attribute.raw):
        case "string", _:
            return _decode(attribute.raw)
        case "int", 4:
            return int.from_bytes(attribute.raw, "little", signed=True)
        case "float", 4:
            return float(struct.unpack("<f", attribute.raw)[0])
        case _:
            return attribute


def _value_to_attribute(name: str, value: AttributeValue) -> Attribute:
    try:
        match value:
            case str():
                return Attribute("string", _encode(value))
            case int():
                return Attribute("int", struct.pack("<i", value))
            case float():
                return Attribute("float", struct.pack("<f", value))
            case Attribute():
                return value
    except (struct.error, OverflowError) as error:
        raise UsageError(f"attribute {name!r}: {value!r} does not fit into 32 bits") from error


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decode(raw: bytes) -> str:
    # EXR says nothing of the encoding; bytes that are not UTF-8 come back as they were.
    return raw.decode("utf-8", "surrogateescape")
