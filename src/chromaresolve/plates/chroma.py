"""Chroma that does not lie on its luma, as tape delay and 4:2:0 siting leave it: found, moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2

from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_ycbcr
from chromaresolve.errors import StageError
from chromaresolve.plates.bands import Picture
from chromaresolve.plates.movement import shift_picture
from chromaresolve.structure import Plane

Tiles: TypeAlias = NDArray[np.float32]
"""Squares of details, (details, squares, TILE, TILE)."""

TILE = 64
"""Edge of the squares in which chroma is compared with luma, pixels. In so small a part the two
mostly belong to the same few things, and change together."""

MOST_TILES = 400
"""Squares that are compared, those with most detail in both."""

GROUPS = 4
"""Groups of squares that each find the shift for themselves: how far they differ tells how sure it
is."""

REACH = 12
"""Largest shift that is looked for, pixels: four of an SD raster on a 2K one."""

SOFTNESS_PX = 1.5
"""Blur before details are compared: chroma is softer than luma."""

STEPS = 3
"""Measurements, each of chroma moved back by what those before found: only near 0 is a shift not
foreshortened by the squares' edges."""

LARGEST_DOUBT = 0.25
"""Standard error, in pixels, beyond which the shift is not known."""

LEAST_EXPLAINED = 0.05
"""Share of chroma's detail that luma explains, below which it is noise. Pictures with colour: 0.09
to 0.77, measured."""

