"""Colour carried onto the ACES original: what shows is the merge, what does not is carried on."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from aces_scene import (
    EDGE_LUMA,
    FADING,
    INSIDE_709,
    SHOWN_DE2000,
    SHOWN_LUMA,
    aces_to_acescg,
    acescg_to_aces,
    draw_film,
    find_in_range,
    show,
    worst,
)
from chromaresolve.colour import aces_to_display, convert, delta_e_2000, rgb_to_luma
from chromaresolve.composite import carry_colour, merge_frame
from chromaresolve.composite.carry import AP0, AP1, LUMINANCE_AP0, primaries_to_xyz
from chromaresolve.composite.grid import Floats, Grid, Plane
from chromaresolve.frames import Rgb

HALF = 2.0**-11
"""Half a step of a half-precision value, relative (IEEE 754 binary16)."""

SAME_HUE = 0.005
"""Share of R + G + B by which a ramp's colour may leave its own, 0.01 to 60. Measured: 0.004."""

GREY_GAIN = 0.894
"""What light a grey of the faded ramp's luma has, of the true ramp's: the scan's luma is kept."""

SAME_HUE_IN_BLACK = 0.03
"""The same below 0.01, where the display shows less than 6 %. Measured: 0.019."""


def make_ramp(colour: tuple[float, float, float]) -> tuple[NDArray[np.float32], Rgb]:
    """Return light from 0.001 to 60, and a ramp of the colour in it, ACEScg, (20, 512, 3)."""
    light = np.geomspace(0.001, 60, 512, dtype=np.float32)
    return light, np.broadcast_to(
        light[:, None] * np.array(colour, dtype=np.float32), (20, 512, 3)
    ).copy()


@pytest.mark.parametrize("luma_from", ["scan", "balanced"])
def test_carried_picture_shows_the_merge(luma_from: str) -> None:
    """Through the output transform the carried picture is the display merge, luma and colour."""
    true = draw_film(3)
    master = acescg_to_aces(true * FADING)
    scan, recovered = show(master), show(acescg_to_aces(true))
    plate = scan if luma_from == "scan" else recovered
    merged, _ = merge_frame(plate, recovered)

    carried = carry_colour(master, scan, merged)

    decided = carried.reach == 1
    shown = aces_to_display(carried.aces)
    distance = np.where(decided, delta_e_2000(shown, merged), 0)
    luma_off = np.where(decided, np.abs(rgb_to_luma(shown) - rgb_to_luma(plate)), 0)
    inside = np.where(merged.min(axis=-1) > INSIDE_709, luma_off, 0)
    assert decided[find_in_range(scan, merged)].all()
    assert decided.mean() > 0.5
    assert distance.max() < SHOWN_DE2000, worst(distance)
    assert inside.max() < SHOWN_LUMA, worst(inside)
    assert luma_off.max() < EDGE_LUMA, worst(luma_off)


def test_what_the_scan_shows_comes_back_to_the_bit() -> None:
    """A recovery that changes nothing gives the original: shadows, lamp and negatives too."""
    master = acescg_to_aces(draw_film(3) * FADING)
    master[5, 5], master[6, 6], master[7, 7] = (-0.25, 0.5, 0.125), (60000, 3, -2), 0
    scan = show(master)
    merged, _ = merge_frame(scan, scan)

    np.testing.assert_array_equal(carry_colour(master, scan, merged).aces, master)


