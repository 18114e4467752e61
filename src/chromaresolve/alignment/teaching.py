"""A pair as the network and the baseline are taught it: plate, ground truth, and trust."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import Chain, luma_chroma_to_rgb, named_chain, rgb_to_chroma, rgb_to_luma
from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, Sequence, read_frame, read_rgb
from chromaresolve.shot import Pair, Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingPair:
    """One pair in the chain's working space, on the Source's raster."""

    frame: int
    """Source frame number."""
    plate: Rgb
    """The plate the network sees, (height, width, 3)."""
    truth: Rgb
    """Ground truth: the plate's luma with the aligned Reference's chroma, (height, width, 3)."""
    trust: NDArray[np.float32]
    """How far each pixel may teach, (height, width), 0..1."""


def shot_chain(shot: Shot, name: str | None = None) -> Chain:
    """Return the chain of transforms that the shot states, or the one named, for its plates."""
    ocio = shot.path(shot.colour.ocio) if shot.colour.ocio else None
    return named_chain(name or shot.colour.chain, encoding=shot.colour.encoding, ocio=ocio)


def aligned_path(shot: Shot, pair: Pair) -> Path:
    """Return where the pair's aligned Reference lies: RGB, and trust as alpha."""
    return shot.path(f"alignment/reference_{pair.source:04d}.exr")


def plate_path(shot: Shot, pair: Pair) -> Path:
    """Return the plate of a pair's Source frame."""
    return Sequence.find(shot.source.plate, shot.root).path(pair.source)


def teaching_files(shot: Shot) -> list[Path]:
    """Return every pair's plate and aligned Reference: what is taught is made from these."""
    plates = Sequence.find(shot.source.plate, shot.root)
    return [
        file for pair in shot.pair for file in (plates.path(pair.source), aligned_path(shot, pair))
    ]


def load_teaching(shot: Shot, pair: Pair, chain: Chain) -> TeachingPair:
    """Read a pair that `align` has prepared.

    Raises:
        FrameError: A frame is missing, broken, or the plate is not the size it was aligned at.
    """
    plate = chain.to_working(read_rgb(plate_path(shot, pair)))
    aligned = read_frame(aligned_path(shot, pair))
    if aligned.rgb.shape != plate.shape:
        raise FrameError(
            aligned_path(shot, pair),
            f"was aligned at {aligned.rgb.shape[1]} x {aligned.rgb.shape[0]}, the plate is "
            f"{plate.shape[1]} x {plate.shape[0]}: run `chromaresolve align`",
        )
    chroma = rgb_to_chroma(chain.to_working(aligned.rgb))
    return TeachingPair(
        frame=pair.source,
        plate=plate,
        truth=luma_chroma_to_rgb(rgb_to_luma(plate), chroma),
        trust=aligned.others["A"].astype(np.float32),
    )
