"""The menu goes into Resolve and out again, and nothing of anybody else is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from chromaresolve import __version__
from chromaresolve.bridge import VERSION, installed
from chromaresolve.bridge import install as installing
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.install import Report, choose_places, install, uninstall
from chromaresolve.bridge.installed import RECORD, installed_places, load_record, sha256
from chromaresolve.bridge.places import Machine, user_place
from machines import LITE, machine_at, run_store_edition, snapshot

SCRIPTS = Path(__file__).parents[1] / "resolve_scripts"
TOOL = ("/venv/bin/python", "-m", "chromaresolve")

SUPPORT = "Library/Application Support"
SANDBOX = f"Users/zoë b/Library/Containers/{LITE}/Data/{SUPPORT}"
MODES = {
    "macOS": ("Darwin", "", f"Users/zoë b/{SUPPORT}/Blackmagic Design/DaVinci Resolve"),
    "macOS, all": ("Darwin", "all_users", f"{SUPPORT}/Blackmagic Design/DaVinci Resolve"),
    "macOS, store": ("Darwin", "app_store", f"{SANDBOX}/Blackmagic Design/DaVinci Resolve"),
    "Windows": (
        "Windows",
        "",
        "Users/zoë b/AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support",
    ),
    "Windows, all": ("Windows", "all_users", "ProgramData/Blackmagic Design/DaVinci Resolve"),
    "Linux": ("Linux", "", "home/zoë b/.local/share/DaVinciResolve"),
    "Linux, all": ("Linux", "all_users", "opt/resolve"),
}
"""System, switch, and the folder in which Fusion/Scripts must then be."""


class Release(NamedTuple):
    """What a version of the tool ships."""

    scripts: Path
    bridge: Path
    dctl: Path


Make = Callable[..., Release]


@pytest.fixture
def release(tmp_path: Path) -> Make:
    """Make what a version of the tool ships: by default one entry, one Lua file, two modules."""

    def make(number: int = 1, **texts: str) -> Release:
        folder = tmp_path / f"release {number}"
        shipped = {
            "scripts/1 First.py": 'HOME = "@@HOME@@"\n',
            "scripts/Why.lua": "print(1)\n",
            "scripts/README.md": "not for Resolve\n",
            "bridge/__init__.py": f'VERSION = "{number}"\n',
            "bridge/menu.py": "number = 1\n",
            "dctl/Balance.dctl": "// 1\n",
            "dctl/README.md": "not for Resolve\n",
            **texts,
        }
        for name, text in shipped.items():
            if text:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8")
        return Release(folder / "scripts", folder / "bridge", folder / "dctl")

    return make


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Make the disk of a computer, apart from what is shipped."""
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def put(
    machine: Machine, release: Release, switch: str = "", tool: tuple[str, ...] = TOOL
) -> Report:
    """Install a release."""
    return install(
        machine,
        scripts=release.scripts,
        bridge=release.bridge,
        dctl=release.dctl,
        tool=tool,
        all_users=switch == "all_users",
        app_store=switch == "app_store",
    )


def take(machine: Machine, switch: str) -> Report:
    """Uninstall."""
    return uninstall(machine, all_users=switch == "all_users", app_store=switch == "app_store")


def linux_with_neighbours(disk: Path) -> Machine:
    """A computer on which others have put scripts and LUTs already."""
    machine = machine_at(disk, "Linux")
    place = user_place(machine)
    for path in (
        place.scripts[0] / "Utility/Other Tool/2 Conform.py",
        place.scripts[0] / "Comp/mine.lua",
        place.luts / "film.cube",
    ):
        path.parent.mkdir(parents=True)
        path.write_text("somebody else's", encoding="utf-8")
    return machine


def menu_of(machine: Machine) -> Path:
    """Return the folder of the entries."""
    return user_place(machine).scripts[0] / "Utility/ChromaResolve"


