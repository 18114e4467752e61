"""Inspection: what is off shows, what is only another colour does not; shimmer is measured."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.inspection import (
    BANDS,
    LABEL_PX,
    difference_picture,
    measure_shimmer,
    wipe_picture,
)
from chromaresolve.alignment.trust import Comparison, compare
from chromaresolve.errors import StageError

Picture = NDArray[np.float32]

WIDTH, HEIGHT = 401, 299
"""Odd on purpose; as wide as the working raster."""

SHORT = 0.7
"""Share of a shift that is measured at least: slopes fall short, grain and fading take their part.
Measured: 0.74 to 0.9."""

EXACT_PX = 0.05
"""How exactly no shift is measured: grain, and interpolation."""


@functools.cache
def scene(seed: int = 0) -> Picture:
    """Make fresh texture in many colours, wider than a frame."""
    rng = np.random.default_rng(seed)
    size = (WIDTH + 20, HEIGHT + 20)
    rgb = np.zeros((size[1], size[0], 3), np.float32)
    for grain in (64, 32, 16, 8):
        coarse = rng.normal(0, 1, (size[1] // grain + 3, size[0] // grain + 3, 3))
        coarse += 2 * coarse.mean(axis=2, keepdims=True)
        rgb += np.sqrt(grain) * np.asarray(
            cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
        )
    rgb = 0.45 + 0.15 * (rgb - rgb.mean()) / rgb.std()
    return np.asarray(np.clip(rgb, 0.02, 0.98), np.float32)


def seen(right: float, seed: int = 0) -> Picture:
    """Return a frame of the scene, so many pixels farther right."""
    matrix = np.array([[1, 0, 10 - right], [0, 1, 10]], np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(scene(seed), matrix, (WIDTH, HEIGHT), flags=flags), np.float32)


def faded(rgb: Picture, grain: int = 0) -> Picture:
    """Return a frame in a faded print's colours, with grain."""
    mixed = 0.85 * rgb @ np.array([[0.8, 0.3, 0.1], [0.1, 0.6, 0.1], [0.1, 0.1, 0.5]]) + 0.05
    noise = np.random.default_rng(grain).normal(0, 0.008, rgb.shape)
    return np.asarray(mixed + noise, np.float32)


def everywhere() -> NDArray[np.bool_]:
    """Return the mask of a Reference that covers the whole Source."""
    return np.ones((HEIGHT, WIDTH), np.bool_)


def compared(*, off: float) -> Comparison:
    """Compare a pair whose Reference lies so many pixels off."""
    return compare(faded(seen(0)), seen(off), everywhere())


def test_difference_is_black_but_where_edges_are_off() -> None:
    """Fading leaves next to nothing in the difference, a shift of two pixels five times as much."""
    in_place, off = (difference_picture(compared(off=px), title="frame 7") for px in (0.0, 2.0))

    assert in_place.shape == (HEIGHT + LABEL_PX, 4 * WIDTH, 3)
    assert in_place.dtype == np.float32
    panel = (slice(LABEL_PX, None), slice(2 * WIDTH, 3 * WIDTH))
    colours = np.abs(faded(seen(0)) - seen(0)).mean()
    assert in_place[panel].mean() < 0.5 * colours
    assert off[panel].mean() > 5 * in_place[panel].mean()


def test_difference_shows_the_source_and_trust() -> None:
    """The first picture is the Source, without its grain, and the last what is trusted."""
    found = compared(off=0.0)

    picture = difference_picture(found, title="frame 7")[LABEL_PX:]

    np.testing.assert_allclose(picture[:, :WIDTH], faded(seen(0)), atol=0.15)
    np.testing.assert_array_equal(picture[:, 3 * WIDTH :, 1], found.trust)


def test_pictures_are_labelled() -> None:
    """Above each panel there are letters, and a longer title has more of them."""
    found = compared(off=0.0)

    strip = wipe_picture(found, title="frame 1012")[:LABEL_PX]
    shorter = wipe_picture(found, title="1")[:LABEL_PX]

    for panel in (strip[:, :WIDTH], strip[:, WIDTH:]):
        assert (panel > 0.5).any()
    assert (strip > 0.5).sum() > (shorter > 0.5).sum()


def test_wipe_shows_both_in_turn() -> None:
    """Left and right half, and every second band, come from the Source and from the Reference."""
    found = compared(off=2.0)
    source, reference = found.repainted.source, found.repainted.reference

    picture = wipe_picture(found, title="frame 7")[LABEL_PX:]

    np.testing.assert_array_equal(picture[:, : WIDTH // 2], source[:, : WIDTH // 2])
    np.testing.assert_array_equal(
        picture[:, WIDTH // 2 + 1 : WIDTH], reference[:, WIDTH // 2 + 1 :]
    )
    bands = picture[:, WIDTH:]
    for band in range(BANDS):
        middle = round((band + 0.5) * WIDTH / BANDS)
        expected = reference if band % 2 else source
        np.testing.assert_array_equal(bands[:, middle], expected[:, middle])


def test_shimmer_is_what_only_the_reference_moves() -> None:
    """A Reference that trembles by a known amount shimmers by it, while the camera pans."""
    tremble = [0.0, 0.6, 0.1, 0.1]
    frames = [
        (faded(seen(2 * number), grain=number), seen(2 * number + off), everywhere())
        for number, off in enumerate(tremble)
    ]

    found = measure_shimmer(frames)

    assert found.worst == 0
    assert SHORT * 0.6 <= found.worst_px <= 0.6 + EXACT_PX
    assert SHORT * 0.5 <= found.median_px <= 0.5 + EXACT_PX
    assert found.worst_px <= found.high_px <= 0.6 + 2 * EXACT_PX


def test_shimmer_is_none_where_both_move_alike() -> None:
    """A pan, or a Reference that lies off by the same everywhere and always, does not shimmer."""
    frames = [
        (faded(seen(3 * number), grain=number), seen(3 * number + 0.5), everywhere())
        for number in range(3)
    ]

    assert measure_shimmer(frames).high_px < 2 * EXACT_PX


def test_shimmer_is_in_source_pixels() -> None:
    """On a Source three times as wide, the same movement is three times as many pixels."""
    size = (3 * WIDTH, 3 * HEIGHT)
    frames = [
        (
            np.asarray(cv2.resize(faded(seen(0)), size), np.float32),
            np.asarray(cv2.resize(seen(off), size), np.float32),
            np.ones(size[::-1], np.bool_),
        )
        for off in (0.0, 0.5)
    ]

    assert SHORT * 1.5 <= measure_shimmer(frames).median_px <= 1.5 + 3 * EXACT_PX


def test_shimmer_needs_two_frames() -> None:
    """One frame does not move, and that is said."""
    with pytest.raises(StageError, match="two consecutive frames: give more"):
        measure_shimmer([(faded(seen(0)), seen(0), everywhere())])


def test_shimmer_needs_frames_that_show_the_same() -> None:
    """Two unrelated pictures have no common edges to measure."""
    frames = [(faded(seen(0)), seen(0, seed), everywhere()) for seed in (1, 2)]

    with pytest.raises(StageError, match="in enough places: see that they are aligned"):
        measure_shimmer(frames)
