"""The simulator's media pool: imports, clip properties, bins, and project settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolve_sim import Simulator, write_movie
from resolve_sim.bench import COUNT, HEIGHT, WIDTH, Bench, noise
from resolve_sim.rates import RATES, exact, frames_to_timecode, is_rate, timecode_to_frames

Factory = Callable[..., Bench]
"""Makes a bench in the test's folder."""

RATE_TIMES = [
    pytest.param("24", 86400, "01:00:00:00", id="24"),
    pytest.param("25", 90000, "01:00:00:00", id="25"),
    pytest.param("23.976", 86400, "01:00:00:00", id="23.976 counts 24"),
    pytest.param("16", 1001, "00:01:02:09", id="16"),
    pytest.param("18", 1001, "00:00:55:11", id="18"),
    # SMPTE ST 12-1: drop frame skips 00 and 01 of each minute but every tenth.
    pytest.param("29.97 DF", 1799, "00:00:59;29", id="before the first drop"),
    pytest.param("29.97 DF", 1800, "00:01:00;02", id="after the first drop"),
    pytest.param("29.97 DF", 17982, "00:10:00;00", id="tenth minute"),
    pytest.param("29.97 DF", 107892, "01:00:00;00", id="one hour"),
    pytest.param("59.94 DF", 3600, "00:01:00;04", id="59.94 drops four"),
]
"""Frames from midnight, and their timecodes."""


@pytest.fixture
def bench(tmp_path: Path) -> Factory:
    """Make a film project in a simulated Resolve."""
    return lambda *args, **switches: Bench(tmp_path, *args, **switches)


@pytest.mark.parametrize(("rate", "frames", "timecode"), RATE_TIMES)
def test_timecode_counts_as_the_standard_does(rate: str, frames: int, timecode: str) -> None:
    """Frames and timecodes are each other's, drop frame too."""
    assert frames_to_timecode(frames, rate) == timecode
    assert timecode_to_frames(timecode, rate) == frames


@pytest.mark.parametrize("rate", [*RATES, "29.97 DF", "59.94 DF"])
def test_timecode_round_trips_over_an_hour(rate: str) -> None:
    """Every frame has its own timecode, and comes back from it."""
    for frames in range(0, round(exact(rate)) * 3700, 97):
        assert timecode_to_frames(frames_to_timecode(frames, rate), rate) == frames


@pytest.mark.parametrize(
    ("timecode", "rate"),
    [
        pytest.param("00:01:00;00", "29.97 DF", id="dropped"),
        pytest.param("00:00:00:24", "24", id="frame 24 of 24"),
        pytest.param("24:00:00:00", "24", id="hour 24"),
        pytest.param("00:60:00:00", "24", id="minute 60"),
        pytest.param("00:00:00;00", "24", id="semicolon without drop"),
        pytest.param("1:00:00:00", "24", id="one digit"),
    ],
)
def test_impossible_timecode_is_refused(timecode: str, rate: str) -> None:
    """There is no such timecode."""
    assert timecode_to_frames(timecode, rate) is None


def test_only_some_rates_drop_frames() -> None:
    """ST 12-1 knows drop frame at multiples of 29.97 alone."""
    assert [rate for rate in RATES if is_rate(f"{rate} DF")] == ["29.97", "59.94", "119.88"]


def test_sequence_is_one_clip_of_its_files(bench: Factory) -> None:
    """A printf pattern and a range give one clip whose properties are the files' own."""
    tried = bench()
    pattern = tried.write("scan", [noise(n) for n in range(COUNT)])
    (clip,) = tried.ask(pattern)
    properties = clip.GetClipProperty()
    assert clip.GetName() == "scan.[1001-1004].exr"
    assert properties["File Path"] == str(tried.root / "scan/scan.[1001-1004].exr")
    assert (properties["Resolution"], properties["PAR"]) == (f"{WIDTH}x{HEIGHT}", "Square")
    assert (properties["Frames"], properties["FPS"], properties["Super Scale"]) == ("4", 24.0, 1)
    assert properties["Start TC"] == "00:00:41:17"
    assert properties["End TC"] == "00:00:41:21"
    assert properties["Alpha mode"] == "None"
    assert clip.GetClipProperty("Nonsense") == ""


