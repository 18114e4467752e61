"""2 Conform: Source and Reference in one timeline, frame for frame, and nothing done to either.

What the user conformed by hand is examined and never rebuilt. What can be put back to rest is, on
colour versions of our own and with the values before in the report; the rest is named, clip by
clip.
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, ContextManager, List, Mapping, Sequence, Tuple

from .conformed import judge_pair
from .conforming import Facts, Lane, plan
from .errors import RefusedError
from .keeping import kept_page, kept_timeline
from .media import Clip
from .methods import DIALOG
from .names import pair_timeline
from .neutral import keep_balance, make_neutral, make_neutral_beside
from .pair import TRACKS, find_clips, read_rate
from .placing import (
    Placement,
    find_timeline,
    make_timeline,
    name_tracks,
    place,
    placed_on,
    track_numbers,
)
from .questions import Question
from .retimes import read_written
from .seen import place_name, see, without_clip
from .session import Session
from .step import Action, Context, Finding, Plan, Step
from .values import (
    as_number,
    read_project_setting,
    read_timeline_setting,
    write_clip,
    write_inspector,
)

QUESTIONS = (
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question("source_first", "First Source frame", default=0, hint="a file number; 0: its first"),
    Question("count", "How many frames", default=0, hint="0: all that both have"),
    Question(
        "reference_offset",
        "Reference offset",
        default=0,
        hint="the Reference's file number minus the Source's, of the same picture",
    ),
)

RATE_BY_HAND = (
    "in the media pool choose Clip Attributes > Video > Video Frame Rate, then run this entry again"
)
"""What helps where Resolve does not let a script set a clip's rate."""

SPEED_BY_HAND = "choose Change Clip Speed, 100 %, then run this entry again"
"""The same, of a retime."""


def look(context: Context) -> Facts:
    """Read the bins and, where there is one, the pair timeline; change nothing."""
    session = context.session
    clips = find_clips(session, context.answers)
    name = pair_timeline(context.name)
    timeline = find_timeline(session, name)
    rate = read_rate(session, timeline, context.answers)
    read = _setting_reader(session, timeline)
    facts = Facts(
        name=name,
        is_there=timeline is not None,
        begins="",
        tracks=(),
        rate=rate,
        raster=(_whole(read("timelineResolutionWidth")), _whole(read("timelineResolutionHeight"))),
        fitting=str(read("timelineInputResMismatchBehavior")),
        lanes=tuple(Lane(lane, clip, ()) for lane, clip in clips.items()),
    )
    return facts if timeline is None else _look_at(session, timeline, facts)


def apply(context: Context, facts: Facts, actions: Plan) -> None:
    """Set rates, make and fill the timeline, put clips to rest; page and open timeline stay."""
    if not actions:
        return
    session = context.session
    rates = [action for action in actions if action.verb == "set frame rate"]
    for action in rates:
        _set_rate(session, facts.lane(action.subject).clip, action)
    if rates:  # a clip without a timecode of its own has another one now
        facts, actions = _look_again(context)
    with kept_page(session), _kept_timeline_but(session, facts.name):
        session.ask(session.resolve, "Resolve.OpenPage", "edit")  # soft: headless has no pages
        if any(action.verb in _BUILDING for action in actions):
            _build(session, facts, actions)
            facts, actions = _look_again(context)  # what lies there now, whoever laid it
        items = {seen.place: seen.placed.item for seen in facts.seen}
        for action in actions:
            if action.verb in _RESETTING:
                _RESETTING[action.verb](session, _item(items, action), action)


def verify(context: Context, done: Plan) -> Sequence[Finding]:
    """Look again: nothing may be left to do, and every clip is named with what was done to it."""
    facts = look(context)
    new = [
        place_name(TRACKS[action.subject], action.values[2])
        for action in done
        if action.verb == "place"
    ]
    left = plan(facts, context.answers)
    still = [Finding("stop", one.subject, f"Resolve did not do: {one}") for one in left]
    return [*judge_pair(facts, context.answers, new), *still]


