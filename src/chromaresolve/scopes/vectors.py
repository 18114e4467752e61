"""Vectorscope: which colours a picture holds, hue around the centre and grey in it."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
import numpy.typing as npt

from chromaresolve.colour import rgb_to_chroma, ycbcr_to_rgb
from chromaresolve.colour.luma import Pixels
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
    Colour,
    Scope,
    blank,
    code,
    hits_to_light,
)

REACH = 0.6
"""Cb and Cr from the centre to the border; every colour of the display is within 0.5."""

FULL_CHROMA = 0.5
"""Radius of the circle: Cb or Cr of a 100 % colour difference; Rec. ITU-R BT.709-6, item 3.3."""

BAR_LEVEL = 0.75
"""Of the colour bars that the boxes stand for; Rec. ITU-R BT.471-1, 100/0/75/0."""

BARS = {
    "R": (1, 0, 0),
    "Mg": (1, 0, 1),
    "B": (0, 0, 1),
    "Cy": (0, 1, 1),
    "G": (0, 1, 0),
    "Yl": (1, 1, 0),
}
"""Red, green and blue of the bars that have a box, by the letters beside it."""

BOX = 0.025
"""Half a box's side, in Cb and Cr: 5 % of full chroma, our choice."""

SKIN_DEGREES = 90 + 33
"""Hue of the skin line, from +Cb towards +Cr: the +I axis, 33 degrees on from R - Y.

47 CFR 73.682 (a)(20), as SMPTE ST 170. Assumption, as on every HD scope: the angle is kept on the
axes of Rec.709, although NTSC scaled the two colour differences otherwise.
"""

SKIN_INK: Colour = (0.56, 0.46, 0.38)
"""Colour of the skin line: skin's own, dim."""

BOX_LUMA, BOX_CHROMA = 0.42, 0.15
"""Of the boxes' lines, each in its own hue."""

CORNERS = 181
"""Of the polygon that is drawn for the circle."""

SHIFT = 4
"""Bits of a pixel that OpenCV's lines are placed to."""

LETTER_RADIUS = 0.555
"""Distance of the letters from the centre, in Cb and Cr: between the circle and the border."""

BRIGHTEST_SHARE = 1 / 64
"""Of the picture's pixels: where as many have one colour, the trace is at its brightest."""

HUE_LUMA = 0.6
"""Luma that the trace's hues are shown at when brightest."""

HUE_CHROMA = 0.2
"""Most chroma that the trace's hues are shown with: told apart, and none louder than another."""


def vectorscope(rgb_709: Pixels, *, side: int) -> Scope:
    """Draw the vectorscope of a picture, +Cb to the right and +Cr up.

    What lies beyond the border is drawn on it, at its own hue.

    Args:
        rgb_709: Finite display-encoded Rec.709, (height, width, 3), any range.
        side: Of the square scope, in pixels.

    Raises:
        ValueError: The scope would be too small to read.
    """
    graticule = _graticule(side)
    hits, beyond = _count_hits(rgb_709, side)
    light = hits_to_light(hits, most=BRIGHTEST_SHARE * rgb_709[..., 0].size)
    picture = np.maximum(graticule, light[..., None] * _hues(side))
    if beyond.any():
        marks = cv2.dilate((beyond > 0).astype(np.uint8), np.ones((EDGE, EDGE), np.uint8))
        picture[marks > 0] = WARNING
    return Scope(picture=picture, beyond=float(beyond.sum() / rgb_709[..., 0].size))


