"""Whether Resolve will list the menu, and why not; changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Callable, FrozenSet, Iterator, NamedTuple, Optional, Set, Tuple

from . import VERSION
from .discovery import Application, applications, menu_python
from .installed import RECORD, Record, installed_places, is_there, load_record
from .places import (
    ALL_USERS,
    BRIDGE,
    ONE_USER,
    Machine,
    Place,
    Version,
    every_place,
    parse_version,
    shared_place,
    store_places,
    user_place,
)
from .step import Finding

LEAST_RESOLVE = (19, 1)
"""The first Resolve with all that the menu needs."""

BRINGS_PYTHON = (21, 1)
"""From here Resolve runs menu scripts with its own Python, and in Studio only."""

LEAST_PYTHON = (3, 8)
"""The oldest Python the bridge runs on."""

FILE_ROUTE = (
    "work by files: export the plates by hand, type `chromaresolve new`, `chromaresolve run` and "
    "`chromaresolve composite SHOT --timeline SHOT.otio`, and import that timeline"
)
"""What works in every edition."""

INSTALL_PYTHON = {
    "Darwin": "install Python from python.org, or type `launchctl setenv PYTHON3HOME "
    "\"$(python3 -c 'import sys; print(sys.base_prefix)')\"`, and start Resolve again",
    "Windows": "install Python from python.org, or set FUSION_PYTHON3_HOME to the folder of one, "
    "and start Resolve again",
    "Linux": "install python3 with your system's packages, and start Resolve again",
}
"""What to do where Resolve finds no Python that serves."""


class _Known(NamedTuple):
    """What is known about Resolve: asked from the user, or found on the disk."""

    version: Optional[Version]
    edition: Optional[str]
    brings_python: bool


def diagnose(
    machine: Machine,
    *,
    titles: FrozenSet[str],
    version: Optional[Version] = None,
    edition: Optional[str] = None,
    ask: Optional[Callable[[Path], Optional[Version]]] = None,
) -> Tuple[Finding, ...]:
    """Look at everything that decides whether the menu is listed and works.

    Args:
        machine: Where.
        titles: The file names of the launchers, to find stray copies of them.
        version: Resolve's version, where the user says it.
        edition: `free` or `studio`, where the user says it.
        ask: Asks a Python for its version.

    Raises:
        BridgeError: Resolve does not run on this system, or a record cannot be understood.
    """
    found = applications(machine)
    known = _known(found, version, edition)
    return (
        *_resolve(found, known),
        _listing(known),
        *_python(machine, known, ask or ask_version),
        *_installation(machine),
        *_sandbox(machine, found),
        *_copies(machine, titles),
        *_luts(machine),
    )


def ask_version(python: Path) -> Optional[Version]:
    """Return the version of a Python, by running it; None where it does not run."""
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        answer = subprocess.run(  # noqa: S603 - the Python that Resolve itself would run
            [str(python), "-c", code], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(answer.stdout)


def _known(
    found: Tuple[Application, ...], version: Optional[Version], edition: Optional[str]
) -> _Known:
    # Where several lie here, nobody knows which one is meant: only what they agree on is known.
    versions, editions = {one.version for one in found}, {one.edition for one in found}
    version = version or (versions.pop() if len(versions) == 1 else None)
    edition = edition or (editions.pop() if len(editions) == 1 else None)
    if version is None:
        brings_python = bool(found) and all(one.python for one in found)
    else:
        brings_python = version >= BRINGS_PYTHON
    return _Known(version, edition, brings_python)


def _resolve(found: Tuple[Application, ...], known: _Known) -> Iterator[Finding]:
    for one in found:
        version = _dotted(one.version) or ("21.1 or later" if one.python else "version unknown")
        sentence = f"{version}, {one.edition or 'edition unknown'}, {one.path}"
        yield Finding("ok", "Resolve", sentence)
    if not found:
        sentence = "is not where its installer puts it: if it lies elsewhere, all below still holds"
        yield Finding("note", "Resolve", sentence)
    if known.version and known.version < LEAST_RESOLVE:
        least = _dotted(LEAST_RESOLVE)
        sentence = f"{_dotted(known.version)} is too old: {least} or later is needed"
        yield Finding("stop", "Resolve", sentence)


def _listing(known: _Known) -> Finding:
    if known.brings_python and known.edition == "free":
        sentence = f"free Resolve 21.1 and later lists no Python scripts: {FILE_ROUTE}"
        return Finding("stop", "edition", sentence)
    if known.edition == "studio" or (known.version and not known.brings_python):
        return Finding("ok", "edition", "this Resolve lists Python scripts")
    sentence = (
        "Studio lists Python scripts, the free edition only up to 21.0: "
        "see DaVinci Resolve, About, and say --edition and --version here"
    )
    return Finding("note", "edition", sentence)


def _python(
    machine: Machine, known: _Known, ask: Callable[[Path], Optional[Version]]
) -> Iterator[Finding]:
    if known.brings_python:
        if known.edition != "free":
            yield Finding("ok", "Python", "Resolve 21.1 and later brings its own")
        return
    python = menu_python(machine)
    remedy = INSTALL_PYTHON[machine.system]
    if python is None:
        yield Finding("stop", "Python", f"Resolve up to 21.0 finds none here: {remedy}")
    elif python.lack:
        yield Finding("stop", "Python", f"{python.rule}, where there is no {python.lack}: {remedy}")
    else:
        yield _asked(python.path, python.rule, ask(python.path), remedy)
    shell, desktop = machine.env.get("PYTHON3HOME"), machine.desktop
    if shell and desktop is not None and desktop.get("PYTHON3HOME") != shell:
        sentence = (
            "PYTHON3HOME of this terminal does not reach Resolve: "
            'type `launchctl setenv PYTHON3HOME "$PYTHON3HOME"`, and start Resolve again'
        )
        yield Finding("note", "Python", sentence)


def _asked(path: Path, rule: str, version: Optional[Version], remedy: str) -> Finding:
    if version is None:
        return Finding("stop", "Python", f"{path} ({rule}) does not run: {remedy}")
    if version < LEAST_PYTHON:
        sentence = f"{_dotted(version)} at {path} ({rule}) is too old: {remedy}"
        return Finding("stop", "Python", sentence)
    return Finding("ok", "Python", f"{_dotted(version)} at {path} ({rule})")


def _installation(machine: Machine) -> Iterator[Finding]:
    places = installed_places(machine)
    if not places:
        yield Finding("stop", "menu", "is not installed: type `chromaresolve resolve install`")
    if {ONE_USER, ALL_USERS} <= {place.who for place in places}:
        sentence = (
            "is installed for you and for all users, so each entry shows twice: "
            "type `chromaresolve resolve uninstall`, with --all-users or without"
        )
        yield Finding("stop", "menu", sentence)
    for place in places:
        record = load_record(place)
        if record:
            yield _files(place, record)
            yield _bridge(place)
            yield _tool(record)


def _files(place: Place, record: Record) -> Finding:
    again = "type `chromaresolve resolve install`"
    lost = [path for path in sorted(record.files) if not is_there(path)]
    changed = [path for path in sorted(record.files) if record.is_edited(path)]
    if lost:
        return Finding("stop", "menu", f"{lost[0]} is missing ({len(lost)} in all): {again}")
    if changed:
        sentence = f"{changed[0]} was edited ({len(changed)} in all): {again}, it keeps a .bak"
        return Finding("note", "menu", sentence)
    if record.pending:
        return Finding("stop", "menu", f"the last installation did not end: {again}")
    trees = ", ".join(map(str, place.scripts))
    return Finding("ok", "menu", f"installed for {place.who} in {trees}, all files whole")


def _bridge(place: Place) -> Finding:
    try:
        text = (place.home / BRIDGE / "__init__.py").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r'^VERSION = "(.*)"$', text, flags=re.MULTILINE)
    version = found[1] if found else "missing"
    if version == VERSION:
        return Finding("ok", "bridge", f"{version} in {place.home}")
    again = "type `chromaresolve resolve install`"
    return Finding("stop", "bridge", f"{version} in {place.home}, the tool is {VERSION}: {again}")


def _tool(record: Record) -> Finding:
    if record.tool and shutil.which(record.tool[0]):
        return Finding("ok", "tool", " ".join(record.tool))
    program = record.tool[0] if record.tool else "nothing"
    sentence = f"{program} is not there any more: type `chromaresolve resolve install` again"
    return Finding("stop", "tool", sentence)


def _sandbox(machine: Machine, found: Tuple[Application, ...]) -> Iterator[Finding]:
    installed = installed_places(machine)
    for place in store_places(machine):
        if place in installed:
            # Its child processes are sandboxed with it: no recovery can be started from there.
            sentence = "6 Recover cannot leave the App Store's sandbox: type it in a terminal"
            yield Finding("note", "App Store", sentence)
        else:
            verdict = "note" if found else "stop"
            sentence = f"for {place.who}, type `chromaresolve resolve install --app-store`"
            yield Finding(verdict, "App Store", sentence)


def _copies(machine: Machine, titles: FrozenSet[str]) -> Iterator[Finding]:
    ours: Set[Path] = set()
    for place in installed_places(machine):
        record = load_record(place)
        ours.update(record.paths if record else ())
    for place in every_place(machine):
        for path in _strays(place, titles):
            if path not in ours:
                sentence = f"{path} is a copy that no installation knows: remove it"
                yield Finding("stop", "copies", sentence)
        if (place.home / BRIDGE).is_dir() and not (place.home / RECORD).is_file():
            sentence = f"{place.home / BRIDGE} was left behind: remove it, or install again"
            yield Finding("note", "copies", sentence)


def _strays(place: Place, titles: FrozenSet[str]) -> Iterator[Path]:
    for tree in place.scripts:
        for path in sorted(tree.rglob("*")):
            if path.name in titles or (path.name == BRIDGE and path.is_dir()):
                yield path


def _luts(machine: Machine) -> Iterator[Finding]:
    own, shared = user_place(machine).luts, shared_place(machine).luts
    if _is_writable(own):
        yield Finding("ok", "LUT folder", f"{own} can be written")
    else:
        yield Finding("note", "LUT folder", f"{own} cannot be written: look who owns it")
    if not _is_writable(shared):
        # SetLUT resolves names in the master folder alone (19.1.3, 21.0.2: users' measurements).
        sentence = (
            f"{shared} needs an administrator, and scripts set LUTs from there alone: pick ours by "
            "hand on the Color page, or type `chromaresolve resolve install --all-users` as one"
        )
        yield Finding("note", "LUT folder", sentence)


def _is_writable(folder: Path) -> bool:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _dotted(version: Optional[Version]) -> str:
    return ".".join(map(str, version or ()))
