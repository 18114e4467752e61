"""Where a clip's pixels land on the raster: fit, zoom, rotation, pan, crop, sampling."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from resolve_sim.files import PIXEL_ASPECTS
from resolve_sim.item import TimelineItem
from resolve_sim.media import MediaPoolItem
from resolve_sim.settings import Settings
from resolve_sim.world import Picture

Alpha = NDArray[np.float64]
"""(height, width), 0 to 1."""

RASTER_ASPECTS = {"square": 1.0, "cinemascope": 2.0, "16_9": 16 / 11, "4_3": 12 / 11}
"""`timelinePixelAspectRatio`; the SD ones for 576 lines."""

GEOMETRY = (
    "Pan", "Tilt", "ZoomX", "ZoomY", "RotationAngle", "AnchorPointX", "AnchorPointY", "FlipX",
    "FlipY",
)  # fmt: skip
"""Properties that move a picture."""

SCALINGS = {1: "centerCrop", 2: "scaleToFit", 3: "scaleToCrop", 4: "stretch"}
"""`Scaling` of an item, as the project's setting says it; 0 follows the project."""


def fit(size: tuple[int, int], raster: tuple[int, int], how: str, aspect: float) -> Picture:
    """Return the scale in x and y with which a clip fills a raster."""
    (width, height), (wide, high) = size, raster
    across, down = wide / (width * aspect), high / height
    if how == "stretch":
        return np.array([across * aspect, down])
    scale = {"scaleToFit": min(across, down), "scaleToCrop": max(across, down)}.get(how, 1.0)
    return np.array([scale * aspect, scale])


def fitted(item: TimelineItem, media: MediaPoolItem, settings: Settings) -> Picture:
    """Return the scale in x and y of an item, before its own zoom."""
    how = SCALINGS.get(int(item.inspector["Scaling"]), settings["timelineInputResMismatchBehavior"])
    raster = RASTER_ASPECTS[settings["timelinePixelAspectRatio"]]
    return fit(media.size, settings.size, how, PIXEL_ASPECTS[media.chosen["PAR"]] / raster)


def transform(item: TimelineItem, settings: Settings, frame: int) -> Picture:
    """Return the 2x3 map from a clip's pixels to the raster's; both count from the left and top."""
    media = item.media
    assert media is not None
    value = {key: item.property_at(key, frame - item.start) for key in GEOMETRY}
    if not item.inspector["TransformEnabled"]:
        value = dict.fromkeys(value, 0.0) | {"ZoomX": 1.0, "ZoomY": 1.0}
    switches = item.world.switches
    size, raster = np.array(media.size), np.array(settings.size)
    scale = fitted(item, media, settings)
    flip = np.array([-1.0 if value["FlipX"] else 1.0, -1.0 if value["FlipY"] else 1.0])
    linear = _rotation(switches.rotation_sign * value["RotationAngle"]) @ np.diag(
        flip * [value["ZoomX"], value["ZoomY"]]
    )
    anchor = np.array([value["AnchorPointX"], -value["AnchorPointY"]])
    moved = np.array([switches.pan_px * value["Pan"], -switches.tilt_px * value["Tilt"]])
    if switches.pan_by_fitted_size:
        moved = moved * scale * size / raster
    whole = linear @ np.diag(scale)
    offset = raster / 2 - whole @ (size / 2) + anchor - linear @ anchor + moved + item.shift
    return np.column_stack([whole, offset])


def _rotation(degrees: float) -> Picture:
    # Counter-clockwise on the screen, where y points down.
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, sine], [-sine, cosine]])


def place(
    picture: Picture,
    matrix: Picture,
    raster: tuple[int, int],
    crop: tuple[float, float, float, float] = (0, 0, 0, 0),
) -> tuple[Picture, Alpha]:
    """Lay a picture on a raster; whole pixels stay as they are, others are bilinear."""
    height, width, _ = picture.shape
    if matrix[0, 0] == matrix[1, 1] == 1 and matrix[0, 1] == matrix[1, 0] == 0:
        across, down = matrix[:, 2]
        if float(across).is_integer() and float(down).is_integer():
            return _paste(picture, int(across), int(down), raster, crop)
    wide, high = raster
    x, y = np.meshgrid(np.arange(wide) + 0.5, np.arange(high) + 0.5)
    inverse = np.linalg.inv(matrix[:, :2])
    x, y = x - matrix[0, 2], y - matrix[1, 2]
    u = inverse[0, 0] * x + inverse[0, 1] * y
    v = inverse[1, 0] * x + inverse[1, 1] * y
    left, right, top, bottom = crop
    inside = (u >= left) & (u <= width - right) & (v >= top) & (v <= height - bottom)
    return _sample(picture, u - 0.5, v - 0.5), inside.astype(float)


def _paste(
    picture: Picture,
    across: int,
    down: int,
    raster: tuple[int, int],
    crop: tuple[float, float, float, float],
) -> tuple[Picture, Alpha]:
    (wide, high), (height, width, _) = raster, picture.shape
    left, right, top, bottom = (round(side) for side in crop)
    alpha = np.zeros((height, width))
    alpha[top : height - bottom, left : width - right] = 1
    if (across, down, wide, high) == (0, 0, width, height):
        return picture, alpha
    out, out_alpha = np.zeros((high, wide, 3)), np.zeros((high, wide))
    rows = slice(max(0, down), min(high, down + height))
    columns = slice(max(0, across), min(wide, across + width))
    if rows.start < rows.stop and columns.start < columns.stop:
        here = (
            slice(rows.start - down, rows.stop - down),
            slice(columns.start - across, columns.stop - across),
        )
        out[rows, columns], out_alpha[rows, columns] = picture[here], alpha[here]
    return out, out_alpha


def _sample(picture: Picture, u: Alpha, v: Alpha) -> Picture:
    height, width, _ = picture.shape
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    x, y = (u - left)[..., None], (v - top)[..., None]
    x0, x1 = np.clip(left, 0, width - 1), np.clip(left + 1, 0, width - 1)
    y0, y1 = np.clip(top, 0, height - 1), np.clip(top + 1, 0, height - 1)
    upper = picture[y0, x0] * (1 - x) + picture[y0, x1] * x
    lower = picture[y1, x0] * (1 - x) + picture[y1, x1] * x
    sampled: Picture = upper * (1 - y) + lower * y
    return sampled
