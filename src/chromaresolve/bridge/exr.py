"""OpenEXR pixels with nothing but the standard library.

What Resolve wrote is checked inside Resolve, where no imaging library may be. Of a picture only
the lines asked for are unpacked: R, G and B, half or float, stored plain, RLE, ZIPS or ZIP.
Positions count from the top left pixel of the data window, the first that the file holds.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Dict, Iterable, List, Mapping, Sequence, Tuple

from .errors import BridgeError
from .exr_header import (
    Channel,
    ExrHeader,
    Window,
    cut_short,
    damaged,
    header_of,
    read_header,
    unreadable,
)
from .exr_writing import write_half

__all__ = [
    "Channel", "ExrHeader", "Window", "read_header", "read_pixels", "read_rows", "write_half",
]  # fmt: skip

LINES: Mapping[str, int] = {"none": 1, "rle": 1, "zips": 1, "zip": 16}
"""The compressions whose pixels are read here, and how many lines each packs together."""

SIZES: Mapping[str, int] = {"uint": 4, "half": 2, "float": 4}
"""Bytes of one value."""

CODES: Mapping[str, str] = {"half": "e", "float": "f"}
"""What `struct` calls them."""

FLIPPED = bytes(value ^ 128 for value in range(256))
"""Every byte with its highest bit turned."""

Rgb = Tuple[Sequence[float], Sequence[float], Sequence[float]]
"""One line: its R, G and B from left to right, any range."""


def read_rows(path: Path, rows: Iterable[int]) -> Dict[int, Rgb]:
    """Read some lines of a picture.

    Raises:
        BridgeError: The file is missing, broken or of a kind that is not read, or lacks a line.
    """
    try:
        with path.open("rb") as file:
            return _read_rows(file, header_of(path, file), sorted(set(rows)))
    except OSError as error:
        raise unreadable(path, error) from error


def read_pixels(path: Path, points: Iterable[tuple[int, int]]) -> List[tuple[float, float, float]]:
    """Read R, G and B at some (x, y), in their order.

    Raises:
        BridgeError: The file is missing, broken or of a kind that is not read, or lacks a pixel.
    """
    places = list(points)
    rows = read_rows(path, [y for _, y in places])
    for x, y in places:
        if not 0 <= x < len(rows[y][0]):
            raise _outside(path, f"pixel ({x}, {y})")
    return [(rows[y][0][x], rows[y][1][x], rows[y][2][x]) for x, y in places]


def _read_rows(file: BinaryIO, header: ExrHeader, rows: Sequence[int]) -> Dict[int, Rgb]:
    _check_readable(header)
    for row in rows:
        if not 0 <= row < header.data_window.height:
            raise _outside(header.path, f"line {row}")
    lines = LINES[header.compression]
    found: Dict[int, Rgb] = {}
    block, plain = -1, b""
    for row in rows:
        if row // lines != block:
            block = row // lines
            plain = _read_block(file, header, block)
        found[row] = _line(plain, header, row % lines)
    return found


def _check_readable(header: ExrHeader) -> None:
    where = str(header.path)
    if header.compression not in LINES:
        cause = f"is compressed as {header.compression.upper()}, whose pixels are not read here"
        remedy = "export it as EXR, RGB half, with ZIP or without compression"
        raise BridgeError(where, cause, remedy)
    kinds = {channel.name: channel.kind for channel in header.channels}
    if any(kinds.get(name) not in CODES for name in "RGB"):
        cause = f"has no R, G and B to read, only {', '.join(header.names)}"
        raise BridgeError(where, cause, "export it as EXR, RGB half")
    if any(channel.sampling != (1, 1) for channel in header.channels):
        raise BridgeError(where, "not every pixel has all channels", "export it as EXR, RGB half")


def _read_block(file: BinaryIO, header: ExrHeader, block: int) -> bytes:
    """Read and unpack the lines that are packed together under one number."""
    lines, window = LINES[header.compression], header.data_window
    first = block * lines
    what = f"line {first}"
    size = _line_bytes(header) * min(lines, window.height - first)
    file.seek(header.end + 8 * block)
    at = int.from_bytes(_exactly(file, header, 8, what), "little")
    # A file that is still being written has zeros where positions will be.
    if not at:
        raise cut_short(header.path, what)
    if not header.end < at < 1 << 62:
        raise damaged(header.path, what)
    file.seek(at)
    y, packed_size = struct.unpack("<2i", _exactly(file, header, 8, what))
    if y != window.y + first or not 0 <= packed_size <= size:
        raise damaged(header.path, what)
    packed = _exactly(file, header, packed_size, what)
    # What would not have become smaller is stored as it is.
    plain = packed if packed_size == size else _unpacked(packed, size, header.compression)
    if len(plain) != size:
        raise damaged(header.path, what)
    return plain


def _exactly(file: BinaryIO, header: ExrHeader, size: int, what: str) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise cut_short(header.path, what)
    return content


def _unpacked(packed: bytes, size: int, compression: str) -> bytes:
    """Return the plain bytes; of another length where the packed ones are damaged."""
    if compression == "rle":
        return _joined(_without_runs(packed, size))
    if compression == "none":
        return packed
    try:
        return _joined(zlib.decompressobj().decompress(packed, size + 1))
    except zlib.error:
        return b""


def _without_runs(packed: bytes, size: int) -> bytes:
    """Undo RLE: a byte that is negative counts what follows as it is, another repeats the next."""
    plain = bytearray()
    at = 0
    while at < len(packed) and len(plain) <= size:
        count = packed[at]
        if count >= 128:
            plain += packed[at + 1 : at + 257 - count]
            at += 257 - count
        else:
            plain += packed[at + 1 : at + 2] * (count + 1)
            at += 2
    return bytes(plain)


def _joined(apart: bytes) -> bytes:
    """Undo what EXR does before packing: bytes become differences, low and high ones lie apart.

    Byte i is the sum of the first i differences less 128 for each but the first: on even places
    that is the sum, on odd ones the sum with its highest bit turned.
    """
    sums = array("Q", accumulate(apart)).tobytes()
    low = bytearray(sums[0 if sys.byteorder == "little" else 7 :: 8])
    low[1::2] = low[1::2].translate(FLIPPED)
    plain = bytearray(len(low))
    half = (len(low) + 1) // 2
    plain[0::2], plain[1::2] = low[:half], low[half:]
    return bytes(plain)


def _line_bytes(header: ExrHeader) -> int:
    return header.data_window.width * sum(SIZES[channel.kind] for channel in header.channels)


def _line(plain: bytes, header: ExrHeader, line: int) -> Rgb:
    width = header.data_window.width
    found = {}
    at = line * _line_bytes(header)
    for name, kind, _ in header.channels:
        if name in {"R", "G", "B"}:
            found[name] = struct.unpack_from(f"<{width}{CODES[kind]}", plain, at)
        at += width * SIZES[kind]
    return found["R"], found["G"], found["B"]


def _outside(path: Path, what: str) -> BridgeError:
    return BridgeError(str(path), f"has no {what}", "look whether it has the shot's raster")
