"""What the user sees: sentences and progress on stderr, one JSON object on stdout when asked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich import progress
from rich.console import Console

from chromaresolve.telling import Progress

PLAIN_SECONDS = 5.0
"""Where there is no terminal, progress is a line this often: a log stays readable."""

ShotFolder = Annotated[Path, typer.Argument(metavar="SHOT", help="The shot's folder.")]
"""The argument every shot command takes."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
"""The option every command takes."""


class Screen:
    """Prints for people on stderr, and the result for machines on stdout when asked."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose whom to print for."""
        self.as_json = as_json
        self.console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self.console.print(sentence)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show how far long work is: a bar on a terminal, plain lines elsewhere."""
        try:
            with self._bar(title) as tell:
                yield tell
        except KeyboardInterrupt:
            self.say("stopped: run the same command again to go on")
            raise

    @contextmanager
    def _bar(self, title: str) -> Iterator[Progress]:
        if not self.console.is_terminal:
            yield _plain_progress(self, title)
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


def _plain_progress(screen: Screen, title: str) -> Progress:
    last = [time.monotonic()]

    def tell(done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if done == total or now - last[0] >= PLAIN_SECONDS:
            screen.say(f"{title}: {done}/{total} {note}")
            last[0] = now

    return tell
