"""Putting the menu into Resolve and taking it out again; runs in the tool's own Python.

A file whose sha256 is not on record is somebody else's and stays untouched. The record is written
before the files and again after them: a kill in between leaves one that knows the old and the new.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, Mapping, Optional, Sequence, Tuple

from . import VERSION
from .errors import BridgeError
from .installed import (
    RECORD,
    Record,
    fingerprint,
    is_there,
    load_copies,
    load_record,
    missing_folders,
    remove_empty,
    save_record,
    sha256,
    take_copies,
    unfinished,
    write_content,
)
from .places import (
    ALL_USERS,
    BRIDGE,
    MENU,
    TOOL,
    Machine,
    Place,
    shared_place,
    store_places,
    user_place,
)

SOURCE = Path(__file__).parent
"""The bridge as the tool has it."""

BLANK = '"@@HOME@@"'
"""What the installer replaces in a launcher by the data folder."""

READABLE_BY_ALL = 0o022
"""The umask of what is for all users: an administrator's own may hide it from them."""


@dataclass(frozen=True)
class Report:
    """What an installation or its removal did."""

    places: Tuple[Place, ...] = ()
    """Where; empty where nothing was installed that could be removed."""
    written: Tuple[Path, ...] = ()
    """Files that are new or were replaced."""
    unchanged: Tuple[Path, ...] = ()
    """Files that were already right."""
    removed: Tuple[Path, ...] = ()
    """Files that were taken away."""
    kept: Tuple[Path, ...] = ()
    """What the user has edited: beside the new file as `.bak`, or left where it was."""

    def __add__(self, other: Report) -> Report:
        """Return both in one."""
        return Report(
            self.places + other.places,
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.kept + other.kept,
        )


def install(
    machine: Machine,
    *,
    scripts: Path,
    tool: Sequence[str],
    dctl: Optional[Path] = None,
    bridge: Path = SOURCE,
    all_users: bool = False,
    app_store: bool = False,
) -> Report:
    """Put the menu into Resolve; what is there already and right is not touched.

    Args:
        machine: Where.
        scripts: The folder of the launchers.
        tool: The words that start the tool in its own environment.
        dctl: The folder of the shaders.
        bridge: The folder of this package.
        all_users: Put it where every user of the machine sees it.
        app_store: Put it into the sandbox of the App Store's Resolve.

    Raises:
        BridgeError: Something of somebody else is in the way, and nothing was changed. Or a folder
            may not be written: what was done is on record, and the next installation goes on.
    """
    places = choose_places(machine, all_users=all_users, app_store=app_store)
    wanted = [(place, _contents(place, scripts, dctl, bridge)) for place in places]
    for place, contents in wanted:
        with _told(place):
            _refuse_strangers(contents, load_record(place))
    report = Report()
    for place, contents in wanted:
        with _told(place), _readable(place):
            report += _put(place, contents, tuple(tool))
    return report


def uninstall(machine: Machine, *, all_users: bool = False, app_store: bool = False) -> Report:
    """Take away what `install` put there, and the empty folders it made; nothing else.

    The pre-balances that Place PreBalance copied for this user go with it. Settings, reports, logs
    and what the user has edited stay.

    Raises:
        BridgeError: A folder may not be written; the next removal goes on.
    """
    report = Report()
    for place in choose_places(machine, all_users=all_users, app_store=app_store):
        with _told(place):
            record, folders = load_record(place), load_copies(place.home).folders
            removed, kept = take_copies(place.home)
            places = (place,) if record is None and (removed or kept) else ()
            report += Report(places=places, removed=removed, kept=kept)
            report += _take(place, record) if record else Report()
            remove_empty(folders)  # the menu's own shaders may have lain there too
    return report


def choose_places(machine: Machine, *, all_users: bool, app_store: bool) -> Tuple[Place, ...]:
    """Return the places that the user's two switches mean.

    Raises:
        BridgeError: They contradict each other, or there is no such place.
    """
    if not app_store:
        return (shared_place(machine) if all_users else user_place(machine),)
    if all_users:
        cause = "a sandbox belongs to one user"
        raise BridgeError("--all-users with --app-store", cause, "say one of them")
    places = store_places(machine)
    if not places:
        cause = "no App Store edition of Resolve has run for this user"
        raise BridgeError("--app-store", cause, "start it once, or leave --app-store away")
    return places


def bake(launcher: str, home: Path) -> str:
    """Write the data folder into a launcher: in ASCII, which every Python reads alike."""
    return launcher.replace(BLANK, ascii(str(home)))


