"""Frames out: EXR for plates, PNG and TIFF for pages and contact sheets; whole or not at all.

An EXR is written as one part of scanlines, first line first. Its header is that of the frame it was
made from, attribute for attribute and byte for byte, but for what says how one file holds its
pixels: compression and its level, the channel list (R, G and B under those names and in the type
asked for, none marked as perceptually linear), line order, tiles, type, chunk count; and but for
the preview, which would show the picture as it was before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from chromaresolve.errors import DiskError, FrameError, UsageError
from chromaresolve.files import whole
from chromaresolve.frames.attributes import replace_attributes
from chromaresolve.frames.checks import require_finite, require_half_range
from chromaresolve.frames.frame import AttributeValue, Frame, Header, Rgb, Window
from chromaresolve.frames.headers import rate_to_attribute
from chromaresolve.frames.opening import opened

COMPRESSIONS = (
    "none", "rle", "zips", "zip", "zip:N", "piz", "pxr24", "b44", "b44a", "dwaa", "dwaa:N",
    "dwab", "dwab:N", "htj2k256", "htj2k32",
)  # fmt: skip
"""What an EXR may be written with. N: zip 1 (fast) to 9 (small), dwaa and dwab 1 (fine) upwards."""

LOSSLESS = frozenset({"none", "rle", "zips", "zip", "piz", "htj2k256", "htj2k32"})
"""Compressions (the part before `:N`) that give back every half and float exactly."""

PIXEL_TYPES = ("half", "float")
"""What R, G and B may be written as."""

WRITTEN_AS = {
    np.dtype(np.float16): "half",
    np.dtype(np.float32): "float",
    np.dtype(np.uint32): "float",
}
"""How OpenImageIO is given the three pixel types of EXR.

