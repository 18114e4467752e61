"""Fixtures that make tiny truth: one shot, brought as far as a test needs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from chromaresolve import recovery
from chromaresolve.alignment import align
from chromaresolve.baseline import fit
from chromaresolve.pairs import choose
from chromaresolve.shot import Shot
from chromaresolve.training import Wish, export, train
from tiny import quiet, still, write_tiny_shot


def pytest_configure() -> None:
    """Leave the second core to the other worker: two that share both take ten times as long."""
    torch.set_num_threads(1)


Share = Callable[[str, Callable[[Path], object]], Path]
"""Makes something in a folder, or waits for the worker that is making it."""


@pytest.fixture(scope="session")
def share(tmp_path_factory: pytest.TempPathFactory) -> Share:
    """Make what all workers use once in the whole run: what it makes is never changed."""
    common = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        common = common.parent

    def make_once(name: str, make: Callable[[Path], object]) -> Path:
        root, done = common / name / "tiny", common / f"{name}.done"
        with FileLock(common / f"{name}.lock"):
            if not done.is_file():
                shutil.rmtree(root, ignore_errors=True)
                make(root)
                done.touch()
        return root

    return make_once


@pytest.fixture(scope="session")
def faded_shot(share: Share) -> Path:
    """A shot as it is handed over: plates and manifest. Copy it before changing it."""
    return share("faded", write_tiny_shot)


@pytest.fixture(scope="session")
def aligned_shot(faded_shot: Path, share: Share) -> Path:
    """The same shot with pairs chosen and aligned. Copy it before changing it."""

    def make(root: Path) -> None:
        shutil.copytree(faded_shot, root)
        align(choose(Shot.load(root), say=quiet, on_progress=still), say=quiet, on_progress=still)

    return share("aligned", make)


@pytest.fixture(scope="session")
def rendered_shot(aligned_shot: Path, share: Share) -> Path:
    """The shot with its baseline of 33 fitted and rendered. Copy it before changing it."""

    def make(root: Path) -> None:
        shutil.copytree(aligned_shot, root)
        fit(Shot.load(root), cube=33, render=True, say=quiet, on_progress=still)

    return share("baseline", make)


@pytest.fixture(scope="session")
def trained_shot(aligned_shot: Path, share: Share) -> Path:
    """The one trained shot of the whole run: trained briefly, exported and recovered."""

    def make(root: Path) -> None:
        shutil.copytree(aligned_shot, root)
        wish = Wish(steps=60, size="small", device="cpu")
        shot = train(Shot.load(root), wish, say=quiet, on_progress=still)
        recovery.recover(export(shot), recovery.Wish(provider="cpu"), say=quiet, on_progress=still)

    return share("trained", make)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copy a session's shot, so that a test may change it."""

    def copy(root: Path) -> Path:
        return Path(shutil.copytree(root, tmp_path / root.name))

    return copy
