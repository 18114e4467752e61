"""1 Set Up Project: a project that is ready, or a sentence that says what is in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.bridge import chart, set_up
from chromaresolve.bridge.exr_writing import write_half
from chromaresolve.bridge.names import BINS, TEMPORARY
from chromaresolve.bridge.questions import answers_file, load_answers
from chromaresolve.bridge.step import Context, Finding
from faults import HOWS, How, calls_of, check_failure
from menu import Menu
from resolve_sim import Simulator, write_movie

FILM = "La Muralla Verde"
PROJECT = "La Muralla Verde_ChromaRecovery"
NAME = "LMV_SH010"
SIZE = (36, 24)
INVERSE = "Inverse Rec.709 BT.1886"
ODT = "Rec.709 BT.1886"

SAMPLE = 17
"""Every so many calls go wrong in the fast test; the slow one takes all."""

EDITIONS = [
    pytest.param(version, edition, id=f"{version} {edition}")
    for version, edition in (
        ("19.1", "free"),
        ("19.1", "studio"),
        ("20.3", "free"),
        ("20.3", "studio"),
        ("21.0", "free"),
        ("21.0", "studio"),
        ("21.1", "studio"),
    )
]
"""Where Resolve lists Python scripts."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for simulated renders."""
    monkeypatch.setattr("chromaresolve.bridge.rendering.time.sleep", lambda _seconds: None)


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart, which has tests of its own, is taken for good."""
    good = chart.Proof((Finding("ok", "input transform", "taken for good"),), INVERSE, "1.3")

    def prove(_context: Context) -> chart.Proof:
        return good

    monkeypatch.setattr(set_up, "prove_once", prove)


def write_frames(
    folder: Path,
    name: str,
    first: int = 1001,
    count: int = 4,
    *,
    size: tuple[int, int] = SIZE,
    timecode: str | None = "01:00:41:17",
    rate: Fraction | None = Fraction(24),
) -> Path:
    """Write a sequence; the first frame has the timecode."""
    for number in range(first, first + count):
        write_half(
            folder / f"{name}_{number:04}.exr",
            *size,
            lambda y: ([y / 100] * size[0],) * 3,
            timecode=timecode if number == first else None,
            frame_rate=rate,
        )
    return folder


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames of one shot: scan, reference, balanced plates and ACES master."""
    root = tmp_path_factory.mktemp("media")
    write_frames(root / "scan", "scan")
    write_frames(root / "reference", "dvd", first=1)
    write_frames(root / "balanced", "LMV_SH010_BAL")
    write_frames(root / "master", "aces")
    return root


class SetUp(Menu):
    """The first entry of the menu, in one simulated Resolve."""

    def __init__(
        self,
        root: Path,
        media: Path,
        version: str = "21.0",
        edition: str = "free",
        **switches: Any,
    ) -> None:
        """Start Resolve; the shot has its scan and its reference."""
        sim = Simulator(root / "resolve", version, edition, **switches)
        super().__init__(sim, root / "home")
        self.given: dict[str, object] = {
            "film": FILM,
            "name": NAME,
            "folder": str(root / "shot"),
            "source": str(media / "scan"),
            "reference": str(media / "reference" / "dvd_####.exr"),
        }

    def go(self, **answers: object) -> bool:
        """Run the entry with these answers besides the shot's own."""
        return self.run("set_up", **{**self.given, **answers})

    @property
    def settings(self) -> dict[str, str]:
        """The project's settings."""
        return self.sim.project.settings.values

    @property
    def error(self) -> str:
        """The sentence that says why it was not done."""
        assert self.said[-1].startswith("not done"), self.said
        return self.said[-2]

    def clips(self, bin_name: str) -> list[dict[str, Any]]:
        """The attributes of a bin's clips."""
        bins = self.sim.snapshot()["project"]["bins"]["bins"]
        return [clip["properties"] for clip in bins[bin_name]["clips"]]

    def notes(self) -> list[str]:
        """What the user is to look at, without the columns' width."""
        return [" ".join(line.split()) for line in self.said if line.startswith("note")]


