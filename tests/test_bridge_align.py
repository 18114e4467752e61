"""3 Align Reference: what is measured, what is set, and that the Reference then covers the scan."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.bridge import handover
from chromaresolve.bridge.calibration import (
    FITTED,
    FRAME,
    Measured,
    for_clip,
    load_calibration,
    save_calibration,
)
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.geometry import (
    Calibration,
    Inspector,
    inspector_matrix,
    invert,
    multiply,
    to_resolve,
)
from chromaresolve.bridge.solving import Exported, solve
from pair_project import NAME, PairProject
from resolve_sim.sizing import transform

SIZE = (320, 240)
"""The frame: small, and large enough for the chart's dots."""

REST = {"Pan": 0.0, "Tilt": 0.0, "ZoomX": 1.0, "ZoomY": 1.0, "RotationAngle": 0.0}
"""An Inspector that does nothing."""

UNITS_NEAR = 0.005
"""A twelfth of a pixel over the 17 that Pan is tried with here: dots are found to 0.02 px."""

LIES_NEAR = 0.05
"""Pixels: calibration to 0.1 % of a shift of 20, and dots to 0.02."""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at render jobs without pausing."""
    monkeypatch.setattr("chromaresolve.bridge.rendering.time.sleep", lambda _seconds: None)


def measured(counts_in: str = FITTED, **units: Any) -> Measured:
    """Return a calibration."""
    return Measured(Calibration(**units), counts_in, "21.0.0", "2026-11-21")


@pytest.mark.parametrize(
    ("counts_in", "clip", "fitting", "wanted"),
    [
        pytest.param(FITTED, (320, 240), "scaleToFit", (2.0, 3.0), id="fills the frame"),
        pytest.param(FRAME, (160, 240), "scaleToFit", (2.0, 3.0), id="counts in the frame"),
        pytest.param(FITTED, (160, 240), "scaleToFit", (1.0, 3.0), id="fit, pillars"),
        pytest.param(FITTED, (640, 240), "scaleToFit", (2.0, 1.5), id="fit, letterbox"),
        pytest.param(FITTED, (160, 240), "scaleToCrop", (2.0, 6.0), id="fill"),
        pytest.param(FITTED, (160, 60), "centerCrop", (1.0, 0.75), id="crop"),
        pytest.param(FITTED, (160, 60), "stretch", (2.0, 3.0), id="stretch"),
    ],
)
def test_units_follow_the_fitted_clip(
    counts_in: str, clip: tuple[int, int], fitting: str, wanted: tuple[float, float]
) -> None:
    """Where Pan and Tilt count in the clip as fitted, as an exported OTIO says they do."""
    known = measured(counts_in, pan_px=2.0, tilt_px=3.0)
    found = for_clip(known, clip, SIZE, fitting=fitting, par="Square")
    assert (found.pan_px, found.tilt_px) == pytest.approx(wanted)


def test_units_of_video_pixels_are_not_guessed() -> None:
    """Their fitted width depends on a standard that no attribute tells."""
    with pytest.raises(BridgeError, match="its pixels are not square") as caught:
        for_clip(measured(), (720, 576), SIZE, fitting="scaleToFit", par="16:9")
    assert "'read out by hand'" in str(caught.value)


def test_calibration_survives_the_disk(tmp_path: Path) -> None:
    """Everything that was measured, and where nothing was, nothing."""
    assert load_calibration(tmp_path) is None
    known = measured(FRAME, pan_px=0.5, tilt_px=2.0, rotation_sign=-1)
    save_calibration(tmp_path, known)
    assert load_calibration(tmp_path) == known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"pan_px": 1}',
        '{"pan_px": 0, "tilt_px": 1, "rotation_sign": 1}',
        '{"pan_px": "x"}',
    ],
)
def test_broken_calibration_is_refused(tmp_path: Path, text: str) -> None:
    """With the file's name and what to do."""
    (tmp_path / "calibration.json").write_text(text, encoding="utf-8")
    with pytest.raises(BridgeError, match=r"calibration\.json: is not what it must be") as caught:
        load_calibration(tmp_path)
    assert 'run 3 Align Reference with "calibrate"' in str(caught.value)


