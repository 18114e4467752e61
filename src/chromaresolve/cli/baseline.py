"""`chromaresolve baseline`."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def baseline(
    shot: ShotFolder,
    *,
    cube: Annotated[int, typer.Option(help="Points along each edge of the .cube: 33 or 65.")] = 33,
    render: Annotated[
        bool,
        typer.Option("--render", help="Write the baseline sequence that Resolve's V3 shows."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Fit the shot's colour map in closed form: the LUT that the network must beat.

    Example: chromaresolve baseline sh010 --cube 33 --render
    """
    from chromaresolve.baseline import fit
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("baseline") as tell:
        made = fit(Shot.load(shot), cube=cube, render=render, say=screen.say, on_progress=tell)
    files = ", ".join(made.made["baseline"].outputs)
    screen.finish(f"baseline written: {files}", made.made["baseline"].model_dump())
