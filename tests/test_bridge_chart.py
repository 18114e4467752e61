"""The chart: it proves that pictures come back as they went out, and leaves nothing behind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.bridge import chart
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.exr import read_header, read_pixels
from chromaresolve.bridge.journal import Journal
from chromaresolve.bridge.names import TEMPORARY
from chromaresolve.bridge.patches import (
    COLUMNS,
    GREYS,
    MIDDLE,
    PATCHES,
    ROWS,
    TOLERANCE,
    VISIBLE,
    Colour,
    judge,
    middles,
)
from chromaresolve.bridge.questions import answers_file, load_answers
from chromaresolve.bridge.session import Session
from chromaresolve.bridge.step import Context
from chromaresolve.colour import aces_to_display, display_to_aces
from faults import HOWS, How, differences
from resolve_sim import Simulator

PROJECT = "La Muralla Verde_ChromaRecovery"
SIZE = (36, 24)
INVERSE = "Inverse Rec.709 BT.1886"
ODT = "Rec.709 BT.1886"

SAMPLE = 9
"""Every so many calls go wrong in the fast test; the slow one takes all."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for simulated renders."""
    monkeypatch.setattr("chromaresolve.bridge.rendering.time.sleep", lambda _seconds: None)


class Bench:
    """A simulated Resolve with a project in ACES, and one timeline besides the chart's."""

    def __init__(
        self, root: Path, version: str = "21.0", edition: str = "studio", **switches: Any
    ) -> None:
        """Open the project, with nothing in it but an empty timeline."""
        self.home = root / "home"
        self.sim = Simulator(root / "resolve", version, edition, **switches)
        names = self.sim.world.switches.transform_names
        is_old = names == "old" or (names is None and version.startswith("19"))
        self.sim.new_project(
            PROJECT,
            timelineResolutionWidth=str(SIZE[0]),
            timelineResolutionHeight=str(SIZE[1]),
            colorScienceMode="acescct",
            colorAcesODT="Rec.709" if is_old else ODT,
        )
        pool = self.sim.project.pool
        pool.desk.current = pool.CreateEmptyTimeline("LMV_SH010_Pair")
        self.said: list[str] = []
        journal = Journal(self.home, "test", show=self.said.append)
        self.session = Session(self.sim.resolve, {}, journal)

    @property
    def context(self) -> Context:
        """What a step works with."""
        return Context(self.session, self.home, self.home, {})

    def prove(self) -> chart.Proof:
        """Prove the display transforms."""
        return chart.prove_transforms(self.session, self.home)

    def leftovers(self) -> list[str]:
        """What the chart left on disk."""
        return [path.name for path in self.home.glob("chart*")]


def came_back(changes: dict[int, Colour]) -> list[Colour]:
    """The chart as it went out, with some patches changed."""
    return [changes.get(number, patch) for number, patch in enumerate(PATCHES)]


@pytest.mark.parametrize(
    ("version", "edition"),
    [
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
    ],
)
def test_prove_finds_the_inverse_and_leaves_nothing(
    tmp_path: Path, version: str, edition: str
) -> None:
    """The input transform of each version undoes its output transform; all is as it was before."""
    bench = Bench(tmp_path, version, edition)
    before = bench.sim.snapshot()

    proof = bench.prove()

    name = "Rec.709" if version == "19.1" else INVERSE
    assert [one.verdict for one in proof.findings] == ["ok"]
    assert f"{len(PATCHES)} patches came back within 0.0/1024, twice" in proof.findings[0].sentence
    assert (proof.transform, proof.aces_version) == (name, "1.3")
    assert not differences(before, bench.sim.snapshot())
    assert bench.leftovers() == []


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param({"append_counts": "zero", "sequence_start": "zero"}, id="counts from 0"),
        pytest.param({"exr_idt": "No Input Transform"}, id="EXRs come in without a transform"),
        pytest.param({"exr_idt": INVERSE, "idt_writable": False}, id="EXRs come in right"),
        pytest.param({"exr_digits": 4}, id="four digits"),
        pytest.param({"clip_start_frame": "ignored"}, id="numbers from the mark"),
        pytest.param({"render_folders": "nested"}, id="a folder for each job"),
        pytest.param({"timeline_current": False}, id="new timelines stay closed"),
        pytest.param({"language": "zh"}, id="in Chinese"),
        pytest.param({"format_answers_none": True}, id="formats answer None"),
        pytest.param({"failed_list": "none"}, id="failed lists are None"),
    ],
)
def test_prove_does_not_depend_on_what_is_not_known(
    tmp_path: Path, switches: dict[str, Any]
) -> None:
    """However Resolve counts, names and answers, the proof is the same."""
    bench = Bench(tmp_path, **switches)
    before = bench.sim.snapshot()

    proof = bench.prove()

    assert proof.is_good, proof.findings
    assert not differences(before, bench.sim.snapshot())


