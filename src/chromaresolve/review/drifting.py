"""Whether colour wanders over a shot, slower than any two frames tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

import numpy as np

from chromaresolve.review.change import Steadiness
from chromaresolve.review.change_words import drift_words
from chromaresolve.review.record import Kind, Reason

FEWEST = 9
"""Frames below which nothing can be said to wander."""

DRIFT_DEGREES = 10.0
"""Hue that colours may wander over a shot, movement and light allowed for: twice what is seen of
two stills laid side by side."""

LIGHT = 0.05
"""Logarithm of light's change from frame to frame above which no drift is told: a flash, a fade."""

DRIFT_GAIN = 0.30
"""Logarithm by which their chroma may."""


def judge_drift(
    sides: Mapping[int, Steadiness], said: AbstractSet[int]
) -> Iterator[tuple[int, Reason]]:
    """Give the frames to which hue or saturation has wandered, jumps left out.

    Args:
        sides: Frames against their neighbours, rising.
        said: Frames of which a jump was told.
    """
    frames = list(sides)
    if len(frames) < FEWEST:
        return
    turns = [
        side.before.turn
        if side.before and not said & {n, last} and side.before.light < LIGHT
        else None
        for last, (n, side) in zip([frames[0], *frames], sides.items(), strict=False)
    ]
    hue = np.cumsum([turn.hue if turn else 0.0 for turn in turns])
    gain = np.cumsum([math.log(max(t.saturation, 1e-3)) if t else 0.0 for t in turns])
    measures: tuple[tuple[Kind, np.ndarray, float], ...] = (
        ("hue", hue, DRIFT_DEGREES),
        ("saturation", gain, DRIFT_GAIN),
    )
    for kind, wandered, bar in measures:
        away = wandered - np.median(wandered)
        for n, far in zip(frames, away, strict=True):
            if abs(far) > bar and n not in said:
                sentence, strength = drift_words(kind, float(far)), abs(float(far)) / bar
                yield n, Reason(kind=kind, sentence=sentence, strength=strength)
