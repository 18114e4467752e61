"""Putting things back: page, open timeline, bin, tracks, colour versions and settings as they were.

Each is a context manager. What cannot be put back is named, and never hides the error that came
first.
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, Tuple

from .errors import BridgeError, RefusedError
from .session import Session
from .values import are_equal, read_timeline_setting, write_timeline_setting

ATTEMPTS = 2
"""How often putting back is tried: a call that failed once may do so for a passing reason."""


@contextlib.contextmanager
def kept_page(session: Session) -> Iterator[None]:
    """Come back to the page that was open; Resolve may not tell it, and then it stays."""
    page = _asked_twice(session, session.resolve, "Resolve.GetCurrentPage")

    def put_back() -> None:
        if page and session.ask(session.resolve, "Resolve.GetCurrentPage") != page:
            session.demand(session.resolve, "Resolve.OpenPage", page)
            now = session.ask(session.resolve, "Resolve.GetCurrentPage")
            if now and now != page:
                raise RefusedError(f"OpenPage({page!r})", f"Resolve stays on {now!r}", "open it")

    with put_back_after(session, f"the page {page!r}", put_back):
        yield


@contextlib.contextmanager
def kept_timeline(session: Session) -> Iterator[None]:
    """Come back to the timeline that was open, and to its playhead."""
    project = session.project()
    session.text(project, "Project.GetName")  # a project without a name is none
    before = _asked_twice(session, project, "Project.GetCurrentTimeline")
    known = _id(session, before)
    playhead = before and session.ask(before, "Timeline.GetCurrentTimecode")

    def put_back() -> None:
        # Found anew: deleting another timeline is reported to break the objects of all (21).
        timeline = _timeline_known_as(session, known)
        if timeline is None:
            return
        open_timeline(session, timeline)
        if playhead:
            move_playhead(session, timeline, playhead)

    with put_back_after(session, "the open timeline", put_back):
        yield


@contextlib.contextmanager
def kept_playhead(session: Session, timeline: Any) -> Iterator[None]:
    """Come back to where a timeline's playhead stood."""
    playhead = session.text(timeline, "Timeline.GetCurrentTimecode")

    with put_back_after(
        session, "the playhead", lambda: move_playhead(session, timeline, playhead)
    ):
        yield


@contextlib.contextmanager
def kept_bin(session: Session) -> Iterator[None]:
    """Come back to the bin that was open."""
    pool = session.pool()
    folder = session.demand(pool, "MediaPool.GetCurrentFolder")

    with put_back_after(session, "the open bin", lambda: open_bin(session, folder)):
        yield


@contextlib.contextmanager
def only_tracks(session: Session, timeline: Any, tracks: Iterable[int]) -> Iterator[None]:
    """Switch off all video tracks but these, and put every switch back."""
    count = int(session.number(timeline, "Timeline.GetTrackCount", "video"))
    before = [(i, _is_enabled(session, timeline, i)) for i in range(1, count + 1)]
    wanted = set(tracks)

    def put_back() -> None:
        for index, enabled in before:
            switch_track(session, timeline, index, enabled)

    with put_back_after(session, "the track switches", put_back):
        for index, _ in before:
            switch_track(session, timeline, index, index in wanted)
        yield


@contextlib.contextmanager
def kept_version(session: Session, item: Any) -> Iterator[None]:
    """Come back to the colour version a clip had."""
    current = session.mapping(item, "TimelineItem.GetCurrentVersion")
    name, kind = current.get("versionName"), current.get("versionType", 0)

    def put_back() -> None:
        now = session.mapping(item, "TimelineItem.GetCurrentVersion")
        if name and now.get("versionName") != name:
            session.demand(item, "TimelineItem.LoadVersionByName", name, kind)

    with put_back_after(session, f"the colour version {name!r}", put_back):
        yield


@contextlib.contextmanager
def kept_timeline_settings(session: Session, timeline: Any, keys: Sequence[str]) -> Iterator[None]:
    """Put a timeline's settings back, the last one first."""
    before = [(key, _setting(session, timeline, key)) for key in keys]

    def put_back() -> None:
        for key, value in reversed(before):
            if not are_equal(_setting(session, timeline, key), value):
                write_timeline_setting(session, timeline, key, str(value))

    with put_back_after(session, "the timeline's settings", put_back):
        yield


