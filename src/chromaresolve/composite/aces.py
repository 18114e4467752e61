"""The merge onto the ACES original: the archive's master, with its highlights above white."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from chromaresolve.colour import convert, delta_e_2000
from chromaresolve.composite.blend import merge_frame
from chromaresolve.composite.carry import ACES_WHITE, AP0, DISPLAY, carry_colour
from chromaresolve.composite.deliverable import (
    Deliverable,
    Numbers,
    is_lossless,
    recovered_frames,
)
from chromaresolve.errors import FrameError, StageError
from chromaresolve.files import sha256
from chromaresolve.frames import Attribute, Frame, Rgb, Sequence
from chromaresolve.frames.frame import AttributeValue
from chromaresolve.shot import CropTable, Shot
from chromaresolve.telling import Say

METHOD = "Color on ACES 1"
"""Changes when the same frames would give other pixels: old composites are made again."""

ACES = "ACES - ACES2065-1"
"""The original's space, by a name that configs of ACES 1.2 and 1.3 know."""

NUMBERS = ("gamut_share", "display_share", "display_de2000")
"""What is measured on each frame: the share of pixels whose chroma gave way to fit the plate's
bounds, the share that the display shows well enough to decide, and on those the mean distance of
what the output transform makes of the file from the display merge."""

SAMPLED = (slice(None, None, 4), slice(None, None, 4))
"""Pixels that are measured, evenly spread."""

SHOWN_TOLERANCE = 0.02
"""Median display difference between the scan and what the original shows.

Five 8-bit codes. Two programs' output transforms of one ACES version differ by less; another
version, a grade or another frame by far more.
"""

CONTAINER_FLAG = "acesImageContainerFlag"
"""Says that a file keeps SMPTE ST 2065-4, which allows no compression: no word for ours."""

CHROMATICITIES = Attribute(
    "chromaticities", struct.pack("<8f", *(number for xy in (*AP0, ACES_WHITE) for number in xy))
)
"""What R, G and B are, as EXR says it."""


def aces_deliverable(shot: Shot, say: Say) -> Deliverable:
    """Return how the recovered colour is put on the shot's ACES original.

    Raises:
        StageError: The shot names no ACES original.
        FrameError: A sequence is not there.
    """
    if shot.source.master is None:
        raise StageError(
            shot.file,
            "[source] master names no ACES original: export the scan as ACES2065-1 EXRs, ungraded, "
            f'and write master = "plates/{shot.shot.name}_ACES_####.exr" under [source]',
        )
    ocio = shot.path(shot.colour.ocio) if shot.colour.ocio else None
    patterns = (shot.source.master, shot.source.scan, shot.source.luma_plate)
    return Deliverable(
        ending="ACES_COMP",
        method=f"{METHOD} {sha256(ocio)}" if ocio else METHOD,
        words="chroma of {3} and luma of {2} on {0}, which shows as {1}",
        sequences=(*(Sequence.find(p, shot.root) for p in patterns), recovered_frames(shot)),
        merge=lambda frames: _merge_picture_area(shot.crop, ocio, *frames),
        numbers=NUMBERS,
        compression=_lossless(shot.recovery.compression, say),
    )


def _lossless(compression: str, say: Say) -> str:
    if is_lossless(compression):
        return compression
    say(f"{compression} is lossy: the merge on the ACES original is written as zip")
    return "zip"


def _merge_picture_area(
    crop: CropTable, ocio: Path | None, master: Frame, scan: Frame, plate: Frame, recovered: Frame
) -> tuple[Frame, Numbers]:
    """Merge inside the crop; what is not picture stays the original's own."""
    for other in (scan, plate, recovered):
        _require_same_raster(master, other)
    height, width, _ = master.rgb.shape
    area = crop.area(height, width)
    _require_shown(master, scan, area, ocio)
    merged_709, gamut_share = merge_frame(plate.rgb[area], recovered.rgb[area])
    carried = carry_colour(master.rgb[area], scan.rgb[area], merged_709, ocio=ocio)
    rgb = master.rgb.copy()
    rgb[area] = carried.aces
    decided = carried.reach[SAMPLED] == 1
    distance = delta_e_2000(_show(carried.aces[SAMPLED], ocio), merged_709[SAMPLED])[decided]
    numbers = {
        "gamut_share": gamut_share,
        "display_share": float(decided.mean()),
        "display_de2000": float(distance.mean()) if distance.size else 0.0,
    }
    header = replace(master.header, attributes=_attributes(master, plate, recovered))
    return Frame(rgb=rgb, others=master.others, header=header), numbers


def _require_same_raster(master: Frame, other: Frame) -> None:
    if master.rgb.shape != other.rgb.shape:
        sizes = [f"{frame.rgb.shape[1]}x{frame.rgb.shape[0]}" for frame in (master, other)]
        raise FrameError(
            master.header.path,
            f"is {sizes[0]}, but {other.header.path.name!r} is {sizes[1]}: "
            "export the ACES original and the plates from one timeline, unscaled",
        )


def _require_shown(
    master: Frame, scan: Frame, area: tuple[slice, slice], ocio: Path | None
) -> None:
    """Refuse an original that is not what the scan's plate shows."""
    shown = _show(master.rgb[area][SAMPLED], ocio)
    off = float(np.median(np.abs(shown - scan.rgb[area][SAMPLED])))
    if off > SHOWN_TOLERANCE:
        raise FrameError(
            master.header.path,
            f"does not show as {scan.header.path.name!r} through the Rec.709 output transform (off "
            f"by {off:.3f} in the median): export both ungraded, from the same clip, as ACES 1.3 "
            "or 1.2 without gamut compression",
        )


def _show(aces: Rgb, ocio: Path | None) -> Rgb:
    """Return what the display shows of ACES2065-1."""
    return convert(aces, from_space=ACES, to_space=DISPLAY, ocio=ocio)


def _attributes(master: Frame, plate: Frame, recovered: Frame) -> dict[str, AttributeValue]:
    """Return the original's header with what the recovery said of itself.

    What the recovered frame took from its plate is of display values, and is left behind.
    """
    of_plate = plate.header.attributes
    said = recovered.header.attributes.items()
    notes = {name: value for name, value in said if of_plate.get(name) != value}
    attributes = {**notes, **master.header.attributes, CHROMATICITIES.kind: CHROMATICITIES}
    attributes.pop(CONTAINER_FLAG, None)
    return attributes
