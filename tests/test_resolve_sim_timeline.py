"""The simulator's timelines: placing, tracks, markers, grades, properties and interchange."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resolve_sim import write_movie
from resolve_sim.bench import COUNT, HEIGHT, WIDTH, Bench
from resolve_sim.constants import EXPORTS, SUBTYPES
from resolve_sim.grades import Node

Factory = Callable[..., Bench]
"""Makes a bench in the test's folder."""

OTIO = EXPORTS.index("EXPORT_OTIO")
"""A number that is not documented: scripts take it from `resolve`."""


@pytest.fixture
def bench(tmp_path: Path) -> Factory:
    """Make a film project in a simulated Resolve."""
    return lambda *args, **switches: Bench(tmp_path, *args, **switches)


def test_new_timeline_has_two_tracks_at_one_o_clock(bench: Factory) -> None:
    """V1 and A1, at 01:00:00:00; a taken name gives None."""
    tried = bench()
    assert [tried.timeline.GetTrackCount(kind) for kind in ("video", "audio")] == [1, 1]
    assert (tried.timeline.GetStartTimecode(), tried.timeline.GetStartFrame()) == (
        "01:00:00:00",
        86400,
    )
    assert tried.timeline.GetEndFrame() == 86400
    assert tried.pool.CreateEmptyTimeline("Pair") is None
    assert tried.timeline.GetMediaPoolItem().GetClipProperty("Type") == "Timeline"


@pytest.mark.parametrize("current", [True, False])
def test_new_timeline_becomes_current_by_switch(current: bool, bench: Factory) -> None:
    """CreateEmptyTimeline opens the timeline, or leaves the open one alone."""
    tried = bench(timeline_current=current)
    tried.pool.CreateEmptyTimeline("Second")
    name = "Second" if current else "Pair"
    assert tried.project.GetCurrentTimeline().GetName() == name


def test_append_is_half_open_and_absolute(bench: Factory) -> None:
    """End is exclusive, recordFrame is absolute, and the item reads back what was sent."""
    tried = bench()
    clip = tried.sequence()
    (item,) = tried.place(clip, startFrame=1002, endFrame=1004, at=10)
    assert (item.GetStart(), item.GetEnd(), item.GetDuration()) == (86410, 86412, 2)
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (1002, 1004)
    assert item.GetLeftOffset() == 1002
    assert item.GetTrackTypeAndIndex() == ["video", 1]
    assert item.GetMediaPoolItem().GetName() == clip.GetName()


@pytest.mark.parametrize(
    ("counts", "start", "plays"),
    [
        pytest.param("file", 1001, True, id="file numbers"),
        pytest.param("file", 0, False, id="zero where file numbers count"),
        pytest.param("zero", 0, True, id="zero"),
        pytest.param("zero", 1001, False, id="file numbers where zero counts"),
    ],
)
def test_append_counts_by_switch(counts: str, start: int, plays: bool, bench: Factory) -> None:
    """Start frames count from the file's number or from 0; the other plays black and reads well."""
    tried = bench(append_counts=counts)
    clip = tried.sequence()
    (item,) = tried.place(clip, startFrame=start, endFrame=start + COUNT)
    assert item.GetDuration() == COUNT
    assert bool(tried.render()[0].any()) is plays


def test_range_outside_may_be_refused(bench: Factory) -> None:
    """By switch a range outside the media gives nothing, or a ghost."""
    tried = bench(outside_range="refuse", overlap="drop")
    clip = tried.sequence()
    assert tried.place(clip, endFrame=1006) == []
    assert tried.timeline.GetItemListInTrack("video", 1) == []


def test_append_goes_to_the_current_timeline(bench: Factory) -> None:
    """Whichever timeline a script holds, AppendToTimeline acts on the open one."""
    tried = bench()
    clip = tried.sequence()
    other = tried.pool.CreateEmptyTimeline("Other")
    tried.project.SetCurrentTimeline(other)
    tried.place(clip)
    assert tried.timeline.GetItemListInTrack("video", 1) == []
    assert len(other.GetItemListInTrack("video", 1)) == 1


@pytest.mark.parametrize(
    ("overlap", "answered"), [pytest.param("ghost", 1, id="ghost"), pytest.param("drop", 0, id="")]
)
def test_overlap_leaves_the_earlier_item(overlap: str, answered: int, bench: Factory) -> None:
    """What would cover another item is not placed: a ghost is answered, or nothing."""
    tried = bench(overlap=overlap)
    clip = tried.sequence()
    tried.place(clip)
    found = tried.place(clip, at=COUNT - 1)
    assert len(found) == answered
    assert all(item.GetStart() is None and item.GetUniqueId() == "" for item in found)
    assert len(tried.timeline.GetItemListInTrack("video", 1)) == 1


