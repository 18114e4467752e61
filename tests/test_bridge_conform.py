"""2 Conform: what is placed, what is put to rest, what is named, and what is never touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.bridge.conforming import Choice, Facts, Lane, choose, plan
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.media import Clip
from chromaresolve.bridge.names import BALANCED_VERSION, NEUTRAL_VERSION
from chromaresolve.bridge.pair import Run, runs_of, timecode_after
from chromaresolve.bridge.placing import Placed
from chromaresolve.bridge.retimes import parse_otio, percent_by_span
from pair_project import NAME, PairProject
from resolve_sim.grades import Node

PAIR = f"{NAME}_Pair"
NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)
VERSIONS = [
    pytest.param("19.1", "free", id="19.1-free"),
    pytest.param("19.1", "studio", id="19.1-studio"),
    pytest.param("20.3", "studio", id="20.3"),
    pytest.param("21.0", "free", id="21.0-free"),
    pytest.param("21.1", "studio", id="21.1-studio"),
]
"""Each generation, and the editions where they differ."""


def clip(first: int, count: int, name: str = "scan", **properties: Any) -> Clip:
    """Return a clip whose files begin at a number."""
    path = f"/media/{name}_[{first:04}-{first + count - 1:04}].exr"
    known = {"Frames": str(count), "FPS": 24.0, "Start TC": "01:00:00:00", **properties}
    return Clip(remote=None, name=name, path=path, properties=known)


def facts(source: Clip, reference: Clip, **more: Any) -> Facts:
    """Return a project with two clips in their bins and no timeline."""
    known = {
        "name": PAIR,
        "is_there": False,
        "begins": "",
        "tracks": (),
        "rate": (Fraction(24), False),
        "raster": (32, 24),
        "fitting": "scaleToFit",
        "lanes": (Lane("Source", source, ()), Lane("Reference", reference, ())),
    }
    return Facts(**{**known, **more})


def asked(**answers: int) -> dict[str, Any]:
    """Return answers, all 0 but these."""
    return {"source_first": 0, "count": 0, "reference_offset": 0, **answers}


@pytest.mark.parametrize(
    ("source", "reference", "answers", "wanted"),
    [
        pytest.param((1001, 100), (1001, 100), {}, (1001, 100), id="same numbers"),
        pytest.param((1001, 100), (1, 50), {"reference_offset": -1000}, (1001, 50), id="shorter"),
        pytest.param((1001, 100), (1011, 200), {}, (1011, 90), id="begins later"),
        pytest.param((1001, 100), (0, 200), {"reference_offset": -990}, (1001, 100), id="movie"),
        pytest.param((1001, 9), (1001, 9), {"source_first": 1004}, (1004, 6), id="from a frame"),
        pytest.param(
            (86400, 9), (1, 9), {"reference_offset": -86399, "count": 2}, (86400, 2), id="mid-reel"
        ),
    ],
)
def test_choose_takes_what_both_have(
    source: tuple[int, int],
    reference: tuple[int, int],
    answers: dict[str, int],
    wanted: tuple[int, int],
) -> None:
    """By file number, from the frame and for as many frames as were asked for."""
    found = choose(facts(clip(*source), clip(*reference)), asked(**answers))
    assert found == Choice(*wanted, at=0)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        pytest.param(
            {},
            "Source 1001-1010, Reference 1-10, offset 0: no frame is in common: write -1000 into "
            "'reference_offset' if their first frames are the same picture, else the Reference's "
            "file number minus the Source's",
            id="nothing in common",
        ),
        pytest.param(
            {"reference_offset": -1000, "source_first": 999},
            "'source_first': found 999, and all clips have the Source's frames 1001-1010: choose "
            "one of these, or 0 for the first",
            id="first outside",
        ),
        pytest.param(
            {"reference_offset": -1000, "source_first": 1008, "count": 4},
            "'count': found 4, and 3 frames from 1008 on are in all clips: choose fewer, or 0 for "
            "all",
            id="too many",
        ),
    ],
)
def test_choose_refuses_frames_that_are_not_there(answers: dict[str, int], sentence: str) -> None:
    """And says which frames there are."""
    with pytest.raises(BridgeError) as caught:
        choose(facts(clip(1001, 10), clip(1, 10)), asked(**answers))
    assert str(caught.value) == sentence


def test_plan_says_everything_in_order() -> None:
    """Rate, timeline, tracks, clips, and what a new clip has to be told."""
    found = plan(facts(clip(1001, 10), clip(1, 10, FPS=25.0)), asked(reference_offset=-1000))
    assert [str(action) for action in found] == [
        "set frame rate Reference 24 was 25.0",
        f"make timeline {PAIR} 01:00:00:00",
        f"name tracks {PAIR} Source Reference",
        "place Source 0 10 0",
        "place Reference 0 10 0",
        "set Inspector V1 at frame 0 RetimeProcess 1 was 0",
        "set Inspector V1 at frame 0 Scaling 1 was 0",
        f"use version V1 at frame 0 {NEUTRAL_VERSION}",
        "set Inspector V2 at frame 0 RetimeProcess 1 was 0",
        f"use version V2 at frame 0 {NEUTRAL_VERSION}",
    ]


@pytest.mark.parametrize(
    ("timecode", "frames", "rate", "drop", "wanted"),
    [
        pytest.param("01:00:41:15", 3, Fraction(16), False, "01:00:42:02", id="16"),
        pytest.param("01:00:41:17", 3, Fraction(18), False, "01:00:42:02", id="18"),
        pytest.param("01:00:41:23", 2, FILM, False, "01:00:42:01", id="23.976"),
        pytest.param("01:00:41:23", 2, Fraction(24), False, "01:00:42:01", id="24"),
        pytest.param("01:00:41:24", 2, Fraction(25), False, "01:00:42:01", id="25"),
        pytest.param("01:00:59:29", 1, NTSC, False, "01:01:00:00", id="29.97"),
        # SMPTE ST 12-1: frames 00 and 01 are left out at every minute but each tenth.
        pytest.param("01:00:59;29", 1, NTSC, True, "01:01:00;02", id="29.97 DF"),
        pytest.param("01:09:59;29", 1, NTSC, True, "01:10:00;00", id="29.97 DF, tenth minute"),
        pytest.param("01:00:41:10", 2, NTSC, True, "01:00:41;12", id="non-drop clip"),
        pytest.param("01:00:41;10", 2, NTSC, False, "01:00:41:12", id="drop clip"),
        pytest.param("23:59:59:23", 1, Fraction(24), False, "00:00:00:00", id="midnight"),
    ],
)
def test_timecode_after_counts_as_the_timeline(
    timecode: str, frames: int, rate: Fraction, drop: bool, wanted: str
) -> None:
    """The Source's number survives, whatever the rate."""
    assert timecode_after(timecode, frames, rate, drop) == wanted


