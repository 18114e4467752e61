"""What a farm is asked to do for a shot: which steps, which frames, in chunks of how many."""

from __future__ import annotations

from dataclasses import dataclass

from chromaresolve.errors import UsageError
from chromaresolve.shot import FrameRange, Shot, out_of_date, require

CHUNK = 50
"""Frames of one task: so many that starting the tool costs little, and a lost task little too."""

MAX_VALUE = 1024
"""Characters of a job parameter's value at most: Template Schemas 2023-09, section 2.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmJob:
    """A shot's work on a farm."""

    shot_name: str
    """The shot's name."""
    frames: FrameRange
    """Which frames are recovered."""
    is_whole: bool
    """They are all the shot has: the last steps write its record and its report."""
    chunk: int
    """Frames of one task."""
    trains: bool
    """The farm trains the network."""
    exports: bool
    """The farm exports the model."""
    minutes: float | None
    """How long to train; None where the shot's own `steps` decide."""
    needs_gpu: bool
    """Training and recovery ask for a machine with a graphics card."""
    fp16: bool
    """Recovery runs in half precision."""

    @property
    def tasks(self) -> int:
        """How many tasks the recovery has."""
        return -(-len(self.frames) // self.chunk)


def plan_job(
    shot: Shot,
    *,
    frames: FrameRange | None = None,
    chunk: int = CHUNK,
    train: bool | None = None,
    minutes: float | None = None,
    needs_gpu: bool = False,
    fp16: bool = False,
) -> FarmJob:
    """Decide what the farm must do; steps whose results still hold are left out.

    Args:
        shot: The shot.
        frames: Which frames; None for all.
        chunk: Frames of one task.
        train: Train on the farm; None where it is needed, or where minutes are named.
        minutes: How long to train; None leaves it to the shot.
        needs_gpu: Ask for machines with a graphics card.
        fp16: Recover in half precision.

    Raises:
        UsageError: The wishes contradict each other, or the frames are too many ranges.
        ShotError: What the steps rest on is missing or out of date.
    """
    wanted = frames or shot.shot.frames
    if len(str(wanted)) > MAX_VALUE:
        raise UsageError(
            f"--frames: written as ranges they are over {MAX_VALUE} characters, more than a farm "
            "takes: write several jobs"
        )
    trains, exports = _steps_needed(shot, train, minutes)
    if trains and minutes is None and shot.training.steps is None:
        minutes = shot.training.minutes
    return FarmJob(
        shot_name=shot.shot.name,
        frames=wanted,
        is_whole=frames is None or frames == shot.shot.frames,
        chunk=chunk,
        trains=trains,
        exports=exports,
        minutes=minutes,
        needs_gpu=needs_gpu,
        fp16=fp16,
    )


def _steps_needed(shot: Shot, train: bool | None, minutes: float | None) -> tuple[bool, bool]:
    """Say whether the farm trains, and whether it exports."""
    if train is False:
        if minutes is not None:
            raise UsageError("--minutes is for training: leave it or --no-train away")
        require(shot, "model", needed_for="recovery")
        return False, False
    is_asked = bool(train) or minutes is not None
    trains = is_asked or not _holds(shot, "training")
    if trains:
        require(shot, "alignment", needed_for="training")
    return trains, trains or not _holds(shot, "model")


def _holds(shot: Shot, stage: str) -> bool:
    return stage in shot.made and not out_of_date(shot, stage)
