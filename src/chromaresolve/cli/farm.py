"""`chromaresolve farm`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chromaresolve.cli.screen import AsJson, Screen, ShotFolder


def farm(
    shot: ShotFolder,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the bundle here instead of SHOT/farm.")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, help="Frames of one task.")] = 50,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Train about this long; shot.toml's if not said."),
    ] = None,
    gpu: Annotated[
        bool, typer.Option("--gpu/--no-gpu", help="Train and recover where a graphics card is.")
    ] = False,
    fp16: Annotated[bool, typer.Option("--fp16", help="Recover in half precision.")] = False,
    frames: Annotated[str | None, typer.Option(help="Only these, such as 1-10,20-30:2.")] = None,
    train: Annotated[
        bool | None,
        typer.Option(
            "--train/--no-train", help="Train on the farm; where it is needed if not said."
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Insist that openjd-model checks the bundle.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Write the shot's work as a job for a render farm: an Open Job Description bundle.

    Example: chromaresolve farm sh010 --chunk 50 --gpu
    """
    from chromaresolve.farm import plan_job, write_bundle
    from chromaresolve.shot import FrameRange, Shot

    screen = Screen(as_json=json)
    loaded = Shot.load(shot)
    job = plan_job(
        loaded,
        frames=FrameRange.parse(frames) if frames else None,
        chunk=chunk,
        train=train,
        minutes=minutes,
        needs_gpu=gpu,
        fp16=fp16,
    )
    bundle = write_bundle(loaded, job, out=out, must_check=check, say=screen.say)
    checked = f"checked by {bundle.checked_by}" if bundle.checked_by else "not checked"
    screen.finish(
        f"{', '.join(bundle.steps)}; {len(job.frames)} frames in {job.tasks} tasks; "
        f"{checked}\nrun it here: {bundle.run_line}\nsubmit it: {bundle.submit_line}",
        {
            "bundle": str(bundle.folder),
            "steps": list(bundle.steps),
            "frames": str(job.frames),
            "tasks": job.tasks,
            "checked_by": bundle.checked_by,
            "run": bundle.run_line,
            "submit": bundle.submit_line,
        },
    )
