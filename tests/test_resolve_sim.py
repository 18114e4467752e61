"""The simulator's proxies, versions, refusals, faults, log, dialogs and projects."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resolve_sim import Proxy, Replay, ResolveGone, Simulator, Switches, model_of
from resolve_sim.bench import Bench
from resolve_sim.table import METHODS

VERSIONS = ("19.1", "20.3", "21.0", "21.1")
"""What is simulated."""

PATIENCE = 0.05
"""Seconds that a call hangs in these tests."""

Factory = Callable[..., Bench]
"""Makes a bench in the test's folder."""


@pytest.fixture
def bench(tmp_path: Path) -> Factory:
    """Make a film project in a simulated Resolve."""
    return lambda *args, **switches: Bench(tmp_path, *args, **switches)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_method_of_the_table_is_implemented(version: str, tmp_path: Path) -> None:
    """Each row has a method on the class it names, so that no call ends in an exception."""
    bench = Bench(tmp_path, version)
    clip = bench.sequence()
    (item,) = bench.place(clip)
    bench.resolve.OpenPage("color")
    gallery = bench.project.GetGallery()
    objects = [
        bench.resolve, bench.resolve.GetProjectManager(), bench.resolve.GetMediaStorage(),
        bench.project, bench.pool, bench.pool.GetRootFolder(), clip, bench.timeline, item,
        item.GetNodeGraph(), gallery, gallery.GetCurrentStillAlbum(), bench.timeline.GrabStill(),
    ]  # fmt: skip
    classes = {type(model_of(one)).__name__: type(model_of(one)) for one in objects}
    missing = [m for m in METHODS if not callable(getattr(classes[m.owner], m.name, None))]
    assert not missing


def test_unknown_name_is_there_and_none(bench: Factory) -> None:
    """`hasattr` says yes to anything, the value is None, and calling it raises TypeError."""
    project = bench().project
    assert hasattr(project, "GetTimelineByName")
    assert getattr(project, "GetTimelineByName", "missing") is None
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        project.GetTimelineByName("Pair")
    assert "GetTimelineByName" not in dir(project)
    assert "GetTimelineByIndex" in dir(project)


def test_fabricated_name_is_callable_but_not_listed(bench: Factory) -> None:
    """Over a bridge an unknown name may be a callable that answers None: only `dir` tells."""
    project = bench(fabricates=True).project
    assert callable(project.GetTimelineByName)
    assert project.GetTimelineByName("Pair") is None
    assert "GetTimelineByName" not in dir(project)


def test_proxies_of_one_object_are_not_equal(bench: Factory) -> None:
    """A remote object is a new one each time: only its identity says that it is the same."""
    project = bench().project
    first, second = project.GetMediaPool(), project.GetMediaPool()
    assert first != second
    assert first.GetUniqueId() == second.GetUniqueId() != ""


@pytest.mark.parametrize(
    ("owner", "name", "since"),
    [
        pytest.param("MediaPoolItem", "SetName", "20.3", id="rename a clip"),
        pytest.param("TimelineItem", "ResetAllNodeColors", "20.3", id="node colours"),
        pytest.param("Project", "GetSettings", "21.1", id="settings"),
        pytest.param("TimelineItem", "GetSpeed", "21.1", id="speed"),
        pytest.param("TimelineItem", "GetType", "21.1", id="type"),
        pytest.param("Resolve", "IsStudio", "21.1", id="edition"),
        pytest.param("Resolve", "ValidateDCTL", "21.1", id="DCTL"),
        pytest.param("Timeline", "GetSelectedClips", "21.1", id="selection"),
    ],
)
def test_newer_method_is_absent_before(owner: str, name: str, since: str, tmp_path: Path) -> None:
    """A method is there from its version on and not before."""
    for version in VERSIONS:
        sim = Simulator(tmp_path / version, version)
        is_there = name in sim.switchboard.methods(owner)
        assert is_there == (VERSIONS.index(version) >= VERSIONS.index(since)), version
    assert "GetSelectedClips" in Simulator(tmp_path, "21.0.4").switchboard.methods("Timeline")


def test_strict_version_has_no_single_key_forms(bench: Factory) -> None:
    """With the deprecated forms gone, only dictionaries are left."""
    strict = bench("21.1", strict=True)
    assert strict.project.SetSetting is None
    assert strict.timeline.GetSetting is None
    assert strict.project.SetSettings({"superScale": "2"}) is True
    assert strict.project.GetSettings()["superScale"] == "2"
    clip = strict.sequence()
    assert strict.pool.AppendToTimeline([clip]) == []
    (item,) = strict.place(clip)
    assert item.SetProperty is None
    assert item.SetProperties({"Pan": 2.0}) is True
    assert item.GetProperties()["Pan"] == 2.0


