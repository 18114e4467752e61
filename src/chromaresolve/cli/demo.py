"""`chromaresolve demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to work.")] = Path("demo"),
    *,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long to train.")] = 2.5,
    json: AsJson = False,
) -> None:
    """Make a faded shot from nothing, run the whole workflow on it, and measure.

    Example: chromaresolve demo demo
    """
    from chromaresolve.demo import run_demo

    screen = Screen(as_json=json)
    with screen.progress("demo") as tell:
        result = run_demo(folder, minutes=minutes, say=screen.say, on_progress=tell)
    screen.finish(result.as_table(), result.as_facts())
