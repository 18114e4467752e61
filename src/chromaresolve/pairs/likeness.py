"""How like the frames of two sequences are, without regard to colour, camera or place.

Frames are compared twice, on small pictures: by what they show, and by what moves in them by
itself. The second is the change from the frame before to the frame after once both are laid on the
frame between, so that a camera that pans, zooms or shakes changes nothing. Two frames that are
compared are first laid on each other by one affine map for the whole sequence, for a telecine is
one machine: a camera's uneven way tells time through it, an even one cannot.

The maps are least squares of small steps (Lucas and Kanade 1981; Baker and Matthews, "Lucas-Kanade
20 Years On", 2004) from the highest correlation over whole pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.survey import Survey, tone_thumbs

Planes: TypeAlias = NDArray[np.float32]
"""Small pictures, one behind the other, (frames, height, width)."""

Rows: TypeAlias = NDArray[np.intp]
"""Which frames of a sequence, by their place in it."""

Matrix: TypeAlias = NDArray[np.float64]
"""(3, 3), from pixels of one small picture to those of another, the first pixel at (0, 0)."""

WIDTH, HEIGHT = 96, 54
"""Of the small pictures that are compared."""

SOFTNESS = 1.5
"""Blur of the small pictures: a telecine is softer than a scan, and what a moving camera brings
through the sampling would look like motion."""

COARSE = 8.0
"""Blur of what is left out of them, in their pixels: slow changes of light and grade."""

COARSE_CHANGE = 4.0
"""The same for what moves: flicker is coarse, people are not."""

RIM = 6
"""Pixels beside the edge that are not compared: a telecine's black border comes into them."""

REACH = 12
"""How far, in pixels, the two may lie off each other: an eighth of the width."""

OWN_MOTION = 0.08
"""Pixels, in root mean square, from which on something moves by itself from the frame before to
the frame after. What sampling leaves of a panning camera stays below 0.05, one walker is 0.15."""

STEPS, STEP_END = 8, 0.02
"""Steps towards a map at most, and the step in pixels that ends them."""

RIDGE = 1e-6
"""Keeps a map where a picture without detail says nothing about it, as a share."""

