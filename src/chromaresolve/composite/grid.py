"""Something known at some pixels of a picture, carried smoothly to all others.

The picture is cut into cells of place and of brightness, a bilateral grid (Chen, Paris and Durand,
"Real-time edge-aware image processing with the bilateral grid", SIGGRAPH 2007): what is known in
a shadow does not leak into the light beside it. Cells that know little ask their neighbours in
brightness, and then ever larger surroundings, as the pull-push of Gortler and others does ("The
Lumigraph", SIGGRAPH 1996). Cells are large, so that the grain of what is known averages out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, map_coordinates

Floats = NDArray[np.float64]
"""What the grid counts in."""

Plane = NDArray[np.float32]
"""One number for each pixel, (height, width)."""

CELLS = 32
"""Cells along the picture's longer edge: 64 pixels each at 2K."""

SMALLEST_CELL = 16
"""Pixels along a cell's edge: fewer would carry their own grain on."""

STOP_SHARE = 0.15
"""What a cell gives its neighbour a stop brighter or darker, of what it counts for itself.

A stop on, 15 % of that: far brightnesses answer only where near ones are silent.
"""

SURROUNDINGS = 0.01
"""What the surroundings count for against the cell itself, as a share of its pixels."""

SOFT = (0.25, 0.5, 0.25)
"""Across neighbouring cells, so that no cell's edge shows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """A smooth answer for every place and brightness."""

    cell: float
    """Pixels along a cell's edge."""
    darkest: float
    """The brightness of the first cells, in stops; what is darker is answered as these are."""
    values: Floats
    """(rows, columns, stops, channels)."""

    def read(self, at: tuple[NDArray[np.intp], NDArray[np.intp]], stops: Plane) -> Plane:
        """Return what holds at these pixels, (n, channels).

        Args:
            at: Their rows and columns, (n,) each.
            stops: Their brightness, (n,).
        """
        rows, columns = ((place + 0.5) / self.cell - 0.5 for place in at)
        cells = np.stack((rows, columns, stops - self.darkest))
        answers = [
            map_coordinates(channel, cells, order=1, mode="nearest", output=np.float32)
            for channel in np.moveaxis(self.values, -1, 0)
        ]
        return np.stack(answers, axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How a picture is cut into cells."""

    cell: float
    """Pixels along a cell's edge."""
    darkest: float
    """The brightness of the first cells, in stops."""
    shape: tuple[int, int, int]
    """Cells down, across, and from dark to bright."""

    @classmethod
    def over(cls, height: int, width: int, *, darkest: float, brightest: float) -> Self:
        """Cut a picture; its brightnesses are in stops."""
        cell = max(max(height, width) / CELLS, SMALLEST_CELL)
        down, across = ceil(height / cell), ceil(width / cell)
        return cls(cell=cell, darkest=darkest, shape=(down, across, ceil(brightest - darkest) + 1))

    def count(self, top: int, stops: Plane, weights: Plane, values: NDArray[np.float32]) -> Floats:
        """Sum what is known in a band of rows.

        Args:
            top: The band's first row in the picture.
            stops: Brightness, (height, width).
            weights: How well each pixel is known, (height, width), 0 to 1.
            values: What is known, (height, width, channels).

        Returns:
            The sums in each cell, (rows, columns, stops, 1 + channels): of the weights, and of the
            values times their weights. Those of several bands may be added.
        """
        rows = (np.arange(top, top + len(stops)) / self.cell).astype(np.intp)
        columns = (np.arange(stops.shape[1]) / self.cell).astype(np.intp)
        steps = np.rint(stops - self.darkest).astype(np.intp).clip(0, self.shape[2] - 1)
        cells = ((rows[:, None] * self.shape[1] + columns) * self.shape[2] + steps).ravel()
        planes = [weights, *(weights * values[..., n] for n in range(values.shape[2]))]
        sums = [np.bincount(cells, plane.ravel(), minlength=prod(self.shape)) for plane in planes]
        counted: Floats = np.stack(sums, axis=-1, dtype=np.float64)
        return counted.reshape(*self.shape, len(sums))

    def fill(self, sums: Floats) -> Field:
        """Return the smooth answer to the sums of a picture; 0 everywhere if nothing is known."""
        values = _soften(_fill(sums / self.cell**2))
        return Field(cell=self.cell, darkest=self.darkest, values=values)


def _fill(sums: Floats) -> Floats:
    """Answer for every cell: its own mean, and its surroundings' where it knows little."""
    stops = np.arange(sums.shape[2])
    shares = STOP_SHARE ** np.abs(np.subtract.outer(stops, stops))
    known = np.einsum("yxsc,st->yxtc", sums, shares)
    weights, values = known[..., :1], known[..., 1:]
    if sums.shape[:2] == (1, 1):
        weights = np.where(weights > 0, weights, 1)
    else:
        around = _fill(_halve(_soften(sums))).repeat(2, axis=0).repeat(2, axis=1)
        around = _soften(around)[: sums.shape[0], : sums.shape[1]]
        weights, values = weights + SURROUNDINGS, values + SURROUNDINGS * around
    filled: Floats = values / weights
    return filled


def _halve(sums: Floats) -> Floats:
    """Return the means of two by two cells; beyond the edge nothing is known."""
    rows, columns, stops, channels = sums.shape
    padded = np.pad(sums, ((0, rows % 2), (0, columns % 2), (0, 0), (0, 0)))
    fours = padded.reshape(len(padded) // 2, 2, -1, 2, stops, channels)
    halved: Floats = fours.mean(axis=(1, 3))
    return halved


def _soften(cells: Floats) -> Floats:
    """Blur across places, not across brightness."""
    for axis in (0, 1):
        cells = convolve1d(cells, SOFT, axis=axis, mode="nearest")
    return cells