@pytest.mark.parametrize("version", VERSIONS)
def test_version_and_edition_are_told(version: str, tmp_path: Path) -> None:
    """Version in parts and as text, and the product's name, which tells the edition."""
    studio = Simulator(tmp_path, version).resolve
    major, minor = map(int, version.split("."))
    assert studio.GetVersion()[:2] == [major, minor]
    assert studio.GetVersionString().startswith(f"{version}.")
    assert studio.GetProductName() == "DaVinci Resolve Studio"
    free = Simulator(tmp_path, version, "free")
    assert free.lua_names()["resolve"].GetProductName() == "DaVinci Resolve"


def test_free_refuses_python_from_211(tmp_path: Path) -> None:
    """Free 21.1 runs no Python and still runs Lua; Studio and older free versions run both."""
    refusing = Simulator(tmp_path, "21.1", "free")
    assert refusing.names() == {}
    assert refusing.resolve is None
    assert refusing.lua_names()["resolve"].GetVersionString().startswith("21.1")
    assert Simulator(tmp_path, "21.0.4", "free").names()["resolve"] is not None
    assert Simulator(tmp_path, "21.1", "studio").names()["resolve"] is not None


def test_names_lead_to_resolve(tmp_path: Path) -> None:
    """`bmd.scriptapp` and `app.GetResolve` give what `resolve` is; outside, only Studio answers."""
    sim = Simulator(tmp_path)
    names = sim.names()
    assert names["bmd"].scriptapp("Resolve") is names["app"].GetResolve() is names["resolve"]
    assert names["bmd"].scriptapp("Nuke") is None
    assert sim.external_module().scriptapp("Resolve") is sim.resolve
    free = Simulator(tmp_path, "21.0", "free")
    assert free.external_module().scriptapp("Resolve") is None


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param(lambda b: b.project.SetSetting(3, "24"), False, id="number for a key"),
        pytest.param(lambda b: b.timeline.AddTrack(), False, id="argument missing"),
        pytest.param(lambda b: b.timeline.AddTrack("video", {}, 1), False, id="one too many"),
        pytest.param(lambda b: b.timeline.SetTrackEnable("video", 1.0, True), False, id="float"),
        pytest.param(lambda b: b.timeline.SetTrackEnable("video", 1, 1), False, id="1 for True"),
        pytest.param(lambda b: b.timeline.Export("x.otio", "OTIO"), False, id="text for enum"),
        pytest.param(lambda b: b.pool.AddSubFolder("Master", "New"), None, id="text for folder"),
        pytest.param(lambda b: b.pool.ImportMedia("/x.exr"), None, id="text for list"),
        pytest.param(lambda b: b.project.GetTimelineByIndex(True), None, id="True for 1"),
        pytest.param(lambda b: b.project.SetCurrentTimeline(b.project), False, id="wrong object"),
    ],
)
def test_wrong_argument_is_refused_quietly(
    call: Callable[[Bench], object], expected: object, bench: Factory
) -> None:
    """What does not fit is answered with False or None, never with an exception."""
    tried = bench()
    before = tried.sim.snapshot()
    assert call(tried) is expected
    assert tried.sim.snapshot() == before


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        pytest.param("false", False, id="false"),
        pytest.param("none", None, id="none"),
        pytest.param("empty", False, id="empty"),
        pytest.param("lie", True, id="lie"),
    ],
)
def test_fault_strikes_the_nth_call_only(how: Any, expected: object, bench: Factory) -> None:
    """A fault answers wrongly and changes nothing, once; the next call works."""
    tried = bench()
    tried.sim.fail(call="Timeline.AddTrack", nth=2, how=how)
    assert tried.timeline.AddTrack("video") is True
    assert tried.timeline.AddTrack("video") is expected
    assert tried.timeline.GetTrackCount("video") == 2
    assert tried.timeline.AddTrack("video") is True


def test_fault_raises_by_number(bench: Factory) -> None:
    """A call may raise what a lost connection raises; the log has it."""
    tried = bench()
    tried.sim.fail(number=len(tried.sim.calls) + 1, how="raise")
    with pytest.raises(ResolveGone):
        tried.timeline.GetName()
    assert tried.timeline.GetName() == "Pair"
    assert str(tried.sim.calls[-2].result).startswith("raised")


