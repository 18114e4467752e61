"""The folders of Resolve and of ChromaResolve, on all three systems."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.places import (
    MENU,
    Machine,
    every_place,
    parse_version,
    registered_pythons,
    shared_place,
    shared_support,
    store_places,
    this_machine,
    user_place,
)
from machines import LITE, SYSTEMS, machine_at, run_store_edition

# The folders as section "Using a script" of Blackmagic's README (21.1) prints them, %APPDATA% being
# C:\Users\<name>\AppData\Roaming and %PROGRAMDATA% being C:\ProgramData.
FOR_ONE = {
    "Darwin": "Users/zoë b/Library/Application Support/Blackmagic Design/DaVinci Resolve",
    "Windows": "Users/zoë b/AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support",
    "Linux": "home/zoë b/.local/share/DaVinciResolve",
}
"""Below it lie Fusion/Scripts and LUT."""

FOR_ALL = {
    "Darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve",
    "Windows": "ProgramData/Blackmagic Design/DaVinci Resolve",
    "Linux": "opt/resolve",
}
"""Below it lies Fusion/Scripts."""

DATA = {
    "Darwin": "Users/zoë b/Library/Application Support/ChromaResolve",
    "Windows": "Users/zoë b/AppData/Roaming/ChromaResolve",
    "Linux": "home/zoë b/.local/share/ChromaResolve",
}
"""ChromaResolve's own folder."""


@pytest.mark.parametrize("system", SYSTEMS)
def test_user_place_is_as_documented(tmp_path: Path, system: str) -> None:
    """The folders of one user."""
    place = user_place(machine_at(tmp_path, system))

    assert place.scripts == (tmp_path / FOR_ONE[system] / "Fusion/Scripts",)
    assert place.luts == tmp_path / FOR_ONE[system] / "LUT"
    assert place.home == tmp_path / DATA[system]


@pytest.mark.parametrize("system", SYSTEMS)
def test_shared_place_is_as_documented(tmp_path: Path, system: str) -> None:
    """The folders of all users; Windows has `Support` in the one path and not in the other."""
    place = shared_place(machine_at(tmp_path, system))

    support = "Support/LUT" if system == "Windows" else "LUT"
    assert place.scripts == (tmp_path / FOR_ALL[system] / "Fusion/Scripts",)
    assert place.luts == tmp_path / FOR_ALL[system] / support


@pytest.mark.parametrize("system", SYSTEMS)
def test_data_folder_is_outside_every_scripts_tree(tmp_path: Path, system: str) -> None:
    """Inside one, Resolve would list the bridge's files as menu entries."""
    machine = machine_at(tmp_path, system)
    run_store_edition(machine)

    trees = [tree for place in every_place(machine) for tree in place.scripts]
    for place in every_place(machine):
        assert not any(tree in (place.home, *place.home.parents) for tree in trees)


def test_windows_folders_are_found_without_variables(tmp_path: Path) -> None:
    """A service has neither %APPDATA% nor %PROGRAMDATA%."""
    machine = Machine(system="Windows", home=tmp_path / "Users/a", env={}, root=tmp_path)

    assert user_place(machine).home == tmp_path / "Users/a/AppData/Roaming/ChromaResolve"
    assert shared_place(machine).home == tmp_path / "ProgramData/ChromaResolve"


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        pytest.param("{root}/data", "data/ChromaResolve", id="absolute"),
        pytest.param("data", DATA["Linux"], id="relative is ignored"),
        pytest.param("", DATA["Linux"], id="empty"),
    ],
)
def test_linux_data_folder_follows_xdg(tmp_path: Path, wished: str, expected: str) -> None:
    """As the XDG base directory specification says; Resolve's own folders do not move."""
    env = {"XDG_DATA_HOME": wished.format(root=tmp_path)}

    place = user_place(machine_at(tmp_path, "Linux", env))

    assert place.home == tmp_path / expected
    assert place.luts == tmp_path / FOR_ONE["Linux"] / "LUT"


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        pytest.param(("home/resolve",), "home/resolve", id="Blackmagic's own Linux"),
        pytest.param(("home/resolve", "opt/resolve"), "opt/resolve", id="both"),
        pytest.param((), "opt/resolve", id="neither"),
    ],
)
def test_linux_resolve_may_lie_in_home(
    tmp_path: Path, there: tuple[str, ...], expected: str
) -> None:
    """/home/resolve is used only where /opt/resolve is not there."""
    for folder in there:
        (tmp_path / folder).mkdir(parents=True)

    assert shared_support(machine_at(tmp_path, "Linux")) == tmp_path / expected


