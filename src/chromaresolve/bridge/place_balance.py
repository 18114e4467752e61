"""Place PreBalance: what `chromaresolve balance` made of a shot, laid on its Source.

It goes on a colour version of our own, which stays in use: the balance is seen at once, a second
run sees what it carries, and 5 Export Pair renders it as Balanced beside the neutral Source.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence, Tuple

from .calling import is_refusal
from .errors import BridgeError, RefusedError
from .handles import use_version
from .handover import load_turnover
from .keeping import kept_timeline, kept_version, open_timeline, put_back_after
from .methods import DIALOG
from .names import BALANCED_VERSION, TEMPORARY, pair_timeline
from .pair import SOURCE, TRACKS
from .places import this_machine
from .placing import built_timeline, placed_on
from .pre_balance import (
    ENCODING_KEYS,
    Balance,
    Lut,
    Shelf,
    copy_missing,
    find_shelf,
    fitting,
    is_named,
    judge_encoding,
    load_balance,
    settle,
)
from .questions import Answers, Question
from .seen import LOCAL, Node, place_name, read_nodes, version_names
from .session import Session
from .step import Action, Context, Finding, Plan, Step
from .values import read_timeline_setting

DCTL, CUBE = "DCTL", "cube"
"""The two forms of a pre-balance."""

QUESTIONS = (
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question("folder", "Shot folder", is_needed=True, hint="where balance.json is"),
    Question(
        "balance_form",
        "Pre-balance as",
        default=DCTL,
        choices=(DCTL, CUBE),
        hint="cube where Resolve says in a window that it plays no DCTL",
    ),
)


class Lying(NamedTuple):
    """A clip of the Source on the pair timeline."""

    place: str
    """Where, as plans name it."""
    item: Any
    """Resolve's object."""
    version: str
    """The colour version in use."""
    kind: int
    """Whether that is the clip's own, or shared."""
    nodes: Tuple[Node, ...]
    """The grade of the version in use; a script sees no other."""


class Facts(NamedTuple):
    """The shot's pre-balance, and where it is to lie."""

    balance: Balance
    """What the tool made."""
    shelf: Shelf
    """The folder from which Resolve is to take it."""
    timeline: Any
    """The pair timeline."""
    settings: Mapping[str, str]
    """What decides what nodes get."""
    lying: Tuple[Lying, ...]
    """The clips of the Source."""
    is_any_form_right: bool
    """Whether a cube may stay where there is a DCTL, which the free edition may not take."""


def look(context: Context) -> Facts:
    """Read the tool's balance, the LUT folder, the pair timeline and its settings; change nothing.

    Raises:
        BridgeError: Something of that is not there, or not what it must be.
    """
    session = context.session
    made = load_balance(context.shot_folder, context.name)
    timeline = built_timeline(session, pair_timeline(context.name), "2 Conform")
    placed = placed_on(session, timeline, TRACKS[SOURCE])
    if not placed:
        where = f"timeline {pair_timeline(context.name)!r}"
        raise BridgeError(where, "has no Source on V1", "run 2 Conform first")
    told = {key: read_timeline_setting(session, timeline, key) for key in ENCODING_KEYS}
    settings = {key: str(value or "") for key, value in told.items()}
    balance = fitting(made, settings)
    luts = balance.forms if context.answers["balance_form"] == DCTL else balance.cubes
    if not luts:
        remedy = f"answer {DCTL!r} to {QUESTIONS[-1].label!r}"
        raise BridgeError("this balance", "was made without a cube", remedy)
    return Facts(
        balance=balance,
        shelf=find_shelf(this_machine(), context.home, context.shot_folder, luts),
        timeline=timeline,
        settings=settings,
        lying=tuple(_see(session, one.start, one.item) for one in placed),
        is_any_form_right=not session.is_studio,
    )


