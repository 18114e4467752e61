"""What of a frame is looked at: the picture alone, without gate, crop and what is burnt out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.balance.encodings import decode
from chromaresolve.balance.sampling import (
    DEEPEST,
    WIDTH,
    Look,
    light_to_density,
    picture_area,
    sample_film,
    small_density,
)
from chromaresolve.errors import StageError

Pixels = NDArray[np.float32]

NO_CROP = (0, 0, 0, 0)

HEIGHT, WIDE = 120, 200
"""Of the picture in its gate: smaller than what is looked at, so that nothing is averaged."""

PINK = (0.4, 1.1, 0.8)
"""Density of a faded grey."""

GATE_709 = 0.02
"""Display value of a scanner's gate: a density of 4."""

ROUNDING = 1e-4
"""Densities up to 3, through a power and a logarithm in float32."""


def look_at(picture_709: Pixels) -> Look:
    """A display-encoded frame as it is looked at."""
    return Look(light=decode(picture_709, "gamma24"), display_709=picture_709)


def to_709(density: Pixels) -> Pixels:
    """Display values of densities."""
    return np.asarray(10 ** (-density / 2.4), np.float32)


def pink_picture(height: int = HEIGHT, width: int = WIDE) -> Pixels:
    """A faded print of greys: density runs between 0.25 and 2.5 times `PINK`, across and back."""
    across = np.linspace(0, 4 * np.pi, width, dtype=np.float32)
    density = np.float32(1.375) - np.float32(1.125) * np.cos(across)
    return np.broadcast_to(
        to_709(density[:, np.newaxis] * np.array(PINK, np.float32)), (height, width, 3)
    ).copy()


GATES = {
    "left": (30, 0, 0, 0),
    "top": (0, 20, 0, 0),
    "right": (0, 0, 30, 0),
    "bottom": (0, 0, 0, 20),
    "left and right": (25, 0, 35, 0),
    "around": (30, 20, 18, 12),
    "one line": (0, 1, 0, 0),
}
"""Lines of gate at the left, top, right and bottom."""


def in_gate(picture_709: Pixels, gate: tuple[int, int, int, int]) -> Pixels:
    """Lay a picture in a gate, whose black is not quite even."""
    left, top, right, bottom = gate
    height, width = picture_709.shape[:2]
    shape = (top + height + bottom, left + width + right, 3)
    frame = np.random.default_rng(0).uniform(0.5, 1, shape).astype(np.float32) * GATE_709
    frame[top : top + height, left : left + width] = picture_709
    return frame


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES.keys())
def test_gate_is_cut_away_wherever_it_lies(gate: tuple[int, int, int, int]) -> None:
    """Every pixel of gate is left out, and of the picture no more than its outermost lines."""
    left, top, _, _ = gate
    inside = picture_area(decode(in_gate(pink_picture(), gate), "gamma24"))

    picture = np.zeros_like(inside)
    picture[top : top + HEIGHT, left : left + WIDE] = True
    assert not (inside & ~picture).any()
    assert (picture & ~inside).sum() <= 2 * 2 * (HEIGHT + WIDE)


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES.keys())
def test_gate_does_not_shine_into_the_sample(gate: tuple[int, int, int, int]) -> None:
    """Densities and steps keep the proportion of the film beside any gate, to the last pixel."""
    sample = sample_film([look_at(in_gate(pink_picture(), gate))], NO_CROP)

    for measured in (sample.density, sample.shading[np.abs(sample.shading[:, 1]) > 0.05]):
        ratio = measured / measured[:, 1:2]
        np.testing.assert_allclose(
            ratio, np.broadcast_to(np.array(PINK) / PINK[1], ratio.shape), atol=0.01
        )


def test_light_beyond_the_gate_is_no_picture() -> None:
    """Perforations and sound track: light beside the gate is left out with it."""
    frame = np.full((HEIGHT, 60 + WIDE, 3), 0.015, np.float32)
    frame[:, 60:] = pink_picture()
    frame[:, :20] = 0.9

    inside = picture_area(decode(frame, "gamma24"))

    assert not inside[:, :60].any()
    assert inside[:, 65:].all()


