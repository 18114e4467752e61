"""How alike the small pictures of two frames are, however faded, graded, flickering or moved."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Plane

Planes: TypeAlias = NDArray[np.float32]
"""One channel of many frames, (frames, height, width)."""

SMALLEST, LARGEST = 1.0, 16.0
"""Detail that counts, as the blurs it lies between, in pixels of a picture 96 wide: grain is finer,
and light that falls off is coarser."""

REACH = 1 / 9
"""How far two pictures may have moved against each other, as a share of their sides: a camera that
swings faster than that from frame to frame shows only blur."""

BORDER_DEVIATION = 0.012
"""A row or column at the edge that varies less than this, along it and over all frames, may be a
border; in display values."""

BORDER_TONE = 0.2
"""Tone of a border, at most: black, or what fading has made of it."""

MOST_BORDER = 1 / 3
"""Share of the picture that borders may take on each side."""

NOTHING = 0.002
"""Deviation of the detail below which a picture shows nothing: half an 8-bit step."""

SHARE_OF_USUAL = 0.12
"""The same, as a share of what the sequence's pictures usually have: what is left of one in grain
at the end of a fade."""


def tones_to_detail(tones: Planes) -> Planes:
    """Return what the pictures show, without borders, grain and the fall of light.

    Args:
        tones: Tone of the small pictures, `tone_thumbs` of a survey.
    """
    if not len(tones):
        return tones
    rows, columns = picture_area(tones)
    return np.stack([tone_to_detail(tone[rows, columns]) for tone in tones])


def tone_to_detail(tone: Plane) -> Plane:
    """Return what one picture shows, without grain and the fall of light."""
    fine, coarse = (cv2.GaussianBlur(tone, (0, 0), blur) for blur in (SMALLEST, LARGEST))
    return np.asarray(fine - coarse, np.float32)


def measure_contrast(details: Planes) -> NDArray[np.float32]:
    """Return the deviation of each frame's detail, (frames,)."""
    if not len(details):
        return np.zeros(0, np.float32)
    return np.asarray(details.std(axis=(1, 2)), np.float32)


def is_blank(contrast: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Say of each frame whether it shows nothing: black, white, or any other even colour."""
    if not contrast.size:
        return np.zeros(0, np.bool_)
    return contrast < max(NOTHING, SHARE_OF_USUAL * float(np.median(contrast)))


def measure_likeness(first: Plane, second: Plane) -> float:
    """Return how alike the detail of two frames is where it fits best: 1 the same, 0 unrelated."""
    down, across = (max(1, round(side * REACH)) for side in first.shape)
    inner = np.ascontiguousarray(first[down:-down, across:-across])
    if min(inner.shape) < 2:
        return 1.0
    fits = cv2.matchTemplate(second, inner, cv2.TM_CCOEFF_NORMED)
    return float(np.clip(fits.max(), 0, 1))


def measure_shift(first: Plane, second: Plane) -> tuple[float, float]:
    """Return how far right and down the second shows what the first shows, in their pixels."""
    down, across = (side // 5 for side in first.shape)
    inner = np.ascontiguousarray(first[down : len(first) - down, across : first.shape[1] - across])
    fits = cv2.matchTemplate(second, inner, cv2.TM_CCOEFF_NORMED)
    y, x = (int(place) for place in np.unravel_index(int(fits.argmax()), fits.shape))
    return _peak(fits[y], x) - across, _peak(fits[:, x], y) - down


def measure_change(details: Planes) -> NDArray[np.float32]:
    """Return how unlike each frame is to the one after it, (frames - 1,): 0 the same, 1 unrelated.

    A frame that shows nothing is like any other.
    """
    blank = is_blank(measure_contrast(details))
    return np.array(
        [
            0.0 if blank[row] or blank[row + 1] else 1 - measure_likeness(*details[row : row + 2])
            for row in range(len(details) - 1)
        ],
        np.float32,
    )


def picture_area(tones: Planes) -> tuple[slice, slice]:
    """Return the rows and columns of the small pictures that are not border in every frame."""
    inside = []
    for lines in (tones, tones.transpose(0, 2, 1)):
        # Along each line, and then over time: a border is even, dark, and stays as it is.
        level = lines.mean(axis=2)
        deviation = np.maximum(lines.std(axis=2).max(axis=0), level.std(axis=0))
        is_picture = (deviation > BORDER_DEVIATION) | (level.mean(axis=0) > BORDER_TONE)
        alive = np.flatnonzero(is_picture)
        most = int(len(deviation) * MOST_BORDER)
        first, last = (alive[0], alive[-1]) if alive.size else (0, len(deviation) - 1)
        inside.append(slice(min(int(first), most), max(int(last) + 1, len(deviation) - most)))
    return inside[0], inside[1]


def _peak(line: NDArray[Any], place: int) -> float:
    """Return where a peak lies between the pixels, by the parabola through it."""
    if not 0 < place < len(line) - 1:
        return place
    before, here, after = (float(value) for value in line[place - 1 : place + 2])
    bend = before - 2 * here + after
    return place + (before - after) / (2 * bend) if bend else place
