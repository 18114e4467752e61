"""The proof that display-referred pictures come back into the project as they went out.

The recovered frames are display-referred. Only if their input transform undoes the project's output
transform are they seen, and delivered, as the tool made them. So a chart goes through Resolve:
written to disk, brought in, exported, brought in again, exported again, and compared.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from .errors import BridgeError, RefusedError
from .exr import read_header, read_pixels, write_half
from .keeping import kept_bin, kept_page, kept_timeline, open_timeline, put_back_after
from .material import DISPLAY_TRANSFORMS, Attribute, write_attribute
from .media import Clip, clips_in, find_bin, import_sequence, make_bin, remove_clips
from .names import TEMPORARY
from .patches import ROWS, Colour, judge, line, middles
from .placing import Placement, find_timeline, place
from .project_settings import HEIGHT, ODT, SCIENCE, WIDTH, read_aces_version
from .questions import answers_file, load_answers, save_answers
from .rendering import Wish, render
from .sequences import find_sequence, renumber
from .session import Session
from .step import Context, Finding
from .values import as_number, read_project_setting

FRAMES = 2
"""The chart's length: one file alone would come in as a still, which Resolve treats otherwise."""

FIRST = 0
"""The number of the chart's first file: whether a clip's frames are counted from 0 or by the files'
numbers, is then all the same."""

CODEC = "RGBHalfZIP"
"""How the chart is exported: lossless, and read here."""

PROOFS = "proofs"
"""The key of the proofs in a project's answers file."""


class Proof(NamedTuple):
    """What the chart showed."""

    findings: Tuple[Finding, ...]
    """What to tell."""
    transform: str
    """The input transform that the chart had; empty where Resolve took none."""
    aces_version: str
    """The ACES version that the chart's timeline told; empty where it told none."""

    @property
    def is_good(self) -> bool:
        """Whether everything came back as it went out."""
        return all(one.verdict == "ok" for one in self.findings)


def prove_once(context: Context, transforms: Sequence[str] = DISPLAY_TRANSFORMS) -> Proof:
    """Return the project's proof: the one of an earlier run, or a new one.

    A good one is kept in the project's answers file, under the settings that it holds for: with
    another output transform, colour science or Resolve it is proven anew. The project is saved
    before: what went through it is gone again.

    Raises:
        BridgeError: The chart could not be sent through Resolve.
    """
    session = context.session
    project = session.project()
    file = answers_file(context.home, str(session.demand(project, "Project.GetName")))
    conditions = _conditions(session, project, transforms)
    known = dict(load_answers(file).get(PROOFS) or {})
    if known.get(conditions):
        return _remembered(known[conditions])
    context.say("a chart is sent through Resolve twice, to prove the input transform")
    proof = prove_transforms(session, context.home, transforms)
    if proof.is_good:
        kept = {
            "transform": proof.transform,
            "aces_version": proof.aces_version,
            "seen": [one.sentence for one in proof.findings],
        }
        session.demand(session.manager(), "ProjectManager.SaveProject")
        save_answers(file, {PROOFS: {**known, conditions: kept}})
    return proof


def prove_transforms(
    session: Session, home: Path, transforms: Sequence[str] = DISPLAY_TRANSFORMS
) -> Proof:
    """Send the chart through Resolve twice and compare; whatever it made there is removed again.

    The project needs a timeline of its own: Resolve does not delete the one that is open.

    Args:
        session: Resolve, with the project open.
        home: A folder for the chart and its exports, for as long as it takes.
        transforms: Names of the input transform to be proven; the first that Resolve takes counts.

    Raises:
        BridgeError: Resolve refused something on the way.
    """
    with _folder(home) as folder, _bench(session) as timeline:
        aces_version = read_aces_version(session, timeline)
        width, height = _raster(session)
        chart = _write_chart(folder / "chart", width, height)
        went_out = _patches(chart, width, height)
        passes: List[List[Colour]] = []
        source, transform = chart.parent, ""
        for number in (1, 2):
            clip = _bring_in(session, source)
            transform = _transformed(session, clip, transforms)
            at = FRAMES * (number - 1)
            place(session, timeline, Placement(1, clip, offset=0, duration=FRAMES, at=at))
            exported = _export(session, timeline, folder / f"pass {number}", at, (width, height))
            passes.append(_patches(exported, width, height))
            source = exported.parent
        odt = str(read_project_setting(session, session.project(), ODT))
    findings = judge(went_out, passes, transform, transforms[0], odt)
    return Proof(findings=findings, transform=transform, aces_version=aces_version)


def _remembered(kept: Dict[str, Any]) -> Proof:
    findings = tuple(
        Finding("ok", "input transform", f"{sentence} (proven before)") for sentence in kept["seen"]
    )
    return Proof(findings, str(kept["transform"]), str(kept["aces_version"]))


def _conditions(session: Session, project: Any, transforms: Sequence[str]) -> str:
    """Say in words what a proof holds for."""
    keys = (SCIENCE, "colorAcesGamutCompressType", ODT)
    told = [str(read_project_setting(session, project, key)) for key in keys]
    return ", ".join([*told, transforms[0], f"Resolve {session.spoken_version}"])


