"""ChromaResolve Inspect: each claim of its header, and known colours on known places."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import LUMA_WEIGHTS, ycbcr_to_rgb
from chromaresolve.shaders import read_shader
from shader_bench import Backend, needs, run_shader
from shader_twins import (
    DIM,
    MARK_ABOVE,
    MARK_BELOW,
    MID_GREY,
    SKIN_ANGLE,
    SKIN_LEAST,
    InspectView,
    Picture,
    inspect,
    is_skin,
    y_cb_cr,
)

SHADER = Path(__file__).parents[1] / "dctl" / "ChromaResolve Inspect.dctl"

AGREEMENT = 1e-5
"""What shader and twin may differ, per unit of the pixel's largest channel: rounding in float32."""

SKIN_PATCHES = {"dark skin": (115, 82, 68), "light skin": (194, 150, 130)}
"""The two skin patches of the ColorChecker Classic, sRGB in 8 bits as X-Rite publishes them."""

BARS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "yellow": (1, 1, 0)}
"""Colours of 100 % bars."""


def picture(low: float, high: float, seed: int) -> Picture:
    """Return random R'G'B' between two values, odd in size."""
    return np.random.default_rng(seed).uniform(low, high, (37, 53, 3)).astype(np.float32)


PICTURES = {
    "display": picture(0, 1, 1),
    "wide": picture(-0.5, 4, 2),
    "negative": picture(-2, 0, 3),
    "pale": picture(0.48, 0.52, 4),
    "huge": picture(-65504, 65504, 5),
}

GAINED = (
    InspectView.CB,
    InspectView.CR,
    InspectView.CHROMA,
    InspectView.CHROMA_DIFFERENCE,
)
"""The views that Gain multiplies."""

EVERY_PICTURE = pytest.mark.parametrize("name", PICTURES)


