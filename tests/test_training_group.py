"""Several processes that train together take the steps that one takes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from chromaresolve.errors import StageError
from chromaresolve.shot import Shot
from chromaresolve.training.batches import Batch
from chromaresolve.training.group import Group

ORDER_OF_SUMS = 1e-3
"""Share of the weights' length that the order of sums may cost in six steps. One step alone moves
the weights by more than that, so a process whose patches are left out would be seen."""


def make_batch(count: int) -> Batch:
    """Patches told apart by their trust."""
    trust = torch.arange(count, dtype=torch.float32).reshape(count, 1, 1, 1)
    return Batch(plate=torch.zeros(count, 3, 2, 2), chroma=torch.zeros(count, 2, 2, 2), trust=trust)


@pytest.mark.parametrize(("count", "size"), [(4, 2), (3, 2), (5, 5)])
def test_every_patch_is_one_process_s(count: int, size: int) -> None:
    """Together the processes have the batch, and none has a patch twice."""
    shares = [Group(rank=rank, size=size).share(make_batch(count)) for rank in range(size)]

    patches = torch.cat([share.trust.ravel() for share in shares])
    assert patches.tolist() == list(range(count))
    assert all(len(share.plate) for share in shares)


def test_more_processes_than_patches_are_refused() -> None:
    """Which setting, and both ways out."""
    with pytest.raises(StageError, match="2 patches for 3 processes: write at least 3, or start"):
        Group(rank=0, size=3).require_batch(2)


def start(root: Path, rank: int, size: int, port: int) -> subprocess.Popen[str]:
    """Start one process as torchrun does."""
    command = [sys.executable, "-m", "chromaresolve", "train", str(root), "--json"]
    named = {
        "RANK": rank,
        "WORLD_SIZE": size,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "OMP_NUM_THREADS": 1,
    }
    environment = {**os.environ, **{name: str(value) for name, value in named.items()}}
    return subprocess.Popen(
        [*command, "--steps", "6", "--size", "small", "--device", "cpu"],
        env=environment if size > 1 else {**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def weights_of(root: Path) -> torch.Tensor:
    """What was learned, one number behind the other."""
    shot = Shot.load(root)
    tensors = load_file(shot.path(next(iter(shot.made["training"].outputs))))
    names = sorted(name for name in tensors if name.startswith("network."))
    return torch.cat([tensors[name].ravel() for name in names])


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(
    aligned_shot: Path, copied: Callable[[Path], Path], tmp_path: Path
) -> None:
    """The way of torchrun, over gloo: the same weights at the same batch, said and written once."""
    alone = copied(aligned_shot)
    together = Path(shutil.copytree(aligned_shot, tmp_path / "together" / "tiny"))
    single = start(alone, 0, 1, 0)
    _, complaint = single.communicate(timeout=300)
    assert single.returncode == 0, complaint

    port = free_port()
    pair = [start(together, rank, 2, port) for rank in (0, 1)]
    told = [process.communicate(timeout=300) for process in pair]

    assert [process.returncode for process in pair] == [0, 0], told
    assert "2 processes" in told[0][1]
    assert "step 6" not in told[1][1]
    assert json.loads(told[0][0]) == json.loads(told[1][0])
    ours, theirs = weights_of(together), weights_of(alone)
    assert torch.linalg.norm(ours - theirs) < ORDER_OF_SUMS * torch.linalg.norm(theirs)
    steps = [
        json.loads(line)["step"]
        for line in (together / "training/log.jsonl").read_text().splitlines()
    ]
    assert steps.count(6) == 2
