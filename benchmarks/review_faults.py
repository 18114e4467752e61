"""How many planted faults the review finds, and how many good frames it flags.

    python benchmarks/review_faults.py [--clean 21] [--faulty 6] [--seed 1000]

Every shot is a moving scene (painted, the demo's, or a photograph under a moving camera), faded,
and recovered as a network recovers: soft chroma, a little off, noisy, and not quite steady. Some
have a flash, a fade-out or a lamp that is dimmed; those are the film's own. Clean shots must be
silent. In faulty ones one fault at a time is planted, as strong as a colourist would notice, and
half of that.

The limits were set on seeds below 1000, those of flicker, of steps while light changes and of the
gamut in a flash on clean seeds from 2000 to 3021 as well. Photographs
need scikit-image; without it the shots are painted.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import planted
from chromaresolve.colour import merge_chroma, rgb_to_chroma, rgb_to_luma
from chromaresolve.demo.scene import draw_scene
from chromaresolve.fade import MILD, MODERATE, SEVERE, Fading
from chromaresolve.frames import write_rgb
from chromaresolve.review.faults import Faults, find_faults
from chromaresolve.review.record import Kind
from chromaresolve.review.skin import is_skin
from chromaresolve.shot import Shot
from chromaresolve.shot.tables import CropTable
from footage import paint_shot
from planted import Frames, Network, Recovered

WIDTH, HEIGHT = 480, 270
"""Of every frame."""

CLEAN_FRAMES, FAULTY_FRAMES = 24, 16
"""Frames of a shot."""

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket")
"""Pictures of scikit-image in colour."""

SKIN = 0.02
"""Share of a picture with the colour of skin in which a fault of skin is planted."""

MOVES: tuple[dict[str, float], ...] = (
    {},
    {"pan": 2.0},
    {"pan": 4.0, "action": 2.0},
    {"pan": 0.0, "action": 0.0},
    {"zoom": 0.01},
    {"pan": 0.0, "action": 3.0},
)
"""What cameras and people do in painted shots."""


EVERY = tuple(range(1, FAULTY_FRAMES + 1))
"""Frames of a faulty shot."""

LIT = FAULTY_FRAMES - FAULTY_FRAMES // 4
"""Its last frame that no fade-out has begun in: nobody sees the hue of black."""

PAIR = 8
"""Its frame that has a Reference."""

Planting = Callable[[Path, Recovered], Shot]
"""Plants a fault into the files of a shot that is there, given what it was made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A fault to plant."""

    name: str
    kind: Kind
    strength: str
    frames: tuple[int, ...]
    """Where it is: one of these must be flagged with its kind."""
    explained: frozenset[int]
    """Frames whose flag is no false one: the planted, and those that must show it too."""
    plant: Planting
    """Writes it into a shot that is there already."""


def main() -> None:
    """Print what is found."""
    parser = argparse.ArgumentParser(description="Measure the review's faults.")
    parser.add_argument("--clean", type=int, default=21)
    parser.add_argument("--faulty", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--show", action="store_true", help="every flag of good frames")
    parser.add_argument("--only", default="", help="only faults whose name begins so")
    asked = parser.parse_args()
    began = time.perf_counter()
    _clean(range(asked.seed, asked.seed + asked.clean), show=asked.show)
    first = asked.seed + 500
    _faulty(range(first, first + asked.faulty), show=asked.show, only=asked.only)
    print(f"{time.perf_counter() - began:.0f} s")


def _clean(seeds: Iterable[int], *, show: bool) -> None:
    flagged, frames, kinds = 0, 0, Counter[str]()
    for seed in seeds:
        shot = make_shot(seed, CLEAN_FRAMES)
        with tempfile.TemporaryDirectory() as folder:
            found = review(planted.write(Path(folder), shot, pairs=(3, 17)))
        frames += len(shot.plates)
        flagged += len(found.reasons)
        for frame, reasons in found.reasons.items():
            kinds.update(reason.kind for reason in reasons)
            if show:
                print(f"  seed {seed} frame {frame}: {reasons[0].kind}: {reasons[0].sentence}")
    if frames:
        share = flagged / frames
        print(f"clean: {frames} frames, {flagged} flagged ({share:.1%}) {dict(kinds)}")


def _faulty(seeds: Iterable[int], *, show: bool, only: str) -> None:
    rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for seed in seeds:
        shot = make_shot(seed, FAULTY_FRAMES)
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder) / "base"
            planted.write(base, shot, pairs=(PAIR,))
            before = set(review(Shot.load(base / "sh010")).reasons)
            for fault in plants(seed, shot):
                if not fault.name.startswith(only):
                    continue
                copy = Path(folder) / "copy"
                shutil.copytree(base, copy)
                found = review(fault.plant(copy / "sh010", shot))
                shutil.rmtree(copy)
                _count(rows[fault.name, fault.strength], fault, found, before)
                if show:
                    _show(seed, fault, found)
    if rows:
        print(f"\n{'fault':<22}{'strength':<22}planted  found  kind right  kind first  false")
    for (name, strength), row in rows.items():
        print(
            f"{name:<22}{strength:<22}{row['planted']:7d}{row['found']:7d}{row['right']:12d}"
            f"{row['first']:12d}{row['false']:4d} of {row['good']}"
        )


def _count(row: Counter[str], fault: Plant, found: Faults, before: set[int]) -> None:
    """Count the planted frames, and those good ones that were silent and are flagged now."""
    reasons = [found.reasons.get(n, ()) for n in fault.frames]
    row["planted"] += len(reasons)
    row["found"] += sum(bool(one) for one in reasons)
    row["right"] += sum(any(r.kind == fault.kind for r in one) for one in reasons)
    row["first"] += sum(bool(one) and one[0].kind == fault.kind for one in reasons)
    good = set(range(1, FAULTY_FRAMES + 1)) - fault.explained
    row["good"] += len(good)
    row["false"] += len(good & found.reasons.keys() - before)


def _show(seed: int, fault: Plant, found: Faults) -> None:
    for n in sorted({*fault.frames, *found.reasons}):
        reasons = found.reasons.get(n, ())
        if n in fault.frames and any(r.kind == fault.kind for r in reasons):
            continue
        mark = "MISSED" if n in fault.frames else "beside"
        said = "; ".join(f"{r.kind}: {r.sentence}" for r in reasons)
        print(f"  {mark} seed {seed} {fault.name} {fault.strength} frame {n}: {said}")


def review(shot: Shot) -> Faults:
    """Look for faults in silence."""
    return find_faults(shot, say=lambda _: None, on_progress=lambda *_: None)


def make_shot(seed: int, count: int) -> Recovered:
    """Return a good shot of some kind."""
    numbers = np.random.default_rng([seed, 1])
    scene = _scene(seed, count, numbers)
    fading = Fading(
        retention=(MILD, MODERATE, SEVERE)[int(numbers.integers(3))],
        grain=float(numbers.choice([0.0, 0.02, 0.05])),
        unevenness=float(numbers.choice([0.0, 0.1])),
        flicker=float(numbers.choice([0.0, 0.0, 0.004])),
        bits=int(numbers.choice([8, 10, 10])),
    )
    network = Network(
        softness=float(numbers.choice([1 / 1000, 1 / 600, 1 / 400])),
        error=float(numbers.uniform(0.002, 0.012)),
        noise=float(numbers.uniform(0.001, 0.006)),
    )
    light = _light(numbers, count)
    return planted.recovered(scene, seed=seed, fading=fading, network=network, light=light)


def _scene(seed: int, count: int, numbers: np.random.Generator) -> Frames:
    kind = int(numbers.integers(3))
    if kind == 0:
        first, whole = int(numbers.integers(0, 8)), 32
        drawn = (
            draw_scene(first + n, width=WIDTH, height=HEIGHT, frame_count=whole)
            for n in range(count)
        )
        return np.stack(list(drawn))
    if kind == 1 and importlib.util.find_spec("skimage"):
        return _photographed(numbers, count)
    moves = MOVES[int(numbers.integers(len(MOVES)))]
    return paint_shot(seed, count, width=WIDTH, height=HEIGHT, **moves)


def _photographed(numbers: np.random.Generator, count: int) -> Frames:
    """Return a photograph under a camera that pans and zooms."""
    from skimage import data

    name = PHOTOGRAPHS[int(numbers.integers(len(PHOTOGRAPHS)))]
    picture = np.asarray(getattr(data, name)()[..., :3], np.float32) / np.float32(255)
    high, wide = picture.shape[:2]
    scale = min(wide / WIDTH, high / HEIGHT) * numbers.uniform(0.7, 0.85)
    zoom = numbers.choice([0.0, 0.0, 0.004, -0.004])
    pan = numbers.uniform(-1, 1, 2) * (np.array([wide, high]) - scale * np.array([WIDTH, HEIGHT]))
    frames = []
    for n in range(count):
        time_ = n / max(count - 1, 1) - 0.5
        size = scale * (1 + zoom * (n - count / 2))
        middle = np.array([wide, high]) / 2 + 0.8 * time_ * pan
        corner = middle - size * np.array([WIDTH, HEIGHT]) / 2
        matrix = np.array([[size, 0, corner[0]], [0, size, corner[1]]], np.float64)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        frames.append(
            cv2.warpAffine(
                picture, matrix, (WIDTH, HEIGHT), flags=how, borderMode=cv2.BORDER_REFLECT
            )
        )
    return np.asarray(np.stack(frames), np.float32)


def _light(numbers: np.random.Generator, count: int) -> Callable[[np.ndarray, int], np.ndarray]:
    """Return what happens to the light: nothing, a flash, a fade-out, or a lamp that is dimmed."""
    kind = int(numbers.integers(6))
    at = int(numbers.integers(4, count - 6))

    def light(rgb: np.ndarray, n: int) -> np.ndarray:
        if kind == 0 and n in {at, at + 1}:
            return np.asarray(np.clip(rgb * 1.5 + 0.08, 0, 1), np.float32)
        if kind == 1 and n >= count - count // 4:
            return rgb * np.float32(max(0, (count - 1 - n) / (count // 4)))
        if kind == 2:
            return rgb * np.float32(1 - 0.4 / (1 + np.exp(at - n)))
        return rgb

    return light


def plants(seed: int, shot: Recovered) -> Iterator[Plant]:
    """Give every fault, at full strength and at half; none where a fade-out has begun."""
    numbers = np.random.default_rng([seed, 2])
    places = [int(n) for n in numbers.integers(3, LIT, 2)]
    for share, at in zip((1.0, 0.5), places, strict=True):
        yield from _colour_plants(seed, shot, at, share, numbers)
        yield from _file_plants(at, share, numbers)
    yield from _strangers(make_shot(seed + 7000, FAULTY_FRAMES), places[0])


def _colour_plants(
    seed: int, shot: Recovered, at: int, share: float, numbers: np.random.Generator
) -> Iterator[Plant]:
    """Give what changes chroma."""
    turn = float(numbers.choice([-1, 1])) * share
    angle = float(numbers.uniform(0, 2 * np.pi))
    cb, cr = 0.02 * share * np.cos(angle), 0.02 * share * np.sin(angle)
    jump = partial(planted.hue_jump, degrees=15 * turn)
    one, rest = (at,), tuple(range(at, FAULTY_FRAMES + 1))
    yield _chroma_plant("hue jump", "hue", f"{15 * share:g} degrees", one, jump)
    yield _chroma_plant("hue from a frame on", "hue", f"{15 * share:g} degrees", one, jump, rest)
    tint = partial(planted.cast, cb=cb, cr=cr)
    yield _chroma_plant("cast", "hue", f"chroma {0.02 * share:g}", one, tint)
    drift = partial(_drifting, degrees=40 * share)
    ends = (1, LIT)
    yield _chroma_plant("hue drifts", "hue", f"{40 * share:g} degrees in all", ends, drift, EVERY)
    pale = partial(planted.saturation, gain=1 - 0.4 * share)
    yield _chroma_plant("saturation", "saturation", f"-{0.4 * share:.0%}", one, pale)
    beats = partial(planted.flicker, strength=share, seed=seed)
    stretch = tuple(range(4, 12))
    beside = tuple(range(3, 13))
    yield _chroma_plant("flicker", "flicker", f"x {share:g}", stretch, beats, stretch, beside)
    if _has_skin(shot, at):
        skin = partial(planted.skin_turned, degrees=16 * turn)
        yield _chroma_plant("skin", "skin", f"{16 * share:g} degrees", one, skin)
    blurred = partial(planted.bleed, share=share / 100)
    yield _chroma_plant("bleed", "bleed", f"width / {100 / share:.0f}", one, blurred)
    moved = partial(planted.smear, share=share / 80)
    yield _chroma_plant("chroma shifted", "bleed", f"width / {80 / share:.0f}", one, moved)
    stepped = partial(planted.bands, step=4 * share / 255)
    yield _chroma_plant("banding", "banding", f"steps of {4 * share:g} of 255", one, stepped)


def _file_plants(at: int, share: float, numbers: np.random.Generator) -> Iterator[Plant]:
    """Give what is wrong with files, crop and alignment."""
    lines = int(12 * share)
    edge = ("left", "top", "right", "bottom")[int(numbers.integers(4))]
    for name, frames in (("crop of the shot", EVERY), ("crop of a frame", (at,))):
        cut = partial(_cropped, edge=edge, lines=lines, frames=frames)
        yield _plant(name, "crop", f"{lines} pixels", frames, cut)
    right = int(4 * share)
    moved = partial(_shifted, frame=at, right=right)
    yield _plant("picture shifted", "crop", f"{right} pixels", (at,), moved)
    laid = partial(_misregistered, frame=PAIR, right=6 * share)
    yield _plant("reference", "reference", f"{6 * share:g} pixels off", (PAIR,), laid)
    pulled = partial(_pulled_in, frame=at, share=0.2 * share)
    yield _plant("gamut", "gamut", f"{0.2 * share:.0%} more", (at,), pulled)


def _strangers(other: Recovered, at: int) -> Iterator[Plant]:
    """Give frames that are not the shot's."""
    stranger = partial(_foreign, other=other, frame=at, plate=False)
    yield _plant("foreign recovered", "luma", "another shot's", (at,), stranger)
    yield _plant("neighbour's frame", "luma", "3 frames later", (at,), partial(_swapped, frame=at))
    plate = partial(_foreign, other=other, frame=at, plate=True)
    yield _plant("foreign plate", "join", "another shot's", (at,), plate)