@pytest.mark.parametrize(("version", "edition"), EDITIONS)
def test_it_makes_the_project_ready_and_a_second_run_nothing(
    tmp_path: Path, media: Path, version: str, edition: str
) -> None:
    """Settings, bins, clips with their transforms, the proof; then there is nothing to do."""
    step = SetUp(tmp_path, media, version, edition)

    assert step.go(), step.said

    wanted = {
        "timelineResolutionWidth": "36",
        "timelineResolutionHeight": "24",
        "timelineFrameRate": "24",
        "timelinePixelAspectRatio": "square",
        "timelineInputResMismatchBehavior": "centerCrop",
        "timelineOutputResMismatchBehavior": "centerCrop",
        "timelineOutputResMatchTimelineRes": "1",
        "imageRetimeInterpolation": "nearest",
        "perfProxyMediaMode": "0",
        "videoDataLevels": "Video",
        "colorScienceMode": "acescct",
        "colorAcesGamutCompressType": "None",
        "colorAcesODT": "Rec.709" if version == "19.1" else ODT,
        "nodeStackLayers": "1",
    }
    assert {key: step.settings[key] for key in wanted} == wanted
    state = step.sim.snapshot()
    assert state["project"]["name"] == PROJECT
    assert list(state["project"]["bins"]["bins"]) == list(BINS)
    assert state["project"]["current_timeline"] == f"{NAME}_Pair"
    (scan,), (reference,) = step.clips("Source"), step.clips("Reference")
    assert scan["Clip Name"] == "scan_[1001-1004].exr"
    assert reference["Clip Name"] == "dvd_[0001-0004].exr"
    name = "Rec.709" if version == "19.1" else INVERSE
    assert [clip["IDT"] for clip in (scan, reference)] == [name, name]
    assert [clip["Data Level"] for clip in (scan, reference)] == ["Full", "Auto"]
    assert any("24 patches came back" in line for line in step.said)
    assert step.said[-1].startswith("done; report")
    assert TEMPORARY not in str(state)
    saved = load_answers(answers_file(step.home, PROJECT))
    assert saved["source"] == step.given["source"]
    assert (saved["frame_rate"], saved["width"], saved["height"]) == ("24", 36, 24)
    assert PROJECT in step.sim.application.manager.saved

    assert step.go(), step.said

    assert step.report()["plan"] == []
    assert step.writes() == []
    assert step.sim.snapshot() == state
    assert step.said[-1].startswith("nothing to do")


def test_it_says_its_plan_in_a_colourists_words(tmp_path: Path, media: Path) -> None:
    """The report holds what was to be done: what a new project has by itself is left out."""
    step = SetUp(tmp_path, media)

    assert step.go(), step.said

    assert step.report()["plan"] == [
        "make project La Muralla Verde_ChromaRecovery",
        "set timeline height 24",
        "set timeline width 36",
        "set input scaling Center crop with no resizing",
        "set output scaling Center crop with no resizing",
        "set proxies off",
        "set color science ACEScct",
        "choose output transform Rec.709 BT.1886",
        "add bin Source",
        "add bin Reference",
        "add bin Balanced",
        "add bin Recovered",
        "add bin Baseline",
        "bring in Source scan_[1001-1004].exr",
        "give Source ACES Input Transform Inverse Rec.709 BT.1886",
        "give Source Clip Attributes > Alpha mode None",
        "give Source Clip Attributes > Data Level Full",
        "bring in Reference dvd_[0001-0004].exr",
        "give Reference ACES Input Transform Inverse Rec.709 BT.1886",
        "give Reference Clip Attributes > Alpha mode None",
        "add timeline LMV_SH010_Pair",
    ]


def test_it_brings_in_balanced_plates_and_the_master(tmp_path: Path, media: Path) -> None:
    """Balanced plates are display-referred, the master is ACES2065-1 and lies with the Source."""
    step = SetUp(tmp_path, media)

    assert step.go(
        balanced=str(media / "balanced"),
        master=str(media / "master"),
        source_transform="ADX 10 - CSC",
        reference="",
    ), step.said

    transforms = {
        name: [clip["IDT"] for clip in step.clips(name)]
        for name in ("Source", "Reference", "Balanced")
    }
    assert transforms == {
        "Source": ["ADX 10 - CSC", "No Input Transform"],
        "Reference": [],
        "Balanced": [INVERSE],
    }


def test_it_finds_frames_beside_the_shot_folder(tmp_path: Path, media: Path) -> None:
    """A path that is not absolute is looked for in the shot folder."""
    step = SetUp(tmp_path, media)

    assert step.go(folder=str(media), source="scan", reference=" reference "), step.said


