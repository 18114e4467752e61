"""How a shift shows between two normalised tones: as their difference, where they are steep."""

from __future__ import annotations

import cv2
import numpy as np

from chromaresolve.structure import FLAT_DEVIATION, Plane

TUKEY = 4.685
"""Deviations beyond which a difference has no say: 95 % as exact as least squares on grain alone
(Holland and Welsch 1977)."""

NORMAL_MAD = 1.4826
"""Standard deviation of normal noise over its median absolute deviation."""

SPREAD_PX = 6.0
"""Side of the square within which differences go together: what each pixel says is not its own.
Fitted, so that the deviation to be expected is the one that is found."""


def slopes(source: Plane, reference: Plane) -> tuple[Plane, Plane]:
    """Return how the mean of two planes rises across and down, per pixel."""
    mean = (source + reference) * np.float32(0.5)
    across, down = (cv2.Sobel(mean, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(across, dtype=np.float32), np.asarray(down, dtype=np.float32)


def say(differences: Plane) -> Plane:
    """Return what each difference has to say: 1 over the variance, less the farther off it is.

    A subtitle, a hair or an edge between hues that faded apart is far off whatever the shift, and
    loses its say (Tukey's weights).
    """
    spread = NORMAL_MAD * float(np.median(np.abs(differences))) + FLAT_DEVIATION
    weight = np.maximum(1 - (differences / (TUKEY * spread)) ** 2, 0) ** 2 / spread**2
    return np.asarray(weight, dtype=np.float32)
