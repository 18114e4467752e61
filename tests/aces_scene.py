"""Scene-linear pictures whose fading is known exactly, and what the display shows of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import aces_to_display, convert
from chromaresolve.frames import Rgb

HEIGHT, WIDTH = 90, 130
"""Of the scene: some five cells by eight of the grid that carries colour on."""

FADING = np.array((1.3, 0.8, 0.9), dtype=np.float32)
"""What became of each ACEScg channel: a pink cast."""

SHOWN_DE2000 = 0.2
"""Between what a carried picture shows and the display merge, at any pixel the display decides.

The largest measured on pictures of film is 0.11, which the halves of the file cost; a difference of
1 is the smallest that an eye sees.
"""

SHOWN_LUMA = 1 / 1023
"""The same for luma: one 10-bit code. The largest measured is 0.7 of it."""

INSIDE_709 = 0.1
"""Lowest channel of colours well inside Rec.709: the inverse output transform comes near no 0."""

EDGE_LUMA = 0.01
"""What luma may be off for a colour on the very edge, with a channel of 0. Measured: 0.008."""


def acescg_to_aces(acescg: NDArray[np.floating]) -> Rgb:
    """Return ACES2065-1 as a half EXR holds it."""
    aces = convert(acescg, from_space="ACEScg", to_space="ACES2065-1")
    return aces.astype(np.float16).astype(np.float32)


def aces_to_acescg(aces: Rgb) -> Rgb:
    """Return ACEScg."""
    return convert(aces, from_space="ACES2065-1", to_space="ACEScg")


def show(aces: Rgb) -> Rgb:
    """Return what the display shows, as a half EXR holds it."""
    return aces_to_display(aces).astype(np.float16).astype(np.float32)


def draw_film(seed: int) -> Rgb:
    """Return ACEScg with smooth colours, grain, deep shadow and a lamp above display white."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    lamp = 30 * np.exp(-((rows - 40) ** 2 + (columns - 90) ** 2) / 60)
    waves = np.stack([np.sin(columns / wave + wave) for wave in (11, 17, 23)], axis=-1)
    grain = random.normal(1, 0.03, (HEIGHT, WIDTH, 3))
    light = np.exp2(rows / HEIGHT * 7 - 6.5) + lamp
    film: Rgb = (light[..., None] * (1 + 0.45 * waves) * grain).astype(np.float32)
    return film


def find_in_range(scan_709: Rgb, merge_709: Rgb) -> NDArray[np.bool_]:
    """Return the pixels that the display shows well, in words other than the product's own."""
    of_scan, of_merge = scan_709.max(axis=-1), merge_709.max(axis=-1)
    in_range: NDArray[np.bool_] = np.minimum(of_scan, of_merge) > 0.08
    in_range &= (of_scan < 0.97) & (of_merge < 0.9)
    return in_range


def worst(values: NDArray[np.floating]) -> str:
    """Say how large the largest value is, and where."""
    place = np.unravel_index(int(np.argmax(values)), values.shape)
    return f"{values[place]:.4g} at {tuple(map(int, place))}, mean {values.mean():.4g}"
