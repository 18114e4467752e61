"""Cleaning of a Reference: specks, bands and blocks go, edges and luma stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma, rgb_to_ycbcr
from chromaresolve.errors import UsageError
from chromaresolve.plates import clean_reference
from chromaresolve.plates.banding import STEP
from chromaresolve.plates.blocks import measure_blocks

Picture = NDArray[np.float32]

ROUNDING = 1e-6
"""Three float32 sums near 1 and back."""


def scene(*, height: int = 288, width: int = 384, discs: int = 14) -> Picture:
    """Return soft clouds of colour with some discs before them."""
    random = np.random.default_rng(3)
    picture = np.full((height, width, 3), 0.5, np.float32)
    for size in (96, 48, 24):
        shape = (height // size + 3, width // size + 3, 3)
        coarse = random.normal(0, 0.008 * size**0.6, shape).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(discs):
        centre = (int(random.integers(width)), int(random.integers(height)))
        colour = random.uniform(0.2, 0.8, 3).tolist()
        cv2.circle(picture, centre, int(random.integers(10, 40)), colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.float32)


def ramp(*, height: int = 240, width: int = 640) -> Picture:
    """Return a gradient so slow that 8 bits show as bands."""
    down, across = np.mgrid[:height, :width].astype(np.float32)
    planes = (0.4 + 0.06 * across / width, 0.45 + 0.04 * down / height, 0.5 - 0.05 * across / width)
    return np.dstack(planes).astype(np.float32)


def eight_bit_video(rgb: Picture) -> Picture:
    """Return a picture in the steps of 8-bit legal YCbCr; ITU-R BT.709-6, item 5.6."""
    ycbcr = rgb_to_ycbcr(rgb)
    scale = np.array([219, 224, 224], np.float32)
    steps = np.rint(ycbcr * scale) / scale
    return luma_chroma_to_rgb(steps[..., 0], steps[..., 1:])


def jpeg(rgb: Picture, quality: int) -> Picture:
    """Return a picture after JPEG, chroma in 4:2:0."""
    codes = np.rint(255 * np.clip(rgb, 0, 1)).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    unpacked = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.float32)
    return unpacked[..., ::-1] / np.float32(255)


def enlarged(rgb: Picture, width: int, height: int) -> Picture:
    """Return a picture on a larger raster, as an export of an SD Reference has it."""
    larger = cv2.resize(np.ascontiguousarray(rgb), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.float32)


def cleaned(
    reference: Picture, *, median: int = 0, deband: bool = False, deblock: bool = False
) -> Picture:
    """Return the cleaned Reference alone."""
    return clean_reference(reference, median=median, deband=deband, deblock=deblock).reference_709


def decibels(picture: Picture, truth: Picture) -> float:
    """Return the PSNR."""
    return float(-10 * np.log10(np.mean(np.square(picture - truth)) + 1e-15))


def chroma_decibels(picture: Picture, truth: Picture) -> float:
    """Return the PSNR of chroma."""
    return decibels(rgb_to_chroma(picture), rgb_to_chroma(truth))


def test_clean_reference_with_all_off_is_the_reference() -> None:
    """Switched off, it returns the very Reference, and has nothing to say."""
    reference = scene()

    for median in (0, 1):
        untouched = clean_reference(reference, median=median, deband=False, deblock=False)
        assert untouched.reference_709 is reference
        assert untouched.notes == ()


@pytest.mark.parametrize("size", [3, 5, 7, 10, 12, 15])
def test_median_takes_specks_out_of_chroma(size: int) -> None:
    """Of coloured specks a third of its size, nine tenths of their energy go."""
    reference = scene()
    specked = reference.copy()
    random = np.random.default_rng(4)
    for _ in range(60):
        x, y = int(random.integers(8, 376)), int(random.integers(8, 280))
        specked[y : y + max(1, size // 3), x : x + max(1, size // 3)] = (0.9, 0.1, 0.8)

    left = rgb_to_chroma(cleaned(specked, median=size)) - rgb_to_chroma(reference)

    planted = rgb_to_chroma(specked) - rgb_to_chroma(reference)
    assert np.square(left).sum() < 0.1 * np.square(planted).sum()


@pytest.mark.parametrize("size", [2, 6, 10, 13])
def test_median_keeps_an_edge_between_even_colours(size: int) -> None:
    """An edge of chroma stays exactly where it is, and as sharp."""
    reference = np.full((120, 160, 3), (0.7, 0.4, 0.3), np.float32)
    reference[:, 80:] = (0.2, 0.5, 0.6)

    assert np.abs(cleaned(reference, median=size) - reference).max() < ROUNDING


@pytest.mark.parametrize(
    "cleaning",
    [pytest.param({"median": 10}, id="median"), pytest.param({"deblock": True}, id="blocks")],
)
def test_cleaning_of_chroma_keeps_luma(cleaning: dict[str, Any]) -> None:
    """Dust and blocks are cleaned in chroma alone: alignment and trust look at luma."""
    reference = jpeg(scene(), 30)

    change = rgb_to_luma(cleaned(reference, **cleaning)) - rgb_to_luma(reference)

    assert np.abs(change).max() < ROUNDING


@pytest.mark.parametrize(("size", "told"), [(10, False), (11, True)])
def test_median_beyond_10_is_told(size: int, told: bool) -> None:
    """More than the usual size is done, with a word of warning."""
    notes = clean_reference(scene(), median=size, deband=False, deblock=False).notes

    assert any("takes small colours" in note for note in notes) == told


@pytest.mark.parametrize("size", [-1, 16])
def test_median_of_no_sense_is_refused(size: int) -> None:
    """A size beyond 0 to 15 is said to be wrong."""
    with pytest.raises(UsageError, match="give 0 to 15"):
        clean_reference(scene(), median=size, deband=False, deblock=False)


def test_deband_smooths_8_bit_steps() -> None:
    """A slow gradient in 8-bit video comes nearer to what it was by 5 dB."""
    truth = ramp()
    banded = eight_bit_video(truth)

    assert decibels(cleaned(banded, deband=True), truth) - decibels(banded, truth) > 5


def test_deband_moves_no_value_by_more_than_rounding_had() -> None:
    """Whatever is in the picture, luma, Cb and Cr stay within half a step of 8-bit video."""
    banded = eight_bit_video(scene())

    change = rgb_to_ycbcr(cleaned(banded, deband=True)) - rgb_to_ycbcr(banded)

    assert np.abs(change).max() <= STEP / 2 + ROUNDING


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(
            np.where(np.arange(160) < 80, 0.3, 0.34)[None, :, None].repeat(120, 0), id="edge"
        ),
        pytest.param(
            np.random.default_rng(1).choice([0.4, 0.42], (120, 160, 1)), id="texture of 4 steps"
        ),
    ],
)
def test_deband_leaves_edges_and_texture(picture: NDArray[np.float64]) -> None:
    """What differs by more than a gradient's steps stays: nothing moves by a 40th of a step."""
    reference = np.ascontiguousarray(picture.repeat(3, axis=2), np.float32)

    assert np.abs(cleaned(reference, deband=True) - reference).max() < STEP / 40


