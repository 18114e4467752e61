"""A frame's file opened, or refused with a sentence that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import OpenImageIO as oiio

from chromaresolve.errors import FrameError

FORMATS = frozenset({"openexr", "dpx", "tiff", "png"})
"""OpenImageIO's names of the formats that carry frames."""

SIGNATURES = (
    b"v/1\x01", b"SDPX", b"XPDS", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\x89PNG",
)  # fmt: skip
"""How files of these formats begin (TIFF and DPX in both byte orders)."""

UPRIGHT = frozenset({0, 1})
"""TIFF 6.0, Orientation: rows from the top, columns from the left; 0 where a DPX does not say."""

RGB_PHOTOMETRICS = frozenset({2, 3})
"""TIFF 6.0, PhotometricInterpretation: RGB, and a palette of RGB."""

CODEC_THREADS = {"threads": 1, "exr_threads": -1}
"""OpenImageIO's own threads and OpenEXR's, and the values that mean: none but the caller's."""


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let the codecs of each frame use the one thread they are called from, for a while.

    Frames side by side fill the cores better than the blocks of one frame do: a 2K frame has too
    few of them, and the threads of several frames would only wait for each other.
    """
    before = {name: oiio.get_int_attribute(name) for name in CODEC_THREADS}
    for name, alone in CODEC_THREADS.items():
        oiio.attribute(name, alone)
    try:
        yield
    finally:
        for name, threads in before.items():
            oiio.attribute(name, threads)


@contextmanager
def opened(path: Path) -> Iterator[oiio.ImageInput]:
    """Open a frame that has R, G and B, and close it again.

    Raises:
        FrameError: The file is missing, broken, or not a picture with R, G and B.
    """
    # OpenImageIO multiplies colour by alpha unless it is told to keep the two apart.
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    # It never raises: a failure is None, with the reason in a side channel.
    image = oiio.ImageInput.open(str(path), config)
    if image is None:
        raise FrameError(path, _why_closed(path, oiio.geterror()))
    try:
        _require_rgb(path, image)
        yield image
    finally:
        image.close()


def is_exr(image: oiio.ImageInput) -> bool:
    """Say whether the open frame is an EXR, whatever its name."""
    return image.format_name() == "openexr"


def rgb_names(spec: oiio.ImageSpec) -> tuple[str, ...]:
    """Return the names under which a frame holds red, green and blue; none if it does not."""
    exact = {name: name for name in spec.channelnames}
    folded = {name.lower(): name for name in spec.channelnames}
    for known, names in (("RGB", exact), ("rgb", folded), (("red", "green", "blue"), folded)):
        if all(name in names for name in known):
            return tuple(names[name] for name in known)
    return ()


def unreadable(what: str, reason: str) -> str:
    """Word what OpenImageIO said of a file that ends early or makes no sense to it."""
    first = reason.strip().partition("\n")[0]
    return f"{what}: export or copy the file again ({first})"


def _why_closed(path: Path, reason: str) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not start:
        return "is empty (0 bytes): export or copy it again"
    if not start.startswith(SIGNATURES):
        return f"is not an EXR, DPX, TIFF or PNG file: it begins with {start!r}"
    return unreadable("header cannot be read", reason)


def _require_rgb(path: Path, image: oiio.ImageInput) -> None:
    spec = image.spec()
    if image.format_name() not in FORMATS:
        raise FrameError(path, f"is a {image.format_name()} file, not EXR, DPX, TIFF or PNG")
    if spec.deep:
        raise FrameError(path, "holds deep pixels: flatten it first")
    if spec.get_int_attribute("Orientation", 1) not in UPRIGHT and not is_exr(image):
        raise FrameError(path, "is stored rotated or mirrored: write it upright first")
    names = rgb_names(spec)
    if not names or not _is_stored_as_rgb(image):
        raise FrameError(path, f"expected channels R, G and B, found {_found(image)}")
    if is_exr(image) and "uint" in {str(spec.channelformat(spec.channelindex(n))) for n in names}:
        raise FrameError(path, "expected R, G and B as half or float, found uint")


def _is_stored_as_rgb(image: oiio.ImageInput) -> bool:
    # OpenImageIO turns Y'CbCr and CMYK into R, G and B without a word, by a matrix of its choice.
    spec = image.spec()
    if image.format_name() == "tiff":
        return spec.get_int_attribute("tiff:PhotometricInterpretation") in RGB_PHOTOMETRICS
    if image.format_name() == "dpx":
        return "Cb" not in spec.get_string_attribute("dpx:ImageDescriptor")
    return True


def _found(image: oiio.ImageInput) -> str:
    stored = {"tiff": "tiff:ColorSpace", "dpx": "dpx:ImageDescriptor"}.get(image.format_name(), "")
    return image.spec().get_string_attribute(stored) or ", ".join(image.spec().channelnames)
