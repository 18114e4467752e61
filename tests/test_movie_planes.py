"""Display values to video codes: the standard's own numbers, and what is lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import ycbcr_to_rgb
from chromaresolve.frames import Rgb
from chromaresolve.movie.codecs import H264, PRORES, Codec
from chromaresolve.movie.planes import Planes, clamp_to_planes, pad_to_even

BARS = [
    pytest.param((0.75, 0.75, 0.75), (721, 512, 512), id="white"),
    pytest.param((0.75, 0.75, 0), (674, 176, 543), id="yellow"),
    pytest.param((0, 0.75, 0.75), (581, 589, 176), id="cyan"),
    pytest.param((0, 0.75, 0), (534, 253, 207), id="green"),
    pytest.param((0.75, 0, 0.75), (251, 771, 817), id="magenta"),
    pytest.param((0.75, 0, 0), (204, 435, 848), id="red"),
    pytest.param((0, 0, 0.75), (111, 848, 481), id="blue"),
    pytest.param((1, 1, 1), (940, 512, 512), id="full white"),
    pytest.param((0, 0, 0), (64, 512, 512), id="black"),
]
"""75 % colour bars in 10-bit BT.709 codes; SMPTE RP 219-1, table 3."""


def flat(rgb: tuple[float, float, float], *, height: int = 4, width: int = 6) -> Rgb:
    """A picture of one colour."""
    return np.broadcast_to(np.array(rgb, dtype=np.float32), (height, width, 3)).copy()


def double_rows(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate rows of chroma that lie half-way between two of luma."""
    doubled = np.repeat(chroma, 2, axis=0)
    above = np.r_[chroma[:1], chroma[:-1]]
    below = np.r_[chroma[1:], chroma[-1:]]
    doubled[::2] += (above - chroma) / 4
    doubled[1::2] += (below - chroma) / 4
    return doubled


def planes_to_display(planes: Planes, codec: Codec) -> Rgb:
    """Undo it as a good player does: chroma is interpolated between its columns and rows."""
    scale = 2 ** (codec.bits - 8)
    luma = (planes.luma / scale - 16) / 219
    ycbcr = np.empty((*luma.shape, 3), dtype=np.float32)
    ycbcr[..., 0] = luma
    for channel, plane in ((1, planes.cb), (2, planes.cr)):
        chroma = (plane / scale - 128) / 224
        chroma = double_rows(chroma) if codec.has_half_rows else chroma
        ycbcr[:, ::2, channel] = chroma
        ycbcr[:, 1::2, channel] = (chroma + np.c_[chroma[:, 1:], chroma[:, -1:]]) / 2
    return ycbcr_to_rgb(ycbcr)


@pytest.mark.parametrize(("rgb", "codes"), BARS)
def test_colour_bars_have_the_standards_codes(
    rgb: tuple[float, float, float], codes: tuple[int, int, int]
) -> None:
    """Published codes, to the last bit."""
    planes = clamp_to_planes(flat(rgb), PRORES)

    assert [plane.shape for plane in planes] == [(4, 6), (4, 3), (4, 3)]
    assert tuple(set(plane.flat) for plane in planes) == tuple({code} for code in codes)


def test_eight_bits_with_half_rows() -> None:
    """H.264's planes: 16 to 235, chroma with half the rows too."""
    planes = clamp_to_planes(flat((1, 1, 1)), H264)

    assert [plane.shape for plane in planes] == [(4, 6), (2, 3), (2, 3)]
    assert [int(plane[0, 0]) for plane in planes] == [235, 128, 128]
    assert planes.luma.dtype == np.uint8


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param(1.05, 984, id="above white is kept"),
        pytest.param(-0.05, 20, id="below black is kept"),
        pytest.param(7.0, 1019, id="far above ends at the last code"),
        pytest.param(-2.0, 4, id="far below ends at the first"),
    ],
)
def test_foot_and_headroom_are_used(value: float, code: int) -> None:
    """Video has room outside black and white, and codes that no picture may have."""
    planes = clamp_to_planes(flat((value, value, value)), PRORES)

    assert set(planes.luma.flat) == {code}


def test_chroma_lies_on_even_columns() -> None:
    """A ramp of chroma comes out as the ramp's own values there: nothing is shifted by half."""
    ycbcr = np.zeros((2, 12, 3), dtype=np.float32)
    ycbcr[..., 0] = 0.5
    ycbcr[..., 1] = np.linspace(-0.2, 0.2, 12)
    planes = clamp_to_planes(ycbcr_to_rgb(ycbcr), PRORES)

    expected = np.rint(512 + 896 * ycbcr[0, 2::2, 1])
    np.testing.assert_array_equal(planes.cb[0, 1:], expected)


@pytest.mark.parametrize(
    ("codec", "largest"),
    [pytest.param(PRORES, 0.0021, id="10 bits"), pytest.param(H264, 0.0083, id="8 bits")],
)
def test_smooth_pictures_come_back_within_rounding(codec: Codec, largest: float) -> None:
    """The way to codes and back costs their rounding and no more.

    Half a code of luma is 1/1752, half a code of chroma as much as 1.8556/1792 in blue; a gentle
    gradient adds what lies between two chroma columns.
    """
    rows, columns = np.mgrid[0:32, 0:64].astype(np.float32)
    picture = np.stack([columns / 96, rows / 48, 0.5 + (columns - rows) / 256], axis=-1)

    back = planes_to_display(clamp_to_planes(picture, codec), codec)

    off = np.abs(back - picture)[2:-2, 2:-2]
    worst = np.unravel_index(int(off.argmax()), off.shape)
    assert off.max() <= largest, f"off by {off.max():.5f} at row, column, channel {worst}"


def test_odd_sizes_repeat_the_last_line() -> None:
    """Padding adds a line that looks like its neighbour, and even sizes are not touched."""
    odd = np.random.default_rng(3).random((5, 7, 3)).astype(np.float32)

    padded = pad_to_even(odd)

    assert padded.shape == (6, 8, 3)
    np.testing.assert_array_equal(padded[:5, :7], odd)
    np.testing.assert_array_equal(padded[5, :7], odd[4])
    np.testing.assert_array_equal(padded[:5, 7], odd[:, 6])
    assert pad_to_even(padded) is padded
