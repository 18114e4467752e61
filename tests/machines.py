"""Computers made of a temporary folder, one per operating system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chromaresolve.bridge.places import Machine

SYSTEMS = ("Darwin", "Windows", "Linux")
"""Every system on which Resolve runs."""

LITE = "com.blackmagic-design.DaVinciResolveLite"
"""The sandbox of the App Store's free edition."""


def machine_at(folder: Path, system: str, env: Mapping[str, str] | None = None) -> Machine:
    """Make a computer whose disk begins at `folder`, as a fresh user finds it."""
    homes = {"Darwin": "Users/zoë b", "Windows": "Users/zoë b", "Linux": "home/zoë b"}
    home = folder / homes[system]
    home.mkdir(parents=True)
    known = {}
    if system == "Windows":
        known = {
            "APPDATA": str(home / "AppData/Roaming"),
            "PROGRAMDATA": str(folder / "ProgramData"),
            "PROGRAMFILES": str(folder / "Program Files"),
        }
    return Machine(system=system, home=home, env={**known, **(env or {})}, root=folder)


def run_store_edition(machine: Machine) -> Path:
    """Leave what the App Store's free Resolve leaves after its first start: its sandbox."""
    container = machine.home / "Library/Containers" / LITE
    (container / "Data").mkdir(parents=True)
    return container


def snapshot(folder: Path) -> dict[str, tuple[bytes, int] | None]:
    """Return everything below a folder: contents and times of files, and the folders."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }
