"""Where Resolve looks, and where ChromaResolve keeps its files, on each operating system.

The folders are those of Blackmagic Design's own scripting README (21.1, August 2026). Where it is
wrong or silent, the reports of users are followed, and the line says so. Everything starts from a
record of the machine, so that all three systems can be looked at on any one.
"""

from __future__ import annotations

import importlib
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from .errors import BridgeError

TOOL = "ChromaResolve"
"""The name of our folders: the menu's, the LUT folder's, the data folder's."""

BRIDGE = "chromaresolve_bridge"
"""The name of the copied package, so that it can never be mistaken for the tool itself."""

MENU = Path("Utility") / TOOL
"""Inside a Scripts folder: Utility shows on every page, a folder in it becomes a submenu."""

LIBRARY = Path("Library/Application Support")
"""Where macOS keeps programs' files, for one user and for all."""

VENDOR = Path("Blackmagic Design/DaVinci Resolve")
"""Resolve's own folder below that, and below Windows' AppData and ProgramData."""

CONTAINERS = "com.blackmagic-design.DaVinciResolve*"
"""The sandboxes of the App Store editions, free (`...Lite`) and Studio; not those of other apps."""

PYTHON_CORE = r"SOFTWARE\Python\PythonCore"
"""The registry key under which every Python on Windows names itself (PEP 514)."""

ONE_USER = "you"
"""Whom the folders of one user serve."""

ALL_USERS = "all users"
"""Whom the shared folders serve."""

Version = Tuple[int, ...]
"""A version as numbers, such as (21, 0, 4)."""


@dataclass(frozen=True)
class Machine:
    """What must be known of a computer to find Resolve's folders."""

    system: str
    """`Darwin` (macOS), `Windows` or `Linux`, as `platform.system` says it."""
    home: Path
    """The user's home folder."""
    env: Mapping[str, str]
    """The environment of this process."""
    root: Path = Path("/")
    """Where the disk begins."""
    desktop: Optional[Mapping[str, str]] = None
    """The environment a program started from the desktop sees; None: the same as `env`.

    On macOS a terminal's `export` does not reach Resolve, `launchctl setenv` does."""
    registry: Tuple[Tuple[Version, Path], ...] = ()
    """The Pythons that Windows' registry knows: version and folder."""


@dataclass(frozen=True)
class Place:
    """One set of folders that an installation fills."""

    who: str
    """For whom."""
    home: Path
    """ChromaResolve's data folder; outside every Scripts tree, where files become menu entries."""
    scripts: Tuple[Path, ...]
    """The Scripts folders."""
    luts: Path
    """The LUT folder."""
    denied: str
    """What to do where a folder may not be written."""


def this_machine() -> Machine:
    """Look at the computer this runs on."""
    system = platform.system()
    return Machine(
        system=system,
        home=Path.home(),
        env=dict(os.environ),
        root=Path(Path.home().anchor),
        desktop=_launchd_environment() if system == "Darwin" else None,
        registry=registered_pythons(),
    )


def user_place(machine: Machine) -> Place:
    """Return the folders of this user.

    Raises:
        BridgeError: Resolve does not run on this system.
    """
    folders = _folders(machine)
    return Place(
        who=ONE_USER,
        home=folders.data,
        scripts=(folders.user / "Fusion/Scripts",),
        luts=folders.user / "LUT",
        denied="close Resolve, and look who owns this folder",
    )


def shared_place(machine: Machine) -> Place:
    """Return the folders of all users, which only an administrator may fill.

    Raises:
        BridgeError: Resolve does not run on this system.
    """
    folders = _folders(machine)
    return Place(
        who=ALL_USERS,
        home=folders.shared_data,
        scripts=(folders.shared / "Fusion/Scripts",),
        luts=folders.shared_luts,
        denied="type it as an administrator, or leave --all-users away to have it for you alone",
    )


def store_places(machine: Machine) -> Tuple[Place, ...]:
    """Return the folders inside the sandbox of each App Store edition that ran for this user.

    A sandboxed Resolve sees nothing outside, so the data folder lies inside as well. Which of two
    Scripts trees it lists differed between two reports on one version (21.0.3.7): the documented
    one, or Fusion's own. Both are filled.
    """
    if machine.system != "Darwin":
        return ()
    found = sorted((machine.home / "Library/Containers").glob(CONTAINERS))
    return tuple(_store_place(container) for container in found if (container / "Data").is_dir())


def every_place(machine: Machine) -> Tuple[Place, ...]:
    """Return all places where an installation may lie.

    Raises:
        BridgeError: Resolve does not run on this system.
    """
    return (user_place(machine), shared_place(machine), *store_places(machine))


