"""What single measures of the review say of pictures whose answer is known."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma
from chromaresolve.review.banding import measure_banding
from chromaresolve.review.bleed import measure_bleed
from chromaresolve.review.limits import limit_above, usual
from chromaresolve.review.movement import Chroma, Small, lay, shrink
from chromaresolve.review.skin import is_skin
from chromaresolve.review.softness import TOLD, measure_softness
from chromaresolve.review.steadiness import measure_steadiness
from chromaresolve.review.stripes import measure_stripes
from chromaresolve.shot.tables import CropTable
from chromaresolve.structure import Plane
from footage import shot_frames

WIDTH, HEIGHT = 320, 180
"""Of every picture."""

AREA_PER_BLUR = math.sqrt(2 / math.pi)
"""Area between a step and a step blurred by a Gaussian of deviation 1: the mean of |x| of a normal
number."""

BLEED_PX = 0.25
"""What sampling an edge in whole pixels may cost, pixels."""


def discs() -> tuple[Plane, Chroma]:
    """Return luma and chroma of coloured discs on grey, drawn with hard edges."""
    luma = np.full((HEIGHT, WIDTH), 0.4, np.float32)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for x in range(40, WIDTH, 60):
        for y in range(40, HEIGHT, 60):
            cv2.circle(mask, (x, y), 18, 1, -1)
    luma[mask > 0] = 0.6
    chroma = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    chroma[mask > 0] = (-0.05, 0.09)
    return luma, chroma


@pytest.mark.parametrize("blur", [0.0, 1.5, 3.0])
def test_measure_bleed_is_the_area_of_a_blur(blur: float) -> None:
    """Chroma blurred by a Gaussian lies off by 0.8 of its deviation, and sharp chroma by none."""
    luma, chroma = discs()
    soft = np.asarray(cv2.GaussianBlur(chroma, (0, 0), blur), np.float32) if blur else chroma

    off, own = measure_bleed(luma, chroma, soft)

    assert off == pytest.approx(AREA_PER_BLUR * blur, abs=BLEED_PX)
    assert own == pytest.approx(0, abs=BLEED_PX)


def test_measure_bleed_tells_nothing_without_edges() -> None:
    """An even picture has no edge to lie off."""
    even = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    assert all(
        map(math.isnan, measure_bleed(even, *[np.zeros((HEIGHT, WIDTH, 2), np.float32)] * 2))
    )


def sweep() -> tuple[Plane, Chroma]:
    """Return luma and chroma of a wall of one lightness whose colour changes across it."""
    across = np.linspace(-0.06, 0.06, WIDTH, dtype=np.float32)
    down = np.linspace(-0.03, 0.03, HEIGHT, dtype=np.float32)
    chroma = np.stack(np.broadcast_arrays(across[None, :], down[:, None]), axis=-1)
    return np.full((HEIGHT, WIDTH), 0.5, np.float32), np.ascontiguousarray(chroma)


def banded(chroma: Chroma) -> Chroma:
    """Return chroma in steps of 3 of 255."""
    return np.asarray(np.round(chroma * 85) / np.float32(85), np.float32)


def grain(deviation: float, seed: int = 0) -> NDArray[np.float32]:
    """Return grain of one plane."""
    numbers = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH), np.float32)
    return np.asarray(deviation * numbers, np.float32)


def test_measure_banding_finds_steps_under_grain() -> None:
    """Steps in chroma are found, however grainy luma is; the smooth sweep and noise are silent."""
    luma, chroma = sweep()
    plate = 0.3 * chroma
    noisy = chroma + np.stack([grain(0.004, 1), grain(0.004, 2)], axis=-1)

    for plane in (luma, luma + grain(0.04)):
        assert measure_banding(plane, plate, banded(chroma)) > 0.05
        assert measure_banding(plane, plate, chroma) == 0
        assert measure_banding(plane, plate, noisy) < 0.001


def test_measure_banding_is_silent_on_eight_bits() -> None:
    """An ordinary picture of 8 bits is no banding."""
    luma, chroma = sweep()
    rgb = luma_chroma_to_rgb(luma + np.linspace(0, 0.2, WIDTH, dtype=np.float32), chroma)
    codes = np.round(rgb * 255) / np.float32(255)

    assert measure_banding(luma, 0.3 * chroma, rgb_to_chroma(codes.astype(np.float32))) < 0.005


def test_measure_banding_leaves_the_plates_edges_out() -> None:
    """A step that the plate shows is the picture's."""
    luma, chroma = sweep()
    steps = banded(chroma)

    assert measure_banding(luma + 4 * steps[..., 0] + 4 * steps[..., 1], steps, steps) < 0.005


def small(rgb: NDArray[np.float32], recovered: NDArray[np.float32] | None = None) -> Small:
    """Return a frame on the small raster; recovered like its plate if not told otherwise."""
    return shrink(rgb, rgb, rgb if recovered is None else recovered)


def test_lay_follows_the_plates_movement() -> None:
    """Where a neighbour that has moved is laid on a frame, its colours fall on the frame's."""
    first, second = shot_frames(4, 2, width=WIDTH, height=HEIGHT, pan=4.0, action=0.0)
    here, there = small(first), small(second)

    laid = lay(there, here)

    assert laid.shows.mean() > 0.85
    before = np.abs(there.recovered - here.recovered)[laid.shows].mean()
    after = np.abs(laid.recovered - here.recovered)[laid.shows].mean()
    assert after < before / 4