def test_store_place_lies_inside_the_sandbox(tmp_path: Path) -> None:
    """A sandboxed Resolve sees neither the usual folders nor the usual data folder."""
    machine = machine_at(tmp_path, "Darwin")
    container = run_store_edition(machine)
    (container.parent / "com.blackmagic-design.BlackmagicRawPlayer/Data").mkdir(parents=True)
    (container.parent / "com.blackmagic-design.DaVinciResolve").mkdir()  # never started

    (place,) = store_places(machine)

    assert LITE in place.who
    support = container / "Data/Library/Application Support"
    assert place.home == support / "ChromaResolve"
    assert place.scripts == (
        support / "Blackmagic Design/DaVinci Resolve/Fusion/Scripts",
        support / "Fusion/Scripts",
    )


@pytest.mark.parametrize("system", ["Windows", "Linux"])
def test_only_macos_has_a_store(tmp_path: Path, system: str) -> None:
    """A folder of that name elsewhere means nothing."""
    machine = machine_at(tmp_path, system)
    run_store_edition(machine)

    assert store_places(machine) == ()


def test_menu_is_a_submenu_on_every_page() -> None:
    """Utility shows on every page."""
    assert Path("Utility/ChromaResolve") == MENU


def test_other_systems_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """Resolve runs on three systems."""
    machine = Machine(system="FreeBSD", home=tmp_path, env={})

    with pytest.raises(BridgeError, match=r"^FreeBSD: Resolve does not run on it: type this on"):
        every_place(machine)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("21.0.4", (21, 0, 4), id="three"),
        pytest.param("21.1.0b5", (21, 1, 0), id="beta"),
        pytest.param("21.0.4.5", (21, 0, 4, 5), id="build"),
        pytest.param("3.11-32", (3, 11), id="registry"),
        pytest.param("21", None, id="one number"),
        pytest.param("", None, id="empty"),
        pytest.param("Studio 21.1", None, id="words first"),
    ],
)
def test_parse_version_reads_numbers(text: str, version: tuple[int, ...] | None) -> None:
    """As `GetVersionString`, Info.plist and Python write them."""
    assert parse_version(text) == version


def test_this_machine_is_complete() -> None:
    """On the computer of these tests, whichever it is."""
    machine = this_machine()

    assert machine.home == Path.home()
    assert machine.root in machine.home.parents


class FakeWinreg:
    """The part of `winreg` that is used, over a dictionary."""

    HKEY_CURRENT_USER = "user"
    HKEY_LOCAL_MACHINE = "machine"

    def __init__(self, folders: dict[tuple[str, str], str | None]) -> None:
        """Make a registry: hive and version, and the folder, or None for a key left behind."""
        self.folders = folders

    @contextmanager
    def OpenKey(self, hive: str, key: str) -> Iterator[SimpleNamespace]:  # noqa: N802
        """Open the list of Pythons."""
        assert key == r"SOFTWARE\Python\PythonCore"
        names = [name for known, name in self.folders if known == hive]
        if not names:
            raise FileNotFoundError(key)
        yield SimpleNamespace(names=names)

    def QueryInfoKey(self, key: SimpleNamespace) -> tuple[int, int, int]:  # noqa: N802
        """Count."""
        return len(key.names), 0, 0

    def EnumKey(self, key: SimpleNamespace, index: int) -> str:  # noqa: N802
        """Name one."""
        return str(key.names[index])

    def QueryValue(self, hive: str, key: str) -> str:  # noqa: N802
        """Return the folder of one."""
        folder = self.folders[hive, key.split("\\")[-2]]
        if folder is None:
            raise FileNotFoundError(key)
        return folder


def test_registry_names_the_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    """64-bit ones of both hives (PEP 514); a key that an uninstalled one left is passed over."""
    folders: dict[tuple[str, str], str | None] = {
        ("user", "3.12"): "C:/py312",
        ("user", "3.9"): None,
        ("user", "3.8-32"): "C:/py38-32",
        ("machine", "3.10"): "C:/py310",
    }
    monkeypatch.setitem(sys.modules, "winreg", FakeWinreg(folders))

    assert registered_pythons() == (((3, 12), Path("C:/py312")), ((3, 10), Path("C:/py310")))


def test_registry_without_python_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has named itself."""
    monkeypatch.setitem(sys.modules, "winreg", FakeWinreg({}))

    assert registered_pythons() == ()
