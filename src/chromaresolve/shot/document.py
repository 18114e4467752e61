"""`shot.toml` as text: read, brought to the current schema, and changed without touching the rest.

The artist types in this file, so that every change goes through tomlkit: comments, order and the
way values are written stay as they are wherever the change itself does not reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Comment, Item, Table, Whitespace

from chromaresolve.errors import ShotError
from chromaresolve.shot.problems import shown, syntax_problem

SCHEMA = 1
"""The version of `shot.toml` that this code writes."""

FILE_NAME = "shot.toml"
"""The manifest's name in the shot folder."""

Upgrade = Callable[[MutableMapping[str, Any]], None]
"""Changes a manifest of one schema version into the next, in place, comments kept.

It is given the manifest before it is checked: what it looks for may not be there. A key gets
another name with `put_value(table, new, table.pop(old))`, which takes its comment along.
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
        document = tomlkit.parse(text)
        document.unwrap()  # only here does tomlkit compare tables that stand in several pieces
    except TOMLKitError as error:
        raise syntax_problem(file, text, error) from error
    return document


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
        raise ShotError(file, "schema", f"found {shown(version)}: write schema = {current}")
    if version > current:
        problem = f"{version} is newer than this ChromaResolve ({current}): update ChromaResolve"
        raise ShotError(file, "schema", problem)
    for step in range(version, current):
        upgrades[step](document)
        document["schema"] = step + 1


def put_pairs(document: tomlkit.TOMLDocument, pairs: Iterable[Mapping[str, Any]]) -> None:
    """Write `[[pair]]` anew; a pair whose Source frame stays keeps its comments."""
    before = document.get("pair")
    rows = list(before) if isinstance(before, AoT) else []
    # What follows the last pair is about the table after it, whichever pair comes last.
    tail = _cut_tail(rows[-1]) if rows else [Whitespace("\n")]
    kept = {row.get("source"): row for row in rows}
    tables = [_changed(kept.pop(pair["source"], None), pair) for pair in pairs]
    if not tables:
        document.pop("pair", None)
        for item in tail:
            document.add(item)
        return
    _cut_tail(tables[-1])
    _add_tail(tables[-1], tail)
    if rows:
        document["pair"] = AoT(tables, parsed=True)
    else:
        _put_above_made(document, "pair", AoT(tables, parsed=True))


def put_value(table: MutableMapping[str, Any], key: str, value: object) -> None:
    """Write one value, after the table's last key where it is new."""
    if key in table or not isinstance(table, Table):
        table[key] = value
        return
    tail = _cut_tail(table)
    table[key] = value
    _add_tail(table, tail)


def put_table(document: tomlkit.TOMLDocument, name: str, content: Mapping[str, Any]) -> None:
    """Write values of one of the artist's tables, which is added where there is none."""
    if name not in document:
        _put_above_made(document, name, _typed({name: content})[name])
        return
    for key, value in content.items():
        put_value(document[name], key, value)


def put_made(document: tomlkit.TOMLDocument, stage: str, made: Mapping[str, Any]) -> None:
    """Write `[made.<stage>]` anew; comments that follow it stay."""
    written = _typed({"made": {stage: made}})["made"]
    tables = _made_tables(document)
    if tables is None:
        document["made"] = written
    elif stage not in tables:
        tables[stage] = written[stage]
    else:
        tail = _cut_tail(tables[stage])
        tables[stage] = written[stage]
        _cut_tail(tables[stage])
        _add_tail(tables[stage], tail)


def _made_tables(document: tomlkit.TOMLDocument) -> MutableMapping[str, Any] | None:
    """Return the stages' tables, written out as tables if somebody wrote them on one line."""
    entries = [(key, item) for key, item in document.body if key is not None and key.key == "made"]
    if any(key.is_dotted() or not isinstance(item, Table) for key, item in entries):
        content = document.pop("made").unwrap()
        document["made"] = _typed({"made": content})["made"]
    tables: MutableMapping[str, Any] | None = document.get("made")
    return tables


def _put_above_made(document: tomlkit.TOMLDocument, key: str, item: Item) -> None:
    """Add what is the artist's at the end, but above the stages' tables where those come last."""
    document.pop(key, None)
    is_made_last = [*document][-1] == "made" and isinstance(document["made"], Table)
    made = document.pop("made") if is_made_last else None
    document[key] = item
    if made is not None:
        document["made"] = made


def _typed(content: Mapping[str, Any]) -> tomlkit.TOMLDocument:
    """Return content as if it had been typed, with an empty line after each table."""
    return tomlkit.parse(tomlkit.dumps(content) + "\n")


def _changed(row: Table | None, pair: Mapping[str, Any]) -> Table:
    if row is None:
        typed: Table = _typed({"pair": [pair]})["pair"][0]
        return typed
    for key in set(row) - set(pair):
        del row[key]
    for key, value in pair.items():
        if row.get(key) != value:
            put_value(row, key, value)
    return row


def _cut_tail(table: Table) -> list[Comment | Whitespace]:
    """Remove the comments and empty lines that stand after a table's last key, and return them."""
    body = _last_table(table).value.body
    tail: list[Comment | Whitespace] = []
    while body and isinstance(item := body[-1][1], (Comment, Whitespace)):
        tail.insert(0, item)
        body.pop()
    return tail


def _add_tail(table: Table, tail: Iterable[Comment | Whitespace]) -> None:
    for item in tail:
        _last_table(table).add(item)


def _last_table(table: Table) -> Table:
    """Return the table that is written last of a table and those within it."""
    inner = [item for item in table.value.values() if isinstance(item, Table)]
    return _last_table(inner[-1]) if inner else table
