"""`chromaresolve run`."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def run(
    shot: ShotFolder,
    *,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Train about this long; shot.toml's if not said."),
    ] = None,
    provider: Annotated[
        str, typer.Option(help="What runs the model: auto, cpu, cuda, tensorrt, ...")
    ] = "auto",
    rounds: Annotated[
        int, typer.Option(min=0, help="Then add what the review flags and teach on, so many times.")
    ] = 0,
    json: AsJson = False,
) -> None:
    """Run every stage that is missing or out of date, in order.

    Example: chromaresolve run sh010 --rounds 1
    """
    from chromaresolve.shot import Shot
    from chromaresolve.workflow import go_rounds

    screen = Screen(as_json=json)
    with screen.progress("run") as tell:
        made, seconds = go_rounds(
            Shot.load(shot),
            rounds,
            minutes=minutes,
            provider=provider,
            say=screen.say,
            on_progress=tell,
        )
    screen.finish(
        f"up to date: {made.path('recovered')}",
        {"seconds": {name: round(value, 2) for name, value in seconds.items()}},
    )