@pytest.fixture(params=["cpp", "pocl"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each compiler that can run a shader here."""
    needs(request.param)
    name: Backend = request.param
    return name


def show(rgb: Picture, backend: Backend, *, fast_math: bool = False, **values: float) -> Picture:
    """Run the shader on one picture."""
    return run_shader(SHADER, rgb, values=values, backend=backend, fast_math=fast_math)


def line(*colours: tuple[float, ...]) -> Picture:
    """Return a picture of one row, a pixel for each colour."""
    return np.array([colours], np.float32)


def hue(angle: float, length: float, luma: float = 0.5) -> Picture:
    """Return one pixel whose chroma has this angle from the Cb axis and this length."""
    turned = np.radians(angle)
    return ycbcr_to_rgb(line((luma, length * np.cos(turned), length * np.sin(turned))))


def disagreement(
    rgb: Picture, backend: Backend, *, fast_math: bool = False, **values: float
) -> str:
    """Tell where shader and twin differ most under these settings; empty if they agree."""
    shown = run_shader(SHADER, rgb, values=values, backend=backend, fast_math=fast_math)
    unit = np.maximum(np.abs(rgb).max(axis=-1, keepdims=True), 1).astype(np.float64)
    if values.get("view") in GAINED:
        unit *= values.get("chroma_gain", 1)
    off = np.abs(shown - inspect(rgb, **values)) / unit
    if off.max() <= AGREEMENT:
        return ""
    row, column, channel = np.unravel_index(off.argmax(), off.shape)
    return f"{values}: {off.max():.2e} at row {row}, column {column}, channel {channel}"


def is_grey(shown: Picture) -> bool:
    """Tell whether all three channels are equal at every pixel."""
    return bool((shown == shown[..., :1]).all())


def test_offers_the_twins_views() -> None:
    """The views on the panel are the twin's, in its order."""
    views = next(c for c in read_shader(SHADER).controls if c.name == "view")
    names = [label.upper().replace(" ", "_") for label in views.choice_labels]
    assert names == [view.name for view in InspectView]


@pytest.mark.parametrize("view", list(InspectView))
@EVERY_PICTURE
def test_agrees_with_the_twin(name: str, view: InspectView, backend: Backend) -> None:
    """Each view is the twin's, within 0 to 1 and beyond."""
    rgb = PICTURES[name]
    assert not disagreement(rgb, backend, view=view, chroma_gain=2.5, skin_width=17.5)


def test_shows_luma_as_a_lut(backend: Backend) -> None:
    """With the defaults, which is what a LUT has, the picture is its luma, grey."""
    shown = show(PICTURES["display"], backend)
    assert is_grey(shown)
    assert not disagreement(PICTURES["display"], backend)


@pytest.mark.parametrize("fast_math", [False, True])
def test_keeps_neutrals_exact(backend: Backend, *, fast_math: bool) -> None:
    """A neutral has exactly its own value as luma, and exactly mid grey as Cb and Cr."""
    neutrals = np.repeat(PICTURES["wide"][..., :1], 3, axis=-1)
    luma = show(neutrals, backend, fast_math=fast_math)
    assert np.array_equal(luma, neutrals)
    for view in (InspectView.CB, InspectView.CR):
        shown = show(neutrals, backend, view=view, chroma_gain=16.0, fast_math=fast_math)
        assert (shown == MID_GREY).all()


@pytest.mark.parametrize(
    ("bar", "view", "value"),
    [
        pytest.param("red", InspectView.LUMA, 0.2126, id="luma of red"),
        pytest.param("green", InspectView.LUMA, 0.7152, id="luma of green"),
        pytest.param("blue", InspectView.CB, 1.0, id="blue ends the Cb axis"),
        pytest.param("yellow", InspectView.CB, 0.0, id="yellow ends it below"),
        pytest.param("red", InspectView.CR, 1.0, id="red ends the Cr axis"),
    ],
)
def test_measures_bars_as_bt_709_does(
    bar: str, view: InspectView, value: float, backend: Backend
) -> None:
    """Luma and chroma of 100 % bars are those of Rec. ITU-R BT.709-6, items 3.2 and 3.3."""
    np.testing.assert_allclose(show(line(BARS[bar]), backend, view=view)[0, 0], value, atol=1e-6)


@pytest.mark.parametrize("gain", [1.0, 4.0])
@pytest.mark.parametrize("name", ["display", "wide"])
def test_shows_chroma_at_one_luma(name: str, gain: float, backend: Backend) -> None:
    """The view Chroma has the picture's chroma times Gain, and mid grey's luma everywhere."""
    shown = show(PICTURES[name], backend, view=InspectView.CHROMA, chroma_gain=gain)
    (luma, cb, cr), (_, cb_was, cr_was) = y_cb_cr(shown), y_cb_cr(PICTURES[name])
    np.testing.assert_allclose(luma, MID_GREY, atol=gain * 1e-6)
    np.testing.assert_allclose(cb, gain * cb_was, atol=gain * AGREEMENT)
    np.testing.assert_allclose(cr, gain * cr_was, atol=gain * AGREEMENT)


def test_measures_the_distance_to_neutral(backend: Backend) -> None:
    """Chroma Difference is the length of chroma times Gain: none on a grey."""
    pixels = np.concatenate((hue(40, 0.1), hue(250, 0.2), line((0.7, 0.7, 0.7))), axis=1)
    shown = show(pixels, backend, view=InspectView.CHROMA_DIFFERENCE, chroma_gain=2.0)
    assert is_grey(shown)
    np.testing.assert_allclose(shown[0, :, 0], (0.2, 0.4, 0), atol=AGREEMENT)


def test_tells_every_channel_out_of_range(backend: Backend) -> None:
    """Each of the 27 ways to be out of range reads back, and a fifth of luma lies beneath."""
    values = (-0.25, 0.5, 1.25)
    states = line(*product(values, repeat=3))
    shown = show(states, backend, view=InspectView.OUT_OF_RANGE)
    dim = DIM * (states @ np.array(LUMA_WEIGHTS)).clip(0, 1)
    for value, mark in zip(values, (MARK_BELOW, dim[..., None], MARK_ABOVE), strict=True):
        expected = np.broadcast_to(mark, states.shape)[states == value]
        np.testing.assert_allclose(shown[states == value], expected, atol=1e-7)
    assert dim.max() < MARK_BELOW, "the dim picture could be taken for a mark"


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_takes_black_and_white_as_in_range(value: float, backend: Backend) -> None:
    """Exactly 0 and exactly 1 are marked by nothing."""
    shown = show(line((value, value, value)), backend, view=InspectView.OUT_OF_RANGE)
    np.testing.assert_allclose(shown, DIM * value, atol=1e-7)


@pytest.mark.parametrize("patch", SKIN_PATCHES)
def test_finds_the_colorcheckers_skin(patch: str, backend: Backend) -> None:
    """Both skin patches lie within 1 degree of the line, so that the narrowest width shows them."""
    pixel = line(SKIN_PATCHES[patch]) / np.float32(255)
    shown = show(pixel, backend, view=InspectView.SKIN_LINE, skin_width=1.0)
    assert np.array_equal(shown, pixel)


@pytest.mark.parametrize("width", [1.0, 10.0, 45.0])
@pytest.mark.parametrize(("aside", "is_shown"), [(-0.05, True), (0.05, False)])
@pytest.mark.parametrize("side", [-1, 1])
def test_ends_at_the_skin_width(
    width: float, aside: float, side: int, backend: Backend, *, is_shown: bool
) -> None:
    """A hue just inside Skin Width is in colour, one just outside is its luma, on either side."""
    pixel = hue(SKIN_ANGLE + side * (width + aside), 0.1)
    shown = show(pixel, backend, view=InspectView.SKIN_LINE, skin_width=width)
    assert np.array_equal(shown, pixel) is is_shown
    assert is_grey(shown) is not is_shown


@pytest.mark.parametrize(
    "pixel",
    [
        pytest.param(hue(SKIN_ANGLE + 180, 0.1), id="the line's other end"),
        pytest.param(hue(SKIN_ANGLE, SKIN_LEAST * 0.99), id="too pale"),
        pytest.param(line((0.5, 0.5, 0.5)), id="grey"),
        pytest.param(line((0.0, 0.0, 0.0)), id="black"),
        pytest.param(line((0.2, 0.5, 0.2)), id="leaf"),
        pytest.param(line((0.2, 0.3, 0.7)), id="sky"),
    ],
)
def test_shows_the_luma_of_what_is_no_skin(pixel: Picture, backend: Backend) -> None:
    """All that is not near the line, or has no hue, is grey at its luma."""
    shown = show(pixel, backend, view=InspectView.SKIN_LINE, skin_width=45.0)
    assert is_grey(shown)
    np.testing.assert_allclose(shown[..., 0], y_cb_cr(pixel)[0], atol=1e-6)


@pytest.mark.parametrize("brightness", [0.1, 1.0, 6.0])
def test_knows_skin_at_any_brightness(brightness: float, backend: Backend) -> None:
    """What is bright enough to have a hue is judged by hue alone, and not clamped."""
    pixel = line(SKIN_PATCHES["light skin"]) / np.float32(255) * np.float32(brightness)
    has_hue = bool(is_skin(pixel, 1).all())
    assert has_hue is (brightness >= 1)
    shown = show(pixel, backend, view=InspectView.SKIN_LINE, skin_width=1.0)
    assert np.array_equal(shown, pixel) is has_hue


@pytest.mark.parametrize("view", [v for v in InspectView if v is not InspectView.OUT_OF_RANGE])
def test_clamps_nothing(view: InspectView, backend: Backend) -> None:
    """Values below 0 and above 1 pass through every view but Out Of Range."""
    shown = show(PICTURES["wide"] * np.float32(4), backend, view=view)
    assert shown.max() > 1
    if view is not InspectView.CHROMA_DIFFERENCE:
        assert shown.min() < 0


@pytest.mark.parametrize(
    "version", [pytest.param((18, 6), id="18.6"), pytest.param((19, 0), id="19.0")]
)
def test_shows_the_same_in_a_resolve_without_tooltips(version: tuple[int, int]) -> None:
    """Before 19.1 there are no tooltips; the picture is the same."""
    needs("cpp")
    rgb = PICTURES["display"]
    older = run_shader(SHADER, rgb, version=version, backend="cpp")
    assert np.array_equal(older, show(rgb, "cpp"))


@pytest.mark.slow
@pytest.mark.parametrize("fast_math", [False, True])
@pytest.mark.parametrize("view", list(InspectView))
@EVERY_PICTURE
def test_agrees_with_the_twin_in_every_setting(
    name: str, view: InspectView, backend: Backend, *, fast_math: bool
) -> None:
    """All settings, on all pictures, are the twin's."""
    wrong = [
        disagreement(
            PICTURES[name],
            backend,
            fast_math=fast_math,
            view=view,
            chroma_gain=gain,
            skin_width=width,
        )
        for gain, width in product((1.0, 2.5, 16.0), (1.0, 17.5, 45.0))
    ]
    assert not any(wrong), [problem for problem in wrong if problem]