@pytest.mark.parametrize("vanish", [True, False])
def test_errored_append_vanishes_at_save(vanish: bool, bench: Factory) -> None:
    """Items of a call of which a part failed are gone after SaveProject."""
    tried = bench(errored_vanish=vanish)
    clip = tried.sequence()
    start = tried.timeline.GetStartFrame()
    wish = {
        "mediaPoolItem": clip,
        "startFrame": 1001,
        "endFrame": 1005,
        "mediaType": 1,
        "trackIndex": 1,
        "recordFrame": start,
    }
    tried.pool.AppendToTimeline([wish, {**wish, "recordFrame": start + 1}])
    assert len(tried.timeline.GetItemListInTrack("video", 1)) == 1
    tried.resolve.GetProjectManager().SaveProject()
    assert len(tried.timeline.GetItemListInTrack("video", 1)) == (0 if vanish else 1)


@pytest.mark.parametrize("plays", ["black", "plays"])
def test_track_without_media_type_plays_black(plays: str, bench: Factory) -> None:
    """TrackIndex without mediaType 1 reads back well and renders black."""
    tried = bench(without_media_type=plays)
    (item,) = tried.place(tried.sequence(), mediaType=None)
    assert item.GetDuration() == COUNT
    assert bool(tried.render()[0].any()) is (plays == "plays")


@pytest.mark.parametrize(("switch", "on_first"), [("elsewhere", 1), ("refuse", 0)])
def test_missing_track_is_no_place(switch: str, on_first: int, bench: Factory) -> None:
    """An append to a track that is not there lands on V1, or nowhere."""
    tried = bench(missing_track=switch)
    clip = tried.sequence()
    tried.place(clip, trackIndex=3)
    assert len(tried.timeline.GetItemListInTrack("video", 1)) == on_first
    assert tried.timeline.GetTrackCount("video") == 1


@pytest.mark.parametrize(
    ("version", "switch", "works"),
    [
        pytest.param("20.3", None, False, id="20.3 needs a selection"),
        pytest.param("20.3.2", None, True, id="20.3.2 does not"),
        pytest.param("21.0", True, False, id="by switch"),
    ],
)
def test_append_may_need_a_selection(
    version: str, switch: bool | None, works: bool, bench: Factory
) -> None:
    """While nothing is selected in the media pool an append fails, until 20.3.2."""
    tried = bench(version, append_needs_selection=switch)
    clip = tried.sequence()
    tried.sim.project.pool.selected = []
    assert bool(tried.place(clip)) is works
    tried.pool.SetSelectedClip(clip)
    assert tried.place(clip, 2) != []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"startFrame": 1001.0}, id="float"),
        pytest.param({"startFrame": None}, id="end without start"),
        pytest.param({"endFrame": 1001}, id="empty"),
        pytest.param({"mediaType": 3}, id="media type"),
        pytest.param({"trackindex": 1}, id="unknown key"),
        pytest.param({"mediaPoolItem": "scan"}, id="name for a clip"),
        pytest.param({"mediaPoolItem": None}, id="no clip"),
    ],
)
def test_append_of_a_wrong_wish_gives_nothing(change: dict[str, Any], bench: Factory) -> None:
    """A clipInfo that makes no sense is not placed."""
    tried = bench()
    assert tried.place(tried.sequence(), **change) == []
    tried.sim.turn(failed_list="none")
    clip = tried.sequence("second")
    assert tried.place(clip, **change) is None


def test_append_before_the_start_is_not_rendered(bench: Factory) -> None:
    """A recordFrame below the timeline's start is taken, reads well, and renders nothing of it."""
    tried = bench()
    (item,) = tried.place(tried.sequence(), at=-86400)
    assert (item.GetStart(), item.GetDuration()) == (0, COUNT)
    tried.resolve.OpenPage("deliver")
    tried.project.SetRenderSettings({"TargetDir": str(tried.root), "CustomName": "x"})
    assert tried.project.AddRenderJob() == ""


