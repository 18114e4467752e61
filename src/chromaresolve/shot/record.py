"""A shot: the record of one piece of work, and its file `shot.toml`.

The artist owns every table but `[made.*]`; each stage owns exactly one `[made.<stage>]`. A file is
read, brought to the current schema, checked once, and is a frozen record from then on.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import tomlkit
from pydantic import Field, PrivateAttr, ValidationError
from tomlkit.exceptions import TOMLKitError

from chromaresolve import __version__
from chromaresolve.errors import ShotError
from chromaresolve.files import write_text
from chromaresolve.shot.tables import (
    BalanceTable,
    ColourTable,
    CropTable,
    Made,
    Pair,
    RecoveryTable,
    ReferenceTable,
    Scalar,
    ScopeTable,
    ShotTable,
    SourceTable,
    Table,
    TrainingTable,
)

SCHEMA = 1
"""The version of `shot.toml` that this code writes."""

FILE_NAME = "shot.toml"
"""The manifest's name in the shot folder."""

Upgrade = Callable[[MutableMapping[str, Any]], None]
"""Changes a manifest of one schema version into the next, in place, comments kept."""

UPGRADES: Mapping[int, Upgrade] = {}
"""From-version to the change that brings it to the next. Empty while 1 is the only version."""


class Shot(Table):
    """One shot: what the artist stated and what the stages made."""

    shot: ShotTable
    """Which shot this is."""
    source: SourceTable
    """The faded scan."""
    reference: ReferenceTable
    """The better coloured copy."""
    colour: ColourTable = ColourTable()
    """What values mean, and the chain."""
    scope: ScopeTable = ScopeTable()
    """What the model is meant for."""
    balance: BalanceTable = BalanceTable()
    """How the scan is neutralised."""
    pair: tuple[Pair, ...] = ()
    """The frames that teach and those held out."""
    crop: CropTable = CropTable()
    """What is not picture."""
    training: TrainingTable = TrainingTable()
    """How the network is taught."""
    recovery: RecoveryTable = RecoveryTable()
    """How recovered frames are written."""
    made: dict[str, Made] = {}
    """What each stage made."""
    schema_version: int = Field(default=SCHEMA, alias="schema")
    """The version of this file's layout."""

    _root: Path = PrivateAttr(default=Path())

    @property
    def root(self) -> Path:
        """The shot folder."""
        return self._root

    @property
    def file(self) -> Path:
        """The manifest."""
        return self._root / FILE_NAME

    @property
    def teaching(self) -> tuple[Pair, ...]:
        """The pairs that teach."""
        return tuple(pair for pair in self.pair if not pair.hold_out)

    @property
    def held_out(self) -> tuple[Pair, ...]:
        """The pairs that are only measured."""
        return tuple(pair for pair in self.pair if pair.hold_out)

    def path(self, relative: str | Path) -> Path:
        """Return the path of something that the manifest names relative to the shot folder."""
        return self._root / relative

    def relative(self, path: Path) -> str:
        """Write a path as the manifest does: relative to the shot folder, POSIX slashes."""
        try:
            return path.resolve().relative_to(self._root.resolve()).as_posix()
        except ValueError:
            return path.resolve().as_posix()

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read a shot folder's manifest.

        Raises:
            ShotError: There is no manifest, or something in it is wrong.
        """
        file = root / FILE_NAME
        document = _read_document(file)
        _upgrade(document, file)
        return cls._check(document.unwrap(), root)

    @classmethod
    def _check(cls, content: Mapping[str, Any], root: Path) -> Self:
        try:
            shot = cls.model_validate(content)
        except ValidationError as error:
            raise _shot_error(root / FILE_NAME, error) from error
        shot._root = root  # noqa: SLF001 - a class method of the same class
        return shot

    def with_pairs(self, pairs: Iterable[Pair]) -> Self:
        """Write `[[pair]]` anew, and return the shot that has them."""

        def edit(document: tomlkit.TOMLDocument) -> None:
            tables = tomlkit.aot()
            for pair in pairs:
                tables.append(tomlkit.item(pair.model_dump(exclude_defaults=True)))
            document["pair"] = tables

        return self._edited(edit)

    def with_plate(self, *, balanced: str) -> Self:
        """Name the balanced plates in `[source]`, and return the shot that has them."""

        def edit(document: tomlkit.TOMLDocument) -> None:
            document["source"]["balanced"] = balanced

        return self._edited(edit)

    def with_made(
        self,
        stage: str,
        *,
        settings: Mapping[str, Scalar],
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        measured: Mapping[str, Scalar],
    ) -> Self:
        """Write `[made.<stage>]` anew, and return the shot that has it."""
        made = Made(
            tool=__version__,
            at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
            settings=dict(settings),
            inputs=dict(inputs),
            outputs=dict(outputs),
            measured=dict(measured),
        )

        def edit(document: tomlkit.TOMLDocument) -> None:
            tables = document.setdefault("made", tomlkit.table(is_super_table=True))
            tables[stage] = tomlkit.item(made.model_dump())

        return self._edited(edit)

    def _edited(self, edit: Callable[[tomlkit.TOMLDocument], None]) -> Self:
        # The file is read again: the artist may have typed in it while a stage was at work.
        document = _read_document(self.file)
        _upgrade(document, self.file)
        edit(document)
        shot = self._check(document.unwrap(), self._root)
        write_text(self.file, tomlkit.dumps(document))
        return shot


def manifest_schema() -> str:
    """Return the JSON schema of `shot.toml` for editors, as text."""
    return json.dumps(Shot.model_json_schema(by_alias=True), indent=2, sort_keys=True) + "\n"


def _read_document(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problem = "there is no shot here: run `chromaresolve new` to make one"
        raise ShotError(file, "", problem) from None
    except (NotADirectoryError, PermissionError, IsADirectoryError) as error:
        raise ShotError(file, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ShotError(file, "", "is not UTF-8 text: save it as UTF-8") from error
    except TOMLKitError as error:
        raise ShotError(file, "", f"is not TOML: {error}") from error


def _upgrade(
    document: MutableMapping[str, Any],
    file: Path,
    *,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
    current: int = SCHEMA,
) -> None:
    """Bring a manifest of an earlier schema to the current one, step by step, in place."""
    version = document.get("schema")
    if not isinstance(version, int):
        raise ShotError(file, "schema", f"expected a whole number, found {version!r}: write 1")
    if version > current:
        problem = f"{version} is newer than this ChromaResolve ({current}): update ChromaResolve"
        raise ShotError(file, "schema", problem)
    for step in range(version, current):
        if step not in upgrades:
            raise ShotError(file, "schema", f"{version} is not a version that ever was: write 1")
        upgrades[step](document)
        document["schema"] = step + 1


def _shot_error(file: Path, error: ValidationError) -> ShotError:
    """Turn what pydantic found into one sentence: the first problem, and how many more."""
    problems = error.errors()
    first = problems[0]
    location = first["loc"]
    field = ".".join(str(part) for part in location)
    problem = _sentence(first["type"], first["msg"], first["input"], location)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ShotError(file, field, problem + more)


def _sentence(kind: str, message: str, value: object, location: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        return _unknown(location)
    if kind == "missing":
        return "is missing: write it"
    plain = message.removeprefix("Value error, ")
    plain = plain[0].lower() + plain[1:]
    return plain if kind == "value_error" else f"{plain}, found {value!r}"


def _unknown(location: tuple[int | str, ...]) -> str:
    known = _known_names(location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    if near:
        return f"is not known: did you mean {near[0]!r}?"
    return f"is not known: known here are {', '.join(sorted(known))}"


def _known_names(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that a table may have; `location` leads to it from the manifest's top."""
    table: type[Table] = Shot
    for part in location:
        if isinstance(part, int) or (table is Made):
            continue
        table = _TABLES.get(part, table)
    return [field.alias or name for name, field in table.model_fields.items()]


_TABLES: Mapping[str, type[Table]] = {
    "shot": ShotTable,
    "source": SourceTable,
    "reference": ReferenceTable,
    "colour": ColourTable,
    "scope": ScopeTable,
    "balance": BalanceTable,
    "pair": Pair,
    "crop": CropTable,
    "training": TrainingTable,
    "recovery": RecoveryTable,
    "made": Made,
}
