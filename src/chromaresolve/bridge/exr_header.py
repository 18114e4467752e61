r"""What an OpenEXR file says of itself, read and written with the standard library alone.

The layout is that of https://openexr.com/en/latest/OpenEXRFileLayout.html: magic number, version,
then `name\0 type\0 size value` until an empty name. Single-part scan line files are read: the
only ones Resolve writes.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Dict, List, Mapping, NamedTuple, Tuple

from .errors import BridgeError
from .timecode import TIMECODE

MAGIC = b"\x76\x2f\x31\x01"
"""The first four bytes of every EXR."""

FLAGS: Mapping[int, str] = {0x200: "tiled", 0x800: "a deep picture", 0x1000: "of several parts"}
"""Bits of the version field that say it is none of what is read here."""

COMPRESSIONS = (
    "none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab", "htj2k256",
    "htj2k32",
)  # fmt: skip
"""By their number in the file."""

KINDS = ("uint", "half", "float")
"""Types of a channel's values, by their number in the file."""

LONGEST_NAME = 255
"""In bytes, of an attribute or a channel."""

LARGEST_SIDE = 1 << 16
"""In pixels: twice what Resolve renders. A header that says more is damaged."""

FIRST_LOOK = 1 << 16
"""Bytes read at first: most headers have a few hundred, a preview adds some 50 000."""

LARGEST_HEADER = 1 << 24
"""Bytes at which a header that does not end is taken as damaged."""

Attributes = Mapping[str, Tuple[str, bytes]]
"""Type and value, as they lie in the file, by name."""


class Channel(NamedTuple):
    """One channel of the picture."""

    name: str
    """Such as `R` or `A`."""
    kind: str
    """`half`, `float` or `uint`."""
    sampling: Tuple[int, int]
    """(1, 1) where every pixel has a value."""


class Window(NamedTuple):
    """A rectangle of pixels."""

    x: int
    """Of its leftmost pixels."""
    y: int
    """Of its top line."""
    width: int
    """In pixels."""
    height: int
    """In lines."""


class ExrHeader(NamedTuple):
    """What one file says of itself."""

    path: Path
    """The file."""
    channels: Tuple[Channel, ...]
    """In the file's own order."""
    compression: str
    """One of `COMPRESSIONS`."""
    data_window: Window
    """The pixels that the file holds."""
    display_window: Window
    """The picture's frame."""
    pixel_aspect: float
    """Width of a pixel over its height."""
    timecode: str | None
    """Such as `01:02:03:04`, or `01:02:03;04` in drop frame."""
    frame_rate: Fraction | None
    """Frames per second."""
    chromaticities: Tuple[float, ...] | None
    """x and y of red, green, blue and white."""
    strings: Mapping[str, str]
    """Every attribute that is text, such as `reelName`."""
    end: int
    """Where the header ends in the file, and the positions of its blocks begin."""

    @property
    def names(self) -> Tuple[str, ...]:
        """The channels' names."""
        return tuple(channel.name for channel in self.channels)


def read_header(path: Path) -> ExrHeader:
    """Read what a file says of itself.

    Raises:
        BridgeError: There is no such file, it is no EXR, of another kind, or broken.
    """
    try:
        with path.open("rb") as file:
            return header_of(path, file)
    except OSError as error:
        raise unreadable(path, error) from error


def header_of(path: Path, file: BinaryIO) -> ExrHeader:
    """Read the header of an open file.

    Raises:
        BridgeError: It is no EXR, of another kind, or broken.
        OSError: It cannot be read.
    """
    for size in (FIRST_LOOK, LARGEST_HEADER):
        file.seek(0)
        content = file.read(size)
        _check_kind(path, content)
        try:
            attributes, end = _attributes(content)
            return _header(path, attributes, end)
        except EOFError:
            if len(content) < size:
                raise cut_short(path, "its header") from None
        except (KeyError, ValueError, struct.error) as error:
            raise damaged(path, "its header") from error
    raise damaged(path, "its header")


def damaged(path: Path, what: str) -> BridgeError:
    """Say that part of a file is not what it must be."""
    return BridgeError(str(path), f"{what} is damaged", "export or copy it again")


def cut_short(path: Path, what: str) -> BridgeError:
    """Say that a file ends too early."""
    cause = f"the file ends within {what}"
    return BridgeError(str(path), cause, "wait until it is written, or export or copy it again")


def unreadable(path: Path, error: OSError) -> BridgeError:
    """Say why a file cannot be opened or read."""
    cause = f"cannot be read ({error.strerror or error})"
    return BridgeError(str(path), cause, "look whether it is there, is a file and may be read")


def pack_timecode(text: str) -> bytes:
    """Return a timecode as EXR keeps it: binary coded decimal, as SMPTE ST 12-1 lays it out.

    Raises:
        BridgeError: It is none, or its frame number is above 39, for which there are no bits.
    """
    match = TIMECODE.fullmatch(text)
    if not match or int(match[5]) > 39:
        remedy = "give one such as 01:00:00:00, with frames to 39"
        raise BridgeError(f"timecode {text!r}", "does not fit into an EXR header", remedy)
    hours, minutes, seconds, frames = (int(match[i], 16) for i in (1, 2, 3, 5))
    drop = 0x40 if match[4] == ";" else 0
    return struct.pack("<2I", hours << 24 | minutes << 16 | seconds << 8 | drop | frames, 0)


