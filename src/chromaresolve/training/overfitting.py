"""Whether a training still gets anywhere, read off its log."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

PATIENCE = 3
"""Measures of the held-out frames in a row that must agree: one or two may be chance."""

RISE = 1.05
"""From this many times the best score on, held-out frames count as getting worse: 5 % of a dE2000
of 2 is a tenth of what an eye can just see, and more than the scores waver by."""

AS_GOOD = 1.01
"""Up to this many times the best score, an earlier one was as good."""

LONG = 0.4
"""Share of the measures that must bring nothing before it is said: near its end, while the learning
rate goes down, a good training hardly moves either."""

LEAST_FALL = 0.02
"""Share by which the loss must have fallen to count as falling."""

LEAST_LOSSES = 8
"""Losses needed to tell a fall from their scatter."""

SURENESS = 3.0
"""Standard errors that a fall must exceed: chance alone does that once in 700 looks."""


def tell_overfitting(lines: Sequence[Mapping[str, float]]) -> str:
    """Say so if the held-out frames no longer follow the loss; "" while they do.

    Args:
        lines: The training's log, oldest first: `step`, and `loss` or `dE2000`.
    """
    measures = [(line["step"], line["dE2000"]) for line in lines if "dE2000" in line]
    scores = [score for _, score in measures if math.isfinite(score)]
    if not scores:
        return ""
    good = min(scores) * AS_GOOD
    best_step, best = next((step, score) for step, score in measures if score <= good)
    since = [score for step, score in measures if step > best_step]
    losses = [line["loss"] for line in lines if "loss" in line and line["step"] > best_step]
    if len(since) < PATIENCE or not _is_falling(np.asarray(losses)):
        return ""
    now = float(np.median(since[-PATIENCE:]))
    if now > best * RISE:
        course = f"get worse: dE2000 {best:.2f} at step {best_step:,.0f}, now {now:.2f}"
    elif len(since) >= LONG * len(measures):
        course = f"have not improved since step {best_step:,.0f} (dE2000 {best:.2f})"
    else:
        return ""
    return (
        f"overfitting: the loss still falls, but the held-out frames {course}; "
        "stop here, or add pairs"
    )


def has_plateaued(scores: Sequence[float], *, patience: int = 5, least_gain: float = 0.01) -> bool:
    """Say whether held-out scores, oldest first, lower is better, have stopped improving.

    The median of the last scores is compared with the median of as many before, so that neither one
    lucky score nor one bad one decides.

    Args:
        scores: As measured, at even distances.
        patience: How many scores each median is of: under twice as many, nothing is a plateau.
        least_gain: Share by which the scores must have fallen to count as improving.
    """
    if len(scores) < 2 * patience:
        return False
    before, now = np.median(np.reshape(scores[-2 * patience :], (2, patience)), axis=1)
    # Put this way round, a score that is not a number counts as no improvement.
    return not now < before * (1 - least_gain)


def _is_falling(losses: NDArray[np.float64]) -> bool:
    """Say whether losses, oldest first, fall by more than chance, whatever single spikes do."""
    count = len(losses)
    if count < LEAST_LOSSES:
        return False
    earlier, later = (float(np.median(half)) for half in np.array_split(losses, 2))
    # Spearman's rank correlation with time; where there is none it scatters by 1 / sqrt(count - 1).
    ranks = np.argsort(np.argsort(losses))
    correlation = np.corrcoef(ranks, np.arange(count))[0, 1]
    is_sure = correlation < -SURENESS / math.sqrt(count - 1)
    return bool(is_sure and later < earlier * (1 - LEAST_FALL))
