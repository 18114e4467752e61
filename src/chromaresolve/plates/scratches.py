"""Scratches: thin vertical lines that stay at their place on the film while the picture moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from chromaresolve.structure import Plane

STRIPS = 16
"""Strips across the frame, in each of which a scratch must show for itself."""

WIDEST = 15
"""Width, in pixels, over which a column is compared with its surroundings: twice the widest
scratch, which on a 2K scan is 7 pixels."""

DEVIATIONS = 6.0
"""Deviations by which a column differs from its surroundings more than columns usually do."""

WEAKEST_STRIPS, WEAKEST = 0.2, 0.5
"""Share of the strips in which it may be weaker than this share of its usual strength: scratches
run from end to end, upright things in the picture seldom do."""

FAINTEST = 0.012
"""Display value by which it stands out at least: three 8-bit steps."""

WANDER = 3
"""Pixels by which a scratch may move from frame to frame: it does not follow weave."""

SHORTEST = 3
"""Frames for which it must last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A line down the film."""

    x: float
    """Where it is in the middle of its run, pixels from the left."""
    first: int
    """The first frame it is on."""
    last: int
    """The last frame it is on."""
    is_light: bool
    """Lighter than the picture; otherwise darker."""


@dataclass(frozen=True, slots=True)
class Line:
    """A thin vertical line on one frame."""

    x: int
    """Column."""
    is_light: bool
    """Lighter than the picture."""


def find_lines(tone: Plane) -> list[Line]:
    """Return the thin vertical lines that run through a whole frame.

    Args:
        tone: (height, width), display values.
    """
    height, width = tone.shape
    if height < STRIPS or width < 2 * WIDEST:
        return []
    strips = cv2.resize(tone, (width, STRIPS), interpolation=cv2.INTER_AREA)
    apart = strips - median_filter(strips, (1, WIDEST), mode="nearest")
    line = np.median(apart, axis=0)
    usual = 1.4826 * float(np.median(np.abs(line)))
    stands_out = np.abs(line) > max(DEVIATIONS * usual, FAINTEST)
    weakest = np.quantile(apart * np.sign(line), WEAKEST_STRIPS, axis=0)
    alike = weakest >= WEAKEST * np.abs(line)
    return [Line(x, bool(line[x] > 0)) for x in _summits(np.abs(line), stands_out & alike)]


def join_lines(frames: Sequence[int], lines: Sequence[Sequence[Line]]) -> tuple[Scratch, ...]:
    """Return the scratches that lines on consecutive frames make up.

    A pole that stands still from the top to the bottom of every frame cannot be told from one.

    Args:
        frames: The frames' numbers.
        lines: The lines on each.
    """
    ended: list[list[tuple[int, Line]]] = []
    running: list[list[tuple[int, Line]]] = []
    for frame, found in zip(frames, lines, strict=True):
        left = list(found)
        going: list[list[tuple[int, Line]]] = []
        for run in running:
            follower = _follower(run[-1][1], left)
            if follower is None:
                ended.append(run)
                continue
            left.remove(follower)
            going.append([*run, (frame, follower)])
        running = going + [[(frame, line)] for line in left]
    runs = [run for run in ended + running if len(run) >= SHORTEST]
    return tuple(
        Scratch(
            x=float(np.median([line.x for _, line in run])),
            first=run[0][0],
            last=run[-1][0],
            is_light=run[0][1].is_light,
        )
        for run in sorted(runs, key=lambda run: (run[0][0], run[0][1].x))
    )


def _summits(height: NDArray[np.float32], chosen: NDArray[np.bool_]) -> list[int]:
    """Return the highest place of each run of chosen places."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    return [
        int(start + height[start:stop].argmax())
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]


def _follower(line: Line, found: Sequence[Line]) -> Line | None:
    """Return the line of the next frame that continues one, if any."""
    near = [
        other
        for other in found
        if other.is_light == line.is_light and abs(other.x - line.x) <= WANDER
    ]
    return min(near, key=lambda other: abs(other.x - line.x), default=None)
