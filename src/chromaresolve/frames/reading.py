"""Frames in: EXR, DPX, TIFF and PNG through OpenImageIO, values untouched, channels by name.

What is not carried: further parts of a multi-part EXR (only the first is read), levels beyond the
first of a mip-mapped one, previews, ICC profiles. Deep and subsampled EXRs, Y'CbCr and CMYK files
and pictures stored rotated are refused, since turning them into R, G and B is a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from chromaresolve.errors import FrameError
from chromaresolve.frames.checks import require_finite
from chromaresolve.frames.frame import Frame, Header, Rgb
from chromaresolve.frames.headers import image_to_header
from chromaresolve.frames.opening import is_exr, opened, rgb_names, unreadable

STORED = frozenset({"half", "float", "uint8", "uint16", "uint"})
"""Pixel types read as they are stored; any other is asked for as float."""


def read_frame(path: Path) -> Frame:
    """Read one frame: R, G and B by name, all other channels, and the header.

    EXR and float TIFF values come as they are; integers as 0 to 1, code over largest code.

    Raises:
        FrameError: The file is missing, broken, not a picture with R, G and B, or holds NaN or Inf.
    """
    with opened(path) as image:
        spec = image.spec()
        names = rgb_names(spec)
        planes = _read_planes(path, image, spec.channelnames)
        others = {
            name: np.ascontiguousarray(plane) for name, plane in planes.items() if name not in names
        }
        rgb = _join(path, planes, names)
        return Frame(rgb=rgb, others=others, header=image_to_header(path, image))


def read_rgb(path: Path) -> Rgb:
    """Read one frame's R, G and B, as `read_frame` does, and leave everything else behind.

    Raises:
        FrameError: As for `read_frame`.
    """
    with opened(path) as image:
        names = rgb_names(image.spec())
        return _join(path, _read_planes(path, image, names), names)


def read_header(path: Path) -> Header:
    """Read one frame's header, and no pixels.

    Raises:
        FrameError: The file is missing, broken, or not a picture with R, G and B.
    """
    with opened(path) as image:
        return image_to_header(path, image)


def _read_planes(
    path: Path, image: oiio.ImageInput, names: Iterable[str]
) -> dict[str, NDArray[Any]]:
    """Read these channels as stored: one reading for each pixel type, so that none is converted."""
    spec = image.spec()
    alike: dict[str, dict[int, str]] = {}
    for name in names:
        channel = spec.channelindex(name)
        alike.setdefault(_kind(spec, channel), {})[channel] = name
    planes: dict[str, NDArray[Any]] = {}
    for kind, channels in alike.items():
        first = min(channels)
        block = image.read_image(0, 0, first, max(channels) + 1, kind)
        if block is None:
            raise FrameError(path, unreadable("picture is truncated or damaged", image.geterror()))
        if not is_exr(image):
            block = _codes_to_unit(block, spec.get_int_attribute("oiio:BitsPerSample"))
        planes |= {name: block[..., channel - first] for channel, name in channels.items()}
    return planes


def _kind(spec: oiio.ImageSpec, channel: int) -> str:
    kind = str(spec.channelformat(channel))
    return kind if kind in STORED else "float"


def _codes_to_unit(block: NDArray[Any], bits: int) -> NDArray[np.float32]:
    if block.dtype.kind != "u":
        return block.astype(np.float32, copy=False)
    # OpenImageIO widens 10 and 12 bit codes to 16 by repeating their high bits below them.
    size = 8 * block.itemsize
    bits = bits if 8 < bits < size else size
    unit: NDArray[np.float32] = np.divide(block >> (size - bits), 2**bits - 1, dtype=np.float32)
    return unit


def _join(path: Path, planes: Mapping[str, NDArray[Any]], names: Iterable[str]) -> Rgb:
    rgb = np.stack([planes[name] for name in names], axis=-1, dtype=np.float32)
    require_finite(path, rgb)
    return rgb