_INSIDE = (slice(RIM, -RIM), slice(RIM, -RIM))
_INNER = np.zeros((HEIGHT, WIDTH), np.float32)
_INNER[_INSIDE] = 1
_DOWN, _RIGHT = (
    np.mgrid[:HEIGHT, :WIDTH].astype(np.float32) - [[[HEIGHT / 2]], [[WIDTH / 2]]]
) / WIDTH
_WINDOW = np.outer(np.hanning(HEIGHT), np.hanning(WIDTH)).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A sequence as it is compared."""

    shown: Planes
    """What each frame shows: its tone less what is coarse, at one contrast."""
    moving: Planes
    """What moves by itself around each frame; 0 where nothing does."""
    slopes: NDArray[np.float32]
    """What each number of an affine map does to `shown` inside, (frames, pixels, 6)."""
    squares: NDArray[np.float64]
    """Products of these with each other, summed, (frames, 6, 6)."""
    spectra: NDArray[np.complex64]
    """Of `shown`, to correlate it over whole pixels."""
    camera: float
    """Pixels that the camera moves from frame to frame, from the first to the last on the whole."""


def look(surveyed: Survey) -> Look:
    """Return a sequence as it is compared."""
    planes = tone_planes(surveyed)
    shown = centred(planes)
    contrast = np.maximum(shown[:, *_INSIDE].std(axis=(1, 2), keepdims=True), 1e-6)
    shown /= contrast
    slopes = np.stack([_slopes(plane) for plane in shown])
    seen = Look(
        shown=shown,
        moving=np.zeros_like(shown),
        slopes=slopes,
        squares=(slopes.transpose(0, 2, 1) @ slopes).astype(np.float64),
        spectra=np.fft.rfft2(shown * _WINDOW).astype(np.complex64),
        camera=0.0,
    )
    each = np.arange(len(shown))
    path = [lay(seen, seen, each[n : n + 1], each[n + 1 : n + 2]) for n in range(len(shown) - 1)]
    return replace(
        seen,
        moving=_own_motion(planes / contrast, seen.squares, path),
        camera=_farthest(reduce(np.matmul, path, np.eye(3))) / max(1, len(path)),
    )


def tone_planes(surveyed: Survey) -> Planes:
    """Return the tone of each frame on one small raster."""
    planes = np.empty((len(surveyed.frames), HEIGHT, WIDTH), np.float32)
    for plane, tone in zip(planes, tone_thumbs(surveyed), strict=True):
        soft = np.asarray(cv2.GaussianBlur(tone, (0, 0), SOFTNESS), np.float32)
        plane[:] = cv2.resize(soft, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return planes


def centred(planes: Planes) -> Planes:
    """Return each picture less what is coarse in it: fading and grading change that."""
    return np.stack([plane - cv2.GaussianBlur(plane, (0, 0), COARSE) for plane in planes])


def table(ours: Planes, theirs: Planes, shift: tuple[int, int]) -> NDArray[np.float32]:
    """Return the correlation of each of ours (rows) with each of theirs (columns).

    Args:
        ours: Small pictures.
        theirs: Those they are compared with.
        shift: By how many whole pixels, right and down, theirs lie off ours.
    """
    right, down = shift
    rows = [
        _unit(planes, _INNER[_INSIDE])
        for planes in (ours, np.roll(theirs, (-down, -right), axis=(1, 2)))
    ]
    return np.asarray(rows[0] @ rows[1].T, np.float32)


def common_shift(ours: Planes, theirs: Planes) -> tuple[int, int]:
    """Return by how many whole pixels, right and down, theirs lie off ours: seen on their means."""
    means = [np.fft.rfft2(planes.mean(axis=0) * _WINDOW)[np.newaxis] for planes in (ours, theirs)]
    right, down = _whole_shift(means[0], means[1], reach=RIM)[:2, 2]
    return int(right), int(down)


def lay(ours: Look, theirs: Look, rows: Rows, columns: Rows) -> Matrix:
    """Return the one map that lays frames of theirs on as many of ours, frame by frame."""
    start = _whole_shift(ours.spectra[rows], theirs.spectra[columns])
    square = ours.squares[rows].sum(axis=0)
    square += (RIDGE * np.trace(square) + RIDGE) * np.eye(6)
    slopes = ours.slopes[rows].reshape(-1, 6)
    fixed, laid = ours.shown[rows], start
    for _ in range(STEPS):
        mask = _mask(laid)
        mine = _unit(fixed, mask)
        missing = mine - _unit(_warped(theirs.shown[columns], laid), mask)
        # Slopes are those of pictures with deviation 1, not with length 1.
        missing *= np.sqrt(mask.sum())
        step = np.linalg.solve(square, slopes.T @ missing.ravel())
        if not np.abs(step).max() < REACH:  # it leads nowhere, or to no number
            return start
        laid = laid @ _affine(step)
        if np.abs(step).max() < STEP_END:
            break
    return laid


def measure_likeness(
    ours: Look, theirs: Look, rows: Rows, columns: Rows, laid: Matrix
) -> NDArray[np.float32]:
    """Return how like frames are in what they show and in what moves by itself, (2, pairs, places).

    Args:
        ours: One sequence.
        theirs: The other.
        rows: Frames of the one.
        columns: Frames of the other for each of these, (pairs, places).
        laid: How the other lies on the one, see `lay`.

    Returns:
        Correlations; that of motion is 0 where nothing moves.
    """
    seen, place = np.unique(columns, return_inverse=True)
    place = place.reshape(columns.shape)
    mask, found = _mask(laid), []
    for mine, other in ((ours.shown, theirs.shown), (ours.moving, theirs.moving)):
        moved, fixed = _unit(_warped(other[seen], laid), mask), _unit(mine[rows], mask)
        found.append([np.einsum("nk,nk->n", fixed, moved[step]) for step in place.T])
    return np.asarray(found, np.float32).transpose(0, 2, 1)


def _own_motion(planes: Planes, squares: NDArray[np.float64], path: list[Matrix]) -> Planes:
    """Return what changes around each frame besides the camera; 0 where nothing does."""
    still = np.eye(3)
    back = [still, *(np.asarray(np.linalg.inv(step), np.float64) for step in path)]
    before = np.concatenate([planes[:1], planes[:-1]])
    after = np.concatenate([planes[1:], planes[-1:]])
    moving = np.zeros_like(planes)
    for frame, (there, here) in enumerate(zip([*path, still], back, strict=True)):
        mask = np.pad(_mask(there) * _mask(here), RIM)
        change = (_warp(after[frame], there) - _warp(before[frame], here)) * mask
        # The mean of what is seen alone: the picture's edge moves, too.
        share = np.maximum(cv2.GaussianBlur(mask, (0, 0), COARSE_CHANGE), 0.1)
        change -= mask * cv2.GaussianBlur(change, (0, 0), COARSE_CHANGE) / share
        moving[frame] = change
    steepness = squares[:, 0, 0] + squares[:, 1, 1]
    pixels = np.sqrt(np.square(moving).sum(axis=(1, 2)) / np.maximum(steepness, 1e-6))
    return moving if np.median(pixels) > OWN_MOTION else np.zeros_like(moving)


def _slopes(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    right = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3) / 8
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3) / 8
    turned = [slope * place for slope in (right, down) for place in (_RIGHT, _DOWN)]
    inside = [slope[_INSIDE].ravel() for slope in (right, down, *turned)]
    return np.stack(inside, axis=-1).astype(np.float32)


def _affine(numbers: NDArray[np.float64]) -> Matrix:
    """Return the map about the middle that two shifts and four slopes over the width give."""
    right, down, *turn = numbers
    linear = np.eye(2) + np.reshape(turn, (2, 2)) / WIDTH
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    laid = np.eye(3)
    laid[:2, :2], laid[:2, 2] = linear, middle - linear @ middle + (right, down)
    return laid


def _whole_shift(
    ours: NDArray[np.complexfloating], theirs: NDArray[np.complexfloating], *, reach: int = REACH
) -> Matrix:
    """Return the shift by whole pixels at which spectra of ours correlate best with theirs."""
    likeness = np.fft.irfft2((np.conj(ours) * theirs).sum(axis=0), (HEIGHT, WIDTH))
    near = np.roll(likeness, (reach, reach), axis=(0, 1))[: 2 * reach + 1, : 2 * reach + 1]
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    laid = np.eye(3)
    laid[:2, 2] = right - reach, down - reach
    return laid


def _warp(plane: NDArray[np.float32], laid: Matrix) -> NDArray[np.float32]:
    # Bilinear would draw a camera's path to whole pixels, and a pan would look like motion.
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, laid[:2], (WIDTH, HEIGHT), flags=how), np.float32)


def _warped(planes: Planes, laid: Matrix) -> Planes:
    # Four at a time, as channels: half the time.
    fours = [
        _warp(np.ascontiguousarray(planes[n : n + 4].transpose(1, 2, 0)), laid)
        for n in range(0, len(planes), 4)
    ]
    return np.concatenate([four.reshape(HEIGHT, WIDTH, -1) for four in fours], 2).transpose(2, 0, 1)


def _mask(laid: Matrix) -> NDArray[np.float32]:
    """Return 1 where both pictures are there, rims left out, of what is inside."""
    how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(_INNER, laid[:2], (WIDTH, HEIGHT), flags=how)[_INSIDE])


def _unit(planes: Planes, mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the inside of each picture as a row with mean 0 and length 1 in a mask, 0 outside."""
    cover = mask.ravel()
    inner = planes[:, *_INSIDE].reshape(len(planes), -1) * cover
    inner -= (inner.sum(axis=1, keepdims=True) / max(float(cover.sum()), 1.0)) * cover
    length = np.linalg.norm(inner, axis=1, keepdims=True)
    return np.asarray(inner / np.maximum(length, 1e-6), np.float32)


def _farthest(step: Matrix) -> float:
    """Return how far a map takes a corner of the picture."""
    corners = np.array([[0, WIDTH, 0, WIDTH], [0, 0, HEIGHT, HEIGHT], [1, 1, 1, 1]], np.float64)
    return float(np.hypot(*(step @ corners - corners)[:2]).max())
