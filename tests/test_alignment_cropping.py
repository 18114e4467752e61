"""The shared crop: what a scanner sees beside the picture goes, dark picture stays."""

from __future__ import annotations

import functools
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.cropping import (
    PictureArea,
    SharedCrop,
    find_picture,
    share_crop,
)
from chromaresolve.alignment.geometry import Matrix, raster_to_raster
from chromaresolve.errors import StageError

Picture = NDArray[np.float32]
Brush = Callable[[Picture, int], None]
"""Draws something on a frame's left side, or over it, given the frame's number."""

WIDTH, HEIGHT = 641, 479
"""Odd on purpose."""

FRAMES = 4

MOST_GIVEN_AWAY = 12
"""Columns of picture that a border may take with it: soft edges, weave, a little film base."""

BLACK = 0.03
"""Film base and letterbox."""


@functools.cache
def textured(number: int, *, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Make one frame of moving, textured picture, grain included."""
    rng = np.random.default_rng(number)
    rgb = np.zeros((height, width, 3), np.float32)
    for size in (96, 48, 24, 12):
        coarse = rng.normal(0, 1, (height // size + 3, width // size + 3, 3)).astype(np.float32)
        rgb += np.sqrt(size) * np.asarray(cv2.resize(coarse, (width, height), interpolation=2))
    rgb = 0.45 + 0.15 * (rgb - rgb.mean()) / rgb.std()
    rgb += rng.standard_normal(rgb.shape, dtype=np.float32) / 100
    return np.asarray(np.clip(rgb, 0.02, 0.98), np.float32)


def shot(*brushes: Brush, frames: int = FRAMES) -> list[Picture]:
    """Make a shot's frames with something drawn on each, and a scanner's noise."""
    made = []
    for number in range(frames):
        picture = textured(number).copy()
        for brush in brushes:
            brush(picture, number)
        noise = np.random.default_rng(100 + number).standard_normal(picture.shape, np.float32)
        made.append(picture + np.float32(0.004) * noise)
    return made


def soften(rgb: Picture, columns: slice) -> None:
    """Blur columns as a scanner's lens does."""
    rgb[:, columns] = cv2.GaussianBlur(rgb[:, columns], (0, 0), 0.8)


def perforated(*, light: bool = True, holes: int = 4) -> Brush:
    """Draw film base 70 px wide with rounded holes down its middle, and sound-track base."""

    def draw(rgb: Picture, number: int) -> None:
        del number
        base, hole = (BLACK, 0.98) if light else (0.9, 0.02)
        rgb[:, :70] = base
        pitch = HEIGHT / holes
        # As on 35 mm: 2.8 mm wide, 2.0 mm high, 4.75 mm apart.
        tall = pitch * 1.98 / 4.75
        wide = min(tall * 1.41, 50)
        for place in range(holes):
            top = round((place + 0.3) * pitch)
            corners = ((12, top), (round(12 + wide), round(top + tall)))
            inset = 5
            (left, up), (right, down) = corners
            shade = (hole,) * 3
            cv2.rectangle(rgb, (left + inset, up), (right - inset, down), shade, -1)
            cv2.rectangle(rgb, (left, up + inset), (right, down - inset), shade, -1)
            for x in (left + inset, right - inset):
                for y in (up + inset, down - inset):
                    cv2.circle(rgb, (x, y), inset, shade, -1)
        soften(rgb, slice(0, 70))

    return draw


def sound(*, density: bool, at: int = 0) -> Brush:
    """Draw a sound track of 40 px with black on both sides, other sound on each frame."""

    def draw(rgb: Picture, number: int) -> None:
        rng = np.random.default_rng(7 + number)
        wave = np.asarray(cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, 1)), (1, 0), 0, None, 2.0))
        wave = np.clip(0.5 + 0.2 * wave / wave.std(), 0.05, 0.95)
        rgb[:, at : at + 60] = BLACK
        across = np.abs(np.linspace(-1, 1, 40))[None, :]
        strip = np.repeat(wave, 40, axis=1) if density else BLACK + 0.9 * (across < wave)
        rgb[:, at + 8 : at + 48] = strip[..., None]
        soften(rgb, slice(at, at + 60))

    return draw