@pytest.mark.parametrize(
    ("switch", "start", "end"),
    [
        pytest.param("file", "1001", "1004", id="file numbers"),
        pytest.param("zero", "0", "3", id="from zero"),
    ],
)
def test_start_and_end_count_by_switch(switch: str, start: str, end: str, bench: Factory) -> None:
    """Start and End of a sequence are file numbers, or count from 0."""
    clip = bench(sequence_start=switch).sequence()
    assert (clip.GetClipProperty("Start"), clip.GetClipProperty("End")) == (start, end)


@pytest.mark.parametrize("read", [True, False])
def test_header_gives_timecode_and_reel(read: bool, bench: Factory) -> None:
    """The first frame's timecode is the clip's; the reel is read by switch."""
    clip = bench(reel_read=read).sequence(
        timecodes=["01:00:00:00", "01:00:00:01", "01:00:00:02", "01:00:00:03"], reel="A001"
    )
    assert clip.GetClipProperty("Start TC") == "01:00:00:00"
    assert clip.GetClipProperty("Reel Name") == ("A001" if read else "")


def test_alpha_of_the_file_is_seen(bench: Factory) -> None:
    """A clip whose file has alpha says how it is taken."""
    tried = bench()
    cover = np.ones((HEIGHT, WIDTH), np.float16)
    clip = tried.sequence(alpha=cover)
    assert clip.GetClipProperty("Alpha mode") == "Premultiplied"
    assert clip.SetClipProperty("Alpha mode", "None") is True
    assert clip.GetClipProperty("Alpha mode") == "None"


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param({"FilePath": "{p}", "StartIndex": 1001, "EndIndex": 1005}, id="frame missing"),
        pytest.param({"FilePath": "{p}", "StartIndex": 1004, "EndIndex": 1001}, id="backwards"),
        pytest.param({"FilePath": "{p}", "StartIndex": "1001", "EndIndex": "1004"}, id="texts"),
        pytest.param({"FilePath": "{p}"}, id="no range"),
        pytest.param({"FilePath": "{h}", "StartIndex": 1001, "EndIndex": 1004}, id="hashes"),
        pytest.param({"FilePath": "scan.%04d.exr", "StartIndex": 1, "EndIndex": 2}, id="relative"),
        pytest.param({"FilePath": "{t}", "StartIndex": 1, "EndIndex": 1}, id="no picture"),
        pytest.param("{f}.gone", id="no file"),
        pytest.param("{n}", id="unknown kind"),
    ],
)
def test_import_of_what_is_not_there_gives_nothing(wish: Any, bench: Factory) -> None:
    """What cannot be imported gives an empty list (or None by switch), and no clip."""
    tried = bench()
    pattern = tried.write("scan", [noise(n) for n in range(COUNT)])
    notes = tried.root / "notes.txt"
    notes.write_text("x")
    broken = tried.root / "b.0001.exr"
    broken.write_bytes(b"x")
    names = {
        "p": pattern,
        "h": pattern.replace("%04d", "####"),
        "f": pattern % 1001,
        "t": str(broken).replace("0001", "%04d"),
        "n": str(notes),
    }
    if isinstance(wish, dict):
        asked: Any = {**wish, "FilePath": wish["FilePath"].format(**names)}
    else:
        asked = wish.format(**names)
    assert tried.pool.ImportMedia([asked]) == []
    tried.sim.turn(failed_list="none")
    assert tried.pool.ImportMedia([asked]) is None
    assert len(tried.pool.GetRootFolder().GetClipList()) == 1  # the timeline's own


