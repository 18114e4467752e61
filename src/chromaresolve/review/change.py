"""How a frame's colour differs from that of the frames beside it: what was measured of that."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chromaresolve.review.softness import Softness

MOSTLY = 0.6
"""Share of a difference that one cause must make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What takes the expected colours to those that are there."""

    hue: float
    """How far they are turned, degrees, from the vectorscope's Cb towards its Cr."""
    saturation: float
    """What their chroma is multiplied by."""
    cast: complex
    """Mean difference, Cb + i Cr."""
    chroma: float
    """Root mean square of the chroma expected."""
    off: float
    """Root mean square of what differs, in chroma."""
    tint: float
    """Share of what differs that the cast alone explains."""

    @property
    def is_saturation(self) -> bool:
        """Whether it is mostly chroma that is multiplied."""
        gained = abs(self.saturation - 1) * self.chroma
        return gained > abs(math.radians(self.hue)) * self.chroma and self._mostly(gained)

    @property
    def is_turn(self) -> bool:
        """Whether it is mostly hue that is turned, alike for all colours."""
        return self._mostly(abs(math.radians(self.hue)) * self.chroma)

    def _mostly(self, moved: float) -> bool:
        return moved > MOSTLY * self.off and (moved / max(self.off, 1e-9)) ** 2 > self.tint


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a frame's recovered colour differs from what the frames beside it lead one to expect."""

    whole: float
    """Root of the mean square over the picture, dE2000, without what the plate explains."""
    part: float
    """Mean of the part of the picture that differs most, dE2000, the same."""
    plate: float
    """What the plate's own chroma does, dE2000, root of the mean square."""
    turn: Turn
    """What happens to the colours of the whole picture."""
    part_turn: Turn
    """What happens to those of the part that differs most."""
    spot: tuple[float, float]
    """Where in the picture it differs most, shares of height and width."""
    light: float
    """Median of how much the light changes, as a logarithm."""
    skin: float
    """How far the hue of skin is turned, degrees; 0 where there is none."""
    skin_distance: float
    """The same in dE2000."""
    rest: float
    """How far everything else changes, as a share of what skin does; not a number where it has
    too little colour to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """A frame against its neighbours."""

    before: Change | None
    """Against the one before it; None where there is none that shows the same."""
    after: Change | None
    """Against the one after it."""
    alone: Change | None
    """What both agree on: it is this frame that differs. None where either is missing."""
    softness: Softness | None
    """How much softer its colour is than that of both; at an end, than that of the only one."""
