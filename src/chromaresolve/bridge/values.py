"""Settings, Inspector values and clip attributes, in either of Resolve's conventions.

What is written is read back, because Resolve may say yes and change nothing.

Up to 21.0 each key is set alone; from 21.1 a dictionary is handed over and the old way is on its
way out. Which one is used is decided here and nowhere else.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional

from .errors import RefusedError
from .session import Session

KEPT = "set it by hand in Resolve, then run this entry again"
"""What to do when Resolve keeps another value than it was given."""


class _Kind(NamedTuple):
    """One kind of thing with named values."""

    spoken: str
    read_one: str
    write_one: str
    read_all: str
    write_all: str


_PROJECT = _Kind(
    spoken="project setting",
    read_one="Project.GetSetting",
    write_one="Project.SetSetting",
    read_all="Project.GetSettings",
    write_all="Project.SetSettings",
)
_TIMELINE = _Kind(
    spoken="timeline setting",
    read_one="Timeline.GetSetting",
    write_one="Timeline.SetSetting",
    read_all="Timeline.GetSettings",
    write_all="Timeline.SetSettings",
)
_ITEM = _Kind(
    spoken="Inspector value",
    read_one="TimelineItem.GetProperty",
    write_one="TimelineItem.SetProperty",
    read_all="TimelineItem.GetProperties",
    write_all="TimelineItem.SetProperties",
)


def read_project_setting(session: Session, project: Any, key: str) -> Any:
    """Return a project setting; an unknown one is an empty text."""
    return _read(session, _PROJECT, project, key)


def write_project_setting(
    session: Session, project: Any, key: str, value: str, *, remedy: str = KEPT
) -> bool:
    """Set a project setting unless it is so already; return whether it was changed.

    Raises:
        RefusedError: Resolve refused it, or kept another value.
    """
    return _write(session, _PROJECT, project, key, value, remedy)


def read_timeline_setting(session: Session, timeline: Any, key: str) -> Any:
    """Return a timeline's setting; the project's where the timeline has none of its own."""
    return _read(session, _TIMELINE, timeline, key)


def write_timeline_setting(
    session: Session, timeline: Any, key: str, value: str, *, remedy: str = KEPT
) -> bool:
    """Set a timeline's setting unless it is so already; return whether it was changed.

    Raises:
        RefusedError: Resolve refused it, or kept another value.
    """
    return _write(session, _TIMELINE, timeline, key, value, remedy)


def read_inspector(session: Session, item: Any) -> Dict[str, Any]:
    """Return all Inspector values of a clip on a timeline."""
    kind = _ITEM
    method = kind.read_all if session.can(item, kind.read_all) else kind.read_one
    return session.mapping(item, method)


def write_inspector(
    session: Session, item: Any, key: str, value: Any, *, remedy: str = KEPT
) -> bool:
    """Set an Inspector value unless it is so already; return whether it was changed.

    Raises:
        RefusedError: Resolve refused it, or kept another value.
    """
    return _write(session, _ITEM, item, key, value, remedy)


def read_clip(session: Session, clip: Any) -> Dict[str, Any]:
    """Return all attributes of a clip in the media pool, in one call."""
    return session.mapping(clip, "MediaPoolItem.GetClipProperty")


def write_clip(session: Session, clip: Any, key: str, value: Any, *, remedy: str = KEPT) -> bool:
    """Set a clip attribute unless it is so already; return whether it was changed.

    Raises:
        RefusedError: Resolve refused it, or kept another value.
    """

    def read() -> Any:
        return session.ask(clip, "MediaPoolItem.GetClipProperty", key)

    if are_equal(read(), value):
        return False
    session.demand(clip, "MediaPoolItem.SetClipProperty", key, value)
    _check(f"clip attribute {key!r}", read, value, remedy)
    return True


def are_equal(ours: Any, theirs: Any) -> bool:
    """Compare two values as Resolve returns them: `"24"`, 24 and 24.0 are one value."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return _as_switch(ours) == _as_switch(theirs)
    mine, other = as_number(ours), as_number(theirs)
    if mine is not None and other is not None:
        return abs(mine - other) <= 1e-4 * max(1.0, abs(mine))
    return str(ours).strip() == str(theirs).strip()


def as_number(value: Any) -> Optional[float]:
    """Return a value as a number, or None where it is none."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _as_switch(value: Any) -> Optional[bool]:
    known = {"1": True, "true": True, "1.0": True, "0": False, "false": False, "0.0": False}
    return known.get(str(value).strip().lower())


def _read(session: Session, kind: _Kind, owner: Any, key: str) -> Any:
    if session.can(owner, kind.read_all):
        return session.mapping(owner, kind.read_all).get(key, "")
    answer = session.ask(owner, kind.read_one, key)
    if answer is False and kind is not _ITEM:
        # A setting is a text or a number: False is how a call fails, and it may pass.
        answer = session.ask(owner, kind.read_one, key)
    return answer


def _write(session: Session, kind: _Kind, owner: Any, key: str, value: Any, remedy: str) -> bool:
    if are_equal(_read(session, kind, owner, key), value):
        return False
    if session.can(owner, kind.write_all):
        session.demand(owner, kind.write_all, {key: value})
    else:
        session.demand(owner, kind.write_one, key, value)
    _check(f"{kind.spoken} {key!r}", lambda: _read(session, kind, owner, key), value, remedy)
    return True


def _check(where: str, read: Callable[[], Any], value: Any, remedy: str) -> None:
    kept = read()
    if not are_equal(kept, value):
        raise RefusedError(
            where, f"Resolve said yes and kept {kept!r} instead of {value!r}", remedy
        )
