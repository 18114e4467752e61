"""The density balance: known fades undone, every value kept in order, hopeless pictures refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.balance.density import (
    DARKEST,
    DensityBalance,
    apply_density_balance,
    solve_density_balance,
)
from chromaresolve.colour import delta_e_2000
from chromaresolve.errors import StageError

Picture = NDArray[np.float32]

SOLVED = 0.005
"""Gains and offsets from percentiles of 80,000 pixels in bins of 0.0005 density."""

GAMMA = 2.4
"""BT.1886."""

DYES = np.array([[0.912, 0.079, 0.004], [0.146, 0.793, 0.060], [0.067, 0.184, 0.748]])
"""R, G, B density of one unit of cyan, magenta and yellow dye of a 1974 print stock."""


def film(seed: int = 0, *, height: int = 201, width: int = 401) -> Picture:
    """Make a picture with a neutral ramp and every colour; each channel has the same densities."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0.1, 2.4, width)[None, :, None] * np.ones((height // 2, 1, 3))
    density = rng.uniform(0.1, 2.4, (height - height // 2, width, 3))
    return density_to_709(np.concatenate([ramp, density]))


def density_to_709(density: NDArray[np.floating]) -> Picture:
    """Return display values whose linear light has this density."""
    return np.asarray(10 ** (-density / GAMMA), dtype=np.float32)


def density_of(picture_709: Picture) -> NDArray[np.float64]:
    """Return the density of a picture's display light."""
    return np.asarray(-GAMMA * np.log10(picture_709, dtype=np.float64))


def fade_channels(original_709: Picture) -> Picture:
    """Fade each channel's density by itself: red to 30 %, blue to 60 %, with a stain."""
    return density_to_709(density_of(original_709) * [0.3, 1.0, 0.6] + [0.05, 0.02, 0.12])


def fade_dyes(original_709: Picture) -> Picture:
    """Fade the dyes: a fifth of the cyan left, 88 % of the magenta, 55 % of the yellow."""
    matrix = DYES @ np.diag([0.2, 0.88, 0.55]) @ np.linalg.inv(DYES)
    return density_to_709(density_of(original_709) @ matrix.T)


def test_solve_recovers_known_gains_and_offsets() -> None:
    """Densities faded channel by channel: the inverse gains, and lights that meet green's."""
    faded = fade_channels(film())

    balance = solve_density_balance([faded])

    np.testing.assert_allclose(balance.gain, [1 / 0.3, 1, 1 / 0.6], rtol=SOLVED)
    # Green is the reference, 0.02 of stain and all: gain * stain + offset is 0.02 in each channel.
    stain = np.array([0.05, 0.02, 0.12])
    np.testing.assert_allclose(np.multiply(balance.gain, stain) + balance.offset, 0.02, atol=SOLVED)
    np.testing.assert_allclose(
        density_of(apply_density_balance(faded, balance)), density_of(film()) + 0.02, atol=0.02
    )


def test_solve_gives_one_balance_for_all_frames() -> None:
    """Frames that each show a part of the range are balanced together, in whatever order."""
    faded = fade_channels(film())
    halves = [faded[:, :200], faded[:, 200:]]

    together = solve_density_balance(halves)

    np.testing.assert_allclose(together.gain, solve_density_balance([faded]).gain, rtol=1e-9)
    assert together == solve_density_balance(reversed(halves))


def test_solve_looks_at_the_picture_only() -> None:
    """Black borders, a gate a little above black, lost shadows, lights burnt out: no change."""
    faded = fade_channels(film())
    framed = np.pad(faded, ((50, 50), (70, 70), (0, 0)))
    framed[:20] = 1.0
    framed[20:30] = [0.5, 0.001, 0.5]
    framed[30:40] = np.nan
    framed[-40:] = np.random.default_rng(0).uniform(0.003, 0.05, (40, framed.shape[1], 3))

    np.testing.assert_allclose(
        solve_density_balance([framed]).gain, solve_density_balance([faded]).gain, rtol=1e-9
    )


def test_solve_caps_the_gain() -> None:
    """Beyond the cap lies noise: red stops there, and its lights meet the others' all the same."""
    faded = fade_channels(film())

    balance = solve_density_balance([faded], red_gain_cap=2.0)

    assert balance.gain[0] == 2.0
    lights = np.percentile(density_of(apply_density_balance(faded, balance)), 0.5, axis=(0, 1))
    np.testing.assert_allclose(lights, lights[1], atol=2 * SOLVED)


def test_balance_brings_a_dye_faded_picture_nearer_to_the_original() -> None:
    """Side absorptions stay, so it is not right; but it is less than half as wrong."""
    original = film(seed=4)
    faded = fade_dyes(original)

    balanced = apply_density_balance(faded, solve_density_balance([faded]))

    before = delta_e_2000(faded, original).mean()
    after = delta_e_2000(balanced, original).mean()
    assert after < 0.5 * before, f"dE2000 {before:.2f} before, {after:.2f} after"


def test_balance_leaves_a_neutral_film_alone() -> None:
    """Where nothing has faded, nothing changes."""
    original = film()

    balance = solve_density_balance([original])

    np.testing.assert_allclose(apply_density_balance(original, balance), original, rtol=2 * SOLVED)


def test_apply_keeps_the_order_of_all_values() -> None:
    """From -2 to 12, through black and `DARKEST`: strictly rising, 0 stays 0, no jump."""
    values = np.sort(np.concatenate([np.linspace(-2, 12, 3001), [0, DARKEST, DARKEST * 1.001]]))
    ramp = np.repeat(values.astype(np.float32), 3).reshape(1, -1, 3)
    balance = DensityBalance(gain=(3.3, 1.0, 0.8), offset=(-0.4, 0.0, 0.3))

    balanced = apply_density_balance(ramp, balance)

    assert (np.diff(balanced[0], axis=0) > 0).all()
    np.testing.assert_array_equal(balanced[ramp == 0], 0)
    np.testing.assert_array_equal(balanced[..., 1], ramp[..., 1])
    assert balanced[..., 0].max() > 1000
    assert balanced[..., 2].min() < -1


def test_apply_is_gain_and_offset_in_density() -> None:
    """The power and factor on display values are `gain * density + offset`, by the definition."""
    original = film()
    balance = DensityBalance(gain=(2.5, 1.2, 0.9), offset=(-0.3, 0.1, 0.0))

    balanced = apply_density_balance(original[::2, ::3], balance)

    expected = density_of(original[::2, ::3]) * balance.gain + balance.offset
    np.testing.assert_allclose(density_of(balanced), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("picture", "complaint"),
    [
        pytest.param(np.zeros((20, 30, 3)), "black or burnt out: give frames", id="black"),
        pytest.param(np.ones((20, 30, 3)), "black or burnt out: give frames", id="white"),
        pytest.param(
            np.linspace(0.1, 0.9, 600).reshape(20, 30, 1) * [0, 1, 1] + [0.5, 0, 0],
            r"red spans a density of 0\.00, which is too little",
            id="no red left",
        ),
    ],
)
def test_solve_refuses_a_picture_that_cannot_tell(picture: Picture, complaint: str) -> None:
    """Too little picture or too little range is an error, never a wild gain."""
    with pytest.raises(StageError, match=complaint):
        solve_density_balance([picture.astype(np.float32)])


def test_record_comes_back_as_it_was() -> None:
    """To shot.toml and back."""
    balance = solve_density_balance([fade_channels(film())])

    assert DensityBalance.from_record(balance.to_record()) == balance


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"gain_red": None}, "gain_red is None", id="missing"),
        pytest.param({"offset_blue": "much"}, "offset_blue is 'much'", id="text"),
        pytest.param({"gain_green": -1.0}, r"a gain of -1\.0", id="negative gain"),
        pytest.param({"gain_green": float("nan")}, "gain_green is nan", id="no number"),
    ],
)
def test_record_that_is_wrong_is_refused(change: dict[str, object], complaint: str) -> None:
    """A number that a balance cannot have is named, with what to run."""
    record = DensityBalance(gain=(2, 1, 1), offset=(0, 0, 0)).to_record()

    with pytest.raises(StageError, match=f"{complaint}: run `chromaresolve balance`"):
        DensityBalance.from_record({**record, **change})
