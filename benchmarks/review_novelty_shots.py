"""Shots of 24 frames that show more and more of what no pair teaches, and networks taught on them.

`STORIES` are the families: each paints the fresh frame of a film, by its seed and time. What a
story shows is known to its pairs up to some frame; from there on novelty grows, or comes and goes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent / "balance"))

from pictures import photographs

from chromaresolve import recovery
from chromaresolve.alignment import aligned_path
from chromaresolve.baseline import fit
from chromaresolve.colour import delta_e_2000, merge_chroma, rgb_to_chroma
from chromaresolve.composite import recovered_frames
from chromaresolve.demo.scene import LOOK_ALIKES, draw_scene
from chromaresolve.fade import (
    MODERATE,
    SEVERE,
    Fading,
    Retention,
    Telecine,
    fade_frame,
    make_reference,
)
from chromaresolve.frames import Frame, frame_path, read_frame, read_rgb, write_frame, write_rgb
from chromaresolve.shot import FrameRange, Pair, Shot, create
from chromaresolve.training import Wish, export, train

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

Story = Callable[[np.random.Generator, Picture, Picture, int], Picture]
"""Paints a fresh frame. Takes random numbers, the same for each frame of the shot; what lies
behind; another picture; and the frame's number from 0 on."""

WIDTH, HEIGHT, FRAMES = 320, 180, 24
"""Small enough to be taught in half a minute on one core."""

STEPS = 420
"""Of the small network."""

RETENTIONS = (SEVERE, MODERATE, Retention(cyan=0.2, magenta=0.8, yellow=0.6))
"""How far the dyes have faded, in turn."""

TELECINE = Telecine(size=(WIDTH, HEIGHT), chroma_blur=0.7, noise=0.004, jpeg_quality=90)
"""Of the Reference: no grade and no shift, so that the truth is the fresh film."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of novelty."""

    story: Story
    """Paints it."""
    pairs: tuple[int, ...] = (1, 4, 7)
    """Source frames that teach."""
    clean: tuple[int, int] = (1, 8)
    """First and last frame that show nothing new."""


