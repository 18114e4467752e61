"""The straight edge along which a black border ends, on one side of a raster.

What is merely dark ends anywhere: so lines are looked for along which black steps up to picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Mask, Plane

BLACKEST = 0.12
"""Display value above which nothing is a black border: a lifted black stays below."""

DARK_SHARE = 0.1
"""Share of the raster's middle that may be darker than a border: no light comes through a border,
but its black may be another than the picture's."""

EVEN = 0.05
"""Display values over which an edge of the raster may spread and still be one black of its own."""

LEAST_STEP = 0.02
"""Display value by which picture differs from the border at least: five 8-bit steps."""

NOISE_MARGIN = 4.0
"""Spreads of the border's own noise by which picture differs from it at least."""

RING = 0.006
"""Outermost share of the raster that tells what the border's black is."""

DEEPEST = 0.35
"""Share of a side that a border may take: a 2.35 picture letterboxed in 4:3 has 0.22."""

STEEPEST = np.tan(np.radians(2.6))
"""Slope that a border's edge may have: telecines are threaded within 2 degrees."""

LEAST_VISIBLE = 0.25
"""Share of a side along which an edge must lie in the raster: a shorter wedge is not told apart."""

LEAST_STEPS = 0.5
"""Share of an edge along which black steps up to picture: over a few frames most of it does, and a
subtitle in the black, or a roof against the night, is not as long."""

LEAST_BLACK = (0.6, 0.75)
"""Share of black just outside an edge, and in all that lies outside."""

SOFTEST_PX = 8
"""Working pixels after which a blurred edge is picture, whatever it does then."""

SETTLED = 0.2
"""Share of its steepest rise to which an edge flattens where picture begins."""

ALONG_PX = 5
"""Working pixels over which noise is averaged along an edge."""

LAYERS = 3
"""Blacks that may lie within each other: the raster's, the scanner's, the film's own."""

MOST_LINES = 300
"""Lines of those most stepped along that are looked at more closely."""

MARGIN_PX = 2
"""Working pixels of picture given away along each edge: an edge weaves by about that much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where the picture begins on one side, seen with that side at the top of the raster."""

    offset: float = 0.0
    """Rows of border in the middle of the raster, working pixels; 0 where there is none."""
    slope: float = 0.0
    """Rows more for each column to the right."""
    limit: float = 0.0
    """Value up to which all is black there."""

    def rows_at(self, columns: NDArray[np.float64], width: int) -> NDArray[np.float64]:
        """Return how many rows are border at each column of a raster."""
        return self.offset + self.slope * (columns - (width - 1) / 2)


def find_edge(brightest: Plane, turns: int) -> Edge:
    """Find where the picture begins on the side that so many quarter turns bring to the top."""
    # Along the edge only: a border may be two pixels wide.
    side = np.asarray(cv2.blur(np.rot90(brightest, turns), (ALONG_PX, 1)), dtype=np.float32)
    columns = np.arange(side.shape[1], dtype=np.float64)
    rows, quarter = len(side) // 4, len(columns) // 4
    dark = float(np.quantile(side[rows:-rows, quarter:-quarter], DARK_SHARE))
    edge, cut = Edge(limit=-np.inf), 0
    for _ in range(LAYERS):
        inner = _find_layer(side[cut:], dark=dark)
        if inner is None:
            break
        edge = replace(inner, offset=cut + inner.offset, limit=max(edge.limit, inner.limit))
        cut = max(cut, math.ceil(edge.rows_at(columns, len(columns)).max()))
    return edge


def _find_layer(side: Plane, *, dark: float) -> Edge | None:
    """Find the edge of the black at the top of a side, None where there is none.

    Args:
        side: What is left of the raster, that side up.
        dark: The picture's own dark, than which a border is not brighter.
    """
    for level, limit in _blacks_of(side):
        if level > min(BLACKEST, dark + LEAST_STEP):
            continue
        # Evenly so: in what is merely dark there are shadows darker still.
        black = np.abs(side[: round(DEEPEST * len(side))] - level) <= limit - level
        line = _choose(black, *_vote(_steps(black)))
        if line is not None:
            settled = _settled(side, black, line)
            return replace(line, offset=line.offset + settled + MARGIN_PX, limit=limit)
    return None


