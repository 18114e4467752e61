"""Ways through time: which Reference frame each Source frame is compared with, and how like it is.

A line has one offset and one rate. Each is judged with its own best map between the pictures, so
that no line looks better only because the camera's way makes up for a telecine's shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chromaresolve.pairs.likeness import Look, Matrix, Rows, lay, measure_likeness

LEAST_SHARE = 0.5
"""Of the shorter sequence's frames, that must have a counterpart on a line through time."""

NEAR = 2
"""Frames beside the line that a dropped or repeated frame may lead to."""

SAMPLE = 16
"""Frames by which a line is judged, spread over the shot; every other one gives its map."""

MOTION_WEIGHT = 2.0
"""What moves by itself tells more about time; what is shown is there always."""

CHANGE_COST = 0.5
"""Likeness that a dropped or repeated frame must bring over all frames after it to be believed."""

NEVER = 1e3
"""Cost of a frame that is not there."""

RATES: Mapping[str, Fraction] = MappingProxyType(
    {
        "the same rate": Fraction(1),
        "25 for 24 (PAL speed-up left as frames)": Fraction(25, 24),
        "24 for 25": Fraction(24, 25),
        "30 for 24 (3:2 pulldown)": Fraction(30, 24),
        "24 for 30 (pulldown removed on one side)": Fraction(24, 30),
        "25 for 18": Fraction(25, 18),
        "24 for 18": Fraction(24, 18),
        "25 for 16": Fraction(25, 16),
        "24 for 16": Fraction(24, 16),
    }
)
"""Reference frames for each Source frame that archives meet, in words."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A way through time: Reference frames for Source frames."""

    offset: int
    rate: Fraction
    columns: Rows
    """The Reference row of each Source row, -1 for none."""
    score: float = -NEVER
    """Mean likeness, less what drops and repeats cost."""
    laid: Matrix | None = None
    """How the Reference lies on the Source along this line, once judged."""


def find_lines(
    source: tuple[int, ...], reference: tuple[int, ...], offsets: Iterable[int]
) -> list[Line]:
    """Return each line that enough frames lie on, at every rate.

    Args:
        source: The Source's frame numbers, rising.
        reference: The Reference's.
        offsets: Reference minus Source frame number at the first Source frame, to try.
    """
    return [
        Line(offset=offset, rate=rate, columns=columns)
        for rate in RATES.values()
        for offset in offsets
        if (columns := _columns(np.array(source), np.array(reference), offset, rate)) is not None
    ]


def score(table: NDArray[np.float32], line: Line) -> float:
    """Return the mean of a table of likeness along a line."""
    rows = np.flatnonzero(line.columns >= 0)
    return float(table[rows, line.columns[rows]].mean())


def judge(line: Line, ours: Look, theirs: Look) -> Line:
    """Return the line with its own map and the likeness that it gives."""
    rows = np.flatnonzero(line.columns >= 0)
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), SAMPLE)).round().astype(int)]
    columns = line.columns[rows]
    laid = lay(ours, theirs, rows[::2], columns[::2])
    shown, moving = measure_likeness(ours, theirs, rows, columns[:, np.newaxis], laid)
    return replace(line, laid=laid, score=float((shown + MOTION_WEIGHT * moving).mean()))


def follow(line: Line, ours: Look, theirs: Look) -> tuple[Line, NDArray[np.float32]]:
    """Return a judged line with drops and repeats followed, and how like what its frames show is.

    The likeliest path (Viterbi) through the places near the line, where each change of step costs.
    """
    steps = np.arange(-NEAR, NEAR + 1)
    rows = np.flatnonzero(line.columns >= 0)
    there = line.columns[rows, np.newaxis] + steps
    valid = (there >= 0) & (there < len(theirs.shown))
    laid = np.eye(3) if line.laid is None else line.laid
    shown, moving = measure_likeness(ours, theirs, rows, np.where(valid, there, 0), laid)
    places, best = _likeliest(np.where(valid, shown + MOTION_WEIGHT * moving, -NEVER), steps)
    followed, taken = line.columns.copy(), np.arange(len(rows))
    followed[rows] = there[taken, places]
    return replace(line, columns=followed, score=best / len(rows)), shown[taken, places]


def _likeliest(gains: NDArray[np.float32], steps: NDArray[np.intp]) -> tuple[Rows, float]:
    """Return the place in each row that the best path takes, and what it gains."""
    change = CHANGE_COST * (steps[:, np.newaxis] != steps)
    best, came_from = gains[0] - CHANGE_COST * (steps != 0), np.zeros(gains.shape, np.intp)
    for row in range(1, len(gains)):
        paths = best - change
        came_from[row] = paths.argmax(axis=1)
        best = paths.max(axis=1) + gains[row]
    places = np.zeros(len(gains), np.intp)
    places[-1] = best.argmax()
    for row in range(len(gains) - 1, 0, -1):
        places[row - 1] = came_from[row, places[row]]
    return places, float(best.max())


def _columns(
    ours: NDArray[np.intp], theirs: NDArray[np.intp], offset: int, rate: Fraction
) -> Rows | None:
    """Return the Reference row of each Source row, -1 for none; None if too few have one."""
    wanted = ours[0] + offset + np.round((ours - ours[0]) * float(rate)).astype(int)
    rows = np.searchsorted(theirs, wanted)
    found = rows < len(theirs)
    found &= theirs[np.minimum(rows, len(theirs) - 1)] == wanted
    if found.sum() < max(LEAST_SHARE * min(len(ours), len(theirs)), 1):
        return None
    return np.where(found, rows, -1)
