"""How many cuts are found in faded films, side by side with PySceneDetect's detectors.

    python benchmarks/cuts.py [--films 5] [--seed 0]

Each film has painted shots of 16 to 32 frames in which cameras pan and zoom and people walk. The
first join and three in four of the others are cuts, the rest dissolves of 12 frames; the first shot
has a flash of two frames. Every film is looked at fresh, grainy, flickering and faded. A cut that
is found within a frame of its place is right, one in a dissolve counts for nothing, and any other
is false.

PySceneDetect runs as it comes but for its shortest scene, which is 4 frames: what is shorter is a
flash to our detector as well. Without it (`pip install scenedetect`) our detector runs alone.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from chromaresolve.fade import EXTREME, MILD, SEVERE
from chromaresolve.turnover.cuts import find_cuts
from footage import (
    Frames,
    dissolved,
    faded,
    numbers_of,
    paint_shot,
    tones_of,
    with_flicker,
    with_grain,
)

SHOTS = 8
"""Shots of a film."""

DISSOLVE = 12
"""Frames of a dissolve."""

CUTS = 0.75
"""Share of joins that are cuts, beside the first."""

FLASH = 0.8
"""Gain of light in a flash, added to what is there."""

SHORTEST = 4
"""Frames of the shortest scene that PySceneDetect is to find."""

NEAR = 1
"""Frames by which a cut may be found beside its place."""

MOVES: tuple[dict[str, Any], ...] = (
    {},
    {"pan": 4.0},
    {"pan": 8.0},
    {"pan": 0.0, "action": 0.0},
    {"pan": 1.0, "action": 3.0},
    {"zoom": 0.02},
    {"zoom": -0.02, "pan": 2.0},
)
"""What cameras and people do."""

AGES: Mapping[str, Callable[[Frames, int], Frames]] = {
    "fresh": lambda frames, _: frames,
    "grainy": lambda frames, seed: with_grain(frames, 0.06, seed=seed),
    "flickering": lambda frames, seed: with_flicker(frames, 0.06, seed=seed),
    "mildly faded": lambda frames, seed: faded(frames, MILD, seed=seed),
    "severely faded": lambda frames, seed: faded(frames, SEVERE, seed=seed),
    "extremely faded": lambda frames, seed: faded(frames, EXTREME, seed=seed),
}
"""What has happened to the film since."""

Detector = Callable[[Frames], tuple[int, ...]]
"""Finds the first frame of each shot but the first, numbered from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Frames whose editing is known."""

    frames: Frames
    """Fresh, display encoded."""
    cuts: tuple[int, ...]
    """First frame of each shot that begins with a cut, numbered from 1."""
    mixed: frozenset[int]
    """Frames in dissolves, and those next to them."""


@dataclass(slots=True)
class Score:
    """What one detector found in films of one age."""

    right: int = 0
    missed: int = 0
    false: int = 0
    seconds: float = 0.0

    def add(self, film: Film, found: tuple[int, ...], seconds: float) -> None:
        """Count what was found in a film."""
        right = sum(any(abs(cut - one) <= NEAR for one in found) for cut in film.cuts)
        strange = [one for one in found if all(abs(cut - one) > NEAR for cut in film.cuts)]
        self.right += right
        self.missed += len(film.cuts) - right
        self.false += sum(one not in film.mixed for one in strange)
        self.seconds += seconds

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / max(self.right + self.false, 1)

    @property
    def recall(self) -> float:
        """Share of the cuts that were found."""
        return self.right / max(self.right + self.missed, 1)


def make_film(seed: int) -> Film:
    """Return a film with cuts, dissolves, a flash and cameras that move."""
    numbers = np.random.default_rng(seed)
    frames, cuts, mixed = _shot(seed, 0, numbers), [], set[int]()
    for shot in range(1, SHOTS):
        following = _shot(seed, shot, numbers)
        # The first shot has the flash, and needs frames of its own for it.
        if numbers.random() < CUTS or shot == 1:
            cuts.append(len(frames) + 1)
            frames = np.concatenate([frames, following])
        else:
            mixed |= set(range(len(frames) - DISSOLVE, len(frames) + 2))
            frames = dissolved(frames, following, DISSOLVE)
    flash = int(numbers.integers(8, 13))
    frames[flash : flash + 2] = 0.2 + FLASH * frames[flash : flash + 2]
    return Film(frames=frames, cuts=tuple(cuts), mixed=frozenset(mixed))


def _shot(seed: int, shot: int, numbers: np.random.Generator) -> Frames:
    moves = MOVES[int(numbers.integers(len(MOVES)))]
    return paint_shot(1000 * seed + shot, int(numbers.integers(16, 33)), **moves)


def detect_ours(frames: Frames) -> tuple[int, ...]:
    """Find cuts as `check` does, in small pictures."""
    return find_cuts(tones_of(frames), numbers_of(frames)).cuts


def detect_theirs(name: str) -> Detector:
    """Return a detector of PySceneDetect, which reads the frames from a film file."""
    theirs = importlib.import_module("scenedetect")

    def detector(frames: Frames) -> tuple[int, ...]:
        with tempfile.TemporaryDirectory() as folder:
            film = Path(folder) / "film.avi"
            _write_film(film, frames)
            scenes = theirs.detect(str(film), getattr(theirs, name)(min_scene_len=SHORTEST))
        return tuple(int(begin.frame_num) + 1 for begin, _ in scenes[1:])

    return detector


def _write_film(path: Path, frames: Frames) -> None:
    height, width = frames.shape[1:3]
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 24, (width, height))
    film.set(cv2.VIDEOWRITER_PROP_QUALITY, 100)
    for rgb in frames:
        codes = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
        film.write(np.ascontiguousarray(codes[..., ::-1]))
    film.release()


def compare(films: list[Film], detectors: Mapping[str, Detector]) -> dict[tuple[str, str], Score]:
    """Return the score of each detector for each age."""
    scores = {(age, name): Score() for age in AGES for name in detectors}
    for place, film in enumerate(films):
        for age, aged in AGES.items():
            frames = aged(film.frames, place)
            for name, detector in detectors.items():
                begin = time.perf_counter()
                found = detector(frames)
                scores[age, name].add(film, found, time.perf_counter() - begin)
    return scores


def main() -> None:
    """Print precision and recall of each detector for each age."""
    parser = argparse.ArgumentParser(description="Compare cut detectors.")
    parser.add_argument("--films", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    detectors: dict[str, Detector] = {"ours": detect_ours}
    if importlib.util.find_spec("scenedetect"):
        for name in ("ContentDetector", "AdaptiveDetector"):
            detectors[name] = detect_theirs(name)
    else:
        print("scenedetect is not installed: type `pip install scenedetect` to compare with it")
    films = [make_film(asked.seed + n) for n in range(asked.films)]
    frames, cuts = sum(len(film.frames) for film in films), sum(len(film.cuts) for film in films)
    print(f"{len(films)} films, {frames} frames, {cuts} cuts\n")
    print(f"{'age':<16} {'detector':<17} precision  recall  missed  false  seconds")
    for (age, name), score in compare(films, detectors).items():
        print(
            f"{age:<16} {name:<17} {score.precision:9.2f} {score.recall:7.2f} {score.missed:7d} "
            f"{score.false:6d} {score.seconds:8.1f}"
        )


if __name__ == "__main__":
    main()
