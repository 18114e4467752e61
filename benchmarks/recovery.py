"""Recovery against what the cores allow, and against a plain loop with the same model.

    python benchmarks/recovery.py [--size 2k] [--frames 31] [--rounds 3] [--many 1000]
        [--model M.onnx] [--folder FOLDER]

Plates are drawn, faded and grainy. Three numbers of each case, round after round, every one in a
process of its own:

- `parts`: processor seconds of a frame, decode + infer + merge + encode, each alone in one thread.
  `cores / parts` frames per second is what no engine can exceed.
- `plain`: read, infer, merge, write, one frame after the other, with onnxruntime and the EXR
  library as they come, each with all cores for itself.
- `ours`: the engine of `chromaresolve recover`.

Both are counted from the first frame's end. The table has the medians; the shares are medians of
each round's own, so that a machine that is slow for a while is slow for all three. Wanted are 0.85
of what the cores allow and 1.1 times the plain loop.

With --many the memory is compared over 10 and over so many frames, whose plates are links.
Nothing else should run. Fifteen minutes at 2K on two cores, and twenty for 1000 frames more.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnxruntime as ort

from chromaresolve.bench import SIZES, Whole, measure_stages, measure_whole, write_plates
from chromaresolve.bench.plates import forget
from chromaresolve.files import shipped
from chromaresolve.frames import cores, frame_path, read_frame, write_frame
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.finishing import finish_frame
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.proving import ON_CPU
from chromaresolve.recovery.starting import Work
from chromaresolve.shot import FrameRange

CASES = (("zip", "zip"), ("dwaa", "zip"), ("dwaa", "dwaa"))
"""EXR compression of the plates, and of the recovered frames."""

FEW = 10
"""Frames whose memory is compared with that of many."""

HEAD = (
    "plates", "frames", "parts s", "cores allow", "plain", "ours", "of the cores", "x plain",
    "peak GB", "bound GB",
)  # fmt: skip
"""Of the table of speeds; the three in the middle are frames per second."""

MEMORY_HEAD = ("frames", "at once", "frames/s", "peak GB", "bound GB")
"""Of the table of memory."""

Found = TypeVar("Found")
"""What a measurement gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is recovered."""

    size: str
    plates: str
    compression: str
    frames: int
    model: Path
    folder: Path
    is_linked: bool = False
    """Whether the plates are links to a few, where there are too many to copy."""

    def work(self) -> Work:
        """Write the plates if they are not there, and return what there is to do."""
        plates = write_plates(
            self.folder / f"plates_{self.plates}",
            SIZES[self.size],
            count=self.frames,
            compression=self.plates,
            lay=os.link if self.is_linked else shutil.copyfile,
        )
        return Work(
            model=self.model,
            exact=self.model,
            delivery=Delivery(compression=self.compression),
            plates=plates,
            luma_plates=plates,
            frames=FrameRange(tuple(range(1, self.frames + 1))),
            out=self.folder / "recovered",
        )


def measure_parts(case: Case) -> float:
    """Return the processor seconds of a frame's parts."""
    return sum(stage.cpu_seconds for stage in measure_stages(case.work(), ON_CPU).values())


def measure_plain(case: Case) -> float:
    """Return the frames per second of a plain loop."""
    work, model = case.work(), Model.open(case.model, ON_CPU, threads=1)
    session = ort.InferenceSession(str(case.model), providers=["CPUExecutionProvider"])
    work.out.mkdir()
    forget(work.plates)
    ends = []
    for number in work.frames:
        plate = read_frame(work.plates.path(number))
        working = model.chain.to_working(plate.rgb)
        fed = {"plate": np.ascontiguousarray(working.transpose(2, 0, 1)[None])}
        chroma = session.run(["chroma"], fed)[0][0].transpose(1, 2, 0)
        finished = finish_frame(
            model, work.delivery, plate=plate, working=working, chroma=np.ascontiguousarray(chroma)
        )
        write_frame(
            frame_path("PLAIN_####.exr", number, work.out),
            finished.frame,
            compression=case.compression,
            pixel_type=work.delivery.pixel_type(model.chain),
            attributes=finished.attributes,
        )
        ends.append(time.perf_counter())
    return (len(ends) - 1) / (ends[-1] - ends[0])


def measure_ours(case: Case) -> Whole:
    """Return what the engine does."""
    return measure_whole(
        case.work(), size=SIZES[case.size], provider="cpu", say=_quiet, on_progress=_still
    )


def measure_speed(case: Case, rounds: int) -> tuple[str, ...]:
    """Return a case's row of the table of speeds."""
    parts, plain, ours = [], [], []
    for number in range(rounds):
        _tell(f"{case.plates} to {case.compression}, round {number + 1} of {rounds}")
        parts.append(_alone(measure_parts, case))
        plain.append(_alone(measure_plain, case))
        ours.append(_alone(measure_ours, case))
    speeds = [whole.per_second for whole in ours]
    shares = [speed * cpu / cores() for speed, cpu in zip(speeds, parts, strict=True)]
    times = [speed / other for speed, other in zip(speeds, plain, strict=True)]
    middle = statistics.median
    return (
        case.plates,
        case.compression,
        f"{middle(parts):.2f}",
        f"{cores() / middle(parts):.2f}",
        f"{middle(plain):.2f}",
        f"{middle(speeds):.2f}",
        f"{middle(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})",
        f"{middle(times):.2f} ({min(times):.2f} to {max(times):.2f})",
        f"{max(whole.peak_bytes for whole in ours) / 1e9:.2f}",
        f"{min(whole.bound_bytes for whole in ours) / 1e9:.2f}",
    )


def measure_memory(case: Case) -> tuple[str, ...]:
    """Return a case's row of the table of memory."""
    _tell(f"memory over {case.frames} frames")
    whole = _alone(measure_ours, case)
    return (
        str(case.frames),
        str(whole.workers),
        f"{whole.per_second:.2f}",
        f"{whole.peak_bytes / 1e9:.2f}",
        f"{whole.bound_bytes / 1e9:.2f}",
    )


def _alone(measure: Callable[[Case], Found], case: Case) -> Found:
    """Measure in a process of its own, so that no other measurement's memory is in it."""
    shutil.rmtree(case.folder / "recovered", ignore_errors=True)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as one:
        return one.submit(measure, case).result()


def _print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    for row in (head, tuple("---" for _ in head), *rows):
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _quiet(_sentence: str) -> None:
    """Say nothing."""


def _still(_done: int, _total: int, _note: str) -> None:
    """Show nothing."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="2k")
    parser.add_argument("--frames", type=int, default=31)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--model", type=Path, default=shipped("models") / "demo.onnx")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        make = partial(Case, size=asked.size, model=asked.model, folder=Path(name))
        height, width = SIZES[asked.size]
        print(f"{width} x {height}, {asked.model.name}, {cores()} cores, {asked.frames} frames\n")
        cases = [make(plates=p, compression=c, frames=asked.frames) for p, c in CASES]
        _print_table(HEAD, [measure_speed(case, asked.rounds) for case in cases])
        if asked.many:
            memory = partial(make, plates="zip", compression="zip", is_linked=True)
            counts = (FEW, asked.many)
            rows = [measure_memory(memory(frames=count)) for count in counts]
            _print_table(MEMORY_HEAD, rows)


if __name__ == "__main__":
    main()