def _blacks_of(side: Plane) -> Iterator[tuple[float, float]]:
    """Give what black there may be at the top of a side, and the value up to which all is black."""
    lines = max(3, round(RING * len(side)))
    low, level, high = (float(value) for value in np.percentile(side[:lines], (10, 50, 90)))
    if high - low <= EVEN:
        yield level, level + max(LEAST_STEP, NOISE_MARGIN * (high - level))
    # Picture may reach the raster's edge here or nearly so: then what is black all around counts.
    ring = np.concatenate([np.rot90(side, turns)[:lines].ravel() for turns in range(4)])
    low, level = (float(value) for value in np.percentile(ring, (1, 5)))
    yield level, level + max(LEAST_STEP, NOISE_MARGIN * (level - low))


def _steps(black: Mask) -> Mask:
    """Return the first rows of picture: two of black before them, and two of picture after."""
    steps = np.zeros_like(black)
    steps[2:-2] = black[:-4] & black[1:-3] & ~(black[2:-2] | black[3:-1] | black[4:])
    return steps


def _vote(steps: Mask) -> tuple[list[Edge], NDArray[np.float64]]:
    """Return the lines that many steps lie on, and the share of each that steps."""
    depth, width = steps.shape
    rows, columns = np.nonzero(steps)
    reach = int(STEEPEST * width / 2)
    lines: list[Edge] = []
    shares: list[float] = []
    offsets = np.arange(-reach, depth + reach + 1)
    for rise in range(-reach, reach + 1):
        slope = 2 * rise / width
        places = np.rint(rows - slope * (columns - (width - 1) / 2)).astype(np.int64) + reach
        counts = np.bincount(places, minlength=len(offsets))
        near = np.convolve(counts, (1, 1, 1), mode="same")
        visible = _visible(offsets, slope, width)
        (many,) = np.nonzero(near >= LEAST_STEPS * np.maximum(visible, LEAST_VISIBLE * width))
        lines += [Edge(offset=float(offsets[place]), slope=slope) for place in many]
        shares += (near[many] / visible[many]).tolist()
    return lines, np.minimum(np.array(shares, dtype=np.float64), 1)


def _visible(offsets: NDArray[np.int64], slope: float, width: int) -> NDArray[np.float64]:
    """Return along how many columns lines of a slope lie at least two rows inside the raster."""
    if slope == 0:
        return np.where(offsets >= 2, float(width), 1.0)
    return np.clip(width / 2 + (offsets - 2) / abs(slope), 1, width)


def _choose(black: Mask, lines: list[Edge], shares: NDArray[np.float64]) -> Edge | None:
    """Return the innermost edge that hardly anything lies outside of."""
    above = np.cumsum(black, axis=0, dtype=np.int64)
    best: list[int] = np.argsort(-shares, kind="stable")[:MOST_LINES].tolist()
    good = [place for place in best if _is_black_outside(black, above, lines[place])]
    if not good:
        return None
    innermost = max(lines[place].offset for place in good)
    beside = [place for place in good if lines[place].offset >= innermost - SOFTEST_PX]
    return lines[max(beside, key=shares.__getitem__)]


def _is_black_outside(black: Mask, above: NDArray[np.int64], line: Edge) -> bool:
    """Say whether it is black just outside of a line, and on the whole up to the raster's edge."""
    columns = np.arange(black.shape[1])
    rows = np.rint(line.rows_at(columns.astype(np.float64), len(columns))).astype(np.int64)
    columns, rows = (plane[(rows >= 2) & (rows < len(black))] for plane in (columns, rows))
    beside = black[rows - 2, columns].mean() if len(rows) else 0.0
    in_all = above[rows - 1, columns].sum() / max(1, rows.sum())
    return bool(beside >= LEAST_BLACK[0] and in_all >= LEAST_BLACK[1])


def _settled(side: Plane, black: Mask, line: Edge) -> int:
    """Return after how many rows a soft edge has become picture."""
    rows, columns = np.nonzero(_steps(black))
    on_it = np.abs(rows - line.rows_at(columns.astype(np.float64), side.shape[1])) <= 1.5
    deep = np.arange(-1, SOFTEST_PX + 1)[:, None]
    profile = np.median(side[rows[on_it] + deep, columns[on_it]], axis=1)
    rise = np.diff(profile)
    steepest = int(rise.argmax())
    flat = rise[steepest:] < SETTLED * rise[steepest]
    return steepest + int(flat.argmax() if flat.any() else len(flat))
