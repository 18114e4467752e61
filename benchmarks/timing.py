"""Whether the content tells which Reference frame belongs to which Source frame.

    python benchmarks/timing.py [--cases 32] [--seed 0] [--each]

Each case films a picture with a camera that stands, pans, zooms or is held by hand; people (cut out
of another picture) walk about in it, or nothing moves by itself. The Source is faded and grainy;
the Reference is shifted, scaled, turned, soft, noisy, compressed, some frames early or late, at
another rate, or lacks a frame. The stated offset is 0. `seaside fair` is the demo's own scene.

Right: sure, and each frame has its own (between two rates: the nearest). Kept: not sure, the stated
offset is kept, and a sentence says why. Wrong: sure, and another frame. Where people move, or a
camera moves unevenly, the content tells: right must be 100 %. Where a camera glides evenly over a
still scene every offset fits, each with its own shift: only wrong must be 0 there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent / "balance"))

from pictures import pictures

from chromaresolve.demo.scene import draw_scene
from chromaresolve.fade import (
    EXTREME,
    MILD,
    MODERATE,
    SEVERE,
    Fading,
    Telecine,
    fade_frame,
    make_reference,
)
from chromaresolve.pairs.timing import Timing, match_frames
from chromaresolve.survey import Survey
from chromaresolve.survey.measures import measure_frame

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

WIDTH, HEIGHT = 480, 270
"""Of the film: five pixels to one of a survey's small pictures."""

COUNT = 30
"""Frames of a shot."""

FAIR = "seaside fair"
"""The scene with a camera and people of its own."""

EVEN = ("still", "slow pan", "pan", "fast pan", "zoom")
"""Cameras that glide evenly: without people they tell nothing about time."""

UNEVEN = ("pan that stops", "hand-held")
"""Cameras whose own way tells."""

TELLING, SILENT = "content tells", "nothing tells"
"""The two kinds of cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is filmed, and what became of it."""

    seed: int
    camera: str
    people: int
    offset: int
    rate: Fraction
    drop: int | None
    """The frame that the Reference lacks."""

    @property
    def kind(self) -> str:
        """Whether its content tells the time."""
        return TELLING if self.people or self.camera not in EVEN else SILENT


