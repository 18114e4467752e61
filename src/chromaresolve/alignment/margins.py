"""What a scanner sees beside the picture: perforations and the sound track.

Both are strips along the left or right edge, from top to bottom. What tells them from picture is
the line between: a column of even film base from top to bottom, in every frame. A strip is named
by what is in it, and one that cannot be named is taken for picture: a doorpost in a night scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Mask, Plane

DEEPEST = 0.3
"""Share of the width in which margins are looked for: on 35 mm, perforations and sound track take
0.22 of the film (SMPTE ST 139 and ST 40)."""

EVEN = 0.05
"""Display values over which a column of film base may spread: grain, dirt and print-through."""

EVEN_SHARE = 0.96
"""Share of a column that must lie within it."""

ALONG_PX = 5
"""Pixels over which grain is averaged along a column before."""

LEAST_WIDTH = 0.012
"""Share of the width that a strip takes at least: a tenth of 35 mm film is its sound track."""

LEAST_CONTRAST = 0.15
"""Display values between the two levels of a strip at least."""

BETWEEN = (0.25, 0.75)
"""Part of the way from a strip's lower to its higher level that is neither of the two."""

MOST_BETWEEN = 0.3
"""Share of a strip that may be neither: blurred edges."""

BESIDE = 0.01
"""Share of the width that is given away inside of a strip as film base: 0.3 mm on 35 mm."""

STEADY = 0.8
"""Correlation of a strip's rows between frames from which it stands still, as perforations do."""

RESTLESS = 0.6
"""The same below which it moves on, as sound does."""

HOLE_PITCH = (1.8, 7.0)
"""Distance of perforations over their height: 2.4 on 35 mm, 3.0 on 8 mm, 3.7 on Super 8 and 6.0 on
16 mm (SMPTE ST 139, ST 149, ST 320 and ST 109)."""

HOLE_SHAPE = (0.5, 2.2)
"""Width of a perforation over its height: 0.8 to 1.5, and one may be cut by the raster's edge."""

REGULAR = 0.12
"""Share by which perforations may differ in height and distance: their corners are blurred."""

HOLE_FILLED = 0.75
"""Share of its box that a perforation fills: corners are round."""

BUSY = 16
"""Times that the rows of a sound track cross their mean at least: at 24 frames a second, 200 Hz."""

BARRED = 0.35
"""Spread within the rows of a variable-density track over its whole spread, at most."""

MOST_RUNS = 4.0
"""Mean number of light runs in a row of a variable-area track at most: two bilateral tracks."""

TRACK_EDGE = 0.1
"""Share of a strip at either side that is not looked at for a sound track: blurred."""