@pytest.mark.parametrize(
    ("colour", "luma_from"),
    [
        pytest.param((1.0, 1.0, 1.0), "scan", id="grey on the scan's luma"),
        pytest.param((1.0, 1.0, 1.0), "balanced", id="grey"),
        pytest.param((1.3, 0.8, 0.4), "balanced", id="orange"),
        pytest.param((0.5, 0.8, 1.4), "balanced", id="blue"),
        pytest.param((0.6, 1.1, 0.5), "balanced", id="green"),
    ],
)
def test_ramp_keeps_its_hue_through_white(
    colour: tuple[float, float, float], luma_from: str
) -> None:
    """From 0.001 to 60 a faded ramp becomes one of its true colour, ever lighter, never clamped."""
    light, true = make_ramp(colour)
    master = acescg_to_aces(true * FADING)
    scan = show(master)
    grey = np.repeat(rgb_to_luma(scan)[..., None], 3, axis=-1)
    merged = show(acescg_to_aces(true)) if luma_from == "balanced" else grey

    carried = aces_to_acescg(carry_colour(master, scan, merged).aces)[10]

    share = carried / carried.sum(axis=-1, keepdims=True)
    off = np.abs(share - np.array(colour) / np.sum(colour)).max(axis=-1)
    luminance = carried @ primaries_to_xyz(AP1)[1]
    assert off[light > 0.01].max() < SAME_HUE, worst(off[light > 0.01])
    assert off.max() < SAME_HUE_IN_BLACK, worst(off)
    assert (np.diff(luminance) > 0).all()
    gain = luminance[-1] / (true[10, -1] @ primaries_to_xyz(AP1)[1])
    assert gain == pytest.approx(1 if luma_from == "balanced" else GREY_GAIN, rel=0.01)


def test_grain_above_white_is_the_originals() -> None:
    """Where the display shows nothing, luminance is the original's times one smooth gain."""
    random = np.random.default_rng(8)
    _, true = make_ramp((1.0, 1.0, 1.0))
    true[:, 300:] = 25 * random.normal(1, 0.05, (20, 212, 3))
    master = acescg_to_aces(true * FADING)

    carried = carry_colour(master, show(master), show(acescg_to_aces(true * 0.8)))

    beyond = carried.reach[:, 340:] == 0
    gain = (carried.aces @ LUMINANCE_AP0 / (master @ LUMINANCE_AP0))[:, 340:]
    rounding = HALF * (np.abs(carried.aces) @ np.abs(LUMINANCE_AP0))[:, 340:]
    spread = np.ptp(gain)
    assert beyond.all()
    assert spread < 2 * (rounding / (master @ LUMINANCE_AP0)[:, 340:]).max() + 0.002, spread


def test_black_gets_no_noise_of_the_recovery() -> None:
    """Chroma noise of the recovered frame stays out of blacks: they keep the original's grain."""
    random = np.random.default_rng(9)
    _, true = make_ramp((1.0, 1.0, 1.0))
    true[:, :200] = 0.001 * random.normal(1, 0.8, (20, 200, 3))
    master = acescg_to_aces(true * FADING)
    merged = show(acescg_to_aces(true)) + np.float32(random.normal(0, 0.004, true.shape))

    carried = aces_to_acescg(carry_colour(master, show(master), merged).aces)[:, :180]

    before = aces_to_acescg(master)[:, :180]
    assert (before.min(axis=-1) < 0).mean() > 0.05
    largest = 1.1 / FADING.min()
    for channel in range(3):
        assert carried[..., channel].std() < largest * before[..., channel].std()


def test_display_decides_nothing_where_it_shows_nothing() -> None:
    """With a scan that is black or burnt out altogether the original is left as it is."""
    for light in (0.0005, 40.0):
        master = acescg_to_aces(np.full((40, 50, 3), light) * FADING)

        carried = carry_colour(master, show(master), np.full_like(master, 0.5))

        np.testing.assert_array_equal(carried.aces, master)


def test_wild_values_stay_numbers() -> None:
    """Whatever a half can hold, and plates below 0 and above 1, comes out as numbers."""
    random = np.random.default_rng(10)
    master = (random.standard_cauchy((70, 41, 3)) * 4).clip(-65504, 65504)
    master[0, :3] = np.array([65504, -65504, 0])[:, None]
    scan, merged = random.uniform(-0.5, 12, (2, *master.shape)).astype(np.float32)
    scan[20:], merged[20:] = random.uniform(0, 1, (2, *master[20:].shape))

    carried = carry_colour(master.astype(np.float16).astype(np.float32), scan, merged)

    assert np.isfinite(carried.aces).all()
    assert np.isfinite(carried.reach).all()
    np.testing.assert_array_equal(carried.aces, carried.aces.astype(np.float16))


