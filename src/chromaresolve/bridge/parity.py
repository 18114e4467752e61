"""4 Check Parity: Source against Reference against timeline, before anything is exported.

Nothing is changed: a table with a verdict and a remedy for each row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Sequence, Tuple

from . import conform
from .conformed import judge_pair
from .errors import BridgeError
from .exr_header import ExrHeader, read_header
from .media import Clip
from .names import pair_timeline
from .parity_rows import NOT_TOLD, Facts, Side, judge_clips
from .placing import find_timeline
from .project_settings import COLOUR_PAGE, ODT, SCIENCE, judge_aces, odt_names, read_aces_version
from .questions import Answers, Question
from .seen import read_nodes
from .sequences import parse_resolve_path
from .step import Context, Finding, Plan, Step
from .values import read_timeline_setting

GAMUT, OUTPUT = "colorAcesGamutCompressType", "timelineOutputResMatchTimelineRes"
"""Resolve's names for two settings."""

SETTINGS = (
    SCIENCE,
    ODT,
    GAMUT,
    OUTPUT,
    "colorAcesIDT",
    "perfProxyMediaMode",
    "timelinePixelAspectRatio",
)
"""What is read of the timeline, or of the project where it has no settings of its own."""

_NOT_ASKED = {
    "source_first": 0,
    "count": 0,
    "reference_offset": 0,
    "odt": "",
    "aces_version": "",
}
"""What holds where set-up and conform were not run by the menu."""

QUESTIONS = (Question("name", "Shot name", is_needed=True, hint="how its files begin"),)


def look(context: Context) -> Facts:
    """Read everything that is compared; change nothing.

    Raises:
        BridgeError: There is no pair timeline.
    """
    session, name = context.session, pair_timeline(context.name)
    timeline = find_timeline(session, name)
    if timeline is None:
        raise BridgeError(f"timeline {name!r}", "is not there", "run 2 Conform first")
    pair = conform.look(context)
    nodes = read_nodes(session, session.ask(timeline, "Timeline.GetNodeGraph"))
    return Facts(
        pair=pair,
        sides=tuple(_side(lane.name, lane.clip) for lane in pair.lanes),
        settings={key: read_timeline_setting(session, timeline, key) for key in SETTINGS},
        aces=read_aces_version(session, timeline),
        is_timeline_graded=len(nodes) > 1 or any(node.lut or node.tools for node in nodes),
        home=context.home,
    )


def _wait(_context: Context) -> None:
    """Read nothing yet: everything is read once, where it is judged."""


def plan(_facts: None, _answers: Answers) -> Plan:
    """Change nothing."""
    return ()


def apply(_context: Context, _facts: None, _plan: Plan) -> None:
    """Change nothing."""


def verify(context: Context, _plan: Plan) -> Sequence[Finding]:
    """Return the table."""
    return judge_parity(look(context), context.answers)


def judge_parity(facts: Facts, answers: Answers) -> List[Finding]:
    """Return the table: a verdict for each row, and what to do about it."""
    asked = {**_NOT_ASKED, **answers}
    return [
        *judge_clips(facts, asked),
        *judge_settings(facts, asked),
        *judge_pair(facts.pair, asked),
    ]


def judge_settings(facts: Facts, answers: Answers) -> List[Finding]:
    """Return the rows about the project and the timeline as a whole."""
    image = "Project Settings > Image Scaling"
    rows = [
        ("color science", SCIENCE, ("acescct", "acescc"), f"choose ACEScct in {COLOUR_PAGE}"),
        ("output transform", ODT, odt_names(answers), f"choose one of these in {COLOUR_PAGE}"),
        ("gamut compression", GAMUT, ("None", ""), f"choose None in {COLOUR_PAGE}"),
        ("output as timeline", OUTPUT, ("1", ""), f"switch it on in {image}"),
    ]
    found = []
    for subject, key, wanted, remedy in rows:
        told = facts.setting(key)
        if told in wanted:
            found.append(Finding("ok", subject, told or NOT_TOLD))
        else:
            names = " or ".join(repr(name) for name in wanted if name)
            found.append(Finding("stop", subject, f"{told or NOT_TOLD}, not {names}: {remedy}"))
    found.append(judge_aces(facts.aces, answers, facts.home))
    graded = Finding("stop", "timeline grade", "the timeline itself is graded: reset its nodes")
    return [*found, graded if facts.is_timeline_graded else Finding("ok", "timeline grade", "none")]


def _side(name: str, clip: Clip) -> Side:
    header, unreadable = _first_header(clip)
    return Side(name, clip, header, unreadable)


def _first_header(clip: Clip) -> Tuple[Any, str]:
    """Return what the first file says, if it is an EXR, and why it could not be read, if so."""
    file = Path(clip.path)
    try:
        named = parse_resolve_path(clip.path)
        file = named.file(named.first) if named else file
        header: ExrHeader = read_header(file)
    except BridgeError as error:
        return None, error.cause if file.suffix.lower() == ".exr" else ""
    return header, ""


STEP = Step(
    name="parity",
    title="Check Parity",
    questions=QUESTIONS,
    look=_wait,
    plan=plan,
    apply=apply,
    verify=verify,
)
