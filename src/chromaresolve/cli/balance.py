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
    dctl: Annotated[
        bool,
        typer.Option(
            "--dctl", help="Write the shot's own shader and LUT for Resolve's Color page."
        ),
    ] = False,
    onnx: Annotated[
        bool,
        typer.Option("--onnx", help="Write the balance as ONNX too, for programs that run models."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Say how the shot's dyes have faded, and undo it: one balance for the whole shot.

    Writes balance.json and a picture of before and after with scopes.

    Example: chromaresolve balance sh010 --plates --dctl
    """
    from chromaresolve.balance import balance as balance_shot
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("balance") as tell:
        made = balance_shot(
            Shot.load(shot), plates=plates, dctl=dctl, say=screen.say, on_progress=tell
        )
    if onnx:
        from chromaresolve.training import export_balance

        screen.say(f"{export_balance(made)}: written")
    screen.finish(
        f"balanced; next: `chromaresolve pairs {shot}`",
        made.made["balance"].model_dump(),
    )
