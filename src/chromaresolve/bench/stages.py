"""The parts of a frame's recovery, each alone and in one thread: decode, infer, merge, encode.

To merge is all that lies between the file, the network and the file: into the working space, the
network's chroma on the plate's luma, into gamut, into the delivery's space, and rounded.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chromaresolve.bench.plates import forget
from chromaresolve.frames import frame_path, read_frame, write_frame
from chromaresolve.frames.opening import one_thread_each
from chromaresolve.recovery.finishing import finish_frame
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import Provider
from chromaresolve.recovery.starting import Work
from chromaresolve.recovery.tiles import choose_tile

WARM_UP = 2
"""Times that each part is done before it is measured: onnxruntime takes all its memory in the first
two runs, which last twice and 1.3 times as long as the later ones (measured)."""

REPEATS = 3
"""Times that it is measured; the median counts."""

Made = TypeVar("Made")
"""What a part gives to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One part, done alone."""

    name: str
    """What is done: `decode`, `infer`, `merge` or `encode`."""
    seconds: float
    """Wall-clock time of a frame."""
    cpu_seconds: float
    """Processor time of a frame, all threads together."""

    @property
    def waiting(self) -> float:
        """Seconds in which the processor waited: for the disk, or for another device."""
        return max(0.0, self.seconds - self.cpu_seconds)


def measure_stages(work: Work, provider: Provider) -> dict[str, Stage]:
    """Measure every part on the first plate, in this thread alone.

    The plates are read from the disk where the system can be asked to forget them, and the
    recovered frame is flushed to it, as in a render.

    Args:
        work: What a render would do; its folder is written to.
        provider: What runs the model.

    Raises:
        FrameError: The plate cannot be read, or the frame cannot be written.
        ModelError: The model is missing or broken.
        StageError: The provider does not start.
    """
    path = work.plates.path(work.plates.first)
    out = frame_path("ALONE_####.exr", 1, work.out)
    with one_thread_each():
        decode, plate = _time(
            "decode", lambda: read_frame(path), before=lambda: forget(work.plates)
        )
        size = (plate.rgb.shape[0], plate.rgb.shape[1])
        model = Model.open(work.model, provider, ocio=work.ocio, threads=1, largest=size)
        tile, _ = choose_tile(provider.name, size)
        model = model if tile else model.for_size(size)
        working = model.chain.to_working(plate.rgb)
        infer, chroma = _time("infer", lambda: model.run_tiled(working, tile))
        merge, finished = _time(
            "merge",
            lambda: finish_frame(
                model,
                work.delivery,
                plate=plate,
                working=model.chain.to_working(plate.rgb),
                chroma=chroma,
            ),
        )
        encode, _ = _time(
            "encode",
            lambda: write_frame(
                out,
                finished.frame,
                compression=work.delivery.compression,
                pixel_type=work.delivery.pixel_type(model.chain),
                attributes=finished.attributes,
            ),
        )
    out.unlink()
    return {stage.name: stage for stage in (decode, infer, merge, encode)}


def _time(
    name: str, make: Callable[[], Made], *, before: Callable[[], object] = lambda: None
) -> tuple[Stage, Made]:
    """Do a part again and again; return its median times and what it made."""
    for _ in range(WARM_UP):
        make()
    seconds, cpu_seconds, made = zip(*(_once(make, before) for _ in range(REPEATS)), strict=True)
    stage = Stage(
        name=name,
        seconds=statistics.median(seconds),
        cpu_seconds=statistics.median(cpu_seconds),
    )
    return stage, made[-1]


def _once(make: Callable[[], Made], before: Callable[[], object]) -> tuple[float, float, Made]:
    before()
    began, cpu_began = time.perf_counter(), time.process_time()
    made = make()
    return time.perf_counter() - began, time.process_time() - cpu_began, made
