"""A pair's pictures as alignment sees them: one channel each, small, and what of it is picture.

A border's edge is structure that the picture does not have, often the strongest of all. So what is
not picture takes no part, neither in a window that is normalised nor in a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from chromaresolve.alignment.geometry import Matrix, fit_raster, raster_to_raster, working_size
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import (
    DEVIATION_FLOOR,
    FINEST_DETAIL,
    FLAT_DEVIATION,
    Mask,
    Plane,
    rgb_to_tone,
)

SMALLEST_SIDE = 64
"""A picture smaller than this has no room for the windows and cells used here, pixels."""

FINE_WINDOW, WIDE_WINDOW = 1 / 50, 1 / 24
"""Width of the window that is normalised, as a share of the view's. The fine one tells best where
an edge lies (measured: corner errors fall by a quarter); with the wide one it is found from farther
away, and agreement is measured."""

SMALLEST_WINDOW = 9
"""Pixels a side that a window has at least."""

WHOLE_PIXEL = 0.999
"""Share of a pixel that is picture from which on it counts."""

LEAST_WEIGHT = 1e-3
"""Share of a window that is picture below which nothing is divided by it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One picture's tone on a raster to work on."""

    tone: Plane
    """Shape (height, width), display encoded."""
    mask: Mask
    """The same shape: where there is picture."""
    to_view: Matrix
    """From the pixel centres of the file it was read from to the view's."""

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.tone.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.tone.shape[0])

    @property
    def file_shape(self) -> tuple[int, int]:
        """Height and width of the file it was read from."""
        across, down = self.to_view[0, 0], self.to_view[1, 1]
        return round(self.height / down), round(self.width / abs(across))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge of the picture, in pixels from the raster's corner."""
        rows, columns = (np.flatnonzero(self.mask.any(axis=axis)) for axis in (1, 0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

    def shrunk(self, share: int) -> Self:
        """Return the view on a raster so many times smaller."""
        if share == 1:
            return self
        width, height = self.width // share, self.height // share
        tone = fit_raster(self.tone, width=width, height=height)
        mask = fit_raster(self.mask.astype(np.float32), width=width, height=height) > WHOLE_PIXEL
        smaller = raster_to_raster(self.tone.shape, tone.shape)
        return type(self)(tone=tone, mask=mask, to_view=smaller @ self.to_view)

    def central(self, share: float) -> Self:
        """Return the view with only so much of the picture's width and height, in its middle."""
        left, top, right, bottom = self.box
        across, down = (round((1 - share) / 2 * side) for side in (right - left, bottom - top))
        kept = np.zeros_like(self.mask)
        middle = slice(top + down, bottom - down), slice(left + across, right - across)
        kept[middle] = self.mask[middle]
        return type(self)(tone=self.tone, mask=kept, to_view=self.to_view)

    def mirrored(self) -> Self:
        """Return the view as in a mirror, left for right."""
        flip = np.array([[-1, 0, self.width - 1], [0, 1, 0], [0, 0, 1]], dtype=np.float64)
        return type(self)(
            tone=np.ascontiguousarray(self.tone[:, ::-1]),
            mask=np.ascontiguousarray(self.mask[:, ::-1]),
            to_view=flip @ self.to_view,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairViews:
    """Both pictures of a pair, to be laid on each other."""

    source: View
    """The Source."""
    reference: View
    """The Reference."""

    def shrunk(self, share: int) -> Self:
        """Return both on rasters so many times smaller."""
        return type(self)(source=self.source.shrunk(share), reference=self.reference.shrunk(share))

    def central(self, share: float) -> Self:
        """Return the pair with only the middle of the Source's picture."""
        return type(self)(source=self.source.central(share), reference=self.reference)

    @property
    def source_px(self) -> float:
        """Source file pixels per pixel of its view."""
        return 1 / float(self.source.to_view[0, 0])

    def from_files(self, matrix: Matrix) -> Matrix:
        """Bring a matrix from Source file to Reference file pixels to the views' pixels."""
        own = self.reference.to_view @ matrix @ np.linalg.inv(self.source.to_view)
        return np.asarray(own / own[2, 2], dtype=np.float64)

    def to_files(self, matrix: Matrix) -> Matrix:
        """Bring a matrix from Source view to Reference view pixels to the files' pixels."""
        own = np.linalg.inv(self.reference.to_view) @ matrix @ self.source.to_view
        return np.asarray(own / own[2, 2], dtype=np.float64)


def view(rgb: Rgb, picture: Mask, *, name: str) -> View:
    """Look at a picture.

    Args:
        rgb: Shape (height, width, 3), display encoded, finite.
        picture: Shape (height, width): what of it is picture; in this frame, or in the whole shot.
        name: `Source` or `Reference`, for what cannot be aligned.

    Raises:
        StageError: The picture is flat or tiny.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        problem = f"the {name} is {width} x {height}: {SMALLEST_SIDE} a side is the least"
        raise StageError("registration", problem)
    across, down = working_size(width=width, height=height)
    tone = fit_raster(rgb_to_tone(rgb), width=across, height=down)
    mask = fit_raster(picture.astype(np.float32), width=across, height=down) > WHOLE_PIXEL
    if not mask.any() or float(tone[mask].std()) < FLAT_DEVIATION:
        problem = f"the {name} is one flat colour: there is nothing to align"
        raise StageError("registration", problem)
    return View(tone=tone, mask=mask, to_view=raster_to_raster(rgb.shape, tone.shape))


def masked_luma(tone: Plane, mask: Mask, *, window: float) -> Plane:
    """Return the tone with every window brought to mean 0 and deviation 1, and 0 off the mask.

    As `structure.tone_to_luma_structure`, but what is not picture has no share in any window.
    """
    return _normalise(_without_grain(tone, mask), mask, window)


def masked_gradient(tone: Plane, mask: Mask, *, window: float) -> Plane:
    """Return how steep the tone is, normalised in the same way, and 0 off the mask.

    As `structure.tone_to_gradient_structure`.
    """
    smooth = _without_grain(tone, mask)
    across = np.asarray(cv2.Scharr(smooth, cv2.CV_32F, 1, 0), dtype=np.float32)
    down = np.asarray(cv2.Scharr(smooth, cv2.CV_32F, 0, 1), dtype=np.float32)
    # Not cv2.magnitude: its last bit depends on where in memory the picture happens to lie.
    return _normalise(np.sqrt(across * across + down * down), mask, window)


def drawn_in(mask: Mask, pixels: int) -> Mask:
    """Return a mask without what lies within so many pixels of its edge or the raster's."""
    square = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.erode(mask.astype(np.uint8), square, borderValue=0) > 0, dtype=np.bool_)


def _without_grain(tone: Plane, mask: Mask) -> Plane:
    deviation = max(1.0, tone.shape[1] * FINEST_DETAIL)
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(tone * weight, (0, 0), deviation)
    shares = cv2.GaussianBlur(weight, (0, 0), deviation)
    return np.asarray(total / np.maximum(shares, LEAST_WEIGHT), dtype=np.float32)


def _normalise(plane: Plane, mask: Mask, window: float) -> Plane:
    side = max(SMALLEST_WINDOW, round(plane.shape[1] * window)) | 1
    inside = plane[mask]
    deviation = float(inside.std()) if len(inside) else 0.0
    if deviation < FLAT_DEVIATION:
        return np.zeros_like(plane)
    weight = mask.astype(np.float32)
    centred = (plane - inside.mean()) * weight
    share = np.maximum(_windowed(weight, side), LEAST_WEIGHT)
    mean = _windowed(centred, side) / share
    variance = np.maximum(_windowed(centred * centred, side) / share - mean * mean, 0)
    floor = np.float32((DEVIATION_FLOOR * deviation) ** 2)
    return np.asarray((centred - mean) / np.sqrt(variance + floor) * weight, dtype=np.float32)


def _windowed(plane: Plane, side: int) -> Plane:
    blurred = cv2.blur(plane, (side, side), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, dtype=np.float32)
