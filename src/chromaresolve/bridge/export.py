"""5 Export Pair: Source and Reference as EXRs, one to one, verified on disk, and handed over.

Each sequence is rendered alone into a folder of its own, looked at there, and only then put in the
place of an earlier export. What is done is written into `turnover.json` at once: a render that
fails costs none of those before it.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple

from . import rendering
from .delivered import (
    AGAIN,
    Delivered,
    Expected,
    dark_edges,
    is_still,
    look_at,
    make_empty,
    put_in_place,
)
from .errors import BridgeError
from .export_facts import look
from .exporting import EXPORT, PLATES, SPOKEN, SUFFIXES, TITLE, Facts, Wanted, current, handed, plan
from .handles import Stage, staged, use_version
from .handover import Exported, load_turnover, save_turnover
from .keeping import kept_timeline, kept_timeline_settings, kept_version, only_tracks
from .names import BALANCED_VERSION, PRE_BALANCE
from .project_settings import ODT, odt_names
from .questions import Question, answers_file, save_answers
from .rendering import Wish, render
from .seen import read_nodes
from .sequences import parse_resolve_path
from .session import Session
from .step import Context, Finding, Plan, Step
from .values import read_timeline_setting, write_timeline_setting

QUESTIONS = (
    Question("folder", "Shot folder", is_needed=True, hint="the EXRs go into its folder plates"),
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question("handles", "Handles", 0, hint="frames before and after, as far as both clips go"),
    Question("with_master", "ACES2065-1 master of the Source too", False),
    Question(
        "reference_kind",
        "The Reference is",
        "direct",
        hint="direct: from the same film; constructed: an informed estimate",
        choices=("direct", "constructed"),
    ),
    Question("export_again", "Export everything again, once", False),
)

PACKINGS: Mapping[str, Tuple[str, ...]] = {
    "RGBHalfZIP": ("zip", "zips"),
    "RGBHalfPIZ": ("piz",),
    "RGBHalf": ("none",),
    "RGBHalfDWAA": ("dwaa",),
}
"""What the headers of each codec's files may say."""

SHAPES = ("square", "cinemascope", "16_9", "4_3")
"""The pixel aspects that render settings know."""

CUSTOM = "useCustomSettings"
"""Resolve's name for a timeline having settings of its own."""

