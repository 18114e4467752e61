"""`chromaresolve bench`."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen


def bench(
    *,
    size: Annotated[str, typer.Option(help="hd, 2k, 4k, or several: 2k,4k.")] = "2k",
    provider: Annotated[
        str, typer.Option(help="As for `recover`, or several: cuda,tensorrt.")
    ] = "auto",
    model: Annotated[Path | None, typer.Option(help="Your model.onnx, not the demo's.")] = None,
    plates: Annotated[str, typer.Option(help="EXR compression of the plates.")] = "zip",
    compression: Annotated[str, typer.Option(help="And of the recovered frames.")] = "zip",
    frames: Annotated[int | None, typer.Option(min=1, help="Frames of the whole.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="About how long the whole takes.")] = 20.0,
    folder: Annotated[
        Path | None, typer.Option(help="A folder on the disk that is to be measured.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Measure how fast this machine recovers, which part is the limit, and what would help.

    Example: chromaresolve bench --size 2k,4k --folder /mnt/renders
    """
    from chromaresolve.bench import Wish, find_limit, tell_trial
    from chromaresolve.bench import bench as measure

    screen = Screen(as_json=json)
    trials = []
    for one_size, one_provider in product(size.split(","), provider.split(",")):
        wish = Wish(
            size=one_size,
            provider=one_provider,
            model=model,
            plates=plates,
            compression=compression,
            frames=frames,
            seconds=seconds,
            folder=folder,
        )
        with screen.progress("bench") as tell:
            trials.append(measure(wish, say=screen.say, on_progress=tell))
    screen.finish(
        "\n\n".join(map(tell_trial, trials)),
        {"trials": [{**trial.as_facts(), "limit": find_limit(trial)} for trial in trials]},
    )
