"""Where a picture shows skin, by its colour, and how its colour stands against a neighbour's.

Skin of all people lies near one hue on the vectorscope, the skin line; how light and how colourful
it is differs. So does what is said to be skin here: much that is wood, sand and brick counts too,
and should be as steady.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from chromaresolve.review.movement import Chroma, Neighbour, Small
from chromaresolve.scopes.vectors import SKIN_DEGREES
from chromaresolve.structure import Mask, Plane

SECTOR = 20.0
"""Degrees on either side of the skin line. Chai and Ngan, "Face segmentation using skin-color map
in videophone applications", IEEE CSVT 9 (1999), measure Cb 77 to 127 and Cr 133 to 173 in all
people; seen from neutral most of that lies within 20 degrees of the line."""

LEAST_CHROMA, MOST_CHROMA = 0.03, 0.22
"""Chroma of skin, length of [Cb, Cr]: the same map, without greys and without paint."""

LEAST_LUMA, MOST_LUMA = 0.15, 0.92
"""Luma of skin that shows its colour, display values."""

LEAST_SHARE = 0.006
"""Share of the picture that must be skin: a head in a medium shot covers 1 to 2 %."""

LEAST_REST = 0.02
"""Share of the picture that must be coloured and no skin for it to be told that skin turns alone.
"""

MARGIN = 7
"""Pixels about skin that are neither, across: its outline."""


def is_skin(luma: Plane, chroma: Chroma) -> Mask:
    """Say of each pixel whether it has the colour of skin."""
    along = math.cos(math.radians(SKIN_DEGREES)), math.sin(math.radians(SKIN_DEGREES))
    towards = chroma[..., 0] * np.float32(along[0]) + chroma[..., 1] * np.float32(along[1])
    aside = chroma[..., 1] * np.float32(along[0]) - chroma[..., 0] * np.float32(along[1])
    is_hue = np.abs(aside) < towards * np.float32(math.tan(math.radians(SECTOR)))
    is_colourful = (towards > LEAST_CHROMA) & (towards < MOST_CHROMA)
    is_lit = (luma > LEAST_LUMA) & (luma < MOST_LUMA)
    return np.asarray(is_hue & is_colourful & is_lit)


def measure_skin(here: Small, neighbour: Neighbour) -> tuple[complex, complex, float, float]:
    """Return what the neighbour's skin has there and what this frame has: Cb + i Cr, mean luma.

    It is skin where the neighbour says so, and as colourful as this frame's own. The luma is not a
    number where there is none. The last is how far everything else changes, as a share of what skin
    does; not a number where there is too little colour to tell.
    """
    mask = is_skin(neighbour.luma, neighbour.recovered) & neighbour.shows
    if mask.mean() < LEAST_SHARE:
        return 0j, 0j, math.nan, math.nan
    # Medians: along its outline, what moves shows something else.
    there = np.median(neighbour.recovered[mask], axis=0)
    own = np.median(here.recovered[mask], axis=0)
    luma = float(here.luma[mask].mean())
    # Its hue alone: how colourful it is, is for the whole picture's measure.
    length = float(np.hypot(*own)) / max(float(np.hypot(*there)), 1e-6)
    skin, skin_here = complex(*(length * there)), complex(*own)
    return skin, skin_here, luma, _rest_moves(here, neighbour, mask, skin, skin_here)


def _rest_moves(
    here: Small, neighbour: Neighbour, mask: Mask, skin: complex, skin_here: complex
) -> float:
    """Return how far what is no skin, nor beside it, is turned or tinted, as a share of skin."""
    beside = cv2.dilate(mask.astype(np.uint8), np.ones((MARGIN, MARGIN), np.uint8)) > 0
    rest = neighbour.shows & ~beside
    there, own = (
        one.recovered[rest].astype(np.float64) @ np.array([1, 1j]) for one in (neighbour, here)
    )
    if np.count_nonzero(np.abs(there) > LEAST_CHROMA) < LEAST_REST * rest.size:
        return math.nan
    gain = np.vdot(there, own) / np.vdot(there, there).real
    turn = abs(np.angle(gain)) / max(abs(np.angle(skin_here * np.conj(skin))), 1e-6)
    tint = abs((own - abs(gain) * there).mean()) / max(abs(skin_here - skin), 1e-6)
    return float(max(turn, tint))
