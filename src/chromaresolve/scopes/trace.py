"""What both scopes share: the greys of a grading room, and hits made visible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from chromaresolve.colour.luma import Pixels

Colour = tuple[float, float, float]
"""Display values of red, green and blue."""

SURROUND: Colour = 3 * (38 / 255,)
"""What lies around pictures: neutral, and dark enough not to wash out a dark picture."""

GROUND: Colour = 3 * (18 / 255,)
"""The empty face of a scope: darker than the surround, so that its border shows without a line."""

FAINT: Colour = 3 * (54 / 255,)
"""Lines of the scale that only help the eye along."""

FIRM: Colour = 3 * (92 / 255,)
"""Lines of the scale that mean something: black, white, 100 % colour."""

SCALE_INK: Colour = 3 * (128 / 255,)
"""Numbers and letters of the scale: legible, and never the brightest thing in view."""

NUMBER_PX = 11
"""Height of the scale's numbers and letters, in pixels."""

NUMBER_DROP = 4
"""Pixels from a number's middle down to what it stands on: figures are 0.73 of their size high."""

WARNING: Colour = (0.95, 0.62, 0.12)
"""Amber: what does not fit on the scale. No channel and no skin is drawn in it."""

EDGE = 3
"""Pixels at the border of a scope kept for what does not fit on its scale."""

SMALLEST = 96
"""Shortest side of a scope, in pixels, that still has room for its scale."""

FAINTEST = 0.22
"""Light of a place that a single pixel has hit, as a share of the brightest."""

BLOCK_PIXELS = 1 << 17
"""Pixels counted at a time, so that their places stay in cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """A scope's picture of a picture."""

    picture: Pixels
    """Display values (height, width, 3), the scale drawn in."""
    beyond: float
    """Share of the values, 0 to 1, that lie beyond the scale and are drawn at its border."""


def hits_to_light(hits: npt.NDArray[np.int64], *, most: float) -> Pixels:
    """Return how bright each place of a trace is, 0 to 1, the same shape as its hits.

    Brightness follows the logarithm of the hits, so that one stray pixel and half a picture of grey
    are both seen. A soft edge fills the gaps between the codes of an 8 bit picture.

    Args:
        hits: How many pixels fell on each place, (height, width) or (height, width, channels).
        most: Hits from which on a place is shown brightest.
    """
    count = hits.astype(np.float32)
    count = np.maximum(count, cv2.GaussianBlur(count, (3, 3), 0).reshape(count.shape))
    climb = (1 - FAINTEST) / math.log(max(most, 2.0))
    light = FAINTEST + np.float32(climb) * np.log(np.maximum(count, 1))
    return np.where(count < 1, FAINTEST * count, np.minimum(light, 1)).astype(np.float32)


def blank(*, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Return the empty face of a scope, on which its scale is drawn with `code`'s colours.

    Raises:
        ValueError: The scope would be too small to read.
    """
    if min(height, width) < SMALLEST:
        raise ValueError(f"a scope of {width}x{height} px: give it at least {SMALLEST} a side")
    return np.full((height, width, 3), code(GROUND), dtype=np.uint8)


def code(colour: Colour) -> tuple[int, int, int]:
    """Return a colour as the 8 bit codes that lines are drawn in."""
    red, green, blue = (round(255 * value) for value in colour)
    return red, green, blue
