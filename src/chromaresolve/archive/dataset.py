"""The index of the frames that taught and of those held out: numbers, timecodes, reasons."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from chromaresolve.alignment.record import load_alignment
from chromaresolve.bridge.timecode import (
    frames_per_day,
    frames_to_timecode,
    is_drop_frame,
    timecode_to_frames,
)
from chromaresolve.composite.timeline import own_timecode
from chromaresolve.errors import FrameError
from chromaresolve.frames import Sequence, frame_path, read_header
from chromaresolve.shot import Pair, Shot

Row = dict[str, Any]
"""One pair: names and plain values."""


def index_pairs(shot: Shot) -> list[Row]:
    """Return a row for each pair, in the manifest's order."""
    left_out: Mapping[str, str] = load_alignment(shot).get("left_out", {})
    source = _Frames.of(shot, shot.source.scan)
    reference = _Frames.of(shot, shot.reference.sequence)
    return [
        {
            "pair": number,
            "use": _use(pair, left_out),
            "source_frame": pair.source,
            "source_timecode": _stated_timecode(shot, pair.source) or source.timecode(pair.source),
            "source_file": source.name(pair.source),
            "reference_frame": pair.reference,
            "reference_timecode": reference.timecode(pair.reference),
            "reference_file": reference.name(pair.reference),
            "field_from": "" if pair.field_from is None else pair.field_from,
            "kind": pair.kind or shot.reference.kind,
            "reason": pair.reason,
            "left_out_because": left_out.get(str(pair.source), ""),
            "citation": pair.note or shot.reference.note,
        }
        for number, pair in enumerate(shot.pair, start=1)
    ]


def pairs_to_csv(rows: list[Row]) -> str:
    """Write the index as a table that any spreadsheet opens (RFC 4180, but with LF line ends)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(_COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def pairs_to_json(shot: Shot, rows: list[Row]) -> str:
    """Write the index with what the numbers are counted in."""
    content = {
        "shot": shot.shot.name,
        "film": shot.shot.film,
        "frames": str(shot.shot.frames),
        "frame_rate": str(shot.shot.frame_rate),
        "source": shot.source.scan,
        "reference": shot.reference.sequence,
        "columns": _COLUMNS,
        "pairs": rows,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


_COLUMNS = {
    "pair": "the pair's number",
    "use": "taught; held out (only measured); or left out of teaching",
    "source_frame": "frame number in the Source",
    "source_timecode": "its timecode: stated, its header's, or its number counted at the rate",
    "source_file": "its file, as the manifest names it",
    "reference_frame": "frame number in the Reference",
    "reference_timecode": "timecode of that frame; empty where its file is not on disk",
    "reference_file": "its file, as the manifest names it",
    "field_from": "the Reference frame with this one's other field, where it is telecined",
    "kind": "direct (a copy of the same film) or constructed (an informed estimate)",
    "reason": "why this frame",
    "left_out_because": "why it was left out of teaching, where it was",
    "citation": "where the Reference frame comes from",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frames:
    """A sequence as far as it is on disk."""

    shot: Shot
    pattern: str
    paths: Mapping[int, Path]

    @classmethod
    def of(cls, shot: Shot, pattern: str) -> Self:
        try:
            paths = Sequence.find(pattern, shot.root).paths
        except FrameError:  # it lies in another archive by now
            paths = {}
        return cls(shot=shot, pattern=pattern, paths=paths)

    def name(self, frame: int) -> str:
        path = self.paths.get(frame)
        return self.shot.relative(path) if path else frame_path(self.pattern, frame, Path()).name

    def timecode(self, frame: int) -> str:
        if frame not in self.paths:
            return ""
        header = read_header(self.paths[frame])
        return own_timecode(header, frame, self.shot.shot.frame_rate)[0]


def _use(pair: Pair, left_out: Mapping[str, str]) -> str:
    if str(pair.source) in left_out:
        return "left out"
    return "held out" if pair.hold_out else "taught"


def _stated_timecode(shot: Shot, frame: int) -> str:
    """Count from the timecode that the manifest states for the shot's first frame, if it does."""
    stated, rate = shot.source.timecode, shot.shot.frame_rate
    if stated is None:
        return ""
    drop_frame = is_drop_frame(stated)
    count = timecode_to_frames(stated, rate) + frame - shot.shot.frames.first
    return frames_to_timecode(count % frames_per_day(rate, drop_frame), rate, drop_frame)
