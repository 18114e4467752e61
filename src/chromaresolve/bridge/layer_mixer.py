"""The Color page's way to the same picture: a Layer Mixer, from a grade that the user saved.

No function builds or wires nodes. A grade saved once as `.drx` carries the whole graph, so it can
be laid on the Original as a colour version of its own; the version that was on stays on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .errors import BridgeError
from .keeping import kept_version
from .session import Session

VERSION = "ChromaResolve Layer Mixer"
"""The colour version that carries the saved grade."""

LOCAL = 0
"""A version of this clip alone."""

NO_KEYFRAMES = 0
"""How the grade is laid on: it has no keyframes to align."""


def has_layer_mixer(session: Session, item: Any) -> bool:
    """Say whether a clip has the version already."""
    return VERSION in session.listed(item, "TimelineItem.GetVersionNameList", LOCAL)


def check_grade(file: Path) -> None:
    """Check that a saved grade can be read.

    Raises:
        BridgeError: It is not there, or no `.drx`.
    """
    if file.suffix.lower() != ".drx" or not file.is_file():
        cause = "is no saved grade (.drx)"
        remedy = "grab a still of the Layer Mixer grade in the gallery, and export it as .drx"
        raise BridgeError(str(file), cause, remedy)


def add_layer_mixer(session: Session, item: Any, file: Path) -> None:
    """Lay the saved grade on a clip as a version of its own; the present version stays on.

    Raises:
        BridgeError: The grade was refused; the version is taken away again.
    """
    check_grade(file)
    with kept_version(session, item):
        session.demand(item, "TimelineItem.AddVersion", VERSION, LOCAL)
        session.demand(item, "TimelineItem.LoadVersionByName", VERSION, LOCAL)
        graph = session.demand(item, "TimelineItem.GetNodeGraph")
        try:
            session.demand(graph, "Graph.ApplyGradeFromDRX", str(file), NO_KEYFRAMES)
        except BridgeError:
            _take_away(session, item)
            raise


def _take_away(session: Session, item: Any) -> None:
    """Remove the empty version, which must not be the one that is on."""
    names = session.listed(item, "TimelineItem.GetVersionNameList", LOCAL)
    others = [name for name in names if name != VERSION]
    if others:
        session.demand(item, "TimelineItem.LoadVersionByName", others[0], LOCAL)
        session.demand(item, "TimelineItem.DeleteVersionByName", VERSION, LOCAL)
