"""A shot at any stage without a picture, and what Open Job Description makes of its job."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openjd.model import (
    Job,
    StepParameterSpaceIterator,
    create_job,
    decode_job_template,
    preprocess_job_parameters,
)

from chromaresolve.farm import Bundle, plan_job, write_bundle
from chromaresolve.shot import FrameRange, Shot
from manifests import SMALL
from tiny import quiet

ALIGNED = ("alignment",)
"""Stages made where the farm must train."""

EXPORTED = ("alignment", "training", "model")
"""Stages made where it must only recover."""

OPENJD = Path(sys.executable).parent / "openjd"
"""Open Job Description's own command line."""


def write_farm_shot(root: Path, stages: Iterable[str], *, changed: str = "", to: str = "") -> Shot:
    """Write a manifest whose stages are made of nothing, so that each of them holds."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "shot.toml").write_text(SMALL.replace(changed, to) if changed else SMALL, "utf-8")
    shot = Shot.load(root)
    for stage in stages:
        shot = shot.with_made(stage, settings={}, inputs={}, outputs={}, measured={})
    return shot


def bundle_of(shot: Shot, out: Path | None = None, **wishes: Any) -> Bundle:
    """Write a shot's bundle."""
    return write_bundle(shot, plan_job(shot, **wishes), out=out, must_check=True, say=quiet)


def template_of(bundle: Bundle) -> dict[str, Any]:
    """The bundle's template."""
    content: dict[str, Any] = json.loads((bundle.folder / "template.json").read_text("utf-8"))
    return content


def job_of(bundle: Bundle, **values: str) -> Job:
    """What a farm makes of a bundle as it is submitted."""
    file = json.loads((bundle.folder / "parameter_values.json").read_text("utf-8"))
    given = {row["name"]: row["value"] for row in file["parameterValues"]} | values
    decoded = decode_job_template(
        template=template_of(bundle), supported_extensions=["TASK_CHUNKING"]
    )
    parameters = preprocess_job_parameters(
        job_template=decoded,
        job_parameter_values=given,
        job_template_dir=bundle.folder.absolute(),
        current_working_dir=Path.cwd(),
    )
    return create_job(job_template=decoded, job_parameter_values=parameters)


def chunks_of(job: Job) -> list[FrameRange]:
    """The frames of each task of the recovery, read as `--frames` reads them."""
    step = next(step for step in job.steps if step.name == "Recover")
    tasks = StepParameterSpaceIterator(space=step.parameterSpace)
    return [FrameRange.parse(str(task["Frame"].value)) for task in tasks]


def run_job(template: Path, *words: str, **values: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a job on this machine with Open Job Description's own command line."""
    given = [word for name, value in values.items() for word in ("-p", f"{name}={value}")]
    return subprocess.run(
        [str(OPENJD), "run", str(template), *given, *words],
        capture_output=True,
        text=True,
        check=False,
    )


def write_command(path: Path, code: str) -> Path:
    """Write a program in Python that takes the place of the command line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
