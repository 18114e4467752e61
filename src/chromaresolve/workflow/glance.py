"""Where a shot stands, at a glance: every stage, what it came to, what is at work, what is next."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from chromaresolve.errors import ChromaresolveError, StageError
from chromaresolve.files import state_if_there
from chromaresolve.shot import (
    STAGES,
    FrameRange,
    Made,
    Shot,
    Stage,
    fingerprint,
    load_flagged,
    out_of_date,
)
from chromaresolve.workflow.facts import key_fact
from chromaresolve.workflow.working import (
    Logs,
    RecoveryNow,
    TrainingNow,
    watch_recovery,
    watch_training,
)

REFERENCE = "Reference"
"""How a problem begins that is the Reference's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGlance:
    """One stage."""

    stage: str
    """Its name."""
    command: str
    """The command that runs it."""
    state: Literal["done", "stale", "not yet"]
    """Where it stands."""
    is_required: bool
    """False: the recovered frames do not depend on it."""
    at: str
    """When it was finished, UTC, ISO 8601; empty where it was not."""
    fact: str
    """The number by which it is judged, in words."""
    reason: str
    """Why it is stale, short."""
    reasons: tuple[str, ...]
    """The same in full, with what to do."""

    @property
    def words(self) -> str:
        """Its state in one sentence."""
        if self.state == "done":
            return f"made {self.at}"
        if self.state == "stale":
            return f"out of date: {self.reasons[0] if self.reasons else self.reason}"
        return "not yet" if self.is_required else "not yet (optional)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What to do next."""

    command: str
    """The stage's command with its options, without `chromaresolve` and the shot."""
    why: str
    """Why, in a few words."""
    is_needed: bool
    """False: a proposal; all that is required is made and true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A shot."""

    shot: Shot
    """Its record."""
    stages: tuple[StageGlance, ...]
    """Every stage, in order."""
    training: TrainingNow | None
    """The training, where one was begun."""
    recovery: RecoveryNow | None
    """The recovery, where one was begun."""
    problems: tuple[str, ...]
    """What is missing on disk."""
    next: Next | None
    """What to do; None where there is nothing."""

    def to_record(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        shot = self.shot
        wanted = self.next if self.next and self.next.is_needed else None
        return {
            "shot": shot.shot.name,
            "film": shot.shot.film,
            "frames": str(shot.shot.frames),
            "frame_count": len(shot.shot.frames),
            "frame_rate": str(shot.shot.frame_rate),
            "pairs": {"teaching": len(shot.teaching), "held_out": len(shot.held_out)},
            "stages": {one.stage: one.words for one in self.stages},
            "standing": [asdict(one) for one in self.stages],
            "training": asdict(self.training) if self.training else None,
            "recovery": asdict(self.recovery) if self.recovery else None,
            "problems": list(self.problems),
            "next": wanted.command if wanted else None,
            "advice": asdict(self.next) if self.next else None,
        }


class Looker:
    """Looks at a shot, and reads no file twice as long as it stays as it is."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Path, tuple[str, str]] = {}
        self._logs = Logs()

    def now(self, shot: Shot) -> tuple[TrainingNow | None, RecoveryNow | None]:
        """Return how far training and recovery are: cheap enough for every second."""
        return watch_training(shot, self._logs), watch_recovery(shot, self._logs)

    def glance(self, shot: Shot) -> Glance:
        """Return where the shot stands."""
        stages = self._stages(shot)
        training, recovery = self.now(shot)
        problems = tuple(_problems(shot))
        return Glance(
            shot=shot,
            stages=stages,
            training=training,
            recovery=recovery,
            problems=problems,
            next=_next(shot, stages, problems),
        )

    def tell_work(self, shot: Shot) -> Mapping[str, Any]:
        """Return how far training and recovery are, as plain values."""
        training, recovery = self.now(shot)
        return {
            "training": asdict(training) if training else None,
            "recovery": asdict(recovery) if recovery else None,
        }

    def tell_standing(self, shot: Shot) -> Mapping[str, Any]:
        """Return where the shot stands, as plain values, with its folder for commands to copy."""
        return {**self.glance(shot).to_record(), "folder": shlex.quote(str(shot.root))}

    def _stages(self, shot: Shot) -> tuple[StageGlance, ...]:
        changed = {stage.name for stage in STAGES if self._has_changed(shot, stage.name)}
        return tuple(_stage(shot, stage, changed) for stage in STAGES)

    def _has_changed(self, shot: Shot, name: str) -> bool:
        made = shot.made.get(name)
        if made is None:
            return False
        is_lost = any(not shot.path(file).is_file() for file in made.outputs)
        return is_lost or any(self._look(shot, key) != was for key, was in made.inputs.items())

    def _look(self, shot: Shot, key: str) -> str:
        kind, _, name = key.partition(":")
        if kind != "file":
            return fingerprint(shot, key)
        path = shot.path(name)
        state = state_if_there(path)
        known = self._known.get(path)
        if known is None or known[0] != state:
            known = self._known[path] = (state, fingerprint(shot, key))
        return known[1]


def take_glance(shot: Shot) -> Glance:
    """Return where the shot stands. A shot with missing files is told of like any other."""
    return Looker().glance(shot)


def tell_ago(at: str, now: datetime | None = None) -> str:
    """Say how long ago something was, given as ISO 8601: `3 h ago`."""
    with suppress(ValueError):
        then = datetime.fromisoformat(at)
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        return tell_seconds(((now or datetime.now(tz=UTC)) - then).total_seconds()) + " ago"
    return ""


def tell_seconds(seconds: float) -> str:
    """Say how long something takes, in the one unit that matters: `3 h`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or (unit != "d" and seconds >= size):
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def measure_disk(shot: Shot) -> dict[str, int]:
    """Return the bytes in each folder of the shot's, the largest first; links are not followed."""
    sizes: dict[str, int] = {}
    for base, _, names in os.walk(shot.root):
        inside = Path(base).relative_to(shot.root).parts
        folder = inside[0] if inside else "."
        for name in names:
            with suppress(OSError):
                sizes[folder] = sizes.get(folder, 0) + (Path(base) / name).lstat().st_size
    return dict(sorted(sizes.items(), key=lambda both: both[1], reverse=True))


def _stage(shot: Shot, stage: Stage, changed: set[str]) -> StageGlance:
    made = shot.made.get(stage.name)
    reason = _short_reason(shot, stage, changed) if made else ""
    return StageGlance(
        stage=stage.name,
        command=stage.command,
        state="stale" if reason else "done" if made else "not yet",
        is_required=stage.is_required,
        at=made.at if made else "",
        fact=key_fact(shot, stage.name, made or Made(tool="", at="")),
        reason=reason,
        reasons=out_of_date(shot, stage.name) if reason else (),
    )


def _short_reason(shot: Shot, stage: Stage, changed: set[str]) -> str:
    """Say why a stage is stale in a few words; "" where it is not."""
    if stage.name in changed:
        own = next(iter(out_of_date(shot, stage.name)), "changed").partition(": run ")[0]
        made_from = own.partition(" made from ")[2].removesuffix(" that changed since")
        return f"{made_from} changed since" if made_from else own
    upstream = next((name for name in _upstream(stage) if name in changed), "")
    return f"{upstream} is stale" if upstream else ""


def _upstream(stage: Stage) -> Iterator[str]:
    by_name = {one.name: one for one in STAGES}
    for name in stage.needs:
        yield name
        yield from _upstream(by_name[name])


def _problems(shot: Shot) -> Iterator[str]:
    from chromaresolve import frames

    wanted = shot.shot.frames.frames
    named = {"Source": shot.source.scan}
    if shot.source.balanced:
        named["balanced plate"] = shot.source.balanced
    for what, pattern in named.items():
        try:
            there = set(frames.Sequence.find(pattern, shot.root).frames)
        except ChromaresolveError as error:
            yield f"{what}: {error}"
            continue
        lost = [frame for frame in wanted if frame not in there]
        if lost:
            yield f"{what}: {len(lost)} of {len(wanted)} frames are missing: {FrameRange.of(lost)}"
    try:
        frames.Sequence.find(shot.reference.sequence, shot.root)
    except ChromaresolveError as error:
        yield f"{REFERENCE}: {error}"


def _next(shot: Shot, stages: tuple[StageGlance, ...], problems: Sequence[str]) -> Next | None:
    is_aligned = any(one.stage == "alignment" and one.state == "done" for one in stages)
    # Once it has been laid on the plates, the Reference itself is needed no more.
    is_blocked = any(not (is_aligned and one.startswith(REFERENCE)) for one in problems)
    for one in stages:
        is_due = one.state == "stale" or (one.state == "not yet" and one.is_required)
        if is_due and is_blocked:
            return Next(command="check", why="put back what is missing, then this", is_needed=True)
        if one.state == "stale":
            return Next(command=one.command, why=one.reason, is_needed=True)
        if one.state == "not yet" and one.is_required:
            return Next(command=one.command, why=WHY[one.stage], is_needed=True)
    return _proposal(shot, {one.stage: one for one in stages})


WHY: Mapping[str, str] = {
    "pairs": "the frames that teach are not chosen yet",
    "alignment": "the References must lie on their Source frames before they teach",
    "training": "the pairs are aligned, and no network has learned from them",
    "model": "the training is done, and recovery wants its model",
    "recovery": "the model is there, and its colours are not on the frames yet",
}
"""Why a stage that is missing is next."""


def _proposal(shot: Shot, stages: Mapping[str, StageGlance]) -> Next | None:
    """Return what is worth doing with a shot whose recovered frames are made and true."""
    wanting = flagged_frames(shot, wants_pair=True)
    proposals: tuple[tuple[Callable[[], bool], str, str], ...] = (
        (
            lambda: stages["review"].state == "not yet",
            "review",
            "which of the recovered frames stand out?",
        ),
        (
            lambda: bool(wanting),
            "pairs --add-from-review",
            f"{_frames(len(wanting))} flagged, and another pair may mend that",
        ),
        (
            lambda: stages["report"].state == "not yet",
            "report",
            "numbers and pictures of what was recovered, on one page",
        ),
    )
    for is_due, command, why in proposals:
        if is_due():
            return Next(command=command, why=why, is_needed=False)
    return None


def flagged_frames(shot: Shot, *, wants_pair: bool = False) -> list[int]:
    """Return the frames that a review flagged and nobody accepted, the worst first."""
    with suppress(StageError):  # a glance shows what it can
        return [
            one.frame
            for one in load_flagged(shot)
            if one.is_open and (one.wants_pair or not wants_pair)
        ]
    return []


def _frames(count: int) -> str:
    return "1 frame is" if count == 1 else f"{count} frames are"
