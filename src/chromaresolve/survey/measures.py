"""What is measured of one frame. Each measure looks at no more pixels than it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr
from chromaresolve.frames import Rgb
from chromaresolve.structure import Plane, rgb_to_tone
from chromaresolve.survey.record import THUMB_WIDTH

HALF = float(np.finfo(np.float16).max)
"""The largest value of a small picture, which is kept as half."""

COMB_COLUMNS = 256
"""Columns that the fields are compared in: wide enough to average grain, narrow enough for the
few pixels that something moves between two fields."""

LINE_COUNTS = (480, 486, 576, 1080)
"""Lines of interlaced television; a Reference that was scaled has the comb of one of these. Rec.
ITU-R BT.601-7 (NTSC files keep 480 or 486 of its lines, PAL 576) and BT.709-6 (1080)."""

ODD_EVEN = np.array([1, -4, 6, -4, 1], np.float32) / np.sqrt(np.float32(70))
"""Down a column: what alternates from line to line, as a comb does. White noise keeps its power."""

SLOWER = np.array([1, 0, -2, 0, 1], np.float32) / np.sqrt(np.float32(6))
"""The same for what alternates half as often: the detail of a picture has more of it."""

COMB_TILE = 16
"""Lines and columns of a part of the picture whose comb is judged by itself, at least."""

COMB_TILES = 24
"""Parts of the picture along a side, at most."""

COMBED_SHARE = 0.05
"""Share of the picture that must move for a frame to be judged: those parts that alternate most."""

SHARP_WIDTH = 640
"""Width that sharpness is measured at: what a 720-wide telecine can show, `FINEST_DETAIL`."""

DETAIL = (1.0, 2.0)
"""The blurs that detail lies between, as deviations in pixels: of that width for fine detail, of a
quarter of it for coarse detail."""

QUARTER = 4
"""How much coarser the coarse detail is."""

SHARP_TILES = (12, 16)
"""Parts of the picture, down and across, whose detail is weighed against grain."""

GRAIN_SHARE = 0.2
"""Share of the parts that are taken to show nothing but grain: those with the least detail."""

FLAT = 16
"""Side of a patch that grain is measured in, in pixels of the file: a few grains of a 2K scan."""

FLAT_PATCHES = 400
"""Patches that are enough to find flat ones among."""

FLAT_SHARE = 0.25
"""Share of the patches that are taken as flat."""

EXPOSED = (0.05, 0.95)
"""Luma in which grain shows: clear film and clipped lights have none."""

BLOCK = 8
"""Side of the blocks of JPEG, DV and MPEG (ISO/IEC 10918-1, 13818-2), in pixels."""

BLOCK_ROWS = 400
"""Rows, and columns, that are enough to find block borders in."""


def measure_frame(rgb: Rgb) -> Mapping[str, NDArray[Any]]:
    """Measure one frame: what `Survey` has a column for, by the column's name.

    Args:
        rgb: Display-encoded, finite, any range, (height, width, 3).
    """
    tone = rgb_to_tone(rgb)
    extremes = measure_extremes(rgb)
    numbers = {
        "beyond": measure_beyond(rgb, extremes),
        "extremes": extremes,
        "comb": measure_comb(tone),
        "sharpness": measure_sharpness(tone),
        "grain": measure_grain(rgb),
        "blocks": measure_blocks(tone),
    }
    columns = {name: np.asarray(number, np.float32) for name, number in numbers.items()}
    return {"thumbs": measure_thumb(rgb), **columns}


def measure_thumb(rgb: Rgb) -> NDArray[np.float16]:
    """Return the picture averaged by areas to 96 across; beyond half's range it is half's limit."""
    height, width, _ = rgb.shape
    size = (THUMB_WIDTH, max(1, round(height * THUMB_WIDTH / width)))
    # First only across, which is most of the way and cheap; the areas stay very nearly the same.
    narrow = _reduced(rgb, max(1, width // (4 * THUMB_WIDTH)), 1)
    small = cv2.resize(narrow, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(small, -HALF, HALF), np.float16)


def measure_extremes(rgb: Rgb) -> tuple[float, float]:
    """Return the lowest and the highest value of all channels."""
    return float(rgb.min()), float(rgb.max())


def measure_beyond(rgb: Rgb, extremes: tuple[float, float]) -> tuple[float, float]:
    """Return the share of pixels with a channel below 0, and of those with one above 1."""
    lowest, highest = extremes
    below = _share_outside(rgb, 0.0, highest) if lowest < 0 else 0.0
    above = _share_outside(rgb, lowest, 1.0) if highest > 1 else 0.0
    return below, above


def measure_comb(tone: Plane) -> float:
    """Return how much every other line differs from its neighbours: 0 is none, near 1 is a comb.

    Detail fades the finer it is, and grain is as strong in every other line as in every other two:
    only two fields of different moments alternate from line to line and not slower. A picture that
    was scaled from television's lines is judged in those lines too.
    """
    narrow = _reduced(tone, max(1, tone.shape[1] // COMB_COLUMNS), 1)
    counts = [lines for lines in LINE_COUNTS if lines < tone.shape[0]]
    size = narrow.shape[1]
    scaled = [cv2.resize(narrow, (size, n), interpolation=cv2.INTER_LINEAR) for n in counts]
    return max(map(_comb, [narrow, *scaled]))


def measure_sharpness(tone: Plane) -> float:
    """Return fine detail over coarse detail; grain, which is alike in all parts, is taken off.

    About 0.1 is soft, 0.5 is sharp; a picture without detail has 0.
    """
    factor = max(1, round(tone.shape[1] / SHARP_WIDTH))
    small = _reduced(tone, factor, factor)
    smaller = _reduced(small, QUARTER, QUARTER)
    coarse = float(np.square(_band(smaller)).mean())
    fine = _tile_power(_band(small), SHARP_TILES)
    grain = float(np.quantile(fine, GRAIN_SHARE))
    return float(np.sqrt(np.maximum(fine - grain, 0).mean() / coarse)) if coarse > 0 else 0.0


def measure_grain(rgb: Rgb) -> tuple[float, float]:
    """Return the deviation of luma's grain, and of chroma's noise, in the flattest patches.

    It is what is left of each patch without its slopes and bows; 0 where there is no whole patch.
    """
    patches = _patches(rgb)
    if not len(patches):
        return 0.0, 0.0
    ycbcr = rgb_to_ycbcr(patches)
    variance = _variance_about_bow(ycbcr)
    luma = ycbcr[..., 0].mean(axis=1)
    is_exposed = (luma > EXPOSED[0]) & (luma < EXPOSED[1])
    if is_exposed.any():
        variance = variance[is_exposed]
    count = max(1, round(FLAT_SHARE * len(variance)))
    flat = variance[np.argsort(variance[:, 0])[:count]]
    luma_power, chroma_power = np.median(flat[:, 0]), np.median(flat[:, 1:].mean(axis=1))
    return float(np.sqrt(luma_power)), float(np.sqrt(chroma_power))


def measure_blocks(tone: Plane) -> float:
    """Return how much steeper every eighth border between pixels is, in both directions.

    0 is none; 0.1 can be seen in flat areas, 0.5 everywhere.
    """
    across = tone[:: max(1, tone.shape[0] // BLOCK_ROWS)]
    down = tone[:, :: max(1, tone.shape[1] // BLOCK_ROWS)].T
    return max(0.0, min(_block_borders(across), _block_borders(down)))


def _reduced(picture: NDArray[np.float32], across: int, down: int) -> Any:  # noqa: ANN401 - a plane or RGB
    """Average a plane or a picture by whole areas of so many pixels."""
    if across == down == 1:
        return picture
    height, width = picture.shape[:2]
    size = (max(1, width // across), max(1, height // down))
    # Whole areas only: OpenCV averages those several times faster.
    area = picture[: size[1] * down, : size[0] * across]
    return cv2.resize(area, size, interpolation=cv2.INTER_AREA)


def _share_outside(rgb: Rgb, lowest: float, highest: float) -> float:
    inside: int = cv2.countNonZero(cv2.inRange(rgb, 3 * (lowest,), 3 * (highest,)))
    return 1 - inside / rgb[..., 0].size


def _comb(tone: Plane) -> float:
    height, width = tone.shape
    if height < ODD_EVEN.size:
        return 0.0
    tiles = tuple(min(COMB_TILES, max(1, side // COMB_TILE)) for side in (height, width))
    one = np.ones(1, np.float32)
    alternating, slower = (
        _tile_power(cv2.sepFilter2D(tone, cv2.CV_32F, one, kernel), tiles).ravel()
        for kernel in (ODD_EVEN, SLOWER)
    )
    count = max(1, round(COMBED_SHARE * alternating.size))
    moving = np.argpartition(alternating, -count)[-count:]
    fast, slow = float(alternating[moving].sum()), float(slower[moving].sum())
    return max(0.0, (fast - slow) / (fast + slow)) if fast + slow > 0 else 0.0


def _tile_power(plane: NDArray[Any], tiles: tuple[int, int]) -> Plane:
    """Return the mean square in each of so many parts, down and across."""
    down, across = (min(*pair) for pair in zip(tiles, plane.shape, strict=True))
    square = np.asarray(plane * plane, np.float32)
    return np.asarray(cv2.resize(square, (across, down), interpolation=cv2.INTER_AREA), np.float32)


def _band(plane: Plane) -> Plane:
    fine, coarse = (cv2.GaussianBlur(plane, (0, 0), blur) for blur in DETAIL)
    return np.asarray(fine - coarse, np.float32)


def _patches(rgb: Rgb) -> NDArray[np.float32]:
    """Return some patches, evenly spread, (patches, pixels, 3)."""
    down, across = (side // FLAT for side in rgb.shape[:2])
    step = max(1, int(np.sqrt(down * across / FLAT_PATCHES)))
    whole = rgb[: down * FLAT, : across * FLAT].reshape(down, FLAT, across, FLAT, 3)
    some = whole[::step, :, ::step].transpose(0, 2, 1, 3, 4)
    return some.reshape(-1, FLAT * FLAT, 3)


def _variance_about_bow(ycbcr: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each channel's variance about a surface of second degree, (patches, 3)."""
    place = np.linspace(-1, 1, FLAT)
    y, x = (axis.ravel() for axis in np.meshgrid(place, place, indexing="ij"))
    surface, _ = np.linalg.qr(np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1))
    # The mean goes first: what is left is then no small difference of big squares.
    centred = ycbcr - ycbcr.mean(axis=1, keepdims=True)
    bows = surface.T.astype(np.float32) @ centred
    left = np.square(centred).sum(axis=1) - np.square(bows).sum(axis=1)
    return np.asarray(np.maximum(left, 0) / (x.size - surface.shape[1]), np.float32)


def _block_borders(lines: NDArray[np.float32]) -> float:
    """Return how much steeper one border in eight is than the next steepest, over the slope."""
    steps = np.abs(np.diff(lines, axis=1))
    slope = float(steps.mean()) if steps.size else 0.0
    if steps.shape[1] < 4 * BLOCK or slope == 0:
        return 0.0
    # A border's own step against those beside it: an edge of the picture is steep there as well.
    beyond = (steps[:, 1:-1] - (steps[:, :-2] + steps[:, 2:]) / 2).mean(axis=0)
    whole = beyond[: beyond.size // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=0)
    *_, second, first = np.sort(whole)
    return float(first - second) / slope
