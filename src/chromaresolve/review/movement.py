"""Small pictures of a frame, and a neighbour's laid on them by how the plate moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr
from chromaresolve.frames import Rgb
from chromaresolve.structure import Mask, Plane

SMALL_WIDTH = 192
"""Pixels across: a pixel of it averages a hundred of a 2K plate, and grain is gone."""

WINDOW = 15
"""Side of the window that luma is normalised in, in these pixels: a face at a distance."""

FLOOR = 0.02
"""Deviation added to a window's, display values: what is flatter holds only what grain is left."""

STEPS = 40.0
"""8-bit steps per deviation of the normalised luma that movement is found in."""

ALIKE = 0.8
"""How far two normalised lumas that show the same may lie apart, in deviations; what was hidden
and what comes into sight lies further."""

Chroma = NDArray[np.float32]
"""[Cb, Cr], (height, width, 2)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Small:
    """A frame on a small raster, display values."""

    luma: Plane
    """The plate's."""
    plate: Chroma
    """The plate's chroma."""
    recovered: Chroma
    """The recovered chroma."""
    detail: NDArray[np.uint8]
    """The luma without its light: what movement is found in, (height, width)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighbour:
    """Another frame laid on this one."""

    luma: Plane
    """The plate's."""
    plate: Chroma
    """The plate's chroma."""
    recovered: Chroma
    """The recovered chroma."""
    shows: Mask
    """Where it shows what this frame shows."""


def shrink(luma_plate_709: Rgb, plate_709: Rgb, recovered_709: Rgb) -> Small:
    """Return the pictures (height, width, 3) of a frame on the small raster."""
    kept = rgb_to_ycbcr(to_width(luma_plate_709, SMALL_WIDTH))
    is_one = plate_709 is luma_plate_709
    plate = kept if is_one else rgb_to_ycbcr(to_width(plate_709, SMALL_WIDTH))
    luma = np.ascontiguousarray(kept[..., 0])
    return Small(
        luma=luma,
        plate=np.ascontiguousarray(plate[..., 1:]),
        recovered=np.ascontiguousarray(rgb_to_ycbcr(to_width(recovered_709, SMALL_WIDTH))[..., 1:]),
        detail=_detail(luma),
    )


def to_width(picture: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return a picture averaged by areas to a width; one that is narrower stays as it is."""
    high, wide = picture.shape[:2]
    if wide <= width:
        return picture
    size = (width, max(1, round(high * width / wide)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def lay(neighbour: Small, here: Small) -> Neighbour:
    """Lay a neighbouring frame on this one, by the movement of the plate's luma."""
    height, width = here.luma.shape
    flow = _flow().calc(here.detail, neighbour.detail, np.zeros((height, width, 2), np.float32))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    within = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    whole = np.dstack([neighbour.luma, neighbour.plate, neighbour.recovered])
    laid = cv2.remap(whole[..., :3], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    recovered = cv2.remap(whole[..., 3:], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    detail = cv2.remap(neighbour.detail, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    apart = cv2.absdiff(detail, here.detail)
    return Neighbour(
        luma=np.asarray(laid[..., 0], np.float32),
        plate=np.asarray(laid[..., 1:3], np.float32),
        recovered=np.asarray(recovered, np.float32),
        shows=np.asarray(within & (apart < ALIKE * STEPS)),
    )


@cache
def _flow() -> cv2.DISOpticalFlow:
    # Dense inverse search: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016.
    found = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    # Half the small raster: a hundredth of its pixel exact, where a quarter is a tenth.
    found.setFinestScale(1)
    return found


def _detail(luma: Plane) -> NDArray[np.uint8]:
    """Return luma with every window brought to mean 0 and deviation 1, as 8-bit steps about 128.

    A flash, a fade and flicker change the light and not what the picture shows.
    """
    side = (WINDOW, WINDOW)
    mean = cv2.blur(luma, side)
    away = luma - mean
    deviation = np.sqrt(cv2.blur(away * away, side))
    # Of a picture that fades out, the floor fades with it.
    floor = FLOOR * min(1.0, 2 * float(np.abs(luma).mean())) + 1e-4
    return np.asarray(np.clip(128 + STEPS * away / (deviation + floor), 0, 255), np.uint8)
