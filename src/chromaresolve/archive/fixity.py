"""Files copied and fingerprinted in one reading, several at a time."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from chromaresolve.errors import StageError
from chromaresolve.files import file_state

ALGORITHMS = ("sha256", "sha512")
"""RFC 8493, 2.4, asks for sha512 and sha256 of every program that reads bags."""

BLOCK = 1 << 20
"""Bytes read at a time."""

SIDE_BY_SIDE = 4
"""Files at once: hashing leaves Python's lock, and no disk gains by more."""

_Made = TypeVar("_Made")
_Of = TypeVar("_Of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixity:
    """What a file is, so that it can be known again."""

    sha256: str
    """64 hex digits."""
    sha512: str
    """128 hex digits."""
    size: int
    """Bytes."""
    changed: int
    """When it was last changed, nanoseconds since 1970."""


def measure_fixity(file: Path, stop: threading.Event | None = None) -> Fixity:
    """Read a file and return its fixity.

    Raises:
        StageError: It cannot be read, or changes meanwhile.
    """
    return _read(file, None, stop)


def copy_file(
    file: Path, to: Path, stop: threading.Event | None = None, *, changed: int | None = None
) -> Fixity:
    """Copy a file with its time of change, and return the fixity of what was read.

    It is a copy, never a link: a package must outlive every change to the originals.

    Args:
        file: What is copied.
        to: Where to; nothing may be there.
        stop: Set when the work is to end.
        changed: The copy's time of change, nanoseconds since 1970; None for the original's.

    Raises:
        StageError: It cannot be read or written, or changes meanwhile.
    """
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("xb") as copy:
            fixity = _read(file, copy, stop)
            copy.flush()
            os.fsync(copy.fileno())
        when = fixity.changed if changed is None else changed
        os.utime(to, ns=(when, when))
    except OSError as error:
        problem = f"cannot be written: {error.strerror}: look at the disk's space and permissions"
        raise StageError(to, problem) from error
    return fixity


def side_by_side(
    work: Callable[[_Of, threading.Event], _Made],
    things: Sequence[_Of],
    on_done: Callable[[int, _Made], None],
) -> list[_Made]:
    """Do the work for each thing, several at a time, and return what is made in their order.

    Where one fails, or the user stops, the others are stopped before the error goes on.

    Args:
        work: Does it; the event is set when it is to stop.
        things: What it is done for.
        on_done: Told how many are done, and what the last of them gave.
    """
    stop = threading.Event()
    made = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            for future in [pool.submit(work, thing, stop) for thing in things]:
                made.append(future.result())
                on_done(len(made), made[-1])
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    return made


def _read(file: Path, copy: BinaryIO | None, stop: threading.Event | None) -> Fixity:
    hashes = [hashlib.new(name) for name in ALGORITHMS]
    try:
        before = file_state(file)
        with file.open("rb") as original:
            while block := original.read(BLOCK):
                if stop is not None and stop.is_set():
                    raise StageError(file, "was being read when the work was stopped")
                for one in hashes:
                    one.update(block)
                if copy is not None:
                    copy.write(block)
            state = os.fstat(original.fileno())
        has_changed = file_state(file) != before
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: look whether it is there and may be read"
        raise StageError(file, problem) from error
    if has_changed:
        raise StageError(file, "changed while it was read: let what writes it finish first")
    sha256, sha512 = (one.hexdigest() for one in hashes)
    return Fixity(sha256=sha256, sha512=sha512, size=state.st_size, changed=state.st_mtime_ns)
