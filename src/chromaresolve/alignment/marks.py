"""What only one of a pair shows: subtitles, logos, dirt, hairs, whatever stands in front.

A mark is told from a colour that merely faded oddly by its outline: what belongs to the picture
ends where both show an edge, a mark ends where only one does.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from chromaresolve.alignment.repainting import Repainted, measure_surprise
from chromaresolve.frames import Rgb
from chromaresolve.structure import Mask, Plane

STRONG = 6.5
"""Deviations at which a mark is certain. Measured: 99.9 % of clean pixels stay below 5, half of a
subtitle's are above 14."""

WEAK = 3.0
"""Deviations down to which a pixel beside a certain one belongs to the mark."""

GROWTH_PX = 6
"""How far from a certain pixel that may be, working pixels."""

LEAST_PX = 3
"""Certain pixels that make a mark: fewer are grain."""

OUTLINE_PX = 2
"""How far outside of a mark its outline is looked for, working pixels."""

SHARED = 0.75
"""Share of an outline that both must show for it to be the picture's own. Measured on 1100: 98 % of
marks stay below 0.5, 95 % of what is none is above 0.95."""

INK_BINS = 24
"""Steps of a display value in which a subtitle's ink is looked for."""

LEAST_INK = 0.2
"""Share of what only the Reference shows that must be of one colour for that to be an ink."""

FEWEST_INKED = 200
"""Pixels in which an ink can be told at all."""

INK_RANGE = 0.1
"""Display values by which ink may differ from its colour: noise, and blurred edges."""

LINE_SHARE, LINE_ENDS = 1 / 10, 1 / 25
"""Widest gap of a line of letters, and how far beyond its ends, as shares of the picture's width,
ink is looked for though it does not stand out: white letters before white."""

LINE_PX = 3
"""How far above and below what stands out that is, working pixels."""

CLOSING_PX = 4
"""Half of the gaps within and between letters that are closed, working pixels."""

BOX_FILLED = 0.75
"""Share of its bounding box that a mark must fill to be a box."""

LEAST_BOX = (1 / 12, 1 / 30)
"""Least width and height of a box, as shares of the picture's."""

MARGIN_PX = 4
"""How far around a mark nothing is trusted either, working pixels: soft edges, a dark outline or
shadow before dark. To it comes the blur by which the Reference is the softer one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """What only one of a pair shows, on the working raster; arrays of shape (height, width)."""

    either: Mask
    """Whichever of the two shows it, with a margin: not to be trusted."""
    overlaid: Mask
    """What only the Reference shows, without a margin: subtitles and logos, or what covers dirt."""


def find_marks(repainted: Repainted) -> Marks:
    """Find what only one of a pair shows."""
    surprise = measure_surprise(repainted)
    regions = _regions(surprise)
    shared, in_reference = _outlines(regions, repainted)
    lone = shared < SHARED
    lone[0] = False
    overlaid = (lone & in_reference)[regions]
    inked = _ink(repainted.unpainted, overlaid & (surprise > STRONG), overlaid)
    whole = _without_gaps(lone[regions] | inked)
    margin = round(MARGIN_PX + repainted.softness_px)
    return Marks(
        either=cv2.dilate(whole, _disk(margin)) > 0,
        overlaid=(overlaid | inked) & (whole > 0),
    )


def _regions(surprise: Plane) -> NDArray[np.int32]:
    """Return numbered regions that stand out, 0 where none does."""
    certain = surprise > STRONG
    near = cv2.dilate(certain.astype(np.uint8), _disk(GROWTH_PX))
    count, labels = cv2.connectedComponents(near * (surprise > WEAK), connectivity=8)
    many = np.bincount(labels[certain], minlength=count) >= LEAST_PX
    return np.where(many[labels], labels, 0).astype(np.int32)


def _outlines(regions: NDArray[np.int32], repainted: Repainted) -> tuple[Plane, Mask]:
    """Return by region the share of its outline that both show, and if it is the Reference's."""
    source, reference, rest = (
        _steepness(rgb)
        for rgb in (
            repainted.source,
            repainted.reference,
            repainted.reference - repainted.source,
        )
    )
    around = cv2.dilate(regions.astype(np.float32), _square(OUTLINE_PX)).astype(np.int32)
    deep = cv2.erode((regions > 0).astype(np.uint8), _square(1)) > 0
    at = np.flatnonzero((around > 0) & ~deep)
    source, reference, rest = (plane.ravel()[at] for plane in (source, reference, rest))
    count = int(regions.max()) + 1

    def total(amount: Plane) -> NDArray[np.float64]:
        # By what is left over, too: where that is steep is the outline.
        sums = np.bincount(around.ravel()[at], amount * rest, minlength=count)
        return np.asarray(sums, dtype=np.float64)

    both = total(np.minimum(np.minimum(source, reference), rest))
    share = both / np.maximum(total(rest), np.finfo(np.float32).tiny)
    return share.astype(np.float32), np.asarray(total(reference) > total(source))