def _plant(name: str, kind: Kind, strength: str, frames: tuple[int, ...], plant: Planting) -> Plant:
    explained = frozenset(frames)
    return Plant(
        name=name, kind=kind, strength=strength, frames=frames, explained=explained, plant=plant
    )


def _chroma_plant(
    name: str,
    kind: Kind,
    strength: str,
    frames: tuple[int, ...],
    change: Callable[[Recovered, Iterable[int]], Recovered],
    changed: tuple[int, ...] = (),
    beside: tuple[int, ...] = (),
) -> Plant:
    """Return a fault of chroma: in the frames where it must be found, or in more of them.

    A frame beside flicker, which is seen from one side alone, may be taken for the flicker's own.
    """
    return Plant(
        name=name,
        kind=kind,
        strength=strength,
        frames=frames,
        explained=frozenset({*frames, *changed, *beside}),
        plant=partial(_rewritten, frames=changed or frames, change=change),
    )


def _rewritten(
    root: Path,
    shot: Recovered,
    *,
    frames: Iterable[int],
    change: Callable[[Recovered, Iterable[int]], Recovered],
) -> Shot:
    changed = change(shot, frames)
    for n in frames:
        planted.write_recovered(root, n, shot.plates[n - 1], changed.chroma[n - 1])
    return Shot.load(root)


