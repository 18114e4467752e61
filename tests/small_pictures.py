"""Small fresh pictures painted from nothing, of things in light and shade, for fading in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.balance.medium import Medium
from chromaresolve.demo.scene import draw_scene
from chromaresolve.fade import EXTREME, MILD, MODERATE, SEVERE, Fading, Retention, fade_frame
from tiny import TINY_HEIGHT, TINY_WIDTH

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4, 0..1."""

Plane = NDArray[np.float32]
"""(height, width)."""

WIDTH, HEIGHT = 240, 135
"""Of every picture: the smallest in which a sequence's tones are all there."""

DISPLAY_GAMMA = 2.4
"""ITU-R BT.1886 with black at 0."""

FLARE = 0.02
"""Share of a picture's mean light that a lens spreads over all of it."""

FAIR_FRAMES = (0, 11, 23)
"""Beginning, middle and end of the demo's journey."""

STEPS: Mapping[str, Retention] = {
    "mild": MILD,
    "moderate": MODERATE,
    "severe": SEVERE,
    "extreme": EXTREME,
}
"""The four steps of dark fading."""

DISPLAY_MEDIUM = Medium(
    space="display", plate_space="display", is_scene=False, config=None, reason="a test says so"
)
"""Plates whose display values are the film's own light."""

ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)


