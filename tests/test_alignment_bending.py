"""The smooth bend of a copy of a copy: found where it is known, and not where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.alignment import bending
from chromaresolve.alignment.bending import COLUMNS, LEAST_SHIFT, ROWS, fit_bend, mean_shift
from chromaresolve.alignment.geometry import Bend
from chromaresolve.alignment.views import PairViews
from known_geometry import SIZE, Matrix, Take, bent_errors, take, way

BENT_PX = (3.0, -2.0)
"""Reference pixels by which a Reference is bent, across and down."""

KNOWN = 1e12 * np.eye(2 * ROWS * COLUMNS)
"""One over the variances of weights that are known exactly."""

LEFT_PX = (0.3, 0.7)
"""Median and 95th percentile of what may be left of them: a tenth, and more at the corners, beyond
which a bend goes on straight."""


def matrices(shot: Take) -> tuple[list[PairViews], list[Matrix]]:
    """Return a take's pairs and the matrices between their views."""
    pairs = list(shot.pairs.values())
    truths = shot.truths.values()
    return pairs, [pair.from_files(one) for pair, one in zip(pairs, truths, strict=True)]


def test_fit_bend_finds_a_known_one() -> None:
    """Two pairs are enough to undo a bend of 3 px to a fraction of a pixel."""
    shot = take(8, [way(8)] * 2, bends=BENT_PX)

    bend = fit_bend(*matrices(shot))

    assert bend is not None
    truth = shot.truths[1001]
    errors = bent_errors(truth, bend, truth, BENT_PX)
    median, high = np.quantile(errors, (0.5, 0.95))
    assert median <= LEFT_PX[0], median
    assert high <= LEFT_PX[1], high


def test_fit_bend_finds_none_where_there_is_none() -> None:
    """A straight Reference asks for no bend, under grain, JPEG and another grade."""
    shot = take(9, [way(9)] * 2)

    assert fit_bend(*matrices(shot)) is None


def test_fit_bend_refuses_one_that_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would fold the picture over is no bend, however well it fits."""
    shot = take(8, [way(8)], bends=BENT_PX)
    folded = np.zeros((2, ROWS, COLUMNS))
    folded[0, :, 4] = 0.5
    monkeypatch.setattr(bending, "_descend", lambda *_: (Bend(weights=folded), KNOWN))

    assert fit_bend(*matrices(shot)) is None


def test_mean_shift_of_an_even_bend_is_its_length() -> None:
    """A bend of 3 % across and 4 % down everywhere moves everything by 5 %."""
    weights = np.empty((2, ROWS, COLUMNS))
    weights[0], weights[1] = 0.03, 0.04

    assert mean_shift(Bend(weights=weights)) == pytest.approx(0.05, rel=1e-5)
    assert LEAST_SHIFT < 0.05 < SIZE[0]
