"""Dust and splice marks: what is on one frame alone, and on neither of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Plane

AROUND = np.ones((5, 5), np.uint8)
"""How far a neighbour's picture may have moved by itself, and still explain a pixel: 2 pixels."""

GRAINS = 4.0
"""Deviations of grain by which a speck is lighter or darker than all that is around it before and
after. The lightest of 50 pixels is already two deviations lighter than the mean."""

CONTRAST = np.float32(0.3)
"""Share of the contrast around a pixel by which it must exceed it: what lies between two pixels
looks a little different on each frame, most of all at hard edges."""

DETAILS = np.float32(4.0)
"""Times the usual detail of the picture around it by which a speck stands out."""

DETAIL_WINDOW = 25
"""Edge of the window that is the picture around it, pixels: a speck is a small part of it."""

SOFTNESS_PX = 0.8
"""Blur of all three frames: following motion softens the two that are moved, by about as much."""

FAINTEST = np.float32(0.03)
"""Display value by which a speck stands out at least."""

TONES = 8
"""Steps of tone for which grain is measured."""

MOVING = 3.0
"""Deviations of grain by which the frames before and after differ, where something moves."""

MOVING_WINDOW = 9
"""Edge of the window over which they are compared, pixels."""

LARGEST_SHARE = 0.002
"""Share of the frame beyond which what appears once is no speck: something that moved too fast."""

ROW_SHARE = 0.5
"""Share of a row that is on one frame alone, from which on it is a splice mark."""

EDGE_OF_SPECK = 0.5
"""How much of being sure a pixel needs to belong to a speck that has a sure one."""

SMALL = 1e-6
"""Keeps a frame without grain from dividing by 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speck:
    """Something on one frame alone: dust, dirt, a blister."""

    frame: int
    """Its frame."""
    x: float
    """Its centre, pixels from the left."""
    y: float
    """Its centre, pixels from the top."""
    area: int
    """Its pixels, roughly."""
    is_light: bool
    """Lighter than the picture, as dust on a negative prints; otherwise darker."""


def measure_transients(before: Plane, middle: Plane, after: Plane) -> Plane:
    """Return by how much each pixel of a frame is on that frame alone; 1 and -1 are sure.

    Positive where it is lighter than the picture around it both before and after, negative where it
    is darker than both. 0 where the frames before and after are at odds: something moves there.

    Args:
        before: Tone, (height, width), brought to where and how light the middle one is.
        middle: The frame's tone.
        after: As the one before.
    """
    before, middle, after = (
        np.asarray(cv2.GaussianBlur(plane, (0, 0), SOFTNESS_PX), np.float32)
        for plane in (before, middle, after)
    )
    highest = cv2.dilate(np.maximum(before, after), AROUND)
    lowest = cv2.erode(np.minimum(before, after), AROUND)
    beyond = np.maximum(middle - highest, 0) + np.minimum(middle - lowest, 0)
    expected = (before + after) * np.float32(0.5)
    grain = _grain(middle - expected, expected)
    differing = cv2.blur(np.square(before - after), (MOVING_WINDOW, MOVING_WINDOW))
    moves = differing > np.square(MOVING * grain)
    least = np.maximum(GRAINS * grain, CONTRAST * (highest - lowest))
    least = np.maximum(least, np.maximum(DETAILS * _detail(middle), FAINTEST))
    return np.where(moves, 0, beyond / least).astype(np.float32)


def find_specks(transients: Plane, frame: int, *, enlarged: int) -> list[Speck]:
    """Return the specks of a frame.

    Args:
        transients: Of that frame, as `measure_transients` gives them.
        frame: Its number.
        enlarged: How often the frame's own raster is that of the transients.
    """
    return [
        Speck(
            frame=frame,
            x=float(centre[0]) * enlarged,
            y=float(centre[1]) * enlarged,
            area=int(area) * enlarged**2,
            is_light=is_light,
        )
        for is_light, beyond in ((True, transients), (False, -transients))
        for centre, area in _spots(beyond)
    ]


def has_splice_mark(transients: Plane) -> bool:
    """Say whether a line right across the frame is on that frame alone."""
    return bool((np.abs(transients) > EDGE_OF_SPECK).mean(axis=1).max() > ROW_SHARE)


def _spots(beyond: Plane) -> list[tuple[NDArray[np.float64], int]]:
    """Return centre and area of each connected spot that has a sure pixel and is no larger part."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(
        (beyond > EDGE_OF_SPECK).astype(np.uint8), connectivity=8
    )
    areas = stats[:, cv2.CC_STAT_AREA]
    sure = np.unique(labels[beyond > 1])
    return [
        (centres[label], int(areas[label]))
        for label in sure
        if label and areas[label] <= LARGEST_SHARE * beyond.size
    ]


def _detail(tone: Plane) -> Plane:
    """Return the mean amount of detail around each pixel."""
    window = (DETAIL_WINDOW, DETAIL_WINDOW)
    detail = np.abs(tone - cv2.blur(tone, AROUND.shape))
    return np.asarray(cv2.blur(detail, window), np.float32)


def _grain(difference: Plane, tone: Plane) -> Plane:
    """Return one frame's grain at each pixel's tone, from what it differs by from two others."""
    edges = np.quantile(tone[::4, ::4], np.linspace(0, 1, TONES + 1))
    step = np.clip(np.searchsorted(edges, tone[::4, ::4].ravel(), side="right"), 1, TONES)
    apart = np.abs(difference[::4, ::4]).ravel()
    deviations = [
        np.median(apart[step == number]) if (step == number).any() else 0.0
        for number in range(1, TONES + 1)
    ]
    # The median of a normal distribution's amount is 0.6745 deviations; the mean of the two
    # neighbours adds half of one frame's variance.
    scale = 1 / (0.6745 * 1.5**0.5)
    middles = (edges[1:] + edges[:-1]) / 2
    return np.asarray(np.interp(tone, middles, deviations) * scale + SMALL, np.float32)