def exported(*positions: Inspector, before: Inspector | None = None) -> Exported:
    """Return what the tool would find of a Reference that must lie so, in each pair."""
    already = inspector_matrix(before or Inspector(), *SIZE)
    matrices = {
        1001 + number: multiply(already, invert(inspector_matrix(position, *SIZE)))
        for number, position in enumerate(positions)
    }
    plain = Calibration()
    return Exported(SIZE, to_resolve(before or Inspector(), plain), matrices)


WANTED = Inspector(pan_px=12.5, tilt_px=-4.25, zoom_x=1.1, zoom_y=1.05, rotation=1.5)
"""How a Reference must lie."""


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(None, id="exported at rest"),
        pytest.param(Inspector(20.0, 5.0, 1.2, 0.9, -2.0), id="exported moved"),
    ],
)
def test_solve_finds_where_the_reference_must_lie(before: Inspector | None) -> None:
    """Also where it was moved already when it was exported: both moves are one."""
    found = solve(exported(WANTED, before=before), Calibration())
    assert found.values == pytest.approx(to_resolve(WANTED, Calibration()), abs=1e-5)
    assert found.spread_px == pytest.approx(0, abs=1e-6)
    assert found.residual_px == pytest.approx(0, abs=1e-6)


def test_solve_speaks_in_resolves_units() -> None:
    """Pan in halves, Tilt in doubles, rotation the other way round."""
    found = solve(exported(WANTED), Calibration(pan_px=0.5, tilt_px=2.0, rotation_sign=-1))
    assert found.values["Pan"] == pytest.approx(25.0)
    assert found.values["Tilt"] == pytest.approx(-2.125)
    assert found.values["RotationAngle"] == pytest.approx(-1.5)


def test_solve_says_how_far_pairs_lie_apart() -> None:
    """Two pairs three pixels apart are one and a half from their mean."""
    found = solve(exported(Inspector(pan_px=4), Inspector(pan_px=7)), Calibration())
    assert (found.values["Pan"], found.spread_px, found.pairs) == pytest.approx((5.5, 1.5, 2))


def conformed(
    root: Path,
    version: str = "21.0",
    edition: str = "studio",
    size: tuple[int, int] = SIZE,
    frame: tuple[int, int] = SIZE,
    **switches: Any,
) -> PairProject:
    """Return a project with a pair timeline; the Reference may have a raster of its own."""
    project = PairProject(root, version, edition, size=frame, render_polls=1, **switches)
    project.sequence("Source", 1001, 2, size=frame, timecode="01:00:00:00")
    project.sequence("Reference", 1001, 2, size=size)
    assert project.run("conform"), project.text
    return project


def write_alignment(project: PairProject, alignment: Exported) -> None:
    """Write what 5 Export Pair and `chromaresolve align` leave in the shot's folder."""
    reference = handover.Exported(
        pattern=f"plates/{NAME}_REF_####.exr",
        first=1001,
        last=1002,
        compression="dwaa",
        clip="reference",
        file="/media/reference",
        input_transform="",
        size=1,
        made_from="",
        more={"transform": alignment.transform},
    )
    width, height = alignment.size
    facts = {"width": width, "height": height}
    handover.save_turnover(project.folder, handover.Turnover(facts, {"reference": reference}))
    plate = project.folder / "plates" / f"{NAME}_REF_1001.exr"
    plate.parent.mkdir(exist_ok=True)
    plate.touch()
    pairs = {frame: {"matrix": matrix} for frame, matrix in alignment.matrices.items()}
    file = project.folder / "alignment" / "alignment.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"pairs": pairs}), encoding="utf-8")
    later = plate.stat().st_mtime + 60
    os.utime(file, (later, later))


