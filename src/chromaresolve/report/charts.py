"""The curves of a training as vector drawings for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 520, 240
"""Of the drawing, in CSS pixels."""

LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
"""Room around the curve for the axes' numbers, in CSS pixels."""

SMALLEST = 1e-6
"""What is smaller cannot be shown on an axis of powers; no loss and no dE2000 gets there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A number at an axis."""

    at: float
    """Where, in CSS pixels."""
    text: str
    """The number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A falling number over the steps of a training, ready to be drawn."""

    title: str
    """What falls."""
    points: str
    """The curve, as SVG writes points."""
    across: tuple[Mark, ...]
    """Steps."""
    down: tuple[Mark, ...]
    """The number, on an axis of powers of ten, as the trade reads training curves."""


def draw(title: str, curve: Sequence[tuple[int, float]]) -> Chart | None:
    """Lay out a curve of (step, number); None if there are fewer than two points."""
    if len(curve) < 2:
        return None
    steps = [step for step, _ in curve]
    numbers = [max(number, SMALLEST) for _, number in curve]
    low, high = _limits(numbers)

    def x(step: float) -> float:
        share = (step - steps[0]) / max(steps[-1] - steps[0], 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(number: float) -> float:
        share = math.log(high / number) / math.log(high / low)
        return round(TOP + share * (HEIGHT - TOP - BOTTOM), 1)

    middle = (steps[0] + steps[-1]) // 2
    return Chart(
        title=title,
        points=" ".join(f"{x(s)},{y(n)}" for s, n in zip(steps, numbers, strict=True)),
        across=tuple(Mark(at=x(s), text=f"{s:,}") for s in (steps[0], middle, steps[-1])),
        down=tuple(Mark(at=y(n), text=f"{n:g}") for n in _round_numbers(low, high)),
    )


def _limits(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the axis's ends: the next round numbers below and above."""
    lowest, highest = min(numbers), max(numbers)
    down = 10.0 ** math.floor(math.log10(lowest))
    up = 10.0 ** math.ceil(math.log10(highest))
    low = max(n for n in (down / 2, down, 2 * down, 5 * down) if n <= lowest)
    high = min(n for n in (up / 5, up / 2, up, 2 * up) if n >= highest)
    return low, high if high > low else 2 * low


def _round_numbers(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 of every power of ten between the axis's ends."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    candidates = (figure * 10.0**power for power in powers for figure in (1, 2, 5))
    return [n for n in candidates if low * 0.999 <= n <= high * 1.001]