def _contents(place: Place, scripts: Path, dctl: Optional[Path], bridge: Path) -> Dict[Path, bytes]:
    wanted = {
        place.home / BRIDGE / path.relative_to(bridge): path.read_bytes()
        for path in sorted(bridge.rglob("*.py"))
    }
    for path in sorted((*scripts.glob("*.py"), *scripts.glob("*.lua"))):
        text = bake(path.read_text(encoding="utf-8"), place.home)
        for tree in place.scripts:
            wanted[tree / MENU / path.name] = text.encode("utf-8")
    for path in sorted(dctl.glob("*.dctl")) if dctl else ():
        wanted[place.luts / TOOL / path.name] = path.read_bytes()
    return wanted


def _refuse_strangers(contents: Mapping[Path, bytes], record: Optional[Record]) -> None:
    known = record.paths if record else set()
    for path, content in contents.items():
        in_the_way = [folder for folder in path.parents if is_there(folder) and not folder.is_dir()]
        is_ours = path in known or (fingerprint(path) == sha256(content) and not path.is_symlink())
        if is_there(path) and not is_ours:
            in_the_way.append(path)
        if in_the_way:
            cause = "ChromaResolve did not put this here"
            raise BridgeError(str(in_the_way[0]), cause, "move it away, and install again")


def _put(place: Place, contents: Mapping[Path, bytes], tool: Tuple[str, ...]) -> Report:
    before = load_record(place) or Record(place.who, "", (), {}, {}, frozenset())
    wanted = {path: sha256(content) for path, content in contents.items()}
    folders = before.folders | missing_folders((*wanted, place.home / RECORD))
    after = Record(place.who, VERSION, tool, wanted, {}, folders)
    stale = [path for path in wanted if fingerprint(path) != wanted[path] or path.is_symlink()]
    gone = [path for path in sorted(before.paths.difference(wanted)) if is_there(path)]
    unchanged = tuple(path for path in wanted if path not in stale)
    if before == after and not stale:
        return Report(places=(place,), unchanged=unchanged)
    try:
        pending = {**before.pending, **wanted}
        save_record(place, replace(after, files=before.files, pending=pending))
    except BaseException:
        remove_empty(folders - before.folders)  # what is not on record must not be there
        raise
    kept = [_set_aside(path) for path in (*stale, *gone) if before.is_edited(path)]
    removed = tuple(path for path in gone if is_there(path))
    for path in before.paths.difference(wanted):
        _remove(path)
    for path in stale:
        write_content(path, contents[path])
    remove_empty(folders)
    made = frozenset(folder for folder in folders if folder.is_dir())
    save_record(place, replace(after, folders=made))
    return Report((place,), tuple(stale), unchanged, removed, tuple(kept))


def _take(place: Place, record: Record) -> Report:
    there = [path for path in sorted(record.paths) if is_there(path)]
    kept = tuple(path for path in there if record.is_edited(path))
    for path in record.paths.difference(kept):
        _remove(path)
    _remove(place.home / RECORD)
    remove_empty(record.folders)
    removed = tuple(path for path in there if path not in kept)
    return Report(places=(place,), removed=removed, kept=kept)


def _set_aside(path: Path) -> Path:
    """Rename an edited file to a name that Resolve does not list and nothing holds yet."""
    number, aside = 1, path.with_name(f"{path.name}.bak")
    while is_there(aside):
        number += 1
        aside = path.with_name(f"{path.name}.bak{number}")
    path.rename(aside)
    return aside


def _remove(path: Path) -> None:
    """Remove a file, what a kill left of its writing, and what Python has compiled from it."""
    compiled = path.parent.glob(f"__pycache__/{path.stem}.*.pyc") if path.suffix == ".py" else ()
    for one in (path, unfinished(path), *compiled):
        with suppress(FileNotFoundError):
            one.unlink()
    remove_empty([path.parent / "__pycache__"])


@contextmanager
def _told(place: Place) -> Iterator[None]:
    """Turn what a disk says into a sentence."""
    try:
        yield
    except OSError as error:
        where = str(error.filename or place.home)
        cause = f"cannot be read, written or removed ({error.strerror or error})"
        is_denied = isinstance(error, PermissionError)
        remedy = place.denied if is_denied else "look at the disk, and type it again"
        raise BridgeError(where, cause, remedy) from error


@contextmanager
def _readable(place: Place) -> Iterator[None]:
    if place.who != ALL_USERS:
        yield
        return
    usual = os.umask(READABLE_BY_ALL)
    try:
        yield
    finally:
        os.umask(usual)