CALIBRATED = [
    pytest.param("19.1", "free", {}, Calibration(), FITTED, id="19.1"),
    pytest.param("19.1", "studio", {"zoom_gang": "inert"}, Calibration(), FITTED, id="gang inert"),
    pytest.param(
        "20.3",
        "studio",
        {"rotation_sign": -1, "render_folders": "nested", "exr_digits": 4},
        Calibration(1, 1, -1),
        FITTED,
        id="clockwise",
    ),
    pytest.param(
        "21.0", "free", {"pan_by_fitted_size": False}, Calibration(), FRAME, id="in the frame"
    ),
    pytest.param(
        "21.1", "studio", {"pan_px": 0.5, "tilt_px": 2}, Calibration(0.5, 2, 1), FITTED, id="units"
    ),
]
"""Versions, with the switches of the simulator that a calibration must find."""


@pytest.mark.parametrize(("version", "edition", "switches", "units", "counts_in"), CALIBRATED)
@pytest.mark.slow
def test_calibrate_measures_and_removes_everything(
    tmp_path: Path,
    version: str,
    edition: str,
    switches: dict[str, Any],
    units: Calibration,
    counts_in: str,
) -> None:
    """Then, from the alignment, the Reference lies exactly over its Source, and stays there."""
    project = conformed(tmp_path, version, edition, (200, 180), **switches)
    before = state(project)
    assert project.run("align", align_mode="calibrate"), project.text
    assert state(project) == before
    found = load_calibration(project.home)
    assert found is not None
    assert found.calibration == pytest.approx(units, abs=UNITS_NEAR)
    assert found.counts_in == counts_in
    assert project.run("align", align_mode="calibrate"), project.text
    assert project.report()["plan"] == []
    align_and_check(project)


def state(project: PairProject) -> dict[str, Any]:
    """Return all that can be put back: 20.3.0 wants a clip selected, and no script unselects."""
    found = project.sim.snapshot()
    del found["project"]["selected"]
    return found


def align_and_check(project: PairProject) -> None:
    """Let the tool find a shifted, turned and zoomed Reference, and align it."""
    item = project.pair(2)
    item.inspector.values |= {"Pan": 8.0, "ZoomX": 1.2, "ZoomY": 1.2, "RotationAngle": 3.0}
    shown = pixel_map(project)
    wanted = inspector_matrix(Inspector(6.0, -9.0, 1.3, 1.25, -2.0), *SIZE)
    at_rest = pixel_map(project, rest=True)
    # From a Source pixel to the Reference's own, and from there to where it was exported.
    matrix = shown @ np.linalg.inv(at_rest) @ np.linalg.inv(np.array(wanted))
    moved = {key: item.inspector.values[key] for key in REST}
    rows = tuple(tuple(map(float, row)) for row in matrix)
    write_alignment(project, Exported(SIZE, moved, {1001: rows}))
    assert project.run("align", align_mode="from alignment.json"), project.text
    corners = np.array([[0, 0, 1], [319, 0, 1], [0, 239, 1], [319, 239, 1]]).T
    covers = pixel_map(project) @ np.linalg.inv(shown) @ matrix @ corners
    assert covers[:2] / covers[2] == pytest.approx(corners[:2], abs=LIES_NEAR)
    before = project.sim.snapshot()
    assert project.run("align", align_mode="from alignment.json"), project.text
    assert project.report()["plan"] == []
    assert project.sim.snapshot() == before


def pixel_map(project: PairProject, *, rest: bool = False) -> NDArray[np.float64]:
    """Return where the Reference's own pixel centres are shown, by the simulator's own maths."""
    item = project.pair(2)
    kept = dict(item.inspector.values)
    if rest:
        item.inspector.values |= REST
    edges = np.vstack([transform(item, project.sim.project.settings, item.start), [0, 0, 1]])
    item.inspector.values = kept
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    found: NDArray[np.float64] = np.linalg.inv(centre) @ edges @ centre
    return found


