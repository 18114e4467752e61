"""How a shot's colours are spread, so that the network is shown them evenly.

A faded plate is one colour: its three channels tell nearly the same, and what is left of the others
lies in differences of some code values. Shown like that a network learns ten times slower. So its
first layer takes the mean off and brings the spread to one along every axis of the colours, and its
last one starts from the affine map that already fits best, in units of what that leaves over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_SPREAD = 3e-3
"""Axes along which a plate's colours spread by less are not brought to one: that is grain."""

LEAST_REST = 2e-3
"""Chroma left over that the last layer counts in, at least: half a code value of 8 bits."""

RIDGE = 1e-8
"""Keeps the affine map small where a plate has too few colours to tell it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scaling:
    """The affine layers at both ends of a network."""

    mean: NDArray[np.float64]
    """The plates' mean colour, (3,)."""
    whiten: NDArray[np.float64]
    """Takes what a pixel is off the mean to uncorrelated colours of spread one, (3, 3)."""
    affine: NDArray[np.float64]
    """The best affine map from a plate's colour to chroma, (2, 4): three factors and what is added.
    """
    rest: NDArray[np.float64]
    """How far that map is off, as a root mean square of Cb and of Cr, (2,)."""


def measure_scaling(
    plate: NDArray[np.floating], chroma: NDArray[np.floating], trust: NDArray[np.floating]
) -> Scaling:
    """Measure it on pixels that teach.

    Args:
        plate: (N, 3), the chain's working space.
        chroma: (N, 2), the ground truth's Cb and Cr.
        trust: (N,), how far each pixel counts; not all of them zero.
    """
    weights = np.asarray(trust, np.float64) / np.sum(trust, dtype=np.float64)
    mean = weights @ np.asarray(plate, np.float64)
    off = plate - mean
    spreads, axes = np.linalg.eigh((off * weights[:, None]).T @ off)
    whiten = (axes / np.sqrt(np.maximum(spreads, 0) + LEAST_SPREAD**2)).T
    known = np.column_stack([off, np.ones(len(off))])
    weighed = known * weights[:, None]
    factors = np.linalg.solve(weighed.T @ known + RIDGE * np.eye(4), weighed.T @ chroma)
    rest = np.sqrt(weights @ np.square(chroma - known @ factors))
    # The map is applied to the plate itself, not to what it is off the mean.
    added = factors[3] - mean @ factors[:3]
    return Scaling(
        mean=mean,
        whiten=whiten,
        affine=np.column_stack([factors[:3].T, added]),
        rest=np.maximum(rest, LEAST_REST),
    )
