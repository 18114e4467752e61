"""What cleaning for teaching gains, and how much of the wear of a sequence is found.

    python benchmarks/plates.py [--folder FOLDER] [--only degrain|wear|level|shift|times]

`degrain`: grain by dye clouds on clean pictures; PSNR, and dE2000 of the chroma alone, beside
OpenCV's bilateral filter and its non-local means. Those two are shown with one setting for all, and
with the best of three for each picture, by the truth; ours has none. `wear`: dust, a scratch, weave
and flicker planted on pans with a thing that moves by itself. `level`: chroma of a Reference with a
gamma of 1.25, taken as it is and after `level_reference`. `shift`: chroma moved by up to 4 pixels
and found. `times`: seconds for a 2K frame. Needs no picture of yours; FOLDER as in
`balance/pictures.py`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent / "balance"))

from pictures import pictures

from chromaresolve.alignment.trust import level_reference
from chromaresolve.colour import delta_e_2000, luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.fade import WHOLE, Fading, fade_frame
from chromaresolve.plates import (
    Speck,
    Wear,
    clean_reference,
    degrain,
    measure_chroma_shift,
    measure_wear,
    shift_chroma,
)
from chromaresolve.plates.movement import shift_picture

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

Shown = Mapping[str, Picture]
"""Clean pictures by their names."""

SIZE = (560, 336)
"""Width and height of what is degrained: non-local means is slow."""

GRAINS = {"fine": 0.03, "coarse": 0.08}
"""Deviation of density at density 1, as in `Fading.grain`."""

NEIGHBOURS = ((0.6, -0.4), (-0.8, 0.3))
"""How far the frames before and after lie beside a degrained one, pixels."""

FRAMES, FRAME_SIZE, MARGIN = 16, (640, 360), 48
"""A worn sequence: its length, its raster, and what the camera may travel on each side, pixels."""

WEAVE_PX, FLICKER = 0.6, 0.02
"""Deviations of the planted weave and flicker."""

SPECKS = 6
"""Planted on each frame."""

GAMMA = 1.25
"""Of the Reference whose chroma is taken."""

FARTHEST_PX = 4.0
"""Largest planted shift of chroma."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worn:
    """A sequence and the wear that was planted on it."""

    frames: list[Picture]
    steps: NDArray[np.float64]
    """From each frame to the next, right and down, (frames - 1, 2)."""
    gains: NDArray[np.float64]
    """(frames, 3)."""
    specks: list[Speck]
    scratch_x: int
    """Where a scratch is, on the second half of the frames."""


def grainy(clean: Picture, amount: float, frame: int) -> Picture:
    """Return a clean picture with a frame's grain."""
    return fade_frame(clean, Fading(retention=WHOLE, grain=amount, seed=1), frame=frame)


def middle(picture: Picture, width: int, height: int) -> Picture:
    """Return the middle of a picture, enlarged first where it is too small."""
    scale = max(width / picture.shape[1], height / picture.shape[0], 1)
    if scale > 1:
        picture = np.asarray(
            cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.float32
        )
    left, top = (picture.shape[1] - width) // 2, (picture.shape[0] - height) // 2
    shown = picture[max(top, 0) : max(top, 0) + height, max(left, 0) : max(left, 0) + width]
    return np.clip(shown, 0, 1)


def decibels(picture: Picture, truth: Picture) -> float:
    """Return the PSNR."""
    return float(-10 * np.log10(np.square(picture - truth).mean()))


def chroma_error(picture: Picture, truth: Picture) -> float:
    """Return the mean dE2000 of a picture's chroma on the truth's luma."""
    return float(
        delta_e_2000(luma_chroma_to_rgb(rgb_to_luma(truth), rgb_to_chroma(picture)), truth).mean()
    )


def bilateral(plate: Picture, setting: float) -> Picture:
    """Return OpenCV's bilateral filter of a plate."""
    return np.asarray(cv2.bilateralFilter(plate, 9, setting, 3.0), np.float32)


