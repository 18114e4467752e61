"""Record Diagnostics: what this Resolve does, told truly, and nothing of it left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.bridge.diagnostics import EXPERIMENTS
from faults import HOWS, SLOW, How, calls_of, check_failure
from menu import Menu
from resolve_sim import Simulator

COLOR = "which number is composite mode Color"
ODT = "which output transforms are taken"
NUMBERING = "how an EXR sequence from 1001 is numbered"
PLACING = "whether frames are counted from 0 or by file number"
NAMES = "what rendered EXR files are called"
ATTRIBUTES = "which clip attributes can be written"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chromaresolve.bridge.rendering.Wish.__new__.__defaults__", (0.0, 0.05))


def opened(root: Path, version: str = "21.0", edition: str = "studio", **switches: Any) -> Menu:
    """A Resolve with a project and a timeline open, as a user's."""
    sim = Simulator(root / "resolve", version, edition, **switches)
    sim.new_project(
        "a user's own",
        timelineFrameRate="24",
        timelineResolutionWidth="128",
        timelineResolutionHeight="72",
        colorScienceMode="acescct",
    )
    sim.project.pool.CreateEmptyTimeline("a user's cut")
    return Menu(sim, root / "home")


def found(menu: Menu) -> dict[str, Any]:
    """What the recording says of each experiment."""
    (file,) = (menu.home / "reports").glob("diagnostics-*.jsonl")
    first = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    return dict(first["diagnostics"]["found"])


@pytest.mark.parametrize(
    "where", [("19.1", "free"), ("20.3", "studio"), ("21.1", "studio")], ids=" ".join
)
def test_every_experiment_is_made_and_nothing_is_left(
    tmp_path: Path, where: tuple[str, str]
) -> None:
    """The project is as it was; the recording has an answer to each open point."""
    menu = opened(tmp_path, *where)
    before = menu.sim.snapshot()

    assert menu.run("diagnostics"), menu.said

    after = menu.sim.snapshot()
    after["project"]["selected"] = before["project"][
        "selected"
    ]  # 20.3 places only what is selected
    assert after == before
    assert set(found(menu)) == set(EXPERIMENTS)
    assert not [one for one in found(menu).values() if "failed" in one]


@pytest.mark.parametrize(
    ("switches", "experiment", "path", "value"),
    [
        pytest.param({"exr_digits": 4}, NAMES, ("files", 0), "cr_1001.exr", id="four digits"),
        pytest.param({}, NAMES, ("files", 0), "cr_00001001.exr", id="eight digits"),
        pytest.param(
            {"clip_start_frame": "ignored"},
            NAMES,
            ("files", 0),
            "cr_00086400.exr",
            id="numbered by the timeline",
        ),
        pytest.param({"sequence_start": "zero"}, NUMBERING, ("attributes", "Start"), "0", id="0"),
        pytest.param({}, NUMBERING, ("attributes", "Start"), "1001", id="file number"),
        pytest.param(
            {"append_counts": "zero"}, NUMBERING, ("placed whole", "left"), 0, id="counted from 0"
        ),
        pytest.param(
            {"append_counts": "file"},
            NUMBERING,
            ("placed whole", "left"),
            1001,
            id="counted by file number",
        ),
        pytest.param(
            {"idt_writable": False}, ATTRIBUTES, ("IDT", "said"), False, id="IDT not writable"
        ),
        pytest.param({}, ATTRIBUTES, ("IDT", "kept"), "Inverse Rec.709 BT.1886", id="IDT writable"),
        pytest.param(
            {"composite_constants": True, "color_composite": 15}, COLOR, ("named",), 15, id="Color"
        ),
        pytest.param(
            {"odt_settable": False}, ODT, ("Rec.709 BT.1886", "said"), False, id="ODT not settable"
        ),
    ],
)
def test_a_recording_tells_what_this_resolve_is_like(
    tmp_path: Path, switches: dict[str, Any], experiment: str, path: tuple[Any, ...], value: object
) -> None:
    """Each doubt is answered as the Resolve at hand answers it."""
    menu = opened(tmp_path, **switches)

    assert menu.run("diagnostics"), menu.said

    answer: Any = found(menu)[experiment]
    for step in path:
        answer = answer[step]
    assert answer == value


def test_an_experiment_that_fails_costs_no_other(tmp_path: Path) -> None:
    """It is recorded with its reason."""
    menu = opened(tmp_path, render_fails="no GPU")

    assert menu.run("diagnostics")

    answers = found(menu)
    assert "no GPU" in answers[NAMES]["failed"]
    assert "kept" in answers[COLOR]


def test_a_recording_holds_every_call(tmp_path: Path) -> None:
    """As many lines as the simulator counted, in its own form."""
    menu = opened(tmp_path)

    assert menu.run("diagnostics")

    (file,) = (menu.home / "reports").glob("diagnostics-*.jsonl")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    ours = [line["call"].partition(".")[2] for line in lines]
    theirs = [call.method.rpartition(".")[2] for call in menu.sim.calls]
    assert ours == theirs[: len(ours)]
    assert len(ours) > 100


def test_the_only_timeline_cannot_be_removed_and_that_is_said(tmp_path: Path) -> None:
    """Resolve deletes no open timeline."""
    menu = opened(tmp_path)
    menu.sim.project.pool.timelines.clear()
    menu.sim.project.pool.desk.current = None

    assert menu.run("diagnostics")

    assert any("stays, as Resolve deletes no open timeline" in one for one in menu.said)


def preparation(root: Path) -> Callable[[], Menu]:
    """Return what opens a fresh Resolve for each run."""
    places = count()
    return lambda: opened(root / str(next(places)))


def record(menu: Menu) -> bool:
    """Run the step."""
    return menu.run("diagnostics")


@pytest.mark.slow
@pytest.mark.parametrize("how", HOWS)
def test_nothing_changes_whichever_call_fails(tmp_path: Path, how: How) -> None:
    """Every fifth call goes wrong in turn; a user's project is never left changed."""
    prepare = preparation(tmp_path)
    first, last = calls_of(prepare, record)
    final = prepare().sim.snapshot()
    for number in range(first + HOWS.index(how), last + 1, 5 * SLOW):
        check_failure(prepare, record, dict, number=number, how=how, final=final)
