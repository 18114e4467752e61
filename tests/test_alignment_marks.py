"""Marks: what only one of a pair shows is found by its outline, and nothing else is."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.marks import MARGIN_PX, find_marks
from chromaresolve.alignment.repainting import Repainted

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

WIDTH, HEIGHT = 361, 239
"""Odd on purpose."""

NOISE = 0.006
"""Grain that is left on each of the two."""


@functools.cache
def texture() -> Picture:
    """Make what both show: soft texture between 0.2 and 0.7."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0.2, 0.7, (12, 18, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))


def pair(source: Picture, reference: Picture, *, softness_px: float = 0.0) -> Repainted:
    """Return two pictures as they come repainted: blurred alike, a little grain left."""
    rng = np.random.default_rng(1)
    blurred = [
        cv2.GaussianBlur(rgb, (0, 0), 1.0) + rng.normal(0, NOISE, rgb.shape)
        for rgb in (source, reference)
    ]
    source, reference = (np.asarray(rgb, np.float32) for rgb in blurred)
    deviation = np.full(3, np.sqrt(2) * NOISE, np.float32)
    return Repainted(
        source=source,
        reference=reference,
        unpainted=reference,
        deviation=deviation,
        softness_px=softness_px,
    )


def lettered(*, grey: float = 0.95) -> tuple[Picture, Mask]:
    """Return the texture with a title on it, and the title's mask."""
    letters = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(letters, "NOT TODAY", (60, 190), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255,), 2)
    strokes = cv2.dilate(letters, np.ones((2, 2), np.uint8)) > 0
    return np.where(strokes[..., None], np.float32(grey), texture()), np.asarray(strokes, np.bool_)


def around(mask: Mask, pixels: int) -> Mask:
    """Return a mask grown by so many pixels."""
    square = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), square) > 0, np.bool_)


def test_find_marks_finds_nothing_in_one_picture() -> None:
    """Grain alone makes no mark."""
    marks = find_marks(pair(texture(), texture()))

    assert marks.either.mean() < 1e-3


def test_find_marks_finds_a_title_on_the_reference() -> None:
    """All of a title is found, with a margin, and nothing far from it."""
    written, strokes = lettered()

    marks = find_marks(pair(texture(), written))

    assert marks.either[strokes].all()
    assert marks.overlaid[strokes].mean() > 0.9
    assert not marks.either[~around(strokes, MARGIN_PX + 12)].any()


def test_find_marks_tells_whose_a_mark_is() -> None:
    """What only the Source shows is not trusted, but is no overlay either."""
    written, strokes = lettered(grey=0.02)

    marks = find_marks(pair(written, texture()))

    assert marks.either[strokes].all()
    assert marks.overlaid.mean() < 1e-3


@pytest.mark.parametrize("by", [0.1, -0.15, 0.25])
def test_find_marks_spares_a_colour_that_faded_oddly(by: float) -> None:
    """What both outline is the picture's own, however far its colours are apart."""
    source, reference = texture().copy(), texture().copy()
    for rgb, more in ((source, 0.0), (reference, by)):
        cv2.circle(rgb, (120, 110), 40, (0.3 + more, 0.75, 0.2 + more), -1)

    marks = find_marks(pair(source, reference))

    assert marks.either.mean() < 1e-3


def test_find_marks_fills_a_box() -> None:
    """What a title's black box hides is not trusted, where that is black itself no more."""
    source = texture().copy()
    source[158:192, 150:230] = 0.05
    boxed = source.copy()
    boxed[150:200, 50:300] = 0.05

    marks = find_marks(pair(source, boxed))

    assert marks.either[150:200, 50:300].all()


def test_find_marks_gives_a_soft_reference_more_margin() -> None:
    """The blur by which the Reference is the softer one comes to the margin."""
    written, _ = lettered()

    sharp, soft = (
        find_marks(pair(texture(), written, softness_px=blur)).either for blur in (0.0, 3.0)
    )

    assert sharp[soft].mean() < 0.95
    assert soft[sharp].all()
    assert soft[around(sharp, 1)].mean() > 0.99
