"""The faded scan: the density model on pixels, and what film and scanner add to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.errors import UsageError
from chromaresolve.fade import EXTREME, SEVERE, Fading, Retention, fade_frame, fade_matrix
from chromaresolve.fade.film import BLACK_709

FRESH = Fading(retention=Retention(cyan=1, magenta=1, yellow=1))

ROUNDING = 2e-6
"""A logarithm, two 3x3 products and an exponential in float32, on values up to 4."""

Picture = NDArray[np.float32]


def density(picture_709: Picture) -> NDArray[np.float64]:
    """Return -log10 of the display light."""
    return -2.4 * np.log10(picture_709.astype(np.float64))


def grey(value: float, height: int = 200, width: int = 200) -> Picture:
    """Return a flat neutral picture."""
    return np.full((height, width, 3), value, np.float32)


def awkward() -> Picture:
    """Return a picture of odd size with values below 0, at 0, above 1 and everything between."""
    picture = np.random.default_rng(3).uniform(-0.5, 4, (31, 45, 3)).astype(np.float32)
    picture[0, 0] = 0
    return picture


def test_fade_frame_keeps_fresh_film() -> None:
    """With every dye whole and nothing added, the scan is the original, whatever its values."""
    original = awkward()

    scan = fade_frame(original, FRESH, frame=7)

    np.testing.assert_allclose(scan, original, atol=ROUNDING)
    assert scan.dtype == np.float32


@pytest.mark.parametrize(
    ("retention", "faded"),
    [
        pytest.param(SEVERE, (0.25, 0.76, 0.59), id="severe"),
        pytest.param(EXTREME, (0.14, 0.67, 0.41), id="extreme"),
    ],
)
def test_fade_frame_takes_neutral_density_1_to_published_values(
    retention: Retention, faded: tuple[float, float, float]
) -> None:
    """Grey of density 1 gets the densities of the research notes, section 6.2 (two decimals)."""
    scan = fade_frame(grey(10 ** (-1 / 2.4), 2, 2), Fading(retention=retention), frame=0)

    np.testing.assert_allclose(density(scan)[0, 0], faded, atol=0.006)


def test_fade_frame_is_the_matrix_on_densities() -> None:
    """Every pixel's densities are those of the 3x3, on colours brighter than white too."""
    original = np.random.default_rng(1).uniform(0.1, 2, (9, 7, 3)).astype(np.float32)

    scan = fade_frame(original, Fading(retention=SEVERE), frame=0)

    expected = density(original) @ fade_matrix(SEVERE).T
    np.testing.assert_allclose(density(scan), expected, atol=1e-5)


def test_fade_frame_carries_what_is_blacker_than_film() -> None:
    """Below the deepest density the picture goes on in a straight line: nothing is clamped."""
    values = np.array([BLACK_709, 0.01, 0.0, -0.3], np.float32)
    original = np.repeat(values[np.newaxis, :, np.newaxis], 3, axis=2)

    scan = fade_frame(original, Fading(retention=SEVERE), frame=0)

    np.testing.assert_allclose(scan - scan[:, :1], original - original[:, :1], atol=ROUNDING)


def test_fade_frame_keeps_the_order_of_greys() -> None:
    """A darker grey stays darker in every channel, from below black to above white."""
    ramp = np.linspace(-0.2, 3, 4001, dtype=np.float32)
    original = np.repeat(ramp[np.newaxis, :, np.newaxis], 3, axis=2)

    scan = fade_frame(original, Fading(retention=EXTREME), frame=0)

    assert np.diff(scan[0], axis=0).min() > 0
    assert scan.max() > 1


def test_fade_frame_repeats_itself() -> None:
    """Seed and frame decide every random choice."""
    every = Fading(
        retention=SEVERE,
        grain=0.03,
        unevenness=0.2,
        stain=(0, 0.01, 0.05),
        flicker=0.02,
        scanner_red_clip=0.9,
        scanner_noise=0.01,
        bits=10,
        seed=5,
    )
    original = awkward()

    scan = fade_frame(original, every, frame=3)

    np.testing.assert_array_equal(fade_frame(original, every, frame=3), scan)
    assert (fade_frame(original, every, frame=4) != scan).mean() > 0.5
    assert (fade_frame(original, replace(every, seed=6), frame=3) != scan).mean() > 0.5


def test_fade_frame_reads_pictures_in_any_memory_order() -> None:
    """A mirrored and transposed view fades as its copy does."""
    view = awkward()[::-1, ::-1].transpose(1, 0, 2)
    fading = Fading(retention=SEVERE, grain=0.03, unevenness=0.2)

    np.testing.assert_array_equal(
        fade_frame(view, fading, frame=0), fade_frame(np.ascontiguousarray(view), fading, frame=0)
    )


@pytest.mark.parametrize("at_density", [0.5, 1.0, 2.0])
def test_grain_goes_with_the_root_of_density(at_density: float) -> None:
    """At density 1 grain deviates by its own number, elsewhere times the root of density."""
    scan = fade_frame(grey(10 ** (-at_density / 2.4)), replace(FRESH, grain=0.03), frame=1)

    spread = density(scan).std(axis=(0, 1))

    # 200 x 200 correlated numbers estimate a deviation to about 1 %.
    np.testing.assert_allclose(spread, 0.03 * at_density**0.5, rtol=0.03)


def test_grain_is_larger_than_a_pixel_and_new_on_every_frame() -> None:
    """Neighbours share grain; the same place on the next frame does not."""
    noise = [
        density(fade_frame(grey(0.4), replace(FRESH, grain=0.03), frame=frame))[..., 0]
        for frame in (0, 1)
    ]

    neighbours = np.corrcoef(noise[0][:, 1:].ravel(), noise[0][:, :-1].ravel())[0, 1]
    frames = np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]
    assert neighbours > 0.3
    assert abs(frames) < 0.02


