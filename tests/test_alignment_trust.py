"""Trust: what a pair must not teach is found, and the Reference's grade is undone."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.luma_curve import LumaCurve, match_luma_curve
from chromaresolve.alignment.trust import level_reference, trust_mask
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import StageError

Picture = NDArray[np.float32]

LITTLE, MUCH = 0.2, 0.85
"""Mean trust that a subtitle may keep at most, and that the rest of a picture keeps at least."""

WIDTH, HEIGHT = 641, 359
"""Odd on purpose: the working raster is the Source's own here."""


def pair(seed: int = 0) -> tuple[Picture, Picture]:
    """Return a balanced, grainy scan and its Reference: textures, shapes and sky."""
    source, reference = shot(seed)
    return source.copy(), reference.copy()


@functools.cache
def shot(seed: int) -> tuple[Picture, Picture]:
    """Make what `pair` returns."""
    rng = np.random.default_rng(seed)
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for size in (128, 64, 32, 16, 8):
        coarse = rng.normal(0, 1, (HEIGHT // size + 3, WIDTH // size + 3, 3)).astype(np.float32)
        coarse += 2 * coarse.mean(axis=2, keepdims=True)
        rgb += size**0.7 * np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=2))
    rgb = 0.42 + 0.1 * (rgb - rgb.mean()) / rgb.std()
    for _ in range(12):
        x, y = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))
        cv2.circle(rgb, (x, y), int(rng.integers(10, 40)), rng.uniform(0.2, 0.8, 3).tolist(), -1)
    rgb[:90] = np.linspace((0.3, 0.45, 0.7), (0.6, 0.7, 0.8), WIDTH, dtype=np.float32)
    rgb = np.clip(rgb, 0.02, 0.98)
    source = rgb @ np.array([[0.7, 0.2, 0.1], [0.1, 0.85, 0.05], [0.1, 0.1, 0.8]]).T
    source = 0.9 * source + 0.02 + rng.normal(0, 0.015, source.shape)
    reference = cv2.GaussianBlur(rgb**1.25, (0, 0), 1.2) * (0.95, 0.9, 0.85)
    return np.asarray(source, np.float32), np.asarray(reference, np.float32)


def everywhere() -> NDArray[np.bool_]:
    """Return the mask of a Reference that covers the whole Source."""
    return np.ones((HEIGHT, WIDTH), np.bool_)


def drawn(picture: Picture, *, thick: int, grey: float) -> tuple[Picture, NDArray[np.bool_]]:
    """Write a title into a picture, and return it with the mask of its strokes."""
    strokes = np.zeros((HEIGHT, WIDTH), np.uint8)
    for at, text in (((120, 290), "NOBODY SAID"), ((150, 340), "THIS ALOUD")):
        cv2.putText(strokes, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255,), 2)
    # Grown by hand: OpenCV 5 writes with its own font, whatever thickness it is given.
    strokes = np.asarray(cv2.dilate(strokes, np.ones((thick, thick), np.uint8)), dtype=np.uint8)
    written = np.where(strokes[..., None] > 0, np.float32(grey), picture)
    return written.astype(np.float32), strokes > 0