def placed(start: int, duration: int, left: int, medium: Clip) -> Placed:
    """Return a clip as it lies."""
    return Placed(
        item=None,
        start=start,
        duration=duration,
        left_offset=left,
        told_offset=left,
        clip=medium,
    )


def test_runs_join_clips_that_go_on() -> None:
    """A cut in the middle of one take is no break, a jump or a gap is."""
    scan = clip(1001, 100)
    found = runs_of(
        [
            placed(0, 4, 0, scan),
            placed(4, 6, 4, scan),
            placed(10, 5, 20, scan),
            placed(20, 1, 30, scan),
        ]
    )
    assert found == [Run(0, 10, 1001), Run(10, 5, 1021), Run(20, 1, 1031)]


@pytest.mark.parametrize(
    ("first", "last", "wanted", "percent"),
    [
        pytest.param(1001, 1101, 100, 100.0, id="last is one after"),
        pytest.param(1001, 1100, 100, 100.0, id="last is the last"),
        pytest.param(1002, 1101, 100, 100.0, id="first is off by one"),
        pytest.param(1001, 1126, 100, 125.0, id="faster"),
        pytest.param(1001, 1051, 100, 50.0, id="slower"),
        pytest.param(1101, 1001, 100, -100.0, id="reversed"),
        pytest.param(1001, 1001, 100, 0.0, id="freeze frame"),
        pytest.param(0, 0, 100, None, id="0 and 0 tell nothing"),
    ],
)
def test_percent_by_span_allows_one_frame(
    first: int, last: int, wanted: float, percent: float | None
) -> None:
    """Resolve's source frames may be off by one, so a span shows no less."""
    assert percent_by_span(first, last, wanted) == percent


def otio(*children: dict[str, Any]) -> dict[str, Any]:
    """Return a timeline file with one video track, and an audio track that is not looked at."""
    tracks = [{"kind": "Audio", "children": []}, {"kind": "Video", "children": list(children)}]
    return {"tracks": {"children": tracks}}


