"""The draw of patches: repeatable, true to the frames, and only from what may teach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from chromaresolve.alignment import TeachingPair
from chromaresolve.colour import rgb_to_chroma
from chromaresolve.errors import StageError
from chromaresolve.training.batches import Augmentation, TeachingSet

STILL = Augmentation(flip=False, translate=0.0, scale=0.0, exposure=0.0)
"""Nothing is varied."""

RESAMPLED = 2e-5
"""Bilinear weights of a whole-pixel position are 0 and 1 to float32 rounding of the grid."""


def make_pair(*, trust: float = 1.0, height: int = 96, width: int = 128) -> TeachingPair:
    """A pair of noise, so that every patch is somewhere only."""
    random = np.random.default_rng(0)
    plate = random.random((height, width, 3), dtype=np.float32)
    return TeachingPair(
        frame=1,
        plate=plate,
        shown=plate,
        truth=random.random((height, width, 3), dtype=np.float32),
        trust=np.full((height, width), trust, dtype=np.float32),
    )


def make_set(
    pair: TeachingPair, augmentation: Augmentation = STILL, *, seed: int = 0
) -> TeachingSet:
    """The pair on the CPU, shown in patches of 32."""
    return TeachingSet(
        [pair], patch=32, augmentation=augmentation, seed=seed, device=torch.device("cpu")
    )


def find(patch: np.ndarray, plate: np.ndarray) -> tuple[int, int]:
    """Where in the plate a patch was taken, by its first pixel."""
    distance = np.abs(plate - patch[0, 0]).sum(axis=-1)
    top, left = np.unravel_index(int(distance.argmin()), distance.shape)
    return int(top), int(left)


def test_draw_shows_the_frames_own_pixels() -> None:
    """Without variation a patch is a cut-out: plate and chroma from the same place."""
    pair = make_pair()

    batch = make_set(pair).draw(3, 4)

    chroma = rgb_to_chroma(pair.truth)
    for patch, taught in zip(batch.plate, batch.chroma, strict=True):
        shown = patch.permute(1, 2, 0).numpy()
        top, left = find(shown, pair.plate)
        np.testing.assert_allclose(
            shown, pair.plate[top : top + 32, left : left + 32], atol=RESAMPLED
        )
        np.testing.assert_allclose(
            taught.permute(1, 2, 0).numpy(),
            chroma[top : top + 32, left : left + 32],
            atol=RESAMPLED,
        )


def test_draw_is_the_same_for_the_same_seed_and_step() -> None:
    """So a training that was stopped goes on as if it had not been."""
    varied = Augmentation(flip=True, translate=1.0, scale=0.1, exposure=0.1)

    first, second = make_set(make_pair(), varied), make_set(make_pair(), varied)

    assert torch.equal(first.draw(41, 3).plate, second.draw(41, 3).plate)
    assert not torch.equal(first.draw(41, 3).plate, first.draw(42, 3).plate)
    other_seed = make_set(make_pair(), varied, seed=1)
    assert not torch.equal(first.draw(41, 3).plate, other_seed.draw(41, 3).plate)


def test_flip_mirrors_plate_and_chroma_together() -> None:
    """A mirrored patch still has each pixel's own truth beside it."""
    pair = make_pair()
    pair = replace(pair, truth=pair.plate)
    flipping = Augmentation(flip=True, translate=0.0, scale=0.0, exposure=0.0)

    batch = make_set(pair, flipping).draw(0, 16)

    own = rgb_to_chroma(batch.plate.permute(0, 2, 3, 1).numpy())
    np.testing.assert_allclose(batch.chroma.permute(0, 2, 3, 1).numpy(), own, atol=RESAMPLED)
    left_to_right = sum(
        bool(np.abs(pair.plate - patch[:, 0, 0].numpy()).sum(axis=-1).min() < 1e-4)
        and find(patch.permute(1, 2, 0).numpy(), pair.plate)[1]
        > find(patch.permute(1, 2, 0).numpy()[:, ::-1], pair.plate)[1]
        for patch in batch.plate
    )
    assert 0 < left_to_right < 16


def test_patches_are_of_the_plate_as_it_is_shown() -> None:
    """What was cleaned for the network is what the network is taught on."""
    pair = make_pair()
    shown = np.zeros_like(pair.plate)

    batch = make_set(replace(pair, shown=shown), STILL).draw(0, 4)

    assert not batch.plate.any()
    assert batch.chroma.any()


def test_exposure_moves_chroma_with_the_plate() -> None:
    """A brighter plate has proportionally stronger chroma, so the relation taught stays true."""
    pair = make_pair()
    pair = replace(pair, truth=pair.plate)
    lighting = Augmentation(flip=False, translate=0.0, scale=0.0, exposure=0.2)

    batch = make_set(pair, lighting).draw(0, 8)

    own = rgb_to_chroma(batch.plate.permute(0, 2, 3, 1).numpy())
    np.testing.assert_allclose(batch.chroma.permute(0, 2, 3, 1).numpy(), own, atol=RESAMPLED)
    assert float(batch.plate.max()) > 1.02


def test_draw_stays_where_trust_is() -> None:
    """A pair trusted only in its right half is shown only there."""
    pair = make_pair(width=256)
    pair.trust[:, :128] = 0

    batch = make_set(pair).draw(0, 32)

    assert float(batch.trust.mean(dim=(1, 2, 3)).min()) > 0.4


def test_refuses_pairs_without_trust() -> None:
    """Nothing to teach is said at once, not after an hour."""
    with pytest.raises(StageError, match="nothing in them may teach"):
        make_set(make_pair(trust=0.0))


def test_refuses_a_picture_smaller_than_a_patch_can_be() -> None:
    """The least size is named."""
    with pytest.raises(StageError, match="12 x 12 pixels is too small"):
        make_set(make_pair(height=12, width=12))


def test_patch_shrinks_to_fit_the_picture() -> None:
    """A small picture is taught in smaller patches rather than refused."""
    teaching = make_set(make_pair(height=30, width=40))

    assert teaching.patch == 28
    assert teaching.draw(0, 2).plate.shape == (2, 3, 28, 28)