def _steepness(rgb: Rgb) -> Plane:
    across, down = cv2.Sobel(rgb, cv2.CV_32F, 1, 0), cv2.Sobel(rgb, cv2.CV_32F, 0, 1)
    squares = np.asarray(across * across + down * down, dtype=np.float32)
    total = np.sqrt(squares[..., 0] + squares[..., 1] + squares[..., 2])
    return np.asarray(total, dtype=np.float32)


def _ink(reference: Rgb, certain: Mask, overlaid: Mask) -> Mask:
    """Return what has a subtitle's colour in the gaps of its lines."""
    colours = reference[certain]
    if len(colours) < FEWEST_INKED:
        return np.zeros_like(overlaid)
    ink = _commonest(colours)
    if ink is None:
        return np.zeros_like(overlaid)
    across = round(LINE_SHARE * overlaid.shape[1]) | 1
    line = np.ones((2 * LINE_PX + 1, across), np.uint8)
    closed = cv2.morphologyEx(overlaid.astype(np.uint8), cv2.MORPH_CLOSE, line)
    beyond = round(LINE_ENDS * overlaid.shape[1])
    lines = cv2.dilate(closed, np.ones((1, 2 * beyond + 1), np.uint8)) > 0
    near = np.abs(reference - ink)
    inked = np.maximum(np.maximum(near[..., 0], near[..., 1]), near[..., 2]) < INK_RANGE
    return np.asarray(lines & inked, dtype=np.bool_)


def _commonest(colours: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return the colour that many of these have, None where they have nothing in common."""
    steps = np.clip(colours * INK_BINS, 0, INK_BINS + INK_BINS // 3).astype(np.int64)
    side = INK_BINS + INK_BINS // 3 + 1
    place = np.ravel_multi_index((steps[:, 0], steps[:, 1], steps[:, 2]), (side,) * 3)
    counts = np.bincount(place, minlength=side**3).reshape((side,) * 3)
    near = uniform_filter(counts.astype(np.float32), 3, mode="constant") * 27
    peak = np.array(np.unravel_index(int(near.argmax()), near.shape))
    if near.max() < LEAST_INK * len(colours):
        return None
    of_it = np.abs(steps - peak).max(axis=1) <= 1
    return np.asarray(np.median(colours[of_it], axis=0), dtype=np.float32)


def _without_gaps(marks: Mask) -> NDArray[np.uint8]:
    """Return marks with the gaps of their letters closed and their boxes filled."""
    whole = cv2.morphologyEx(marks.astype(np.uint8), cv2.MORPH_CLOSE, _disk(CLOSING_PX))
    height, width = whole.shape
    _, _, found, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
    for left, top, across, down, area in found[1:]:
        large = across > LEAST_BOX[0] * width and down > LEAST_BOX[1] * height
        if large and area > BOX_FILLED * across * down:
            whole[top : top + down, left : left + across] = 1
    return np.asarray(whole, dtype=np.uint8)


def _disk(radius: int) -> NDArray[np.uint8]:
    side = 2 * radius + 1
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(shape, dtype=np.uint8)


def _square(reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
