"""1 Set Up Project: the project, its settings, bins and media, and the proof of its transforms."""

from __future__ import annotations

import re
from typing import List, Tuple

from .chart import prove_once
from .errors import BridgeError
from .keeping import kept_bin
from .material import Material, attributes, check, find_material, has_attribute, with_clip
from .names import BINS, DISPLAY_TRANSFORM, pair_timeline, project_name
from .project import MISSING, OPEN, THERE, Facts, do, enter, save, state_of
from .project_settings import (
    ACES,
    COLOUR_PAGE,
    HEIGHT,
    MASTER_PAGE,
    ODT,
    WIDTH,
    Shape,
    Wanted,
    aces_number,
    allowed_aces,
    in_writing_order,
    is_known,
    is_so,
    judge_aces,
    odt_names,
    read_aces_version,
    read_settings,
    wanted_settings,
)
from .questions import Answers, Question
from .step import Action, Context, Finding, Plan, Step
from .timecode import DROPPED, RATES, rate_to_resolve

NAME = re.compile(r"[A-Za-z0-9._-]+")
"""What a shot may be called: its files and timelines begin so, on every system."""

REFUSED_IN_TITLES = '/\\:*?"<>|'
"""Characters that no project may have in its name on some system."""

QUESTIONS = (
    Question("film", "Film title", is_needed=True, hint="the project is called after it"),
    Question("name", "Shot name", is_needed=True, hint="how its files begin, such as LMV_SH010"),
    Question("folder", "Shot folder", is_needed=True, hint="where the shot's work is kept"),
    Question("source", "Source: the faded scan", is_needed=True, hint="a folder or NAME_####.exr"),
    Question("reference", "Reference: a better coloured copy", hint="the same; empty if none yet"),
    Question("balanced", "Balanced plates", hint="the same; empty if there are none"),
    Question("master", "ACES2065-1 master of the Source", hint="the same; empty if there is none"),
    Question(
        "frame_rate",
        "Frame rate",
        hint="empty: as the scan's files say",
        choices=("", *RATES),
    ),
    Question("width", "Timeline width", 0, hint="0: the scan's own"),
    Question("height", "Timeline height", 0, hint="0: the scan's own"),
    Question(
        "pixel_aspect",
        "Pixel aspect",
        "square",
        choices=("square", "cinemascope", "16_9", "4_3"),
    ),
    Question(
        "source_transform",
        "ACES input transform of the scan",
        DISPLAY_TRANSFORM,
        hint=f"{DISPLAY_TRANSFORM} if it looks right on a video monitor; ADX 10 - CSC for log",
    ),
    Question(
        "reference_transform",
        "ACES input transform of the Reference",
        DISPLAY_TRANSFORM,
        hint=f"{DISPLAY_TRANSFORM} for video",
    ),
    Question("odt", "ACES output transform", hint="empty: Rec.709 BT.1886, as this Resolve has it"),
    Question(
        "aces_version",
        "ACES version",
        hint="needed only where Resolve does not tell it",
        choices=("", "1.2", "1.3"),
    ),
)


def look(context: Context) -> Facts:
    """Read the frames on disk, and the project as far as it is open."""
    session, answers = context.session, context.answers
    material = find_material(answers, context.shot_folder)
    shape = _shape(answers, material)
    name = project_name(str(answers["film"]).strip())
    facts = Facts(name, state_of(session, name), shape, material, {})
    if facts.state != OPEN:
        return facts
    timelines = session.timelines()
    resting = next(iter(timelines.values()), None)
    return facts._replace(
        material=tuple(with_clip(session, one) for one in material),
        settings=read_settings(session, session.project(), wanted_settings(shape)),
        bins=tuple(session.bins()),
        timelines=tuple(timelines),
        aces_version=read_aces_version(session, resting),
    )


def plan(facts: Facts, answers: Answers) -> Plan:
    """Say what the project lacks; of one that is not open yet, that it must be opened first."""
    _check_names(answers)
    if facts.state == THERE:
        return (Action("open", "project", (facts.project,)),)
    _check_raster(facts)
    actions = [Action("make", "project", (facts.project,))] if facts.state == MISSING else []
    return (
        *actions,
        *_setting_actions(facts, answers),
        *(Action("add", "bin", (name,)) for name in BINS if name not in facts.bins),
        *(action for one in facts.material for action in _clip_actions(one)),
        *_timeline_actions(facts, answers),
    )


def apply(context: Context, facts: Facts, actions: Plan) -> None:
    """Make or open the project, then do what it lacks, and save it."""
    if not actions:
        return
    session = context.session
    rest = actions
    if facts.state != OPEN:
        enter(context, facts)
        # What a new project has by itself depends on the house's own defaults: look again.
        facts = look(context)
        rest = plan(facts, context.answers)
        entered = [str(one) for one in (actions[0], *rest)]
        session.journal.record("plan", entered)
    with kept_bin(session):
        for action in rest:
            do(context, facts, action)
    save(session)


