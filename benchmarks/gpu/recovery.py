"""How fast a GPU recovers: our model on its providers, PyTorch with the same network, the whole.

    python benchmarks/gpu/recovery.py [--device cuda] [--sizes 2k,4k] [--seconds 5]
        [--whole-seconds 20] [--bandwidth 4.3e12] [--model models/demo.onnx] [--folder FOLDER]

Needs a model of ours in float32; the half one is made of it. A way that cannot run is skipped, and
a sentence says why. The columns of the first table:

- `first s`: the first frame, with compiling, building an engine and capturing.
- `alone`: frames per second with plate and chroma on the device already.
- `with copies`: with the plate copied to the device and the chroma back, one after the other.
- `of memory`: share of the memory's limit, counted in the least that a frame moves: the plate, the
  chroma, and what the convolutions between them read and write, all else being done on the way.
  Those bytes are printed.
- `off`: the largest difference in chroma from float32 on the processor.

PyTorch has the same weights, float32 without the tensor cores' rounding (as our providers), cuDNN's
search for the fastest kernels, and when compiled CUDA graphs. Half is half where ours is.

The second table is the whole render, on drawn plates in ZIP: frames per second, what the slowest
part alone allows, the share of it, and how much of the time the GPU is busy: the whole's frames per
second by the seconds that a frame takes alone.

    python benchmarks/gpu/recovery.py --device cpu --sizes tiny --seconds 0.1 --whole-seconds 1

tries all but CUDA on a processor.
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import Tensor, nn

from chromaresolve.bench import SIZES, Wish, bench, draw_plate
from chromaresolve.errors import ChromaresolveError
from chromaresolve.files import shipped
from chromaresolve.recovery.model import HALF, HALF_MODEL, METADATA_KEY, Model
from chromaresolve.recovery.providers import choose_provider
from chromaresolve.recovery.proving import ON_CPU
from chromaresolve.recovery.runners import OneSize
from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.precision import to_half

H200_BANDWIDTH = 4.3e12
"""Bytes per second that a copy on an H200's memory was measured to read and write."""

WARM_UP = 3
"""Frames before the clock runs, after the first."""

PROVIDERS = {"cuda": ("cuda", "tensorrt"), "cpu": ("cpu",)}
"""Ours, by what PyTorch calls the device."""

TINY = (270, 480)
"""Height and width of plates to try the bench with."""

HEAD = ("size", "precision", "way", "first s", "alone", "with copies", "of memory", "off")
"""Of the table of inference."""

WHOLE_HEAD = ("size", "precision", "provider", "frames/s", "slowest part allows", "share", "busy")
"""Of the table of the whole."""

Plane = NDArray[np.float32]
"""A plate (1, 3, height, width) or a chroma (1, 2, height, width)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A network ready to run on one size of plate."""

    with_copies: Callable[[], Plane]
    """Takes the plate from the processor's memory to its chroma there."""
    alone: Callable[[], object]
    """Does the same on the device, and waits for its end."""


class HalfInside(nn.Module):
    """The network as its half model counts: float32 at both ends, float16 between them."""

    def __init__(self, network: ChromaNetwork) -> None:
        """Take a network."""
        super().__init__()
        self.ends, self.inside = network, copy.deepcopy(network).half()

    def forward(self, plate: Tensor) -> Tensor:
        """Return Cb and Cr."""
        change = self.inside.change(self.ends.even(plate).half())
        return self.ends.guess(plate) + change.float()


def load_network(path: Path) -> ChromaNetwork:
    """Return the network of an exported model, with its weights."""
    model = onnx.load(path)
    facts = json.loads({p.key: p.value for p in model.metadata_props}[METADATA_KEY])
    network = ChromaNetwork(facts["size"]).eval()
    weights = {w.name: numpy_helper.to_array(w).copy() for w in model.graph.initializer}
    state = {name: torch.from_numpy(weights[name]) for name in network.state_dict()}
    network.load_state_dict(state)
    return network


def write_models(model: Path, folder: Path) -> dict[str, Path]:
    """Put a model and the half one made of it into a folder, as an export does."""
    paths = {"float32": folder / "model.onnx", HALF: folder / HALF_MODEL}
    paths["float32"].write_bytes(model.read_bytes())
    half = to_half(onnx.load(model))
    facts = json.loads({p.key: p.value for p in half.metadata_props}[METADATA_KEY])
    helper.set_model_props(half, {METADATA_KEY: json.dumps({**facts, "precision": HALF})})
    onnx.save(half, paths[HALF])
    return paths


def count_bytes(network: nn.Module, size: tuple[int, int]) -> int:
    """Return the least bytes that a frame moves; nothing is computed for it."""
    shapes = copy.deepcopy(network).to("meta")
    moved = []

    def note(_layer: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        moved.append(given[0].nbytes + made.nbytes)

    for layer in shapes.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(note)
    plate = torch.empty(1, 3, *size, device="meta")
    with torch.inference_mode():
        chroma = shapes(plate)
    return sum(moved) + plate.nbytes + int(chroma.nbytes)


def torch_way(network: Callable[[Tensor], Tensor], plate: Plane, device: str) -> Way:
    """Return PyTorch's way, eager or compiled as the network is."""
    there = torch.from_numpy(plate).to(device)

    def with_copies() -> Plane:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(plate).to(device)).cpu().numpy())

    def alone() -> None:
        with torch.inference_mode():
            network(there)
        if device == "cuda":
            torch.cuda.synchronize()

    return Way(with_copies=with_copies, alone=alone)


