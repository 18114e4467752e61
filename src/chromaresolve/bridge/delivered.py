"""What Resolve rendered, looked at on disk and put in its place; no function tells what a file has.

Every header is read. Values are read of a few frames, where the compression is one that the
standard library can undo.
"""

from __future__ import annotations

import contextlib
import math
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .errors import BridgeError
from .exr import LINES, ExrHeader, Rgb, read_header, read_rows
from .exr_header import unreadable
from .sequences import NUMBERED, find_sequences, gaps_in_words, renumber
from .timecode import counting_rate

LOOKED_AT = 3
"""Frames whose values are read: the first, the last, and one between."""

ROWS = 16
"""Lines of each that are read, spread over the picture, its edges among them."""

HIGHEST_COUNTED = 30
"""An EXR's timecode counts no more frames a second; what is written above is not compared."""

Picture = List[Rgb]
"""Some of its lines, from the top down."""

AGAIN = "look at the Deliver page and the project's settings, then run 5 Export Pair again"
"""What to do when what came is not what was asked for."""


class Expected(NamedTuple):
    """What a render should have given."""

    what: str
    """The sequence, as messages call it."""
    frames: int
    """How many frames."""
    width: int
    """In pixels."""
    height: int
    """In lines."""
    compressions: Tuple[str, ...]
    """What the headers may say."""
    is_square: bool
    """Whether pixels are as wide as high."""
    timecode: str
    """Of the first frame."""
    rate: Fraction
    """Frames per second."""
    is_display: bool
    """Whether values lie in 0..1."""


class Delivered(NamedTuple):
    """What a render gave."""

    files: Tuple[Path, ...]
    """In the order of their frames."""
    compression: str
    """As their headers say."""
    size: int
    """All bytes together."""
    is_still: bool
    """Whether all frames are one picture."""
    dark_edges: Tuple[str, ...]
    """Edges that are black on every line that was read: `top`, `bottom`, `left`, `right`."""
    notes: Tuple[str, ...]
    """What the user should know."""


def look_at(files: Sequence[Path], expected: Expected) -> Delivered:
    """Look at what was rendered.

    Raises:
        BridgeError: It is not what was asked for.
    """
    ordered = _in_order(files, expected)
    headers = [read_header(path) for path in ordered]
    for header in headers:
        _check_header(header, expected)
    _check_timecode(headers[0], expected)
    looked_at = [headers[i] for i in _spread(len(headers), LOOKED_AT)]
    pictures = [_lines(header) for header in looked_at if header.compression in LINES]
    return Delivered(
        files=tuple(ordered),
        compression=headers[0].compression,
        size=sum(path.stat().st_size for path in ordered),
        is_still=len(ordered) > 1 and is_still(ordered),
        dark_edges=_dark_edges(pictures),
        notes=_note_values(expected, pictures),
    )


def is_still(files: Sequence[Path]) -> bool:
    """Say whether the first, the last and a frame between are one picture, to the byte.

    The first half of each is left out: there stands what tells one frame from another in words.
    """
    if len({path.stat().st_size for path in files}) > 1:
        return False
    return len({_second_half(files[i]) for i in _spread(len(files), LOOKED_AT)}) == 1


def dark_edges(path: Path) -> Optional[Tuple[str, ...]]:
    """Return which edges of a picture are black; None where its pixels cannot be read here."""
    try:
        return _dark_edges([_lines(read_header(path))])
    except BridgeError:
        return None


def put_in_place(files: Sequence[Path], plates: Path, name: str, first: int) -> None:
    """Put a whole sequence in the place of an earlier one: all of it, or none.

    Raises:
        BridgeError: The disk does not take it; the earlier one is as it was.
    """
    replaced = plates / f".replaced-{name.rstrip('_')}"
    make_empty(replaced)
    earlier = [
        one.file(frame)
        for one in find_sequences(plates)
        if (one.before, one.after) == (name, ".exr")
        for frame in one.frames
    ]
    try:
        for file in earlier:
            file.replace(replaced / file.name)
        renumber(files, plates / name, first, count=len(files))
    except (BridgeError, OSError) as error:
        for file in replaced.iterdir():
            with contextlib.suppress(OSError):
                file.replace(plates / file.name)
        if isinstance(error, BridgeError):
            raise
        raise _untaken(plates, error) from error
    shutil.rmtree(replaced, ignore_errors=True)


