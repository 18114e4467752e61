"""9 Deliver: the right picture under the right output transform, and nothing else changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.bridge.deliver import DELIVERIES
from chromaresolve.frames import read_rgb
from chromaresolve.shot import Shot
from faults import FAST, HOWS, SLOW, How, sweep
from menu import Menu
from returned import ReturnProject, write_returned

ARCHIVE = "Archive ACES2065-1 EXR"
FINAL = "final (V4, the exact merge)"


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A recovered shot; every picture of it is a grey of 0.25."""
    return write_returned(tmp_path_factory.mktemp("returned") / "sh010")


@pytest.fixture(autouse=True)
def _nothing_delivered(shot: Shot, monkeypatch: pytest.MonkeyPatch) -> None:
    # A simulated render is asked without pause, and has stalled after a twentieth of a second.
    monkeypatch.setattr("chromaresolve.bridge.rendering.Wish.__new__.__defaults__", (0.0, 0.05))
    shutil.rmtree(shot.path("delivery"), ignore_errors=True)


def brought_back(root: Path, shot: Shot, *where: str, **switches: Any) -> ReturnProject:
    """A Resolve with the composite timeline in it, and another timeline open."""
    project = ReturnProject(root, shot, *where, **switches)
    assert project.step("bring_back"), project.said
    return project


def notes(shot: Shot) -> dict[str, Any]:
    """The one delivery's note."""
    (file,) = shot.path("delivery").glob("*.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "where", [("19.1", "studio"), ("20.3", "free"), ("21.1", "studio")], ids=" ".join
)
def test_archive_frames_are_scene_referred(
    tmp_path: Path, shot: Shot, where: tuple[str, str]
) -> None:
    """Without the output transform 0.25 is 0.25 to the power of 2.4 (the simulator's transform)."""
    project = brought_back(tmp_path, shot, *where)

    assert project.step("deliver", delivery=ARCHIVE, picture=FINAL), project.said

    name = "sh010_v1_ACES2065-1_RGBHalfZIP"
    files = sorted(shot.path(f"delivery/{name}").glob("*.exr"))
    assert len(files) == 6
    assert read_rgb(files[0])[18, 32] == pytest.approx(np.float16(0.25**2.4), rel=1e-3)
    assert notes(shot)["output transform"] == "No Output Transform"
    assert notes(shot)["for"].startswith("no display: scene-referred ACES2065-1")


@pytest.mark.parametrize(
    "delivery", [one.title for one in DELIVERIES if one.container != "exr"], ids=str
)
def test_review_movies_carry_their_intent_in_the_name(
    tmp_path: Path, shot: Shot, delivery: str
) -> None:
    """And the transform they were made under in a note beside them."""
    project = brought_back(tmp_path, shot)

    assert project.step("deliver", delivery=delivery, version="v3"), project.said

    chosen = next(one for one in DELIVERIES if one.title == delivery)
    (movie,) = (one for one in shot.path("delivery").iterdir() if one.suffix != ".json")
    assert movie.name.startswith(f"sh010_v3_{chosen.intent}_")
    assert movie.suffix == f".{chosen.container}"
    assert notes(shot)["output transform"] in chosen.odts


def test_a_version_is_delivered_once(tmp_path: Path, shot: Shot) -> None:
    """A second run renders nothing and says how to render another."""
    project = brought_back(tmp_path, shot)
    assert project.step("deliver", delivery=ARCHIVE)

    assert project.step("deliver", delivery=ARCHIVE)

    assert "this version was delivered before: choose another version name" in project.said[0]
    assert not [name for name in project.writes() if "Render" in name]


def test_resolve_is_as_it_was(tmp_path: Path, shot: Shot) -> None:
    """Page, timelines, their settings, and all that stands on the Deliver page."""
    project = brought_back(tmp_path, shot)
    project.sim.project.queue.settings["CustomName"] = "the artist's own"
    before = project.sim.snapshot()

    assert project.step("deliver", delivery=ARCHIVE)

    assert project.sim.snapshot() == before


def test_a_burn_in_is_made_on_a_copy_that_is_removed(tmp_path: Path, shot: Shot) -> None:
    """The composite timeline's clips never carry it."""
    project = brought_back(tmp_path, shot, burn_in_presets=frozenset({"slate"}))
    before = project.sim.snapshot()

    assert project.step("deliver", delivery=ARCHIVE, burn_in="slate"), project.said

    assert project.sim.snapshot() == before
    assert [call for call in project.sim.calls if call.method == "LoadBurnInPreset"]