@pytest.mark.parametrize(
    ("floors", "rate", "duration"),
    [
        pytest.param(True, "25", 48, id="25 on 24 floors"),
        pytest.param(True, "23.976", 50, id="23.976 on 24 floors"),
        pytest.param(True, "18", 66, id="18 on 24 floors"),
        pytest.param(False, "18", 67, id="18 on 24 rounds"),
        pytest.param(True, "24", 50, id="24 on 24"),
    ],
)
def test_other_rate_plays_by_time(floors: bool, rate: str, duration: int, bench: Factory) -> None:
    """A clip of another rate keeps its time and loses what is broken; after FPS it is exact."""
    tried = bench(mismatch_floors=floors)
    file = tried.root / "telecine.mov"
    write_movie(file, [None] * 50, width=WIDTH, height=HEIGHT, rate=rate)
    (clip,) = tried.pool.ImportMedia([str(file)])
    (item,) = tried.place(clip)
    assert item.GetDuration() == duration
    assert clip.SetClipProperty("FPS", "24") is True
    (exact,) = tried.place(clip, 2)
    assert exact.GetDuration() == exact.GetSourceEndFrame() - exact.GetSourceStartFrame() == 50


def test_sound_comes_along_and_stays(bench: Factory) -> None:
    """Without mediaType a movie's sound is placed too; deleting the picture leaves it."""
    tried = bench()
    file = tried.root / "telecine.mov"
    write_movie(file, [None] * 10, width=WIDTH, height=HEIGHT, rate="24", has_audio=True)
    (clip,) = tried.pool.ImportMedia([str(file)])
    (item,) = tried.pool.AppendToTimeline([clip])
    assert len(item.GetLinkedItems()) == 1
    assert tried.timeline.DeleteClips([item]) is True
    assert len(tried.timeline.GetItemListInTrack("audio", 1)) == 1


@pytest.mark.parametrize(
    ("off", "end", "expected"),
    [
        (0, "exclusive", (1001, 1005)),
        (1, "exclusive", (1002, 1005)),
        (0, "inclusive", (1001, 1004)),
    ],
)
def test_source_range_reads_by_switch(
    off: int, end: str, expected: tuple[int, int], bench: Factory
) -> None:
    """GetSourceStartFrame may be off by one, GetSourceEndFrame the last frame or the next."""
    tried = bench(source_start_off=off, source_end=end)
    (item,) = tried.place(tried.sequence())
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame()) == expected
    assert item.GetLeftOffset() == 1001


def test_speed_shows_in_the_source_range_only(bench: Factory) -> None:
    """Before 21.1 a retime is seen by the span; left and right offset count as played."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    state = tried.sim.item()
    state.speed = 50.0
    assert item.GetSourceEndFrame() - item.GetSourceStartFrame() == COUNT / 2
    assert item.GetRightOffset() - item.GetLeftOffset() == item.GetDuration() == COUNT
    assert item.GetProperty("Speed") is None
    assert item.SetProperty("Speed", 100) is False
    state.is_range_unknown = True
    assert (item.GetSourceStartFrame(), item.GetSourceEndFrame()) == (0, 0)


def test_speed_is_read_and_set_from_211(bench: Factory) -> None:
    """GetSpeed and SetSpeed tell and change it."""
    tried = bench("21.1")
    (item,) = tried.place(tried.sequence())
    tried.sim.item().speed = 200.0
    assert item.GetSpeed()["Percentage"] == 200.0
    assert item.SetSpeed({"Percentage": "100"}) is False
    assert item.SetSpeed({"Percentage": 100.0}) is True
    assert item.GetSpeed()["Percentage"] == 100.0
    assert item.GetType() == "video"


def test_transition_has_no_properties_and_no_clip(bench: Factory) -> None:
    """A transition is an item like others, with nothing to read but its place."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    tried.sim.item().kind = "transition"
    assert item.GetProperty() == {}
    assert item.GetMediaPoolItem() is None
    assert item.GetNodeGraph() is None
    assert item.SetProperty("Pan", 1.0) is False
    assert item.GetDuration() == COUNT


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("Pan", 10.5, 10.5, id="number"),
        pytest.param("Pan", 1e9, 4.0 * WIDTH, id="clipped"),
        pytest.param("Tilt", -1e9, -4.0 * HEIGHT, id="clipped below"),
        pytest.param("CompositeMode", 16.0, 16, id="constant as float"),
        pytest.param("CompositeMode", 99, 31, id="enum clipped"),
        pytest.param("ZoomGang", False, False, id="boolean"),
        pytest.param("Opacity", 50, 50.0, id="int for number"),
    ],
)
def test_property_is_kept_in_range(key: str, value: Any, expected: object, bench: Factory) -> None:
    """A property is taken, clipped to its range, and read back."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    assert item.SetProperty(key, value) is True
    assert item.GetProperty(key) == item.GetProperty()[key] == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("CompositeMode", "Color", id="name of a mode"),
        pytest.param("CompositeMode", "COMPOSITE_MULTIPLY", id="name of a constant"),
        pytest.param("CompositeMode", 1.5, id="half a mode"),
        pytest.param("CompositeMode", None, id="none"),
        pytest.param("Pan", "10", id="text"),
        pytest.param("Pan", float("nan"), id="not a number"),
        pytest.param("FlipX", 1, id="1 for True"),
        pytest.param("Pan", True, id="True for 1"),
        pytest.param("Speed", 50.0, id="speed"),
        pytest.param("TransformEnabled", False, id="newer key"),
    ],
)
def test_property_is_refused(key: str, value: Any, bench: Factory) -> None:
    """Unknown keys and wrong types give False and change nothing."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    before = item.GetProperty()
    assert item.SetProperty(key, value) is False
    assert item.GetProperty() == before
    assert len(before) == 26


