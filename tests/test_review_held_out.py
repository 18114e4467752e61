"""Numbers of held-out frames against arithmetic done by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import (
    delta_e_2000,
    luma_chroma_to_rgb,
    rgb_to_luma,
)
from chromaresolve.frames import Frame, Rgb, read_frame, read_rgb, write_frame, write_rgb
from chromaresolve.review import measure_score, measure_shot
from chromaresolve.shot import Shot
from recovered_shot import (
    FRAMES,
    HEIGHT,
    HELD_OUT,
    WIDTH,
    aligned_file,
    plate_file,
    recovered_file,
    true_chroma,
    write_recovered,
    write_recovered_shot,
)

ROUNDING_DE2000 = 0.1
"""What rounding to half may cost in dE2000 here; a wrong colour costs 3 and more."""


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Return a shot as it is after its recovery."""
    return write_recovered_shot(tmp_path)


def grey(value: float, rows: int = 3, columns: int = 5) -> Rgb:
    """Return a neutral picture."""
    return np.full((rows, columns, 3), value, dtype=np.float32)


def test_measure_score_weighs_by_trust() -> None:
    """A wrong tenth of the picture counts in the mean and at 95 %, and not if untrusted."""
    truth, shown = grey(0.5, rows=10, columns=10), grey(0.5, rows=10, columns=10)
    shown[0] = 0.6
    trust = np.ones((10, 10), dtype=np.float32)
    trust[0] = 0
    off = float(delta_e_2000(grey(0.6), grey(0.5))[0, 0])

    score = measure_score(shown, truth, trust)

    assert off > 5
    assert score.mean == pytest.approx(off / 10, rel=1e-5)
    assert score.p95 == pytest.approx(off, rel=1e-5)
    assert score.trusted == 0


def test_measure_shot_scores_what_is_recovered_by_arithmetic(shot: Shot) -> None:
    """A perfect recovery scores what rounding costs, the plate what its own chroma costs."""
    numbers = measure_shot(shot)

    plate = read_rgb(plate_file(shot.root, HELD_OUT))
    truth = luma_chroma_to_rgb(rgb_to_luma(plate), true_chroma(HELD_OUT))
    assert [frame.frame for frame in numbers.frames] == [HELD_OUT]
    assert numbers.recovered is not None
    assert numbers.plate is not None
    assert numbers.luma is not None
    assert numbers.recovered.p95 < ROUNDING_DE2000
    expected = delta_e_2000(plate, truth)[1:].mean()
    assert numbers.plate.mean == pytest.approx(expected, rel=0.02)
    assert numbers.baseline is None
    assert numbers.luma.is_kept
    assert numbers.luma == numbers.display_luma
    assert numbers.problems == ()


def test_measure_shot_leaves_out_what_cannot_be_trusted(shot: Shot) -> None:
    """A wrong colour under a subtitle counts in the mean and not in the trusted mean."""
    recovered = read_rgb(recovered_file(shot.root, HELD_OUT))
    recovered[-8:] = read_rgb(plate_file(shot.root, HELD_OUT))[-8:]
    write_recovered(shot.root, HELD_OUT, recovered)
    aligned = read_frame(aligned_file(shot.root, HELD_OUT))
    trust = np.ones((HEIGHT, WIDTH), dtype=np.float16)
    trust[-8:] = 0
    write_frame(
        aligned_file(shot.root, HELD_OUT),
        Frame(rgb=aligned.rgb, others={"A": trust}, header=aligned.header),
        pixel_type="float",
    )

    score = measure_shot(shot).recovered

    assert score is not None
    assert score.trusted < ROUNDING_DE2000
    assert score.mean > 1


def test_measure_shot_puts_the_baseline_on_the_plates_luma(shot: Shot) -> None:
    """A LUT that only changes luma scores as the plate does; one that knows the truth scores 0."""
    lighter = measure_shot(shot, baseline=lambda plate: plate + np.float32(0.1))
    truth = luma_chroma_to_rgb(np.full((HEIGHT, WIDTH), 0.5), true_chroma(HELD_OUT))
    perfect = measure_shot(shot, baseline=lambda _plate: truth)

    assert lighter.baseline is not None
    assert lighter.plate is not None
    assert perfect.baseline is not None
    assert lighter.baseline.mean == pytest.approx(lighter.plate.mean, abs=1e-3)
    assert perfect.baseline.p95 < ROUNDING_DE2000


def test_measure_shot_finds_a_broken_luma_law(shot: Shot) -> None:
    """Recovered frames that were lightened on disk are found out."""
    recovered = read_rgb(recovered_file(shot.root, HELD_OUT))
    write_recovered(shot.root, HELD_OUT, recovered + np.float32(0.01))

    law = measure_shot(shot).luma

    assert law is not None
    assert not law.is_kept
    assert law.largest == pytest.approx(0.01, abs=2e-3)
    assert law.share_broken > 0.9


def test_measure_shot_takes_the_truth_on_the_luma_that_was_kept(shot: Shot) -> None:
    """With luma_from = "scan" truth and law are on the scan's luma, not on the balanced plate's."""
    for frame in FRAMES:
        balanced = read_rgb(plate_file(shot.root, frame)) * np.float32(0.75)
        write_rgb(shot.path(f"plates/B_{frame:04d}.exr"), balanced)
    text = shot.file.read_text()
    kept = 'balanced = "plates/B_####.exr"\nluma_from = "scan"'
    shot.file.write_text(text.replace('luma_from = "balanced"', kept))

    numbers = measure_shot(Shot.load(shot.root))

    assert numbers.recovered is not None
    assert numbers.luma is not None
    assert numbers.luma.is_kept
    assert numbers.recovered.p95 < ROUNDING_DE2000


def test_measure_shot_measures_in_the_space_of_the_chain(shot: Shot) -> None:
    """A chain that leaves display values has its own luma, and its own distance from it."""
    text = shot.file.read_text()
    shot.file.write_text(text.replace('chain = "display"', 'chain = "log"'))

    numbers = measure_shot(Shot.load(shot.root))

    assert numbers.luma is not None
    assert numbers.display_luma is not None
    assert numbers.display_luma.is_kept
    assert numbers.luma != numbers.display_luma


def test_measure_shot_names_what_cannot_be_measured(shot: Shot) -> None:
    """A held-out frame that is gone is a sentence, not the end."""
    recovered_file(shot.root, HELD_OUT).unlink()

    numbers = measure_shot(shot)

    assert numbers.frames == ()
    assert numbers.recovered is None
    assert numbers.luma is None
    (problem,) = numbers.problems
    assert problem.startswith("frame 3 was not measured: recovered/sh010_ML_####.exr: no frame 3")


def test_measure_shot_refuses_a_truth_nobody_trusts(shot: Shot) -> None:
    """A trust mask of nothing would divide by nothing."""
    aligned = read_frame(aligned_file(shot.root, HELD_OUT))
    nothing = np.zeros((HEIGHT, WIDTH), dtype=np.float16)
    write_frame(
        aligned_file(shot.root, HELD_OUT),
        Frame(rgb=aligned.rgb, others={"A": nothing}, header=aligned.header),
    )

    assert "no pixel can be trusted" in measure_shot(shot).problems[0]