def chroma_to_place(chroma: npt.ArrayLike, *, side: int) -> Pixels:
    """Return x and y (..., 2), whole at pixel centres, of [Cb, Cr] in a scope this large."""
    right, up = np.moveaxis(np.asarray(chroma, dtype=np.float32), -1, 0) * np.float32(_scale(side))
    return np.stack((side // 2 + right, side // 2 - up), axis=-1)


def bar_targets() -> dict[str, Pixels]:
    """Return [Cb, Cr] of each 75 % bar by its letters: Rec.709's own arithmetic."""
    chroma = rgb_to_chroma(np.array(list(BARS.values()), dtype=np.float32) * BAR_LEVEL)
    return dict(zip(BARS, chroma, strict=True))


def _scale(side: int) -> float:
    """Return the pixels that Cb and Cr of 1 are long."""
    return _half(side) / REACH


def _half(side: int) -> int:
    """Return the pixels from the centre to the last place of the trace."""
    return (side - 1) // 2 - EDGE // 2


def _count_hits(rgb_709: Pixels, side: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return how many pixels are drawn at each place (side, side), and how many lie beyond."""
    hits, beyond = np.zeros((2, side * side), dtype=np.int64)
    half = np.float32(_half(side))
    step = max(1, BLOCK_PIXELS // rgb_709.shape[1])
    for first in range(0, rgb_709.shape[0], step):
        chroma = rgb_to_chroma(rgb_709[first : first + step])
        right, up = (chroma[..., axis] * np.float32(_scale(side)) for axis in (0, 1))
        farthest = np.maximum(np.abs(right), np.abs(up))
        is_beyond = farthest > half
        if is_beyond.any():
            pull = half / np.maximum(farthest, half)
            right, up = right * pull, up * pull
        row, column = side // 2 - np.rint(up), side // 2 + np.rint(right)
        places = row.astype(np.int64) * side + column.astype(np.int64)
        hits += np.bincount(places.ravel(), minlength=hits.size)
        beyond += np.bincount(places[is_beyond], minlength=hits.size)
    return hits.reshape(side, side), beyond.reshape(side, side)


@functools.lru_cache(maxsize=4)
def _hues(side: int) -> Pixels:
    """Return the colour that each place stands for, at one luma and not too loud."""
    row, column = np.indices((side, side), dtype=np.float32)
    chroma = np.stack((column - side // 2, side // 2 - row), axis=-1) / np.float32(_scale(side))
    radius = np.maximum(np.hypot(chroma[..., 0], chroma[..., 1]), np.float32(HUE_CHROMA))
    chroma *= (HUE_CHROMA / radius)[..., None]
    luma = np.full((side, side, 1), HUE_LUMA, dtype=np.float32)
    return ycbcr_to_rgb(np.concatenate((luma, chroma), axis=-1))


@functools.lru_cache(maxsize=4)
def _graticule(side: int) -> Pixels:
    """Return the empty scope with its scale; not to be written to."""
    face = blank(height=side, width=side)
    full = FULL_CHROMA
    for ends in (((-full, 0), (full, 0)), ((0, -full), (0, full))):
        _draw_lines(face, ends, FAINT)
    turn = np.linspace(0, math.tau, CORNERS)
    _draw_lines(face, full * np.stack((np.cos(turn), np.sin(turn)), axis=-1), FIRM)
    skin = np.array(_direction(SKIN_DEGREES))
    _draw_lines(face, (0 * skin, full * skin), SKIN_INK)
    targets = bar_targets()
    for chroma in targets.values():
        box = chroma + BOX * np.array(((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)))
        _draw_lines(face, box, _box_ink(chroma))
    letters = [
        _letters(name, math.degrees(math.atan2(cr, cb)), side) for name, (cb, cr) in targets.items()
    ]
    letters.append(_letters("skin", SKIN_DEGREES, side))
    return draw_words(face.astype(np.float32) / np.float32(255), letters)


def _draw_lines(face: npt.NDArray[np.uint8], chroma: npt.ArrayLike, colour: Colour) -> None:
    """Draw smooth lines from [Cb, Cr] to [Cb, Cr]."""
    places = chroma_to_place(chroma, side=face.shape[0])
    fixed = np.rint(places * (1 << SHIFT)).astype(np.int32)
    cv2.polylines(face, [fixed], False, code(colour), 1, cv2.LINE_AA, SHIFT)


def _box_ink(chroma: Pixels) -> Colour:
    """Return the hue of a box, quiet enough for its trace to be seen in it."""
    quiet = chroma * (BOX_CHROMA / np.hypot(*chroma))
    red, green, blue = ycbcr_to_rgb(np.array((BOX_LUMA, *quiet))).tolist()
    return red, green, blue


def _letters(text: str, degrees: float, side: int) -> Words:
    """Return letters on the ring outside the circle, at their hue."""
    x, y = chroma_to_place(LETTER_RADIUS * np.array(_direction(degrees)), side=side)
    return Words(
        text=text,
        x=round(float(x)),
        baseline=round(float(y)) + NUMBER_DROP,
        height_px=NUMBER_PX,
        colour=SCALE_INK,
        anchor="center",
    )


def _direction(degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
