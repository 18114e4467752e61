"""The shift between two frames, and pictures moved by it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.plates.movement import follow_motion, measure_shift, shift_picture

Plane = NDArray[np.float32]

FOUND_PX = 0.1
"""How near a planted shift is found; what is measured is mostly 0.02."""


def field(seed: int = 0, *, height: int = 240, width: int = 320) -> Plane:
    """Return soft detail of every size that goes on beyond one edge where it left at the other."""
    noise = np.random.default_rng(seed).standard_normal((height, width))
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    radius = np.hypot(down, across)
    falling = np.exp(-((radius / 0.2) ** 2)) / np.maximum(radius, 0.01) ** 1.3
    plane = np.fft.irfft2(np.fft.rfft2(noise) * falling, (height, width))
    return np.asarray(0.45 + 0.12 * (plane - plane.mean()) / plane.std(), np.float32)


def moved(plane: Plane, right: float, down: float) -> Plane:
    """Return the plane moved exactly, round its edges (the shift theorem)."""
    height, width = plane.shape
    turns = np.fft.fftfreq(height)[:, None] * down + np.fft.rfftfreq(width)[None] * right
    spectrum = np.fft.rfft2(plane) * np.exp(-2j * np.pi * turns)
    return np.asarray(np.fft.irfft2(spectrum, plane.shape), np.float32)


def grainy(plane: Plane, seed: int) -> Plane:
    """Return the plane with grain."""
    noise = np.random.default_rng(seed).standard_normal(plane.shape, dtype=np.float32)
    return plane + np.float32(0.03) * noise


@pytest.mark.parametrize(
    ("right", "down"), [(0, 0), (0.5, -0.25), (-1.37, 2.6), (14.2, -9.7)], ids=str
)
def test_measure_shift_finds_what_was_planted(right: float, down: float) -> None:
    """Weave and pans are found within a tenth of a pixel, through grain, gain and lift."""
    second = 1.1 * moved(field(), right, down) - np.float32(0.02)

    found = measure_shift(grainy(field(), 1), grainy(second, 2))

    assert found == pytest.approx((right, down), abs=FOUND_PX)


def test_measure_shift_ignores_what_moves_by_itself() -> None:
    """A patch that moves the other way counts for nothing."""
    first, second = field(), moved(field(), 1.3, -0.6)
    first[60:160, 100:200] = field(1)[60:160, 100:200]
    second[60:160, 94:194] = field(1)[60:160, 100:200]

    assert measure_shift(first, second) == pytest.approx((1.3, -0.6), abs=FOUND_PX)


def test_measure_shift_of_a_wide_frame_is_in_its_own_pixels() -> None:
    """Frames that are halved before they are compared are measured in pixels of their own."""
    plane = field(height=400, width=1400)

    found = measure_shift(plane, moved(plane, 2.5, -1.5))

    assert found == pytest.approx((2.5, -1.5), abs=FOUND_PX)


@pytest.mark.parametrize("height", [20, 240])
def test_measure_shift_of_nothing_is_0(height: int) -> None:
    """Frames that show nothing have not moved."""
    black, grey = (np.full((height, 320), tone, np.float32) for tone in (0, 0.5))

    assert measure_shift(black, grey) == (0, 0)


@pytest.mark.parametrize(("right", "down"), [(0.5, 0), (-0.25, 0.4), (3.3, -7.6)], ids=str)
def test_shift_picture_moves_as_the_shift_theorem_says(right: float, down: float) -> None:
    """What is not finer than the cubic can follow lies where it ought to."""
    plane = field()

    difference = shift_picture(plane, (right, down)) - moved(plane, right, down)

    assert np.abs(difference[12:-12, 12:-12]).mean() < 0.002


def test_shift_picture_moves_a_ramp_exactly() -> None:
    """A slope is moved by neither too much nor too little, as other cubics do."""
    ramp = np.multiply.outer(np.ones(40), np.arange(60)).astype(np.float32)

    assert np.abs(shift_picture(ramp, (0.3, 0.7)) - (ramp - 0.3))[5:-5, 5:-5].max() < 1e-4


def test_shift_picture_keeps_values_and_channels() -> None:
    """Three channels move alike, and values below 0 and above 1 go with them."""
    picture = np.dstack([3 * field(seed) - 1 for seed in range(3)])

    shifted = shift_picture(picture, (2, 1))

    assert np.array_equal(shifted[1:, 2:], picture[:-1, :-2])
    assert shift_picture(picture, (0, 0)) is picture


def test_follow_motion_puts_back_what_moved() -> None:
    """A patch that moved by itself is laid where it was."""
    first, second = field(), field()
    first[60:160, 100:200] = field(1)[60:160, 100:200]
    second[60:160, 105:205] = field(1)[60:160, 100:200]

    followed = follow_motion(first, second)

    inside = (slice(70, 150), slice(110, 190))
    left = np.abs(followed - first)[inside].mean()
    assert left < 0.2 * np.abs(second - first)[inside].mean()
