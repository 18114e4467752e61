"""Scopes: known pictures fall where the standard puts them, and nothing beyond is hidden."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest

from chromaresolve.colour.luma import Pixels
from chromaresolve.scopes import (
    GROUND,
    WARNING,
    Channels,
    Words,
    draw_words,
    vectorscope,
    waveform,
    wrap_words,
)
from chromaresolve.scopes.lettering import measure_width
from chromaresolve.scopes.trace import EDGE, hits_to_light
from chromaresolve.scopes.vectors import (
    BARS,
    BOX,
    FULL_CHROMA,
    SKIN_DEGREES,
    _graticule,
    bar_targets,
    chroma_to_place,
)
from chromaresolve.scopes.waves import APART, LINES, MARGIN, value_to_row

HEIGHT, WIDTH, SIDE = 300, 544, 300
"""Sizes of the scopes looked at; the luma trace is 500 px wide, as the pictures are."""

SEEN = 0.04
"""Display value, ten 8 bit codes, by which a lone pixel's trace must stand out from the ground."""

EXACT = 1e-6
"""Colours are the same: they were copied, or are a few float32 roundings apart."""

BEARING = 3
"""Pixels that a letter may stand in from its own place; letters have room to their left and right.
"""

EMPTY = np.full((4, 4, 3), 3.0, dtype=np.float32)
"""A picture beyond every scale: no trace on the face of a waveform."""


def grey(values: object, *, height: int = 40) -> Pixels:
    """Return a picture of neutral columns, one per value."""
    column = np.asarray(values, dtype=np.float32)
    return np.tile(column[None, :, None], (height, 1, 3))


def flat(*rgb: float, height: int = 32, width: int = 48) -> Pixels:
    """Return a picture of one colour."""
    return np.tile(np.array(rgb, dtype=np.float32), (height, width, 1))


def trace(picture: Pixels, *, channels: Channels = "luma") -> Pixels:
    """Return what the trace has drawn, black elsewhere, without the margin and the edges."""
    drawn = waveform(picture, height=HEIGHT, width=WIDTH, channels=channels).picture
    empty = waveform(EMPTY, height=HEIGHT, width=WIDTH, channels=channels).picture
    return np.where(drawn != empty, drawn, 0)[EDGE:-EDGE, MARGIN:]


def vector_trace(picture: Pixels) -> Pixels:
    """Return what the trace has drawn in a vectorscope, black elsewhere, (side, side)."""
    drawn = vectorscope(picture, side=SIDE).picture
    return np.asarray(np.where(drawn != _graticule(SIDE), drawn, 0).max(axis=-1))


def is_warning(pixels: Pixels) -> np.ndarray:
    """Return which pixels have the warning colour."""
    return np.asarray((np.abs(pixels - np.array(WARNING)) < EXACT).all(axis=-1))


def test_waveform_of_a_ramp_is_the_diagonal() -> None:
    """Each column's trace is brightest within half a row of its value's place on the scale."""
    values = np.linspace(0, 1, 500)

    shown = trace(grey(values))[:, :500].max(axis=-1)

    rows = shown.argmax(axis=0) + EDGE
    expected = HEIGHT - EDGE - (values + 0.1) / 1.2 * (HEIGHT - 2 * EDGE)
    off = np.abs(rows + 0.5 - expected)
    assert off.max() < 0.51, f"{off.max():.1f} px off in column {off.argmax()}"


def test_waveform_draws_its_lines_where_their_values_fall() -> None:
    """A grey of 0, 0.25 to 1 lies on its own line, and the lines are evenly apart."""
    rows = value_to_row(LINES, height=HEIGHT)
    empty = waveform(EMPTY, height=HEIGHT, width=WIDTH).picture

    assert (np.abs(np.diff(rows, n=2)) <= 1).all()
    assert (empty[rows, MARGIN + 5] > GROUND[0] + SEEN).all()
    for value, row in zip(LINES, rows, strict=True):
        assert trace(flat(value, value, value))[..., 0].max(axis=1).argmax() + EDGE == row


def test_waveform_counts_what_is_beyond_the_scale() -> None:
    """A ramp from -0.3 to 1.3 is a quarter beyond, marked at both edges and in its own columns."""
    values = np.linspace(-0.3, 1.3, 500)

    scope = waveform(grey(values), height=HEIGHT, width=WIDTH)

    above, below = is_warning(scope.picture[:EDGE]), is_warning(scope.picture[-EDGE:])
    assert scope.beyond == pytest.approx(np.mean((values > 1.1) | (values < -0.1)), abs=1e-9)
    assert scope.beyond == pytest.approx(0.25, abs=0.005)
    np.testing.assert_array_equal(above[:, MARGIN : MARGIN + 500], [values > 1.1] * EDGE)
    np.testing.assert_array_equal(below[:, MARGIN : MARGIN + 500], [values < -0.1] * EDGE)
    assert not is_warning(scope.picture[EDGE:-EDGE]).any()


