"""Whether Resolve will list the menu, and why not: one finding per reason, and what to type."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from chromaresolve.bridge.diagnosis import ask_version, diagnose
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.install import SOURCE, install
from chromaresolve.bridge.places import Machine, Version, shared_place, user_place
from machines import SYSTEMS, machine_at, run_store_edition, snapshot

SCRIPTS = Path(__file__).parents[1] / "resolve_scripts"
TITLES = frozenset(path.name for path in SCRIPTS.iterdir())
TOOL = (sys.executable, "-m", "chromaresolve")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Make the disk of a computer."""
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


def find(
    machine: Machine,
    subject: str,
    *,
    version: Version | None = (21, 0, 4),
    edition: str | None = "studio",
    python: Version | None = (3, 11, 7),
) -> list[tuple[str, str]]:
    """Return verdicts and sentences about one subject."""
    findings = diagnose(
        machine, titles=TITLES, version=version, edition=edition, ask=lambda _path: python
    )
    return [(one.verdict, one.sentence) for one in findings if one.subject == subject]


def with_python(machine: Machine) -> Machine:
    """Put a Python where Resolve up to 21.0 finds one."""
    python = machine.root / "usr/local/bin/python3"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    python.chmod(0o755)
    path = {"PATH": str(python.parent)}
    return replace(
        machine, env={**machine.env, **path}, registry=(((3, 11), machine.root / "py311"),)
    )


def put(
    machine: Machine,
    *,
    tool: tuple[str, ...] = TOOL,
    all_users: bool = False,
    app_store: bool = False,
) -> Machine:
    """Install the real menu, and of the bridge what is looked at."""
    bridge = machine.root.parent / "bridge"
    bridge.mkdir(exist_ok=True)
    (bridge / "__init__.py").write_bytes((SOURCE / "__init__.py").read_bytes())
    install(
        machine, scripts=SCRIPTS, bridge=bridge, tool=tool, all_users=all_users, app_store=app_store
    )
    return machine


def menu_of(machine: Machine) -> Path:
    """Return the folder of the entries."""
    return user_place(machine).scripts[0] / "Utility/ChromaResolve"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("version", [(19, 1, 3), (20, 3), (21, 0, 4), (21, 1)])
def test_whole_installation_has_nothing_to_mend(disk: Path, system: str, version: Version) -> None:
    """Studio of any supported version; and looking changes nothing."""
    machine = put(with_python(machine_at(disk, system)))
    before = snapshot(disk)

    findings = diagnose(
        machine, titles=TITLES, version=version, edition="studio", ask=lambda _path: (3, 8, 0)
    )

    assert [one for one in findings if one.verdict == "stop"] == []
    assert {one.subject for one in findings} >= {"edition", "Python", "menu", "bridge", "tool"}
    assert snapshot(disk) == before


EDITIONS = {
    "free 21.1": ((21, 1), "free", "stop", "lists no Python scripts: work by files"),
    "free 22": ((22, 0), "free", "stop", "--timeline SHOT.otio"),
    "Studio 21.1": ((21, 1), "studio", "ok", "lists Python scripts"),
    "free 21.0": ((21, 0, 4), "free", "ok", "lists Python scripts"),
    "Studio 21.0": ((21, 0, 4), "studio", "ok", "lists Python scripts"),
    "21.0": ((21, 0, 4), None, "ok", "lists Python scripts"),
    "21.1": ((21, 1), None, "note", "say --edition and --version here"),
    "free": (None, "free", "note", "the free edition only up to 21.0"),
    "Studio": (None, "studio", "ok", "lists Python scripts"),
    "unknown": (None, None, "note", "see DaVinci Resolve, About"),
}
"""Version, edition, and what is found."""


@pytest.mark.parametrize(
    ("version", "edition", "verdict", "said"), EDITIONS.values(), ids=EDITIONS.keys()
)
def test_edition_decides_from_21_1_on(
    disk: Path, version: Version | None, edition: str | None, verdict: str, said: str
) -> None:
    """The free edition lists Python scripts up to 21.0, Studio always."""
    machine = with_python(machine_at(disk, "Linux"))

    ((found, sentence),) = find(machine, "edition", version=version, edition=edition)

    assert found == verdict
    assert said in sentence


@pytest.mark.parametrize("version", [(18, 6), (19, 0, 3)])
def test_old_resolve_is_refused(disk: Path, version: Version) -> None:
    """19.1 is the first with all that the menu needs."""
    found = find(machine_at(disk, "Linux"), "Resolve", version=version)

    assert found[-1][0] == "stop"
    assert "is too old: 19.1 or later is needed" in found[-1][1]


