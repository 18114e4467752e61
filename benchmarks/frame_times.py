"""Where one recovered frame's time goes: read, infer, merge, round, write; whole and in tiles.

    python benchmarks/frame_times.py [--size 2k|4k] [--network small|medium|large] [--repeats N]

Needs no picture of yours: the plate is noise over a ramp, which is as hard on the codec as grain.
Prints the median of the repeats, each in seconds, on this machine with all its cores.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from chromaresolve.colour import chain_record, merge_chroma, named_chain, round_to_half
from chromaresolve.frames import read_rgb, write_rgb
from chromaresolve.recovery.model import Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.training.checkpoints import Plan, Record, State, save_checkpoint
from chromaresolve.training.exporting import export_checkpoint
from chromaresolve.training.network import ChromaNetwork

SIZES = {"2k": (1556, 2048), "4k": (2160, 4096)}
"""Height and width of a full-aperture 2K scan and of a 4K DCI frame."""


def make_plate(height: int, width: int) -> np.ndarray:
    """Return a ramp with grain, display values."""
    random = np.random.default_rng(0)
    ramp = np.linspace(0.05, 0.95, width, dtype=np.float32)[None, :, None]
    grain = random.normal(0, 0.02, (height, width, 3)).astype(np.float32)
    return np.asarray(ramp + grain, dtype=np.float32)


def make_model(folder: Path, size: str) -> Model:
    """Export an untrained network of a size: it costs what a trained one does."""
    network = ChromaNetwork(size)
    optimiser = torch.optim.AdamW(network.parameters())
    plan = Plan(fingerprint="", steps=0, size=size, patch=128, batch=4, learning_rate=1e-3, seed=0)
    record = Record(
        tool="bench", shot="bench", film="", plan=plan, step=0, branch="chroma", plate="scan",
        luma_from="scan", chain=chain_record(named_chain("display")),
        crop={"left": 0, "top": 0, "right": 0, "bottom": 0}, pairs=(), reference_kind="direct",
        hold_out={},
    )  # fmt: skip
    state = State(network=network, average=copy.deepcopy(network), optimiser=optimiser)
    save_checkpoint(folder / "bench.safetensors", state, record)
    export_checkpoint(folder / "bench.safetensors", folder / "bench.onnx")
    return Model.open(folder / "bench.onnx", choose_provider("cpu"))


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of the work, after one run that warms up."""
    work()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="2k")
    parser.add_argument("--network", choices=["small", "medium", "large"], default="medium")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    height, width = SIZES[asked.size]
    plate = make_plate(height, width)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = make_model(folder, asked.network)
        write_rgb(folder / "plate.exr", plate)
        chroma = model.run_tiled(plate, 1024)
        merged = merge_chroma(plate, chroma).rgb
        works: dict[str, Callable[[], object]] = {
            "read zip": lambda: read_rgb(folder / "plate.exr"),
            "infer, tiles of 512": lambda: model.run_tiled(plate, 512),
            "infer, tiles of 1024": lambda: model.run_tiled(plate, 1024),
            "infer, whole frame": lambda: model.run(plate),
            "merge": lambda: merge_chroma(plate, chroma),
            "round to half": lambda: round_to_half(merged, plate),
            "write zip": lambda: write_rgb(folder / "out.exr", merged),
            "write piz": lambda: write_rgb(folder / "out.exr", merged, compression="piz"),
        }
        print(f"{width} x {height}, {asked.network} network, median of {asked.repeats}, seconds")
        for work, call in works.items():
            print(f"{work:22} {median_seconds(call, asked.repeats):8.3f}")


if __name__ == "__main__":
    main()
