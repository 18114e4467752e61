"""How long a shot takes from two sequences to a teaching set, and how much memory.

    python benchmarks/preparing.py [--frames 100] [--width 2048] [--folder FOLDER]

Paints a film with a travelling camera, fades it to a Source and copies it to a Reference of the
same raster, as Resolve exports both; then runs `check`, `pairs` and `align` as the command line
does, each in a process of its own, and prints its seconds and its largest memory. FOLDER keeps the
sequences, so that a second run need not paint them again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

from chromaresolve.demo.scene import DEMO_FADING, DEMO_TELECINE, draw_scene
from chromaresolve.fade import fade_frame, make_reference
from chromaresolve.frames import frame_path, write_rgb
from chromaresolve.turnover import accept

SCAN, REFERENCE = "plates/BENCH_SOURCE_####.exr", "plates/BENCH_REF_####.exr"
"""The two sequences."""

STAGES = ("check", "pairs", "align")
"""The commands that are timed, in order."""


def paint(folder: Path, frame: int, frames: int, width: int) -> None:
    """Write one frame of both sequences."""
    original = draw_scene(frame - 1, width=width, height=width * 9 // 16, frame_count=frames)
    faded = fade_frame(original, DEMO_FADING, frame=frame)
    copy = make_reference(original, DEMO_TELECINE, frame=frame)
    write_rgb(frame_path(SCAN, frame, folder), faded, frame_rate=Fraction(24))
    write_rgb(frame_path(REFERENCE, frame, folder), copy, frame_rate=Fraction(24))


def make_shot(folder: Path, *, frames: int, width: int) -> None:
    """Paint the sequences, two frames at a time, unless they are there; make a new shot of them."""
    if not (folder / "plates").is_dir():
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            jobs = [pool.submit(paint, folder, n, frames, width) for n in range(1, frames + 1)]
            for job in jobs:
                job.result()
    (folder / "shot.toml").unlink(missing_ok=True)
    for made in (".chromaresolve", "pairs", "alignment"):
        shutil.rmtree(folder / made, ignore_errors=True)
    accept(
        folder, scan=SCAN, reference=REFERENCE, balanced=None, master=None, branch="chroma",
        frame_rate="24", frames=None, film="",
    )  # fmt: skip


def run(stage: str, folder: Path) -> tuple[float, float]:
    """Run one stage and return its seconds and its largest resident memory in GB."""
    command = [sys.executable, "-m", "chromaresolve", stage, str(folder)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{stage} failed: run `{' '.join(command)}`")
    return time.perf_counter() - began, usage.ru_maxrss / 1e6


def main() -> None:
    """Paint, run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary) / "bench"
        make_shot(folder, frames=asked.frames, width=asked.width)
        print(f"{asked.frames} frames, {asked.width} wide, {os.cpu_count()} cores")
        print(f"{'':8}{'seconds':>9}{'GB':>7}")
        whole = 0.0
        for stage in STAGES:
            seconds, memory = run(stage, folder)
            whole += seconds
            print(f"{stage:8}{seconds:9.1f}{memory:7.2f}", flush=True)
        print(f"{'all':8}{whole:9.1f}")


if __name__ == "__main__":
    main()
