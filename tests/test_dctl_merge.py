"""ChromaResolve Color Merge: each claim of its header, and the product's merges beside it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.composite.blend import LUM_WEIGHTS
from chromaresolve.shaders import read_shader
from shader_bench import Backend, needs, run_shader
from shader_twins import LumaFrom, MergeKind, MergeView, Picture, color_merge, y_cb_cr

SHADER = Path(__file__).parents[1] / "dctl" / "ChromaResolve Color Merge.dctl"

AGREEMENT = 1e-5
"""What shader and twin may differ, per unit of the largest channel of plate and merge: float32."""

LUMA_AGREEMENT = 1e-6
"""What the header promises of luma, per unit of the pixel's largest channel."""

SHAPE = (37, 53)
"""Height and width, odd and unequal: swapped coordinates would show."""


def picture(low: float, high: float, seed: int) -> Picture:
    """Return random R'G'B' between two values, with random alpha."""
    rng = np.random.default_rng(seed)
    rgb = rng.uniform(low, high, (*SHAPE, 3))
    return np.concatenate((rgb, rng.uniform(0, 1, (*SHAPE, 1))), axis=-1).astype(np.float32)


def near_grey(high: float, seed: int) -> Picture:
    """Return pixels that are grey but for their last bits."""
    shades = picture(0, high, seed)
    tint = np.array([1, 1.000001, 0.999999, 1], np.float32)
    return shades[..., :1] * tint


PAIRS = {
    "display": (picture(0, 1, 1), picture(0, 1, 2)),
    "wide": (picture(-0.5, 4, 3), picture(-0.5, 4, 4)),
    "negative": (picture(-2, 0, 5), picture(-2, 0, 6)),
    "white": (picture(0.99, 1, 7), picture(0, 1, 8)),
    "black": (picture(-0.001, 0.001, 9), picture(0, 1, 10)),
    "huge": (picture(-65504, 65504, 11), picture(-65504, 65504, 12)),
    "huge colour": (picture(0, 1, 13), picture(-65504, 65504, 14)),
}
"""Outgoing and incoming clips; 65504 is the largest half."""

BRIGHT_GREYS = (picture(0, 1, 15), near_grey(65504, 16))
"""A plate and colours so bright that the rounding of their chroma is larger than the plate."""

DIFFERENCES = (MergeView.LUMA_DIFFERENCE, MergeView.CHROMA_DIFFERENCE)

EVERY_PAIR = pytest.mark.parametrize("name", PAIRS)


