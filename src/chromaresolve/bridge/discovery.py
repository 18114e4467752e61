"""Which Resolve lies on a disk, and which Python it would run menu scripts with."""

from __future__ import annotations

import os
import plistlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional, Tuple
from xml.parsers.expat import ExpatError

from .places import VENDOR, Machine, Version, parse_version, shared_support

APP_BUNDLES = ("DaVinci Resolve/DaVinci Resolve", "DaVinci Resolve", "DaVinci Resolve Studio")
"""Below /Applications; the downloaded Resolve lies in a folder, the App Store's does not."""


@dataclass(frozen=True)
class Application:
    """A Resolve that lies on the disk."""

    path: Path
    """The app bundle or the program."""
    version: Optional[Version]
    """Its version; None where only running it would tell."""
    edition: Optional[str]
    """`free` where the file says so; None where only running it would tell."""
    python: Optional[Path]
    """The Python it brings (21.1 and later)."""


@dataclass(frozen=True)
class MenuPython:
    """The Python with which Resolve up to 21.0 would run a menu script."""

    path: Path
    """The interpreter."""
    rule: str
    """How Resolve comes to it."""
    lack: str = ""
    """What Resolve needs there and would not find; empty if nothing."""


def applications(machine: Machine) -> Tuple[Application, ...]:
    """Return each Resolve that lies where its installer puts it."""
    if machine.system == "Darwin":
        return tuple(_mac_applications(machine))
    if machine.system == "Windows":
        programs = Path(machine.env.get("PROGRAMFILES") or machine.root / "Program Files")
        return tuple(_program(programs / VENDOR / "Resolve.exe", "ResolvePython/ResolvePython.exe"))
    return tuple(_program(shared_support(machine) / "bin/resolve", "ResolvePython"))


def menu_python(machine: Machine) -> Optional[MenuPython]:
    """Return the Python that Resolve up to 21.0 finds for menu scripts; None: it finds none.

    macOS: `PYTHON3HOME`, then /usr/local/bin/python3, and nowhere else; both were read in
    fusionscript.so of 19.1 and 21.0. Windows: `FUSION_PYTHON3_HOME`, then the newest in the
    registry. Linux: python3 on the PATH. All three are users' findings, none is documented.
    """
    find = {"Darwin": _mac_python, "Windows": _windows_python}.get(machine.system, _linux_python)
    return find(machine)


def _mac_applications(machine: Machine) -> Iterator[Application]:
    for name in APP_BUNDLES:
        bundle = machine.root / "Applications" / f"{name}.app"
        if bundle.is_dir():
            facts = _bundle_facts(bundle)
            # Free and Studio have one identifier; only the App Store's free edition says `Lite`.
            is_free = str(facts.get("CFBundleIdentifier", "")).endswith("Lite")
            yield Application(
                path=bundle,
                version=parse_version(str(facts.get("CFBundleShortVersionString", ""))),
                edition="free" if is_free else None,
                python=_there(bundle / "Contents/Applications/ResolvePython"),
            )


def _program(path: Path, python: str) -> Iterator[Application]:
    if path.is_file():
        brought = _there(path.parent / python)
        yield Application(path=path, version=None, edition=None, python=brought)


def _there(path: Path) -> Optional[Path]:
    return path if path.exists() else None


def _bundle_facts(bundle: Path) -> Mapping[str, Any]:
    try:
        with (bundle / "Contents/Info.plist").open("rb") as file:
            facts: Mapping[str, Any] = plistlib.load(file)
    except (OSError, ValueError, ExpatError):
        return {}
    return facts


def _mac_python(machine: Machine) -> Optional[MenuPython]:
    seen = machine.env if machine.desktop is None else machine.desktop
    prefix = seen.get("PYTHON3HOME")
    if prefix:
        rule = f"PYTHON3HOME is {prefix}"
        return MenuPython(Path(prefix) / "bin/python3", rule, _mac_lack(Path(prefix)))
    usual = machine.root / "usr/local/bin/python3"
    return MenuPython(usual, "where Resolve looks") if usual.is_file() else None


def _mac_lack(prefix: Path) -> str:
    # Resolve runs the one and loads the other; some prefixes of Homebrew have only the second.
    if not (prefix / "bin/python3").is_file():
        return "bin/python3"
    return "" if any(prefix.glob("lib/libpython3.*.dylib")) else "lib/libpython3.*.dylib"


def _windows_python(machine: Machine) -> Optional[MenuPython]:
    folder = machine.env.get("FUSION_PYTHON3_HOME")
    if folder:
        path = Path(folder) / "python.exe"
        rule = f"FUSION_PYTHON3_HOME is {folder}"
        return MenuPython(path, rule, "" if path.is_file() else "python.exe")
    if not machine.registry:
        return None
    _, newest = max(machine.registry)
    return MenuPython(newest / "python.exe", "the newest in the registry")


def _linux_python(machine: Machine) -> Optional[MenuPython]:
    # A virtual environment that is active in this terminal is not when the desktop starts Resolve.
    active = machine.env.get("VIRTUAL_ENV")
    folders = machine.env.get("PATH", "").split(os.pathsep)
    seen = [one for one in folders if one and not (active and Path(one) == Path(active) / "bin")]
    found = shutil.which("python3", path=os.pathsep.join(seen) or os.devnull)
    return MenuPython(Path(found), "the first python3 on the PATH") if found else None
