"""Dissolves, fades and flashes: frames that belong to two shots, or hardly to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Plane
from chromaresolve.turnover.likeness import (
    Planes,
    is_blank,
    measure_change,
    measure_contrast,
    measure_likeness,
    measure_shift,
    tones_to_detail,
)

HALF_LENGTHS = (2, 3, 4, 6, 8, 10, 12, 16, 20, 24)
"""Half the lengths at which a dissolve is looked for, in frames; up to two seconds."""

DIP = 0.88
"""Power of the detail in the middle of a dissolve over that at its ends, at most: two unrelated
pictures at half strength have half of it."""

LARGEST_STEP = 0.45
"""How unlike two frames that follow one another may be in a dissolve: more is a cut."""

SAMPLES = 7
"""Frames of a dissolve that are taken apart into what comes and what goes."""

TRAVEL = 4
"""Frames before and after a dissolve that say how fast each camera travels."""

LEAST_VIEW = 0.4
"""Share of the picture that both ends must still show once they are moved with their cameras."""

MIXED = 0.74
"""How much of every frame the two ends explain, and how steadily one takes over, at least.
Measured: still shots 0.9, slow pans mostly 0.75; within shots that pan, zoom and fade 0.73."""

BOTH = 0.2
"""Share of both ends that the middle holds, at least."""

PURE = 0.1
"""Share of an end below which it may as well not have begun, or be gone."""

RELATED = 0.3
"""Correlation of the two ends, moved with their cameras, at most: a pan's are one picture."""

UNLIKE = 0.4
"""How unlike the two ends are at least, wherever they fit best."""

SHORTEST_FADE = 4
"""Frames of a fade, at least; what is shorter is a cut to black."""

FADED = 0.5
"""Contrast and light at a fade's dark end over those at its beginning, at most."""

SHOWN = 0.5
"""Share of its contrast from which on a fading picture can be compared with the one before."""

LIKE_BEFORE = 0.5
"""Likeness of each frame of a fade to the one before, at least: else there was a cut."""

FULL = 0.95
"""Share of the contrast above which the fade has not begun."""

WAVER = 1.03
"""By how much contrast may rise again from frame to frame within a fade: grain and flicker."""

FLASH_LIGHT = 0.06
"""Change of mean tone that a flash makes, at least, in display values."""

FLASH_OVER_FLICKER = 6
"""The same over the usual change from frame to frame, in median absolute deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A passage between two shots."""

    kind: Literal["dissolve", "fade out", "fade in"]
    """What it is."""
    first: int
    """Its first frame that is not of one shot, or not in full light."""
    last: int
    """Its last."""

    def overlaps(self, other: Transition) -> bool:
        """Say whether the two have a frame in common."""
        return self.first <= other.last and other.first <= self.last


