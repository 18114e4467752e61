"""What the study teaches and judges on: film frames, CopyCat's contact sheets, synthetic shots.

A trial is the pairs that teach and, by name, the pairs that judge. Everything is display-encoded
Rec.709 2.4 (the sheets: sRGB) and seeded. A synthetic or film truth that judges is the fresh
picture in the reference's grade, which no method sees: what teaches went through the telecine
besides. The film trial fades by spectra and has a telecine of its own, so that what was tuned on
the synthetic shots proves itself on other settings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parents[1] / "balance"))

from pictures import GATE, photographs, read_codes

from chromaresolve.alignment import TeachingPair
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.fade import (
    SEVERE,
    SPECTRAL_FILMS,
    WHOLE,
    Fading,
    Retention,
    Telecine,
    fade_frame,
    fade_spectral,
    make_reference,
)

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

SHOTS = ("astronaut", "coffee", "motorcycle")
"""Photographs that the synthetic shots are filmed from."""

SHOT_FRAMES, STILL_FRAMES = 12, 4
"""Frames in which the camera moves: odd ones teach, even ones judge. Then it stands still."""

CROP, TILE = 512, 64
"""Pixels: edge of a contact sheet's crops, and of the checkerboard's tiles."""

SYNTHETIC_FADE = Fading(
    retention=Retention(cyan=0.35, magenta=0.9, yellow=0.65),
    grain=0.02,
    unevenness=0.2,
    flicker=0.01,
    bits=10,
)
"""Of the synthetic shots: pink, uneven, red that flickers."""

SYNTHETIC_TELECINE = Telecine(
    size=(480, 270),
    gains=(1.02, 1.0, 0.97),
    gamma=1.05,
    saturation=0.95,
    blur=0.5,
    chroma_blur=1.0,
    noise=0.006,
    jpeg_quality=80,
)
"""Of the synthetic shots. JPEG brings 4:2:0."""

FASTER = 1.1
"""How much faster the frames have faded that judge on a fade nobody was taught: a warmer place."""

FILM_GRAIN = Fading(retention=WHOLE, grain=0.02)
"""Of the film frames before they fade: their own grain has gone with their size."""

FILM_SCAN = Fading(retention=WHOLE, flicker=0.008, scanner_noise=0.003, bits=10)
"""What the scanner does to the film frames after they have faded."""

FILM_TELECINE = Telecine(
    size=(720, 576),
    gains=(1.04, 1.0, 0.95),
    gamma=1.1,
    saturation=0.9,
    blur=0.7,
    chroma_blur=1.3,
    noise=0.008,
    jpeg_quality=70,
)
"""Of the film frames: another machine and grade than the synthetic shots'."""

WEAVE_PX = 0.4
"""How far off an aligned reference still lies, at most, each way."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One shot to learn, and what it is judged on."""

    name: str
    taught: tuple[TeachingPair, ...]
    """The pairs that teach."""
    judged: Mapping[str, tuple[TeachingPair, ...]]
    """The pairs that judge, by what they are; trust says where."""
    rivals: Mapping[str, tuple[Picture, ...]] = field(default_factory=dict)
    """Pictures that another tool made of the first judged set's plates."""
    is_srgb: bool = False
    """The pictures are sRGB: what CopyCat's own contact sheets are read as."""
    still: tuple[TeachingPair, ...] = ()
    """Frames of a camera that stands, truth with the fresh film's own grain; or none."""


def trials(folder: Path | None, only: set[str], *, width: int, film_width: int) -> Iterator[Trial]:
    """Give the trials of the kinds asked for: `synthetic`, `film`, `sheets`, in this order."""
    if "synthetic" in only:
        for name, picture in photographs():
            if name in SHOTS:
                yield synthetic_trial(name, picture, width=width)
    if folder is not None and "film" in only:
        paths = sorted((folder / "film_frames").glob("*.png"))[:3]
        if len(paths) == 3:
            yield film_trial([_film_frame(path, film_width) for path in paths])
    if folder is not None and "sheets" in only:
        for path in sorted((folder / "copycat_sheets").glob("*.png")):
            yield from sheet_trials(path)


def synthetic_trial(name: str, picture: Picture, *, width: int) -> Trial:
    """Return a shot whose camera drifts over a picture, zooms in, and stands still."""
    moving = [_film(picture, frame / SHOT_FRAMES, width) for frame in range(SHOT_FRAMES)]
    held = _film(picture, 0.5 + 0.5 / SHOT_FRAMES, width)
    other = replace(SYNTHETIC_FADE, retention=fade_on(SYNTHETIC_FADE.retention))
    taught, same_fade, other_fade = [], [], []
    for frame, fresh in enumerate(moving, start=1):
        plate = fade_frame(fresh, SYNTHETIC_FADE, frame=frame)
        if frame % 2:
            reference = make_reference(fresh, _woven(SYNTHETIC_TELECINE, frame), frame=frame)
            taught.append(make_pair(frame, plate, reference))
        else:
            graded = _only_graded(fresh, SYNTHETIC_TELECINE)
            same_fade.append(make_pair(frame, plate, graded))
            other_plate = fade_frame(fresh, other, frame=frame)
            other_fade.append(make_pair(frame, other_plate, graded))
    return Trial(
        name=name,
        taught=tuple(taught),
        judged={"held out": tuple(same_fade), "faded more": tuple(other_fade)},
        still=tuple(_still_pair(held, SHOT_FRAMES + 1 + beat) for beat in range(STILL_FRAMES)),
    )


