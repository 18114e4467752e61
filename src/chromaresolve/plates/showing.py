"""The plate as the network sees it: without its grain, where the shot asks for that.

Training and recovery both come here, so that the network is shown the same plate. What is delivered
keeps the luma of the untouched plate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.plates.degrain import degrain, neighbour_frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How plates are cleaned before the network sees them; a model carries it."""

    degrain: float = 0.0
    """How much grain is taken off, 0..1."""
    temporal: bool = False
    """Whether the frames before and after help."""

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return what a model says of it; models of before this was known say nothing."""
        return cls(**record)

    def to_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    def frames_seen(self, plates: Sequence, frame: int) -> tuple[int, ...]:
        """Return the frames besides it that a shown frame is made from."""
        if not (self.degrain and self.temporal):
            return ()
        return neighbour_frames(frozenset(plates.frames), frame)

    def require_display(self, encoding: str) -> None:
        """Refuse to take grain off what is no display picture: its grain follows other laws.

        Raises:
            StageError: Grain is to be taken off a scene-linear or log plate.
        """
        if self.degrain and encoding != "display":
            raise StageError(
                "[plates] degrain",
                f'works on display plates, and [colour] encoding is "{encoding}": write '
                "degrain = 0, or teach from the Rec.709 exports",
            )


def show_plate(plate: Rgb, plates: Sequence, frame: int, showing: Showing) -> Rgb:
    """Return what the network is shown of a plate, the plate itself where nothing is cleaned.

    Args:
        plate: Shape (height, width, 3), as on file.
        plates: The sequence it is from, for its neighbours.
        frame: Its number.
        showing: How it is cleaned.

    Raises:
        FrameError: A neighbour cannot be read.
    """
    if not showing.degrain:
        return plate
    neighbours = [read_rgb(plates.path(other)) for other in showing.frames_seen(plates, frame)]
    return degrain(plate, strength=showing.degrain, neighbours=neighbours)
