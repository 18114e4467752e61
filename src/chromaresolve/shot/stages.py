"""The stages of a shot in workflow order, and whether what they made is still true.

A stage records the sha256 of everything it was made from. Asked later, the same fingerprints are
taken again; whatever differs is named, in the trade's words, with the command that mends it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from chromaresolve.errors import ShotError, UsageError
from chromaresolve.files import file_state, sha256
from chromaresolve.shot.ranges import TOKEN
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
    Stage("review", "review", ("recovery",), is_required=False),
    Stage("composite", "composite", ("recovery",), is_required=False),
    Stage("report", "report", ("recovery",), is_required=False),
)
"""Every stage, in the order a shot goes through them."""


WORDS = {"film", "found", "note", "reason", "reel", "timecode"}
"""Keys that name things and change no pixel: editing them makes nothing out of date."""

SHOWN_NAMES = 3
"""How many names a sentence lists before it only counts the rest."""


def stage_named(name: str) -> Stage:
    """Return the stage of that name.

    Raises:
        UsageError: There is none.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    known = ", ".join(stage.name for stage in STAGES)
    raise UsageError(f"{name!r} is not a stage: the stages are {known}")


def table_key(name: str) -> str:
    """Name a table of the manifest as something a stage was made from."""
    return f"table:{name}"


def value_key(table: str, field: str) -> str:
    """Name one value of the manifest as something a stage was made from."""
    return f"value:{table}.{field}"


def file_key(shot: Shot, path: Path) -> str:
    """Name a file as something a stage was made from."""
    return f"file:{shot.relative(path)}"


def frames_key(pattern: str) -> str:
    """Name a sequence as something a stage was made from, by its files' sizes and times."""
    return f"frames:{pattern}"


def fingerprint(shot: Shot, key: str) -> str:
    """Return the sha256 of what the key names, or "" if it is gone."""
    kind, _, name = key.partition(":")
    if kind == "table":
        return _table_fingerprint(getattr(shot, name, None))
    if kind == "value":
        table, _, field = name.partition(".")
        return content_fingerprint(getattr(getattr(shot, table, None), field, None))
    path = shot.path(name)
    if kind == "frames":
        return _frames_fingerprint(path)
    return sha256(path) if path.is_file() else ""


def fingerprints(shot: Shot, keys: Iterable[str]) -> dict[str, str]:
    """Return the sha256 of each of these, for `[made.<stage>]` inputs."""
    return {key: fingerprint(shot, key) for key in keys}


def outputs(shot: Shot, paths: Iterable[Path]) -> dict[str, str]:
    """Return path and sha256 of each file, for `[made.<stage>]` outputs."""
    return {shot.relative(path): sha256(path) for path in paths}


def out_of_date(shot: Shot, name: str) -> tuple[str, ...]:
    """Say why a stage's result no longer holds: a sentence for each reason, none if it holds.

    The stage's own reasons come first, then those of the stages it rests on, nearest first. A stage
    that was never run has no reason to be out of date; ask `shot.made` for that.
    """
    # Stages share what they were made from: no file is read twice.
    look = functools.cache(functools.partial(fingerprint, shot))
    stage = stage_named(name)
    if name not in shot.made:
        return ()
    reasons = _own_reasons(shot, stage, look)
    for upstream in _upstream(stage):
        reasons += [
            f"{name} {_plural(name, 'rests', 'rest')} on {upstream.name}, and {reason}"
            for reason in _own_reasons(shot, upstream, look)
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
        # The farthest stage comes first: doing a later one again would ask for it anyway.
        raise ShotError(shot.file, "", reasons[-1])


def content_fingerprint(content: object) -> str:
    """Return the sha256 of plain data, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def measured(**numbers: float) -> Mapping[str, float]:
    """Round measured numbers to the six digits a manifest needs; counts stay exact."""
    return {
        name: number if isinstance(number, int) else float(f"{number:.6g}")
        for name, number in numbers.items()
    }


def _own_reasons(shot: Shot, stage: Stage, look: Callable[[str], str]) -> list[str]:
    """Return why this stage's result no longer holds, whatever the stages before it."""
    made = shot.made.get(stage.name)
    if made is None:
        return []
    again = f"run `chromaresolve {stage.command}`"
    reasons = []
    changed = [key for key, was in made.inputs.items() if look(key) != was]
    if changed:
        was_made = f"{stage.name} {_plural(stage.name, 'was', 'were')} made"
        reasons.append(f"{was_made} from {_in_words(shot, changed)} that changed since: {again}")
    lost = [file for file in made.outputs if not shot.path(file).is_file()]
    if lost:
        reasons.append(f"{_listed(lost)} of the {stage.name} is gone: {again}")
    return reasons


def _upstream(stage: Stage) -> Iterator[Stage]:
    for name in stage.needs:
        yield stage_named(name)
        yield from _upstream(stage_named(name))


def _in_words(shot: Shot, keys: Iterable[str]) -> str:
    makers = {file: stage for stage, made in shot.made.items() for file in made.outputs}
    names = []
    for key in keys:
        kind, _, name = key.partition(":")
        if kind == "table":
            names.append("pairs" if name == "pair" else f"[{name}] settings")
        elif kind == "value":
            table, _, field = name.partition(".")
            names.append(f"[{table}] {field}")
        else:
            names.append(makers.get(name, name))
    return _listed(list(dict.fromkeys(names)))


def _listed(names: list[str]) -> str:
    parts = names[:SHOWN_NAMES]
    if len(names) > SHOWN_NAMES:
        parts.append(f"{len(names) - SHOWN_NAMES} more")
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _plural(name: str, one: str, many: str) -> str:
    return many if name.endswith("s") else one


def _frames_fingerprint(pattern: Path) -> str:
    """Return a fingerprint of a sequence's files as they are now, without reading them.

    A copy that lost its files' times looks changed: the stage then finds, by their contents, that
    there is nothing to do.
    """
    before, _, after = TOKEN.sub("#", pattern.name, count=1).partition("#")
    folder = pattern.parent
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    frames = [name for name in names if name.startswith(before) and name.endswith(after)]
    return content_fingerprint([file_state(folder / name) for name in frames]) if frames else ""


def _table_fingerprint(table: BaseModel | tuple[BaseModel, ...] | None) -> str:
    """Return the sha256 of what a table says; a default is the same, written down or not.

    So a key that a later version adds makes nothing out of date. A default whose meaning changes
    is a new schema, and its upgrade writes the old value down.
    """
    if table is None:
        return ""
    rows = table if isinstance(table, tuple) else (table,)
    content = [row.model_dump(mode="json", exclude_defaults=True, exclude=WORDS) for row in rows]
    return content_fingerprint(content)
