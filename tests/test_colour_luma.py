"""Luma and chroma against the standard's numbers, and there and back."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from chromaresolve.colour import (
    CB_RANGE,
    CR_RANGE,
    LUMA_WEIGHTS,
    luma_chroma_to_rgb,
    rgb_to_chroma,
    rgb_to_luma,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)

FLOAT32_STEP = 2.0**-23
"""Relative step of float32."""

ROUNDINGS = 6 * FLOAT32_STEP
"""Split and join are a handful of float32 operations on values of the pixel's own size."""


def test_weights_are_the_standards() -> None:
    """The constants are those of Rec. ITU-R BT.709-6, items 3.2 and 3.3."""
    assert LUMA_WEIGHTS == (0.2126, 0.7152, 0.0722)
    assert abs(CB_RANGE - 1.8556) < 1e-12
    assert abs(CR_RANGE - 1.5748) < 1e-12


@pytest.mark.parametrize(
    ("rgb", "ycbcr"),
    [
        pytest.param((1, 1, 1), (1, 0, 0), id="white"),
        pytest.param((1, 1, 0), (0.9278, -0.5, 0.0722 / 1.5748), id="yellow"),
        pytest.param((0, 1, 1), (0.7874, 0.2126 / 1.8556, -0.5), id="cyan"),
        pytest.param((1, 0, 0), (0.2126, -0.2126 / 1.8556, 0.5), id="red"),
        pytest.param((0, 0, 1), (0.0722, 0.5, -0.0722 / 1.5748), id="blue"),
        pytest.param((0, 0, 0), (0, 0, 0), id="black"),
    ],
)
def test_split_gives_the_standards_bars(rgb: tuple[float, ...], ycbcr: tuple[float, ...]) -> None:
    """Full bars land where the standard's formulas put them, chroma within -0.5 and 0.5."""
    assert rgb_to_ycbcr(np.array(rgb)) == pytest.approx(ycbcr, abs=1e-7)


def test_split_leaves_neutrals_exact() -> None:
    """A neutral pixel's luma is its very value, and its chroma is exactly 0."""
    grey = np.random.default_rng(1).uniform(-0.5, 12, 10_000).astype(np.float32)

    ycbcr = rgb_to_ycbcr(np.repeat(grey[:, None], 3, axis=1))

    assert np.array_equal(ycbcr[:, 0], grey)
    assert not ycbcr[:, 1:].any()


@pytest.mark.parametrize("shape", [(3,), (5, 3), (7, 9, 3), (2, 3, 5, 3)])
def test_join_returns_what_split_took(shape: tuple[int, ...]) -> None:
    """Split and join of any leading shape, from -0.5 to 12, is off by float32 rounding only."""
    rgb = np.random.default_rng(2).uniform(-0.5, 12, shape).astype(np.float32)

    joined = (
        ycbcr_to_rgb(rgb_to_ycbcr(rgb)),
        luma_chroma_to_rgb(rgb_to_luma(rgb), rgb_to_chroma(rgb)),
    )

    for back in joined:
        assert back.dtype == np.float32
        assert np.abs(back - rgb).max() <= 12 * ROUNDINGS


def test_luma_is_good_to_float32() -> None:
    """Luma differs from float64 luma by a few float32 roundings of the pixel's largest channel."""
    rgb = np.random.default_rng(3).uniform(-0.5, 12, (200, 300, 3)).astype(np.float32)

    error = np.abs(rgb_to_luma(rgb) - rgb.astype(np.float64) @ LUMA_WEIGHTS)

    assert (error <= 2 * FLOAT32_STEP * np.abs(rgb).max(axis=-1)).all(), error.max()


def test_split_reads_any_layout() -> None:
    """Half, flipped and channel-reversed views give what their contiguous copies give."""
    rgb = np.random.default_rng(4).random((9, 7, 3)).astype(np.float16)

    view = rgb[::-1, ::2, ::-1]

    assert np.array_equal(rgb_to_ycbcr(view), rgb_to_ycbcr(view.astype(np.float32).copy()))


def test_importing_colour_opens_no_colour_library() -> None:
    """Luma maths costs no OpenColorIO."""
    code = "import sys, chromaresolve.colour; sys.exit('PyOpenColorIO' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
