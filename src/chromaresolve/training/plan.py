"""How long a training is: fixed before its first step, and kept when it is run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.shot import Shot
from chromaresolve.training.checkpoints import Plan

LEAST_STEPS = 50
"""Fewer teach nothing, however short the time allowed."""


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
    steps_per_second: Callable[[Plan], float],
    say: Callable[[str], None],
) -> Plan:
    """Return the plan in the file if it is for this very work, else make one and write it.

    Minutes are turned into steps once, by a short measurement; from then on steps are counted, so
    that a training that was stopped and run again does what an undisturbed one does.

    Raises:
        StageError: Resuming was insisted on, and there is nothing to go on with.
    """
    steps, minutes = _length(shot, wish)
    asked = {"steps": steps, "minutes": minutes}
    plan = _read_plan(file, wanted, asked)
    if plan is not None:
        return plan
    if wish.must_resume:
        raise StageError(
            file.parent,
            "there is no training of these pairs and settings to go on with: "
            "run `chromaresolve train` without --resume",
        )
    if steps is None:
        allowed = minutes or 0.0
        rate = steps_per_second(replace(wanted, steps=LEAST_STEPS))
        steps = max(LEAST_STEPS, int(60 * allowed * rate))
        say(f"{rate:.1f} steps a second: {steps} steps in {allowed:g} minutes")
    plan = replace(wanted, steps=steps)
    write_text(file, json.dumps({"asked": asked, "plan": asdict(plan)}, indent=2) + "\n")
    return plan


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
    is_same_work = replace(plan, steps=wanted.steps) == wanted
    return plan if is_same_work and content.get("asked") == asked else None