def shared_support(machine: Machine) -> Path:
    """Return the folder of Resolve's own files for all users.

    Raises:
        BridgeError: Resolve does not run on this system.
    """
    return _folders(machine).shared


def parse_version(text: str) -> Optional[Version]:
    """Return `21.0.4` or `21.1.0b5` as numbers; None where the text does not begin with x.y."""
    found = re.match(r"\d+(\.\d+)+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else None


def registered_pythons() -> Tuple[Tuple[Version, Path], ...]:
    """Return the 64-bit Pythons in Windows' registry (PEP 514); none on other systems."""
    try:
        winreg: Any = importlib.import_module("winreg")
    except ImportError:
        return ()
    found: Dict[Path, Version] = {}
    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        for name in _registry_names(winreg, hive):
            version, folder = parse_version(name), _registry_folder(winreg, hive, name)
            if version and folder and not name.endswith("-32"):
                found[folder] = version
    return tuple((version, folder) for folder, version in found.items())


class _Folders(NamedTuple):
    """Resolve's support folders and our data folders, for one user and for all."""

    user: Path
    shared: Path
    shared_luts: Path
    data: Path
    shared_data: Path


def _folders(machine: Machine) -> _Folders:
    table = {"Darwin": _mac_folders, "Windows": _windows_folders, "Linux": _linux_folders}
    if machine.system not in table:
        raise BridgeError(
            machine.system or "this system",
            "Resolve does not run on it",
            "type this on the computer on which Resolve runs",
        )
    return table[machine.system](machine)


def _mac_folders(machine: Machine) -> _Folders:
    user, shared = machine.home / LIBRARY, machine.root / LIBRARY
    return _Folders(
        user=user / VENDOR,
        shared=shared / VENDOR,
        shared_luts=shared / VENDOR / "LUT",
        data=user / TOOL,
        shared_data=shared / TOOL,
    )


def _windows_folders(machine: Machine) -> _Folders:
    # The README says %APPDATA%\Roaming\..., but %APPDATA% already ends in Roaming. `Support` is in
    # the user's paths and in the shared LUT folder's, and not in the shared Scripts folder's.
    user = Path(machine.env.get("APPDATA") or machine.home / "AppData/Roaming")
    shared = Path(machine.env.get("PROGRAMDATA") or machine.root / "ProgramData")
    return _Folders(
        user=user / VENDOR / "Support",
        shared=shared / VENDOR,
        shared_luts=shared / VENDOR / "Support/LUT",
        data=user / TOOL,
        shared_data=shared / TOOL,
    )


def _linux_folders(machine: Machine) -> _Folders:
    usual, other = machine.root / "opt/resolve", machine.root / "home/resolve"
    shared = other if other.is_dir() and not usual.is_dir() else usual
    # The XDG base directory specification: a relative path is to be ignored.
    wished = Path(machine.env.get("XDG_DATA_HOME", ""))
    user = machine.home / ".local/share"
    return _Folders(
        user=user / "DaVinciResolve",
        shared=shared,
        shared_luts=shared / "LUT",
        data=(wished if wished.is_absolute() else user) / TOOL,
        # Assumed: the Filesystem Hierarchy Standard's folder for what an administrator adds.
        shared_data=machine.root / "usr/local/share" / TOOL,
    )


def _store_place(container: Path) -> Place:
    library = container / "Data" / LIBRARY
    return Place(
        who=f"you in the sandbox {container.name}",
        home=library / TOOL,
        scripts=(library / VENDOR / "Fusion/Scripts", library / "Fusion/Scripts"),
        luts=library / VENDOR / "LUT",
        denied="allow your terminal under System Settings, Privacy & Security, App Management",
    )


def _launchd_environment() -> Dict[str, str]:
    """Ask launchd, whose environment every program from the Dock inherits."""
    try:
        answer = subprocess.run(
            ["/bin/launchctl", "getenv", "PYTHON3HOME"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"PYTHON3HOME": answer} if answer else {}


def _registry_names(winreg: Any, hive: Any) -> Tuple[str, ...]:
    try:
        with winreg.OpenKey(hive, PYTHON_CORE) as key:
            count = winreg.QueryInfoKey(key)[0]
            return tuple(winreg.EnumKey(key, index) for index in range(count))
    except OSError:  # no Python names itself there
        return ()


def _registry_folder(winreg: Any, hive: Any, name: str) -> Optional[Path]:
    try:
        return Path(winreg.QueryValue(hive, rf"{PYTHON_CORE}\{name}\InstallPath"))
    except OSError:  # an uninstalled Python can leave its key behind
        return None
