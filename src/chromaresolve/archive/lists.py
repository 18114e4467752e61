"""What a package lists: its files, those by reference, and what `bag-info.txt` says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from chromaresolve import __version__
from chromaresolve.archive.checking import SIZE_KEY
from chromaresolve.archive.contents import SHOT, Item
from chromaresolve.archive.fixity import Fixity
from chromaresolve.archive.papers import package_title
from chromaresolve.shot import Shot

CONTENTS = "contents.csv"
"""The payload's list of its own files, with their times, which copying may lose."""

Row = tuple[Item, Fixity]
"""A file, and what it was when it was read."""


def external_to_csv(rows: list[Row]) -> str:
    """Write what is by reference; RFC 8493's fetch.txt is for addresses, and a disk has none."""
    columns = ["file", "bytes", "sha256", "changed_ns", "was_at", "what"]
    return _csv(
        columns,
        (
            [
                item.place,
                fixity.size,
                fixity.sha256,
                fixity.changed,
                "" if item.place.startswith(f"{SHOT}/") else item.file.resolve().as_posix(),
                item.what,
            ]
            for item, fixity in rows
        ),
    )


def external_to_sums(rows: list[Row]) -> str:
    """Write the same for sha256sum, to be started in the shot's folder."""
    return "".join(
        f"{fixity.sha256}  {item.place.partition('/')[2]}\n"
        for item, fixity in rows
        if item.place.startswith(f"{SHOT}/")
    )


def contents_to_csv(rows: list[Row], papers: Mapping[str, str]) -> str:
    """Write what is in the payload, with the files' times: copying a package may lose them."""
    columns = ["file", "bytes", "changed", "changed_ns", "what"]
    files = ([item.place, fixity.size, *_times(fixity), item.what] for item, fixity in rows)
    written = ([name, "", "", "", what] for name, what in papers.items())
    return _csv(columns, [*written, *files])


def _times(fixity: Fixity) -> tuple[str, int]:
    when = datetime.fromtimestamp(fixity.changed / 1e9, tz=UTC)
    return when.isoformat(timespec="seconds"), fixity.changed


def _csv(columns: list[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def bag_info(shot: Shot, fixities: Mapping[str, Fixity], *, date: str) -> Iterator[tuple[str, str]]:
    """Yield what bag-info.txt says: RFC 8493's own names, then the archive's of film."""
    fields, size = shot.archive, sum(fixity.size for fixity in fixities.values())
    yield "Source-Organization", fields.holder
    yield "Organization-Address", fields.address
    yield "Contact-Name", fields.contact
    yield "Contact-Phone", fields.phone
    yield "Contact-Email", fields.email
    yield "External-Description", package_title(shot)
    yield "External-Identifier", fields.accession
    yield "Internal-Sender-Identifier", shot.shot.name
    yield "Internal-Sender-Description", fields.note
    yield "Bag-Group-Identifier", shot.shot.film
    yield "Bagging-Date", date
    yield "Bag-Size", in_units(size)
    yield SIZE_KEY, f"{size}.{len(fixities)}"
    yield "Bag-Software-Agent", f"ChromaResolve {__version__}"
    for name in ("element", "stock", "gauge", "edge_code", "condition", "scanner", "scanned"):
        yield name.replace("_", "-").title(), getattr(fields, name)
    yield "Rights", fields.rights
    yield "Licence", fields.licence


def in_units(size: int) -> str:
    """Write a number of bytes as people say it, in powers of ten as disks are sold."""
    for unit, step in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"