@contextlib.contextmanager
def put_back_after(session: Session, what: str, put_back: Callable[[], None]) -> Iterator[None]:
    """Run `put_back` whatever happens inside; try twice; name what could not be put back.

    Raises:
        BridgeError: It could not be put back, and nothing else had gone wrong.
    """
    try:
        yield
    except BaseException:
        # What went wrong first is what the user must read; this only adds to it.
        for error in attempt(put_back):
            session.journal.say(f"{what} could not be put back: {error}")
        raise
    for error in attempt(put_back):
        raise BridgeError(what, f"could not be put back ({error})", "put it back by hand")


def open_timeline(session: Session, timeline: Any) -> None:
    """Make a timeline the open one; its content can be changed only then.

    Raises:
        RefusedError: Resolve opened another one, or none.
    """
    project = session.project()
    if _id(session, session.ask(project, "Project.GetCurrentTimeline")) != _id(session, timeline):
        session.demand(project, "Project.SetCurrentTimeline", timeline)
        now = session.ask(project, "Project.GetCurrentTimeline")
        if _id(session, now) != _id(session, timeline):
            name = session.ask(timeline, "Timeline.GetName")
            raise BridgeError(
                f"timeline {name!r}", "Resolve did not open it", "open it by hand, then run again"
            )


def open_bin(session: Session, folder: Any) -> None:
    """Make a bin the open one.

    Raises:
        RefusedError: Resolve refused, or opened another one.
    """
    pool = session.pool()
    session.demand(pool, "MediaPool.SetCurrentFolder", folder)
    name = session.text(folder, "Folder.GetName")
    now = session.demand(pool, "MediaPool.GetCurrentFolder")
    if session.ask(now, "Folder.GetName") != name:
        raise RefusedError(f"bin {name!r}", "Resolve said yes and did not open it", "open it")


def move_playhead(session: Session, timeline: Any, timecode: str) -> None:
    """Move the open timeline's playhead unless it stands there.

    Raises:
        BridgeError: Resolve refused, or said yes and left it where it was.
    """
    if session.ask(timeline, "Timeline.GetCurrentTimecode") == timecode:
        return
    session.demand(timeline, "Timeline.SetCurrentTimecode", timecode)
    now = session.ask(timeline, "Timeline.GetCurrentTimecode")
    if now != timecode:
        cause = f"it stands at {now} instead of {timecode}"
        raise BridgeError("the playhead", cause, "move it there by hand and look why it sticks")


def switch_track(session: Session, timeline: Any, index: int, enabled: bool) -> None:
    """Switch a video track on or off unless it is so already.

    Raises:
        BridgeError: Resolve refused, or said yes and did nothing.
    """
    if _is_enabled(session, timeline, index) == enabled:
        return
    session.demand(timeline, "Timeline.SetTrackEnable", "video", index, enabled)
    if _is_enabled(session, timeline, index) != enabled:
        word = "on" if enabled else "off"
        cause = f"Resolve said yes and did not switch it {word}"
        raise BridgeError(f"track V{index}", cause, f"switch it {word} by hand, then run again")


def _asked_twice(session: Session, owner: Any, method: str) -> Any:
    """Return what may truly be nothing, but is asked again before it is believed to be."""
    return session.ask(owner, method) or session.ask(owner, method)


def _timeline_known_as(session: Session, known: str) -> Optional[Any]:
    for timeline in session.timelines().values():
        if known and _id(session, timeline) == known:
            return timeline
    return None


def _setting(session: Session, timeline: Any, key: str) -> Any:
    """Return a setting that can be put back.

    Raises:
        RefusedError: Resolve does not tell what it is.
    """
    value = read_timeline_setting(session, timeline, key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise RefusedError(f"timeline setting {key!r}", "Resolve does not tell it", "run it again")
    return value


def _is_enabled(session: Session, timeline: Any, index: int) -> bool:
    # False is also how a call fails: it is believed only when it is said twice.
    answer = session.ask(timeline, "Timeline.GetIsTrackEnabled", "video", index)
    if not answer:
        answer = session.ask(timeline, "Timeline.GetIsTrackEnabled", "video", index)
    if not isinstance(answer, (bool, int)):
        cause = f"Resolve does not say whether it is on ({answer!r})"
        raise BridgeError(f"track V{index}", cause, "run this entry again")
    return bool(answer)


def _id(session: Session, timeline: Any) -> str:
    if timeline is None:
        return ""
    return session.text(timeline, "Timeline.GetUniqueId")


def attempt(put_back: Callable[[], Any]) -> Tuple[BridgeError, ...]:
    """Run it up to `ATTEMPTS` times; return the last error if all failed."""
    failures = []
    for _ in range(ATTEMPTS):
        try:
            put_back()
        except BridgeError as error:  # noqa: PERF203 - two rounds at most
            failures.append(error)
        else:
            return ()
    return tuple(failures[-1:])
