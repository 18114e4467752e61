"""A sequence made frame by frame: what is there and still true is kept, one failure costs no other.

Every frame that a stage makes says in its header which recipe it was made by: the fingerprint of
all it was made from. Run again, a stage keeps the frames whose recipe still holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from chromaresolve.errors import ColourError, FrameError, StageError
from chromaresolve.files import sweep
from chromaresolve.frames.frame import Header
from chromaresolve.frames.reading import read_header
from chromaresolve.frames.sequence import Sequence
from chromaresolve.shot import FrameRange
from chromaresolve.telling import Progress, Say

RECIPE_KEY = "chromaresolve:recipe"
"""The header attribute that fingerprints everything a frame was made from."""


@dataclass(slots=True)
class Making:
    """What came of a sequence."""

    written: list[int] = field(default_factory=list)
    """Frames made now."""
    kept: list[int] = field(default_factory=list)
    """Frames found there already, made by the same recipe."""
    failures: list[FrameError] = field(default_factory=list)
    """Frames that could not be made, and why."""
    seconds: float = 0.0
    """Wall-clock time."""

    @property
    def frames(self) -> str:
        """The frames that are there, as a range; empty if there is none."""
        there = [*self.written, *self.kept]
        return str(FrameRange.of(there)) if there else ""

    def require_whole(self, where: Path, participle: str) -> None:
        """Name what is missing.

        Raises:
            StageError: Some frames could not be made; all others were.
        """
        if not self.failures:
            return
        count = len(self.failures)
        total = count + len(self.written) + len(self.kept)
        raise StageError(
            where,
            f"{count} of {total} frames could not be {participle}, the first: "
            f"{self.failures[0]}; mend them and run the same command again",
        )


def make_frames(
    frames: Iterable[int],
    make_one: Callable[[int], bool],
    *,
    plates: Sequence,
    out: Path,
    participle: str,
    say: Say,
    on_progress: Progress,
) -> Making:
    """Make every frame; a frame that cannot be made is said and remembered.

    Args:
        frames: The frame numbers.
        make_one: Makes a frame; returns False if it was there already and still true.
        plates: What the frames are made from; names the frame where only its values are wrong.
        out: The folder written to; what a killed run left half-written there is swept.
        participle: What is done to the frames, for people: `recovered`.
        say: Told of each failure.
        on_progress: Told how far it is.
    """
    sweep(out)
    making, numbers = Making(), list(frames)
    began = time.monotonic()
    for done, number in enumerate(numbers):
        on_progress(done, len(numbers), f"frame {number}")
        try:
            (making.written if make_one(number) else making.kept).append(number)
        except FrameError as error:
            making.failures.append(error)
            say(str(error))
        except ColourError as error:
            making.failures.append(FrameError(plates.path(number), error.problem))
            say(str(making.failures[-1]))
    on_progress(len(numbers), len(numbers), participle)
    making.seconds = time.monotonic() - began
    return making


def header_if_made(path: Path, recipe: str) -> Header | None:
    """Return the header of a whole frame made by this very recipe, or None if it is not there."""
    if not path.is_file():
        return None
    try:
        header = read_header(path)
    except FrameError:
        return None
    return header if header.attributes.get(RECIPE_KEY) == recipe else None
