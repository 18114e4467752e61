"""5 Export Pair: what is rendered, put in its place, handed over, and never left changed."""

from __future__ import annotations

import functools
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.bridge import rendering
from chromaresolve.bridge.exr_writing import write_half
from chromaresolve.bridge.names import BALANCED_VERSION, NEUTRAL_VERSION, TEMPORARY
from chromaresolve.frames import Rgb, read_header, read_rgb
from chromaresolve.turnover import accept_turnover, check
from faults import HOWS, How, differences
from pair_project import NAME, SIZE, PairProject
from resolve_sim import delivery
from resolve_sim.grades import Node
from resolve_sim.media import MediaPoolItem
from tiny import still

FIRST, COUNT = 1001, 4
"""The Source's files, in mid-reel."""

SHIFT = -990
"""The Reference's file number minus the Source's: it has a numbering of its own."""

BEGINS = "01:00:41:15"
"""Timecode of the Source's first file."""

TWO_ROUNDINGS = 2.0**-10
"""Relative: a half keeps eleven bits; a value goes through a transform, its inverse and a half."""

BALANCE = "ChromaResolve PreBalance.dctl"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a render at once: the simulator goes on with every look."""
    monkeypatch.setattr(rendering, "POLL_SECONDS", 0.0)


def picture(seed: int) -> Rgb:
    """Return a picture like no other, its values a half's and within 0.1..0.9."""
    rgb = 0.1 + 0.8 * np.random.default_rng(seed).random((SIZE[1], SIZE[0], 3))
    return rgb.astype(np.float16).astype(np.float32)


def write_picture(file: Path, rgb: Rgb, timecode: str | None) -> None:
    """Write a picture as a scanner does."""

    def line(y: int) -> list[list[float]]:
        return [rgb[y, :, channel].tolist() for channel in range(3)]

    write_half(file, *SIZE, line, timecode=timecode, strings={"reelName": "A001"})


def bring(
    project: PairProject, name: str, first: int, count: int, *, moves: bool = True
) -> MediaPoolItem:
    """Bring pictures into a bin, display-referred; every frame another one, if they move."""
    folder = project.root / "media" / name
    timecode = BEGINS if name == "Source" else "00:00:00:00"
    drop = project.rate.endswith("DF")
    for number in range(first, first + count):
        seed = (1000 * len(name) + number) if moves else 0
        at = project.later(timecode.replace(":15", ";15") if drop else timecode, number - first)
        write_picture(folder / f"{name}_{number:04}.exr", picture(seed), at)
    pattern = str(folder / f"{name}_%04d.exr")
    wish = {"FilePath": pattern, "StartIndex": first, "EndIndex": first + count - 1}
    clip = project._take(name, wish)
    old = project.sim.world.version < (20, 0, 0)
    clip.idt = "Rec.709" if old else "Inverse Rec.709 BT.1886"
    return clip


def conformed(
    root: Path,
    version: str = "21.0",
    edition: str = "free",
    *,
    first: int = FIRST,
    count: int = COUNT,
    still: str = "",
    balanced: bool = False,
    answers: dict[str, Any] | None = None,
    **switches: Any,
) -> PairProject:
    """Return a project whose pair lies on its timeline, with another page and timeline open."""
    project = PairProject(root, version, edition, **switches)
    bring(project, "Source", first, count, moves=still != "Source")
    bring(project, "Reference", first + SHIFT - 1, count + 3, moves=still != "Reference")
    if balanced:
        bring(project, "Balanced", first, count)
    project.answer(reference_offset=SHIFT, film="La Muralla Verde", **(answers or {}))
    assert project.run("conform", **asked(project)), project.text
    pool = project.sim.project.pool
    pool.desk.current = pool.CreateEmptyTimeline("Dailies")
    project.sim.world.page = "color"
    return project


def asked(project: PairProject, **more: Any) -> dict[str, Any]:
    """Return what a window would be filled with: its answers are texts."""
    answers = {"name": NAME, "folder": str(project.folder), "reference_offset": SHIFT, **more}
    if not project.sim.world.is_studio:
        return answers
    return {key: one if isinstance(one, bool) else str(one) for key, one in answers.items()}


@pytest.fixture
def conform(tmp_path: Path) -> Callable[..., PairProject]:
    """Make a conformed project."""
    return functools.partial(conformed, tmp_path)