@pytest.mark.parametrize(("system", "switch", "support"), MODES.values(), ids=MODES.keys())
def test_install_fills_the_documented_folders(
    disk: Path, release: Make, system: str, switch: str, support: str
) -> None:
    """Entries with the data folder in them, the bridge outside the Scripts tree, the shaders."""
    machine = machine_at(disk, system)
    run_store_edition(machine)

    report = put(machine, release(), switch)

    (place,) = report.places
    assert place.scripts[0] == disk / support / "Fusion/Scripts"
    for tree in place.scripts:
        entry = tree / "Utility/ChromaResolve/1 First.py"
        assert entry.read_text(encoding="utf-8") == f"HOME = {str(place.home)!a}\n"
        assert sorted(path.name for path in entry.parent.iterdir()) == ["1 First.py", "Why.lua"]
    assert (place.home / "chromaresolve_bridge/menu.py").read_text(encoding="utf-8")
    assert [path.name for path in (place.luts / "ChromaResolve").iterdir()] == ["Balance.dctl"]


@pytest.mark.parametrize(("system", "switch"), [mode[:2] for mode in MODES.values()], ids=MODES)
def test_uninstall_leaves_the_disk_as_it_was(
    disk: Path, release: Make, system: str, switch: str
) -> None:
    """Files and folders, also what Python compiled meanwhile."""
    machine = machine_at(disk, system)
    run_store_edition(machine)
    before = snapshot(disk)

    (place,) = put(machine, release(), switch).places
    compiled = place.home / "chromaresolve_bridge/__pycache__/menu.cpython-314.pyc"
    compiled.parent.mkdir()
    compiled.touch()
    report = take(machine, switch)

    assert snapshot(disk) == before
    assert len(report.removed) == 5 + 2 * (len(place.scripts) - 1)
    assert report.kept == ()


def test_record_names_every_file_and_the_tool(disk: Path, release: Make) -> None:
    """As the bridge reads it: what was put where, with its sha256, and how to start the tool."""
    machine = machine_at(disk, "Linux")
    report = put(machine, release())

    known = json.loads((user_place(machine).home / RECORD).read_text(encoding="utf-8"))

    assert known["format"] == 1
    assert known["version"] == VERSION == __version__
    assert known["tool"] == list(TOOL)
    assert known["for"] == "you"
    assert known["pending"] == {}
    assert known["files"] == {str(path): sha256(path.read_bytes()) for path in report.written}


def test_second_installation_touches_nothing(disk: Path, release: Make) -> None:
    """Not even the time of a file."""
    machine = linux_with_neighbours(disk)
    put(machine, release())
    before = snapshot(disk)

    report = put(machine, release())

    assert snapshot(disk) == before
    assert (report.written, report.removed, report.kept) == ((), (), ())
    assert len(report.unchanged) == 5


def test_moved_tool_is_put_on_record(disk: Path, release: Make) -> None:
    """A new environment: no file changes, but the bridge must find the tool."""
    machine = machine_at(disk, "Linux")
    put(machine, release())

    report = put(machine, release(), tool=("/other/python",))

    record = load_record(user_place(machine))
    assert record is not None
    assert record.tool == ("/other/python",)
    assert report.written == ()


def test_newer_version_replaces_and_removes(disk: Path, release: Make) -> None:
    """What it ships no longer goes, with what Python compiled from it and the folder it was in."""
    machine = linux_with_neighbours(disk)
    before = snapshot(disk)
    old = release(1, **{"bridge/parts/old.py": "a\n", "scripts/2 Old.py": "b\n"})
    (place,) = put(machine, old).places
    compiled = place.home / "chromaresolve_bridge/parts/__pycache__/old.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.touch()

    report = put(machine, release(2, **{"bridge/menu.py": "number = 2\n"}))

    assert sorted(path.name for path in report.written) == ["__init__.py", "menu.py"]
    assert sorted(path.name for path in report.removed) == ["2 Old.py", "old.py"]
    assert not (place.home / "chromaresolve_bridge/parts").exists()
    assert not (menu_of(machine) / "2 Old.py").exists()
    uninstall(machine)
    assert snapshot(disk) == before


@pytest.mark.parametrize(
    "name",
    [
        "Fusion/Scripts/Utility/ChromaResolve/1 First.py",
        "Fusion/Scripts/Utility/ChromaResolve/Why.lua",
        "LUT/ChromaResolve/Balance.dctl",
        "../ChromaResolve/chromaresolve_bridge/menu.py",
        "Fusion/Scripts/Utility/ChromaResolve",
        "Fusion",
    ],
)
def test_strange_file_is_refused_by_name(disk: Path, release: Make, name: str) -> None:
    """One that is not ours where ours must go, or where a folder must: nothing is changed."""
    machine = machine_at(disk, "Linux")
    strange = Path(os.path.normpath(user_place(machine).luts.parent / name))
    strange.parent.mkdir(parents=True)
    strange.write_text("somebody else's", encoding="utf-8")
    before = snapshot(disk)

    with pytest.raises(BridgeError) as caught:
        put(machine, release())

    remedy = "ChromaResolve did not put this here: move it away, and install again"
    assert str(caught.value) == f"{strange}: {remedy}"
    assert snapshot(disk) == before


