"""`chromaresolve balance`."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def balance(
    shot: ShotFolder,
    *,
    plates: Annotated[
        bool,
        typer.Option("--plates", help="Write the balanced plates and use them from now on."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Neutralise the faded scan, one balance for the whole shot.

    Example: chromaresolve balance sh010 --plates
    """
    from chromaresolve.balance import balance as balance_shot
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("balance") as tell:
        made = balance_shot(Shot.load(shot), plates=plates, say=screen.say, on_progress=tell)
    screen.finish(
        f"balanced; next: `chromaresolve pairs {shot}`",
        made.made["balance"].model_dump(),
    )
