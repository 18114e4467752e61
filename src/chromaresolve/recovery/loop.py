"""A model over a sequence: every frame recovered and written whole, none lost to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chromaresolve.frames import Sequence
from chromaresolve.recovery.delivery import DELIVERIES, Delivery
from chromaresolve.recovery.model import HALF_MODEL
from chromaresolve.recovery.rendering import Rendering, render
from chromaresolve.recovery.starting import Work, start
from chromaresolve.shot import (
    FrameRange,
    Shot,
    file_key,
    fingerprints,
    frames_key,
    measured,
    outputs,
    require,
    table_key,
)
from chromaresolve.shot.tables import RecoveryTable
from chromaresolve.telling import Progress, Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked of a recovery; the shot's own settings hold where nothing was."""

    frames: FrameRange | None = None
    """Which frames; all of them."""
    check: int | None = None
    """Only so many frames, the first ones: look before the whole is rendered."""
    every: int = 1
    """Only every so many'th frame."""
    provider: str = "auto"
    """What runs the model."""
    fp16: bool = False
    """Whether the half-precision variant of the model is run."""
    deliver: str | None = None
    """What the frames are written as: `display` or `aces2065-1`."""
    out: Path | None = None
    """Where to write them."""
    workers: int | None = None
    """How many frames are worked on at once."""
    tile: int | None = None
    """The tile's edge, 0 for whole plates."""

    @property
    def is_whole(self) -> bool:
        """Whether it leaves the shot recovered: all frames, for Resolve, where they belong."""
        parts = (self.frames, self.check, self.out)
        return parts == (None,) * 3 and self.every == 1 and self.deliver in {None, DELIVERIES[0]}

    def choose(self, there: FrameRange) -> FrameRange:
        """Return the frames that were asked for."""
        wanted = (self.frames or there).frames[:: self.every]
        return FrameRange(wanted[: self.check])


def recover(shot: Shot, wish: Wish | None = None, *, say: Say, on_progress: Progress) -> Shot:
    """Recover the shot's frames with its model, and return the shot that says so.

    Raises:
        ShotError: The model is missing or out of date.
        StageError: Some frames could not be recovered; all others were.
    """
    wish = wish or Wish()
    require(shot, "model", needed_for="recovery")
    delivery = Delivery.of(shot.recovery, wish.deliver)
    exact = shot.path("model.onnx")
    work = Work(
        model=exact.with_name(HALF_MODEL) if wish.fp16 else exact,
        exact=exact,
        delivery=delivery,
        plates=Sequence.find(shot.source.plate, shot.root),
        luma_plates=Sequence.find(shot.source.luma_plate, shot.root),
        frames=wish.choose(shot.shot.frames),
        out=wish.out or shot.path(delivery.folder),
        name=shot.shot.name,
    )
    tile = shot.recovery.tile if wish.tile is None else wish.tile
    rendering = render(
        work,
        start(work, provider=wish.provider, workers=wish.workers, tile=tile, say=say),
        say=say,
        on_progress=on_progress,
    )
    if not wish.is_whole:
        return shot
    sequences = dict.fromkeys((shot.source.plate, shot.source.luma_plate))
    keys = [file_key(shot, work.model), table_key("recovery"), table_key("source")]
    keys += [frames_key(pattern) for pattern in sequences]
    return shot.with_made(
        "recovery",
        settings={"provider": wish.provider, "frames": str(work.frames)},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, [rendering.sidecar]),
        measured=measured(
            **rendering.means, frames=rendering.frames, seconds=rendering.making.seconds
        ),
    )


def recover_headless(
    model: Path,
    plates: Sequence,
    wish: Wish,
    *,
    out: Path,
    ocio: Path | None = None,
    say: Say,
    on_progress: Progress,
) -> Rendering:
    """Recover a sequence with a model alone: no shot, no torch, for render machines."""
    work = Work(
        model=model,
        exact=model.with_name("model.onnx"),
        delivery=Delivery.of(RecoveryTable(), wish.deliver),
        plates=plates,
        luma_plates=plates,
        frames=wish.choose(FrameRange.of(plates.frames)),
        out=out,
        ocio=ocio,
    )
    started = start(
        work, provider=wish.provider, workers=wish.workers, tile=wish.tile or 0, say=say
    )
    say(f"the model was taught on {started.model.facts['plate']} plates: give it the same kind")
    return render(work, started, say=say, on_progress=on_progress)
