"""How near the demo came to the truth, on frames that the network never saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chromaresolve.baseline import cube_path, recolour
from chromaresolve.colour import (
    delta_e_2000,
    luma_chroma_to_rgb,
    measure_luma_law,
    rgb_to_chroma,
    rgb_to_luma,
)
from chromaresolve.composite import recovered_frames
from chromaresolve.cube import Cube, read_cube
from chromaresolve.demo.shoot import REFERENCE_FRAMES, SCAN, TRUTH
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.shot import Shot

VERSIONS = ("faded scan", "balanced plate", "LUT baseline", "recovered")
"""What is measured, from first to last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """One frame in all its versions, display-encoded Rec.709 2.4."""

    frame: int
    """Frame number."""
    pictures: Mapping[str, Rgb]
    """By the names in `VERSIONS`; the last two have the balanced plate's luma."""
    truth: Rgb
    """The balanced plate's luma with the true chroma: what every version is measured against."""
    original: Rgb
    """The unfaded film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Mean dE2000 over all pixels of the frames never seen, and the luma law over every frame."""

    frames: tuple[int, ...]
    """The frames measured: none of them has a Reference."""
    to_truth: Mapping[str, float]
    """To the input plate's luma with the true chroma."""
    to_original: Mapping[str, float]
    """To the unfaded film, luma and all."""
    luma_largest: float
    """Largest luma error of any pixel of any recovered frame."""
    luma_share: float
    """Largest share of what the luma law allows; at most 1 if it holds on every pixel."""


def score(shot: Shot) -> Score:
    """Measure the finished demo against the truth it was made from."""
    unseen = [frame for frame in shot.shot.frames if frame not in REFERENCE_FRAMES]
    to_truth: dict[str, list[float]] = {name: [] for name in VERSIONS}
    to_original: dict[str, list[float]] = {name: [] for name in VERSIONS}
    for versions in load_versions(shot, unseen):
        for name, picture in versions.pictures.items():
            to_truth[name].append(float(delta_e_2000(picture, versions.truth).mean()))
            to_original[name].append(float(delta_e_2000(picture, versions.original).mean()))
    largest, share = _luma(shot)
    return Score(
        frames=tuple(unseen),
        to_truth={name: float(np.mean(values)) for name, values in to_truth.items()},
        to_original={name: float(np.mean(values)) for name, values in to_original.items()},
        luma_largest=largest,
        luma_share=share,
    )


def load_versions(shot: Shot, frames: Iterable[int]) -> Iterable[Versions]:
    """Read frames in all their versions, one at a time."""
    cube = read_cube(cube_path(shot))
    sequences = {
        "faded scan": Sequence.find(SCAN, shot.root),
        "balanced plate": Sequence.find(shot.source.plate, shot.root),
        "recovered": recovered_frames(shot),
        "original": Sequence.find(TRUTH, shot.root),
    }
    for frame in frames:
        read = {name: read_rgb(sequence.path(frame)) for name, sequence in sequences.items()}
        yield _versions(frame, read, cube)


def _versions(frame: int, read: Mapping[str, Rgb], cube: Cube) -> Versions:
    plate, original = read["balanced plate"], read["original"]
    return Versions(
        frame=frame,
        pictures={
            "faded scan": read["faded scan"],
            "balanced plate": plate,
            "LUT baseline": recolour(plate, cube).rgb,
            "recovered": read["recovered"],
        },
        truth=luma_chroma_to_rgb(rgb_to_luma(plate), rgb_to_chroma(original)),
        original=original,
    )


def _luma(shot: Shot) -> tuple[float, float]:
    """Return the largest luma error, absolute and as a share of the law, over every pixel."""
    plates, recovered = Sequence.find(shot.source.plate, shot.root), recovered_frames(shot)
    laws = [
        measure_luma_law(read_rgb(recovered.path(frame)), read_rgb(plates.path(frame)))
        for frame in shot.shot.frames
    ]
    return max(law.largest for law in laws), max(law.worst_ratio for law in laws)


def sheet_path(shot: Shot) -> Path:
    """Return where the demo's contact sheet lies."""
    return shot.path("contact_sheet.png")
