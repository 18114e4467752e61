"""Learning against the clock: the same seconds for every method, and a look in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scores import Recolour

MARKS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Shares of the seconds after which a method is judged."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learnt:
    """What a method can do after some seconds."""

    seconds: float
    """It has learned for so long; judging it does not count."""
    steps: int
    """Steps done; 1 for a method that has none."""
    recolour: Recolour
    """What it can do: good until it goes on learning."""
    is_last: bool
    """It has learned all it may."""


def keep_stepping(
    step: Callable[[float], None], recolour: Recolour, *, seconds: float, used: float = 0.0
) -> Iterator[Learnt]:
    """Take steps until the seconds are over, and stop at each mark to be judged.

    Args:
        step: Takes one step, given the share of the seconds that is gone, 0 to 1.
        recolour: What the method can do by now.
        seconds: Seconds allowed. A step that has begun is finished.
        used: Seconds that were used before the first step.
    """
    marks, steps = [mark * seconds for mark in MARKS], 0
    while marks:
        began = time.perf_counter()
        step(min(1.0, used / seconds))
        used += time.perf_counter() - began
        steps += 1
        if used >= marks[0]:
            marks = [mark for mark in marks if mark > used]
            yield Learnt(seconds=used, steps=steps, recolour=recolour, is_last=not marks)


def learn_at_once(learn: Callable[[], Recolour]) -> Iterator[Learnt]:
    """Give the one state of a method that is fitted, not trained."""
    began = time.perf_counter()
    recolour = learn()
    seconds = time.perf_counter() - began
    yield Learnt(seconds=seconds, steps=1, recolour=recolour, is_last=True)
