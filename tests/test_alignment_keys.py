"""The manual path: what a person has set comes back."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.alignment.geometry import raster_to_raster, warp
from chromaresolve.alignment.keys import Key, key_at, key_to_matrix, manual_registration
from chromaresolve.errors import UsageError
from known_geometry import corner_errors, take, way

SOURCE, REFERENCE = (108, 192), (144, 180)
"""Rasters, height first."""

EXACT = 1e-9
"""Float64 rounding of a few products, pixels."""


def lies(key: Key, x: float, y: float) -> tuple[float, float]:
    """Return where in the Source the Reference's place lies, both from the raster's middle.

    Done step by step as the words say: stretched, scaled, turned, moved.
    """
    x, y = x * SOURCE[1] / REFERENCE[1], y * SOURCE[0] / REFERENCE[0]
    x, y = x * key.scale[0], y * key.scale[1]
    turn = np.radians(key.rotate)
    # Counter-clockwise as seen takes what is right to the top, where y is less.
    x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return x + key.translate[0], y + key.translate[1]


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(Key(), id="as it comes"),
        pytest.param(Key(translate=(12.5, -3.25)), id="moved"),
        pytest.param(Key(scale=(1.1, 0.95)), id="scaled"),
        pytest.param(Key(rotate=-3.5), id="turned"),
        pytest.param(Key(translate=(-7, 4), scale=(0.9, 1.2), rotate=20), id="all at once"),
    ],
)
def test_key_to_matrix_is_the_way_back(key: Key) -> None:
    """A place of the Reference, laid by the key, is found again by the matrix."""
    matrix = key_to_matrix(key, source=SOURCE, reference=REFERENCE)
    middle, other = (np.array([(s[1] - 1) / 2, (s[0] - 1) / 2]) for s in (SOURCE, REFERENCE))

    for place in ((0.0, 0.0), (-80.0, -60.0), (70.0, -31.0)):
        back = matrix @ [*(middle + lies(key, *place)), 1]
        np.testing.assert_allclose(back[:2] / back[2] - other, place, atol=EXACT)


def test_key_to_matrix_moves_the_picture_where_it_says() -> None:
    """A dot in the Reference's middle, moved by (10, 5), is seen 10 px right and 5 px down."""
    dot = np.zeros((33, 65), np.float32)
    dot[16, 32] = 1
    matrix = key_to_matrix(Key(translate=(10, 5)), source=dot.shape, reference=dot.shape)

    laid, _ = warp(dot, matrix, width=65, height=33, cubic=False)

    assert [*np.unravel_index(laid.argmax(), laid.shape)] == [21, 42]


def test_key_to_matrix_turns_counter_clockwise() -> None:
    """A dot to the right of the middle goes to the top by a quarter turn."""
    dot = np.zeros((65, 65), np.float32)
    dot[32, 48] = 1
    matrix = key_to_matrix(Key(rotate=90), source=dot.shape, reference=dot.shape)

    laid, _ = warp(dot, matrix, width=65, height=65, cubic=False)

    assert [*np.unravel_index(laid.argmax(), laid.shape)] == [16, 32]


def test_key_at_goes_straight_between_keys_and_holds_outside() -> None:
    """Halfway lies the mean, of scales the geometric one; before and after, the nearest key."""
    first = Key(translate=(0, 8), scale=(1, 4), rotate=-2)
    last = Key(translate=(10, -8), scale=(4, 1), rotate=4)
    keys = {20: last, 10: first}

    between = key_at(keys, 15)

    assert between.translate == pytest.approx((5, 0))
    assert between.scale == pytest.approx((2, 2))
    assert between.rotate == pytest.approx(1)
    for frame, held in ((-5, first), (10, first), (20, last), (99, last)):
        found = key_at(keys, frame)
        assert found.translate == pytest.approx(held.translate)
        assert found.scale == pytest.approx(held.scale)
        assert found.rotate == pytest.approx(held.rotate)


def test_key_at_without_keys_is_refused() -> None:
    """It says which frame, and what is to be given."""
    with pytest.raises(UsageError, match="frame 7 is to be aligned by hand: give"):
        key_at({}, 7)


@pytest.mark.parametrize("scale", [(0.0, 1.0), (1.0, -1.0)])
def test_key_refuses_a_scale_that_is_none(scale: tuple[float, float]) -> None:
    """Nothing is turned over, or made nothing of, by a key."""
    with pytest.raises(UsageError, match="above 0"):
        Key(scale=scale)


def test_manual_registration_lays_as_it_is_told_and_measures() -> None:
    """The matrix is the key's, in file pixels, and a wrong key is measured, not refused."""
    shot = take(3, [way(3)])
    (pair,) = shot.pairs.values()
    right = Key(translate=(3, 2), scale=(1.01, 1.02), rotate=0.5)
    matrix = key_to_matrix(right, source=(270, 480), reference=(324, 405))

    found = manual_registration(pair, right)
    off = manual_registration(pair, Key(translate=(90, 60)))

    assert corner_errors(found.matrix, matrix, width=480, height=270).max() < EXACT
    assert not found.matrix.flags.writeable
    assert found.method.startswith("by hand: moved 3 px right and 2 px down")
    assert np.isinf(found.corner_px)
    assert off.agreement_after < 0.2


def test_manual_registration_measures_a_good_lay_as_good() -> None:
    """A Reference that only has to be stretched agrees under the key that does nothing."""
    stretched = raster_to_raster((270, 480), (324, 405))
    shot = take(4, [stretched])
    (pair,) = shot.pairs.values()

    found = manual_registration(pair, Key())

    assert found.agreement_after > 0.6
    assert found.residual_px < 0.5
    assert found.agreement_before == pytest.approx(found.agreement_after)
