"""9 Deliver: review movies and archive frames, each with its viewing intent in its name."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from .errors import BridgeError, RefusedError
from .journal import write_whole
from .keeping import kept_timeline, kept_timeline_settings, only_tracks, put_back_after
from .names import DISPLAY_ODTS, NO_ODT, TEMPORARY, composite_timeline
from .placing import built_timeline, track_numbers
from .questions import Answers, Question
from .rendering import Wish, render
from .returned import Returned, load_returned
from .session import Session
from .step import Action, Context, Finding, Plan, Step
from .values import read_timeline_setting, write_timeline_setting


class Delivery(NamedTuple):
    """One thing to hand out."""

    title: str
    """As the user chooses it."""
    container: str
    """The format's id."""
    codecs: Tuple[str, ...]
    """Codec ids, the wanted one first; the first that this Resolve has is taken."""
    odts: Tuple[str, ...]
    """The output transform, under each name it is known by."""
    intent: str
    """What it is to be watched on: part of the file's name."""
    sentence: str
    """The viewing intent, for the note beside the file."""


_REC709 = "a Rec.709 display at gamma 2.4, 100 cd/m2, in a dim surround (ITU-R BT.1886)"
_P3 = "a P3-D65 display at gamma 2.6"
_DCI = "a DCI projector: P3, DCI white, gamma 2.6, 48 cd/m2, in the dark"

DELIVERIES = (
    Delivery(
        "Review ProRes 422 HQ, Rec.709",
        "mov",
        ("ProRes422HQ",),
        DISPLAY_ODTS,
        "Rec709-2.4",
        _REC709,
    ),
    Delivery(
        "Review DNxHR HQX, Rec.709",
        "mov",
        ("DNxHRHQX", "DNxHRHQX10", "DNxHRHQX12", "DNxHR HQX"),
        DISPLAY_ODTS,
        "Rec709-2.4",
        _REC709,
    ),
    Delivery("Review H.264, Rec.709", "mp4", ("H264",), DISPLAY_ODTS, "Rec709-2.4", _REC709),
    Delivery("Review ProRes 4444, P3-D65", "mov", ("ProRes4444",), ("P3-D65",), "P3-D65", _P3),
    Delivery(
        "Review ProRes 4444, DCI",
        "mov",
        ("ProRes4444XQ", "ProRes4444"),
        ("P3-DCI", "P3-DCI (D65 simulation)", "P3-DCI (D60 simulation)"),
        "P3-DCI",
        _DCI,
    ),
    Delivery(
        "Archive ACES2065-1 EXR",
        "exr",
        ("RGBHalfZIP", "RGBHalfPIZ", "RGBHalf"),
        (NO_ODT,),
        "ACES2065-1",
        "no display: scene-referred ACES2065-1 (SMPTE ST 2065-1), to be seen through an ACES 1.3 "
        "output transform",
    ),
)
"""What can be delivered."""

PICTURES: Dict[str, Tuple[str, ...]] = {
    "composite (V1 + V2 Color)": ("Original", "Recovered"),
    "final (V4, the exact merge)": ("Final",),
}
"""Which tracks are on."""

QUESTIONS = (
    Question("folder", "Shot folder", is_needed=True, hint="where shot.toml is"),
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question(
        "delivery",
        "Deliver",
        default=DELIVERIES[0].title,
        choices=tuple(one.title for one in DELIVERIES),
    ),
    Question("picture", "Picture", default=next(iter(PICTURES)), choices=tuple(PICTURES)),
    Question("version", "Version", default="v1", hint="part of the file's name"),
    Question(
        "burn_in",
        "Burn-in preset",
        hint="a preset of Workspace > Data Burn-In with shot, version, timecode; empty: none",
    ),
)


class Facts(NamedTuple):
    """What there is to deliver."""

    record: Returned
    """The composite timeline as the tool handed it over."""
    tracks: Dict[str, int]
    """The timeline's tracks by name."""
    codecs: Dict[str, Tuple[str, ...]]
    """The codec ids that this Resolve has, by format."""
    there: Tuple[str, ...]
    """What was delivered before."""


def look(context: Context) -> Facts:
    """Read the timeline's tracks, the codecs of this Resolve, and what is delivered already."""
    session = context.session
    timeline = built_timeline(context.session, composite_timeline(context.name), "7 Bring Back")
    project = session.project()
    codecs = {}
    for container in sorted({one.container for one in DELIVERIES}):
        known = session.mapping(project, "Project.GetRenderCodecs", container)
        codecs[container] = tuple(map(str, known.values()))
    folder = context.shot_folder / "delivery"
    return Facts(
        record=load_returned(context.shot_folder),
        tracks=track_numbers(session, timeline),
        codecs=codecs,
        there=tuple(sorted(file.stem for file in folder.glob("*.json"))),
    )


