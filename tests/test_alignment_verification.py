"""The gate: a right pair passes, and each thing that may be wrong is told in its own sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.verification import MOST_OUTSIDE, Verification, verify
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma

Picture = NDArray[np.float32]

WIDTH, HEIGHT = 97, 61
"""Odd on purpose."""

BROKEN = 0.01
"""Luma error that is put into a Ground Truth: five steps of 9 bits."""


def pair() -> tuple[Picture, Picture, NDArray[np.float32]]:
    """Make a plate, its Ground Truth, and full trust; values below 0 and above 1 included."""
    rng = np.random.default_rng(0)
    plate = rng.uniform(-0.02, 1.05, (HEIGHT, WIDTH, 3)).astype(np.float32)
    chroma = 0.3 * rgb_to_chroma(rng.uniform(0, 1, plate.shape).astype(np.float32))
    truth = luma_chroma_to_rgb(rgb_to_luma(plate), chroma)
    return plate, np.asarray(truth, np.float32), np.ones((HEIGHT, WIDTH), np.float32)


def judge(
    plate: Picture,
    truth: Picture,
    trust: NDArray[np.float32],
    *,
    residual_px: float = 0.05,
    agreement: float = 0.8,
) -> Verification:
    """Verify with an alignment that is good unless said."""
    return verify(plate, truth, trust, residual_px=residual_px, agreement=agreement)


def test_verify_passes_a_right_pair() -> None:
    """The plate's luma with other chroma passes, and there is nothing to say."""
    found = judge(*pair())

    assert found.passes, found.problem
    assert found.problem == ""
    assert found.luma_error < 1e-6
    assert found.trusted_share == 1.0
    assert (found.residual_px, found.agreement) == (0.05, 0.8)


def test_verify_fails_another_luma() -> None:
    """Luma that is off is told with its size, and which share of the pixels has it."""
    plate, truth, trust = pair()
    truth[: HEIGHT // 2] += BROKEN

    found = judge(plate, truth, trust)

    assert not found.passes
    assert found.luma_error == pytest.approx(BROKEN, rel=1e-3)
    assert "in 49.2% of the pixels that teach (up to 0.0100 off)" in found.problem


def test_verify_fails_a_clamped_truth() -> None:
    """The seeds' clamp moves luma where colour did not fit: it is noticed."""
    plate, truth, trust = pair()

    found = judge(plate, np.clip(truth, 0, 1), trust)

    assert "clamp neither" in found.problem


def test_verify_looks_where_the_pair_teaches() -> None:
    """What is not trusted may be wrong, and not even a number."""
    plate, truth, trust = pair()
    truth[:20] += BROKEN
    truth[0, 0] = np.nan
    trust[:20] = 0.4

    found = judge(plate, truth, trust)

    assert found.passes, found.problem
    assert found.trusted_share == pytest.approx(1 - 20 / HEIGHT)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("of", [0, 1])
def test_verify_fails_what_is_no_number(value: float, of: int) -> None:
    """One such pixel in either of the two is enough."""
    plate, truth, trust = pair()
    (plate, truth)[of][5, 7, 1] = value

    assert "no numbers: export" in judge(plate, truth, trust).problem


@pytest.mark.parametrize(
    ("luma", "chroma", "words"),
    [
        pytest.param(0.5, (0.5, 0.0), "lies above 1", id="above"),
        pytest.param(0.05, (0.0, 0.5), "lies below 0", id="below"),
    ],
)
def test_verify_fails_a_wrong_range(luma: float, chroma: tuple[float, float], words: str) -> None:
    """Chroma that luma cannot hold, in more than a tenth of the pixels, is told with its share."""
    rows = round((MOST_OUTSIDE + 0.1) * HEIGHT)
    plate = np.full((HEIGHT, WIDTH, 3), luma, np.float32)
    planes = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    planes[:rows] = chroma
    truth = np.asarray(luma_chroma_to_rgb(rgb_to_luma(plate), planes), np.float32)
    trust = np.ones((HEIGHT, WIDTH), np.float32)

    found = judge(plate, truth, trust)

    assert words in found.problem
    assert max(found.below, found.above) == pytest.approx(rows / HEIGHT)
    assert f"{rows / HEIGHT:.0%} of the Ground Truth" in found.problem


@pytest.mark.parametrize(
    ("trusted", "residual_px", "agreement", "words"),
    [
        pytest.param(0.0, 0.05, 0.8, "only 0.0% of the frame", id="nothing trusted"),
        pytest.param(1.0, 0.5, 0.8, "lie 0.50 px off each other (0.13", id="residual"),
        pytest.param(1.0, math.inf, 0.8, "nowhere do the two", id="no residual"),
        pytest.param(1.0, 0.05, 0.1, "agrees by 0.10 only", id="agreement"),
        pytest.param(1.0, 0.05, math.nan, "agrees by nan only", id="no agreement"),
    ],
)
def test_verify_fails_a_poor_alignment(
    trusted: float, residual_px: float, agreement: float, words: str
) -> None:
    """What the alignment measured is held to its limits, one sentence each."""
    plate, truth, trust = pair()

    found = judge(plate, truth, trust * trusted, residual_px=residual_px, agreement=agreement)

    assert len(found.problems) == 1
    assert words in found.problem


def test_verify_fails_another_size() -> None:
    """Pictures of two sizes are named with theirs, and nothing else is said."""
    plate, truth, trust = pair()

    found = judge(plate, truth[:, :-1], trust)

    assert found.problem.startswith("the plate is 97 x 61, its Ground Truth 96 x 61")
    assert len(found.problems) == 1


def test_verify_tells_every_reason() -> None:
    """A pair that is wrong twice says both, on one line."""
    plate, truth, trust = pair()

    found = judge(plate, truth + BROKEN, trust, agreement=0.0)

    assert len(found.problems) == 2
    assert found.problem == "; ".join(found.problems)