def _look_at(session: Session, timeline: Any, facts: Facts) -> Facts:
    written = read_written(session, timeline)
    lanes = []
    strange: List[str] = []
    for lane in facts.lanes:
        seen = [
            see(
                session,
                lane.name,
                placed,
                rate=facts.rate[0],
                written=written.get((lane.track, placed.start)),
            )
            for placed in placed_on(session, timeline, lane.track)
        ]
        lanes.append(lane._replace(seen=tuple(seen)))
        others = without_clip(session, timeline, lane.track)
        strange += [f"V{lane.track}: {what}" for what in others]
    items = [one.placed.item for lane in lanes for one in lane.seen]
    numbers = track_numbers(session, timeline)
    return facts._replace(
        begins=str(session.ask(timeline, "Timeline.GetStartTimecode")),
        tracks=tuple(sorted(numbers, key=lambda name: numbers[name])),
        lanes=tuple(lanes),
        strange=tuple(strange),
        can_speed=any(session.can(item, "TimelineItem.SetSpeed") for item in items),
    )


def _setting_reader(session: Session, timeline: Any) -> Callable[[str], Any]:
    project = session.project()

    def read(key: str) -> Any:
        if timeline is None:
            return read_project_setting(session, project, key)
        return read_timeline_setting(session, timeline, key)

    return read


def _whole(value: Any) -> int:
    return int(as_number(value) or 0)


def _kept_timeline_but(session: Session, name: str) -> ContextManager[None]:
    """Come back to the open timeline, unless that is the pair: its playhead moves with it."""
    now = session.ask(session.project(), "Project.GetCurrentTimeline")
    if now is not None and session.ask(now, "Timeline.GetName") == name:
        return contextlib.nullcontext()
    return kept_timeline(session)


def _set_rate(session: Session, clip: Clip, action: Action) -> None:
    try:
        write_clip(session, clip.remote, "FPS", action.values[0])
    except RefusedError as error:
        where = f"{action.subject} {clip.name!r}, frame rate {action.values[0]}"
        raise RefusedError(where, error.cause, RATE_BY_HAND) from error


def _look_again(context: Context) -> Tuple[Facts, Plan]:
    facts = look(context)
    return facts, plan(facts, context.answers)


def _build(session: Session, facts: Facts, actions: Plan) -> None:
    """Make and fill the timeline as planned."""
    for action in actions:
        if action.verb in ("make timeline", "begin at"):
            make_timeline(session, facts.name, action.values[0])
    timeline = find_timeline(session, facts.name)
    if timeline is None:
        cause = "Resolve said yes and did not make it"
        raise RefusedError(f"timeline {facts.name!r}", cause, "run this entry again")
    for action in actions:
        if action.verb == "name tracks":
            name_tracks(session, timeline, action.values)
        elif action.verb == "place":
            lane = facts.lane(action.subject)
            place(session, timeline, Placement(lane.track, lane.clip, *action.values))


def _item(items: Mapping[str, Any], action: Action) -> Any:
    if action.subject not in items:
        cause = "Resolve does not show the clip that lies there"
        raise RefusedError(action.subject, cause, DIALOG)
    return items[action.subject]


def _set_inspector(session: Session, item: Any, action: Action) -> None:
    write_inspector(session, item, action.values[0], action.values[1])


def _reset_speed(session: Session, item: Any, action: Action) -> None:
    told = session.mapping(item, "TimelineItem.GetSpeed")
    session.demand(item, "TimelineItem.SetSpeed", {**told, "Percentage": action.values[0]})
    now = session.mapping(item, "TimelineItem.GetSpeed").get("Percentage")
    if as_number(now) != action.values[0]:
        cause = f"Resolve said yes and plays it at {now} %"
        raise RefusedError(action.subject, cause, SPEED_BY_HAND)


def _use_version(session: Session, item: Any, _action: Action) -> None:
    make_neutral(session, item)


def _add_version(session: Session, item: Any, _action: Action) -> None:
    make_neutral_beside(session, item)


def _keep_balance(session: Session, item: Any, _action: Action) -> None:
    keep_balance(session, item)


_BUILDING = frozenset({"make timeline", "begin at", "name tracks", "place"})
_RESETTING: Mapping[str, Callable[[Session, Any, Action], None]] = {
    "reset speed": _reset_speed,
    "set Inspector": _set_inspector,
    "use version": _use_version,
    "add version": _add_version,
    "keep balance": _keep_balance,
}

STEP = Step(
    name="conform",
    title="Conform",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
