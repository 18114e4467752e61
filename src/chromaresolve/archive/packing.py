"""A shot's package made: built beside its place, checked, and put there in one move."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from chromaresolve.archive.checking import EXTERNAL, load_bagit, verify
from chromaresolve.archive.contents import Contents, How, Item, choose_contents
from chromaresolve.archive.dataset import index_pairs, pairs_to_csv, pairs_to_json
from chromaresolve.archive.fixity import Fixity, copy_file, measure_fixity, side_by_side
from chromaresolve.archive.lists import (
    CONTENTS,
    Row,
    bag_info,
    contents_to_csv,
    external_to_csv,
    external_to_sums,
    in_units,
)
from chromaresolve.archive.papers import citation_cff, licence_text, requirements_txt
from chromaresolve.archive.readme import Story, write_readme
from chromaresolve.archive.tags import PAYLOAD, write_tags
from chromaresolve.errors import StageError
from chromaresolve.files import lock, write_text
from chromaresolve.shot import Shot, manifest_schema
from chromaresolve.telling import Progress, Say

SCHEMA = "shot.schema.json"
"""The manifest's schema in the payload; in a shot's folder it lies hidden, where copying loses it.
"""


ROOM = 64 * 2**20
"""Bytes beside the files' own: the papers, and what a file system needs for itself."""

PAPERS = {
    "README.md": "what this is, for a reader who knows nothing",
    "dataset.csv": "the pairs: frames, timecodes, use, reason, kind, citation",
    "dataset.json": "the same for programs",
    "requirements.txt": "the programs that were installed",
    "CITATION.cff": "how to cite this package",
    "LICENCE.txt": "rights and licence",
    SCHEMA: "what each key of shot.toml means (JSON Schema)",
    EXTERNAL: "what is in the package by reference only: name, size, sha256",
    "external-sha256.txt": "the same for sha256sum",
    CONTENTS: "this list: every file, its size, when it was changed, what it is",
}
"""The files that are written for the package, beside the shot's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that was made and checked."""

    bag: Path
    """Its folder."""
    files: int
    """How many files its payload has."""
    size: int
    """Their bytes."""
    by_reference: int
    """How many files it only names."""


def archive(
    shot: Shot,
    *,
    out: Path | None = None,
    masters: How = "copy",
    plates: How = "copy",
    say: Say,
    on_progress: Progress,
) -> Package:
    """Make a package of a recovered shot, and check it.

    Args:
        shot: The shot.
        out: The package's folder; None for one beside the shot's folder.
        masters: Whether recovered frames are copied, or only named with their checksums.
        plates: The same for the plates and the Reference.
        say: Told what is left out, and how large the package is, before it is written.
        on_progress: Told how far it is.

    Raises:
        ShotError: The recovery is missing or out of date.
        UsageError: A file has a name that no package can hold.
        StageError: There is something in its place, the disk has no room, or a file fails.
        MissingExtraError: The bagit library is not installed.
    """
    load_bagit()  # missing at the end, it would be missed too late
    bag = out or default_bag(shot)
    _require_place(bag, shot)
    contents = choose_contents(shot, masters=masters, plates=plates, say=say)
    _require_room(bag, contents, say)
    with building_beside(bag) as building:
        fixities = _pack(shot, contents, building, on_progress)
        verify(building, originals=None, say=_nobody, on_progress=on_progress)
    return Package(
        bag=bag,
        files=len(fixities),
        size=sum(fixity.size for fixity in fixities.values()),
        by_reference=len(contents.by_reference),
    )


def default_bag(shot: Shot) -> Path:
    """Return where a shot's package is written if nobody says: beside the shot's folder."""
    root = shot.root.resolve()
    return root.with_name(f"{root.name}_archive")


