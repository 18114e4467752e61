"""What the user sees: sentences and progress on stderr, one JSON object on stdout when asked.

A program that starts the tool, such as Resolve's menu, sets `CHROMARESOLVE_PROGRESS=json`. Then
stderr has one JSON object on each line, in place of what people read::

    {"say": "training:"}
    {"progress": "run", "done": 3, "total": 10, "note": "loss 0.02"}
    {"error": "sh010/shot.toml: frames: found 5-1: runs backwards"}

An error comes last, and the line that people read follows it; lines that are not JSON are what
libraries print.

A render farm sets `CHROMARESOLVE_PROGRESS=openjd`. Then stdout has the lines that Open Job
Description's runners listen for ("How Jobs Are Run", Stdout/Stderr Messages)::

    openjd_status: training on cuda: the fastest there is
    openjd_progress: 30.0
    openjd_status: run: 3/10 loss 0.02
    openjd_fail: sh010/shot.toml: frames: found 5-1: runs backwards
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich import progress
from rich.console import Console

from chromaresolve.errors import ChromaresolveError
from chromaresolve.telling import Progress

PROGRESS = "CHROMARESOLVE_PROGRESS"
"""The variable that says how to tell: `json` for a program that reads it, `openjd` for a farm."""

PLAIN_SECONDS = 5.0
"""Where there is no terminal, progress is a line this often: a log stays readable."""

TOLD_SECONDS = 0.5
"""A program is told progress this often: often enough for a bar, rarely enough to cost nothing."""

ShotFolder = Annotated[Path, typer.Argument(metavar="SHOT", help="The shot's folder.")]
"""The argument every shot command takes."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
"""The option every command takes."""


class Screen:
    """Prints for people on stderr, and the result for machines on stdout when asked."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose whom to print for."""
        self.as_json = as_json
        self.is_read = os.environ.get(PROGRESS) == "json"
        self.is_farmed = os.environ.get(PROGRESS) == "openjd"
        self.console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        if self.is_read:
            _tell(say=sentence)
        elif self.is_farmed:
            _tell_farm("status", sentence)
        else:
            self.console.print(sentence)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show how far long work is: a bar on a terminal, plain lines elsewhere."""
        try:
            with self._bar(title) as tell:
                yield tell
        except ChromaresolveError as error:
            if self.is_read:
                _tell(error=str(error))
            raise
        except KeyboardInterrupt:
            self.say("stopped: run the same command again to go on")
            raise

    @contextmanager
    def _bar(self, title: str) -> Iterator[Progress]:
        if self.is_read:
            yield _seldom(lambda *how_far: _tell_progress(title, *how_far), TOLD_SECONDS)
            return
        if self.is_farmed:
            yield _seldom(lambda *how_far: _tell_farm_progress(title, *how_far), PLAIN_SECONDS)
            return
        if not self.console.is_terminal:
            yield _seldom(lambda *how_far: _say_progress(self, title, *how_far), PLAIN_SECONDS)
            return
        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[note]}"),
        )
        with progress.Progress(*columns, console=self.console) as bar:
            task = bar.add_task(title, total=None, note="")

            def tell(done: int, total: int, note: str) -> None:
                if done == 0 or total != bar.tasks[task].total:
                    bar.reset(task, total=total)  # another stage: its speed is another
                bar.update(task, completed=done, note=note)

            yield tell

    def finish(self, sentence: str, facts: Mapping[str, object]) -> None:
        """Print the result."""
        if self.as_json:
            print(json.dumps(facts, indent=2, default=str))
        else:
            self.say(sentence)


def _say_progress(screen: Screen, title: str, done: int, total: int, note: str) -> None:
    screen.say(f"{title}: {done}/{total} {note}")


def _tell_progress(title: str, done: int, total: int, note: str) -> None:
    _tell(progress=title, done=done, total=total, note=note)


def tell_farm_failure(error: ChromaresolveError) -> None:
    """Tell a farm why a command failed; tell nobody where no farm listens."""
    if os.environ.get(PROGRESS) == "openjd":
        _tell_farm("fail", str(error))


def _tell(**fact: object) -> None:
    print(json.dumps(fact), file=sys.stderr, flush=True)


def _tell_farm_progress(title: str, done: int, total: int, note: str) -> None:
    if 0 <= done <= total and total:  # a runner takes 0 to 100
        _tell_farm("progress", f"{100 * done / total:.1f}")
    _tell_farm("status", f"{title}: {done}/{total} {note}")


def _tell_farm(kind: str, words: str) -> None:
    # One line whatever the words: what follows a line break could be taken for another message.
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    if line:
        print(f"openjd_{kind}: {line}", flush=True)


def _seldom(tell: Progress, seconds: float) -> Progress:
    """Tell no oftener than this, but always the end."""
    last = [time.monotonic()]

    def tell_seldom(done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if done == total or now - last[0] >= seconds:
            tell(done, total, note)
            last[0] = now

    return tell_seldom
