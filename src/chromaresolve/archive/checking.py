"""A bag checked: nothing missing, nothing added, every byte as it was packed.

The tag files are looked at first, here, because the bagit library opens them trustingly: it takes a
tag file that no manifest names, and a tag manifest whose letters changed without changing meaning.
Then its own validator reads the payload.
"""

from __future__ import annotations

import csv
import io
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import ModuleType

from chromaresolve.archive.fixity import measure_fixity, side_by_side
from chromaresolve.archive.tags import MANIFEST, PAYLOAD, digest_of, read_manifest, read_text
from chromaresolve.errors import MissingExtraError, StageError
from chromaresolve.telling import Progress, Say

EXTERNAL = "external.csv"
"""The payload's list of what is there by reference."""

SIZE_KEY = "Payload-Oxum"
"""What `bag-info.txt` calls the payload's size and number of files; RFC 8493, 2.2.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A package that is whole."""

    bag: Path
    """Its folder."""
    files: int
    """How many files its payload has."""
    by_reference: int
    """How many files it names that lie elsewhere."""
    looked_at: int
    """How many of those were read and are as they were."""


def verify(bag: Path, *, originals: Path | None, say: Say, on_progress: Progress) -> Checked:
    """Read a package from end to end, and say that it is whole.

    Args:
        bag: The package's folder.
        originals: The shot's folder, or a copy, in which the files by reference lie; None to leave
            them.
        say: Told what was not looked at.
        on_progress: Told how far it is.

    Raises:
        StageError: Something is missing, was added or changed; it is named.
        MissingExtraError: The bagit library is not installed.
    """
    library = load_bagit()
    if not (bag / "bagit.txt").is_file():
        raise StageError(bag, "is no package: it has no bagit.txt")
    _require_no_links(bag)
    _check_tags(bag)
    files = _check_manifests(bag)
    with _listening(library, on_progress, files):
        _check_payload(library, bag)
    rows = external_files(bag)
    if rows and originals is None:
        say(f"{len(rows)} files by reference were not looked at: name their folder by --originals")
    elif rows and originals is not None:
        _check_external(rows, originals, on_progress)
    looked_at = len(rows) if originals else 0
    return Checked(bag=bag, files=files, by_reference=len(rows), looked_at=looked_at)


def external_files(bag: Path) -> list[dict[str, str]]:
    """Return the rows of a package's list of files by reference.

    Raises:
        StageError: It has none that can be read.
    """
    table = csv.DictReader(io.StringIO(read_text(bag / PAYLOAD / EXTERNAL)))
    if not {"file", "sha256", "was_at"} <= set(table.fieldnames or ()):
        raise StageError(bag / PAYLOAD / EXTERNAL, "is no list of ChromaResolve's")
    return list(table)


def _require_no_links(bag: Path) -> None:
    for folder, folders, files in os.walk(bag):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink():
                raise StageError(path, "is a link: a package holds files, so this one was changed")


def _check_tags(bag: Path) -> None:
    """Check every file beside the payload against every tag manifest."""
    there = {path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file()}
    tag_files = {name for name in there if not name.startswith(f"{PAYLOAD}/")}
    manifests = {name for name in tag_files if name.startswith("tagmanifest-")}
    if not manifests:
        raise StageError(bag, "has no tagmanifest-sha256.txt: it is not whole")
    for name in sorted(manifests):
        digests = read_manifest(bag / name)
        algorithm = _algorithm(name)
        for listed, digest in digests.items():
            if listed not in tag_files:
                raise StageError(bag / listed, f"is missing, and {name} names it")
            if digest_of(bag / listed, algorithm) != digest:
                raise StageError(bag / listed, f"changed since it was packed, or {name} did")
            match = MANIFEST.fullmatch(listed)
            if match and f"tagmanifest-{match[2]}.txt" not in manifests:
                raise StageError(bag / f"tagmanifest-{match[2]}.txt", "is missing")
        for extra in sorted(tag_files - manifests - set(digests)):
            raise StageError(bag / extra, f"was added since, for {name} does not name it")


