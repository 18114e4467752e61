"""The balance over a reel: one for all its frames, or one that changes steadily with them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from chromaresolve.balance.diagnosis import DYES, Diagnosis
from chromaresolve.balance.transform import DyeBalance, Triple
from chromaresolve.fade import Retention

SMALLEST_DRIFT = 2.0
"""Standard deviations that two ends of a reel must differ by: less is the picture's own change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What undoes the fading at each frame."""

    balance: DyeBalance
    """Of the shot as a whole."""
    ends: tuple[tuple[int, DyeBalance], tuple[int, DyeBalance]] | None = None
    """Two frames and their balances, where the reel drifts."""

    def at(self, frame: int) -> DyeBalance:
        """Return the balance of a frame: on a straight line through the ends, so no flicker."""
        if self.ends is None:
            return self.balance
        (first, early), (last, late) = self.ends
        share = (frame - first) / (last - first)
        kept = (
            _between_powers(getattr(early.retention, dye), getattr(late.retention, dye), share)
            for dye in DYES
        )
        cyan, magenta, yellow = kept
        return replace(
            self.balance,
            retention=Retention(cyan=cyan, magenta=magenta, yellow=yellow),
            base=_between(early.base, late.base, share),
            printer=_between(early.printer, late.printer, share),
        )


def plan_course(
    whole: Diagnosis, early: tuple[int, Diagnosis], late: tuple[int, Diagnosis]
) -> tuple[Course, str]:
    """Return the course through two parts of a reel, and what to say of it."""
    (first, one), (last, two) = early, late
    moved = [
        abs(getattr(one.balance.retention, dye) - getattr(two.balance.retention, dye))
        > SMALLEST_DRIFT * max(one.deviation[place], two.deviation[place])
        for place, dye in enumerate(DYES)
    ]
    if not any(moved):
        return Course(balance=whole.balance), "the reel's ends do not differ: one balance for all"
    ends = ((first, one.balance), (last, two.balance))
    sentence = f"the reel drifts: {one.sentence} at frame {first}; {two.sentence} at frame {last}"
    return Course(balance=whole.balance, ends=ends), sentence


def _between_powers(early: float, late: float, share: float) -> float:
    """Return what is left of a dye on the way; dyes fade by shares, so on a line of logarithms."""
    return min(math.exp((1 - share) * math.log(early) + share * math.log(late)), 1.0)


def _between(early: Triple, late: Triple, share: float) -> Triple:
    red, green, blue = (
        (1 - share) * one + share * two for one, two in zip(early, late, strict=True)
    )
    return red, green, blue