def non_local_means(plate: Picture, setting: float) -> Picture:
    """Return OpenCV's non-local means of a plate's 8 bits."""
    codes = np.rint(255 * np.clip(plate, 0, 1)).astype(np.uint8)
    cleaned = cv2.fastNlMeansDenoisingColored(codes, None, setting, setting, 7, 21)
    return np.asarray(cleaned / np.float32(255), np.float32)


RIVALS: Mapping[str, tuple[Callable[[Picture, float], Picture], tuple[float, ...]]] = {
    "OpenCV bilateral": (bilateral, (0.04, 0.08, 0.16)),
    "OpenCV NL means": (non_local_means, (2, 5, 10)),
}
"""Each with its settings, the middle one for all."""


def degrain_ways(
    plate: Picture, neighbours: list[Picture], clean: Picture
) -> dict[str, tuple[Picture, float]]:
    """Return every way's degrained plate, and its seconds."""
    found = {
        "as it is": (plate, 0.0),
        "ChromaResolve": timed(lambda: degrain(plate, strength=1)),
        "ChromaResolve, temporal": timed(lambda: degrain(plate, strength=1, neighbours=neighbours)),
    }
    for name, (way, settings) in RIVALS.items():
        tried = [timed(partial(way, plate, one)) for one in settings]
        found[name] = tried[1]
        found[f"{name}, best of 3"] = max(tried, key=lambda one: decibels(one[0], clean))
    return found


def timed(work: Callable[[], Picture]) -> tuple[Picture, float]:
    """Return what the work makes, and its seconds."""
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began


def report_degrain(shown: Shown) -> None:
    """Print what degrain gains."""
    rows: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
    for picture in shown.values():
        wide = middle(picture, SIZE[0] + 8, SIZE[1] + 8)
        clean = wide[4:-4, 4:-4]
        for grain, amount in GRAINS.items():
            neighbours = [
                grainy(shift_picture(wide, shift)[4:-4, 4:-4], amount, frame)
                for frame, shift in enumerate(NEIGHBOURS, start=1)
            ]
            ways = degrain_ways(grainy(clean, amount, 0), neighbours, clean)
            for name, (made, seconds) in ways.items():
                row = (decibels(made, clean), chroma_error(made, clean), seconds)
                rows.setdefault(name, {}).setdefault(grain, []).append(row)
    print(f"degrain: mean of {len(shown)} pictures of {SIZE[0]} x {SIZE[1]}, fine | coarse grain")
    print(f"{'':28}{'PSNR dB':>16}{'chroma dE2000':>16}{'seconds':>9}")
    for name, grains in rows.items():
        (dbs, errors, seconds) = np.array([np.mean(grains[g], axis=0) for g in GRAINS]).T
        print(
            f"{name:28}{dbs[0]:8.2f}{dbs[1]:8.2f}{errors[0]:8.2f}{errors[1]:8.2f}"
            f"{seconds.mean():9.2f}"
        )


def make_worn(still: Picture, actor: Picture, seed: int) -> Worn:
    """Return a pan over a picture, with a part of another that moves before it, worn."""
    rng = np.random.default_rng(seed)
    width, height = FRAME_SIZE
    wide = middle(still, width + 2 * MARGIN, height + 2 * MARGIN)
    patch = middle(actor, 120, 160)
    pan = rng.uniform(-2, 2, 2)
    places = np.multiply.outer(np.arange(FRAMES) - FRAMES / 2, pan)
    places += rng.normal(0, WEAVE_PX, places.shape)
    gains = 1 + rng.normal(0, FLICKER, (FRAMES, 1)) * rng.uniform(0.7, 1.3, 3)
    scratch_x = int(rng.integers(40, width - 40))
    frames, specks = [], []
    for number, (place, gain) in enumerate(zip(places, gains, strict=True)):
        right, down = float(place[0]), float(place[1])
        scene = shift_picture(wide, (right, down))[MARGIN:-MARGIN, MARGIN:-MARGIN].copy()
        left = 100 + 5 * number
        scene[120:280, left : left + 120] = patch
        frame = grainy(scene, GRAINS["fine"], number)
        if number >= FRAMES // 2:
            frame[:, scratch_x : scratch_x + 2] += np.float32(0.08)
        specks += add_dust(frame, number, rng)
        frames.append(frame * gain.astype(np.float32))
    return Worn(
        frames=frames,
        steps=np.diff(places, axis=0),
        gains=gains,
        specks=specks,
        scratch_x=scratch_x,
    )