@pytest.mark.parametrize(("gang", "other"), [("couples", 2.0), ("inert", 1.0)])
def test_zoom_gang_couples_by_switch(gang: str, other: float, bench: Factory) -> None:
    """With the gang on, ZoomX sets ZoomY too; off, each is its own."""
    tried = bench(zoom_gang=gang)
    (item,) = tried.place(tried.sequence())
    item.SetProperty({"ZoomX": 2.0})
    assert item.GetProperty("ZoomY") == other
    item.SetProperty("ZoomGang", False)
    item.SetProperty("ZoomY", 3.0)
    assert (item.GetProperty("ZoomX"), item.GetProperty("ZoomY")) == (2.0, 3.0)


def test_new_version_keeps_the_grade_until_reset(bench: Factory) -> None:
    """A new version has the old one's grade; reset makes it one plain node, the old one stays."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    state = tried.sim.item()
    state.versions.graph.nodes = [Node(label="balance", tools=["Film Grain"]), Node()]
    assert item.AddVersion("neutral", 0) is True
    assert item.AddVersion("neutral", 0) is False
    assert item.GetCurrentVersion() == {"versionName": "Version 1", "versionType": 0}
    assert item.LoadVersionByName("neutral", 0) is True
    graph = item.GetNodeGraph()
    assert (graph.GetNumNodes(), graph.GetToolsInNode(1)) == (2, ["Film Grain"])
    assert graph.ResetAllGrades() is True
    assert (graph.GetNumNodes(), graph.GetToolsInNode(1)) == (1, None)
    assert item.DeleteVersionByName("neutral", 0) is False
    assert item.LoadVersionByName("Version 1", 0) is True
    assert item.GetNodeGraph().GetNumNodes() == 2
    assert item.GetVersionNameList(0) == ["Version 1", "neutral"]
    assert item.DeleteVersionByName("neutral", 0) is True


def test_version_may_be_loaded_when_added(bench: Factory) -> None:
    """By switch AddVersion also loads."""
    tried = bench(add_version_loads=True)
    (item,) = tried.place(tried.sequence())
    item.AddVersion("neutral", 0)
    assert item.GetCurrentVersion()["versionName"] == "neutral"


def test_node_colours_are_not_the_grade(bench: Factory) -> None:
    """ResetAllNodeColors (20.2) leaves the grade as it was."""
    tried = bench("20.3")
    (item,) = tried.place(tried.sequence())
    tried.sim.item().versions.graph.nodes[0].tools.append("Glow")
    assert item.ResetAllNodeColors() is True
    assert item.GetNodeGraph().GetToolsInNode(1) == ["Glow"]


def test_lut_is_found_in_the_master_folder_after_a_refresh(bench: Factory) -> None:
    """SetLUT takes what the list has: nothing new before RefreshLUTList, nothing of the user's."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    graph = item.GetNodeGraph()
    for folder in (tried.sim.world.lut_folder, tried.sim.world.user_lut_folder):
        (folder / "Mine").mkdir()
        (folder / "Mine/a.cube").write_text("LUT_3D_SIZE 2\n")
    (tried.sim.world.user_lut_folder / "user.cube").write_text("")
    assert graph.SetLUT(1, "Mine/a.cube") is False
    assert tried.project.RefreshLUTList() is True
    assert graph.SetLUT(1, "Mine/a.cube") is True
    assert graph.SetLUT(2, "Mine/a.cube") is False
    assert graph.SetLUT(0, "Mine/a.cube") is False
    assert graph.SetLUT(1, "user.cube") is False
    assert graph.SetLUT(1, str(tried.sim.world.user_lut_folder / "Mine/a.cube")) is False
    assert graph.SetLUT(1, str(tried.sim.world.lut_folder / "Mine/a.cube")) is True
    assert graph.GetLUT(1) == "Mine/a.cube"
    assert graph.SetLUT(1, "") is True
    assert graph.GetLUT(1) == ""