def fair(frame: int) -> Picture:
    """The demo's seaside fair: sky, sea, stone, people; 0 to 23.

    Shrunk from the size of the tiny shot, whose stage is painted anyway.
    """
    drawn = draw_scene(frame, width=TINY_WIDTH, height=TINY_HEIGHT)
    return np.asarray(cv2.resize(drawn, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)


def still_life() -> Picture:
    """Seven balls of as many paints on a white cloth before a grey wall."""
    light = paint("8c8c88", 1.1 - 0.6 * ROWS / HEIGHT)
    cloth = ROWS > 88
    light[cloth] = paint("e6e4de", 0.45 + 0.5 * (ROWS - 88) / 47)[cloth]
    paints = ("b8402e", "d8a83c", "3f7a46", "2f5f9e", "e8e4da", "3a3633", "8a5a36")
    for place, colour in enumerate(paints):
        lay_ball(light, colour, x=22 + 33 * place, y=84 - 14 * (place % 2), radius=15)
    return photograph(light, seed=1)


def portrait() -> Picture:
    """A face with dark hair above a white shirt and a blue jacket, before a green wall."""
    light = paint("6f8068", 1.2 - 0.9 * COLUMNS / WIDTH)
    lay_ball(light, "2a221d", x=120, y=50, radius=40)
    lay_ball(light, "cf9c80", x=117, y=58, radius=31)
    jacket = np.abs(COLUMNS - 120) < 18 + 1.1 * (ROWS - 80)
    light[jacket & (ROWS > 92)] = paint("33415c", side_light(120, 110))[jacket & (ROWS > 92)]
    shirt = (np.abs(COLUMNS - 118) < 30 - 0.35 * (ROWS - 90)) & (ROWS > 90)
    light[shirt] = paint("eceae4", side_light(118, 60))[shirt]
    return photograph(light, seed=2)


def valley() -> Picture:
    """Fields and dark trees under a sky with clouds: much green, much blue."""
    light = paint("86aed8", 0.75 + 0.5 * ROWS / 60)
    cloud = cloudiness(11, 18)
    light += (cloud * (ROWS < 60))[..., np.newaxis] * (paint("f2eee6", 1.0 + 0 * ROWS) - light)
    hill = 60 + 9 * np.sin(COLUMNS / 34) + 5 * np.sin(COLUMNS / 13 + 1)
    for base, colour, seed in ((0, "7d8f6a", 3), (22, "7c8a3e", 4), (45, "a08a58", 5)):
        field = hill + base < ROWS
        shade = 0.35 + 0.9 * cloudiness(seed, 9)
        light[field] = paint(colour, shade)[field]
    for x in range(12, WIDTH, 38):
        lay_ball(light, "33482a", x=x, y=78 + 11 * (x % 3), radius=12)
    lay_ball(light, "e6ded0", x=180, y=112, radius=9)
    return photograph(light, seed=6)


def evening_room() -> Picture:
    """A dim room under one lamp: brown wood, a red chair, a newspaper; most of it dark."""
    lamp = 1.6 * np.exp(-(((COLUMNS - 70) / 80) ** 2) - ((ROWS - 40) / 60) ** 2) + 0.08
    light = paint("9a8468", lamp)
    floor = ROWS > 96
    light[floor] = paint("5c4028", 0.8 * lamp * (1 + 0.4 * np.sin(COLUMNS / 9)))[floor]
    lay_ball(light, "8e2f2a", x=150, y=92, radius=26)
    lay_ball(light, "f4ead2", x=70, y=36, radius=13)
    paper = (np.abs(COLUMNS - 92) < 17) & (np.abs(ROWS - 96) < 11)
    light[paper] = paint("dcd8ce", 0.9 * lamp + 0.1)[paper]
    return photograph(light, seed=7)


def corridor() -> Picture:
    """Grey concrete and white tiles with people in coloured coats far apart: mostly neutral."""
    away = np.maximum(np.abs(COLUMNS - 120) / 120, np.abs(ROWS - 60) / 75)
    light = paint("b4b2ac", 0.15 + 0.8 * away)
    tiles = (ROWS > 85) & ((COLUMNS // 12 + ROWS // 8) % 2 < 1)
    light[tiles] = paint("dfddd8", 0.2 + 0.75 * away)[tiles]
    for x, y, radius, colour in (
        (60, 84, 18, "a03a34"),
        (118, 72, 7, "c9a227"),
        (176, 86, 20, "2c5c50"),
    ):
        lay_ball(light, colour, x=x, y=y, radius=radius)
    return photograph(light, seed=8)


PAINTERS: Mapping[str, Callable[[], Picture]] = {
    **{f"fair {frame}": partial(fair, frame) for frame in FAIR_FRAMES},
    "still life": still_life,
    "portrait": portrait,
    "valley": valley,
    "evening room": evening_room,
    "corridor": corridor,
}
"""Every picture by its name. None was changed after it was first balanced."""


@lru_cache(maxsize=len(PAINTERS))
def fresh(name: str) -> Picture:
    """One of the pictures, painted once; not to be changed."""
    picture = PAINTERS[name]()
    picture.setflags(write=False)
    return picture


def scanned(
    picture: Picture, retention: Retention, *, frame: int = 0, noise: float = 0.0
) -> Picture:
    """Fade a picture that has a 2K scan's grain and ten bits; noise is the scanner's own."""
    fading = Fading(retention=retention, grain=0.03, scanner_noise=noise, bits=10, seed=3)
    return fade_frame(picture, fading, frame=frame)


def paint(code: str, shade: Plane) -> Picture:
    """Return light from a surface: its paint, as a display code, under light and shade."""
    display = np.array([int(code[at : at + 2], 16) / 255 for at in (0, 2, 4)], np.float32)
    return np.asarray(shade[..., np.newaxis] * display**DISPLAY_GAMMA, np.float32)


def side_light(x: float, reach: float) -> Plane:
    """Return light that falls off to the right of a column."""
    return np.asarray(np.clip(0.75 - (COLUMNS - x) / reach, 0.12, 1.1), np.float32)


def lay_ball(light: Picture, code: str, *, x: float, y: float, radius: float) -> None:
    """Lay a ball over the light, lit from the upper left and with the sky's light in its shade."""
    across, down = (COLUMNS - x) / radius, (ROWS - y) / radius
    depth = 1 - across**2 - down**2
    inside = depth > 0
    facing = 0.55 * np.sqrt(np.maximum(depth, 0)) - 0.55 * across - 0.55 * down
    light[inside] = paint(code, 0.10 + 0.95 * np.maximum(facing, 0))[inside]


def cloudiness(seed: int, size: float) -> Plane:
    """Return soft patches, 0 to 1."""
    noise = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), size), np.float32)
    return np.asarray(np.clip(0.5 + 0.3 * soft / soft.std(), 0, 1), np.float32)


def photograph(light: Picture, seed: int) -> Picture:
    """Photograph light: no surface is quite even, a lens is soft and flares, film shoulders."""
    texture = np.random.default_rng(seed).normal(1, 0.06, (HEIGHT, WIDTH, 1)).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(light * texture, (0, 0), 0.7), np.float32)
    seen = (1 - FLARE) * soft + FLARE * soft.mean(axis=(0, 1))
    over = np.maximum(seen - 0.7, 0)
    seen = np.minimum(seen, 0.7) + 0.28 * (1 - np.exp(-over / 0.28))
    return np.asarray(np.maximum(seen, 0) ** (1 / DISPLAY_GAMMA), np.float32)
