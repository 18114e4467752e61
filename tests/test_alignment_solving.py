"""A whole shot laid at once: shared where it is shared, by itself where a frame moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chromaresolve.alignment.registration import Registration, register_views
from chromaresolve.alignment.solving import Solved, solve_shot
from chromaresolve.alignment.views import PairViews
from chromaresolve.errors import StageError
from known_geometry import (
    SIZE,
    Matrix,
    Take,
    bent_errors,
    case,
    corner_errors,
    take,
    views,
    way,
)

WEAVE_PX = 0.5
"""Deviation of the film in the Source's gate."""

BENT_WORST_PX = 0.8
"""Reference pixels by which places of a bent picture may lie wrong, of 3 px of bend."""

WORST_PX = 0.3
"""Mean error of a frame's corners: less than what the weave itself would cost."""


def solve(shot: Take, *, bend: bool = False) -> Solved:
    """Solve a shot without listening."""
    return solve_shot(shot.pairs, bend=bend, on_progress=lambda *_: None)


def error_of(found: Registration, truth: Matrix) -> float:
    """Return the mean distance by which a frame's corners are put wrong, pixels."""
    return float(corner_errors(found.matrix, truth, width=SIZE[0], height=SIZE[1]).mean())


@pytest.fixture(scope="module")
def weaving() -> Take:
    """Five pairs of one set-up whose Sources weave."""
    return take(1, [way(1)] * 5, weave=WEAVE_PX)


@pytest.mark.slow
def test_solve_shot_follows_weave(weaving: Take) -> None:
    """Every frame of a weaving shot is known far better than it weaves, by a matrix of its own."""
    heard: list[tuple[int, int, str]] = []

    solved = solve_shot(weaving.pairs, bend=False, on_progress=lambda *told: heard.append(told))

    errors = {
        frame: error_of(one, weaving.truths[frame]) for frame, one in solved.registrations.items()
    }
    assert list(errors) == sorted(weaving.pairs)
    assert max(errors.values()) <= WORST_PX, errors
    assert not solved.refused
    assert solved.together.startswith("one matrix for 5 pairs, the picture's middle first")
    assert "moved by themselves, as film weaves, by" in solved.together
    done = [one for one, _, _ in heard]
    assert done == sorted(done)
    assert heard[-1] == (10, 10, "aligned")


@pytest.mark.slow
def test_solve_shot_shares_what_does_not_weave() -> None:
    """Without weave all frames share one matrix, better known than any frame's own."""
    shot = take(2, [way(2)] * 4)

    solved = solve(shot)

    matrices = [one.matrix for one in solved.registrations.values()]
    same = [matrix for matrix in matrices if np.array_equal(matrix, matrices[0])]
    assert len(same) >= 3, solved.together
    errors = [error_of(one, shot.truths[frame]) for frame, one in solved.registrations.items()]
    assert max(errors) <= WORST_PX / 2, errors


@pytest.mark.slow
def test_solve_shot_finds_two_set_ups_and_names_what_fits_none(weaving: Take) -> None:
    """Each set-up gets its matrix; a stranger and a mirrored Reference get their sentences."""
    shot = take(5, [way(5)] * 2 + [way(6)] * 2, weave=WEAVE_PX)
    stranger = case(7, size=SIZE, reference_size=(405, 324))
    good = next(iter(weaving.pairs.values()))
    odd = {
        2001: replace(
            shot.pairs[1001], reference=views(stranger.source, stranger.reference).reference
        ),
        2002: PairViews(source=good.source, reference=good.reference.mirrored()),
    }

    solved = solve(Take({**shot.pairs, **odd}, shot.truths))

    errors = [error_of(solved.registrations[frame], truth) for frame, truth in shot.truths.items()]
    assert max(errors) <= WORST_PX, errors
    assert list(solved.refused) == [2001, 2002]
    assert solved.refused[2001].startswith("the Reference does not show the Source's picture")
    assert solved.refused[2002] == (
        "the Reference is mirrored left to right: flip it, and export it again"
    )
    assert solved.together.startswith(
        "the pairs lie in 2 ways, a matrix for each: frames 1001, 1011 / 1021, 1031"
    )


def test_solve_shot_of_one_pair_is_registration(weaving: Take) -> None:
    """One pair alone is solved as it is by itself."""
    frame, pair = next(iter(weaving.pairs.items()))

    solved = solve_shot({frame: pair}, bend=False, on_progress=lambda *_: None)

    own = register_views(pair)
    np.testing.assert_array_equal(solved.registrations[frame].matrix, own.matrix)
    assert solved.together == solved.registrations[frame].method == own.method


BENT_PX = (3.0, -2.0)
"""Reference pixels by which a Reference is bent, across and down."""


@pytest.fixture(scope="module")
def warped() -> Take:
    """Three pairs of a copy of a copy."""
    return take(8, [way(8)] * 3, bends=BENT_PX)


@pytest.mark.slow
def test_solve_shot_bends_a_warped_reference(warped: Take) -> None:
    """A bend that all pairs share is found, and the picture lies right everywhere by it."""
    solved = solve(warped, bend=True)

    assert list(solved.registrations) == list(warped.pairs)
    assert "all bent alike" in solved.together
    for frame, found in solved.registrations.items():
        assert found.bend is not None
        errors = bent_errors(found.matrix, found.bend, warped.truths[frame], BENT_PX)
        assert np.quantile(errors, 0.95) <= BENT_WORST_PX, np.quantile(errors, (0.5, 0.95, 1))


@pytest.mark.slow
def test_solve_shot_refuses_what_only_a_bend_would_fit(warped: Take) -> None:
    """Where no bend may be looked for, a warped Reference is not taken for a good one."""
    solved = solve(warped)

    assert list(solved.refused) == list(warped.pairs)
    assert all("one matrix leaves parts of the picture" in why for why in solved.refused.values())
    assert solved.together == "no pair lies believably"


@pytest.mark.slow
def test_solve_shot_does_not_bend_what_is_straight(weaving: Take) -> None:
    """A shot that one matrix fits stays straight, though a bend may be looked for."""
    solved = solve(weaving, bend=True)

    assert all(found.bend is None for found in solved.registrations.values())
    assert "bent" not in solved.together


def test_solve_shot_needs_pairs_of_one_raster(weaving: Take) -> None:
    """None, or several rasters, and it says so."""
    small = case(9, size=(320, 180), reference_size=(300, 200))
    pair = next(iter(weaving.pairs.values()))

    with pytest.raises(StageError, match="there is no pair to align"):
        solve_shot({}, bend=False, on_progress=lambda *_: None)
    with pytest.raises(StageError, match="pairs of 2 rasters"):
        solve_shot(
            {1: pair, 2: views(small.source, small.reference)},
            bend=False,
            on_progress=lambda *_: None,
        )