def test_clear_film_has_no_grain() -> None:
    """Where there is no dye there are no dye clouds, and beyond white neither."""
    scan = fade_frame(grey(1.0, 9, 9), replace(FRESH, grain=0.05), frame=0)

    np.testing.assert_allclose(scan, 1, atol=ROUNDING)


def test_scanner_noise_grows_in_red_when_fading_is_undone() -> None:
    """The inverse of extreme fading multiplies the noise of red density by 12.7, not green's."""
    fading = Fading(retention=EXTREME, scanner_noise=0.002)
    scan = density(fade_frame(grey(0.5), fading, frame=0))

    undone = scan @ np.linalg.inv(fade_matrix(EXTREME)).T

    growth = undone.std(axis=(0, 1)) / scan.std(axis=(0, 1))
    assert growth[0] == pytest.approx(12.7, rel=0.03)
    assert growth[1] < 2


def test_unevenness_is_steady_smooth_and_spares_whole_dyes() -> None:
    """Patches of worse fading stay on every frame, and fresh film has none."""
    fading = Fading(retention=SEVERE, unevenness=0.2)
    flat = grey(0.4, 108, 192)

    first, later = (fade_frame(flat, fading, frame=frame) for frame in (0, 99))

    np.testing.assert_array_equal(first, later)
    assert np.ptp(first[..., 0]) > 0.01
    assert np.abs(np.diff(first[..., 0], axis=1)).max() < 0.01
    fresh = fade_frame(flat, replace(FRESH, unevenness=0.2), frame=0)
    np.testing.assert_allclose(fresh, flat, atol=ROUNDING)


def test_unevenness_changes_how_fast_dyes_fade() -> None:
    """The worst place has its retention to the power 1 + unevenness, the best 1 - at most."""
    cyan_only = Retention(cyan=0.2, magenta=1, yellow=1)
    scan = fade_frame(
        grey(10 ** (-1 / 2.4), 108, 192), Fading(retention=cyan_only, unevenness=0.2), frame=0
    )

    worst = fade_matrix(replace(cyan_only, cyan=0.2**1.2))[0].sum()
    best = fade_matrix(replace(cyan_only, cyan=0.2**0.8))[0].sum()
    red = density(scan)[..., 0]
    assert red.min() >= worst - 1e-5
    assert red.max() <= best + 1e-5
    assert red.min() < worst + 1e-4 or red.max() > best - 1e-4


def test_flicker_moves_whole_frames_and_red_most() -> None:
    """Each frame gets one step of density, in red more than in green and blue."""
    fading = replace(FRESH, flicker=0.05)
    flat = grey(0.5, 4, 4)

    steps = [density(fade_frame(flat, fading, frame=f)) - density(flat) for f in range(40)]

    assert all(np.ptp(step, axis=(0, 1)).max() < 1e-5 for step in steps)
    spread = np.array([step[0, 0] for step in steps]).std(axis=0)
    assert spread[0] == pytest.approx(0.05, rel=0.3)
    np.testing.assert_allclose(spread / spread[0], (1, 0.4, 0.25), rtol=1e-3)


def test_stain_adds_density() -> None:
    """A yellow stain darkens blue by its density."""
    flat = grey(0.5, 3, 3)

    stained = fade_frame(flat, replace(FRESH, stain=(0.0, 0.01, 0.1)), frame=0)

    change = (density(stained) - density(flat))[0, 0]
    np.testing.assert_allclose(change, (0, 0.01, 0.1), atol=1e-5)


def test_red_clip_burns_out_red_alone() -> None:
    """A scanner that clips red at a transmittance leaves green and blue as they are."""
    scan = fade_frame(awkward(), replace(FRESH, scanner_red_clip=0.5), frame=0)
    whole = fade_frame(awkward(), FRESH, frame=0)

    limit = 0.5 ** (1 / 2.4)
    np.testing.assert_allclose(scan[..., 0], np.minimum(whole[..., 0], limit), atol=ROUNDING)
    np.testing.assert_array_equal(scan[..., 1:], whole[..., 1:])


def test_bits_round_without_clipping() -> None:
    """A 10-bit scan holds multiples of 1/1023, beyond 0 and 1 too."""
    original = awkward()

    codes = fade_frame(original, replace(FRESH, bits=10), frame=0) * 1023

    np.testing.assert_allclose(codes, np.rint(codes), atol=1e-3)
    np.testing.assert_allclose(codes, original * 1023, atol=0.5 + 0.01)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param({"grain": -0.1}, "grain -0.1", id="negative-grain"),
        pytest.param({"flicker": float("nan")}, "flicker nan", id="flicker-is-no-number"),
        pytest.param({"bits": 0}, "bits 0", id="no-bits"),
        pytest.param({"scanner_red_clip": 0.0}, "scanner_red_clip 0.0", id="clips-everything"),
        pytest.param({"stock": "9999"}, "stock '9999'", id="unknown-stock"),
    ],
)
def test_fading_refuses_what_no_film_or_scanner_does(wrong: dict[str, object], says: str) -> None:
    """The message names the field and its value."""
    with pytest.raises(UsageError, match=says):
        replace(FRESH, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_fade_frame_refuses_what_is_no_picture(shape: tuple[int, ...]) -> None:
    """The message gives the shape."""
    with pytest.raises(UsageError, match=r"picture: shape .*give \(height, width, 3\)"):
        fade_frame(np.zeros(shape, np.float32), FRESH, frame=0)
