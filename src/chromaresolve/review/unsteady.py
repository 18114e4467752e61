"""What is unsteady: frames, stretches and parts of the picture whose colour leaves its neighbours'.

A frame that differs from the frames on both sides in the same way stands alone; one that differs
from the frame before it only begins something, which ends where colour steps back. Where many
frames stand alone, the colour flickers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chromaresolve.review.change import Change, Steadiness, Turn
from chromaresolve.review.change_words import spot_words, turn_words
from chromaresolve.review.drifting import judge_drift
from chromaresolve.review.limits import limit_above
from chromaresolve.review.record import Kind, Reason

WHOLE_BAR = 0.9
"""dE2000 by which a whole picture may differ from its neighbours: colours side by side differ
noticeably from about 1 on, and a picture that jumps and jumps back from a little less."""

PART_BAR = 3.0
"""The same for a part of the picture, which movement alone makes less sure."""

WHOLE_STEP_BAR, PART_STEP_BAR = 1.2, 6.0
"""The same against the frame before alone, where no frame after it bears witness: what comes into
sight in a part of the picture may have any colour."""

SKIN_BAR = 5.0
"""Degrees by which the hue of skin may differ. The eye forgives skin least: 5 degrees at its usual
chroma are dE2000 of 1 to 2."""

SKIN_DISTANCE = 0.8
"""dE2000 that this must be besides: hardly coloured skin has no hue to speak of."""

SKIN_ALONE = 0.5
"""How far all else may change and still stand still, as a share of what skin does."""

FLICKER_BAR = 0.8
"""dE2000 that is seen as flicker where it comes again and again: at 24 frames in a second the eye
sees less than it does of one jump side by side, but it sees it all the time."""

FLICKER_PART_BAR = 2.0
"""The same for a part of the picture."""

AMONG, OFTEN = 9, 3
"""Flicker is so many frames that stand alone, among so many."""

LOPSIDED = 2.0
"""How many times more than from the one side a frame may differ from the other and stand alone."""

CALM, CALMER = 0.25, 2.0
"""The calmest quarter of the shot's frames, and how many times as much as they its flicker is: what
all frames have alike is noise."""

PEER = 0.5
"""Share of a frame's size that others must have to be the same flicker: one that is far larger is a
jump."""

STRETCH = 24
"""Frames of a stretch with another colour, at most: what lasts longer than a second is a scene's
own until its beginning is looked at."""

BACK = -0.6
"""Cosine of the steps into and out of a stretch, at most: it steps back to where it was."""

RELIGHT = 0.15
"""Logarithm of light's change from frame to frame above which one side alone bears no witness: what
is a little off does not follow light in proportion."""

Sides = Mapping[int, Steadiness]
"""By frame, rising."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aspect:
    """One thing that may be unsteady."""

    size: Callable[[Change], float]
    bar: float
    step_bar: float
    flicker_bar: float
    turn: Callable[[Change], Turn]
    where: Callable[[Change], str]


def judge_steadiness(sides: Sides, bled: AbstractSet[int]) -> Iterator[tuple[int, Reason]]:
    """Give what is unsteady: each frame and its reason, the whole picture's before its parts'.

    Args:
        sides: Each frame against its neighbours.
        bled: Frames whose colour bleeds, which explains what else is odd in a part of them.
    """
    if not sides:
        return
    # Skin that turns alone turns the picture's mean and a part of it too, and has a name.
    found = dict(_judge_skin(sides, bled))
    said = set(found)
    yield from found.items()
    for aspect, explained in ((_WHOLE, set[int]()), (_PART, bled)):
        found = dict(_judge(sides, said | explained, aspect))
        said |= found.keys()
        yield from found.items()
    yield from judge_drift(sides, said)


def _judge(sides: Sides, said: AbstractSet[int], aspect: _Aspect) -> Iterator[tuple[int, Reason]]:
    alone = {n: side.alone for n, side in sides.items()}
    sizes = {n: _size_alone(side, aspect) for n, side in sides.items()}
    flicker = _flicker(sides, aspect)
    quiet = [size for n, size in sizes.items() if n not in flicker]
    limit = limit_above(quiet, aspect.bar)
    single = {n for n, size in sizes.items() if size > limit and n not in flicker}
    for n in sorted(flicker - said):
        yield n, _flicker_reason(aspect, alone[n], sizes, flicker, n)
    for n in sorted(single - said):
        change = alone[n]
        if change:
            yield n, _single_reason(aspect, change, sizes[n] / limit)
    yield from _stretches(sides, aspect, said | flicker | single)


def _size_alone(side: Steadiness, aspect: _Aspect) -> float:
    """Return how far a frame stands alone; 0 where it differs from one side much more.

    Then it is the frame on that side that is odd, or something begins there.
    """
    if not (side.alone and side.before and side.after):
        return 0.0
    less, more = sorted((aspect.size(side.before), aspect.size(side.after)))
    return aspect.size(side.alone) if more < LOPSIDED * less or less > aspect.step_bar else 0.0


