"""A shot's plates and recovered frames, small and as the display shows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chromaresolve.alignment import ToDisplay
from chromaresolve.composite import display_chain, display_of_recovered, recovered_frames
from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.review.novelty_features import Floats, shrink
from chromaresolve.shot import Shot
from chromaresolve.shot.tables import CropTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Where they are, what of them is picture, and what brings them to the display."""

    plates: Sequence
    recovered: Sequence
    crop: CropTable
    """What lies outside keeps the plate's colour and is not taught: it is not looked at."""
    plate_to_display: ToDisplay
    recovered_to_display: ToDisplay

    @classmethod
    def of(cls, shot: Shot) -> Self:
        """Find a shot's.

        Raises:
            FrameError: There are no plates, or no recovered frames.
        """
        display = display_chain(shot)
        return cls(
            plates=Sequence.find(shot.source.plate, shot.root),
            recovered=recovered_frames(shot),
            crop=shot.crop,
            plate_to_display=display.to_working,
            recovered_to_display=display_of_recovered(shot),
        )

    def plate_places(self, frame: int) -> Rgb:
        """Return a plate's places as display values, (height, width, 3).

        They are made small before they are brought to the display, which costs more.

        Raises:
            FrameError: It is missing or broken.
        """
        return self.plate_to_display(self._read(self.plates.path(frame)))

    def recovered_places(self, frame: int) -> Rgb:
        """Return a recovered frame's places likewise.

        Raises:
            FrameError: It is missing or broken.
        """
        return self.recovered_to_display(self._read(self.recovered.path(frame)))

    def places(self, picture: Floats) -> Floats:
        """Return what is picture of a whole frame, shrunk."""
        return shrink(picture[self.crop.area(*picture.shape[:2])])

    def _read(self, path: Path) -> Rgb:
        rgb = read_rgb(path)
        if not rgb[self.crop.area(*rgb.shape[:2])].size:
            raise FrameError(path, "is smaller than what [crop] takes off: set [crop] in shot.toml")
        return self.places(rgb)
