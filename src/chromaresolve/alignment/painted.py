"""Masks painted by hand: where a pair may teach, whatever was measured."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import FrameError
from chromaresolve.structure import Plane

SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""First bytes of every PNG (W3C PNG, 5.2). A JPEG of a mask rings at its edges and is refused."""

WHITE = {"uint8": 255, "uint16": 65535}
"""Code value of white by what the file holds."""

GREY_SHARE = 0.02
"""Share of white by which R, G and B of a grey may differ: rounding of a colour-managed export."""


def read_painted_mask(path: Path, width: int, height: int) -> Plane:
    """Read a painted mask: white teaches, black does not, grey by its share.

    A mask with alpha is laid over black: what is not painted does not teach.

    Args:
        path: A PNG of 8 or 16 bits, grey or R, G and B alike, with alpha or without.
        width: The Source's, which the mask must have too.
        height: The same.

    Returns:
        Shape (height, width), 0..1.

    Raises:
        FrameError: The file cannot be read, is no such PNG, has another size, is in colour, or lets
            nothing teach.
    """
    codes = _read_png(path)
    down, across = codes.shape[:2]
    if (across, down) != (width, height):
        problem = f"the painted mask is {across} x {down}, the Source is {width} x {height}"
        raise FrameError(path, f"{problem}: paint it on a frame of the Source")
    mask = _whiteness(path, codes.astype(np.float32) / np.float32(WHITE[codes.dtype.name]))
    if not mask.any():
        raise FrameError(
            path,
            "the painted mask is black or transparent all over, so that nothing would teach: paint "
            "white where the pair may teach",
        )
    return mask


def _read_png(path: Path) -> NDArray[np.uint8 | np.uint16]:
    """Return code values, shape (height, width, channels), channels 1, 3 or 4."""
    try:
        held = path.read_bytes()
    except OSError as error:
        raise FrameError(path, f"the painted mask cannot be read: {error.strerror}") from error
    codes = None
    if held.startswith(SIGNATURE):
        packed = np.frombuffer(held, np.uint8)
        codes = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    if codes is None or codes.dtype.name not in WHITE:
        raise FrameError(path, "the painted mask is no whole PNG: export it as PNG, 8 or 16 bits")
    return np.atleast_3d(codes)


def _whiteness(path: Path, shares: NDArray[np.float32]) -> Plane:
    """Return how white each pixel is over black, from channels 1, 3 or 4."""
    paint, alpha = shares[..., :3], shares[..., 3:]
    if float(np.ptp(paint, axis=2).max()) > GREY_SHARE:
        problem = "the painted mask is in colour: paint white what may teach, black what may not"
        raise FrameError(path, problem)
    mask = paint[..., 0] if paint.shape[2] == 1 else paint[..., 1]
    return np.ascontiguousarray(mask * alpha[..., 0] if alpha.shape[2] else mask)
