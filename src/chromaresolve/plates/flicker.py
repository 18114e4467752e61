"""Flicker: how much lighter a whole frame is than another, channel by channel, and that undone."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from chromaresolve.plates.bands import Picture

Gain: TypeAlias = tuple[float, float, float]
"""What R, G and B are multiplied by. Flicker of exposure or of density is a gain in display values
as well, as these are a power of light."""

NO_GAIN: Gain = (1.0, 1.0, 1.0)
"""Leaves a frame as it is."""

COMPARED_WIDTH = 160
"""Width at which frames are compared: averaged by areas, grain and weave are gone."""

DARKEST = 0.05
"""Display value below which a pixel says nothing about gain."""

FEWEST = 50
"""Pixels that must be lighter than that."""


def measure_gain(first_709: Picture, second_709: Picture) -> Gain:
    """Return how much lighter the second frame is than the first, as gains of R, G and B.

    The median over the picture, so that what moves counts for nothing as long as it is the smaller
    part. A channel that is dark throughout gives 1.

    Args:
        first_709: Shape (height, width, 3), display encoded.
        second_709: The same shape.
    """
    first, second = (to_compared(picture) for picture in (first_709, second_709))
    red, green, blue = (_median_gain(first[..., part], second[..., part]) for part in range(3))
    return red, green, blue


def to_compared(picture: Picture) -> Picture:
    """Return a frame at most `COMPARED_WIDTH` wide, averaged by areas."""
    height, width = picture.shape[:2]
    if width <= COMPARED_WIDTH:
        return picture
    size = (COMPARED_WIDTH, max(1, round(height * COMPARED_WIDTH / width)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def level_flicker(plate_709: Picture, gain: Gain) -> Picture:
    """Return the plate brought to the level of the frames around it; `NO_GAIN` leaves it alone.

    For training only.

    Args:
        plate_709: Shape (height, width, 3), display encoded, any range.
        gain: The frame's, from `Wear.leveling`.
    """
    if gain == NO_GAIN:
        return plate_709
    return plate_709 * np.array(gain, np.float32)


def _median_gain(first: Picture, second: Picture) -> float:
    light = (first > DARKEST) & (second > DARKEST)
    if np.count_nonzero(light) < FEWEST:
        return 1.0
    return float(np.median(second[light] / first[light]))
