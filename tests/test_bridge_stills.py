"""8 Validation Stills: one frame, each track combination, and every switch put back."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.frames import read_rgb, write_rgb
from chromaresolve.shot import Shot
from faults import FAST, HOWS, SLOW, How, sweep
from menu import Menu
from returned import ReturnProject, write_returned

TONES = {"plates/SH_BAL": 0.2, "recovered/sh010_ML": 0.4, "baseline/sh010_LUT": 0.6}
"""A grey for each track, so that a still tells which one it shows."""


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A recovered shot whose tracks are told apart by their grey; the Final's stays 0.25."""
    made = write_returned(tmp_path_factory.mktemp("returned") / "sh010", flagged={1003: "bleed"})
    for stem, tone in TONES.items():
        for number in range(1001, 1007):
            rgb = np.full((36, 64, 3), tone, dtype=np.float32)
            rgb[..., 2] += 0.1 * (stem != "plates/SH_BAL")
            write_rgb(made.root / f"{stem}_{number}.exr", rgb)
    return made


def brought_back(root: Path, shot: Shot, *where: str, **switches: Any) -> ReturnProject:
    """A Resolve with the composite timeline in it, and another timeline open."""
    project = ReturnProject(root, shot, *where, **switches)
    assert project.step("bring_back"), project.said
    return project


def stills_of(shot: Shot) -> list[str]:
    """The stills on disk."""
    return sorted(file.name for file in shot.path("stills").glob("*"))


@pytest.fixture(autouse=True)
def _no_stills(shot: Shot) -> None:
    for file in shot.path("stills").glob("*"):
        file.unlink()


@pytest.mark.parametrize("where", [("19.1", "free"), ("21.1", "studio")], ids=" ".join)
def test_marked_frames_are_taken_in_every_variant(
    tmp_path: Path, shot: Shot, where: tuple[str, str]
) -> None:
    """Flagged and hold-out frames, four stills each, each showing its own tracks."""
    project = brought_back(tmp_path, shot, *where)

    assert project.step("stills"), project.said

    variants = ("A_original", "B_recovered", "C_baseline", "D_final")
    assert stills_of(shot) == [f"sh010_{n}_{v}.png" for n in (1003, 1004) for v in variants]
    reds = [
        float(read_rgb(shot.path(f"stills/sh010_1003_{v}.png"))[18, 32, 0])
        for v in ("A_original", "C_baseline", "D_final")
    ]
    assert reds == pytest.approx([0.2, 0.6, 0.25], abs=0.004)  # an 8 bit still
    merged = read_rgb(shot.path("stills/sh010_1003_B_recovered.png"))[18, 32]
    assert float(merged @ [0.2126, 0.7152, 0.0722]) == pytest.approx(0.2, abs=0.004)
    assert merged[2] > merged[0] + 0.05  # the recovered chroma, on the original's luma


def test_resolve_is_as_it_was(tmp_path: Path, shot: Shot) -> None:
    """Page, open timeline, playhead and track switches."""
    project = brought_back(tmp_path, shot)
    before = project.sim.snapshot()

    assert project.step("stills")

    assert project.sim.snapshot() == before


def test_a_second_run_takes_none_until_a_frame_is_made_again(tmp_path: Path, shot: Shot) -> None:
    """Only the stills of the frame that changed are taken anew."""
    project = brought_back(tmp_path, shot)
    assert project.step("stills")
    assert project.step("stills")
    assert "nothing to do" in project.said[-1]
    newer = shot.path("stills/sh010_1003_A_original.png").stat().st_mtime + 60
    recovered = shot.path("recovered/sh010_ML_1003.exr")
    os.utime(recovered, (newer, newer))

    assert project.step("stills")

    assert "4 taken" in "\n".join(project.said)


def test_asked_frames_come_too_and_wrong_ones_are_named(tmp_path: Path, shot: Shot) -> None:
    """A frame that is not of this shot, and a word that is no number."""
    project = brought_back(tmp_path, shot)

    assert project.step("stills", still_frames="1001", still_format="tif"), project.said
    assert "sh010_1001_D_final.tif" in stills_of(shot)
    assert not project.step("stills", still_frames="1001, 2000")
    assert "More frames: frame 2000 is not of this shot: write frames from 1001" in project.said[0]
    assert not project.step("stills", still_frames="first")
    assert "More frames: found 'first': write numbers with commas" in project.said[0]


def test_without_the_timeline_the_user_is_told_which_entry_makes_it(
    tmp_path: Path, shot: Shot
) -> None:
    """It is the one before."""
    project = ReturnProject(tmp_path, shot)

    assert not project.step("stills")
    assert "timeline 'sh010_Composite': is not there: run 7 Bring Back first" in project.said[0]


def test_stills_that_are_one_picture_are_noticed(tmp_path: Path) -> None:
    """As when the tracks did not switch, whatever Resolve said."""
    same = write_returned(tmp_path / "sh010")

    project = brought_back(tmp_path, same)
    assert project.step("stills")

    assert "are one picture: did the tracks switch?" in "\n".join(project.said)


def test_a_still_that_was_not_written_is_named(tmp_path: Path, shot: Shot) -> None:
    """Resolve said yes, and there is no file."""
    project = brought_back(tmp_path, shot)
    project.sim.fail(call="Project.ExportCurrentFrameAsStill", how="lie")

    assert not project.step("stills")

    assert "sh010_1003_A_original.png: Resolve said yes and wrote no file" in project.said[0]


def state_of(state: dict[str, Any]) -> object:
    """All of it: stills are files, and nothing in Resolve may change."""
    return state


def preparation(root: Path, shot: Shot) -> Callable[[], Menu]:
    """Return what opens a fresh Resolve with the composite timeline for each run."""
    places = count()

    def prepare() -> Menu:
        for still in shot.path("stills").glob("*"):
            still.unlink()
        return brought_back(root / str(next(places)), shot)

    return prepare


def take_stills(menu: Menu) -> bool:
    """Run the step on a shot without stills."""
    assert isinstance(menu, ReturnProject)
    return menu.step("stills")


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_changes_when_a_call_fails(tmp_path: Path, shot: Shot, how: How) -> None:
    """A sample of the calls goes wrong in turn; the next run finishes the work."""
    sweep(preparation(tmp_path, shot), take_stills, state_of, how=how, every=4 * FAST)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_changes_whichever_call_fails(tmp_path: Path, shot: Shot, how: How) -> None:
    """Every call goes wrong in turn."""
    sweep(preparation(tmp_path, shot), take_stills, state_of, how=how, every=2 * SLOW)
