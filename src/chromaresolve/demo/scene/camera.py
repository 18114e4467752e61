"""The camera that films the scene: it pans to the right and moves a little closer."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.demo.scene.painting import Kinds, Plate
from chromaresolve.demo.scene.stage import Matrix, set_stage
from chromaresolve.errors import UsageError

WIDTH, HEIGHT = 960, 540
"""Size of the frame that positions on the stage are counted in."""

DISPLAY_GAMMA = 2.4
"""ITU-R BT.1886 with black at 0."""


def draw_scene(
    frame: int, *, width: int = WIDTH, height: int = HEIGHT, frame_count: int = 24
) -> NDArray[np.float32]:
    """Draw one frame of the unfaded film.

    The first frame of a size paints the whole stage, a second or two; the others take well under
    a tenth of a second at 960 x 540.

    Args:
        frame: 0 to frame_count - 1.
        width: Of the frame; another shape than 16:9 crops the scene.
        height: Of the frame.
        frame_count: Frames that the camera's whole journey takes.

    Returns:
        (height, width, 3), display-encoded Rec.709 2.4, 0..1. Highlights beyond white are white.

    Raises:
        UsageError: The frame is outside the shot, or the size is none.
    """
    time, view, scale = _set_camera(frame, width, height, frame_count)
    light = np.zeros((height, width, 3), np.float32)
    for prop in set_stage(scale):
        _lay_over(light, prop.plate, view @ prop.placed(time))
    np.clip(light, 0, 1, out=light)
    return np.asarray(cv2.pow(light, 1 / DISPLAY_GAMMA), np.float32)


def look_alike_kinds(
    frame: int, *, width: int = WIDTH, height: int = HEIGHT, frame_count: int = 24
) -> Kinds:
    """Return which look-alike paint each pixel of a frame shows, (height, width).

    `LookAlike.kind` of the pair for its warm paint, one more for its cool paint, 0 for neither.

    Raises:
        UsageError: The frame is outside the shot, or the size is none.
    """
    time, view, scale = _set_camera(frame, width, height, frame_count)
    kinds = np.zeros((height, width), np.uint8)
    for prop in set_stage(scale):
        matrix, rows, columns = _see(prop.plate, view @ prop.placed(time), width, height)
        cover = _warp(prop.plate.light[..., 3], matrix, rows, columns, cv2.INTER_LINEAR)
        marks = _warp(prop.plate.kinds, matrix, rows, columns, cv2.INTER_NEAREST)
        hidden = cover > 0.5
        kinds[rows, columns][hidden] = marks[hidden]
    return kinds


def look_alike_mask(
    frame: int, *, width: int = WIDTH, height: int = HEIGHT, frame_count: int = 24
) -> NDArray[np.bool_]:
    """Return where a frame shows any look-alike paint, (height, width).

    Raises:
        UsageError: The frame is outside the shot, or the size is none.
    """
    return look_alike_kinds(frame, width=width, height=height, frame_count=frame_count) > 0


def _set_camera(
    frame: int, width: int, height: int, frame_count: int
) -> tuple[float, Matrix, float]:
    """Return when a frame is, 0..1, where stage positions are on it, and the scale."""
    if not 0 <= frame < frame_count:
        raise UsageError(f"scene: frame {frame!r}: give 0 to {frame_count - 1}")
    if width < 1 or height < 1:
        raise UsageError(f"scene: size {width!r} x {height!r}: give at least 1 x 1")
    scale = max(width / WIDTH, height / HEIGHT)
    right, down = (width - scale * WIDTH) / 2, (height - scale * HEIGHT) / 2
    # The centre of the first pixel is half a pixel from the frame's edge; OpenCV calls it 0.
    view = np.array([[scale, 0, right - 0.5], [0, scale, down - 0.5], [0, 0, 1]])
    return frame / max(frame_count - 1, 1), view, scale


def _see(plate: Plate, placed: Matrix, width: int, height: int) -> tuple[Matrix, slice, slice]:
    """Return the part of a frame where a plate can be seen, and the plate's way into that part."""
    pixel = 1 / plate.scale
    corner = (plate.left + pixel / 2, plate.top + pixel / 2)
    whole = placed @ np.array([[pixel, 0, corner[0]], [0, pixel, corner[1]], [0, 0, 1]])
    high, wide = plate.kinds.shape
    edges = whole @ np.array([[-1, wide, wide, -1], [-1, -1, high, high], [1, 1, 1, 1]])
    edges = edges[:2] / edges[2]
    x0, y0 = (int(v) for v in np.clip(np.floor(edges.min(axis=1)), 0, (width, height)))
    x1, y1 = (int(v) for v in np.clip(np.ceil(edges.max(axis=1)) + 1, 0, (width, height)))
    into = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]])
    return into @ whole, slice(y0, y1), slice(x0, x1)


def _lay_over(light: NDArray[np.float32], plate: Plate, placed: Matrix) -> None:
    """Lay a plate over what the frame shows so far."""
    height, width = light.shape[:2]
    matrix, rows, columns = _see(plate, placed, width, height)
    seen = _warp(plate.light, matrix, rows, columns, cv2.INTER_LINEAR)
    under = light[rows, columns]
    under *= 1 - seen[..., 3:]
    under += seen[..., :3]


def _warp(
    plate: NDArray[np.float32] | Kinds, matrix: Matrix, rows: slice, columns: slice, how: int
) -> NDArray[np.float32]:
    """Return a plate as a part of a frame sees it; nothing, where the part is empty."""
    size = (columns.stop - columns.start, rows.stop - rows.start)
    if 0 in size:
        return np.zeros((size[1], size[0], *plate.shape[2:]), np.float32)
    return np.asarray(cv2.warpPerspective(plate, matrix, size, flags=how))
