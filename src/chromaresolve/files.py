"""Files that are whole or absent, and their fingerprints.

A file under its final name is complete: it is written under a temporary name in the same folder,
flushed to the disk, and then put in place with `os.replace`. A kill at any moment leaves at most a
temporary file behind, which no sequence pattern matches and which `sweep` removes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chromaresolve.errors import StageError

TEMPORARY_NAME = re.compile(r"^\..+\.(\d+)\.tmp(\.[^.]+)?$")
"""`.NAME.PID.tmp.exr`: a leading dot and the writer's process id; no plate is ever named so."""

CHUNK_BYTES = 1 << 20
"""Read size of a hash: large enough for the disk, small enough for the cache."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to, and put it in place of `path` if nothing went wrong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.stem}.{os.getpid()}.tmp{path.suffix}"
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file with LF line ends, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_bytes(content)


def sha256(path: Path) -> str:
    """Return the file's sha256 as 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sweep(folder: Path) -> list[Path]:
    """Remove temporary files whose writer is gone, and return what was removed."""
    if not folder.is_dir():
        return []
    swept = []
    for entry in sorted(folder.iterdir()):
        match = TEMPORARY_NAME.match(entry.name)
        if match and not _is_running(int(match[1])):
            entry.unlink(missing_ok=True)
            swept.append(entry)
    return swept


@contextmanager
def lock(path: Path, *, doing: str) -> Iterator[None]:
    """Hold `path` as a lock file, so that two programs do not do the same work on one shot.

    The lock names its holder's process; a lock whose holder is gone (killed) is taken over.

    Raises:
        StageError: Another running process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    claim = path.parent / f".{path.stem}.{os.getpid()}.tmp{path.suffix}"
    claim.write_text(str(os.getpid()))
    try:
        while not _is_taken(claim, path):
            holder = _holder(path)
            if holder is not None and holder != os.getpid() and _is_running(holder):
                raise StageError(
                    path,
                    f"process {holder} is already {doing} this shot: wait for it, or stop it",
                )
            path.unlink(missing_ok=True)
    finally:
        claim.unlink(missing_ok=True)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _is_taken(claim: Path, path: Path) -> bool:
    # A hard link appears whole or not at all, so a lock never stands there without its holder.
    try:
        path.hardlink_to(claim)
    except FileExistsError:
        return False
    return True


def _flush(path: Path) -> None:
    # os.replace orders names, not contents: after a power cut an unflushed file can be empty.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _holder(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (ValueError, FileNotFoundError):
        return None


def _is_running(pid: int) -> bool:
    if os.name == "nt":
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_running_on_windows(pid: int) -> bool:
    # On Windows os.kill(pid, 0) would end the process: ask for a handle to it instead.
    import ctypes

    still_active = 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x1000, 0, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == still_active
