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
        typer.Option(min=1, help="Choose this many anew."),
    ] = None,
    add_from_review: Annotated[
        bool,
        typer.Option("--add-from-review", help="Add the frames that the review flagged."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Find which Reference frame belongs to which, and choose the frames that teach.

    Some are held out to measure. Writes pairs/pairs.csv and a contact sheet.

    Example: chromaresolve pairs sh010 --count 5
    """
    from chromaresolve.pairs import choose
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("pairs") as tell:
        made = choose(
            Shot.load(shot),
            count=count,
            add_from_review=add_from_review,
            say=screen.say,
            on_progress=tell,
        )
    for pair in made.pair:
        screen.say(f"Source {pair.source}, Reference {pair.reference}: {pair.reason}")
    teach = "pair teaches" if len(made.teaching) == 1 else "pairs teach"
    screen.finish(
        f"{len(made.teaching)} {teach}, {len(made.held_out)} held out; next: "
        f"`chromaresolve align {shot}`",
        {"pairs": [pair.model_dump() for pair in made.pair]},
    )
