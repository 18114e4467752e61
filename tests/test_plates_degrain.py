"""Degrain: grain goes, edges stay, nothing that moved is left behind."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.errors import UsageError
from chromaresolve.plates import degrain, measure_grain, neighbour_frames

Picture = NDArray[np.float32]
Paint = Callable[[], Picture]

GRAIN = 0.03
"""Deviation of the grain at middle tones, display values: 16 mm at 2K."""

GRAIN_SOFTNESS = 0.6
"""Softness of the grain, pixels."""

WIDER_PX = 0.5
"""Most that an edge of 13 times the grain's deviation widens from 10 to 90 %."""

GHOST = 0.05
"""Most of a moved thing's contrast that is left where it was: what chance leaves of the grain."""


def sky(*, height: int = 240, width: int = 320) -> Picture:
    """Return a picture with nothing but a gradient."""
    down, across = np.mgrid[:height, :width].astype(np.float32)
    rows = [0.3 + 0.4 * down / height, 0.4 + 0.3 * down / height, 0.6 + 0.2 * across / width]
    return np.dstack(rows).astype(np.float32)


def shapes(*, height: int = 240, width: int = 320) -> Picture:
    """Return a picture of flat discs with sharp edges."""
    random = np.random.default_rng(1)
    picture = np.full((height, width, 3), 0.4, np.float32)
    for _ in range(25):
        centre = (int(random.integers(width)), int(random.integers(height)))
        colour = random.uniform(0.15, 0.85, 3).tolist()
        cv2.circle(picture, centre, int(random.integers(8, 40)), colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.float32)


