"""A Reference cleaned for teaching: dust, bands and blocks of its chroma, bands of its luma."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_ycbcr
from chromaresolve.errors import UsageError
from chromaresolve.plates.banding import deband_plane
from chromaresolve.plates.bands import Picture
from chromaresolve.plates.blocks import deblock_plane, measure_blocks
from chromaresolve.structure import Plane

LARGEST_MEDIAN = 15
"""Largest median, pixels: more would take the colour of faces."""

USUAL_MEDIAN = 10
"""Median beyond which colour detail goes with the dust; the value the workflow starts from."""

AROUND = np.ones((3, 3), np.uint8)
"""A pixel and its eight neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CleanedReference:
    """A Reference for teaching."""

    reference_709: Picture
    """The cleaned Reference, (height, width, 3)."""
    notes: tuple[str, ...]
    """What the user should know about it, a sentence each."""


def clean_reference(
    reference_709: Picture, *, median: int, deband: bool, deblock: bool
) -> CleanedReference:
    """Return a Reference without what would teach wrong colour.

    Only chroma is taught, so dust and blocks are cleaned in chroma alone: luma keeps the detail
    that alignment and trust are measured on. With everything off it is the same Reference.

    Args:
        reference_709: Shape (height, width, 3), display encoded, any range, finite.
        median: Size of a median on chroma in pixels, 0 for none, up to 15.
        deband: Smooth 8-bit steps in luma and chroma.
        deblock: Even the blocks of MPEG and JPEG, where there are any.

    Raises:
        UsageError: The median's size is beyond 0..15.
    """
    if not 0 <= median <= LARGEST_MEDIAN:
        raise UsageError(f"reference_median {median!r}: give 0 to {LARGEST_MEDIAN}")
    if not (median > 1 or deband or deblock):
        return CleanedReference(reference_709=reference_709, notes=())
    before = rgb_to_ycbcr(reference_709)
    luma, *chroma = (np.ascontiguousarray(before[..., part]) for part in range(3))
    notes = []
    if deblock:
        grid = measure_blocks(chroma)
        if grid is None:
            notes.append("no blocks of compression were found in the Reference: none were evened")
        else:
            chroma = [deblock_plane(plane, grid) for plane in chroma]
    if median > 1:
        chroma = [limit_by_median(plane, median) for plane in chroma]
    if median > USUAL_MEDIAN:
        notes.append(
            f"a median of {median} takes small colours with the dust: {USUAL_MEDIAN} is the most "
            "that References usually need"
        )
    if deband:
        luma, *chroma = (deband_plane(plane) for plane in (luma, *chroma))
    # Only what was changed is added, so that every other pixel stays the value it was.
    added = np.dstack((luma, *chroma)) - before
    cleaned = reference_709 + luma_chroma_to_rgb(added[..., 0], added[..., 1:])
    return CleanedReference(reference_709=cleaned, notes=tuple(notes))


def limit_by_median(plane: Plane, size: int) -> Plane:
    """Return a plane without specks: each value is held between the medians around it.

    In even parts that is the median itself. At an edge the medians of both sides are around, so
    that the edge stays where it is and as sharp. Beyond 5 pixels it works on a smaller raster, in
    which five pixels are the size: chroma of a Reference has no finer detail.

    Args:
        plane: Cb or Cr, shape (height, width), any range.
        size: Edge of the median's window, pixels, 2 to 15.
    """
    height, width = plane.shape
    shrink = max(1, size / 5)
    raster = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    small = cv2.resize(plane, raster, interpolation=cv2.INTER_AREA)
    middle = cv2.medianBlur(np.asarray(small, np.float32), 3 if size <= 3 else 5)
    lowest, highest = (
        cv2.resize(bound(middle, AROUND), (width, height)) for bound in (cv2.erode, cv2.dilate)
    )
    return np.minimum(np.maximum(plane, lowest), highest)
