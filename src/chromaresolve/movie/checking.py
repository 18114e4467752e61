"""A movie read back: how near its pictures are to the frames that it was made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from chromaresolve.errors import StageError
from chromaresolve.movie.codecs import Codec
from chromaresolve.movie.planes import Plane, Planes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How near a movie's pictures are to their frames, in 8-bit codes."""

    frames: int
    """How many were compared."""
    luma_mean: float
    """Mean difference of luma."""
    luma_largest: float
    """Largest difference of luma."""
    chroma_mean: float
    """Mean difference of chroma."""


def measure_fidelity(
    path: Path, written: Iterable[Planes], pictures: Iterable[Planes], codec: Codec
) -> Fidelity:
    """Compare a movie's pictures, as read back, with those that it was made of.

    Raises:
        StageError: It has more pictures or fewer.
    """
    rows = []
    for there, planes in zip_longest(written, pictures):
        if there is None or planes is None:
            raise StageError(path, "has more or fewer pictures than frames: write it again")
        luma, cb, cr = (_off(*pair, codec) for pair in zip(there, planes, strict=True))
        rows.append((luma.mean(), luma.max(), (cb.mean() + cr.mean()) / 2))
    luma_mean, luma_largest, chroma_mean = np.array(rows).T
    return Fidelity(
        frames=len(rows),
        luma_mean=float(luma_mean.mean()),
        luma_largest=float(luma_largest.max()),
        chroma_mean=float(chroma_mean.mean()),
    )


def _off(written: Plane, plane: Plane, codec: Codec) -> Plane:
    return np.abs(written.astype(np.float32) - plane) / 2.0 ** (codec.bits - 8)