def test_ghost_answers_none_to_everything(bench: Factory) -> None:
    """A ghost looks like an item; its readings are None and its identity is empty."""
    tried = bench()
    clip = tried.sequence()
    tried.sim.fail(call="MediaPool.AppendToTimeline", how="ghost")
    (ghost,) = tried.place(clip)
    assert ghost.GetDuration() is None
    assert ghost.GetUniqueId() == ""
    assert tried.timeline.GetItemListInTrack("video", 1) == []


def test_hang_takes_its_time_and_works(bench: Factory) -> None:
    """A call that hangs blocks, and answers in the end."""
    tried = bench()
    tried.sim.hang_seconds = PATIENCE
    tried.sim.fail(call="Timeline.GetName", how="hang", nth=None)
    began = time.perf_counter()
    assert tried.timeline.GetName() == "Pair"
    assert time.perf_counter() - began >= PATIENCE
    tried.sim.mend()
    assert tried.timeline.GetName() == "Pair"


def test_lie_leaves_readings_true(bench: Factory) -> None:
    """A reading cannot lie; making a job can, with an id that no job has."""
    tried = bench()
    tried.place(tried.sequence())
    tried.sim.fail(call="Project.GetName", how="lie")
    assert tried.project.GetName() == "Film"
    tried.sim.fail(call="Project.AddRenderJob", how="lie")
    job = tried.queue()
    assert job != ""
    assert tried.project.GetRenderJobList() == []
    assert tried.project.GetRenderJobStatus(job) == {}


def test_dialog_makes_every_call_fail(bench: Factory) -> None:
    """While a dialog is open unrelated calls fail, until somebody closes it."""
    tried = bench()
    tried.sim.open_modal()
    assert tried.project.SetSetting("superScale", "2") is False
    assert tried.project.GetName() == ""
    assert tried.timeline.GetItemListInTrack("video", 1) == []
    tried.sim.close_modal()
    assert tried.project.GetName() == "Film"


def test_dialog_may_hang_calls(bench: Factory) -> None:
    """Or the whole API blocks."""
    tried = bench(modal="hangs")
    tried.sim.hang_seconds = PATIENCE
    tried.sim.open_modal()
    began = time.perf_counter()
    assert tried.project.GetName() == ""
    assert time.perf_counter() - began >= PATIENCE


def test_free_uimanager_is_a_paywall(tmp_path: Path) -> None:
    """Asking free Resolve for UIManager gives None, and a dialog that blocks what follows."""
    sim = Simulator(tmp_path, "20.3", "free")
    assert sim.names()["fusion"].UIManager is None
    assert sim.resolve.OpenPage("color") is False
    sim.close_modal()
    assert sim.resolve.OpenPage("color") is True
    mild = Simulator(tmp_path, "20.3", "free", paywall_blocks=False)
    assert mild.names()["fusion"].UIManager is None
    assert mild.resolve.OpenPage("color") is True


def _dialog(names: dict[str, Any]) -> tuple[Any, dict[str, object]]:
    """Build a dialog as a script does; return what runs it and what it will hold."""
    ui = names["fusion"].UIManager
    dispatcher = names["bmd"].UIDispatcher(ui)
    fields = [ui.LineEdit({"ID": "name"}), ui.CheckBox({"ID": "on", "Checked": False})]
    rows = ui.HGroup({"Weight": 0}, [*fields, ui.ComboBox({"ID": "kind"})])
    window = dispatcher.AddWindow(
        {"ID": "main", "WindowTitle": "Try"},
        [ui.VGroup([ui.Label({"Text": "Name"}), rows, ui.Button({"ID": "ok", "Text": "OK"})])],
    )
    items = window.GetItems()
    items["kind"].AddItems(["scan", "video"])
    held: dict[str, object] = {}

    def accept(_event: dict[str, object]) -> None:
        held.update(name=items["name"].Text, on=items["on"].Checked, kind=items["kind"].CurrentText)
        dispatcher.ExitLoop()

    window.On.ok.Clicked = accept
    window.On.main.Close = lambda _event: dispatcher.ExitLoop()
    window.Show()
    return dispatcher, held


def test_dialog_is_filled_and_clicked(tmp_path: Path) -> None:
    """A script's dialog gets the answers of the test, and the button's handler runs."""
    sim = Simulator(tmp_path)
    sim.answers.fill = {"name": "SH010", "on": True, "kind": "video"}
    sim.answers.click = ["ok"]
    dispatcher, held = _dialog(sim.names())
    dispatcher.RunLoop()
    assert held == {"name": "SH010", "on": True, "kind": "video"}


