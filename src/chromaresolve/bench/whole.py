"""The whole render, by the engine that recovers shots, timed and its memory watched."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from chromaresolve.bench.plates import forget
from chromaresolve.recovery.rendering import render
from chromaresolve.recovery.sizing import frame_bytes
from chromaresolve.recovery.starting import Started, Work, start
from chromaresolve.recovery.tiles import Size
from chromaresolve.telling import Progress, Say

LOOK_SECONDS = 0.01
"""How often the memory is looked at: a frame's steps take longer than that at every size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A render of some frames."""

    frames: int
    """How many."""
    seconds: float
    """Wall-clock time from the first frame's start to the last one's end."""
    per_second: float
    """Frames per second after the first, which is done alone so that the rest can be estimated."""
    cpu_seconds: float
    """Processor time of a frame, all threads together."""
    workers: int
    """Frames worked on, and so in memory, at once."""
    tile: int
    """The tile's edge at the end; 0 for whole plates."""
    peak_bytes: int
    """The most memory that the process took, the program itself included."""
    bound_bytes: int
    """What it may take: the program as it was before, and the frames at once as they are sized."""

    def busy(self, cores: int) -> float:
        """Return the share of the cores that worked for it."""
        return self.cpu_seconds * self.per_second / cores


def measure_whole(
    work: Work,
    *,
    size: Size,
    provider: str,
    before_bytes: int | None = None,
    say: Say,
    on_progress: Progress,
) -> Whole:
    """Render all frames of the work and measure.

    Args:
        work: What there is to do.
        size: The plates' height and width.
        provider: What runs the model.
        before_bytes: The memory that the process took before anything was measured; as now if None.
        say: Told what the engine says.
        on_progress: Told how far it is.

    Raises:
        StageError: A frame could not be recovered, or the engine cannot work here.
        ModelError: The model is missing or broken.
    """
    before = before_bytes if before_bytes is not None else taken_bytes()
    started = start(work, provider=provider, workers=None, tile=0, say=say)
    forget(work.plates)
    clock = _Clock(on_progress)
    cpu_began = time.process_time()
    with _watched_memory() as peak:
        render(work, started, say=say, on_progress=clock.tell)
    count = len(work.frames)
    return Whole(
        frames=count,
        seconds=clock.ends[-1] - clock.ends[0],
        per_second=clock.per_second(),
        cpu_seconds=(time.process_time() - cpu_began) / count,
        workers=started.sizing.workers,
        tile=started.tiling.tile,
        peak_bytes=peak[0],
        bound_bytes=before + _bound_bytes(started, size),
    )


def taken_bytes() -> int:
    """Return the memory that this process takes now."""
    return int(psutil.Process().memory_info().rss)


def _bound_bytes(started: Started, size: Size) -> int:
    """Return how much memory the frames at once may take."""
    is_cpu = started.model.provider.is_cpu
    one = frame_bytes(size, tile=started.tiling.tile, is_cpu=is_cpu)
    return started.sizing.workers * one


@dataclass(slots=True)
class _Clock:
    """Notes when each frame ends, and passes on how far the work is."""

    on_progress: Progress
    ends: list[float] = field(default_factory=list)
    """When the work began, and when each frame ended."""

    def tell(self, done: int, total: int, note: str) -> None:
        if done == len(self.ends):  # each count is told once or more
            self.ends.append(time.perf_counter())
        self.on_progress(done, total, note)

    def per_second(self) -> float:
        # A render of one frame has nothing but the first.
        from_end = 1 if len(self.ends) > 2 else 0
        return (len(self.ends) - 1 - from_end) / (self.ends[-1] - self.ends[from_end])


@contextmanager
def _watched_memory() -> Iterator[list[int]]:
    """Give a list whose one number is the most memory taken so far."""
    peak, is_over = [taken_bytes()], threading.Event()

    def look() -> None:
        while not is_over.wait(LOOK_SECONDS):
            peak[0] = max(peak[0], taken_bytes())

    watcher = threading.Thread(target=look, name="memory")
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()
