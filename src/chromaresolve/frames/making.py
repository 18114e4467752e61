"""A sequence made frame by frame: what is there and still true is kept, one failure costs no other.

Where several frames are made at once, a worker takes one frame through all of its steps: reading,
work, writing. So there are never more frames in memory than workers, and each core is busy with
whatever its frame needs, whichever step is the slowest.

Every frame that a stage makes says in its header which recipe it was made by: the fingerprint of
all it was made from. Run again, a stage keeps the frames whose recipe still holds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chromaresolve.errors import ColourError, FrameError, StageError
from chromaresolve.files import sweep
from chromaresolve.frames.frame import Header
from chromaresolve.frames.opening import one_thread_each
from chromaresolve.frames.reading import read_header
from chromaresolve.frames.sequence import Sequence
from chromaresolve.shot import FrameRange
from chromaresolve.telling import Progress, Say

RECIPE_KEY = "chromaresolve:recipe"
"""The header attribute that fingerprints everything a frame was made from."""


SIDE_BY_SIDE = 4
"""Frames at once where nobody counts the memory: a merge of 4K takes 1 GB."""


@dataclass(slots=True)
class Making:
    """What came of a sequence."""

    written: list[int] = field(default_factory=list)
    """Frames made now."""
    kept: list[int] = field(default_factory=list)
    """Frames found there already, made by the same recipe."""
    failures: list[FrameError] = field(default_factory=list)
    """Frames that could not be made, and why."""
    seconds: float = 0.0
    """Wall-clock time."""

    @property
    def count(self) -> int:
        """How many frames came to an end, good or bad."""
        return len(self.written) + len(self.kept) + len(self.failures)

    def add(self, other: Making) -> None:
        """Take in what came of other frames of the same sequence."""
        self.written += other.written
        self.kept += other.kept
        self.failures += other.failures
        self.seconds += other.seconds

    @property
    def frames(self) -> str:
        """The frames that are there, as a range; empty if there is none."""
        there = [*self.written, *self.kept]
        return str(FrameRange.of(there)) if there else ""

    def require_whole(self, where: Path, participle: str) -> None:
        """Name what is missing.

        Raises:
            StageError: Some frames could not be made; all others were.
        """
        if not self.failures:
            return
        count = len(self.failures)
        raise StageError(
            where,
            f"{count} of {self.count} frames could not be {participle}, the first: "
            f"{self.failures[0]}; mend them and run the same command again",
        )


def make_frames(
    frames: Iterable[int],
    make_one: Callable[[int], bool],
    *,
    plates: Sequence,
    out: Path,
    participle: str,
    workers: int | None = None,
    say: Say,
    on_progress: Progress,
) -> Making:
    """Make every frame; a frame that cannot be made is said and remembered.

    Args:
        frames: The frame numbers.
        make_one: Makes a frame; returns False if it was there already and still true. It is called
            by several threads at once where there are several workers.
        plates: What the frames are made from; names the frame where only its values are wrong.
        out: The folder written to; what a killed run left half-written there is swept.
        participle: What is done to the frames, for people: `recovered`.
        workers: How many frames are worked on, and so are in memory, at any moment; None for one on
            each core, but no more than bear any size of frame.
        say: Told of each failure.
        on_progress: Told how far it is.
    """
    sweep(out)
    making, numbers = Making(), list(frames)
    began = time.monotonic()
    on_progress(0, len(numbers), f"frame {numbers[0]}" if numbers else "")
    workers = workers or min(cores(), SIDE_BY_SIDE)
    with closing(_each_made(numbers, make_one, min(workers, len(numbers)))) as each:
        for done, (number, is_written) in enumerate(each, start=1):
            try:
                (making.written if is_written() else making.kept).append(number)
            except FrameError as error:
                making.failures.append(error)
                say(str(error))
            except ColourError as error:
                making.failures.append(FrameError(plates.path(number), error.problem))
                say(str(making.failures[-1]))
            on_progress(done, len(numbers), f"frame {number}")
    on_progress(len(numbers), len(numbers), participle)
    making.seconds = time.monotonic() - began
    return making


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _each_made(
    numbers: list[int], make_one: Callable[[int], bool], workers: int
) -> Generator[tuple[int, Callable[[], bool]]]:
    """Give each frame as it is done, with what says how it went: it returns or raises."""
    if workers <= 1:
        yield from ((number, partial(make_one, number)) for number in numbers)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="frame")
    try:
        with one_thread_each():
            made = [pool.submit(make_one, number) for number in numbers]
            yield from ((number, frame.result) for number, frame in zip(numbers, made, strict=True))
    finally:
        # Left early, by Ctrl-C or a disk that is full: what is begun is finished, nothing is begun.
        pool.shutdown(cancel_futures=True)


def header_if_made(path: Path, recipe: str) -> Header | None:
    """Return the header of a whole frame made by this very recipe, or None if it is not there."""
    if not path.is_file():
        return None
    try:
        header = read_header(path)
    except FrameError:
        return None
    return header if header.attributes.get(RECIPE_KEY) == recipe else None
