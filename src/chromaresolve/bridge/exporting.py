"""What 5 Export Pair decides: which sequences there are to export, and which are there already.

Facts in, actions out; Resolve is not called here. A sequence is exported again when anything it was
made from has changed, or its files have.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from .errors import BridgeError
from .handover import FILE, Exported, Turnover, from_text, to_text
from .journal import plain
from .media import Clip
from .pair import Run, timecode_after
from .questions import Answers
from .seen import Seen
from .step import Action, Finding, Plan
from .timecode import Rate

TITLE = "Export Pair"

PLATES = "plates"
"""The folder of what is exported, in the shot's folder."""

SUFFIXES: Mapping[str, str] = {
    "source": "SOURCE",
    "reference": "REF",
    "balanced": "BAL",
    "master": "ACES",
}
"""What a role's files are called behind the shot's name."""

SPOKEN: Mapping[str, str] = {
    "source": "Source",
    "reference": "Reference",
    "balanced": "Balanced",
    "master": "ACES master",
}
"""What people call them."""

EXPORT, WRITE = "export", "write"
"""The verbs of a plan."""


class Wanted(NamedTuple):
    """One sequence that is to be exported."""

    role: str
    """One of those that can be handed over."""
    track: int
    """The video track that is seen alone."""
    version: str
    """The colour version its clips must have."""
    odt: str
    """The output transform; empty for the timeline's own."""
    codec: str
    """The EXR codec's id."""
    clip: Clip
    """Its clip in the media pool."""
    seen: Tuple[Seen, ...]
    """What of it lies on the timeline."""
    input_transform: str
    """Of its clips."""
    made_from: str
    """Stands for everything it is made from."""
    more: Mapping[str, Any] = {}
    """What else is handed over about it."""

    @property
    def what(self) -> str:
        """What people call it."""
        return SPOKEN[self.role]

    @property
    def is_display(self) -> bool:
        """Whether it goes through the Rec.709 output transform."""
        return not self.odt


class OnDisk(NamedTuple):
    """The files of a role that are there."""

    frames: Tuple[int, ...] = ()
    """Their numbers."""
    size: int = 0
    """All bytes together."""


class Facts(NamedTuple):
    """The pair timeline, what was exported of it, and what is wrong with it."""

    timeline: str
    """The pair timeline's name."""
    run: Run
    """Where the Source lies on it, and the file number of its first frame; with its handles."""
    handles: Tuple[int, int]
    """How many frames of that are handles: before, and after."""
    start_timecode: str
    """Of the first frame that is exported."""
    rate: Rate
    """Frames per second, and drop frame."""
    raster: Tuple[int, int]
    """Width and height of the timeline."""
    pixel_aspect: str
    """In Resolve's word."""
    shot: Mapping[str, Any]
    """What is handed over about the whole shot."""
    wanted: Tuple[Wanted, ...]
    """What is to be exported, the Source first."""
    before: Optional[Turnover]
    """What was handed over before."""
    on_disk: Mapping[str, OnDisk]
    """The files that are there, by role."""
    findings: Tuple[Finding, ...]
    """What was seen that matters to an export."""

    @property
    def notes(self) -> Tuple[str, ...]:
        """What is handed over with the pair for the artist to know."""
        notes = [one for one in self.findings if one.verdict == "note"]
        return tuple(f"{one.subject}: {one.sentence}" for one in notes)


def plan(facts: Facts, answers: Answers) -> Plan:
    """Export what is not there as it should be, and write down what is handed over.

    Raises:
        BridgeError: There is something to export, and something must be mended first.
    """
    again = bool(answers.get("export_again"))
    actions = [
        Action(EXPORT, one.role, (f"{facts.run.first}-{facts.run.last}", one.codec))
        for one in facts.wanted
        if again or not is_current(facts, one)
    ]
    stops = [one for one in facts.findings if one.verdict == "stop"]
    if actions and stops:
        said = "; ".join(f"{one.subject}: {one.sentence}" for one in stops)
        raise BridgeError(TITLE, said, "then run this entry again")
    if not actions and facts.before != handed(facts, current(facts)):
        actions.append(Action(WRITE, FILE))
    return tuple(actions)


def is_current(facts: Facts, wanted: Wanted) -> bool:
    """Say whether a sequence was exported from just this, and its files are still there."""
    known = facts.before.sequences.get(wanted.role) if facts.before else None
    there = facts.on_disk.get(wanted.role, OnDisk())
    return (
        known is not None
        and known.made_from == wanted.made_from
        and there == OnDisk(tuple(known.frames), known.size)
    )


def current(facts: Facts) -> Dict[str, Exported]:
    """Return what was exported before and still holds, with what is known of it now."""
    if facts.before is None:
        return {}
    return {
        one.role: facts.before.sequences[one.role]._replace(more=one.more)
        for one in facts.wanted
        if is_current(facts, one)
    }


def handed(facts: Facts, sequences: Mapping[str, Exported]) -> Turnover:
    """Return what is handed over when these sequences are done."""
    return from_text(to_text(Turnover(facts.shot, sequences, facts.notes)))


def start_timecode(begins: str, run: Run, rate: Rate) -> str:
    """Return the timecode of the first frame of a run on a timeline."""
    return timecode_after(begins, run.start, *rate)


def stamp(facts: Mapping[str, Any]) -> str:
    """Return a short text that stands for facts: other facts have another."""
    text = json.dumps(plain(facts), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
