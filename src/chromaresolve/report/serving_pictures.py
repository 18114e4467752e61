"""Small pictures of single frames for the live page: what was recovered last, beside its plate."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from chromaresolve.composite import display_chain, display_of_recovered
from chromaresolve.errors import ChromaresolveError
from chromaresolve.files import state_if_there
from chromaresolve.frames import Rgb, Sequence, read_rgb, write_picture
from chromaresolve.report.pictures import fit_width
from chromaresolve.shot import Shot

logger = logging.getLogger(__name__)

WIDTH = 640
"""Pixels: two lie beside each other on a screen."""

KEPT = 32
"""How many are kept; two for each frame looked at."""


class SmallPictures:
    """Makes each picture once, one at a time, so that looking costs the render little."""

    def __init__(self, shot: Shot, folder: Path) -> None:
        """Make pictures of a shot's frames in a folder of our own."""
        self._shot, self._folder = shot, folder
        self._made: dict[tuple[Path, str], bytes] = {}
        self._one_at_a_time = threading.Lock()

    def find(self, frame: str, name: str, recovered: Mapping[str, str]) -> bytes | None:
        """Return a frame's `recovered.png` or `plate.png`; None where there is none.

        Args:
            frame: The frame, as the page was told it.
            name: Which picture.
            recovered: The recovered files that the page was told of, by frame.
        """
        if frame not in recovered:
            return None
        try:
            if name == "recovered.png":
                return self._picture(self._shot.path(recovered[frame]), is_plate=False)
            if name == "plate.png":
                plates = Sequence.find(self._shot.source.plate, self._shot.root)
                return self._picture(plates.path(int(frame)), is_plate=True)
        except (ChromaresolveError, OSError) as error:
            logger.debug("frame %s: %s", frame, error)
        return None

    def _picture(self, path: Path, *, is_plate: bool) -> bytes:
        with self._one_at_a_time:
            key = (path, state_if_there(path))
            if key not in self._made:
                if len(self._made) >= KEPT:
                    self._made.pop(next(iter(self._made)))
                self._made[key] = self._make(path, is_plate=is_plate)
            return self._made[key]

    def _make(self, path: Path, *, is_plate: bool) -> bytes:
        picture = read_rgb(path)
        small = fit_width(picture, min(WIDTH, picture.shape[1]))
        file = self._folder / "small.png"
        write_picture(file, self._shown(small, is_plate=is_plate))
        return file.read_bytes()

    def _shown(self, picture: Rgb, *, is_plate: bool) -> Rgb:
        """Return display values of a picture as on file."""
        shot = self._shot
        to_display = display_chain(shot).to_working if is_plate else display_of_recovered(shot)
        return to_display(picture)