def plates(project: PairProject, suffix: str = "*") -> list[str]:
    """Return the names of what was exported, hidden ones too."""
    found = (project.folder / "plates").rglob(f"{NAME}_{suffix}_*")
    return sorted(one.name for one in found)


def names(suffix: str, first: int = FIRST, count: int = COUNT) -> list[str]:
    """Return the names that files must have."""
    return [f"{NAME}_{suffix}_{number:04}.exr" for number in range(first, first + count)]


def turnover(project: PairProject) -> dict[str, Any]:
    """Return what was handed over."""
    content: dict[str, Any] = json.loads((project.folder / "turnover.json").read_text("utf-8"))
    return content


def plate(project: PairProject, suffix: str, number: int = FIRST) -> Rgb:
    """Read a frame that was exported."""
    return read_rgb(project.folder / f"plates/{NAME}_{suffix}_{number:04}.exr")


def state(project: PairProject) -> dict[str, Any]:
    """Return all of Resolve's state, as text where it holds what the render queue counts."""
    return project.sim.snapshot()


def times(project: PairProject) -> dict[str, int]:
    """Return when each file of the shot was written."""
    files = [one for one in project.folder.rglob("*") if one.is_file()]
    return {one.name: one.stat().st_mtime_ns for one in files}


def test_export_writes_the_pair(conform: Callable[..., PairProject]) -> None:
    """Two sequences under the Source's own numbers: RGB half, lossless and DWAA, no alpha."""
    project = conform()
    before = state(project)

    assert project.run("export"), project.text

    assert plates(project) == [*names("REF"), *names("SOURCE")]
    for suffix, compression in (("SOURCE", "zip"), ("REF", "dwaa")):
        header = read_header(project.folder / f"plates/{names(suffix)[0]}")
        assert (header.compression, header.pixel_type) == (compression, "half")
        assert (header.data_window.width, header.data_window.height) == SIZE
        assert "A" not in header.attributes
    assert state(project) == before


def test_source_is_the_scan_one_to_one(conform: Callable[..., PairProject]) -> None:
    """Through input and output transform every pixel is the scan's, but for a half's rounding."""
    project = conform()

    assert project.run("export"), project.text

    for number in range(FIRST, FIRST + COUNT):
        scan = read_rgb(project.root / f"media/Source/Source_{number:04}.exr")
        np.testing.assert_allclose(plate(project, "SOURCE", number), scan, rtol=TWO_ROUNDINGS)


def test_frames_of_the_pair_belong_together(conform: Callable[..., PairProject]) -> None:
    """The Reference's own file numbers are gone: frame 1001 shows what lay above frame 1001."""
    project = conform()

    assert project.run("export"), project.text

    for number in range(FIRST, FIRST + COUNT):
        own = read_rgb(project.root / f"media/Reference/Reference_{number + SHIFT:04}.exr")
        # DWAA moves noise, which these pictures are, by up to a tenth; another frame, by a third.
        assert np.abs(plate(project, "REF", number) - own).mean() < 0.1


def test_turnover_says_what_was_handed_over(conform: Callable[..., PairProject]) -> None:
    """Everything the tool must know, in one file."""
    project = conform(edition="studio")
    project.pair(2).inspector.values |= {"Pan": 1.5, "RotationAngle": 0.25}

    assert project.run("export", **asked(project)), project.text

    said = turnover(project)
    assert said["name"] == NAME
    assert said["film"] == "La Muralla Verde"
    assert said["resolve"]["edition"] == "studio"
    assert said["resolve"]["timeline"] == f"{NAME}_Pair"
    assert (said["frame_rate"], said["drop_frame"], said["frames"]) == ("24", False, "1001-1004")
    assert (said["start_timecode"], said["reel"]) == (BEGINS, "A001")
    assert (said["width"], said["height"], said["pixel_aspect"]) == (*SIZE, "square")
    assert said["aces"] == {
        "science": "acescct",
        "version": "1.3",
        "odt": "Rec.709 BT.1886",
        "gamut_compress": "None",
    }
    assert said["offsets"] == {"reference_first": FIRST + SHIFT, "reference_offset": SHIFT}
    source, reference = said["source"], said["reference"]
    assert (source["pattern"], source["frames"]) == (f"plates/{NAME}_SOURCE_####.exr", "1001-1004")
    assert (source["unscaled"], source["input_transform"]) == (True, "Inverse Rec.709 BT.1886")
    assert reference["transform"]["Pan"] == 1.5
    assert reference["transform"]["RotationAngle"] == 0.25
    assert (reference["offset"], reference["kind"]) == (0, "direct")
    assert (said["balanced"], said["master"]) == (None, None)