def film_trial(frames: list[Picture]) -> Trial:
    """Return the trial on three frames of one shot: the first and the last teach."""

    def scan(retention: Retention, number: int) -> Picture:
        grainy = fade_frame(frames[number], FILM_GRAIN, frame=number)
        film = SPECTRAL_FILMS["usual"]
        faded = fade_spectral(grainy, film, retention, unevenness=0.1, stain=0.05)
        return fade_frame(faded, FILM_SCAN, frame=number)

    taught = [
        make_pair(
            number,
            scan(SEVERE, number),
            make_reference(frames[number], _woven(FILM_TELECINE, number), frame=number),
        )
        for number in (0, 2)
    ]
    graded = _only_graded(frames[1], FILM_TELECINE)
    judged = {
        "held out": (make_pair(1, scan(SEVERE, 1), graded),),
        "faded more": (make_pair(1, scan(fade_on(SEVERE), 1), graded),),
    }
    return Trial(name="film", taught=tuple(taught), judged=judged)


def sheet_trials(path: Path) -> Iterator[Trial]:
    """Give a contact sheet's two trials: all of it taught and judged, and half and half.

    Read as sRGB, CopyCat's own output is 3.89, 2.04, 1.68, 1.40 and 0.79 off on sheets 6, 12, 15,
    20 and 24, and a perfect chroma 0.22: numbers known before this study, so they check its scores.
    """
    columns = np.split(np.float32(read_codes(path)) / np.float32(255), 3, axis=1)
    plates, truths, copycat = (tuple(np.split(column, 3)) for column in columns)
    rivals = {"CopyCat": copycat}

    def pairs(
        trust: Callable[[Picture], NDArray[np.float32]],
    ) -> tuple[TeachingPair, ...]:
        return tuple(
            TeachingPair(frame=row, plate=plate, shown=plate, truth=truth, trust=trust(plate))
            for row, (plate, truth) in enumerate(zip(plates, truths, strict=True))
        )

    everywhere = pairs(_everywhere)
    yield Trial(
        name=path.stem,
        taught=everywhere,
        judged={"taught": everywhere},
        rivals=rivals,
        is_srgb=True,
    )
    yield Trial(
        name=f"{path.stem} half",
        taught=pairs(lambda plate: _tiles(plate, 0)),
        judged={"other tiles": pairs(lambda plate: _tiles(plate, 1))},
        rivals=rivals,
        is_srgb=True,
    )


def fade_on(retention: Retention) -> Retention:
    """Return what is left where film fades faster: first-order kinetics, k to that power."""
    return Retention(
        cyan=retention.cyan**FASTER,
        magenta=retention.magenta**FASTER,
        yellow=retention.yellow**FASTER,
    )


def make_pair(frame: int, plate: Picture, reference: Picture) -> TeachingPair:
    """Return a pair whose truth is the plate's luma with the reference's chroma."""
    truth = luma_chroma_to_rgb(rgb_to_luma(plate), rgb_to_chroma(reference))
    return TeachingPair(
        frame=frame, plate=plate, shown=plate, truth=truth, trust=_everywhere(plate)
    )


def _still_pair(fresh: Picture, frame: int) -> TeachingPair:
    """Return a frame whose truth has the very grain that the plate's film had when fresh."""
    grainy = fade_frame(
        fresh, Fading(retention=WHOLE, grain=SYNTHETIC_FADE.grain, bits=10), frame=frame
    )
    plate = fade_frame(fresh, SYNTHETIC_FADE, frame=frame)
    return make_pair(frame, plate, _only_graded(grainy, SYNTHETIC_TELECINE))


def _only_graded(fresh: Picture, telecine: Telecine) -> Picture:
    """Return what a telecine without faults gives: its grade, and nothing else."""
    height, width = fresh.shape[:2]
    flawless = Telecine(
        size=(width, height),
        gains=telecine.gains,
        gamma=telecine.gamma,
        saturation=telecine.saturation,
    )
    return make_reference(fresh, flawless, frame=0)


def _woven(telecine: Telecine, frame: int) -> Telecine:
    """Return a telecine whose frame lies a little beside, as alignment leaves it."""
    right, down = np.random.default_rng([3, frame]).uniform(-WEAVE_PX, WEAVE_PX, 2)
    return replace(telecine, shift_px=(float(right), float(down)))


def _film(picture: Picture, way: float, width: int) -> Picture:
    """Return what a 16:9 camera sees this far along its way, 0 to 1: it drifts and zooms in."""
    height = width * 9 // 16
    tall, wide = picture.shape[:2]
    seen = min(wide, tall * 16 / 9) * (0.85 - 0.15 * way)
    left, top = (wide - seen) * way, (tall - seen * 9 / 16) * (1 - way)
    matrix = np.array([[width / seen, 0, -left * width / seen], [0, width / seen, 0]])
    matrix[1, 2] = -top * width / seen
    moved = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(np.clip(moved, 0, 1), np.float32)


def _film_frame(path: Path, width: int) -> Picture:
    """Return a film frame without its gate, so wide."""
    codes = read_codes(path)
    height, whole = codes.shape[:2]
    top, bottom, left, right = (
        round(share * side)
        for share, side in zip(GATE, (height, height, whole, whole), strict=True)
    )
    picture = codes[top:bottom, left:right] / np.float32(255)
    size = (width, round(width * (bottom - top) / (right - left)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _everywhere(plate: Picture) -> NDArray[np.float32]:
    return np.ones(plate.shape[:2], np.float32)


def _tiles(plate: Picture, parity: int) -> NDArray[np.float32]:
    """Return 1 on every second tile of a checkerboard, 0 on the others."""
    rows, columns = np.indices(plate.shape[:2]) // TILE
    return ((rows + columns) % 2 == parity).astype(np.float32)