@pytest.mark.parametrize(
    ("blur", "right"),
    [pytest.param(3.0, 0, id="soft"), pytest.param(0.0, 4, id="slid"), pytest.param(0.0, 0)],
)
def test_measure_softness_tells_blur_and_shift(blur: float, right: int) -> None:
    """Colour blurred or slid against its neighbour is told to a fifth, and a turn is neither."""
    (rgb,) = shot_frames(4, 1, width=WIDTH, height=HEIGHT)
    chroma = rgb_to_chroma(turned(rgb, 10))
    soft = np.asarray(cv2.GaussianBlur(chroma, (0, 0), blur), np.float32) if blur else chroma
    luma = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    there = small(rgb)
    here = small(rgb, luma_chroma_to_rgb(luma, np.roll(soft, right, axis=1)))

    found = measure_softness(here, lay(there, here))

    assert math.sqrt(max(found.blur, 0)) * WIDTH == pytest.approx(blur, rel=0.2, abs=2.0)
    assert found.right * WIDTH == pytest.approx(right, rel=0.2, abs=0.1)
    assert found.down * WIDTH == pytest.approx(0, abs=0.1)
    assert (found.told > TOLD) == bool(blur or right)


def turned(rgb: NDArray[np.float32], degrees: float, gain: float = 1.0) -> NDArray[np.float32]:
    """Return a picture with its chroma turned and multiplied, luma kept."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = gain * np.array([[cos, sin], [-sin, cos]], np.float32)
    luma = rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return luma_chroma_to_rgb(luma, rgb_to_chroma(rgb) @ turn)


def test_measure_steadiness_tells_turn_and_gain() -> None:
    """A frame turned by 12 degrees and one with half its chroma are told to a tenth."""
    before, here, after = shot_frames(4, 3, width=WIDTH, height=HEIGHT)
    sides = small(before), small(after)

    calm = measure_steadiness(small(here), *sides).alone
    hue = measure_steadiness(small(here, turned(here, 12)), *sides).alone
    pale = measure_steadiness(small(here, turned(here, 0, 0.5)), *sides).alone

    assert calm is not None
    assert hue is not None
    assert pale is not None
    assert calm.whole < 0.2
    assert hue.turn.hue == pytest.approx(12, abs=1.2)
    assert hue.turn.is_turn
    assert hue.whole > 1
    assert pale.turn.saturation == pytest.approx(0.5, abs=0.05)
    assert pale.turn.is_saturation


def test_measure_steadiness_lets_the_plate_explain() -> None:
    """A colour that the plate itself changes is the film's: no fault of the recovery."""
    before, here, after = shot_frames(4, 3, width=WIDTH, height=HEIGHT)
    sides = small(before), small(after)
    tinted = turned(here, 12)

    film = measure_steadiness(shrink(tinted, tinted, tinted), *sides).alone

    assert film is not None
    assert film.plate > 1
    assert film.whole < 0.2


def test_measure_steadiness_knows_no_neighbour_of_another_shot() -> None:
    """Two pictures that show nothing in common are not compared."""
    (here,), (stranger,) = (shot_frames(s, 1, width=WIDTH, height=HEIGHT) for s in (4, 9))

    side = measure_steadiness(small(here), small(stranger), None)

    assert side.after is None
    assert side.alone is None


@pytest.mark.parametrize(
    ("rgb", "skin"),
    [
        # The two lightest and two darkest of natural skin among the 24 patches of a ColorChecker,
        # sRGB as published by its maker: dark skin and light skin.
        pytest.param((115, 82, 68), True, id="dark skin"),
        pytest.param((194, 150, 130), True, id="light skin"),
        pytest.param((98, 122, 157), False, id="blue sky"),
        pytest.param((87, 108, 67), False, id="foliage"),
        pytest.param((175, 54, 60), False, id="red"),
        pytest.param((160, 160, 160), False, id="neutral"),
    ],
)
def test_is_skin_knows_the_colour_chart(rgb: tuple[int, int, int], skin: bool) -> None:
    """Of a ColorChecker's patches, those of skin are skin."""
    patch = np.full((2, 2, 3), np.array(rgb) / 255, np.float32)
    luma = patch @ np.array([0.2126, 0.7152, 0.0722], np.float32)

    assert is_skin(luma, rgb_to_chroma(patch)).all() == skin


def test_measure_stripes_counts_lines() -> None:
    """Lines that are the plate's own are counted at their edge alone, and none on a border."""
    (rgb,) = shot_frames(4, 1, width=WIDTH, height=HEIGHT)
    recovered = turned(rgb, 60)
    recovered[:, :9] = rgb[:, :9]
    framed, bordered = recovered.copy(), rgb.copy()
    framed[:, :9], bordered[:, :9] = 0.02, 0.02

    stripes = measure_stripes(recovered, rgb, CropTable())
    border = measure_stripes(framed, bordered, CropTable(left=9))

    assert stripes["left"].left_alone == stripes["left"].picture == 9
    assert stripes["right"].left_alone == stripes["top"].left_alone == 0
    assert border["left"].left_alone == 9
    assert border["left"].picture == border["left"].beyond == 0


def test_limit_above_needs_both_bars() -> None:
    """A limit is never under the bar, nor among what is usual; what is no number does not count."""
    steady = [1.0, 1.1, 0.9, 1.0, float("nan"), 1.05, 0.95]
    middle, deviation = usual(steady)

    assert middle == 1.0
    assert deviation == pytest.approx(1.4826 * 0.05)
    assert limit_above(steady, 3.0) == 3.0
    assert limit_above(steady, 0.5) == pytest.approx(1.0 + 6 * deviation)
    assert limit_above([], 0.5) == 0.5
