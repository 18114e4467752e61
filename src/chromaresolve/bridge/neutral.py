"""Colour versions of our own: one without any grade, one with our PreBalance and nothing else.

The user's versions are never changed: what is reset is a new version, and only after Resolve has
said that it is the one in use.
"""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Tuple

from .errors import RefusedError
from .keeping import put_back_after
from .methods import DIALOG
from .names import BALANCED_VERSION, NEUTRAL_VERSION, PRE_BALANCE, TEMPORARY
from .seen import LOCAL, read_nodes, version_names
from .session import Session

BY_HAND = "add the version by hand on the Color page (right click > Local Versions), reset it there"
"""What helps where Resolve does not do it."""


def make_neutral(session: Session, item: Any) -> None:
    """Leave a clip on a version without any grade.

    Raises:
        BridgeError: Resolve refused, or the version is not bare; the version before is in use.
    """
    is_there = NEUTRAL_VERSION in version_names(session, item)
    # A version begins with the grade in use: it gets its name when it is neutral, not before.
    name = NEUTRAL_VERSION if is_there else TEMPORARY
    _add_version(session, item, name)
    with _back_to_version(session, item):
        _load_version(session, item, name)
        _reset(session, item)
        if not is_there:
            _rename_version(session, item)
    _load_version(session, item, NEUTRAL_VERSION)


def make_neutral_beside(session: Session, item: Any) -> None:
    """Make a version without any grade and leave the one in use in use.

    Raises:
        BridgeError: Resolve refused, or the version is not bare.
    """
    with _back_to_version(session, item):
        make_neutral(session, item)


def keep_balance(session: Session, item: Any) -> None:
    """Leave a clip on a version of our own with the PreBalance of the version in use.

    Raises:
        BridgeError: Resolve refused, or the new version does not carry it.
    """
    _add_version(session, item, BALANCED_VERSION)  # a new version begins with the grade in use
    with _back_to_version(session, item):
        _load_version(session, item, BALANCED_VERSION)
        nodes = read_nodes(session, session.demand(item, "TimelineItem.GetNodeGraph"))
        if not any(node.is_pre_balance for node in nodes):
            cause = f"it does not carry {PRE_BALANCE}"
            remedy = f"put the DCTL on version {BALANCED_VERSION!r} by hand, then run this again"
            raise RefusedError(f"colour version {BALANCED_VERSION!r}", cause, remedy)
    _load_version(session, item, BALANCED_VERSION)


def _add_version(session: Session, item: Any, name: str) -> None:
    if name in version_names(session, item):
        return
    with _back_to_version(session, item):  # whether adding also loads is not documented
        session.demand(item, "TimelineItem.AddVersion", name, LOCAL)
    if name not in version_names(session, item):
        cause = "Resolve said yes and did not make it"
        raise RefusedError(f"colour version {name!r}", cause, BY_HAND)


def _load_version(session: Session, item: Any, name: str, kind: int = LOCAL) -> None:
    if _current(session, item) == (name, kind):
        return
    session.demand(item, "TimelineItem.LoadVersionByName", name, kind)
    now = _current(session, item)
    if now != (name, kind):
        cause = f"Resolve said yes and uses {now[0]!r}"
        raise RefusedError(f"colour version {name!r}", cause, BY_HAND)


def _rename_version(session: Session, item: Any) -> None:
    names = TEMPORARY, NEUTRAL_VERSION
    session.demand(item, "TimelineItem.RenameVersionByName", *names, LOCAL)
    if NEUTRAL_VERSION not in version_names(session, item):
        cause = f"Resolve said yes and kept the name {TEMPORARY!r}"
        raise RefusedError(f"colour version {NEUTRAL_VERSION!r}", cause, BY_HAND)


def _reset(session: Session, item: Any) -> None:
    graph = session.demand(item, "TimelineItem.GetNodeGraph")
    session.demand(graph, "Graph.ResetAllGrades")
    nodes = read_nodes(session, session.demand(item, "TimelineItem.GetNodeGraph"))
    if len(nodes) > 1 or any(node.lut or node.tools for node in nodes):
        cause = "Resolve said yes and left a grade on it"
        raise RefusedError(f"colour version {NEUTRAL_VERSION!r}", cause, BY_HAND)


@contextlib.contextmanager
def _back_to_version(session: Session, item: Any) -> Iterator[None]:
    """Come back to the version in use, which must be known before anything is reset."""
    name, kind = _current(session, item)

    def put_back() -> None:
        _load_version(session, item, name, kind)

    with put_back_after(session, f"the colour version {name!r}", put_back):
        yield


def _current(session: Session, item: Any) -> Tuple[str, int]:
    told = session.ask(item, "TimelineItem.GetCurrentVersion") or {}
    name = told.get("versionName")
    if not name:
        cause = "Resolve does not tell the colour version in use"
        raise RefusedError("GetCurrentVersion()", cause, DIALOG)
    return str(name), int(told.get("versionType", LOCAL))