@pytest.mark.parametrize("text", ["mine", "print(1)\n"], ids=["other", "same content"])
def test_strange_link_is_refused(disk: Path, release: Make, text: str) -> None:
    """Writing through it would change a file somewhere else."""
    machine = machine_at(disk, "Linux")
    (disk / "mine.lua").write_text(text, encoding="utf-8")
    menu_of(machine).mkdir(parents=True)
    (menu_of(machine) / "Why.lua").symlink_to(disk / "mine.lua")

    with pytest.raises(BridgeError, match=r"Why\.lua: ChromaResolve did not put this here"):
        put(machine, release())

    assert (menu_of(machine) / "Why.lua").readlink() == disk / "mine.lua"
    assert (disk / "mine.lua").read_text(encoding="utf-8") == text


def test_own_files_are_known_without_a_record(disk: Path, release: Make) -> None:
    """A lost data folder: what is there, byte for byte what is shipped, is ours again."""
    machine = machine_at(disk, "Linux")
    before = snapshot(disk)
    put(machine, release())
    (user_place(machine).home / RECORD).unlink()

    report = put(machine, release())

    assert report.written == ()
    assert len(report.unchanged) == 5
    uninstall(machine)
    # The folders were there when it was installed again, so it did not make them.
    assert {name for name, file in snapshot(disk).items() if file} == {
        name for name, file in before.items() if file
    }


def test_edited_file_is_kept_beside_the_new_one(disk: Path, release: Make) -> None:
    """Also the second time, and also where the new version ships the file no longer."""
    machine = machine_at(disk, "Linux")
    put(machine, release(1, **{"scripts/2 Old.py": "old\n"}))
    menu = menu_of(machine)
    kept: list[Path] = []
    for text in ("my first edit", "my second edit"):
        (menu / "1 First.py").write_text(text, encoding="utf-8")
        (menu / "2 Old.py").write_text(text, encoding="utf-8")
        kept += put(machine, release(2)).kept

    assert sorted(path.name for path in menu.iterdir()) == [
        "1 First.py",
        "1 First.py.bak",
        "1 First.py.bak2",
        "2 Old.py",
        "2 Old.py.bak",
        "Why.lua",
    ]
    assert (menu / "1 First.py.bak2").read_text(encoding="utf-8") == "my second edit"
    assert [path.name for path in kept] == ["1 First.py.bak", "2 Old.py.bak", "1 First.py.bak2"]
    # After the first time nothing knows the old entry any more: it is the user's own.
    assert (menu / "2 Old.py").read_text(encoding="utf-8") == "my second edit"


def test_uninstall_leaves_what_is_the_user_s(disk: Path, release: Make) -> None:
    """Edits, settings, reports and logs; and it says which edits."""
    machine = linux_with_neighbours(disk)
    (place,) = put(machine, release()).places
    edited = menu_of(machine) / "1 First.py"
    edited.write_text("my edit", encoding="utf-8")
    (place.home / "settings").mkdir()
    (place.home / "settings/film.json").write_text("{}", encoding="utf-8")
    before = snapshot(disk)

    report = uninstall(machine)

    assert report.kept == (edited,)
    after = snapshot(disk)
    assert after == {name: file for name, file in before.items() if name in after}
    left = {Path(name).name for name, file in after.items() if file}
    assert left == {"1 First.py", "film.json", "2 Conform.py", "mine.lua", "film.cube"}
    with pytest.raises(BridgeError, match=r"1 First\.py: ChromaResolve did not put this here"):
        put(machine, release())


def test_uninstall_where_nothing_is_installed(disk: Path) -> None:
    """Nothing happens."""
    machine = linux_with_neighbours(disk)
    before = snapshot(disk)

    assert uninstall(machine) == Report()
    assert snapshot(disk) == before