def our_way(path: Path, plate: Plane, provider: str) -> Way:
    """Return recovery's way on a provider."""
    size = (plate.shape[2], plate.shape[3])
    model = Model.open(path, choose_provider(provider), largest=size).for_size(size)
    with model.slots.borrow() as runner:
        pass  # nobody else is here

    def alone() -> None:
        if isinstance(runner, OneSize):
            runner.session.run_with_iobinding(runner.binding)
        else:
            runner.run(plate)

    return Way(with_copies=lambda: runner.run(plate), alone=alone)


def per_second(act: Callable[[], object], seconds: float) -> float:
    """Return how often something can be done in a second."""
    for _ in range(WARM_UP):
        act()
    began, count = time.perf_counter(), 0
    while (gone := time.perf_counter() - began) < seconds or not count:
        act()
        count += 1
    return count / gone


class Table:
    """All that is found on a device."""

    def __init__(self, asked: argparse.Namespace, paths: dict[str, Path]) -> None:
        """Take what is asked and the two models."""
        self.asked, self.paths = asked, paths
        network = load_network(paths["float32"]).to(asked.device)
        self.networks = {"float32": network, HALF: HalfInside(network)}
        self.alone: dict[tuple[str, ...], float] = {}

    def infer(self, name: str) -> Iterator[tuple[str, ...]]:
        """Give the rows of one size, by precision and way."""
        size = SIZES[name]
        plate = np.ascontiguousarray(draw_plate(size, 1).transpose(2, 0, 1)[None])
        exact = Model.open(self.paths["float32"], ON_CPU).slots
        with exact.borrow() as runner:
            truth = runner.run(plate)
        for precision, network in self.networks.items():
            moved = count_bytes(network, size)
            print(f"{name} {precision}: a frame moves {moved / 1e9:.2f} GB at least\n")
            for way, make in self._ways(precision, network, plate):
                try:
                    row = self._row((name, precision, way), make, truth, moved)
                # What a compiler or a driver may die of is theirs; the others shall still run.
                except (RuntimeError, MemoryError, ChromaresolveError) as error:
                    print(f"{name} {precision} {way} is left out: {first_line(error)}\n")
                else:
                    yield row

    def render(self, name: str) -> Iterator[tuple[str, ...]]:
        """Give the rows of the whole at one size."""
        for precision, path in self.paths.items():
            for provider in PROVIDERS[self.asked.device]:
                alone = self.alone.get((name, precision, ours(provider)))
                if alone is None:
                    continue
                wish = Wish(
                    size=name,
                    provider=provider,
                    model=path,
                    seconds=self.asked.whole_seconds,
                    folder=self.asked.folder,
                )
                trial = bench(wish, say=lambda _: None, on_progress=lambda *_: None)
                speed = trial.whole.per_second
                yield (
                    name, precision, provider, f"{speed:.2f}", f"{trial.allowed:.2f}",
                    f"{trial.share:.2f}", f"{speed / alone:.2f}",
                )  # fmt: skip

    def _ways(
        self, precision: str, network: nn.Module, plate: Plane
    ) -> Iterator[tuple[str, Callable[[], Way]]]:
        device, path = self.asked.device, self.paths[precision]
        mode = "reduce-overhead" if device == "cuda" else "default"
        torch.compiler.reset()
        compiled = torch.compile(network, mode=mode, dynamic=False)
        yield "PyTorch eager", partial(torch_way, network, plate, device)
        yield "PyTorch compiled", partial(torch_way, compiled, plate, device)
        for provider in PROVIDERS[device]:
            yield ours(provider), partial(our_way, path, plate, provider)

    def _row(
        self, what: tuple[str, ...], make: Callable[[], Way], truth: Plane, moved: int
    ) -> tuple[str, ...]:
        began = time.perf_counter()
        way = make()
        off = float(np.abs(way.with_copies() - truth).max())
        first = time.perf_counter() - began
        copied = per_second(way.with_copies, self.asked.seconds)
        self.alone[what] = per_second(way.alone, self.asked.seconds)
        used = self.alone[what] * moved / self.asked.bandwidth
        return (
            *what, f"{first:.1f}", f"{self.alone[what]:.1f}", f"{copied:.1f}", f"{used:.0%}",
            f"{off:.0e}",
        )  # fmt: skip


def ours(provider: str) -> str:
    """Return what a provider's way is called."""
    return f"ours, {provider}"


def first_line(error: Exception) -> str:
    """Return the kind of an error and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a Markdown table."""
    for row in (head, tuple("---" for _ in head), *rows):
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--device", choices=PROVIDERS, default="cuda")
    parser.add_argument("--sizes", default="2k,4k")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--whole-seconds", type=float, default=20)
    parser.add_argument("--bandwidth", type=float, default=H200_BANDWIDTH)
    parser.add_argument("--model", type=Path, default=shipped("models") / "demo.onnx")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    SIZES["tiny"] = TINY
    sizes = asked.sizes.split(",")
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        table = Table(asked, write_models(asked.model, Path(name)))
        print_table(HEAD, [row for size in sizes for row in table.infer(size)])
        print_table(WHOLE_HEAD, [row for size in sizes for row in table.render(size)])


if __name__ == "__main__":
    main()
