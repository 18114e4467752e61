"""The demo's scene: a seaside fair, painted from nothing, seen by a moving camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.demo.painting import Kinds, Plate
from chromaresolve.demo.palette import LOOK_ALIKES
from chromaresolve.demo.stage import Matrix, set_stage
from chromaresolve.errors import UsageError
from chromaresolve.fade import Fading, Retention, Telecine

PAINTED_WIDTH = 960
PAINTED_HEIGHT = 540

DEMO_FADING = Fading(
    retention=Retention(cyan=0.08, magenta=0.85, yellow=0.55),
    grain=0.03,
    unevenness=0.25,
    stain=(0.0, 0.01, 0.05),
    flicker=0.012,
    scanner_noise=0.022,
    bits=10,
    seed=1974,
)

DEMO_TELECINE = Telecine(
    size=(720, 540),
    shift_px=(3.0, -2.0),
    scale=1.015,
    rotation_deg=0.3,
    gains=(1.02, 1.0, 0.97),
    gamma=1.08,
    saturation=0.92,
    blur=0.6,
    chroma_blur=1.2,
    subtitle="- Do you remember the colours?",
    subtitle_frames=(14, 19),
    noise=0.006,
    jpeg_quality=60,
    seed=1986,
)


def draw_scene(
    frame: int, *, width: int = PAINTED_WIDTH, height: int = PAINTED_HEIGHT, frame_count: int = 24
) -> NDArray[np.float32]:
    light = np.zeros((height, width, 3), np.float32)
    time = _time(frame, frame_count)
    view, scale = _view(width, height)
    for prop in set_stage(scale):
        _lay_over(light, prop.plate, view @ prop.placed(time))
    np.clip(light, 0, 1, out=light)
    return cv2.pow(light, 1 / 2.4)


def look_alike_kinds(
    frame: int, *, width: int = PAINTED_WIDTH, height: int = PAINTED_HEIGHT, frame_count: int = 24
) -> Kinds:
    kinds = np.zeros((height, width), np.uint8)
    time = _time(frame, frame_count)
    view, scale = _view(width, height)
    for prop in set_stage(scale):
        found = _seen(prop.plate, view @ prop.placed(time), width, height)
        if found is None:
            continue
        matrix, rows, columns = found
        size = (columns.stop - columns.start, rows.stop - rows.start)
        cover = cv2.warpPerspective(prop.plate.light[..., 3], matrix, size)
        marks = cv2.warpPerspective(prop.plate.kinds, matrix, size, flags=cv2.INTER_NEAREST)
        hidden = cover > 0.5
        kinds[rows, columns][hidden] = marks[hidden]
    return kinds


def _time(frame, frame_count):
    return frame / max(frame_count - 1, 1)


def _view(width: int, height: int) -> tuple[Matrix, float]:
    scale = max(width / PAINTED_WIDTH, height / PAINTED_HEIGHT)
    x = (width - scale * PAINTED_WIDTH) / 2
    y = (height - scale * PAINTED_HEIGHT) / 2
    return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1.0]]), scale


def _seen(plate: Plate, placed: Matrix, width: int, height: int):
    high, wide = plate.kinds.shape
    paint = np.array(
        [
            [1 / plate.scale, 0, plate.left + 0.5 / plate.scale],
            [0, 1 / plate.scale, plate.top + 0.5 / plate.scale],
            [0, 0, 1],
        ]
    )
    centre = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    whole = centre @ placed @ paint
    corners = whole @ np.array([[-1, wide, wide, -1], [-1, -1, high, high], [1, 1, 1, 1.0]])
    corners = corners[:2] / corners[2]
    x0, y0 = np.clip(np.floor(corners.min(axis=1)).astype(int), 0, (width, height))
    x1, y1 = np.clip(np.ceil(corners.max(axis=1)).astype(int) + 1, 0, (width, height))
    if x0 >= x1 or y0 >= y1:
        return None
    return (
        np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]]) @ whole,
        slice(int(y0), int(y1)),
        slice(int(x0), int(x1)),
    )


def _lay_over(light, plate: Plate, placed: Matrix) -> None:
    height, width = light.shape[:2]
    found = _seen(plate, placed, width, height)
    if found is None:
        return
    matrix, rows, columns = found
    size = (columns.stop - columns.start, rows.stop - rows.start)
    seen = cv2.warpPerspective(plate.light, matrix, size)
    under = light[rows, columns]
    under *= 1 - seen[..., 3:]
    under += seen[..., :3]
