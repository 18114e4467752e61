"""What did not move, averaged over a frame and its neighbours: grain goes, detail stays."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from chromaresolve.errors import UsageError
from chromaresolve.plates.bands import Picture, half_size
from chromaresolve.plates.flicker import level_flicker, measure_gain
from chromaresolve.plates.grain import Grain
from chromaresolve.plates.movement import measure_shift, shift_picture
from chromaresolve.structure import Plane, rgb_to_tone

CHECKED = (0, 1, 3)
"""How often the difference of two frames is halved before it is compared with grain: not at all
shows detail too fine to lie exactly on itself, once small things that moved, three times pale ones.
"""

CHECK_WINDOW = 5
"""Edge of the window over which a difference is gathered, in halved pixels."""

NOTHING = np.float32(1e-20)
"""Keeps what has no grain from dividing by 0."""

SURE, ODD = 2.0, 3.5
"""Times the variance of two frames' grain up to which a difference is grain, and from which on it
is movement. Grain up to 0.6 px soft stays below the first in 92 % of the windows at least, and
below the second in 99.7 %; simulated."""


def average_neighbours(
    plate_709: Picture, neighbours: Sequence[Picture], grain: Grain
) -> tuple[Picture, Plane]:
    """Return what averaging adds to the plate, and the share of the grain's variance it leaves.

    A neighbour counts where it differs from the plate by no more than grain would, after the weave
    and flicker between the two are undone.

    Args:
        plate_709: Shape (height, width, 3), display encoded.
        neighbours: Of the same shape.
        grain: The plate's.

    Returns:
        The change, (height, width, 3), and the share, on the plate's raster halved.

    Raises:
        UsageError: A neighbour has another size.
    """
    tone = rgb_to_tone(plate_709)
    variance = grain.variance_at(half_size(tone))
    change = np.zeros_like(plate_709)
    count, squares = np.ones_like(variance), np.ones_like(variance)
    for neighbour in neighbours:
        if neighbour.shape != plate_709.shape:
            raise UsageError(
                f"degrain: a neighbour is {neighbour.shape[1]} x {neighbour.shape[0]}, the plate "
                f"{plate_709.shape[1]} x {plate_709.shape[0]}: give frames of one size"
            )
        brought = _bring_over(np.ascontiguousarray(neighbour), plate_709, tone)
        difference = brought - plate_709
        share = _still_share(difference, grain, variance)
        change += difference * _at(share, tone.shape)[..., np.newaxis]
        count += share
        squares += np.square(share)
    change /= _at(count, tone.shape)[..., np.newaxis]
    return change, np.asarray(squares / np.square(count), np.float32)


def _bring_over(neighbour: Picture, plate_709: Picture, tone: Plane) -> Picture:
    """Return the neighbour where the plate lies and as light as the plate."""
    right, down = measure_shift(tone, rgb_to_tone(neighbour))
    brought = shift_picture(neighbour, (-right, -down))
    return level_flicker(brought, measure_gain(brought, plate_709))


def _still_share(difference: Picture, grain: Grain, variance: Plane) -> Plane:
    """Return where the difference of two frames is their grain, 0..1, on the raster halved once."""
    still = np.ones_like(variance)
    whole = grain.whole_shares()
    for halved in range(max(CHECKED) + 1):
        if halved in CHECKED:
            unrest = np.square(cv2.transform(difference, grain.mixing))
            unrest = cv2.resize(unrest, variance.shape[::-1], interpolation=cv2.INTER_AREA)
            unrest = cv2.blur(unrest, (CHECK_WINDOW, CHECK_WINDOW)).max(axis=2)
            expected = 2 * whole[halved] * variance + NOTHING
            share = np.clip((ODD - unrest / expected) / (ODD - SURE), 0, 1)
            np.minimum(still, _at(share, still.shape), out=still)
        difference = half_size(difference)
        if halved:
            variance = half_size(variance)
    return np.asarray(cv2.erode(still, np.ones((3, 3), np.uint8)), np.float32)


def _at(plane: Plane, shape: tuple[int, ...]) -> Plane:
    """Return a plane on a finer raster."""
    return np.asarray(cv2.resize(plane, shape[1::-1]), np.float32)
