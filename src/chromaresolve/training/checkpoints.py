"""Checkpoints: weights and everything needed to go on, with a record of how they were made.

A checkpoint is one safetensors file; the record is in its header, and again beside the numbered
ones as JSON for people. One file, written whole, so that a kill can never leave weights and record
of different steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from chromaresolve.errors import ModelError
from chromaresolve.files import write_bytes, write_text

FORMAT = 2
"""The version of the checkpoint's layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one training is to do: fixed before its first step, kept until its last."""

    fingerprint: str
    """sha256 of everything the training is made from; another means another training."""
    steps: int
    """How many steps."""
    size: str
    """The network's size."""
    patch: int
    """Edge of the patches, pixels."""
    batch: int
    """Patches in a step."""
    learning_rate: float
    """The highest learning rate."""
    seed: int
    """Starts every random choice."""
    measure_every: int
    """Steps between measuring the held-out frames."""
    may_end_early: bool
    """End where the held-out frames have stopped improving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How a checkpoint was made, and what is needed to use it."""

    tool: str
    """ChromaResolve's version."""
    shot: str
    """The shot's name."""
    film: str
    """The film's title."""
    plan: Plan
    """The training it belongs to."""
    step: int
    """Steps done."""
    branch: str
    """`chroma`."""
    plate: str
    """Which plates it was taught on: `balanced` or `scan`."""
    luma_from: str
    """Whose luma the recovered frames keep."""
    chain: Mapping[str, str]
    """The colour chain."""
    crop: Mapping[str, int]
    """Pixels at each edge that are not picture."""
    pairs: tuple[str, ...]
    """`source:reference` frame numbers of the pairs that taught."""
    reference_kind: str
    """`direct` or `constructed`."""
    hold_out: Mapping[str, float]
    """Mean dE2000 on the frames held out, by step measured last; empty if none were."""
    showing: Mapping[str, Any] = field(default_factory=dict)
    """How plates are cleaned before the network sees them; empty where they are not."""
    format: int = FORMAT
    """The version of the checkpoint's layout."""


@dataclass(slots=True)
class State:
    """What changes while a network is trained."""

    network: nn.Module
    """The network being trained."""
    average: nn.Module
    """Its running average, which is what is measured and exported."""
    optimiser: torch.optim.Optimizer
    """AdamW and its memory."""
    step: int = 0
    """Steps done."""


def save_checkpoint(path: Path, state: State, record: Record) -> None:
    """Write a checkpoint whole: weights, average, the optimiser's memory, and the record."""
    tensors = {f"network.{name}": value for name, value in state.network.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in state.average.state_dict().items()}
    for index, memory in state.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in memory.items()}
    on_cpu = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    # Not safetensors' own save_file: it writes through a temporary name that no sweep knows.
    write_bytes(path, save(on_cpu, metadata={"record": json.dumps(asdict(record))}))


def save_numbered(folder: Path, state: State, record: Record) -> Path:
    """Keep this step's checkpoint for good, with its record as JSON beside it."""
    path = folder / f"step_{state.step:08d}.safetensors"
    save_checkpoint(path, state, record)
    write_text(path.with_suffix(".json"), json.dumps(asdict(record), indent=2) + "\n")
    return path


def load_record(path: Path) -> Record:
    """Read how a checkpoint was made.

    Raises:
        ModelError: The file is missing or is not a checkpoint of ours.
    """
    with _opened(path) as file:
        return _read_record(path, (file.metadata() or {}).get("record", ""))


def load_average(path: Path, network: nn.Module) -> None:
    """Put the checkpoint's averaged weights into a network of the same size."""
    network.load_state_dict(_part(_read_tensors(path), "average"))


def load_state(path: Path, state: State) -> None:
    """Put everything back as it was when the checkpoint was written."""
    tensors = _read_tensors(path)
    state.network.load_state_dict(_part(tensors, "network"))
    state.average.load_state_dict(_part(tensors, "average"))
    memory: dict[int, dict[str, Tensor]] = {}
    for name, value in _part(tensors, "optimiser").items():
        index, _, key = name.partition(".")
        memory.setdefault(int(index), {})[key] = value
    groups = state.optimiser.state_dict()["param_groups"]
    state.optimiser.load_state_dict({"state": memory, "param_groups": groups})
    state.step = load_record(path).step


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    # Any: safetensors' own class has no types.
    if not path.is_file():
        raise ModelError(path, "there is no checkpoint: run `chromaresolve train`")
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise ModelError(path, f"is not a checkpoint: {error}") from error


def _read_tensors(path: Path) -> dict[str, Tensor]:
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _read_record(path: Path, text: str) -> Record:
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            problem = f"checkpoint format {content['format']} is not {FORMAT}: train again"
            raise ModelError(path, problem)
        plan = Plan(**content.pop("plan"))
        pairs = tuple(content.pop("pairs"))
        return Record(plan=plan, pairs=pairs, **content)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(path, f"its record cannot be read: {error}") from error


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = prefix + "."
    return {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
