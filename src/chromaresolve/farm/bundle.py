"""A job bundle on disk: the template, its parameters' values, and what the farm must carry along.

The three files are those of Deadline Cloud's job bundles; `openjd run` takes the template alone.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from chromaresolve.errors import MissingExtraError
from chromaresolve.farm.checking import check_job
from chromaresolve.farm.job import FarmJob
from chromaresolve.farm.template import JsonObject, job_template
from chromaresolve.files import write_text
from chromaresolve.shot import Shot
from chromaresolve.telling import Say

FOLDER = "farm"
"""Where a bundle is written in the shot's folder, where no other place is named."""

TEMPLATE = "template.json"
"""The file that is the job; the others help to submit it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A job bundle as it was written."""

    folder: Path
    """The bundle's folder."""
    shot_root: str
    """The shot's folder, as this machine sees it."""
    steps: tuple[str, ...]
    """The steps' names, in order."""
    checked_by: str | None
    """What checked the job; None where openjd-model is not installed."""

    @property
    def run_line(self) -> str:
        """What to type to run the job on this machine."""
        template = str(self.folder / TEMPLATE)
        return shlex.join(["openjd", "run", template, "-p", f"Shot={self.shot_root}"])

    @property
    def submit_line(self) -> str:
        """What to type to submit the job to Deadline Cloud."""
        return shlex.join(["deadline", "bundle", "submit", str(self.folder)])


def write_bundle(
    shot: Shot, job: FarmJob, *, out: Path | None = None, must_check: bool = False, say: Say
) -> Bundle:
    """Write a shot's farm job as a bundle.

    Args:
        shot: The shot.
        job: What the farm must do for it.
        out: The bundle's folder; None for `farm` in the shot's folder.
        must_check: Insist that openjd-model checks the job.
        say: Told what the farm must know.

    Raises:
        StageError: A farm would refuse the job, or the disk does not take the files.
        MissingExtraError: openjd-model is not installed, and it was insisted on.
    """
    folder = out or shot.path(FOLDER)
    # Not resolved: where a link in a studio's path leads is each machine's own affair.
    root = os.path.normpath(shot.root.absolute())
    template = job_template(job)
    checked_by = check_job(template, {"Shot": root}, folder)
    if must_check and checked_by is None:
        raise MissingExtraError("openjd-model", "farm")
    _tell(shot, job, say)
    values = [{"name": "Shot", "value": root}]
    _write(folder / TEMPLATE, template)
    _write(folder / "parameter_values.json", {"parameterValues": values})
    _write(folder / "asset_references.json", {"assetReferences": _asset_references(shot)})
    names = tuple(step["name"] for step in template["steps"])
    return Bundle(folder=folder, shot_root=root, steps=names, checked_by=checked_by)


def _tell(shot: Shot, job: FarmJob, say: Say) -> None:
    if not job.needs_gpu:
        say("any machine may take the job: say --gpu to ask for a graphics card")
    if not job.is_whole:
        say(
            f"frames {job.frames} are not the whole shot: its record and report are left as they "
            "are"
        )
    for name in _outside(shot):
        say(
            f"{name!r} is not named from within the shot's folder: every machine of the farm must "
            "see it under that name"
        )


def _asset_references(shot: Shot) -> JsonObject:
    """Return what lies outside the shot's folder, which the parameter `Shot` does not bring."""
    there = [Path(os.path.normpath(shot.path(name).absolute())) for name in _outside(shot)]
    return {
        "inputs": {
            "filenames": [str(path) for path in there if path.is_file()],
            # What is no file is a sequence's pattern.
            "directories": sorted({str(path.parent) for path in there if not path.is_file()}),
        },
        "outputs": {"directories": []},
        "referencedPaths": [],
    }


def _outside(shot: Shot) -> list[str]:
    """Return what the manifest names by a whole path, or by one that leads out of the folder."""
    names = [
        shot.source.scan,
        shot.source.balanced,
        shot.source.master,
        shot.reference.sequence,
        shot.colour.ocio,
        *(pair.mask for pair in shot.pair),
    ]
    named = dict.fromkeys(name for name in names if name)
    return [
        name
        for name in named
        if Path(name).is_absolute() or Path(os.path.normpath(name)).parts[0] == os.pardir
    ]


def _write(path: Path, content: JsonObject) -> None:
    write_text(path, json.dumps(content, indent=2) + "\n")
