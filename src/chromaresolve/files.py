"""Files that are whole or absent, their fingerprints, and one program at a time.

A file under its final name is complete: it is written under a temporary name in the same folder,
flushed to the disk, and then put in place in one move. A kill at any moment leaves at most a
temporary file behind, which no sequence pattern matches and which `sweep` removes.

Who is still at work is asked of the operating system, never guessed from a process id: ids are
given out again, and every machine of a farm has its own. A writer holds a lock on its file, and the
system lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from chromaresolve.errors import FrameError, StageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

logger = logging.getLogger(__name__)

TEMPORARY_NAME = re.compile(r"^\..+\.([0-9]+)\.tmp(\.[^.]+)?$")
"""`.NAME.PID.tmp.exr`: a leading dot and the writer's process id; no plate is ever named so."""

LOCKED_BYTE = (1 << 31) - 1
"""The one byte that is locked on Windows, which locks ranges: the last it can, behind any frame."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to, and put it in place of `path` if nothing went wrong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.stem}.{os.getpid()}.tmp{path.suffix}"
    try:
        with temporary.open("wb") as claim:
            with suppress(OSError):  # on a disk without locks, nothing is ever swept
                _try_lock(claim)
            yield temporary
            _flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file with LF line ends, whole or not at all.

    Raises:
        StageError: The disk does not take it.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        StageError: The disk does not take it.
    """
    try:
        with whole(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise _not_written(path, error) from error


def sha256(path: Path) -> str:
    """Return the file's sha256 as 64 hex digits.

    Raises:
        FrameError: The file cannot be read; mostly it is a frame, and other frames may go on.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: look whether it is there and may be read"
        raise FrameError(path, problem) from error


def file_state(path: Path) -> str:
    """Name a file as it is now, quicker than its sha256: name, size in bytes, time of last change.

    Raises:
        OSError: It is not there.
    """
    state = path.stat()
    return f"{path.name}/{state.st_size}/{state.st_mtime_ns}"


def state_if_there(path: Path) -> str:
    """Name a file as `file_state` does; empty where it is not there."""
    try:
        return file_state(path)
    except OSError:
        return ""


def sweep(folder: Path) -> list[Path]:
    """Remove temporary files whose writer is gone, and return what was removed."""
    if not folder.is_dir():
        return []
    temporary = sorted(entry for entry in folder.iterdir() if TEMPORARY_NAME.match(entry.name))
    return [entry for entry in temporary if _remove_abandoned(entry)]


@contextmanager
def lock(path: Path, *, doing: str, note: str = "") -> Iterator[None]:
    """Hold `path` as a lock file, so that two programs do not do the same work on one shot.

    The file names its holder, and holds a note on a line of its own. One that a killed program left
    behind is taken over.

    Raises:
        StageError: Another running process holds the lock, or the disk does not take the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        file = _claim(path)
    except OSError as error:
        raise _not_written(path, error) from error
    if file is None:
        problem = f"{_holder(path)} is already {doing} this shot: wait for it, or stop it"
        raise StageError(path, problem)
    with file:
        try:
            _sign(file, path, note)
            yield
        finally:
            # Windows keeps an open file's name, and a disk may be gone; what stays is nobody's.
            with suppress(OSError):
                path.unlink(missing_ok=True)


def is_held(path: Path) -> bool:
    """Say whether a running process holds a lock file."""
    try:
        with path.open("rb+") as file:
            return not _try_lock(file)
    except OSError:  # gone meanwhile, or on a disk without locks
        return False


def _claim(path: Path) -> BinaryIO | None:
    """Open and lock a lock file; None where another process holds it."""
    while True:
        file = path.open("a+b", buffering=0)  # nothing is left to be written when it is closed
        try:
            is_ours = _try_lock(file)
        except OSError as error:
            # Some network disks have no locks. That is no reason not to work on them.
            logger.warning("%s: cannot be locked (%s): start one program at a time", path, error)
            return file
        if not is_ours:
            file.close()
            return None
        if _is_in_place(file, path):
            return file
        # Its last holder removed it after we had opened it: what we locked has no name any more.
        file.close()


def _sign(file: BinaryIO, path: Path, note: str) -> None:
    try:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}\n{note}".encode())
    except OSError as error:
        raise _not_written(path, error) from error


def _try_lock(file: BinaryIO) -> bool:
    """Lock an open file until it is closed or its process ends; False where another holds it."""
    try:
        if sys.platform == "win32":
            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_in_place(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _remove_abandoned(temporary: Path) -> bool:
    try:
        with temporary.open("rb+") as file:
            is_abandoned = _try_lock(file)
        if is_abandoned:
            temporary.unlink()
    except OSError:  # gone meanwhile, not ours to touch, or on a disk without locks
        return False
    return is_abandoned


def _holder(path: Path) -> str:
    try:
        held_by = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:  # it has just let go
        held_by = ""
    return held_by or "another process"


def _flush(path: Path) -> None:
    # The move orders names, not contents: after a power cut an unflushed file can be empty.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _not_written(path: Path, error: OSError) -> StageError:
    problem = f"cannot be written: {error.strerror}: look at the disk's space and permissions"
    return StageError(path, problem)


def shipped(name: str) -> Path:
    """Return a folder that comes with the tool: in a wheel inside the package, else beside `src`.

    Raises:
        StageError: It is in neither place.
    """
    package = Path(__file__).parent
    for folder in (package / name, package.parents[1] / name):
        if folder.is_dir():
            return folder
    raise StageError(package / name, "is missing: install ChromaResolve again")