def test_tool_takes_what_was_exported(conform: Callable[..., PairProject]) -> None:
    """A shot made of it loads, and its check finds nothing to mend."""
    project = conform(answers={"with_master": True, "reference_kind": "constructed"})
    assert project.run("export"), project.text

    file = project.folder / "turnover.json"
    accepted = accept_turnover(project.folder, file, branch="chroma")
    shot, findings = check(accepted, on_progress=still)

    assert "stop" not in {one.verdict for one in findings}
    assert (shot.shot.name, str(shot.shot.frames)) == (NAME, "1001-1004")
    assert (shot.source.timecode, shot.source.reel) == (BEGINS, "A001")
    assert shot.source.master == f"plates/{NAME}_ACES_####.exr"
    assert shot.reference.kind == "constructed"


def test_second_run_changes_nothing(conform: Callable[..., PairProject]) -> None:
    """Nothing is rendered, nothing is written, neither in Resolve nor on disk."""
    project = conform(answers={"with_master": True})
    assert project.run("export"), project.text
    before, written = state(project), times(project)

    assert project.run("export"), project.text

    assert project.report()["outcome"] == "nothing to do"
    assert project.report()["plan"] == []
    assert project.writes() == []
    assert (state(project), times(project)) == (before, written)


SWITCHES: dict[str, dict[str, Any]] = {
    "four digits": {"exr_digits": 4},
    "eight digits, numbered by the timeline": {"exr_digits": 8, "clip_start_frame": "ignored"},
    "folders": {"render_folders": "nested"},
    "folders, numbered by the timeline": {
        "render_folders": "nested",
        "clip_start_frame": "ignored",
    },
    "Chinese": {"language": "zh"},
    "German": {"language": "de"},
    "format answers None": {"format_answers_none": True},
    "queue keeps jobs": {"queue_keeps_jobs": True},
    "booleans are strings": {"strings_in_job_list": True},
    "audio only preset": {"audio_only": True},
    "page answers None": {"page_answers": None},
    "frames count from 0": {"append_counts": "zero", "sequence_start": "zero"},
    "reel in the header": {"reel_written": True},
    "settings have numbers": {"setting_values": "lenient"},
    "ACES version at the project": {"aces_version_at": "project"},
}  # fmt: skip
"""What is not known of Resolve, each way that is not the simulator's own guess."""


@pytest.mark.slow
@pytest.mark.parametrize("switches", SWITCHES.values(), ids=SWITCHES.keys())
def test_export_depends_on_no_guess(
    conform: Callable[..., PairProject], switches: dict[str, Any]
) -> None:
    """The same files under the same names, and Resolve as it was, but for jobs that it keeps."""
    project = conform(**switches)
    before = state(project)

    assert project.run("export"), project.text

    assert plates(project) == [*names("REF"), *names("SOURCE")]
    assert not [one for one in (project.folder / "plates").iterdir() if one.is_dir()]
    after = state(project)
    jobs = after["project"]["render"].pop("jobs")
    assert before["project"]["render"].pop("jobs") == []
    assert after == before
    assert len(jobs) == (2 if "queue_keeps_jobs" in switches else 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "edition"),
    [
        ("19.1", "free"), ("19.1", "studio"), ("20.3", "free"), ("20.3", "studio"),
        ("21.0", "studio"), ("21.1", "studio"),
    ],
)  # fmt: skip
def test_every_version_exports_the_same(
    conform: Callable[..., PairProject], version: str, edition: str
) -> None:
    """Old and new calling conventions, transform names and editions."""
    project = conform(version, edition)
    before = state(project)

    assert project.run("export", **asked(project, with_master=True)), project.text
    assert project.run("export", **asked(project, with_master=True)), project.text

    assert plates(project) == [*names("ACES"), *names("REF"), *names("SOURCE")]
    assert project.report()["outcome"] == "nothing to do"
    assert state(project) == before


RATES = [
    # rate, first file, expected timecode of the first frame; SMPTE ST 12-1 for drop frame
    pytest.param("16", 1001, "01:00:41:15", "16", id="16"),
    pytest.param("18", 1001, "01:00:41:15", "18", id="18"),
    pytest.param("23.976", 86415, "01:00:41:15", "24000/1001", id="23.976"),
    pytest.param("25", 1001, "01:00:41:15", "25", id="25"),
    pytest.param("29.97 DF", 107892, "01:00:41;15", "30000/1001", id="29.97 DF"),
]


