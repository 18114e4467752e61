"""Moving pictures painted from nothing, so that every cut, repeat and dissolve in them is known."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.fade import Fading, Retention, Telecine, fade_frame, make_reference
from chromaresolve.frames import write_rgb
from chromaresolve.shot import FrameRange, Shot, create
from chromaresolve.survey import Survey, tone_thumbs
from chromaresolve.survey.measures import measure_frame
from chromaresolve.survey.record import COLUMNS

Frames = NDArray[np.float32]
"""Frames of a shot, display-encoded Rec.709, (frames, height, width, 3)."""

WIDTH, HEIGHT = 160, 90
"""Of every frame: the smallest raster that a turnover is checked in."""

MARGIN = 0.5
"""Painted set on every side of what the camera sees at the middle of a shot, as a share of it; a
camera that travels gets as much more."""


def shot_frames(seed: int, count: int, **moves: Any) -> Frames:
    """Return a shot as `paint_shot` paints it; the same one is painted once."""
    return _painted(seed, count, tuple(sorted(moves.items()))).copy()


@lru_cache(maxsize=64)
def _painted(seed: int, count: int, moves: tuple[tuple[str, Any], ...]) -> Frames:
    return paint_shot(seed, count, **dict(moves))


def paint_shot(
    seed: int,
    count: int,
    *,
    pan: float = 0.6,
    zoom: float = 0.0,
    action: float = 1.0,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> Frames:
    """Return a shot of a set of its own, with people-sized things that move in front of it.

    Args:
        seed: Of the set and of what moves.
        count: Frames.
        pan: Pixels per frame that the camera travels, of a frame 160 wide.
        zoom: Share by which the picture grows in each frame.
        action: Pixels per frame that things move, about.
        width: In pixels.
        height: In pixels.
    """
    numbers = np.random.default_rng(seed)
    away = int(WIDTH * MARGIN + abs(pan) * count / 2)
    backdrop = paint_set(numbers, WIDTH + 2 * away, HEIGHT + 2 * away)
    actors = _cast(numbers, action, (WIDTH / 2 + away, HEIGHT / 2 + away))
    towards = numbers.uniform(0, 2 * np.pi)
    frames = np.empty((count, height, width, 3), np.float32)
    for frame in range(count):
        time = frame - count / 2
        scene = backdrop.copy()
        for actor in actors:
            _draw(scene, actor, time)
        middle = np.array([WIDTH, HEIGHT]) / 2 + away
        middle += time * pan * np.array([np.cos(towards), 0.3 * np.sin(towards)])
        scale = (1 + zoom) ** time * width / WIDTH
        view = np.array(
            [
                [scale, 0, width / 2 - scale * middle[0]],
                [0, scale, height / 2 - scale * middle[1]],
            ]
        )
        frames[frame] = cv2.warpAffine(
            scene, view, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
    return frames


def still_frames(seed: int, count: int) -> Frames:
    """Return a shot in which nothing moves."""
    return shot_frames(seed, count, pan=0.0, action=0.0)


def with_grain(frames: Frames, deviation: float, *, seed: int = 0) -> Frames:
    """Return the frames with grain as a scan shows it, other grain in every frame."""
    numbers = np.random.default_rng(seed)
    grainy = np.empty_like(frames)
    for frame, shown in enumerate(frames):
        grain = numbers.standard_normal(shown.shape, np.float32)
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.6), np.float32)
        grainy[frame] = shown + np.float32(deviation) * grain / grain.std()
    return grainy


def with_flicker(frames: Frames, deviation: float, *, seed: int = 0) -> Frames:
    """Return the frames with another gain and another gamma in every frame."""
    numbers = np.random.default_rng(seed)
    gains = 1 + deviation * numbers.standard_normal(len(frames))
    gammas = 1 + deviation * numbers.standard_normal(len(frames))
    flickering = [
        np.float32(gain) * np.maximum(shown, 0) ** np.float32(gamma)
        for shown, gain, gamma in zip(frames, gains, gammas, strict=True)
    ]
    return np.stack(flickering)


def dissolved(first: Frames, second: Frames, length: int) -> Frames:
    """Return two shots that overlap by `length` frames, each fading into the other."""
    share = np.linspace(0, 1, length + 2, dtype=np.float32)[1:-1].reshape(-1, 1, 1, 1)
    mixed = (1 - share) * first[-length:] + share * second[:length]
    return np.concatenate([first[:-length], mixed, second[length:]])


def faded_out(frames: Frames, length: int) -> Frames:
    """Return the frames with a fade to black at the end, the last frame being black."""
    light = np.ones(len(frames), np.float32)
    light[-length:] = np.linspace(1, 0, length + 1, dtype=np.float32)[1:]
    return np.asarray(frames * light.reshape(-1, 1, 1, 1), np.float32)


def interlaced(first: Frames, second: Frames) -> Frames:
    """Return the even lines of some moments and the odd lines of others."""
    woven = first.copy()
    woven[..., 1::2, :, :] = second[..., 1::2, :, :]
    return woven


def pulled_down(frames: Frames) -> Frames:
    """Return film as 3:2 pulldown makes it: fields AA BB BC CD DD of four frames (SMPTE RP 197)."""
    woven = []
    for at in range(0, len(frames) - 3, 4):
        a, b, c, d = frames[at : at + 4]
        woven += [a, b, interlaced(b, c), interlaced(c, d), d]
    return np.stack(woven)


def paint_set(numbers: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Return a set: light that falls off, cloudy walls, and things of many sizes before them."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = numbers.uniform(0, 2 * np.pi)
    slope = (np.cos(angle) * columns / width + np.sin(angle) * rows / height).astype(np.float32)
    light = numbers.uniform(0.25, 0.6) + numbers.uniform(0.05, 0.3) * (slope - slope.mean())
    clouds = np.zeros((height, width), np.float32)
    for size in (40, 14, 5):
        layer = cv2.GaussianBlur(numbers.standard_normal((height, width), np.float32), (0, 0), size)
        clouds += layer / layer.std() * size / 60
    tint = numbers.uniform(0.75, 1.0, 3).astype(np.float32)
    picture = (light + 0.08 * clouds)[..., np.newaxis] * tint
    crowd = numbers.integers(18, 45) * width * height / (4 * WIDTH * HEIGHT)
    for _ in range(int(crowd)):
        _thing(picture, numbers)
    return np.asarray(np.clip(picture, 0.02, 0.95), np.float32)


def _thing(picture: NDArray[np.float32], numbers: np.random.Generator) -> None:
    height, width, _ = picture.shape
    x, y = int(numbers.integers(0, width)), int(numbers.integers(0, height))
    size = int(numbers.choice([4, 8, 14, 26], p=[0.3, 0.35, 0.25, 0.1]))
    colour = tuple(float(value) for value in numbers.uniform(0.05, 0.85, 3))
    if numbers.random() < 0.5:
        cv2.circle(picture, (x, y), size, colour, -1, cv2.LINE_AA)
    else:
        corner = (x + size, y + int(size * numbers.uniform(0.5, 3)))
        cv2.rectangle(picture, (x, y), corner, colour, -1)


def _cast(
    numbers: np.random.Generator, action: float, middle: tuple[float, float]
) -> list[tuple[NDArray[np.float64], ...]]:
    """Return place, step, half-axes and colour of each who moves."""
    return [
        (
            np.array(middle) + numbers.uniform(-0.4, 0.4, 2) * np.array([WIDTH, HEIGHT]),
            action * numbers.normal(0, 1, 2) * np.array([1.0, 0.3]),
            numbers.uniform(5, 14, 2) * np.array([0.7, 1.5]),
            numbers.uniform(0.05, 0.85, 3),
        )
        for _ in range(3)
    ]


def _draw(scene: NDArray[np.float32], actor: tuple[NDArray[np.float64], ...], time: float) -> None:
    place, step, axes, colour = actor
    where = place + time * step
    # Sixteenths of a pixel: who moves slowly does not jump.
    centre = (round(where[0] * 16), round(where[1] * 16))
    half = (int(axes[0] * 16), int(axes[1] * 16))
    shade = tuple(float(value) for value in colour)
    cv2.ellipse(scene, centre, half, 0, 0, 360, shade, -1, cv2.LINE_AA, 4)


def surveyed(frames: Frames, *, first: int = 1) -> Survey:
    """Return the survey of frames without writing them, numbered from `first`."""
    rows = [measure_frame(np.ascontiguousarray(frame)) for frame in frames]
    columns = {name: np.stack([row[name] for row in rows]) for name in COLUMNS}
    return Survey(
        frames=tuple(range(first, first + len(frames))),
        unreadable={},
        width=frames.shape[2],
        height=frames.shape[1],
        **columns,
    )


def tones_of(frames: Frames) -> NDArray[np.float32]:
    """Return the tone of the frames' small pictures."""
    return tone_thumbs(surveyed(frames))