def span(value: float, duration: float, rate: float = 24) -> dict[str, Any]:
    """Return a range of time."""
    return {
        "start_time": {"value": value, "rate": rate},
        "duration": {"value": duration, "rate": rate},
    }


def written_clip(*effects: dict[str, Any]) -> dict[str, Any]:
    """Return one clip of a timeline file, which plays its medium from the fifth frame on."""
    return {
        "OTIO_SCHEMA": "Clip.2",
        "source_range": span(86404, 10),
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": {"available_range": span(86400, 100)}},
        "effects": list(effects),
    }


def own_effect(name: str, **parameter: Any) -> dict[str, Any]:
    """Return one of Resolve's own effects, with a parameter."""
    known = {"Effect Name": name, "Enabled": True, "Parameters": [parameter] if parameter else []}
    return {"OTIO_SCHEMA": "Effect.1", "metadata": {"Resolve_OTIO": known}}


@pytest.mark.parametrize(
    ("effect", "percent", "effects", "keyed"),
    [
        pytest.param(None, 100.0, (), (), id="nothing"),
        pytest.param(
            {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 1.001}, 100.1, (), (), id="speed"
        ),
        pytest.param({"OTIO_SCHEMA": "FreezeFrame.1"}, 0.0, (), (), id="freeze frame"),
        pytest.param({"OTIO_SCHEMA": "TimeEffect.1"}, None, (), (), id="speed that varies"),
        pytest.param(own_effect("Transform"), 100.0, (), (), id="Inspector"),
        pytest.param(own_effect("Film Grain"), 100.0, ("Film Grain",), (), id="another effect"),
        pytest.param(
            own_effect("Transform", **{"Parameter ID": "pan", "Key Frames": {"0": {}}}),
            100.0,
            (),
            ("pan",),
            id="keyframes",
        ),
    ],
)
def test_parse_otio_tells_what_no_call_does(
    effect: dict[str, Any] | None,
    percent: float | None,
    effects: tuple[str, ...],
    keyed: tuple[str, ...],
) -> None:
    """Speed, effects and keyframes, and which of the medium's frames comes first."""
    gap = {"OTIO_SCHEMA": "Gap.1", "source_range": span(0, 7)}
    transition = {"OTIO_SCHEMA": "Transition.1"}
    content = otio(gap, transition, written_clip(*([effect] if effect else [])))
    ((place, found),) = parse_otio(content).items()
    assert place == (1, 7)
    assert found.percent == pytest.approx(percent)
    assert (found.offset, found.effects, found.keyed) == (4, effects, keyed)