def verify(context: Context, _actions: Plan) -> List[Finding]:
    """Read everything back, and prove the transforms with a chart."""
    facts, answers = look(context), context.answers
    shape = facts.shape
    # What the user left to the files is handed on to the other entries as it was found.
    answers.update(frame_rate=shape.rate, width=shape.width, height=shape.height)
    findings = [Finding("ok", "project", facts.project)]
    findings += [_judge_setting(facts, one) for one in wanted_settings(shape)]
    findings.append(_judge_odt(facts, answers))
    findings += [check(one, shape) for one in facts.material]
    if aces_number(facts.aces_version) not in {"", *allowed_aces(answers)}:
        # A chart would prove another version's transforms.
        return [*findings, judge_aces(facts.aces_version, answers, context.home)]
    proof = prove_once(context)
    told = facts.aces_version or proof.aces_version
    return [*findings, judge_aces(told, answers, context.home), *proof.findings]


def _shape(answers: Answers, material: Tuple[Material, ...]) -> Shape:
    """Return raster and rate: as answered, else as the Source's first file says.

    Raises:
        BridgeError: Neither tells.
    """
    source = material[0]
    width, height = int(answers["width"]), int(answers["height"])
    rate = str(answers["frame_rate"])
    window = source.header.display_window if source.header else None
    if (not width or not height) and window is None:
        cause = "its files are of a kind that does not tell its raster here"
        raise BridgeError(source.sequence.pattern, cause, "answer 'width' and 'height'")
    return Shape(
        width=width or (window.width if window else 0),
        height=height or (window.height if window else 0),
        rate=rate or _rate_of_files(source),
        pixel_aspect=str(answers["pixel_aspect"]),
    )


def _rate_of_files(source: Material) -> str:
    header = source.header
    if header is None or header.frame_rate is None:
        cause = "its files do not say their frame rate"
        remedy = f"answer 'frame_rate' with one of {', '.join(RATES)}"
        raise BridgeError(source.sequence.pattern, cause, remedy)
    drops = header.frame_rate in DROPPED and ";" in (header.timecode or "")
    return rate_to_resolve(header.frame_rate, drops)


def _check_names(answers: Answers) -> None:
    film, name = str(answers["film"]), str(answers["name"])
    if any(letter in REFUSED_IN_TITLES for letter in film):
        cause = "no project can be called so"
        raise BridgeError(f"film {film!r}", cause, f"leave out {' '.join(REFUSED_IN_TITLES)}")
    if not NAME.fullmatch(name):
        remedy = "use letters, digits, dot, dash and underscore only, such as LMV_SH010"
        raise BridgeError(f"shot name {name!r}", "its files could not be called so", remedy)


def _check_raster(facts: Facts) -> None:
    shape = facts.shape
    is_set = all(
        is_so(one, facts.settings) for one in wanted_settings(shape) if one.key in {WIDTH, HEIGHT}
    )
    if shape.height > shape.width and not is_set:
        raise BridgeError(
            f"raster {shape.width}x{shape.height}",
            "Resolve lets no script set a raster that is higher than wide",
            f"make or open project {facts.project!r} by hand, set this raster in {MASTER_PAGE}, "
            "then run this entry again",
        )


def _setting_actions(facts: Facts, answers: Answers) -> List[Action]:
    is_new = facts.state == MISSING
    wanted = in_writing_order(wanted_settings(facts.shape), facts.settings)
    actions = [
        Action("set", one.spoken, (one.shown,))
        for one in wanted
        # What this version does not know it cannot be told either; verify says so.
        if (is_new or one.is_needed or is_known(one, facts.settings))
        and not is_so(one, facts.settings)
    ]
    told = aces_number(facts.settings.get(ACES))
    if told and told not in allowed_aces(answers):
        actions.append(Action("choose", "ACES version", allowed_aces(answers)[:1]))
    if facts.settings.get(ODT) not in odt_names(answers):
        actions.append(Action("choose", "output transform", odt_names(answers)[:1]))
    return actions


def _clip_actions(material: Material) -> List[Action]:
    name, clip = material.role.name, material.clip
    bring_in = Action("bring in", name, (material.sequence.resolve_name,))
    return [
        *([bring_in] if clip is None else []),
        *(
            Action("give", name, (one.spoken, one.values[0]))
            for one in attributes(material.role)
            if not has_attribute(one, clip)
        ),
    ]


def _timeline_actions(facts: Facts, answers: Answers) -> List[Action]:
    """Add the shot's timeline, still empty: the chart's own can be deleted only beside another."""
    name = pair_timeline(str(answers["name"]))
    return [] if name in facts.timelines else [Action("add", "timeline", (name,))]


def _judge_setting(facts: Facts, wanted: Wanted) -> Finding:
    shown = facts.settings.get(wanted.key)
    if is_so(wanted, facts.settings):
        return Finding("ok", wanted.spoken, wanted.shown)
    seen = f"is {shown!r}" if is_known(wanted, facts.settings) else "this Resolve does not tell it"
    sentence = f"{seen}, and it must be {wanted.shown}: look at {wanted.page}"
    return Finding("stop" if wanted.is_needed else "note", wanted.spoken, sentence)


def _judge_odt(facts: Facts, answers: Answers) -> Finding:
    shown, names = facts.settings.get(ODT), odt_names(answers)
    if shown in names:
        return Finding("ok", "output transform", str(shown))
    sentence = f"is {shown!r}: choose ODT {names[0]!r} in {COLOUR_PAGE}"
    return Finding("stop", "output transform", sentence)


STEP = Step(
    name="set_up",
    title="Set Up Project",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
"""The menu's first entry."""
