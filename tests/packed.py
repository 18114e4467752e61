"""A package of a small recovered shot, to be copied and spoilt."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from chromaresolve.archive import archive
from chromaresolve.archive.contents import How
from chromaresolve.shot import Shot
from chromaresolve.telling import Say
from recovered_shot import write_recovered_shot
from tiny import quiet, still

FIELDS = """
[archive]
accession = "F-4711/2"
element = "35 mm internegative"
rights = "orphan work"
licence = "CC-BY-4.0"
holder = "Filmarchiv \\"Seeblick\\""
contact = "Marta"
note = '''
Two lines
of note.'''
"""
"""What the archive knows of the element."""


def write_packable_shot(root: Path) -> Shot:
    """Write a recovered shot with an archive's fields, notes of the artist's, and a hidden file."""
    shot = write_recovered_shot(root, film='The "Seaside" Fair')
    shot.file.write_text(shot.file.read_text(encoding="utf-8") + FIELDS, encoding="utf-8")
    shot.path("notes/marta.txt").write_text("the hats were cream", encoding="utf-8")
    shot.path("recovered/.chromaresolve").mkdir()
    shot.path("recovered/.chromaresolve/ledger").write_text("of no use later", encoding="utf-8")
    return Shot.load(shot.root)


def pack(
    shot: Shot, out: Path, *, masters: How = "copy", plates: How = "copy", say: Say = quiet
) -> Path:
    """Make a package, and return its folder."""
    return archive(shot, out=out, masters=masters, plates=plates, say=say, on_progress=still).bag


def files_of(folder: Path) -> set[str]:
    """Return the names of all files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def spoil(file: Path, change: Callable[[bytes], bytes]) -> None:
    """Change what is in a file."""
    file.write_bytes(change(file.read_bytes()))


def reseal(bag: Path) -> None:
    """Write the tag manifests anew, as somebody does who wants a change not to be noticed."""
    names = sorted(path.name for path in bag.iterdir() if path.is_file())
    listed = [name for name in names if not name.startswith("tagmanifest-")]
    for algorithm in ("sha256", "sha512"):
        rows = [
            f"{hashlib.new(algorithm, (bag / name).read_bytes()).hexdigest()}  {name}\n"
            for name in listed
        ]
        (bag / f"tagmanifest-{algorithm}.txt").write_text("".join(rows), encoding="utf-8")


def copy_of(bag: Path, to: Path) -> Path:
    """Copy a package as people do: the files' times are lost."""
    return Path(shutil.copytree(bag, to, copy_function=shutil.copyfile))