def objects(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Paint one thing in one colour that grows."""
    hue = random.uniform(0, 360)
    return _thing(behind, _hsv(hue, 0.75, random.uniform(0.4, 0.9)), 0.9 * _ramp(frame), frame)


def crowd(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Paint things in many colours, one after the other."""
    picture = behind
    for number in range(6):
        colour = _hsv(random.uniform(0, 360), random.uniform(0.5, 0.9), random.uniform(0.3, 0.95))
        place = random.uniform(0.1, 0.9, 2)
        size = 0.38 * min(1.0, max(0.0, (frame - 8 - 2.5 * number) / 3))
        picture = _thing(picture, colour, size, frame, place=place)
    return picture


def middle(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Paint a thing that comes and goes."""
    size = 0.8 * max(0.0, 1 - abs(frame - 12.5) / 5)
    return _thing(behind, _hsv(random.uniform(0, 360), 0.8, 0.7), size, frame)


def light(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Let the light take on a colour."""
    gel = _hsv(random.uniform(0, 360), 0.55, 1.0)
    return np.asarray(behind * (1 - _ramp(frame) * (1 - gel)), np.float32)


def place(_random: np.random.Generator, behind: Picture, other: Picture, frame: int) -> Picture:
    """Pan to another place."""
    joined = np.hstack([behind, other])
    left = round(_ramp(frame) * WIDTH)
    return joined[:, left : left + WIDTH]


def dissolve(_random: np.random.Generator, behind: Picture, other: Picture, frame: int) -> Picture:
    """Lap over to another picture."""
    share = np.float32(_ramp(frame))
    return behind * (1 - share) + other * share


def known(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Paint a thing that is there from the first frame to the last."""
    hue = random.uniform(0, 360)
    return _thing(behind, _hsv(hue, 0.7, 0.7), 0.5, frame, place=np.array([0.3, 0.5]))


def texture(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Lay the picture's own colours over it as a mosaic that grows."""
    height, width = HEIGHT // 6, WIDTH // 6
    tiles = behind.reshape(-1, 3)[random.integers(0, HEIGHT * WIDTH, height * width)]
    mosaic = tiles.reshape(height, width, 3)
    whole = cv2.resize(mosaic, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    picture = behind.copy()
    edge = round(0.8 * WIDTH * _ramp(frame))
    picture[:, :edge] = whole[:, :edge]
    return picture


def dark(random: np.random.Generator, behind: Picture, _other: Picture, frame: int) -> Picture:
    """Let the light go."""
    left = random.uniform(0.25, 0.45)
    return np.asarray(behind * (1 - _ramp(frame) * (1 - left)), np.float32)


def look_alike(
    random: np.random.Generator, behind: Picture, _other: Picture, frame: int
) -> Picture:
    """Paint a thing whose paint differs from a taught one's by the dye that has faded most."""
    paint = LOOK_ALIKES[int(random.integers(len(LOOK_ALIKES)))]
    warm, cool = (np.asarray(one, np.float32) ** (1 / 2.4) for one in (paint.warm, paint.cool))
    warm = np.clip(warm, 0, 1)
    picture = _thing(behind, warm, 0.6, frame, place=np.array([0.25, 0.5]))
    return _thing(picture, cool, 0.8 * _ramp(frame), frame, place=np.array([0.75, 0.5]))


def fair(_random: np.random.Generator, _behind: Picture, _other: Picture, frame: int) -> Picture:
    """Film the demo's fair, whose camera pans to what was not seen."""
    return draw_scene(frame, width=WIDTH, height=HEIGHT, frame_count=FRAMES)


STORIES = {
    "objects": Family(objects),
    "crowd": Family(crowd),
    "middle": Family(middle, pairs=(1, 6, 22)),
    "light": Family(light),
    "place": Family(place),
    "dissolve": Family(dissolve),
    "known": Family(known, pairs=(1, 12, 24), clean=(1, 24)),
    "texture": Family(texture),
    "dark": Family(dark),
    "look_alike": Family(look_alike),
    "fair": Family(fair),
}
"""The families by name."""


def shot_folder(cache: Path, name: str, seed: int) -> Path:
    """Return where a shot lies."""
    return cache / f"{name}_{seed}"


def make_shot(cache: Path, name: str, seed: int) -> Shot:
    """Paint, fade, teach and recover a shot; one that is there is only loaded."""
    root = shot_folder(cache, name, seed)
    if (root / "errors.npy").is_file():
        return Shot.load(root)
    shot = _write(root, name, seed)
    wish = Wish(steps=STEPS, size="small", device="cpu")
    shot = train(shot, wish, say=quiet, on_progress=still)
    shot = fit(shot, cube=33, render=False, say=quiet, on_progress=still)
    shot = export(shot)
    shot = recovery.recover(
        shot, recovery.Wish(provider="cpu", workers=1), say=quiet, on_progress=still
    )
    np.save(root / "errors.npy", _errors(shot))
    return shot


def _write(root: Path, name: str, seed: int) -> Shot:
    """Write the plates, the truth, and the pairs as if they had been aligned."""
    family = STORIES[name]
    order = list(STORIES).index(name)
    fading = Fading(
        retention=RETENTIONS[(order + seed) % len(RETENTIONS)],
        grain=0.02,
        unevenness=0.1,
        flicker=0.003,
        bits=10,
        seed=seed,
    )
    shot = create(
        root,
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse(f"1-{FRAMES}"),
    )
    for frame in range(1, FRAMES + 1):
        fresh = fresh_frame(name, seed, frame - 1)
        plate = fade_frame(fresh, fading, frame=frame)
        write_rgb(frame_path("plates/P_####.exr", frame, root), plate)
        truth = merge_chroma(plate, rgb_to_chroma(fresh)).rgb
        write_rgb(frame_path("truth/T_####.exr", frame, root), truth)
        if frame in family.pairs:
            reference = make_reference(fresh, TELECINE, frame=frame)
            write_rgb(frame_path("plates/R_####.exr", frame, root), reference)
    shot = shot.with_pairs(Pair(source=n, reference=n, reason="by hand") for n in family.pairs)
    for pair in shot.pair:
        copy = read_frame(frame_path("plates/R_####.exr", pair.source, root))
        trust = np.ones(copy.rgb.shape[:2], np.float16)
        laid = Frame(rgb=copy.rgb, others={"A": trust}, header=copy.header)
        write_frame(aligned_path(shot, pair), laid, pixel_type="float")
    shot.path("alignment/alignment.json").write_text(json.dumps({"pairs": {}, "left_out": {}}))
    return shot.with_made("alignment", settings={}, inputs={}, outputs={}, measured={})


def fresh_frame(name: str, seed: int, frame: int) -> Picture:
    """Paint a frame of a story, counted from 0: the camera drifts over what lies behind."""
    order = list(STORIES).index(name)
    pictures = [picture for _, picture in photographs()]
    behind, other = (pictures[(order + seed + more) % len(pictures)] for more in (0, 2))
    random = np.random.default_rng([order, seed])
    drifted = _drift(behind, frame), _drift(other, frame)
    painted = STORIES[name].story(random, *drifted, frame)
    return np.ascontiguousarray(np.clip(painted, 0, 1), np.float32)


def _drift(picture: Picture, frame: int) -> Picture:
    zoom = max(WIDTH * 1.1 / picture.shape[1], HEIGHT * 1.1 / picture.shape[0])
    right = 0.08 * WIDTH * frame / FRAMES
    matrix = np.array([[zoom, 0, -right], [0, zoom, -right / 2]])
    moved = cv2.warpAffine(
        picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(moved, np.float32)


def _thing(
    behind: Picture,
    colour: Picture,
    size: float,
    frame: int,
    *,
    place: NDArray[np.float64] | None = None,
) -> Picture:
    """Paint something round and shaded; its size is a share of the frame's height."""
    if size <= 0:
        return behind
    across, down = (np.array([0.5, 0.5]) if place is None else place) * (WIDTH, HEIGHT)
    across += 2.0 * (frame - 12)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    radius = max(1.0, size * HEIGHT / 2)
    u, v = (columns - across) / radius, (rows - down) / radius
    cover = np.clip((1 - np.hypot(u, v)) * radius, 0, 1)[..., None]
    shade = np.clip(1.0 - 0.35 * u - 0.35 * v, 0.3, 1.6)[..., None]
    stripes = 1 + 0.12 * np.sign(np.sin(0.5 * (columns - across)))[..., None]
    painted = np.clip(colour * shade * stripes, 0, 1)
    return np.asarray(behind * (1 - cover) + painted * cover, np.float32)


def _ramp(frame: int) -> float:
    """Return how much there is that is new: 0 up to the eighth frame, 1 in the last."""
    return float(np.clip((frame - 7) / (FRAMES - 8), 0, 1))


def _hsv(hue: float, saturation: float, value: float) -> Picture:
    one = np.array([[[hue, saturation, value]]], np.float32)
    return np.asarray(cv2.cvtColor(one, cv2.COLOR_HSV2RGB)[0, 0], np.float32)


def _errors(shot: Shot) -> NDArray[np.float64]:
    """Return each frame's mean dE2000 to the plate's luma with the true chroma."""
    errors = []
    for frame in shot.shot.frames.frames:
        recovered = read_rgb(recovered_frames(shot).path(frame))
        truth = read_rgb(frame_path("truth/T_####.exr", frame, shot.root))
        errors.append(float(delta_e_2000(recovered, truth).mean()))
    return np.array(errors)


def quiet(_sentence: str) -> None:
    """Take a sentence and say nothing."""


def still(_done: int, _total: int, _note: str) -> None:
    """Take a progress report and show nothing."""