@pytest.mark.parametrize(("rate", "first", "timecode", "exact"), RATES)
def test_numbers_and_timecode_survive(
    conform: Callable[..., PairProject], rate: str, first: int, timecode: str, exact: str
) -> None:
    """A shot in mid-reel keeps its file numbers, its timecode and its exact rate."""
    project = conform(first=first, rate=rate)

    assert project.run("export"), project.text

    said = turnover(project)
    assert plates(project, "SOURCE") == names("SOURCE", first)
    assert (said["start_timecode"], said["frame_rate"]) == (timecode, exact)
    assert said["drop_frame"] == rate.endswith("DF")
    shot = accept_turnover(project.folder, project.folder / "turnover.json", branch="chroma")
    assert shot.source.timecode == timecode


def test_rounded_rate_is_understood(conform: Callable[..., PairProject]) -> None:
    """A Resolve that says 29 for 29.97 is believed to mean what was set up."""
    project = conform(rate="29.97", fps_reads="int")

    assert project.run("export"), project.text

    assert turnover(project)["frame_rate"] == "30000/1001"


def unproxied(project: PairProject) -> None:
    """Let proxies stand in for clips."""
    project.sim.by_hand("perfProxyMediaMode", "1")


def odt(project: PairProject) -> None:
    """Choose another output transform."""
    project.sim.by_hand("colorAcesODT", "P3-D65")


def scaled(project: PairProject) -> None:
    """Fit the scan into the timeline."""
    project.pair(1).inspector.values["Scaling"] = 2


def moved(project: PairProject) -> None:
    """Move the scan."""
    project.pair(1).inspector.values["Pan"] = 1.0


def larger(project: PairProject) -> None:
    """Make the timeline larger than the scan."""
    project.sim.by_hand("timelineResolutionWidth", "64")


def graded(project: PairProject) -> None:
    """Work on a version of one's own that is not neutral."""
    item = project.pair(2)
    item.versions.graph.nodes = [Node(lut="film.cube")]


def aces_2(project: PairProject) -> None:
    """Use an ACES whose pictures are others."""
    project.sim.project.settings.values["acesVersion"] = "aces_2.0"


STOPS: dict[str, tuple[Callable[[PairProject], None], str]] = {
    "proxies": (unproxied, "proxies: may be rendered in place of the scan"),
    "another ODT": (odt, "output transform: P3-D65, not 'Rec.709 BT.1886' or 'Rec.709'"),
    "a scaled scan": (scaled, "may be resized (Scaling 2)"),
    "a moved scan": (moved, "is moved (Pan 1): the scan must lie still"),
    "another raster": (larger, "scan: its files are 32 x 24, the timeline 64 x 24"),
    "a grade": (graded, "is not neutral (film.cube): run 2 Conform"),
    "ACES 2.0": (aces_2, "ACES version: the project is set to ACES 2.0"),
}
"""What must not be, and how the user reads it."""


@pytest.mark.parametrize(("spoil", "sentence"), STOPS.values(), ids=STOPS.keys())
def test_what_must_be_mended_stops_the_export(
    conform: Callable[..., PairProject], spoil: Callable[[PairProject], None], sentence: str
) -> None:
    """Nothing is rendered of a pair that would teach something wrong."""
    project = conform()
    spoil(project)
    before = state(project)

    assert not project.run("export")

    assert sentence in project.text
    assert "then run this entry again" in project.text
    assert plates(project) == []
    assert state(project) == before


def test_conform_comes_first(tmp_path: Path) -> None:
    """Without a pair timeline there is nothing to export."""
    project = PairProject(tmp_path, edition="free")

    assert not project.run("export")

    assert f"timeline '{NAME}_Pair': is not there: run 2 Conform first" in project.text


