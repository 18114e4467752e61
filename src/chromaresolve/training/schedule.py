"""How the learning rate goes, and when a training ends by itself.

The rate rises briefly, stays, and falls to nothing over the last part of the steps; while it stays,
nothing depends on how many steps there will be. So a training may end as soon as the held-out
frames have stopped improving: the fall begins there, and brings its usual gain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from chromaresolve.training.overfitting import has_plateaued

WARM_UP = 50
"""Steps in which the rate rises: Adam's first estimates are wild."""

COOL = 0.4
"""Share of the steps, at the end, over which the rate falls."""

MEASURES = 20
"""How often the held-out frames are measured over a training whose steps are fixed."""

PATIENCE = 4
"""Measures that must agree, twice in a row, that nothing has improved."""


def rate_at(step: int, end: int) -> float:
    """Return the learning rate's factor at a step of a training that ends so: 0 to 1."""
    warm_up = min(WARM_UP, max(1, end // 10))
    left = (end - step) / max(1, end)
    return min(1.0, (step + 1) / warm_up, left / COOL)


def is_measured(step: int, end: int, every: int) -> bool:
    """Say whether the held-out frames are measured after a step: regularly, and at the end."""
    return step == end or step % every == 0


def find_end(steps: int, lines: Sequence[Mapping[str, float]]) -> int:
    """Return the last step: as planned, or earlier where held-out scores have stopped improving.

    Read off the log alone, so that a training that is gone on with ends where it would have.

    Args:
        steps: As planned.
        lines: The training's log, oldest first: `step`, and `loss` or `dE2000`.
    """
    scores: list[float] = []
    for line in lines:
        if "dE2000" not in line:
            continue
        step = int(line["step"])
        if step > (1 - COOL) * steps:
            break
        scores.append(line["dE2000"])
        if has_plateaued(scores, patience=PATIENCE):
            return min(steps, math.ceil(step / (1 - COOL)))
    return steps