def add_dust(frame: Picture, number: int, rng: np.random.Generator) -> list[Speck]:
    """Lay specks of 3 to 9 pixels on a frame, light and dark, soft at their edges."""
    height, width = frame.shape[:2]
    planted = []
    for count in range(SPECKS):
        x, y = float(rng.uniform(16, width - 16)), float(rng.uniform(16, height - 16))
        axes = rng.uniform(1.5, 4.5, 2)
        cover = np.zeros((height, width), np.float32)
        ellipse = ((x, y), (2 * axes[0], 2 * axes[1]), float(rng.uniform(0, 180)))
        cv2.ellipse(cover, ellipse, 1.0, -1, cv2.LINE_8)
        soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.7), np.float32)[..., None]
        is_light = bool(count % 2)
        frame += soft * (np.float32(0.9 if is_light else 0.02) - frame)
        area = round(float(np.pi * axes.prod()))
        planted.append(Speck(frame=number, x=x, y=y, area=area, is_light=is_light))
    return planted


def is_same(one: Speck, other: Speck) -> bool:
    """Say whether two specks are one."""
    near = np.hypot(one.x - other.x, one.y - other.y) <= 4
    return bool(near) and (one.frame, one.is_light) == (other.frame, other.is_light)


def report_wear(shown: Shown) -> None:
    """Print how much of the planted wear is found."""
    names = list(shown)
    hits, planted, wrong, scratches, false_scratches = 0, 0, 0, 0, 0
    step_errors, gain_errors = [], []
    for seed, name in enumerate(names):
        worn = make_worn(shown[name], shown[names[seed - 1]], seed)
        wear = measure_wear(enumerate(worn.frames))
        # What is on the first frame and the last has no neighbours to be told by.
        inner = [speck for speck in worn.specks if 0 < speck.frame < FRAMES - 1]
        hits += sum(any(is_same(speck, one) for one in wear.specks) for speck in inner)
        wrong += sum(not any(is_same(speck, one) for speck in inner) for one in wear.specks)
        planted += len(inner)
        right = [abs(one.x - worn.scratch_x) < 3 for one in wear.scratches]
        scratches += any(right)
        false_scratches += len(right) - sum(right)
        step_errors.append(np.abs(wear.shifts[1:] - worn.steps).ravel())
        gain_errors.append(off_level(wear, worn))
    count = len(names)
    steps, levels = np.concatenate(step_errors), np.concatenate(gain_errors)
    print(f"wear: {count} sequences of {FRAMES} frames of {FRAME_SIZE[0]} x {FRAME_SIZE[1]}")
    print(f"dust       {100 * hits / planted:.0f} % of {planted} specks found, {wrong} wrong")
    print(f"scratch    {scratches} of {count} found, {false_scratches} wrong")
    print(f"movement   {np.median(steps):.3f} px median error, {np.quantile(steps, 0.95):.3f} 95 %")
    print(
        f"flicker    {100 * FLICKER:.1f} % planted, {100 * levels.std():.2f} % left when levelled"
    )


def off_level(wear: Wear, worn: Worn) -> NDArray[np.float64]:
    """Return by what share levelled frames still differ from their mean level."""
    levelled = wear.gains * worn.gains
    return np.asarray(levelled / levelled.mean(axis=0) - 1).ravel()


