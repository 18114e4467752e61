"""Which Reference frame shows what a Source frame does: known by how the two were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.fade import (
    EXTREME,
    MILD,
    SEVERE,
    Fading,
    Retention,
    Telecine,
    fade_frame,
    make_reference,
    reference_geometry,
)
from chromaresolve.pairs.likeness import lay, look
from chromaresolve.pairs.lines import RATES
from chromaresolve.pairs.timing import match_frames
from chromaresolve.survey import Survey

COUNT = 48
"""Frames of the moving picture."""

WIDTH, HEIGHT = 192, 108
"""Its size: twice the small pictures that timing looks at."""

USUAL_RATES = (Fraction(25, 24), Fraction(30, 24), Fraction(25, 18))
"""Those that are always tried."""

Pictures = list[NDArray[np.float32]]


def moving_picture(count: int = COUNT, *, seed: int = 3) -> Pictures:
    """Paint soft patches that drift over a textured ground, each its own way."""
    random = np.random.default_rng(seed)
    ground = cv2.GaussianBlur(
        random.uniform(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 6
    )
    ground = 0.2 + 0.6 * (ground - ground.min()) / np.ptp(ground)
    patches = [
        (*random.uniform(0.1, 0.9, 2), *random.normal(0, 0.006, 2), random.uniform(0.1, 0.9, 3))
        for _ in range(9)
    ]
    pictures = []
    for frame in range(count):
        picture = ground.astype(np.float32).copy()
        for x, y, right, down, colour in patches:
            place = (int((x + right * frame) * WIDTH), int((y + down * frame) * HEIGHT))
            cv2.circle(picture, place, 9, colour.tolist(), -1, cv2.LINE_AA)
        pictures.append(picture)
    return pictures


def surveyed(pictures: Pictures, *, first: int = 1) -> Survey:
    """What a survey would say of these pictures, as far as timing asks."""
    size = (96, round(96 * pictures[0].shape[0] / pictures[0].shape[1]))
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures]
    count = len(pictures)
    nothing = np.zeros(count, np.float32)
    return Survey(
        frames=tuple(range(first, first + count)),
        unreadable={},
        width=WIDTH,
        height=HEIGHT,
        thumbs=np.stack(small).astype(np.float16),
        beyond=np.zeros((count, 2), np.float32),
        extremes=np.ones((count, 2), np.float32),
        comb=nothing,
        sharpness=nothing + 1,
        grain=np.zeros((count, 2), np.float32),
        blocks=nothing,
    )


@pytest.fixture(scope="module")
def original() -> Pictures:
    """The unfaded film."""
    return moving_picture()


def faded(pictures: Pictures, retention: Retention = SEVERE) -> Pictures:
    """The scan of it."""
    fading = Fading(retention=retention, grain=0.03, bits=10)
    return [fade_frame(picture, fading, frame=place) for place, picture in enumerate(pictures)]


def telecined(pictures: Pictures) -> Pictures:
    """A telecine of it: elsewhere, softer, graded otherwise, compressed."""
    telecine = Telecine(
        size=(150, 90), shift_px=(3, -2), scale=1.02, gamma=1.15, noise=0.01, jpeg_quality=75
    )
    return [
        make_reference(picture, telecine, frame=place) for place, picture in enumerate(pictures)
    ]


def filmed(steps: NDArray[np.float64], *, people: int = 0) -> Pictures:
    """Film a still scene, or one where people walk, with a camera that goes these steps."""
    random = np.random.default_rng(7)
    noise = [
        cv2.GaussianBlur(random.normal(0, 1, (400, 700, 3)).astype(np.float32), (0, 0), blur) * blur
        for blur in (3, 9, 27)
    ]
    ground = np.asarray(0.5 + 0.25 * sum(noise) / np.std(sum(noise)), np.float32)
    walkers = [
        (random.uniform(0.42, 0.58, 2), random.choice([-1, 1]) * random.uniform(0.8, 1.5), tone)
        for tone in np.linspace(0, 1, people)
    ]
    pictures = []
    for frame, step in enumerate(np.cumsum(steps)):
        picture = ground.copy()
        for (x, y), pace, tone in walkers:
            place = (int(16 * (700 * x + pace * frame)), int(16 * 400 * y))
            shade, size = [float(tone)] * 3, (16 * 8, 16 * 15)
            cv2.ellipse(picture, place, size, 0, 0, 360, shade, -1, cv2.LINE_AA, 4)
        lay = np.array([[1, 0, -250 - step], [0, 1, -140 - step / 4]])
        seen = cv2.warpAffine(picture, lay, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        pictures.append(np.asarray(np.clip(seen, 0, 1), np.float32))
    return pictures


def shifted(pictures: Pictures) -> Pictures:
    """A telecine of it that shifts as a camera does."""
    telecine = Telecine(
        size=(150, 90), shift_px=(1.03, -0.7), scale=1.02, rotation_deg=0.6, gamma=1.1, noise=0.005
    )
    return [
        make_reference(picture, telecine, frame=place) for place, picture in enumerate(pictures)
    ]


@pytest.mark.parametrize(
    ("offset", "retention"),
    [
        pytest.param(0, SEVERE, id="none"),
        pytest.param(1, EXTREME, id="one ahead, extreme", marks=pytest.mark.slow),
        pytest.param(-1, MILD, id="one behind, mild", marks=pytest.mark.slow),
        pytest.param(7, SEVERE, id="seven", marks=pytest.mark.slow),
        pytest.param(-13, EXTREME, id="thirteen, extreme"),
    ],
)
def test_offset_is_found_by_content(original: Pictures, offset: int, retention: Retention) -> None:
    """Whatever the dyes have lost: each Source frame gets the frame that was made of it."""
    source = surveyed(faded(original, retention))
    reference = surveyed(telecined(original), first=1 + offset)

    timing = match_frames(source, reference, stated=0)

    assert timing.is_sure
    assert timing.offset == offset
    assert timing.reference == {frame: frame + offset for frame in source.frames}
    assert min(timing.confidence.values()) > 0.3


@pytest.mark.slow
@pytest.mark.parametrize(
    "rate",
    [
        pytest.param(rate, id=str(rate), marks=() if rate in USUAL_RATES else pytest.mark.slow)
        for rate in RATES.values()
        if rate != 1
    ],
)
def test_another_rate_is_found(original: Pictures, rate: Fraction) -> None:
    """25 for 24 and its like: each frame is matched to the nearest in time."""
    source = surveyed(faded(original))
    count = int(COUNT * rate)
    nearest = [min(COUNT - 1, round(place / rate)) for place in range(count)]
    references = telecined(original)

    timing = match_frames(source, surveyed([references[n] for n in nearest]), stated=0)

    assert timing.rate == rate
    late = [abs(nearest[there - 1] - (here - 1)) for here, there in timing.reference.items()]
    # Between two frames of another rate either is right.
    assert max(late) <= 1


def test_a_dropped_frame_is_followed(original: Pictures) -> None:
    """From the drop on, every frame is one earlier in the Reference."""
    references = telecined(original)
    timing = match_frames(
        surveyed(faded(original)), surveyed(references[:20] + references[21:]), stated=0
    )

    steps = [there - here for here, there in sorted(timing.reference.items())]
    assert steps[:17] == [0] * 17
    assert set(steps[24:]) == {-1}
    assert "drops or repeats" in timing.sentence


def test_a_still_picture_keeps_the_stated_offset(original: Pictures) -> None:
    """Where nothing moves nothing tells, and it says so."""
    still = [original[0]] * 24
    timing = match_frames(surveyed(faded(still)), surveyed(telecined(still), first=3), stated=2)

    assert not timing.is_sure
    assert timing.offset == 2
    assert "too little moves" in timing.sentence


EVEN_PAN = np.full(30, 1.37)
"""Steps, in pixels of `WIDTH`: 14.6 of 2048."""

STOPPING_PAN = np.linspace(2.7, 0.0, 30)
"""A camera that comes to rest."""


@pytest.mark.parametrize("offset", [-1, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 3))])
def test_a_camera_that_glides_over_a_still_scene_keeps_the_stated_offset(offset: int) -> None:
    """Each frame is its neighbour shifted, and a telecine shifts, too: nothing tells."""
    film = filmed(EVEN_PAN)

    timing = match_frames(
        surveyed(faded(film)), surveyed(shifted(film), first=1 + offset), stated=0
    )

    assert not timing.is_sure
    assert timing.offset == 0
    assert "the camera moves over a nearly still scene" in timing.sentence


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "people"),
    [
        pytest.param(EVEN_PAN, 3, id="people in a pan"),
        pytest.param(STOPPING_PAN, 0, id="a pan that stops"),
        pytest.param(STOPPING_PAN, 3, id="people in a pan that stops"),
    ],
)
@pytest.mark.parametrize("offset", [pytest.param(-1, marks=pytest.mark.slow), 1])
def test_what_moves_by_itself_tells_the_time(
    steps: NDArray[np.float64], people: int, offset: int
) -> None:
    """People, or a camera's uneven way, are believed whatever the telecine's shift makes up for."""
    film = filmed(steps, people=people)

    timing = match_frames(
        surveyed(faded(film)), surveyed(shifted(film), first=1 + offset), stated=0
    )

    assert timing.is_sure
    assert timing.reference == {frame: frame + offset for frame in range(1, len(film) + 1)}


def test_what_moves_is_seen_besides_the_camera() -> None:
    """A gliding camera alone leaves nothing, people in front of it are left."""
    still, walked = (look(surveyed(filmed(EVEN_PAN, people=people))) for people in (0, 3))

    assert not still.moving.any()
    assert walked.moving.any(axis=(1, 2)).all()
    # EVEN_PAN on the raster of 96, and a quarter of it downwards; said of a corner, so not finely.
    assert still.camera == pytest.approx(np.hypot(1.37, 1.37 / 4) * 96 / WIDTH, rel=0.1)


def test_a_sequence_is_laid_on_another_to_a_tenth_of_a_pixel() -> None:
    """The map of a telecine is found to a fraction of the small pictures' pixels."""
    film = filmed(EVEN_PAN)
    telecine = Telecine(size=(WIDTH, HEIGHT), shift_px=(5.3, -2.4), scale=1.02, rotation_deg=0.6)
    copies = [make_reference(picture, telecine, frame=place) for place, picture in enumerate(film)]
    each = np.arange(len(film))

    laid = lay(look(surveyed(film)), look(surveyed(copies)), each, each)

    places = np.array([[20, 76, 48], [12, 40, 27], [1, 1, 1]], np.float64)
    small = np.diag([96 / WIDTH, 96 / WIDTH, 1])
    small[:2, 2] = 96 / WIDTH / 2 - 0.5  # the first pixel's centre is at (0, 0) in both rasters
    truth = reference_geometry(telecine, width=WIDTH, height=HEIGHT)
    wanted = small @ truth @ np.linalg.inv(small) @ places
    error = np.hypot(*(laid @ places - wanted)[:2]).max()
    assert error < 0.1, f"{error:.3f} pixels off"


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        pytest.param(lambda picture: picture[:, ::-1], "mirrored left to right", id="mirrored"),
        pytest.param(lambda picture: picture[::-1], "upside down", id="upside down"),
        pytest.param(lambda picture: picture[::-1, ::-1], "half a circle", id="turned"),
    ],
)
@pytest.mark.slow
def test_a_reference_turned_over_is_named(
    original: Pictures,
    turn: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    words: str,
) -> None:
    """Each has its own sentence."""
    turned = [np.ascontiguousarray(turn(picture)) for picture in telecined(original)]

    timing = match_frames(surveyed(faded(original)), surveyed(turned), stated=0)

    assert not timing.is_sure
    assert words in timing.sentence


