"""Stripes at the edges of a recovered frame: where the plate's own colour was left.

`[crop]` says what is not picture. What lies outside it is the plate's, what lies inside is
recovered; where the two do not match the picture, a stripe shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import delta_e_2000, rgb_to_luma
from chromaresolve.frames import Rgb
from chromaresolve.shot.tables import CropTable

EDGES = ("left", "top", "right", "bottom")
"""As `[crop]` names them."""

LOOKED_AT = 1 / 6
"""Share of the frame's side that is looked at from each edge: no gate is smaller."""

SAME = 1e-3
"""Mean difference of a line from the plate, in the channel that differs most, below which nothing
was recovered there, display values: twice what rounding to half may move white by."""

BESIDE = 24
"""Lines beside a stripe that are compared with it."""

SEEN = 2.0
"""dE2000 of the recovered colour to the plate's beside a stripe: a line between two colours that
touch is seen from less."""

BORDER_LUMA = 0.04
"""Luma below which a line shows nothing, display values: 10 of 255."""

GOES_ON = 0.5
"""Correlation of a line with the picture beside it from which on it is the same picture; a
border's with it is about 0."""

GRAINLESS = 1 / 32
"""Share of a line that its values are averaged over before: grain would hide what goes on."""

CONTRAST = 0.01
"""Deviation along a line that can be compared, display values."""

EVEN = 0.015
"""Deviation along a line of a border, at most: its grain and no more."""

DARK = 0.2
"""Luma of a border, at most: black, or what fading has made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripe:
    """One edge of one frame."""

    left_alone: int
    """Lines from the edge on where nothing was recovered."""
    picture: int
    """How many of them, from the inside out, are picture with another colour than beside them."""
    distance: float
    """dE2000 of recovered to plate beside the stripe."""
    beyond: int
    """Lines outside `[crop]` where something was recovered."""
    border: int
    """Lines inside `[crop]`, from its edge on, that are a border and yet were given colour."""


def measure_stripes(recovered_709: Rgb, luma_plate_709: Rgb, crop: CropTable) -> dict[str, Stripe]:
    """Measure the four edges of a recovered frame against its plate (height, width, 3)."""
    cut = (crop.left, crop.top, crop.right, crop.bottom)
    turned = zip(_turned(recovered_709), _turned(luma_plate_709), EDGES, cut, strict=True)
    return {edge: _measure(here, plate, lines) for here, plate, edge, lines in turned}


def _turned(rgb: Rgb) -> Iterator[Rgb]:
    """Give the picture four times, each edge once as the top rows."""
    yield rgb.transpose(1, 0, 2)
    yield rgb
    yield rgb[:, ::-1].transpose(1, 0, 2)
    yield rgb[::-1]


def _measure(recovered: Rgb, plate: Rgb, crop: int) -> Stripe:
    depth = max(1, round(len(plate) * LOOKED_AT), min(crop + 2 * BESIDE, len(plate) // 2))
    here, there = recovered[:depth], plate[:depth]
    off = np.abs(here[:, ::2] - there[:, ::2]).mean(axis=1).max(axis=1)
    touched = np.flatnonzero(off > SAME)
    alone = int(touched[0]) if touched.size else depth
    luma = rgb_to_luma(there)
    left = min(depth, alone)
    beside = slice(left, left + BESIDE)
    distance = 0.0
    if 0 < left < depth:
        # A feather lies between the two: its far side is what is recovered.
        far = slice(left + BESIDE // 2, left + BESIDE)
        distance = _mean_distance(here[far], there[far])
    return Stripe(
        left_alone=alone if alone < depth else 0,
        picture=_picture_lines(luma, left, luma[beside]) if distance > SEEN else 0,
        distance=distance,
        beyond=int(np.count_nonzero(off[:crop] > SAME)),
        border=_coloured_border(here[crop:], luma[crop:], off[crop:]),
    )


def _mean_distance(here: Rgb, there: Rgb) -> float:
    if not here.size:
        return 0.0
    return float(delta_e_2000(here[::4, ::2], there[::4, ::2]).mean())


def _picture_lines(luma: NDArray[np.float32], stripe: int, beside: NDArray[np.float32]) -> int:
    """Return how many lines of a stripe, from the inside out, go on with the picture beside it."""
    if not len(beside):
        return 0
    lines = 0
    size = (max(1, round(GRAINLESS * luma.shape[1])), 1)
    smooth, near = (
        np.asarray(cv2.blur(part, size), np.float32) for part in (luma[:stripe], beside[:4])
    )
    last, nearest = near[0], near.mean(axis=0)
    for line in smooth[::-1]:
        if line.mean() < BORDER_LUMA or not (_goes_on(line, last) or _goes_on(line, nearest)):
            break
        lines += 1
        last, nearest = line, (nearest + line) / 2
    return lines


def _goes_on(line: NDArray[np.float32], beside: NDArray[np.float32]) -> bool:
    one, other = line - line.mean(), beside - beside.mean()
    deviations = float(one.std()), float(other.std())
    if min(deviations) < CONTRAST:
        # Nothing is drawn on either: an even wall, or a sky. As light as that, it goes on.
        return max(deviations) < 2 * CONTRAST and abs(float(line.mean() - beside.mean())) < CONTRAST
    return float((one * other).mean()) / (deviations[0] * deviations[1]) > GOES_ON


def _coloured_border(recovered: Rgb, luma: NDArray[np.float32], off: NDArray[np.float32]) -> int:
    """Return how many lines from the crop on are a border and yet were given colour."""
    is_border = (luma.std(axis=1) < EVEN) & (luma.mean(axis=1) < DARK) & (off > SAME)
    if not is_border.size or is_border.all() or not is_border[0]:
        return 0
    lines = int(np.flatnonzero(~is_border)[0])
    chroma = np.abs(recovered[:lines] - luma[:lines, :, None]).max(axis=2).mean()
    return lines if chroma > SAME * 10 else 0
