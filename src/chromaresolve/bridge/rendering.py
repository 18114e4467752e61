"""Rendering one timeline with a job of our own, and what the queue leaves behind put right.

`SetRenderSettings` lays keys over a state that no function reads. So the state is saved as a
render preset first, and loaded again afterwards; the format, codec and mode are read back.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Set

from .errors import BridgeError
from .keeping import attempt, kept_page, kept_timeline, open_timeline, put_back_after
from .session import Session
from .values import as_number

PRESET = "ChromaResolve before rendering"
"""The render preset that keeps the user's own render settings while a job of ours runs."""

VIDEO_PRESETS = ("ProRes 422 HQ", "H.264 Master", "H.265 Master")
"""Presets that come with Resolve and write pictures; the first that is there is the beginning."""

SINGLE_CLIP = 1
"""The render mode that writes the timeline as one piece, as it is seen."""

POLL_SECONDS = 0.5
"""How often the job is asked how far it is."""

STALL_SECONDS = 600.0
"""A job whose percentage has not moved for this long is stopped, and said so."""

OnProgress = Callable[[int], None]
"""Told the percentage."""


class Wish(NamedTuple):
    """What to render."""

    timeline: Any
    """Resolve's timeline."""
    folder: Path
    """Where to: an empty folder of our own, so that what comes is what was rendered."""
    name: str
    """How the files begin."""
    container: str
    """The format's id, such as `exr`."""
    codec: str
    """The codec's id, such as `RGBHalfZIP`: never a label."""
    first: int
    """The first timeline frame, absolute."""
    last: int
    """The last timeline frame, inclusive."""
    settings: Mapping[str, Any]
    """More keys of SetRenderSettings."""
    poll: float = POLL_SECONDS
    """Seconds between two looks at the job."""
    stall: float = STALL_SECONDS
    """Seconds without progress after which it is stopped."""


def render(session: Session, wish: Wish, on_progress: Optional[OnProgress] = None) -> List[Path]:
    """Render, and return the files that came, in order of name.

    Raises:
        BridgeError: Resolve refused, failed, stalled or was cancelled, or nothing came.
    """
    project = session.project()
    if _is_rendering(session, project):
        raise BridgeError("the render queue", "a render is running", "wait for it, then run again")
    wish.folder.mkdir(parents=True, exist_ok=True)
    there = _files(wish.folder)
    with kept_page(session), kept_timeline(session), _kept_queue(session, project):
        session.ask(session.resolve, "Resolve.OpenPage", "deliver")  # soft: headless has no pages
        open_timeline(session, wish.timeline)
        _pin_hidden_state(session, project)
        _choose_codec(session, project, wish)
        _choose_mode(session, project, SINGLE_CLIP)
        _set_settings(session, project, wish)
        _run_job(session, project, wish, on_progress or (lambda _percent: None))
    return sorted(_files(wish.folder) - there)


def _pin_hidden_state(session: Session, project: Any) -> None:
    """Begin from a preset that writes pictures: after an audio preset none are, whatever is set."""
    listed = _presets(session, project)
    for name in VIDEO_PRESETS:
        if name in listed and session.ask(project, "Project.LoadRenderPreset", name):
            return


def _choose_codec(session: Session, project: Any, wish: Wish) -> None:
    known = session.mapping(project, "Project.GetRenderCodecs", wish.container)
    if wish.codec not in known.values():
        listed = ", ".join(sorted(map(str, known.values()))) or "none"
        cause = f"this Resolve writes no {wish.container} with codec {wish.codec!r}, only {listed}"
        raise BridgeError(
            "the render format", cause, "choose another, or another edition or system"
        )
    # The setter answers None on some builds whether it worked or not: only reading back counts.
    setter = "Project.SetCurrentRenderFormatAndCodec"
    session.ask(project, setter, wish.container, wish.codec)
    now = session.mapping(project, "Project.GetCurrentRenderFormatAndCodec")
    if (now.get("format"), now.get("codec")) != (wish.container, wish.codec):
        cause = f"Resolve kept {now.get('format')}/{now.get('codec')}"
        remedy = f"choose {wish.container} with {wish.codec} on the Deliver page by hand once"
        raise BridgeError("the render format", cause, remedy)


def _choose_mode(session: Session, project: Any, mode: int) -> None:
    if session.ask(project, "Project.GetCurrentRenderMode") == mode:
        return
    session.demand(project, "Project.SetCurrentRenderMode", mode)
    if session.number(project, "Project.GetCurrentRenderMode") != mode:
        cause = "Resolve said yes and kept another"
        raise BridgeError("the render mode", cause, "choose Single clip on the Deliver page")


def _set_settings(session: Session, project: Any, wish: Wish) -> None:
    settings: Dict[str, Any] = {
        "SelectAllFrames": False,
        "MarkIn": wish.first,
        "MarkOut": wish.last,
        "TargetDir": str(wish.folder),
        "CustomName": wish.name,
        "ExportVideo": True,
        "ExportAudio": False,
        **wish.settings,
    }
    # False is the only refusal that is known of: None has been seen from calls that worked.
    if session.ask(project, "Project.SetRenderSettings", settings) is False:
        raise BridgeError(
            "the render settings",
            f"Resolve refused {', '.join(sorted(settings))}",
            "look at the Deliver page: is a render running, or a key unknown to this version?",
        )


