"""A soft Reference: how soft it is, and a truth that is as sharp as the plate."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment import TeachingPair
from chromaresolve.baseline.sharpening import find_sharpening, soften
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma

HEIGHT, WIDTH = 240, 320
"""Of the pictures: room for thirty patches of colour."""

SOFTNESS = 3.0
"""Of the telecine's chroma, in pixels."""

FADED = np.array([[0.8, 0.15, 0.05], [0.2, 0.3, 0.1], [0.15, 0.1, 0.35]], np.float32)
"""Takes fresh colours to faded ones: what it takes, an affine map gives back."""

Picture = NDArray[np.float32]


def paint(seed: int) -> Picture:
    """Paint ellipses of many colours over a slope of light: edges of colour, flat between."""
    random = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), 0.4, np.float32)
    for _ in range(40):
        centre = (int(random.integers(WIDTH)), int(random.integers(HEIGHT)))
        axes = (int(random.integers(16, 55)), int(random.integers(16, 55)))
        colour = random.uniform(0.15, 0.85, 3).tolist()
        cv2.ellipse(picture, centre, axes, float(random.integers(180)), 0, 360, colour, -1)
    # A scan is never sharper than its pixels.
    return soften(picture, 0.6)


def pair_of(
    fresh: Picture, *, softness: float, frame: int = 1, grain: float = 0.0
) -> tuple[TeachingPair, Picture]:
    """Make a pair of a faded plate and a Reference as soft as that, and the true chroma."""
    noise = np.random.default_rng(frame).normal(0, 1, fresh.shape).astype(np.float32)
    plate = np.asarray(fresh @ FADED.T + grain * noise, np.float32)
    true = rgb_to_chroma(fresh)
    seen = soften(true, softness) if softness else true
    truth = np.asarray(luma_chroma_to_rgb(rgb_to_luma(plate), seen), np.float32)
    trust = np.ones(plate.shape[:2], np.float32)
    return TeachingPair(frame=frame, plate=plate, shown=plate, truth=truth, trust=trust), true


def off(pair: TeachingPair, true: Picture) -> float:
    """Return the root mean square of a pair's chroma against the true one, x 1000."""
    return 1000 * float(np.sqrt(np.square(rgb_to_chroma(pair.truth) - true).mean()))


@pytest.fixture(scope="module")
def soft_pairs() -> list[tuple[TeachingPair, Picture]]:
    """Three pairs of a soft telecine, and the true chroma of each."""
    return [pair_of(paint(seed), softness=SOFTNESS, frame=seed) for seed in (1, 2, 3)]


@pytest.mark.parametrize("softness", [1.5, 6.0])
def test_softness_is_measured(softness: float) -> None:
    """It is found within a tenth."""
    pairs = [pair_of(paint(seed), softness=softness, frame=seed)[0] for seed in (1, 2)]

    found = find_sharpening(pairs)

    assert found is not None
    assert found.softness == pytest.approx(softness, rel=0.1)
    assert f"{found.softness:.1f} pixels softer" in found.tell()


def test_sharp_reference_is_left_alone() -> None:
    """A print scanned on the same machine has nothing to be sharpened."""
    assert find_sharpening([pair_of(paint(seed), softness=0.0)[0] for seed in (1, 2)]) is None


def test_truth_becomes_as_sharp_as_the_plate(
    soft_pairs: list[tuple[TeachingPair, Picture]],
) -> None:
    """On a pair that taught, and on one held out: at most a third of the error is left."""
    found = find_sharpening([pair for pair, _ in soft_pairs[:2]])

    assert found is not None
    for pair, true in soft_pairs:
        before, after = off(pair, true), off(found.sharpen(pair), true)
        assert after < before / 3, f"frame {pair.frame}: {after:.1f} of {before:.1f}"


def test_luma_stays_the_plates(soft_pairs: list[tuple[TeachingPair, Picture]]) -> None:
    """Only chroma is sharpened."""
    pair = soft_pairs[0][0]
    found = find_sharpening([pair])

    assert found is not None
    sharp = found.sharpen(pair)
    np.testing.assert_allclose(rgb_to_luma(sharp.truth), rgb_to_luma(pair.plate), atol=3e-7)
    assert (sharp.frame, sharp.plate is pair.plate, sharp.trust is pair.trust) == (1, True, True)


@pytest.mark.slow
def test_what_may_not_teach_does_not_bleed(
    soft_pairs: list[tuple[TeachingPair, Picture]],
) -> None:
    """A subtitle in green, distrusted, changes nothing of what is trusted."""
    pair, _ = soft_pairs[0]
    trust = pair.trust.copy()
    trust[160:200] = 0
    titled = pair.truth.copy()
    titled[165:195, 40:200] = (0.1, 0.9, 0.1)
    clean, spoilt = replace(pair, trust=trust), replace(pair, trust=trust, truth=titled)
    others = [other for other, _ in soft_pairs[1:]]
    found = find_sharpening([clean, *others])

    assert found is not None
    may_teach = trust > 0
    ours, theirs = (rgb_to_chroma(found.sharpen(one).truth) for one in (spoilt, clean))
    np.testing.assert_allclose(ours[may_teach], theirs[may_teach], atol=1e-6)


@pytest.mark.slow
def test_colour_that_is_no_map_of_the_plates_stays_the_references() -> None:
    """Left and right have the same faded colours and other true ones: no map knows both."""
    pairs = []
    for seed in (1, 2, 3, 4):
        fresh = paint(seed)
        pair, true = pair_of(fresh, softness=SOFTNESS, frame=seed)
        other = true.copy()
        other[:, WIDTH // 2 :] = -other[:, WIDTH // 2 :, ::-1]
        truth = luma_chroma_to_rgb(rgb_to_luma(pair.plate), soften(other, SOFTNESS))
        pairs.append((replace(pair, truth=np.asarray(truth, np.float32)), other))
    found = find_sharpening([pair for pair, _ in pairs])

    for pair, true in pairs:
        after = off(found.sharpen(pair) if found else pair, true)
        assert after < 1.1 * off(pair, true), f"frame {pair.frame}"


@pytest.mark.slow
def test_a_sharp_picture_among_soft_ones_is_left_alone(
    soft_pairs: list[tuple[TeachingPair, Picture]],
) -> None:
    """A constructed Reference is painted on the plate itself."""
    painted, _ = pair_of(paint(9), softness=0.0, frame=9)
    found = find_sharpening([pair for pair, _ in soft_pairs])

    assert found is not None
    assert found.sharpen(painted) is painted


@pytest.mark.slow
def test_grain_is_not_taught_as_detail() -> None:
    """A map of grainy plates gives grain: they are to be degrained first."""
    grainy = [pair_of(paint(seed), softness=SOFTNESS, frame=seed, grain=0.03)[0] for seed in (1, 2)]

    assert find_sharpening(grainy) is None


def test_pairs_that_teach_nothing_say_nothing(
    soft_pairs: list[tuple[TeachingPair, Picture]],
) -> None:
    """Black trust masks are refused elsewhere, and by name."""
    pair, _ = soft_pairs[0]

    assert find_sharpening([replace(pair, trust=np.zeros_like(pair.trust))]) is None


def test_one_flat_colour_says_nothing() -> None:
    """A title card has no edges to see softness at."""
    flat = np.full((HEIGHT, WIDTH, 3), 0.3, np.float32)

    assert find_sharpening([pair_of(flat, softness=SOFTNESS)[0]]) is None
