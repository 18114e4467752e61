"""The spectral film: exact when fresh, near the published 3x3s, and no 3x3 when it fades."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.errors import UsageError
from chromaresolve.fade import (
    BROAD_BAND,
    EXTREME,
    SEVERE,
    SPECTRAL_FILMS,
    STATUS_A,
    STOCKS,
    WHOLE,
    Retention,
    Scanner,
    dye_matrix,
    fade_spectral,
    spectral_dye_matrix,
)
from chromaresolve.fade.spectral import film_bands, integrate, neutral_units, solve_amounts

ROUNDING = 4e-6
"""Logarithms and powers in float32, on values up to 4."""

STEPS = 3e-5
"""Density that Newton's steps and float32 leave, on colours far beyond what a print can hold."""

QUADRATURE = 0.003
"""Density that nine lines a band differ from a sum over every nanometre, at dye amounts to 2.5."""

FILMS = sorted(SPECTRAL_FILMS)
SCANNERS = [pytest.param(STATUS_A, id="status-a"), pytest.param(BROAD_BAND, id="broad-band")]

Picture = NDArray[np.float32]


def density(picture_709: Picture) -> NDArray[np.float64]:
    """Return -log10 of the display light."""
    return -2.4 * np.log10(picture_709.astype(np.float64))


def grey(at_density: float, height: int = 2, width: int = 2) -> Picture:
    """Return a flat neutral picture of a density."""
    return np.full((height, width, 3), 10 ** (-at_density / 2.4), np.float32)


def awkward() -> Picture:
    """Return a picture of odd size: below 0, at 0, above 1, and primaries no print can hold."""
    numbers = np.random.default_rng(3)
    picture = numbers.uniform(-0.5, 2, (31, 45, 3)).astype(np.float32)
    picture[:4] = numbers.choice([0, 1, 4], (4, 45, 3))
    return picture


def amounts_to(most: float) -> NDArray[np.float32]:
    """Return random amounts of three dyes, (3, n)."""
    return np.random.default_rng(5).uniform(0, most, (3, 5000)).astype(np.float32)