def test_dialog_is_closed_without_answers(tmp_path: Path) -> None:
    """Without a click the window is closed."""
    dispatcher, held = _dialog(Simulator(tmp_path).names())
    dispatcher.RunLoop()
    assert held == {}


def test_dialog_that_stays_open_is_an_error(tmp_path: Path) -> None:
    """A button without a handler would leave the user alone."""
    sim = Simulator(tmp_path)
    sim.answers.click = ["other"]
    dispatcher, _held = _dialog(sim.names())
    with pytest.raises(AssertionError, match="stays open"):
        dispatcher.RunLoop()


def test_log_plays_back(bench: Factory, tmp_path: Path) -> None:
    """A session written as JSON Lines answers the same calls again, and no others."""
    tried = bench()
    first = len(tried.sim.calls)

    def session(resolve: Any) -> object:
        project = resolve.GetProjectManager().GetCurrentProject()
        project.SetCurrentTimeline(project.GetTimelineByIndex(1))
        return project.GetCurrentTimeline().GetItemListInTrack("video", 1)

    found = session(tried.resolve)
    tried.sim.calls[:] = tried.sim.calls[first:]
    log = tmp_path / "session.jsonl"
    tried.sim.write_log(log)
    assert set(json.loads(log.read_text().splitlines()[0])) == {"call", "args", "answer"}
    replay = Replay(log)
    assert session(replay.resolve) == found == []
    with pytest.raises(AssertionError, match="ended"):
        session(replay.resolve)
    with pytest.raises(AssertionError, match="the recording has"):
        Replay(log).resolve.GetMediaStorage()


def test_untitled_project_cannot_be_saved(tmp_path: Path) -> None:
    """SaveProject answers False; headless it hangs."""
    manager = Simulator(tmp_path).resolve.GetProjectManager()
    assert manager.GetCurrentProject().GetName() == "Untitled Project"
    assert manager.SaveProject() is False
    headless = Simulator(tmp_path, headless=True)
    headless.hang_seconds = PATIENCE
    began = time.perf_counter()
    assert headless.resolve.GetProjectManager().SaveProject() is False
    assert time.perf_counter() - began >= PATIENCE


def test_project_is_created_once(tmp_path: Path) -> None:
    """A taken name gives None; the new project is open and listed."""
    manager = Simulator(tmp_path).resolve.GetProjectManager()
    assert manager.CreateProject("Film").GetName() == "Film"
    assert manager.GetProjectListInCurrentFolder() == ["Film"]
    assert manager.CreateProject("Film") is None
    assert manager.CreateProject("") is None
    assert manager.GetCurrentProject().GetName() == "Film"


@pytest.mark.parametrize("loads", [True, False])
def test_blocking_project_lets_nothing_be_created(loads: bool, tmp_path: Path) -> None:
    """A project that blocks makes CreateProject and SaveProject fail, and LoadProject by switch."""
    sim = Simulator(tmp_path, current_project="Other", blocking=True, blocking_load=not loads)
    manager = sim.resolve.GetProjectManager()
    assert manager.CreateProject("Film") is None
    assert manager.SaveProject() is False
    assert "Film" not in manager.GetProjectListInCurrentFolder()
    sim.application.manager.saved["Clean"] = sim.project
    assert (manager.LoadProject("Clean") is not None) == loads
    assert (manager.CreateProject("Film") is not None) == loads


def test_closing_discards_and_leaves_dead_objects(bench: Factory) -> None:
    """What was not saved is gone after a close, and objects of before answer None."""
    tried = bench()
    manager = tried.resolve.GetProjectManager()
    assert manager.SaveProject() is True
    tried.timeline.AddTrack("video")
    assert manager.DeleteProject("Film") is False
    assert manager.CloseProject(tried.project) is True
    assert tried.timeline.GetTrackCount("video") is None
    assert manager.GetCurrentProject().GetName() == "Untitled Project"
    again = manager.LoadProject("Film").GetCurrentTimeline()
    assert again.GetTrackCount("video") == 1
    assert manager.LoadProject("None") is None


def test_project_is_deleted_only_when_closed(bench: Factory) -> None:
    """The open project and the one before it cannot be deleted; a closed one can."""
    tried = bench()
    manager = tried.resolve.GetProjectManager()
    manager.CreateProject("Second")
    assert manager.DeleteProject("Film") is False
    manager.LoadProject("Film")
    manager.CloseProject(manager.GetCurrentProject())
    assert manager.DeleteProject("Film") is True


