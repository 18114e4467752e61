"""Which Reference frame shows what a Source frame does: found by content, without regard to colour.

A still picture says little about time; what moves by itself does. A camera that glides evenly over
a still scene says nothing: a frame earlier or later is the same picture, shifted, and a telecine
shifts the picture, too. So the offsets are compared each with its own best map between the
pictures, and where several fit alike the stated one is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from chromaresolve.pairs.likeness import Look, centred, common_shift, look, table, tone_planes
from chromaresolve.pairs.lines import (
    MOTION_WEIGHT,
    NEAR,
    RATES,
    Line,
    find_lines,
    follow,
    judge,
    score,
)
from chromaresolve.survey import Survey

SHORTEST_RUN = 6
"""Frames from which on a sequence can be followed through time."""

FARTHEST = 48
"""Frames by which Source and Reference may be apart beyond the stated offset: two seconds."""

ASTRAY = 3
"""Frames by which a rate's best offset may be found wrong before each has its own map."""

RIVALS = 4
"""Offsets of a rate that are tried, with their neighbours, however far they lie: motion may repeat
itself."""

RATE_MARGIN = 0.5
"""By how much less alike the frames at a rate may be, before drops are followed, to be tried."""

LEAST_LIKENESS = 0.35
"""Mean correlation from which on two sequences show the same. Unrelated ones stay below 0.2."""

LEAST_MARGIN = 0.01
"""By how much the best offset must beat every other one that is not next to it."""

LEAST_EDGE = 0.006
"""By how much it must beat its neighbours, and another rate the same one. Measured: where nothing
moves by itself none does by more than 0.004; where an uneven camera tells, it does by 0.01."""

PAN_EDGE = 0.03
"""The same where the camera moves and something seems to move by itself: what the sampling leaves
of a pan may bring 0.02, one walker brings 0.06."""

CAMERA_MOVES = 0.03
"""Pixels of the small pictures from frame to frame above which a camera moves: 0.6 of a 2K scan.
Noise alone stays below 0.01."""


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


def match_frames(source: Survey, reference: Survey, *, stated: int) -> Timing:
    """Find which Reference frame shows what each Source frame does.

    Args:
        source: What the Source shows.
        reference: What the Reference shows.
        stated: `[reference] offset`, which is kept where the content does not tell.
    """
    if not (_is_a_run(source) and _is_a_run(reference)):
        return _as_stated(source, reference, stated, "single frames tell nothing about time")
    offsets = range(stated - FARTHEST, stated + FARTHEST + 1)
    lines = find_lines(source.frames, reference.frames, offsets)
    if not lines:
        return _as_stated(source, reference, stated, "the two have no frame in common")
    ours, theirs = look(source), look(reference)
    likely = _likely_lines(ours, theirs, lines)
    if not likely:
        return _as_stated(source, reference, stated, _strangeness(source, reference))
    best, others, shown = _best_line(ours, theirs, likely)
    doubt = _doubt(ours, theirs, best, others)
    if doubt:
        return _as_stated(source, reference, stated, doubt)
    return _timing(source, reference, best, shown, stated)


def _is_a_run(surveyed: Survey) -> bool:
    """Say whether the frames follow one another: change is looked at from each to the next."""
    frames = surveyed.frames
    return len(frames) >= SHORTEST_RUN and frames[-1] - frames[0] == len(frames) - 1


def _likely_lines(ours: Look, theirs: Look, lines: list[Line]) -> list[Line]:
    """Return the lines with their likeness if one shift does for all; none for two strangers.

    A camera's way can make up for what that shift leaves: the best is but near the truth.
    """
    shift = common_shift(ours.shown, theirs.shown)
    shown = table(ours.shown, theirs.shown, shift)
    both = shown + MOTION_WEIGHT * table(ours.moving, theirs.moving, shift)
    likely = [replace(line, score=score(both, line)) for line in lines]
    is_known = score(shown, _best(likely)) >= LEAST_LIKENESS
    return likely if is_known else []


def _best_line(
    ours: Look, theirs: Look, likely: list[Line]
) -> tuple[Line, list[Line], NDArray[np.float32]]:
    """Return the best line, its rivals of the same rate, and how like the frames along it are.

    All are judged with their own maps; of the best of each rate drops and repeats are followed.
    """
    judged = {
        rate: [judge(line, ours, theirs) for line in _near(likely, rate)]
        for rate in RATES.values()
        if any(line.rate == rate for line in likely)
    }
    straight = [_best(lines) for lines in judged.values() if lines]
    least = _best(straight).score - RATE_MARGIN
    found = [follow(line, ours, theirs) for line in straight if line.score >= least]
    best, shown = max(found, key=lambda one: one[0].score + LEAST_EDGE * (one[0].rate == 1))
    return best, [line for line in judged[best.rate] if line.offset != best.offset], shown


def _near(likely: list[Line], rate: Fraction) -> list[Line]:
    """Return the lines of a rate that could be the best once each has its own map."""
    of_rate = [line for line in likely if line.rate == rate]
    best = _best(of_rate)
    if best.score < _best(likely).score - RATE_MARGIN:
        return []
    rivals = sorted(of_rate, key=lambda line: -line.score)[:RIVALS]
    reach = dict.fromkeys((line.offset for line in rivals), 1) | {best.offset: ASTRAY}
    return [
        line
        for line in of_rate
        if any(abs(line.offset - offset) <= near for offset, near in reach.items())
    ]


def _best(lines: list[Line]) -> Line:
    return max(lines, key=lambda line: (line.score, line.rate == 1, -abs(line.offset)))


def _strangeness(source: Survey, reference: Survey) -> str:
    """Say why the two do not look alike: perhaps one is turned over."""
    ours, theirs = centred(tone_planes(source)), centred(tone_planes(reference))
    for words, turned in (
        ("mirrored left to right", theirs[:, :, ::-1]),
        ("upside down", theirs[:, ::-1]),
        ("turned by half a circle", theirs[:, ::-1, ::-1]),
    ):
        alike = table(ours, turned, common_shift(ours, turned))
        if float(alike.max(axis=1).mean()) >= LEAST_LIKENESS:
            return f"the Reference is {words}: turn it in Resolve and export it again; until then"
    return "Source and Reference look unrelated: is it the Reference of another shot? Until then"


def _doubt(ours: Look, theirs: Look, best: Line, others: list[Line]) -> str:
    """Return why the best line through time is no better than others; empty if it is."""
    camera_moves = min(ours.camera, theirs.camera) > CAMERA_MOVES
    edge = PAN_EDGE if camera_moves and ours.moving.any() else LEAST_EDGE
    beside = [line.score for line in others if abs(line.offset - best.offset) == 1]
    if beside and best.score - max(beside) < edge:
        if camera_moves:
            return (
                "the camera moves over a nearly still scene, so every offset fits equally, "
                "each with its own shift"
            )
        return "too little moves to tell one frame from the next"
    far = [line.score for line in others if abs(line.offset - best.offset) > NEAR]
    if far and best.score - max(far) < LEAST_MARGIN:
        return "what moves repeats itself, so several offsets fit"
    return ""


def _timing(
    source: Survey,
    reference: Survey,
    line: Line,
    shown: NDArray[np.float32],
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
        confidence={source.frames[row]: float(like) for row, like in zip(rows, shown, strict=True)},
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
