"""The baseline stage: a .cube that Resolve reads, better than the plate, rendered on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.alignment import load_teaching, shot_chain
from chromaresolve.baseline import cube_path, fit, measure
from chromaresolve.colour import delta_e_2000
from chromaresolve.cube import read_cube
from chromaresolve.errors import ShotError, UsageError
from chromaresolve.frames import read_rgb
from chromaresolve.shot import Shot
from tiny import quiet, still


def fitted(root: Path, *, cube: int = 33, render: bool = False) -> Shot:
    """Fit the baseline of the shot in the folder."""
    return fit(Shot.load(root), cube=cube, render=render, say=quiet, on_progress=still)


def test_baseline_is_nearer_than_the_plate(rendered_shot: Path) -> None:
    """On the held-out pair, which it was not fitted to."""
    shot = Shot.load(rendered_shot)
    pair = load_teaching(shot, shot.held_out[0], shot_chain(shot))

    plate = float(np.average(delta_e_2000(pair.plate, pair.truth), weights=pair.trust))

    recorded = shot.made["baseline"].measured["hold_out_dE2000"]
    assert isinstance(recorded, float)
    assert recorded < 0.5 * plate
    again = measure(read_cube(cube_path(shot)), [pair], shot_chain(shot))
    assert recorded == pytest.approx(again, rel=1e-5)


def test_cube_has_the_usual_size(rendered_shot: Path) -> None:
    """33, one of the two sizes that Resolve exports itself."""
    check_size(Shot.load(rendered_shot), 33)


@pytest.mark.slow
def test_cube_has_the_size_asked_for(aligned_shot: Path, copied: Callable[[Path], Path]) -> None:
    """65, the other one."""
    check_size(fitted(copied(aligned_shot), cube=65), 65)


def check_size(shot: Shot, size: int) -> None:
    """Check the table and what the file says of itself."""
    assert read_cube(cube_path(shot)).table.shape == (size, size, size, 3)
    assert f"LUT_3D_SIZE {size}" in cube_path(shot).read_text()


def test_other_sizes_are_refused(aligned_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Bad usage: the sizes are named."""
    with pytest.raises(UsageError, match="--cube 64: write 33 or 65"):
        fitted(copied(aligned_shot), cube=64)


def test_baseline_needs_the_alignment(faded_shot: Path) -> None:
    """Without aligned pairs the command to run is named."""
    with pytest.raises(ShotError, match="the baseline needs alignment: run `chromaresolve align`"):
        fitted(faded_shot)


def test_rendered_frames_are_the_cubes(rendered_shot: Path) -> None:
    """What V3 shows is what the .cube gives."""
    rendered = sorted((rendered_shot / "baseline").glob("tiny_LUT_*.exr"))

    assert len(rendered) == 6
    plate = read_rgb(rendered_shot / "plates/TINY_SOURCE_0003.exr")
    expected = read_cube(cube_path(Shot.load(rendered_shot))).apply(plate)
    np.testing.assert_allclose(read_rgb(rendered[2]), expected, rtol=2.0**-10, atol=2.0**-14)


@pytest.mark.slow
def test_rendering_again_writes_nothing(
    rendered_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """The same map of the same plates is there already."""
    root = copied(rendered_shot)
    rendered = sorted((root / "baseline").glob("tiny_LUT_*.exr"))
    times = [path.stat().st_mtime_ns for path in rendered]

    fitted(root, render=True)

    assert [path.stat().st_mtime_ns for path in rendered] == times
