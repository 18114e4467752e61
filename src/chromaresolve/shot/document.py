"""`shot.toml` as text: read, brought to the current schema, and changed without touching the rest.

The artist types in this file, so that every change goes through tomlkit: comments, order and the
way values are written stay as they are wherever the change itself does not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from collections.abc import Sequence as ListOf
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from chromaresolve.errors import ShotError
from chromaresolve.shot.problems import syntax_problem

SCHEMA = 1
"""The version of `shot.toml` that this code writes."""

FILE_NAME = "shot.toml"
"""The manifest's name in the shot folder."""

Upgrade = Callable[[MutableMapping[str, Any]], None]
"""Changes a manifest of one schema version into the next, in place, comments kept.

It is given the manifest before it is checked: what it looks for may not be there.
"""

UPGRADES: Mapping[int, Upgrade] = {}
"""From-version to the change that brings it to the next. Empty while 1 is the only version."""


def read_document(file: Path) -> tomlkit.TOMLDocument:
    """Read a manifest as it stands.

    Raises:
        ShotError: There is none, or it is not TOML.
    """
    try:
        # A byte order mark is what some editors on Windows begin UTF-8 files with.
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problem = "there is no shot here: run `chromaresolve new` to make one"
        raise ShotError(file, "", problem) from None
    except NotADirectoryError:
        problem = f"{file.parent.name!r} is not a folder: give the folder that holds {FILE_NAME}"
        raise ShotError(file, "", problem) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}: look whether it is a file and may be read"
        raise ShotError(file, "", problem) from error
    except UnicodeDecodeError as error:
        raise ShotError(file, "", "is not UTF-8 text: save it as UTF-8") from error
    if not text.strip():
        raise ShotError(file, "", "is empty: remove it and run `chromaresolve new`")
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise syntax_problem(file, text, error) from error


def upgrade(
    document: MutableMapping[str, Any],
    file: Path,
    *,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
    current: int = SCHEMA,
) -> None:
    """Bring a manifest of an earlier schema to the current one, step by step, in place.

    Raises:
        ShotError: Its schema is no version, or a newer one.
    """
    version = document.get("schema")
    if version is None:
        problem = f"is missing: write schema = {current} above the first table"
        raise ShotError(file, "schema", problem)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ShotError(file, "schema", f"found {version!r}: write schema = {current}")
    if version > current:
        problem = f"{version} is newer than this ChromaResolve ({current}): update ChromaResolve"
        raise ShotError(file, "schema", problem)
    for step in range(version, current):
        upgrades[step](document)
        document["schema"] = step + 1


def put_pairs(document: tomlkit.TOMLDocument, pairs: ListOf[Mapping[str, Any]]) -> None:
    """Write `[[pair]]` anew; a pair whose Source frame stays keeps its comments."""
    before = document.get("pair")
    rows = list(before) if isinstance(before, AoT) else []
    # What stands after the last pair is mostly about the table that follows.
    tail = _cut_tail(rows[-1]) if rows else [tomlkit.nl()]
    kept = {row.get("source"): row for row in rows}
    tables = tomlkit.aot()
    for pair in pairs:
        tables.append(_refreshed(kept.get(pair["source"]), pair))
    ...