def _check_manifests(bag: Path) -> int:
    """Hold the manifests to naming the same files, none of them outside; return how many."""
    manifests = sorted(bag.glob("manifest-*.txt"))
    if not manifests:
        raise StageError(bag, "has no manifest-sha256.txt: it is not whole")
    named = {manifest: set(read_manifest(manifest)) for manifest in manifests}
    first = named[manifests[0]]
    for manifest, names in named.items():
        for name in sorted(names ^ first):
            raise StageError(manifest, f"and {manifests[0].name} do not agree about {name}")
    return len(first)


def _algorithm(name: str) -> str:
    return name.removeprefix("tagmanifest-").removesuffix(".txt")


def _check_payload(library: ModuleType, bag: Path) -> None:
    """Let the bagit library's validator read the payload, and name the first file it refuses."""
    try:
        opened = library.Bag(str(bag))
        missing, added = opened.compare_manifests_with_fs()
        for name in sorted(missing):
            raise StageError(bag / name, "is missing from the package")
        for name in sorted(added):
            raise StageError(bag / name, "was added to the package: no manifest names it")
        # The size of all together names no file: it comes after the checksums, which do.
        opened.info.pop(SIZE_KEY, None)
        opened.validate()
        library.Bag(str(bag)).validate(fast=True)
    except (library.BagError, OSError, ValueError) as error:
        raise _refusal(bag, error) from error


def _refusal(bag: Path, error: Exception) -> StageError:
    """Return what the library found, as one sentence about the first file."""
    details = {detail.path: detail for detail in getattr(error, "details", ())}
    if not details:
        words = re.sub(r"\s+", " ", str(error)).replace(str(bag), bag.name)
        return StageError(bag, f"is not whole: {words}")
    first = min(details)
    more = f" (and {len(details) - 1} more files)" if len(details) > 1 else ""
    problem = "changed since it was packed: take it from another copy of the package"
    return StageError(bag / first, problem + more)


def _check_external(rows: list[dict[str, str]], originals: Path, on_progress: Progress) -> None:
    def check(row: Mapping[str, str], stop: Event) -> str:
        file = _find(row, originals)
        if measure_fixity(file, stop).sha256 != row["sha256"]:
            raise StageError(file, "is not the file that the package names: its sha256 differs")
        return row["file"]

    side_by_side(check, rows, lambda done, name: on_progress(done, len(rows), name))


def _find(row: Mapping[str, str], originals: Path) -> Path:
    """Return where a file by reference lies: in the folder that was named, or where it was."""
    name = row["file"]
    inner = originals / name.partition("/")[2]
    for place in (inner, originals / name, Path(row["was_at"] or inner)):
        if place.is_file():
            return place
    raise StageError(inner, "is missing, and the package names it by reference")


def load_bagit() -> ModuleType:
    """Return the bagit library.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        with _old_ways():
            import bagit
    except ImportError as error:
        raise MissingExtraError("bagit", "archive") from error
    library: ModuleType = bagit
    return library


@contextmanager
def _old_ways() -> Iterator[None]:
    """Keep from the user what newer Pythons hold against the bagit library: codecs.open (3.14)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


class _Ear(logging.Handler):
    """Hears of each file that the library reads, which it tells nobody but its log."""

    def __init__(self, on_progress: Progress, total: int) -> None:
        super().__init__()
        self.on_progress, self.total, self.heard = on_progress, total, 0

    def emit(self, record: logging.LogRecord) -> None:
        # It reads the tag files too; what is told is the payload's.
        if record.levelno == logging.INFO and self.heard < self.total:
            self.heard += 1
            self.on_progress(self.heard, self.total, Path(record.getMessage()).name)


@contextmanager
def _listening(library: ModuleType, on_progress: Progress, total: int) -> Iterator[None]:
    """Tell how far the library is; what it logs goes nowhere else meanwhile."""
    log, ear = library.LOGGER, _Ear(on_progress, total)
    level, propagate = log.level, log.propagate
    log.addHandler(ear)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        with _old_ways():
            yield
    finally:
        log.removeHandler(ear)
        log.setLevel(level)
        log.propagate = propagate
