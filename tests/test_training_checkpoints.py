"""Checkpoints give everything back, and say what is wrong with what is not one."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from chromaresolve.errors import ModelError
from chromaresolve.training.checkpoints import (
    Plan,
    Record,
    State,
    load_average,
    load_record,
    load_state,
    save_checkpoint,
    save_numbered,
)
from chromaresolve.training.network import ChromaNetwork

PLAN = Plan(
    fingerprint="f" * 64,
    steps=9,
    size="small",
    patch=32,
    batch=2,
    learning_rate=1e-3,
    seed=5,
    measure_every=1,
    may_end_early=False,
)


def make_state(steps: int) -> State:
    """A small network that has taken some steps, so that the optimiser remembers something."""
    torch.manual_seed(1)
    network = ChromaNetwork("small")
    average = copy.deepcopy(network).requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    state = State(network=network, average=average, optimiser=optimiser)
    for step in range(steps):
        optimiser.zero_grad()
        plate = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(step))
        network(plate).square().mean().backward()
        optimiser.step()
        state.step += 1
    return state


def make_record(step: int) -> Record:
    """A record with something in every field."""
    return Record(
        tool="0.1.0",
        shot="sh010",
        film="Film",
        plan=PLAN,
        step=step,
        branch="chroma",
        plate="balanced",
        luma_from="balanced",
        chain={"name": "display"},
        crop={"left": 0, "top": 0, "right": 0, "bottom": 0},
        pairs=("1:1", "5:6"),
        reference_kind="direct",
        hold_out={"step": 3.0, "dE2000": 4.25},
    )


def test_state_comes_back_to_the_bit(tmp_path: Path) -> None:
    """Weights, average and the optimiser's memory: one more step gives the same either way."""
    state = make_state(3)
    save_checkpoint(tmp_path / "a.safetensors", state, make_record(3))

    back = make_state(0)
    load_state(tmp_path / "a.safetensors", back)

    assert back.step == 3
    for one in (state, back):
        one.optimiser.zero_grad()
        plate = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(99))
        one.network(plate).square().mean().backward()
        one.optimiser.step()
    for ours, theirs in zip(state.network.parameters(), back.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_record_comes_back_whole(tmp_path: Path) -> None:
    """A checkpoint found alone can say how it was made; the JSON beside it says the same."""
    path = save_numbered(tmp_path, make_state(1), make_record(1))

    assert path.name == "step_00000001.safetensors"
    assert load_record(path) == make_record(1)
    beside = json.loads(path.with_suffix(".json").read_text())
    assert beside["plan"]["steps"] == 9


def test_average_is_what_is_used(tmp_path: Path) -> None:
    """The averaged weights come back, not the last ones."""
    state = make_state(2)
    save_checkpoint(tmp_path / "a.safetensors", state, make_record(2))
    network = ChromaNetwork("small")

    load_average(tmp_path / "a.safetensors", network)

    expected, raw = state.average.state_dict(), state.network.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in network.state_dict().items())
    assert not all(torch.equal(value, raw[name]) for name, value in expected.items())


def test_missing_checkpoint_is_named(tmp_path: Path) -> None:
    """The sentence names the file and the command that makes one."""
    with pytest.raises(ModelError, match=r"gone\.safetensors: there is no checkpoint: run `chroma"):
        load_record(tmp_path / "gone.safetensors")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "is not a checkpoint", id="empty"),
        pytest.param(b"hello, this is text", "is not a checkpoint", id="text"),
    ],
)
def test_broken_checkpoint_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    """Broken bytes are one line, not a traceback."""
    (tmp_path / "broken.safetensors").write_bytes(content)

    with pytest.raises(ModelError, match=sentence):
        load_record(tmp_path / "broken.safetensors")


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    """A safetensors file of somebody else's has no record of ours."""
    save_file({"x": torch.zeros(1)}, tmp_path / "foreign.safetensors")

    with pytest.raises(ModelError, match="its record cannot be read"):
        load_record(tmp_path / "foreign.safetensors")
