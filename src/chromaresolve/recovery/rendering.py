"""The render: the first frame alone, which tells how long all will take, then several at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.frames import Making, frame_path, make_frames
from chromaresolve.recovery.claims import claim
from chromaresolve.recovery.frame import Recovering
from chromaresolve.recovery.ledger import Entry, Ledger
from chromaresolve.recovery.provenance import sidecar
from chromaresolve.recovery.sizing import tell_estimate
from chromaresolve.recovery.starting import Started, Work
from chromaresolve.shot import FrameRange
from chromaresolve.telling import Progress, Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What came of the work."""

    making: Making
    """Frames written, kept, and failed."""
    frames: int
    """How many frames of this model and these settings are there, of this and earlier renders."""
    means: Mapping[str, float]
    """The mean of each measured number over them."""
    sidecar: Path
    """The file beside the frames that tells their story."""


def render(work: Work, started: Started, *, say: Say, on_progress: Progress) -> Rendering:
    """Recover every frame of the work; a frame that cannot be is named at the end.

    Raises:
        StageError: Some frames could not be recovered, and all others were; or the disk or the
            provider failed, and what was recovered until then is whole.
    """
    model, delivery = started.model, work.delivery
    pattern = delivery.pattern(work.name or str(model.facts["shot"]), int(model.facts["step"]))
    stem = pattern.removesuffix("_####.exr")
    with claim(work.out, stem, work.frames):
        recovering = Recovering(
            model=model,
            delivery=delivery,
            plates=work.plates,
            luma_plates=work.luma_plates,
            out=work.out,
            pattern=pattern,
            tiling=started.tiling,
            ledger=Ledger.open(work.out, stem),
            say=say,
        )
        try:
            making = _make(work, started, recovering, say, on_progress)
        except StageError as error:
            raise _stopped(error, recovering, work) from error
        rendering = _write_story(recovering, making, work.out / f"{stem}.json")
    making.require_whole(work.out, "recovered")
    return rendering


def _make(
    work: Work, started: Started, recovering: Recovering, say: Say, on_progress: Progress
) -> Making:
    """Make the first frame that is to do by itself, tell what the rest will take, and make it."""
    making = Making(kept=[number for number in work.frames if recovering.is_done(number)])
    done = set(making.kept)
    to_do = [number for number in work.frames if number not in done]

    def more(some: Sequence[int], workers: int) -> None:
        before = making.count
        part = make_frames(
            some,
            recovering.make,
            plates=work.plates,
            out=work.out,
            participle="recovered",
            workers=workers,
            say=say,
            on_progress=lambda here, _, note: on_progress(before + here, len(work.frames), note),
        )
        making.add(part)

    first, rest = to_do[:1], to_do[1:]
    if first:
        more(first, 1)
    if rest and making.written:
        with suppress(OSError):  # the disk is gone: the next frame waits for it, or says so
            size = frame_path(recovering.pattern, first[0], work.out).stat().st_size
            seconds, sizing = making.seconds, started.sizing
            say(tell_estimate(work.out, seconds, size=size, frames=len(rest), sizing=sizing))
    if rest:
        more(rest, started.sizing.workers)
    return making


def _write_story(recovering: Recovering, making: Making, path: Path) -> Rendering:
    """Write the sidecar of all frames there are, whoever rendered them: it merges, always alike."""
    there = recovering.entries()
    means = _means(there)
    told = {
        **{name: round(mean, 6) for name, mean in means.items()},
        "failed": [str(failure) for failure in making.failures],
    }
    numbers = [entry.frame for entry in there]
    frames = str(FrameRange.of(numbers)) if numbers else ""
    content = sidecar(recovering.model, recovering.delivery, frames=frames, measured=told)
    write_text(path, json.dumps(content, indent=2) + "\n")
    _require_there(path.parent, making, numbers)
    return Rendering(making=making, frames=len(there), means=means, sidecar=path)


def _require_there(out: Path, making: Making, there: Sequence[int]) -> None:
    lost = {*making.written, *making.kept}.difference(there)
    if lost:
        raise StageError(
            out,
            f"frames {FrameRange.of(lost)} are gone or changed since they were recovered: look who "
            "else writes here, and run the same command again",
        )


def _means(entries: Sequence[Entry]) -> dict[str, float]:
    names = sorted({name for entry in entries for name in entry.numbers})
    return {
        name: fmean(entry.numbers[name] for entry in entries if name in entry.numbers)
        for name in names
    }


def _stopped(error: StageError, recovering: Recovering, work: Work) -> StageError:
    """Say how far the work had come when it had to stop."""
    there = {entry.frame for entry in recovering.entries()}
    count = sum(number in there for number in work.frames)
    # None is there also where the disk itself is gone.
    so_far = f"{count} of {len(work.frames)} frames are recovered and whole, and " if count else ""
    return StageError(
        error.where, f"{error.problem}; {so_far}the same command goes on with the others"
    )
