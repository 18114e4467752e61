"""The composite timeline as plain data, and the file from which Resolve's menu builds it.

V1 is the plate whose luma was kept, V2 the recovered frames in composite mode Color, V3 the
baseline and V4 the merge, both disabled: they would hide what lies below. The timeline is the
shot's range, every frame under the number of its Source file, from the Source's own timecode on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.names import (
    BALANCED_BIN,
    BASELINE_BIN,
    RECOVERED_BIN,
    SOURCE_BIN,
    composite_timeline,
    pair_timeline,
)
from chromaresolve.bridge.timecode import (
    frames_per_day,
    frames_to_timecode,
    is_drop_frame,
    timecode_to_frames,
)
from chromaresolve.composite.markers import Marker, plan_markers
from chromaresolve.errors import FrameError, StageError
from chromaresolve.files import write_text
from chromaresolve.frames import Header, Sequence, read_header
from chromaresolve.recovery.delivery import recovered_pattern
from chromaresolve.shot import FrameRange, Shot
from chromaresolve.shot.ranges import TOKEN
from chromaresolve.telling import Say

FORMAT = 1
"""Of `bring_back.json`; a reader refuses a later one."""

BRING_BACK = "bring_back.json"
"""Where Bring Back looks, in the shot folder."""

REEL = "reelName"
"""The header attribute with the reel's name (SMPTE ST 2065-4; a standard attribute of OpenEXR)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeTrack:
    """One video track, with one clip over the whole timeline."""

    name: str
    """As Resolve shows it."""
    pattern: str
    """Its frames, relative to the shot folder where they lie in it, one # for each digit."""
    first: int
    """The file number of the first frame."""
    last: int
    """The file number of the last frame."""
    timecode: str
    """Of the first frame, as its own header says it, or counted from its number."""
    enabled: bool
    """False: there to be switched on and compared."""
    composite: Literal["Normal", "Color"]
    """Resolve's composite mode."""
    colour: str
    """One of Resolve's clip colours."""
    bin: str
    """The bin that its clip belongs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeTimeline:
    """Everything that the composite timeline is made of."""

    root: Path
    """The shot folder."""
    name: str
    """The shot's."""
    title: str
    """As the timeline is called."""
    film: str
    """The film's title."""
    frame_rate: Fraction
    """Frames per second, exact."""
    start_timecode: str
    """Of the first frame; a semicolon before its frames means drop frame."""
    first: int
    """The number of the first frame."""
    last: int
    """The number of the last frame."""
    reel: str
    """The Source's reel; empty if nobody says."""
    width: int
    """Of the plates, in pixels."""
    height: int
    """Of the plates, in pixels."""
    luma_from: Literal["balanced", "scan"]
    """Which plate V1 is."""
    encoding: str
    """What the plates' values are."""
    tracks: tuple[CompositeTrack, ...]
    """From the bottom to the top."""
    markers: tuple[Marker, ...]
    """In the order of their frames, one for each."""

    @property
    def drop_frame(self) -> bool:
        """Whether its timecode drops numbers."""
        return is_drop_frame(self.start_timecode)


def plan_timeline(shot: Shot, *, say: Say) -> CompositeTimeline:
    """Lay out the composite timeline from what is on disk.

    V3 and V4 are left out, aloud, where their frames are not all there.

    Raises:
        StageError: The shot's range has gaps, or `flagged.json` is not what it must be.
        FrameError: Frames of V1 or V2 are missing: Resolve would show them as offline.
    """
    _refuse_gaps(shot)
    return _laid_out(
        shot,
        composite_timeline(shot.shot.name),
        shot.source.luma_plate,
        tracks=tuple(_tracks(shot, say)),
        markers=plan_markers(shot),
        say=say,
    )


def plan_pair(shot: Shot, *, say: Say) -> CompositeTimeline:
    """Lay out the pair timeline's V1, the scan: what a conform begins with.

    Raises:
        StageError: The shot's range has gaps.
        FrameError: Frames of the scan are missing.
    """
    _refuse_gaps(shot)
    scan = shot.source.scan
    track = _track(shot, "Source", scan, colour="Orange", bin_name=SOURCE_BIN)
    title = pair_timeline(shot.shot.name)
    return _laid_out(shot, title, scan, tracks=(track,), markers=(), say=say)


def _laid_out(
    shot: Shot,
    title: str,
    plate: str,
    *,
    tracks: tuple[CompositeTrack, ...],
    markers: tuple[Marker, ...],
    say: Say,
) -> CompositeTimeline:
    header = _first_header(shot, plate)
    return CompositeTimeline(
        root=shot.root,
        name=shot.shot.name,
        title=title,
        film=shot.shot.film,
        frame_rate=shot.shot.frame_rate,
        start_timecode=_start_timecode(shot, header, say),
        first=shot.shot.frames.first,
        last=shot.shot.frames.last,
        reel=shot.source.reel or _reel(header),
        width=header.data_window.width,
        height=header.data_window.height,
        luma_from=_luma_from(shot),
        encoding=shot.colour.encoding,
        tracks=tracks,
        markers=markers,
    )


