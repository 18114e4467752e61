"""The learning rate, and when a training ends by itself."""

from __future__ import annotations

import pytest

from chromaresolve.training.schedule import COOL, find_end, is_measured, rate_at

END = 10_000
"""Steps of a usual training."""


def test_rate_rises_stays_and_falls_to_nothing() -> None:
    """Fifty steps up, level until the last two fifths, then straight down to nothing."""
    rates = [rate_at(step, END) for step in range(END + 1)]

    assert rates[0] == pytest.approx(1 / 50)
    assert rates[49] == rates[6000] == 1.0
    assert rates[8000] == pytest.approx(0.5)
    assert rates[END] == 0.0


def test_rate_of_a_short_training_rises_in_a_tenth_of_it() -> None:
    """Twelve steps are not all spent warming up."""
    assert [rate_at(step, 20) for step in (0, 1, 2)] == [0.5, 1.0, 1.0]


def test_measured_regularly_and_at_the_end() -> None:
    """Whatever the end is, its score is known."""
    assert [step for step in range(1, 24) if is_measured(step, 23, 10)] == [10, 20, 23]


def measures(*scores: float, every: int = 500) -> list[dict[str, float]]:
    """The log of a training that was measured regularly."""
    return [{"step": every * (row + 1), "dE2000": score} for row, score in enumerate(scores)]


def test_training_ends_after_its_held_out_frames_have_stopped_improving() -> None:
    """Equal scores: the rate falls from there, over two fifths of all the steps."""
    lines = measures(3.0, 2.5, 2.2, 2.1, *[2.0] * 8)

    end = find_end(100_000, lines)

    # At step 5,500 the median of four is what it was four measures before.
    assert end == pytest.approx(5500 / (1 - COOL), abs=1)
    assert rate_at(5500, end) == 1.0
    assert rate_at(5502, end) < 1.0


@pytest.mark.parametrize(
    "lines",
    [
        [],
        measures(*[2.0] * 7),
        measures(*(3.0 * 0.99**row for row in range(40))),
        [{"step": 100 * row, "loss": 0.01} for row in range(1, 60)],
    ],
    ids=["nothing yet", "too few to tell", "improving", "nothing held out"],
)
def test_training_goes_on_as_planned(lines: list[dict[str, float]]) -> None:
    """No end before its time."""
    assert find_end(100_000, lines) == 100_000


def test_no_plateau_is_seen_where_the_rate_falls_already() -> None:
    """The end is near: the last gains come now."""
    lines = measures(*[2.0] * 12)

    assert find_end(5000, lines[:8]) == 5000
    assert find_end(END, lines) == pytest.approx(4000 / (1 - COOL), abs=1)