@pytest.mark.parametrize("reached", [True, False])
def test_custom_lut_path_is_reached_by_switch(
    reached: bool, bench: Factory, tmp_path: Path
) -> None:
    """A folder added in the preferences may be seen by SetLUT, or not."""
    custom = tmp_path / "custom"
    custom.mkdir()
    (custom / "x.cube").write_text("")
    tried = bench(lut_custom_path=custom, lut_custom_reached=reached)
    (item,) = tried.place(tried.sequence())
    assert item.GetNodeGraph().SetLUT(1, "x.cube") is reached


@pytest.mark.parametrize(("edition", "switch", "works"), [
    ("studio", False, True), ("free", False, False), ("free", True, True),
])  # fmt: skip
def test_dctl_needs_studio_by_switch(
    edition: str, switch: bool, works: bool, bench: Factory
) -> None:
    """Whether free takes a DCTL as a LUT is not known."""
    tried = bench("21.0", edition, dctl_in_free=switch)
    (tried.sim.world.lut_folder / "x.dctl").write_text("")
    tried.project.RefreshLUTList()
    (item,) = tried.place(tried.sequence())
    assert item.GetNodeGraph().SetLUT(1, "x.dctl") is works


def test_drx_replaces_the_graph(bench: Factory) -> None:
    """A saved grade takes the whole graph's place; what is no .drx is refused."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    file = tried.root / "mixer.drx"
    file.write_text(json.dumps({"nodes": [{"label": "a"}, {"label": "mixer"}]}))
    graph = item.GetNodeGraph()
    assert graph.ApplyGradeFromDRX(str(tried.root / "none.drx"), 0) is False
    assert graph.ApplyGradeFromDRX(str(file), 7) is False
    assert graph.ApplyGradeFromDRX(str(file), 0) is True
    assert graph.GetNodeLabel(2) == "mixer"


def test_tracks_are_added_named_and_switched(bench: Factory) -> None:
    """Tracks count from 1, are added on top or at an index, and refuse what is not there."""
    tried = bench()
    timeline = tried.timeline
    timeline.SetTrackName("video", 1, "Source")
    assert timeline.AddTrack("video") is True
    assert timeline.AddTrack("video", {"index": 1}) is True
    assert [timeline.GetTrackName("video", n) for n in (1, 2, 3)] == [
        "Video 3",
        "Source",
        "Video 2",
    ]
    assert timeline.AddTrack("video", {"index": 5}) is False
    assert timeline.AddTrack("film") is False
    assert timeline.SetTrackEnable("video", 3, False) is True
    assert timeline.GetIsTrackEnabled("video", 3) is False
    assert timeline.SetTrackEnable("video", 4, False) is False
    assert timeline.GetItemListInTrack("video", 0) == []
    assert timeline.DeleteTrack("video", 1) is True
    assert timeline.GetTrackCount("video") == 2


def test_locked_track_takes_nothing(bench: Factory) -> None:
    """On a locked track nothing is placed or deleted."""
    tried = bench(overlap="drop")
    clip = tried.sequence()
    (item,) = tried.place(clip)
    tried.timeline.SetTrackLock("video", 1, True)
    assert tried.place(clip, at=10) == []
    assert tried.timeline.DeleteClips([item]) is False


def test_items_are_not_deleted_on_fairlight(bench: Factory) -> None:
    """DeleteClips works on other pages, and by switch only when asked twice."""
    tried = bench(delete_flaky=True)
    (item,) = tried.place(tried.sequence())
    assert tried.timeline.DeleteClips([item]) is False
    tried.resolve.OpenPage("fairlight")
    assert tried.timeline.DeleteClips([item]) is False
    tried.resolve.OpenPage("edit")
    assert tried.timeline.DeleteClips([item]) is True
    assert item.GetDuration() is None


@pytest.mark.parametrize(
    ("frame", "colour", "duration", "taken"),
    [
        pytest.param(0, "Red", 1, True, id="first"),
        pytest.param(3.0, "Blue", 1, True, id="last, as float"),
        pytest.param(4, "Red", 1, False, id="after the end"),
        pytest.param(86400, "Red", 1, False, id="absolute frame"),
        pytest.param(1, "Orange", 1, False, id="a clip's colour"),
        pytest.param(1, "red", 1, False, id="lower case"),
        pytest.param(1, "Red", 0, False, id="no duration"),
        pytest.param(2, "Red", 1, False, id="where one is"),
    ],
)
def test_marker_counts_from_the_start(
    frame: float, colour: str, duration: int, taken: bool, bench: Factory
) -> None:
    """A timeline's markers count from its start; one frame has one marker."""
    tried = bench()
    tried.place(tried.sequence())
    tried.timeline.AddMarker(2, "Green", "there", "", 1)
    asked = tried.timeline.AddMarker(frame, colour, "n", "why", duration, "mine")
    assert asked is taken
    assert (frame in tried.timeline.GetMarkers()) is (taken or frame == 2)