@pytest.mark.parametrize(
    ("switches", "told"),
    [
        pytest.param({"aces_version_at": "timeline"}, "1.3", id="at the timeline"),
        pytest.param({"aces_version_at": "project"}, "1.3", id="at the project"),
        pytest.param({"aces_version_at": "nowhere"}, "", id="nowhere"),
        pytest.param({"aces_version": "aces_2.0"}, "2.0", id="2.0"),
    ],
)
def test_prove_reads_the_aces_version_where_it_can(
    tmp_path: Path, switches: dict[str, Any], told: str
) -> None:
    """The chart's own timeline tells it where the project does not."""
    assert Bench(tmp_path, **switches).prove().aces_version == told


def test_prove_stops_at_another_output_transform(tmp_path: Path) -> None:
    """What was seen, why, and what to choose."""
    bench = Bench(tmp_path)
    bench.sim.by_hand("colorAcesODT", "P3-D65")

    (finding,) = bench.prove().findings

    assert finding.verdict == "stop"
    assert finding.sentence == (
        "grey 0.50 came back as 0.53: 'Inverse Rec.709 BT.1886' does not undo 'P3-D65': choose ODT "
        "'Rec.709 BT.1886' in Project Settings > Color Management, and input transform 'Inverse "
        "Rec.709 BT.1886' for the clips"
    )


def test_prove_notes_that_the_transform_cannot_be_set(tmp_path: Path) -> None:
    """Where scripts may not set it, nothing is proven, and the user is told to choose by hand."""
    bench = Bench(tmp_path, idt_writable=False)

    proof = bench.prove()

    assert proof.transform == ""
    assert [one.verdict for one in proof.findings] == ["note"]
    assert proof.findings[0].sentence == (
        "unproven: this Resolve lets no script set it on a sequence, and without it grey 0.50 came "
        "back as 0.75: choose 'Inverse Rec.709 BT.1886' by hand on every display-referred clip: in "
        "the media pool, right click on it, ACES Input Transform"
    )


def test_prove_needs_a_timeline_besides_its_own(tmp_path: Path) -> None:
    """Resolve does not delete the open timeline, so none is made where there is no other."""
    bench = Bench(tmp_path)
    bench.sim.project.pool.timelines.clear()
    bench.sim.project.pool.desk.current = None

    with pytest.raises(BridgeError) as caught:
        bench.prove()

    assert str(caught.value) == (
        "the chart: the project has no timeline, and the chart's own could not be deleted again: "
        "run 1 Set Up Project first"
    )
    assert bench.leftovers() == []


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        pytest.param(
            {"render_fails": "disk full"},
            "render of chart_: the render ended at 33 %: disk full: mend that in Resolve, then run "
            "it again",
            id="the render fails",
        ),
        pytest.param(
            {"render_hole": 1},
            "the render: 1 files (.exr) came, and 2 of one format were to come: look at Resolve's "
            "render queue, and render again",
            id="a frame is missing",
        ),
    ],
)
def test_prove_cleans_up_after_a_failed_render(
    tmp_path: Path, switches: dict[str, Any], sentence: str
) -> None:
    """The sentence names it; timeline, clips, bin and files are gone."""
    bench = Bench(tmp_path, **switches)
    before = bench.sim.snapshot()

    with pytest.raises(BridgeError) as caught:
        bench.prove()

    assert str(caught.value) == sentence
    assert not differences(before, bench.sim.snapshot())
    assert bench.leftovers() == []


def test_prove_clears_what_a_killed_run_left(tmp_path: Path) -> None:
    """A timeline, even the open one, a bin and a folder of an earlier run are removed."""
    bench = Bench(tmp_path)
    clean = bench.sim.snapshot()
    (bench.home / "chart-killed").mkdir(parents=True)
    pool = bench.sim.project.pool
    pool.AddSubFolder(pool.root, TEMPORARY)
    pool.CreateEmptyTimeline(TEMPORARY)
    pool.current = pool.root

    assert bench.prove().is_good

    assert not differences(clean, bench.sim.snapshot())
    assert bench.leftovers() == []


