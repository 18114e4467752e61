"""What a picture shows in each of its places: its colour, and a little of what lies around it.

Two things of one faded colour may have had two colours: what is around them tells them apart, as it
does for the network. Colours are measured in spreads of the shot's own plates, so that what little
a faded record still tells counts as much as luma does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr
from chromaresolve.frames import Rgb

Floats = NDArray[np.float32]
"""Numbers of each place."""

PLACES_ACROSS = 128
"""Places in a row: each is the mean of some pixels, which takes the grain off."""

SURROUNDINGS = ((2.0, 0.125), (8.0, 0.0625))
"""How wide what lies around a place is looked at, in places, and how much that counts beside the
place itself: as little as chooses between taught places of one colour. Counted four times as much,
or not at all, it ranks painted shots as well (docs/experiments.md)."""

LEAST_SPREAD = 3e-3
"""Display values: along which the plates' colours spread by less is grain and rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """How a shot's plates spread over the colours: one step is one standard deviation."""

    mean: Floats
    """Luma, Cb and Cr in the middle, (3,)."""
    axes: Floats
    """Takes what a colour is off that to steps, (3, 3)."""

    @classmethod
    def of(cls, colours: Floats) -> Self:
        """Measure it on luma, Cb and Cr of what is taught, (places, 3), at least one."""
        mean = colours.mean(axis=0, dtype=np.float64)
        off = colours - mean
        spreads, axes = np.linalg.eigh(off.T @ off / len(off))
        axes /= np.sqrt(np.maximum(spreads, 0) + LEAST_SPREAD**2)
        return cls(mean=mean.astype(np.float32), axes=axes.astype(np.float32))


def shrink(picture: Floats, *, across: int = PLACES_ACROSS) -> Floats:
    """Return a picture's places: means of its pixels, `across` of them in a row at most."""
    height, width = picture.shape[:2]
    if width <= across:
        return picture
    size = (across, max(1, round(height * across / width)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def measure_features(plate_709: Rgb, spread: Spread) -> Floats:
    """Return what each place of a plate shows, (places, features), in steps of the shot's colours.

    Args:
        plate_709: Display values, shrunk, (height, width, 3).
        spread: The shot's.
    """
    colours = (rgb_to_ycbcr(plate_709) - spread.mean) @ spread.axes
    around = [
        counts * cv2.GaussianBlur(colours, (0, 0), width, borderType=cv2.BORDER_REFLECT)
        for width, counts in SURROUNDINGS
    ]
    features = np.concatenate([colours, *around], axis=-1, dtype=np.float32)
    return features.reshape(-1, features.shape[-1])
