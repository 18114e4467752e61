"""Colour-blind features: what a picture shows, whatever has become of its dyes and its grade.

Fading, grading and telecines change gain, gamma and colour, and each of them slowly over the
picture: what stays is where luma rises and falls. So the pictures here are first mixed to one
channel, then normalised in a sliding window.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]
"""One channel, shape (height, width)."""

Mask: TypeAlias = NDArray[np.bool_]
"""Which pixels count, shape (height, width)."""

TONE_WEIGHTS = (0.10, 0.65, 0.25)
"""Weights of R, G and B in the tone. Near luma, but with little red: the cyan dye fades first, so
a balanced scan's red channel is mostly amplified noise. Assumption: dark fading, the usual case."""

FINEST_DETAIL = 1 / 640
"""Standard deviation of the blur before anything is measured, as a share of the picture's width:
one pixel of a 720-wide telecine, which has nothing finer; a scan has, but there it is grain."""

WINDOW = 1 / 24
"""Width of the sliding window, as a share of the picture's width: wide enough to hold an edge and
what lies on both sides of it, narrow enough for a grade to be constant in it."""

DEVIATION_FLOOR = 0.1
"""Share of the picture's own deviation that is added to the window's: keeps flat areas flat, where
dividing by nearly nothing would turn grain into structure."""

FLAT_DEVIATION = 1e-4
"""Deviation below which a picture shows nothing but rounding: a fortieth of an 8-bit step."""


def rgb_to_tone(rgb: NDArray[np.float32]) -> Plane:
    """Mix the channel that carries the film's surviving dyes: mostly green, hardly any red.

    Args:
        rgb: Shape (height, width, 3), display encoded, any range.
    """
    return _plane(cv2.transform(np.ascontiguousarray(rgb), np.array([TONE_WEIGHTS], np.float32)))


def luma_structure(rgb: NDArray[np.float32]) -> Plane:
    """Return the tone with every window brought to mean 0 and deviation 1.

    The same picture under another gain, gamma or lift gives nearly the same plane.

    Args:
        rgb: Shape (height, width, 3), display encoded, any range.
    """
    return tone_to_luma_structure(rgb_to_tone(rgb))


def gradient_structure(rgb: NDArray[np.float32]) -> Plane:
    """Return how steep the tone is, with every window brought to mean 0 and deviation 1.

    Blind to polarity too: it stays where fading has turned a darker colour into the lighter one.

    Args:
        rgb: Shape (height, width, 3), display encoded, any range.
    """
    return tone_to_gradient_structure(rgb_to_tone(rgb))


def structure_agreement(
    first_rgb: NDArray[np.float32], second_rgb: NDArray[np.float32], mask: Mask
) -> float:
    """Return how well two pictures of one size agree, whatever their colours.

    1 is the same picture, 0 are unrelated ones; a faded scan and a telecine of the same frame that
    lie on each other reach 0.5 to 0.9.

    Args:
        first_rgb: Shape (height, width, 3), display encoded, any range.
        second_rgb: The same shape.
        mask: Pixels that count; without any, the agreement is 0.
    """
    return correlation(gradient_structure(first_rgb), gradient_structure(second_rgb), mask)


def tone_to_luma_structure(tone: Plane) -> Plane:
    """Return `luma_structure` of a picture whose tone is already mixed."""
    return _normalise(_without_grain(tone))


def tone_to_gradient_structure(tone: Plane) -> Plane:
    """Return `gradient_structure` of a picture whose tone is already mixed."""
    smooth = _without_grain(tone)
    across = _plane(cv2.Scharr(smooth, cv2.CV_32F, 1, 0))
    down = _plane(cv2.Scharr(smooth, cv2.CV_32F, 0, 1))
    # Not cv2.magnitude: its last bit depends on where in memory the picture happens to lie.
    return _normalise(np.sqrt(across * across + down * down))


def correlation(first: Plane, second: Plane, mask: Mask) -> float:
    """Return the normalised cross-correlation, -1 to 1, of two planes where the mask is set.

    It is 0 where nothing can be said: no pixel in the mask, or a plane that is constant there.
    """
    if not mask.any():
        return 0.0
    one, other = first[mask], second[mask]
    one, other = one - one.mean(), other - other.mean()
    energy = float(np.sqrt(np.vdot(one, one) * np.vdot(other, other)))
    return float(np.vdot(one, other)) / energy if energy > 0 else 0.0


def _without_grain(tone: Plane) -> Plane:
    # Below one pixel the kernel would hardly blur: derivatives need at least that much.
    return _plane(cv2.GaussianBlur(tone, (0, 0), max(1.0, tone.shape[1] * FINEST_DETAIL)))


def _normalise(plane: Plane) -> Plane:
    side = max(9, round(plane.shape[1] * WINDOW)) | 1
    # The picture's mean goes first: a window's variance is then no small difference of big squares.
    centred = plane - plane.mean()
    mean = _plane(cv2.blur(centred, (side, side)))
    square = _plane(cv2.blur(centred * centred, (side, side)))
    deviation = float(centred.std())
    if deviation < FLAT_DEVIATION:
        return np.zeros_like(plane)
    floor = np.float32((DEVIATION_FLOOR * deviation) ** 2)
    return _plane((centred - mean) / np.sqrt(np.maximum(square - mean * mean, 0) + floor))


def _plane(picture: object) -> Plane:
    # OpenCV's stubs allow any type of number; what goes in as float32 comes out as float32.
    return np.asarray(picture, dtype=np.float32)