def make_empty(folder: Path) -> None:
    """Make a folder of our own, empty: what a run that was killed left in it is of no use."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise _untaken(folder, error) from error


def _in_order(files: Sequence[Path], expected: Expected) -> List[Path]:
    """Return the files by frame number; what the numbers are is Resolve's affair."""
    numbered: Dict[int, Path] = {}
    for path in files:
        match = NUMBERED.fullmatch(path.name)
        if match and path.suffix.lower() == ".exr":
            numbered[int(match[2])] = path
    if len(numbered) != expected.frames:
        cause = f"{len(numbered)} frames came and {expected.frames} were to come"
        raise BridgeError(expected.what, cause, AGAIN)
    missing = sorted(set(range(min(numbered), max(numbered))) - set(numbered))
    if missing:
        cause = f"frames are missing: {gaps_in_words(missing)}"
        raise BridgeError(expected.what, cause, AGAIN)
    return [numbered[number] for number in sorted(numbered)]


def _check_header(header: ExrHeader, expected: Expected) -> None:
    window = header.data_window
    size = (expected.width, expected.height)
    named = ", ".join(header.names)
    kinds = {channel.kind for channel in header.channels}
    wrong = ""
    if sorted(header.names) != ["B", "G", "R"]:
        wrong = f"has the channels {named}, and must have R, G, B alone"
    elif kinds != {"half"}:
        wrong = f"is {' and '.join(sorted(kinds))}, and must be half"
    elif (window.width, window.height) != size or window[:2] != header.display_window[:2]:
        wrong = (
            f"is {window.width} x {window.height} at {window.x}, {window.y}, and must be "
            f"{size[0]} x {size[1]}"
        )
    elif header.compression not in expected.compressions:
        asked = " or ".join(one.upper() for one in expected.compressions)
        wrong = f"is compressed as {header.compression.upper()}, and {asked} was asked for"
    elif expected.is_square and not math.isclose(header.pixel_aspect, 1, abs_tol=1e-4):
        wrong = f"has a pixel aspect of {header.pixel_aspect:g}, and the timeline's is square"
    if wrong:
        raise BridgeError(f"{expected.what}, {header.path.name}", wrong, AGAIN)


def _check_timecode(header: ExrHeader, expected: Expected) -> None:
    """Compare the first frame's timecode, where its header has one, with the Source's."""
    if header.timecode is None or counting_rate(expected.rate) > HIGHEST_COUNTED:
        return
    if header.timecode.replace(";", ":") != expected.timecode.replace(";", ":"):
        cause = f"its header says {header.timecode}, and the frame is {expected.timecode}"
        remedy = "look at the timeline's start timecode, then run 2 Conform and this entry again"
        raise BridgeError(f"{expected.what}, {header.path.name}", cause, remedy)


def _note_values(expected: Expected, pictures: Sequence[Picture]) -> Tuple[str, ...]:
    """Say how much lies outside 0..1, where the output transform should have kept it inside."""
    values = [value for picture in pictures for line in picture for one in line for value in one]
    outside = sum(not 0 <= value <= 1 for value in values)
    if not (expected.is_display and outside):
        return ()
    share, lowest, highest = outside / len(values), min(values), max(values)
    sentence = (
        f"{expected.what}: {share:.2%} of the values that were read lie outside 0..1 "
        f"({lowest:.3g} to {highest:.3g}); they are kept as they are"
    )
    return (sentence,)


def _dark_edges(pictures: Sequence[Picture]) -> Tuple[str, ...]:
    ends = {
        "top": [value for lines in pictures for one in lines[0] for value in one],
        "bottom": [value for lines in pictures for one in lines[-1] for value in one],
        "left": [one[0] for lines in pictures for line in lines for one in line],
        "right": [one[-1] for lines in pictures for line in lines for one in line],
    }
    return tuple(name for name, values in ends.items() if values and max(values) <= 0)


def _lines(header: ExrHeader) -> Picture:
    """Read some lines of a picture, the top and the bottom one among them."""
    rows = _spread(header.data_window.height, ROWS)
    found = read_rows(header.path, rows)
    return [found[row] for row in rows]


def _spread(count: int, wanted: int) -> List[int]:
    """Return that many of the numbers below a count, the first and the last among them."""
    wanted = min(count, wanted)
    return sorted({round(i * (count - 1) / max(1, wanted - 1)) for i in range(wanted)})


def _second_half(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(path.stat().st_size // 2)
            return file.read()
    except OSError as error:
        raise unreadable(path, error) from error


def _untaken(folder: Path, error: OSError) -> BridgeError:
    cause = f"cannot be written to ({error.strerror or error})"
    remedy = "look whether another program holds files in it, and whether the disk has room"
    return BridgeError(str(folder), cause, remedy)
