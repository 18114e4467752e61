"""Where one shot ends and the next begins, found in what pictures show and not in their colours.

From frame to frame a shot changes little once movement is allowed for, and it changes alike:
fading, grain, flicker and a travelling camera all last longer than one frame. A cut is one change
that stands out from those before and after it. What comes back after a few frames was no cut but a
flash, a splice or somebody who walked past the lens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.turnover.likeness import (
    Planes,
    is_blank,
    measure_change,
    measure_contrast,
    measure_likeness,
    tones_to_detail,
)

LEAST_CHANGE = 0.22
"""How unlike the pictures on either side of a cut are at least. Measured on painted shots: within
one that fades, pans and flickers nine changes in ten stay below 0.1, at cuts they reach 0.3."""

LEAST_LEAP = 0.18
"""By how much that exceeds the changes before and after. Measured: within shots at most 0.1 where
nobody passes the lens, at cuts 0.35 and more."""

AT_THE_EDGE = 0.45
"""How unlike they are at least where one side has fewer than two frames to compare with."""

USUAL = 3
"""Changes on each side that say what is usual: their median, which no other cut moves."""

FLASH = 4
"""Frames that a flash, a splice or somebody at the lens may take."""

BACK = 0.65
"""How unlike the pictures before and after an interruption are at most, over how unlike it is to
them: in a few frames a shot goes on."""

ALONE = 0.7
"""How unlike a single frame is to both its neighbours, where these are two shots: a splice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """How a sequence is cut."""

    cuts: tuple[int, ...]
    """The first frame of each shot but the first."""
    interruptions: tuple[int, ...]
    """Frames in a shot that show something else: a flash, a splice, somebody at the lens."""
    blanks: tuple[int, ...]
    """Frames that show nothing."""

    def shots(self, frames: Iterable[int]) -> list[tuple[int, int]]:
        """Return first and last frame of each shot; frames that show nothing belong to none."""
        shown = [frame for frame in frames if frame not in self.blanks]
        shots: list[tuple[int, int]] = []
        for frame in shown:
            if not shots or frame in self.cuts:
                shots.append((frame, frame))
            else:
                shots[-1] = (shots[-1][0], frame)
        return shots


def find_cuts(tones: Planes, frames: tuple[int, ...]) -> Editing:
    """Find the cuts of a sequence.

    Args:
        tones: Tone of the small pictures, (frames, height, width).
        frames: Their numbers, rising. Where numbers are missing nothing is known, and no cut.
    """
    details = tones_to_detail(tones)
    blank = is_blank(measure_contrast(details))
    shown = np.flatnonzero(~blank)
    within, alone = (shown[sorted(rows)] for rows in _interruptions(details[shown]))
    steady = np.setdiff1d(shown, [*within, *alone])
    # A shot that comes back has gone on meanwhile, but it was not cut.
    cuts = [row for row in _cuts(details, steady, frames) if not np.isin(within, range(*row)).any()]
    return Editing(
        cuts=tuple(frames[row] for _, row in cuts),
        interruptions=tuple(frames[row] for row in sorted({*within.tolist(), *alone.tolist()})),
        blanks=tuple(frames[row] for row in np.flatnonzero(blank)),
    )


def _cuts(
    details: Planes, steady: NDArray[np.intp], frames: tuple[int, ...]
) -> list[tuple[int, int]]:
    """Return the last row of each shot that is cut, and the first of the next."""
    change = measure_change(details[steady])
    beside = np.pad(change, 1)
    leaps = change - np.maximum(beside[:-2], beside[2:])
    there = set(frames)
    return [
        (int(steady[row]), int(steady[row + 1]))
        for row in _above_usual(change)
        if leaps[row] > LEAST_LEAP
        and (0 < row < len(change) - 1 or change[row] > AT_THE_EDGE)
        and all(n in there for n in range(frames[steady[row]], frames[steady[row + 1]]))
    ]


def _above_usual(change: NDArray[np.float32]) -> list[int]:
    """Return the rows after which the picture changes by far more than usual."""
    return [
        row
        for row in range(len(change))
        if change[row] > LEAST_CHANGE and change[row] - _usual(change, row) > LEAST_LEAP
    ]


def _usual(change: NDArray[np.float32], row: int) -> float:
    """Return the change that is usual around a row, on the livelier side."""
    sides = (change[max(0, row - USUAL) : row], change[row + 1 : row + 1 + USUAL])
    medians = [float(np.median(side)) for side in sides if side.size]
    # A sequence of two frames: nothing to compare their change with.
    return max(medians, default=1.0)


def _interruptions(rows: Planes) -> tuple[set[int], set[int]]:
    """Return the rows that interrupt a shot, and those that stand alone between two."""
    change = measure_change(rows)
    leaps = _above_usual(change)
    within: set[int] = set()
    alone: set[int] = set()
    for leap in leaps:
        soon = [later for later in leaps if leap < later <= leap + FLASH]
        back = next((b for b in soon if _leads_back(rows, change, leap, b)), leap)
        within |= set(range(leap + 1, back + 1))
        if leap + 1 in soon and min(change[leap], change[leap + 1]) > ALONE:
            alone.add(leap + 1)
    return within, alone


def _leads_back(rows: Planes, change: NDArray[np.float32], leap: int, back: int) -> bool:
    """Say whether the picture after one leap is that before another."""
    gone_on = 1 - measure_likeness(rows[leap], rows[back + 1])
    return gone_on < BACK * float(min(change[leap], change[back]))