It takes one array for all channels, and would round a uint beside a float to 24 bits; so uint
channels go through it as floats of the same bits, and the channel list is put right afterwards.
"""

PICTURE_TYPES = {".png": ("uint8", 255), ".tif": ("uint16", 65535), ".tiff": ("uint16", 65535)}
"""Pixel type and white code of a picture, by the end of its name."""


def write_frame(
    path: Path,
    frame: Frame,
    *,
    compression: str = "zip",
    pixel_type: str = "half",
    attributes: Mapping[str, str | int | float] | None = None,
) -> None:
    """Write one EXR frame with its other channels and its header; attributes add to or replace it.

    Raises:
        DiskError: The disk does not take it.
        FrameError: A value is NaN, Inf or too large for half, or the file cannot be written.
        UsageError: The compression, the pixel type or an attribute is not one that EXR has.
    """
    _require_known(path, compression, pixel_type)
    require_finite(path, frame.rgb)
    if pixel_type == "half":
        require_half_range(path, frame.rgb)
    uints = [name for name, plane in frame.others.items() if plane.dtype == np.uint32]
    if uints and compression.partition(":")[0] not in LOSSLESS:
        raise UsageError(f"channel {uints[0]!r} is uint: choose a lossless compression")
    carried = {**frame.header.attributes, **(attributes or {})}
    spec = _spec(frame, compression, pixel_type)
    with _replacing(path) as temporary:
        _write_pixels(path, temporary, spec, _interleave(frame))
        _require_written(path, temporary, compression)
        replace_attributes(temporary, carried, uint_channels=uints)


def write_rgb(
    path: Path,
    rgb: Rgb,
    *,
    compression: str = "zip",
    pixel_type: str = "half",
    attributes: Mapping[str, str | int | float] | None = None,
    frame_rate: Fraction | None = None,
) -> None:
    """Write R, G and B as an EXR frame with a header of its own.

    Raises:
        FrameError: As for `write_frame`.
        UsageError: As for `write_frame`.
    """
    height, width, _ = rgb.shape
    window = Window(x=0, y=0, width=width, height=height)
    carried: dict[str, AttributeValue] = dict(attributes or {})
    if frame_rate is not None:
        carried["framesPerSecond"] = rate_to_attribute(frame_rate)
    header = Header(
        path=path,
        pixel_type=pixel_type,
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        compression=compression,
        attributes=carried,
    )
    frame = Frame(rgb=rgb, others={}, header=header)
    write_frame(path, frame, compression=compression, pixel_type=pixel_type)


def write_picture(path: Path, picture_709: Rgb) -> None:
    """Write display values 0 to 1 as an 8 bit PNG or a 16 bit TIFF; what lies outside is clamped.

    Raises:
        FrameError: A value is NaN or Inf, or the file cannot be written.
        UsageError: The name ends in neither `.png` nor `.tif`.
    """
    if path.suffix not in PICTURE_TYPES:
        raise UsageError(f"{path}: a picture's name ends in .png or .tif")
    require_finite(path, picture_709)
    pixel_type, white = PICTURE_TYPES[path.suffix]
    height, width, _ = picture_709.shape
    spec = oiio.ImageSpec(width, height, 3, pixel_type)
    codes = clamp_to_code_values(picture_709, white=white).astype(pixel_type)
    with _replacing(path) as temporary:
        _write_pixels(path, temporary, spec, codes)


def clamp_to_code_values(picture_709: Rgb, *, white: int) -> Rgb:
    """Round display values to codes from 0 to `white`; what lies outside becomes 0 or `white`."""
    codes: Rgb = np.rint(np.clip(picture_709, 0.0, 1.0) * np.float32(white))
    return codes


def _require_known(path: Path, compression: str, pixel_type: str) -> None:
    known = "|".join(COMPRESSIONS).replace("zip:N", "zip:[1-9]").replace(":N", ":[1-9][0-9]*")
    if not re.fullmatch(known, compression):
        raise UsageError(f"compression {compression!r} is not one of {', '.join(COMPRESSIONS)}")
    if pixel_type not in PIXEL_TYPES:
        raise UsageError(f"pixel type {pixel_type!r} is not one of {', '.join(PIXEL_TYPES)}")
    if path.suffix != ".exr":
        raise UsageError(f"{path}: a frame's name ends in .exr")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    try:
        with whole(path) as temporary:
            yield temporary
    except OSError as error:
        raise DiskError(path, f"cannot be written: {error.strerror}") from error


def _spec(frame: Frame, compression: str, pixel_type: str) -> oiio.ImageSpec:
    data, display = frame.header.data_window, frame.header.display_window
    channels = len(frame.others) + 3
    spec = oiio.ImageSpec(data.width, data.height, channels, pixel_type)
    spec.x, spec.y = data.x, data.y
    spec.full_x, spec.full_y = display.x, display.y
    spec.full_width, spec.full_height = display.width, display.height
    spec.channelnames = ("R", "G", "B", *frame.others)
    stored = [WRITTEN_AS[plane.dtype] for plane in frame.others.values()]
    spec.channelformats = tuple(oiio.TypeDesc(kind) for kind in [*3 * [pixel_type], *stored])
    spec.attribute("PixelAspectRatio", frame.header.pixel_aspect)
    spec.attribute("compression", compression)
    return spec


def _interleave(frame: Frame) -> NDArray[np.float32]:
    """Return all channels in one array, uint as floats of the same bits."""
    window = frame.header.data_window
    expected = (window.height, window.width)
    for name, plane in {"RGB": frame.rgb[..., 0], **frame.others}.items():
        if plane.shape != expected:
            raise ValueError(f"{name}: expected {expected}, found {plane.shape}")
    if not frame.others:
        return np.ascontiguousarray(frame.rgb)
    pixels = np.empty((*expected, 3 + len(frame.others)), np.float32)
    pixels[..., :3] = frame.rgb
    for channel, plane in enumerate(frame.others.values(), start=3):
        pixels[..., channel] = plane.view(np.float32) if plane.dtype == np.uint32 else plane
    return pixels


def _write_pixels(path: Path, temporary: Path, spec: oiio.ImageSpec, pixels: NDArray[Any]) -> None:
    image = oiio.ImageOutput.create(str(temporary))
    if image is None:
        raise DiskError(path, f"cannot be written: {oiio.geterror()}")
    is_written = image.open(str(temporary), spec) and image.write_image(pixels)
    # Closing writes too: a full disk may show only here.
    if not (image.close() and is_written):
        raise DiskError(path, f"cannot be written: {image.geterror().strip()}")


def _require_written(path: Path, temporary: Path, compression: str) -> None:
    # OpenImageIO writes zip, without a word, for every name it does not know.
    with opened(temporary) as image:
        written = image.spec().get_string_attribute("compression")
    if written != compression.partition(":")[0]:
        raise FrameError(path, f"this OpenImageIO writes {written!r} for {compression!r}")