def test_it_asks_what_it_must_know(tmp_path: Path, media: Path) -> None:
    """Where there are no windows, the file is written to be completed."""
    step = SetUp(tmp_path, media)

    assert not step.go(film="", source="")

    file = answers_file(step.home, "new project")
    assert step.said[0] == (
        f"{file}: not answered yet: 'film' (Film title), 'source' (Source: the faded scan): "
        "answer, then run this entry again"
    )
    assert step.sim.snapshot()["projects"] == []


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"strict": True, "version": "21.1", "edition": "studio"}, id="21.1 only"),
        pytest.param({"setting_values": "lenient"}, id="settings take numbers"),
        pytest.param({"fps_locks": "timeline"}, id="the rate locks late"),
        pytest.param({"aces_version_at": "project"}, id="the project tells its ACES version"),
        pytest.param({"aces_version": "aces_1.2"}, id="ACES 1.2"),
        pytest.param({"transform_names": "old"}, id="older names"),
        pytest.param({"exr_idt": "No Input Transform"}, id="EXRs come in without a transform"),
        pytest.param({"exr_idt": INVERSE, "idt_writable": False}, id="EXRs come in right"),
        pytest.param({"missing_frames": "shrink"}, id="holes shrink"),
        pytest.param({"failed_list": "none"}, id="failed lists are None"),
        pytest.param({"sequence_start": "zero"}, id="counts from 0"),
        pytest.param({"timeline_current": False}, id="new timelines stay closed"),
        pytest.param({"current_project": ""}, id="no project open"),
        pytest.param({"current_project": "Another Film"}, id="another project open"),
        pytest.param({"ready_after": 3}, id="just started"),
        pytest.param({"page_answers": None}, id="pages answer None"),
        pytest.param({"start_tc_writable": False, "fps_writable": False}, id="clips are closed"),
    ],
)
def test_it_does_not_depend_on_what_is_not_known(
    tmp_path: Path, media: Path, switches: dict[str, Any]
) -> None:
    """However Resolve is, the project is made ready, and a second run has nothing to do."""
    step = SetUp(tmp_path, media, **switches)

    assert step.go(), step.said
    assert not step.notes()
    assert step.go(), step.said
    assert step.report()["plan"] == []


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    ("rate", "timecode", "shown", "switches"),
    [
        pytest.param("16", "01:00:41:15", "16", {}, id="16"),
        pytest.param("18", "01:00:41:17", "18", {}, id="18"),
        pytest.param("24000/1001", "01:00:41:17", "23.976", {}, id="23.976"),
        pytest.param(
            "24000/1001", "01:00:41:17", "23.976", {"fps_reads": "int"}, id="23.976 as 23"
        ),
        pytest.param("25", "01:00:41:17", "25", {}, id="25"),
        pytest.param("30000/1001", "01:00:41:17", "29.97", {}, id="29.97"),
        pytest.param("30000/1001", "01:00:41;17", "29.97 DF", {}, id="29.97 DF"),
        pytest.param("30000/1001", "01:00:41;17", "29.97 DF", {"fps_reads": "int"}, id="DF as 29"),
    ],
)
@pytest.mark.parametrize("version", ["21.0", "21.1"])
def test_it_takes_the_rate_of_the_files(
    tmp_path: Path, version: str, rate: str, timecode: str, shown: str, switches: dict[str, Any]
) -> None:
    """The scan's headers say it, drop frame by the timecode's semicolon; a second run is silent."""
    write_frames(tmp_path / "scan", "scan", timecode=timecode, rate=Fraction(rate))
    step = SetUp(tmp_path, tmp_path, version, "studio", **switches)

    assert step.go(reference=""), step.said

    assert step.settings["timelineFrameRate"] == shown
    assert not step.notes()
    assert step.go(reference=""), step.said
    assert step.report()["plan"] == []


@pytest.mark.usefixtures("unproven")
def test_it_makes_a_raster_larger_or_smaller(tmp_path: Path, media: Path) -> None:
    """On the way from one raster to another none may be higher than wide, or Resolve refuses."""
    step = SetUp(tmp_path, media)
    for width, height in ((4096, 3112), (640, 480), (1828, 1332), (1920, 1080), (720, 576)):
        assert step.go(width=width, height=height), step.said
        raster = (
            step.settings["timelineResolutionWidth"],
            step.settings["timelineResolutionHeight"],
        )
        assert raster == (str(width), str(height))


@pytest.mark.usefixtures("unproven")
def test_it_opens_a_project_that_is_there(tmp_path: Path, media: Path) -> None:
    """What it lacks is done, what the user made stays."""
    step = SetUp(tmp_path, media)
    assert step.go()
    step.sim.by_hand("nodeStackLayers", "2")
    step.sim.application.manager.SaveProject()
    step.sim.new_project("Another Film")

    assert step.go(), step.said

    assert step.report()["plan"] == [f"open project {PROJECT}", "set node stack layers 1"]
    assert step.sim.project.name == PROJECT


