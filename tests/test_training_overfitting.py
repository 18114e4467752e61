"""Overfitting and plateaus: named when they are there, through noise, and not before."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from chromaresolve.training.overfitting import has_plateaued, tell_overfitting

STEPS = 10_000
"""Of the made-up trainings."""

SEEDS = range(20)
"""Trainings alike but for their noise."""

LOSS_NOISE, SCORE_NOISE = 0.15, 0.005
"""Relative scatter of a line of the log: 50 batches of few patches, and whole held-out frames."""

Course = Callable[[float], float]
"""A number over the share of the training that is done."""


def falling(share: float) -> float:
    """Fall all along, ever more slowly."""
    return 0.1 / math.sqrt(share + 0.01)


def flat_from_half(share: float) -> float:
    """Fall to the half, then stay."""
    return falling(min(share, 0.5))


def rising_from_half(share: float) -> float:
    """Fall to the half, then rise by a third."""
    return flat_from_half(share) * (1 + max(0.0, share - 0.5) * 2 / 3)


def write_log(loss: Course, score: Course, *, seed: int) -> list[dict[str, float]]:
    """Return the log of a training whose loss and held-out dE2000 run so, with noise."""
    noise = np.random.default_rng(seed).standard_normal
    lines: list[dict[str, float]] = []
    for step in range(50, STEPS + 1, 50):
        share = step / STEPS
        lines.append({"step": step, "loss": loss(share) * (1 + LOSS_NOISE * noise())})
        if step % (STEPS // 10) == 0:
            value = 20 * score(share) * (1 + SCORE_NOISE * noise())
            lines.append({"step": step, "dE2000": value})
    return lines


@pytest.mark.parametrize(
    ("loss", "score", "words"),
    [
        pytest.param(falling, flat_from_half, "have not improved since step", id="held out stays"),
        pytest.param(falling, rising_from_half, "get worse: dE2000", id="held out rises"),
    ],
)
def test_overfitting_is_named_when_the_curves_part(loss: Course, score: Course, words: str) -> None:
    """Said of four in five trainings whose held-out frames no longer follow the loss."""
    told = [tell_overfitting(write_log(loss, score, seed=seed)) for seed in SEEDS]

    named = sum(words in sentence for sentence in told)
    assert named >= 0.8 * len(SEEDS), f"named in {named} of {len(SEEDS)}: {told}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("loss", "score"),
    [
        pytest.param(falling, falling, id="both fall"),
        pytest.param(flat_from_half, flat_from_half, id="neither moves any more"),
        pytest.param(flat_from_half, rising_from_half, id="the loss does not fall"),
    ],
)
def test_overfitting_is_not_named_while_the_curves_go_together(
    loss: Course, score: Course, seed: int
) -> None:
    """No false alarm, whatever the noise."""
    assert tell_overfitting(write_log(loss, score, seed=seed)) == ""


def test_overfitting_names_the_best_step() -> None:
    """The sentence says how good it was and when, how it is now, and what to do."""
    lines: list[dict[str, float]] = [
        {"step": step, "loss": 1 / step} for step in range(50, 1001, 50)
    ]
    scores = {200: 3.0, 400: 2.0, 600: 2.3, 800: 2.4, 1000: 2.5}
    lines += [{"step": step, "dE2000": score} for step, score in scores.items()]

    assert tell_overfitting(lines) == (
        "overfitting: the loss still falls, but the held-out frames get worse: "
        "dE2000 2.00 at step 400, now 2.40; stop here, or add pairs"
    )


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param([], id="nothing held out"),
        pytest.param([3.0], id="one"),
        pytest.param([2.0, 2.5, 2.5], id="too few since the best"),
        pytest.param([float("nan")] * 6, id="no numbers"),
    ],
)
def test_overfitting_is_not_said_of_too_little(scores: list[float]) -> None:
    """A training that has hardly been measured is not judged."""
    lines: list[dict[str, float]] = [
        {"step": step, "loss": 1 / step} for step in range(50, 1001, 50)
    ]
    lines += [{"step": 100.0 * place, "dE2000": n} for place, n in enumerate(scores, start=1)]

    assert tell_overfitting(lines) == ""


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param([], False, id="none"),
        pytest.param([2.0] * 9, False, id="too few"),
        pytest.param([2.0] * 10, True, id="level"),
        pytest.param([3 * 0.97**n for n in range(10)], False, id="3 % better each time"),
        pytest.param([3 * 0.999**n for n in range(10)], True, id="0.1 % better each time"),
        pytest.param([2 + 0.1 * n for n in range(10)], True, id="worse each time"),
        pytest.param([*[3 * 0.97**n for n in range(9)], 9.0], False, id="one spike"),
        pytest.param([2.0, 2.0, 1.0, *[2.0] * 7], True, id="one lucky score"),
        pytest.param([3.0, 2.0, 1.0, *[1.0] * 10], True, id="an old fall"),
        pytest.param([*[2.0] * 5, *[float("nan")] * 5], True, id="no numbers any more"),
    ],
)
def test_plateau_is_seen(scores: list[float], *, expected: bool) -> None:
    """Scores that no longer fall by a hundredth are a plateau; one odd score is not."""
    assert has_plateaued(scores) is expected


@pytest.mark.parametrize("seed", SEEDS)
def test_plateau_is_seen_through_noise(seed: int) -> None:
    """A fall of 3 % a time is none, and a flat end one soon, with scores that waver by 1 %."""
    noise = 1 + 0.01 * np.random.default_rng(seed).standard_normal(60)
    scores = [float(n) for n in 3 * 0.97 ** np.minimum(np.arange(60), 20) * noise]

    found = [count for count in range(61) if has_plateaued(scores[:count], least_gain=0.02)]

    assert 21 <= found[0] <= 36, f"first plateau after {found[0]} scores, expected soon after 21"


def test_plateau_waits_for_its_patience() -> None:
    """The fewest scores judged are twice the patience."""
    assert has_plateaued([1.0] * 4, patience=2)
    assert not has_plateaued([1.0] * 4, patience=3)
