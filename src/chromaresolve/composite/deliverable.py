"""What the composite is delivered as: one kind of file for each way to merge, made frame by frame.

A deliverable says which sequences a frame is made from and how. Made alike for all: what is on disk
already and still true is kept, one frame's failure costs no other, header and sidecar say what was
merged with what.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chromaresolve import __version__
from chromaresolve.files import sha256, write_text
from chromaresolve.frames import (
    LOSSLESS,
    RECIPE_KEY,
    Frame,
    Header,
    Making,
    Sequence,
    frame_path,
    header_if_made,
    make_frames,
    read_frame,
    write_frame,
)
from chromaresolve.recovery.delivery import recovered_pattern
from chromaresolve.recovery.provenance import DIGITAL_SOURCE_TYPE
from chromaresolve.shot import FrameRange, Shot, content_fingerprint
from chromaresolve.telling import Progress, Say

COMPOSITE_KEY = "chromaresolve:composite"
"""The header attribute that says what was merged with what."""

Numbers = Mapping[str, float]
"""What was measured on a frame, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """One way to merge, with everything it needs of a shot."""

    ending: str
    """What its files are called after the shot's name: `COMP`."""
    method: str
    """Changes when the same frames would give other pixels: old composites are made again."""
    words: str
    """What is merged with what, with `{0}` and so on for the sequences or files."""
    sequences: tuple[Sequence, ...]
    """What a frame is made from; the first is the one whose colour is replaced."""
    merge: Callable[[list[Frame]], tuple[Frame, Numbers]]
    """Makes a frame of one frame of each sequence, and measures it."""
    numbers: tuple[str, ...]
    """The names of what it measures; the header keeps each as `chromaresolve:<name>`."""
    compression: str
    """EXR compression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of a deliverable."""

    making: Making
    """Frames written, kept, and failed."""
    means: Numbers
    """The mean of each number over the frames."""
    sidecar: Path
    """The file beside the frames that tells their story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What to make of which shot, and where."""

    shot: Shot
    deliverable: Deliverable
    out: Path

    @property
    def stem(self) -> str:
        return f"{self.shot.shot.name}_{self.deliverable.ending}"

    @property
    def sidecar(self) -> Path:
        return self.out / f"{self.stem}.json"

    @property
    def words(self) -> str:
        return self.deliverable.words.format(*(s.pattern for s in self.deliverable.sequences))


def recovered_frames(shot: Shot) -> Sequence:
    """Find the shot's recovered frames.

    Raises:
        FrameError: There is none.
    """
    return Sequence.find(recovered_pattern(shot), shot.root)


def recovery_sidecar(shot: Shot) -> Path:
    """Return the sidecar that tells the story of a recovery that was made."""
    return shot.path(next(iter(shot.made["recovery"].outputs)))


def is_lossless(compression: str) -> bool:
    """Say whether an EXR compression gives back every value."""
    return compression.partition(":")[0] in LOSSLESS


def deliver(
    shot: Shot,
    deliverable: Deliverable,
    *,
    frames: FrameRange,
    out: Path,
    say: Say,
    on_progress: Progress,
) -> Delivery:
    """Make every frame of a deliverable.

    Raises:
        StageError: Some frames could not be merged; all others were.
    """
    job = _Job(shot=shot, deliverable=deliverable, out=out)
    say(job.words)
    measured: list[Numbers] = []
    making = make_frames(
        frames,
        lambda number: _merge_on_disk(job, number, measured),
        plates=deliverable.sequences[0],
        out=out,
        participle="merged",
        say=say,
        on_progress=on_progress,
    )
    means = {name: _mean([one[name] for one in measured]) for name in deliverable.numbers}
    delivery = Delivery(making=making, means=means, sidecar=job.sidecar)
    _write_sidecar(job, delivery)
    making.require_whole(out, "merged")
    return delivery


def _merge_on_disk(job: _Job, number: int, measured: list[Numbers]) -> bool:
    """Merge one frame on disk; return False if it was there already and still true."""
    deliverable = job.deliverable
    files = [sequence.path(number) for sequence in deliverable.sequences]
    target = frame_path(f"{job.stem}_####.exr", number, job.out)
    prints = {file: sha256(file) for file in files}
    made_from = [deliverable.method, *(prints[file] for file in files), deliverable.compression]
    recipe = content_fingerprint([*made_from, job.shot.crop.model_dump(exclude={"found"})])
    there = header_if_made(target, recipe)
    if there is not None:
        measured.append({name: _number_in(there, name) for name in deliverable.numbers})
        return False
    # A file that stands in two places is read once, and is one and the same frame in both.
    read = {file: read_frame(file) for file in prints}
    frame, numbers = deliverable.merge([read[file] for file in files])
    notes = {
        COMPOSITE_KEY: deliverable.words.format(*(file.name for file in files)),
        RECIPE_KEY: recipe,
    }
    write_frame(
        target,
        frame,
        compression=deliverable.compression,
        attributes={**notes, **{_key(name): numbers[name] for name in deliverable.numbers}},
    )
    measured.append(numbers)
    return True


def _key(name: str) -> str:
    return f"chromaresolve:{name}"


def _number_in(header: Header, name: str) -> float:
    return float(str(header.attributes.get(_key(name), 0.0)))


def _mean(numbers: list[float]) -> float:
    return float(np.mean(numbers)) if numbers else 0.0


def _write_sidecar(job: _Job, delivery: Delivery) -> None:
    content = {
        "tool": f"ChromaResolve {__version__}",
        "IPTCDigitalSourceType": DIGITAL_SOURCE_TYPE,
        "composite": job.words,
        "frames": delivery.making.frames,
        "measured": {
            **{name: round(mean, 6) for name, mean in delivery.means.items()},
            "failed": [str(failure) for failure in delivery.making.failures],
        },
        "recovery": json.loads(recovery_sidecar(job.shot).read_text(encoding="utf-8")),
    }
    write_text(job.sidecar, json.dumps(content, indent=2) + "\n")