@pytest.mark.usefixtures("unproven")
def test_a_second_shot_joins_the_project(tmp_path: Path, media: Path) -> None:
    """One project for one film: the second shot's clips and timeline lie beside the first's."""
    write_frames(tmp_path / "next", "next")
    step = SetUp(tmp_path, media)
    assert step.go()

    assert step.go(name="LMV_SH020", source=str(tmp_path / "next"), reference=""), step.said

    assert step.report()["plan"] == [
        "bring in Source next_[1001-1004].exr",
        "give Source ACES Input Transform Inverse Rec.709 BT.1886",
        "give Source Clip Attributes > Alpha mode None",
        "give Source Clip Attributes > Data Level Full",
        "add timeline LMV_SH020_Pair",
    ]
    assert len(step.clips("Source")) == 2


def broken(name: str) -> Callable[[Path], dict[str, object]]:
    """Return what makes a folder that is wrong in the way of its name, and the answers with it."""
    makers: dict[str, Callable[[Path], dict[str, object]]] = {
        "no folder": lambda root: {"source": str(root / "nowhere")},
        "no folder of a pattern": lambda root: {"source": str(root / "nowhere" / "scan_####.exr")},
        "an empty folder": _empty,
        "two sequences": _two,
        "gaps": _gaps,
        "a movie": _movie,
        "no rate": lambda root: {"source": str(write_frames(root / "scan", "scan", rate=None))},
        "strange rate": lambda root: {
            "source": str(write_frames(root / "scan", "scan", rate=Fraction(13)))
        },
        "no raster": _no_raster,
        "the same twice": lambda root: {
            "source": str(write_frames(root / "scan", "scan")),
            "reference": str(root / "scan" / "scan_%04d.exr"),
        },
        "portrait": lambda root: {
            "source": str(write_frames(root / "scan", "scan", size=(24, 36)))
        },
        "a film's title": lambda _root: {"film": "Ascenseur/Echafaud"},
        "a shot's name": lambda _root: {"name": "SH 010"},
    }
    return makers[name]


def _empty(root: Path) -> dict[str, object]:
    (root / "scan").mkdir()
    return {"source": str(root / "scan")}


def _two(root: Path) -> dict[str, object]:
    write_frames(root / "scan", "a", count=2)
    write_frames(root / "scan", "b", count=2)
    return {"source": str(root / "scan")}


def _gaps(root: Path) -> dict[str, object]:
    write_frames(root / "scan", "scan", count=5)
    (root / "scan" / "scan_1002.exr").unlink()
    (root / "scan" / "scan_1004.exr").unlink()
    return {"source": str(root / "scan")}


def _movie(root: Path) -> dict[str, object]:
    write_movie(root / "dvd.mov", [], width=720, height=576, rate="25")
    return {"reference": str(root / "dvd.mov")}