def make_case(seed: int) -> Case:
    """Choose one; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    cameras = (*EVEN, *UNEVEN, FAIR)
    camera = cameras[seed % len(cameras)]
    people = 0 if rng.uniform() < 0.35 else int(rng.integers(1, 5))
    people = 1 if camera == FAIR else people
    told = people or camera not in EVEN
    change = rng.uniform() if told else 0.0
    return Case(
        seed=seed,
        camera=camera,
        people=people,
        offset=int(rng.integers(-5, 6)),
        rate=Fraction(25, 24)
        if 0.7 < change < 0.8
        else Fraction(30, 24)
        if change > 0.9
        else Fraction(1),
        drop=int(rng.integers(10, 20)) if 0.8 < change < 0.9 else None,
    )


def film(case: Case, shown: dict[str, Picture]) -> list[Picture]:
    """Return the fresh film."""
    if case.camera == FAIR:
        return [
            draw_scene(frame, width=WIDTH, height=HEIGHT, frame_count=COUNT)
            for frame in range(COUNT)
        ]
    rng = np.random.default_rng([case.seed, 1])
    ground, other = (shown[name] for name in rng.choice(sorted(shown), 2, replace=False))
    size = 1.6 * max(WIDTH / ground.shape[1], HEIGHT / ground.shape[0])
    seen = [camera_at(case.camera, frame, case.seed) for frame in range(COUNT)]
    figures = [Figure(other, rng) for _ in range(case.people)]
    return [shoot(ground, size, view, figures, frame) for frame, view in enumerate(seen)]


def camera_at(camera: str, frame: int, seed: int) -> NDArray[np.float64]:
    """Return where the camera looks, in widths off the middle, and how close: (x, y, scale)."""
    rng = np.random.default_rng([seed, 2])
    middle, side = frame - COUNT / 2, rng.choice([-1, 1])
    steps = {"still": 0.0, "slow pan": 0.0008, "pan": 0.007, "fast pan": 0.017, "zoom": 0.0}
    x, y = side * steps.get(camera, 0.0) * middle, 0.3 * steps.get(camera, 0.0) * middle
    closer = 1.006**middle if camera == "zoom" else 1.0
    if camera == "pan that stops":
        x = side * 0.2 * (0.5 - 0.5 * np.cos(np.pi * min(1.0, frame / 20)) - 0.5)
    if camera == "hand-held":
        shake = np.cumsum(rng.normal(0, 0.004, (COUNT, 2)), axis=0)
        x, y = shake[frame] - shake.mean(axis=0)
    return np.array([x, y, closer])


class Figure:
    """Someone who walks through the scene: an oval of another picture."""

    def __init__(self, other: Picture, rng: np.random.Generator) -> None:
        """Cut it out and say where it goes."""
        wide = int(WIDTH * rng.uniform(0.07, 0.15))
        tall = int(1.7 * wide)
        x, y = (int(rng.integers(0, max(1, n - m))) for n, m in zip(
            other.shape[1::-1], (wide, tall), strict=True))  # fmt: skip
        self.cloth = np.ascontiguousarray(other[y : y + tall, x : x + wide])
        tall, wide = self.cloth.shape[:2]
        cover = np.zeros((tall, wide), np.float32)
        cv2.ellipse(
            cover, (wide // 2, tall // 2), (wide // 2 - 2, tall // 2 - 2), 0, 0, 360, 1.0, -1
        )
        self.cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 1.0), np.float32)
        self.start = np.array([rng.uniform(-0.3, 0.3), rng.uniform(-0.1, 0.15)])
        self.pace = rng.choice([-1, 1]) * rng.uniform(0.003, 0.008)
        self.beat, self.phase = rng.uniform(0.3, 0.7), rng.uniform(0, 6)

    def place(self, frame: int) -> NDArray[np.float64]:
        """Return where it is, in widths off the middle of the scene."""
        bob = 0.006 * np.sin(self.beat * frame + self.phase)
        return self.start + np.array([self.pace * (frame - COUNT / 2) + bob, bob])


def shoot(
    ground: Picture, size: float, view: NDArray[np.float64], figures: list[Figure], frame: int
) -> Picture:
    """Return what the camera sees."""
    x, y, closer = view
    scene = np.array([[closer, 0, WIDTH / 2 - closer * x * WIDTH],
                      [0, closer, HEIGHT / 2 - closer * y * WIDTH], [0, 0, 1]])  # fmt: skip
    tall, wide = ground.shape[:2]
    lay = scene @ [[size, 0, -size * wide / 2], [0, size, -size * tall / 2], [0, 0, 1]]
    picture = cv2.warpAffine(ground, lay[:2], (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
    for figure in figures:
        right, down = figure.place(frame) * WIDTH
        tall, wide = figure.cover.shape
        lay = scene @ [[1, 0, right - wide / 2], [0, 1, down - tall / 2], [0, 0, 1]]
        cloth = cv2.warpAffine(figure.cloth, lay[:2], (WIDTH, HEIGHT))
        cover = cv2.warpAffine(figure.cover, lay[:2], (WIDTH, HEIGHT))[..., np.newaxis]
        picture = picture + cover * (cloth - picture)
    return np.asarray(np.clip(picture, 0, 1), np.float32)


def surveys(case: Case, fresh: list[Picture]) -> tuple[Survey, Survey, list[int]]:
    """Return what is seen of the Source and of the Reference, and which film frames those are."""
    rng = np.random.default_rng([case.seed, 3])
    fading = Fading(
        retention=(MILD, MODERATE, SEVERE, EXTREME)[int(rng.integers(4))],
        grain=rng.uniform(0.005, 0.02), flicker=rng.uniform(0, 0.02), bits=10, seed=case.seed,
    )  # fmt: skip
    most = WIDTH / 64
    telecine = Telecine(
        size=(360, 288),
        shift_px=(float(rng.uniform(-most, most)), float(rng.uniform(-most, most))),
        scale=rng.uniform(0.98, 1.03), rotation_deg=rng.uniform(-0.8, 0.8),
        gains=(1.04, 1.0, 0.95), gamma=rng.uniform(0.9, 1.2), saturation=0.9,
        blur=rng.uniform(0.3, 1.0), chroma_blur=1.2, noise=rng.uniform(0, 0.01),
        jpeg_quality=80, seed=case.seed,
    )  # fmt: skip
    source = [fade_frame(picture, fading, frame=frame) for frame, picture in enumerate(fresh)]
    copies = [make_reference(picture, telecine, frame=n) for n, picture in enumerate(fresh)]
    shown = [min(COUNT - 1, round(n / case.rate)) for n in range(int(COUNT * case.rate))]
    shown = [frame for frame in shown if frame != case.drop]
    return (
        surveyed(source, first=1),
        surveyed([copies[frame] for frame in shown], first=1 + case.offset),
        shown,
    )


def surveyed(seen: list[Picture], *, first: int) -> Survey:
    """Return the survey of pictures."""
    rows = [measure_frame(picture) for picture in seen]
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return Survey(
        frames=tuple(range(first, first + len(seen))),
        unreadable={}, width=WIDTH, height=HEIGHT, **columns,
    )  # fmt: skip


def judge(case: Case, timing: Timing, shown: list[int]) -> str:
    """Say whether the answer is right, kept or wrong."""
    if not timing.is_sure:
        return "kept" if "kept" in timing.sentence else "wrong"
    slack = 0 if case.rate == 1 else 1
    late = [
        abs(shown[there - 1 - case.offset] - (here - 1)) > slack
        for here, there in timing.reference.items()
    ]
    # Around a missing frame a few may lie a frame beside; elsewhere none may.
    return "right" if sum(late) <= (3 if case.drop else 0) else "wrong"


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--each", action="store_true")
    asked = parser.parse_args()
    shown = pictures()
    tally: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    spent = 0.0
    for seed in range(asked.seed, asked.seed + asked.cases):
        case = make_case(seed)
        source, reference, frames = surveys(case, film(case, shown))
        begun = time.perf_counter()
        timing = match_frames(source, reference, stated=0)
        spent += time.perf_counter() - begun
        verdict = judge(case, timing, frames)
        tally[case.kind, case.camera][verdict] += 1
        tally[case.kind, "all"][verdict] += 1
        if asked.each or verdict == "wrong":
            print(verdict, case, timing.sentence)
    print(f"{'':14} {'camera':16} {'right':>6} {'kept':>6} {'wrong':>6}   cases")
    for (kind, camera), verdicts in sorted(tally.items()):
        shares = [100 * verdicts[name] / verdicts.total() for name in ("right", "kept", "wrong")]
        print(f"{kind:14} {camera:16} " + " ".join(f"{n:5.0f}%" for n in shares)
              + f"   {verdicts.total()}")  # fmt: skip
    print(f"{spent / asked.cases:.2f} s each")


if __name__ == "__main__":
    main()
