"""Media on disk, as Resolve finds them: frames, image sequences, and stand-ins for movies."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chromaresolve.errors import FrameError
from chromaresolve.frames import Header, read_frame

PATTERN = re.compile(r"%0(\d+)d")
"""The place of the frame number, as in C's printf; Resolve takes no other way to say it."""

PICTURES = frozenset({".exr", ".dpx", ".tif", ".tiff", ".png"})
"""Names of files with one frame."""

MOVIES = frozenset({".mov", ".mp4", ".mxf"})
"""Names of files with many frames; here a JSON record that says where its frames lie as EXRs."""

PIXEL_ASPECTS = {"Square": 1.0, "Cinemascope": 2.0}
"""`PAR` of a clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found at a path."""

    path: str
    """The file, or the sequence with its range in brackets."""
    name: str
    """As the media pool shows it."""
    frames: tuple[Path | None, ...]
    """The file of each frame; None where a movie's frames were not kept."""
    first: int
    """Number of the first file of a sequence; 0 of all others."""
    kind: str
    """sequence, still or movie."""
    width: int
    height: int
    pixel_aspect: str
    has_alpha: bool
    bit_depth: str
    timecode: str | None
    """Of the first frame, if the file says."""
    reel: str
    rate: str | None
    """Of a movie; a sequence has none of its own here."""
    has_audio: bool = False


def find_sequence(pattern: str, start: int, end: int, *, shrink: bool) -> Found | None:
    """Return the files of a printf pattern; None if there is none, or one is missing."""
    place = PATTERN.search(Path(pattern).name)
    if place is None or not Path(pattern).is_absolute() or not 0 <= start <= end:
        return None
    paths = [Path(pattern % number) for number in range(start, end + 1)]
    there = next((n for n, path in enumerate(paths) if not path.is_file()), len(paths))
    if there == 0 or (there < len(paths) and not shrink):
        return None
    digits = int(place[1])
    span = f"[{start:0{digits}}-{start + there - 1:0{digits}}]"
    name = PATTERN.sub(span, Path(pattern).name)
    return _describe(paths[:there], name, first=start, kind="sequence")


def find_file(path: str) -> Found | None:
    """Return one file, a still or a movie; None if it is not there or no medium."""
    file = Path(path)
    if not file.is_absolute() or not file.is_file():
        return None
    if file.suffix.lower() in MOVIES:
        return _find_movie(file)
    return _describe([file], file.name, first=0, kind="still")


def write_movie(
    path: Path,
    frames: Sequence[Path | None],
    *,
    width: int,
    height: int,
    rate: str,
    timecode: str = "00:00:00:00",
    has_audio: bool = False,
) -> None:
    """Write a stand-in for a movie whose frames are these EXRs."""
    record = {
        "frames": [str(frame) if frame else "" for frame in frames],
        "width": width,
        "height": height,
        "rate": rate,
        "timecode": timecode,
        "audio": has_audio,
    }
    path.write_text(json.dumps(record), encoding="utf-8")


def _describe(paths: list[Path], name: str, *, first: int, kind: str) -> Found | None:
    if paths[0].suffix.lower() not in PICTURES:
        return None
    try:
        frame = read_frame(paths[0])
    except FrameError:
        return None
    header = frame.header
    reel = header.attributes.get("reelName", "")
    return Found(
        path=str(paths[0].with_name(name)),
        name=name,
        frames=tuple(paths),
        first=first,
        kind=kind,
        width=header.data_window.width,
        height=header.data_window.height,
        pixel_aspect=_aspect_name(header),
        has_alpha="A" in frame.others,
        bit_depth={"half": "16", "float": "32"}.get(header.pixel_type, "8"),
        timecode=header.timecode,
        reel=reel if isinstance(reel, str) else "",
        rate=None,
    )


def _aspect_name(header: Header) -> str:
    return min(PIXEL_ASPECTS, key=lambda name: abs(PIXEL_ASPECTS[name] - header.pixel_aspect))


def _find_movie(path: Path) -> Found | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return Found(
        path=str(path),
        name=path.name,
        frames=tuple(Path(frame) if frame else None for frame in record["frames"]),
        first=0,
        kind="movie",
        width=record["width"],
        height=record["height"],
        pixel_aspect="Square",
        has_alpha=False,
        bit_depth="10",
        timecode=record["timecode"],
        reel="",
        rate=record["rate"],
        has_audio=record["audio"],
    )
