"""What is not known about the real Resolve: the work comes out the same either way, or is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chromaresolve.bridge.journal import Journal
from chromaresolve.bridge.media import clips_in, find_bin
from chromaresolve.bridge.placing import Placement, place, placed_on, take_off
from chromaresolve.bridge.session import Session
from chromaresolve.frames import read_rgb
from chromaresolve.shot import Shot
from returned import ReturnProject, write_returned
from tiny import quiet

DOUBTS: list[dict[str, Any]] = [
    {"without_media_type": "plays"},
    {"missing_track": "refuse"},
    {"outside_range": "refuse"},
    {"append_counts": "zero"},
    {"append_counts": "zero", "sequence_start": "zero"},
    {"append_counts": "file", "sequence_start": "zero"},
    {"append_needs_selection": True},
    {"append_needs_selection": False},
    {"overlap": "drop"},
    {"errored_vanish": False},
    {"import_twice": "nothing"},
    {"failed_list": "none"},
    {"timeline_current": False},
    {"blend_space": "working"},
    {"composite_constants": False},
    {"composite_constants": True},
    {"exr_idt": "No Input Transform"},
    {"start_tc_writable": False},
    {"reel_writable": False},
    {"reel_read": False},
    {"add_version_loads": True},
    {"gallery_open": True},
    {"exr_stills": True},
    {"headless": True},
    {"delete_flaky": True},
    {"ui_manager": False, "paywall_blocks": False},
    {"aces_version_at": "project"},
    {"aces_version_at": "nowhere"},
    {"fps_locks": "timeline"},
    {"setting_values": "lenient"},
    {"zoom_gang": "inert"},
    {"rotation_sign": -1},
    {"fps_reads": "int"},
]
"""Each the other answer to a question that nobody has settled, or a quirk that was reported."""

RENDER_DOUBTS: list[dict[str, Any]] = [
    {"reel_written": True},
    {"exr_digits": 4},
    {"clip_start_frame": "ignored"},
    {"render_folders": "nested"},
    {"render_needs_deliver": False},
    {"codecs_missing": frozenset({"H264", "ProRes422HQ"})},
    {"page_answers": None},
    {"fabricates": True},
]
"""The same of rendering."""


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A recovered shot in mid-reel."""
    return write_returned(tmp_path_factory.mktemp("returned") / "sh010", reel="A001")


def name_of(doubt: dict[str, Any]) -> str:
    """The doubt in words, the same in every process: a set's own order differs from run to run."""
    return ", ".join(f"{key}={in_order(value)}" for key, value in doubt.items())


def in_order(value: Any) -> Any:
    """A set as a sorted list; anything else as it is."""
    return sorted(value) if isinstance(value, frozenset) else value


@pytest.mark.slow
@pytest.mark.parametrize("doubt", DOUBTS, ids=name_of)
def test_the_composite_is_one_and_the_same(
    tmp_path: Path, shot: Shot, doubt: dict[str, Any]
) -> None:
    """Four tracks, Color on V2, whole clips from the first frame; and a second run adds nothing."""
    version = "20.3" if "append_needs_selection" in doubt else "21.0"
    project = ReturnProject(tmp_path, shot, version, **doubt)

    assert project.step("bring_back"), project.said
    assert project.step("bring_back"), project.said

    assert "nothing to do" in project.said[-1]
    tracks = project.sim.timeline("sh010_Composite").tracks["video"]
    assert [track.name for track in tracks] == ["Original", "Recovered", "LUT Baseline", "Final"]
    items = [track.items for track in tracks]
    lies = [[(one.duration, one.source_start) for one in track] for track in items]
    assert lies == [[(6, 0)]] * 4
    assert items[1][0].inspector.values["CompositeMode"] == 16


@pytest.mark.parametrize("doubt", RENDER_DOUBTS, ids=name_of)
def test_the_delivery_is_one_and_the_same(
    tmp_path: Path, shot: Shot, doubt: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six frames of the archive's picture, whatever they are called and wherever they lie."""
    monkeypatch.setattr("chromaresolve.bridge.rendering.Wish.__new__.__defaults__", (0.0, 5.0))
    project = ReturnProject(tmp_path, shot, **doubt)
    delivery = {"delivery": "Archive ACES2065-1 EXR", "picture": "final (V4, the exact merge)"}

    assert project.step("bring_back"), project.said
    assert project.step("deliver", version=tmp_path.name, **delivery), project.said

    folder = shot.path(f"delivery/sh010_{tmp_path.name}_ACES2065-1_RGBHalfZIP")
    frames = sorted(folder.rglob("*.exr"))
    assert len(frames) == 6
    assert read_rgb(frames[0])[18, 32, 0] == pytest.approx(0.25**2.4, rel=1e-3)


@pytest.mark.parametrize("outside", ["blank", "refuse"])
@pytest.mark.parametrize("start", ["file", "zero"])
@pytest.mark.parametrize("counts", ["file", "zero"])
def test_a_part_of_a_sequence_is_placed_from_the_right_frame(
    tmp_path: Path, shot: Shot, counts: str, start: str, outside: str
) -> None:
    """Whichever way this Resolve counts, and whatever the clip says of itself."""
    doubt: dict[str, Any] = {
        "append_counts": counts,
        "sequence_start": start,
        "outside_range": outside,
    }
    project = ReturnProject(tmp_path, shot, **doubt)
    assert project.step("bring_back")
    session = Session(project.sim.resolve, {}, Journal(tmp_path / "home", "test", show=quiet))
    timeline = session.timelines()["cutting copy"]
    (clip, *_) = clips_in(session, find_bin(session, "Recovered"))

    place(session, timeline, Placement(1, clip, offset=2, duration=3, at=10))

    (placed,) = placed_on(session, timeline, 1)
    item = project.sim.item(1, 1, timeline="cutting copy")
    assert (item.source_start, item.duration, item.start - 86400) == (2, 3, 10)
    assert (placed.left_offset, placed.duration, placed.start) == (2, 3, 10)
    take_off(session, timeline, [placed.item])
    assert placed_on(session, timeline, 1) == []


def test_reels_that_do_not_stick_are_said(tmp_path: Path, shot: Shot) -> None:
    """The clip is named, and what to set by hand."""
    project = ReturnProject(tmp_path, shot, reel_writable=False, reel_read=False)

    assert project.step("bring_back")

    assert any("set Reel Name to A001 by hand" in sentence for sentence in project.said)


def test_resolves_own_color_is_not_far_from_the_exact_merge(tmp_path: Path, shot: Shot) -> None:
    """With W3C's blend instead, greys are the same: only coloured pixels may differ."""
    pictures = []
    for blend in ("ycbcr", "hsl"):
        project = ReturnProject(tmp_path / blend, shot, color_blend=blend)
        assert project.step("bring_back")
        assert project.step("stills", still_frames="1001"), project.said
        pictures.append(read_rgb(shot.path("stills/sh010_1001_B_recovered.png")))
        for still in shot.path("stills").glob("*"):
            still.unlink()

    assert abs(pictures[0] - pictures[1]).max() <= 1 / 255