def plan(facts: Facts, answers: Answers) -> Plan:
    """Choose codec and tracks; deliver unless this version was delivered.

    Raises:
        BridgeError: This Resolve has none of the codecs, or a track of the picture is not there.
    """
    delivery = _delivery(answers)
    name = f"{facts.record.name}_{answers['version']}_{delivery.intent}_{_codec(facts, delivery)}"
    if name in facts.there:
        return ()
    missing = [one for one in PICTURES[answers["picture"]] if one not in facts.tracks]
    if missing:
        cause = f"the timeline has no track {missing[0]!r}"
        raise BridgeError(answers["picture"], cause, "run 7 Bring Back, or choose another picture")
    shown = tuple(facts.tracks[one] for one in PICTURES[answers["picture"]])
    return (Action("deliver", name, (_codec(facts, delivery), *shown)),)


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Render under the delivery's output transform, and write its note beside it."""
    session = context.session
    for action in plan:
        codec, *tracks = action.values
        timeline = built_timeline(context.session, composite_timeline(context.name), "7 Bring Back")
        delivery = _delivery(context.answers)
        settings = ("useCustomSettings", "colorAcesODT")
        with kept_timeline(session), kept_timeline_settings(session, timeline, settings):
            odt = _choose_odt(session, timeline, delivery)
            with only_tracks(session, timeline, tracks), _burnt_in(context, timeline) as shown:
                files = _render(context, shown, facts, action.subject, delivery.container, codec)
        _write_note(context, action.subject, delivery, odt, files)


def verify(context: Context, plan: Plan) -> Sequence[Finding]:
    """Look whether what was delivered is on disk, as many files as there are frames."""
    findings = []
    for action in plan:
        note = json.loads(_note(context, action.subject).read_text(encoding="utf-8"))
        findings.append(Finding("ok", action.subject, f"{note['files']} files; for {note['for']}"))
    if not plan:
        sentence = "this version was delivered before: choose another version name"
        findings.append(Finding("ok", "delivery", sentence))
    return findings


def _delivery(answers: Answers) -> Delivery:
    return next(one for one in DELIVERIES if one.title == answers["delivery"])


def _codec(facts: Facts, delivery: Delivery) -> str:
    there = facts.codecs.get(delivery.container, ())
    for codec in delivery.codecs:
        if codec in there:
            return codec
    cause = f"this Resolve writes no {' or '.join(delivery.codecs)} as {delivery.container}"
    known = ", ".join(there) or "nothing"
    raise BridgeError(delivery.title, cause, f"choose another delivery; it has {known}")


def _choose_odt(session: Session, timeline: Any, delivery: Delivery) -> str:
    write_timeline_setting(session, timeline, "useCustomSettings", "1")
    for odt in delivery.odts:
        try:
            write_timeline_setting(session, timeline, "colorAcesODT", odt)
        except RefusedError:
            continue
        if read_timeline_setting(session, timeline, "colorAcesODT") == odt:
            return odt
    raise BridgeError(
        delivery.title,
        f"Resolve took none of the output transforms {', '.join(delivery.odts)}",
        "choose it by hand in the timeline's settings (Color tab), and render on the Deliver page",
    )


@contextlib.contextmanager
def _burnt_in(context: Context, timeline: Any) -> Iterator[Any]:
    """Hand over the timeline itself, or a copy whose clips carry the burn-in preset."""
    preset = str(context.answers.get("burn_in", "")).strip()
    if not preset:
        yield timeline
        return
    session = context.session
    copies: List[Any] = []

    def remove() -> None:
        if copies:
            session.demand(session.pool(), "MediaPool.DeleteTimelines", copies)
            copies.clear()

    with put_back_after(session, "the temporary timeline", remove):
        name = f"{TEMPORARY} burn-in"
        copy = session.demand(timeline, "Timeline.DuplicateTimeline", name)
        copies.append(copy)
        for track in track_numbers(session, copy).values():
            for item in session.items(copy, track):
                session.demand(item, "TimelineItem.LoadBurnInPreset", preset)
        yield copy


def _render(
    context: Context, timeline: Any, facts: Facts, name: str, container: str, codec: str
) -> List[Path]:
    session, record = context.session, facts.record
    first = int(session.number(timeline, "Timeline.GetStartFrame"))
    folder = context.shot_folder / "delivery" / f".rendering_{name}"
    shutil.rmtree(str(folder), ignore_errors=True)  # of a run that was killed
    wish = Wish(
        timeline=timeline,
        folder=folder,
        name=f"{name}_" if container == "exr" else name,
        container=container,
        codec=codec,
        first=first,
        last=first + record.last - record.first,
        settings={"ExportAlpha": False},
    )
    files = render(session, wish, lambda percent: context.say(f"{name}: {percent} %"))
    wanted = record.last - record.first + 1 if container == "exr" else 1
    whole = [file for file in files if file.stat().st_size > 0]
    if len(whole) != wanted:
        cause = f"Resolve said it was done, and {len(whole)} of {wanted} files are there"
        raise BridgeError(name, cause, f"look at {folder} and at the disk's space, then run again")
    final = context.shot_folder / "delivery" / (name if container == "exr" else "")
    final.mkdir(parents=True, exist_ok=True)
    there = [Path(file.replace(final / file.name)) for file in whole]
    shutil.rmtree(str(folder), ignore_errors=True)
    return there


def _note(context: Context, name: str) -> Path:
    return context.shot_folder / "delivery" / f"{name}.json"


def _write_note(
    context: Context, name: str, delivery: Delivery, odt: str, files: Sequence[Path]
) -> None:
    note = {
        "delivery": delivery.title,
        "picture": context.answers["picture"],
        "for": delivery.sentence,
        "output transform": odt,
        "burn-in": context.answers.get("burn_in", ""),
        "resolve": f"{context.session.spoken_version} {context.session.edition}",
        "files": len(files),
        "first file": files[0].name,
    }
    text = json.dumps(note, indent=2, ensure_ascii=False) + "\n"
    write_whole(_note(context, name), text)


STEP = Step(
    name="deliver",
    title="Deliver",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
"""The menu's ninth entry."""
