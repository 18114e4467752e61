"""Frames are chosen so that every colour of the shot is taught."""

from __future__ import annotations

import numpy as np
import pytest

from chromaresolve.pairs.colour_names import name_colour
from chromaresolve.pairs.coverage import (
    cover,
    find_blurred,
    find_families,
    measure_cover,
)
from chromaresolve.survey import Survey

GREY = (0.5, 0.5, 0.5)
RED, GREEN, BLUE = (0.8, 0.2, 0.2), (0.2, 0.7, 0.2), (0.2, 0.3, 0.8)


def shot_of(*frames: tuple[tuple[float, float, float], ...], sharpness: float = 1.0) -> Survey:
    """A survey of frames that are grey but for a band of each of the colours named."""
    random = np.random.default_rng(0)
    thumbs = np.full((len(frames), 54, 96, 3), GREY, np.float32)
    for thumb, colours in zip(thumbs, frames, strict=True):
        for band, colour in enumerate(colours):
            thumb[:, 20 * band : 20 * band + 12] = colour
    thumbs += random.normal(0, 0.004, thumbs.shape)
    count = len(frames)
    nothing = np.zeros(count, np.float32)
    return Survey(
        frames=tuple(range(1, count + 1)),
        unreadable={},
        width=960,
        height=540,
        thumbs=thumbs.astype(np.float16),
        beyond=np.zeros((count, 2), np.float32),
        extremes=np.ones((count, 2), np.float32),
        comb=nothing,
        sharpness=nothing + np.float32(sharpness),
        grain=np.zeros((count, 2), np.float32),
        blocks=nothing,
    )


def test_the_frame_with_the_rare_colour_is_taken() -> None:
    """Of forty frames one alone shows blue: it teaches, though it stands nowhere special."""
    frames = [(RED,)] * 27 + [(RED, BLUE)] + [(RED,)] * 12

    families = find_families(shot_of(*frames))
    chosen = cover(families, families.frames, 3, anchors={1: "first frame", 40: "last frame"})

    assert [choice.frame for choice in chosen] == [1, 40, 28]
    assert "blue" in chosen[2].reason
    assert measure_cover(families, [choice.frame for choice in chosen]) > 0.99
    assert measure_cover(families, [1, 40]) < 0.97


def test_every_colour_is_near_a_pair() -> None:
    """Three colours in three parts of the shot: three frames, one of each part."""
    families = find_families(shot_of(*[(RED,)] * 10, *[(GREEN,)] * 10, *[(BLUE,)] * 10))

    chosen = sorted(choice.frame for choice in cover(families, families.frames, 3))

    assert [(frame - 1) // 10 for frame in chosen] == [0, 1, 2]


def test_frames_that_must_not_teach_are_left_out() -> None:
    """Coverage never takes a frame that is not offered."""
    families = find_families(shot_of(*[(RED,)] * 9, (RED, BLUE)))

    chosen = cover(families, range(1, 10), 9)

    assert 10 not in [choice.frame for choice in chosen]


def test_like_frames_are_spread() -> None:
    """Where all frames show the same, they are taken far apart, and said to be so."""
    families = find_families(shot_of(*[(RED,)] * 41))

    chosen = cover(families, families.frames, 3, anchors={1: "first frame", 41: "last frame"})

    assert abs(chosen[2].frame - 21) <= 4
    assert "taught already" in chosen[2].reason


def test_taken_frames_count() -> None:
    """What the artist's own pairs teach is not asked for again."""
    families = find_families(shot_of(*[(RED, BLUE)] * 5, *[(GREEN,)] * 5))

    assert cover(families, families.frames, 1, taken=[2])[0].frame > 5


def test_blurred_frames_are_found() -> None:
    """A frame half as sharp as those around it is named with how much."""
    surveyed = shot_of(*[(RED,)] * 30)
    sharpness = surveyed.sharpness.copy()
    sharpness[11] = 0.5
    object.__setattr__(surveyed, "sharpness", sharpness)

    assert find_blurred(surveyed) == {12: "blurred: 50% of the sharpness around it"}


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        pytest.param((0.5, 0.5, 0.5), "grey", id="grey"),
        pytest.param((0.1, 0.1, 0.1), "dark grey", id="black"),
        pytest.param((0.9, 0.1, 0.1), "light red", id="red"),
        pytest.param((0.4, 0.22, 0.1), "brown", id="brown"),
        pytest.param((0.1, 0.15, 0.28), "dark blue", id="dark blue"),
        pytest.param((1.4, -0.1, 0.9), "light pink", id="beyond what a display shows"),
    ],
)
def test_colours_have_plain_names(colour: tuple[float, float, float], name: str) -> None:
    """As a colourist would call them."""
    assert name_colour(*colour) == name
