"""Whether the Reference is better at all, said of copies whose faults are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.fade import MILD, MODERATE, SEVERE, Retention
from chromaresolve.turnover import Finding, check
from chromaresolve.turnover.worth import measure_clipping
from footage import Frames, faded, handed_over, shot_frames, telecined
from tiny import still

COUNT = 3
"""Frames of each sequence: enough for a median."""

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 2, 3, 4))]
"""Films, most of them in the longer run."""


def worth(root: Path, source: Frames, reference: Frames) -> Finding:
    """Check what is handed over; what was said of the Reference's worth."""
    _, findings = check(handed_over(root, source, reference), on_progress=still)
    return next(finding for finding in findings if finding.subject == "Reference worth")


def crushed(frames: Frames) -> Frames:
    """Return a copy whose blacks and whites a hard grade has cut off."""
    low, high = np.quantile(frames, (0.12, 0.88))
    return np.asarray(np.clip((frames - low) / (high - low), 0, 1), np.float32)


@pytest.mark.parametrize("degree", [MILD, MODERATE, SEVERE])
@pytest.mark.parametrize("seed", SEEDS)
def test_good_reference_is_worth_it(tmp_path: Path, seed: int, degree: Retention) -> None:
    """A telecine of the fresh film, graded and a little noisy, with a subtitle."""
    film = shot_frames(seed, COUNT)
    reference = telecined(film, seed=seed, subtitle="MEANWHILE")

    finding = worth(tmp_path, faded(film, degree, seed=seed), reference)

    assert finding.verdict == "ok"
    assert finding.sentence.startswith("the Reference has the better colour: red contrast ")


@pytest.mark.parametrize("seed", SEEDS)
def test_compressed_reference_is_worth_it(tmp_path: Path, seed: int) -> None:
    """A DVD's blocks are no fault of its colour."""
    film = shot_frames(seed, COUNT)
    reference = telecined(film, seed=seed, jpeg_quality=60)

    assert worth(tmp_path, faded(film, SEVERE, seed=seed), reference).verdict == "ok"


FAULTS: dict[str, tuple[Callable[[Frames], Frames], str, str]] = {
    "as faded": (
        lambda film: telecined(faded(film, SEVERE, seed=9)),
        "the Reference is as faded as the Source, or neither is faded; the Reference has a cast of",
        "look for a copy that is less faded",
    ),
    "half as faded": (
        lambda film: telecined(faded(film, MODERATE, seed=9)),
        "the Reference has a cast of its own",
        "balance the Reference before it teaches",
    ),
    "clipped": (
        lambda film: crushed(telecined(film)),
        "the Reference is clipped at black; the Reference is clipped at white",
        "pair frames without clipped areas",
    ),
    "noisy": (
        lambda film: telecined(film, noise=0.06),
        "the Reference's chroma is noisy: ",
        "set [plates] reference_median",
    ),
    "pale": (
        lambda film: telecined(film, saturation=0.15),
        "the Reference has hardly any colour: ",
        "raise its saturation before the export",
    ),
}
"""What may be wrong with a copy, what is said of it, and what to do."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_fault_is_named(tmp_path: Path, seed: int, fault: str) -> None:
    """One note, never a stop, with the fault and its remedy."""
    film = shot_frames(seed, COUNT)
    make, words, remedy = FAULTS[fault]

    finding = worth(tmp_path, faded(film, SEVERE, seed=seed), make(film))

    assert finding.verdict == "note"
    assert words in finding.sentence
    assert remedy in finding.remedy


def test_copy_of_the_source_is_no_better(tmp_path: Path) -> None:
    """One sequence twice: nothing to win."""
    scan = faded(shot_frames(1, COUNT), MODERATE)

    finding = worth(tmp_path, scan, scan)

    assert finding.sentence.startswith("the Reference is as faded as the Source")
    assert "red contrast 1 times the Source's" in finding.sentence


def test_reference_that_is_more_faded_is_said(tmp_path: Path) -> None:
    """Swapped, or the wrong copy."""
    film = shot_frames(1, COUNT)

    finding = worth(tmp_path, faded(film, MILD), telecined(faded(film, SEVERE, seed=9)))

    assert finding.sentence.startswith("the Reference is more faded than the Source")


def test_letterbox_is_no_clipping(tmp_path: Path) -> None:
    """Black bars are not picture."""
    film = shot_frames(1, COUNT)
    reference = telecined(film)
    reference[:, :12] = reference[:, -12:] = 0.0

    finding = worth(tmp_path, faded(film, SEVERE), reference)

    assert (finding.verdict, "clipped at black 0.0%" in finding.sentence) == ("ok", True)


def test_clipping_is_the_share_at_either_end() -> None:
    """A ramp has none; cut off at a tenth and four fifths of its way it has just those shares."""
    ramp = np.repeat(np.linspace(0, 1, 1000, dtype=np.float32), 3).reshape(1, 1000, 3)
    cut = ramp.copy()
    cut[..., 1] = np.clip(cut[..., 1], 0.1, 0.8)
    cut[..., 0] = cut[..., 2] = 0.5

    none, some = measure_clipping(ramp), measure_clipping(cut)

    assert (none.black, none.white) == pytest.approx((0.003, 0.003), abs=0.001)
    assert (some.black, some.white) == pytest.approx((0.1, 0.2), abs=0.004)


def test_overshoot_does_not_hide_clipping() -> None:
    """A scaler swings beyond 1 beside what was cut off there."""
    picture = np.random.default_rng(0).uniform(0.2, 0.7, (40, 50, 3)).astype(np.float32)
    picture[:10] = 1.0
    picture[10, :5], picture[11, :5] = 1.06, -0.03

    assert measure_clipping(picture).white == pytest.approx(0.25)


def test_even_picture_is_not_clipped() -> None:
    """Where all values are one, none was cut off."""
    clipping = measure_clipping(np.full((8, 8, 3), 0.5, np.float32))

    assert (clipping.black, clipping.white) == (0, 0)
