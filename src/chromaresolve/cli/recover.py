"""`chromaresolve recover`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen
from chromaresolve.errors import UsageError


def recover(
    shot: Annotated[
        Path | None,
        typer.Argument(metavar="[SHOT]", help="The shot's folder, or none with --model."),
    ] = None,
    *,
    frames: Annotated[str | None, typer.Option(help="Only these, such as 1-10,20-30:2.")] = None,
    check: Annotated[int | None, typer.Option(min=1, help="Only the first N frames.")] = None,
    provider: Annotated[str, typer.Option(help="auto, cpu, cuda, tensorrt ...")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Write here instead.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model.onnx: no shot is needed.")] = None,
    source: Annotated[str | None, typer.Option(help="With --model: the plates.")] = None,
    ocio: Annotated[
        Path | None,
        typer.Option(help="With --model: where the studio's OCIO config is here."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Give every frame its colour back. Frames that are there and still true are kept.

    Example: chromaresolve recover sh010 --check 5

    Example: chromaresolve recover --model model.onnx --source 'plates/A_####.exr' --out recovered
    """
    screen = Screen(as_json=json)
    if shot is not None and model is None and source is None:
        _recover_shot(screen, shot, frames, check, provider, out)
    elif shot is None and model is not None and source is not None and out is not None:
        _recover_headless(screen, model, source, frames, check, provider, out, ocio)
    else:
        raise UsageError("recover: name a SHOT, or --model, --source and --out together")


def _recover_shot(
    screen: Screen,
    folder: Path,
    frames: str | None,
    check: int | None,
    provider: str,
    out: Path | None,
) -> None:
    from chromaresolve.recovery import recover as recover_shot
    from chromaresolve.shot import FrameRange, Shot

    wanted = FrameRange.parse(frames) if frames else None
    with screen.progress("recover") as tell:
        made = recover_shot(
            Shot.load(folder),
            frames=wanted,
            check=check,
            provider=provider,
            out=out,
            say=screen.say,
            on_progress=tell,
        )
    where = out or made.path("recovered")
    record = made.made.get("recovery")
    screen.finish(f"recovered: {where}", record.model_dump() if record else {"out": str(where)})


def _recover_headless(
    screen: Screen,
    model: Path,
    source: str,
    frames: str | None,
    check: int | None,
    provider: str,
    out: Path,
    ocio: Path | None,
) -> None:
    from chromaresolve.frames import Sequence
    from chromaresolve.recovery import recover_headless
    from chromaresolve.shot import FrameRange

    with screen.progress("recover") as tell:
        rendering = recover_headless(
            model,
            Sequence.find(source, Path.cwd()),
            frames=FrameRange.parse(frames) if frames else None,
            check=check,
            provider=provider,
            out=out,
            ocio=ocio,
            say=screen.say,
            on_progress=tell,
        )
    making = rendering.making
    count = len(making.written) + len(making.kept)
    screen.finish(
        f"recovered {count} frames: {out}",
        {
            "out": str(out),
            "written": len(making.written),
            "kept": len(making.kept),
            "gamut_share": rendering.gamut_share,
            "seconds": making.seconds,
        },
    )
