"""Rasters, matrices and bends: places go where the numbers say, and no half pixel is lost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import (
    Bend,
    fit_raster,
    raster_to_raster,
    splines,
    warp,
    working_size,
)

INTERPOLATED = 1e-4
"""Values between two taps of a ramp: OpenCV weighs them in steps of 1/32 px, float32."""


def ramp() -> NDArray[np.float32]:
    """Return a plane whose value is its column plus a hundred times its row."""
    y, x = np.mgrid[:40, :60]
    return np.asarray(x + 100 * y, dtype=np.float32)


def test_warp_keeps_out_what_lies_behind_the_horizon() -> None:
    """Where a perspective folds over, nothing is inside."""
    plane = np.ones((50, 50), np.float32)
    folded = np.array([[1, 0, 0], [0, 1, 0], [-0.04, 0, 1]], dtype=np.float64)

    _, inside = warp(plane, folded, width=50, height=50, cubic=False)

    assert inside[0, 0]
    assert not inside[:, 25:].any()


def test_fit_rasters_share_their_edges() -> None:
    """A raster twice as fine has its first pixel a quarter of a coarse pixel further out."""
    to_finer = raster_to_raster((10, 20), (20, 40))

    np.testing.assert_allclose(to_finer @ [0, 0, 1], [0.5, 0.5, 1])
    np.testing.assert_allclose(to_finer @ [-0.5, -0.5, 1], [-0.5, -0.5, 1])
    assert working_size(width=4096, height=2160) == (960, 506)
    assert working_size(width=640, height=360) == (640, 360)


def test_fit_raster_keeps_edges_where_they_are() -> None:
    """A ramp stays the same ramp on a coarser raster: pixels are averaged from edge to edge."""
    smaller = fit_raster(ramp(), width=30, height=20)

    to_smaller = raster_to_raster((40, 60), (20, 30))
    x, y, _ = np.linalg.inv(to_smaller) @ [7, 11, 1]
    assert smaller[11, 7] == pytest.approx(x + 100 * y, rel=INTERPOLATED)


def test_splines_weigh_to_one_everywhere() -> None:
    """Equal weights give an even shift, to the last pixel of both ends."""
    weights = splines(37, 6)

    assert weights.shape == (37, 6)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights.min() >= 0


def test_warp_takes_the_bend_before_the_matrix() -> None:
    """A bend that is even is a shift of Source pixels, in shares of the width."""
    even = np.zeros((2, 4, 4))
    even[0], even[1] = 3 / 60, 2 / 60
    double = np.diag([2.0, 2.0, 1.0])

    bent, inside = warp(ramp(), double, width=60, height=40, cubic=False, bend=Bend(weights=even))

    assert bent[4, 5] == pytest.approx(2 * (5 + 3) + 100 * 2 * (4 + 2), rel=INTERPOLATED)
    assert inside[4, 5]
    assert not inside[4, 30]


def test_warp_by_no_bend_is_the_matrix_alone() -> None:
    """Weights of zero change nothing, cubic or not."""
    matrix = np.array([[1.01, 0.02, 1.3], [-0.01, 0.99, 0.6], [1e-5, 0, 1]])
    flat = Bend(weights=np.zeros((2, 5, 5)))

    for cubic in (False, True):
        plain, inside = warp(ramp(), matrix, width=60, height=40, cubic=cubic)
        bent, as_much = warp(ramp(), matrix, width=60, height=40, cubic=cubic, bend=flat)
        # Both round places to 1/32 px, each in its own way: a row more is worth 100.
        np.testing.assert_allclose(bent[inside], plain[inside], atol=101 / 32)
        np.testing.assert_array_equal(as_much, inside)


@pytest.mark.parametrize(
    ("share", "folds"),
    [pytest.param(0.01, False, id="a warped print"), pytest.param(0.4, True, id="folded")],
)
def test_bend_says_whether_it_folds(share: float, folds: bool) -> None:
    """Neighbouring weights that differ by much of the width would fold the picture over."""
    weights = np.zeros((2, 5, 5))
    weights[0, :, 2] = share

    assert Bend(weights=weights).folds is folds


def test_bend_is_the_same_on_every_raster() -> None:
    """Twice the raster, twice the pixels at the same place."""
    bend = Bend(weights=np.random.default_rng(0).normal(0, 0.01, (2, 5, 6)))

    small, large = (bend.shifts(width=side, height=side) for side in (30, 90))

    for one, other in zip(small, large, strict=True):
        np.testing.assert_allclose(3 * one, other[1::3, 1::3], atol=1e-5)
