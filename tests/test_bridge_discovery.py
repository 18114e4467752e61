"""Which Resolve lies on a disk, and which Python it would run menu scripts with."""

from __future__ import annotations

import os
import plistlib
from dataclasses import replace
from pathlib import Path

import pytest

from chromaresolve.bridge.discovery import applications, menu_python
from machines import SYSTEMS, machine_at

PROGRAMS = {
    "Windows": "Program Files/Blackmagic Design/DaVinci Resolve/Resolve.exe",
    "Linux": "opt/resolve/bin/resolve",
}
"""Where the installers put the program."""

BROUGHT = {
    "Windows": "ResolvePython/ResolvePython.exe",
    "Linux": "ResolvePython",
}
"""Where 21.1 and later have their Python, seen from the program."""


def write_bundle(path: Path, **facts: str) -> Path:
    """Make a macOS app bundle with these lines in its Info.plist."""
    (path / "Contents").mkdir(parents=True)
    (path / "Contents/Info.plist").write_bytes(plistlib.dumps(facts))
    return path


def touch(path: Path) -> Path:
    """Make an empty program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_resolve_is_found_on_an_empty_disk(tmp_path: Path, system: str) -> None:
    """Nothing is there, nothing is said."""
    assert applications(machine_at(tmp_path, system)) == ()


def test_mac_bundle_tells_its_version(tmp_path: Path) -> None:
    """Info.plist has it; the edition of the downloaded one only running would tell."""
    machine = machine_at(tmp_path, "Darwin")
    bundle = write_bundle(
        tmp_path / "Applications/DaVinci Resolve/DaVinci Resolve.app",
        CFBundleShortVersionString="21.0.4",
        CFBundleIdentifier="com.blackmagic-design.DaVinciResolve",
    )

    (found,) = applications(machine)

    assert (found.path, found.version) == (bundle, (21, 0, 4))
    assert (found.edition, found.python) == (None, None)


def test_mac_store_bundle_tells_that_it_is_free(tmp_path: Path) -> None:
    """Its identifier ends in Lite; from 21.1 it brings a Python."""
    machine = machine_at(tmp_path, "Darwin")
    bundle = write_bundle(
        tmp_path / "Applications/DaVinci Resolve.app",
        CFBundleShortVersionString="21.1",
        CFBundleIdentifier="com.blackmagic-design.DaVinciResolveLite",
    )
    python = touch(bundle / "Contents/Applications/ResolvePython")

    (found,) = applications(machine)

    assert (found.version, found.edition, found.python) == ((21, 1), "free", python)


@pytest.mark.parametrize("broken", [b"", b"<plist>", b"bplist00\xff"], ids=["empty", "xml", "bin"])
def test_mac_bundle_with_a_broken_plist_has_no_version(tmp_path: Path, broken: bytes) -> None:
    """It is there all the same."""
    machine = machine_at(tmp_path, "Darwin")
    bundle = write_bundle(tmp_path / "Applications/DaVinci Resolve.app")
    (bundle / "Contents/Info.plist").write_bytes(broken)

    (found,) = applications(machine)

    assert (found.version, found.edition) == (None, None)


@pytest.mark.parametrize("system", ["Windows", "Linux"])
def test_program_is_found_where_its_installer_puts_it(tmp_path: Path, system: str) -> None:
    """Its version is in no documented file; the Python beside it says 21.1 or later."""
    machine = machine_at(tmp_path, system)
    program = touch(tmp_path / PROGRAMS[system])

    (before,) = applications(machine)
    python = touch(program.parent / BROUGHT[system])
    (after,) = applications(machine)

    assert (before.path, before.version, before.python) == (program, None, None)
    assert after.python == python


def test_mac_python_home_comes_first(tmp_path: Path) -> None:
    """As a program from the Dock sees it, before /usr/local/bin/python3."""
    touch(tmp_path / "usr/local/bin/python3")
    prefix = tmp_path / "prefix"
    touch(prefix / "bin/python3")
    touch(prefix / "lib/libpython3.12.dylib")
    machine = replace(machine_at(tmp_path, "Darwin"), desktop={"PYTHON3HOME": str(prefix)}, env={})

    found = menu_python(machine)

    assert found is not None
    assert (found.path, found.lack) == (prefix / "bin/python3", "")


@pytest.mark.parametrize(
    ("there", "lack"),
    [
        pytest.param("lib/libpython3.12.dylib", "bin/python3", id="no program"),
        pytest.param("bin/python3", "lib/libpython3.*.dylib", id="no library"),
    ],
)
def test_mac_python_home_must_be_whole(tmp_path: Path, there: str, lack: str) -> None:
    """Resolve runs the program and loads the library; some Homebrew prefixes have but one."""
    touch(tmp_path / "prefix" / there)
    desktop = {"PYTHON3HOME": str(tmp_path / "prefix")}

    found = menu_python(replace(machine_at(tmp_path, "Darwin"), desktop=desktop))

    assert found is not None
    assert found.lack == lack


def test_mac_python_is_looked_for_in_one_folder(tmp_path: Path) -> None:
    """/usr/local/bin and no other: not Homebrew's, and not what a terminal exports."""
    touch(tmp_path / "opt/homebrew/bin/python3")
    env = {"PYTHON3HOME": str(tmp_path), "PATH": str(tmp_path / "opt/homebrew/bin")}
    machine = replace(machine_at(tmp_path, "Darwin", env), desktop={})

    assert menu_python(machine) is None
    usual = touch(tmp_path / "usr/local/bin/python3")
    found = menu_python(machine)
    assert found is not None
    assert found.path == usual


def test_windows_python_home_comes_before_the_registry(tmp_path: Path) -> None:
    """Then the newest in the registry, by number and not by letter."""
    registry = (((3, 9), Path("py39")), ((3, 12), Path("py312")), ((3, 8), Path("py38")))
    plain = replace(machine_at(tmp_path, "Windows"), registry=registry)
    touch(tmp_path / "mine/python.exe")
    wished = replace(plain, env={"FUSION_PYTHON3_HOME": str(tmp_path / "mine")})
    wrong = replace(plain, env={"FUSION_PYTHON3_HOME": str(tmp_path / "gone")})

    found = [menu_python(machine) for machine in (plain, wished, wrong)]

    assert [one and one.path for one in found] == [
        Path("py312/python.exe"),
        tmp_path / "mine/python.exe",
        tmp_path / "gone/python.exe",
    ]
    assert [one and one.lack for one in found] == ["", "", "python.exe"]
    assert menu_python(replace(plain, registry=())) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has other names for programs")
def test_linux_python_is_the_desktop_s(tmp_path: Path) -> None:
    """The first on the PATH, without the virtual environment that only this terminal has."""
    touch(tmp_path / "venv/bin/python3")
    system = touch(tmp_path / "usr/bin/python3")
    path = os.pathsep.join([str(tmp_path / "venv/bin"), "", str(system.parent)])
    env = {"PATH": path, "VIRTUAL_ENV": str(tmp_path / "venv")}
    machine = machine_at(tmp_path, "Linux", env)

    found = menu_python(machine)

    assert found is not None
    assert found.path == system
    assert menu_python(replace(machine, env={"PATH": str(tmp_path / "nowhere")})) is None
    assert menu_python(replace(machine, env={})) is None
