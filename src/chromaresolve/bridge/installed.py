"""What ChromaResolve has put where, on record in the data folder, and files that are whole.

`install.json` is of the menu, `placed.json` of the pre-balances that Place PreBalance has copied.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, Mapping, NamedTuple, Optional, Set, Tuple

from .errors import BridgeError
from .places import Machine, Place, every_place

RECORD = "install.json"
"""The name of the menu's record in the data folder."""

PLACED = "placed.json"
"""The name of the pre-balances' record."""

FORMAT = 1
"""How both are laid out."""


@dataclass(frozen=True)
class Record:
    """What an installation put where."""

    who: str
    """For whom."""
    version: str
    """The version of the tool that put it there."""
    tool: Tuple[str, ...]
    """The words that start the tool in its own environment."""
    files: Mapping[Path, str]
    """Each file and its sha256."""
    pending: Mapping[Path, str]
    """What an installation that did not end was about to write."""
    folders: FrozenSet[Path]
    """The folders that were made."""

    @property
    def paths(self) -> Set[Path]:
        """Every file that may be ours."""
        return {*self.files, *self.pending}

    def is_edited(self, path: Path) -> bool:
        """Say whether what lies there is not what we put there."""
        if not is_there(path):
            return False
        ours = {self.files.get(path), self.pending.get(path)} - {None}
        return path.is_symlink() or fingerprint(path) not in ours


class Copy(NamedTuple):
    """A shot's pre-balance in a LUT folder."""

    sha256s: Tuple[str, ...]
    """What may lie there: one, and more while an earlier balance is being replaced."""
    shot: str
    """The folder of the shot that it belongs to."""
    is_on: bool
    """Whether every node has been given it since it was written."""

    def is_at(self, path: Path) -> bool:
        """Say whether what lies there is what we put there."""
        return not path.is_symlink() and fingerprint(path) in self.sha256s


class Copies(NamedTuple):
    """All pre-balances that were copied for this user."""

    files: Mapping[Path, Copy]
    """Each file."""
    folders: FrozenSet[Path]
    """The folders that were made for them."""


def installed_places(machine: Machine) -> Tuple[Place, ...]:
    """Return every place in which something is installed."""
    return tuple(place for place in every_place(machine) if (place.home / RECORD).is_file())


def load_record(place: Place) -> Optional[Record]:
    """Return what was installed in a place; None where nothing was.

    Raises:
        BridgeError: The record cannot be understood.
    """
    path = place.home / RECORD
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["format"] != FORMAT:
            cause = f"is of format {known['format']!r}, which this version does not know"
            raise BridgeError(str(path), cause, "use the ChromaResolve that installed it")
        return Record(
            who=known["for"],
            version=known["version"],
            tool=tuple(known["tool"]),
            files=_by_path(known["files"]),
            pending=_by_path(known["pending"]),
            folders=frozenset(map(Path, known["folders"])),
        )
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        cause, remedy = "is not a record of ChromaResolve", "move it away, and install again"
        raise BridgeError(str(path), cause, remedy) from error


def save_record(place: Place, record: Record) -> None:
    """Write what was installed in a place."""
    known = {
        "format": FORMAT,
        "for": record.who,
        "version": record.version,
        "tool": list(record.tool),
        "files": {str(path): record.files[path] for path in sorted(record.files)},
        "pending": {str(path): record.pending[path] for path in sorted(record.pending)},
        "folders": sorted(map(str, record.folders)),
    }
    write_content(place.home / RECORD, (json.dumps(known, indent=2) + "\n").encode("ascii"))


def load_copies(home: Path) -> Copies:
    """Return which pre-balances were copied where.

    Raises:
        BridgeError: The record cannot be understood.
    """
    file = home / PLACED
    try:
        return _copies_from(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Copies({}, frozenset())
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        cause = "is not a record that this ChromaResolve knows"
        raise BridgeError(str(file), cause, "move it away, and run this again") from error


def write_copies(home: Path, contents: Mapping[Path, bytes], shot: str) -> None:
    """Write a shot's pre-balance: on record before it is there, each file whole or not at all."""
    files, folders = load_copies(home)
    wanted = {
        path: Copy((*(files[path].sha256s if path in files else ()), sha256(content)), shot, False)
        for path, content in contents.items()
    }
    if wanted:
        save_copies(home, Copies({**files, **wanted}, folders | missing_folders(wanted)))
    for path, content in contents.items():
        write_content(path, content)


def settle_copies(home: Path, paths: Iterable[Path]) -> None:
    """Put on record that every node has been given what was written last."""
    files, folders = load_copies(home)
    settled = {
        path: files[path]._replace(sha256s=files[path].sha256s[-1:], is_on=True)
        for path in paths
        if path in files
    }
    if settled:
        save_copies(home, Copies({**files, **settled}, folders))


def take_copies(home: Path) -> Tuple[Tuple[Path, ...], Tuple[Path, ...]]:
    """Remove all copies and their record; return what is gone, and what was edited and stays.

    Raises:
        BridgeError: The record cannot be understood.
    """
    files, folders = load_copies(home)
    there = [path for path in sorted(files) if is_there(path)]
    removed = tuple(path for path in there if files[path].is_at(path))
    kept = tuple(path for path in there if path not in removed)
    for path in (*removed, *map(unfinished, files), unfinished(home / PLACED), home / PLACED):
        with suppress(FileNotFoundError):
            path.unlink()
    remove_empty(folders)
    return removed, kept


def save_copies(home: Path, copies: Copies) -> None:
    """Write which pre-balances were copied where."""
    known = {
        "format": FORMAT,
        "files": {
            str(path): {"sha256": one.sha256s, "shot": one.shot, "is_on": one.is_on}
            for path, one in sorted(copies.files.items())
        },
        "folders": sorted(map(str, copies.folders)),
    }
    write_content(home / PLACED, (json.dumps(known, indent=2) + "\n").encode("ascii"))


def is_there(path: Path) -> bool:
    """Say whether anything has this name, be it a link to nowhere."""
    return path.is_symlink() or path.exists()


def fingerprint(path: Path) -> Optional[str]:
    """Return a file's sha256 as 64 hex digits; None where there is no file."""
    return sha256(path.read_bytes()) if path.is_file() else None


def sha256(content: bytes) -> str:
    """Return the sha256 of bytes as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def write_content(path: Path, content: bytes) -> None:
    """Write a file so that under its name it is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with unfinished(path).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished(path).replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished(path).unlink()
        raise


def unfinished(path: Path) -> Path:
    """Return the name under which a file is written.

    It is always the same, so that a later installation or removal finds what a kill has left.
    """
    return path.with_name(f".{path.name}.tmp")


def missing_folders(paths: Iterable[Path]) -> FrozenSet[Path]:
    """Return the folders that writing these files will make."""
    parents = {folder for path in paths for folder in path.parents}
    return frozenset(folder for folder in parents if not folder.exists())


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove those folders that are empty, the inner ones first."""
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        with suppress(OSError):  # it is gone already, or is not empty
            folder.rmdir()


def _copies_from(known: Mapping[str, Any]) -> Copies:
    if known["format"] != FORMAT:
        raise ValueError(known["format"])
    files = {
        Path(path): Copy(tuple(one["sha256"]), str(one["shot"]), bool(one["is_on"]))
        for path, one in known["files"].items()
    }
    return Copies(files, frozenset(map(Path, known["folders"])))


def _by_path(files: Mapping[str, str]) -> Dict[Path, str]:
    return {Path(path): digits for path, digits in files.items()}
