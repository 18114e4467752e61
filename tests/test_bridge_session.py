"""Finding Resolve, asking the user, and running an entry so that nothing is ever left unsaid."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chromaresolve.bridge import menu, values
from chromaresolve.bridge.errors import BridgeError, RefusedError
from chromaresolve.bridge.journal import KEPT_REPORTS, Journal
from chromaresolve.bridge.session import Session, find_resolve
from menu import Menu
from resolve_sim import Simulator
from tiny import quiet


@pytest.fixture
def sim(tmp_path: Path) -> Simulator:
    """A Resolve with a project."""
    simulator = Simulator(tmp_path / "resolve", "21.0", "studio")
    simulator.new_project("X_ChromaRecovery", timelineFrameRate="24")
    return simulator


def session_of(sim: Simulator, tmp_path: Path) -> Session:
    """A session with it."""
    return Session(sim.resolve, sim.names(), Journal(tmp_path / "home", "test", show=quiet))


@pytest.mark.parametrize("given", ["resolve", "bmd", "app"])
def test_resolve_is_found_in_each_of_its_places(sim: Simulator, given: str) -> None:
    """Handed over, through `bmd`, or through `app`."""
    names = {given: sim.names()[given]}

    assert find_resolve(names).GetProductName() == "DaVinci Resolve Studio"


def test_resolve_is_found_from_outside(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve's own module, in its own folder, is loaded; the path is left as it was."""
    folder = sim.world.root / "Developer/Scripting"
    (folder / "Modules").mkdir(parents=True)
    code = "def scriptapp(name):\n    import builtins\n    return builtins.the_resolve\n"
    (folder / "Modules" / "DaVinciResolveScript.py").write_text(code)
    monkeypatch.setenv("RESOLVE_SCRIPT_API", str(folder))
    monkeypatch.setattr("builtins.the_resolve", sim.resolve, raising=False)
    monkeypatch.delitem(sys.modules, "DaVinciResolveScript", raising=False)
    before = list(sys.path)

    assert find_resolve({}).GetVersionString().startswith("21.0")
    assert sys.path == before
    sys.modules.pop("DaVinciResolveScript")


def test_without_resolve_the_user_is_told_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both from the menu and from outside."""
    monkeypatch.setenv("RESOLVE_SCRIPT_API", os.devnull)

    with pytest.raises(BridgeError, match="no running Resolve answers: start Resolve"):
        find_resolve({"resolve": SimpleNamespace()})


def test_an_older_resolve_is_refused(tmp_path: Path) -> None:
    """The sentence names the oldest that will do."""
    older = SimpleNamespace(
        GetVersion=lambda: [18, 6, 6, 7, ""], GetProductName=lambda: "DaVinci Resolve"
    )

    with pytest.raises(BridgeError, match=r"this is Resolve 18\.6\.6; the workflow needs 19\.1"):
        Session(older, {}, Journal(tmp_path, "test", show=quiet))


@pytest.mark.parametrize(("version", "strict"), [("21.0", False), ("21.1", False), ("21.1", True)])
def test_settings_are_written_in_either_convention(
    tmp_path: Path, version: str, strict: bool
) -> None:
    """One key up to 21.0, a dictionary from 21.1; and unchanged is not written again."""
    sim = Simulator(tmp_path / "resolve", version, "studio", strict=strict)
    sim.new_project("X")
    session = session_of(sim, tmp_path)
    project = session.project()

    assert values.write_project_setting(session, project, "nodeStackLayers", "2")
    assert not values.write_project_setting(session, project, "nodeStackLayers", "2")

    assert values.read_project_setting(session, project, "nodeStackLayers") == "2"
    names = {call.method.rpartition(".")[2] for call in sim.calls}
    assert ("SetSettings" in names) == (version == "21.1")


def test_a_setting_that_lies_is_noticed(tmp_path: Path) -> None:
    """Resolve said yes and changed nothing."""
    lies = frozenset({"nodeStackLayers"})
    sim = Simulator(tmp_path / "resolve", "21.0", "studio", setting_lies=lies)
    sim.new_project("X")
    session = session_of(sim, tmp_path)

    with pytest.raises(RefusedError, match="Resolve said yes and kept '1' instead of '2'"):
        values.write_project_setting(session, session.project(), "nodeStackLayers", "2")


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        ("24", 24.0, True),
        ("23.976", 23.976, True),
        ("29.97", 29.0, False),
        ("1", True, True),
        ("0", True, False),
        (16, 16.0, True),
        ("Rec.709", "Rec.709 BT.1886", False),
        ("", 0, False),
        (None, "", False),
    ],
)
def test_values_are_compared_as_resolve_returns_them(
    ours: object, theirs: object, equal: bool
) -> None:
    """Numbers as numbers, switches as switches, everything else as text."""
    assert values.are_equal(ours, theirs) is equal
    assert values.are_equal(theirs, ours) is equal


def test_a_window_asks_and_its_answers_are_kept(sim: Simulator, tmp_path: Path) -> None:
    """Next time they are in the fields."""
    run = Menu(sim, tmp_path / "home")
    sim.answers.fill = {"folder": "/shots/sh010", "name": "sh010", "still_format": "tif"}
    sim.answers.click = ["ok", "ok"]

    for _ in range(2):
        assert not menu.start("stills", sim.names(), str(run.home), show=quiet)

    first, second = sim.answers.shown
    assert first == second
    file = run.home / "settings" / "X_ChromaRecovery.json"
    assert json.loads(file.read_text())["still_format"] == "tif"


@pytest.mark.parametrize("button", ["cancel", "close"])
def test_a_window_that_is_closed_changes_nothing(
    sim: Simulator, tmp_path: Path, button: str
) -> None:
    """And is no error that needs a report."""
    before = sim.snapshot()
    sim.answers.click = [button]
    said: list[str] = []

    assert not menu.start("set_up", sim.names(), str(tmp_path / "home"), show=said.append)

    assert said[0] == "Set Up Project: cancelled by you: run this entry again when you are ready"
    assert sim.snapshot() == before


def test_free_edition_never_looks_for_windows(tmp_path: Path) -> None:
    """Looking opens a paywall there, behind which every call fails."""
    sim = Simulator(tmp_path / "resolve", "21.0", "free")
    sim.new_project("X_ChromaRecovery")
    said: list[str] = []

    assert not menu.start("stills", sim.names(), str(tmp_path / "home"), show=said.append)

    assert not sim.world.modal
    assert "not answered yet: 'folder' (Shot folder), 'name' (Shot name)" in said[0]
    assert "waiting for you" in said[-1]


def test_our_own_mistake_reaches_the_log_and_not_the_user(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The console has one sentence, the log the traceback, the report the outcome."""

    def stumble(_context: Any) -> None:
        raise KeyError("oops")

    step = importlib.import_module("chromaresolve.bridge.diagnostics").STEP
    module = "chromaresolve.bridge.diagnostics.STEP"
    monkeypatch.setattr(module, step._replace(look=stumble))
    said: list[str] = []

    assert not menu.start("diagnostics", sim.names(), str(tmp_path / "home"), show=said.append)

    assert said[0] == "KeyError: 'oops': this is a mistake in ChromaResolve, please report it"
    (report,) = (tmp_path / "home/reports").glob("*.json")
    assert json.loads(report.read_text())["outcome"] == "failed"
    (log,) = (tmp_path / "home/logs").glob("*.log")
    assert "in stumble" in log.read_text()