def test_markers_are_found_and_deleted(bench: Factory) -> None:
    """By frame, colour and custom data."""
    tried = bench()
    tried.place(tried.sequence())
    for frame, colour in enumerate(("Red", "Red", "Blue")):
        tried.timeline.AddMarker(frame, colour, "", "", 1, f"m{frame}")
    assert list(tried.timeline.GetMarkerByCustomData("m1")) == [1.0]
    assert tried.timeline.DeleteMarkerAtFrame(1) is True
    assert tried.timeline.DeleteMarkersByColor("Red") is True
    assert tried.timeline.DeleteMarkerByCustomData("m0") is False
    assert list(tried.timeline.GetMarkers()) == [2.0]


def test_colours_of_clips_are_sixteen(bench: Factory) -> None:
    """SetClipColor takes its own names, not those of markers."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    assert item.SetClipColor("Teal") is True
    assert item.SetClipColor("Red") is False
    assert item.SetClipColor("") is False
    assert item.GetClipColor() == "Teal"
    assert item.ClearClipColor() is True


def test_start_timecode_moves_everything_of_the_open_timeline(bench: Factory) -> None:
    """Items and playhead move along; a timeline that is not open refuses."""
    tried = bench()
    (item,) = tried.place(tried.sequence(), at=2)
    assert tried.timeline.SetStartTimecode("00:00:41:17") is True
    assert (tried.timeline.GetStartFrame(), item.GetStart()) == (1001, 1003)
    assert tried.timeline.SetStartTimecode("00:00:41:24") is False
    tried.project.SetCurrentTimeline(tried.pool.CreateEmptyTimeline("Other"))
    assert tried.timeline.SetStartTimecode("01:00:00:00") is False


@pytest.mark.parametrize(
    ("page", "timecode", "moves"),
    [
        pytest.param("color", "01:00:00:02", True, id="on an item"),
        pytest.param("deliver", "01:00:00:00", True, id="on the deliver page"),
        pytest.param("media", "01:00:00:02", False, id="page without playhead"),
        pytest.param("edit", "01:00:00:04", False, id="after the end"),
        pytest.param("edit", "00:59:59:23", False, id="before the start"),
        pytest.param("edit", "1:2", False, id="no timecode"),
    ],
)
def test_playhead_moves_on_the_open_timeline(
    page: str, timecode: str, moves: bool, bench: Factory
) -> None:
    """SetCurrentTimecode needs a page with a playhead, and a frame of the timeline."""
    tried = bench()
    tried.place(tried.sequence())
    tried.resolve.OpenPage(page)
    assert tried.timeline.SetCurrentTimecode(timecode) is moves
    expected = timecode if moves else "01:00:00:00"
    assert tried.timeline.GetCurrentTimecode() == expected


def test_item_under_the_playhead_is_the_uppermost_shown(bench: Factory) -> None:
    """Items and tracks that are off are passed over."""
    tried = bench()
    clip = tried.sequence()
    (below,), (above,) = tried.place(clip), tried.place(clip, 2)
    found = tried.timeline.GetCurrentVideoItem
    assert found().GetUniqueId() == above.GetUniqueId()
    above.SetClipEnabled(False)
    assert found().GetUniqueId() == below.GetUniqueId()
    tried.timeline.SetTrackEnable("video", 1, False)
    assert found() is None


def test_timeline_settings_are_the_projects_until_its_own(bench: Factory) -> None:
    """Without useCustomSettings a timeline reads the project's and refuses to set."""
    tried = bench()
    timeline, project = tried.timeline, tried.project
    assert timeline.SetSetting("colorAcesODT", "P3-D65") is False
    assert timeline.SetSetting("useCustomSettings", 1) is False
    assert timeline.SetSetting("useCustomSettings", "1") is True
    assert timeline.SetSetting("colorAcesODT", "P3-D65") is True
    assert (timeline.GetSetting("colorAcesODT"), project.GetSetting("colorAcesODT")) == (
        "P3-D65",
        tried.odt,
    )
    assert timeline.SetSetting("timelineFrameRate", "25") is True
    assert (timeline.GetStartTimecode(), timeline.GetStartFrame()) == ("01:00:00:00", 90000)
    tried.place(tried.sequence())
    assert timeline.SetSetting("timelineFrameRate", "24") is False
    assert timeline.SetSetting("useCustomSettings", "0") is True
    assert timeline.GetSetting("colorAcesODT") == tried.odt


