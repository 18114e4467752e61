"""The disk a recovery writes to: tried again where it stumbles, named where it is full or gone."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chromaresolve.errors import DiskError, StageError
from chromaresolve.telling import Say

WAITS = (0.5, 2.0, 5.0)
"""Seconds before each new try: a network folder that stumbles is mostly back after one of them."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space, no quota, file-size limit: waiting mends none of them."""

BARRED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
"""Read-only, or not ours to write to: no more do they mend themselves."""


def require_writable(folder: Path) -> None:
    """Refuse a folder that takes no file, before any work is done for it.

    Raises:
        StageError: The folder cannot be made, or takes no file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_probe(folder, size=1)
    except OSError as error:
        raise _will_not_do(folder, error) from error


def write_patiently(write: Callable[[], None], folder: Path, *, size: int, say: Say) -> None:
    """Write a frame, again and again for some seconds where the disk does not take it.

    Args:
        write: Writes the frame, whole or not at all.
        folder: Where it goes.
        size: About how many bytes it has.
        say: Told of each new try.

    Raises:
        StageError: The disk takes no frame any more; what is to be done is said.
    """
    for wait in (*WAITS, None):
        try:
            write()
        except DiskError as error:
            refusal = _refusal(folder, size)
            if refusal is not None and refusal.errno in FULL | BARRED:
                raise _will_not_do(folder, refusal) from error
            if wait is None:
                raise _gave_up(folder, refusal or error) from error
            say(f"{error}; trying again in {wait:g} s")
            time.sleep(wait)
        else:
            return


def _refusal(folder: Path, size: int) -> OSError | None:
    """Return what the system says to a file of this size there; the EXR's library says little."""
    try:
        _write_probe(folder, size)
    except OSError as error:
        return error
    return None


def _write_probe(folder: Path, size: int) -> None:
    # Several frames may fail at once, each in a thread of its own.
    probe = folder / f".probe.{threading.get_ident()}.{os.getpid()}.tmp"
    try:
        with probe.open("wb") as file:
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))
            file.write(bytes(size & ((1 << 20) - 1)))
            file.flush()
            os.fsync(file.fileno())
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)


def _will_not_do(folder: Path, error: OSError) -> StageError:
    if error.errno in FULL:
        remedy = "make room there"
    elif error.errno in BARRED:
        remedy = "get the right to write there, or give --out another folder"
    else:
        remedy = "look whether the disk is there, or give --out another folder"
    return StageError(folder, f"takes no frame: {error.strerror}: {remedy}")


def _gave_up(folder: Path, error: OSError | DiskError) -> StageError:
    seconds = sum(WAITS)
    reason = error.strerror if isinstance(error, OSError) else error.problem
    return StageError(
        folder,
        f"took no frame for {seconds:g} s ({reason}): look whether the disk is there, and whether "
        "the network is up",
    )
