"""Fixtures that make tiny truth: real EXRs whose answer is known because we faded them ourselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.alignment import align
from chromaresolve.demo.scene import DEMO_FADING, DEMO_TELECINE, draw_scene
from chromaresolve.fade import fade_frame, make_reference
from chromaresolve.frames import write_rgb
from chromaresolve.pairs import choose
from chromaresolve.recovery import recover
from chromaresolve.shot import FrameRange, Shot, create
from chromaresolve.training import Wish, export, train

TINY_WIDTH, TINY_HEIGHT = 320, 180
"""Large enough to align, small enough to train in seconds; the height is no multiple of 32."""

TINY_FRAMES = 6
"""Frames of the tiny shot; all have a Reference, so one of its pairs is held out."""


def quiet(_sentence: str) -> None:
    """Take a sentence and say nothing."""


def still(_done: int, _total: int, _note: str) -> None:
    """Take a progress report and show nothing."""


def write_tiny_shot(root: Path) -> Shot:
    """Write a faded scan and its telecine as real EXRs, and the shot of them."""
    for frame in range(1, TINY_FRAMES + 1):
        original = draw_scene(
            frame - 1, width=TINY_WIDTH, height=TINY_HEIGHT, frame_count=TINY_FRAMES
        )
        scan = fade_frame(original, DEMO_FADING, frame=frame)
        copy = make_reference(original, DEMO_TELECINE, frame=frame)
        write_rgb(root / f"plates/TINY_SOURCE_{frame:04d}.exr", scan)
        write_rgb(root / f"plates/TINY_REF_{frame:04d}.exr", copy)
    return create(
        root,
        scan="plates/TINY_SOURCE_####.exr",
        reference="plates/TINY_REF_####.exr",
        frames=FrameRange.parse(f"1-{TINY_FRAMES}"),
        film="Tiny",
    )


@pytest.fixture(scope="session")
def faded_shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot as it is handed over: plates and manifest, nothing made. Copy it before changing it."""
    return write_tiny_shot(tmp_path_factory.mktemp("faded") / "tiny").root


@pytest.fixture(scope="session")
def aligned_shot(faded_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shot with pairs chosen and aligned. Copy it before changing it."""
    root = tmp_path_factory.mktemp("aligned") / "tiny"
    shutil.copytree(faded_shot, root)
    align(choose(Shot.load(root)), on_progress=still)
    return root


@pytest.fixture(scope="session")
def trained_shot(aligned_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one trained shot of the whole run: trained briefly, exported and recovered."""
    root = tmp_path_factory.mktemp("trained") / "tiny"
    shutil.copytree(aligned_shot, root)
    shot = train(
        Shot.load(root), Wish(steps=60, size="small", device="cpu"), say=quiet, on_progress=still
    )
    recover(export(shot), provider="cpu", say=quiet, on_progress=still)
    return root


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copy a session's shot, so that a test may change it."""

    def copy(root: Path) -> Path:
        return Path(shutil.copytree(root, tmp_path / root.name))

    return copy
