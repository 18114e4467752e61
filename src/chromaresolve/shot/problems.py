"""What is wrong with a manifest, in one sentence: where, what, and what to do.

The words are our own, one for each kind of mistake; the libraries that find the mistakes speak of
models, instances and patterns, which are no words of the trade.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import reprlib
from collections.abc import Mapping
from collections.abc import Sequence as ListOf
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from tomlkit.exceptions import ParseError, TOMLKitError

from chromaresolve.errors import ShotError
from chromaresolve.shot.tables import Table

REMEDIES: Mapping[str, str] = {
    "string_type": "write text in quotes",
    "string_too_short": "write the name of a file or a sequence",
    "string_pattern_mismatch": "write letters and digits, with dot, dash or underscore between",
    "int_type": "write a whole number",
    "float_type": "write a number",
    "finite_number": "write a finite number",
    "bool_type": "write true or false",
    "literal_error": "write {expected}",
    "greater_than": "write more than {gt}",
    "greater_than_equal": "write {ge} or more",
    "less_than": "write less than {lt}",
    "less_than_equal": "write {le} or less",
}
"""What to do about a value, by pydantic's name for what is wrong; {} is what pydantic tells."""

SHOWN_CHARACTERS = 60
"""How much of a value is quoted: enough to recognise a path by."""

TWICE = re.compile(r'Key "(.+)" already exists')
"""What tomlkit says of a key or a table that stands in the file twice."""

ROWS = "pair"
"""The table that is written once for each of many: `[[pair]]`."""

Location = tuple[int | str, ...]
"""Keys and row numbers that lead from the top of the manifest to a value."""


def validation_problem(file: Path, error: ValidationError, top: type[Table]) -> ShotError:
    """Turn what pydantic found into one sentence: the first problem, and how many more.

    Args:
        file: The manifest.
        error: What pydantic found in it.
        top: The record whose fields are the manifest's tables.
    """
    # A misspelt key is also a missing one: the misspelling is what to mend.
    problems = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    sentence = _sentence(problems[0], top)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ShotError(file, _field(problems[0]["loc"]), sentence + more)


def syntax_problem(file: Path, text: str, error: TOMLKitError) -> ShotError:
    """Turn what tomlkit could not read into one sentence that shows the line."""
    twice = TWICE.match(str(error))
    if twice:
        return ShotError(file, twice[1], "is there twice: keep one of the two")
    if not isinstance(error, ParseError):
        return ShotError(file, "", "has one table in two ways of writing: keep one of the two")
    lines = text.rstrip().split("\n")
    number = min(error.line, len(lines))  # what is missed at the end, is missed after it
    line = lines[number - 1].strip()
    remedy = "write key = value, text in straight quotes, true and false in small letters"
    if line.startswith("["):
        remedy = "write a table's name as [shot]"
    if "\\" in line:
        remedy = "write paths with forward slashes"
    shown_line = line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "..."
    return ShotError(file, f"line {number}", f"{shown_line} is not TOML: {remedy}")


def _sentence(problem: ErrorDetails, top: type[Table]) -> str:
    kind, location = problem["type"], problem["loc"]
    if kind == "value_error":
        return problem["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return _unknown(location, top)
    if kind == "missing":
        return f"is missing: write {_missing(location)}"
    remedy = f"write it as {_header(location)} with its keys below"
    if kind in REMEDIES:
        remedy = REMEDIES[kind].format_map(_bounds(problem))
    return f"found {shown(problem['input'])}: {remedy}"


def _bounds(problem: ErrorDetails) -> dict[str, object]:
    """Return what a value is compared with, as people write numbers: 20, not 20.0."""
    return {
        name: f"{bound:g}" if isinstance(bound, float) else bound
        for name, bound in problem.get("ctx", {}).items()
    }


def _missing(location: Location) -> str:
    *table, key = location
    return f"{key} = ... under {_header(table)}" if table else f"the table [{key}]"


def _unknown(location: Location, top: type[Table]) -> str:
    *table, key = map(str, location)
    homes = [_header([name]) for name, keys in _keys_of_tables(top).items() if key in keys]
    if homes and table[:1] != ["made"]:
        return f"is not known here: write it under {' or '.join(homes)}"
    known = _keys(_table_at(location[:-1], top))
    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
    if near:
        return f"is not known: did you mean {near[0]!r}?"
    return f"is not known: known here are {', '.join(known)}"


def _field(location: Location) -> str:
    """Name a value as an artist finds it: `source.scan`, `[[pair]] 2: hold_out`."""
    if location[:1] == (ROWS,) and len(location) > 1:
        row = f"{_header(location)} {int(location[1]) + 1}"
        return ": ".join([row, *map(str, location[2:])])
    return ".".join(map(str, location))


def _header(location: ListOf[int | str]) -> str:
    """Write a table's header as it stands in the manifest."""
    return f"[[{ROWS}]]" if location[0] == ROWS else f"[{'.'.join(map(str, location))}]"


def shown(value: object) -> str:
    """Show a value as it stands in the manifest, cut short."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool | dt.date | dt.time):
        return str(value).lower()
    short = reprlib.Repr()
    short.maxstring = short.maxother = SHOWN_CHARACTERS
    return short.repr(value)


def _table_at(location: Location, top: type[Table]) -> type[Table]:
    """Return the kind of table that the keys lead to."""
    table = top
    for part in location:
        field = next((f for k, f in _fields(table) if k == part), None)
        table = (field and _table_within(field.annotation)) or table
    return table


def _table_within(annotation: object) -> type[Table] | None:
    """Return the kind of table that a field holds, alone, in rows or by name; None for a value."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next(filter(None, map(_table_within, get_args(annotation))), None)


def _keys_of_tables(top: type[Table]) -> dict[str, list[str]]:
    """Return the keys of each table that the artist owns."""
    tables = {key: _table_within(field.annotation) for key, field in _fields(top) if key != "made"}
    return {key: _keys(table) for key, table in tables.items() if table}


def _keys(table: type[Table]) -> list[str]:
    return [key for key, _ in _fields(table)]


def _fields(table: type[Table]) -> list[tuple[str, FieldInfo]]:
    """Return a table's fields by the names they have in the manifest."""
    return [(field.alias or name, field) for name, field in table.model_fields.items()]
