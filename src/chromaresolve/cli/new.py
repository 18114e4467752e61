"""`chromaresolve new`."""

from __future__ import annotations

from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def new(
    shot: ShotFolder,
    *,
    source: Annotated[
        str, typer.Option(help="The faded scan's frames, such as 'plates/A_####.exr'.")
    ],
    reference: Annotated[str, typer.Option(help="The better coloured copy's frames.")],
    balanced: Annotated[str | None, typer.Option(help="The balanced scan's frames.")] = None,
    master: Annotated[str | None, typer.Option(help="The ACES original's frames.")] = None,
    branch: Annotated[str, typer.Option(help="chroma or spatial.")] = "chroma",
    fps: Annotated[str, typer.Option(help="Frames per second, such as 24 or 24000/1001.")] = "24",
    frames: Annotated[str | None, typer.Option(help="Frames to recover, such as 1-100.")] = None,
    film: Annotated[str, typer.Option(help="The film's title.")] = "",
    ocio: Annotated[str | None, typer.Option(help="A studio's own OCIO config file.")] = None,
    json: AsJson = False,
) -> None:
    """Make a shot folder with its shot.toml.

    Paths are relative to the shot's folder.

    Example: chromaresolve new sh010 --source 'p/SRC_####.exr' --reference 'p/REF_####.exr'
    """
    from chromaresolve.turnover import accept

    screen = Screen(as_json=json)
    made = accept(
        shot,
        scan=source,
        reference=reference,
        balanced=balanced,
        master=master,
        branch=branch,
        frame_rate=fps,
        frames=frames,
        film=film,
        ocio=ocio,
    )
    screen.finish(
        f"{made.file}: shot {made.shot.name}, frames {made.shot.frames}; next: "
        f"`chromaresolve check {shot}`",
        {"shot": made.shot.name, "file": str(made.file), "frames": str(made.shot.frames)},
    )