def test_hole_shrinks_a_sequence_by_switch(bench: Factory) -> None:
    """A sequence with a hole comes in up to the hole."""
    tried = bench(missing_frames="shrink")
    pattern = tried.write("scan", [noise(n) for n in range(COUNT)])
    Path(pattern % 1003).unlink()
    (clip,) = tried.ask(pattern)
    assert clip.GetClipProperty("Frames") == "2"
    assert clip.GetName() == "scan.[1001-1002].exr"


def test_individual_frames_come_one_by_one(bench: Factory) -> None:
    """With 'Show individual frames' on, a sequence is as many clips as frames."""
    tried = bench(individual_frames=True)
    pattern = tried.write("scan", [noise(n) for n in range(COUNT)])
    clips = tried.ask(pattern)
    assert [clip.GetClipProperty("Frames") for clip in clips] == ["1"] * COUNT


def test_single_file_is_asked_for_by_version(bench: Factory, tmp_path: Path) -> None:
    """A single file is a plain path until 21.0, a dictionary from 21.1, and both in between."""
    tried = bench("21.0")
    file = tried.write("chart", [noise(1)]) % 1001
    assert tried.pool.ImportMedia([{"FilePath": file}]) == []
    assert len(tried.pool.ImportMedia([file])) == 1
    for strict, expected in ((False, 1), (True, 0)):
        folder = tmp_path / str(strict)
        newer = Bench(folder, "21.1", strict=strict)
        assert len(newer.pool.ImportMedia([file])) == expected
        assert len(newer.pool.ImportMedia([{"FilePath": file}])) == 1


def test_import_goes_to_the_current_bin(bench: Factory) -> None:
    """There is no other destination; a new bin becomes the current one."""
    tried = bench()
    root = tried.pool.GetRootFolder()
    source = tried.pool.AddSubFolder(root, "Source")
    assert tried.pool.AddSubFolder(root, "Source") is None
    assert tried.pool.GetCurrentFolder().GetName() == "Source"
    tried.sequence()
    assert len(source.GetClipList()) == 1
    tried.pool.SetCurrentFolder(root)
    assert tried.pool.MoveClips(source.GetClipList(), root) is True
    assert source.GetClipList() == []
    assert tried.pool.DeleteFolders([source]) is True
    assert root.GetSubFolderList() == []


@pytest.mark.parametrize(("switch", "clips"), [("again", 1), ("nothing", 0)])
def test_media_may_come_in_twice(switch: str, clips: int, bench: Factory) -> None:
    """What is in the bin already is imported again, or not; in another bin it always is."""
    tried = bench(import_twice=switch)
    pattern = tried.write("scan", [noise(n) for n in range(COUNT)])
    assert len(tried.ask(pattern)) == 1
    assert len(tried.ask(pattern)) == clips
    tried.pool.AddSubFolder(tried.pool.GetRootFolder(), "Other")
    assert len(tried.ask(pattern)) == 1


def test_storage_lists_consolidated_names(bench: Factory) -> None:
    """GetFileList shows a sequence as one name, and a range of it can be imported."""
    tried = bench()
    tried.write("scan", [noise(n) for n in range(COUNT)])
    storage = tried.resolve.GetMediaStorage()
    (listed,) = storage.GetFileList(str(tried.root / "scan"))
    assert listed.endswith("scan.[1001-1004].exr")
    first = str(tried.root / "scan/scan.1001.exr")
    clips = storage.AddItemListToMediaPool([{"media": first, "startFrame": 1002, "endFrame": 1003}])
    assert clips[0].GetName() == "scan.[1002-1003].exr"


@pytest.mark.parametrize(
    ("key", "value", "switch"),
    [
        pytest.param("IDT", "ACEScct - CSC", "idt_writable", id="IDT"),
        pytest.param("FPS", "25", "fps_writable", id="FPS"),
        pytest.param("Start TC", "02:00:00:00", "start_tc_writable", id="Start TC"),
    ],
)
@pytest.mark.parametrize("writable", [True, False])
def test_property_is_writable_by_switch(
    key: str, value: str, switch: str, writable: bool, bench: Factory
) -> None:
    """A property that may not be written answers False and keeps its value."""
    clip = bench(**{switch: writable}).sequence()
    before = clip.GetClipProperty(key)
    assert clip.SetClipProperty(key, value) is writable
    after = clip.GetClipProperty(key)
    expected: object = 25.0 if key == "FPS" else value
    assert after == (expected if writable else before)


