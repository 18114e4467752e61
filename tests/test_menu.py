"""The whole menu, 1 to 9, as a colourist runs it: from two folders of frames to a composite."""

from __future__ import annotations

import importlib
import json
import runpy
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.bridge.install import install
from chromaresolve.bridge.journal import Journal
from chromaresolve.bridge.rendering import Wish, render
from chromaresolve.bridge.session import Session
from chromaresolve.composite import composite
from chromaresolve.composite.otio import write_pair_timeline, write_timeline
from chromaresolve.frames import read_rgb
from chromaresolve.shot import Shot
from machines import machine_at
from menu import Menu
from resolve_sim import Simulator
from tiny import TINY_FRAMES, quiet, still

SCRIPTS = Path(__file__).parents[1] / "resolve_scripts"
ENTRIES = {file.name.split(" ")[0]: file.name for file in SCRIPTS.glob("[1-9] *.py")}
"""The menu's titles by their number."""

FILM, NAME, PROJECT = "Tiny", "tiny", "Tiny_ChromaRecovery"

EDITIONS = [
    pytest.param("19.1", "free", marks=pytest.mark.slow),
    pytest.param("19.1", "studio", marks=pytest.mark.slow),
    pytest.param("20.3", "free", marks=pytest.mark.slow),
    pytest.param("20.3", "studio", marks=pytest.mark.slow),
    pytest.param("21.0", "free", marks=pytest.mark.slow),
    pytest.param("21.0", "studio", marks=pytest.mark.slow),
    pytest.param("21.1", "studio", marks=pytest.mark.slow),
]
"""Where Resolve lists Python scripts."""

HALF_STEP = 2.0**-11
"""Half of the spacing of half floats below 1: what two roundings of one value may differ by."""

STAND_IN = """
import shutil, sys
from pathlib import Path
from typing import Any
verb, folder = sys.argv[1], Path(sys.argv[2])
assert verb in ("new", "run"), sys.argv
if verb == "run":
    for made in Path(MADE).iterdir():
        target = folder / made.name
        if made.is_dir():
            shutil.copytree(made, target, dirs_exist_ok=True)
        else:
            shutil.copy(made, target)
print('{"say": "the stand-in has done it"}', file=sys.stderr)
"""
"""A tool that takes no time: it hands out what the real one made of the same film."""


@pytest.fixture(scope="session")
def made(trained_shot: Path, rendered_shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tool makes of the tiny film: recovered, baseline, composite, bring_back.json."""
    root = tmp_path_factory.mktemp("made") / NAME
    shutil.copytree(trained_shot, root)
    shutil.copytree(rendered_shot / "baseline", root / "baseline")
    composite(Shot.load(root), say=quiet, on_progress=still)
    return root


class Installed(Menu):
    """The menu as `chromaresolve resolve install` put it into one Resolve."""

    def __init__(self, root: Path, version: str, edition: str, tool: list[str]) -> None:
        """Install the menu on a computer of our own, and start Resolve."""
        machine = machine_at(root / "computer", "Linux")
        install(machine, scripts=SCRIPTS, tool=tool)
        home = next((root / "computer").rglob("chromaresolve_bridge")).parent
        super().__init__(Simulator(root / "resolve", version, edition), home)
        self.scripts = next((root / "computer").rglob("1 Set Up Project.py")).parent
        sys.path.insert(0, str(home))
        rendering = importlib.import_module("chromaresolve_bridge.rendering")
        rendering.Wish.__new__.__defaults__ = (0.0, 60.0)  # a simulated render needs no waiting

    def click(self, number: str, capsys: pytest.CaptureFixture[str], **answers: object) -> str:
        """Run an entry as Resolve does, with its own global names; return what it printed."""
        self.answer(number, answers)
        capsys.readouterr()
        names = self.sim.names()
        runpy.run_path(str(self.scripts / ENTRIES[number]), init_globals=names)
        return capsys.readouterr().out

    def answer(self, number: str, answers: dict[str, object]) -> None:
        """Answer in the window, or in the file where there is none."""
        self.write_answers("set_up" if number == "1" else "another", answers)


@pytest.fixture
def _one_bridge(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Resolve runs each entry in a Python of its own: no copy of the bridge outlives a test."""
    path = list(sys.path)
    yield
    monkeypatch.undo()
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith("chromaresolve_bridge")]:
        del sys.modules[name]


