"""Random textures that tile, made once and looked up anywhere."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

TABLE_SIDE = 512
"""Entries on a side of a table; it repeats beyond."""


@lru_cache(maxsize=16)
def noise_table(slope: float, finest: float) -> NDArray[np.float32]:
    """Return a tileable table of noise whose values are spread evenly over 0..1.

    Args:
        slope: Fall of the spectrum: 0.5 is gritty, 2 cloudy, 3 soft.
        finest: Shortest wavelength in entries.
    """
    numbers = np.random.default_rng(2024)
    across = np.fft.fftfreq(TABLE_SIDE)
    cycles = np.hypot(across[:, np.newaxis], across[: TABLE_SIDE // 2 + 1])
    cycles[0, 0] = 1.0
    strength = cycles**-slope * np.exp(-((cycles * finest) ** 4))
    strength[cycles < 3 / TABLE_SIDE] = 0.0  # nothing so wide that the repeat would show
    white = np.fft.rfft2(numbers.standard_normal((TABLE_SIDE, TABLE_SIDE)))
    waves = np.fft.irfft2(white * strength, s=(TABLE_SIDE, TABLE_SIDE))
    ranks = np.empty(waves.size, dtype=np.float32)
    ranks[np.argsort(waves, axis=None)] = np.linspace(0, 1, waves.size, dtype=np.float32)
    return ranks.reshape(waves.shape)


def noise_at(
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    *,
    seed: int,
    slope: float = 2.0,
    finest: float = 2.0,
) -> NDArray[np.float32]:
    """Return the noise at positions counted in table entries, which may be any number.

    The seed says how far into the endless table the place lies that is looked at.
    """
    shape = np.broadcast_shapes(x.shape, y.shape)
    column = np.broadcast_to(np.mod(x + 157.3 * seed, TABLE_SIDE), shape).astype(np.float32)
    row = np.broadcast_to(np.mod(y + 211.9 * seed, TABLE_SIDE), shape).astype(np.float32)
    table = noise_table(slope, finest)
    found = cv2.remap(table, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(found, dtype=np.float32)
