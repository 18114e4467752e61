"""Training curves: an axis of powers, round numbers beside it, and no curve out of nothing."""

from __future__ import annotations

import pytest

from chromaresolve.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw


def places(points: str) -> list[tuple[float, float]]:
    """Return what SVG reads."""
    return [(float(x), float(y)) for x, y in (point.split(",") for point in points.split())]


def test_draw_places_equal_ratios_equally_far() -> None:
    """From 1 to 0.1 is as far down as from 0.1 to 0.01, and the ends touch the frame."""
    chart = draw("loss", [(0, 1.0), (50, 0.1), (100, 0.01)])

    assert chart is not None
    (left, top), (_, middle), (right, bottom) = places(chart.points)
    assert (left, right) == (LEFT, WIDTH - RIGHT)
    assert (top, bottom) == (TOP, HEIGHT - BOTTOM)
    assert middle == pytest.approx((top + bottom) / 2, abs=0.1)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param((0.3, 0.012), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5"], id="a decade"),
        pytest.param((8.1, 2.4), ["2", "5", "10"], id="dE2000"),
        pytest.param((0.2, 0.2), ["0.2"], id="never moved"),
        pytest.param((1.0, 1.0), ["1", "2"], id="never moved, at a power"),
    ],
)
def test_draw_marks_round_numbers(numbers: tuple[float, float], expected: list[str]) -> None:
    """Beside the curve stand 1, 2 and 5 of each power, beyond the lowest and the highest."""
    chart = draw("loss", list(enumerate(numbers)))

    assert chart is not None
    assert [mark.text for mark in chart.down] == expected
    assert all(TOP <= mark.at <= HEIGHT - BOTTOM for mark in chart.down)


def test_draw_shows_a_number_of_nothing_at_the_foot() -> None:
    """A loss of 0 has no logarithm and is shown at the foot of the axis."""
    chart = draw("loss", [(1, 0.5), (2, 0.0)])

    assert chart is not None
    assert places(chart.points)[1][1] == HEIGHT - BOTTOM


@pytest.mark.parametrize("curve", [pytest.param([], id="none"), pytest.param([(5, 1.0)], id="one")])
def test_draw_needs_two_points(curve: list[tuple[int, float]]) -> None:
    """A point is no curve."""
    assert draw("loss", curve) is None
