"""The stages of a shot in workflow order, and whether what they made is still true.

A stage records the sha256 of everything it was made from. Asked later, the same fingerprints are
taken again; whatever differs is named, in the trade's words, with the command that mends it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from chromaresolve.errors import ShotError
from chromaresolve.files import sha256
from chromaresolve.shot.record import Shot


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the workflow."""

    name: str
    """Its table's name under `[made]`, and the noun for what it makes."""
    command: str
    """The command that runs it."""
    needs: tuple[str, ...]
    """The stages whose results it is made from."""
    is_required: bool = True
    """False: the recovered frames do not depend on it."""


STAGES: tuple[Stage, ...] = (
    Stage("check", "check", (), is_required=False),
    Stage("balance", "balance", (), is_required=False),
    Stage("pairs", "pairs", ()),
    Stage("alignment", "align", ("pairs",)),
    Stage("baseline", "baseline", ("alignment",), is_required=False),
    Stage("training", "train", ("alignment",)),
    Stage("model", "export", ("training",)),
    Stage("recovery", "recover", ("model",)),
    Stage("composite", "composite", ("recovery",), is_required=False),
    Stage("report", "report", ("recovery",), is_required=False),
)
"""Every stage, in the order a shot goes through them."""


def stage_named(name: str) -> Stage:
    """Return the stage of that name."""
    return next(stage for stage in STAGES if stage.name == name)


def table_key(name: str) -> str:
    """Name a table of the manifest as something a stage was made from."""
    return f"table:{name}"


def file_key(shot: Shot, path: Path) -> str:
    """Name a file as something a stage was made from."""
    return f"file:{shot.relative(path)}"


def fingerprint(shot: Shot, key: str) -> str:
    """Return the sha256 of what the key names, or "" if it is gone."""
    kind, _, name = key.partition(":")
    if kind == "table":
        return _table_fingerprint(getattr(shot, name))
    path = shot.path(name)
    return sha256(path) if path.is_file() else ""


def fingerprints(shot: Shot, keys: Iterable[str]) -> dict[str, str]:
    """Return the sha256 of each of these, for `[made.<stage>]` inputs."""
    return {key: fingerprint(shot, key) for key in keys}


def outputs(shot: Shot, paths: Iterable[Path]) -> dict[str, str]:
    """Return path and sha256 of each file, for `[made.<stage>]` outputs."""
    return {shot.relative(path): sha256(path) for path in paths}


def out_of_date(shot: Shot, name: str) -> tuple[str, ...]:
    """Say why a stage's result no longer holds: a sentence for each reason, none if it holds.

    A stage that was never run has no reason to be out of date; ask `shot.made` for that.
    """
    made = shot.made.get(name)
    if made is None:
        return ()
    stage = stage_named(name)
    changed = [key for key, was in made.inputs.items() if fingerprint(shot, key) != was]
    reasons = [_changed(shot, stage, changed)] if changed else []
    gone = [file for file in made.outputs if not shot.path(file).is_file()]
    if gone:
        reasons.append(f"{gone[0]} of the {name} is gone: run `chromaresolve {stage.command}`")
    for upstream in stage.needs:
        reasons += [
            f"{upstream} is out of date, and {name} was made from it ({reason})"
            for reason in out_of_date(shot, upstream)
        ]
    return tuple(reasons)


def require(shot: Shot, name: str, *, needed_for: str) -> None:
    """Refuse to go on without a stage's result, or with one that no longer holds.

    Raises:
        ShotError: The stage was not run, or its result is out of date.
    """
    stage = stage_named(name)
    if name not in shot.made:
        problem = f"{needed_for} needs {name}: run `chromaresolve {stage.command}` first"
        raise ShotError(shot.file, "", problem)
    reasons = out_of_date(shot, name)
    if reasons:
        raise ShotError(shot.file, "", reasons[0])


def _changed(shot: Shot, stage: Stage, keys: list[str]) -> str:
    names = list(dict.fromkeys(_in_words(shot, key) for key in keys))
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"{stage.name} was made from {listed} that changed since: "
        f"run `chromaresolve {stage.command}`"
    )


def _in_words(shot: Shot, key: str) -> str:
    kind, _, name = key.partition(":")
    if kind == "table":
        return "pairs" if name == "pair" else f"[{name}] settings"
    for stage in STAGES:
        made = shot.made.get(stage.name)
        if made and name in made.outputs:
            return stage.name
    return name


def _table_fingerprint(table: BaseModel | tuple[BaseModel, ...]) -> str:
    content: object
    if isinstance(table, tuple):
        content = [row.model_dump(mode="json", exclude={"reason"}) for row in table]
    else:
        content = table.model_dump(mode="json")
    return content_fingerprint(content)


def content_fingerprint(content: object) -> str:
    """Return the sha256 of plain data, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def measured(**numbers: float) -> Mapping[str, float]:
    """Round measured numbers to the six digits a manifest needs."""
    return {name: float(f"{number:.6g}") for name, number in numbers.items()}