@pytest.mark.slow
def test_a_folder_of_all_users_keeps_nobodys_answers(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an administrator installed is not to be written to: answers go to the user's own."""
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.mkdir()
    monkeypatch.setattr(os, "access", lambda path, _mode: str(path) != str(shared))
    monkeypatch.setattr("chromaresolve.bridge.rendering.Wish.__new__.__defaults__", (0.0, 0.05))
    place = SimpleNamespace(home=own)
    monkeypatch.setattr(menu, "user_place", lambda _machine: place)

    menu.start("diagnostics", sim.names(), str(shared), show=quiet)

    assert list(shared.iterdir()) == []
    assert {folder.name for folder in own.iterdir()} == {"logs", "reports"}


def test_a_report_that_cannot_be_written_is_said(sim: Simulator, tmp_path: Path) -> None:
    """The work is done all the same."""
    home = tmp_path / "home"
    home.write_text("a file where a folder must be")
    said: list[str] = []

    menu.start("diagnostics", sim.names(), str(home), show=said.append)

    assert "the report could not be written" in said[-1]


def test_old_reports_are_forgotten(tmp_path: Path) -> None:
    """The newest are kept."""
    for number in range(KEPT_REPORTS + 3):
        old = tmp_path / "reports" / f"2020-01-01T00-00-00-{number:03d}-x.json"
        old.parent.mkdir(exist_ok=True)
        old.write_text("{}")

    newest = Journal(tmp_path, "test", show=quiet).finish("done")

    kept = sorted(file.name for file in (tmp_path / "reports").iterdir())
    assert len(kept) == KEPT_REPORTS
    assert newest.name in kept


def test_an_entry_runs_with_nothing_but_the_standard_library(tmp_path: Path) -> None:
    """Without site-packages, and without a Resolve, it ends in one sentence."""
    bridge = Path(menu.__file__).parent
    (tmp_path / "chromaresolve_bridge").symlink_to(bridge, target_is_directory=True)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from chromaresolve_bridge import menu;"
        f"print(menu.start('set_up', {{}}, {str(tmp_path / 'home')!r}))"
    )
    environment = {**os.environ, "RESOLVE_SCRIPT_API": os.devnull}

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert "no running Resolve answers" in done.stdout
    assert done.stdout.rstrip().endswith("False")
    assert done.stderr == ""
