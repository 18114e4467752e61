"""The colour of the film at a glance: one column of the picture for each frame of the shot."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.files import write_bytes
from chromaresolve.frames import Rgb
from chromaresolve.shot import Shot

logger = logging.getLogger(__name__)

FILE = "review/strips.npz"
"""Where a shot keeps its strips."""

ROWS = 96
"""Rows of a column, at most: as many as a strip is drawn high, for thousands of frames."""

Columns = NDArray[np.float16]
"""Display values, 0..1 for what a display shows, (frames, rows, 3)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strips:
    """A shot as columns; what cannot be read is not among them."""

    frames: tuple[int, ...]
    """Source frame numbers, rising."""
    plate: Columns
    """What the network saw."""
    recovered: Columns
    """What was recovered."""


def picture_to_column(rgb_709: Rgb) -> Columns:
    """Return the mean of a picture (height, width, 3) across its width, (rows, 3), 0..1.

    What a display cannot show is drawn as its limit.
    """
    column = cv2.reduce(rgb_709, 1, cv2.REDUCE_AVG)
    rows = min(ROWS, len(column))
    small = cv2.resize(column, (1, rows), interpolation=cv2.INTER_AREA).reshape(rows, 3)
    return np.asarray(np.clip(small, 0, 1), np.float16)


def save_strips(shot: Shot, strips: Strips) -> Path:
    """Write the strips, and return the file.

    Raises:
        StageError: The disk does not take it.
    """
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        allow_pickle=False,
        frames=np.array(strips.frames, np.int64),
        plate=strips.plate,
        recovered=strips.recovered,
    )
    file = shot.path(FILE)
    write_bytes(file, packed.getvalue())
    return file


def load_strips(shot: Shot) -> Strips | None:
    """Read the strips; None where there are none, or the file is broken."""
    file = shot.path(FILE)
    if not file.is_file():
        return None
    try:
        # Opened here: of a broken file, NumPy would leave closing it to chance.
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as packed:
            return _unpack(packed)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        logger.warning("%s: cannot be used (%s): run `chromaresolve review` again", file, error)
        return None


def _unpack(packed: Mapping[str, NDArray[np.float16]]) -> Strips:
    frames = tuple(int(frame) for frame in packed["frames"])
    plate, recovered = packed["plate"], packed["recovered"]
    if plate.shape != recovered.shape or len(plate) != len(frames) or plate.ndim != 3:
        raise ValueError(f"its columns are {plate.shape} and {recovered.shape}")
    return Strips(frames=frames, plate=plate, recovered=recovered)