@pytest.fixture(params=["cpp", "pocl"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each compiler that can run a shader here."""
    needs(request.param)
    name: Backend = request.param
    return name


def merge(
    pair: Sequence[Picture],
    backend: Backend,
    *,
    progress: float = 0.5,
    fast_math: bool = False,
    **values: float,
) -> Picture:
    """Run the shader on two clips."""
    return run_shader(
        SHADER, pair, values=values, backend=backend, progress=progress, fast_math=fast_math
    )


def size(*pictures: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return each pixel's largest channel in any of the pictures, 1 at least, (H, W, 1)."""
    largest = [np.abs(pixels[..., :3]).max(axis=-1, keepdims=True) for pixels in pictures]
    unit: NDArray[np.float64] = np.maximum(1.0, np.max(largest, axis=0).astype(np.float64))
    return unit


def disagreement(
    pair: Sequence[Picture], backend: Backend, *, fast_math: bool = False, **values: float
) -> str:
    """Tell where shader and twin differ most under these settings; empty if they agree."""
    shown = run_shader(SHADER, pair, values=values, backend=backend, fast_math=fast_math)
    outgoing, incoming = pair
    twin = color_merge(outgoing, incoming, **values)
    unit = size(incoming if values.get("luma_from") else outgoing, twin)
    if values.get("view") in DIFFERENCES:
        unit = values["difference_gain"] * size(outgoing, incoming)
    off = np.abs(shown - twin.astype(np.float64)) / unit
    if off.max() <= AGREEMENT:
        return ""
    row, column, channel = np.unravel_index(off.argmax(), off.shape)
    return f"{values}: {off.max():.2e} at row {row}, column {column}, channel {channel}"


def luma_off(shown: Picture, plate: Picture) -> float:
    """Return how far luma is off, per unit of the pixel's largest channel."""
    off = np.abs(y_cb_cr(shown)[0] - y_cb_cr(plate)[0])[..., None] / size(shown, plate)
    return float(off.max())


@pytest.mark.parametrize(
    ("variable", "choices"),
    [("luma_from", LumaFrom), ("merge_kind", MergeKind), ("view", MergeView)],
)
def test_offers_the_twins_choices(variable: str, choices: type[IntEnum]) -> None:
    """The choices on the panel are the twin's, in its order, and the first is the default."""
    controls = {control.name: control for control in read_shader(SHADER).controls}
    labels = [label.upper().replace(" ", "_") for label in controls[variable].choice_labels]
    assert labels == [choice.name for choice in choices]
    assert controls[variable].default == 0


@EVERY_PAIR
def test_makes_the_products_merge(name: str, backend: Backend) -> None:
    """Without a touched control the shader makes the exact merge of `chromaresolve composite`."""
    assert not disagreement(PAIRS[name], backend)


@EVERY_PAIR
def test_makes_the_w3c_blend(name: str, backend: Backend) -> None:
    """Merge Color is the standard's blend without its clip."""
    assert not disagreement(PAIRS[name], backend, merge_kind=MergeKind.COLOR)


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_keeps_the_standards_lum_in_color(amount: float, backend: Backend) -> None:
    """Merge Color keeps Lum of the standard at every Amount, and so not Rec.709 luma."""
    plate, _ = pair = PAIRS["display"]
    shown = merge(pair, backend, merge_kind=MergeKind.COLOR, merge_amount=amount)
    lum_off = (shown - plate)[..., :3] @ np.array(LUM_WEIGHTS)
    assert np.abs(lum_off).max() <= LUMA_AGREEMENT
    assert luma_off(shown, plate) > 0.02


@pytest.mark.parametrize("fast_math", [False, True])
@pytest.mark.parametrize("name", [*PAIRS, "bright greys"])
def test_keeps_luma_in_the_exact_merge(name: str, backend: Backend, *, fast_math: bool) -> None:
    """Luma is the luma picture's, also in the fast arithmetic that Resolve asks OpenCL for."""
    pair = PAIRS.get(name, BRIGHT_GREYS)
    assert luma_off(merge(pair, backend, fast_math=fast_math), pair[0]) <= LUMA_AGREEMENT


@pytest.mark.parametrize("amount", [0.0, 0.3, 0.9])
def test_keeps_luma_at_every_amount(amount: float, backend: Backend) -> None:
    """A part of the merge has the same luma as all of it."""
    pair = PAIRS["wide"]
    assert luma_off(merge(pair, backend, merge_amount=amount), pair[0]) <= LUMA_AGREEMENT


@pytest.mark.parametrize("name", ["display", "wide", "negative"])
def test_keeps_the_others_chroma_where_it_fits(name: str, backend: Backend) -> None:
    """Inside the bounds chroma is the other picture's; beyond, the pixel ends on them, hue kept."""
    plate, colour = PAIRS[name]
    shown = merge((plate, colour), backend)[..., :3].astype(np.float64)
    low = np.minimum(plate[..., :3].min(axis=-1), 0)
    high = np.maximum(plate[..., :3].max(axis=-1), 1)
    assert (shown.min(axis=-1) >= low).all()
    assert (shown.max(axis=-1) <= high).all()

    (luma, *_), (luma_was, *chroma_was) = y_cb_cr(plate), y_cb_cr(colour)
    wanted = colour[..., :3] + (luma - luma_was)[..., None]
    fits = (wanted.min(axis=-1) >= low) & (wanted.max(axis=-1) <= high)
    assert 0.1 < fits.mean() < 0.9, "the pictures do not tell the two cases apart"
    assert np.abs(shown - wanted)[fits].max() <= AGREEMENT

    from_bounds = np.minimum(shown.min(axis=-1) - low, high - shown.max(axis=-1))
    assert from_bounds[~fits].max() <= AGREEMENT
    _, *chroma = y_cb_cr(shown)
    shorter = np.hypot(*chroma) / np.hypot(*chroma_was)
    assert shorter[~fits].max() < 1 + AGREEMENT
    assert np.abs(np.array(chroma) - shorter * np.array(chroma_was))[:, ~fits].max() <= AGREEMENT


@pytest.mark.parametrize("kind", list(MergeKind))
@pytest.mark.parametrize("value", [-0.02, 0.0, 1.0, 1.25, 4.0])
def test_keeps_greys_beyond_black_and_white(
    value: float, kind: MergeKind, backend: Backend
) -> None:
    """A grey plate under a grey colour stays what it is, below 0 and above 1 too."""
    plate = np.full((1, 1, 4), value, np.float32)
    shown = merge((plate, np.full_like(plate, 0.3)), backend, merge_kind=kind)
    np.testing.assert_allclose(shown[..., :3], value, rtol=0, atol=4e-7)


@pytest.mark.parametrize("kind", list(MergeKind))
def test_keeps_colours_beyond_black_and_white(kind: MergeKind, backend: Backend) -> None:
    """Coloured pixels of a plate that leaves 0 to 1 leave it in the merge, too."""
    shown = merge(PAIRS["wide"], backend, merge_kind=kind)[..., :3]
    assert (shown < 0).any(axis=-1).mean() > 0.05
    assert (shown > 1).any(axis=-1).mean() > 0.5


@pytest.mark.parametrize("fast_math", [False, True])
@pytest.mark.parametrize("kind", list(MergeKind))
@pytest.mark.parametrize("name", ["wide", "huge"])
def test_gives_equal_pictures_back(
    name: str, kind: MergeKind, backend: Backend, *, fast_math: bool
) -> None:
    """Two equal pictures come out to the bit."""
    plate, _ = PAIRS[name]
    shown = merge((plate, plate), backend, merge_kind=kind, fast_math=fast_math)
    assert np.array_equal(shown, plate)


@pytest.mark.parametrize("fast_math", [False, True])
@pytest.mark.parametrize("luma_from", list(LumaFrom))
def test_leaves_the_luma_picture_at_no_amount(
    luma_from: LumaFrom, backend: Backend, *, fast_math: bool
) -> None:
    """Amount 0 is the luma picture, to the bit."""
    pair = PAIRS["wide"]
    shown = merge(pair, backend, luma_from=luma_from, merge_amount=0.0, fast_math=fast_math)
    assert np.array_equal(shown, pair[luma_from])


@pytest.mark.parametrize("kind", list(MergeKind))
def test_swaps_the_clips_with_luma_from(kind: MergeKind, backend: Backend) -> None:
    """Luma from the incoming clip is the same as the two clips the other way round."""
    outgoing, incoming = PAIRS["wide"]
    swapped = merge((incoming, outgoing), backend, merge_kind=kind)
    shown = merge((outgoing, incoming), backend, merge_kind=kind, luma_from=LumaFrom.INCOMING)
    assert np.array_equal(shown, swapped)


@pytest.mark.parametrize("view", list(MergeView))
@pytest.mark.parametrize("luma_from", list(LumaFrom))
def test_takes_alpha_from_the_luma_picture(
    luma_from: LumaFrom, view: MergeView, backend: Backend
) -> None:
    """Alpha is the luma picture's, but a clip shown as it is has its own."""
    pair = PAIRS["display"]
    own = {MergeView.OUTGOING: pair[0], MergeView.INCOMING: pair[1]}.get(view, pair[luma_from])
    shown = merge(pair, backend, luma_from=luma_from, view=view)
    assert np.array_equal(shown[..., 3], own[..., 3])


def test_ignores_progress_unless_told(backend: Backend) -> None:
    """Every frame of the cut gets the same merge while Follow Progress is off."""
    pair = PAIRS["display"]
    first, last = (merge(pair, backend, progress=progress) for progress in (0.0, 1.0))
    assert np.array_equal(first, last)


@pytest.mark.parametrize("progress", [0.0, 0.25, 1.0])
def test_follows_progress_when_told(progress: float, backend: Backend) -> None:
    """With Follow Progress on, progress multiplies Amount."""
    pair = PAIRS["display"]
    shown = merge(pair, backend, progress=progress, follow_progress=1, merge_amount=0.5)
    assert np.array_equal(shown, merge(pair, backend, merge_amount=0.5 * progress))


@pytest.mark.parametrize("view", [MergeView.OUTGOING, MergeView.INCOMING])
def test_shows_each_clip_as_it_is(view: MergeView, backend: Backend) -> None:
    """The views Outgoing and Incoming are the clips, to the bit."""
    pair = PAIRS["huge"]
    assert np.array_equal(merge(pair, backend, view=view), pair[view - MergeView.OUTGOING])


@pytest.mark.parametrize("view", DIFFERENCES)
@pytest.mark.parametrize("gain", [1.0, 64.0])
@pytest.mark.parametrize("luma_from", list(LumaFrom))
def test_measures_incoming_against_outgoing(
    luma_from: LumaFrom, gain: float, view: MergeView, backend: Backend
) -> None:
    """A difference view is the twin's, whichever clip luma comes from."""
    assert not disagreement(
        PAIRS["wide"], backend, luma_from=luma_from, view=view, difference_gain=gain
    )


def test_shows_equal_chroma_as_black(backend: Backend) -> None:
    """Greys have the same chroma, none, however bright: their Chroma Difference is exactly 0."""
    greys = [np.repeat(clip[..., :1], 4, axis=-1) for clip in PAIRS["wide"]]
    shown = merge(greys, backend, view=MergeView.CHROMA_DIFFERENCE, difference_gain=64.0)
    assert not shown[..., :3].any()


def test_shows_a_luma_difference_around_mid_grey(backend: Backend) -> None:
    """The view is lighter where the incoming clip is, 8 times the difference by default."""
    darker, lighter = (np.full((1, 1, 4), value, np.float32) for value in (0.40, 0.45))
    views = [
        merge(pair, backend, view=MergeView.LUMA_DIFFERENCE)
        for pair in ((darker, lighter), (lighter, darker), (darker, darker))
    ]
    np.testing.assert_allclose([view[0, 0, 0] for view in views], [0.9, 0.1, 0.5], atol=1e-6)


@pytest.mark.parametrize(
    "version", [pytest.param((18, 6), id="18.6"), pytest.param((19, 0), id="19.0")]
)
def test_merges_in_a_resolve_without_tooltips(version: tuple[int, int]) -> None:
    """Before 19.1 there are no tooltips; the merge is the same."""
    needs("cpp")
    pair = PAIRS["display"]
    older = run_shader(SHADER, pair, version=version, backend="cpp")
    assert np.array_equal(older, merge(pair, "cpp"))


@pytest.mark.slow
@pytest.mark.parametrize("fast_math", [False, True])
@EVERY_PAIR
def test_agrees_with_the_twin_in_every_setting(
    name: str, backend: Backend, *, fast_math: bool
) -> None:
    """All settings together, on all pictures, are the twin's."""
    every = product(LumaFrom, MergeKind, MergeView, (0.0, 0.3, 1.0), (0, 1), (1.0, 12.5))
    wrong = [
        disagreement(
            PAIRS[name],
            backend,
            fast_math=fast_math,
            luma_from=luma_from,
            merge_kind=kind,
            view=view,
            merge_amount=amount,
            follow_progress=follow,
            difference_gain=gain,
        )
        for luma_from, kind, view, amount, follow, gain in every
    ]
    assert not any(wrong), [problem for problem in wrong if problem]