@pytest.fixture
def ready(tmp_path: Path) -> Callable[..., PairProject]:
    """Return what makes a calibrated project whose pair was exported and aligned."""

    def make(*positions: Inspector, **switches: Any) -> PairProject:
        project = conformed(tmp_path, **switches)
        save_calibration(project.home, measured())
        write_alignment(project, exported(*(positions or (WANTED,))))
        project.answer(align_mode="from alignment.json")
        return project

    return make


def test_align_keeps_what_it_set(ready: Callable[..., PairProject]) -> None:
    """In the shot's folder, as 5 Export Pair hands it over."""
    project = ready()
    assert project.run("align", align_mode="from alignment.json"), project.text
    kept = json.loads((project.folder / "alignment/inspector.json").read_text(encoding="utf-8"))
    values = {key: project.pair(2).inspector.values[key] for key in REST}
    assert kept["transform"] == pytest.approx(values)
    assert values == pytest.approx(to_resolve(WANTED, Calibration()), abs=1e-4)
    assert project.pair(2).inspector.values["ZoomGang"] is False
    assert "set Inspector V2 at frame 0 Pan 12.5 was 0.0" in project.report()["plan"]
    assert "the mean of 1 pairs, 0.00 px off at the worst" in project.text


def test_align_says_that_it_holds_one_value(ready: Callable[..., PairProject]) -> None:
    """An alignment that varies by more than half a pixel goes by a timeline file."""
    project = ready(Inspector(pan_px=4), Inspector(pan_px=7))
    assert project.run("align", align_mode="from alignment.json"), project.text
    assert "varies by 1.50 px over the shot, and this is its mean: import the timeline of" in (
        project.text
    )
    assert "`chromaresolve composite SHOT --timeline SHOT.otio`" in project.text


def forget_calibration(project: PairProject) -> None:
    """Never have measured."""
    (project.home / "calibration.json").unlink()


def export_again(project: PairProject) -> None:
    """Export the Reference after it was aligned."""
    plate = project.folder / "plates" / f"{NAME}_REF_1001.exr"
    later = plate.stat().st_mtime + 120
    os.utime(plate, (later, later))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(
            forget_calibration,
            "the calibration: what a unit of the Inspector does here was never measured: run 3 "
            'Align Reference with "calibrate" once in this Resolve',
            id="no calibration",
        ),
        pytest.param(
            lambda p: (p.folder / "turnover.json").unlink(),
            "turnover.json: says of no exported Reference: run 5 Export Pair first",
            id="not exported",
        ),
        pytest.param(
            lambda p: (p.folder / "alignment/alignment.json").unlink(),
            "alignment.json: is not there: run `chromaresolve align` on the shot first",
            id="not aligned",
        ),
        pytest.param(
            lambda p: (p.folder / "alignment/alignment.json").write_text('{"pairs": {}}'),
            "alignment.json: holds no pair: run `chromaresolve align` on the shot again",
            id="no pair",
        ),
        pytest.param(
            lambda p: (p.folder / "alignment/alignment.json").write_text("{"),
            "alignment.json: is not what it must be (JSONDecodeError",
            id="broken",
        ),
        pytest.param(
            export_again,
            "alignment.json: is older than the exported Reference it was made from",
            id="exported again",
        ),
        pytest.param(
            lambda p: write_alignment(p, exported(WANTED)._replace(size=(1920, 1080))),
            "the Reference: was exported at 1920 x 1080, and the timeline is 320 x 240",
            id="another raster",
        ),
        pytest.param(
            lambda p: p.pair(2).inspector.values.update(Pitch=0.1),
            "the Reference V2 at frame 0: has Pitch off its default: reset it in the Inspector",
            id="turned in space",
        ),
        pytest.param(
            lambda p: p.pair(2).track.items.clear(),
            f"timeline '{NAME}_Pair': has no Reference on V2: run 2 Conform first",
            id="no Reference",
        ),
    ],
)
def test_align_refuses_what_it_cannot_know(
    ready: Callable[..., PairProject], spoil: Callable[[PairProject], Any], sentence: str
) -> None:
    """And changes nothing."""
    project = ready()
    spoil(project)
    before = project.sim.snapshot()
    assert not project.run("align", align_mode="from alignment.json")
    assert sentence in project.text
    assert project.sim.snapshot() == before


