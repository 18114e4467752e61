"""Colours brought to even spread, and the first guess: known answers."""

from __future__ import annotations

import numpy as np
import torch

from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.scaling import LEAST_REST, LEAST_SPREAD, measure_scaling

AXES = np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0], [-0.8, 0.0, 0.6]])
"""An orthonormal basis that is not the channels'."""

SPREADS = np.array([0.3, 0.02, 0.05])
"""A faded plate: bright and dark tell most, two colours differ by little."""

MEAN = np.array([0.7, 0.3, 0.35])
"""Pink."""


def make_pixels(count: int = 50_000) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of that plate, and a chroma that is affine in them."""
    random = np.random.default_rng(4)
    plate = MEAN + (random.standard_normal((count, 3)) * SPREADS) @ AXES
    chroma = plate @ np.array([[0.5, -0.2], [-1.0, 0.1], [0.3, 0.4]]) + (0.02, -0.03)
    return plate, chroma


def test_colours_are_brought_to_spread_one() -> None:
    """Uncorrelated, mean nothing, spread one, but for what is held back against grain."""
    plate, chroma = make_pixels()

    scaling = measure_scaling(plate, chroma, np.ones(len(plate)))

    even = (plate - scaling.mean) @ scaling.whiten.T
    held_back = SPREADS.min() ** 2 / (SPREADS.min() ** 2 + LEAST_SPREAD**2)
    covariance = np.cov(even.T)
    np.testing.assert_allclose(even.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.diag(covariance), 1, atol=1.1 * (1 - held_back))
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-10)


def test_an_affine_truth_is_guessed() -> None:
    """The best affine map is the one that made it, and leaves over as little as is counted in."""
    plate, chroma = make_pixels()

    scaling = measure_scaling(plate, chroma, np.ones(len(plate)))

    guessed = plate @ scaling.affine[:, :3].T + scaling.affine[:, 3]
    np.testing.assert_allclose(guessed, chroma, atol=1e-4)
    np.testing.assert_array_equal(scaling.rest, LEAST_REST)


def test_what_may_not_teach_counts_for_nothing() -> None:
    """Subtitles and borders have colours that no one wants to see brought to one."""
    plate, chroma = make_pixels()
    trust = np.ones(len(plate))
    trust[::2] = 0
    spoilt = plate.copy()
    spoilt[::2] = 40.0

    ours = measure_scaling(spoilt, chroma, trust)

    theirs = measure_scaling(plate[1::2], chroma[1::2], trust[1::2])
    np.testing.assert_allclose(ours.mean, theirs.mean)
    np.testing.assert_allclose(ours.whiten, theirs.whiten)
    np.testing.assert_allclose(ours.affine, theirs.affine)


def test_a_plate_of_one_colour_gives_numbers() -> None:
    """A title card: nothing to divide by, and nothing is."""
    plate, chroma = np.full((100, 3), 0.4), np.full((100, 2), 0.1)

    scaling = measure_scaling(plate, chroma, np.ones(100))

    guessed = plate @ scaling.affine[:, :3].T + scaling.affine[:, 3]
    np.testing.assert_allclose(guessed, chroma, atol=1e-6)
    assert np.isfinite(scaling.whiten).all()


def test_network_begins_with_the_guess() -> None:
    """Before its first step the network gives the affine map, give or take its last layer."""
    plate, chroma = make_pixels(64 * 64)
    scaling = measure_scaling(plate, chroma, np.ones(len(plate)))
    torch.manual_seed(0)
    network = ChromaNetwork("small")

    network.take_scaling(scaling)

    picture = torch.from_numpy(np.float32(plate)).T.reshape(1, 3, 64, 64)
    with torch.inference_mode():
        guess, whole = network.guess(picture), network(picture)
    expected = np.float32(chroma).T.reshape(1, 2, 64, 64)
    np.testing.assert_allclose(guess.numpy(), expected, atol=1e-4)
    assert np.abs(whole.numpy() - expected).max() < 5 * LEAST_REST