TOLD_PERCENT = 25
"""Progress is told in steps of so much."""


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Export what is planned; each sequence that is whole is handed over at once."""
    if not plan:
        return
    roles = [action.subject for action in plan if action.verb == EXPORT]
    todo = [one for one in facts.wanted if one.role in roles]
    done = {role: one for role, one in current(facts).items() if role not in roles}
    folder = context.shot_folder
    # What is about to be replaced is no longer what was handed over.
    save_turnover(folder, handed(facts, done))
    if not todo:
        return
    session = context.session
    with kept_timeline(session), staged(session, facts) as stage:
        for wanted in todo:
            context.say(f"{wanted.what}: rendering {facts.run.first}-{facts.run.last}")
            done[wanted.role] = _export(context, facts, wanted, stage)
            save_turnover(folder, handed(facts, done))
    project = str(session.demand(session.project(), "Project.GetName"))
    if context.answers.get("export_again"):
        save_answers(answers_file(context.home, project), {"export_again": False})


def verify(context: Context, _plan: Plan) -> Sequence[Finding]:
    """Read what is handed over, and whether its files are there."""
    turnover = load_turnover(context.shot_folder)
    known = turnover.sequences if turnover else {}
    findings = [
        Finding("stop", SPOKEN[role], "is not exported: look above, then run this entry again")
        for role in ("source", "reference")
        if role not in known
    ]
    for role, one in known.items():
        files = [context.shot_folder / one.pattern.replace("####", f"{n:04}") for n in one.frames]
        if all(file.is_file() for file in files):
            sentence = f"{one.pattern}, {one.first}-{one.last}, {one.compression.upper()}"
            findings.append(Finding("ok", SPOKEN[role], sentence))
        else:
            sentence = f"frames of {one.pattern} are gone: run this entry again"
            findings.append(Finding("stop", SPOKEN[role], sentence))
        findings += [Finding("note", SPOKEN[role], note) for note in one.notes]
    return findings


def _export(context: Context, facts: Facts, wanted: Wanted, stage: Stage) -> Exported:
    """Render one sequence, look at it, and put it in its place."""
    plates = context.shot_folder / PLATES
    aside = plates / f".rendering-{wanted.role}"
    make_empty(aside)
    name = f"{context.name}_{SUFFIXES[wanted.role]}_"
    try:
        files = _render(context, facts, wanted, stage, aside)
        delivered = look_at(files, _expected(facts, wanted))
        notes = [*delivered.notes, *_judge(delivered, wanted, facts.run.first)]
        put_in_place(delivered.files, plates, name, facts.run.first)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Exported(
        pattern=f"{PLATES}/{name}####.exr",
        first=facts.run.first,
        last=facts.run.last,
        compression=delivered.compression,
        clip=wanted.clip.name,
        file=wanted.clip.path,
        input_transform=wanted.input_transform,
        size=delivered.size,
        made_from=wanted.made_from,
        notes=tuple(notes),
        more=wanted.more,
    )


def _render(
    context: Context, facts: Facts, wanted: Wanted, stage: Stage, aside: Path
) -> List[Path]:
    """Render one track alone, in its colour version and through its output transform."""
    session = context.session
    width, height = facts.raster
    settings = {
        "ExportAlpha": False,
        "FormatWidth": width,
        "FormatHeight": height,
        "ColorSpaceTag": "Same as Project",
        "GammaTag": "Same as Project",
        "ClipStartFrame": facts.run.first,
    }
    if facts.pixel_aspect in SHAPES:
        settings["PixelAspectRatio"] = facts.pixel_aspect
    wish = Wish(
        timeline=stage.timeline,
        folder=aside,
        name=f"{context.name}_{SUFFIXES[wanted.role]}_",
        container="exr",
        codec=wanted.codec,
        first=stage.first,
        last=stage.first + facts.run.duration - 1,
        settings=settings,
        poll=rendering.POLL_SECONDS,
        stall=rendering.STALL_SECONDS,
    )
    with contextlib.ExitStack() as kept:
        kept.enter_context(only_tracks(session, stage.timeline, [stage.tracks[wanted.track]]))
        for item in stage.items[wanted.track]:
            kept.enter_context(_used_version(session, item, wanted.version))
        kept.enter_context(_transformed(context, stage.timeline, wanted))
        return render(session, wish, _teller(context, wanted))


@contextlib.contextmanager
def _used_version(session: Session, item: Any, name: str) -> Iterator[None]:
    """Use a colour version for the time of a render; the balanced one must carry PreBalance."""
    with kept_version(session, item):
        use_version(session, item, name)
        nodes = read_nodes(session, session.ask(item, "TimelineItem.GetNodeGraph"))
        balance = [node for node in nodes if node.is_pre_balance]
        others = [text for node in nodes for text in node.others]
        if others or bool(balance) != (name == BALANCED_VERSION):
            wanted = PRE_BALANCE if name == BALANCED_VERSION else "nothing"
            found = ", ".join(others) or (PRE_BALANCE if balance else "nothing")
            cause = f"it carries {found}, and must carry {wanted} alone"
            raise BridgeError(f"colour version {name!r}", cause, "run 2 Conform")
        yield


@contextlib.contextmanager
def _transformed(context: Context, timeline: Any, wanted: Wanted) -> Iterator[None]:
    """Render through the output transform that is wanted: read back, or nothing is rendered."""
    session = context.session
    allowed = odt_names({"odt": "", **context.answers})
    with contextlib.ExitStack() as kept:
        if wanted.odt:
            allowed = (wanted.odt,)
            kept.enter_context(kept_timeline_settings(session, timeline, (CUSTOM, ODT)))
            write_timeline_setting(session, timeline, CUSTOM, "1")
            write_timeline_setting(session, timeline, ODT, wanted.odt)
        told = str(read_timeline_setting(session, timeline, ODT))
        if told not in allowed:
            cause = f"the output transform is {told!r}, not {' or '.join(map(repr, allowed))}"
            raise BridgeError(
                wanted.what, cause, "choose it in Project Settings > Color Management"
            )
        yield


def _teller(context: Context, wanted: Wanted) -> rendering.OnProgress:
    told = [0]

    def tell(percent: int) -> None:
        if percent - told[0] >= TOLD_PERCENT:
            told[0] = percent
            context.say(f"{wanted.what}: {percent} %")

    return tell


def _expected(facts: Facts, wanted: Wanted) -> Expected:
    return Expected(
        what=wanted.what,
        frames=facts.run.duration,
        width=facts.raster[0],
        height=facts.raster[1],
        compressions=PACKINGS[wanted.codec],
        is_square=facts.pixel_aspect == "square",
        timecode=facts.start_timecode,
        rate=facts.rate[0],
        is_display=wanted.is_display,
    )


def _judge(delivered: Delivered, wanted: Wanted, first: int) -> List[str]:
    """Say what is odd about the pictures that came.

    Raises:
        BridgeError: They are not the scan's, one to one.
    """
    notes = []
    if delivered.is_still:
        sentence = "all frames are one picture"
        if wanted.role != "reference" and not _is_still_medium(wanted):
            raise BridgeError(wanted.what, f"{sentence}, and the clip's are not", AGAIN)
        notes.append(f"{sentence}: is it a still?")
    if delivered.dark_edges and wanted.role != "reference":
        edges = ", ".join(delivered.dark_edges)
        own = _dark_edges_of(wanted, first)
        if own is None:
            notes.append(f"black at the {edges}: look whether Output Blanking is off")
        elif set(delivered.dark_edges) - set(own):
            cause = f"black at the {edges}, where the scan has a picture"
            remedy = "switch off Output Blanking and sizing on the Color page, then run this again"
            raise BridgeError(wanted.what, cause, remedy)
    return notes


def _is_still_medium(wanted: Wanted) -> bool:
    """Say whether the clip's own files are one picture, as of a title card made in a computer."""
    try:
        named = parse_resolve_path(wanted.clip.path)
        return named is not None and is_still(named.files)
    except (BridgeError, OSError):
        return False


def _dark_edges_of(wanted: Wanted, first: int) -> Optional[Tuple[str, ...]]:
    try:
        named = parse_resolve_path(wanted.clip.path)
    except BridgeError:
        return None
    return dark_edges(named.file(first)) if named else None


STEP = Step(
    name="export",
    title=TITLE,
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