def test_uninstall_takes_only_what_was_asked_for(disk: Path, release: Make) -> None:
    """For one user and for all users are two installations."""
    machine = machine_at(disk, "Linux")
    put(machine, release())
    put(machine, release(), "all_users")

    uninstall(machine)

    assert [place.who for place in installed_places(machine)] == ["all users"]


def test_killed_installation_goes_on_or_goes_away(
    disk: Path, release: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before or in the middle of any file, the next command ends what was begun.

    An update: the record, three files of five, and the record again, are five writes.
    """
    old = release(1, **{"bridge/old.py": "old\n"})
    new = release(2, **{"bridge/menu.py": "number = 2\n", "scripts/Why.lua": "print(2)\n"})
    for number in range(5):
        for half_way in (False, True):
            for then in (install, uninstall):
                root = disk / f"{number} {half_way} {then.__name__}"
                machine = machine_at(root, "Linux")
                before = snapshot(root)
                put(machine, old)
                with monkeypatch.context() as patch:
                    _stop_at(patch, number, half_way=half_way)
                    with pytest.raises(KeyboardInterrupt):
                        put(machine, new)
                if then is install:
                    put(machine, new)
                    names = {path.name for path in root.rglob("*") if path.is_file()}
                    shipped = {"menu.py", "__init__.py", "1 First.py", "Why.lua", "Balance.dctl"}
                    assert names == {*shipped, RECORD}, root
                    assert (menu_of(machine) / "Why.lua").read_text() == "print(2)\n"
                uninstall(machine)
                assert snapshot(root) == before, root


DENIED = {
    "macOS, all": ("Darwin", "all_users", "type it as an administrator, or leave --all-users away"),
    "Windows, all": ("Windows", "all_users", "type it as an administrator"),
    "macOS, store": ("Darwin", "app_store", "allow your terminal under System Settings"),
    "Linux": ("Linux", "", "close Resolve, and look who owns this folder"),
}
"""Who may not write where, and what to do."""


@pytest.mark.parametrize(("system", "switch", "remedy"), DENIED.values(), ids=DENIED.keys())
def test_denied_folder_is_named_with_the_remedy(
    disk: Path, monkeypatch: pytest.MonkeyPatch, system: str, switch: str, remedy: str
) -> None:
    """One sentence instead of a traceback."""
    machine = machine_at(disk, system)
    run_store_edition(machine)

    def deny(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", deny)
    with pytest.raises(BridgeError) as caught:
        put(machine, Release(SCRIPTS, SCRIPTS, SCRIPTS), switch)

    assert "cannot be read, written or removed (Permission denied)" in caught.value.cause
    assert str(disk) in caught.value.where
    assert caught.value.remedy.startswith(remedy)


def test_full_disk_is_said_in_one_sentence(
    disk: Path, release: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is on record; typed again, it goes on."""
    machine = machine_at(disk, "Linux")
    before = snapshot(disk)

    def fill(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(BridgeError, match=r"No space left on device.*type it again"):
        put(machine, release())
    monkeypatch.undo()
    put(machine, release())
    uninstall(machine)

    assert snapshot(disk) == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("{", "is not a record of ChromaResolve: move it away", id="cut off"),
        pytest.param("[]", "is not a record of ChromaResolve: move it away", id="a list"),
        pytest.param('{"format": 1}', "is not a record of ChromaResolve", id="empty"),
        pytest.param('{"format": 2}', "is of format 2, which this version does not", id="newer"),
    ],
)
def test_record_that_cannot_be_read_is_named(
    disk: Path, release: Make, text: str, sentence: str
) -> None:
    """Nothing is installed or removed on a guess."""
    machine = machine_at(disk, "Linux")
    (place,) = put(machine, release()).places
    (place.home / RECORD).write_text(text, encoding="utf-8")
    before = snapshot(disk)

    with pytest.raises(BridgeError) as installed_again:
        put(machine, release())
    with pytest.raises(BridgeError) as removed:
        uninstall(machine)

    for caught in (installed_again, removed):
        assert str(caught.value).startswith(f"{place.home / RECORD}: {sentence}")
    assert snapshot(disk) == before


