"""Chroma beside its luma: found to a tenth of a pixel, or refused; moved without touching luma."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.plates import measure_chroma_shift, shift_chroma

Picture = NDArray[np.float32]

FOUND_PX = 0.1
"""How near a planted shift is found."""

ROUNDING = 1e-6
"""Three float32 sums near 1 and back."""


def scene(*, height: int = 360, width: int = 480) -> Picture:
    """Return discs and bars of many colours, soft as a telecine's, their chroma softer still."""
    random = np.random.default_rng(5)
    picture = np.full((height, width, 3), 0.4, np.float32)
    for _ in range(60):
        x, y = int(random.integers(width)), int(random.integers(height))
        colour = random.uniform(0.1, 0.9, 3).tolist()
        size = int(random.integers(8, 40))
        cv2.circle(picture, (x, y), size, colour, -1, cv2.LINE_AA)
        cv2.rectangle(picture, (y, x), (y + size, x + 12), colour[::-1], -1)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.float32)
    chroma = cv2.GaussianBlur(rgb_to_chroma(picture), (0, 0), 1.5)
    return luma_chroma_to_rgb(rgb_to_luma(picture), np.asarray(chroma, np.float32))


def noisy(picture: Picture, amount: float) -> Picture:
    """Return the picture with noise of its own in each channel."""
    noise = np.random.default_rng(6).standard_normal(picture.shape, dtype=np.float32)
    return picture + np.float32(amount) * noise


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "down"), [(0.0, 0.0), (1.4, -0.6), (-3.3, 0.25), (5.75, 2.0)], ids=str
)
@pytest.mark.parametrize("noise", [0.0, 0.01], ids=["clean", "noisy"])
def test_measure_chroma_shift_finds_what_was_planted(
    right: float, down: float, noise: float
) -> None:
    """Tape delay and siting are found to a tenth of a pixel, with noise and without."""
    found = measure_chroma_shift(noisy(shift_chroma(scene(), right, down), noise))

    assert found.right == pytest.approx(right, abs=FOUND_PX)
    assert found.down == pytest.approx(down, abs=FOUND_PX)
    assert found.doubt < FOUND_PX


def test_measure_chroma_shift_ignores_range_and_size() -> None:
    """A Reference of odd size with values below 0 and above 1 is measured like any other."""
    reference = 3 * shift_chroma(scene(), 1.5, -0.5)[:357, :479] - 1

    found = measure_chroma_shift(reference)

    assert (found.right, found.down) == pytest.approx((1.5, -0.5), abs=FOUND_PX)


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(scene()[..., :1].repeat(3, axis=2), id="mono"),
        pytest.param(noisy(scene()[..., :1].repeat(3, axis=2), 0.01), id="mono with noise"),
        pytest.param(np.full((200, 300, 3), (0.6, 0.4, 0.3), np.float32), id="one colour"),
        pytest.param(scene(height=50, width=60), id="tiny"),
        pytest.param(shift_chroma(scene(), 40, 0), id="farther than looked for"),
    ],
)
def test_measure_chroma_shift_refuses_what_does_not_tell(reference: Picture) -> None:
    """Without colour edges in common with luma, it is refused with what to do."""
    with pytest.raises(StageError, match="take a frame with more colour edges"):
        measure_chroma_shift(reference)


def test_shift_chroma_by_0_is_the_reference() -> None:
    """Not moved, it is the very Reference."""
    reference = scene()

    assert shift_chroma(reference, 0, 0) is reference


def test_shift_chroma_moves_chroma_and_keeps_luma() -> None:
    """Whole pixels move exactly, and luma stays where it is."""
    reference = 2 * scene() - 0.5

    moved = shift_chroma(reference, 3, -2)

    assert np.abs(rgb_to_luma(moved) - rgb_to_luma(reference)).max() < ROUNDING
    expected = rgb_to_chroma(reference)[2:, :-3]
    assert np.abs(rgb_to_chroma(moved)[:-2, 3:] - expected).max() < ROUNDING


def test_shift_chroma_there_and_back_is_nearly_the_same() -> None:
    """Soft chroma loses next to nothing between pixels."""
    reference = scene()

    back = shift_chroma(shift_chroma(reference, 0.5, 0.3), -0.5, -0.3)

    assert np.abs(back - reference)[4:-4, 4:-4].mean() < 1e-3
