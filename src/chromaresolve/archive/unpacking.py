"""A working shot given back from its package."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from threading import Event

from chromaresolve.archive.checking import external_files, verify
from chromaresolve.archive.contents import OUTSIDE, SHOT
from chromaresolve.archive.fixity import copy_file, side_by_side
from chromaresolve.archive.lists import CONTENTS
from chromaresolve.archive.packing import building_beside
from chromaresolve.archive.tags import PAYLOAD, read_manifest, read_text
from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.shot import Shot, manifest_schema
from chromaresolve.shot.new import SCHEMA_FILE
from chromaresolve.telling import Progress, Say


def extract(
    bag: Path, *, to: Path, originals: Path | None, say: Say, on_progress: Progress
) -> Shot:
    """Check a package, and copy the shot in it to a folder of its own.

    Files get back the times they had, so that no stage takes them for changed.

    Args:
        bag: The package's folder, which stays as it is.
        to: The new shot's folder: not there yet, or empty.
        originals: Where files by reference lie, to check them too; None to leave them.
        say: Told what is missing from the shot, and where it goes.
        on_progress: Told how far it is.

    Raises:
        StageError: The package is not whole, or the folder is not empty.
        MissingExtraError: The bagit library is not installed.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise StageError(to, "is not empty: give --to a new folder")
    verify(bag, originals=originals, say=say, on_progress=on_progress)
    digests = read_manifest(bag / "manifest-sha256.txt")
    rows = csv.DictReader(io.StringIO(read_text(bag / PAYLOAD / CONTENTS)))
    times = {row["file"]: int(row["changed_ns"]) for row in rows if row["changed_ns"].isdigit()}
    names = [name for name in digests if name.startswith(f"{PAYLOAD}/{SHOT}/")]
    names += [name for name in digests if name.startswith(f"{PAYLOAD}/{OUTSIDE}/")]
    if f"{PAYLOAD}/{SHOT}/shot.toml" not in digests:
        raise StageError(bag, "holds no shot: it is no package of ChromaResolve")
    with building_beside(to) as building:

        def copy(name: str, stop: Event) -> str:
            place = name.removeprefix(f"{PAYLOAD}/")
            file = building / place.removeprefix(f"{SHOT}/")
            if copy_file(bag / name, file, stop, changed=times.get(place)).sha256 != digests[name]:
                raise StageError(bag / name, "changed while it was copied: read the package anew")
            return name

        side_by_side(copy, names, lambda done, name: on_progress(done, len(names), name))
        write_text(building / SCHEMA_FILE, manifest_schema())
        if to.is_dir():
            to.rmdir()
    _tell_rest(bag, names, to, say)
    return Shot.load(to)


def _tell_rest(bag: Path, names: list[str], to: Path, say: Say) -> None:
    rows = external_files(bag)
    if rows:
        example = rows[0]["file"].partition("/")[2]
        say(f"{len(rows)} files are by reference: put them where they belong, as {to / example}")
    if any(name.startswith(f"{PAYLOAD}/{OUTSIDE}/") for name in names):
        say(f"what lay outside the shot's folder is in {to / OUTSIDE}: name it so in shot.toml")
