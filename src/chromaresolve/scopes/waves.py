"""Waveform: which values each column of a picture holds, as luma or as red, green and blue."""

from __future__ import annotations

import functools
import math
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from chromaresolve.colour import rgb_to_luma
from chromaresolve.colour.luma import Floats, Pixels
from chromaresolve.scopes.lettering import Words, draw_words
from chromaresolve.scopes.trace import (
    BLOCK_PIXELS,
    EDGE,
    FAINT,
    FIRM,
    NUMBER_DROP,
    NUMBER_PX,
    SCALE_INK,
    WARNING,
    Scope,
    blank,
    code,
    hits_to_light,
)

Channels: TypeAlias = Literal["luma", "parade", "overlay"]
"""One trace of luma; red, green and blue side by side; or the three over one another."""

TOP, BOTTOM = 1.1, -0.1
"""Ends of the scale, display values: a tenth beyond black and white shows what was pushed out."""

LINES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Values that have a line; black's and white's are firm."""

MARGIN = 34
"""Pixels to the left of the trace for the numbers of the scale."""

NUMBER_APART = 8
"""Pixels between those numbers and the trace."""

APART = 10
"""Pixels between the three parts of a parade, and to the right of the last."""

LUMA_LIGHT = ((0.85, 0.85, 0.85),)
"""Colour of a luma trace at its brightest."""

CHANNEL_LIGHT = ((0.8, 0.3, 0.3), (0.3, 0.8, 0.3), (0.3, 0.3, 0.8))
"""Colours of the three traces: light enough for blue to be seen; together they are grey."""

_PARTS = {"luma": ([0],), "parade": ([0], [1], [2]), "overlay": ([0, 1, 2],)}
"""Which traces stand in each part of the scope, from left to right."""


def waveform(rgb_709: Pixels, *, height: int, width: int, channels: Channels = "luma") -> Scope:
    """Draw the waveform of a picture, left to right as the picture is, black below.

    Args:
        rgb_709: Finite display-encoded Rec.709, (height, width, 3), any range.
        height: Of the scope, in pixels.
        width: Of the scope, in pixels.
        channels: What is drawn.

    Raises:
        ValueError: The scope would be too small to read.
    """
    parts = _PARTS[channels]
    picture = _graticule(height=height, width=width, parts=len(parts)).copy()
    lefts, part = place_parts(width, len(parts))
    planes = rgb_to_luma(rgb_709)[..., None] if channels == "luma" else rgb_709
    columns = min(part, planes.shape[1])
    hits = count_hits(planes, rows=height - 2 * EDGE, columns=columns)
    light = hits_to_light(hits[1:-1], most=planes[..., 0].size / columns)
    colours = np.array(LUMA_LIGHT if channels == "luma" else CHANNEL_LIGHT, dtype=np.float32)
    across = np.arange(part) * columns // part
    for left, drawn in zip(lefts, parts, strict=True):
        face = picture[:, left : left + part]
        trace = lay_over(light[:, across][..., drawn], colours[drawn, :])
        np.maximum(face[EDGE:-EDGE], trace, out=face[EDGE:-EDGE])
        for edge, band in ((0, slice(EDGE)), (-1, slice(-EDGE, None))):
            is_beyond = hits[edge, across][:, drawn].any(axis=-1)
            face[band, is_beyond] = WARNING
    return Scope(picture=picture, beyond=float(hits[[0, -1]].sum() / planes.size))


def value_to_row(values: npt.ArrayLike, *, height: int) -> npt.NDArray[np.int64]:
    """Return the row of pixels that each display value is drawn in, in a waveform this high."""
    values = np.asarray(values, dtype=np.float32)
    return _to_bin(values, rows=height - 2 * EDGE).astype(np.int64) + EDGE - 1


def blank_waveform(*, height: int, width: int) -> Pixels:
    """Return the empty waveform of one part with its scale, to be drawn on.

    Raises:
        ValueError: The scope would be too small to read.
    """
    return _graticule(height=height, width=width, parts=1).copy()


def _to_bin(values: Floats, *, rows: int) -> Pixels:
    """Return 0 above the scale, 1 to rows on it from top to bottom, and rows + 1 below."""
    places = (np.float32(TOP) - values) * np.float32(rows / (TOP - BOTTOM))
    bins: Pixels = np.clip(places + np.float32(1), 0, rows + 1)
    return bins


def count_hits(planes: Pixels, *, rows: int, columns: int) -> npt.NDArray[np.int64]:
    """Return how many pixels have which value, (rows + 2, columns, channels)."""
    height, width, channels = planes.shape
    shape = (rows + 2, columns, channels)
    across = (np.arange(width) * columns // width)[:, None] * channels + np.arange(channels)
    hits = np.zeros(math.prod(shape), dtype=np.int64)
    step = max(1, BLOCK_PIXELS // width)
    for first in range(0, height, step):
        places = _to_bin(planes[first : first + step], rows=rows).astype(np.int64)
        places *= columns * channels
        places += across
        hits += np.bincount(places.ravel(), minlength=hits.size)
    return hits.reshape(shape)


def lay_over(light: Pixels, colours: Pixels) -> Pixels:
    """Return traces (rows, columns, n) in their colours (n, 3) over one another; none is lost."""
    dark: Pixels = np.prod(1 - light[..., None] * colours, axis=-2)
    return 1 - dark


def place_parts(width: int, parts: int) -> tuple[list[int], int]:
    """Return where the parts of the scope begin, and how wide each is."""
    part = (width - MARGIN - APART * parts) // parts
    return [MARGIN + index * (part + APART) for index in range(parts)], part


@functools.lru_cache(maxsize=8)
def _graticule(*, height: int, width: int, parts: int) -> Pixels:
    """Return the empty scope with its scale; not to be written to."""
    face = blank(height=height, width=width)
    rows = value_to_row(LINES, height=height).tolist()
    lefts, part = place_parts(width, parts)
    for value, row in zip(LINES, rows, strict=True):
        for left in lefts:
            face[row, left : left + part] = code(FIRM if value in {0.0, 1.0} else FAINT)
    numbers = [
        Words(
            text=f"{100 * value:.0f}",
            x=MARGIN - NUMBER_APART,
            baseline=row + NUMBER_DROP,
            height_px=NUMBER_PX,
            colour=SCALE_INK,
            anchor="right",
        )
        for value, row in zip(LINES, rows, strict=True)
    ]
    return draw_words(face.astype(np.float32) / np.float32(255), numbers)