@pytest.mark.parametrize(("version", "edition"), VERSIONS)
@pytest.mark.parametrize(
    ("rate", "timecode", "begins"),
    [
        pytest.param("16", "01:00:41:14", "01:00:42:00", id="16"),
        pytest.param("18", "01:00:41:16", "01:00:42:00", id="18"),
        pytest.param("23.976", "01:00:41:22", "01:00:42:00", id="23.976"),
        pytest.param("24", "01:00:41:22", "01:00:42:00", id="24"),
        pytest.param("25", "01:00:41:23", "01:00:42:00", id="25"),
        pytest.param("29.97 DF", "01:00:59;28", "01:01:00;02", id="29.97 DF"),
    ],
)
def test_conform_lays_both_frame_for_frame(
    tmp_path: Path, version: str, edition: str, rate: str, timecode: str, begins: str
) -> None:
    """In mid-reel, from a start offset, with the Source's timecode; a second run does nothing."""
    project = PairProject(tmp_path, version, edition, rate=rate)
    project.sequence("Source", 172801, 6, timecode=timecode)
    project.sequence("Reference", 1, 9, size=(20, 24))
    project.answer(source_first=172803, reference_offset=-172798)
    assert project.run("conform"), project.text
    timeline = project.sim.timeline(PAIR)
    assert timeline.GetStartTimecode() == begins
    assert [track.name for track in timeline.tracks["video"]] == ["Source", "Reference"]
    lies = [(one.start - timeline.start, one.duration, one.source_start) for one in timeline.items]
    assert lies == [(0, 4, 2), (0, 4, 4)]
    assert "172803-172806 on V1, 4 frames" in project.text
    assert "5-8 on V2, 4 frames, file number -172798 from the Source's" in project.text
    before = project.sim.snapshot()
    assert project.run("conform"), project.text
    assert project.report()["plan"] == []
    assert project.writes() == []
    assert project.sim.snapshot() == before


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"append_counts": "zero"}, id="frames count from 0"),
        pytest.param({"append_counts": "file"}, id="frames are file numbers"),
        pytest.param({"append_counts": "zero", "sequence_start": "zero"}, id="all from 0"),
        pytest.param({"append_counts": "file", "sequence_start": "zero"}, id="Start from 0"),
        pytest.param({"source_start_off": 1}, id="source start off by one"),
        pytest.param({"source_end": "inclusive"}, id="source end is the last"),
        pytest.param({"outside_range": "refuse"}, id="refuses what is outside"),
        pytest.param({"failed_list": "none"}, id="lists that are None"),
        pytest.param({"timeline_current": False}, id="new timelines do not open"),
        pytest.param({"add_version_loads": True}, id="a new version is in use"),
        pytest.param({"page_answers": None}, id="pages say nothing"),
        pytest.param({"fps_locks": "timeline"}, id="rate locked by a timeline"),
        pytest.param({"overlap": "drop"}, id="overlaps are dropped"),
    ],
)
def test_conform_does_not_depend_on_what_is_unknown(
    tmp_path: Path, switches: dict[str, Any]
) -> None:
    """Low file numbers, where a number and a count look the same, and an offset in both clips."""
    project = PairProject(tmp_path, **switches)
    project.sequence("Source", 1, 8, timecode="01:00:00:00")
    project.sequence("Reference", 1, 8)
    project.answer(source_first=3, count=4, reference_offset=1)
    assert project.run("conform"), project.text
    assert [project.pair(track).source_start for track in (1, 2)] == [2, 3]
    assert project.sim.timeline(PAIR).GetStartTimecode() == "01:00:00:02"
    assert project.run("conform"), project.text
    assert project.report()["plan"] == []


def test_conform_reads_a_rate_that_is_cut(tmp_path: Path) -> None:
    """29.97 drop frame that reads as 29.0 is what set-up made the project."""
    project = PairProject(tmp_path, rate="29.97 DF", fps_reads="int")
    project.sequence("Source", 1, 4, timecode="01:00:59;28")
    project.sequence("Reference", 1, 4)
    assert project.run("conform"), project.text
    assert project.sim.timeline(PAIR).GetStartTimecode() == "01:00:59;28"


def test_conform_places_a_balanced_clip(tmp_path: Path) -> None:
    """On V3, frame for frame with the Source, as unscaled as that."""
    project = PairProject(tmp_path)
    for name in ("Source", "Reference", "Balanced"):
        project.sequence(name, 1001, 4, timecode="01:00:00:00")
    assert project.run("conform"), project.text
    names = [track.name for track in project.sim.timeline(PAIR).tracks["video"]]
    assert names == ["Source", "Reference", "Balanced"]
    assert [project.pair(track).inspector["Scaling"] for track in (1, 2, 3)] == [1, 0, 1]


@pytest.mark.parametrize("floors", [True, False])
def test_conform_plays_a_reference_of_another_rate_frame_by_frame(
    tmp_path: Path, floors: bool
) -> None:
    """Its clip attribute is changed; nothing is resampled, floored or rounded."""
    project = PairProject(tmp_path, mismatch_floors=floors)
    project.sequence("Source", 1001, 10, timecode="01:00:00:00")
    movie = project.movie("Reference", 10, rate="25")
    project.answer(reference_offset=-1001)
    assert project.run("conform"), project.text
    assert movie.properties()["FPS"] == 24.0
    assert (project.pair(2).duration, project.pair(2).speed) == (10, 100.0)


def test_conform_names_the_way_where_the_rate_cannot_be_set(tmp_path: Path) -> None:
    """Before anything was changed."""
    project = PairProject(tmp_path, fps_writable=False)
    project.sequence("Source", 1001, 10, timecode="01:00:00:00")
    project.movie("Reference", 10, rate="25")
    project.answer(reference_offset=-1001)
    before = project.sim.snapshot()
    assert not project.run("conform")
    assert "in the media pool choose Clip Attributes > Video > Video Frame Rate" in project.text
    assert project.sim.snapshot() == before


