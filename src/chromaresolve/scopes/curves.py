"""A training's curves, loss and held-out score over steps, drawn from its log for a page.

Both axes are of powers, as the trade reads training curves: the first hundred steps and the last
ten thousand are seen alike.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

TITLES = {"loss": "loss", "dE2000": "dE2000 of held-out frames"}
"""The curves, by their names in the log."""

WIDTH, HEIGHT = 620, 260
"""Of the drawing, in CSS pixels."""

LEFT, RIGHT, TOP, BOTTOM = 56, 28, 12, 28
"""Room around the curve for the axes' numbers, in CSS pixels."""

FIGURES = ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 2, 5), (1,))
"""What is marked of each power of ten: the first of these that leaves an axis legible."""

MOST_MARKS = 8
"""Numbers that an axis has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A number at an axis."""

    at: float
    """Where, in CSS pixels."""
    text: str
    """The number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A number over the steps of a training, ready to be drawn."""

    title: str
    """What it is."""
    points: str
    """The curve, as SVG writes points; where steps crowd, their mean."""
    across: tuple[Mark, ...]
    """Steps."""
    down: tuple[Mark, ...]
    """The number."""
    best: tuple[float, float]
    """Where the lowest number is, in CSS pixels from the left and from the top."""
    told: str
    """The last and the lowest number drawn, in words."""

    @property
    def drawing(self) -> str:
        """The curve as SVG, in the colour of the text around it."""
        lines = [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{mark.at}" y2="{mark.at}" '
            'stroke="currentColor" stroke-opacity=".2"/>'
            f'<text x="{LEFT - 6}" y="{mark.at + 4}" text-anchor="end">{mark.text}</text>'
            for mark in self.down
        ]
        lines += [
            f'<text x="{mark.at}" y="{HEIGHT - 8}" text-anchor="middle">{mark.text}</text>'
            for mark in self.across
        ]
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{self.title} over the steps of the training">{"".join(lines)}'
            f'<polyline points="{self.points}" fill="none" stroke="currentColor" '
            'stroke-width="1.5" stroke-linejoin="round"/>'
            f'<circle cx="{self.best[0]}" cy="{self.best[1]}" r="3.5" fill="currentColor"/></svg>'
        )


def load_log(file: Path) -> list[dict[str, float]]:
    """Return the lines of a training's log, oldest first; none where there is no log."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    # A training that was killed may have left its last line half written.
    return [json.loads(line) for line in lines if line.endswith("}")]


def curves_of(lines: Sequence[dict[str, float]]) -> list[Curve]:
    """Lay out a log's curves over the same steps, so that where they part is seen."""
    steps = {line["step"] for line in lines if line["step"] > 0}
    if len(steps) < 2:
        return []
    curves = (
        lay_out(
            title,
            [(line["step"], line[name]) for line in lines if name in line],
            first=min(steps),
            last=max(steps),
        )
        for name, title in TITLES.items()
    )
    return [curve for curve in curves if curve]


def lay_out(
    title: str, numbers: Sequence[tuple[float, float]], *, first: float, last: float
) -> Curve | None:
    """Lay out (step, number) between a first and a last step; None if fewer than two can be drawn.

    A number that is not finite, or not above 0, has no place on an axis of powers and is left out.
    """
    drawn = [(step, n) for step, n in numbers if step > 0 and math.isfinite(n) and n > 0]
    if len(drawn) < 2:
        return None
    across = _Axis(low=first, high=last, start=LEFT, end=WIDTH - RIGHT)
    drawn = _thin(drawn, across)
    lowest, highest = min(n for _, n in drawn), max(n for _, n in drawn)
    low = max(_round_numbers(lowest / 10, lowest, FIGURES[0]))
    high = min(n for n in _round_numbers(highest, highest * 10, FIGURES[0]) if n > low)
    down = _Axis(low=low, high=high, start=HEIGHT - BOTTOM, end=TOP)
    best_step, best = min(drawn, key=lambda both: both[1])
    return Curve(
        title=title,
        points=" ".join(f"{across.place(step)},{down.place(n)}" for step, n in drawn),
        across=across.marks(),
        down=down.marks(),
        best=(across.place(best_step), down.place(best)),
        told=f"{drawn[-1][1]:.4g}, lowest {best:.4g} at step {best_step:,.0f}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """An axis of powers: equal ratios are equally far."""

    low: float
    high: float
    start: float
    end: float

    def place(self, number: float) -> float:
        share = math.log(number / self.low) / math.log(self.high / self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def marks(self) -> tuple[Mark, ...]:
        choices = [_round_numbers(self.low, self.high, figures) for figures in FIGURES]
        numbers = next((some for some in choices if len(some) <= MOST_MARKS), choices[-1])
        return tuple(Mark(at=self.place(n), text=f"{n:,.12g}") for n in numbers)


def _thin(drawn: Sequence[tuple[float, float]], across: _Axis) -> list[tuple[float, float]]:
    """Return one step and number for each pixel across: thousands of late steps share a few."""
    columns: dict[int, list[tuple[float, float]]] = {}
    for step, n in drawn:
        columns.setdefault(round(across.place(step)), []).append((step, n))
    return [(fmean(s for s, _ in some), fmean(n for _, n in some)) for some in columns.values()]


def _round_numbers(low: float, high: float, figures: Sequence[float]) -> list[float]:
    """Return these figures of every power of ten from low to high, the ends included."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    candidates = (figure * 10.0**power for power in powers for figure in figures)
    return [n for n in candidates if low * 0.999 <= n <= high * 1.001]
