"""How long a training is: fixed before its first step, and kept when it is run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from chromaresolve.alignment import held_out_pairs
from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.shot import Shot
from chromaresolve.training.checkpoints import Plan
from chromaresolve.training.schedule import MEASURES

LEAST_STEPS = 50
"""Fewer teach nothing, however short the time allowed."""

TIMED_SECONDS = 3.0
"""How long steps are timed to turn minutes into steps: long enough to even out other work."""

GLANCE_SECONDS = 0.5
"""How long they are timed where it is only told how long the steps will take."""

LONGEST_MINUTES = 180.0
"""A training that goes on until nothing improves ends after this at the latest."""

PLATEAU_SECONDS = 20.0
"""How often such a training measures the held-out frames."""

LEAST_BETWEEN = 10
"""Steps between two measures at least: to measure takes as long as some steps."""

TOLD_STEPS = 500
"""From this many steps on it is worth telling how long they will take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked for on the command line; None leaves it to `shot.toml`."""

    steps: int | None = None
    """Train this many steps."""
    minutes: float | None = None
    """Train about this long."""
    size: str | None = None
    """The network's size."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    until_plateau: bool = False
    """Train until the held-out frames stop improving."""
    deterministic: bool = False
    """Give the same bits every time, on a graphics card too."""
    must_resume: bool = False
    """Refuse to begin anew."""
    start_from: Path | None = None
    """A model, checkpoint or shot folder whose weights to begin with; None for new ones."""


def make_plan(
    file: Path,
    shot: Shot,
    wish: Wish,
    wanted: Plan,
    *,
    steps_per_second: Callable[[Plan, float], float],
    say: Callable[[str], None],
) -> Plan:
    """Return the plan in the file if it is for this very work, else make one and write it.

    Minutes are turned into steps once, by a short measurement; from then on steps are counted, so
    that a training that was stopped and run again does what an undisturbed one does.

    Raises:
        StageError: Resuming was insisted on, and there is nothing to go on with; or a training
            until nothing improves has nothing to measure that by.
    """
    asked = _asked(shot, wish)
    plan = _read_plan(file, wanted, asked)
    if plan is not None:
        return plan
    if wish.must_resume:
        raise StageError(
            file.parent,
            "there is no training of these pairs and settings to go on with: "
            "run `chromaresolve train` without --resume",
        )
    if wish.until_plateau and not held_out_pairs(shot):
        raise StageError(
            shot.file,
            "no pair is held out, so nothing tells when to stop: write `hold_out = true` in one "
            "[[pair]], or train with --minutes",
        )
    plan, rate = _with_length(wanted, asked, shot, steps_per_second, say)
    if rate:
        until = "at most " if wish.until_plateau else ""
        took = _tell_minutes(plan.steps / rate)
        say(f"{rate:.1f} steps a second: {until}{plan.steps} steps, {took}")
    write_text(file, json.dumps({"asked": asked, "plan": asdict(plan)}, indent=2) + "\n")
    return plan


def _with_length(
    wanted: Plan,
    asked: dict[str, float | None],
    shot: Shot,
    steps_per_second: Callable[[Plan, float], float],
    say: Callable[[str], None],
) -> tuple[Plan, float]:
    """Return the plan with its steps, and how many are done in a second; 0 where none was timed."""
    rate = 0.0
    if asked["steps"] is not None:
        steps = _for_patch(int(asked["steps"]), wanted, shot, say)
        if steps >= TOLD_STEPS:
            rate = steps_per_second(wanted, GLANCE_SECONDS)
    else:
        rate = steps_per_second(wanted, TIMED_SECONDS)
        steps = max(LEAST_STEPS, int(60 * (asked["minutes"] or LONGEST_MINUTES) * rate))
    has_length = asked["steps"] is not None or asked["minutes"] is not None
    every = steps // MEASURES if has_length else round(PLATEAU_SECONDS * rate)
    plan = replace(
        wanted,
        steps=steps,
        measure_every=max(LEAST_BETWEEN, every),
        may_end_early=asked["steps"] is None,
    )
    return plan, rate


def _asked(shot: Shot, wish: Wish) -> dict[str, float | None]:
    """Return the steps or the minutes that are wanted; neither until nothing improves."""
    if wish.until_plateau:
        return {"steps": None, "minutes": None}
    steps, minutes = _length(shot, wish)
    return {"steps": steps, "minutes": minutes}


def _for_patch(steps: int, plan: Plan, shot: Shot, say: Callable[[str], None]) -> int:
    """Return more steps where the pictures are too small for the patch that was asked for."""
    patch = shot.training.patch
    if plan.patch >= patch:
        return steps
    more = round(steps * patch / plan.patch)
    say(
        f"the pictures are too small for patches of {patch} pixels: {plan.patch} are used, and "
        f"{more} steps in place of {steps}"
    )
    return more


def _tell_minutes(seconds: float) -> str:
    return f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {seconds:.0f} s"


def _length(shot: Shot, wish: Wish) -> tuple[int | None, float | None]:
    """Return steps, or minutes: the command line goes before `shot.toml`, steps before minutes."""
    if wish.steps or wish.minutes:
        return wish.steps, None if wish.steps else wish.minutes
    settings = shot.training
    return settings.steps, None if settings.steps else settings.minutes


def _read_plan(file: Path, wanted: Plan, asked: dict[str, float | None]) -> Plan | None:
    """Return the plan in the file if it was made for what is wanted now."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        plan = Plan(**content["plan"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    length = {"steps": 0, "measure_every": 0, "may_end_early": False}
    is_same_work = replace(plan, **length) == replace(wanted, **length)  # type: ignore[arg-type]
    return plan if is_same_work and content.get("asked") == asked else None
