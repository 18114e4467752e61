"""Painted masks: every PNG an artist may save is read alike, what cannot be meant is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment.painted import read_painted_mask
from chromaresolve.errors import FrameError

WIDTH, HEIGHT = 31, 17
"""Odd, and not the same."""

SHARES = np.linspace(0, 1, WIDTH, dtype=np.float32) * np.ones((HEIGHT, 1), np.float32)
"""A ramp from black to white."""

STEP_8, STEP_16 = 0.5 / 255 + 1e-6, 0.5 / 65535 + 1e-6
"""Half a code value, which writing may round by."""


def write(path: Path, shares: NDArray[np.float32], *, bits: int = 8) -> Path:
    """Write shares of white, (height, width) or with channels, as a PNG."""
    kind = np.uint8 if bits == 8 else np.uint16
    assert cv2.imwrite(str(path), np.rint(shares * (2**bits - 1)).astype(kind))
    return path


@pytest.mark.parametrize(("bits", "step"), [(8, STEP_8), (16, STEP_16)])
@pytest.mark.parametrize("channels", [1, 3])
def test_read_returns_the_shares_of_white(
    tmp_path: Path, bits: int, step: float, channels: int
) -> None:
    """A ramp comes back as the ramp, at either depth, grey or R, G and B."""
    shares = SHARES if channels == 1 else np.repeat(SHARES[..., None], 3, axis=2)

    mask = read_painted_mask(write(tmp_path / "m.png", shares, bits=bits), WIDTH, HEIGHT)

    assert mask.dtype == np.float32
    np.testing.assert_allclose(mask, SHARES, atol=step)


def test_read_lays_alpha_over_black(tmp_path: Path) -> None:
    """White paint that is half seen through teaches half; without paint nothing does."""
    shares = np.ones((HEIGHT, WIDTH, 4), np.float32)
    shares[..., 3] = SHARES

    mask = read_painted_mask(write(tmp_path / "m.png", shares), WIDTH, HEIGHT)

    np.testing.assert_allclose(mask, SHARES, atol=STEP_8)


def test_read_refuses_another_size(tmp_path: Path) -> None:
    """A mask of the Reference's raster is named with both sizes."""
    path = write(tmp_path / "m.png", SHARES)

    with pytest.raises(FrameError, match=r"is 31 x 17, the Source is 2048 x 1556: paint it on"):
        read_painted_mask(path, 2048, 1556)


def test_read_refuses_colour(tmp_path: Path) -> None:
    """Red paint could mean either: it is not guessed."""
    red = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    red[3:6, 3:6, 2] = 1

    with pytest.raises(FrameError, match="is in colour: paint white what may teach"):
        read_painted_mask(write(tmp_path / "m.png", red), WIDTH, HEIGHT)


def test_read_refuses_a_mask_that_teaches_nothing(tmp_path: Path) -> None:
    """Black paint on nothing is black all over: what was meant is said."""
    black = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    black[:5, :, 3] = 1

    with pytest.raises(FrameError, match="nothing would teach"):
        read_painted_mask(write(tmp_path / "m.png", black), WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        pytest.param(None, "cannot be read", id="missing"),
        pytest.param(b"", "no whole PNG", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "no whole PNG", id="cut off"),
    ],
)
def test_read_refuses_what_is_no_png(tmp_path: Path, held: bytes | None, problem: str) -> None:
    """A missing, empty or cut-off file is refused by its name."""
    path = tmp_path / "mask.png"
    if held is not None:
        path.write_bytes(held)

    with pytest.raises(FrameError, match=problem) as refused:
        read_painted_mask(path, WIDTH, HEIGHT)

    assert refused.value.path == path


def test_read_refuses_a_jpeg(tmp_path: Path) -> None:
    """A JPEG rings at the mask's edges, whatever its name says."""
    _, packed = cv2.imencode(".jpg", np.full((HEIGHT, WIDTH), 255, np.uint8))
    path = tmp_path / "mask.png"
    path.write_bytes(packed.tobytes())

    with pytest.raises(FrameError, match="export it as PNG"):
        read_painted_mask(path, WIDTH, HEIGHT)
