"""`chromaresolve new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder
from chromaresolve.errors import UsageError


def new(
    shot: ShotFolder,
    *,
    source: Annotated[
        str | None, typer.Option(help="The faded scan's frames, such as 'plates/A_####.exr'.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="The better coloured copy's frames.")
    ] = None,
    turnover: Annotated[
        Path | None,
        typer.Option(help="The turnover.json that Resolve's menu wrote, in place of all of these."),
    ] = None,
    balanced: Annotated[str | None, typer.Option(help="The balanced scan's frames.")] = None,
    master: Annotated[str | None, typer.Option(help="The ACES original's frames.")] = None,
    branch: Annotated[str, typer.Option(help="chroma or spatial.")] = "chroma",
    fps: Annotated[
        str | None,
        typer.Option(help="Frames per second, such as 24000/1001.", show_default="24"),
    ] = None,
    frames: Annotated[str | None, typer.Option(help="Frames to recover, such as 1-100.")] = None,
    film: Annotated[str | None, typer.Option(help="The film's title.")] = None,
    ocio: Annotated[str | None, typer.Option(help="A studio's own OCIO config file.")] = None,
    json: AsJson = False,
) -> None:
    """Make a shot folder with its shot.toml.

    Paths are relative to the shot's folder.

    Example: chromaresolve new sh010 --source 'p/SRC_####.exr' --reference 'p/REF_####.exr'

    Example: chromaresolve new sh010 --turnover sh010/turnover.json
    """
    from chromaresolve.turnover import accept, accept_turnover

    screen = Screen(as_json=json)
    if turnover is not None:
        _refuse_both(
            source=source,
            reference=reference,
            balanced=balanced,
            master=master,
            fps=fps,
            frames=frames,
            film=film,
        )
        made = accept_turnover(shot, turnover, branch=branch, ocio=ocio)
    elif source is None or reference is None:
        raise UsageError("new: name --source and --reference, or --turnover")
    else:
        made = accept(
            shot,
            scan=source,
            reference=reference,
            balanced=balanced,
            master=master,
            branch=branch,
            frame_rate=fps or "24",
            frames=frames,
            film=film or "",
            ocio=ocio,
        )
    screen.finish(
        f"{made.file}: shot {made.shot.name}, frames {made.shot.frames}; next: "
        f"`chromaresolve check {shot}`",
        {"shot": made.shot.name, "file": str(made.file), "frames": str(made.shot.frames)},
    )


def _refuse_both(**stated: str | None) -> None:
    """Refuse options beside a turnover that says the same thing already."""
    both = [f"--{name}" for name, value in stated.items() if value is not None]
    if both:
        raise UsageError(f"new: --turnover says {', '.join(both)} already: leave one of them out")
