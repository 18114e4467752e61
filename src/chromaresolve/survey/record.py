"""What a survey says of a sequence: a column for each measure, a row for each frame."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import rgb_to_tone

THUMB_WIDTH = 96
"""Pixels across a small picture: grain is averaged away, and what is shown can still be told."""


COLUMNS = ("thumbs", "beyond", "extremes", "comb", "sharpness", "grain", "blocks")
"""The names of a survey's columns."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Survey:
    """A sequence at a glance. The arrays cannot be written to; their rows are `frames`."""

    frames: tuple[int, ...]
    """The frame numbers that could be read, rising."""
    unreadable: Mapping[int, str]
    """Frames that could not, and why."""
    width: int
    """Of the first readable frame, in pixels; 0 where none is."""
    height: int
    """The same."""
    thumbs: NDArray[np.float16]
    """The frames averaged by areas, display RGB, any range, (frames, height, 96, 3)."""
    beyond: NDArray[np.float32]
    """Share of pixels with a channel below 0, and with one above 1, (frames, 2)."""
    extremes: NDArray[np.float32]
    """Lowest and highest value of all channels, (frames, 2)."""
    comb: NDArray[np.float32]
    """How much the two fields differ: 0 is progressive, near 1 is interlaced motion, (frames,)."""
    sharpness: NDArray[np.float32]
    """Fine detail over coarse detail of the tone; falls with blur of any kind, (frames,)."""
    grain: NDArray[np.float32]
    """Deviation of luma's grain and of chroma's noise in flat areas, (frames, 2)."""
    blocks: NDArray[np.float32]
    """How much steeper the borders of 8 by 8 blocks are than their inside, 0 is none, (frames,)."""

    def index_of(self, frame: int) -> int:
        """Return the row of a frame number.

        Raises:
            KeyError: The frame is not there or could not be read.
        """
        row = bisect_left(self.frames, frame)
        if row == len(self.frames) or self.frames[row] != frame:
            raise KeyError(frame)
        return row

    def only(self, frames: Iterable[int]) -> Survey:
        """Return the rows of these frames alone; a frame that is not there is left out."""
        asked = set(frames)
        rows = [row for row, frame in enumerate(self.frames) if frame in asked]
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        for column in columns.values():
            column.flags.writeable = False
        return replace(self, frames=tuple(self.frames[row] for row in rows), **columns)


def tone_thumbs(surveyed: Survey) -> NDArray[np.float32]:
    """Return the small pictures' tone, (frames, height, 96)."""
    count, height, width, _ = surveyed.thumbs.shape
    if not count:
        return np.zeros((0, height, width), np.float32)
    # One tall picture: the tone of a pixel knows nothing of its neighbours.
    tall = surveyed.thumbs.astype(np.float32).reshape(count * height, width, 3)
    return rgb_to_tone(tall).reshape(count, height, width)