@pytest.mark.parametrize("quality", [30, 60])
@pytest.mark.parametrize("size", [(384, 288), (960, 778)], ids=["own raster", "enlarged"])
def test_deblock_evens_the_blocks_of_jpeg(quality: int, size: tuple[int, int]) -> None:
    """Chroma comes nearer to what it was, on the raster it was compressed on and enlarged."""
    truth = enlarged(scene(discs=2), *size)
    blocky = enlarged(jpeg(scene(discs=2), quality), *size)

    gained = chroma_decibels(cleaned(blocky, deblock=True), truth) - chroma_decibels(blocky, truth)

    assert gained > 0.2


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [((384, 288), 16.0, 16.0), ((960, 778), 40.0, 16 * 778 / 288)],
    ids=["own raster", "enlarged"],
)
def test_measure_blocks_finds_the_grid(size: tuple[int, int], width: float, height: float) -> None:
    """The blocks of 4:2:0 are found as wide and high as they are, beginning at the corner."""
    chroma = rgb_to_chroma(enlarged(jpeg(scene(), 40), *size))

    grid = measure_blocks([np.ascontiguousarray(chroma[..., part]) for part in range(2)])

    assert grid is not None
    for found, planted in zip(grid, (width, height), strict=True):
        assert found.width == pytest.approx(planted, rel=2e-3)
        assert found.first == pytest.approx(planted - 0.5, abs=0.75)


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(scene(), id="clean"),
        pytest.param(enlarged(scene(height=180, width=240), 384, 288), id="enlarged"),
        pytest.param(
            scene() + np.random.default_rng(2).normal(0, 0.02, (288, 384, 3)).astype(np.float32),
            id="noisy",
        ),
        pytest.param(scene(height=40, width=50), id="small"),
        pytest.param(np.full((200, 300, 3), 0.5, np.float32), id="constant"),
    ],
)
def test_deblock_leaves_what_has_no_blocks(reference: Picture) -> None:
    """Without a grid nothing is changed, and that is said."""
    untouched = clean_reference(reference, median=0, deband=False, deblock=True)

    assert np.array_equal(untouched.reference_709, reference)
    assert len(untouched.notes) == 1


@pytest.mark.parametrize(
    "wild",
    [
        pytest.param(lambda rgb: 3 * rgb - 1, id="negative and above 1"),
        pytest.param(lambda rgb: rgb[:287, :381], id="odd size, not contiguous"),
        pytest.param(lambda rgb: rgb[..., :1].repeat(3, axis=2), id="mono"),
        pytest.param(lambda rgb: rgb[:5, :7], id="tiny"),
    ],
)
def test_cleaning_takes_awkward_references(wild: Callable[[Picture], Picture]) -> None:
    """Values beyond 0 and 1 survive, as do odd sizes; a mono Reference stays mono."""
    reference = wild(jpeg(scene(), 40))

    clean = cleaned(reference, median=5, deband=True, deblock=True)

    assert clean.dtype == np.float32
    assert clean.shape == reference.shape
    assert np.abs(clean - reference).mean() < 0.02 * max(1.0, float(np.ptp(reference)))
    assert np.ptp(clean, axis=2).max() <= np.ptp(reference, axis=2).max() * 1.05 + ROUNDING
