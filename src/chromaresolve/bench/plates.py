"""Plates to be measured on: drawn, faded, and with grain, which is what codecs find hard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from chromaresolve.errors import StageError
from chromaresolve.fade import SEVERE, Fading, fade_frame
from chromaresolve.frames import Rgb, Sequence, frame_path, write_rgb
from chromaresolve.recovery.tiles import Size

SIZES: dict[str, Size] = {"hd": (1080, 1920), "2k": (1556, 2048), "4k": (2160, 4096)}
"""Height and width: HDTV, a full-aperture 2K scan, a 4K DCI frame."""

PATCHES = (9, 16)
"""The picture under the grain is so many soft patches of colour, down and across."""

FADING = Fading(retention=SEVERE, grain=0.03, bits=10, seed=7)
"""What befell it: the common pink print, with the grain of the demo's film, scanned in 10 bits."""

PATTERN = "PLATE_####.exr"
"""The plates' names."""

DRAWN = 2
"""Plates that are drawn; the others are copies of these, as hard to read and to write."""


def draw_plate(size: Size, number: int) -> Rgb:
    """Return a faded, grainy plate, (height, width, 3), display-encoded Rec.709 2.4."""
    patches = np.random.default_rng(number).uniform(0.05, 0.9, (*PATCHES, 3)).astype(np.float32)
    fresh = cv2.resize(patches, size[::-1], interpolation=cv2.INTER_CUBIC)
    return fade_frame(np.asarray(fresh, np.float32), FADING, frame=number)


def write_plates(
    folder: Path,
    size: Size,
    *,
    count: int,
    compression: str,
    lay: Callable[[Path, Path], object] = shutil.copyfile,
) -> Sequence:
    """Write plates into a folder, numbered from 1; some may be there already.

    Args:
        folder: Where to.
        size: Height and width.
        count: How many there are in the end.
        compression: EXR compression.
        lay: Puts one plate in another place; `os.link` where there are too many to copy.

    Raises:
        StageError: The disk does not take them.
    """
    for number in range(1, count + 1):
        path, drawn = (frame_path(PATTERN, n, folder) for n in (number, (number - 1) % DRAWN + 1))
        if path.exists():
            continue
        if number <= DRAWN:
            write_rgb(path, draw_plate(size, number), compression=compression)
            continue
        try:
            lay(drawn, path)
        except OSError as error:
            raise StageError(
                folder, f"takes no plates: {error.strerror}: make room, or give --folder another"
            ) from error
    return Sequence.find(PATTERN, folder)


def forget(plates: Sequence) -> None:
    """Take plates out of the system's memory, where it can be asked to: reading then reads disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in plates.paths.values():
        with path.open("rb") as file:
            os.fsync(file.fileno())  # what is not yet on the disk cannot be forgotten
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
