"""Record Diagnostics: what this Resolve does where nothing is documented, as a file to send.

Each open point is a small experiment on a clip and a timeline of our own, removed again. Every
call and its answer is written as one JSON line, so that the recording can be played back to our
tests in place of the simulator.
"""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, NamedTuple, Sequence

from .errors import BridgeError
from .exr_writing import write_half
from .journal import plain, write_whole
from .keeping import kept_bin, kept_page, kept_timeline, open_timeline, put_back_after
from .media import Clip, clips_in, import_sequence, make_bin, remove_clips
from .names import DISPLAY_ODTS, DISPLAY_TRANSFORM, TEMPORARY
from .placing import Placement, make_timeline, place, placed_on, remove_timeline
from .questions import Answers
from .rendering import Wish, render
from .sequences import find_sequence
from .session import Session
from .step import Action, Context, Finding, Plan, Step
from .timecode import is_drop_frame, rate_from_resolve
from .values import read_clip, read_inspector, read_project_setting, read_timeline_setting

FIRST, COUNT = 1001, 3
"""The frames of the clip that is experimented on: as in mid-reel, and few."""

SIZE = (128, 72)
"""Its raster, small."""


class Bench(NamedTuple):
    """What the experiments work on."""

    session: Session
    """Resolve."""
    folder: Path
    """A temporary folder."""
    clip: Clip
    """A clip of EXR frames that begin at 1001."""
    timeline: Any
    """A timeline with that clip on V1."""
    item: Any
    """The clip on it."""


def look(context: Context) -> Dict[str, Any]:
    """Read what can be read without an experiment."""
    session = context.session
    project = session.project()
    keys = ("colorScienceMode", "colorAcesIDT", "colorAcesODT", "colorAcesGamutCompressType")
    rate = ("timelineFrameRate", "timelineResolutionWidth", "timelineResolutionHeight")
    return {
        "resolve": {"version": session.spoken_version, "edition": session.edition},
        "python": {"version": sys.version, "executable": sys.executable},
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "launcher": {
            "has __file__": "__file__" in session.names,
            "argv": sys.argv[:1],
            "names": sorted(name for name in session.names if name in _GIVEN),
        },
        "constants": {
            name: plain(getattr(session.resolve, name, None))
            for name in ("COMPOSITE_NORMAL", "COMPOSITE_COLORIZE", "EXPORT_OTIO")
        },
        "project": {
            key: plain(read_project_setting(session, project, key)) for key in (*keys, *rate)
        },
        "aces version at project": plain(read_project_setting(session, project, "acesVersion")),
    }


_GIVEN = ("resolve", "fusion", "fu", "bmd", "app", "comp", "composition")


def plan(_facts: Dict[str, Any], _answers: Answers) -> Plan:
    """Make every experiment."""
    return tuple(Action("find out", question) for question in EXPERIMENTS)


def apply(context: Context, facts: Dict[str, Any], plan: Plan) -> None:
    """Make the experiments; one that fails costs no other."""
    found: Dict[str, Any] = {}
    session = context.session
    # What is temporary is taken away last, when another timeline is open again.
    with contextlib.ExitStack() as stack:
        stack.enter_context(kept_page(session))
        folder = stack.enter_context(_taken_away(session))
        stack.enter_context(kept_bin(session))
        stack.enter_context(kept_timeline(session))
        found.update(_find_out(_set_up(session, folder), plan))
    session.journal.record("diagnostics", {**facts, "found": found})
    lines = [{"diagnostics": {**facts, "found": found}}, *session.journal.calls]
    text = "".join(json.dumps(plain(line), ensure_ascii=False) + "\n" for line in lines)
    write_whole(_file(context), text)


def verify(context: Context, plan: Plan) -> Sequence[Finding]:
    """Say where the recording is."""
    file = _file(context)
    sentence = f"{len(plan)} experiments recorded: send us {file}"
    return [Finding("ok" if file.is_file() else "stop", "diagnostics", sentence)]


