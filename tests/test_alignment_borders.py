"""Borders: what is no picture is found to the pixel, and what is merely dark is left."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.borders import Borders, find_borders
from chromaresolve.errors import StageError
from known_geometry import Picture, scene

WIDTH, HEIGHT = 480, 360
"""Of every raster here: narrow enough to be looked at as it is."""

GIVEN_AWAY_PX = 5
"""Pixels of picture that may be lost along an edge: two for weave, the rest where it is soft."""

NONE_LOST = 0.003
"""Share of a picture without borders that may be called border."""


def picture(seed: int = 0) -> Picture:
    """Return a picture that fills its raster."""
    return scene(np.random.default_rng(seed), width=WIDTH, height=HEIGHT)


def masked(
    rgb: Picture, shown: NDArray[Any], *, black: float = 0.02, noise: float = 0.0
) -> Picture:
    """Show a picture where the plane is 1, black where it is 0, noisy everywhere."""
    shown = np.asarray(shown, np.float32)[..., None]
    grain = np.random.default_rng(1).normal(0, noise, rgb.shape) if noise else 0.0
    return np.asarray(rgb * shown + black * (1 - shown) + grain, dtype=np.float32)


def box(left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> NDArray[np.float32]:
    """Return 1 inside a box, so many pixels within the raster."""
    plane = np.zeros((HEIGHT, WIDTH), np.float32)
    plane[top : HEIGHT - bottom, left : WIDTH - right] = 1
    return plane


@pytest.mark.parametrize("noise", [pytest.param(0.0, id="clean"), pytest.param(0.01, id="noisy")])
@pytest.mark.parametrize("black", [pytest.param(0.0, id="black"), pytest.param(0.06, id="lifted")])
@pytest.mark.parametrize(
    "sides",
    [
        pytest.param({"top": 45, "bottom": 45}, id="letterbox"),
        pytest.param({"left": 60, "right": 60}, id="pillarbox"),
        pytest.param({"left": 7, "top": 4, "right": 11, "bottom": 9}, id="a gate"),
        pytest.param({"right": 30}, id="a sound track"),
    ],
)
def test_find_borders_finds_straight_ones(
    sides: dict[str, int], black: float, noise: float
) -> None:
    """No border is kept, and hardly any picture is lost."""
    found = find_borders(masked(picture(), box(**sides), black=black, noise=noise))

    for name in ("left", "top", "right", "bottom"):
        known, told = sides.get(name, 0), getattr(found, name)
        assert known <= told <= known + (GIVEN_AWAY_PX if known else 0), (name, found)


def test_find_borders_keeps_no_black_pixel_of_a_turned_picture() -> None:
    """A picture turned in its raster leaves wedges; none of them is kept."""
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 1.2, 0.97)
    shown = cv2.warpAffine(np.ones((HEIGHT, WIDTH), np.float32), turn, (WIDTH, HEIGHT))

    found = find_borders(masked(picture(), shown))

    assert not (found.mask & (shown < 1)).any()
    assert found.mask.mean() > shown.mean() - 0.04


def test_find_borders_rounds_corners() -> None:
    """A gate's round corners are not picture; the corners of their square are lost, no more."""
    shown = np.zeros((HEIGHT, WIDTH), np.uint8)
    radius = 26
    cv2.rectangle(shown, (10 + radius, 10), (WIDTH - 11 - radius, HEIGHT - 11), 1, -1)
    cv2.rectangle(shown, (10, 10 + radius), (WIDTH - 11, HEIGHT - 11 - radius), 1, -1)
    for x in (10 + radius, WIDTH - 11 - radius):
        for y in (10 + radius, HEIGHT - 11 - radius):
            cv2.circle(shown, (x, y), radius, 1, -1)

    found = find_borders(masked(picture(), shown))

    kept = found.mask & (shown == 0)
    assert kept.mean() < 1e-4, kept.sum()
    assert found.mask.mean() > shown.mean() - 0.04
    assert found.left <= 10 + GIVEN_AWAY_PX


def test_find_borders_leaves_a_dark_picture_alone() -> None:
    """A night with light in it has no borders, though its edges are dark."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] - np.array([HEIGHT / 2, WIDTH / 2])[:, None, None]
    light = np.exp(-((x / 150) ** 2 + (y / 110) ** 2))[..., None]
    grain = np.random.default_rng(2).normal(0, 0.004, (HEIGHT, WIDTH, 3))
    night = (0.03 + 0.7 * picture() * light + grain).astype(np.float32)

    found = find_borders(night)

    assert 1 - found.mask.mean() <= NONE_LOST, found


def test_find_borders_looks_at_all_frames() -> None:
    """What is black in one frame and bright in another is picture."""
    dark = masked(picture(), box(left=100))
    gate = box(left=12, right=12)

    alone = find_borders(masked(dark, gate))
    together = find_borders(iter([masked(dark, gate), masked(picture(3), gate)]))

    assert alone.left >= 100
    assert 12 <= together.left <= 12 + GIVEN_AWAY_PX


def test_find_borders_gives_numbers_on_the_frames_own_raster() -> None:
    """A raster wider than what is looked at is cut in its own pixels."""
    wide = np.asarray(cv2.resize(picture(), (1920, 1080), interpolation=cv2.INTER_CUBIC))
    wide[:, :100] = 0.01

    found = find_borders(np.clip(wide, 0.01, 1))

    assert found.mask.shape == (1080, 1920)
    assert 100 <= found.left <= 100 + 2 * GIVEN_AWAY_PX
    assert not found.mask.flags.writeable


def test_borders_tell_the_area_inside() -> None:
    """The rows and columns that no straight border reaches into; and whether there is any."""
    found = Borders(left=2, top=0, right=3, bottom=1, mask=np.zeros((10, 20), np.bool_))

    assert found.area == (slice(0, 9), slice(2, 17))
    assert found.has_any
    assert not find_borders(picture()).has_any


def test_find_borders_refuses_what_is_no_shot() -> None:
    """No frame, or frames of two rasters."""
    with pytest.raises(StageError, match="there is no frame to look at"):
        find_borders([])
    with pytest.raises(StageError, match="frames are 480 x 360 and 470 x 360"):
        find_borders([picture(), picture()[:, :470]])