def test_free_store_edition_needs_no_options(disk: Path) -> None:
    """What the app bundle says of itself is enough."""
    machine = machine_at(disk, "Darwin")
    contents = disk / "Applications/DaVinci Resolve.app/Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_text(
        "<plist><dict><key>CFBundleShortVersionString</key><string>21.1</string>"
        "<key>CFBundleIdentifier</key>"
        "<string>com.blackmagic-design.DaVinciResolveLite</string></dict></plist>",
        encoding="utf-8",
    )

    ((verdict, _),) = find(machine, "edition", version=None, edition=None)
    ((_, sentence),) = find(machine, "Resolve", version=None, edition=None)

    assert verdict == "stop"
    assert sentence.startswith("21.1, free, ")


def test_python_beside_the_program_means_21_1(disk: Path) -> None:
    """On Linux and Windows no file tells the version; the Python that is brought does."""
    machine = machine_at(disk, "Linux")
    for name in ("resolve", "ResolvePython"):
        (disk / "opt/resolve/bin").mkdir(parents=True, exist_ok=True)
        (disk / "opt/resolve/bin" / name).touch()

    ((verdict, _),) = find(machine, "edition", version=None, edition="free")

    assert verdict == "stop"
    assert find(machine, "Python", version=None) == [
        ("ok", "Resolve 21.1 and later brings its own")
    ]
    assert "21.1 or later" in find(machine, "Resolve", version=None)[0][1]


@pytest.mark.parametrize(
    ("system", "remedy"),
    [
        pytest.param("Darwin", "launchctl setenv PYTHON3HOME", id="macOS"),
        pytest.param("Windows", "set FUSION_PYTHON3_HOME", id="Windows"),
        pytest.param("Linux", "with your system's packages", id="Linux"),
    ],
)
@pytest.mark.parametrize(
    ("python", "is_there", "said"),
    [
        pytest.param((3, 11), False, "finds none here", id="none"),
        pytest.param((3, 7, 9), True, "3.7.9 at", id="too old"),
        pytest.param(None, True, "does not run", id="broken"),
    ],
)
def test_python_that_does_not_serve_is_named(
    disk: Path, system: str, remedy: str, python: Version | None, is_there: bool, said: str
) -> None:
    """With what to do on this system."""
    machine = machine_at(disk, system)
    machine = with_python(machine) if is_there else replace(machine, env={})

    ((verdict, sentence),) = find(machine, "Python", python=python)

    assert verdict == "stop"
    assert said in sentence
    assert remedy in sentence


def test_half_a_python_home_is_named(disk: Path) -> None:
    """Resolve would list nothing and say nothing."""
    prefix = disk / "prefix"
    (prefix / "lib").mkdir(parents=True)
    (prefix / "lib/libpython3.12.dylib").touch()
    machine = replace(machine_at(disk, "Darwin"), desktop={"PYTHON3HOME": str(prefix)})

    ((verdict, sentence),) = find(machine, "Python")

    assert verdict == "stop"
    assert f"PYTHON3HOME is {prefix}, where there is no bin/python3" in sentence


def test_exported_python_home_does_not_reach_resolve(disk: Path) -> None:
    """A terminal's export is not launchd's."""
    env: Mapping[str, str] = {"PYTHON3HOME": "/mine"}
    machine = replace(with_python(machine_at(disk, "Darwin", env)), desktop={})

    (found, shell) = find(machine, "Python")

    assert found[0] == "ok"
    assert shell[0] == "note"
    assert "of this terminal does not reach Resolve" in shell[1]


@pytest.mark.skipif(os.name == "nt", reason="Windows starts no text files")
def test_ask_version_runs_the_python(tmp_path: Path) -> None:
    """This one answers; a broken one, or none, does not."""
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    broken.chmod(0o755)

    assert ask_version(Path(sys.executable)) == tuple(sys.version_info[:3])
    assert ask_version(broken) is None
    assert ask_version(tmp_path / "gone") is None


def test_menu_that_is_not_installed_says_what_to_type(disk: Path) -> None:
    """The first thing to look for."""
    ((verdict, sentence),) = find(machine_at(disk, "Linux"), "menu")

    assert verdict == "stop"
    assert sentence.endswith("type `chromaresolve resolve install`")


