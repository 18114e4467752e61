"""One pair laid: its Reference cleaned, warped onto the Source, and masked by trust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chromaresolve.alignment.cropping import SharedCrop
from chromaresolve.alignment.painted import read_painted_mask
from chromaresolve.alignment.registration import Registration, warp_reference
from chromaresolve.alignment.trust import Comparison, compare, level_reference
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb, Sequence, read_rgb
from chromaresolve.pairs.fields import weave_fields
from chromaresolve.plates import clean_reference, measure_chroma_shift, shift_chroma
from chromaresolve.shot import Pair, Shot
from chromaresolve.structure import Mask, Plane

SURE_OF_CHROMA = 3.0
"""Standard errors by which chroma must be off its luma before it is moved."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaidPair:
    """A pair's Reference on its Source's raster."""

    source: Rgb
    """The plate, (height, width, 3)."""
    aligned: Rgb
    """The Reference, the same shape."""
    trust: Plane
    """How far each pixel may teach, (height, width), 0..1."""
    inside: Mask
    """Where the Reference covers the plate, (height, width)."""
    compared: Comparison
    """The two in one picture's colours, small: to judge them by eye."""
    notes: tuple[str, ...]
    """What was done to the Reference, a sentence each."""


def read_reference(pair: Pair, references: Sequence) -> Rgb:
    """Read a pair's Reference frame, its fields woven where two frames hold them.

    Raises:
        FrameError: It cannot be read.
    """
    path = references.path(pair.reference)
    reference = read_rgb(path)
    if pair.field_from is None:
        return reference
    return weave_fields(reference, read_rgb(references.path(pair.field_from)), where=path)


def lay_pair(
    shot: Shot,
    pair: Pair,
    pictures: tuple[Rgb, Rgb],
    registration: Registration,
    crop: SharedCrop,
    *,
    levelled: bool,
) -> LaidPair:
    """Lay a pair's Reference on its Source, and say how far each pixel may teach.

    Args:
        shot: The shot.
        pair: The pair.
        pictures: Its Source and its Reference as exported, (height, width, 3) each.
        registration: How they lie on each other.
        crop: What is picture in both.
        levelled: Whether the Reference's grade is brought to the plate's.

    Raises:
        FrameError: The painted mask cannot be used.
        StageError: The two have nothing in common.
    """
    source, reference = pictures
    height, width = source.shape[:2]
    reference, notes = _clean(shot, reference)
    aligned, inside = warp_reference(
        reference, registration.matrix, width=width, height=height, bend=registration.bend
    )
    inside &= crop.both_show(registration.matrix, bend=registration.bend)
    compared = compare(source, aligned, inside)
    trust = compared.trust_within(inside)
    trust *= _picture_area(shot, width, height)
    if pair.mask is not None:
        trust *= read_painted_mask(shot.path(pair.mask), width=width, height=height)
    if levelled:
        aligned = level_reference(aligned, rgb_to_luma(source), trust)
    return LaidPair(
        source=source,
        aligned=aligned,
        trust=trust,
        inside=inside,
        compared=compared,
        notes=notes,
    )


def _clean(shot: Shot, reference: Rgb) -> tuple[Rgb, tuple[str, ...]]:
    """Return the Reference as `[plates]` wants it, on its own raster, and what was done."""
    wishes = shot.plates
    cleaned = clean_reference(
        reference,
        median=wishes.reference_median,
        deband=wishes.deband,
        deblock=wishes.deblock,
    )
    if wishes.chroma_shift == "off":
        return cleaned.reference_709, cleaned.notes
    moved, note = _with_chroma_on_luma(cleaned.reference_709)
    return moved, (*cleaned.notes, note)


def _with_chroma_on_luma(reference: Rgb) -> tuple[Rgb, str]:
    """Return the Reference with its chroma where its luma is, and what was found."""
    try:
        found = measure_chroma_shift(reference)
    except StageError as error:
        return reference, f"chroma stays where it is: the shift {error.problem}"
    off = f"{found.right:+.2f} px right and {found.down:+.2f} px down of its luma"
    if np.hypot(found.right, found.down) < SURE_OF_CHROMA * found.doubt:
        return reference, f"chroma stays where it is: {off}, which is less than is known for sure"
    return shift_chroma(reference, -found.right, -found.down), f"chroma lay {off}: moved back"


def _picture_area(shot: Shot, width: int, height: int) -> Plane:
    """Return 1 inside the crop and 0 outside, (height, width)."""
    area = np.zeros((height, width), dtype=np.float32)
    area[shot.crop.area(height, width)] = 1
    if not area.any():
        raise StageError(shot.file, f"[crop] leaves nothing of {width} x {height}: make it smaller")
    return area