def test_waveform_marks_nothing_that_fits() -> None:
    """Values a little beyond black and white are on the scale and warn of nothing."""
    scope = waveform(grey(np.linspace(-0.09, 1.09, 99)), height=HEIGHT, width=WIDTH)

    assert scope.beyond == 0
    assert not is_warning(scope.picture).any()


def test_waveform_marks_one_stray_value() -> None:
    """One pixel of a picture that is far beyond is marked, and its share is one pixel's."""
    picture = flat(0.5, 0.5, 0.5, height=100, width=500)
    picture[7, 250, 2] = -65504.0

    scope = waveform(picture, height=HEIGHT, width=WIDTH, channels="parade")

    assert scope.beyond == 1 / picture.size
    assert is_warning(scope.picture[-EDGE:]).any(axis=0).sum() == 1


def test_waveform_shows_a_single_pixel_of_a_2k_frame() -> None:
    """One pixel among three million leaves a trace that the eye finds."""
    picture = flat(0.2, 0.2, 0.2, height=1556, width=2048)
    picture[700, 1024] = 0.6

    shown = trace(picture).max(axis=-1)

    row = int(value_to_row(0.6, height=HEIGHT)) - EDGE
    assert shown[row, 1024 * 500 // 2048] > GROUND[0] + SEEN


def test_waveform_parades_red_green_and_blue() -> None:
    """Each channel has its own part, at its own height, in its own colour."""
    values = (0.8, 0.6, 0.3)
    shown = trace(flat(*values, width=700), channels="parade")

    part = (WIDTH - MARGIN) // 3
    for channel, value in enumerate(values):
        face = shown[:, channel * part + 2 : (channel + 1) * part - APART - 2]
        row = int(value_to_row(value, height=HEIGHT)) - EDGE
        assert (face.max(axis=-1).argmax(axis=0) == row).all()
        assert (face[row].argmax(axis=-1) == channel).all()


@pytest.mark.parametrize("channels", ["luma", "overlay"])
def test_waveform_of_grey_is_grey(channels: Channels) -> None:
    """A neutral picture's trace is neutral: the three channels over one another tint nothing."""
    random = np.random.default_rng(1).uniform(0, 1, (60, 500))
    picture = np.repeat(random[..., None], 3, axis=-1).astype(np.float32)

    shown = waveform(picture, height=HEIGHT, width=WIDTH, channels=channels).picture

    assert np.ptp(shown, axis=-1).max() < EXACT


def test_waveform_overlay_tells_channels_apart() -> None:
    """Where only one channel has a value, the overlay has that channel's colour."""
    shown = trace(flat(0.7, 0.5, 0.2), channels="overlay")

    for channel, value in enumerate((0.7, 0.5, 0.2)):
        row = int(value_to_row(value, height=HEIGHT)) - EDGE
        assert shown[row, 200].argmax() == channel


def test_waveform_is_filled_by_a_small_picture() -> None:
    """A picture narrower than the scope fills it, and no column stays dark."""
    small = grey(np.linspace(0.02, 0.98, 50))

    shown = trace(small)[:, :500].max(axis=-1)

    rows = shown.argmax(axis=0) + EDGE
    np.testing.assert_array_equal(rows, value_to_row(small[0, :, 0], height=HEIGHT).repeat(10))
    assert (shown.max(axis=0) > GROUND[0] + SEEN).all()


@pytest.mark.parametrize("channels", ["luma", "parade", "overlay"])
def test_scopes_take_pixels_in_any_order_in_memory(channels: Channels) -> None:
    """A picture seen through strides, of odd size, reads as its plain copy does."""
    wide = np.random.default_rng(2).uniform(-0.5, 1.5, (75, 130, 4)).astype(np.float32)
    strided = wide[::-1, ::2, 2::-1]
    plain = np.ascontiguousarray(strided)

    first = waveform(strided, height=HEIGHT, width=WIDTH, channels=channels)
    second = waveform(plain, height=HEIGHT, width=WIDTH, channels=channels)

    np.testing.assert_array_equal(first.picture, second.picture)
    assert first.picture.shape == (HEIGHT, WIDTH, 3)
    assert first.picture.dtype == np.float32
    assert first.beyond == second.beyond
    np.testing.assert_array_equal(
        vectorscope(strided, side=SIDE).picture, vectorscope(plain, side=SIDE).picture
    )


def test_scopes_do_not_remember_the_last_picture() -> None:
    """The scale is drawn once and used again: no trace is left on it."""
    noise = np.random.default_rng(3).uniform(-1, 2, (40, 60, 3)).astype(np.float32)
    before = [
        waveform(EMPTY, height=HEIGHT, width=WIDTH).picture,
        vectorscope(EMPTY, side=SIDE).picture,
    ]

    waveform(noise, height=HEIGHT, width=WIDTH)
    vectorscope(noise, side=SIDE)

    after = [
        waveform(EMPTY, height=HEIGHT, width=WIDTH).picture,
        vectorscope(EMPTY, side=SIDE).picture,
    ]
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])