def find_dissolves(tones: Planes, frames: tuple[int, ...]) -> list[Transition]:
    """Find passages in which one picture takes the place of another by and by.

    Args:
        tones: Tone of small pictures, (frames, height, width), that follow one another.
        frames: Their numbers.
    """
    details = tones_to_detail(tones)
    power = np.square(measure_contrast(details))
    change = measure_change(details)
    found: list[tuple[int, int]] = []
    for half in HALF_LENGTHS:
        for middle in range(half, len(details) - half, max(1, half // 4)):
            first, last = middle - half, middle + half
            dip = power[first + 1 : last].min() / max((power[first] + power[last]) / 2, 1e-12)
            if dip > DIP or change[first:last].max() > LARGEST_STEP:
                continue
            if mixed := _mixture(details, first, last):
                found.append(mixed)
    return [
        Transition(kind="dissolve", first=frames[begin], last=frames[end])
        for begin, end in _longest_apart(found)
    ]


def find_fades(tones: Planes, frames: tuple[int, ...]) -> list[Transition]:
    """Find fades to and from black, white or any even colour.

    Args:
        tones: Tone of small pictures, (frames, height, width), that follow one another.
        frames: Their numbers.
    """
    details = tones_to_detail(tones)
    light = tones.mean(axis=(1, 2))
    outs = [
        Transition(kind="fade out", first=frames[begin], last=frames[end])
        for begin, end in _fades_out(details, light)
    ]
    count = len(frames) - 1
    ins = [
        Transition(kind="fade in", first=frames[count - end], last=frames[count - begin])
        for begin, end in _fades_out(details[::-1], light[::-1])
    ]
    return sorted(outs + ins, key=lambda fade: fade.first)


def find_flashes(tones: Planes, frames: tuple[int, ...]) -> list[int]:
    """Return frames whose light leaps for one frame or two, far beyond the sequence's flicker.

    Args:
        tones: Tone of small pictures, (frames, height, width), that follow one another.
        frames: Their numbers.
    """
    if len(frames) < 5:
        return []
    light = np.pad(tones.mean(axis=(1, 2)), 3, mode="reflect")
    # The three frames on either side; a flash of two frames cannot move their median.
    sides = np.lib.stride_tricks.sliding_window_view(light, 7)
    before, after = (np.median(side, axis=1) for side in (sides[:, :3], sides[:, 4:]))
    leap = np.minimum(np.abs(sides[:, 3] - before), np.abs(sides[:, 3] - after))
    is_alike = np.abs(before - after) < leap / 2
    usual = float(np.median(np.abs(np.diff(tones.mean(axis=(1, 2))))))
    is_flash = is_alike & (leap > max(FLASH_LIGHT, FLASH_OVER_FLICKER * usual))
    is_flash &= ~is_blank(measure_contrast(tones_to_detail(tones)))
    return [frames[row] for row in np.flatnonzero(is_flash)]


def _mixture(details: Planes, first: int, last: int) -> tuple[int, int] | None:
    """Return the rows that hold both ends, where these explain what lies between."""
    if 1 - measure_likeness(details[first], details[last]) < UNLIKE:
        return None
    travels = _travel(details, first, -1), _travel(details, last, 1)

    def take_apart(row: int) -> tuple[float, float, float, float] | None:
        return _parts(details, (first, last), row, travels)

    rows = np.arange(first + 1, last)
    some = rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLES).round().astype(int))]
    parts = [part for row in some if (part := take_apart(int(row)))]
    if len(parts) < max(len(some), 3) or not _is_mixture(some, np.array(parts)):
        return None
    taken = {int(row): part for row in rows if (part := take_apart(int(row)))}
    shares = [coming / max(leaving + coming, BOTH) for _, _, leaving, coming in taken.values()]
    return _extent(np.array(list(taken)), np.array(shares), len(details))


def _is_mixture(rows: NDArray[np.intp], parts: NDArray[np.float64]) -> bool:
    explained, related, leaving, coming = parts.T
    if min(np.ptp(leaving), np.ptp(coming)) == 0:
        return False
    steady = min(np.corrcoef(rows, coming)[0, 1], -np.corrcoef(rows, leaving)[0, 1])
    middle = len(rows) // 2
    return bool(
        min(explained.min(), steady) >= MIXED
        and related.max() < RELATED
        and min(leaving[middle], coming[middle]) > BOTH
    )


def _extent(rows: NDArray[np.intp], share: NDArray[np.float64], count: int) -> tuple[int, int]:
    """Return the first and last row that hold both pictures, the share rising steadily."""
    holds_both = (share > PURE) & (share < 1 - PURE)
    if holds_both.sum() > 1:
        rows, share = rows[holds_both], share[holds_both]
    slope, start = np.polyfit(rows, share, 1)
    if slope <= 0:
        return int(rows[0]), int(rows[-1])
    begin, end = np.floor(-start / slope) + 1, np.ceil((1 - start) / slope) - 1
    return int(np.clip(begin, 0, count - 1)), int(np.clip(end, 0, count - 1))


