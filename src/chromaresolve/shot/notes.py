"""`notes/experiments.md`: what was done to a shot, written as the work happens.

Every run of a stage adds an entry at the end, and nothing else in the file is touched: what the
artist writes there, above, between or below, stays as it is, byte for byte. The file is Markdown
that reads well as plain text.

The shot's truth is `shot.toml`. A stage that cannot note its run (the folder is another's, the disk
is full) has done its work all the same: that is logged and breaks nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from chromaresolve.errors import StageError
from chromaresolve.files import lock, write_bytes
from chromaresolve.shot.tables import Made

EXPERIMENTS = "notes/experiments.md"
"""Where the notes are, relative to the shot folder."""

BEGINNING = """\
# Experiments: {name}

Every run of a stage adds an entry at the end of this file.
Write where you like, what you like: your lines stay.
"""
"""How the file begins."""

PATIENCE = 2.0
"""Seconds to wait for another stage that is noting its own run, which takes it milliseconds."""

SHOWN_FILES = 3
"""How many files an entry names before it only counts the rest: `shot.toml` has them all."""

DIGITS = 16
"""Hex digits of an entry's fingerprint: enough to tell the runs of one shot apart."""

logger = logging.getLogger(__name__)


def note_run(
    root: Path,
    stage: str,
    made: Made,
    *,
    name: str,
    stated: Mapping[str, Any],
    observed: Iterable[str] = (),
) -> None:
    """Add an entry about a run of a stage, unless its last entry says the very same.

    Args:
        root: The shot folder.
        stage: The stage's name.
        made: What it did.
        name: The shot's name.
        stated: What `shot.toml` says in the tables that the stage read.
        observed: Sentences about the result.
    """
    sentences = [_line(sentence) for sentence in observed]
    file = root / EXPERIMENTS
    try:
        with _hold(file.with_name(f".{file.name}.lock")):
            before = file.read_bytes() if file.is_file() else b""
            mark = _fingerprint(made, sentences)
            if mark != _last_mark(before, stage):
                lines = _entry(stage, made, stated, sentences, mark)
                write_bytes(file, _with_entry(before, lines, name=name))
    except (OSError, StageError) as error:
        logger.warning("the run of %s is not noted: %s", stage, error)


@contextmanager
def _hold(path: Path) -> Iterator[None]:
    """Hold the notes' lock, and wait a moment for another stage to let go of it."""
    until = time.monotonic() + PATIENCE
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(lock(path, doing="noting a run of"))
                break
            except StageError as error:
                # What the disk refuses has a cause, and waiting does not mend it.
                if error.__cause__ is not None or time.monotonic() > until:
                    raise
            time.sleep(0.02)
        yield


def _with_entry(before: bytes, lines: Iterable[str], *, name: str) -> bytes:
    """Return the file with an entry after everything that is in it."""
    line_end = "\r\n" if b"\r\n" in before else "\n"
    beginning = [] if before.strip() else BEGINNING.format(name=name).splitlines()
    if before and not before.endswith(b"\n"):
        beginning = ["", *beginning]
    text = line_end.join([*beginning, "", *lines, ""])
    return before + text.encode("utf-8")


def _entry(
    stage: str, made: Made, stated: Mapping[str, Any], observed: Iterable[str], mark: str
) -> Iterator[str]:
    yield f"## {made.at.replace('T', ' ').replace('+00:00', ' UTC')}: {stage}"
    yield ""
    yield f"- By: ChromaResolve {made.tool}"
    if made.settings:
        yield f"- Settings in force: {_words(made.settings)}"
    for table, content in stated.items():
        if table == "pair":
            yield f"- Pairs, Source:Reference: {_pairs(content)}"
        elif content:
            yield f"- Stated in [{table}]: {_words(content)}"
    files = [key.partition(":")[2] for key in made.inputs if key.startswith(("file:", "frames:"))]
    if files:
        yield f"- Made from: {_files(files)}"
    if made.outputs:
        yield f"- Made: {_files(list(made.outputs))}"
    if made.measured:
        yield f"- Measured: {_words(made.measured)}"
    for sentence in observed:
        yield f"- Observed: {sentence}"
    yield f"- Fingerprint: `{mark}`"


def _pairs(rows: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{row['source']}:{row['reference']}{' held out' if row.get('hold_out') else ''}"
        for row in rows
    )


def _files(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN_FILES])
    more = len(names) - SHOWN_FILES
    return f"{shown} and {more} more" if more > 0 else shown


def _words(value: object) -> str:
    """Write plain values as people read them: `steps = 400, size = small`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_words(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return f"({'; '.join(map(_words, value))})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _line(str(value)) or "nothing"


def _line(text: str) -> str:
    """Return text that stays one line, so that it can begin no heading of its own."""
    return " ".join(text.split())


def _fingerprint(made: Made, observed: Iterable[str]) -> str:
    """Return what is the same for two runs that say the same: the time of day apart."""
    content = made.model_dump(include={"settings", "inputs", "measured"})
    text = json.dumps([content, list(observed)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _last_mark(notes: bytes, stage: str) -> str:
    """Return the fingerprint of a stage's last entry; "" where there is none."""
    entries = re.split(rb"^## ", notes, flags=re.MULTILINE)
    heading = re.compile(rb"[0-9: -]+UTC: " + re.escape(stage.encode()) + rb"\s*\n")
    last = next((entry for entry in reversed(entries) if heading.match(entry)), b"")
    mark = re.search(rb"^- Fingerprint: `([0-9a-f]+)`", last, flags=re.MULTILINE)
    return mark[1].decode() if mark else ""
