"""A shot: the record of one piece of work, and its file `shot.toml`.

The artist owns every table but `[made.*]`; each stage owns exactly one `[made.<stage>]`. A file is
read, brought to the current schema, checked once, and is a frozen record from then on.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import tomlkit
from pydantic import Field, PrivateAttr, ValidationError, model_validator

from chromaresolve import __version__
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.timecode import timecode_to_frames
from chromaresolve.files import write_text
from chromaresolve.shot.document import (
    FILE_NAME,
    SCHEMA,
    put_made,
    put_pairs,
    put_table,
    put_value,
    read_document,
    upgrade,
)
from chromaresolve.shot.notes import note_run
from chromaresolve.shot.problems import validation_problem
from chromaresolve.shot.tables import (
    AlignmentTable,
    ArchiveTable,
    BalanceTable,
    ColourTable,
    CropTable,
    Made,
    Pair,
    PlatesTable,
    RecoveryTable,
    ReferenceTable,
    ScopeTable,
    ShotTable,
    SourceTable,
    Table,
    TrainingTable,
)
from chromaresolve.shot.values import Scalar


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
    pair: tuple[Pair, ...] = Field(default=(), strict=False)  # a list in the file
    """The frames that teach and those held out."""
    plates: PlatesTable = PlatesTable()
    """What is cleaned for teaching."""
    alignment: AlignmentTable = AlignmentTable()
    """How the Reference is laid on the Source."""
    crop: CropTable = CropTable()
    """What is not picture."""
    training: TrainingTable = TrainingTable()
    """How the network is taught."""
    recovery: RecoveryTable = RecoveryTable()
    """How recovered frames are written."""
    archive: ArchiveTable = ArchiveTable()
    """What an archive wants to know of the element."""
    made: Mapping[str, Made] = {}
    """What each stage made."""
    schema_version: int = Field(default=SCHEMA, alias="schema", json_schema_extra={"const": SCHEMA})
    """The version of this file's layout."""

    _root: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _has_a_timecode_of_its_rate(self) -> Self:
        if self.source.timecode is not None:
            try:
                timecode_to_frames(self.source.timecode, self.shot.frame_rate)
            except BridgeError as error:
                raise ValueError(f"[source] {error}") from error
        return self

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
        """Write a path as the manifest does: relative to the shot folder, POSIX slashes.

        What lies outside the folder is written in full, unless it was named by way of the folder.
        """
        # As named first: plates often lie behind a link, and where that leads is the disk's affair.
        for form in (Path.absolute, Path.resolve):
            if form(path).is_relative_to(form(self._root)):
                return form(path).relative_to(form(self._root)).as_posix()
        return path.resolve().as_posix()

    @classmethod
    def load(cls, root: Path) -> Self:
        """Read a shot folder's manifest.

        Raises:
            ShotError: There is no manifest, or something in it is wrong.
        """
        document = read_document(root / FILE_NAME)
        upgrade(document, root / FILE_NAME)
        return cls.checked(document.unwrap(), root)

    @classmethod
    def checked(cls, content: Mapping[str, Any], root: Path) -> Self:
        """Make the record of a manifest's content, read from the file or about to be written.

        Raises:
            ShotError: Something in it is wrong.
        """
        try:
            shot = cls.model_validate(content)
        except ValidationError as error:
            raise validation_problem(root / FILE_NAME, error, cls) from error
        shot._root = root  # noqa: SLF001 - a class method of the same class
        return shot

    def with_pairs(self, pairs: Iterable[Pair]) -> Self:
        """Write `[[pair]]` anew, and return the shot that has them."""
        rows = [pair.model_dump(exclude_defaults=True) for pair in pairs]
        return self._edited(lambda document: put_pairs(document, rows))

    def with_plate(self, *, balanced: str) -> Self:
        """Name the balanced plates in `[source]`, and return the shot that has them."""
        return self._edited(lambda document: put_value(document["source"], "balanced", balanced))

    def with_crop(self, *, left: int, top: int, right: int, bottom: int) -> Self:
        """Write what was found to be no picture to `[crop]`, and return the shot that has it."""
        edges = {"left": left, "top": top, "right": right, "bottom": bottom, "found": True}
        return self._edited(lambda document: put_table(document, "crop", edges))

    def with_made(
        self,
        stage: str,
        *,
        settings: Mapping[str, Scalar],
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        measured: Mapping[str, Scalar],
        observed: Iterable[str] = (),
    ) -> Self:
        """Write `[made.<stage>]` anew, note the run, and return the shot that has it.

        Args:
            stage: Whose table it is.
            settings: The settings in force.
            inputs: What it was made from, with fingerprints.
            outputs: The files it made, with theirs.
            measured: Numbers it measured.
            observed: Sentences about the result, for `notes/experiments.md` alone.
        """
        made = Made(
            tool=__version__,
            at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
            settings=dict(settings),
            inputs=dict(inputs),
            outputs=dict(outputs),
            measured=dict(measured),
        )
        content = made.model_dump(exclude_defaults=True)
        shot = self._edited(lambda document: put_made(document, stage, content))
        stated = shot._stated(inputs)  # noqa: SLF001 - of the same class
        note_run(self._root, stage, made, name=self.shot.name, stated=stated, observed=observed)
        return shot

    def _stated(self, inputs: Iterable[str]) -> Mapping[str, Any]:
        """Return what the file says, beside defaults, in the tables that a stage was made from."""
        named = [key.partition(":") for key in inputs]
        tables = {name.partition(".")[0] for kind, _, name in named if kind in {"table", "value"}}
        content: Mapping[str, Any] = self.model_dump(
            mode="json", exclude_defaults=True, include=tables & set(type(self).model_fields)
        )
        return content

    def _edited(self, edit: Callable[[tomlkit.TOMLDocument], None]) -> Self:
        # The file is read again: the artist may have typed in it while a stage was at work.
        document = read_document(self.file)
        upgrade(document, self.file)
        self.checked(document.unwrap(), self._root)
        edit(document)
        text = tomlkit.dumps(document).rstrip("\n") + "\n"
        # What is checked is what will stand in the file.
        shot = self.checked(tomlkit.parse(text).unwrap(), self._root)
        write_text(self.file, text)
        return shot


@functools.cache
def manifest_schema() -> str:
    """Return the JSON schema of `shot.toml` for editors, as text."""
    schema = Shot.model_json_schema(by_alias=True)
    schema |= {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FILE_NAME,
        # The record has a default for its own version; a file must state it.
        "required": ["schema", *schema["required"]],
    }
    return json.dumps(schema, indent=2) + "\n"