SLOW_SHARE = 1 / 12
"""Share of the height over which the mean is taken that a track's rows cross."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """A strip that is not picture, with the film base around it."""

    side: Literal["left", "right"]
    """Where it lies."""
    width: int
    """Columns that it takes, what lies outside of it not counted; pixels of the frames given."""
    what: str
    """Its name, in words."""


def find_margins(tones: ListOf[Plane]) -> list[Margin]:
    """Find perforations and sound tracks, each side's outermost first.

    Args:
        tones: Frames' tones on one raster, shape (height, width), display encoded; far apart, so
            that what moves is told from what stands still.
    """
    left = [Margin(side="left", width=width, what=what) for width, what in _inwards(tones)]
    mirrored = [np.ascontiguousarray(tone[:, ::-1]) for tone in tones]
    right = [Margin(side="right", width=width, what=what) for width, what in _inwards(mirrored)]
    return left + right


def _inwards(tones: ListOf[Plane]) -> Iterator[tuple[int, str]]:
    """Give the margins of the left side, by how many more columns each takes."""
    width = tones[0].shape[1]
    part = np.stack([tone[:, : round(DEEPEST * width)] for tone in tones])
    base = _is_base(part)
    steps = np.diff(base.astype(np.int8), prepend=1, append=1)
    begins, ends = np.flatnonzero(steps < 0), np.flatnonzero(steps > 0)
    taken = 0
    for place, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if end == len(base):
            return
        if end - begin < LEAST_WIDTH * width:
            continue
        what = _name(part[:, :, begin:end], at_edge=begin == 0)
        if what is None:
            return
        # No more of the base than a little: what follows may be dark picture.
        beyond = begins[place + 1] if place + 1 < len(begins) else len(base)
        inner = int(min(beyond, end + round(BESIDE * width)))
        yield inner - taken, what
        taken = inner


def _is_base(part: NDArray[np.float32]) -> Mask:
    """Return which columns are even from top to bottom in every frame, (columns,)."""
    smooth = np.stack([cv2.blur(tone, (1, ALONG_PX)) for tone in part])
    middle = np.median(smooth, axis=1, keepdims=True)
    even = (np.abs(smooth - middle) <= EVEN / 2).mean(axis=1) >= EVEN_SHARE
    return np.asarray(even.all(axis=0), dtype=np.bool_)


def _name(strip: NDArray[np.float32], *, at_edge: bool) -> str | None:
    """Return what a strip (frames, height, columns) is; None if it may be picture."""
    low, high = (float(level) for level in np.percentile(strip, (3, 97)))
    if high - low < LEAST_CONTRAST:
        return None
    shares = (strip - low) / (high - low)
    two_levels = np.mean((shares > BETWEEN[0]) & (shares < BETWEEN[1])) <= MOST_BETWEEN
    likeness = _likeness(shares)
    if two_levels and (likeness is None or likeness >= STEADY):
        holes = _count_holes(shares.mean(axis=0), at_edge=at_edge)
        if holes:
            return f"perforations, {holes} whole ones"
    # One frame alone does not tell a sound track from blinds in a window.
    if likeness is not None and likeness <= RESTLESS:
        edge = round(TRACK_EDGE * strip.shape[2])
        return _name_track(shares[:, :, edge : -edge or None], two_levels=bool(two_levels))
    return None


def _likeness(shares: NDArray[np.float32]) -> float | None:
    """Return the median correlation of rows between frames that follow; None for one frame."""
    rows = shares.mean(axis=2, dtype=np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1)
    if len(rows) < 2 or not lengths.all():
        return None
    return float(np.median((rows[:-1] * rows[1:]).sum(axis=1) / (lengths[:-1] * lengths[1:])))


def _count_holes(shares: Plane, *, at_edge: bool) -> int:
    """Return how many whole perforations there are in a strip (height, columns), 0 if none."""
    light = shares > sum(BETWEEN) / 2
    holes = light if light.mean() < 1 / 2 else ~light
    count, _, found, _ = cv2.connectedComponentsWithStats(holes.astype(np.uint8))
    boxes = found[1:count]
    large = boxes[boxes[:, cv2.CC_STAT_WIDTH] > shares.shape[1] / 2]
    top, tall = large[:, cv2.CC_STAT_TOP], large[:, cv2.CC_STAT_HEIGHT]
    whole = large[(top > 0) & (top + tall < len(shares))]
    if len(whole) < 2 or not _is_regular(whole):
        return 0
    height = float(np.median(whole[:, cv2.CC_STAT_HEIGHT]))
    shape = float(np.median(whole[:, cv2.CC_STAT_WIDTH])) / height
    boxed = whole[:, cv2.CC_STAT_WIDTH] * whole[:, cv2.CC_STAT_HEIGHT]
    filled = float(np.min(whole[:, cv2.CC_STAT_AREA] / boxed))
    least = HOLE_SHAPE[0] / 2 if at_edge else HOLE_SHAPE[0]
    shaped = least <= shape <= HOLE_SHAPE[1] and filled >= HOLE_FILLED
    return len(whole) if shaped else 0


def _is_regular(holes: NDArray[np.int32]) -> bool:
    """Say whether boxes are equally tall, and as far apart as perforations of that height are."""
    tall = holes[:, cv2.CC_STAT_HEIGHT].astype(np.float64)
    apart = np.diff(np.sort(holes[:, cv2.CC_STAT_TOP] + tall / 2))
    pitch = float(np.median(apart) / np.median(tall))
    steps = [np.ptp(tall) / np.median(tall), np.ptp(apart) / np.median(apart)]
    return bool(max(steps) <= REGULAR) and HOLE_PITCH[0] <= pitch <= HOLE_PITCH[1]


def _name_track(shares: NDArray[np.float32], *, two_levels: bool) -> str | None:
    """Return what kind of sound track a strip is, None if it is none."""
    if _crossings(shares) < BUSY:
        return None
    within = float(np.sqrt(shares.var(axis=2).mean()))
    if within <= BARRED * float(shares.std()):
        return "a variable-density sound track"
    starts = (np.diff((shares > sum(BETWEEN) / 2).astype(np.int8), axis=2) > 0).sum(axis=2)
    if two_levels and starts.mean() <= MOST_RUNS:
        return "a variable-area sound track"
    return None


def _crossings(shares: NDArray[np.float32]) -> float:
    """Return how often a frame's rows cross their own slow mean, by the median frame."""
    rows = shares.mean(axis=2)
    slow = max(3, round(SLOW_SHARE * rows.shape[1])) | 1
    counts = []
    for frame in rows:
        above = frame[:, None] > cv2.blur(frame[:, None], (1, slow))
        counts.append(np.count_nonzero(np.diff(above[:, 0])))
    return float(np.median(counts))
