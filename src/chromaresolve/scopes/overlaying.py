"""Two pictures on one scope: where both have the same values there is one grey trace."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_luma
from chromaresolve.colour.luma import Pixels
from chromaresolve.scopes.trace import EDGE, WARNING, Scope, hits_to_light
from chromaresolve.scopes.waves import LUMA_LIGHT, blank_waveform, count_hits, place_parts

APART_ROWS = 3
"""Rows within which two traces are the same: rounding to half moves a value by less."""


def luma_overlay(before_709: Pixels, after_709: Pixels, *, height: int, width: int) -> Scope:
    """Draw the luma waveforms of two pictures over one another.

    What both have is grey; what only one of them has is in the colour of a warning. `beyond` is the
    share of the trace that only one has.

    Args:
        before_709: Finite display-encoded Rec.709, (height, width, 3), any range.
        after_709: The same size.
        height: Of the scope, in pixels.
        width: Of the scope, in pixels.

    Raises:
        ValueError: The scope would be too small to read.
    """
    picture = blank_waveform(height=height, width=width)
    (left,), part = place_parts(width, 1)
    columns = min(part, before_709.shape[1])
    hits = [
        count_hits(rgb_to_luma(one)[..., None], rows=height - 2 * EDGE, columns=columns)
        for one in (before_709, after_709)
    ]
    most = before_709[..., 0].size / columns
    across = np.arange(part) * columns // part
    before, after = (hits_to_light(_onto_scale(one), most=most)[:, across, 0] for one in hits)
    alone = _alone(before, after) | _alone(after, before)
    grey = np.maximum(before, after)[..., None] * np.array(LUMA_LIGHT[0], np.float32)
    trace = np.where(alone[..., None], np.array(WARNING, np.float32), grey)
    face = picture[EDGE:-EDGE, left : left + part]
    np.maximum(face, trace, out=face)
    drawn = np.count_nonzero((before > 0) | (after > 0))
    return Scope(picture=picture, beyond=float(alone.sum() / max(drawn, 1)))


def _onto_scale(hits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return hits with what is beyond the scale at its ends."""
    on_scale = hits[1:-1].copy()
    on_scale[[0, -1]] += hits[[0, -1]]
    return on_scale


def _alone(light: Pixels, other: Pixels) -> NDArray[np.bool_]:
    """Return where a trace is and the other is nowhere near."""
    near = cv2.dilate(other, np.ones((2 * APART_ROWS + 1, 3), np.uint8))
    alone: NDArray[np.bool_] = (light > 0) & (near <= 0)
    return alone