def _drifting(shot: Recovered, frames: Iterable[int], degrees: float) -> Recovered:
    def change(chroma: planted.Chroma, n: int) -> planted.Chroma:
        return planted.rotated(chroma, degrees * ((min(n, LIT) - 1) / (LIT - 1) - 0.5))

    return shot.changed(frames, change)


def _pulled_in(root: Path, shot: Recovered, *, frame: int, share: float) -> Shot:
    plate, chroma = shot.plates[frame - 1], shot.chroma[frame - 1]
    own = merge_chroma(plate, chroma).gamut_share
    planted.write_recovered(root, frame, plate, chroma, gamut_share=own + share)
    return Shot.load(root)


def _has_skin(shot: Recovered, frame: int) -> bool:
    truth = shot.truth[frame - 1]
    return bool(is_skin(rgb_to_luma(truth), rgb_to_chroma(truth)).mean() > SKIN)


def _cropped(root: Path, shot: Recovered, *, edge: str, lines: int, frames: Iterable[int]) -> Shot:
    cut = CropTable.model_validate({edge: lines})
    for n in frames:
        plate, chroma = shot.plates[n - 1], shot.chroma[n - 1]
        planted.write_recovered(root, n, plate, chroma, crop=cut)
    return Shot.load(root)


def _shifted(root: Path, shot: Recovered, *, frame: int, right: int) -> Shot:
    plate = np.roll(shot.plates[frame - 1], right, axis=1)
    chroma = np.roll(shot.chroma[frame - 1], right, axis=1)
    planted.write_recovered(root, frame, plate, chroma)
    return Shot.load(root)


def _misregistered(root: Path, shot: Recovered, *, frame: int, right: float) -> Shot:
    planted.write_reference(root, frame, shot.truth[frame - 1], right=right)
    return Shot.load(root)


def _foreign(root: Path, _: Recovered, *, other: Recovered, frame: int, plate: bool) -> Shot:
    if plate:
        write_rgb(planted.plate_file(root, frame), other.plates[frame - 1])
    planted.write_recovered(root, frame, other.plates[frame - 1], other.chroma[frame - 1])
    return Shot.load(root)


def _swapped(root: Path, _: Recovered, *, frame: int) -> Shot:
    later = frame + 3 if frame + 3 <= FAULTY_FRAMES else frame - 3
    shutil.copy(planted.recovered_file(root, later), planted.recovered_file(root, frame))
    return Shot.load(root)


if __name__ == "__main__":
    main()