def rms(errors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the root of the mean square of R, G, B errors (3, n)."""
    return np.asarray(np.sqrt(np.mean(np.square(errors), axis=1)))


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("name", FILMS)
def test_fresh_film_is_the_original(name: str, scanner: Scanner) -> None:
    """With every dye whole and no stain the scan is the picture, whatever its values."""
    original = awkward()

    scan = fade_spectral(
        original, SPECTRAL_FILMS[name], WHOLE, scanner=scanner, contrast=0.3, unevenness=0.2
    )

    np.testing.assert_allclose(scan, original, atol=ROUNDING)
    assert scan.dtype == np.float32


@pytest.mark.parametrize("name", FILMS)
def test_solved_amounts_make_the_densities(name: str) -> None:
    """Integrating the solved amounts gives the densities back, from beyond white to black."""
    bands = film_bands(SPECTRAL_FILMS[name], STATUS_A)
    wanted = np.random.default_rng(2).uniform(-1.4, 4, (3, 5000)).astype(np.float32)

    made = integrate(solve_amounts(wanted, bands), bands)

    np.testing.assert_allclose(made, wanted, atol=STEPS)


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("name", FILMS)
def test_a_few_lines_stand_for_a_whole_band(name: str, scanner: Scanner) -> None:
    """Densities are those of a plain sum of light over every nanometre of the bands."""
    film = SPECTRAL_FILMS[name]
    amounts = amounts_to(2.5)
    nanometres = np.arange(340.0, 780.0)
    units = neutral_units(film.dyes, STATUS_A)
    curves = [sum(hump.at(nanometres) for hump in dye) for dye in film.dyes]
    light = 10 ** -(amounts.T @ (units * np.array(curves)))
    expected = []
    for centre, deviation in (scanner.red, scanner.green, scanner.blue):
        response = np.exp(-0.5 * ((nanometres - centre) / deviation) ** 2)
        expected.append(-np.log10(light @ response / response.sum()))

    made = integrate(amounts, film_bands(film, scanner))

    np.testing.assert_allclose(made, expected, atol=QUADRATURE)


@pytest.mark.parametrize("name", FILMS)
def test_its_3x3_is_of_the_published_kind(name: str) -> None:
    """A unit of each dye is a neutral, each dye rules its own band, and no stock is copied."""
    matrix = spectral_dye_matrix(SPECTRAL_FILMS[name])

    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=0.005)
    assert (np.diag(matrix) > 0.6).all()
    assert matrix.min() >= 0
    published = np.array([dye_matrix(stock) for stock in STOCKS])
    assert (matrix >= published.min(axis=0) - 0.08).all()
    assert (matrix <= published.max(axis=0) + 0.08).all()
    assert np.abs(published - matrix).max(axis=(1, 2)).min() > 0.02


@pytest.mark.parametrize("name", FILMS)
def test_neutral_fades_near_published_values(name: str) -> None:
    """Grey of density 1 loses what the research notes, section 6.2, give for 5383, by and large."""
    scan = fade_spectral(grey(1), SPECTRAL_FILMS[name], SEVERE)

    np.testing.assert_allclose(density(scan)[0, 0], (0.25, 0.76, 0.59), atol=0.05)


@pytest.mark.parametrize("name", FILMS)
def test_a_3x3_comes_near_and_is_not_it(name: str) -> None:
    """Fade and undoing by the film's own 3x3 miss by what `spectral_dye_matrix` says."""
    film, amounts = SPECTRAL_FILMS[name], amounts_to(2.5)
    fresh = integrate(amounts, film_bands(film, STATUS_A))
    picture = np.ascontiguousarray(10 ** (fresh.T[np.newaxis] / -2.4))
    # Only what a print can hold: darker values are set aside, and do not fade.
    held = (fresh < 3.9).all(axis=0)
    matrix = spectral_dye_matrix(film)
    fade = matrix @ np.diag((0.2, 0.88, 0.55)) @ np.linalg.inv(matrix)

    faded = density(fade_spectral(picture, film, SEVERE))[0].T

    missed = rms((fade @ fresh - faded)[:, held])
    undone = rms((np.linalg.solve(fade, faded) - fresh)[:, held])
    assert 0.005 < missed[0] < 0.010
    assert missed[1:].max() < 0.005
    assert 0.03 < undone[0] < 0.05
    assert undone[1:].max() < 0.008


@pytest.mark.parametrize("contrast", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("name", FILMS)
def test_fading_keeps_the_order_of_greys(name: str, scanner: Scanner, contrast: float) -> None:
    """A darker grey stays darker in every channel, from below black to beyond white."""
    ramp = np.linspace(-0.2, 3, 801, dtype=np.float32)
    original = np.repeat(ramp[np.newaxis, :, np.newaxis], 3, axis=2)

    scan = fade_spectral(
        original, SPECTRAL_FILMS[name], EXTREME, scanner=scanner, contrast=contrast, stain=0.1
    )

    assert np.diff(scan[0], axis=0).min() > 0


def test_contrast_fades_thick_dye_faster() -> None:
    """At amount 0.3 nothing changes; thinner dye keeps more, thicker dye less."""
    film, cyan_only = SPECTRAL_FILMS["usual"], Retention(cyan=0.2, magenta=1, yellow=1)
    ramp = np.concatenate([grey(at, 1, 1) for at in (0.1, np.log10(2), 1.5)], axis=1)

    plain = density(fade_spectral(ramp, film, cyan_only))[0, :, 0]
    steep = density(fade_spectral(ramp, film, cyan_only, contrast=0.4))[0, :, 0]

    assert steep[0] > 1.1 * plain[0]
    assert steep[1] == pytest.approx(plain[1], abs=1e-3)
    assert steep[2] < 0.9 * plain[2]


def test_unevenness_is_steady_smooth_and_spares_whole_dyes() -> None:
    """The worst place keeps k to the power 1 + unevenness; green hardly changes with cyan alone."""
    film, cyan_only = SPECTRAL_FILMS["usual"], Retention(cyan=0.2, magenta=1, yellow=1)
    flat = grey(1, 54, 96)

    scan = fade_spectral(flat, film, cyan_only, unevenness=0.2, seed=4)

    red = density(scan)[..., 0]
    bounds = [
        density(fade_spectral(grey(1), film, Retention(cyan=0.2**rate, magenta=1, yellow=1)))
        for rate in (1.2, 0.8)
    ]
    assert red.min() >= bounds[0][0, 0, 0] - 1e-5
    assert red.max() <= bounds[1][0, 0, 0] + 1e-5
    assert np.ptp(red) > 0.05
    assert np.abs(np.diff(red, axis=1)).max() < 0.01
    np.testing.assert_array_equal(
        fade_spectral(flat, film, cyan_only, unevenness=0.2, seed=4), scan
    )
    other = fade_spectral(flat, film, cyan_only, unevenness=0.2, seed=5)
    assert np.abs(other - scan).max() > 0.01


def test_stain_darkens_blue_most() -> None:
    """A stain adds its own density in blue, a fifth of that in green, next to nothing in red."""
    film = SPECTRAL_FILMS["usual"]

    stained = fade_spectral(grey(0.5), film, WHOLE, stain=0.15)

    change = density(stained)[0, 0] - 0.5
    np.testing.assert_allclose(change, (0.007, 0.033, 0.15), atol=0.006)


def test_fade_spectral_reads_pictures_in_any_memory_order() -> None:
    """A mirrored and transposed view fades as its copy does."""
    view = awkward()[::-1, ::-1].transpose(1, 0, 2)
    film = SPECTRAL_FILMS["early"]

    np.testing.assert_array_equal(
        fade_spectral(view, film, SEVERE, unevenness=0.2),
        fade_spectral(np.ascontiguousarray(view), film, SEVERE, unevenness=0.2),
    )


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_fade_spectral_refuses_what_is_no_picture(shape: tuple[int, ...]) -> None:
    """The message gives the shape."""
    with pytest.raises(UsageError, match=r"picture: shape .*give \(height, width, 3\)"):
        fade_spectral(np.zeros(shape, np.float32), SPECTRAL_FILMS["usual"], SEVERE)
