"""Pictures written as OpenEXR half with nothing but the standard library.

For what goes into Resolve before the tool has made anything: calibration and round trip charts.
"""

from __future__ import annotations

import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Callable, Dict, Iterable, Mapping, Sequence, Tuple, Union

from .errors import BridgeError
from .exr_header import COMPRESSIONS, KINDS, MAGIC, pack_timecode

VERSION = struct.pack("<I", 2)
"""Of the file format: one part, scan lines, short names."""

LEVEL = 4
"""Of zlib, as the OpenEXR library has it: charts need no more."""

MIDDLE = 128
"""Added to the difference of neighbouring bytes, so that small ones lie around it."""

Values = Union[Sequence[float], bytes, bytearray, memoryview]
"""One channel of a line: numbers, or their bytes as little-endian halves."""


def write_half(
    path: Path,
    width: int,
    height: int,
    row_of: Callable[[int], Sequence[Values]],
    *,
    compression: str = "zips",
    timecode: str | None = None,
    frame_rate: Fraction | None = None,
    chromaticities: Sequence[float] | None = None,
    strings: Mapping[str, str] | None = None,
) -> None:
    """Write a picture as half; under its name it is whole or absent.

    Args:
        path: The file; its folder is made.
        width: In pixels.
        height: In lines.
        row_of: Gives the R, G and B of a line, any range; 0 is the top one.
        compression: `zips` or `none`.
        timecode: Such as `01:00:00:00`.
        frame_rate: Frames per second.
        chromaticities: x and y of red, green, blue and white.
        strings: Further attributes, such as `reelName`.

    Raises:
        BridgeError: It cannot be written, or a line is not as wide as the picture.
    """
    attributes = _standard_attributes(width, height, compression)
    if timecode is not None:
        attributes["timeCode"] = "timecode", pack_timecode(timecode)
    if frame_rate is not None:
        raw = struct.pack("<iI", frame_rate.numerator, frame_rate.denominator)
        attributes["framesPerSecond"] = "rational", raw
    if chromaticities is not None:
        attributes["chromaticities"] = "chromaticities", struct.pack("<8f", *chromaticities)
    for name, text in (strings or {}).items():
        attributes[name] = "string", text.encode("utf-8", "surrogateescape")
    lines = (_packed(path, row_of(y), y, width, compression) for y in range(height))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, MAGIC + VERSION + _listed(attributes), lines, height)
    except OSError as error:
        cause = f"cannot be written ({error.strerror or error})"
        remedy = "look whether its folder may be written to and the disk has room"
        raise BridgeError(str(path), cause, remedy) from error


def _write_whole(path: Path, header: bytes, lines: Iterable[bytes], height: int) -> None:
    # Named as the tool names its own unfinished files, which it looks for and removes.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp{path.suffix}")
    try:
        with unfinished.open("wb") as file:
            file.write(header)
            _write_lines(file, lines, height)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        if unfinished.exists():
            unfinished.unlink()


def _standard_attributes(width: int, height: int, compression: str) -> Dict[str, Tuple[str, bytes]]:
    """Return the attributes that every EXR must have."""
    channel = struct.pack("<i4x2i", KINDS.index("half"), 1, 1)
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    return {
        "channels": ("chlist", b"B\0%bG\0%bR\0%b\0" % (channel, channel, channel)),
        "compression": ("compression", bytes([COMPRESSIONS.index(compression)])),
        "dataWindow": ("box2i", window),
        "displayWindow": ("box2i", window),
        "lineOrder": ("lineOrder", b"\0"),
        "pixelAspectRatio": ("float", struct.pack("<f", 1)),
        "screenWindowCenter": ("v2f", bytes(8)),
        "screenWindowWidth": ("float", struct.pack("<f", 1)),
    }


def _listed(attributes: Mapping[str, Tuple[str, bytes]]) -> bytes:
    entries = (
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(raw)) + raw
        for name, (kind, raw) in sorted(attributes.items())
    )
    return b"".join(entries) + b"\0"


def _packed(path: Path, rgb: Sequence[Values], y: int, width: int, compression: str) -> bytes:
    """Return one line as it lies in the file: its number, its size, its bytes."""
    red, green, blue = (_halves(path, values, y, width) for values in rgb)
    plain = blue + green + red
    packed = plain if compression == "none" else zlib.compress(_parted(plain), LEVEL)
    content = packed if len(packed) < len(plain) else plain
    return struct.pack("<2i", y, len(content)) + content


def _halves(path: Path, values: Values, y: int, width: int) -> bytes:
    if isinstance(values, (bytes, bytearray, memoryview)):
        raw = bytes(values)
    else:
        try:
            raw = struct.pack(f"<{len(values)}e", *values)
        except OverflowError:
            cause = f"line {y} has a value that no half holds"
            raise BridgeError(str(path), cause, "keep values within 65504") from None
    if len(raw) != 2 * width:
        cause = f"line {y} has {len(raw) // 2} values, and the picture is {width} wide"
        raise BridgeError(str(path), cause, "report this: it is an error of ChromaResolve's")
    return raw


def _write_lines(file: BinaryIO, lines: Iterable[bytes], height: int) -> None:
    table_at = file.tell()
    at = table_at + 8 * height
    file.seek(at)
    positions = []
    for line in lines:
        positions.append(at)
        at += file.write(line)
    file.seek(table_at)
    file.write(struct.pack(f"<{height}Q", *positions))


def _parted(plain: bytes) -> bytes:
    """Turn bytes into differences, low and high bytes apart; `exr.read_rows` undoes it.

    All differences at once, as one subtraction of two long numbers.
    """
    apart = plain[0::2] + plain[1::2]
    before = bytes([MIDDLE]) + apart[:-1]
    # 16 bits for each byte, and 256 more in each than is needed, so that none borrows.
    spare = int.from_bytes(struct.pack("<H", 256 + MIDDLE) * len(apart), "little")
    differences = _spread(apart) + spare - _spread(before)
    return differences.to_bytes(2 * len(apart), "little")[0::2]


def _spread(content: bytes) -> int:
    wide = bytearray(2 * len(content))
    wide[0::2] = content
    return int.from_bytes(wide, "little")
