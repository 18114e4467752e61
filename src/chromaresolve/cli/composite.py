"""`chromaresolve composite`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def composite(
    shot: ShotFolder,
    *,
    on: Annotated[
        str, typer.Option(help="display: onto the original's display values.")
    ] = "display",
    out: Annotated[Path | None, typer.Option(help="Write here instead.")] = None,
    json: AsJson = False,
) -> None:
    """Merge the recovered colour onto the original scan, as Resolve's composite mode Color does.

    Example: chromaresolve composite sh010
    """
    from chromaresolve.composite import composite as composite_shot
    from chromaresolve.shot import Shot

    screen = Screen(as_json=json)
    with screen.progress("composite") as tell:
        made = composite_shot(Shot.load(shot), on=on, out=out, say=screen.say, on_progress=tell)
    where = out or made.path("composite")
    record = made.made.get("composite")
    screen.finish(f"composite: {where}", record.model_dump() if record else {"out": str(where)})
