"""How far apart two Rec.709 pictures look: CIEDE2000, pixel by pixel.

Display values become CIE L*a*b* of the Rec.709 white, D65, as the display shows them, and
differences are CIEDE2000 with all three weights 1. Display values below 0 are mirrored through the
display's gamma and values above 1 go on: nothing is clamped.
"""

from __future__ import annotations

from math import radians as _radians
from math import tau as _TURN

import numpy as np
import numpy.typing as npt

from chromaresolve.colour.luma import Floats, Pixels

PRIMARIES_709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
"""CIE x, y of red, green and blue; Rec. ITU-R BT.709-6, item 1.3."""

WHITE_D65 = (0.3127, 0.3290)
"""CIE x, y of reference white; Rec. ITU-R BT.709-6, item 1.4."""

DISPLAY_GAMMA = 2.4
"""Exponent of a reference display with a black of 0; Rec. ITU-R BT.1886, annex 1."""

BLOCK_PIXELS = 1 << 14
"""Pixels worked on at a time, so that two dozen temporaries stay in cache."""

_LAB_CORNER = 6 / 29
"""Where the cube root of L*a*b* turns into a line; CIE 15:2018, 8.2.1."""


def rgb_to_xyz_matrix() -> npt.NDArray[np.float64]:
    """Return the 3x3 from linear Rec.709 to CIE XYZ with white at Y = 1 (SMPTE RP 177)."""
    primaries = np.array([_xy_to_xyz(*xy) for xy in PRIMARIES_709]).T
    return primaries * np.linalg.solve(primaries, _xy_to_xyz(*WHITE_D65))


def display_709_to_lab(display_709: Floats, *, gamma: float = DISPLAY_GAMMA) -> Pixels:
    """Return CIE L*a*b* (..., 3), D65, of display-encoded Rec.709."""
    display_709 = np.asarray(display_709, dtype=np.float32)
    linear = np.copysign(np.abs(display_709) ** np.float32(gamma), display_709)
    to_relative_xyz = rgb_to_xyz_matrix() / np.reshape(_xy_to_xyz(*WHITE_D65), (3, 1))
    relative = linear @ to_relative_xyz.T.astype(np.float32)
    line = relative / np.float32(3 * _LAB_CORNER**2) + np.float32(4 / 29)
    root = np.where(relative > np.float32(_LAB_CORNER**3), np.cbrt(relative), line)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)


def delta_e_2000(
    first_709: Floats, second_709: Floats, *, gamma: float = DISPLAY_GAMMA
) -> npt.NDArray[np.float32]:
    """Return CIEDE2000 per pixel, (h, w), of two display-encoded Rec.709 pictures (h, w, 3)."""
    if first_709.shape != second_709.shape:
        raise ValueError(f"pictures of {first_709.shape} and {second_709.shape} have no difference")
    first, second = first_709.reshape(-1, 3), second_709.reshape(-1, 3)
    difference = np.empty(len(first), dtype=np.float32)
    for start in range(0, len(first), BLOCK_PIXELS):
        block = slice(start, start + BLOCK_PIXELS)
        difference[block] = lab_delta_e_2000(
            display_709_to_lab(first[block], gamma=gamma),
            display_709_to_lab(second[block], gamma=gamma),
        )
    return difference.reshape(first_709.shape[:-1])


def lab_delta_e_2000(first_lab: Floats, second_lab: Floats) -> Floats:
    """Return CIEDE2000 (...) of two L*a*b* pictures (..., 3), in the precision they come in.

    Formula and names after Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color
    Research and Application 30 (2005), equations 2 to 22; angles in radians.
    """
    lightness_1, chroma_1, hue_1, lightness_2, chroma_2, hue_2 = _to_polar(first_lab, second_lab)
    product = chroma_1 * chroma_2
    hue_step, hue = _hue_step_and_mean(hue_1, hue_2)
    lightness, chroma = (lightness_1 + lightness_2) / 2, (chroma_1 + chroma_2) / 2
    spread = np.square(lightness - 50)
    delta_l = (lightness_2 - lightness_1) / (1 + 0.015 * spread / np.sqrt(20 + spread))
    delta_c = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    delta_h = 2 * np.sqrt(product) * np.sin(hue_step / 2) / (1 + 0.015 * chroma * _hue_weight(hue))
    squares = np.square(delta_l) + np.square(delta_c) + np.square(delta_h)
    squares += _rotation(hue, chroma) * delta_c * delta_h
    # Two colours that differ only by rounding can end a hair below 0.
    distance: Floats = np.sqrt(np.maximum(squares, 0))
    return distance


def _to_polar(first_lab: Floats, second_lab: Floats) -> tuple[Floats, ...]:
    """Return L*, C' and h' of both, a* stretched for near-neutral colours (equations 2 to 7)."""
    a_1, b_1 = first_lab[..., 1], first_lab[..., 2]
    a_2, b_2 = second_lab[..., 1], second_lab[..., 2]
    stretch = 1.5 - 0.5 * _high_chroma((np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2)
    a_1, a_2 = a_1 * stretch, a_2 * stretch
    hue_1, hue_2 = np.arctan2(b_1, a_1) % _TURN, np.arctan2(b_2, a_2) % _TURN
    chroma_1, chroma_2 = np.hypot(a_1, b_1), np.hypot(a_2, b_2)
    return first_lab[..., 0], chroma_1, hue_1, second_lab[..., 0], chroma_2, hue_2


def _high_chroma(chroma: Floats) -> Floats:
    """Return the term that goes from 0 at neutral to 1 beyond C* 25 (equations 4 and 17)."""
    seventh = (chroma / 25) ** 7
    share: Floats = np.sqrt(seventh / (seventh + 1))
    return share


def _hue_step_and_mean(hue_1: Floats, hue_2: Floats) -> tuple[Floats, Floats]:
    """Return the hue difference the short way round, and the mean hue (equations 10 and 14).

    Neutrals, which have no hue, need no case of their own: every term with a hue is then 0.
    """
    step, both = hue_2 - hue_1, hue_1 + hue_2
    is_far = np.abs(step) > np.pi
    step = np.where(is_far, step - np.copysign(_TURN, step), step)
    mean = np.where(is_far, both + np.where(both < _TURN, _TURN, -_TURN), both) / 2
    return step, mean


def _hue_weight(hue: Floats) -> Floats:
    """Return T, how much hue counts at this hue (equation 15)."""
    weight: Floats = 1 - 0.17 * np.cos(hue - _radians(30))
    weight += 0.24 * np.cos(2 * hue)
    weight += 0.32 * np.cos(3 * hue + _radians(6))
    weight -= 0.20 * np.cos(4 * hue - _radians(63))
    return weight


def _rotation(hue: Floats, chroma: Floats) -> Floats:
    """Return R_T, which turns the ellipses of saturated blue (equations 16, 17 and 21)."""
    angle = _radians(30) * np.exp(-np.square((hue - _radians(275)) / _radians(25)))
    turn: Floats = -2 * np.sin(2 * angle) * _high_chroma(chroma)
    return turn


def _xy_to_xyz(x: float, y: float) -> npt.NDArray[np.float64]:
    return np.array([x / y, 1.0, (1 - x - y) / y])
