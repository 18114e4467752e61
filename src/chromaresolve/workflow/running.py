"""Every stage of a shot in order: where it stands, what is next, and doing what is missing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from chromaresolve.errors import StageError
from chromaresolve.shot import STAGES, Shot, Stage, out_of_date
from chromaresolve.telling import Progress, Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked of a run; the shot's own settings hold where nothing was."""

    minutes: float | None = None
    """How long to train."""
    steps: int | None = None
    """How many steps to train."""
    provider: str = "auto"
    """What runs the model."""
    start_from: Path | None = None
    """The model that a training begins with."""


def standing(shot: Shot) -> dict[str, str]:
    """Return each stage's state in words: made, out of date and why, or not yet made."""
    states = {}
    for stage in STAGES:
        made = shot.made.get(stage.name)
        if made is None:
            states[stage.name] = "not yet" if stage.is_required else "not yet (optional)"
            continue
        reasons = out_of_date(shot, stage.name)
        states[stage.name] = f"out of date: {reasons[0]}" if reasons else f"made {made.at}"
    return states


def next_stage(shot: Shot) -> Stage | None:
    """Return the first required stage that is missing, or any that is out of date."""
    for stage in STAGES:
        if _is_wanting(shot, stage) and (stage.is_required or stage.name in shot.made):
            return stage
    return None


def bring_up_to_date(
    shot: Shot,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    provider: str = "auto",
    start_from: Path | None = None,
    say: Say,
    on_progress: Progress,
) -> tuple[Shot, dict[str, float]]:
    """Run every stage that is missing or out of date; return the shot and seconds by stage."""
    wishes = Wishes(minutes=minutes, steps=steps, provider=provider, start_from=start_from)
    seconds: dict[str, float] = {}
    for stage in STAGES:
        if not _is_wanting(shot, stage) or _is_not_ours(shot, stage):
            continue
        say(f"{stage.name}:")
        began = time.monotonic()
        shot = _run(shot, stage.name, wishes, say, on_progress)
        seconds[stage.name] = time.monotonic() - began
    return shot, seconds


def _is_wanting(shot: Shot, stage: Stage) -> bool:
    if stage.name == "balance" and not _has_own_plates(shot):
        return True  # a diagnosis alone, or a shader, gives the network nothing to see
    return stage.name not in shot.made or bool(out_of_date(shot, stage.name))


def _is_not_ours(shot: Shot, stage: Stage) -> bool:
    """Say whether a stage would redo what the artist brought: balanced plates made elsewhere."""
    return stage.name == "balance" and bool(shot.source.balanced) and not _has_own_plates(shot)


def _has_own_plates(shot: Shot) -> bool:
    made = shot.made.get("balance")
    return made is not None and bool(made.settings.get("plates"))


def _run(shot: Shot, name: str, wishes: Wishes, say: Say, on_progress: Progress) -> Shot:
    """Run one stage. Rooms are imported as they are needed: torch only when training is due."""
    if name == "check":
        return _check(shot, say, on_progress)
    if name == "balance":
        from chromaresolve.balance import balance

        return balance(shot, plates=True, say=say, on_progress=on_progress)
    if name == "pairs":
        from chromaresolve.pairs import choose

        return choose(shot, say=say, on_progress=on_progress)
    if name == "alignment":
        from chromaresolve.alignment import align

        return align(shot, say=say, on_progress=on_progress)
    if name in ("baseline", "training", "model"):
        return _teach(shot, name, wishes, say, on_progress)
    return _deliver(shot, name, wishes, say, on_progress)


def _check(shot: Shot, say: Say, on_progress: Progress) -> Shot:
    from chromaresolve.turnover import check

    shot, findings = check(shot, on_progress=on_progress)
    for finding in findings:
        if finding.verdict != "ok":
            say(f"{finding.subject}: {finding.line}")
    for finding in findings:
        if finding.verdict == "stop":
            raise StageError(shot.file, f"{finding.subject}: {finding.line}")
    return shot


def _teach(shot: Shot, name: str, wishes: Wishes, say: Say, on_progress: Progress) -> Shot:
    if name == "baseline":
        from chromaresolve.baseline import fit

        return fit(shot, cube=33, render=True, say=say, on_progress=on_progress)
    from chromaresolve.training import Wish, export, train

    if name == "training":
        wish = Wish(minutes=wishes.minutes, steps=wishes.steps, start_from=wishes.start_from)
        return train(shot, wish, say=say, on_progress=on_progress)
    return export(shot)


def _deliver(shot: Shot, name: str, wishes: Wishes, say: Say, on_progress: Progress) -> Shot:
    if name == "recovery":
        from chromaresolve import recovery

        wish = recovery.Wish(provider=wishes.provider)
        return recovery.recover(shot, wish, say=say, on_progress=on_progress)
    if name == "review":
        from chromaresolve.review import review

        return review(shot, say=say, on_progress=on_progress)
    if name == "composite":
        from chromaresolve.composite import composite

        return composite(shot, say=say, on_progress=on_progress)
    from chromaresolve.report import report

    return report(shot, say=say, on_progress=on_progress)