def test_align_reads_out_what_was_done_by_hand(tmp_path: Path) -> None:
    """No calibration is needed for that, and nothing is set."""
    project = conformed(tmp_path)
    moved = {"Pan": 3.25, "Tilt": -7.5, "ZoomX": 1.02, "ZoomY": 1.02, "RotationAngle": 0.25}
    project.pair(2).inspector.values |= moved
    before = project.sim.snapshot()
    assert project.run("align", align_mode="read out by hand"), project.text
    kept = json.loads((project.folder / "alignment/inspector.json").read_text(encoding="utf-8"))
    assert kept["transform"] == moved
    assert project.sim.snapshot() == before
    assert project.run("align", align_mode="read out by hand"), project.text
    assert project.report()["plan"] == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["false", "raise", "lie"])
@pytest.mark.parametrize("version", ["20.3", "21.1"])
def test_align_sets_all_or_nothing(
    ready: Callable[..., PairProject], version: str, how: Any
) -> None:
    """A Reference half moved would be aligned to nothing."""
    project = ready(version=version)
    before = project.sim.snapshot()
    call = "SetProperties" if version == "21.1" else "SetProperty"
    for nth in range(1, 7):
        project.sim.fail(call=f"TimelineItem.{call}", nth=nth, how=how)
        assert not project.run("align", align_mode="from alignment.json")
        assert "SetPropert" in project.text or "Inspector value" in project.text
        assert project.sim.snapshot() == before
        project.sim.mend()
    assert project.run("align", align_mode="from alignment.json"), project.text


def test_calibrate_needs_a_timeline_to_come_back_to(tmp_path: Path) -> None:
    """Resolve deletes no open timeline, so there must be another one."""
    project = PairProject(tmp_path, size=SIZE)
    before = project.sim.snapshot()
    assert not project.run("align", align_mode="calibrate")
    assert "run 2 Conform first" in project.text
    assert project.sim.snapshot() == before


WRITES = ("Set", "Add", "Create", "Append", "Import", "Load", "Open", "Delete", "Save", "Start")
"""How calls begin that change something."""


NOT_READ_BACK = ("Project.", "MediaPool.SetCurrentFolder")
"""The render queue and the open bin, where a lie cannot be told from the truth."""


@pytest.mark.slow
def test_calibrate_leaves_nothing_when_a_call_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of writing call, its first and its last; the dots themselves are not looked at."""
    monkeypatch.setattr("chromaresolve.bridge.calibrating._measured", lambda *_: measured())
    project = conformed(tmp_path, size=(64, 48), frame=(64, 48))
    before = project.sim.snapshot()
    project.sim.calls.clear()
    assert project.run("align", align_mode="calibrate"), project.text
    counts: dict[str, int] = {}
    for call in project.sim.calls:
        if call.method.startswith(WRITES):
            name = f"{call.owner}.{call.method}"
            counts[name] = counts.get(name, 0) + 1
    for place, (name, count) in enumerate(sorted(counts.items())):
        hows = ("false", "raise") if name.startswith(NOT_READ_BACK) else ("false", "raise", "lie")
        for nth in sorted({1, count}):
            (project.home / "calibration.json").unlink(missing_ok=True)
            how: Any = hows[(place + nth) % len(hows)]
            project.sim.fail(call=name, nth=nth, how=how)
            project.run("align", align_mode="calibrate")
            project.sim.mend()
            told = f"{name} {nth} {how}: {project.text}"
            assert "this is a mistake in ChromaResolve" not in project.text, told
            assert project.sim.snapshot() == before, told
    assert len(counts) > 10