@pytest.mark.parametrize("version", ["21.0", "21.1"])
def test_prove_once_renders_again_only_for_other_settings(tmp_path: Path, version: str) -> None:
    """The proof is kept with the project's answers, under what it holds for."""
    bench = Bench(tmp_path, version)
    first = chart.prove_once(bench.context)
    rendered = len(bench.sim.calls)

    again = chart.prove_once(bench.context)

    assert len(bench.sim.calls) - rendered < 20
    assert (again.transform, again.aces_version) == (first.transform, first.aces_version)
    assert again.findings[0].sentence == f"{first.findings[0].sentence} (proven before)"
    assert list(load_answers(answers_file(bench.home, PROJECT))["proofs"]) == [
        f"acescct, None, {ODT}, {INVERSE}, Resolve {version}.0"
    ]
    bench.sim.by_hand("colorAcesODT", "P3-D65")
    assert not chart.prove_once(bench.context).is_good


def test_prove_once_forgets_a_bad_proof(tmp_path: Path) -> None:
    """What was wrong may have been mended by hand: the next run looks again."""
    bench = Bench(tmp_path, idt_writable=False)
    assert not chart.prove_once(bench.context).is_good
    bench.sim.turn(idt_writable=True)

    assert chart.prove_once(bench.context).is_good


def test_prove_once_remembers_only_what_was_saved(tmp_path: Path) -> None:
    """If the project could not be saved, the next run proves and saves again."""
    bench = Bench(tmp_path)
    bench.sim.fail(call="ProjectManager.SaveProject", how="false")

    with pytest.raises(BridgeError, match="the project was not saved"):
        chart.prove_once(bench.context)

    assert load_answers(answers_file(bench.home, PROJECT)) == {}
    assert chart.prove_once(bench.context).is_good


