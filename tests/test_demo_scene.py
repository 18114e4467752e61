"""The demo's scene: a picture without holes, a true camera, and look-alikes that fade alike."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import delta_e_2000
from chromaresolve.demo.scene import (
    DEMO_FADING,
    DEMO_TELECINE,
    LOOK_ALIKES,
    LookAlike,
    draw_scene,
    look_alike_kinds,
    look_alike_mask,
)
from chromaresolve.demo.scene.backdrop import HORIZON, QUAY, VANISHING
from chromaresolve.demo.scene.stage import Matrix, along_quay, on_ground, upright
from chromaresolve.errors import UsageError
from chromaresolve.fade import dye_matrix, fade_frame, make_reference

WIDTH, HEIGHT, COUNT = 320, 180, 6
"""A third of the demo's size: every object is there, and a frame takes a hundredth of a second."""

PAIRS = [pytest.param(pair, id=pair.name) for pair in LOOK_ALIKES]

Picture = NDArray[np.float32]


def drawn(frame: int) -> Picture:
    """Return a frame of the small scene."""
    return draw_scene(frame, width=WIDTH, height=HEIGHT, frame_count=COUNT)


def kinds(frame: int) -> NDArray[np.uint8]:
    """Return the kinds of a frame of the small scene."""
    return look_alike_kinds(frame, width=WIDTH, height=HEIGHT, frame_count=COUNT)


def density(picture_709: Picture) -> NDArray[np.float64]:
    """Return -log10 of the display light, down to a density of 4."""
    return -2.4 * np.log10(np.maximum(picture_709, 0.0215).astype(np.float64))


def separability(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return how many spreads two clouds of colours are apart, along the best straight cut."""
    spread = (np.cov(first.T) + np.cov(second.T)) / 2
    apart = first.mean(axis=0) - second.mean(axis=0)
    return float(np.sqrt(apart @ np.linalg.solve(spread, apart)))


def seen(matrix: Matrix, x: float, row: float) -> NDArray[np.float64]:
    """Return where a position on the ground, given by its row below the horizon, is seen."""
    place = matrix @ np.array([x, HORIZON + row, 1.0])
    return np.asarray(place[:2] / place[2], np.float64)


@pytest.mark.parametrize("frame", range(COUNT))
def test_draw_scene_fills_the_whole_frame(frame: int) -> None:
    """No frame has a hole, and all values are a display's."""
    picture = drawn(frame)

    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.float32
    holes = np.argwhere(picture.max(axis=2) <= 0)
    assert holes.size == 0, f"{len(holes)} holes, first at (row, column) {holes[0]}"
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_draw_scene_repeats_itself() -> None:
    """The same frame is the same picture, whatever was drawn between."""
    first = drawn(2)
    other = drawn(5)

    np.testing.assert_array_equal(drawn(2), first)
    assert np.abs(other - first).mean() > 0.02


def test_draw_scene_has_deep_shadows_highlights_and_every_hue() -> None:
    """The picture spans black to white, and saturated reds, greens and blues."""
    picture = drawn(0).reshape(-1, 3)
    strongest, chroma = picture.argmax(axis=1), np.ptp(picture, axis=1)

    assert np.percentile(picture.max(axis=1), 1) < 0.2
    assert np.percentile(picture.min(axis=1), 99) > 0.85
    assert np.bincount(strongest[chroma > 0.4], minlength=3).min() > 100


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(97, 55, id="odd"),
        pytest.param(128, 54, id="wide"),
        pytest.param(60, 80, id="tall"),
    ],
)
@pytest.mark.slow
def test_draw_scene_fills_other_shapes(width: int, height: int) -> None:
    """Any size is filled; shapes other than 16:9 show less of the scene, not black."""
    picture = draw_scene(0, width=width, height=height)

    assert picture.shape == (height, width, 3)
    assert picture.max(axis=2).min() > 0
    assert look_alike_mask(0, width=width, height=height).shape == (height, width)


@pytest.mark.parametrize("frame", [-1, COUNT])
def test_draw_scene_refuses_frames_outside_the_shot(frame: int) -> None:
    """The camera's journey has a first and a last frame."""
    with pytest.raises(UsageError, match=rf"scene: frame {frame}: give 0 to {COUNT - 1}"):
        drawn(frame)


def test_draw_scene_refuses_a_frame_of_no_size() -> None:
    """A picture has at least one pixel."""
    with pytest.raises(UsageError, match="scene: size 0 x 180"):
        draw_scene(0, width=0, height=180)