def bordered(left: int, top: int, right: int, bottom: int) -> Brush:
    """Draw black borders."""

    def draw(rgb: Picture, number: int) -> None:
        del number
        inside = np.zeros(rgb.shape[:2], np.bool_)
        inside[top : rgb.shape[0] - bottom, left : rgb.shape[1] - right] = True
        rgb[~inside] = BLACK

    return draw


def night(rgb: Picture, number: int) -> None:
    """Draw night: all dark and nearly even, but for what moves in the middle and a lamp."""
    lit = rgb[150:330, 250:420].copy()
    rgb[:] = 0.03 + 0.1 * (rgb - 0.5) ** 2
    rgb[150:330, 250:420] = lit
    cv2.circle(rgb, (40, 60 + 3 * number), 5, (0.9, 0.8, 0.6), -1)


def windows(rgb: Picture, number: int) -> None:
    """Draw a house at night at the left: lit windows one above the other, curtains in them."""
    curtains = rgb[:, 30:60].copy()
    rgb[:, :80] = 0.3 * rgb[:, :80]
    for top in range(30, HEIGHT - 60, 110):
        rgb[top : top + 40, 30:60] = 0.3 + 0.7 * curtains[top : top + 40]
    del number


def blinds(rgb: Picture, number: int) -> None:
    """Draw a window with blinds at the left edge, which stands still."""
    del number
    rows = 0.3 + 0.3 * np.sin(np.arange(HEIGHT) * 2 * np.pi / 14)
    rgb[:, :60] = rows[:, None, None]
    rgb[:, 60:68] = 0.3


def titled(rgb: Picture, number: int) -> None:
    """Write a subtitle into the lower black of a letterbox."""
    letters = np.zeros(rgb.shape[:2], np.uint8)
    text = f"Line {number} of what is said"
    cv2.putText(letters, text, (120, HEIGHT - 20), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255,), 2)
    rgb[letters > 0] = 0.9


def sides(area: PictureArea | SharedCrop) -> tuple[int, int, int, int]:
    """Return what goes at the left, top, right and bottom."""
    return area.left, area.top, area.right, area.bottom


def assert_crop(area: PictureArea | SharedCrop, border: tuple[int, int, int, int]) -> None:
    """Check that no border column is kept, and little picture given away."""
    for found, true in zip(sides(area), border, strict=True):
        assert found >= true, f"{sides(area)} keeps border of {border}"
        assert found <= true + MOST_GIVEN_AWAY, f"{sides(area)} gives picture away of {border}"


@pytest.mark.parametrize(
    ("brushes", "border", "told"),
    [
        pytest.param([], (0, 0, 0, 0), (), id="nothing"),
        pytest.param([bordered(0, 50, 0, 52)], (0, 50, 0, 52), ("letterbox",), id="letterbox"),
        pytest.param(
            [bordered(0, 50, 0, 52), titled],
            (0, 50, 0, 52),
            ("letterbox",),
            id="letterbox with subtitles",
        ),
        pytest.param([bordered(30, 0, 0, 0)], (30, 0, 0, 0), ("black border",), id="one border"),
        pytest.param([perforated()], (70, 0, 0, 0), ("perforations, 4",), id="perforations"),
        pytest.param(
            [perforated(light=False)], (70, 0, 0, 0), ("perforations, 4",), id="dark perforations"
        ),
        pytest.param([sound(density=False)], (60, 0, 0, 0), ("variable-area",), id="variable area"),
        pytest.param(
            [sound(density=True)], (60, 0, 0, 0), ("variable-density",), id="variable density"
        ),
        pytest.param(
            [perforated(), sound(density=False, at=66), bordered(0, 0, 24, 0)],
            (126, 0, 24, 0),
            ("perforations", "variable-area", "black border"),
            id="all of a 35 mm overscan",
        ),
    ],
)
def test_find_picture_leaves_out_what_is_none(
    brushes: list[Brush], border: tuple[int, int, int, int], told: tuple[str, ...]
) -> None:
    """Each thing beside the picture goes to its last column, and is named in its place."""
    frames = shot(*brushes)
    if any("bordered" in brush.__qualname__ for brush in brushes[-1:]) and len(brushes) > 1:
        # The border was drawn over the whole frame: the left side comes last again.
        for number, rgb in enumerate(frames):
            for brush in brushes[:-1]:
                brush(rgb, number)

    area = find_picture(frames, name="Source")

    assert_crop(area, border)
    assert len(area.sentences) == len(told)
    for sentence, words in zip(area.sentences, told, strict=True):
        assert words in sentence
        assert sentence.startswith("Source: ")