@pytest.mark.parametrize(
    ("switch", "answer", "reel"),
    [("yes", True, "B002"), ("no", False, ""), ("lies", True, "")],
)
def test_reel_name_may_lie(switch: str, answer: bool, reel: str, bench: Factory) -> None:
    """Reel Name is taken, refused, or taken and dropped."""
    clip = bench(reel_writable=switch).sequence()
    assert clip.SetClipProperty("Reel Name", "B002") is answer
    assert clip.GetClipProperty("Reel Name") == reel


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("Frames", "5", id="read only"),
        pytest.param("Nonsense", "5", id="unknown"),
        pytest.param("IDT", "Rec. 709", id="unknown transform"),
        pytest.param("FPS", "24.5", id="unknown rate"),
        pytest.param("FPS", 25, id="number"),
        pytest.param("Start TC", "01:00:00:24", id="no such timecode"),
        pytest.param("PAR", "2.0", id="no such aspect"),
        pytest.param("Data Level", "Legal", id="no such level"),
        pytest.param("Input Color Space", "Rec.709 Gamma 2.4", id="inert in ACES"),
    ],
)
def test_property_that_cannot_be_set_is_refused(key: str, value: object, bench: Factory) -> None:
    """False, and nothing changed."""
    clip = bench().sequence()
    before = clip.GetClipProperty()
    assert clip.SetClipProperty(key, value) is False
    assert clip.GetClipProperty() == before


def test_input_transforms_depend_on_colour_science(bench: Factory) -> None:
    """`IDT` works in ACES, `Input Color Space` in managed YRGB; the other is inert."""
    plain = bench(settings={"colorScienceMode": "davinciYRGBColorManagedv2"}).sequence()
    assert plain.SetClipProperty("IDT", "ACEScct - CSC") is False
    assert plain.SetClipProperty("Input Color Space", "Rec.709 Gamma 2.4") is True


@pytest.mark.parametrize("idt", ["", "No Input Transform"])
def test_exr_reads_its_first_transform_by_switch(idt: str, bench: Factory) -> None:
    """After import an EXR's IDT follows the project, or is named."""
    tried = bench(exr_idt=idt)
    (clip,) = tried.ask(tried.write("scan", [noise(n) for n in range(COUNT)]))
    assert clip.GetClipProperty("IDT") == idt


def test_movie_brings_its_own_rate(bench: Factory) -> None:
    """A movie keeps its rate and timecode; a sequence takes the project's rate."""
    tried = bench()
    file = tried.root / "telecine.mov"
    write_movie(file, [None] * 50, width=72, height=57, rate="25", timecode="10:00:00:00")
    (clip,) = tried.pool.ImportMedia([str(file)])
    assert clip.GetClipProperty("FPS") == 25.0
    assert clip.GetClipProperty("Start TC") == "10:00:00:00"
    assert clip.GetClipProperty("Start") == "0"
    assert clip.GetClipProperty("Resolution") == "72x57"