def report_level(shown: Shown) -> None:
    """Print what a Reference's gamma costs, with and without levelling."""
    plain, levelled = [], []
    for picture in shown.values():
        truth = np.clip(picture, 0, 1)
        reference = truth ** np.float32(GAMMA)
        luma = rgb_to_luma(truth)
        plain.append(chroma_error(reference, truth))
        brought = level_reference(reference, luma, np.ones_like(luma))
        levelled.append(chroma_error(brought, truth))
    print(f"level: chroma dE2000 of a Reference of gamma {GAMMA}, mean of {len(shown)} pictures")
    print(f"as it is   {np.mean(plain):.2f}, worst {max(plain):.2f}")
    print(f"levelled   {np.mean(levelled):.2f}, worst {max(levelled):.2f}")


def report_shift(shown: Shown) -> None:
    """Print how near planted shifts of chroma are found."""
    rng = np.random.default_rng(0)
    errors, doubts, refused = [], [], []
    for name, picture in shown.items():
        planted = rng.uniform(-FARTHEST_PX, FARTHEST_PX, 2)
        chroma = cv2.GaussianBlur(rgb_to_chroma(picture), (0, 0), 1.5)
        soft = luma_chroma_to_rgb(rgb_to_luma(picture), np.asarray(chroma, np.float32))
        reference = shift_chroma(soft, float(planted[0]), float(planted[1]))
        reference += np.float32(0.005) * rng.standard_normal(picture.shape, dtype=np.float32)
        try:
            found = measure_chroma_shift(reference)
        except StageError:
            refused.append(name)
            continue
        errors.append(float(np.hypot(found.right - planted[0], found.down - planted[1])))
        doubts.append(found.doubt)
    print(f"shift: chroma moved by up to {FARTHEST_PX:.0f} px each way, {len(shown)} pictures")
    print(
        f"error      {np.median(errors):.2f} px median, {max(errors):.2f} worst, "
        f"doubt said {np.median(doubts):.2f} median"
    )
    print(f"refused    {', '.join(refused) or 'none'}")


def report_times(shown: Shown) -> None:
    """Print seconds for a 2K frame on one core."""
    clean = middle(next(iter(shown.values())), 2048, 1152)
    frames = [grainy(clean, GRAINS["fine"], frame) for frame in range(4)]
    plate, neighbours = frames[0], frames[1:3]
    cv2.setNumThreads(1)
    works: dict[str, Callable[[], object]] = {
        "degrain": lambda: degrain(plate, strength=1),
        "degrain, temporal": lambda: degrain(plate, strength=1, neighbours=neighbours),
        "measure_wear, a frame": lambda: measure_wear(enumerate(frames)),
        "median 10": lambda: clean_reference(plate, median=10, deband=False, deblock=False),
        "deband": lambda: clean_reference(plate, median=0, deband=True, deblock=False),
        "deblock": lambda: clean_reference(plate, median=0, deband=False, deblock=True),
        "measure_chroma_shift": lambda: measure_chroma_shift(plate),
    }
    print("times: seconds for 2048 x 1152, OpenCV on one thread, best of 2")
    for name, work in works.items():
        taken = []
        for _ in range(2):
            began = time.process_time()
            try:
                work()
            except StageError:
                name = f"{name} (refused)"  # noqa: PLW2901
            taken.append(time.process_time() - began)
        share = len(frames) if "a frame" in name else 1
        print(f"{name:24}{min(taken) / share:6.2f}")


REPORTS: Mapping[str, Callable[[Shown], None]] = {
    "degrain": report_degrain,
    "wear": report_wear,
    "level": report_level,
    "shift": report_shift,
    "times": report_times,
}
"""What can be asked for, by its name."""

SLOW = {"degrain": 4, "wear": 3}
"""Every how-manyth picture is enough."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=list(REPORTS))
    asked = parser.parse_args()
    shown = pictures(asked.folder)
    for name in [asked.only] if asked.only else REPORTS:
        chosen = list(shown.items())[:: SLOW.get(name, 1)]
        REPORTS[name](dict(chosen))
        print(flush=True)


if __name__ == "__main__":
    main()
