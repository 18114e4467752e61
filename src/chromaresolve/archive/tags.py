"""The tag files of a bag: its manifests and what it says of itself (BagIt 1.0, RFC 8493).

They are written here and not by the bagit library: that one writes version 0.97, moves the files it
packs and changes the working folder of the whole program. It checks every package that is made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from chromaresolve.archive.fixity import ALGORITHMS, Fixity
from chromaresolve.errors import StageError
from chromaresolve.files import write_bytes, write_text

PAYLOAD = "data"
"""The folder of a bag that holds what it is about."""

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
"""`bagit.txt`; RFC 8493, 2.1.1."""

MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
"""What manifests are called; RFC 8493, 2.1.3 and 2.2.1."""

LINE = re.compile(r"([0-9a-f]+)( {1,2})([^ *].*)")
"""A line of a manifest: digest, one or two spaces, path."""


def write_tags(bag: Path, fixities: Mapping[str, Fixity], info: Iterable[tuple[str, str]]) -> None:
    """Write a bag's tag files; its payload lies there already.

    Args:
        bag: The bag's folder.
        fixities: Every file of the payload, by its place in it.
        info: What `bag-info.txt` says, in order.
    """
    write_text(bag / "bagit.txt", DECLARATION)
    lines = [f"{name}: {' '.join(value.split())}\n" for name, value in info if value.strip()]
    write_text(bag / "bag-info.txt", "".join(lines))
    for algorithm in ALGORITHMS:
        rows = [
            f"{getattr(fixities[place], algorithm)}  {PAYLOAD}/{place}\n"
            for place in sorted(fixities)
        ]
        write_text(bag / f"manifest-{algorithm}.txt", "".join(rows))
    tag_files = sorted(path for path in bag.iterdir() if path.is_file())
    for algorithm in ALGORITHMS:
        rows = [f"{_digest(path, algorithm)}  {path.name}\n" for path in tag_files]
        write_bytes(bag / f"tagmanifest-{algorithm}.txt", "".join(rows).encode())


def read_manifest(manifest: Path) -> dict[str, str]:
    """Return a manifest's digests by path, and take nothing for granted about it.

    Raises:
        StageError: It is not as a manifest is written, or names a file that is not in the bag.
    """
    try:
        text = manifest.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StageError(manifest, "cannot be read as UTF-8 text: it was damaged") from error
    rows = text.removesuffix("\n").split("\n") if text else []
    digits, gaps, digests = _digits(manifest), set(), {}
    for number, row in enumerate(rows, start=1):
        match = LINE.fullmatch(row)
        if not match or len(match[1]) != digits or not match[3].isprintable():
            raise StageError(manifest, f"line {number} is not digest and path: it was damaged")
        gaps.add(match[2])
        if match[3] in digests:
            raise StageError(manifest, f"line {number} names {match[3]!r} again: it was damaged")
        _require_inside(manifest, match[3])
        digests[match[3]] = match[1]
    if len(gaps) > 1 or not text.endswith("\n"):
        raise StageError(manifest, "is not written alike in all its lines: it was damaged")
    return digests


def read_text(file: Path) -> str:
    """Return the text of a bag's own file.

    Raises:
        StageError: It is not there, or no text.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StageError(file, "cannot be read: is this a package of ChromaResolve?") from error


def digest_of(path: Path, algorithm: str) -> str:
    """Return a file's digest.

    Raises:
        StageError: It cannot be read.
    """
    try:
        return _digest(path, algorithm)
    except OSError as error:
        raise StageError(path, f"cannot be read: {error.strerror}") from error


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _digits(manifest: Path) -> int:
    match = MANIFEST.fullmatch(manifest.name)
    if not match or match[2] not in hashlib.algorithms_guaranteed:
        raise StageError(manifest, "is of a checksum that is not known here")
    return 2 * hashlib.new(match[2]).digest_size


def _require_inside(manifest: Path, path: str) -> None:
    """Refuse a path that leads out of the bag: such a manifest is damaged, or meant ill."""
    parts = PurePosixPath(path).parts
    is_inside = not path.startswith(("/", "~")) and ".." not in parts
    if not is_inside or "\\" in path or re.match(r"[A-Za-z]:", path):
        problem = f"names {path!r}, which leads out of the package: do not trust this package"
        raise StageError(manifest, problem)
