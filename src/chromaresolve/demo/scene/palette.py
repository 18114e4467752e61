"""The scene's paints, and the pairs of them that dye fading makes alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.fade import dye_matrix

Light = NDArray[np.floating]
"""Linear Rec.709 light, (..., 3), 1 is the display's white."""


def paint_light(code: str) -> Light:
    """Return the linear light of a display colour written as six hex digits."""
    codes = np.frombuffer(bytes.fromhex(code), dtype=np.uint8)
    return np.asarray((codes / 255) ** 2.4, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """Two paints that differ by cyan dye alone, which is the dye that fades.

    In severe fading little of the difference is left: less than noise and the paints' own
    variation. Then only what is painted tells them apart, and no map from colour to colour can.
    """

    name: str
    """What the warm and the cool paint are used for."""
    kind: int
    """Mark of the warm paint in a map of kinds; the cool paint has the next number."""
    cool: Light
    """The paint with more cyan dye: blue or green to the eye."""
    cyan: float
    """How many units of cyan dye more."""

    @property
    def warm(self) -> Light:
        """The same paint without that cyan dye: pink, yellow or orange to the eye."""
        density = -np.log10(self.cool) - self.cyan * dye_matrix()[:, 0]
        return np.asarray(10**-density, dtype=np.float32)


LEAF = LookAlike(name="terracotta, leaves", kind=1, cool=paint_light("61794e"), cyan=0.8)
SEA = LookAlike(name="sand, sea", kind=3, cool=paint_light("68ab9c"), cyan=0.8)
AWNING = LookAlike(
    name="striped awning, dotted awning", kind=5, cool=paint_light("5fae4e"), cyan=0.8
)
DRESS = LookAlike(name="dotted cloth, striped cloth", kind=7, cool=paint_light("6a78b8"), cyan=0.8)
WALL = LookAlike(name="cream wall, aqua wall", kind=9, cool=paint_light("7cc0b4"), cyan=0.7)

LOOK_ALIKES = (LEAF, SEA, AWNING, DRESS, WALL)
"""Every pair of the scene."""

CREAM = paint_light("f3ecd8")
STONE = paint_light("b8ab98")
WOOD = paint_light("9a7350")
ROPE = paint_light("4a4038")
GLASS = paint_light("2b3640")
WHITE_CLOTH = paint_light("f4efe6")
LIMEWASH = paint_light("f2ece1")

BRIGHT = tuple(
    paint_light(code) for code in ("d42a2a", "f2c21e", "2f9a48", "2458b8", "c23a92", "28a8b8")
)
"""Red, yellow, green, blue, magenta, cyan: what bunting and balloons are made of."""

FRUIT = tuple(
    paint_light(code) for code in ("e8862a", "c8281e", "f0d040", "7fae3a", "5a2a60", "e6a86a")
)
"""Oranges, tomatoes, lemons, limes, plums, peaches."""