def _no_raster(root: Path) -> dict[str, object]:
    (root / "scan").mkdir()
    (root / "scan" / "scan_0001.dpx").write_bytes(b"SDPX")
    return {"source": str(root / "scan"), "frame_rate": "24"}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param(
            "no folder",
            "{root}/nowhere: is not there on this machine: choose the folder that holds the frames",
        ),
        pytest.param(
            "no folder of a pattern",
            "{root}/nowhere/scan_####.exr: is not there on this machine: choose the folder that "
            "holds the frames",
        ),
        pytest.param(
            "an empty folder",
            "{root}/scan: there is no image sequence: choose a folder with numbered frames, such "
            "as NAME_1001.exr",
        ),
        pytest.param(
            "two sequences",
            "{root}/scan: there are 2 image sequences: a_[1001-1002].exr, b_[1001-1002].exr: "
            "choose one, such as a_####.exr",
        ),
        pytest.param(
            "gaps",
            "{root}/scan/scan_%04d.exr: frames are missing: 1002, 1004: find them, or give the "
            "frames before and after the gap as two shots",
        ),
        pytest.param(
            "a movie",
            "{root}/dvd.mov: is no image sequence: export it as an image sequence, or drag it to "
            "its bin by hand, choose its ACES Input Transform there and leave this answer empty",
        ),
        pytest.param(
            "no rate",
            "{root}/scan/scan_%04d.exr: its files do not say their frame rate: answer 'frame_rate' "
            "with one of 16, 18, 23.976, 24, 25, 29.97, 29.97 DF, 30, 47.952, 48, 50, 59.94, "
            "59.94 DF, 60, 72, 90, 95.904, 96, 100, 119.88, 120",
        ),
        pytest.param(
            "strange rate",
            "frame rate 13: Resolve has no such timeline: choose one of 16, 18, 23.976, 24, 25, "
            "29.97, 29.97 DF, 30, 47.952, 48, 50, 59.94, 59.94 DF, 60, 72, 90, 95.904, 96, 100, "
            "119.88, 120",
        ),
        pytest.param(
            "no raster",
            "{root}/scan/scan_%04d.dpx: its files are of a kind that does not tell its raster "
            "here: answer 'width' and 'height'",
        ),
        pytest.param(
            "the same twice",
            "{root}/scan/scan_%04d.exr: is given for Source and for Reference: give each its own "
            "frames",
        ),
        pytest.param(
            "portrait",
            "raster 24x36: Resolve lets no script set a raster that is higher than wide: make or "
            "open project 'La Muralla Verde_ChromaRecovery' by hand, set this raster in Project "
            "Settings > Master Settings, then run this entry again",
        ),
        pytest.param(
            "a film's title",
            "film 'Ascenseur/Echafaud': no project can be called so: leave out / \\ : * ? \" < > |",
        ),
        pytest.param(
            "a shot's name",
            "shot name 'SH 010': its files could not be called so: use letters, digits, dot, dash "
            "and underscore only, such as LMV_SH010",
        ),
    ],
)
def test_it_says_what_is_wrong_with_the_material(
    tmp_path: Path, media: Path, name: str, sentence: str
) -> None:
    """Before anything is made in Resolve: where, what, and what to do."""
    step = SetUp(tmp_path, media)
    before = step.sim.snapshot()

    assert not step.go(**broken(name)(tmp_path))

    assert step.error == sentence.format(root=tmp_path)
    assert step.sim.snapshot() == before


@pytest.mark.usefixtures("unproven")
def test_a_portrait_raster_may_be_set_by_hand(tmp_path: Path, media: Path) -> None:
    """What scripts may not do, the user did; the entry takes it as it is."""
    write_frames(tmp_path / "scan", "scan", size=(24, 36))
    step = SetUp(tmp_path, media)
    step.sim.new_project(PROJECT, timelineResolutionWidth="24", timelineResolutionHeight="36")

    assert step.go(source=str(tmp_path / "scan"), reference=""), step.said


BLOCKED = (
    "as it does when the open one {why} (Resolve answered None): save or close the open project in "
    "Resolve, then run this entry again"
)


def test_it_says_that_the_open_project_blocks(tmp_path: Path, media: Path) -> None:
    """Both a new project and one that is there wait for it; closed by the user, they go on."""
    step = SetUp(tmp_path, media, blocking=True, current_project="Another Film")

    assert not step.go()
    made = BLOCKED.format(why="has unsaved changes")
    assert step.error == f"CreateProject({PROJECT!r}): Resolve made no project, {made}"

    step.sim.project.is_blocking = False
    assert step.go(), step.said
    step.sim.new_project("A Third Film")
    step.sim.project.is_blocking = True
    assert not step.go()
    opened = BLOCKED.format(why="is not saved")
    assert step.error == f"LoadProject({PROJECT!r}): Resolve did not open the project, {opened}"


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("version", ["21.0", "21.1"])
@pytest.mark.parametrize("fps_locks", ["media", "timeline"])
def test_it_says_that_the_rate_is_locked(
    tmp_path: Path, media: Path, version: str, fps_locks: str
) -> None:
    """Once there are clips or timelines only a new project has another rate."""
    step = SetUp(tmp_path, media, version, "studio", fps_locks=fps_locks)
    assert step.go()

    assert not step.go(frame_rate="25")

    assert step.error == (
        f"frame rate of project {PROJECT!r}: it is 24.0 and must be 25, and Resolve locks it once "
        "a project has clips or timelines: a new project is needed: rename this one in the Project "
        "Manager, or give another film title, then run this entry again"
    )


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("lie", [True, False], ids=["lies", "refuses"])
@pytest.mark.parametrize("version", ["21.0", "21.1"])
def test_it_stops_where_a_needed_setting_does_not_stick(
    tmp_path: Path, media: Path, version: str, lie: bool
) -> None:
    """The sentence names the setting, what Resolve did, and the place to set it by hand."""
    step = SetUp(tmp_path, media, version, "studio")
    call = "Project.SetSettings" if version == "21.1" else "Project.SetSetting"
    step.sim.fail(call=call, nth=2, how="lie" if lie else "false")

    assert not step.go()

    did = "Resolve said yes and kept '1920' instead of '36'"
    if not lie:
        did = "the setting was not taken (Resolve answered False)"
    assert step.error == (
        f"project setting 'timeline width': {did}: choose 36 in Project Settings > Master Settings "
        "by hand, then run this entry again"
    )
    step.sim.mend()
    assert step.go(), step.said