def _pack(shot: Shot, contents: Contents, bag: Path, on_progress: Progress) -> dict[str, Fixity]:
    """Write everything of a package but its check; return the payload's fixities."""
    payload, begun = bag / PAYLOAD, len(contents.by_reference)
    total = begun + len(contents.inside)

    def look(item: Item, stop: Event) -> Row:
        return item, measure_fixity(item.file, stop)

    def copy(item: Item, stop: Event) -> Row:
        return item, copy_file(item.file, payload / item.place, stop)

    def tell(done: int, row: Row) -> None:
        on_progress(done, total, row[0].file.name)

    outside = side_by_side(look, contents.by_reference, tell)
    inside = side_by_side(copy, contents.inside, lambda done, row: tell(begun + done, row))
    fixities = {item.place: fixity for item, fixity in inside}
    date = datetime.now(tz=UTC).date().isoformat()
    for name, text in _papers(shot, inside, outside, date=date).items():
        write_text(payload / name, text)
        fixities[name] = measure_fixity(payload / name)
    write_tags(bag, fixities, bag_info(shot, fixities, date=date))
    return fixities


def _papers(shot: Shot, inside: list[Row], outside: list[Row], *, date: str) -> dict[str, str]:
    """Return what is written for the package, by its place in the payload."""
    pairs = index_pairs(shot)
    story = Story(
        shot=shot,
        date=date,
        inside=[(item, fixity.size) for item, fixity in inside],
        outside=[(item, fixity.size) for item, fixity in outside],
        papers=PAPERS,
    )
    return {
        "README.md": write_readme(story),
        "dataset.csv": pairs_to_csv(pairs),
        "dataset.json": pairs_to_json(shot, pairs),
        "requirements.txt": requirements_txt(),
        "CITATION.cff": citation_cff(shot, date=date),
        "LICENCE.txt": licence_text(shot),
        SCHEMA: manifest_schema(),
        EXTERNAL: external_to_csv(outside),
        "external-sha256.txt": external_to_sums(outside),
        CONTENTS: contents_to_csv(inside, PAPERS),
    }


def _nobody(_: str) -> None:
    """Say to nobody."""


def _require_place(bag: Path, shot: Shot) -> None:
    """Refuse a place that is taken, or that lies within what is packed.

    Raises:
        StageError: It is.
    """
    if bag.exists() or bag.is_symlink():
        raise StageError(bag, "is there already: give --out another folder, or put it away first")
    if bag.resolve().is_relative_to(shot.root.resolve()):
        raise StageError(bag, "lies in the shot's own folder: give --out a folder outside it")


def _require_room(bag: Path, contents: Contents, say: Say) -> None:
    """Say how large the package will be, and refuse a disk that has not got the room.

    Raises:
        StageError: It has not.
    """
    size = sum(item.size for item in contents.inside)
    named = sum(item.size for item in contents.by_reference)
    outside = f"; {len(contents.by_reference)} files, {in_units(named)}, are named by reference"
    say(
        f"{len(contents.inside)} files, {in_units(size)}, go into {bag}"
        + (outside if contents.by_reference else "")
    )
    try:
        bag.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(bag.parent).free
    except OSError as error:
        raise StageError(bag.parent, f"cannot be made: {error.strerror}") from error
    if free < size + ROOM:
        problem = (
            f"has {in_units(free)} free, and the package needs {in_units(size + ROOM)}: make room, "
            "give --out another disk, or leave frames where they are by --masters reference or "
            "--plates reference"
        )
        raise StageError(bag.parent, problem)


@contextmanager
def building_beside(place: Path) -> Iterator[Path]:
    """Give a folder to build in beside a place, and put it there if nothing went wrong.

    What a killed program left of its own building is removed before.

    Raises:
        StageError: Another program builds there, or the disk does not take it.
    """
    building = place.with_name(f".{place.name}.building")
    with lock(place.with_name(f".{place.name}.lock"), doing="packing"):
        try:
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir()
            yield building
            building.rename(place)
        except OSError as error:
            problem = f"cannot be written: {error.strerror}: look at its disk and permissions"
            raise StageError(place, problem) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
