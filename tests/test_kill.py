"""Killed at any moment and run again, every command ends as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from chromaresolve.files import TEMPORARY_NAME, sha256
from chromaresolve.shot import Shot
from ctrl_c import hear_ctrl_c

pytestmark = pytest.mark.slow

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
"""One thread, so that the killed and the undisturbed run do the same sums in the same order."""


def start(*words: str | Path) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "chromaresolve", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ONE_THREAD,
        preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it sets one signal, and no thread is running
    )


def finish(*words: str | Path) -> str:
    """Run a command to its end and return what it said."""
    process = start(*words)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def kill_when(process: subprocess.Popen[str], is_time: Callable[[], bool]) -> None:
    """Kill -9 as soon as something is so."""
    deadline = time.monotonic() + 120
    while not is_time():
        assert process.poll() is None, f"ended too soon: {process.communicate()[0]}"
        assert time.monotonic() < deadline, "never came to the moment to kill it"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def weights(root: Path) -> dict[str, torch.Tensor]:
    """The finished training's checkpoint."""
    return load_file(Shot.load(root).path(next(iter(Shot.load(root).made["training"].outputs))))


def test_killed_training_ends_with_the_same_weights(aligned_shot: Path, tmp_path: Path) -> None:
    """Kill -9 after the first rolling checkpoint: run again, the bits are the same."""
    steps = "160"
    words = ("--steps", steps, "--size", "small", "--device", "cpu")
    undisturbed = Path(shutil.copytree(aligned_shot, tmp_path / "undisturbed" / "tiny"))
    killed = Path(shutil.copytree(aligned_shot, tmp_path / "killed" / "tiny"))
    finish("train", undisturbed, *words)
    rolling = killed / "training/checkpoints/latest.safetensors"
    # A shorter interval than 15 s, so that there is something to go on from in a short test.
    code = (
        "import sys; from chromaresolve.training import loop; loop.ROLLING_SECONDS = 0.5; "
        f"sys.argv = ['chromaresolve', 'train', {str(killed)!r}, *{list(words)!r}]; "
        "from chromaresolve.cli import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ONE_THREAD,
    )
    kill_when(process, rolling.is_file)

    said = finish("train", killed, *words)

    assert f"of {steps}" in said
    assert "going on from step" in said
    ours, theirs = weights(undisturbed), weights(killed)
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


def test_killed_recovery_ends_with_the_same_files(trained_shot: Path, tmp_path: Path) -> None:
    """Kill -9 in the middle of a frame: run again, every file is the same, no rubbish is left."""
    expected = {
        path.name: sha256(path) for path in sorted((trained_shot / "recovered").glob("*.exr"))
    }
    root = Path(shutil.copytree(trained_shot, tmp_path / "tiny"))
    recovered = root / "recovered"
    shutil.rmtree(recovered)

    def is_writing_the_third() -> bool:
        there = list(recovered.glob("tiny_ML_*.exr")) if recovered.is_dir() else []
        return len(there) >= 2

    kill_when(start("recover", root, "--provider", "cpu"), is_writing_the_third)
    assert {path.name for path in recovered.glob("tiny_ML_*.exr")} < set(expected)
    for path in recovered.glob("tiny_ML_*.exr"):
        assert sha256(path) == expected[path.name], f"{path.name} is there but not whole"
    # What a kill in the middle of a write leaves: a temporary file of a process that is gone.
    (recovered / f".tiny_ML_0003.{process_that_is_gone()}.tmp.exr").write_bytes(b"half a frame")

    finish("recover", root, "--provider", "cpu")

    assert {path.name: sha256(path) for path in sorted(recovered.glob("*.exr"))} == expected
    assert not [path for path in recovered.iterdir() if TEMPORARY_NAME.match(path.name)]


def process_that_is_gone() -> int:
    """The id of a process that ran and ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_interrupted_training_says_how_to_go_on(aligned_shot: Path, tmp_path: Path) -> None:
    """Ctrl-C: a checkpoint, one sentence, exit status 130, no traceback."""
    root = Path(shutil.copytree(aligned_shot, tmp_path / "tiny"))
    process = start("train", root, "--steps", "5000", "--size", "small", "--device", "cpu")
    log = root / "training/log.jsonl"
    deadline = time.monotonic() + 120
    while not (log.is_file() and log.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)

    said, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "of 5000\nstopped: run the same command again to go on" in said
    assert "Traceback" not in said
    assert (root / "training/checkpoints/latest.safetensors").is_file()
