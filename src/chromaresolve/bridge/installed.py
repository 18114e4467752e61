"""What ChromaResolve has put where: `install.json` in the data folder, and files that are whole."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, FrozenSet, Mapping, Optional, Set, Tuple

from .errors import BridgeError
from .places import Machine, Place, every_place

RECORD = "install.json"
"""The record's name in the data folder."""

FORMAT = 1
"""How the record is laid out."""


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


def _by_path(files: Mapping[str, str]) -> Dict[Path, str]:
    return {Path(path): digits for path, digits in files.items()}
