"""What the tool hands back to Resolve: `bring_back.json` in the shot's folder."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, NamedTuple, Tuple

from .errors import BridgeError
from .timecode import frames_to_timecode, rate_from_text, timecode_to_frames

FORMAT = 1
"""The form of the file that this version reads."""

FILE = "bring_back.json"
"""Its name."""

AGAIN = "run `chromaresolve composite` on the shot again"
"""What to do when the file is not what it must be."""


class ReturnedTrack(NamedTuple):
    """One track of the composite timeline."""

    name: str
    """As the track is called."""
    pattern: str
    """Its frames, relative to the shot's folder, with `####` for the number."""
    first: int
    """Its first frame."""
    last: int
    """Its last frame, inclusive."""
    enabled: bool
    """Whether the track is on."""
    composite: str
    """`Normal` or `Color`."""
    colour: str
    """The clip's colour in Resolve."""
    bin: str
    """The bin its clip lies in."""

    def file(self, frame: int) -> str:
        """Return a frame's file, relative to the shot's folder."""
        head, hashes, tail = self.pattern.rpartition("####")
        return f"{head}{frame:04d}{tail}" if hashes else self.pattern


class ReturnedMarker(NamedTuple):
    """One frame to look at."""

    frame: int
    """Its number."""
    colour: str
    """The marker's colour in Resolve."""
    name: str
    """Why it is marked, in a word."""
    note: str
    """Why it is marked, in a sentence."""


class Returned(NamedTuple):
    """The composite timeline as the tool made it."""

    name: str
    """The shot's name."""
    film: str
    """The film's title."""
    frame_rate: Fraction
    """Frames per second, exact."""
    drop_frame: bool
    """Whether its timecode drops numbers."""
    first: int
    """The shot's first frame."""
    last: int
    """The shot's last frame, inclusive."""
    start_timecode: str
    """The timecode of the first frame."""
    reel: str
    """The Source's reel, where it has one."""
    tracks: Tuple[ReturnedTrack, ...]
    """From V1 up."""
    markers: Tuple[ReturnedMarker, ...]
    """Frames to look at."""

    def timecode_of(self, frame: int) -> str:
        """Return a frame's timecode."""
        number = timecode_to_frames(self.start_timecode, self.frame_rate) + frame - self.first
        return frames_to_timecode(number, self.frame_rate, self.drop_frame)


def load_returned(folder: Path) -> Returned:
    """Read what the tool handed back.

    Raises:
        BridgeError: It is not there, or not what it must be.
    """
    file = folder / FILE
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BridgeError(str(file), "is not there", "run 6 Recover first") from error
    except (OSError, ValueError) as error:
        raise BridgeError(str(file), f"cannot be read ({error})", AGAIN) from error
    try:
        return _returned(facts)
    except (KeyError, TypeError, ValueError) as error:
        raise BridgeError(str(file), f"is not what it must be ({error!r})", AGAIN) from error


def _returned(facts: Dict[str, Any]) -> Returned:
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']!r}")
    first, _, last = str(facts["frames"]).partition("-")
    tracks = tuple(_track(one) for one in facts["tracks"])
    if not tracks:
        raise ValueError("no tracks")
    return Returned(
        name=str(facts["name"]),
        film=str(facts["film"]),
        frame_rate=rate_from_text(str(facts["frame_rate"])),
        drop_frame=bool(facts["drop_frame"]),
        first=int(first),
        last=int(last or first),
        start_timecode=str(facts["start_timecode"]),
        reel=str(facts["reel"]),
        tracks=tracks,
        markers=tuple(_marker(one) for one in facts["markers"]),
    )


def _track(facts: Dict[str, Any]) -> ReturnedTrack:
    return ReturnedTrack(
        name=str(facts["name"]),
        pattern=str(facts["pattern"]),
        first=int(facts["first"]),
        last=int(facts["last"]),
        enabled=bool(facts["enabled"]),
        composite=str(facts["composite"]),
        colour=str(facts["colour"]),
        bin=str(facts["bin"]),
    )


def _marker(facts: Dict[str, Any]) -> ReturnedMarker:
    return ReturnedMarker(
        frame=int(facts["frame"]),
        colour=str(facts["colour"]),
        name=str(facts["name"]),
        note=str(facts["note"]),
    )