def test_conform_follows_a_source_of_another_rate(tmp_path: Path) -> None:
    """A scan without timecode counts anew at its new rate, and the timeline begins there."""
    project = PairProject(tmp_path)
    scan = project.sequence("Source", 1001, 4)
    scan.rate, scan.start_timecode = "25", "00:00:40:01"
    project.sequence("Reference", 1001, 4)
    assert project.run("conform"), project.text
    assert scan.properties()["FPS"] == 24.0
    assert project.sim.timeline(PAIR).GetStartTimecode() == "00:00:41:17"


def test_conform_takes_no_balanced_clip_of_another_shot(tmp_path: Path) -> None:
    """Where set-up was told this shot's clips, and of no balanced one."""
    project = PairProject(tmp_path)
    for name in ("Source", "Reference", "Balanced"):
        project.sequence(name, 1001, 4, timecode="01:00:00:00")
    project.answer(source=str(project.root / "media" / "Source"), balanced="")
    assert project.run("conform"), project.text
    assert len(project.sim.timeline(PAIR).tracks["video"]) == 2


def test_conform_says_which_clip_is_meant(tmp_path: Path) -> None:
    """Two clips in a bin are told apart by the answer of set-up, or named."""
    project = PairProject(tmp_path)
    project.sequence("Source", 1001, 4, timecode="01:00:00:00")
    project.sequence("Source", 5001, 4, name="other", timecode="02:00:00:00")
    project.sequence("Reference", 1001, 4)
    assert not project.run("conform")
    assert (
        "bin 'Source': holds 2 clips: source_[1001-1004].exr, other_[5001-5004].exr" in project.text
    )
    project.answer(source=str(project.root / "media" / "Source"))
    assert project.run("conform"), project.text
    assert project.pair(1).name == "source_[1001-1004].exr"


@pytest.fixture
def by_hand(tmp_path: Path) -> Callable[..., PairProject]:
    """Return what makes a project whose pair timeline a user conformed by hand."""

    def make(version: str = "21.0", edition: str = "free", **switches: Any) -> PairProject:
        project = PairProject(tmp_path, version, edition, **switches)
        project.sequence("Source", 1001, 20, timecode="01:00:00:00")
        project.sequence("Reference", 1, 20)
        project.answer(reference_offset=-1000)
        assert project.run("conform"), project.text
        for track in (1, 2):
            item = project.pair(track)
            item.versions.graphs = {(0, "Version 1"): item.versions.graph}
            item.versions.current = (0, "Version 1")
            item.inspector.values |= {"RetimeProcess": 0, "Scaling": 0}
        project.answer(reference_offset=0)
        return project

    return make


def test_conform_examines_what_was_conformed_by_hand(by_hand: Callable[..., PairProject]) -> None:
    """It stays where it is, whatever the answers say by default, and says which frames it is."""
    project = by_hand()
    project.pair(1).duration = project.pair(2).duration = 12
    project.pair(1).source_start = project.pair(2).source_start = 3
    assert project.run("conform"), project.text
    assert (project.pair(1).source_start, project.pair(2).duration) == (3, 12)
    assert "1004-1015 on V1, 12 frames" in project.text
    assert "effects of the Edit page (OFX), stabilisation" in project.text
    assert project.sim.timeline(PAIR).GetStartTimecode() == "01:00:00:03"


@pytest.mark.parametrize("version", ["20.3", "21.1"])
def test_conform_puts_the_source_to_rest(by_hand: Callable[..., PairProject], version: str) -> None:
    """Transforms go, with their values in the report; those of the Reference are its alignment."""
    project = by_hand(version, "studio")
    moved = {
        "Pan": 12.5,
        "ZoomX": 1.25,
        "ZoomY": 1.5,
        "FlipX": True,
        "CropLeft": 3.0,
        "Opacity": 40.0,
    }
    for track in (1, 2):
        project.pair(track).inspector.values |= {**moved, "ZoomGang": False, "CompositeMode": 3}
    assert project.run("conform"), project.text
    source, reference = project.pair(1).inspector, project.pair(2).inspector
    assert [source[key] for key in moved] == [0, 1, 1, 0, 0, 100]
    assert [reference[key] for key in moved] == [12.5, 1.25, 1.5, 1, 0, 100]
    assert [one["CompositeMode"] for one in (source, reference)] == [0, 0]
    assert (source["RetimeProcess"], source["Scaling"], reference["Scaling"]) == (1, 1, 0)
    assert "set Inspector V1 at frame 0 Pan 0.0 was 12.5" in project.report()["plan"]
    assert "is moved, which is its alignment: Pan 12.5" in project.text