@pytest.mark.parametrize("row", [20.0, 150.0, 330.0])
def test_camera_keeps_feet_on_the_ground(row: float) -> None:
    """What stands on the ground moves as the ground does under it, wherever the camera goes."""
    pan, push = 0.6, 0.0002

    standing, ground = upright(row, pan, push), on_ground(pan, push)

    np.testing.assert_allclose(seen(standing, 700, row), seen(ground, 700, row), atol=1e-9)
    foot = VANISHING + QUAY * row
    np.testing.assert_allclose(
        seen(along_quay(pan, push), foot, row), seen(ground, foot, row), atol=1e-9
    )


def test_camera_leaves_the_horizon_and_moves_near_things_most() -> None:
    """The far end of the sea stays; the nearer the ground, the further it passes to the left."""
    ground = on_ground(0.6, 0.0)

    moved = [seen(ground, 480, row)[0] - 480 for row in (0.0, 50.0, 300.0)]

    np.testing.assert_allclose(moved, (0, -30, -180), atol=1e-9)


@pytest.mark.parametrize("pair", PAIRS)
def test_look_alike_paints_differ_by_cyan_dye_alone(pair: LookAlike) -> None:
    """From the warm paint to the cool one is 0.5 to 0.8 units of cyan and nothing else."""
    apart = np.log10(pair.warm.astype(np.float64)) - np.log10(pair.cool.astype(np.float64))

    dyes = np.linalg.solve(dye_matrix(DEMO_FADING.stock), apart)

    np.testing.assert_allclose(dyes, (pair.cyan, 0, 0), atol=1e-6)
    assert 0.5 <= pair.cyan <= 0.8
    assert pair.warm.max() < 1


@pytest.mark.parametrize("pair", PAIRS)
def test_look_alike_paints_fade_to_one_colour(pair: LookAlike) -> None:
    """Far apart to the eye on fresh film; faded, less than two pixels' noise apart."""
    flat = np.empty((120, 240, 3), np.float32)
    flat[:, :120], flat[:, 120:] = pair.warm ** (1 / 2.4), pair.cool ** (1 / 2.4)

    scan = fade_frame(flat, DEMO_FADING, frame=0)

    fresh = delta_e_2000(flat[:, :120], flat[:, 120:]).mean()
    left, right = scan[:, :120], scan[:, 120:]
    means = [np.broadcast_to(half.mean(axis=(0, 1)), half.shape) for half in (left, right)]
    faded = delta_e_2000(means[0].astype(np.float32), means[1].astype(np.float32)).mean()
    noise = delta_e_2000(left, means[0].astype(np.float32)).mean()
    assert fresh > 15
    assert faded < 2 * noise, (
        f"{pair.name}: {fresh:.1f} fresh, {faded:.1f} faded, noise {noise:.1f}"
    )


@pytest.mark.parametrize("frame", range(COUNT))
def test_look_alike_mask_covers_a_good_part_of_every_frame(frame: int) -> None:
    """At least a fifth of the picture, and of the large pairs both sides."""
    marks = kinds(frame)
    mask = look_alike_mask(frame, width=WIDTH, height=HEIGHT, frame_count=COUNT)

    assert mask.mean() >= 0.2
    np.testing.assert_array_equal(mask, marks > 0)
    share = np.bincount(marks.ravel(), minlength=11) / marks.size
    assert share[1:9].min() > 0.003, f"shares of the kinds: {share.round(4)}"


@pytest.mark.parametrize("frame", [0, COUNT - 1])
def test_look_alikes_of_the_scene_cannot_be_told_by_colour_after_fading(frame: int) -> None:
    """With their textures and shading, warm and cool pixels are apart before and mixed after."""
    original, marks = drawn(frame), kinds(frame)
    scan = fade_frame(original, DEMO_FADING, frame=frame)

    for pair in LOOK_ALIKES[:4]:
        warm, cool = marks == pair.kind, marks == pair.kind + 1
        before, after = (
            separability(density(picture[warm]), density(picture[cool]))
            for picture in (original, scan)
        )
        assert before > 4, f"{pair.name}: {before:.1f} spreads apart in the original"
        assert after < 2.5, f"{pair.name}: {after:.1f} spreads apart after fading"


def test_look_alikes_come_and_go() -> None:
    """Some kinds at the end cover twice or half what they did: held-out frames are not copies."""
    first, last = (np.bincount(kinds(frame).ravel(), minlength=11)[1:] for frame in (0, COUNT - 1))

    change = (last + 1) / (first + 1)
    assert change.max() > 2
    assert change.min() < 0.5


def test_demo_film_is_pink_and_its_telecine_is_not() -> None:
    """The scan has lost its red contrast; the reference still has its colours, not in place."""
    original = drawn(0)
    scan = fade_frame(original, DEMO_FADING, frame=0)
    reference = make_reference(original, DEMO_TELECINE, frame=0)

    red, green, _ = scan.mean(axis=(0, 1))
    assert red > 1.2 * green
    assert delta_e_2000(scan, original).mean() > 15
    assert 2 < delta_e_2000(reference, original).mean() < 12