@pytest.fixture
def film(trained_shot: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of frames, as they come from the scanner and from the telecine."""
    folders = (tmp_path / "scan of reel 1", tmp_path / "telecine")
    for folder, kind in zip(folders, ("SOURCE", "REF"), strict=True):
        folder.mkdir()
        for frame in range(1, TINY_FRAMES + 1):
            name = f"TINY_{kind}_{frame:04d}.exr"
            shutil.copy(trained_shot / "plates" / name, folder / name)
    return folders


def outcomes(menu: Menu) -> dict[str, str]:
    """Every step's last outcome."""
    files = sorted((menu.home / "reports").glob("*.json"))
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return {one["step"]: one["outcome"] for one in reports}


def run_menu(
    menu: Installed, film: tuple[Path, Path], folder: Path, capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """Run all of it; return what each entry printed."""
    answers: dict[str, object] = {
        "film": FILM,
        "name": NAME,
        "folder": str(folder),
        "frame_rate": "24",
        "source": str(film[0]),
        "reference": str(film[1]),
        "aces_version": "1.3",
    }
    printed = {"1": menu.click("1", capsys, **answers)}
    printed |= {number: menu.click(number, capsys) for number in "24"}
    printed["3"] = menu.click("3", capsys, align_mode="read out by hand")
    printed["5"] = menu.click("5", capsys)
    printed["6"] = menu.click("6", capsys, minutes=0.1)
    printed |= {number: menu.click(number, capsys) for number in "78"}
    printed["9"] = menu.click("9", capsys, delivery="Archive ACES2065-1 EXR")
    return printed


def rendered(resolve: Any, root: Path) -> list[Path]:
    """Render the composite timeline under the project's own output transform."""
    session = Session(resolve, {}, Journal(root / "home", "test", show=quiet))
    timeline = session.timelines()[f"{NAME}_Composite"]
    start = int(session.number(timeline, "Timeline.GetStartFrame"))
    wish = Wish(
        timeline=timeline,
        folder=root / "seen",
        name="seen_",
        container="exr",
        codec="RGBHalfZIP",
        first=start,
        last=start + TINY_FRAMES - 1,
        settings={"ExportAlpha": False},
        poll=0.0,
    )
    return render(session, wish)


@pytest.mark.usefixtures("_one_bridge")
@pytest.mark.parametrize(("version", "edition"), EDITIONS)
def test_menu_leads_from_two_folders_to_a_composite(
    tmp_path: Path,
    film: tuple[Path, Path],
    made: Path,
    capsys: pytest.CaptureFixture[str],
    version: str,
    edition: str,
) -> None:
    """V2 is Color, and what Resolve renders is what `composite` made."""
    script = tmp_path / "tool.py"
    script.write_text(STAND_IN.replace("MADE", repr(str(made))), encoding="utf-8")
    menu = Installed(tmp_path, version, edition, [sys.executable, str(script)])
    folder = tmp_path / NAME

    printed = run_menu(menu, film, folder, capsys)

    assert set(outcomes(menu).values()) <= {"done", "look"}, printed
    for frame in range(1, TINY_FRAMES + 1):
        ours = read_rgb(folder / f"plates/{NAME}_SOURCE_{frame:04d}.exr")
        scan = read_rgb(film[0] / f"TINY_SOURCE_{frame:04d}.exr")
        np.testing.assert_allclose(ours, np.clip(scan, 0, 1), rtol=0, atol=HALF_STEP)
    check_composite(menu.sim, menu.sim.resolve, folder, tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("_one_bridge")
def test_menu_leads_there_with_the_real_tool(
    tmp_path: Path, film: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A network is taught and run in a process of its own, started from the menu."""
    menu = Installed(tmp_path, "21.0", "studio", [sys.executable, "-m", "chromaresolve"])
    folder = tmp_path / NAME

    printed = run_menu(menu, film, folder, capsys)

    assert set(outcomes(menu).values()) <= {"done", "look"}, printed
    assert "up to date" in printed["6"]
    check_composite(menu.sim, menu.sim.resolve, folder, tmp_path)


def test_free_21_1_gets_the_same_composite_from_a_file(tmp_path: Path, made: Path) -> None:
    """No script: the timeline is imported, and the clips' input transform chosen by hand."""
    sim = Simulator(tmp_path / "resolve", "21.1", "free")
    assert sim.names() == {}
    resolve = sim.lua_names()["resolve"]
    sim.new_project(
        PROJECT,
        timelineFrameRate="24",
        timelineResolutionWidth="320",
        timelineResolutionHeight="180",
        colorScienceMode="acescct",
        colorAcesODT="Rec.709 BT.1886",
    )
    file = tmp_path / f"{NAME}_Composite.otio"
    write_timeline(Shot.load(made), file, absolute=True, say=quiet)

    pool = resolve.GetProjectManager().GetCurrentProject().GetMediaPool()
    assert pool.ImportTimelineFromFile(str(file), {})
    items = [item for track in sim.timeline().tracks["video"] for item in track.items]
    for clip in filter(None, (item.media for item in items)):
        assert clip.SetClipProperty("IDT", "Inverse Rec.709 BT.1886")

    sim.timeline().name = f"{NAME}_Composite"
    write_pair_timeline(Shot.load(made), tmp_path / "pair.otio", absolute=True, say=quiet)
    assert pool.ImportTimelineFromFile(str(tmp_path / "pair.otio"), {})
    pair = sim.timeline(f"{NAME}_Pair").tracks["video"]
    assert [[one.duration for one in track.items] for track in pair] == [[TINY_FRAMES]] * 2
    resolve.GetProjectManager().GetCurrentProject().SetCurrentTimeline(
        resolve.GetProjectManager().GetCurrentProject().GetTimelineByIndex(1)
    )
    check_composite(sim, resolve, made, tmp_path, extra=["Reference"])


def check_composite(
    sim: Simulator, resolve: Any, folder: Path, tmp_path: Path, extra: Sequence[str] = ()
) -> None:
    """Check that V2 is Color, and that each rendered frame is what `composite` wrote."""
    tracks = sim.timeline(f"{NAME}_Composite").tracks["video"]
    names = ["Original", "Recovered", "LUT Baseline", "Final", *extra]
    assert [track.name for track in tracks] == names
    assert tracks[1].items[0].inspector.values["CompositeMode"] == 16
    seen = rendered(resolve, tmp_path)
    facts = json.loads((folder / "bring_back.json").read_text(encoding="utf-8"))
    for frame, file in enumerate(seen, start=1):
        exact = read_rgb(folder / f"composite/{NAME}_COMP_{frame:04d}.exr")
        plate = read_rgb(folder / facts["tracks"][0]["pattern"].replace("####", f"{frame:04d}"))
        # Outside 0..1 the output transform clamps before tracks are blended; at the bounds the
        # exact merge pulls chroma in, and holds luma where it rounds: blue then moves by steps.
        inside = ((plate > 0) & (plate < 1) & (exact > 0) & (exact < 1)).all(axis=-1)
        assert inside.mean() > 0.9
        difference = np.abs(read_rgb(file) - exact)[inside].max()
        assert difference <= 2 * HALF_STEP, f"frame {frame} differs by up to {difference:.5f}"
    assert len(seen) == TINY_FRAMES