def test_conform_grades_nothing_of_the_users(by_hand: Callable[..., PairProject]) -> None:
    """The neutral version is a new one; every node of the user's versions stays."""
    project = by_hand()
    item = project.pair(1)
    graph = item.versions.graph
    graph.nodes = [Node(lut="film.cube", label="look"), Node(tools=["Glow"])]
    assert project.run("conform"), project.text
    assert item.versions.current == (0, NEUTRAL_VERSION)
    assert item.versions.graph.snapshot() == [{**vars(Node()), "look": False}]
    assert [node.label for node in graph.nodes] == ["look", ""]
    assert "yours stay: Version 1" in project.text


@pytest.mark.parametrize("carrier", ["lut", "tool"])
@pytest.mark.parametrize("version_name", [BALANCED_VERSION, "Version 1"])
def test_conform_keeps_our_pre_balance(
    by_hand: Callable[..., PairProject], carrier: str, version_name: str
) -> None:
    """It ends on the version of its name, in use, with a neutral one beside it."""
    project = by_hand()
    item = project.pair(1)
    node = Node(lut="ChromaResolve PreBalance.dctl") if carrier == "lut" else Node()
    node.tools = ["ChromaResolve PreBalance"] if carrier == "tool" else []
    item.versions.graph.nodes = [node]
    item.versions.rename("Version 1", version_name, 0)
    assert project.run("conform"), project.text
    assert item.versions.current == (0, BALANCED_VERSION)
    assert item.versions.graph.nodes == [node]
    assert item.versions.graphs[0, NEUTRAL_VERSION].nodes == [Node()]
    assert f"carries ChromaResolve PreBalance on version {BALANCED_VERSION!r}" in project.text
    assert project.run("conform"), project.text
    assert project.report()["plan"] == []


def test_conform_does_not_take_more_than_pre_balance(by_hand: Callable[..., PairProject]) -> None:
    """A look beside it is no balance: the neutral version is used."""
    project = by_hand()
    item = project.pair(1)
    item.versions.graph.nodes = [Node(lut="ChromaResolve PreBalance.dctl"), Node(lut="look.cube")]
    assert project.run("conform"), project.text
    assert item.versions.current == (0, NEUTRAL_VERSION)
    assert BALANCED_VERSION not in item.versions.names(0)


def remove_source(project: PairProject) -> None:
    """Take the Source off its track."""
    project.pair(1).track.items.clear()


def add_generator(project: PairProject) -> None:
    """Lay a generator behind the Reference."""
    item = copy(project.pair(2))
    item.kind, item.name, item.start = "generator", "Solid Color", item.end
    item.track.items.append(item)


def cut_source(project: PairProject) -> None:
    """Leave out a frame in the middle of the Source."""
    item, timeline = project.pair(1), project.sim.timeline(PAIR)
    clip_info = {
        "mediaPoolItem": item.media,
        "startFrame": 1012,
        "endFrame": 1021,
        "mediaType": 1,
        "trackIndex": 1,
        "recordFrame": item.start + 10,
    }
    item.duration = 10
    project.sim.project.pool.desk.current = timeline
    project.sim.project.pool.AppendToTimeline([clip_info])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(
            lambda p: setattr(p.pair(2), "speed", 125.0),
            "is retimed (125 % speed): choose Change Clip Speed, 100 %, not reversed",
            id="retimed",
        ),
        pytest.param(
            lambda p: setattr(p.pair(1), "speed", -100.0),
            "is reversed (-100 % speed)",
            id="reversed",
        ),
        pytest.param(
            lambda p: p.pair(2).fusion_comps.append("Composition 1"),
            "has 1 Fusion composition(s): delete them on the Fusion page",
            id="Fusion",
        ),
        pytest.param(
            lambda p: p.pair(1).SetClipEnabled(False),
            "is disabled: enable it (key D)",
            id="disabled",
        ),
        pytest.param(add_generator, "V2: Solid Color is no clip: remove it", id="generator"),
        pytest.param(
            cut_source,
            "lies in pieces (1001-1010 at frame 0, 1012-1020 at frame 10): one shot is one run",
            id="in pieces",
        ),
        pytest.param(
            lambda p: setattr(p.pair(2), "duration", 15),
            "lies on timeline frames 0-14, the Source on 0-19: trim or fill V2 to the same frames",
            id="shorter Reference",
        ),
        pytest.param(
            lambda p: setattr(p.pair(2), "media", p.pair(1).media),
            "V2 source_[1001-1020].exr: is not the Reference (reference_[0001-0020].exr) of the "
            "bin: put that on V2",
            id="wrong clip",
        ),
        pytest.param(
            lambda p: p.answer(reference_offset=-997),
            "-997 was asked for and -1000 lies there: what lies there is never rebuilt; delete "
            f"{PAIR}, or take the clips off it, then run 2 Conform",
            id="another offset",
        ),
    ],
)
def test_conform_names_what_a_script_cannot_mend(
    by_hand: Callable[..., PairProject], spoil: Callable[[PairProject], Any], sentence: str
) -> None:
    """Clip by clip, with what to do; and the run is not called done."""
    project = by_hand()
    spoil(project)
    assert not project.run("conform")
    assert sentence in project.text