def test_timeline_is_copied_with_everything(bench: Factory) -> None:
    """A duplicate has the same items under other identities, and lives on its own."""
    tried = bench()
    (item,) = tried.place(tried.sequence())
    item.SetProperty("Pan", 3.0)
    assert tried.timeline.DuplicateTimeline("Pair") is None
    twin = tried.timeline.DuplicateTimeline("Twin")
    (copied,) = twin.GetItemListInTrack("video", 1)
    assert copied.GetProperty("Pan") == 3.0
    assert copied.GetUniqueId() != item.GetUniqueId()
    copied.SetProperty("Pan", 5.0)
    assert item.GetProperty("Pan") == 3.0


def test_open_timeline_is_not_deleted(bench: Factory) -> None:
    """DeleteTimelines takes any but the open one; its clip goes with it."""
    tried = bench()
    twin = tried.timeline.DuplicateTimeline("Twin")
    assert tried.pool.DeleteTimelines([tried.timeline]) is False
    assert tried.pool.DeleteTimelines([twin]) is True
    assert twin.GetName() is None
    assert tried.project.GetTimelineCount() == 1
    assert tried.project.GetTimelineByIndex(2) is None
    assert tried.project.GetTimelineByIndex(0) is None


def test_timeline_from_clips_needs_their_bin(bench: Factory) -> None:
    """CreateTimelineFromClips knows no tracks, and only clips of the current bin."""
    tried = bench()
    clip = tried.sequence()
    wish = {"mediaPoolItem": clip, "startFrame": 1001, "endFrame": 1003}
    assert tried.pool.CreateTimelineFromClips("A", [{**wish, "trackIndex": 1}]) is None
    made = tried.pool.CreateTimelineFromClips("A", [wish])
    assert made.GetItemListInTrack("video", 1)[0].GetDuration() == 2
    tried.pool.AddSubFolder(tried.pool.GetRootFolder(), "Empty")
    assert tried.pool.CreateTimelineFromClips("B", [clip]) is None


@pytest.mark.parametrize("is_open", [True, False])
def test_stills_are_exported_with_the_panel_open(is_open: bool, bench: Factory) -> None:
    """GrabStill works on the Color page; ExportStills needs the Gallery panel too."""
    tried = bench(gallery_open=is_open)
    tried.place(tried.sequence())
    assert tried.timeline.GrabStill() is None
    tried.resolve.OpenPage("color")
    still = tried.timeline.GrabStill()
    album = tried.project.GetGallery().GetCurrentStillAlbum()
    assert album.SetLabel(still, "A") is True
    assert album.GetLabel(still) == "A"
    assert album.ExportStills([still], str(tried.root), "s", "png") is is_open
    assert album.ExportStills([still], str(tried.root), "s", "exr") is False
    assert album.DeleteStills([still]) is True


def test_timeline_round_trips_as_otio(bench: Factory) -> None:
    """What is exported as OTIO comes back: tracks, ranges, properties; a taken name gives None."""
    tried = bench()
    clip = tried.sequence()
    (below,), (above,) = tried.place(clip), tried.place(clip, 2, at=1)
    above.SetProperty({"CompositeMode": 16, "Pan": 3.0, "RotationAngle": 2.0})
    tried.timeline.SetTrackEnable("video", 1, False)
    file = tried.root / "pair.otio"
    assert tried.timeline.Export(str(file), tried.resolve.EXPORT_OTIO) is True
    assert tried.pool.ImportTimelineFromFile(str(file)) is None
    back = tried.pool.ImportTimelineFromFile(str(file), {"timelineName": "Back"})
    (item,) = back.GetItemListInTrack("video", 2)
    assert (item.GetStart(), item.GetDuration(), item.GetSourceStartFrame()) == (
        above.GetStart(),
        COUNT,
        below.GetSourceStartFrame(),
    )
    assert item.GetProperty("CompositeMode") == 16
    assert item.GetProperty("Pan") == pytest.approx(3.0)
    assert back.GetIsTrackEnabled("video", 1) is False


