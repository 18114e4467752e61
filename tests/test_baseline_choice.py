"""Which kind of map is chosen, by what it measured, and what it says about it."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from chromaresolve.baseline import choice as room
from chromaresolve.baseline.choice import KINDS, choose_map, recolour
from chromaresolve.baseline.lattice import Lattice, fit_lattice, node_colours
from chromaresolve.baseline.polynomial import fit_polynomial
from chromaresolve.baseline.samples import Pixels, Samples
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.errors import StageError

LUMA_ROUNDING = 2e-6
"""Luma of a merged float32 pixel, computed again."""


@pytest.fixture
def coarse_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a coarse lattice and a cubic compete, which takes a tenth of the time."""
    kinds = {"lattice 9": partial(fit_lattice, size=9), "polynomial degree 3": fit_polynomial}
    monkeypatch.setattr(room, "KINDS", kinds)


def taught(plate: Pixels, coloured: npt.NDArray[np.floating]) -> Samples:
    """Make a pair's samples: the plate's luma with another picture's chroma as the truth."""
    truth = luma_chroma_to_rgb(rgb_to_luma(plate), rgb_to_chroma(coloured))
    return Samples(plate_rgb=plate, truth_rgb=truth, weights=np.ones(len(plate)))


def broad_pair(seed: int, count: int = 4000) -> Samples:
    """Make a pair that shows every colour, under a cast that no cubic can follow."""
    plate = np.random.default_rng(seed).random((count, 3), dtype=np.float32)
    wave = 0.08 * np.sin(14 * plate[:, [1, 2, 0]])
    return taught(plate, 0.2 + 0.6 * plate + wave)


def noisy_pair(seed: int, count: int = 300) -> Samples:
    """Make a pair of few samples, under a quadratic cast and much noise."""
    rng = np.random.default_rng(seed)
    plate = rng.random((count, 3), dtype=np.float32)
    noise = rng.normal(0, 0.15, plate.shape)
    return taught(plate, plate * [1.1, 1, 0.8] + 0.2 * plate**2 + noise)


@pytest.mark.slow
def test_choose_takes_a_lattice_for_colours_that_no_cubic_follows() -> None:
    """Every pair shows every colour: the lattice measures best, and the reason says by how much."""
    choice = choose_map([broad_pair(seed) for seed in range(3)])

    assert choice.kind.startswith("lattice")
    assert set(choice.scores) == set(KINDS)
    assert choice.scores[choice.kind] == min(choice.scores.values())
    assert (
        f"{choice.kind}: dE2000 {choice.scores[choice.kind]:.2f} on pairs left out" in choice.reason
    )
    assert "polynomial degree 3: " in choice.reason


@pytest.mark.usefixtures("coarse_kinds")
def test_choose_takes_the_polynomial_for_few_and_noisy_samples() -> None:
    """A lattice would learn the noise: stiff wins."""
    choice = choose_map([noisy_pair(seed) for seed in range(4)])

    assert choice.kind == "polynomial degree 3", choice.reason


@pytest.mark.usefixtures("coarse_kinds")
def test_choose_maps_better_than_nothing() -> None:
    """The map it returns, fitted to all pairs, brings fresh samples nearer to their truth."""
    fresh = broad_pair(99)

    choice = choose_map([broad_pair(seed) for seed in range(2)])

    mapped = recolour(fresh.plate_rgb, choice.map).rgb
    before = np.abs(fresh.plate_rgb - fresh.truth_rgb).mean()
    after = np.abs(mapped - fresh.truth_rgb).mean()
    assert after < 0.2 * before, f"{before:.3g} before, {after:.3g} after"


@pytest.mark.usefixtures("coarse_kinds")
def test_choose_measures_an_only_pair_on_bands_of_itself() -> None:
    """With nothing else to leave out it says so."""
    choice = choose_map([broad_pair(1)])

    assert "on bands left out of the only pair" in choice.reason


@pytest.mark.usefixtures("coarse_kinds")
def test_choose_leaves_many_pairs_out_in_groups() -> None:
    """A sequence of a dozen pairs is measured too, and every step is told."""
    told: list[tuple[int, int]] = []

    choose_map(
        [broad_pair(seed, count=300) for seed in range(12)],
        on_progress=lambda done, total, _note: told.append((done, total)),
    )

    assert told == [(0, 3), (1, 3), (2, 3)]


def test_choose_refuses_no_pairs() -> None:
    """Without a pair there is nothing to fit."""
    with pytest.raises(StageError, match="no pair to learn from"):
        choose_map([])


def test_recolour_keeps_the_plates_luma() -> None:
    """Whatever the map does to luma, the picture has the plate's."""
    plate = np.random.default_rng(2).uniform(-0.2, 1.4, (31, 17, 3)).astype(np.float32)
    zero, one = np.zeros(3, np.float32), np.ones(3, np.float32)
    brighter = Lattice(
        table=3 * node_colours(4, zero, one).astype(np.float32), lower=zero, upper=one
    )

    merged = recolour(plate, brighter).rgb

    np.testing.assert_allclose(rgb_to_luma(merged), rgb_to_luma(plate), atol=LUMA_ROUNDING)
