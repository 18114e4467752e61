"""A pair as the network and the baseline are taught it: plate, ground truth, and trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.record import load_left_out
from chromaresolve.colour import Chain, luma_chroma_to_rgb, named_chain, rgb_to_chroma, rgb_to_luma
from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, Sequence, read_frame, read_rgb
from chromaresolve.plates.showing import Showing, show_plate
from chromaresolve.shot import Pair, Shot

ToDisplay = Callable[[Rgb], Rgb]
"""Brings a picture from the chain's working space to display values, Rec.709 2.4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingPair:
    """One pair in the chain's working space, on the Source's raster."""

    frame: int
    """Source frame number."""
    plate: Rgb
    """The plate, whose luma is kept, (height, width, 3)."""
    shown: Rgb
    """The plate as the network sees it: without grain where `[plates]` says so."""
    truth: Rgb
    """Ground truth: the plate's luma with the aligned Reference's chroma, (height, width, 3)."""
    trust: NDArray[np.float32]
    """How far each pixel may teach, (height, width), 0..1."""

    def cut(self, window: tuple[slice, slice]) -> TeachingPair:
        """Return a piece of the pair: these rows and columns."""
        return replace(
            self,
            plate=self.plate[window],
            shown=self.shown[window],
            truth=self.truth[window],
            trust=self.trust[window],
        )


def ground_truth(plate: Rgb, aligned: Rgb) -> Rgb:
    """Return what the network is taught: the plate's luma with the aligned Reference's chroma.

    Args:
        plate: Shape (height, width, 3), in the chain's working space.
        aligned: The Reference laid on it, the same.
    """
    return luma_chroma_to_rgb(rgb_to_luma(plate), rgb_to_chroma(aligned))


def shot_chain(shot: Shot, name: str | None = None) -> Chain:
    """Return the chain of transforms that the shot states, or the one named, for its plates."""
    ocio = shot.path(shot.colour.ocio) if shot.colour.ocio else None
    return named_chain(name or shot.colour.chain, encoding=shot.colour.encoding, ocio=ocio)


def display_of(shot: Shot, chain: Chain) -> ToDisplay:
    """Return what brings working values of the shot's chain to the display."""
    if chain.name == "display":
        return lambda working: working
    display = shot_chain(shot, "display")
    return lambda working: display.to_working(chain.from_working(working))


def shot_showing(shot: Shot) -> Showing:
    """Return how the shot's plates are cleaned before the network sees them.

    Raises:
        StageError: Grain is to be taken off what is no display picture.
    """
    showing = Showing(degrain=shot.plates.degrain, temporal=shot.plates.temporal)
    showing.require_display(shot.colour.encoding)
    return showing


def aligned_path(shot: Shot, pair: Pair) -> Path:
    """Return where the pair's aligned Reference lies: RGB, and trust as alpha."""
    return shot.path(f"alignment/reference_{pair.source:04d}.exr")


def usable_pairs(shot: Shot) -> tuple[Pair, ...]:
    """Return the pairs that the alignment let pass; those it left out it names and says why."""
    left_out = load_left_out(shot)
    return tuple(pair for pair in shot.pair if pair.source not in left_out)


def teaching_pairs(shot: Shot) -> tuple[Pair, ...]:
    """Return the usable pairs that teach."""
    return tuple(pair for pair in usable_pairs(shot) if not pair.hold_out)


def held_out_pairs(shot: Shot) -> tuple[Pair, ...]:
    """Return the usable pairs that are only measured."""
    return tuple(pair for pair in usable_pairs(shot) if pair.hold_out)


def teaching_files(shot: Shot) -> list[Path]:
    """Return every pair's plate and aligned Reference: what is taught is made from these."""
    plates = Sequence.find(shot.source.plate, shot.root)
    showing = shot_showing(shot)
    files: dict[Path, None] = {}
    for pair in usable_pairs(shot):
        seen = (pair.source, *showing.frames_seen(plates, pair.source))
        files |= dict.fromkeys([*(plates.path(frame) for frame in seen), aligned_path(shot, pair)])
    return list(files)


def load_shown(shot: Shot, frame: int, chain: Chain) -> tuple[Rgb, Rgb]:
    """Read a Source frame's plate, and return it and what the network sees of it.

    Both are in the chain's working space; where nothing is cleaned they are the same picture.

    Raises:
        FrameError: The frame is missing or broken.
    """
    plates = Sequence.find(shot.source.plate, shot.root)
    on_file = read_rgb(plates.path(frame))
    plate = chain.to_working(on_file)
    cleaned = show_plate(on_file, plates, frame, shot_showing(shot))
    return plate, plate if cleaned is on_file else chain.to_working(cleaned)


def load_teaching(shot: Shot, pair: Pair, chain: Chain) -> TeachingPair:
    """Read a pair that `align` has prepared.

    Raises:
        FrameError: A frame is missing, broken, or the plate is not the size it was aligned at.
    """
    plate, shown = load_shown(shot, pair.source, chain)
    aligned = read_frame(aligned_path(shot, pair))
    if aligned.rgb.shape != plate.shape:
        raise FrameError(
            aligned_path(shot, pair),
            f"was aligned at {aligned.rgb.shape[1]} x {aligned.rgb.shape[0]}, the plate is "
            f"{plate.shape[1]} x {plate.shape[0]}: run `chromaresolve align`",
        )
    return TeachingPair(
        frame=pair.source,
        plate=plate,
        shown=shown,
        truth=ground_truth(plate, chain.to_working(aligned.rgb)),
        trust=aligned.others["A"].astype(np.float32),
    )