@pytest.mark.parametrize(
    ("system", "both", "sentence"),
    [
        pytest.param("Darwin", True, "say one of them", id="both switches"),
        pytest.param("Darwin", False, "no App Store edition of Resolve has run", id="never ran"),
        pytest.param("Linux", False, "no App Store edition of Resolve has run", id="Linux"),
    ],
)
def test_switches_that_mean_nothing_are_refused(
    disk: Path, system: str, both: bool, sentence: str
) -> None:
    """The sandbox belongs to one user, and is there when the App Store's Resolve has run."""
    machine = machine_at(disk, system)

    with pytest.raises(BridgeError, match=sentence):
        choose_places(machine, app_store=True, all_users=both)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_shared_files_are_readable_by_all(disk: Path, release: Make) -> None:
    """Whatever the administrator's own umask is; it is put back."""
    machine = machine_at(disk, "Linux")
    usual = os.umask(0o077)
    try:
        (place,) = put(machine, release(), "all_users").places
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(usual)

    modes = {path.stat().st_mode & 0o755 for path in place.home.rglob("*")}
    assert modes == {0o755, 0o644}


def test_the_real_menu_installs(disk: Path) -> None:
    """Every entry of the repository, and every module of the bridge."""
    machine = machine_at(disk, "Windows")

    (place,) = install(machine, scripts=SCRIPTS, tool=TOOL).places

    entries = {path.name for path in (place.scripts[0] / "Utility/ChromaResolve").iterdir()}
    modules = {path.name for path in (place.home / "chromaresolve_bridge").iterdir()}
    assert entries == {path.name for path in SCRIPTS.iterdir() if path.suffix != ".md"}
    assert modules == {path.name for path in installing.SOURCE.glob("*.py")}


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command as a user with this home folder."""
    return subprocess.run(
        [sys.executable, "-m", "chromaresolve", "resolve", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "COLUMNS": "100"},
    )


@pytest.mark.parametrize("command", ["install", "uninstall", "doctor"])
def test_command_has_help_with_an_example(tmp_path: Path, command: str) -> None:
    """`--help` shows what it does and a line to copy."""
    shown = run(tmp_path, command, "--help")

    assert shown.returncode == 0
    assert f"Example: chromaresolve resolve {command}" in shown.stdout
    assert "--json" in shown.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_commands_install_examine_and_remove(tmp_path: Path) -> None:
    """What a user types, with the sentences on stderr and one object on stdout when asked."""
    before = snapshot(tmp_path)
    installed = run(tmp_path, "install", "--json")
    examined = run(tmp_path, "doctor", "--edition", "studio", "--version", "21.1", "--json")
    removed = run(tmp_path, "uninstall")
    again = run(tmp_path, "uninstall")

    menu = tmp_path / ".local/share/DaVinciResolve/Fusion/Scripts"
    assert json.loads(installed.stdout)["scripts"] == [str(menu)]
    assert json.loads(examined.stdout)["to mend"] == 0
    assert "ok  menu: installed for you in" in examined.stderr
    assert (removed.returncode, removed.stdout) == (0, "")
    assert "files removed" in removed.stderr
    assert again.stderr.strip() == "nothing is installed here"
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        pytest.param(["install", "--app-store"], 1, "no App Store edition", id="no store"),
        pytest.param(["doctor", "--edition", "pro"], 2, "write free or studio", id="edition"),
        pytest.param(["doctor", "--version", "new"], 2, "write it as 21.0 or", id="version"),
    ],
)
def test_command_says_what_is_wrong_on_one_line(
    tmp_path: Path, words: list[str], status: int, sentence: str
) -> None:
    """Exit status 1 for the world, 2 for bad usage."""
    shown = run(tmp_path, *words)

    assert (shown.returncode, shown.stdout) == (status, "")
    assert sentence in shown.stderr
    assert shown.stderr.count("\n") == 1


def _stop_at(patch: pytest.MonkeyPatch, number: int, *, half_way: bool) -> None:
    """Stop the program at a write: before it, or when the file lies under its temporary name."""
    written = 0

    def write(path: Path, content: bytes) -> None:
        nonlocal written
        written += 1
        if written > number:
            if half_way:
                path.parent.mkdir(parents=True, exist_ok=True)
                installed.unfinished(path).write_bytes(content[:3])
            raise KeyboardInterrupt
        true_write(path, content)

    true_write = installed.write_content
    patch.setattr(installed, "write_content", write)
    patch.setattr(installing, "write_content", write)
