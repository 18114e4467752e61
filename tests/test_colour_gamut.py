"""Merge, gamut fit and the rounding to half: the luma law and the bounds, on awkward pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from chromaresolve.colour import (
    LUMA_WEIGHTS,
    fit_gamut,
    measure_luma_law,
    merge_chroma,
    rgb_to_chroma,
    rgb_to_luma,
    round_to_half,
)
from chromaresolve.colour.gamut import BLOCK_PIXELS
from chromaresolve.errors import ColourError

Pixels = npt.NDArray[np.float32]

PIXELS = 40_000
"""More than two blocks, so that their seams are inside."""

FLOAT32_ROUNDING = 2.0**-21
"""Four float32 steps: merge and fit are a handful of operations on values of the pixel's size."""

HALF_INFINITY = 0x7C00
"""Bit pattern of infinity in a half; every smaller pattern is a finite value."""


def _random_plate(low: float, high: float, seed: int) -> Pixels:
    return np.random.default_rng(seed).uniform(low, high, (PIXELS, 3)).astype(np.float32)


def _on_halves(plate: Pixels) -> Pixels:
    return plate.astype(np.float16).astype(np.float32)


def _between_halves(high: float) -> Pixels:
    """Return neutral pixels exactly between two halves, where rounding is furthest off."""
    grey = np.linspace(1e-4, high, PIXELS, dtype=np.float32).astype(np.float16)
    above = np.nextafter(grey, np.float16(np.inf))
    middle = (grey.astype(np.float32) + above.astype(np.float32)) / 2
    return np.repeat(middle[:, None], 3, axis=1)


def _green_only(seed: int) -> Pixels:
    plate = _random_plate(0, 1, seed)
    plate[:, (0, 2)] = 0
    return plate


PLATES = [
    pytest.param(_on_halves(_random_plate(0, 1, 1)), 0.1, id="display"),
    pytest.param(_on_halves(_random_plate(-0.5, 12, 2)), 1.0, id="-0.5 to 12"),
    pytest.param(_random_plate(-0.5, 12, 3), 1.0, id="float plate"),
    pytest.param(_random_plate(0.999, 1.001, 4), 0.001, id="around white"),
    pytest.param(_random_plate(-0.001, 0.001, 5), 0.001, id="around black"),
    pytest.param(_between_halves(1), 0.0, id="grey ties"),
    pytest.param(_between_halves(9), 0.0, id="grey ties above white"),
    pytest.param(-_between_halves(2), 0.0, id="grey ties below black"),
    pytest.param(_between_halves(1), 0.2, id="grey ties coloured"),
    pytest.param(_random_plate(0, 6e-8, 6), 1e-8, id="subnormal"),
    pytest.param(_random_plate(-3e-5, 3e-5, 7), 1e-5, id="smallest normals"),
    pytest.param(_on_halves(_random_plate(-65504, 65504, 8)), 3e4, id="huge"),
    pytest.param(np.full((PIXELS, 3), 65504, np.float32), 3e4, id="largest half"),
    pytest.param(_green_only(9), 0.3, id="green only"),
    pytest.param(np.zeros((PIXELS, 3), np.float32), 0.3, id="black"),
    pytest.param(np.ones((PIXELS, 3), np.float32), 0.3, id="white"),
]
"""Plates and how far their new chroma strays from their own."""


def _new_chroma(plate: Pixels, spread: float, seed: int = 11) -> Pixels:
    stray = np.random.default_rng(seed).normal(0, spread, (*plate.shape[:-1], 2))
    return rgb_to_chroma(plate) + stray.astype(np.float32)


def _bounds(plate: Pixels) -> tuple[Pixels, Pixels]:
    low = np.minimum(plate.min(axis=-1, keepdims=True), 0)
    high = np.maximum(plate.max(axis=-1, keepdims=True), 1)
    return low, high


def _assert_inside(rgb: Pixels, low: Pixels, high: Pixels) -> None:
    over = np.maximum(low - rgb, rgb - high)
    assert over.max() <= 0, f"out by {over.max()} at {np.unravel_index(over.argmax(), over.shape)}"