def test_scopes_refuse_to_be_too_small() -> None:
    """A scope without room for its scale is a mistake of the caller."""
    with pytest.raises(ValueError, match="40x300 px"):
        waveform(EMPTY, height=HEIGHT, width=40, channels="parade")
    with pytest.raises(ValueError, match="40x40 px"):
        vectorscope(EMPTY, side=40)


def test_targets_are_the_standards() -> None:
    """The bars' chroma is BT.709's: Cb = (B' - Y') / 1.8556, Cr = (R' - Y') / 1.5748, at 75 %."""
    for letters, (red, green, blue) in BARS.items():
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        expected = (0.75 * (blue - luma) / 1.8556, 0.75 * (red - luma) / 1.5748)
        np.testing.assert_allclose(bar_targets()[letters], expected, atol=EXACT)


@pytest.mark.parametrize("letters", BARS)
def test_vectorscope_puts_each_bar_in_its_box(letters: str) -> None:
    """A 75 % bar lights the middle of its own box and nothing outside of it."""
    shown = vector_trace(flat(*(0.75 * np.array(BARS[letters]))))

    x, y = chroma_to_place(bar_targets()[letters], side=SIDE)
    rows, columns = np.nonzero(shown)
    reach = BOX * (chroma_to_place((1, 0), side=SIDE)[0] - SIDE // 2)
    assert math.hypot(rows.mean() - y, columns.mean() - x) < 1
    assert np.abs(rows - y).max() < reach
    assert np.abs(columns - x).max() < reach


def test_vectorscope_puts_grey_in_the_centre() -> None:
    """Every grey from below black to above white is one point, the very centre."""
    shown = vector_trace(grey(np.linspace(-0.4, 1.4, 97)))

    rows, columns = np.nonzero(shown)
    assert (rows.mean(), columns.mean()) == (SIDE // 2, SIDE // 2)
    assert shown.sum(axis=0).nonzero()[0].size == shown.sum(axis=1).nonzero()[0].size == 3


@pytest.mark.parametrize("letters", BARS)
def test_vectorscope_traces_in_the_hue_itself(letters: str) -> None:
    """A colour's trace has that colour's own strongest and weakest channels."""
    bar = np.array(BARS[letters])
    x, y = np.rint(chroma_to_place(bar_targets()[letters], side=SIDE)).astype(int)

    drawn = vectorscope(flat(*(0.75 * bar)), side=SIDE).picture[y, x]

    assert drawn[bar == 1].min() > drawn[bar == 0].max() + SEEN
    assert drawn.max() < 1


def test_vectorscope_shows_a_single_pixel_of_a_2k_frame() -> None:
    """One red pixel in a grey frame leaves a trace that the eye finds."""
    picture = flat(0.4, 0.4, 0.4, height=1556, width=2048)
    picture[3, 4] = (0.6, 0.3, 0.3)

    shown = vector_trace(picture)

    shown[SIDE // 2 - 2 : SIDE // 2 + 3, SIDE // 2 - 2 : SIDE // 2 + 3] = 0
    assert shown.max() > GROUND[0] + SEEN


def test_vectorscope_marks_what_is_beyond_at_its_hue() -> None:
    """Colour twice what a display has is drawn at the border, in the direction of its hue."""
    picture = flat(0.3, 0.3, 0.3, height=32, width=32)
    picture[:8] = (2, 0, 0)  # 256 pixels, which an 8 bit count would take for none

    scope = vectorscope(picture, side=SIDE)

    rows, columns = np.nonzero(is_warning(scope.picture))
    cb, cr = bar_targets()["R"]
    angle = math.atan2(SIDE // 2 - rows.mean(), columns.mean() - SIDE // 2)
    assert scope.beyond == 0.25
    assert rows.min() <= EDGE
    assert math.degrees(angle) == pytest.approx(math.degrees(math.atan2(cr, cb)), abs=1)


def test_vectorscope_marks_nothing_that_a_display_shows() -> None:
    """The corners of Rec.709 are all on the scope."""
    corners = np.indices((2, 2, 2)).reshape(3, -1).T.astype(np.float32)

    scope = vectorscope(corners.reshape(2, 4, 3), side=SIDE)

    assert scope.beyond == 0
    assert not is_warning(scope.picture).any()


def test_vectorscope_draws_circle_and_skin_line() -> None:
    """The circle is at 100 % chroma, and the line runs to it at 123 degrees, +I of NTSC."""
    empty = _graticule(SIDE).max(axis=-1)
    skin = math.radians(SKIN_DEGREES)

    def ink(angle: float, radius: float) -> float:
        place = chroma_to_place((radius * math.cos(angle), radius * math.sin(angle)), side=SIDE)
        x, y = np.rint(place).astype(int)
        return float(empty[y - 1 : y + 2, x - 1 : x + 2].max())

    assert SKIN_DEGREES == 123
    for degrees in range(5, 360, 30):
        assert ink(math.radians(degrees), FULL_CHROMA) > GROUND[0] + SEEN
    for radius in (0.1, 0.2, 0.3, 0.4):
        assert ink(skin, radius) > GROUND[0] + SEEN
        assert ink(skin + math.pi, radius) < GROUND[0] + SEEN


def test_light_grows_with_hits_and_is_bounded() -> None:
    """No hit is dark, one is faint, more is brighter, and no crowd is brighter than 1."""
    hits = np.zeros((3, 60), dtype=np.int64)
    hits[1, 3::10] = (0, 1, 10, 1000, 10**4, 10**6)

    light = hits_to_light(hits, most=10**4)[1, 3::10]

    assert light[0] == 0
    assert light[1] > 0.2
    assert (np.diff(light[:5]) > 0).all()
    np.testing.assert_allclose(light[4:], 1, atol=EXACT)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("sh010 $x^2$ \\alpha {", id="markup"),
        pytest.param("tab\t line\nfeed \x00 bell\x07", id="control"),
        pytest.param("日本語 \U0001f3ac ع", id="no such letter"),
        pytest.param("\ud800 alone", id="half a surrogate"),
        pytest.param("", id="none"),
    ],
)
def test_words_of_any_kind_are_drawn(text: str) -> None:
    """No title, however odd, fails or leaves a grey picture tinted."""
    words = Words(text=text, x=10, baseline=40, height_px=20, colour=(0.8, 0.8, 0.8))
    ground = flat(0.1, 0.1, 0.1, height=60, width=400)

    drawn = draw_words(ground, [words])

    assert (drawn != ground).any() == bool(text)
    assert np.ptp(drawn, axis=-1).max() < EXACT
    assert drawn.max() <= 0.8 + 1 / 255


@pytest.mark.parametrize(("anchor", "share"), [("left", 0), ("center", 0.5), ("right", 1)])
def test_words_stand_where_they_are_put(
    anchor: Literal["left", "center", "right"], share: float
) -> None:
    """The letters stand on their baseline, and begin where their anchor says."""
    text = "H" * 12
    wide = measure_width(text, 14)
    words = Words(text=text, x=200, baseline=30, height_px=14, colour=(1, 1, 1), anchor=anchor)

    drawn = draw_words(flat(0, 0, 0, height=60, width=400), [words])[..., 0]

    rows, columns = np.nonzero(drawn > 0.5)
    assert rows.max() == 29
    assert columns.min() == pytest.approx(200 - share * wide, abs=BEARING)
    assert columns.max() == pytest.approx(200 - share * wide + wide, abs=BEARING)


def test_words_leave_the_rest_of_a_picture_alone() -> None:
    """Pixels without ink keep their values, beyond black and white too, and the picture its own."""
    picture = np.random.default_rng(5).uniform(-1, 3, (60, 200, 3)).astype(np.float32)
    kept = picture.copy()
    words = Words(text="before", x=100, baseline=30, height_px=12, colour=(1, 1, 1))

    drawn = draw_words(picture, [words])

    np.testing.assert_array_equal(picture, kept)
    np.testing.assert_array_equal(drawn[:, :98], kept[:, :98])
    assert (drawn[:, 98:] != kept[:, 98:]).any()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("the red record has lost most of its density " * 4, id="sentence"),
        pytest.param("W" * 90 + " " + "i" * 90, id="wide and narrow"),
        pytest.param("/a/path/without/any/space" * 9, id="one word"),
    ],
)
def test_words_are_wrapped_to_their_room(text: str) -> None:
    """No line is wider than its room, no letter is lost, and no room is wasted."""
    lines = wrap_words(text, width=300, height_px=15)

    assert max(measure_width(line, 15) for line in lines) <= 300
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(lines) <= 2 * measure_width(text, 15) / 300 + 1


def test_no_words_are_no_line() -> None:
    """An empty sentence takes no room."""
    assert wrap_words(" \n ", width=300, height_px=15) == []
