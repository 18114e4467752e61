"""Which Reference frame shows what a Source frame does: found by content, without regard to colour.

A still picture says little about time; what moves does. So two frames are compared twice: by their
structure, and by how it changes from the frame before to the frame after. Both are correlations of
small pictures, highest over a few pixels of shift, for the two need not lie on each other yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.survey import Survey, tone_thumbs

Planes: TypeAlias = NDArray[np.float32]
"""Small pictures, one behind the other, (frames, height, width)."""

RASTER = (96, 54)
"""Width and height of the small pictures that are compared."""

COARSE = 8.0
"""Blur of what is left out of them, in their pixels: slow changes of light and grade."""

SHORTEST_RUN = 6
"""Frames from which on a sequence can be followed through time."""

LEAST_SHARE = 0.5
"""Of the shorter sequence's frames, that must have a counterpart on a line through time."""

NEAR = 2
"""Frames beside the line that a dropped or repeated frame may lead to."""

REACH = 3
"""How far, in pixels of the small pictures, the two may lie off each other: 3 % of the width."""

SOFTNESS = 1.0
"""Blur of the small pictures: a telecine is softer than a scan."""

MOTION_FLOOR = 0.004
"""Deviation of a change, in display values, below which nothing moves: grain averaged away."""

FARTHEST = 48
"""Frames by which Source and Reference may be apart beyond the stated offset: two seconds."""

LEAST_LIKENESS = 0.35
"""Mean correlation from which on two sequences show the same. Unrelated ones stay below 0.2."""

LEAST_MARGIN = 0.02
"""By how much the best offset must beat every other one that is not next to it."""