def write_bring_back(timeline: CompositeTimeline) -> Path:
    """Write `bring_back.json` into the shot folder, for Bring Back in Resolve, and return it."""
    content = {
        "format": FORMAT,
        "name": timeline.name,
        "film": timeline.film,
        "frame_rate": str(timeline.frame_rate),
        "drop_frame": timeline.drop_frame,
        "frames": f"{timeline.first}-{timeline.last}",
        "start_timecode": timeline.start_timecode,
        "reel": timeline.reel,
        "width": timeline.width,
        "height": timeline.height,
        "luma_from": timeline.luma_from,
        "encoding": timeline.encoding,
        "tracks": [asdict(track) for track in timeline.tracks],
        "markers": [asdict(marker) for marker in timeline.markers],
    }
    file = timeline.root / BRING_BACK
    write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return file


def own_timecode(header: Header, number: int, rate: Fraction) -> tuple[str, str]:
    """Return the timecode that a file has of its own, and in words where it is from.

    Resolve is reported to count a sequence without timecode from its frame numbers, so that is
    what a file has whose header says nothing that can be at this rate.
    """
    said = "no timecode"
    if header.timecode:
        try:
            timecode_to_frames(header.timecode, rate)
        except BridgeError:
            said = f"{header.timecode}, which is none at {rate}"
        else:
            return header.timecode, f"the header of {header.path.name} says so"
    day = frames_per_day(rate, drop_frame=False)
    counted = frames_to_timecode(number % day, rate, drop_frame=False)
    reason = f"frame {number} counted at {rate}, for the header of {header.path.name} says {said}"
    return counted, reason


def hashed_pattern(shot: Shot, path: Path, pattern: str) -> str:
    """Write a pattern as it is on disk: relative to the shot, a # for each digit of `path`."""
    name = Path(pattern).name
    digits = len(path.name) - len(TOKEN.sub("", name))
    return shot.relative(path.with_name(TOKEN.sub("#" * digits, name)))


def _whole_sequence(shot: Shot, pattern: str) -> Sequence:
    """Find a sequence that has every frame of the shot.

    Raises:
        FrameError: Some are not there.
    """
    sequence = Sequence.find(pattern, shot.root)
    missing = [number for number in shot.shot.frames if number not in sequence.paths]
    if missing:
        problem = f"{FrameRange.of(missing)} of {shot.shot.frames} are not on disk: make them first"
        raise FrameError(pattern, problem)
    return sequence


def _refuse_gaps(shot: Shot) -> None:
    frames = shot.shot.frames
    if len(frames) != frames.last - frames.first + 1:
        problem = f"{frames} has gaps, which a timeline shows as missing: make one run of it"
        raise StageError(f"{shot.file}: shot.frames", problem)


def _reel(header: Header) -> str:
    said = header.attributes.get(REEL)
    return said if isinstance(said, str) else ""


def _luma_from(shot: Shot) -> Literal["balanced", "scan"]:
    return shot.source.luma_from if shot.source.balanced else "scan"


def _tracks(shot: Shot, say: Say) -> Iterator[CompositeTrack]:
    name, plate = shot.shot.name, shot.source.luma_plate
    plate_bin = BALANCED_BIN if _luma_from(shot) == "balanced" else SOURCE_BIN
    yield _track(shot, "Original", plate, colour="Orange", bin_name=plate_bin)
    recovered = recovered_pattern(shot)
    yield _track(
        shot, "Recovered", recovered, colour="Teal", bin_name=RECOVERED_BIN, composite="Color"
    )
    for title, pattern, colour, bin_name in (
        ("LUT Baseline", f"baseline/{name}_LUT_####.exr", "Yellow", BASELINE_BIN),
        ("Final", f"composite/{name}_COMP_####.exr", "Green", RECOVERED_BIN),
    ):
        try:
            yield _track(shot, title, pattern, colour=colour, bin_name=bin_name, enabled=False)
        except FrameError as error:
            say(f"{title} is left out: {error}")


def _track(
    shot: Shot,
    name: str,
    pattern: str,
    *,
    colour: str,
    bin_name: str,
    composite: Literal["Normal", "Color"] = "Normal",
    enabled: bool = True,
) -> CompositeTrack:
    first = shot.shot.frames.first
    path = _whole_sequence(shot, pattern).path(first)
    timecode, _ = own_timecode(read_header(path), first, shot.shot.frame_rate)
    return CompositeTrack(
        name=name,
        pattern=hashed_pattern(shot, path, pattern),
        first=first,
        last=shot.shot.frames.last,
        timecode=timecode,
        enabled=enabled,
        composite=composite,
        colour=colour,
        bin=bin_name,
    )


def _first_header(shot: Shot, pattern: str) -> Header:
    return read_header(Sequence.find(pattern, shot.root).path(shot.shot.frames.first))


def _start_timecode(shot: Shot, header: Header, say: Say) -> str:
    """Return the timecode of the shot's first frame, and say where it is from."""
    counted, reason = own_timecode(header, shot.shot.frames.first, shot.shot.frame_rate)
    stated = shot.source.timecode
    if stated is None:
        say(f"the timeline starts at {counted}: {reason}")
        return counted
    differs = f", although {counted} is the plate's: {reason}" if counted != stated else ""
    say(f"the timeline starts at {stated}, as [source] timecode says{differs}")
    return stated
