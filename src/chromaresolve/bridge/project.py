"""The project of a film: how it stands, and how each thing that it lacks is done."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Mapping, NamedTuple, Tuple

from .calling import is_refusal
from .errors import BridgeError, RefusedError
from .keeping import open_timeline
from .material import Material, attributes, with_clip, write_attribute
from .media import clips_in, import_sequence, make_bin
from .methods import DIALOG
from .placing import find_timeline
from .project_settings import (
    RATE,
    Shape,
    choose_aces,
    choose_odt,
    odt_names,
    wanted_settings,
    write_setting,
)
from .session import Session
from .step import Action, Context

OPEN, THERE, MISSING = "open", "there", "missing"
"""How the project stands: open, in the Project Manager, or nowhere."""

READY_LOOKS, READY_SECONDS = 20, 0.25
"""How often, and how long between, a Resolve that has just started is asked for its database."""


class Facts(NamedTuple):
    """What there is on disk and in Resolve."""

    project: str
    """The project's name."""
    state: str
    """`OPEN`, `THERE` or `MISSING`; the rest of Resolve is known only of an open one."""
    shape: Shape
    """Raster and rate as they are to be."""
    material: Tuple[Material, ...]
    """The shot's frames, and their clips."""
    settings: Mapping[str, Any]
    """The project's settings, by key."""
    bins: Tuple[str, ...] = ()
    """The bins under the root."""
    timelines: Tuple[str, ...] = ()
    """The names of all timelines."""
    aces_version: str = ""
    """What the project or its timeline tells of the ACES version."""


def state_of(session: Session, name: str) -> str:
    """Say whether a project is open, in the Project Manager, or nowhere."""
    manager = session.manager()
    for _ in range(READY_LOOKS):  # after its start Resolve lists no projects for a while
        if session.ask(manager, "ProjectManager.GetCurrentDatabase") is not None:
            break
        time.sleep(READY_SECONDS)
    current = session.ask(manager, "ProjectManager.GetCurrentProject")
    if current is not None and session.ask(current, "Project.GetName") == name:
        return OPEN
    listed = session.listed(manager, "ProjectManager.GetProjectListInCurrentFolder")
    return THERE if name in listed else MISSING


def enter(context: Context, facts: Facts) -> None:
    """Make or open the project.

    Raises:
        BridgeError: Resolve did not, as when the open project blocks it.
    """
    session, name = context.session, facts.project
    manager = session.manager()
    if facts.state == THERE:
        session.demand(manager, "ProjectManager.LoadProject", name)
    else:
        try:
            session.demand(manager, "ProjectManager.CreateProject", name)
        except RefusedError:
            # It may be there all the same, not yet listed.
            if is_refusal(session.ask(manager, "ProjectManager.LoadProject", name)):
                raise
    now = session.ask(session.project(), "Project.GetName")
    if now != name:
        cause = f"Resolve said yes, and {now!r} is open"
        raise BridgeError(f"project {name!r}", cause, "open it by hand, then run this entry again")


def save(session: Session) -> None:
    """Save the open project."""
    session.demand(session.manager(), "ProjectManager.SaveProject")


def do(context: Context, facts: Facts, action: Action) -> None:
    """Do one thing of a plan.

    Raises:
        BridgeError: Resolve refused it.
    """
    _DO[action.verb](context, facts, action)


def _set(context: Context, facts: Facts, action: Action) -> None:
    session = context.session
    wanted = next(one for one in wanted_settings(facts.shape) if one.spoken == action.subject)
    try:
        write_setting(session, session.project(), wanted)
    except BridgeError as error:
        if wanted.key == RATE and _is_begun(session, facts):
            raise _locked_rate(facts) from error
        if wanted.is_needed:
            raise
        # The others do not stop the work: verify names what is not so, and where to look.


def _is_begun(session: Session, facts: Facts) -> bool:
    """Say whether there are timelines or clips, with which Resolve locks the rate."""
    root = session.demand(session.pool(), "MediaPool.GetRootFolder")
    folders = [root, *session.bins().values()]
    return bool(facts.timelines) or any(clips_in(session, folder) for folder in folders)


def _locked_rate(facts: Facts) -> BridgeError:
    return BridgeError(
        f"frame rate of project {facts.project!r}",
        f"it is {facts.settings.get(RATE)} and must be {facts.shape.rate}, and Resolve locks it "
        "once a project has clips or timelines",
        "a new project is needed: rename this one in the Project Manager, or give another film "
        "title, then run this entry again",
    )


def _choose(context: Context, _facts: Facts, action: Action) -> None:
    project = context.session.project()
    if action.subject == "ACES version":
        choose_aces(context.session, project, context.answers)
    else:
        choose_odt(context.session, project, odt_names(context.answers))


def _add(context: Context, _facts: Facts, action: Action) -> None:
    session, name = context.session, str(action.values[0])
    if action.subject == "bin":
        make_bin(session, name)
        return
    pool = session.pool()
    root = session.demand(pool, "MediaPool.GetRootFolder")
    session.demand(pool, "MediaPool.SetCurrentFolder", root)
    session.demand(pool, "MediaPool.CreateEmptyTimeline", name)
    timeline = find_timeline(session, name)
    if timeline is None:
        raise RefusedError(f"timeline {name!r}", "Resolve said yes and made none", DIALOG)
    open_timeline(session, timeline)


def _bring_in(context: Context, facts: Facts, action: Action) -> None:
    material = _named(facts, action)
    folder = make_bin(context.session, material.role.bin)
    import_sequence(context.session, folder, material.sequence)


def _give(context: Context, facts: Facts, action: Action) -> None:
    """Set a clip attribute; where Resolve does not take it, verify says what to do by hand."""
    material = with_clip(context.session, _named(facts, action))
    if material.clip is not None:
        spoken = action.values[0]
        attribute = next(one for one in attributes(material.role) if one.spoken == spoken)
        write_attribute(context.session, material.clip, attribute)


def _named(facts: Facts, action: Action) -> Material:
    return next(one for one in facts.material if one.role.name == action.subject)


_DO: Dict[str, Callable[[Context, Facts, Action], None]] = {
    "set": _set,
    "choose": _choose,
    "add": _add,
    "bring in": _bring_in,
    "give": _give,
}
"""What each verb of a plan does."""
