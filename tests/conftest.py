"""Fixtures that make tiny truth: one shot, brought as far as a test needs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

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


@pytest.fixture(scope="session")
def faded_shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot as it is handed over: plates and manifest. Copy it before changing it."""
    return write_tiny_shot(tmp_path_factory.mktemp("faded") / "tiny").root


@pytest.fixture(scope="session")
def aligned_shot(faded_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shot with pairs chosen and aligned. Copy it before changing it."""
    root = tmp_path_factory.mktemp("aligned") / "tiny"
    shutil.copytree(faded_shot, root)
    shot = choose(Shot.load(root), say=quiet, on_progress=still)
    align(shot, say=quiet, on_progress=still)
    return root


@pytest.fixture(scope="session")
def rendered_shot(aligned_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shot with its baseline of 33 fitted and rendered. Copy it before changing it."""
    root = tmp_path_factory.mktemp("baseline") / "tiny"
    shutil.copytree(aligned_shot, root)
    return fit(Shot.load(root), cube=33, render=True, say=quiet, on_progress=still).root


@pytest.fixture(scope="session")
def trained_shot(aligned_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one trained shot of the whole run: trained briefly, exported and recovered."""
    root = tmp_path_factory.mktemp("trained") / "tiny"
    shutil.copytree(aligned_shot, root)
    shot = train(
        Shot.load(root), Wish(steps=60, size="small", device="cpu"), say=quiet, on_progress=still
    )
    recovery.recover(export(shot), recovery.Wish(provider="cpu"), say=quiet, on_progress=still)
    return root


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copy a session's shot, so that a test may change it."""

    def copy(root: Path) -> Path:
        return Path(shutil.copytree(root, tmp_path / root.name))

    return copy
