"""3 Align Reference: the Reference laid over the Source with the Inspector's Transform.

From what the tool aligned (one value for the shot: a script cannot set keyframes), or read out
after the user did it by hand. What a unit of the Inspector does is measured first, with a chart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple

from .aligning import (
    BY_HAND,
    CALIBRATE,
    FROM_FILE,
    SAVED,
    Facts,
    Lying,
    judge,
    judge_calibration,
    plan,
)
from .calibrating import measure
from .calibration import load_calibration, save_calibration
from .errors import BridgeError
from .geometry import Size
from .journal import write_whole
from .keeping import put_back_after
from .names import pair_timeline
from .pair import REFERENCE, TRACKS, read_rate
from .placing import find_timeline, placed_on
from .questions import Answers, Question
from .session import Session
from .solving import KEYS, load_exported
from .step import Action, Context, Finding, Plan, Step
from .values import (
    as_number,
    read_inspector,
    read_project_setting,
    read_timeline_setting,
    write_inspector,
)

QUESTIONS = (
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question("folder", "Shot folder", is_needed=True, hint="where turnover.json is"),
    Question(
        "align_mode",
        "Alignment",
        default=FROM_FILE,
        choices=(FROM_FILE, BY_HAND, CALIBRATE),
        hint="calibrate once in each Resolve, before the first",
    ),
)


def look(context: Context) -> Facts:
    """Read the Reference's position, the calibration and the alignment; change nothing."""
    session, mode = context.session, str(context.answers["align_mode"])
    facts = Facts(mode, session.spoken_version, load_calibration(context.home))
    if mode == CALIBRATE:
        return facts
    name = pair_timeline(context.name)
    timeline = find_timeline(session, name)
    lying = _lying(session, timeline) if timeline is not None else ()
    if not lying:
        raise BridgeError(f"timeline {name!r}", "has no Reference on V2", "run 2 Conform first")
    return facts._replace(
        frame=(
            _whole(read_timeline_setting(session, timeline, "timelineResolutionWidth")),
            _whole(read_timeline_setting(session, timeline, "timelineResolutionHeight")),
        ),
        fitting=str(read_timeline_setting(session, timeline, "timelineInputResMismatchBehavior")),
        lying=lying,
        exported=load_exported(context.shot_folder) if mode == FROM_FILE else None,
        saved=_load_saved(context.shot_folder / SAVED),
    )


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Set all of it or none, and keep it; or measure."""
    session = context.session
    if any(action.verb == "measure" for action in plan):
        save_calibration(context.home, measure(session, *_chart(session, context.answers)))
        return
    settings = [action for action in plan if action.verb == "set Inspector"]
    if settings:
        _set_all(session, {one.place: one for one in facts.lying}, settings)
    for action in plan:
        if action.verb == "keep":
            content = {"format": 1, "timeline": pair_timeline(context.name)}
            kept = {**content, "made_by": facts.mode, "transform": dict(action.values)}
            text = json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
            write_whole(context.shot_folder / SAVED, text)


def verify(context: Context, _plan: Plan) -> Sequence[Finding]:
    """Look again, and say what was set, how far it holds, and what the Inspector cannot do."""
    facts = look(context)
    left = plan(facts, context.answers)
    if facts.mode == CALIBRATE:
        return [judge_calibration(facts.measured)]
    found = [Finding("stop", one.subject, f"Resolve did not do: {one}") for one in left]
    told = ", ".join(f"{key} {facts.lying[0].inspector[key]:g}" for key in KEYS)
    found.append(Finding("ok", REFERENCE, told))
    return [*found, *judge(facts)]


def _lying(session: Session, timeline: Any) -> Tuple[Lying, ...]:
    return tuple(
        Lying(placed, read_inspector(session, placed.item))
        for placed in placed_on(session, timeline, TRACKS[REFERENCE])
    )


def _set_all(session: Session, lying: Dict[str, Lying], settings: Sequence[Action]) -> None:
    """Set every value, or put all of them back: a Reference half moved is aligned to nothing."""
    done = False

    def put_back() -> None:
        for action in reversed(() if done else settings):
            item = lying[action.subject].placed.item
            write_inspector(session, item, action.values[0], action.values[3])

    with put_back_after(session, "the Reference's position", put_back):
        for action in settings:
            item = lying[action.subject].placed.item
            write_inspector(session, item, action.values[0], action.values[1])
        done = True


def _chart(session: Session, answers: Answers) -> Tuple[Size, str]:
    """Return the project's raster, and an hour in its way of counting."""
    project = session.project()
    size = (
        _whole(read_project_setting(session, project, "timelineResolutionWidth")),
        _whole(read_project_setting(session, project, "timelineResolutionHeight")),
    )
    _, drop = read_rate(session, None, answers)
    return size, "01:00:00;00" if drop else "01:00:00:00"


def _load_saved(file: Path) -> Optional[Dict[str, Any]]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8"))["transform"])
    except (OSError, ValueError, LookupError, TypeError):
        return None  # it is written anew from what is read now


def _whole(value: Any) -> int:
    return int(as_number(value) or 0)


STEP = Step(
    name="align",
    title="Align Reference",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
