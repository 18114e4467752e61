"""`chromaresolve pairs`."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def pairs(
    shot: ShotFolder,
    *,
    count: Annotated[
        int | None,
        typer.Option(min=1, help="Choose this many anew, spread over the shot."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Choose the frames that teach, and one that is held out to measure.

    Example: chromaresolve pairs sh010 --count 5
    """
    from chromaresolve.pairs import choose
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    made = choose(Shot.load(shot), count=count)
    for pair in made.pair:
        screen.say(f"Source {pair.source}, Reference {pair.reference}: {pair.reason}")
    screen.finish(
        f"{len(made.teaching)} pairs teach, {len(made.held_out)} held out; next: "
        f"`chromaresolve align {shot}`",
        {"pairs": [pair.model_dump() for pair in made.pair]},
    )