@pytest.mark.usefixtures("unproven")
def test_it_says_that_the_free_edition_is_smaller(tmp_path: Path, media: Path) -> None:
    """A 4K scan in the free edition: not the dialogs are in its way, but the edition."""
    step = SetUp(tmp_path, media, edition="free")
    step.sim.fail(call="Project.SetSetting", nth=1, how="false")

    assert not step.go(width=4096, height=3112)

    assert step.error == (
        "project setting 'timeline width': the setting was not taken (Resolve answered False): the "
        "free edition makes at most 3840x2160: use Studio"
    )


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    ("key", "note"),
    [
        pytest.param(
            "perfProxyMediaMode",
            "note proxies is '1', and it must be off: look at Playback > Proxy Handling",
            id="proxies",
        ),
        pytest.param(
            "timelineInputResMismatchBehavior",
            "note input scaling is 'scaleToFit', and it must be Center crop with no resizing: look "
            "at Project Settings > Image Scaling",
            id="scaling",
        ),
    ],
)
def test_it_notes_other_settings_that_do_not_stick(
    tmp_path: Path, media: Path, key: str, note: str
) -> None:
    """They do not stop the work; set by hand, they are not mentioned again."""
    step = SetUp(tmp_path, media, setting_lies=frozenset({key}))

    assert step.go(), step.said
    assert step.notes() == [note]
    assert step.said[-1].startswith("done, with something to look at")

    step.sim.by_hand(key, "0" if key == "perfProxyMediaMode" else "centerCrop")
    assert step.go(), step.said
    assert step.notes() == []


@pytest.mark.usefixtures("unproven")
def test_it_notes_a_setting_that_this_version_does_not_know(tmp_path: Path, media: Path) -> None:
    """It is not written, and not in the plan: the user looks once."""
    step = SetUp(tmp_path, media)
    step.sim.new_project(PROJECT)
    del step.settings["nodeStackLayers"]

    assert step.go(), step.said

    (note,) = step.notes()
    assert note == (
        "note node stack layers this Resolve does not tell it, and it must be 1: look at Project "
        "Settings > General"
    )
    assert "set node stack layers 1" not in step.report()["plan"]


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"odt_settable": False}, id="not for scripts"),
        pytest.param({"setting_lies": frozenset({"colorAcesODT"})}, id="lies"),
    ],
)
def test_it_never_goes_on_without_the_output_transform(
    tmp_path: Path, media: Path, switches: dict[str, Any]
) -> None:
    """It stops before any media; chosen by hand, it goes on."""
    step = SetUp(tmp_path, media, **switches)

    assert not step.go()
    assert step.error == (
        "output transform (ODT): Resolve did not take 'Rec.709 BT.1886' nor 'Rec.709': choose ODT "
        "'Rec.709 BT.1886' in Project Settings > Color Management, then run again"
    )
    assert step.sim.project.pool.media == []

    step.sim.by_hand("colorAcesODT", ODT)
    assert step.go(), step.said


@pytest.mark.usefixtures("unproven")
def test_it_takes_the_users_own_word_for_the_output_transform(tmp_path: Path, media: Path) -> None:
    """Names drift with ACES versions: the user's is the only one tried."""
    step = SetUp(tmp_path, media)

    assert not step.go(odt="Rec.709 BT.1886 (100 nit)")
    assert step.error == (
        "output transform (ODT): Resolve did not take 'Rec.709 BT.1886 (100 nit)': choose ODT "
        "'Rec.709 BT.1886 (100 nit)' in Project Settings > Color Management, then run again"
    )
    assert step.go(odt=" sRGB Piecewise "), step.said
    assert step.settings["colorAcesODT"] == "sRGB Piecewise"


OTHER_ACES = (
    "the project is set to ACES 2.0, whose pictures would not match the tool's: choose ACES 1.3 in "
    "Project Settings > Color Management"
)


