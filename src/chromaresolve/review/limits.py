"""Where a number begins to stand out: against the shot's own, and against what an eye would see."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEVIATION = 1.4826
"""Standard deviations in a median of absolute differences, of normal numbers."""

FAR = 6.0
"""Deviations from the shot's usual at which a frame is no longer one of its own: of normal numbers
none in a thousand million, of those a network makes about one in a thousand."""

Numbers = NDArray[np.float64]
"""One number for each frame; not a number where it could not be measured."""


def usual(numbers: ArrayLike) -> tuple[float, float]:
    """Return the median and the deviation of what could be measured, by median differences."""
    there = np.asarray(numbers, np.float64)
    there = there[np.isfinite(there)]
    if not there.size:
        return 0.0, 0.0
    middle = float(np.median(there))
    return middle, DEVIATION * float(np.median(np.abs(there - middle)))


def limit_above(numbers: ArrayLike, bar: float) -> float:
    """Return the number from which a frame stands out: beyond the shot's usual, and the bar."""
    middle, deviation = usual(numbers)
    return max(bar, middle + FAR * deviation)