def test_retime_is_written_to_otio(bench: Factory) -> None:
    """A speed is a LinearTimeWarp in the exported file, in every version."""
    tried = bench("19.1")
    tried.place(tried.sequence())
    tried.sim.item().speed = 50.0
    file = tried.root / "pair.otio"
    tried.timeline.Export(str(file), tried.resolve.EXPORT_OTIO)
    clip = json.loads(file.read_text())["tracks"]["children"][0]["children"][0]
    warps = [e for e in clip["effects"] if e["OTIO_SCHEMA"] == "LinearTimeWarp.1"]
    assert [warp["time_scalar"] for warp in warps] == [0.5]


def _exported(tried: Bench) -> dict[str, Any]:
    tried.place(tried.sequence())
    file = tried.root / "pair.otio"
    tried.timeline.Export(str(file), float(OTIO))
    return dict(json.loads(file.read_text()))


def _first_clip(content: dict[str, Any]) -> Any:
    return content["tracks"]["children"][0]["children"][0]


def _break_range(content: dict[str, Any]) -> None:
    _first_clip(content)["source_range"]["start_time"]["value"] = 0


def _break_schema(content: dict[str, Any]) -> None:
    _first_clip(content)["OTIO_SCHEMA"] = "Clip.1"


def _break_available(content: dict[str, Any]) -> None:
    del _first_clip(content)["media_references"]["DEFAULT_MEDIA"]["available_range"]


def _break_rate(content: dict[str, Any]) -> None:
    content["global_start_time"]["rate"] = 25


def _use_url(content: dict[str, Any]) -> None:
    reference = _first_clip(content)["media_references"]["DEFAULT_MEDIA"]
    reference["target_url"] = "file://" + reference["target_url"]


def _use_relative(content: dict[str, Any]) -> None:
    reference = _first_clip(content)["media_references"]["DEFAULT_MEDIA"]
    reference["target_url"] = "scan/" + Path(reference["target_url"]).name


@pytest.mark.parametrize(
    ("spoil", "switch"),
    [
        pytest.param(_break_range, "", id="range from zero"),
        pytest.param(_break_schema, "", id="older clip"),
        pytest.param(_break_available, "", id="no available range"),
        pytest.param(_break_rate, "", id="other rate"),
        pytest.param(_use_url, "otio_urls", id="file URL"),
        pytest.param(_use_relative, "otio_relative", id="relative path"),
    ],
)
def test_otio_of_another_shape_is_not_imported(
    spoil: Callable[[dict[str, Any]], None], switch: str, bench: Factory
) -> None:
    """A file that is not shaped as Resolve's own gives None and no timeline."""
    tried = bench()
    content = _exported(tried)
    spoil(content)
    file = tried.root / "other.otio"
    file.write_text(json.dumps(content))
    options = {"timelineName": "Back"}
    assert tried.pool.ImportTimelineFromFile(str(file), options) is None
    assert tried.project.GetTimelineCount() == 1
    if switch:
        tried.sim.turn(**{switch: True})
        assert tried.pool.ImportTimelineFromFile(str(file), options) is not None


def test_otio_brings_its_media(bench: Factory) -> None:
    """Clips that are not in the pool are imported with the timeline."""
    tried = bench()
    file = tried.root / "other.otio"
    file.write_text(json.dumps(_exported(tried)))
    project = tried.resolve.GetProjectManager().CreateProject("Second")
    project.SetSetting("timelineResolutionHeight", str(HEIGHT))
    project.SetSetting("timelineResolutionWidth", str(WIDTH))
    back = project.GetMediaPool().ImportTimelineFromFile(str(file))
    clip = back.GetItemListInTrack("video", 1)[0].GetMediaPoolItem()
    assert clip.GetName() == "scan.[1001-1004].exr"


@pytest.mark.parametrize(
    ("kind", "subtype", "written"),
    [
        pytest.param("EXPORT_FCPXML_1_10", None, "folder", id="FCPXML 1.10 is a folder"),
        pytest.param("EXPORT_EDL", None, "", id="EDL needs a subtype"),
        pytest.param("EXPORT_EDL", "EXPORT_NONE", "file", id="EDL with one"),
        pytest.param("EXPORT_DRT", None, "file", id="DRT"),
    ],
)
def test_export_writes_by_kind(
    kind: str, subtype: str | None, written: str, bench: Factory
) -> None:
    """Some kinds need a subtype, one is a folder."""
    tried = bench()
    path = tried.root / "timeline.out"
    more = [] if subtype is None else [float(SUBTYPES.index(subtype))]
    assert tried.timeline.Export(str(path), getattr(tried.resolve, kind), *more) is bool(written)
    assert {"folder": path.is_dir(), "file": path.is_file(), "": not path.exists()}[written]
