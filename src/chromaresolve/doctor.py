"""What is installed on this machine, what is missing, and what to type."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal

from chromaresolve import __version__

NEEDED = {
    "numpy": "numpy",
    "OpenImageIO": "OpenImageIO",
    "opencolorio": "PyOpenColorIO",
    "opencv-python-headless": "cv2",
    "scipy": "scipy",
    "pydantic": "pydantic",
    "fileseq": "fileseq",
}
"""Distributions that come with ChromaResolve, and the module each brings."""

FOR_TRAINING = {"torch": "torch", "onnx": "onnx", "onnxscript": "onnxscript"}
"""Distributions of the extra `train`."""

RUNTIMES = ("onnxruntime", "onnxruntime-gpu")
"""The wheels that run a model; both fill the folder `onnxruntime`, so only one may be there."""

LEAST_FREE_BYTES = 20 * 2**30
"""A 2K shot of a minute is 1,440 frames of some 10 MB, twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    verdict: Literal["ok", "note", "missing"]
    """`missing`: something that a command needs. `note`: good to know."""
    subject: str
    """What was looked at."""
    sentence: str
    """What was found, and what to type."""


def examine() -> tuple[Finding, ...]:
    """Look at this machine; change nothing."""
    return (
        Finding(verdict="ok", subject="ChromaResolve", sentence=__version__),
        _python(),
        *(_needed(name, module) for name, module in NEEDED.items()),
        *_runtime(),
        *_training(),
        _disk(),
    )


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    cores = os.cpu_count() or 1
    return Finding(verdict="ok", subject="Python", sentence=f"{found}, {cores} cores")


def _needed(name: str, module: str) -> Finding:
    if util.find_spec(module) is None:
        line = f"type `{_pip()} install --force-reinstall {name}`"
        return Finding(verdict="missing", subject=name, sentence=line)
    return Finding(verdict="ok", subject=name, sentence=_version(name) or "there")


def _runtime() -> Iterator[Finding]:
    there = [name for name in RUNTIMES if _version(name)]
    if not there:
        line = f"type `{_pip()} install 'chromaresolve[cpu]'`, or [gpu] with an NVIDIA GPU"
        yield Finding(verdict="missing", subject="onnxruntime", sentence=line)
        return
    if len(there) == 2:
        line = (
            "both wheels are installed and overwrite each other: type "
            f"`{_pip()} uninstall onnxruntime onnxruntime-gpu`, then install one of [cpu] and [gpu]"
        )
        yield Finding(verdict="missing", subject="onnxruntime", sentence=line)
        return
    from chromaresolve.recovery.providers import installed_providers

    names = ", ".join(installed_providers())
    sentence = f"{there[0]} {_version(there[0])}, providers: {names}"
    yield Finding(verdict="ok", subject="onnxruntime", sentence=sentence)


def _training() -> Iterator[Finding]:
    absent = [name for name, module in FOR_TRAINING.items() if util.find_spec(module) is None]
    if absent:
        names = ", ".join(absent)
        line = f"{names} not there: to train, type `{_pip()} install 'chromaresolve[train]'`"
        yield Finding(verdict="note", subject="training", sentence=line)
        return
    from chromaresolve.training.device import choose_device

    device, reason = choose_device("auto")
    sentence = f"torch {_version('torch')}, would train on {device.type}: {reason}"
    yield Finding(verdict="ok", subject="training", sentence=sentence)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    sentence = f"{free / 2**30:.0f} GiB free in {Path.cwd()}"
    if free < LEAST_FREE_BYTES:
        return Finding(verdict="note", subject="disk", sentence=f"{sentence}: little for film")
    return Finding(verdict="ok", subject="disk", sentence=sentence)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _pip() -> str:
    return f"{Path(sys.executable).name} -m pip"