@pytest.mark.usefixtures("unproven")
def test_it_refuses_aces_2_that_the_project_tells(tmp_path: Path, media: Path) -> None:
    """Before any media; chosen by hand, it goes on."""
    step = SetUp(tmp_path, media, aces_version="aces_2.0", aces_version_at="project")

    assert not step.go()
    assert step.error == f"ACES version: {OTHER_ACES}, then run this entry again"
    assert step.sim.project.pool.media == []

    step.sim.by_hand("acesVersion", "aces_1.3")
    assert step.go(), step.said


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(("answer", "version"), [("", "1.3"), ("1.3", "1.3"), ("1.2", "1.2")])
def test_it_sets_the_aces_version_where_it_can(
    tmp_path: Path, media: Path, answer: str, version: str
) -> None:
    """1.3 unless the user says 1.2."""
    step = SetUp(
        tmp_path,
        media,
        aces_version="aces_2.0",
        aces_version_at="project",
        aces_version_settable=True,
    )

    assert step.go(aces_version=answer), step.said
    assert step.settings["acesVersion"] == f"aces_{version}"


def test_it_refuses_aces_2_that_only_timelines_tell(tmp_path: Path, media: Path) -> None:
    """No chart is rendered: it would prove another version's transforms."""
    step = SetUp(tmp_path, media, aces_version="aces_2.0")

    assert not step.go()

    assert step.error == f"Set Up Project: ACES version: {OTHER_ACES}: then run it again"
    assert not any("chart" in line for line in step.said)


