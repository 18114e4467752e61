"""Histogram: how many pixels have which value, red, green and blue over one another."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from chromaresolve.colour.luma import Pixels
from chromaresolve.scopes.lettering import Words, draw_words
from chromaresolve.scopes.trace import (
    EDGE,
    FAINT,
    FIRM,
    NUMBER_PX,
    SCALE_INK,
    WARNING,
    Scope,
    blank,
    code,
)
from chromaresolve.scopes.waves import BOTTOM, CHANNEL_LIGHT, LINES, TOP, lay_over

FOOT = 18
"""Pixels below the histogram for the numbers of the scale."""

SIDE = 8
"""Pixels left and right of it."""

FULL_SHARE = 0.995
"""The highest of this share of the columns reaches the top: a spike of black borders does not
flatten all the rest."""


CHANNELS = np.array(CHANNEL_LIGHT, np.float32)
"""Colours of the three channels."""

QUIET = 0.6
"""Light of the areas: they are large, and all three together would be the brightest in view."""


def histogram(rgb_709: Pixels, *, height: int, width: int) -> Scope:
    """Draw the histogram of a picture, black to the left; heights follow the square root.

    What lies beyond the scale is counted at its ends, which then are in the colour of a warning.

    Args:
        rgb_709: Finite display-encoded Rec.709, (height, width, 3), any range.
        height: Of the scope, in pixels.
        width: Of the scope, in pixels.

    Raises:
        ValueError: The scope would be too small to read.
    """
    columns, rows = width - 2 * SIDE, height - FOOT - 2 * EDGE
    picture = _graticule(height, width).copy()
    counts = np.stack([_count(rgb_709[..., c], columns) for c in range(3)], axis=-1)
    inner = np.sqrt(counts[1:-1])
    full = max(float(np.quantile(inner, FULL_SHARE)), 1.0)
    heights = np.minimum(inner / full, 1) * rows
    light = np.clip(heights - np.arange(rows)[::-1, None, None], 0, 1).astype(np.float32)
    part = picture[2 * EDGE : 2 * EDGE + rows, SIDE : SIDE + columns]
    np.maximum(part, QUIET * lay_over(light, CHANNELS), out=part)
    for end, band in ((0, slice(SIDE - EDGE, SIDE)), (-1, slice(-SIDE, EDGE - SIDE))):
        if counts[end].any():
            picture[2 * EDGE : 2 * EDGE + rows, band] = WARNING
    beyond = float(counts[[0, -1]].sum() / rgb_709.size)
    return Scope(picture=picture, beyond=beyond)


def _count(channel: Pixels, columns: int) -> npt.NDArray[np.int64]:
    """Return how many pixels are below the scale, in each of its columns, and above it."""
    steps = (channel - np.float32(BOTTOM)) * np.float32(columns / (TOP - BOTTOM)) + 1
    bins = np.clip(steps, 0, columns + 1).astype(np.int32)
    return np.bincount(bins.ravel(), minlength=columns + 2)


def _column(value: float, columns: int) -> int:
    return SIDE + round((value - BOTTOM) / (TOP - BOTTOM) * (columns - 1))


@functools.lru_cache(maxsize=4)
def _graticule(height: int, width: int) -> Pixels:
    """Return the empty histogram with its scale; not to be written to."""
    face = blank(height=height, width=width)
    columns = width - 2 * SIDE
    for value in LINES:
        ink = code(FIRM if value in {0.0, 1.0} else FAINT)
        face[2 * EDGE : -FOOT, _column(value, columns)] = ink
    return draw_words(face.astype(np.float32) / np.float32(255), _numbers(height, columns))


def _numbers(height: int, columns: int) -> list[Words]:
    return [
        Words(
            text=f"{100 * value:.0f}",
            x=_column(value, columns),
            baseline=height - (FOOT - NUMBER_PX) // 2,
            height_px=NUMBER_PX,
            colour=SCALE_INK,
            anchor="center",
        )
        for value in LINES
    ]
