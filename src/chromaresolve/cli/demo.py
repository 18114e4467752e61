"""`chromaresolve demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to work.")] = Path("demo"),
    *,
    steps: Annotated[int, typer.Option(min=1, help="How many steps to train.")] = 3600,
    json: AsJson = False,
) -> None:
    """Make a faded shot from nothing, run the whole workflow on it, and measure.

    Example: chromaresolve demo demo
    """
    from chromaresolve.demo import run_demo

    screen = Screen(as_json=json)
    with screen.progress("demo") as tell:
        result = run_demo(folder, steps=steps, say=screen.say, on_progress=tell)
    screen.finish(result.as_table(), result.as_facts())