@pytest.mark.usefixtures("unproven")
def test_it_asks_for_an_aces_version_that_nothing_tells(
    tmp_path: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unanswered it stops; answered, the user is still told to look."""
    silent = chart.Proof((Finding("ok", "input transform", "taken for good"),), INVERSE, "")
    monkeypatch.setattr(set_up, "prove_once", lambda _context: silent)
    step = SetUp(tmp_path, media, aces_version_at="nowhere")

    assert not step.go()
    file = answers_file(step.home, "new project")
    assert step.error == (
        "Set Up Project: ACES version: this Resolve does not tell it: look at Project Settings > "
        "Color Management > ACES version, choose ACES 1.3 there, and write it as 'aces_version' in "
        f"{file} or this entry's window: then run it again"
    )

    assert step.go(aces_version="1.3"), step.said
    (note,) = step.notes()
    assert note == (
        "note ACES version this Resolve does not tell it; you said 1.3: look at Project Settings > "
        "Color Management > ACES version"
    )


def test_it_names_clips_whose_transform_must_be_chosen_by_hand(tmp_path: Path, media: Path) -> None:
    """Where scripts may not set it; chosen by hand, the clips are well."""
    step = SetUp(tmp_path, media, idt_writable=False)

    assert step.go(), step.said
    by_hand = (
        "its ACES Input Transform is '' and must be 'Inverse Rec.709 BT.1886': in the media pool, "
        "right click on it, ACES Input Transform"
    )
    scan, reference, proof = step.notes()
    assert scan == f"note Source scan_[1001-1004].exr: {by_hand}"
    assert reference == f"note Reference dvd_[0001-0004].exr: {by_hand}"
    assert proof.startswith("note input transform unproven: this Resolve lets no script set it")

    for clip in step.sim.project.pool.media:
        clip.idt = INVERSE
    assert step.go(), step.said
    assert [line.split()[1] for line in step.notes()] == ["input"]
    assert step.report()["plan"] == []


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    ("answers", "frames", "note"),
    [
        pytest.param(
            {"width": 32, "height": 24},
            {},
            "it is 36x24 and the project 32x24: pixels would be cut off or missing; look at "
            "'width' and 'height'",
            id="raster",
        ),
        pytest.param(
            {"frame_rate": "18"},
            {},
            "its files say 24 frames per second",
            id="rate",
        ),
        pytest.param(
            {"pixel_aspect": "cinemascope"},
            {},
            "its pixel aspect is 'Square' and the project's 'cinemascope': in the media pool, "
            "right click on it, Clip Attributes > Pixel Aspect Ratio; its files say pixel aspect "
            "1: look at 'pixel_aspect'",
            id="pixel aspect",
        ),
    ],
)
def test_it_notes_where_the_scan_and_the_project_differ(
    tmp_path: Path, answers: dict[str, object], frames: dict[str, Any], note: str
) -> None:
    """Each difference is named with both values."""
    write_frames(tmp_path / "scan", "scan", **frames)
    step = SetUp(tmp_path, tmp_path)

    assert step.go(reference="", **answers), step.said

    assert step.notes() == [f"note Source scan_[1001-1004].exr: {note}"]


@pytest.mark.usefixtures("unproven")
def test_it_notes_what_the_user_changed_on_a_clip(tmp_path: Path, media: Path) -> None:
    """A clip's own rate, timecode, and a smaller Reference."""
    write_frames(tmp_path / "dvd", "dvd", size=(20, 16), timecode=None, rate=None)
    step = SetUp(tmp_path, media)
    assert step.go(reference=str(tmp_path / "dvd")), step.said
    by_name = {clip.name: clip for clip in step.sim.project.pool.media}
    scan = by_name["scan_[1001-1004].exr"]
    scan.rate, scan.start_timecode = "25", "10:00:00:00"
    menu = "in the media pool, right click on it, Clip Attributes"

    assert step.go(reference=str(tmp_path / "dvd")), step.said

    scan_note, dvd_note = step.notes()
    assert scan_note == (
        "note Source scan_[1001-1004].exr: it plays at 25.0 frames per second and the project at "
        f"24: {menu} > Video Frame Rate; it starts at 10:00:00:00 and its files say 01:00:41:17: "
        f"{menu} > Timecode"
    )
    assert dvd_note == (
        "note Reference dvd_[1001-1004].exr: it is 20x16 and the project 36x24: it lies unscaled "
        "in the middle until 3 Align Reference"
    )


@pytest.mark.usefixtures("unproven")
def test_it_does_not_take_one_frame_for_the_sequence(tmp_path: Path, media: Path) -> None:
    """With Show Individual Frames on, Resolve makes many clips: said in every run."""
    step = SetUp(tmp_path, media, individual_frames=True)

    for _ in range(2):
        assert not step.go()
        assert "scan_####.exr" in step.error


def test_it_stops_where_the_chart_does_not_come_back(tmp_path: Path, media: Path) -> None:
    """The project is there, and the next run after mending proves it."""
    step = SetUp(tmp_path, media)

    assert not step.go(odt="P3-D65")
    assert step.error == (
        "Set Up Project: input transform: grey 0.50 came back as 0.53: 'Inverse Rec.709 BT.1886' "
        "does not undo 'P3-D65': choose ODT 'Rec.709 BT.1886' in Project Settings > Color "
        "Management, and input transform 'Inverse Rec.709 BT.1886' for the clips: then run it again"
    )
    assert step.go(odt=""), step.said


def test_it_says_that_the_project_was_not_saved(tmp_path: Path, media: Path) -> None:
    """The next run saves it."""
    step = SetUp(tmp_path, media)
    step.sim.fail(call="ProjectManager.SaveProject", how="false")

    assert not step.go()
    assert step.error == (
        "SaveProject(): the project was not saved (Resolve answered False): save it by hand under "
        "a name (an 'Untitled Project' cannot be saved by a script)"
    )
    step.sim.mend()
    assert step.go(), step.said
    assert len(step.sim.application.manager.saved[PROJECT].pool.media) == 2


def kept(state: dict[str, Any]) -> object:
    """What the entry never changes, whatever happens: it makes a project, and nothing else."""
    return {
        "page": state["page"],
        "luts": state["luts"],
        "selected": state["project"]["selected"],
        "current_bin": state["project"]["current_bin"],
        "albums": state["project"]["albums"],
        "render": state["project"]["render"],
        "temporary": TEMPORARY in str(state),
    }


def fresh(root: Path, media: Path) -> Callable[[], Menu]:
    """Return what makes a new Resolve, with answers, for each run."""
    numbers: Iterator[int] = iter(range(1 << 20))
    return lambda: SetUp(root / str(next(numbers)), media)


def go(menu: Menu) -> bool:
    """Run the entry."""
    assert isinstance(menu, SetUp)
    return menu.go()


def check_all(root: Path, media: Path, step: int, hows: tuple[How, ...], *, begin: int = 0) -> None:
    """Let every so many calls go wrong, each in the next way."""
    prepare = fresh(root, media)
    first, last = calls_of(prepare, go)
    menu = prepare()
    assert go(menu)
    final = menu.sim.snapshot()
    for number in range(first + begin, last + 1, step):
        how = hows[number // step % len(hows)]
        check_failure(prepare, go, kept, number=number, how=how, final=final)


@pytest.mark.slow
@pytest.mark.usefixtures("unproven")
def test_a_second_run_completes_what_went_wrong(tmp_path: Path, media: Path) -> None:
    """One call fails; nothing but the project is touched, and the next run ends as if none had."""
    check_all(tmp_path, media, SAMPLE, HOWS)


@pytest.mark.slow
@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("how", HOWS)
def test_a_second_run_completes_whatever_went_wrong(tmp_path: Path, media: Path, how: How) -> None:
    """The same for every call, each in one of the six ways."""
    check_all(tmp_path, media, len(HOWS), (how,), begin=HOWS.index(how))