def _unpack_timecode(raw: bytes) -> str:
    packed = int.from_bytes(raw[:4], "little")
    # As hexadecimal digits: what is no decimal digit stays visible, and is refused when it is used.
    hours, minutes, seconds = packed >> 24 & 0x3F, packed >> 16 & 0x7F, packed >> 8 & 0x7F
    mark = ";" if packed & 0x40 else ":"
    return f"{hours:02x}:{minutes:02x}:{seconds:02x}{mark}{packed & 0x3F:02x}"


def _check_kind(path: Path, content: bytes) -> None:
    if len(content) < 8 and MAGIC.startswith(content[:4]):
        raise cut_short(path, "its first eight bytes")
    if content[:4] != MAGIC:
        raise BridgeError(str(path), "is no EXR", "export it as EXR, RGB half")
    version = int.from_bytes(content[4:8], "little")
    for bit, kind in FLAGS.items():
        if version & bit:
            remedy = "export it as a plain EXR: one part, scan lines"
            raise BridgeError(str(path), f"is {kind}, which is not read here", remedy)


def _attributes(content: bytes) -> tuple[Dict[str, Tuple[str, bytes]], int]:
    found: Dict[str, Tuple[str, bytes]] = {}
    at = len(MAGIC) + 4
    while _byte(content, at):
        name, at = _text(content, at)
        kind, at = _text(content, at)
        start = at + 4
        size = int.from_bytes(content[at:start], "little")
        if size > LARGEST_HEADER:
            raise ValueError(size)
        at = start + size
        found[name] = kind, content[start:at]
    return found, at + 1


def _header(path: Path, attributes: Attributes, end: int) -> ExrHeader:
    rate = _value(attributes, "framesPerSecond", "rational", 8)
    timecode = _value(attributes, "timeCode", "timecode", 8)
    primaries = _value(attributes, "chromaticities", "chromaticities", 32)
    strings = {name: _decode(raw) for name, (kind, raw) in attributes.items() if kind == "string"}
    (aspect,) = struct.unpack("<f", attributes["pixelAspectRatio"][1])
    if not (math.isfinite(aspect) and aspect > 0):
        raise ValueError(aspect)
    return ExrHeader(
        path=path,
        channels=_channels(attributes["channels"][1]),
        compression=_compression(attributes["compression"][1]),
        data_window=_window(attributes["dataWindow"][1]),
        display_window=_window(attributes["displayWindow"][1]),
        pixel_aspect=aspect,
        timecode=_unpack_timecode(timecode) if timecode else None,
        frame_rate=_rate(rate) if rate else None,
        chromaticities=struct.unpack("<8f", primaries) if primaries else None,
        strings=strings,
        end=end,
    )


def _value(attributes: Attributes, name: str, kind: str, size: int) -> bytes | None:
    """Return an attribute that a file may have, if it is of its standard type."""
    found, raw = attributes.get(name, ("", b""))
    return raw if found == kind and len(raw) == size else None


def _rate(raw: bytes) -> Fraction | None:
    numerator, denominator = struct.unpack("<iI", raw)
    return Fraction(numerator, denominator) if denominator and numerator > 0 else None


def _compression(raw: bytes) -> str:
    (number,) = raw
    if number >= len(COMPRESSIONS):
        raise ValueError(number)
    return COMPRESSIONS[number]


def _window(raw: bytes) -> Window:
    left, top, right, bottom = struct.unpack("<4i", raw)
    width, height = right - left + 1, bottom - top + 1
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(width, height)
    return Window(left, top, width, height)


def _channels(raw: bytes) -> Tuple[Channel, ...]:
    """Read the list: each entry is a name, its type, four bytes of no matter, two samplings."""
    found: List[Channel] = []
    at = 0
    while raw[at : at + 1] != b"\0":
        name, at = _text(raw, at)
        kind, across, down = struct.unpack_from("<i4x2i", raw, at)
        if not (0 <= kind < len(KINDS) and across > 0 and down > 0):
            raise ValueError(name)
        found.append(Channel(name, KINDS[kind], (across, down)))
        at += 16
    if not found:
        raise ValueError(raw)
    return tuple(found)


def _text(content: bytes, at: int) -> tuple[str, int]:
    end = content.find(b"\0", at, at + LONGEST_NAME + 1)
    if end < 0 and len(content) > at + LONGEST_NAME:
        raise ValueError(at)
    if end < 0:
        raise EOFError
    return _decode(content[at:end]), end + 1


def _byte(content: bytes, at: int) -> int:
    if at >= len(content):
        raise EOFError
    return content[at]


def _decode(raw: bytes) -> str:
    # EXR says nothing of the encoding; bytes that are not UTF-8 stay as they are.
    return raw.decode("utf-8", "surrogateescape")
