"""How much softer a frame's colour is than that of the frame beside it, and how far it has slid.

The neighbour is laid on the frame by the plate's movement. What takes its chroma to this frame's
is a turn and a gain, a cast, a blur and a shift, in one fit over the whole picture: so colour that
bleeds is told apart from colour that is another, and no sharp edges are needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.review.limits import limit_above
from chromaresolve.review.movement import Chroma, Neighbour, Small
from chromaresolve.review.record import Reason
from chromaresolve.structure import Mask

BLUR = 1.5
"""Blur of both before they are compared, pixels of the small raster: noise falls to a fifth, and
a shift of two pixels still lies on a slope."""

EDGE = 2
"""Pixels around what a neighbour does not show that are left out."""

LEAST_SHOWN = 0.1
"""Share of the picture that a neighbour must show."""

SPREADING = 3
"""Terms of the fit that are blur and shift; the others are another colour."""

BAR = 1 / 300
"""How far off, as a share of the width, colour may lie in one frame: 7 pixels of 2K. The chroma of
a telecine in 4:2:0, which most networks are taught by, lies off by 2 to 3."""

TOLD = 0.1
"""Share of what differs that this must explain: less is noise, and movement that was not found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Softness:
    """What takes a neighbour's chroma to a frame's, besides another colour."""

    blur: float
    """Variance of a Gaussian, squared shares of the width; below 0 where the frame is sharper."""
    right: float
    """Shift, as a share of the width."""
    down: float
    """Shift, as a share of the width."""
    told: float
    """Share of what differs, besides another colour, that blur and shift explain."""

    @property
    def size(self) -> float:
        """How far colour lies off, as a share of the width."""
        return math.sqrt(max(self.blur, 0.0) + self.right**2 + self.down**2)


def measure_softness(here: Small, neighbour: Neighbour) -> Softness:
    """Measure how much softer a frame is than its neighbour that is laid on it."""
    one, other = (_smooth(chroma) for chroma in (here.recovered, neighbour.recovered))
    hidden = (~neighbour.shows).astype(np.uint8)
    side = 2 * EDGE + 1
    there = cv2.dilate(hidden, np.ones((side, side), np.uint8)) == 0
    there[:EDGE], there[-EDGE:], there[:, :EDGE], there[:, -EDGE:] = False, False, False, False
    if there.mean() < LEAST_SHOWN:
        return Softness(blur=0.0, right=0.0, down=0.0, told=0.0)
    # Blurred as they are, every second pixel says as much.
    there[1::2], there[:, 1::2] = False, False
    terms = _terms(other, there)
    wanted = (one - other)[there].ravel()
    gram, along = (terms @ terms.T).astype(np.float64), (terms @ wanted).astype(np.float64)
    gram += 1e-9 * np.trace(gram) * np.eye(len(terms))
    whole = np.linalg.solve(gram, along)
    # What is explained is measured against the best that another colour alone can do.
    colour = np.linalg.solve(gram[SPREADING:, SPREADING:], along[SPREADING:])
    left = float(np.square(wanted - whole @ terms).sum())
    without = float(np.square(wanted - colour @ terms[SPREADING:]).sum())
    width = here.luma.shape[1]
    bend, right, down = (float(term) for term in whole[:SPREADING])
    return Softness(
        # A shift bends too: its square is the second term of its series, along one way of two.
        blur=(2 * bend - (right**2 + down**2) / 2) / width**2,
        right=-right / width,
        down=-down / width,
        told=1 - left / max(without, 1e-12),
    )


def agreed(first: Softness, second: Softness) -> Softness:
    """Return what a frame has against the neighbours on both sides: the smaller of the two."""
    return Softness(
        blur=min(first.blur, second.blur),
        right=_smaller(first.right, second.right),
        down=_smaller(first.down, second.down),
        told=min(first.told, second.told),
    )


def judge_softness(sides: Mapping[int, Softness]) -> Iterator[tuple[int, Reason]]:
    """Give the frames whose colour bleeds as that of the frames beside them does not."""
    sizes = {n: side.size if side.told > TOLD else 0.0 for n, side in sides.items()}
    limit = limit_above([*sizes.values()], BAR)
    for n, size in sizes.items():
        if size > limit:
            side = sides[n]
            sentence = (
                f"colour bleeds: against the frames beside it, it is blurred by "
                f"{math.sqrt(max(side.blur, 0)):.1%} of the width and lies "
                f"{math.hypot(side.right, side.down):.1%} off"
            )
            yield n, Reason(kind="bleed", sentence=sentence, strength=size / limit)


def _terms(chroma: Chroma, there: Mask) -> NDArray[np.float32]:
    """Return what may be added to chroma, a row each: blur, shifts, then another colour."""
    cb, cr = chroma[..., 0], chroma[..., 1]
    turned = np.dstack([-cr, cb])
    one = np.zeros_like(chroma), np.zeros_like(chroma)
    one[0][..., 0], one[1][..., 1] = 1, 1
    bend = _derived(chroma, 2, 0) + _derived(chroma, 0, 2)
    rows = (bend, _derived(chroma, 1, 0), _derived(chroma, 0, 1), chroma, turned, *one)
    return np.stack([row[there].ravel() for row in rows])


def _smaller(one: float, other: float) -> float:
    return min(one, other, key=abs) if one * other > 0 else 0.0


def _smooth(chroma: Chroma) -> Chroma:
    return np.asarray(cv2.GaussianBlur(chroma, (0, 0), BLUR), np.float32)


def _derived(chroma: Chroma, across: int, down: int) -> Chroma:
    # Sobel's sums of 3 x 3 weights: 8 of a slope, 4 of a bend.
    scale = 1 / 8 if across + down == 1 else 1 / 4
    return np.asarray(cv2.Sobel(chroma, cv2.CV_32F, across, down, scale=scale), np.float32)