@pytest.mark.parametrize(("plate", "spread"), PLATES)
def test_merge_keeps_plates_luma(plate: Pixels, spread: float) -> None:
    """Merged luma is the plate's to float32, also where colour had to give way."""
    merged = merge_chroma(plate, _new_chroma(plate, spread)).rgb

    error = np.abs(rgb_to_luma(merged) - rgb_to_luma(plate))
    allowed = FLOAT32_ROUNDING * np.maximum(np.abs(plate), np.abs(merged)).max(axis=-1) + 1e-30
    assert (error <= allowed).all(), f"{error.max()} at {(error / allowed).argmax()}"


@pytest.mark.parametrize(("plate", "spread"), PLATES)
def test_merge_stays_inside_bounds(plate: Pixels, spread: float) -> None:
    """No merged channel leaves the pixel's own bounds, exactly."""
    _assert_inside(merge_chroma(plate, _new_chroma(plate, spread)).rgb, *_bounds(plate))


@pytest.mark.parametrize(("plate", "spread"), PLATES)
def test_round_keeps_the_luma_law(plate: Pixels, spread: float) -> None:
    """The luma of the half file is the plate's within the law, at every pixel."""
    file_rgb = round_to_half(merge_chroma(plate, _new_chroma(plate, spread)).rgb, plate)

    law = measure_luma_law(file_rgb, plate)
    assert law.worst_ratio <= 1, law


@pytest.mark.parametrize(("plate", "spread"), PLATES)
def test_round_stays_inside_bounds(plate: Pixels, spread: float) -> None:
    """No channel of the file leaves the bounds, as a half file of the plate would have them."""
    file_rgb = round_to_half(merge_chroma(plate, _new_chroma(plate, spread)).rgb, plate)

    low, high = _bounds(plate)
    _assert_inside(file_rgb.astype(np.float32), _on_halves(low), _on_halves(high))


FINITE_HALVES = st_numpy.arrays(
    np.uint16,
    (8, 3),
    elements=st.integers(0, HALF_INFINITY - 1) | st.integers(0x8000, 0x8000 + HALF_INFINITY - 1),
)
"""Every finite half there is, as bit patterns."""


@settings(deadline=None, max_examples=300, database=None)
@given(
    bits=FINITE_HALVES,
    chroma=st_numpy.arrays(np.float32, (8, 2), elements=st.floats(-4, 4, width=32)),
)
def test_law_and_bounds_hold_for_any_half(
    bits: npt.NDArray[np.uint16], chroma: npt.NDArray[np.float32]
) -> None:
    """Any half plate with any chroma, also scaled to the plate: law and bounds hold."""
    plate = bits.view(np.float16).astype(np.float32)
    scale = np.abs(plate).max(axis=1, keepdims=True)
    for tried in (chroma, chroma * np.minimum(scale, 1e4)):
        file_rgb = round_to_half(merge_chroma(plate, tried).rgb, plate)

        assert measure_luma_law(file_rgb, plate).worst_ratio <= 1
        _assert_inside(file_rgb.astype(np.float32), *_bounds(plate))


