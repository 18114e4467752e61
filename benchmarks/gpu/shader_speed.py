"""How long ChromaResolve PreBalance takes for a 4K float picture, on any OpenCL device.

    python benchmarks/gpu/shader_speed.py [--repeats N]

The shader is translated as the tests do (`tests/shader_bench.py`) and built as Resolve builds for
OpenCL, with fast relaxed maths. Times are the device's own, of the kernel alone: the picture is on
the device before and after, as it is inside Resolve. Every device found is measured, graphics cards
first; without one, PoCL's processor device shows that it runs, and nothing about a card.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyopencl as cl

from chromaresolve.balance import DyeBalance, apply_dye_balance
from chromaresolve.balance.transform import Luma
from chromaresolve.fade import SEVERE
from chromaresolve.shaders import read_shader, with_defaults

ROOT = Path(__file__).resolve().parents[2]

SHADER = ROOT / "dctl" / "ChromaResolve PreBalance.dctl"

HEIGHT, WIDTH = 2160, 4096
"""Of a 4K DCI frame."""

BUILD = ("-cl-std=CL1.2", "-cl-fast-relaxed-math", "-cl-mad-enable")
"""Resolve builds shaders with relaxed maths."""

LUMAS: tuple[Luma, ...] = ("balance", "healthiest")
"""The second balances twice."""

BENCH_SETTINGS = (0.5, 1.0)
"""What the bench puts before the controls' values: progress and frame number."""

LARGEST_MISS = 2e-3
"""Of relaxed maths from the Python twin, display values: more is another shader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A shader's text for one balance, and what it must make."""

    source: str
    settings: np.ndarray[Any, np.dtype[np.float32]]
    expected: np.ndarray[Any, np.dtype[np.float32]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args()
    plate = np.random.default_rng(0).uniform(0.02, 1, (HEIGHT, WIDTH, 3)).astype(np.float32)
    print(f"{WIDTH} x {HEIGHT}, 3 x float32, median of {asked.repeats}, kernel alone\n")
    print("| device | luma | ms |\n| --- | --- | --- |")
    for device in find_devices():
        for luma in LUMAS:
            built = translate(plate, luma)
            seconds = time_kernel(device, built, plate, asked.repeats)
            print(f"| {describe(device)} | {luma} | {1000 * seconds:.2f} |", flush=True)


def find_devices() -> Iterator[Any]:
    """Give every OpenCL device, graphics cards first."""
    devices = [device for platform in cl.get_platforms() for device in platform.get_devices()]
    yield from sorted(devices, key=lambda device: not device.type & cl.device_type.GPU)


def describe(device: Any) -> str:  # noqa: ANN401
    """Return a device's name, kind and platform."""
    kind = "graphics card" if device.type & cl.device_type.GPU else "processor"
    return f"{device.name.strip()} ({kind}, {device.platform.name})"


@functools.cache
def load_bench() -> ModuleType:
    """Return the tests' bench."""
    sys.path.insert(0, str(ROOT / "tests"))
    return importlib.import_module("shader_bench")


def translate(plate: np.ndarray[Any, np.dtype[np.float32]], luma: Luma) -> Built:
    """Return the shader with a severe fade's balance, as the tests' bench translates it."""
    balance = replace(DyeBalance(retention=SEVERE), luma=luma)
    shader = read_shader(SHADER)
    text = with_defaults(shader, balance.to_controls(), title=None)
    values = [balance.to_controls().get(c.name, c.default) for c in shader.controls]
    return Built(
        source=load_bench().translate(text, "pocl"),
        settings=np.array([*BENCH_SETTINGS, *values], np.float32),
        expected=apply_dye_balance(plate[:1], balance),
    )


def time_kernel(
    device: Any,  # noqa: ANN401
    built: Built,
    plate: np.ndarray[Any, np.dtype[np.float32]],
    repeats: int,
) -> float:
    """Return the median seconds of one picture on a device, after one that warms up.

    Raises:
        SystemExit: It made another picture than the Python twin.
    """
    context = cl.Context([device])
    queue = cl.CommandQueue(context, properties=cl.command_queue_properties.PROFILING_ENABLE)
    kernel = cl.Kernel(cl.Program(context, built.source).build(list(BUILD)), "dctl_run")
    flags = cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR
    scan, settings = (cl.Buffer(context, flags, hostbuf=a) for a in (plate, built.settings))
    out = cl.Buffer(context, cl.mem_flags.WRITE_ONLY, plate.nbytes)
    arguments = (scan, scan, out, settings, np.int32(WIDTH), np.int32(HEIGHT))
    runs = [kernel(queue, (HEIGHT * WIDTH,), None, *arguments) for _ in range(repeats + 1)]
    row = np.empty((1, WIDTH, 3), np.float32)
    cl.enqueue_copy(queue, row, out)
    queue.finish()
    miss = float(np.abs(row - built.expected).max())
    if miss > LARGEST_MISS:
        raise SystemExit(f"{describe(device)}: {miss:.1g} from the Python twin: it is not measured")
    return statistics.median(seconds_of(runs[1:]))


def seconds_of(runs: Sequence[Any]) -> list[float]:
    """Return how long the device was busy with each run."""
    return [1e-9 * (run.profile.end - run.profile.start) for run in runs]


if __name__ == "__main__":
    main()
