"""7 Bring Back: the composite timeline, built once, whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.shot import Shot
from faults import FAST, HOWS, SLOW, How, sweep
from menu import Menu
from resolve_sim import Simulator
from returned import PROJECT, ReturnProject, write_returned

TIMELINE = "sh010_Composite"

EDITIONS = [
    pytest.param(version, edition, id=f"{version} {edition}")
    for version, edition in (
        ("19.1", "free"),
        ("19.1", "studio"),
        ("20.3", "free"),
        ("20.3.2", "studio"),
        ("21.0", "free"),
        ("21.0", "studio"),
        ("21.1", "studio"),
    )
]
"""Where Resolve lists Python scripts."""


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A recovered shot with a frame that was flagged and one held out."""
    root = tmp_path_factory.mktemp("returned") / "sh010"
    return write_returned(root, reel="A001", flagged={1003: "chroma bleed at an edge"})


def tracks_of(sim: Simulator) -> list[dict[str, Any]]:
    """The composite timeline's video tracks."""
    timelines: dict[str, Any] = sim.snapshot()["project"]["timelines"]
    tracks: list[dict[str, Any]] = timelines[TIMELINE]["tracks"]["video"]
    return tracks


@pytest.mark.parametrize(("version", "edition"), EDITIONS)
def test_it_builds_the_composite_timeline(
    tmp_path: Path, shot: Shot, version: str, edition: str
) -> None:
    """V1 Original, V2 Recovered in Color, V3 and V4 off; clips from the first to the last frame."""
    project = ReturnProject(tmp_path, shot, version, edition)

    assert project.step("bring_back"), project.said

    tracks = tracks_of(project.sim)
    names = ["Original", "Recovered", "LUT Baseline", "Final"]
    assert [track["name"] for track in tracks] == names
    assert [track["is_enabled"] for track in tracks] == [True, True, False, False]
    items = [track["items"] for track in tracks]
    assert [len(one) for one in items] == [1, 1, 1, 1]
    assert [one[0]["duration"] for one in items] == [6, 6, 6, 6]
    assert [one[0]["source_start"] for one in items] == [0, 0, 0, 0]
    assert [one[0]["properties"]["CompositeMode"] for one in items] == [0, 16, 0, 0]
    assert [one[0]["colour"] for one in items] == ["Orange", "Teal", "Yellow", "Green"]


def test_a_second_run_changes_nothing(tmp_path: Path, shot: Shot) -> None:
    """It says so, and calls nothing that writes."""
    project = ReturnProject(tmp_path, shot)
    assert project.step("bring_back")
    before = project.sim.snapshot()

    assert project.step("bring_back")

    assert project.sim.snapshot() == before
    assert project.writes() == []
    assert "nothing to do" in project.said[-1]


def test_page_bin_and_open_timeline_are_as_before(tmp_path: Path, shot: Shot) -> None:
    """The colourist finds Resolve where it was left."""
    project = ReturnProject(tmp_path, shot)
    project.sim.resolve.OpenPage("color")

    assert project.step("bring_back")

    state = project.sim.snapshot()
    assert state["page"] == "color"
    assert state["project"]["current_timeline"] == "cutting copy"
    assert state["project"]["current_bin"] == "Master"


def test_flagged_and_hold_out_frames_are_marked_and_other_markers_stay(
    tmp_path: Path, shot: Shot
) -> None:
    """Ours are known by their hidden text; yours are never touched, and old ones of ours go."""
    project = ReturnProject(tmp_path, shot)
    assert project.step("bring_back")
    timeline = project.sim.timeline(TIMELINE)
    timeline.AddMarker(0, "Green", "mine", "keep", 1, "the artist's")
    timeline.AddMarker(5, "Red", "flagged", "old", 1, "ChromaResolve 1006 flagged Red old")

    assert project.step("bring_back")

    markers = {at: (one["color"], one["name"]) for at, one in timeline.GetMarkers().items()}
    assert markers == {0: ("Green", "mine"), 2: ("Red", "flagged"), 3: ("Blue", "hold-out")}


def test_clips_carry_transform_timecode_and_reel(tmp_path: Path, shot: Shot) -> None:
    """The input transform undoes the output transform; the Source's timecode and reel go on."""
    project = ReturnProject(tmp_path, shot)

    assert project.step("bring_back")

    bins = project.sim.snapshot()["project"]["bins"]["bins"]
    clips = [clip["properties"] for folder in bins.values() for clip in folder["clips"]]
    assert sorted(folder for folder in bins) == ["Balanced", "Baseline", "Recovered"]
    assert {clip["IDT"] for clip in clips} == {"Inverse Rec.709 BT.1886"}
    assert {clip["Start TC"] for clip in clips} == {"01:00:41:17"}
    assert {clip["Reel Name"] for clip in clips} == {"A001"}


def test_a_transform_that_does_not_stick_is_said(tmp_path: Path, shot: Shot) -> None:
    """The timeline is built all the same; the user is told which clip to set by hand."""
    project = ReturnProject(tmp_path, shot, idt_writable=False)

    assert project.step("bring_back")

    said = "\n".join(project.said)
    assert "Recovered     its input transform is '', and must be 'Inverse Rec.709 BT.1886'" in said
    assert "right click on the clip in the media pool, ACES Input Transform" in said
    assert tracks_of(project.sim)[1]["items"][0]["properties"]["CompositeMode"] == 16


