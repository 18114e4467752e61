"""Grain taken off a plate, as far as it is grain: what the network is shown, never what is kept."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import cv2
import numpy as np

from chromaresolve.errors import UsageError
from chromaresolve.plates.bands import Picture, half_size, join_bands, split_bands
from chromaresolve.plates.grain import BANDS, Grain, measure_band_grain
from chromaresolve.plates.temporal import average_neighbours
from chromaresolve.structure import Plane, rgb_to_tone

CAUTION = np.array([1.2, 1.5, 1.5], np.float32)
"""Grain is taken to be this much stronger than measured, for luma and for the two colours: unrest
has chance in it, and what is left over would stand out as specks. Colour has less detail to lose.
Of 1 to 2, best for PSNR over 19 pictures in four kinds of grain."""

WINDOW = 3
"""Edge of the window in which grain is compared with detail, in pixels of the next coarser band."""

FIRST_SHARE = 0.7
"""Share of the grain that goes band by band; the rest is left to the pixels' likeness."""

LIKENESS = 2.0
"""Deviations of grain by which a pixel still counts as like another (two thirds as much)."""

NEAR_PX, REACH = 3.0, 9
"""Deviation and edge of the window in which pixels are compared. These and the two above: of 2 to
11 pixels, 1 to 8 deviations and shares of 0.5 to 1, best for PSNR over 10 pictures in three
strengths of grain, within the time that there is."""

NOTHING = np.float32(1e-20)
"""Keeps a share of nothing from dividing by 0."""


def degrain(plate_709: Picture, *, strength: float, neighbours: Sequence[Picture] = ()) -> Picture:
    """Return the plate without its grain; what stands out of the grain stays as it is.

    Each band of detail loses the share that grain has in it there (Wiener 1949): most of it in flat
    parts, next to nothing at an edge. Then each pixel is averaged with those around it that are as
    like as grain leaves them (Tomasi and Manduchi 1998). With neighbours, what has not moved is
    averaged with them first. The same frames always give the same plate, bit for bit.

    Args:
        plate_709: Shape (height, width, 3), display encoded, any range, finite.
        strength: 0 returns the plate itself, 1 takes off all the grain that is found.
        neighbours: Plates before and after it, of the same size. They need not lie exactly on the
            plate: weave and flicker between them are found and undone, and what moved stays out.

    Raises:
        UsageError: The strength is beyond 0..1, or a neighbour has another size.
    """
    if not 0 <= strength <= 1:
        raise UsageError(f"degrain: strength {strength!r}: give 0 to 1")
    if strength == 0:
        return plate_709
    plate_709 = np.ascontiguousarray(plate_709)
    bands = split_bands(plate_709, BANDS)
    tone = rgb_to_tone(plate_709)
    grain = measure_band_grain(bands, tone)
    if grain is None:
        return plate_709
    variance = grain.variance_at(half_size(tone))
    change = np.zeros_like(plate_709)
    if neighbours:
        change, left = average_neighbours(plate_709, neighbours, grain)
        bands = split_bands(plate_709 + change, BANDS)
        variance *= left
    change -= np.float32(FIRST_SHARE) * _grain_in(bands, grain, variance)
    deviation = math.sqrt(float(variance.mean()) * grain.whole_shares()[0])
    change = _average_alike(plate_709 + change, deviation) - plate_709
    change *= np.float32(strength)
    change += plate_709
    return change


def neighbour_frames(frames: Collection[int], frame: int) -> tuple[int, ...]:
    """Return the frames right before and after one, those of them that there are.

    Training and recovery both ask here, so that they show the network the same plate.
    """
    return tuple(number for number in (frame - 1, frame + 1) if number in frames)


def _grain_in(bands: Sequence[Picture], grain: Grain, variance: Plane) -> Picture:
    """Return the grain that bands of R, G and B hold, (height, width, 3).

    Args:
        bands: The finest first.
        grain: What is known of it.
        variance: Of the finest band, on the raster of the second.
    """
    found = []
    for band, share in zip(bands, grain.shares, strict=True):
        mixed = np.asarray(cv2.transform(band, grain.mixing), np.float32)
        mixed *= _grain_share(mixed, variance, CAUTION * share)
        found.append(mixed)
        variance = half_size(variance)
    unmixing = np.linalg.inv(grain.mixing.astype(np.float64))
    return np.asarray(cv2.transform(join_bands(found), unmixing), np.float32)


def _average_alike(plate_709: Picture, deviation: float) -> Picture:
    """Return the plate with each pixel averaged with those near it that differ by grain alone."""
    # OpenCV takes a deviation of 0 for 1.
    alike = max(LIKENESS * deviation, 1e-6)
    return np.asarray(cv2.bilateralFilter(plate_709, REACH, alike, NEAR_PX), np.float32)


def _grain_share(mixed: Picture, variance: Plane, shares: Picture) -> Picture:
    """Return how much of a band's unrest around each pixel is grain, 0..1, as the band's shape."""
    height, width = variance.shape
    unrest = cv2.resize(np.square(mixed), (width, height), interpolation=cv2.INTER_AREA)
    unrest = np.maximum(cv2.blur(unrest, (WINDOW, WINDOW)), NOTHING)
    share = np.minimum(variance[..., np.newaxis] * shares / unrest, 1)
    return np.asarray(cv2.resize(share, mixed.shape[1::-1]), np.float32)
