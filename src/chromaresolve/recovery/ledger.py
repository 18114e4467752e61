"""What was recovered, frame by frame, kept beside the frames: never twice, and nothing forgotten.

Each render appends to a file of its own, so that the machines of a farm never write to the same
one; whoever wants to know reads them all. A line that a kill cut off counts for nothing. A chunk
that was lost or done twice changes nothing: the last word on a frame holds, and only while the
frame's file is the one it speaks of.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from chromaresolve.errors import StageError
from chromaresolve.files import state_if_there

FOLDER = ".chromaresolve"
"""In the folder of the frames: what the tool needs to know of them."""

KEEPS_NUMBER = 6
"""Decimals kept of a measured number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One recovered frame."""

    frame: int
    """Its number."""
    made_by: str
    """Fingerprint of the model and the settings."""
    glance: str
    """Fingerprint of what it was made from, as can be told without reading a pixel."""
    recipe: str
    """Fingerprint of what it was made from, every file by its contents; its header has it too."""
    file: str
    """Its file when it was written: name, size, time."""
    numbers: Mapping[str, float]
    """What was measured on it."""


class Ledger:
    """The entries of a folder, and this render's own file."""

    def __init__(self, out: Path, stem: str, entries: dict[int, Entry]) -> None:
        """Take what is known; `Ledger.open` reads it."""
        self.out = out
        self.entries = entries
        self.file = out / FOLDER / stem / f"{os.getpid()}-{os.urandom(4).hex()}.jsonl"
        self._lock = threading.Lock()

    @classmethod
    def open(cls, out: Path, stem: str) -> Self:
        """Read what is known of the frames called `stem_####.exr` in a folder.

        Raises:
            StageError: The disk does not give it.
        """
        entries: dict[int, tuple[int, Entry]] = {}
        for file in sorted((out / FOLDER / stem).glob("*.jsonl")):
            written, told = _read(file)
            for entry in told:
                known = entries.get(entry.frame)
                if known is None or written >= known[0]:
                    entries[entry.frame] = (written, entry)
        return cls(out, stem, {frame: entry for frame, (_, entry) in entries.items()})

    def find(self, frame: int, glance: str, target: Path) -> Entry | None:
        """Return a frame's entry if it was made of this, and its file is the one written then."""
        entry = self.entries.get(frame)
        if entry is None or entry.glance != glance:
            return None
        return entry if entry.file == state_if_there(target) else None

    def add(
        self,
        frame: int,
        *,
        made_by: str,
        glance: str,
        recipe: str,
        target: Path,
        numbers: Mapping[str, float],
    ) -> None:
        """Write down a frame that lies whole under its name.

        Raises:
            StageError: The disk does not take it.
        """
        kept = {name: round(number, KEEPS_NUMBER) for name, number in numbers.items()}
        entry = Entry(
            frame=frame,
            made_by=made_by,
            glance=glance,
            recipe=recipe,
            file=state_if_there(target),
            numbers=kept,
        )
        with self._lock:
            self.entries[frame] = entry
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                with self.file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(entry)) + "\n")
            except OSError as error:
                problem = f"cannot be written: {error.strerror}: look at the disk's space"
                raise StageError(self.file, problem) from error

    def whole(self, made_by: str, path_of: Callable[[int], Path]) -> list[Entry]:
        """Return the entries of a model and settings, in order, whose frames are still there."""
        return [
            entry
            for _, entry in sorted(self.entries.items())
            if entry.made_by == made_by and entry.file == state_if_there(path_of(entry.frame))
        ]


def _read(file: Path) -> tuple[int, list[Entry]]:
    """Return when a ledger was last written to, and its whole lines."""
    try:
        written = file.stat().st_mtime_ns
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: look whether the disk is there"
        raise StageError(file, problem) from error
    entries = []
    for line in text.splitlines():
        try:
            entries.append(Entry(**json.loads(line)))
        except (TypeError, ValueError):  # cut off by a kill
            continue
    return written, entries