def _parts(
    details: Planes,
    ends: tuple[int, int],
    row: int,
    travels: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[float, float, float, float] | None:
    """Return how much of a frame the ends explain, how related they are, and the share of each."""
    shifts = [travel * (row - end) for end, travel in zip(ends, travels, strict=True)]
    view = _view(details.shape[1:], shifts)
    if view is None:
        return None
    pair = np.stack(
        [_moved(details[end], shift)[view].ravel() for end, shift in zip(ends, shifts, strict=True)]
    )
    frame = details[row][view].ravel()
    (one, cross), (_, other) = products = pair @ pair.T
    power = np.square(frame).sum()
    if min(one, other, power) <= 0 or cross >= RELATED * np.sqrt(one * other):
        return None
    leaving, coming = shares = np.linalg.solve(products, pair @ frame)
    explained = float(shares @ (pair @ frame) / power)
    return explained, float(cross / np.sqrt(one * other)), float(leaving), float(coming)


def _view(shape: tuple[int, ...], shifts: list[NDArray[np.float64]]) -> tuple[slice, slice] | None:
    """Return the part of the picture that both ends still show; None if it is too small."""
    height, width = shape
    left, top = np.ceil(np.maximum(np.max(shifts, axis=0), 0)).astype(int)
    right, bottom = np.floor(np.minimum(np.min(shifts, axis=0), 0)).astype(int)
    across, down = width + right - left, height + bottom - top
    if min(across, down) < 1 or across * down < LEAST_VIEW * width * height:
        return None
    return slice(top, height + bottom), slice(left, width + right)


def _moved(plane: Plane, shift: NDArray[np.float64]) -> Plane:
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    size = (plane.shape[1], plane.shape[0])
    return np.asarray(cv2.warpAffine(plane, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def _travel(details: Planes, row: int, way: int) -> NDArray[np.float64]:
    """Return how fast the camera moves the picture before (way -1) or after a row, per frame."""
    other = row + way * TRAVEL
    if not 0 <= other < len(details):
        return np.zeros(2)
    return np.array(measure_shift(details[row], details[other])) / (way * TRAVEL)


def _longest_apart(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest of those that overlap: a part of a dissolve is one, too."""
    chosen: list[tuple[int, int]] = []
    for begin, end in sorted(found, key=lambda rows: rows[0] - rows[1]):
        if all(end < other[0] or begin > other[1] for other in chosen):
            chosen.append((begin, end))
    return sorted(chosen)


def _fades_out(details: Planes, light: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Yield first and last row of each passage in which the picture loses its light."""
    contrast = measure_contrast(details)
    begin = 0
    for row in range(1, len(contrast) + 1):
        if row < len(contrast) and contrast[row] < contrast[row - 1] * WAVER:
            continue
        start = _start(contrast, begin, row - 1)
        if _is_fade(details, contrast, light, start, row - 1):
            yield start + 1, row - 1
        begin = row


def _start(contrast: NDArray[np.float32], begin: int, end: int) -> int:
    """Return the last row of a passage that has still nearly the contrast it began with."""
    full = np.flatnonzero(contrast[begin : end + 1] >= FULL * contrast[begin : end + 1].max())
    return begin + int(full[-1])


def _is_fade(
    details: Planes,
    contrast: NDArray[np.float32],
    light: NDArray[np.float32],
    start: int,
    end: int,
) -> bool:
    if end - start < SHORTEST_FADE or contrast[end] > FADED * contrast[start]:
        return False
    to_black = light[end] < FADED * light[start]
    to_white = 1 - light[end] < FADED * (1 - light[start])
    if not (to_black or to_white):
        return False  # out of focus, or into fog
    shown = [row for row in range(start, end + 1) if contrast[row] > SHOWN * contrast[start]]
    likes = [measure_likeness(details[row], details[row + 1]) for row in shown[:-1]]
    return min(likes, default=1.0) > LIKE_BEFORE