def faults_of(tmp_path: Path, step: int) -> Iterator[tuple[int, How]]:
    """Numbers of calls, and how each goes wrong."""
    bench = Bench(tmp_path / "well")
    first = len(bench.sim.calls) + 1
    bench.prove()
    for number in range(first, len(bench.sim.calls) + 1, step):
        yield number, HOWS[number // step % len(HOWS)]


def check_fault(root: Path, number: int, how: How) -> None:
    """Let one call go wrong: all is as it was before, and the next proof is good."""
    bench = Bench(root)
    before = bench.sim.snapshot()
    bench.sim.fail(number=number, how=how)
    try:
        bench.said.append(str(bench.prove()))
    except BridgeError as error:
        bench.said.append(str(error))
    call = bench.sim.calls[number - 1].method
    where = f"call {number} ({call}) answered {how}; said: {bench.said}"
    assert bench.leftovers() == [], where
    assert (call, how) == UNSEEN or not differences(before, bench.sim.snapshot()), where
    bench.sim.mend()
    assert bench.prove().is_good, where


UNSEEN = ("LoadRenderPreset", "lie")
"""What nobody can tell: no function reads the render settings that a preset put back."""


@pytest.mark.slow
def test_prove_leaves_nothing_whatever_goes_wrong(tmp_path: Path) -> None:
    """One call fails: everything is removed and put back, and the next proof is good."""
    for number, how in faults_of(tmp_path, SAMPLE):
        check_fault(tmp_path / str(number), number, how)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_prove_leaves_nothing_whichever_call_goes_wrong(tmp_path: Path, how: How) -> None:
    """The same for every call, each in one of the six ways."""
    for place, (number, _) in enumerate(faults_of(tmp_path, 1)):
        if place % len(HOWS) == HOWS.index(how):
            check_fault(tmp_path / str(number), number, how)


@pytest.mark.parametrize(("width", "height"), [(36, 24), (37, 25), (64, 16), (101, 31)])
def test_chart_has_every_patch_in_its_middle(tmp_path: Path, width: int, height: int) -> None:
    """Whatever the raster, what is read where a patch should be is that patch, as half."""
    first = chart._write_chart(tmp_path, width, height)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["chart_0000.exr", "chart_0001.exr"]
    assert first.read_bytes() == (tmp_path / "chart_0001.exr").read_bytes()
    assert read_header(first).data_window[2:] == (width, height)
    read = read_pixels(first, middles(width, height))
    np.testing.assert_array_equal(read, np.array(PATCHES, dtype=np.float16))


def test_patches_survive_the_real_transforms() -> None:
    """ACES 1.3's inverse and its output transform bring all patches back within the tolerance.

    Tolerance: half of it, so that Resolve's own arithmetic has the other half.
    """
    patches = np.array([PATCHES]).astype(np.float16).astype(np.float32)

    back = aces_to_display(display_to_aces(patches)).astype(np.float16)

    missed = np.abs(back - patches).max(axis=-1)[0]
    worst = int(missed.argmax())
    assert missed.max() <= TOLERANCE / 2, f"{PATCHES[worst]} misses by {missed.max() * 1024}/1024"
    assert len(PATCHES) == COLUMNS * ROWS


def test_twice_is_told_from_the_real_transform() -> None:
    """Display values taken for ACES2065-1 make middle grey 0.67 of 0.50 in ACES 1.3."""
    taken = np.array([PATCHES], dtype=np.float32)
    once = [tuple(map(float, patch)) for patch in aces_to_display(taken)[0]]

    (finding,) = judge(PATCHES, [once, once], INVERSE, INVERSE, ODT)  # type: ignore[list-item]

    assert finding.verdict == "stop"
    assert finding.sentence == (
        "grey 0.50 came back as 0.67: the output transform was applied twice: choose ODT 'Rec.709 "
        "BT.1886' in Project Settings > Color Management, and input transform 'Inverse Rec.709 "
        "BT.1886' for the clips"
    )


@pytest.mark.parametrize(
    ("first", "second", "verdict", "sentence"),
    [
        pytest.param(
            {MIDDLE: (0.501, 0.501, 0.501)},
            {MIDDLE: (0.502, 0.502, 0.502)},
            "ok",
            "'Inverse Rec.709 BT.1886' undoes 'Rec.709 BT.1886': 24 patches came back within "
            "1.0/1024, twice",
            id="within the tolerance",
        ),
        pytest.param(
            {15: (0.40, 0.96, 0.40)},
            {},
            "note",
            "'Inverse Rec.709 BT.1886' nearly undoes 'Rec.709 BT.1886': 0.40 0.97 0.40 came back "
            "as 0.40 0.96 0.40: look whether the ODT is the right",
            id="a colour is a little off",
        ),
        pytest.param(
            {0: (0.0, 0.0, 0.0)},
            {},
            "stop",
            "grey 0.03 came back as 0.00: 'Inverse Rec.709 BT.1886' does not undo 'Rec.709 "
            "BT.1886': choose ODT 'Rec.709 BT.1886' in Project Settings > Color Management, and "
            "input transform 'Inverse Rec.709 BT.1886' for the clips",
            id="black is crushed",
        ),
        pytest.param(
            {3: (math.nan, 0.18, 0.18)},
            {},
            "stop",
            "grey 0.18 came back as nan 0.18 0.18: 'Inverse Rec.709 BT.1886' does not undo "
            "'Rec.709 BT.1886': choose ODT 'Rec.709 BT.1886' in Project Settings > Color "
            "Management, and input transform 'Inverse Rec.709 BT.1886' for the clips",
            id="not a number",
        ),
        pytest.param(
            {},
            {MIDDLE: (0.51, 0.50, 0.50)},
            "stop",
            "a second pass changes the picture again: grey 0.50 came back as 0.51 0.50 0.50: look "
            "at the project's color settings",
            id="the second pass drifts",
        ),
    ],
)
def test_judge_says_what_was_seen(
    first: dict[int, Colour], second: dict[int, Colour], verdict: str, sentence: str
) -> None:
    """Middle grey is named first, else the patch that is furthest off."""
    passes = [came_back(first), came_back(second or first)]

    (finding,) = judge(PATCHES, passes, INVERSE, INVERSE, ODT)

    assert (finding.verdict, finding.sentence) == (verdict, sentence)


def test_greys_bound_the_range() -> None:
    """The ramp reaches both ends of what display-referred pictures use, and rises."""
    assert GREYS[0] <= 0.03
    assert GREYS[-1] >= 0.97
    assert list(GREYS) == sorted(GREYS)
    assert TOLERANCE < VISIBLE