def away_from(strokes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what is farther than 12 px from the strokes."""
    near = cv2.dilate(strokes.astype(np.uint8), np.ones((25, 25), np.uint8))
    return np.asarray(near == 0, dtype=np.bool_)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("thick", "grey"),
    [
        pytest.param(1, 0.95, id="thin white"),
        pytest.param(7, 0.95, id="thick white"),
        pytest.param(2, 0.0, id="black"),
    ],
)
def test_trust_leaves_subtitles_out(seed: int, thick: int, grey: float) -> None:
    """Strokes that only the Reference has teach next to nothing, the rest of it nearly all."""
    source, reference = pair(seed)
    written, strokes = drawn(reference, thick=thick, grey=grey)

    trust = trust_mask(source, written, everywhere())

    assert trust[strokes].mean() < LITTLE
    assert trust[away_from(strokes)].mean() > MUCH


def test_trust_leaves_white_letters_before_white_out() -> None:
    """Letters that fall on a cloud as white as they are belong to their line all the same."""
    source, reference = pair()
    for picture in (source, reference):
        picture[230:, 260:330] = 0.92
    written, strokes = drawn(reference, thick=3, grey=0.95)

    trust = trust_mask(source, written, everywhere())

    within = strokes.copy()
    within[:, :264] = within[:, 326:] = False
    assert within.sum() > 500
    assert trust[within].mean() < LITTLE
    assert trust[away_from(strokes)].mean() > MUCH


def test_trust_leaves_dirt_out() -> None:
    """Scratches and splices that only the Source has are the same: the two do not agree there."""
    source, reference = pair()
    scratched, strokes = drawn(source, thick=1, grey=0.9)

    trust = trust_mask(scratched, reference, everywhere())

    assert trust[strokes].mean() < LITTLE
    assert trust[away_from(strokes)].mean() > MUCH


@pytest.mark.parametrize("seed", range(2))
def test_trust_is_near_1_where_the_two_agree(seed: int) -> None:
    """Fading, grain, blur and another grade cost nothing, and a flat sky no more."""
    source, reference = pair(seed)

    trust = trust_mask(source, reference, everywhere())

    assert trust.shape == (HEIGHT, WIDTH)
    assert trust.dtype == np.float32
    assert trust.min() >= 0
    assert trust.max() <= 1
    assert trust.mean() > 0.95
    assert trust[:80].mean() > 0.95


def test_trust_falls_where_the_two_are_off() -> None:
    """A part of the Reference whose texture lies 12 px off teaches little; in its place, much."""
    source, reference = pair()
    grit = np.random.default_rng(1).uniform(-0.2, 0.2, (60, 60, 1)).repeat(5, 0).repeat(5, 1)
    source[50:350, 320:620] += grit
    moved = reference.copy()
    reference[50:350, 320:620] += grit
    moved[50:350, 320:620] += np.roll(grit, 12, axis=1)

    in_place, off = (trust_mask(source, seen, everywhere()) for seen in (reference, moved))

    assert in_place[60:340, 330:610].mean() > MUCH
    assert off[60:340, 330:610].mean() < 0.05
    assert off[60:340, :300].mean() > MUCH


def test_trust_is_0_outside_the_reference() -> None:
    """Repeated border pixels teach nothing, and trust draws back from them."""
    source, reference = pair()
    inside = everywhere()
    inside[:, :40] = False
    reference[:, :40] = reference[:, 40:41]

    trust = trust_mask(source, reference, inside)

    assert not trust[:, :40].any()
    assert trust[:, 40].max() < 0.05
    assert trust[:, 50:].mean() > MUCH


def test_trust_of_a_large_picture_is_that_of_a_small_one() -> None:
    """A raster wider than the working one is looked at smaller; the mask has its own size."""
    source, reference = (
        np.asarray(cv2.resize(picture, (1923, 1077)), dtype=np.float32) for picture in pair()
    )
    reference[700:900, 600:1200] = 1 - reference[700:900, 600:1200]

    trust = trust_mask(source, reference, np.ones((1077, 1923), np.bool_))

    assert trust.shape == (1077, 1923)
    assert trust[720:880, 620:1180].mean() < LITTLE
    assert trust[:680].mean() > MUCH


def test_trust_needs_a_reference() -> None:
    """A Reference that lies beside the Source is an error, not an empty mask."""
    source, reference = pair()

    with pytest.raises(StageError, match="does not lie on the Source"):
        trust_mask(source, reference, ~everywhere())


def test_level_undoes_a_grade() -> None:
    """Gamma, gain and lift of a Reference disappear, chroma included, within 1 % of its range."""
    source, _ = pair()
    original = np.asarray(cv2.GaussianBlur(source, (0, 0), 1.5))
    graded = 0.05 + 0.8 * np.clip(original, 0, None) ** 1.25

    levelled = level_reference(graded, rgb_to_luma(source), np.ones((HEIGHT, WIDTH), np.float32))

    assert levelled.dtype == np.float32
    assert np.abs(graded - original).mean() > 0.05
    assert np.abs(levelled - original).mean() < 0.005
    assert np.quantile(np.abs(levelled - original), 0.99) < 0.02


def test_level_ignores_what_is_not_trusted() -> None:
    """A white title does not bend the curve where it is not trusted."""
    source, reference = pair()
    written, strokes = drawn(reference, thick=7, grey=0.8)
    luma = rgb_to_luma(source)

    trusted = level_reference(written, luma, (~strokes).astype(np.float32))
    clean = level_reference(reference, luma, np.ones((HEIGHT, WIDTH), np.float32))

    np.testing.assert_allclose(trusted[~strokes], clean[~strokes], atol=0.02)


def test_level_needs_trusted_pixels() -> None:
    """Without any there is no curve, and that is said."""
    source, reference = pair()

    with pytest.raises(StageError, match="too little of the Reference"):
        level_reference(reference, rgb_to_luma(source), np.zeros((HEIGHT, WIDTH), np.float32))


def test_match_curve_finds_a_known_curve() -> None:
    """The curve that made one luma of the other is found, in spite of a quarter of wrong pixels."""
    rng = np.random.default_rng(0)
    reference = np.asarray(cv2.GaussianBlur(rng.normal(0, 1, (360, 480)), (0, 0), 12))
    reference = (0.5 + 0.15 * reference / reference.std()).astype(np.float32)
    source = (0.1 + 0.8 * np.clip(reference, 0, None) ** 1.5).astype(np.float32)
    wrong = source.copy()
    wrong[:, ::4] = 0.9

    curve = match_luma_curve(reference, wrong, np.ones(reference.shape, np.bool_))

    np.testing.assert_allclose(curve.level(reference), source, atol=0.02)
    assert np.all(np.diff(curve.reference) > 0)
    assert np.all(np.diff(curve.source) >= 0)


def test_match_curve_never_falls() -> None:
    """Where the medians fall, as under a negative, the curve stays level instead."""
    ramp = np.tile(np.linspace(0, 1, 400, dtype=np.float32), (300, 1))

    curve = match_luma_curve(ramp, np.abs(ramp - 0.3), np.ones(ramp.shape, np.bool_))

    assert np.all(np.diff(curve.source) >= -1e-12)


def test_match_curve_refuses_one_luma() -> None:
    """A Reference of a single luma says nothing about any other."""
    flat = np.full((100, 100), 0.5, np.float32)

    with pytest.raises(StageError, match="all of it has one luma"):
        match_luma_curve(flat, flat, np.ones(flat.shape, np.bool_))


def test_level_goes_on_straight_beyond_its_ends() -> None:
    """Values below 0 and above 1 survive, on the line that the curve ends with."""
    curve = LumaCurve(reference=(0.1, 0.2, 0.3, 0.4, 0.5), source=(0.2, 0.4, 0.6, 0.8, 1.0))
    values = np.array([-3.0, -0.5, 0.25, 1.5, 12.0], np.float32)

    np.testing.assert_allclose(curve.level(values), 2 * values, rtol=1e-6)