def _run_job(session: Session, project: Any, wish: Wish, on_progress: OnProgress) -> None:
    job = str(session.demand(project, "Project.AddRenderJob"))
    with _kept_free_of(session, project, job):
        if job not in _queued(session, project):
            raise BridgeError("the render queue", "our job is not in it", "run this entry again")
        session.demand(project, "Project.StartRendering", [job], False)
        try:
            _wait(session, project, job, wish, on_progress)
        except BaseException:
            session.ask(project, "Project.StopRendering")
            raise


def _wait(session: Session, project: Any, job: str, wish: Wish, on_progress: OnProgress) -> None:
    """Wait for the job: its state's name is in the user's language, so it is never compared."""
    moved, percent = time.monotonic(), -1
    while _is_rendering(session, project):
        status = _status(session, project, job)
        now = int(as_number(status.get("CompletionPercentage")) or 0)
        if now != percent:
            moved, percent = time.monotonic(), now
            on_progress(percent)
        elif time.monotonic() - moved > wish.stall:
            cause = f"the render has stood at {percent} % for {wish.stall:g} s"
            remedy = "look at Resolve for a dialog, an offline clip or a full disk"
            raise BridgeError(f"render of {wish.name}", cause, remedy)
        time.sleep(wish.poll)
    status = _status(session, project, job)
    percent = int(as_number(status.get("CompletionPercentage")) or 0)
    if status.get("Error") or percent < 100:
        said = status.get("Error") or status.get("JobStatus") or "it was stopped"
        cause = f"the render ended at {percent} %: {said}"
        raise BridgeError(
            f"render of {wish.name}", cause, "mend that in Resolve, then run it again"
        )
    on_progress(100)


def _is_rendering(session: Session, project: Any) -> bool:
    """Say whether a render runs; no is also how a call fails, and believed when said twice."""
    asked = "Project.IsRenderingInProgress"
    return bool(session.ask(project, asked) or session.ask(project, asked))


def _status(session: Session, project: Any, job: str) -> Dict[str, Any]:
    return session.mapping(project, "Project.GetRenderJobStatus", job)


def _queued(session: Session, project: Any) -> Set[str]:
    jobs = session.listed(project, "Project.GetRenderJobList")
    return {str(one.get("JobId")) for one in jobs if isinstance(one, dict)}


@contextlib.contextmanager
def _kept_free_of(session: Session, project: Any, job: str) -> Iterator[None]:
    """Take our job out of the queue again; Resolve may refuse that after image sequences."""
    try:
        yield
    finally:
        for error in attempt(lambda: session.demand(project, "Project.DeleteRenderJob", job)):
            session.journal.say(str(error))


@contextlib.contextmanager
def _kept_queue(session: Session, project: Any) -> Iterator[None]:
    """Put format, codec, mode and all other render settings back."""
    before = session.mapping(project, "Project.GetCurrentRenderFormatAndCodec")
    mode = session.number(project, "Project.GetCurrentRenderMode")
    _drop_preset(session, project)
    failed = attempt(lambda: session.demand(project, "Project.SaveAsNewRenderPreset", PRESET))
    is_saved = not failed or PRESET in _presets(session, project)
    if not is_saved:
        session.journal.say(
            "your settings on the Deliver page could not be saved as a preset: look at them before "
            "your next render of your own"
        )
    # One after the other, each until it worked: a second attempt begins where the first failed.
    left: List[Callable[[], Any]] = [
        lambda: _choose_format(session, project, before),
        lambda: _choose_mode(session, project, int(mode)),
    ]
    if is_saved:
        left[:0] = [
            lambda: session.demand(project, "Project.LoadRenderPreset", PRESET),
            lambda: session.demand(project, "Project.DeleteRenderPreset", PRESET),
            lambda: _drop_preset(session, project),
        ]

    def put_back() -> None:
        while left:
            left[0]()
            left.pop(0)

    with put_back_after(session, "the settings of the Deliver page", put_back):
        yield


def _choose_format(session: Session, project: Any, wanted: Mapping[Any, Any]) -> None:
    if wanted.get("format") and wanted.get("codec"):
        setter = "Project.SetCurrentRenderFormatAndCodec"
        session.ask(project, setter, wanted["format"], wanted["codec"])


def _drop_preset(session: Session, project: Any) -> None:
    """Delete our preset if it is there, as after a run that was killed."""
    if PRESET not in _presets(session, project):
        return
    session.demand(project, "Project.DeleteRenderPreset", PRESET)
    if PRESET in _presets(session, project):
        cause = "Resolve said yes and kept it"
        raise BridgeError(f"render preset {PRESET!r}", cause, "delete it on the Deliver page")


def _presets(session: Session, project: Any) -> Set[str]:
    listed = session.listed(project, "Project.GetRenderPresetList")
    return {str(one.get("RenderPresetName") if isinstance(one, dict) else one) for one in listed}


def _files(folder: Path) -> Set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}
