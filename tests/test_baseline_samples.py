"""Which pixels of a pair a colour map is fitted to."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.baseline.samples import Pixels, measure_belief, sample_pair
from chromaresolve.errors import StageError


def grey_with_a_red_corner(height: int = 101, width: int = 151) -> Pixels:
    """Make a grey picture, a little noisy, whose first 10 x 10 pixels are red: 0.7 % of it."""
    rng = np.random.default_rng(3)
    picture = 0.5 + rng.normal(0, 0.005, (height, width, 3)).astype(np.float32)
    picture[:10, :10] += np.array([0.4, -0.3, -0.3], dtype=np.float32)
    return picture


def test_sample_draws_the_same_pixels_for_the_same_seed() -> None:
    """Seeded: the same draw twice, another one for another seed."""
    plate, trust = grey_with_a_red_corner(), np.ones((101, 151))

    first, again, other = (
        sample_pair(plate, plate, trust, count=500, seed=seed) for seed in (7, 7, 8)
    )

    np.testing.assert_array_equal(first.plate_rgb, again.plate_rgb)
    assert not np.array_equal(first.plate_rgb, other.plate_rgb)


def test_sample_gives_rare_colours_more_than_their_share() -> None:
    """0.7 % of the pixels are red; at least 3 % of the samples are."""
    plate = grey_with_a_red_corner()

    samples = sample_pair(plate, plate, np.ones((101, 151)), count=1000)

    assert np.mean(samples.plate_rgb[:, 0] > 0.8) > 0.03


def test_sample_leaves_out_what_cannot_be_trusted() -> None:
    """No trust, NaN in the plate and infinity in the truth: never drawn, and no other is lost."""
    plate = np.full((4, 5, 3), 0.25, dtype=np.float32)
    truth, trust = plate.copy(), np.ones((4, 5), dtype=np.float32)
    plate[0, 0, 1], truth[1, 1, 2], trust[2] = np.nan, np.inf, 0

    samples = sample_pair(plate, truth, trust)

    assert len(samples.weights) == 20 - 1 - 1 - 5
    assert np.isfinite(samples.plate_rgb).all()
    assert np.isfinite(samples.truth_rgb).all()


def test_sample_keeps_picture_order_and_trust() -> None:
    """Samples come row by row, each with its own pixel's truth and trust."""
    rows = np.repeat(np.linspace(-0.5, 3, 60, dtype=np.float32), 40).reshape(60, 40, 1)
    plate = rows * np.ones(3, dtype=np.float32)

    samples = sample_pair(plate, plate + 1, 0.5 + plate[..., 0] / 8, count=300)

    assert len(samples.weights) == 300
    assert (np.diff(samples.plate_rgb[:, 0]) >= 0).all()
    np.testing.assert_array_equal(samples.truth_rgb, samples.plate_rgb + 1)
    np.testing.assert_allclose(samples.weights, 0.5 + samples.plate_rgb[:, 0] / 8)


def test_sample_refuses_a_pair_without_trust() -> None:
    """A trust mask of zeros is an error that says what to look at."""
    picture = np.zeros((2, 3, 3), dtype=np.float32)

    with pytest.raises(StageError, match="no trusted pixel: look at its trust mask"):
        sample_pair(picture, picture, np.zeros((2, 3)))


def test_belief_is_full_for_normal_residuals_and_small_for_outliers() -> None:
    """Huber: clean samples count nearly whole; one 100 deviations off counts a fortieth."""
    residual = np.random.default_rng(0).normal(0, 0.01, (5000, 3))
    residual[0] = [1.0, 0.0, 0.0]

    belief = measure_belief(residual)

    assert belief[1:].mean() > 0.97
    assert belief[0] < 0.025
    assert belief.max() == 1.0