def test_a_burn_in_preset_that_is_not_there_is_named(tmp_path: Path, shot: Shot) -> None:
    """And the copy of the timeline is gone."""
    project = brought_back(tmp_path, shot)
    before = project.sim.snapshot()

    assert not project.step("deliver", delivery=ARCHIVE, burn_in="slate")

    assert "LoadBurnInPreset('slate'): there is no such burn-in preset" in project.said[0]
    assert project.sim.snapshot() == before


def test_an_output_transform_that_is_refused_stops(tmp_path: Path, shot: Shot) -> None:
    """Never delivered under another one."""
    project = brought_back(tmp_path, shot, odt_settable=False)

    assert not project.step("deliver", delivery=ARCHIVE)

    assert "Resolve took none of the output transforms No Output Transform" in project.said[0]
    assert not shot.path("delivery").exists()


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        pytest.param({"render_fails": "disk full"}, "disk full", id="failed"),
        pytest.param({"render_hole": 2}, "5 of 6 files are there", id="a frame is missing"),
        pytest.param({"render_stalls": True}, "has stood at 33 % for", id="stalled"),
    ],
)
def test_a_render_that_went_wrong_is_not_called_done(
    tmp_path: Path, shot: Shot, switches: dict[str, Any], sentence: str
) -> None:
    """Whatever the job says of itself; and nothing of it stays in the queue."""
    project = brought_back(tmp_path, shot, **switches)
    before = project.sim.snapshot()

    assert not project.step("deliver", delivery=ARCHIVE)

    assert sentence in project.said[-2]
    assert project.sim.snapshot() == before


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"language": "zh"}, id="job status in Chinese"),
        pytest.param({"format_answers_none": True}, id="the format setter answers nothing"),
        pytest.param({"audio_only": True}, id="an audio preset was on"),
        pytest.param({"page_answers": None}, id="OpenPage answers nothing"),
        pytest.param({"strings_in_job_list": True}, id="job list of an old build"),
        pytest.param({"render_folders": "nested"}, id="a folder in the folder"),
    ],
)
def test_it_delivers_whatever_this_resolve_is_like(
    tmp_path: Path, shot: Shot, switches: dict[str, Any]
) -> None:
    """Each a doubt or a trap of the render functions."""
    project = brought_back(tmp_path, shot, **switches)

    assert project.step("deliver", delivery=ARCHIVE), project.said
    assert notes(shot)["files"] == 6


def test_a_queue_that_keeps_its_jobs_is_said(tmp_path: Path, shot: Shot) -> None:
    """The delivery is whole all the same."""
    project = brought_back(tmp_path, shot, queue_keeps_jobs=True)

    assert project.step("deliver", delivery=ARCHIVE), project.said
    assert notes(shot)["files"] == 6


def preparation(root: Path, shot: Shot) -> Callable[[], Menu]:
    """Return what opens a fresh Resolve with the composite timeline for each run."""
    places = count()

    def prepare() -> Menu:
        shutil.rmtree(shot.path("delivery"), ignore_errors=True)
        return brought_back(root / str(next(places)), shot)

    return prepare


def deliver(menu: Menu) -> bool:
    """Run the step."""
    assert isinstance(menu, ReturnProject)
    return menu.step("deliver", delivery=ARCHIVE)


def kept(state: dict[str, Any]) -> object:
    """All of Resolve: what is delivered is files. A job that cannot be deleted may stay."""
    project = {**state["project"], "render": {**state["project"]["render"], "jobs": []}}
    return {**state, "project": project}


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_changes_when_a_call_fails(tmp_path: Path, shot: Shot, how: How) -> None:
    """A sample of the calls goes wrong in turn; the next run finishes the work."""
    sweep(preparation(tmp_path, shot), deliver, kept, how=how, every=3 * FAST)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_changes_whichever_call_fails(tmp_path: Path, shot: Shot, how: How) -> None:
    """Every second call goes wrong in turn."""
    sweep(preparation(tmp_path, shot), deliver, kept, how=how, every=2 * SLOW)