def test_clip_in_use_is_not_deleted(bench: Factory) -> None:
    """Only a clip that no timeline uses can be deleted; its proxy is dead then."""
    tried = bench()
    clip = tried.sequence()
    (item,) = tried.place(clip)
    assert clip.GetClipProperty("Usage") == "1"
    assert tried.pool.DeleteClips([clip]) is False
    assert tried.timeline.DeleteClips([item]) is True
    assert tried.pool.DeleteClips([clip]) is True
    assert clip.GetName() is None
    assert clip.GetUniqueId() == ""


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("timelineFrameRate", "23.976", 23.976, id="rate comes back as number"),
        pytest.param("timelineFrameRate", "29.97 DF", 29.97, id="drop frame"),
        pytest.param("colorScienceMode", "acescc", "acescc", id="science"),
        pytest.param("colorAcesODT", "P3-D65", "P3-D65", id="ODT"),
        pytest.param("colorAcesIDT", "ADX 10 - CSC", "ADX 10 - CSC", id="IDT"),
        pytest.param("timelineInputResMismatchBehavior", "centerCrop", "centerCrop", id="crop"),
        pytest.param("imageRetimeInterpolation", "nearest", "nearest", id="retime"),
    ],
)
def test_setting_is_kept(key: str, value: str, expected: object, tmp_path: Path) -> None:
    """A setting of the list is taken and read back."""
    project = Simulator(tmp_path).resolve.GetProjectManager().CreateProject("Film")
    project.SetSetting("colorScienceMode", "acescct")
    assert project.SetSetting(key, value) is True
    assert project.GetSetting(key) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("timelinePlaybackFrameRate", "25", id="read only"),
        pytest.param("acesVersion", "aces_1.3", id="not of a project"),
        pytest.param("colorAcesVersion", "1.3", id="guessed key"),
        pytest.param("colorAcesODT", "Rec.709", id="name of an older version"),
        pytest.param("colorAcesODT", "rec.709 bt.1886", id="other case"),
        pytest.param("timelineFrameRate", "24.0", id="rate spelt otherwise"),
        pytest.param("timelineFrameRate", "25 DF", id="no drop at 25"),
        pytest.param("timelineFrameRate", 25, id="number"),
        pytest.param("timelineResolutionWidth", "1000", id="portrait"),
        pytest.param("timelineResolutionHeight", "0", id="no height"),
        pytest.param("timelineResolutionHeight", "1080.5", id="half a line"),
        pytest.param("colorSpaceTimeline", "Rec.709 Gamma 2.4", id="read only in ACES"),
        pytest.param("timelineInputResMismatchBehavior", "crop", id="not in the list"),
        pytest.param("isAutoColorManage", "True", id="text for a boolean"),
    ],
)
def test_setting_is_refused(key: str, value: object, tmp_path: Path) -> None:
    """Unknown keys, read only ones and wrong values give False and change nothing."""
    project = Simulator(tmp_path).resolve.GetProjectManager().CreateProject("Film")
    project.SetSetting("colorScienceMode", "acescct")
    before = project.GetSetting()
    assert project.SetSetting(key, value) is False
    assert project.GetSetting() == before


def test_unknown_setting_reads_empty(tmp_path: Path) -> None:
    """GetSetting of what is not there gives ""; without a key it gives all."""
    project = Simulator(tmp_path).resolve.GetProjectManager().CreateProject("Film")
    assert project.GetSetting("nonsense") == ""
    assert project.GetSetting("acesVersion") == ""
    assert "timelineFrameRate" in project.GetSetting()


def test_setting_may_lie_or_take_numbers(tmp_path: Path) -> None:
    """A lying key answers True and keeps its value; a lenient Resolve takes numbers."""
    lies = frozenset({"superScale"})
    lying = Simulator(tmp_path, setting_lies=lies).resolve.GetProjectManager().CreateProject("A")
    assert lying.SetSetting("superScale", "2") is True
    assert lying.GetSetting("superScale") == "1"
    mild = Simulator(tmp_path, setting_values="lenient").resolve
    project = mild.GetProjectManager().CreateProject("A")
    assert project.SetSetting("timelineFrameRate", 25) is True
    assert project.GetSetting("timelineFrameRate") == 25.0


def test_rate_may_read_without_decimals(tmp_path: Path) -> None:
    """29.97 was seen to read as 29.0."""
    sim = Simulator(tmp_path, fps_reads="int", settings={"timelineFrameRate": "29.97"})
    assert (
        sim.resolve.GetProjectManager().CreateProject("A").GetSetting("timelineFrameRate") == 29.0
    )