def test_pixel_beyond_half_keeps_its_hue() -> None:
    """A gain that would pass 65504 stops at it, all three channels alike."""
    _, true = make_ramp((1.0, 1.0, 1.0))
    true[:, -40:] = (65000, 32500, 16250)
    master = acescg_to_aces(true * 0.5)

    carried = aces_to_acescg(carry_colour(master, show(master), show(acescg_to_aces(true))).aces)

    top = carried[:, -20:]
    np.testing.assert_allclose(top[..., 0] / top[..., 1], 2, rtol=0.01)
    np.testing.assert_allclose(top[..., 0] / top[..., 2], 4, rtol=0.01)
    assert top.max() > 50000


def test_luminance_is_cie_y() -> None:
    """The rows are the published ones, and ACEScg is what OpenColorIO takes it for."""
    np.testing.assert_allclose(
        LUMINANCE_AP0, (0.3439664498, 0.7281660966, -0.0721325464), atol=1e-9
    )
    np.testing.assert_allclose(
        primaries_to_xyz(AP1)[1], (0.2722287168, 0.6740817658, 0.0536895174), atol=1e-9
    )
    matrix = np.linalg.solve(primaries_to_xyz(AP1), primaries_to_xyz(AP0))
    np.testing.assert_allclose(
        convert(np.eye(3, dtype=np.float32), from_space="ACES2065-1", to_space="ACEScg").T,
        matrix,
        atol=2e-6,
    )


def make_grid(height: int, width: int) -> Grid:
    """Return the grid of a picture in four stops."""
    return Grid.over(height, width, darkest=-2, brightest=1)


def answer_all(grid: Grid, sums: Floats, stops: float, shape: tuple[int, int]) -> Plane:
    """Return the grid's answer at one brightness for a whole picture."""
    rows, columns = np.indices(shape).reshape(2, -1)
    at = np.full(rows.size, stops, dtype=np.float32)
    return grid.fill(sums).read((rows, columns), at)[:, 0].reshape(shape)


def test_grid_answers_everywhere_with_what_it_knows() -> None:
    """One known pixel is the answer for every place and brightness; nothing known is 0."""
    grid = make_grid(70, 101)
    weights, stops = np.zeros((2, 70, 101), dtype=np.float32)
    values = np.full((70, 101, 1), 0.7, dtype=np.float32)

    nothing = grid.count(0, stops, weights, values)
    weights[3, 90] = 1e-3
    one = grid.count(0, stops, weights, values)

    for asked in (-5, -0.3, 1, 9):
        assert not answer_all(grid, nothing, asked, (70, 101)).any()
        np.testing.assert_allclose(answer_all(grid, one, asked, (70, 101)), 0.7, rtol=1e-6)


def test_grid_keeps_light_and_shadow_apart() -> None:
    """What holds in the shadows does not leak into the light beside them."""
    grid = make_grid(64, 64)
    stops = np.where(np.indices((64, 64)).sum(axis=0) % 2, -2, 1).astype(np.float32)

    sums = grid.count(0, stops, np.ones_like(stops), stops[..., None])

    np.testing.assert_allclose(answer_all(grid, sums, -2, (64, 64)), -2, atol=0.05)
    np.testing.assert_allclose(answer_all(grid, sums, 1, (64, 64)), 1, atol=0.05)


def test_grid_carries_on_from_the_nearest_place() -> None:
    """Between a known 0 on the left and a known 1 on the right the answer rises without a fall."""
    grid = make_grid(32, 320)
    weights, values, stops = np.zeros((3, 32, 320), dtype=np.float32)
    weights[:, :64], weights[:, -64:], values[:, 160:] = 1, 1, 1

    bands = [slice(0, 13), slice(13, 32)]
    upper, lower = (
        grid.count(band.start, stops[band], weights[band], values[band, :, None]) for band in bands
    )

    answer = answer_all(grid, upper + lower, 0, (32, 320))[16]
    assert (np.diff(answer) >= -1e-6).all()
    np.testing.assert_allclose(answer[[0, 80, 240, 319]], (0, 0, 1, 1), atol=0.1)