@pytest.mark.parametrize(
    ("brush", "frames"),
    [(night, 1), (night, FRAMES), (windows, FRAMES), (blinds, 1), (blinds, FRAMES)],
)
def test_find_picture_keeps_dark_picture(brush: Brush, frames: int) -> None:
    """Night, lit windows one above the other and blinds are picture, at the edge as well."""
    area = find_picture(shot(brush, frames=frames), name="Source")

    assert sides(area) == (0, 0, 0, 0), area.sentences


def test_find_picture_finds_a_margin_on_the_right() -> None:
    """A margin is found on either side, and its sentence says on which."""
    frames = [np.ascontiguousarray(rgb[:, ::-1]) for rgb in shot(sound(density=False))]

    area = find_picture(frames, name="Reference")

    assert_crop(area, (0, 0, 60, 0))
    assert area.sentences[0].startswith("Reference: a variable-area sound track at the right")


def test_find_picture_scales_to_a_large_raster() -> None:
    """Numbers and mask are in pixels of the frames, however small they were looked at."""
    frames = [
        np.asarray(cv2.resize(rgb, (2 * WIDTH, 2 * HEIGHT)), np.float32)
        for rgb in shot(bordered(0, 50, 0, 52))[:2]
    ]

    area = find_picture(frames, name="Source")

    assert area.mask.shape == (2 * HEIGHT, 2 * WIDTH)
    assert 100 <= area.top <= 100 + 2 * MOST_GIVEN_AWAY
    assert not area.mask[:100].any()
    assert area.mask[area.top + 2 : 2 * HEIGHT - area.bottom - 2].all()


def shared(sources: list[Picture], references: list[Picture], matrix: Matrix) -> SharedCrop:
    """Return the crop of pairs that all lie alike."""
    return share_crop(
        find_picture(sources, name="Source"),
        find_picture(references, name="Reference"),
        [(matrix, None)] * len(sources),
    )


def test_crop_keeps_what_only_the_reference_lacks() -> None:
    """A Reference masked to a wider picture crops nothing; nothing is taught there, and said."""
    sources = shot(bordered(20, 0, 20, 0))
    references = [
        np.asarray(cv2.resize(rgb, (360, 288)), np.float32) for rgb in shot(bordered(0, 80, 0, 80))
    ]

    stretched = raster_to_raster(sources[0].shape, references[0].shape)
    crop = shared(sources, references, stretched)

    assert_crop(crop, (20, 0, 20, 0))
    assert "the Reference does not show" in crop.sentences[-1]
    assert any(sentence.startswith("Reference: letterbox") for sentence in crop.sentences)
    both = crop.both_show(stretched)
    assert not both[:80].any()
    assert not both[-80:].any()
    assert not both[:, :20].any()
    assert not both[:, -20:].any()
    assert both[110:-110, 40:-40].all()


def test_crop_never_teaches_a_border_of_a_moved_reference() -> None:
    """The Reference's border is found on the Source through the matrix."""
    sources, references = shot(), shot(bordered(40, 0, 0, 0))
    moved = np.array([[1, 0, -30], [0, 1, 0], [0, 0, 1]], np.float64)

    both = shared(sources, references, moved).both_show(moved)

    assert not both[:, :70].any()
    assert both[5:-5, 70 + MOST_GIVEN_AWAY : -2].all()


def test_crop_says_nothing_of_a_reference_that_shows_all() -> None:
    """Two whole pictures need no crop and no sentence."""
    crop = shared(shot(), shot(), np.eye(3))

    assert sides(crop) == (0, 0, 0, 0)
    assert crop.sentences == ()


def test_crop_needs_a_picture() -> None:
    """Without any there is nothing to look at, and that is said."""
    with pytest.raises(StageError, match="no frame of the Source"):
        find_picture([], name="Source")


def test_crop_needs_one_raster() -> None:
    """Frames of two sizes are named with both."""
    frames = [textured(0), textured(1, width=400)]

    with pytest.raises(StageError, match="Source are 400 x 479 and 641 x 479: give one raster"):
        find_picture(frames, name="Source")