def test_another_shots_reference_is_named(original: Pictures) -> None:
    """Two sequences with nothing in common are never matched."""
    other = telecined(moving_picture(seed=11))

    timing = match_frames(surveyed(faded(original)), surveyed(other), stated=0)

    assert not timing.is_sure
    assert "unrelated" in timing.sentence


def test_single_reference_frames_are_paired_as_stated(original: Pictures) -> None:
    """Stills from a print, a second apart: nothing between them can be followed."""
    references = surveyed(telecined(original)[::8])
    numbers = tuple(1 + 8 * place for place in range(len(references.frames)))
    references = replace(references, frames=numbers)

    timing = match_frames(surveyed(faded(original)), references, stated=0)

    assert not timing.is_sure
    assert timing.reference == {number: number for number in numbers}
    assert "single frames" in timing.sentence


def test_one_frame_shots_are_paired_as_stated(original: Pictures) -> None:
    """A single frame says nothing about time."""
    timing = match_frames(
        surveyed(faded(original[:1])), surveyed(telecined(original[:1])), stated=0
    )

    assert timing.reference == {1: 1}


def test_a_letterboxed_reference_raster_is_no_hindrance(original: Pictures) -> None:
    """A Reference of another shape is compared on one raster."""
    squeezed = [
        np.asarray(cv2.resize(picture, (144, 115), interpolation=cv2.INTER_AREA), np.float32)
        for picture in telecined(original)
    ]

    timing = match_frames(surveyed(faded(original)), surveyed(squeezed, first=5), stated=0)

    assert timing.offset == 4