def test_dark_picture_is_no_gate() -> None:
    """A night scene's blacks keep some red light, as faded film does: all of it is picture."""
    night = np.broadcast_to(to_709(np.array([[0.8, 2.9, 2.0]], np.float32)), (90, 160, 3)).copy()

    assert picture_area(decode(night, "gamma24")).all()


def test_black_far_inside_is_a_hole_and_no_gate() -> None:
    """A black bar in the middle of the picture is left out; what lies beyond it is not."""
    frame = pink_picture()
    frame[50:60] = 0.01

    inside = picture_area(decode(frame, "gamma24"))

    assert not inside[50:60].any()
    assert inside[:40].all()
    assert inside[70:].all()


def test_crop_is_honoured() -> None:
    """What the artist says is no picture is not looked at, whatever it shows."""
    frame = pink_picture()
    frame[:20], frame[-10:], frame[:, :30], frame[:, -40:] = 0.5, 0.6, 0.7, 0.8

    cropped = sample_film([look_at(frame)], (30, 20, 40, 10))
    alone = sample_film([look_at(frame[20:-10, 30:-40].copy())], NO_CROP)

    np.testing.assert_array_equal(cropped.density, alone.density)
    np.testing.assert_array_equal(cropped.shading, alone.shading)


@pytest.mark.parametrize(
    "crop",
    [
        pytest.param((150, 0, 50, 0), id="all columns"),
        pytest.param((150, 0, 150, 0), id="more columns than there are"),
        pytest.param((0, 200, 0, 0), id="more rows than there are"),
    ],
)
def test_crop_that_leaves_nothing_is_refused(crop: tuple[int, int, int, int]) -> None:
    """The sentence names the frame's size; no library's error comes through."""
    with pytest.raises(StageError, match=r"\[crop\] leaves nothing of 200 x 120: make it smaller"):
        sample_film([look_at(pink_picture())], crop)


@pytest.mark.parametrize(
    ("value", "record"),
    [
        pytest.param((1.0, 0.9, 0.9), 0, id="red burnt out"),
        pytest.param((0.99, 0.99, 1.4), 2, id="blue beyond white"),
        pytest.param((0.001, 0.2, 0.2), None, id="red lost"),
        pytest.param((-0.2, 0.2, 0.2), None, id="red below black"),
    ],
)
def test_pixels_that_say_nothing_are_out(
    value: tuple[float, float, float], record: int | None
) -> None:
    """Burnt-out and lost pixels are in no density; only the burnt-out ones are counted."""
    frame = pink_picture()
    frame[30:60, 50:90] = value

    sample = sample_film([look_at(frame)], NO_CROP)

    expected = [0.0, 0.0, 0.0]
    if record is not None:
        expected[record] = 30 * 40 / (HEIGHT * WIDE)
    np.testing.assert_allclose(sample.burnt_out, expected, atol=ROUNDING)
    ratio = sample.density / sample.density[:, 1:2]
    np.testing.assert_allclose(
        ratio, np.broadcast_to(np.array(PINK) / PINK[1], ratio.shape), atol=0.01
    )


def test_aces_original_holds_what_the_display_clips() -> None:
    """Where display values are not all there was, burnt-out ones count like any other."""
    frame = pink_picture()
    frame[30:60, 50:90] = 1.0
    light = decode(pink_picture(), "gamma24")

    sample = sample_film([Look(light=light, display_709=frame, clips=False)], NO_CROP)

    assert sample.burnt_out == (0, 0, 0)
    assert len(sample.density) == HEIGHT * WIDE


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_what_is_no_number_is_out(value: float) -> None:
    """A broken pixel, block or line of a scan changes no density around it, and breaks nothing."""
    frame = pink_picture()
    frame[10, 10, 1] = value
    frame[40:70, 60:100] = value
    frame[100] = value

    sample = sample_film([look_at(frame)], NO_CROP)

    assert np.isfinite(sample.density).all()
    assert np.isfinite(sample.shading).all()
    ratio = sample.density / sample.density[:, 1:2]
    np.testing.assert_allclose(
        ratio, np.broadcast_to(np.array(PINK) / PINK[1], ratio.shape), atol=0.01
    )