def test_conform_resets_a_speed_where_resolve_lets_it(by_hand: Callable[..., PairProject]) -> None:
    """From 21.1 on."""
    project = by_hand("21.1", "studio")
    project.pair(2).speed = 50.0
    assert project.run("conform"), project.text
    assert project.pair(2).speed == 100.0
    assert "reset speed V2 at frame 0 100.0 was 50.0" in project.report()["plan"]


@pytest.mark.parametrize(
    ("is_unknown", "verdict"),
    [pytest.param(False, "", id="told"), pytest.param(True, "note", id="0/0")],
)
def test_conform_says_when_a_speed_is_not_told(
    by_hand: Callable[..., PairProject], is_unknown: bool, verdict: str
) -> None:
    """Where neither the timeline file nor the span of source frames tells it."""
    project = by_hand()
    project.sim.fail(call="Timeline.Export", nth=None)
    project.pair(2).is_range_unknown = is_unknown
    assert project.run("conform"), project.text
    said = [line for line in project.said if "its speed cannot be seen by a script" in line]
    assert [line[:4] for line in said] == ([verdict] if verdict else [])


def test_conform_fills_what_is_missing(by_hand: Callable[..., PairProject]) -> None:
    """A Source laid by hand gets its Reference, for as long as it lies."""
    project = by_hand()
    project.pair(2).track.items.clear()
    project.pair(1).duration, project.pair(1).source_start = 5, 4
    project.answer(reference_offset=-1000)
    assert project.run("conform"), project.text
    assert (project.pair(2).duration, project.pair(2).source_start) == (5, 4)


def test_conform_asks_for_set_up_first(tmp_path: Path) -> None:
    """Empty bins are set-up's to fill."""
    project = PairProject(tmp_path)
    assert not project.run("conform")
    assert "bin 'Source': holds no clip: run 1 Set Up Project first" in project.text


def test_conform_leaves_the_session_as_it_was(by_hand: Callable[..., PairProject]) -> None:
    """Page, open timeline and its playhead, open bin."""
    project = by_hand()
    pool, world = project.sim.project.pool, project.sim.world
    other = pool.CreateEmptyTimeline("Dailies")
    assert other is not None
    pool.desk.current, world.page, pool.current = other, "color", pool.root.folders[3]
    before = project.sim.snapshot()
    assert project.run("conform"), project.text
    after = project.sim.snapshot()
    assert after["page"] == "color"
    for key in ("current_timeline", "current_bin", "settings", "render"):
        assert after["project"][key] == before["project"][key]
    assert after["project"]["timelines"]["Dailies"] == before["project"]["timelines"]["Dailies"]


def surroundings(project: PairProject) -> dict[str, Any]:
    """Return everything that a conform must leave alone, however it ends."""
    text = json.dumps(project.sim.snapshot(), default=str, skipkeys=True)
    state = json.loads(text.replace(str(project.root), ""))
    inner = state["project"]
    inner["timelines"].pop(PAIR, None)
    for one in (inner["bins"], *inner["bins"]["bins"].values()):
        one["clips"] = [each for each in one["clips"] if each["properties"]["Clip Name"] != PAIR]
        for each in one["clips"]:
            each["properties"] = {
                key: value
                for key, value in each["properties"].items()
                if key not in ("Usage", "FPS", "Duration", "End TC", "Drop frame")
            }
    return dict(state)


