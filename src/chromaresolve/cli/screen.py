"""What the user sees: sentences and progress on stderr, one JSON object on stdout when asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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
    def progress(self, title: str) -> Iterator[Callable[[int, int, str], None]]:
        """Show how far long work is: a bar on a terminal, plain lines elsewhere."""
        if not self.console.is_terminal:
            yield _plain_progress(self, title)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with Progress(*columns, console=self.console) as bar:
            task = bar.add_task(title, total=None, note="")

            def tell(done: int, total: int, note: str) -> None:
                bar.update(task, completed=done, total=total, note=note)

            yield tell

    def finish(self, sentence: str, facts: Mapping[str, object]) -> None:
        """Print the result."""
        if self.as_json:
            print(json.dumps(facts, indent=2, default=str))
        else:
            self.say(sentence)


def _plain_progress(screen: Screen, title: str) -> Callable[[int, int, str], None]:
    last = [time.monotonic()]

    def tell(done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if done == total or now - last[0] >= PLAIN_SECONDS:
            screen.say(f"{title}: {done}/{total} {note}")
            last[0] = now

    return tell
