"""A training's curves: axes of powers, round numbers beside them, and no curve out of nothing."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.scopes.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, lay_out


def places(points: str) -> list[tuple[float, float]]:
    """Return what SVG reads."""
    return [(float(x), float(y)) for x, y in (point.split(",") for point in points.split())]


def test_curve_places_equal_ratios_equally_far() -> None:
    """From 10 steps to 100 is as far as to 1,000, and from 1 to 0.1 as from 0.1 to 0.01."""
    curve = lay_out("loss", [(10, 1.0), (100, 0.1), (1000, 0.01)], first=10, last=1000)

    assert curve is not None
    (left, top), (across, down), (right, bottom) = places(curve.points)
    assert (left, right, top, bottom) == (LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM)
    assert across == pytest.approx((left + right) / 2, abs=0.1)
    assert down == pytest.approx((top + bottom) / 2, abs=0.1)
    assert curve.best == (right, bottom)
    assert [mark.text for mark in curve.across] == ["10", "20", "50", "100", "200", "500", "1,000"]
    assert [mark.text for mark in curve.down] == ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]


def test_curve_marks_no_more_than_fits() -> None:
    """Over many powers of ten, only those are marked."""
    curve = lay_out("loss", [(50, 1.0), (100_000, 1e-5)], first=50, last=100_000)

    assert curve is not None
    assert [mark.text for mark in curve.across] == ["100", "1,000", "10,000", "100,000"]
    assert [mark.text for mark in curve.down] == ["1e-05", "0.0001", "0.001", "0.01", "0.1", "1"]


def test_curve_of_thousands_of_lines_is_thinned() -> None:
    """There is one point for a pixel, where the noise of late steps averages out."""
    noise = np.random.default_rng(1).normal(1, 0.1, 20_000)
    numbers = [(50.0 * place, float(n)) for place, n in enumerate(noise, start=1)]

    curve = lay_out("loss", numbers, first=50, last=1e6)

    assert curve is not None
    drawn = places(curve.points)
    assert len(drawn) <= WIDTH - LEFT - RIGHT + 1
    late = [y for x, y in drawn if x > WIDTH - RIGHT - 100]
    assert len(late) > 90
    assert np.std(late) < 3, f"scatters by {np.std(late):.1f} px, each line by about 22"


def test_curve_within_one_power_has_marks_enough() -> None:
    """A dE2000 that moves between 2.3 and 3.35 is read off finer figures, its lowest marked."""
    numbers = [(2000, 2.8), (8000, 2.3), (20_000, 3.35)]

    curve = lay_out("dE2000", numbers, first=50, last=20_000)

    assert curve is not None
    assert [mark.text for mark in curve.down] == ["2", "2.5", "3", "4"]
    assert curve.best == places(curve.points)[1]
    assert curve.told == "3.35, lowest 2.3 at step 8,000"


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([], id="none"),
        pytest.param([(50, 1.0)], id="one"),
        pytest.param([(50, 1.0), (100, float("nan")), (150, float("inf")), (200, 0.0)], id="bad"),
    ],
)
def test_curve_needs_two_numbers(numbers: list[tuple[float, float]]) -> None:
    """A point is no curve, and what has no place on an axis of powers is left out."""
    assert lay_out("loss", numbers, first=50, last=200) is None


def test_curve_that_never_moved_lies_within_the_axes() -> None:
    """A flat curve still has an axis with two ends."""
    curve = lay_out("loss", [(1, 1.0), (2, 1.0)], first=1, last=2)

    assert curve is not None
    assert {y for _, y in places(curve.points)} == {HEIGHT - BOTTOM}
    assert [mark.text for mark in curve.down] == ["1", "1.5"]