def test_round_leaves_only_greens_rounding() -> None:
    """Away from the bounds the file's luma is off by the rounding of green and nothing else."""
    plate = _on_halves(_random_plate(0.2, 0.8, 12))
    file_rgb = round_to_half(merge_chroma(plate, _new_chroma(plate, 0.01)).rgb, plate)

    error = np.abs((file_rgb.astype(np.float64) - plate) @ LUMA_WEIGHTS)
    half_step = np.spacing(file_rgb[:, 1]).astype(np.float64) / 2
    assert (error <= LUMA_WEIGHTS[1] * half_step * (1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("short", "by"),
    [
        pytest.param((0, 2), 2.0**-8, id="red and blue"),
        pytest.param((0,), 2.0**-8, id="red"),
        pytest.param((2,), 2.0**-6, id="blue"),
    ],
)
def test_round_holds_green_at_the_bound(short: tuple[int, ...], by: float) -> None:
    """Where the solved green would leave the bounds, it stays, and red and blue carry the rest."""
    plate = _on_halves(_random_plate(0.999, 1, 13))
    plate[:, (0, 1)] = 1
    merged = plate.copy()
    merged[:, short] -= by
    assert measure_luma_law(merged, plate).worst_ratio > 1

    file_rgb = round_to_half(merged, plate)

    assert (file_rgb[:, 1] == 1).all()
    assert file_rgb.max() == 1
    assert measure_luma_law(file_rgb, plate).worst_ratio <= 1


def test_round_returns_an_untouched_half_plate() -> None:
    """A half plate merged with nothing new comes back bit for bit."""
    plate = _on_halves(_random_plate(-0.5, 12, 14))

    assert np.array_equal(round_to_half(plate, plate), plate.astype(np.float16))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_round_refuses_chroma_that_is_no_number(value: float) -> None:
    """A merge that holds NaN, as broken chroma leaves it, never reaches a file."""
    plate = np.full((3, 4, 3), 0.5, np.float32)
    chroma = np.zeros((3, 4, 2), np.float32)
    chroma[1, 2] = value, -value

    with pytest.raises(ColourError, match="not numbers"):
        round_to_half(merge_chroma(plate, chroma).rgb, plate)


def test_round_refuses_what_overflows_a_half() -> None:
    """A picture that was never fitted to its plate is refused, not written as infinity."""
    plate = np.full((3, 4, 3), 0.5, np.float32)
    rgb = plate.copy()
    rgb[0, 0, 0] = 1e6

    with pytest.raises(ColourError, match="not numbers"):
        round_to_half(rgb, plate)


@pytest.mark.parametrize("value", [65536.0, -1e6, np.inf, np.nan])
def test_round_refuses_a_plate_beyond_half(value: float) -> None:
    """A plate that a half cannot hold is refused, not written as infinity."""
    plate = np.full((3, 4, 3), 0.5, np.float32)
    plate[2, 1, 1] = value

    with pytest.raises(ColourError, match="plate: holds values that a half EXR cannot"):
        round_to_half(np.full_like(plate, 0.5), plate)


def test_law_notices_a_step_of_luma() -> None:
    """One half step of green too much, at one pixel, breaks the law."""
    plate = np.full((5, 5, 3), 0.6, np.float16)
    file_rgb = plate.copy()
    file_rgb[3, 2, 1] = np.nextafter(file_rgb[3, 2, 1], np.float16(1))

    law = measure_luma_law(file_rgb, plate)

    assert law.largest == pytest.approx(0.7152 * 2.0**-11, rel=1e-9)
    assert law.worst_ratio > 1
    assert measure_luma_law(plate, plate).worst_ratio == 0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_law_never_holds_for_broken_pixels(value: float) -> None:
    """One pixel that is no number in an early block is not lost among good ones."""
    plate = np.full((PIXELS, 3), 0.6, np.float16)
    file_rgb = plate.copy()
    file_rgb[7, 0] = value

    assert not measure_luma_law(file_rgb, plate).worst_ratio <= 1


def test_fit_carries_broken_pixels_on() -> None:
    """A pixel that is no number stays one, and its neighbours are fitted as ever."""
    plate = np.full((2, 3), 0.5, np.float32)

    fit = fit_gamut(np.array([[np.inf, 0.5, -np.inf], [0.5, 0.5, 0.5]]), plate)

    assert np.isnan(fit.rgb[0]).all()
    assert (fit.rgb[1] == 0.5).all()


def test_fit_leaves_pixels_inside_alone() -> None:
    """Pixels inside the bounds come back bit for bit, and the share counts the others."""
    plate = _random_plate(-0.2, 1.5, 15)
    rgb = merge_chroma(plate, rgb_to_chroma(plate)).rgb
    rgb[::4] = np.add(plate[::4].mean(axis=1, keepdims=True), (3, -1, 2))

    fit = fit_gamut(rgb, plate)

    low, high = _bounds(plate)
    outside = ((rgb < low) | (rgb > high)).any(axis=1)
    assert fit.share == outside.mean() > 0.2
    assert np.array_equal(fit.rgb[~outside].view(np.uint32), rgb[~outside].view(np.uint32))


def test_fit_pulls_along_chroma_to_the_bound() -> None:
    """A pulled pixel keeps its hue and ends on the bound, no further in than a rounding."""
    plate = _random_plate(0, 1, 16)
    chroma = _new_chroma(plate, 0.5)

    fitted = merge_chroma(plate, chroma).rgb

    low, high = _bounds(plate)
    touched = (np.abs(rgb_to_chroma(fitted) - chroma) > 1e-3).any(axis=1)
    to_bound = np.minimum(fitted - low, high - fitted).min(axis=1)
    kept = rgb_to_chroma(fitted)
    across = chroma[:, 0] * kept[:, 1] - chroma[:, 1] * kept[:, 0]
    assert touched.mean() > 0.3
    assert to_bound[touched].max() <= FLOAT32_ROUNDING
    assert np.abs(across[touched]).max() < 1e-6
    assert ((chroma * kept).sum(axis=1)[touched] >= 0).all()


@pytest.mark.parametrize(
    ("plate", "chroma", "expected"),
    [
        pytest.param((1, 1, 1), (0.3, -0.2), (1, 1, 1), id="white has no room for chroma"),
        pytest.param((0, 0, 0), (0.3, -0.2), (0, 0, 0), id="black has none either"),
        pytest.param((4, 4, 4), (0.0, 0.5), (4, 4, 4), id="a highlight is its own bound"),
        pytest.param((0.2126, 0.2126, 0.2126), (0.0, 2.0), None, id="red up to 1"),
    ],
)
def test_merge_meets_known_pixels(
    plate: tuple[float, ...], chroma: tuple[float, ...], expected: tuple[float, ...] | None
) -> None:
    """Hand-made pixels end where geometry puts them."""
    merge = merge_chroma(np.array(plate, np.float32), np.array(chroma, np.float32))

    assert merge.gamut_share == 1
    if expected is None:
        assert merge.rgb.min() == pytest.approx(0, abs=1e-7)
        assert rgb_to_luma(merge.rgb) == pytest.approx(0.2126, abs=1e-7)
    else:
        assert tuple(merge.rgb) == expected


@pytest.mark.parametrize(("grey", "bound"), [(1.2, 1), (-0.1, 0)])
def test_fit_ends_at_the_neutral_bound(grey: float, bound: float) -> None:
    """A pixel whose very luma is outside becomes the neutral bound."""
    plate = np.full((2, 3), 0.5, np.float32)
    rgb = np.array([[grey + 0.1, grey, grey - 0.1], [grey] * 3], np.float32)

    assert (fit_gamut(rgb, plate).rgb == bound).all()


def test_results_do_not_depend_on_layout() -> None:
    """Odd sizes, flipped views and other block seams give the same pixels, inputs untouched."""
    plate = _random_plate(-0.5, 2, 17)[: 129 * 131].reshape(129, 131, 3)
    assert plate[..., 0].size > BLOCK_PIXELS
    chroma = _new_chroma(plate, 0.3)
    before = plate.copy(), chroma.copy()

    whole = merge_chroma(plate, chroma)
    flipped = merge_chroma(plate[::-1, ::-1], chroma[::-1, ::-1])
    row = merge_chroma(plate[77], chroma[77])

    assert np.array_equal(flipped.rgb[::-1, ::-1], whole.rgb)
    assert flipped.gamut_share == whole.gamut_share
    assert np.array_equal(row.rgb, whole.rgb[77])
    rounded = round_to_half(whole.rgb, plate)
    assert np.array_equal(round_to_half(flipped.rgb, plate[::-1, ::-1])[::-1, ::-1], rounded)
    assert np.array_equal(plate, before[0])
    assert np.array_equal(chroma, before[1])


def test_sizes_that_differ_are_refused() -> None:
    """A chroma of another size than its plate is a caller's mistake."""
    with pytest.raises(ValueError, match="does not lie on plate"):
        merge_chroma(np.zeros((4, 4, 3), np.float32), np.zeros((4, 5, 2), np.float32))