def test_odt_is_read_back_before_each_render(
    conform: Callable[..., PairProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output transform that changes between two renders is noticed before the second."""
    project = conform()
    on_hearing(project, monkeypatch, "Reference: rendering", lambda: odt(project))

    assert not project.run("export")

    assert "Reference: the output transform is 'P3-D65', not 'Rec.709 BT.1886'" in project.text
    assert plates(project) == names("SOURCE")


def on_hearing(
    project: PairProject,
    monkeypatch: pytest.MonkeyPatch,
    sentence: str,
    react: Callable[[], object],
) -> None:
    """Do something the moment the entry says a sentence."""

    class Listening(list[str]):
        """What was said, heard by somebody who acts."""

        def append(self, said: str) -> None:
            super().append(said)
            if said.startswith(sentence):
                react()

    def run(step: str) -> bool:
        from chromaresolve.bridge import menu

        project.said = Listening()
        return menu.start(step, project.sim.names(), str(project.home), show=project.said.append)

    monkeypatch.setattr(project, "run", run)


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "a failed job": ({"render_fails": "disk full"}, "the render ended at 33 %: disk full"),
    "a stall": ({"render_stalls": True}, "the render has stood at 33 % for 0 s"),
    "a hole": ({"render_hole": 1}, "Reference: 3 frames came and 4 were to come"),
}
"""How a render goes wrong, and what is said."""


@pytest.mark.parametrize(("switches", "sentence"), FAILURES.values(), ids=FAILURES.keys())
def test_failing_render_costs_nothing_before_it(
    conform: Callable[..., PairProject],
    monkeypatch: pytest.MonkeyPatch,
    switches: dict[str, Any],
    sentence: str,
) -> None:
    """The Source stays as it was exported; the next run renders the Reference alone."""
    monkeypatch.setattr(rendering, "STALL_SECONDS", 0.0)
    project = conform()
    before = state(project)
    with monkeypatch.context() as patch:
        on_hearing(project, patch, "Reference: rendering", lambda: project.sim.turn(**switches))
        assert not project.run("export")
    assert sentence in project.text
    assert plates(project) == names("SOURCE")
    assert turnover(project)["source"]["frames"] == "1001-1004"
    assert turnover(project)["reference"] is None
    assert state(project) == before
    written = times(project)
    project.sim.turn(**{key: WHOLE[key] for key in switches})

    assert project.run("export"), project.text

    assert project.report()["plan"] == ["export reference 1001-1004 RGBHalfDWAA"]
    assert plates(project) == [*names("REF"), *names("SOURCE")]
    assert all(times(project)[name] == written[name] for name in names("SOURCE"))
    assert turnover(project)["reference"]["frames"] == "1001-1004"


WHOLE: dict[str, Any] = {
    "render_fails": "",
    "render_stalls": False,
    "render_hole": None,
}
"""The simulator without these faults."""


def test_earlier_export_stays_until_the_new_one_is_whole(
    conform: Callable[..., PairProject],
) -> None:
    """Exported again with a hole: every file of before is still there, to the byte."""
    project = conform()
    assert project.run("export"), project.text
    before = {one: plate(project, "SOURCE", one) for one in range(FIRST, FIRST + COUNT)}
    project.sim.turn(render_hole=2)
    project.answer(export_again=True)

    assert not project.run("export")

    assert plates(project) == [*names("REF"), *names("SOURCE")]
    for number, rgb in before.items():
        np.testing.assert_array_equal(plate(project, "SOURCE", number), rgb)
    assert (turnover(project)["source"], turnover(project)["reference"]) == (None, None)


def test_export_again_is_asked_once(conform: Callable[..., PairProject]) -> None:
    """Everything is rendered anew, and the answer is taken back."""
    project = conform()
    assert project.run("export"), project.text
    written = times(project)
    project.answer(export_again=True)

    assert project.run("export"), project.text
    again = times(project)
    assert project.run("export"), project.text

    assert all(again[name] > written[name] for name in [*names("SOURCE"), *names("REF")])
    assert times(project) == again


def test_what_changed_is_exported_again(conform: Callable[..., PairProject]) -> None:
    """Another scan under the same name, or another alignment: that sequence and no other."""
    project = conform()
    assert project.run("export"), project.text
    scan = project.root / f"media/Source/Source_{FIRST}.exr"
    write_picture(scan, picture(77), BEGINS)
    assert project.run("export"), project.text
    assert project.report()["plan"] == ["export source 1001-1004 RGBHalfZIP"]
    np.testing.assert_allclose(plate(project, "SOURCE"), picture(77), rtol=TWO_ROUNDINGS)

    project.pair(2).inspector.values["Tilt"] = 2.0
    assert project.run("export"), project.text

    assert project.report()["plan"] == ["export reference 1001-1004 RGBHalfDWAA"]
    assert turnover(project)["reference"]["transform"]["Tilt"] == 2.0


def test_lost_and_strange_files_are_noticed(conform: Callable[..., PairProject]) -> None:
    """A frame that is gone is exported again; one of a longer export of before is removed."""
    project = conform()
    assert project.run("export"), project.text
    folder = project.folder / "plates"
    (folder / names("SOURCE")[1]).unlink()
    shutil.copy(folder / names("REF")[0], folder / f"{NAME}_REF_0999.exr")
    (folder / "notes_0001.exr").touch()

    assert project.run("export"), project.text

    assert len(project.report()["plan"]) == 2
    assert plates(project) == [*names("REF"), *names("SOURCE")]
    assert (folder / "notes_0001.exr").is_file()


def test_other_words_are_written_without_a_render(conform: Callable[..., PairProject]) -> None:
    """What changes no pixel is handed over anew, and nothing is rendered."""
    project = conform()
    assert project.run("export"), project.text
    written = times(project)
    project.answer(reference_kind="constructed", film="The Green Wall")

    assert project.run("export"), project.text

    assert project.report()["plan"] == ["write turnover.json"]
    assert turnover(project)["reference"]["kind"] == "constructed"
    assert turnover(project)["film"] == "The Green Wall"
    assert all(times(project)[name] == written[name] for name in names("SOURCE"))


def test_broken_turnover_is_written_anew(conform: Callable[..., PairProject]) -> None:
    """A file that cannot be read is said to be so, and is no reason to stop."""
    project = conform()
    (project.folder / "turnover.json").write_text("{")

    assert project.run("export"), project.text

    assert "turnover.json: is not what it must be" in project.text
    assert turnover(project)["source"]["frames"] == "1001-1004"


def test_leftovers_of_a_killed_run_are_no_frames(conform: Callable[..., PairProject]) -> None:
    """Files in our own folders, as a kill leaves them, are removed and never counted."""
    project = conform()
    for name in (".rendering-source", f".replaced-{NAME}_SOURCE"):
        folder = project.folder / "plates" / name
        folder.mkdir(parents=True)
        (folder / f"{NAME}_SOURCE_00000001.exr").touch()

    assert project.run("export"), project.text

    assert plates(project) == [*names("REF"), *names("SOURCE")]


def test_balanced_version_is_exported(conform: Callable[..., PairProject]) -> None:
    """The Source with our PreBalance is a third sequence; the Source itself stays neutral."""
    project = conform()
    balance(project)

    assert project.run("export"), project.text

    assert plates(project) == [*names("BAL"), *names("REF"), *names("SOURCE")]
    scan = read_rgb(project.root / f"media/Source/Source_{FIRST}.exr")
    np.testing.assert_allclose(plate(project, "SOURCE"), scan, rtol=TWO_ROUNDINGS)
    np.testing.assert_allclose(plate(project, "BAL"), scan / 2, rtol=TWO_ROUNDINGS)
    assert turnover(project)["balanced"]["pattern"] == f"plates/{NAME}_BAL_####.exr"
    assert project.pair(1).versions.current == (0, BALANCED_VERSION)


def balance(project: PairProject) -> None:
    """Put our PreBalance on the Source, as the user does, and conform again."""
    project.sim.lut(BALANCE, lambda rgb: rgb / 2)
    graph = project.pair(1).versions.graph
    graph.nodes = [Node(lut=BALANCE)]
    project.pair(1).versions.rename(NEUTRAL_VERSION, "Version 2", 0)
    assert project.run("conform", **asked(project)), project.text


def test_balanced_clip_is_exported(conform: Callable[..., PairProject]) -> None:
    """A Balanced clip of its own lies on V3 and is rendered alone."""
    project = conform(balanced=True)

    assert project.run("export"), project.text

    own = read_rgb(project.root / f"media/Balanced/Balanced_{FIRST}.exr")
    np.testing.assert_allclose(plate(project, "BAL"), own, rtol=TWO_ROUNDINGS)


def test_version_that_is_not_what_its_name_says_is_refused(
    conform: Callable[..., PairProject],
) -> None:
    """A balanced version without PreBalance would teach an unbalanced picture."""
    project = conform()
    balance(project)
    project.pair(1).versions.graphs[0, BALANCED_VERSION].nodes = [Node()]
    project.pair(1).versions.current = (0, NEUTRAL_VERSION)
    before = state(project)

    assert not project.run("export")

    assert f"colour version {BALANCED_VERSION!r}: it carries nothing, and must" in project.text
    assert plates(project, "BAL") == []
    assert state(project) == before


def test_master_is_exported_on_request(conform: Callable[..., PairProject]) -> None:
    """Through no output transform, with values beyond 1; the timeline's settings come back."""
    project = conform(answers={"with_master": True})
    before = state(project)

    assert project.run("export"), project.text

    assert plates(project, "ACES") == names("ACES")
    master, display = plate(project, "ACES"), plate(project, "SOURCE")
    assert np.abs(master - display).max() > 0.05
    assert turnover(project)["master"]["compression"] == "zip"
    assert state(project) == before


def test_codec_that_is_missing_is_replaced_by_a_lossless_one(
    conform: Callable[..., PairProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ZIP there is PIZ; without DWAA the Reference is lossless too."""
    monkeypatch.setattr(delivery, "COMPRESSIONS", {"RGBHalfPIZ": "piz"})
    project = conform()

    assert project.run("export"), project.text

    said = turnover(project)
    assert (said["source"]["compression"], said["reference"]["compression"]) == ("piz", "piz")


def test_no_lossless_codec_is_said(conform: Callable[..., PairProject]) -> None:
    """A Resolve without any is named with what it offers."""
    project = conform()
    project.sim.fail(call="Project.GetRenderCodecs", how="empty")

    assert not project.run("export")

    assert "this Resolve offers nothing for EXR, and none of RGBHalfZIP" in project.text


def blank(project: PairProject) -> None:
    """Have black bars at the top and the bottom, which no call shows."""
    project.sim.timeline(f"{NAME}_Pair").blanking = (0, 0, 2, 2)


def test_blanking_is_seen_on_disk(conform: Callable[..., PairProject]) -> None:
    """Black where the scan has a picture is not the scan; nothing is put in place."""
    project = conform()
    blank(project)

    assert not project.run("export")

    assert "Source: black at the top, bottom, where the scan has a picture" in project.text
    assert plates(project) == []


def test_still_reference_is_noted(conform: Callable[..., PairProject]) -> None:
    """One picture for all frames may be a photograph: said, and handed over."""
    project = conform(still="Reference")

    assert project.run("export"), project.text

    assert project.report()["outcome"] == "look"
    assert turnover(project)["reference"]["notes"] == ["all frames are one picture: is it a still?"]


def test_still_scan_is_noted(conform: Callable[..., PairProject]) -> None:
    """Where the scan itself is one picture, so is what comes of it."""
    project = conform(still="Source")

    assert project.run("export"), project.text

    assert turnover(project)["source"]["notes"] == ["all frames are one picture: is it a still?"]


def test_frozen_export_is_refused(
    conform: Callable[..., PairProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A render that shows one frame again and again is not the scan that moves."""
    from resolve_sim import rendering as simulated

    project = conform()
    begins = project.sim.timeline(f"{NAME}_Pair").start
    render = simulated.render
    monkeypatch.setattr(simulated, "render", lambda timeline, _frame: render(timeline, begins))

    assert not project.run("export")

    assert "Source: all frames are one picture, and the clip's are not" in project.text


def trimmed(conform: Callable[..., PairProject], **more: Any) -> PairProject:
    """Return a pair of two frames out of eight: three before them, three after."""
    return conform(
        count=8, answers={"source_first": FIRST + 3, "count": 2, **more.pop("answers", {})}, **more
    )


@pytest.mark.parametrize("append_counts", ["file", "zero"])
def test_handles_are_kept(conform: Callable[..., PairProject], append_counts: str) -> None:
    """Frames beyond the conformed ones, under their own numbers; the pair stays as it was."""
    project = trimmed(conform, answers={"handles": 2}, append_counts=append_counts)
    before = state(project)

    assert project.run("export"), project.text

    assert plates(project) == [*names("REF", 1002, 6), *names("SOURCE", 1002, 6)]
    for number in range(1002, 1008):
        scan = read_rgb(project.root / f"media/Source/Source_{number:04}.exr")
        np.testing.assert_allclose(plate(project, "SOURCE", number), scan, rtol=TWO_ROUNDINGS)
        own = read_rgb(project.root / f"media/Reference/Reference_{number + SHIFT:04}.exr")
        assert np.abs(plate(project, "REF", number) - own).mean() < 0.1
    said = turnover(project)
    assert (said["frames"], said["start_timecode"]) == ("1002-1007", "01:00:41:16")
    assert said["offsets"] == {"reference_first": 1002 + SHIFT, "reference_offset": SHIFT}
    assert state(project) == before
    assert project.run("export"), project.text
    assert project.report()["plan"] == []


def test_handles_end_where_the_media_end(conform: Callable[..., PairProject]) -> None:
    """More than there is: all that both have, and a note."""
    project = trimmed(conform, answers={"handles": 100})

    assert project.run("export"), project.text

    assert plates(project, "SOURCE") == names("SOURCE", 1001, 8)
    notes = [note for note in turnover(project)["notes"] if note.startswith("handles: ")]
    assert notes == ["handles: 100 were asked for; the media have 3 before and 3 after"]


def test_handles_look_as_the_pair_does(conform: Callable[..., PairProject]) -> None:
    """The Reference's alignment and the balanced version go over to the longer clips."""
    project = trimmed(conform)
    balance(project)
    reference = project.pair(2)
    reference.inspector.values |= {"ZoomGang": False, "ZoomX": 1.5, "Pan": 4.0}
    assert project.run("export"), project.text
    short = {suffix: plate(project, suffix, 1004) for suffix in ("REF", "BAL", "SOURCE")}
    project.answer(handles=1)
    before = state(project)

    assert project.run("export"), project.text

    for suffix, rgb in short.items():
        assert plates(project, suffix) == names(suffix, 1003, 4)
        np.testing.assert_array_equal(plate(project, suffix, 1004), rgb)
    assert state(project) == before


def test_copy_of_a_killed_run_is_removed(conform: Callable[..., PairProject]) -> None:
    """A temporary timeline that was left behind does not stand in the way."""
    project = trimmed(conform, answers={"handles": 1})
    pair = project.sim.timeline(f"{NAME}_Pair")
    assert pair.DuplicateTimeline(TEMPORARY) is not None

    assert project.run("export"), project.text

    assert TEMPORARY not in state(project)["project"]["timelines"]
    assert plates(project, "SOURCE") == names("SOURCE", 1003, 4)


def ready(root: Path, **more: Any) -> Callable[[], PairProject]:
    """Return what makes a new project for each call that goes wrong."""
    folders = itertools.count()

    def prepare() -> PairProject:
        project = conformed(root / str(next(folders)), count=2, render_polls=1, **more)
        project.sim.calls.clear()
        project.sim.switchboard.count = 0
        return project

    return prepare


def without(value: object, text: str) -> object:
    """Return plain values without a text in any of them."""
    if isinstance(value, dict):
        return {key: without(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [without(one, text) for one in value]
    return value.replace(text, "") if isinstance(value, str) else value


def left_alone(project: PairProject) -> object:
    """Return all of Resolve, but where it lies on disk: an export is to change nothing in it."""
    return without(project.sim.snapshot(), str(project.root))


UNSEEN = ("LoadRenderPreset", "lie")
"""What nobody can tell: no function reads the render settings that a preset put back."""


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("every", [174, pytest.param(6, marks=pytest.mark.slow)])
def test_any_call_may_fail(tmp_path: Path, how: How, every: int) -> None:
    """Nothing in Resolve stays changed, no half export is handed over, the next run mends it."""
    prepare = ready(tmp_path, answers={"handles": 1, "source_first": FIRST, "count": 1})
    whole = prepare()
    assert whole.run("export"), whole.text
    last = len(whole.sim.calls)
    for number in range(5 + HOWS.index(how) * every // 6, last + 1, every):
        project = prepare()
        before = left_alone(project)
        project.sim.fail(number=number, how=how)

        is_done = project.run("export")

        call = project.sim.calls[number - 1].method
        where = f"call {number} ({call}) answered {how}; said: {project.said}"
        assert "mistake in ChromaResolve" not in project.text, where
        assert is_done or len(project.said[-2].split(": ")) > 2, where
        if (call, how) != UNSEEN:
            assert not differences(before, left_alone(project)), where
        handed_over = project.folder / "turnover.json"
        if handed_over.exists():
            assert_whole(project)
        project.sim.mend()
        assert project.run("export"), f"{where}; then {project.text}"
        assert_whole(project)
        assert plates(project) == plates(whole), where


def assert_whole(project: PairProject) -> None:
    """Look whether every sequence that is handed over is there, with as many bytes as it says."""
    for role in ("source", "reference"):
        said = turnover(project)[role]
        if said is not None:
            first, last = map(int, said["frames"].split("-"))
            pattern = said["pattern"].replace("####", "{:04}")
            files = [project.folder / pattern.format(n) for n in range(first, last + 1)]
            assert sum(file.stat().st_size for file in files) == said["size"]