@contextmanager
def _bench(session: Session) -> Iterator[Any]:
    """Make a bin and a timeline for the chart; page, bin and open timeline are put back."""
    if not session.number(session.project(), "Project.GetTimelineCount"):
        cause = "the project has no timeline, and the chart's own could not be deleted again"
        raise BridgeError("the chart", cause, "run 1 Set Up Project first")
    _clear(session)  # what an earlier run left that was killed

    def clear() -> None:
        _clear(session)

    with ExitStack() as kept:
        kept.enter_context(put_back_after(session, "what the chart needed", clear))
        kept.enter_context(kept_page(session))
        kept.enter_context(kept_bin(session))
        kept.enter_context(kept_timeline(session))
        folder = make_bin(session, TEMPORARY)
        session.demand(session.pool(), "MediaPool.SetCurrentFolder", folder)
        timeline = session.demand(session.pool(), "MediaPool.CreateEmptyTimeline", TEMPORARY)
        open_timeline(session, timeline)
        yield timeline


def _clear(session: Session) -> None:
    """Delete the chart's timeline, clips and bin, those that are there."""
    pool = session.pool()
    timelines = session.timelines()
    timeline = timelines.pop(TEMPORARY, None)
    if timeline is not None:
        _leave(session, timeline, list(timelines.values()))
        session.demand(pool, "MediaPool.DeleteTimelines", [timeline])
    folder = find_bin(session, TEMPORARY)
    if folder is not None:
        remove_clips(session, clips_in(session, folder))
        session.demand(pool, "MediaPool.DeleteFolders", [folder])
    if timeline is not None or folder is not None:
        _check_cleared(session)


def _leave(session: Session, timeline: Any, others: Sequence[Any]) -> None:
    """Open another timeline if this one is open: an open one cannot be deleted."""
    current = session.ask(session.project(), "Project.GetCurrentTimeline")
    if current is None or not others:
        return
    if session.ask(current, "Timeline.GetUniqueId") == session.ask(
        timeline, "Timeline.GetUniqueId"
    ):
        open_timeline(session, others[0])


def _check_cleared(session: Session) -> None:
    if find_timeline(session, TEMPORARY) or find_bin(session, TEMPORARY):
        cause = "Resolve said yes, and they are still there"
        remedy = f"delete the timeline and the bin called {TEMPORARY!r} by hand"
        raise RefusedError("what the chart needed", cause, remedy)


@contextmanager
def _folder(home: Path) -> Iterator[Path]:
    """Make a folder of a name that Resolve has not seen: it may remember frames by their path."""
    for left in home.glob("chart-*"):  # by a run that was killed
        shutil.rmtree(str(left), ignore_errors=True)
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="chart-", dir=str(home)))
    except OSError as error:
        cause = f"no folder can be made there ({error.strerror or error})"
        raise BridgeError(str(home), cause, "look whether the disk is full or read-only") from error
    try:
        yield folder
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)


def _raster(session: Session) -> Tuple[int, int]:
    project = session.project()
    told = [as_number(read_project_setting(session, project, key)) for key in (WIDTH, HEIGHT)]
    width, height = (int(side or 0) for side in told)
    if not width or not height:
        raise BridgeError("the chart", "the project has no raster", "run 1 Set Up Project first")
    return width, height


def _write_chart(folder: Path, width: int, height: int) -> Path:
    """Write the chart's frames, and return the first."""
    lines = [line(row, width) for row in range(ROWS)]
    files = [folder / f"chart_{number:04}.exr" for number in range(FIRST, FIRST + FRAMES)]
    for file in files:
        write_half(file, width, height, lambda y: lines[y * ROWS // height])
    return files[0]


def _patches(file: Path, width: int, height: int) -> List[Colour]:
    """Read the middle of every patch."""
    window = read_header(file).data_window
    if (window.width, window.height) != (width, height):
        cause = f"came out as {window.width}x{window.height} instead of {width}x{height}"
        remedy = "look at the timeline's output resolution in Project Settings > Master Settings"
        raise BridgeError("the chart", cause, remedy)
    return read_pixels(file, middles(width, height))


def _bring_in(session: Session, folder: Path) -> Clip:
    return import_sequence(session, make_bin(session, TEMPORARY), find_sequence(folder))


def _transformed(session: Session, clip: Clip, transforms: Sequence[str]) -> str:
    """Give the chart its input transform, and return it; empty where Resolve took none."""
    wanted = Attribute("IDT", "ACES Input Transform", tuple(transforms))
    if not write_attribute(session, clip, wanted):
        return ""
    return str(session.ask(clip.remote, "MediaPoolItem.GetClipProperty", "IDT"))


def _export(
    session: Session, timeline: Any, folder: Path, at: int, raster: Tuple[int, int]
) -> Path:
    """Export one pass, and return its first frame."""
    first = int(session.number(timeline, "Timeline.GetStartFrame")) + at
    wish = Wish(
        timeline=timeline,
        folder=folder,
        name="chart_",
        container="exr",
        codec=CODEC,
        first=first,
        last=first + FRAMES - 1,
        settings={"FormatWidth": raster[0], "FormatHeight": raster[1], "ExportAlpha": False},
    )
    return renumber(render(session, wish), folder / "chart_", FIRST, count=FRAMES)[0]
