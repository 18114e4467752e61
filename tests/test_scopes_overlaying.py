"""Two lumas on one scope and the histogram: what is the same coincides, what is not is seen."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.colour.luma import Pixels
from chromaresolve.scopes import GROUND, WARNING, histogram, luma_overlay
from chromaresolve.scopes.histograms import FOOT, SIDE
from chromaresolve.scopes.trace import EDGE
from chromaresolve.scopes.waves import BOTTOM, MARGIN, TOP

HEIGHT, WIDTH = 300, 544
"""Of the scopes looked at."""


def ramp(shift: float = 0.0) -> Pixels:
    """Return a picture whose columns rise from 0.1 to 0.9."""
    row = np.linspace(0.1, 0.9, 200, dtype=np.float32) + np.float32(shift)
    return np.broadcast_to(row[None, :, None], (50, 200, 3)).copy()


def is_warned(picture: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return where a scope is in the colour of a warning."""
    return np.asarray((np.abs(picture - np.array(WARNING, np.float32)) < 0.02).all(axis=-1))


def test_same_luma_is_one_grey_trace() -> None:
    """Other colours of the same luma, and what rounding to half does, leave nothing alone."""
    before = ramp()
    after = before + np.array((0.05, 0.0, -0.05 * 0.2126 / 0.0722), np.float32)

    scope = luma_overlay(before, after.astype(np.float16), height=HEIGHT, width=WIDTH)

    assert scope.beyond == 0
    assert not is_warned(scope.picture).any()
    assert (np.ptp(scope.picture[:, MARGIN:], axis=-1) < 0.01).all()


def test_other_luma_is_seen_beside_the_first() -> None:
    """A picture that is 5 % brighter has a trace of its own, and the share says how much of it."""
    scope = luma_overlay(ramp(), ramp(0.05), height=HEIGHT, width=WIDTH)

    assert is_warned(scope.picture[:, MARGIN:]).any()
    assert scope.beyond > 0.9


def test_luma_beyond_the_scale_is_kept_at_its_end() -> None:
    """Both far above the scale are the same; one of them alone is a warning at the top."""
    far = ramp(5.0)

    assert luma_overlay(far, far, height=HEIGHT, width=WIDTH).beyond == 0
    scope = luma_overlay(ramp(), far, height=HEIGHT, width=WIDTH)
    assert is_warned(scope.picture[: 2 * EDGE]).any()


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_histogram_stands_where_the_value_is(channel: int) -> None:
    """A flat channel is one column, at its place on the scale."""
    picture = np.full((40, 50, 3), 0.2, np.float32)
    picture[..., channel] = 0.7

    scope = histogram(picture, height=HEIGHT, width=WIDTH)

    lit = scope.picture[2 * EDGE : -FOOT, :, channel] > 0.25
    columns = np.flatnonzero(lit.sum(axis=0) > 0.9 * len(lit))
    across = (columns - SIDE) / (WIDTH - 2 * SIDE) * (TOP - BOTTOM) + BOTTOM
    assert scope.beyond == 0
    assert np.abs(across - 0.7).min() < 0.01


def test_histogram_warns_of_what_is_beyond() -> None:
    """Values off the scale are counted, and colour the end that they are beyond."""
    picture = ramp()
    picture[0, 0], picture[0, 1, 0] = 2.0, -1.0

    scope = histogram(picture, height=HEIGHT, width=WIDTH)

    warned = is_warned(scope.picture)
    assert scope.beyond == pytest.approx(4 / picture.size)
    assert warned[:, :SIDE].any()
    assert warned[:, -SIDE:].any()
    assert not is_warned(histogram(ramp(), height=HEIGHT, width=WIDTH).picture).any()


def test_scopes_refuse_to_be_too_small() -> None:
    """A scope without room for its scale is our own mistake."""
    with pytest.raises(ValueError, match="at least"):
        histogram(ramp(), height=9, width=9)
    with pytest.raises(ValueError, match="at least"):
        luma_overlay(ramp(), ramp(), height=9, width=9)


def test_grounds_are_the_scopes_own() -> None:
    """Where nothing is, both are as dark as the other scopes."""
    corner = histogram(ramp(), height=HEIGHT, width=WIDTH).picture[0, 0]

    np.testing.assert_allclose(corner, GROUND, atol=1 / 255)