def plan(facts: Facts, _answers: Answers) -> Plan:
    """Copy what is missing, and set each clip that does not show it yet.

    Raises:
        BridgeError: Nodes get something else here than the balance works on, or something of the
            artist's lies on our version.
    """
    fit = judge_encoding(facts.balance.encoding, facts.settings)
    if fit.verdict == "stop":
        remedy = "balance the shot for this project, or open the project that it was balanced for"
        raise BridgeError(fit.subject, fit.sentence, remedy)
    for one in facts.lying:
        if one.version == BALANCED_VERSION:
            _refuse_others(one.place, one.nodes, facts.balance)
    shelf, copies = facts.shelf, []
    for lut in shelf.missing:
        verb = "replace" if shelf.path(lut).exists() else "copy"
        copies.append(Action(verb, lut.name, ("in", str(shelf.folder))))
    settings = [
        Action("set", one.place, (shelf.luts[0].name, "was", one.version))
        for one in facts.lying
        if not shelf.is_settled or not _is_set(facts, one)
    ]
    return (*copies, *settings)


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Copy, let Resolve list its LUTs anew, and set all clips; or leave all on their versions.

    Raises:
        BridgeError: A file cannot be written, or Resolve does not take it.
    """
    if not plan:
        return
    session = context.session
    with kept_timeline(session):
        open_timeline(session, facts.timeline)
        for one in facts.lying:
            _check_version(session, facts, one)
        for action in plan:
            if action.verb == "replace":
                context.say(f"{action.subject}: the new balance takes the place of the earlier one")
        copy_missing(facts.shelf, context.home, context.shot_folder)
        session.demand(session.project(), "Project.RefreshLUTList")
        _set_all(context, facts)
    settle(facts.shelf, context.home)


def verify(context: Context, done: Plan) -> Sequence[Finding]:
    """Look again, and say what lies where, whether it fits, and what to do next."""
    # Which form Resolve took was said aloud; what it did not take cannot be asked of it again.
    facts = look(context)._replace(is_any_form_right=True)
    left = plan(facts, context.answers)
    found = [Finding("stop", one.subject, f"Resolve did not do: {one}") for one in left]
    if facts.balance.diagnosis:
        found.append(Finding("ok", "the film", facts.balance.diagnosis))
    found.append(judge_encoding(facts.balance.encoding, facts.settings))
    for one in (each for each in facts.lying if _is_set(facts, each)):
        sentence = f"carries {one.nodes[0].lut} on version {one.version!r}, which stays in use"
        found.append(Finding("ok", one.place, sentence))
    if done and _was_exported(context):
        sentence = 'were exported before this: say "export again" in 5 Export Pair'
        found.append(Finding("note", "balanced plates", sentence))
    return found


def _see(session: Session, start: int, item: Any) -> Lying:
    told = session.mapping(item, "TimelineItem.GetCurrentVersion")
    place, version = place_name(TRACKS[SOURCE], start), str(told.get("versionName") or "")
    if not version:
        raise RefusedError(place, "Resolve does not tell the colour version in use", DIALOG)
    return Lying(place, item, version, int(told.get("versionType", LOCAL)), _nodes(session, item))


def _nodes(session: Session, item: Any) -> Tuple[Node, ...]:
    return read_nodes(session, session.demand(item, "TimelineItem.GetNodeGraph"))


def _was_exported(context: Context) -> bool:
    try:
        turnover = load_turnover(context.shot_folder)
    except BridgeError:
        return False  # 5 Export Pair says what is wrong with it, and writes it anew
    return turnover is not None and "balanced" in turnover.sequences


def _is_set(facts: Facts, one: Lying) -> bool:
    luts = facts.shelf.luts if facts.is_any_form_right else facts.shelf.luts[:1]
    names = [lut.name for lut in luts]
    return one.version == BALANCED_VERSION and [is_named(n.lut, names) for n in one.nodes] == [True]


def _refuse_others(place: str, nodes: Sequence[Node], balance: Balance) -> None:
    """Refuse to touch a version of our name that carries more than our pre-balance."""
    carried = [text for node in nodes for text in (node.lut, *node.tools) if text]
    others = [text for text in carried if not is_named(text, balance.names)]
    if len(nodes) > 1:
        others.append(f"{len(nodes)} nodes")
    if others:
        cause = f"version {BALANCED_VERSION!r} carries {', '.join(others)}, which is yours"
        remedy = "rename that version, or reset it on the Color page, then run this entry again"
        raise BridgeError(place, cause, remedy)


def _check_version(session: Session, facts: Facts, one: Lying) -> None:
    """Look at a version of our name that is not in use, before anything is changed."""
    if one.version != BALANCED_VERSION and BALANCED_VERSION in version_names(session, one.item):
        with kept_version(session, one.item):
            use_version(session, one.item, BALANCED_VERSION)
            _refuse_others(one.place, _nodes(session, one.item), facts.balance)


def _set_all(context: Context, facts: Facts) -> None:
    """Set every clip and leave it on our version; on a failure, leave each on the one it had."""
    session, done = context.session, False

    def put_back() -> None:
        for one in () if done else facts.lying:
            _come_back(session, one)

    with put_back_after(session, "the colour versions of the Source", put_back):
        for one in facts.lying:
            _set_one(context, facts, one)
        done = True


def _come_back(session: Session, one: Lying) -> None:
    told = session.mapping(one.item, "TimelineItem.GetCurrentVersion")
    if told.get("versionName") != one.version:
        session.demand(one.item, "TimelineItem.LoadVersionByName", one.version, one.kind)
    if one.version != TEMPORARY and TEMPORARY in version_names(session, one.item):
        session.demand(one.item, "TimelineItem.DeleteVersionByName", TEMPORARY, LOCAL)


def _set_one(context: Context, facts: Facts, one: Lying) -> None:
    """Set our version; a new one gets its name when it is whole, not before."""
    session, item = context.session, one.item
    is_new = BALANCED_VERSION not in version_names(session, item)
    if is_new:
        _begin(session, item)
    else:
        use_version(session, item, BALANCED_VERSION)
    _refuse_others(one.place, _nodes(session, item), facts.balance)
    lut, best = _set_lut(context, facts, one), facts.shelf.luts[0]
    if lut != best:
        edition = "" if session.is_studio else ", as the free edition may"
        context.say(f"{one.place}: Resolve refused {best.name}{edition}; it has {lut.name} now")
    if is_new:
        names = TEMPORARY, BALANCED_VERSION
        session.demand(item, "TimelineItem.RenameVersionByName", *names, LOCAL)
        use_version(session, item, BALANCED_VERSION)


def _begin(session: Session, item: Any) -> None:
    """Make a version without a grade and use it; what is reset is known to be that one."""
    if TEMPORARY not in version_names(session, item):
        session.demand(item, "TimelineItem.AddVersion", TEMPORARY, LOCAL)
    use_version(session, item, TEMPORARY)
    graph = session.demand(item, "TimelineItem.GetNodeGraph")
    session.demand(graph, "Graph.ResetAllGrades")


def _set_lut(context: Context, facts: Facts, one: Lying) -> Lut:
    """Set the first form that Resolve takes, under the first name that it knows, and return it."""
    session, shelf = context.session, facts.shelf
    graph = session.demand(one.item, "TimelineItem.GetNodeGraph")
    for lut in shelf.luts:
        for name in shelf.spoken(lut):
            answer = session.ask(graph, "Graph.SetLUT", 1, name)  # nodes count from 1
            told = session.ask(graph, "Graph.GetLUT", 1)
            if not is_refusal(answer) and is_named(str(told), (lut.name,)):
                return lut
    names = " and no ".join(lut.name for lut in shelf.luts)
    raise RefusedError(one.place, f"Resolve took no {names}", shelf.by_hand)


STEP = Step(
    name="place_balance",
    title="Place PreBalance",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