def _flicker(sides: Sides, aspect: _Aspect) -> set[int]:
    """Return the frames of all stretches in which colour comes and goes."""
    frames = list(sides)
    sizes = {n: aspect.size(side.alone) if side.alone else 0.0 for n, side in sides.items()}
    bar = max(aspect.flicker_bar, CALMER * float(np.quantile([*sizes.values()], CALM)))
    above = [at for at, n in enumerate(frames) if sizes[n] > bar]
    high = [at for at in above if _has_peers(at, above, [*sizes.values()])]
    found: set[int] = set()
    for first, last in zip(high, high[OFTEN - 1 :], strict=False):
        if last - first < AMONG:
            found |= set(range(first, last + 1))
    steps = [aspect.size(s.before) if s.before else 0.0 for s in sides.values()]
    for way in (-1, 1):
        # One that lies between its neighbours flickers too if it differs from both.
        for at in sorted(found, reverse=way > 0):
            one, far = at + way, at + (way if way < 0 else 2)
            if one in found or not (0 <= one < len(frames) and 0 <= far < len(steps)):
                continue
            if min(steps[far], steps[at + (way > 0)]) > aspect.bar:
                found.add(one)
    return {frames[at] for at in found}


def _has_peers(at: int, above: Sequence[int], sizes: Sequence[float]) -> bool:
    near = [other for other in above if abs(other - at) < AMONG]
    return sum(sizes[other] >= PEER * sizes[at] for other in near) >= OFTEN


def _stretches(
    sides: Sides, aspect: _Aspect, said: AbstractSet[int]
) -> Iterator[tuple[int, Reason]]:
    """Give what steps and stays, and the stretches that step back or lie at an end."""
    frames = list(sides)
    steps = {n: side.before for n, side in sides.items() if side.before}
    sizes = [aspect.size(change) for n, change in steps.items() if n not in said]
    limit = limit_above(sizes, aspect.step_bar)
    jumps = [
        n
        for last, n in pairwise(frames)
        if n in steps
        and aspect.size(steps[n]) > limit
        and steps[n].light < RELIGHT
        and not said & {n, last}
    ]
    ended: set[int] = set()
    for at, n in enumerate(jumps):
        if n in ended:
            continue
        change = steps[n]
        kind, words = turn_words(aspect.turn(change))
        back = next((m for m in jumps[at + 1 :] if _leads_back(steps, aspect, n, m)), None)
        odd, when = [n], "from this frame on"
        if back is not None:
            ended.add(back)
            odd = [frame for frame in frames if n <= frame < back]
            when = f"in frames {odd[0]} to {odd[-1]}"
        elif n == frames[1] and len(frames) > 2:
            # Whatever is different at the very beginning is the first frame, not all the others.
            odd, when = [frames[0]], "in the first frame, against those after it"
        for frame in odd:
            sentence = f"{words}{aspect.where(change)} {when} (dE2000 {aspect.size(change):.1f})"
            yield frame, _reason(kind, sentence, aspect.size(change) / limit)


def _leads_back(steps: Mapping[int, Change], aspect: _Aspect, n: int, m: int) -> bool:
    if m - n > STRETCH:
        return False
    one, other = (_feature(aspect.turn(steps[frame])) for frame in (n, m))
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return size > 0 and float(one @ other) / size < BACK


def _feature(turn: Turn) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what a change does, each in the size of a chroma."""
    gain = math.log(max(turn.saturation, 1e-3)) * turn.chroma
    angle = math.radians(turn.hue) * turn.chroma
    return np.array([gain, angle, turn.cast.real, turn.cast.imag])


def _judge_skin(sides: Sides, bled: AbstractSet[int]) -> Iterator[tuple[int, Reason]]:
    said = bled | _flicker(sides, _WHOLE)
    sizes = {n: abs(side.alone.skin) if side.alone else 0.0 for n, side in sides.items()}
    limit = limit_above([*sizes.values()], SKIN_BAR)
    for n, side in sides.items():
        if n in said or side.alone is None or not side.alone.rest < SKIN_ALONE:
            continue
        if sizes[n] > limit and side.alone.skin_distance > SKIN_DISTANCE:
            towards = "red" if side.alone.skin > 0 else "yellow"
            yield (
                n,
                _reason(
                    "skin",
                    f"skin turns by {sizes[n]:.0f} degrees against the frames beside it, towards "
                    f"{towards if sizes[n] < 60 else 'another colour'} "
                    f"(dE2000 {side.alone.skin_distance:.1f})",
                    sizes[n] / limit,
                ),
            )


def _single_reason(aspect: _Aspect, change: Change, strength: float) -> Reason:
    kind, words = turn_words(aspect.turn(change))
    distance = f"dE2000 {aspect.size(change):.1f}"
    where = aspect.where(change)
    return _reason(kind, f"{words}{where} against the frames beside it ({distance})", strength)


def _flicker_reason(
    aspect: _Aspect, change: Change | None, sizes: Mapping[int, float], flicker: set[int], n: int
) -> Reason:
    there = [sizes[m] for m in sorted(flicker) if abs(m - n) <= AMONG // 2]
    usual = float(np.sqrt(np.mean(np.square(there))))
    where = aspect.where(change) if change else ""
    return _reason(
        "flicker",
        f"colour flickers{where}: dE2000 {usual:.1f} from frame to frame that the plate does not "
        "show",
        max(usual, sizes[n]) / aspect.flicker_bar,
    )


def _reason(kind: Kind, sentence: str, strength: float) -> Reason:
    return Reason(kind=kind, sentence=sentence, strength=strength)


_WHOLE = _Aspect(
    size=lambda change: change.whole,
    bar=WHOLE_BAR,
    step_bar=WHOLE_STEP_BAR,
    flicker_bar=FLICKER_BAR,
    turn=lambda change: change.turn,
    where=lambda _: "",
)

_PART = _Aspect(
    size=lambda change: change.part,
    bar=PART_BAR,
    step_bar=PART_STEP_BAR,
    flicker_bar=FLICKER_PART_BAR,
    turn=lambda change: change.part_turn,
    where=spot_words,
)
