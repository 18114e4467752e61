"""What makes a frame unfit for use: values that are no numbers, sizes that do not agree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import FrameError
from chromaresolve.frames.frame import Header, Rgb

LARGEST_HALF = float(np.finfo(np.float16).max)
"""65504: what is larger would become infinite in a half file."""


def require_finite(path: Path, rgb: Rgb) -> None:
    """Refuse NaN and Inf, saying how many pixels have them and where the first is.

    Raises:
        FrameError: A value is not finite.
    """
    # A minimum or maximum is NaN as soon as one value is; both cost less than one mask.
    if not (np.isfinite(rgb.min()) and np.isfinite(rgb.max())):
        where = _where(rgb, ~np.isfinite(rgb))
        raise FrameError(path, f"not finite (NaN or Inf) in {where}: repair the frame")


def require_half_range(path: Path, rgb: Rgb) -> None:
    """Refuse values that half cannot hold, naming the first pixel.

    Raises:
        FrameError: A value lies beyond 65504.
    """
    if max(-rgb.min(), rgb.max()) > LARGEST_HALF:
        where = _where(rgb, np.abs(rgb) > LARGEST_HALF)
        raise FrameError(path, f"beyond {LARGEST_HALF:.0f} in {where}: write it as float")


def require_same_size(headers: Iterable[Header]) -> None:
    """Refuse frames that hold another number of pixels than the first.

    Raises:
        FrameError: Names the first frame whose data window has another width or height.
    """
    first: Header | None = None
    for header in headers:
        first = first or header
        if _size(header) != _size(first):
            raise FrameError(
                header.path,
                f"is {_size(header)}, but {first.path.name!r} is {_size(first)}: "
                "the frames of one sequence must agree",
            )


def _size(header: Header) -> str:
    return f"{header.data_window.width}x{header.data_window.height}"


def _where(rgb: Rgb, wrong: NDArray[np.bool_]) -> str:
    pixels = np.argwhere(wrong.any(axis=-1))
    y, x = (int(position) for position in pixels[0])
    channel = int(np.argmax(wrong[y, x]))
    count = "1 pixel" if len(pixels) == 1 else f"{len(pixels)} pixels"
    value = float(rgb[y, x, channel])
    return (
        f"{count}, the first at column {x}, row {y} of the data window ({'RGB'[channel]} {value})"
    )
