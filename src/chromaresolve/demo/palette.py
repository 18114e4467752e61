"""The scene's paints, and the pairs of them that dye fading makes alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.fade import dye_matrix

Light = NDArray[np.float32]
"""Linear Rec.709 light, (..., 3), 1 is the display's white."""


def paint_light(code: str) -> Light:
    """Return the linear light of a display colour written as six hex digits."""
    codes = np.frombuffer(bytes.fromhex(code), dtype=np.uint8)
    return ((codes / 255) ** 2.4).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """Two paints that differ by cyan dye alone, which is the dye that fades."""

    name: str
    """What is painted with the one and the other."""
    kind: int
    """Mark of the warm paint in a map of kinds; the cool paint has the next number."""
    cool: Light
    """The paint with the cyan dye: blue or green to the eye."""
    cyan: float
    """How many units of cyan dye the cool paint has more."""

    @property
    def warm(self) -> Light:
        """The same paint without that cyan dye: pink, yellow or orange to the eye."""
        density = -np.log10(self.cool) - self.cyan * dye_matrix()[:, 0]
        return np.asarray(10**-density, dtype=np.float32)


LEAF = LookAlike(name="leaf, terracotta", kind=1, cool=paint_light("61794e"), cyan=0.8)
SEA = LookAlike(name="sea, sand", kind=3, cool=paint_light("68ab9c"), cyan=0.8)
AWNING = LookAlike(name="dotted, striped awning", kind=5, cool=paint_light("5fae4e"), cyan=0.8)
DRESS = LookAlike(name="striped, dotted dress", kind=7, cool=paint_light("6a78b8"), cyan=0.8)
WALL = LookAlike(name="aqua, cream wall", kind=9, cool=paint_light("7cc0b4"), cyan=0.7)
LOOK_ALIKES = (LEAF, SEA, AWNING, DRESS, WALL)