def test_missing_and_edited_files_are_told_apart(disk: Path) -> None:
    """One is to mend; the other is the user's wish."""
    machine = put(machine_at(disk, "Linux"))
    (menu_of(machine) / "2 Conform.py").write_text("mine", encoding="utf-8")
    edited = find(machine, "menu")
    (menu_of(machine) / "9 Deliver.py").unlink()
    missing = find(machine, "menu")

    assert edited[0][0] == "note"
    assert "2 Conform.py was edited (1 in all)" in edited[0][1]
    assert missing[0][0] == "stop"
    assert "9 Deliver.py is missing (1 in all)" in missing[0][1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('"""Old."""\nVERSION = "0.0.9"\n', "0.0.9 in", id="older"),
        pytest.param("", "missing in", id="without a version"),
    ],
)
def test_bridge_of_another_version_is_named(disk: Path, text: str, said: str) -> None:
    """The tool was updated, and the menu was not."""
    machine = put(machine_at(disk, "Linux"))
    init = user_place(machine).home / "chromaresolve_bridge/__init__.py"
    init.write_text(text, encoding="utf-8")

    ((verdict, sentence),) = find(machine, "bridge")

    assert verdict == "stop"
    assert sentence.startswith(said)


def test_tool_that_is_gone_is_named(disk: Path) -> None:
    """Its virtual environment was moved or removed."""
    gone = (str(disk / "venv/bin/python"), "-m", "chromaresolve")
    machine = put(machine_at(disk, "Linux"), tool=gone)

    ((verdict, sentence),) = find(machine, "tool")

    assert verdict == "stop"
    assert "venv/bin/python is not there any more" in sentence


def test_two_installations_show_each_entry_twice(disk: Path) -> None:
    """One Resolve lists the user's folder and the shared one."""
    machine = put(put(machine_at(disk, "Windows")), all_users=True)

    found = find(machine, "menu")

    assert found[0][0] == "stop"
    assert "each entry shows twice" in found[0][1]


def test_stray_copies_are_named(disk: Path) -> None:
    """Entries and bridges that no installation knows, in any tree; other tools' files are not."""
    machine = put(machine_at(disk, "Linux"))
    tree, shared = user_place(machine).scripts[0], shared_place(machine).scripts[0]
    (shared / "Comp/old").mkdir(parents=True)
    (shared / "Comp/old/2 Conform.py").touch()
    (shared / "Comp/old/Conform.py").touch()
    (tree / "Utility/chromaresolve_bridge").mkdir()
    left = shared_place(machine).home / "chromaresolve_bridge"
    left.mkdir(parents=True)

    found = find(machine, "copies")

    stray = "is a copy that no installation knows: remove it"
    assert found == [
        ("stop", f"{tree}/Utility/chromaresolve_bridge {stray}"),
        ("stop", f"{shared}/Comp/old/2 Conform.py {stray}"),
        ("note", f"{left} was left behind: remove it, or install again"),
    ]


def test_sandbox_is_told_of(disk: Path) -> None:
    """The App Store's Resolve does not see the usual folders; and what it cannot do."""
    machine = put(machine_at(disk, "Darwin"))
    run_store_edition(machine)
    alone = find(machine, "App Store")
    (disk / "Applications/DaVinci Resolve/DaVinci Resolve.app").mkdir(parents=True)
    beside = find(machine, "App Store")
    put(machine, app_store=True)
    installed = find(machine, "App Store")

    assert [found[0] for found in (*alone, *beside, *installed)] == ["stop", "note", "note"]
    assert "type `chromaresolve resolve install --app-store`" in alone[0][1]
    assert "6 Recover cannot leave" in installed[0][1]
    assert find(machine, "copies") == []


def test_lut_folder_that_needs_an_administrator_is_named(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts set LUTs from the shared folder alone."""
    machine = machine_at(disk, "Darwin")
    writable = find(machine, "LUT folder")
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) == machine.home)
    shared = find(machine, "LUT folder")
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    neither = find(machine, "LUT folder")

    assert [verdict for verdict, _ in writable] == ["ok"]
    assert [verdict for verdict, _ in shared] == ["ok", "note"]
    assert str(shared_place(machine).luts) in shared[1][1]
    assert "install --all-users" in shared[1][1]
    assert [verdict for verdict, _ in neither] == ["note", "note"]


def test_other_systems_are_refused(disk: Path) -> None:
    """In one sentence."""
    with pytest.raises(BridgeError, match="Resolve does not run on it"):
        find(Machine(system="FreeBSD", home=disk, env={}), "menu")