def _file(context: Context) -> Path:
    resolve = f"{context.session.spoken_version}-{context.session.edition}"
    return context.home / "reports" / f"diagnostics-{resolve}.jsonl"


def _find_out(bench: Bench, plan: Plan) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for action in plan:
        try:
            found[action.subject] = plain(EXPERIMENTS[action.subject](bench))
        except BridgeError as error:  # noqa: PERF203 - one failed experiment costs no other
            found[action.subject] = {"failed": str(error)}
    return found


@contextlib.contextmanager
def _taken_away(session: Session) -> Iterator[Path]:
    """Hand over a temporary folder; take away all that is called temporary, in Resolve too."""
    folder = Path(tempfile.mkdtemp(prefix="chromaresolve-"))

    def take_away() -> None:
        temporary = session.bins().get(TEMPORARY)
        if remove_timeline(session, TEMPORARY) and temporary is not None:
            remove_clips(session, clips_in(session, temporary))
            session.demand(session.pool(), "MediaPool.DeleteFolders", [temporary])
        shutil.rmtree(str(folder), ignore_errors=True)

    with put_back_after(session, f"what is called {TEMPORARY!r}", take_away):
        yield folder


def _set_up(session: Session, folder: Path) -> Bench:
    for number in range(FIRST, FIRST + COUNT):
        _write_ramp(folder / "in" / f"cr_{number}.exr", number)
    clip = import_sequence(session, make_bin(session, TEMPORARY), find_sequence(folder / "in"))
    timeline = make_timeline(session, TEMPORARY, _start(session))
    wish = Placement(track=1, clip=clip, offset=0, duration=COUNT, at=0)
    item = place(session, timeline, wish)
    return Bench(session=session, folder=folder, clip=clip, timeline=timeline, item=item)


def _write_ramp(file: Path, number: int) -> None:
    """Write a grey ramp; each frame differs, so that frames cannot be mistaken."""
    file.parent.mkdir(parents=True, exist_ok=True)
    width, height = SIZE
    step = (number - FIRST) / 16
    row = [step + 0.5 * x / width for x in range(width)]
    write_half(file, width, height, lambda _y: (row, row, row))


def _start(session: Session) -> str:
    """Return an hour in the project's way of counting."""
    shown = read_project_setting(session, session.project(), "timelineFrameRate")
    drop = rate_from_resolve(shown)[1]
    return "01:00:00;00" if drop else "01:00:00:00"


def _composite_mode(bench: Bench) -> Dict[str, Any]:
    session, named = bench.session, getattr(bench.session.resolve, "COMPOSITE_COLORIZE", None)
    answers: Dict[str, Any] = {"named": plain(named), "kept": {}}
    before = read_inspector(session, bench.item).get("CompositeMode", 0)
    for value in (14, 15, 16, 17):
        said = session.ask(bench.item, "TimelineItem.SetProperty", "CompositeMode", value)
        kept = read_inspector(session, bench.item).get("CompositeMode")
        answers["kept"][str(value)] = {"said": said, "kept": kept}
    session.ask(bench.item, "TimelineItem.SetProperty", "CompositeMode", before)
    return answers


def _output_transforms(bench: Bench) -> Dict[str, Any]:
    session, answers = bench.session, {}
    key = "colorAcesODT"
    session.ask(bench.timeline, "Timeline.SetSetting", "useCustomSettings", "1")
    for name in (*DISPLAY_ODTS, "No Output Transform", "P3-D65", "P3-DCI"):
        said = session.ask(bench.timeline, "Timeline.SetSetting", key, name)
        kept = read_timeline_setting(session, bench.timeline, key)
        answers[name] = {"said": said, "kept": kept}
    answers["acesVersion"] = read_timeline_setting(session, bench.timeline, "acesVersion")
    return answers


