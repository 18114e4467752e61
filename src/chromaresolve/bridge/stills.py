"""8 Validation Stills: the same frame as original, recovered, baseline and final, side by side.

Exported from the playhead (`ExportStills` writes nothing unless the gallery is open), with one
track combination each, and every switch put back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from .errors import BridgeError
from .keeping import (
    kept_page,
    kept_playhead,
    kept_timeline,
    move_playhead,
    only_tracks,
    open_timeline,
)
from .names import composite_timeline
from .placing import built_timeline, track_numbers
from .questions import Answers, Question
from .returned import Returned, load_returned
from .session import Session
from .step import Action, Context, Finding, Plan, Step

VARIANTS: Tuple[Tuple[str, Tuple[str, ...]], ...] = (
    ("A_original", ("Original",)),
    ("B_recovered", ("Original", "Recovered")),
    ("C_baseline", ("LUT Baseline",)),
    ("D_final", ("Final",)),
)
"""What each still shows, and which tracks are on for it; without them all it is left out."""

QUESTIONS = (
    Question("folder", "Shot folder", is_needed=True, hint="where shot.toml is"),
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question(
        "still_frames", "More frames", hint="numbers with commas; flagged and hold-out come anyway"
    ),
    Question("still_format", "File format", default="png", choices=("png", "tif", "jpg", "dpx")),
)


class Facts(NamedTuple):
    """What there is to take stills of."""

    record: Returned
    """The composite timeline as the tool handed it over."""
    tracks: Dict[str, int]
    """The timeline's video tracks by name."""
    folder: Path
    """Where stills are written."""
    there: Dict[str, float]
    """Stills that are there, with the time they were written."""
    made: Dict[int, float]
    """When each frame's pictures were last written."""


def look(context: Context) -> Facts:
    """Read the hand-over, the timeline's tracks, and which stills are there."""
    session = context.session
    record = load_returned(context.shot_folder)
    timeline = built_timeline(context.session, composite_timeline(context.name), "7 Bring Back")
    folder = context.shot_folder / "stills"
    there = {file.name: file.stat().st_mtime for file in folder.glob("*.*")}
    return Facts(
        record=record,
        tracks=track_numbers(session, timeline),
        folder=folder,
        there=there,
        made={n: _written(context.shot_folder, record, n) for n in _marked(record)},
    )


def plan(facts: Facts, answers: Answers) -> Plan:
    """Take a still of each chosen frame in each variant, unless a newer one is there."""
    actions: List[Action] = []
    for frame in sorted(set(_marked(facts.record)) | set(_asked(facts.record, answers))):
        for variant, tracks in VARIANTS:
            if any(track not in facts.tracks for track in tracks):
                continue
            name = f"{facts.record.name}_{frame:04d}_{variant}.{answers['still_format']}"
            if facts.there.get(name, -1.0) <= facts.made.get(frame, 0.0):
                shown = tuple(facts.tracks[track] for track in tracks)
                actions.append(Action("take still", name, (frame, *shown)))
    return tuple(actions)


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Export the stills; page, timeline, playhead and track switches are put back."""
    if not plan:
        return
    session = context.session
    facts.folder.mkdir(parents=True, exist_ok=True)
    timeline = built_timeline(context.session, composite_timeline(context.name), "7 Bring Back")
    with kept_page(session), kept_timeline(session):
        open_timeline(session, timeline)
        session.demand(session.resolve, "Resolve.OpenPage", "color")
        with kept_playhead(session, timeline):
            for action in plan:
                frame, *tracks = action.values
                timecode = facts.record.timecode_of(frame)
                with only_tracks(session, timeline, tracks):
                    _export(session, timeline, timecode, facts, action.subject)


def verify(context: Context, plan: Plan) -> Sequence[Finding]:
    """Look whether every still is on disk, and whether the variants differ at all."""
    folder = context.shot_folder / "stills"
    missing = [one.subject for one in plan if not _is_file(folder / one.subject)]
    if missing:
        sentence = f"Resolve said yes and wrote no {', '.join(missing)}: take them by hand"
        return [Finding("stop", "stills", sentence)]
    taken = f"{len(plan)} taken, in {folder}"
    same = _same_pictures(folder, plan)
    if same:
        sentence = f"{taken}; {same} are one picture: did the tracks switch?"
        return [Finding("note", "stills", sentence)]
    return [Finding("ok", "stills", taken)]


def _marked(record: Returned) -> List[int]:
    return [marker.frame for marker in record.markers]


def _asked(record: Returned, answers: Answers) -> List[int]:
    text = str(answers.get("still_frames", ""))
    try:
        frames = [int(part) for part in text.replace(";", ",").split(",") if part.strip()]
    except ValueError as error:
        cause = f"found {text!r}"
        raise BridgeError("More frames", cause, "write numbers with commas: 1001, 1050") from error
    outside = [n for n in frames if not record.first <= n <= record.last]
    if outside:
        cause = f"frame {outside[0]} is not of this shot"
        remedy = f"write frames from {record.first} to {record.last}"
        raise BridgeError("More frames", cause, remedy)
    # Without any frame marked, the first, middle and last still show the shot.
    if not frames and not record.markers:
        return [record.first, (record.first + record.last) // 2, record.last]
    return frames


def _written(root: Path, record: Returned, frame: int) -> float:
    """Return when the newest picture of a frame was written."""
    files = [root / track.file(frame) for track in record.tracks]
    return max([file.stat().st_mtime for file in files if file.is_file()] or [0.0])


def _export(session: Session, timeline: Any, timecode: str, facts: Facts, name: str) -> None:
    move_playhead(session, timeline, timecode)
    unfinished = facts.folder / f".unfinished_{name}"  # the extension tells Resolve the format
    session.demand(session.project(), "Project.ExportCurrentFrameAsStill", str(unfinished))
    if not _is_file(unfinished):
        cause = "Resolve said yes and wrote no file"
        raise BridgeError(name, cause, "export it by hand from the Color page's viewer")
    unfinished.replace(facts.folder / name)


def _is_file(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _same_pictures(folder: Path, plan: Plan) -> str:
    """Return the first two stills of one frame that are equal byte for byte."""
    seen: Dict[Tuple[int, bytes], str] = {}
    for action in plan:
        key = (int(action.values[0]), (folder / action.subject).read_bytes())
        if key in seen:
            return f"{seen[key]} and {action.subject}"
        seen[key] = action.subject
    return ""


STEP = Step(
    name="stills",
    title="Validation Stills",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
"""The menu's eighth entry."""
