"""`chromaresolve recover`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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
    check: Annotated[
        int | None, typer.Option(min=1, help="Only the first N frames: look before the rest.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Only every Nth frame: a proxy.")] = 1,
    provider: Annotated[
        str, typer.Option(help="auto, tensorrt, cuda, directml, coreml, openvino or cpu.")
    ] = "auto",
    fp16: Annotated[
        bool, typer.Option("--fp16", help="The half-precision model, proven on the first frame.")
    ] = False,
    deliver: Annotated[
        str | None, typer.Option(help="display, for Resolve; aces2065-1, for archives.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Frames at once; the bound of memory.")
    ] = None,
    tile: Annotated[
        int | None, typer.Option(min=0, help="Tile edge, a multiple of 64; 0: what suits.")
    ] = None,
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
    if tile and (tile % 64 or tile < 256):
        raise UsageError(f"--tile {tile}: write 0, or a multiple of 64 from 256")
    screen = Screen(as_json=json)
    asked = {
        "check": check,
        "every": every,
        "provider": provider,
        "fp16": fp16,
        "deliver": deliver,
        "out": out,
        "workers": workers,
        "tile": tile,
    }
    if shot is not None and model is None and source is None:
        _recover_shot(screen, shot, frames, asked)
    elif shot is None and model is not None and source is not None and out is not None:
        _recover_headless(screen, model, source, frames, asked, out, ocio)
    else:
        raise UsageError("recover: name a SHOT, or --model, --source and --out together")


def _recover_shot(
    screen: Screen, folder: Path, frames: str | None, asked: Mapping[str, Any]
) -> None:
    from chromaresolve.recovery import Wish
    from chromaresolve.recovery import recover as recover_shot
    from chromaresolve.recovery.delivery import Delivery
    from chromaresolve.shot import FrameRange, Shot

    wish = Wish(frames=FrameRange.parse(frames) if frames else None, **asked)
    with screen.progress("recover") as tell:
        made = recover_shot(Shot.load(folder), wish, say=screen.say, on_progress=tell)
    where = wish.out or made.path(Delivery.of(made.recovery, wish.deliver).folder)
    record = made.made.get("recovery")
    screen.finish(f"recovered: {where}", record.model_dump() if record else {"out": str(where)})


def _recover_headless(
    screen: Screen,
    model: Path,
    source: str,
    frames: str | None,
    asked: Mapping[str, Any],
    out: Path,
    ocio: Path | None,
) -> None:
    from chromaresolve.frames import Sequence
    from chromaresolve.recovery import Wish, recover_headless
    from chromaresolve.shot import FrameRange

    wish = Wish(frames=FrameRange.parse(frames) if frames else None, **asked)
    with screen.progress("recover") as tell:
        rendering = recover_headless(
            model,
            Sequence.find(source, Path.cwd()),
            wish,
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
            **rendering.means,
            "seconds": making.seconds,
        },
    )
