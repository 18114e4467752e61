"""The luma law, measured against arithmetic done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.colour import measure_luma_law
from chromaresolve.colour.gamut import BLOCK_PIXELS
from chromaresolve.frames import Rgb


def grey(value: float, rows: int = 3, columns: int = 5) -> Rgb:
    """Return a neutral picture."""
    return np.full((rows, columns, 3), value, dtype=np.float32)


def test_measure_luma_law_finds_no_difference_in_the_plate_itself() -> None:
    """A file that is its plate keeps the law with nothing to spare needed."""
    plate = np.random.default_rng(0).uniform(-0.5, 12, (9, 7, 3)).astype(np.float32)

    law = measure_luma_law(plate, plate)

    assert (law.largest, law.mean, law.share_broken, law.worst_ratio) == (0, 0, 0, 0)
    assert law.is_kept


@pytest.mark.parametrize(
    ("channel", "weight"),
    [
        pytest.param(0, 0.2126, id="red"),
        pytest.param(1, 0.7152, id="green"),
        pytest.param(2, 0.0722, id="blue"),
    ],
)
def test_measure_luma_law_weighs_as_rec_709_does(channel: int, weight: float) -> None:
    """One channel of one pixel off by 1/64: every number follows from BT.709-6, item 3.2."""
    plate, filed = grey(0.5), grey(0.5)
    filed[1, 2, channel] += 1 / 64

    law = measure_luma_law(filed, plate)

    missed = weight / 64
    allowed = 2**-11 * (0.5 + missed) + 2**-25
    assert law.largest == pytest.approx(missed, rel=1e-12)
    assert law.mean == pytest.approx(missed / 15, rel=1e-12)
    assert law.share_broken == pytest.approx(1 / 15)
    assert law.worst_ratio == pytest.approx(missed / allowed, rel=1e-12)
    assert not law.is_kept


@pytest.mark.parametrize(
    ("value", "step", "is_kept"),
    [
        pytest.param(1.0, 0.99 * 2**-11, True, id="half a step at white"),
        pytest.param(1.0, 1.01 * 2**-11, False, id="more at white"),
        pytest.param(-0.5, 0.99 * 2**-12, True, id="below 0"),
        pytest.param(12.0, 11.9 * 2**-11, True, id="above 1"),
        pytest.param(0.0, 0.99 * 2**-25, True, id="half the smallest half at black"),
        pytest.param(0.0, 1.01 * 2**-25, False, id="more at black"),
    ],
)
def test_measure_luma_law_draws_the_line_of_the_law(
    value: float, step: float, *, is_kept: bool
) -> None:
    """Neutral pixels just inside and just outside of what the law allows."""
    law = measure_luma_law(grey(value), grey(value) - np.float32(step))

    assert law.is_kept is is_kept
    assert (law.worst_ratio <= 1) is is_kept


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_measure_luma_law_calls_no_number_broken(value: float) -> None:
    """A pixel that is not a number misses the law, on either side."""
    broken = grey(0.5)
    broken[0, 0, 0] = value

    assert measure_luma_law(broken, grey(0.5)).share_broken == pytest.approx(1 / 15)
    assert measure_luma_law(grey(0.5), broken).share_broken == pytest.approx(1 / 15)
    assert measure_luma_law(broken, broken).share_broken == pytest.approx(1 / 15)


def test_measure_luma_law_sees_every_row() -> None:
    """Blocks leave no row out, whatever the height and however the picture lies in memory."""
    plate = grey(0.5, rows=3, columns=2 * BLOCK_PIXELS + 10)[:, ::2]
    filed = plate.copy()
    filed[-1, -1] += 0.25

    assert measure_luma_law(filed, plate).largest == pytest.approx(0.25)


def test_measure_luma_law_refuses_another_size() -> None:
    """A file of another size is not this plate's."""
    with pytest.raises(ValueError, match=r"\(3, 5, 3\)"):
        measure_luma_law(grey(0.5), grey(0.5, columns=4))
