"""Whether a matrix can be true, by its shape alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SCALE_LIMITS = (0.4, 2.5)
"""Plausible scales, the Reference's picture stretched to the Source's against it, any direction: a
2.35 picture panned and scanned for 4:3 has 0.57, a 1.19 picture masked to 2.35 has 1.97."""

LARGEST_SHEAR = 0.05
"""Plausible cosine of the angle between the picture's axes; telecines have next to none."""

LARGEST_ROTATION = 10.0
"""Plausible rotation in degrees."""


def implausibility(matrix: NDArray[np.float64], *, width: int, height: int) -> str:
    """Say in a few words what is wrong with a matrix between two pictures of one raster, or "".

    It is looked at in the middle and at the four corners, so that perspective counts too.

    Args:
        matrix: From the Source's picture to the Reference's, stretched to the same box.
        width: The box's.
        height: The box's.
    """
    right, bottom = width - 1, height - 1
    places = [(right / 2, bottom / 2), (0, 0), (right, 0), (0, bottom), (right, bottom)]
    if not np.isfinite(matrix).all():
        return "not finite"
    return next(filter(None, (_implausibility_at(matrix, *place) for place in places)), "")


def _implausibility_at(matrix: NDArray[np.float64], x: float, y: float) -> str:
    across, down, depth = matrix @ [x, y, 1.0]
    if depth <= 0:
        return "turned inside out"
    # How the matrix changes a small square at this place: the derivative of (x, y) / depth.
    local = (matrix[:2, :2] - np.outer([across, down], matrix[2, :2]) / depth) / depth
    if np.linalg.det(local) <= 0:
        return "mirrored"
    largest, smallest = np.linalg.svd(local, compute_uv=False)
    if largest > SCALE_LIMITS[1] or smallest < SCALE_LIMITS[0]:
        return f"scaled by {smallest:.2f} to {largest:.2f}"
    rotation = abs(np.degrees(np.arctan2(local[1, 0], local[0, 0])))
    if rotation > LARGEST_ROTATION:
        return f"rotated by {rotation:.0f} degrees"
    shear = abs(local[:, 0] @ local[:, 1]) / np.linalg.norm(local, axis=0).prod()
    return "sheared" if shear > LARGEST_SHEAR else ""
