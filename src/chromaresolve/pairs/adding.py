"""Pairs added because a review asks for them: the flagged frames that bring most, spread out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from chromaresolve.errors import StageError
from chromaresolve.pairs.coverage import Families, cover
from chromaresolve.shot import FLAGGED, Flagged, Pair, Shot, load_flagged
from chromaresolve.telling import Say

ESCALATION = (4, 7, 11, 16, 24, 33, 48, 64)
"""How many pairs teach when a review asks for more: the trade's steps."""

LEAST_ADDED = 2
"""Pairs that a round brings at least, if there are so many: one is hardly worth a training."""

STAND_IN = 12
"""Frames to either side in which another frame may stand in for one that has no Reference: half a
second, in which a shot hardly changes."""

LEAST_HELD_OUT = 0.15
"""Share of the teaching pairs that has to be held out besides them, as the trade has it."""


def add_flagged(
    shot: Shot,
    families: Families,
    reference: Mapping[int, int],
    eligible: Collection[int],
    *,
    say: Say,
) -> list[Pair]:
    """Return the shot's pairs with flagged frames added, up to the trade's next step.

    Args:
        shot: The shot.
        families: Its colours, and which frame shows which.
        reference: The Reference frame that belongs to each Source frame.
        eligible: Source frames that may teach.
        say: Told what is added.

    Raises:
        StageError: There is no review, or it flags no frame that could be added.
    """
    there = {pair.source for pair in shot.pair}
    if not shot.path(FLAGGED).is_file():
        raise StageError(shot.path(FLAGGED), "is not there: run `chromaresolve review` first")
    flagged = [one for one in load_flagged(shot) if one.is_open and one.wants_pair]
    usable = {frame for frame in eligible if frame in reference} - there
    reasons = _find_frames(flagged, usable, there)
    if not reasons:
        raise StageError(shot.path(FLAGGED), _why_nothing(flagged, there))
    teaching = len(shot.teaching)
    added = _choose(shot, families, reasons, _next_step(teaching) - teaching)
    held_out = _hold_out(
        shot, families, [n for n in reasons if n not in added], teaching + len(added)
    )
    pairs = [
        Pair(source=frame, reference=reference[frame], hold_out=frame in held_out, reason=reason)
        for frame, reason in reasons.items()
        if frame in {*added, *held_out}
    ]
    listed = ", ".join(map(str, sorted(added)))
    say(f"added from the review: {listed}; {teaching + len(added)} pairs teach now")
    if held_out:
        say(f"held out besides, to measure what that brings: {held_out[0]}")
    return sorted([*shot.pair, *pairs], key=lambda pair: pair.source)


def _find_frames(
    flagged: Sequence[Flagged], usable: Collection[int], there: Collection[int]
) -> dict[int, str]:
    """Return the frames that may be added, the worst first, and why.

    A frame without a Reference of its own is stood in for by the nearest that has one.
    """
    reasons: dict[int, str] = {}
    for one in flagged:
        if one.frame in usable:
            reasons.setdefault(one.frame, f"from the review: {one.reason}")
            continue
        near = [frame for frame in usable if abs(frame - one.frame) <= STAND_IN]
        if one.frame not in there and near:
            nearest = min(near, key=lambda frame: (abs(frame - one.frame), frame))
            why = f"from the review, in place of frame {one.frame}: {one.reason}"
            reasons.setdefault(nearest, why)
    return reasons


def _choose(shot: Shot, families: Families, reasons: Mapping[int, str], count: int) -> list[int]:
    """Return the worst frame, and those that bring most beside it."""
    worst = next(iter(reasons))
    taken = [pair.source for pair in shot.teaching if pair.source in families.frames]
    chosen = cover(families, reasons, count, taken=taken, anchors={worst: reasons[worst]})
    return [choice.frame for choice in chosen]


def _hold_out(shot: Shot, families: Families, rest: Sequence[int], teaching: int) -> list[int]:
    """Return a frame to hold out where too few are; the frames that teach go first."""
    if not rest or len(shot.held_out) >= LEAST_HELD_OUT * teaching:
        return []
    return [choice.frame for choice in cover(families, rest, 1)]


def _next_step(teaching: int) -> int:
    """Return how many pairs are to teach."""
    least = teaching + LEAST_ADDED
    return next((step for step in ESCALATION if step >= least), teaching + ESCALATION[0])


def _why_nothing(flagged: Sequence[Flagged], there: Collection[int]) -> str:
    if not flagged:
        return "flags no frame that another pair would mend: nothing is to be added"
    if all(one.frame in there for one in flagged):
        return (
            "flags only frames that are pairs already: look in alignment/ whether they lie well, "
            "or train longer"
        )
    return (
        "flags frames that have no Reference that may teach, and none near them has one: bring "
        "more of the Reference"
    )