def test_database_answers_late(tmp_path: Path) -> None:
    """Resolve may answer before its database does: nothing can be created until then."""
    manager = Simulator(tmp_path, ready_after=2).resolve.GetProjectManager()
    assert manager.CreateProject("Film") is None
    assert manager.GetCurrentDatabase() is None
    assert manager.GetProjectListInCurrentFolder() == []
    assert manager.GetCurrentDatabase()["DbType"] == "Disk"
    assert manager.CreateProject("Film") is not None


@pytest.mark.parametrize("answer", [True, False, None])
def test_page_opens_whatever_is_answered(answer: bool | None, tmp_path: Path) -> None:
    """OpenPage may answer False or None and still open the page; pages that are not there stay."""
    sim = Simulator(tmp_path, "20.3", page_answers=answer)
    assert sim.resolve.OpenPage("color") is answer
    assert sim.resolve.GetCurrentPage() == "color"
    assert sim.resolve.OpenPage("photo") is False
    assert sim.resolve.GetCurrentPage() == "color"
    assert Simulator(tmp_path, "21.0").resolve.OpenPage("photo") is True
    assert Simulator(tmp_path, current_project="").resolve.OpenPage("edit") is False


def test_constants_are_floats_from_211(tmp_path: Path) -> None:
    """COMPOSITE_COLORIZE stands on `resolve` from 21.1, as 16.0; before it is None."""
    assert Simulator(tmp_path, "21.0").resolve.COMPOSITE_COLORIZE is None
    new = Simulator(tmp_path, "21.1").resolve.COMPOSITE_COLORIZE
    assert (new, type(new)) == (16.0, float)
    other = Simulator(tmp_path, "21.0", composite_constants=True, color_composite=15)
    assert other.resolve.COMPOSITE_COLORIZE == 15.0
    assert other.resolve.COMPOSITE_EXCLUSION is None
    hidden = Simulator(tmp_path, "21.1", composite_constants=False)
    assert hidden.resolve.COMPOSITE_COLORIZE is None


def test_dctl_is_validated(tmp_path: Path) -> None:
    """ValidateDCTL answers None of a DCTL that has a transform, and else a sentence."""
    resolve = Simulator(tmp_path, "21.1").resolve
    assert resolve.ValidateDCTL("__DEVICE__ float3 transform(int w) {}") is None
    assert "transform" in resolve.ValidateDCTL("float x;")


def test_unknown_switch_is_refused(tmp_path: Path) -> None:
    """A misspelt switch is an error, not silence."""
    with pytest.raises(TypeError, match="exr_digit"):
        Simulator(tmp_path, exr_digit=4)
    assert isinstance(Simulator(tmp_path).world.switches, Switches)


def test_snapshot_sees_every_kind_of_change(bench: Factory) -> None:
    """Each change that a script can make shows in the snapshot."""
    tried = bench()
    clip = tried.sequence()
    (item,) = tried.place(clip)
    changes: list[Callable[[], object]] = [
        lambda: tried.resolve.OpenPage("color"),
        lambda: tried.project.SetSetting("superScale", "2"),
        lambda: tried.timeline.AddTrack("audio"),
        lambda: tried.timeline.SetTrackEnable("video", 1, False),
        lambda: tried.timeline.SetSetting("useCustomSettings", "1"),
        lambda: tried.timeline.SetCurrentTimecode("01:00:00:01"),
        lambda: item.SetProperty("Pan", 1.0),
        lambda: item.AddVersion("x", 0),
        lambda: item.LoadVersionByName("x", 0),
        lambda: item.SetClipEnabled(False),
        lambda: item.AddFlag("Red"),
        lambda: clip.SetClipColor("Teal"),
        lambda: clip.SetClipProperty("PAR", "Cinemascope"),
        lambda: tried.pool.AddSubFolder(tried.pool.GetRootFolder(), "Bin"),
        lambda: tried.pool.CreateEmptyTimeline("Other"),
        lambda: tried.project.SetRenderSettings({"CustomName": "x"}),
        lambda: tried.project.SetCurrentRenderMode(1),
        lambda: tried.project.GetGallery().CreateGalleryStillAlbum(),
    ]
    for number, change in enumerate(changes):
        before = tried.sim.snapshot()
        assert change(), number
        assert tried.sim.snapshot() != before, number


def test_proxy_is_what_a_script_holds(bench: Factory) -> None:
    """Everything that comes back is a proxy or plain."""
    tried = bench()
    assert isinstance(tried.resolve, Proxy)
    assert isinstance(tried.pool.GetRootFolder(), Proxy)
    assert "Timeline" in repr(tried.timeline)
    assert tried.sim.state(tried.timeline) is tried.sim.timeline()