LEAST_EDGE = 0.004
"""By how much it must beat its neighbours: where nothing moves, no offset does."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Which Reference frame belongs to which Source frame."""

    reference: Mapping[int, int]
    """By Source frame number; only frames that have one."""
    confidence: Mapping[int, float]
    """Correlation, up to 1, of each of those."""
    offset: int
    """Reference minus Source frame number at the shot's first frame."""
    rate: Fraction
    """Reference frames for each Source frame."""
    is_sure: bool
    """Whether the content tells; else the stated offset was kept."""
    sentence: str
    """What was found, for the artist."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Likeness:
    """How like each Source frame (row) is to each Reference frame (column)."""

    structure: NDArray[np.float32]
    """Correlation of what is shown."""
    change: NDArray[np.float32]
    """Correlation of how it changes; 0 where nothing moves."""

    @property
    def both(self) -> NDArray[np.float32]:
        """The two together: change tells more about time, structure is there always."""
        return np.asarray(self.structure + 2 * self.change, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """A way through time: Reference frames for Source frames."""

    offset: int
    rate: Fraction
    score: float
    """Mean likeness, less what drops and repeats cost."""
    columns: NDArray[np.intp]
    """The Reference row of each Source row, -1 for none."""


def match_frames(source: Survey, reference: Survey, *, stated: int) -> Timing:
    """Find which Reference frame shows what each Source frame does.

    Args:
        source: What the Source shows.
        reference: What the Reference shows.
        stated: `[reference] offset`, which is kept where the content does not tell.
    """
    if not (_is_a_run(source) and _is_a_run(reference)):
        return _as_stated(source, reference, stated, "single frames tell nothing about time")
    likeness = _compare(source, reference)
    lines = [
        _Line(offset=offset, rate=rate, score=_score(likeness.both, columns), columns=columns)
        for rate in RATES.values()
        for offset in range(stated - FARTHEST, stated + FARTHEST + 1)
        if (columns := _columns(source, reference, offset, rate)) is not None
    ]
    if not lines:
        return _as_stated(source, reference, stated, "the two have no frame in common")
    best = _best_line(likeness.both, lines)
    if _score(likeness.structure, best.columns) < LEAST_LIKENESS:
        return _as_stated(source, reference, stated, _strangeness(source, reference))
    doubt = _doubt(lines, best)
    if doubt:
        return _as_stated(source, reference, stated, doubt)
    return _timing(source, reference, likeness, best, stated)


def _is_a_run(surveyed: Survey) -> bool:
    """Say whether the frames follow one another: change is looked at from each to the next."""
    frames = surveyed.frames
    return len(frames) >= SHORTEST_RUN and frames[-1] - frames[0] == len(frames) - 1


def _best_line(table: NDArray[np.float32], lines: list[_Line]) -> _Line:
    """Return the best line of each rate, its drops and repeats followed, and the best of these."""
    best: list[_Line] = []
    for rate in RATES.values():
        of_rate = [line for line in lines if line.rate == rate]
        if of_rate:
            best.append(max(of_rate, key=lambda line: (line.score, -abs(line.offset))))
    followed = [_follow(table, line) for line in best]
    return max(followed, key=lambda line: (line.score, line.rate == 1))


def _strangeness(source: Survey, reference: Survey) -> str:
    """Say why the two do not look alike: perhaps one is turned over."""
    ours, theirs = _planes(source), _planes(reference)
    for words, turned in (
        ("mirrored left to right", theirs[:, :, ::-1]),
        ("upside down", theirs[:, ::-1]),
        ("turned by half a circle", theirs[:, ::-1, ::-1]),
    ):
        if float(_liken(ours, turned).structure.max(axis=1).mean()) >= LEAST_LIKENESS:
            return f"the Reference is {words}: turn it in Resolve and export it again; until then"
    return "Source and Reference look unrelated: is it the Reference of another shot? Until then"


def _compare(source: Survey, reference: Survey) -> _Likeness:
    """Compare every Source frame with every Reference frame."""
    return _liken(_planes(source), _planes(reference))


def _liken(ours: Planes, theirs: Planes) -> _Likeness:
    theirs = _moved(theirs, _common_shift(ours, theirs))
    return _Likeness(
        structure=_unit(_centred(ours)) @ _unit(_centred(theirs)).T,
        change=_unit(_changes(ours)) @ _unit(_changes(theirs)).T,
    )


def _planes(surveyed: Survey) -> Planes:
    """Return the tone of each frame on one small raster, each brought to one contrast."""
    planes = np.empty((len(surveyed.frames), *RASTER[::-1]), np.float32)
    for plane, tone in zip(planes, tone_thumbs(surveyed), strict=True):
        soft = cv2.GaussianBlur(tone, (0, 0), SOFTNESS)
        plane[:] = cv2.resize(np.asarray(soft, np.float32), RASTER, interpolation=cv2.INTER_AREA)
    return planes


def _centred(planes: Planes) -> Planes:
    """Return each picture less what is coarse in it: fading and grading change that."""
    return np.stack([plane - cv2.GaussianBlur(plane, (0, 0), COARSE) for plane in planes])


def _changes(planes: Planes) -> Planes:
    """Return how each picture changes around its frame; 0 where nothing moves."""
    before = np.concatenate([planes[:1], planes[:-1]])
    after = np.concatenate([planes[1:], planes[-1:]])
    changes = _centred(after - before)
    still = changes.std(axis=(1, 2)) < MOTION_FLOOR
    changes[still] = 0
    return changes


def _common_shift(ours: Planes, theirs: Planes) -> tuple[int, int]:
    """Return by how many small pixels, right and down, the Reference lies off the Source."""
    one, other = (_centred(planes).mean(axis=0) for planes in (ours, theirs))
    inner = np.ascontiguousarray(one[REACH:-REACH, REACH:-REACH], np.float32)
    table = cv2.matchTemplate(np.asarray(other, np.float32), inner, cv2.TM_CCOEFF_NORMED)
    down, right = np.unravel_index(int(np.argmax(table)), table.shape)
    return int(right) - REACH, int(down) - REACH


def _moved(planes: Planes, shift: tuple[int, int]) -> Planes:
    right, down = shift
    return np.roll(planes, (-down, -right), axis=(1, 2))


def _unit(planes: Planes) -> NDArray[np.float32]:
    """Return each picture as a row of length 1, without the rim that a shift brings round."""
    inner = planes[:, REACH:-REACH, REACH:-REACH].reshape(len(planes), -1)
    inner = inner - inner.mean(axis=1, keepdims=True)
    length = np.linalg.norm(inner, axis=1, keepdims=True)
    return np.asarray(inner / np.maximum(length, 1e-9), np.float32)


def _columns(
    source: Survey, reference: Survey, offset: int, rate: Fraction
) -> NDArray[np.intp] | None:
    """Return the Reference row of each Source row, -1 for none; None if too few have one."""
    ours = np.array(source.frames)
    wanted = ours[0] + offset + np.round((ours - ours[0]) * float(rate)).astype(int)
    rows = np.searchsorted(reference.frames, wanted)
    found = rows < len(reference.frames)
    found &= np.array(reference.frames)[np.minimum(rows, len(reference.frames) - 1)] == wanted
    if found.sum() < max(LEAST_SHARE * min(len(ours), len(reference.frames)), 1):
        return None
    return np.where(found, rows, -1)


def _score(table: NDArray[np.float32], columns: NDArray[np.intp]) -> float:
    rows = np.flatnonzero(columns >= 0)
    return float(table[rows, columns[rows]].mean())


def _doubt(lines: list[_Line], best: _Line) -> str:
    """Return why the best line through time is no better than others; empty if it is."""
    others = {line.offset: line.score for line in lines if line.rate == best.rate}
    score = others.pop(best.offset)
    beside = [others[near] for near in (best.offset - 1, best.offset + 1) if near in others]
    if beside and score - max(beside) < LEAST_EDGE:
        return "too little moves to tell one frame from the next"
    far = [one for offset, one in others.items() if abs(offset - best.offset) > NEAR]
    if far and score - max(far) < LEAST_MARGIN:
        return "what moves repeats itself, so several offsets fit"
    return ""


def _follow(table: NDArray[np.float32], line: _Line) -> _Line:
    """Return the line with drops and repeats followed.

    The likeliest path (Viterbi) through the places near the line, where each change of step costs.
    """
    steps = np.arange(-NEAR, NEAR + 1)
    rows = np.flatnonzero(line.columns >= 0)
    there = line.columns[rows, np.newaxis] + steps
    valid = (there >= 0) & (there < table.shape[1])
    gains = np.where(valid, table[rows[:, np.newaxis], np.where(valid, there, 0)], -NEVER)
    change = CHANGE_COST * (steps[:, np.newaxis] != steps)
    best, came_from = gains[0] - CHANGE_COST * (steps != 0), np.zeros_like(there)
    for row in range(1, len(rows)):
        paths = best - change
        came_from[row] = paths.argmax(axis=1)
        best = paths.max(axis=1) + gains[row]
    place, followed = int(best.argmax()), line.columns.copy()
    score = float(best[place]) / len(rows)
    for row in range(len(rows) - 1, -1, -1):
        followed[rows[row]] = there[row, place]
        place = int(came_from[row, place])
    return replace(line, columns=followed, score=score)


def _timing(
    source: Survey,
    reference: Survey,
    likeness: _Likeness,
    line: _Line,
    stated: int,
) -> Timing:
    columns, offset, rate = line.columns, line.offset, line.rate
    rows = [int(row) for row in np.flatnonzero(columns >= 0)]
    pairs = {source.frames[row]: reference.frames[columns[row]] for row in rows}
    words = next(name for name, pace in RATES.items() if pace == rate)
    wandering = {there - here for here, there in pairs.items()} if rate == 1 else set()
    sentence = f"by content the Reference is {offset:+d} frames from the Source, at {words}"
    if offset != stated:
        sentence += f", where [reference] offset says {stated:+d}: the content is believed"
    if len(wandering) > 1:
        sentence += (
            f"; it drops or repeats frames (from {min(wandering):+d} to {max(wandering):+d})"
        )
    return Timing(
        reference=pairs,
        confidence={
            source.frames[row]: float(likeness.structure[row, columns[row]]) for row in rows
        },
        offset=offset,
        rate=rate,
        is_sure=True,
        sentence=sentence,
    )


def _as_stated(source: Survey, reference: Survey, stated: int, why: str) -> Timing:
    there = set(reference.frames)
    pairs = {frame: frame + stated for frame in source.frames if frame + stated in there}
    return Timing(
        reference=pairs,
        confidence=dict.fromkeys(pairs, 0.0),
        offset=stated,
        rate=Fraction(1),
        is_sure=False,
        sentence=f"{why}, the stated offset of {stated:+d} is kept: look at a pair yourself",
    )
