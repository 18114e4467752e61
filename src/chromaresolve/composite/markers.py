"""The frames of a shot that somebody should look at, as markers on the composite timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chromaresolve.errors import StageError
from chromaresolve.shot import Shot

FLAGGED = "review/flagged.json"
"""Where the frames stand that review stumbled over, in the shot folder."""

FLAGGED_FORM = '{"frame": 1007, "reason": "why", "verdict": "flagged"}'
"""How one of them is written; a verdict may also be `rejected`, or `accepted` for no marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A frame to look at."""

    frame: int
    """Its number in the Source's files."""
    colour: str
    """One of Resolve's marker colours."""
    name: str
    """What kind of frame it is."""
    note: str
    """Why it is marked."""


def plan_markers(shot: Shot) -> tuple[Marker, ...]:
    """Return one marker for each frame that review flagged or that was held out, in their order.

    Raises:
        StageError: `flagged.json` is not what it must be.
    """
    markers = {
        pair.source: Marker(frame=pair.source, colour="Blue", name="hold-out", note=pair.reason)
        for pair in shot.held_out
    }
    for flagged in _flagged(shot.path(FLAGGED)):
        # Resolve holds one marker a frame: the one that asks for work stays.
        is_held_out = flagged.frame in markers
        note = f"{flagged.note} (a hold-out)" if is_held_out else flagged.note
        markers[flagged.frame] = replace(flagged, note=note)
    return tuple(markers[frame] for frame in sorted(markers) if frame in shot.shot.frames)


def _flagged(file: Path) -> Iterator[Marker]:
    for row in _rows(file):
        match row:
            case {"frame": int(frame), "reason": str(reason), "verdict": "flagged" | "rejected"}:
                yield Marker(frame=frame, colour="Red", name=row["verdict"], note=reason)
            case {"frame": int(), "reason": str(), "verdict": "accepted"}:
                pass
            case _:
                raise StageError(file, f"found {row!r}: write {FLAGGED_FORM}, or remove the file")


def _rows(file: Path) -> list[Any]:
    if not file.is_file():
        return []
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(file, f"cannot be read ({error}): write it again, or remove it") from error
    match content:
        case {"frames": list(rows)}:
            return rows
        case _:
            raise StageError(file, f'has no list of frames: write {{"frames": [{FLAGGED_FORM}]}}')