def crowded(root: Path) -> PairProject:
    """Return a project in use: another timeline, bin and page open, and a Reference at 25."""
    project = PairProject(root, "21.0", "free")
    project.sequence("Source", 1001, 2, size=(16, 12), timecode="01:00:00:00")
    project.movie("Reference", 3, rate="25")
    project.answer(reference_offset=-1001)
    pool = project.sim.project.pool
    pool.desk.current = pool.CreateEmptyTimeline("Dailies")
    project.sim.world.page, pool.current = "color", pool.root.folders[3]
    return project


def graded(root: Path) -> PairProject:
    """Return a project whose pair was conformed by hand, with a transform, a look and a balance."""
    project = crowded(root)
    assert project.run("conform"), project.text
    for track, node in ((1, Node(tools=["ChromaResolve PreBalance"])), (2, Node(lut="a.cube"))):
        item = project.pair(track)
        item.versions.graphs = {(0, USERS): item.versions.graph}
        item.versions.current = (0, USERS)
        item.versions.graph.nodes = [node]
        item.inspector.values |= {"RetimeProcess": 0, "Pan": 3.0, "ZoomX": 1.5, "Opacity": 50.0}
    project.sim.calls.clear()
    project.sim.switchboard.count = 0
    return project


USERS = "Version 1"
"""The user's own colour version."""

NOT_KNOWN = {
    *((call, how) for call in ("GetToolsInNode", "GetLUT") for how in ("empty", "none")),
}
"""Failures that nobody can tell: a node without LUT or tools answers the same."""

WRITES = ("Set", "Add", "Create", "Append", "Load", "Reset", "Open", "Delete")
"""How calls begin that change something."""


def failures(project: PairProject, *, of_all: bool) -> list[tuple[int, str]]:
    """Return which calls of the last run are to fail, and how: all in one way each, or a few.

    The few are each fourth of every call that writes, and of those that read each kind's first and
    last, each in one way.
    """
    calls = project.sim.calls
    writes = [call.number for call in calls if call.method.startswith(WRITES)]
    kinds: dict[str, list[int]] = {}
    for call in calls:
        if not call.method.startswith(WRITES):
            kinds.setdefault(f"{call.owner}.{call.method}", []).append(call.number)
    reads = sorted({number for numbers in kinds.values() for number in (numbers[0], numbers[-1])})
    hows = {False: ("none", "raise", "empty"), True: ("false", "lie", "raise")}
    if of_all:
        ways = [(call.number, hows[call.number in writes]) for call in calls]
        found = [(number, known[number % 3]) for number, known in ways]
    else:
        chosen = [*enumerate(reads), *enumerate(writes)]
        found = [(number, hows[number in writes][place % 3]) for place, number in chosen][::4]
    return [(n, how) for n, how in found if (calls[n - 1].method, how) not in NOT_KNOWN]


def users_grades(project: PairProject) -> list[Any]:
    """Return the grades of the user's own version, of each clip that lies there."""
    tracks = project.sim.timeline(PAIR).tracks["video"]
    items = [item for track in tracks for item in track.items]
    return [item.versions.graphs[0, USERS].snapshot() for item in items]


@pytest.mark.parametrize("of_all", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [crowded, graded])
@pytest.mark.slow
def test_conform_survives_every_failing_call(
    tmp_path: Path, make: Callable[[Path], PairProject], of_all: bool
) -> None:
    """Nothing around is changed, the user is told, and the next run completes the work."""
    whole = make(tmp_path / "whole")
    before = surroundings(whole)["project"]
    assert whole.run("conform"), whole.text
    wanted, grades = whole.sim.snapshot()["project"]["timelines"][PAIR], users_grades(whole)
    for number, how in failures(whole, of_all=of_all):
        project = make(tmp_path / f"{number}-{how}")
        project.sim.fail(number=number, how=how)  # type: ignore[arg-type]
        project.run("conform")
        told = f"call {number} ({whole.sim.calls[number - 1].method}) {how}: {project.text}"
        assert "this is a mistake in ChromaResolve" not in project.text, told
        after = surroundings(project)
        assert after["page"] == "color", told
        assert after["project"] == before, told
        if make is graded:
            assert users_grades(project) == grades, told
        project.sim.mend()
        assert project.run("conform"), f"{told}\nthen: {project.text}"
        assert project.sim.snapshot()["project"]["timelines"][PAIR] == wanted, told
