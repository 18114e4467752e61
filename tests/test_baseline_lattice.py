"""The lattice: what it maps exactly, what it does beyond its domain, and how it is fitted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from chromaresolve.baseline.lattice import Lattice, fit_lattice, node_colours
from chromaresolve.baseline.samples import Pixels
from chromaresolve.errors import StageError

ROUNDING = 2e-6
"""A dozen float32 operations on values up to 2."""

FITTED = 2e-3
"""A fitted table against the truth: solver 1e-4, and the smoothness bends curves a little."""

CONTINUED = 0.02
"""Beyond the samples the pull to the identity is felt: a part of the cast's own 0.05."""

CAST = np.array([[0.8, 0.15, 0.0], [0.05, 1.1, -0.1], [0.1, 0.0, 0.9]])
"""A colour matrix: a map that a lattice can hold exactly."""


def colours(count: int, seed: int = 0) -> Pixels:
    """Make random plate colours, 0..1."""
    return np.random.default_rng(seed).random((count, 3), dtype=np.float32)


def pixels(*rows: tuple[float, float, float]) -> Pixels:
    """Make (n, 3) pixels."""
    return np.array(rows, dtype=np.float32)


def cast(rgb: Pixels) -> Pixels:
    """Give a picture a colour cast, straight in R, G and B."""
    return np.asarray(rgb @ CAST.T + 0.02, dtype=np.float32)


def bend(rgb: Pixels) -> Pixels:
    """Give a picture a curved cast, each channel leaning on the others."""
    return np.asarray(rgb ** [1.3, 0.9, 1.1] + 0.1 * rgb[..., [1, 2, 0]] ** 2, dtype=np.float32)


def random_lattice(size: int = 5) -> Lattice:
    """Make a lattice of noise over an odd domain."""
    rng = np.random.default_rng(1)
    return Lattice(
        table=rng.normal(0.5, 1, (size, size, size, 3)).astype(np.float32),
        lower=np.array([-0.5, 0.0, 0.2], dtype=np.float32),
        upper=np.array([1.0, 2.0, 0.9], dtype=np.float32),
    )


def test_apply_equals_the_reference_interpolation() -> None:
    """Inside the domain: SciPy's trilinear, channel order and all."""
    lattice = random_lattice()
    rgb = lattice.lower + colours(997) * (lattice.upper - lattice.lower)
    axes = tuple(np.linspace(lattice.lower, lattice.upper, 5).T)

    mapped = lattice.apply(rgb)

    expected = RegularGridInterpolator(axes, lattice.table.astype(np.float64))(
        np.clip(rgb, lattice.lower, lattice.upper)
    )
    np.testing.assert_allclose(mapped, expected, atol=4 * ROUNDING)


def test_apply_keeps_values_beyond_the_domain() -> None:
    """Outside, a colour is its nearest inside colour's, and its own distance more: slope 1."""
    lattice = random_lattice()
    inside = pixels((1.0, 2.0, 0.5), (-0.5, 0.0, 0.2))
    beyond = pixels((11.0, 0.5, 0.0), (-0.25, 0.0, -3.0))

    mapped = lattice.apply(inside + beyond)

    np.testing.assert_allclose(mapped, lattice.apply(inside) + beyond, atol=8 * ROUNDING)


def test_apply_keeps_shape_and_awkward_pixels() -> None:
    """Views, odd sizes, more pixels than a block, infinity and NaN: nothing breaks or spreads."""
    lattice = random_lattice()
    frame = np.broadcast_to(colours(1), (2 * 157, 211, 3)).copy()
    frame[1, 2] = [np.inf, 0.5, 0.5]
    frame[3, 4] = [np.nan, 0.5, 0.5]
    view = frame[::2].transpose(1, 0, 2)

    mapped = lattice.apply(view)

    assert mapped.shape == view.shape
    assert mapped.dtype == np.float32
    np.testing.assert_array_equal(mapped, lattice.apply(np.ascontiguousarray(view)))
    assert np.isinf(lattice.apply(frame)[1, 2, 0])
    assert np.isnan(lattice.apply(frame)[3, 4, 0])
    assert np.count_nonzero(~np.isfinite(lattice.apply(frame))) == 2


@pytest.mark.parametrize(
    ("truth", "tolerance"),
    [
        pytest.param(lambda rgb: rgb, 1e-6, id="nothing to do"),
        pytest.param(cast, 2e-4, id="colour matrix"),
        pytest.param(bend, 5e-3, id="curves"),
    ],
)
def test_fit_recovers_a_known_map(truth: Callable[[Pixels], Pixels], tolerance: float) -> None:
    """Where samples are dense, the lattice is the map that made the truth."""
    plate = colours(30_000)

    lattice = fit_lattice(plate, truth(plate), np.ones(len(plate)), size=17)

    fresh = 0.05 + 0.9 * colours(2000, seed=9)
    error = np.abs(lattice.apply(fresh) - truth(fresh))
    assert error.mean() < tolerance, f"mean {error.mean():.2g}, largest {error.max():.2g}"


def test_fit_leaves_colours_nobody_showed_as_their_neighbours() -> None:
    """Samples of one dark corner: a straight cast goes on straight into the colours beside it."""
    dark = 0.35 * colours(20_000)
    plate = np.concatenate([dark, pixels(*[(1, 1, 1)] * 40)])

    lattice = fit_lattice(plate, cast(plate), np.ones(len(plate)), size=9)

    beside = pixels((0.5, 0.5, 0.5), (0.45, 0.3, 0.5))
    np.testing.assert_allclose(lattice.apply(beside), cast(beside), atol=CONTINUED)


def test_fit_is_not_led_astray_by_outliers() -> None:
    """One sample in ten has a wrong truth, all wrong the same way; the others win."""
    plate = colours(20_000)
    truth = cast(plate)
    truth[::10] = [0.9, 0.1, 0.9]

    lattice = fit_lattice(plate, truth, np.ones(len(plate)), size=9)

    fresh = 0.1 + 0.8 * colours(500, seed=5)
    error = np.abs(lattice.apply(fresh) - cast(fresh))
    assert error.mean() < 0.01, f"mean {error.mean():.2g}, largest {error.max():.2g}"


def test_fit_ignores_samples_without_weight() -> None:
    """A weight of 0 is as good as no sample, wherever it lies."""
    plate, weights = colours(4000), np.ones(4000)
    truth = cast(plate)
    plate[::2] += 5
    weights[::2] = 0

    lattice = fit_lattice(plate, truth, weights, size=5)
    alone = fit_lattice(plate[1::2], truth[1::2], weights[1::2], size=5)

    np.testing.assert_allclose(lattice.table, alone.table, atol=FITTED / 10)


def test_fit_manages_a_channel_that_never_changes() -> None:
    """A picture without any blue still has a lattice, and its colours come out right."""
    plate = colours(3000)
    plate[:, 2] = 0.25

    lattice = fit_lattice(plate, cast(plate), np.ones(len(plate)), size=5)

    np.testing.assert_allclose(lattice.apply(plate[:99]), cast(plate[:99]), atol=FITTED)


def test_fit_refuses_samples_without_any_weight() -> None:
    """Nothing to learn from is an error, not a map."""
    with pytest.raises(StageError, match="no sample has any trust"):
        fit_lattice(colours(9), colours(9), np.zeros(9))


def test_nodes_are_indexed_red_green_blue() -> None:
    """The table's first axis is red's."""
    nodes = node_colours(3, *pixels((0, 0, 0), (1, 2, 4)))

    np.testing.assert_array_equal(nodes[2, 1, 0], [1.0, 1.0, 0.0])
