"""`chromaresolve movie`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def movie(
    shot: ShotFolder,
    *,
    codec: Annotated[
        str,
        typer.Option(help="prores: 422 HQ. dnxhr: HQX. h264: for any browser."),
    ] = "prores",
    of: Annotated[str, typer.Option(help="recovered, composite or plate.")] = "recovered",
    out: Annotated[Path | None, typer.Option(help="Write this file instead.")] = None,
    frames: Annotated[str | None, typer.Option(help="Only these, such as 1-10.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read it back and say how near it is to the frames.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Write a Rec.709 review movie, with the shot's timecode and frame rate.

    Example: chromaresolve movie sh010 --codec h264
    """
    from chromaresolve.movie import make_movie
    from chromaresolve.shot import FrameRange, Shot

    screen = Screen(as_json=json)
    with screen.progress("movie") as tell:
        made = make_movie(
            Shot.load(shot),
            codec=codec,
            of=of,
            out=out,
            frames=FrameRange.parse(frames) if frames else None,
            check=check,
            say=screen.say,
            on_progress=tell,
        )
    near = made.fidelity
    if near:
        screen.say(
            f"read back: luma is off by {near.luma_mean:.2f} 8-bit codes in the mean and "
            f"{near.luma_largest:.1f} at most, chroma by {near.chroma_mean:.2f}"
        )
    screen.finish(
        f"movie: {made.path}",
        {
            "movie": str(made.path),
            "frames": str(made.frames),
            "codec": made.leader.codec.name,
            "timecode": made.leader.timecode,
            "frame_rate": str(made.leader.frame_rate),
            "width": made.leader.width,
            "height": made.leader.height,
            "luma_mean": near.luma_mean if near else None,
            "luma_largest": near.luma_largest if near else None,
            "chroma_mean": near.chroma_mean if near else None,
        },
    )