@pytest.mark.parametrize(
    ("rate", "timecode"),
    [
        pytest.param(Fraction(16), "00:01:02:15", id="16"),
        pytest.param(Fraction(18), "00:01:02:17", id="18"),
        pytest.param(Fraction(24000, 1001), "01:00:41:17", id="23.976"),
        pytest.param(Fraction(24), "01:00:41:17", id="24"),
        pytest.param(Fraction(25), "10:00:41:24", id="25"),
        pytest.param(Fraction(30000, 1001), "01:00:59;28", id="29.97 DF"),
        pytest.param(Fraction(30000, 1001), "01:00:59:28", id="29.97"),
    ],
)
def test_timecode_survives_in_mid_reel(tmp_path: Path, rate: Fraction, timecode: str) -> None:
    """The timeline begins at the Source's timecode, in the Source's way of counting."""
    made = write_returned(tmp_path / "sh010", frame_rate=rate, timecode=timecode, reel="A001")
    project = ReturnProject(tmp_path, made)

    assert project.step("bring_back"), project.said

    assert project.sim.timeline(TIMELINE).GetStartTimecode() == timecode
    clips = project.sim.snapshot()["project"]["bins"]["bins"]["Recovered"]["clips"]
    assert {clip["properties"]["Start TC"] for clip in clips} == {timecode}


def test_color_is_resolves_own_number_where_it_tells_one(tmp_path: Path, shot: Shot) -> None:
    """An enum without EXCLUSION numbers it 15; the constant knows, and the user is told to look."""
    project = ReturnProject(tmp_path, shot, color_composite=15, composite_constants=True)

    assert project.step("bring_back")

    assert tracks_of(project.sim)[1]["items"][0]["properties"]["CompositeMode"] == 15
    assert "numbers composite mode Color 15, not 16" in "\n".join(project.said)


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    """Without a rendered baseline there are three tracks, none of them empty."""
    made = write_returned(tmp_path / "sh010", sequences=["SOURCE", "BAL", "recovered", "composite"])
    project = ReturnProject(tmp_path, made)

    assert project.step("bring_back")

    assert [track["name"] for track in tracks_of(project.sim)] == ["Original", "Recovered", "Final"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "is not there: run 6 Recover first", id="missing"),
        pytest.param("{", "cannot be read", id="broken"),
        pytest.param('{"format": 2}', "is not what it must be", id="of another format"),
        pytest.param(
            '{"format": 1}', "run `chromaresolve composite` on the shot again", id="empty"
        ),
    ],
)
def test_a_hand_back_that_cannot_be_read_is_named(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    """Nothing in Resolve is touched then."""
    made = write_returned(tmp_path / "sh010")
    project = ReturnProject(tmp_path, made)
    before = project.sim.snapshot()
    file = made.path("bring_back.json")
    file.unlink() if content is None else file.write_text(content)

    assert not project.step("bring_back")

    assert sentence in project.said[0]
    assert project.sim.snapshot() == before


def test_a_saved_layer_mixer_grade_becomes_a_version_of_its_own(tmp_path: Path, shot: Shot) -> None:
    """It is there to be chosen; the version that was on stays on. A second run adds none."""
    grade = tmp_path / "mixer.drx"
    grade.write_text('{"nodes": [{}, {}]}')  # what the simulator takes for a grade
    project = ReturnProject(tmp_path, shot)

    assert project.step("bring_back", layer_mixer=str(grade)), project.said
    before = project.sim.snapshot()
    assert project.step("bring_back", layer_mixer=str(grade))

    assert project.sim.snapshot() == before
    original = tracks_of(project.sim)[0]["items"][0]
    assert [name for name in original["versions"] if "Layer Mixer" in str(name)]
    assert "Layer Mixer" not in str(original["version"])


def test_a_grade_that_is_none_is_refused(tmp_path: Path, shot: Shot) -> None:
    """The message says how to make one."""
    project = ReturnProject(tmp_path, shot)

    assert not project.step("bring_back", layer_mixer=str(tmp_path / "mixer.dpx"))
    assert "export it as .drx" in project.said[0]


def kept(state: dict[str, Any]) -> object:
    """What bringing back must never change."""
    project = state["project"]
    others = {name: one for name, one in project["timelines"].items() if name != TIMELINE}
    named = ("settings", "render", "current_timeline", "current_bin", "selected")
    return {"page": state["page"], "others": others, **{name: project[name] for name in named}}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.slow
def test_nothing_else_changes_when_a_call_fails(tmp_path: Path, shot: Shot, how: How) -> None:
    """A sample of the calls goes wrong in turn; the next run finishes the work."""
    sweep(preparation(tmp_path, shot), bring_back, kept, how=how, every=FAST)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_else_changes_whichever_call_fails(tmp_path: Path, shot: Shot, how: How) -> None:
    """Every call goes wrong in turn."""
    sweep(preparation(tmp_path, shot), bring_back, kept, how=how, every=SLOW)


def preparation(root: Path, shot: Shot) -> Callable[[], Menu]:
    """Return what opens a fresh Resolve for each run."""
    places = count()
    return lambda: ReturnProject(root / str(next(places)), shot)


def bring_back(menu: Menu) -> bool:
    """Run the step."""
    assert isinstance(menu, ReturnProject)
    return menu.step("bring_back")


def test_the_project_is_where_its_answers_are(tmp_path: Path, shot: Shot) -> None:
    """In the free edition the file asks, and is kept under the project's name."""
    project = ReturnProject(tmp_path, shot, "21.0", "free")

    assert project.step("bring_back")

    assert (project.home / "settings" / f"{PROJECT}.json").is_file()