@pytest.mark.parametrize(("locks", "after_media"), [("media", False), ("timeline", True)])
def test_rate_is_locked_by_switch(locks: str, after_media: bool, tmp_path: Path) -> None:
    """The rate is locked with the first media, or only with the first timeline."""
    bench = Bench(tmp_path, fps_locks=locks)
    project = bench.resolve.GetProjectManager().CreateProject("Second")
    bench.pool = project.GetMediaPool()
    assert project.SetSetting("timelineFrameRate", "25") is True
    bench.sequence()
    assert project.SetSetting("timelineFrameRate", "24") is after_media
    bench.pool.CreateEmptyTimeline("T")
    assert project.SetSetting("timelineFrameRate", "30") is False


@pytest.mark.parametrize(
    ("version", "names", "known"),
    [
        pytest.param("19.1", None, "Rec.709", id="19 has old names"),
        pytest.param("20.3", None, "Rec.709 BT.1886", id="20 has new ones"),
        pytest.param("21.1", "old", "Rec.709", id="old by switch"),
        pytest.param("19.1", "new", "Rec.709 BT.1886", id="new by switch"),
    ],
)
def test_transform_names_depend_on_the_version(
    version: str, names: str | None, known: str, tmp_path: Path
) -> None:
    """The output transform has one of two names; the other is refused."""
    sim = Simulator(tmp_path, version, transform_names=names)
    project = sim.resolve.GetProjectManager().CreateProject("A")
    project.SetSetting("colorScienceMode", "acescct")
    taken = {n for n in ("Rec.709", "Rec.709 BT.1886") if project.SetSetting("colorAcesODT", n)}
    assert taken == {known}


def test_output_transform_may_be_out_of_reach(tmp_path: Path) -> None:
    """By switch no ODT is set by key, nor an HDR one before 20.2.1; presets and hands can."""
    sim = Simulator(tmp_path, odt_settable=False)
    project = sim.resolve.GetProjectManager().CreateProject("A")
    project.SetSetting("colorScienceMode", "acescct")
    assert project.SetSetting("colorAcesODT", "Rec.709 BT.1886") is False
    sim.by_hand("colorAcesODT", "Rec.709 BT.1886")
    assert project.GetSetting("colorAcesODT") == "Rec.709 BT.1886"
    sim.world.presets["ACES"] = {"colorAcesODT": "P3-D65"}
    assert project.SetPreset("Nothing") is False
    assert project.SetPreset("ACES") is True
    assert project.GetSetting("colorAcesODT") == "P3-D65"
    for version, taken in (("20.0", False), ("20.2.1", True)):
        other = Simulator(tmp_path, version).resolve.GetProjectManager().CreateProject("A")
        other.SetSetting("colorScienceMode", "acescct")
        assert other.SetSetting("colorAcesODT", "P3-D65 ST2084 (1000 nit)") is taken


@pytest.mark.parametrize(
    ("where", "project_says", "timeline_says"),
    [
        pytest.param("timeline", "", "aces_2.0", id="timeline"),
        pytest.param("project", "aces_2.0", "aces_2.0", id="project"),
        pytest.param("nowhere", "", "", id="nowhere"),
    ],
)
def test_aces_version_is_read_by_switch(
    where: str, project_says: str, timeline_says: str, bench: Factory
) -> None:
    """The version is read on a timeline, on the project, or nowhere; set only by switch."""
    tried = bench(aces_version_at=where, aces_version="aces_2.0")
    assert tried.project.GetSetting("acesVersion") == project_says
    assert tried.timeline.GetSetting("acesVersion") == timeline_says
    tried.timeline.SetSetting("useCustomSettings", "1")
    assert tried.timeline.SetSetting("acesVersion", "aces_1.3") is False
    tried.sim.turn(aces_version_settable=True)
    assert tried.timeline.SetSetting("acesVersion", "aces_1.3") is (where != "nowhere")