def numbers_of(frames: Frames) -> tuple[int, ...]:
    """Return the numbers of frames that begin at 1."""
    return tuple(range(1, len(frames) + 1))


def faded(frames: Frames, retention: Retention, *, seed: int = 0) -> Frames:
    """Return the frames as a faded scan: grain, uneven fading, flicker and ten bits."""
    fading = Fading(
        retention=retention,
        grain=0.05,
        unevenness=0.1,
        flicker=0.01,
        scanner_noise=0.01,
        bits=10,
        seed=seed,
    )
    return np.stack([fade_frame(shown, fading, frame=n) for n, shown in enumerate(frames)])


def telecined(frames: Frames, *, seed: int = 0, **changed: Any) -> Frames:
    """Return the frames as another machine saw them: softer, graded, a little off."""
    telecine = Telecine(
        **{
            "size": (128, 72),
            "shift_px": (1.5, -1.0),
            "scale": 1.01,
            "gains": (1.05, 1.0, 0.96),
            "gamma": 1.1,
            "saturation": 0.95,
            "noise": 0.005,
            "seed": seed,
            **changed,
        }
    )
    return np.stack([make_reference(shown, telecine, frame=n) for n, shown in enumerate(frames)])


def handed_over(root: Path, source: Frames, reference: Frames, **changed: Any) -> Shot:
    """Write both as EXRs, numbered from 1, and make the shot of them."""
    for name, frames in (("SRC", source), ("REF", reference)):
        for number, rgb in enumerate(frames, start=1):
            write_rgb(root / f"plates/{name}_{number:04d}.exr", np.ascontiguousarray(rgb))
    return create(
        root,
        scan="plates/SRC_####.exr",
        reference="plates/REF_####.exr",
        frames=FrameRange.of(range(1, len(source) + 1)),
        **changed,
    )