def clouds(*, height: int = 240, width: int = 320) -> Picture:
    """Return a picture with detail of every size, hardly any of it flat."""
    random = np.random.default_rng(2)
    picture = np.full((height, width, 3), 0.45, np.float32)
    for size in (64, 32, 16, 8, 4):
        coarse = random.normal(0, 0.006 * size**0.6, (height // size + 3, width // size + 3, 1))
        fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        picture += fine[..., np.newaxis] * np.array([1.0, 0.9, 0.7])
    return picture.astype(np.float32)


KINDS = [
    pytest.param(sky, 12.0, 65.0, id="gradient"),
    pytest.param(shapes, 5.0, 80.0, id="shapes"),
    pytest.param(clouds, 6.0, 40.0, id="detail of every size"),
]
"""Each kind of picture, what degrain gains on it at least, and how near to itself it stays where
it is clean, both in dB. Clouds without a flat part are noise themselves."""


def with_grain(clean: Picture, seed: int, *, amount: float = GRAIN) -> Picture:
    """Return the picture with soft grain, strongest at middle tones, its own in each channel."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal(clean.shape, dtype=np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), GRAIN_SOFTNESS)
    by_tone = np.sqrt(np.clip(clean * (1 - clean) * 4, 0.1, 1))
    return np.asarray(clean + amount * by_tone * soft / soft.std(), np.float32)


def decibels(picture: Picture, clean: Picture) -> float:
    """Return the PSNR."""
    return float(-10 * np.log10(np.mean(np.square(picture - clean)) + 1e-15))


def edge_width(picture: Picture) -> float:
    """Return the pixels from 10 to 90 % of an upright edge in the middle, over all rows."""
    line = picture.mean(axis=(0, 2))
    low, high = line[20:60].mean(), line[-60:-20].mean()
    rise = np.maximum.accumulate((line[60:-60] - low) / (high - low))
    return float(
        np.interp(0.9, rise, np.arange(len(rise))) - np.interp(0.1, rise, np.arange(len(rise)))
    )


@pytest.mark.parametrize(("kind", "gain", "near"), KINDS)
def test_degrain_comes_nearer_to_the_clean_picture(kind: Paint, gain: float, near: float) -> None:
    """Grain is taken off by so many dB on every kind of picture, and of a clean one nothing is."""
    clean = kind()
    grainy = with_grain(clean, 3)

    degrained, still_clean = (degrain(plate, strength=1) for plate in (grainy, clean))

    assert decibels(degrained, clean) - decibels(grainy, clean) > gain
    assert decibels(still_clean, clean) > near


def test_degrain_of_strength_0_is_the_plate() -> None:
    """Switched off, it returns the plate itself, with neighbours or without."""
    plate = with_grain(sky(), 1)

    assert degrain(plate, strength=0) is plate
    assert degrain(plate, strength=0, neighbours=[plate]) is plate


def test_degrain_of_half_the_strength_goes_half_the_way() -> None:
    """Strength mixes the plate with what is fully degrained."""
    plate = with_grain(shapes(), 1)

    half, whole = (degrain(plate, strength=strength) for strength in (0.5, 1))

    assert np.abs(half - (plate + whole) / 2).max() < 1e-6


@pytest.mark.parametrize("amount", [pytest.param(0.0, id="clean"), pytest.param(0.03, id="grainy")])
def test_degrain_keeps_edges_sharp(amount: float) -> None:
    """An edge well above the grain widens by less than the stated part of a pixel."""
    clean = np.full((240, 320, 3), 0.3, np.float32)
    clean[:, 160:] = 0.7
    clean = np.asarray(cv2.GaussianBlur(clean, (0, 0), 1.0), np.float32)
    grainy = with_grain(clean, 4, amount=amount)

    wider = edge_width(degrain(grainy, strength=1)) - edge_width(grainy)

    assert abs(wider) < (WIDER_PX if amount else 1e-6)


@pytest.mark.parametrize(
    "wild",
    [
        pytest.param(lambda plate: 3 * plate - 1, id="negative and above 1"),
        pytest.param(lambda plate: plate[:239, :317], id="odd size, not contiguous"),
        pytest.param(lambda plate: plate[::-1, ::-1], id="turned around in memory"),
        pytest.param(lambda plate: plate[..., :1].repeat(3, axis=2), id="mono"),
    ],
)
def test_degrain_takes_awkward_plates(wild: Callable[[Picture], Picture]) -> None:
    """Values beyond 0 and 1, odd sizes and mono plates are degrained like any other."""
    clean = shapes()
    grainy = wild(with_grain(clean, 5))

    degrained = degrain(grainy, strength=1)

    assert degrained.dtype == np.float32
    assert degrained.shape == grainy.shape
    assert decibels(degrained, wild(clean)) - decibels(grainy, wild(clean)) > 2


def test_degrain_keeps_a_mono_plate_mono() -> None:
    """Where the channels are alike, they stay so."""
    plate = with_grain(shapes(), 5)[..., 1:2].repeat(3, axis=2)

    degrained = degrain(plate, strength=1)

    assert np.ptp(degrained, axis=2).max() < 1e-6


@pytest.mark.parametrize(
    "plate",
    [
        pytest.param(with_grain(sky(height=40, width=50), 1), id="too small to tell"),
        pytest.param(np.full((100, 120, 3), 0.4, np.float32), id="constant"),
    ],
)
def test_degrain_leaves_what_shows_no_grain(plate: Picture) -> None:
    """A plate whose grain is not known stays as it is."""
    assert np.array_equal(degrain(plate, strength=1), plate)


def test_degrain_gives_the_same_bits_again() -> None:
    """Training and recovery see the same plate, wherever it lies and however many threads run."""
    plate, neighbour = with_grain(clouds(), 1), with_grain(clouds(), 2)
    elsewhere = np.empty(plate.size + 3, np.float32)[3:].reshape(plate.shape)
    elsewhere[:] = plate
    threads = cv2.getNumThreads()

    once = degrain(plate, strength=0.7, neighbours=[neighbour])
    cv2.setNumThreads(1)
    again = degrain(elsewhere, strength=0.7, neighbours=[neighbour.copy()])
    cv2.setNumThreads(threads)

    assert np.array_equal(once, again)


@pytest.mark.parametrize(
    ("shift", "light"),
    [
        pytest.param((0, 0), 1.0, id="still"),
        pytest.param((3, -2), 1.04, id="weave and flicker"),
    ],
)
def test_degrain_with_neighbours_finds_more_detail(shift: tuple[int, int], light: float) -> None:
    """Frames before and after show detail that a single frame's grain hides."""
    clean = clouds(height=260, width=340)
    here = clean[10:-10, 10:-10]
    moved = np.roll(clean, shift, axis=(1, 0))[10:-10, 10:-10] * np.float32(light)
    plate, *others = (with_grain(c, seed) for seed, c in enumerate((here, moved, moved)))

    alone = degrain(plate, strength=1)
    together = degrain(plate, strength=1, neighbours=others)

    assert decibels(together, here) - decibels(alone, here) > 2


@pytest.mark.parametrize("contrast", [0.01, 0.03, 0.1, 0.3])
def test_degrain_with_neighbours_leaves_no_ghost(contrast: float) -> None:
    """Where an edge was or will be, the plate keeps its own ground, be the edge pale or strong."""
    frames = []
    for number in range(3):
        frame = sky()
        frame[60:180, 60 + 50 * number : 130 + 50 * number] += np.float32(contrast)
        frames.append(frame)
    before, plate, after = (with_grain(frame, seed) for seed, frame in enumerate(frames))

    change = degrain(plate, strength=1, neighbours=[before, after]) - degrain(plate, strength=1)

    left, right = change[70:170, 65:105].mean(), change[70:170, 185:225].mean()
    assert max(abs(left), abs(right)) < max(GHOST * contrast, 1e-3)


def test_degrain_ignores_a_neighbour_of_another_shot() -> None:
    """Beyond a cut nothing is like the plate, and nothing of it comes in."""
    plate, other = with_grain(shapes(), 1), with_grain(clouds(), 2)

    change = degrain(plate, strength=1, neighbours=[other]) - degrain(plate, strength=1)

    assert np.abs(change).mean() < GRAIN / 20


def test_degrain_refuses_what_cannot_be() -> None:
    """A strength beyond 0 to 1, or a neighbour of another size, is said to be wrong."""
    plate = with_grain(sky(), 1)

    with pytest.raises(UsageError, match="give 0 to 1"):
        degrain(plate, strength=1.2)
    with pytest.raises(UsageError, match="a neighbour is 310 x 240"):
        degrain(plate, strength=1, neighbours=[plate[:, 10:]])


def test_measure_grain_finds_its_strength_by_tone() -> None:
    """The variance measured at a tone is that of the grain planted there."""
    clean = sky(height=480, width=640)
    grain = measure_grain(with_grain(clean, 6))
    noise = with_grain(clean, 6) - clean
    smooth = cv2.pyrUp(cv2.pyrDown(noise), dstsize=(640, 480))
    planted = float(np.square(noise - smooth).mean())

    assert grain is not None
    measured = grain.variance * grain.shares[0]
    assert planted / 1.3 < measured.mean() < planted * 1.3


def test_measure_grain_does_not_take_texture_for_grain() -> None:
    """Where half of the picture is nothing but tiles, the flat half speaks for it."""
    clean = sky(height=480, width=640)
    across, down = (np.sign(np.sin(1.2 * np.arange(side))) for side in (640, 240))
    clean[:240] = 0.25 + 0.12 * np.multiply.outer(down, across)[..., np.newaxis]
    flat, tiled = (measure_grain(with_grain(c, 7)) for c in (sky(height=480, width=640), clean))

    assert flat is not None
    assert tiled is not None
    assert tiled.variance.max() < 2 * flat.variance.max()


def test_neighbour_frames_are_those_there_are() -> None:
    """At an end or beside a gap there is one, or none."""
    frames = {10, 11, 12, 20}

    assert neighbour_frames(frames, 11) == (10, 12)
    assert neighbour_frames(frames, 10) == (11,)
    assert neighbour_frames(frames, 20) == ()
