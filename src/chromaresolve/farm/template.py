"""A farm job as an Open Job Description template.

The form is that of the Template Schemas 2023-09 with the extension TASK_CHUNKING (RFC 0001). Paths
are parameters, so that a farm maps them; nothing of the shot's folder stands in the template.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeAlias

from chromaresolve.farm.job import FarmJob

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object, about to be written."""

MAX_NAME = 128
"""Characters of a job's name at most: section 1.1.1 of the schemas."""

SHOT = "{{Param.Shot}}"
"""The shot's folder, as the machine that runs the step sees it."""

WORDS = {
    # How the command line is to tell; the words are those of chromaresolve.cli.screen.
    "CHROMARESOLVE_PROGRESS": "openjd",
    # Runners read UTF-8; on Windows, Python writes to a pipe in the system's own code page.
    "PYTHONUTF8": "1",
}
"""Environment variables of every step."""


def job_template(job: FarmJob) -> JsonObject:
    """Return the job's template, to be written as JSON."""
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"ChromaResolve {job.shot_name}"[:MAX_NAME],
        "description": "Gives a shot of faded film its colour back.",
        "parameterDefinitions": _parameters(job),
        "jobEnvironments": [{"name": "ChromaResolve", "variables": WORDS}],
        "steps": _in_order(_steps(job)),
    }


def _parameters(job: FarmJob) -> list[JsonObject]:
    """Return what may be changed when the job is submitted."""
    parameters: list[JsonObject] = [
        {
            "name": "Shot",
            "type": "PATH",
            "objectType": "DIRECTORY",
            "dataFlow": "INOUT",  # codespell:ignore inout
            "description": "The shot's folder.",
        },
        {
            "name": "Frames",
            "type": "STRING",
            "default": str(job.frames),
            "minLength": 1,
            "description": "The frames to recover, such as 1-10,20-30:2.",
        },
        {
            "name": "Chunk",
            "type": "INT",
            "default": job.chunk,
            "minValue": 1,
            "description": "Frames of one task.",
        },
        {
            "name": "Provider",
            "type": "STRING",
            "default": "auto",
            "minLength": 1,
            "description": "What runs the model: auto, cpu, cuda, tensorrt, ...",
        },
        {
            "name": "Chromaresolve",
            "type": "STRING",
            "default": "chromaresolve",
            "minLength": 1,
            "description": "The command line's name, or its path, on the farm's machines.",
        },
    ]
    if job.minutes is not None:
        parameters.append(
            {
                "name": "Minutes",
                "type": "FLOAT",
                "default": job.minutes,
                "minValue": 0.01,
                "description": "How long to train.",
            }
        )
    return parameters


def _steps(job: FarmJob) -> list[JsonObject]:
    steps = []
    if job.trains:
        length = [] if job.minutes is None else ["--minutes={{Param.Minutes}}"]
        steps.append(_step("Train", ["train", SHOT, *length], needs_gpu=job.needs_gpu))
    if job.exports:
        steps.append(_step("Export", ["export", SHOT]))
    how = ["--provider={{Param.Provider}}", *(["--fp16"] if job.fp16 else [])]
    chunk = ["recover", SHOT, "--frames={{Task.Param.Frame}}", *how]
    steps.append({**_step("Recover", chunk, needs_gpu=job.needs_gpu), "parameterSpace": _chunks()})
    # It keeps what is done and makes what was lost, so it may need what a chunk needs.
    rest = [] if job.is_whole else ["--frames={{Param.Frames}}"]
    steps.append(_step("Gather", ["recover", SHOT, *rest, *how], needs_gpu=job.needs_gpu))
    if job.is_whole:
        steps.append(_step("Review", ["review", SHOT]))
        steps.append(_step("Report", ["report", SHOT]))
    return steps


def _chunks() -> JsonObject:
    """Return the tasks of the recovery: sets of frames, as `--frames` reads them."""
    frame = {
        "name": "Frame",
        "type": "CHUNK[INT]",
        "range": "{{Param.Frames}}",
        "chunks": {"defaultTaskCount": "{{Param.Chunk}}", "rangeConstraint": "NONCONTIGUOUS"},
    }
    return {"taskParameterDefinitions": [frame]}


def _step(name: str, words: list[str], *, needs_gpu: bool = False) -> JsonObject:
    run = {"command": "{{Param.Chromaresolve}}", "args": words}
    step: JsonObject = {"name": name, "script": {"actions": {"onRun": run}}}
    if needs_gpu:
        step["hostRequirements"] = {"amounts": [{"name": "amount.worker.gpu", "min": 1}]}
    return step


def _in_order(steps: list[JsonObject]) -> list[JsonObject]:
    """Let each step wait for the one before it."""
    waiting = [
        {**step, "dependencies": [{"dependsOn": before["name"]}]}
        for before, step in pairwise(steps)
    ]
    return [*steps[:1], *waiting]
