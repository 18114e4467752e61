"""`chromaresolve train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder
from chromaresolve.errors import UsageError


def train(
    shot: ShotFolder,
    *,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Train about this long; shot.toml's if not said."),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Train this many steps.")] = None,
    until_plateau: Annotated[
        bool,
        typer.Option("--until-plateau", help="Train until held-out frames stop improving."),
    ] = False,
    size: Annotated[str | None, typer.Option(help="small, medium or large.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    start_from: Annotated[
        Path | None,
        typer.Option("--from", help="Begin with this model's weights: a model, or a shot folder."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a stopped training, and refuse to begin anew."),
    ] = False,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="The same bits every time, on a GPU too.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Train nothing: say what is worst, and which frames to add."
        ),
    ] = False,
    json: AsJson = False,
) -> None:
    """Teach the shot's network. Run again after a stop, it goes on where it was.

    Example: chromaresolve train sh010 --minutes 5
    """
    if (minutes is not None) + (steps is not None) + until_plateau > 1:
        raise UsageError("--minutes, --steps and --until-plateau: say one of them")
    if size not in (None, "small", "medium", "large"):
        raise UsageError(f"--size {size!r}: write small, medium or large")
    from chromaresolve.shot import Shot
    from chromaresolve.training import Wish
    from chromaresolve.training import explain as explain_shot
    from chromaresolve.training import tell as tell_why
    from chromaresolve.training import train as train_shot

    screen = Screen(as_json=json)
    if explain:
        with screen.progress("explain") as show:
            found = explain_shot(Shot.load(shot), say=screen.say, on_progress=show)
        screen.finish("\n".join(tell_why(found)), found.to_record())
        return
    wish = Wish(
        steps=steps,
        minutes=minutes,
        size=size,
        device=device,
        until_plateau=until_plateau,
        deterministic=deterministic,
        must_resume=resume,
        start_from=start_from,
    )
    with screen.progress("train") as tell:
        made = train_shot(Shot.load(shot), wish, say=screen.say, on_progress=tell)
    record = made.made["training"]
    screen.finish(
        f"trained {record.measured['steps']} steps: {next(iter(record.outputs))}; next: "
        f"`chromaresolve export {shot}`",
        record.model_dump(),
    )