FAINTEST = 1e-12
"""Energy of chroma detail below which a square has no colour: that of rounding is 1e-16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromaShift:
    """Where chroma lies beside luma, in pixels of the Reference."""

    right: float
    """How far right of it; negative is left."""
    down: float
    """How far below it; negative is above."""
    doubt: float
    """Standard error of the less sure of the two."""


def measure_chroma_shift(reference_709: Picture) -> ChromaShift:
    """Find how far a Reference's chroma lies beside its luma.

    Where luma and chroma have an edge in common, one is some multiple of the other, of either sign:
    the shift with which most of chroma's detail is such a multiple, square by square, is the one.
    To undo it, hand the negative numbers to `shift_chroma`.

    Args:
        reference_709: Shape (height, width, 3), display encoded, finite.

    Raises:
        StageError: There are too few colour edges to tell.
    """
    luma, *chroma = (
        np.ascontiguousarray(p) for p in np.moveaxis(rgb_to_ycbcr(reference_709), 2, 0)
    )
    places = _busiest(luma, chroma)
    luma_tiles = _tiles(luma, places)
    found, parts, share = np.zeros(2), np.zeros((GROUPS, 2)), 0.0
    for _ in range(STEPS):
        back = (-found[0], -found[1])
        moved = [_tiles(shift_picture(plane, back), places) for plane in chroma]
        explained = _explained(luma_tiles, moved)
        parts = found + [_peak(explained[group::GROUPS].sum(axis=0)) for group in range(GROUPS)]
        found = found + _peak(explained.sum(axis=0))
        share = float(explained.sum(axis=0).max() / np.square(moved).sum())
    if share < LEAST_EXPLAINED:
        raise _refusal(f"luma has only {100 * share:.0f} % of chroma's detail in common with it")
    doubt = float(parts.std(axis=0, ddof=1).max() / np.sqrt(GROUPS))
    if not doubt <= LARGEST_DOUBT:
        raise _refusal(f"the parts of the picture differ by {doubt:.2f} px about it")
    return ChromaShift(right=float(found[0]), down=float(found[1]), doubt=doubt)


def shift_chroma(reference_709: Picture, right: float, down: float) -> Picture:
    """Return the Reference with its chroma moved and its luma where it is; 0 leaves it alone."""
    if right == down == 0:
        return reference_709
    chroma = rgb_to_chroma(reference_709)
    moved = shift_picture(np.ascontiguousarray(chroma), (right, down))
    return reference_709 + luma_chroma_to_rgb(np.zeros(chroma.shape[:2]), moved - chroma)


def _refusal(why: str) -> StageError:
    return StageError(
        "chroma shift",
        f"is not known, as {why}: take a frame with more colour edges, or leave chroma where it is",
    )


def _busiest(luma: Plane, chroma: Sequence[Plane]) -> list[tuple[int, int]]:
    """Return the top left corners of the squares with most detail in luma and chroma alike."""
    if min(luma.shape) < TILE:
        raise _refusal(f"{luma.shape[1]} x {luma.shape[0]} pixels are too few")
    luma_energy, *chroma_energies = (_energies(plane) for plane in (luma, *chroma))
    chroma_energy = np.sum(chroma_energies, axis=0)
    alike = np.where(chroma_energy > FAINTEST, luma_energy * chroma_energy, 0)
    order = np.argsort(alike, axis=None, kind="stable")[::-1][:MOST_TILES]
    rows, columns = np.divmod(order[alike.ravel()[order] > 0], alike.shape[1])
    if len(rows) < GROUPS:
        raise _refusal("there is next to no colour")
    step = TILE // 2
    return [
        (int(row) * step, int(column) * step) for row, column in zip(rows, columns, strict=True)
    ]


def _energies(plane: Plane) -> Plane:
    """Return the mean energy of detail in each square; squares overlap by half."""
    step = TILE // 2
    height, width = (side // step for side in plane.shape)
    details = (detail[: height * step, : width * step] for detail in _details(plane))
    whole = np.sum([np.square(detail) for detail in details], axis=0)
    halves = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    # From each quarter and those right of and below it, a square.
    return np.asarray(cv2.boxFilter(halves, -1, (2, 2), anchor=(0, 0))[:-1, :-1], np.float32)


def _details(plane: Plane) -> list[Plane]:
    """Return the three second derivatives: sharp edges count in them, and shading does not."""
    smooth = cv2.GaussianBlur(plane, (0, 0), SOFTNESS_PX)
    across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32)
    bends = (
        cv2.Scharr(across, cv2.CV_32F, 1, 0, scale=1 / 32),
        cv2.Scharr(down, cv2.CV_32F, 0, 1, scale=1 / 32),
        cv2.Scharr(across, cv2.CV_32F, 0, 1, scale=2**0.5 / 32),
    )
    return [np.asarray(bend, np.float32) for bend in bends]


def _tiles(plane: Plane, places: Sequence[tuple[int, int]]) -> Tiles:
    """Return the details of the squares, fading out towards their edges."""
    window = cv2.createHanningWindow((TILE, TILE), cv2.CV_32F)
    return np.array(
        [
            [detail[top : top + TILE, left : left + TILE] * window for top, left in places]
            for detail in _details(plane)
        ]
    )


def _explained(luma: Tiles, chroma: Sequence[Tiles]) -> NDArray[np.float32]:
    """Return the energy of chroma detail that luma, shifted, explains, square by square.

    Returns:
        Shape (squares, shifts down, shifts right), of whole pixels from `-REACH` to `REACH`.
    """
    shifts = np.arange(-REACH, REACH + 1)
    spectrum = np.conj(rfft2(luma))
    energy = np.square(luma).sum(axis=(0, 2, 3))
    energy = energy + 1e-3 * energy.max()
    explained = np.zeros((len(energy), len(shifts), len(shifts)), np.float32)
    for tiles in chroma:
        common = irfft2((spectrum * rfft2(tiles)).sum(axis=0), (TILE, TILE))
        explained += np.square(common[:, shifts[:, np.newaxis], shifts])
    return np.asarray(explained / energy[:, np.newaxis, np.newaxis], np.float32)


def _peak(explained: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the shift, right and down, that explains most, to a fraction of a pixel."""
    inner = explained[1:-1, 1:-1]
    row, column = (int(n) + 1 for n in np.unravel_index(inner.argmax(), inner.shape))
    lines = explained[row, column - 1 : column + 2], explained[row - 1 : row + 2, column]
    between = [_vertex(line.astype(np.float64)) for line in lines]
    return np.array([column - REACH + between[0], row - REACH + between[1]])


def _vertex(line: NDArray[np.float64]) -> float:
    """Return how far from the middle of three the parabola through them is highest."""
    bend = line[0] - 2 * line[1] + line[2]
    return float(np.clip(0.5 * (line[0] - line[2]) / bend, -1, 1)) if bend < 0 else 0.0
