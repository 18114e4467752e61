"""A sequence faded on disk: one bad frame costs no other, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import StageError, UsageError
from chromaresolve.fade.sequence import fade_sequence
from chromaresolve.frames import write_rgb
from tiny import quiet, still


def fade(folder: Path, faded: str) -> int:
    """Fade the frames A in the folder."""
    return fade_sequence(
        f"{folder}/A_####.exr",
        faded,
        retention=(0.2, 0.88, 0.55),
        seed=0,
        reference=None,
        say=quiet,
        on_progress=still,
    )


def test_one_bad_frame_costs_no_other(tmp_path: Path) -> None:
    """The broken frame is named; the others are faded."""
    for number in (1, 3):
        write_rgb(tmp_path / f"A_{number:04d}.exr", np.full((18, 32, 3), 0.4, dtype=np.float32))
    (tmp_path / "A_0002.exr").write_bytes(b"")

    with pytest.raises(StageError, match=r"1 of 3 frames could not be faded.*A_0002\.exr"):
        fade(tmp_path, f"{tmp_path}/out/S_####.exr")

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["S_0001.exr", "S_0003.exr"]


def test_the_original_is_never_overwritten(tmp_path: Path) -> None:
    """Fading in place is bad usage."""
    with pytest.raises(UsageError, match="would be overwritten: write to another folder"):
        fade(tmp_path, f"{tmp_path}/A_####.exr")