NOTHING_SEEN = {
    "black": (np.zeros((90, 160, 3)), "the frames are black"),
    "gate alone": (np.full((90, 160, 3), 0.02), "the frames are black"),
    "not a number": (np.full((90, 160, 3), np.nan), "the frames are black"),
    "white": (np.ones((90, 160, 3)), "red is burnt out in 100% of the picture: scan it darker"),
    "red alone burnt out": (
        np.broadcast_to([1.0, 0.4, 0.5], (90, 160, 3)),
        "red is burnt out in 100% of the picture: scan it darker",
    ),
    "blue alone burnt out": (
        np.broadcast_to([0.4, 0.4, 1.0], (90, 160, 3)),
        "blue is burnt out in 100% of the picture: scan it darker",
    ),
    "a handful of pixels": (np.full((9, 11, 3), 0.5), "nearly nothing is left of them"),
}
"""A frame that shows nothing, and what is said."""


@pytest.mark.parametrize(("frame", "sentence"), NOTHING_SEEN.values(), ids=NOTHING_SEEN.keys())
def test_frames_without_a_picture_are_refused(frame: NDArray[np.floating], sentence: str) -> None:
    """The reason is the true one: black, or which record is burnt out; and what to do."""
    with pytest.raises(StageError, match=sentence):
        sample_film([look_at(np.asarray(frame, np.float32))], NO_CROP)


def test_one_good_frame_is_enough() -> None:
    """A black frame and a burnt-out one add nothing and take nothing away."""
    good = look_at(pink_picture())
    black, white = (look_at(np.full((HEIGHT, WIDE, 3), v, np.float32)) for v in (0, 1))

    sample = sample_film([black, good, white], NO_CROP)

    np.testing.assert_array_equal(sample.density, sample_film([good], NO_CROP).density)


SIZES = {"odd": (97, 131), "one row": (1, 300), "one column": (300, 1), "tiny": (11, 13)}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_any_size_is_taken(size: tuple[int, int]) -> None:
    """From a hundred pixels on, every shape is a picture."""
    sample = sample_film([look_at(pink_picture(*size))], NO_CROP)

    assert len(sample.density) == size[0] * size[1]
    assert sample.shading.shape[1] == 3


def test_large_frames_are_looked_at_small() -> None:
    """Averaging takes the grain off, and memory: 512 pixels across, whatever the scan's."""
    density = small_density(look_at(pink_picture(60, 2000)), NO_CROP)

    assert density.shape == (round(60 * WIDTH / 2000), WIDTH, 3)


def test_frame_that_is_no_contiguous_array_is_taken() -> None:
    """A view of a file's pixels, turned or thinned out, is looked at like a copy of it."""
    frame = pink_picture(60, 400)[:, ::2]

    view, copy = (sample_film([look_at(one)], NO_CROP) for one in (frame, frame.copy()))

    np.testing.assert_array_equal(view.density, copy.density)


def test_grain_is_averaged_away() -> None:
    """Grain of 0.1 density widens no record's range by more than a third of that."""
    grain = np.random.default_rng(1).normal(0, 0.1, (HEIGHT, WIDE, 3))
    flat = np.broadcast_to(np.array(PINK), (HEIGHT, WIDE, 3))

    sample = sample_film([look_at(to_709(np.asarray(flat + grain, np.float32)))], NO_CROP)

    assert sample.density.std(axis=0).max() < 0.1 / 3


def test_film_holds_no_deeper_black_than_its_densest() -> None:
    """No light, and less than none, is as dense as film gets; light beyond white is below 0."""
    density = light_to_density(np.array([0, -1, 1e-9, 1, 10], np.float32))

    np.testing.assert_allclose(density, [DEEPEST, DEEPEST, DEEPEST, 0, -1], atol=ROUNDING)


def test_gate_is_no_number_in_a_small_density() -> None:
    """So that nobody compares it with a Reference's picture."""
    density = small_density(look_at(in_gate(pink_picture(), (30, 20, 18, 12))), NO_CROP)

    assert np.isnan(density[:20]).all()
    assert np.isfinite(density[25:-20, 35:-25]).all()