def _numbering(bench: Bench) -> Dict[str, Any]:
    clip = bench.clip
    keys = ("Start", "End", "Start TC", "End TC", "Frames", "FPS", "File Path", "IDT", "Reel Name")
    placed = placed_on(bench.session, bench.timeline, 1)[0]
    raw = {
        name: bench.session.ask(bench.item, method)
        for name, method in (
            ("left", "TimelineItem.GetLeftOffset"),
            ("right", "TimelineItem.GetRightOffset"),
            ("source start", "TimelineItem.GetSourceStartFrame"),
            ("source end", "TimelineItem.GetSourceEndFrame"),
        )
    }
    said = {key: clip.properties.get(key) for key in keys}
    return {"attributes": said, "placed whole": {**raw, "left_offset": placed.left_offset}}


def _partial_placement(bench: Bench) -> Dict[str, Any]:
    """Place the clip without its first frame, told from 0 and told by file number."""
    session, answers = bench.session, {}
    begins = int(session.number(bench.timeline, "Timeline.GetStartFrame"))
    open_timeline(session, bench.timeline)
    for word, first, at in (("from 0", 1, 100), ("by file number", FIRST + 1, 200)):
        wish = {
            "mediaPoolItem": bench.clip.remote,
            "startFrame": first,
            "endFrame": first + 2,
            "mediaType": 1,
            "trackIndex": 1,
            "recordFrame": begins + at,
        }
        session.ask(session.pool(), "MediaPool.AppendToTimeline", [wish])
        answers[word] = [
            [one.start, one.duration, one.left_offset]
            for one in placed_on(session, bench.timeline, 1)
            if one.start >= at
        ]
    return answers


def _attributes(bench: Bench) -> Dict[str, Any]:
    session, answers = bench.session, {}
    wishes = (
        ("IDT", DISPLAY_TRANSFORM),
        ("Input Color Space", "Rec.709 Gamma 2.4"),
        ("FPS", "25"),
        ("Start TC", "02:00:00:00"),
        ("Reel Name", "CR"),
        ("Alpha mode", "None"),
        ("Data Level", "Full"),
    )
    for key, value in wishes:
        said = session.ask(bench.clip.remote, "MediaPoolItem.SetClipProperty", key, value)
        answers[key] = {"said": said, "kept": read_clip(session, bench.clip.remote).get(key)}
    return answers


def _rendered_names(bench: Bench) -> Dict[str, Any]:
    session = bench.session
    first = int(session.number(bench.timeline, "Timeline.GetStartFrame"))
    out = bench.folder / "out"
    wish = Wish(
        timeline=bench.timeline,
        folder=out,
        name="cr_",
        container="exr",
        codec="RGBHalf",
        first=first,
        last=first + COUNT - 1,
        settings={"ExportAlpha": False, "ClipStartFrame": FIRST},
    )
    files = render(session, wish)
    return {"files": [str(file.relative_to(out)) for file in files]}


def _frame_rate_lock(bench: Bench) -> Dict[str, Any]:
    """Set the rate that the project has: whether that is refused tells whether it is locked."""
    session, project = bench.session, bench.session.project()
    shown = read_project_setting(session, project, "timelineFrameRate")
    text = str(shown)
    said = session.ask(project, "Project.SetSetting", "timelineFrameRate", text)
    begins = str(session.ask(bench.timeline, "Timeline.GetStartTimecode"))
    rate, _ = rate_from_resolve(shown)
    spoken = {"rate": str(Fraction(rate)), "drop": is_drop_frame(begins)}
    return {"shown": shown, "said to the same": said, **spoken}


EXPERIMENTS: Dict[str, Callable[[Bench], Any]] = {
    "which number is composite mode Color": _composite_mode,
    "which output transforms are taken": _output_transforms,
    "how an EXR sequence from 1001 is numbered": _numbering,
    "whether frames are counted from 0 or by file number": _partial_placement,
    "what rendered EXR files are called": _rendered_names,
    "whether the frame rate is locked": _frame_rate_lock,
    "which clip attributes can be written": _attributes,
}
"""The open points of the documentation, each with its experiment; attributes last, as they stay."""


STEP = Step(
    name="diagnostics",
    title="Record Diagnostics",
    questions=(),
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
"""The menu's last entry."""
