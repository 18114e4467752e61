"""Structure: what a picture shows, whatever has become of its dyes and its grade."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.structure import (
    correlation,
    gradient_structure,
    luma_structure,
    rgb_to_tone,
    structure_agreement,
)

Picture = NDArray[np.float32]

SAME = 0.95
"""Correlation of the same picture in two grades: a gamma bends windows of high contrast."""

UNRELATED = 0.1
"""Correlation that unrelated pictures of this size stay below: about 3 deviations of chance."""

SEVERE_FADE = np.array(
    [[0.189, 0.070, -0.004], [-0.110, 0.897, -0.027], [-0.038, 0.082, 0.544]], dtype=np.float32
)
"""What a film's densities become when 20 % of its cyan, 88 % of its magenta and 55 % of its yellow
dye are left: M diag(k) / M with the dye densities M of a 1974 print stock, to three digits."""


def scene(seed: int = 0, *, width: int = 321, height: int = 241) -> Picture:
    """Make a picture of clouds, from large to small, and a few shapes; odd sizes by default."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for size in (64, 32, 16, 8, 4):
        coarse = rng.normal(0, 1, (height // size + 3, width // size + 3, 3)).astype(np.float32)
        coarse += 2 * coarse.mean(axis=2, keepdims=True)
        picture += size**0.6 * np.asarray(cv2.resize(coarse, (width, height), interpolation=2))
    picture = 0.45 + 0.1 * (picture - picture.mean()) / picture.std()
    for _ in range(12):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(picture, (x, y), int(rng.integers(8, 30)), rng.uniform(0.1, 0.9, 3).tolist(), -1)
    return np.asarray(np.clip(picture, 0.02, 0.98), dtype=np.float32)


def faded(rgb: Picture) -> Picture:
    """Fade a display-encoded picture severely."""
    return np.asarray(10 ** (np.log10(rgb) @ SEVERE_FADE.T), dtype=np.float32)


@pytest.mark.parametrize("structure", [luma_structure, gradient_structure])
@pytest.mark.parametrize(
    "grade",
    [
        pytest.param(lambda rgb: rgb * 0.6, id="gain"),
        pytest.param(lambda rgb: rgb**1.3, id="gamma"),
        pytest.param(lambda rgb: 3 * rgb - 1, id="values below 0 and above 1"),
        pytest.param(lambda rgb: rgb * np.array([1.1, 0.95, 0.8]), id="warmer"),
        pytest.param(lambda rgb: rgb * np.linspace(0.5, 1.0, 321)[:, None], id="shaded"),
    ],
)
def test_structure_ignores_the_grade(
    structure: Callable[[Picture], Picture], grade: Callable[[Picture], Picture]
) -> None:
    """The same picture in another grade has nearly the same structure."""
    rgb = scene()
    everywhere = np.ones(rgb.shape[:2], np.bool_)

    score = correlation(structure(rgb), structure(grade(rgb).astype(np.float32)), everywhere)

    assert score > SAME


@pytest.mark.parametrize("structure", [luma_structure, gradient_structure])
def test_structure_of_a_dim_part_is_as_strong(structure: Callable[[Picture], Picture]) -> None:
    """A part at half the light keeps more than two thirds of its structure."""
    rgb = scene()
    dimmed = rgb * np.where(np.arange(321) < 160, 0.5, 1).astype(np.float32)[:, None]

    full, dim = structure(rgb)[:, :140].std(), structure(dimmed)[:, :140].std()

    assert dim > 0.67 * full


@pytest.mark.parametrize("structure", [luma_structure, gradient_structure])
def test_structure_keeps_the_raster(structure: Callable[[Picture], Picture]) -> None:
    """A picture that is not contiguous, of odd size, gives float32 of its height and width."""
    mirrored = scene()[:, ::-1]

    plane = structure(mirrored)

    assert plane.shape == (241, 321)
    assert plane.dtype == np.float32
    np.testing.assert_array_equal(plane, structure(mirrored.copy()))


@pytest.mark.parametrize("structure", [luma_structure, gradient_structure])
def test_structure_of_a_flat_picture_is_zero(structure: Callable[[Picture], Picture]) -> None:
    """Rounding noise is not blown up into structure."""
    flat = np.full((90, 120, 3), 0.3, np.float32)

    assert not structure(flat).any()


def test_mix_tone_leaves_greys_alone() -> None:
    """A neutral pixel's tone is its value, below 0 and above 1 too."""
    values = np.array([[-0.5, 0.0, 0.18, 1.0, 4.0]], np.float32)
    greys = np.repeat(values[..., None], 3, axis=2)

    np.testing.assert_allclose(rgb_to_tone(greys), values, rtol=2e-6)


def test_measure_agreement_of_a_faded_picture_is_high() -> None:
    """A severely faded picture still agrees with what it was; with a shifted one it does not."""
    rgb = scene()
    everywhere = np.ones(rgb.shape[:2], np.bool_)

    same = structure_agreement(faded(rgb), rgb, everywhere)
    shifted = structure_agreement(faded(rgb), np.roll(rgb, 6, axis=1), everywhere)

    assert same > 0.7
    assert shifted < same - 0.4


def test_measure_agreement_of_unrelated_pictures_is_near_zero() -> None:
    """Two different scenes do not agree."""
    everywhere = np.ones((241, 321), np.bool_)

    scores = [structure_agreement(scene(seed), scene(seed + 50), everywhere) for seed in range(5)]

    assert np.abs(scores).max() < UNRELATED


def test_measure_agreement_counts_the_mask_only() -> None:
    """What lies outside the mask does not matter; an empty mask says nothing."""
    rgb, other = scene(), scene(1)
    other[:, :200] = rgb[:, :200]
    left = np.zeros(rgb.shape[:2], np.bool_)
    left[:, :150] = True

    assert structure_agreement(rgb, other, left) > SAME
    assert structure_agreement(rgb, other, ~left) < 0.6
    assert structure_agreement(rgb, other, np.zeros_like(left)) == 0


def test_correlation_knows_its_ends() -> None:
    """A plane with itself gives 1, with its negative -1, with a constant 0."""
    plane = luma_structure(scene())
    everywhere = np.ones(plane.shape, np.bool_)

    assert correlation(plane, 2 * plane + 1, everywhere) == pytest.approx(1, abs=1e-5)
    assert correlation(plane, -plane, everywhere) == pytest.approx(-1, abs=1e-5)
    assert correlation(plane, np.ones_like(plane), everywhere) == 0
