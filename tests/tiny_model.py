"""A model of one convolution, and noise for plates: all that a recovery needs, in milliseconds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from chromaresolve.colour import chain_record, named_chain
from chromaresolve.files import TEMPORARY_NAME, sha256
from chromaresolve.frames import Rgb, Sequence, write_rgb
from chromaresolve.recovery import Wish, recover_headless
from chromaresolve.recovery.ledger import FOLDER
from chromaresolve.recovery.model import METADATA_KEY, MODEL_FORMAT, Model
from chromaresolve.recovery.providers import Provider
from chromaresolve.recovery.rendering import Rendering
from chromaresolve.recovery.runners import Slots
from chromaresolve.telling import Progress, Say
from tiny import quiet, still

HEIGHT, WIDTH = 45, 63
"""Odd on purpose."""

FRAMES = 7
"""One that tells how long it takes, and two rounds of three."""

REACH = 2
"""How far from a pixel the model sees: a halo of one less would show."""

FACTS: dict[str, Any] = {
    "format": MODEL_FORMAT,
    "tool": "9.8.7",
    "shot": "sh010",
    "film": "The Lost Print",
    "branch": "chroma",
    "plate": "scan",
    "luma_from": "scan",
    "chain": chain_record(named_chain("display")),
    "crop": {"left": 3, "top": 0, "right": 0, "bottom": 2},
    "size": "tiny",
    "stride": 1,
    "halo": REACH,
    "step": 400,
    "training": "5e" * 32,
    "checkpoint": "c4" * 32,
    "pairs": ["1:1"],
    "reference_kind": "direct",
    "hold_out": {},
}
"""What it says of itself."""


def tiny_network(*, seed: int = 1) -> onnx.ModelProto:
    """Return a convolution whose chroma stays within 0.1 of grey; it says nothing of itself."""
    random = np.random.default_rng(seed)
    edge = 2 * REACH + 1
    weights = random.normal(0, 0.2, (2, 3, edge, edge)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["plate", "weights"], ["seen"], pads=[REACH] * 4),
        helper.make_node("Tanh", ["seen"], ["curved"]),
        helper.make_node("Mul", ["curved", "scale"], ["chroma"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("plate", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info("chroma", TensorProto.FLOAT, [1, 2, "height", "width"])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array(0.1, np.float32), "scale"),
        ],
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def write_model(path: Path, *, seed: int = 1, **facts: object) -> Path:
    """Write the model, with some of what it says of itself otherwise."""
    network = tiny_network(seed=seed)
    helper.set_model_props(network, {METADATA_KEY: json.dumps({**FACTS, **facts})})
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(network, path)
    return path


def noise(seed: int, height: int = HEIGHT, width: int = WIDTH) -> Rgb:
    """Return values that a half holds exactly, below 0 and above 1 too, (height, width, 3)."""
    random = np.random.default_rng(seed)
    return random.uniform(-0.25, 1.25, (height, width, 3)).astype(np.float16).astype(np.float32)


def write_reel(
    root: Path, *, frames: int = FRAMES, size: tuple[int, int] = (HEIGHT, WIDTH)
) -> Path:
    """Write plates, and a model of them, to a folder."""
    write_model(root / "model.onnx")
    for number in range(1, frames + 1):
        write_rgb(plate_file(root, number), noise(number, *size))
    return root


def plate_file(root: Path, number: int) -> Path:
    """Return a plate of the reel."""
    return root / f"plates/P_{number:04d}.exr"


def recovered_file(out: Path, number: int) -> Path:
    """Return a recovered frame."""
    return out / f"sh010_ML_{number:04d}.exr"


def recover_reel(
    root: Path, out: Path, *, say: Say = quiet, on_progress: Progress = still, **wish: Any
) -> Rendering:
    """Recover the reel on the processor, as a render machine does."""
    return recover_headless(
        root / "model.onnx",
        Sequence.find("plates/P_####.exr", root),
        Wish(provider="cpu", **wish),
        out=out,
        say=say,
        on_progress=on_progress,
    )


def hashes(out: Path) -> dict[str, str]:
    """Return every file's sha256 that lies beside the frames, and the frames' own."""
    return {path.name: sha256(path) for path in sorted(out.iterdir()) if path.is_file()}


def rubbish(out: Path) -> list[str]:
    """Return the names of what neither a finished nor a stopped render leaves behind."""
    beside = [path.name for path in out.iterdir() if TEMPORARY_NAME.match(path.name)]
    return beside + [path.name for path in (out / FOLDER / "claims").iterdir()]


class Off:
    """A provider whose chroma is off by so much, at one value."""

    def __init__(self, honest: Model, by: float, at: tuple[int, ...] = (0, 1, 250, 380)) -> None:
        """Take the honest model and the dishonesty."""
        self.honest, self.by, self.at = honest, by, at
        self.sizes: list[tuple[int, ...]] = []

    def run(self, plate: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the processor's chroma, but for one value."""
        self.sizes.append(plate.shape[2:])
        with self.honest.slots.borrow() as runner:
            chroma = runner.run(plate)
        chroma[self.at] += np.float32(self.by)
        return chroma


def on_device(model: Model, runner: Off, **facts: object) -> Model:
    """Return the model as if it ran on another device than the processor."""
    return dataclasses.replace(
        model,
        provider=Provider("openvino", "to be tested"),
        slots=Slots([runner]),
        facts={**model.facts, **facts},
    )
