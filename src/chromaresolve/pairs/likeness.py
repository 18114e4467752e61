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

from dataclasses import dataclass
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

_INNER = np.zeros((HEIGHT, WIDTH), np.float32)
_INNER[RIM:-RIM, RIM:-RIM] = 1
_DOWN, _RIGHT = (np.mgrid[:HEIGHT, :WIDTH] - np.array([[[HEIGHT / 2]], [[WIDTH / 2]]])) / WIDTH
_WINDOW = np.outer(np.hanning(HEIGHT), np.hanning(WIDTH)).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A sequence as it is compared."""

    shown: Planes
    """What each frame shows: its tone less what is coarse, at one contrast."""
    moving: Planes
    """What moves by itself around each frame; 0 where nothing does."""
    slopes: NDArray[np.float32]
    """What each number of an affine map does to `shown`, (frames, height, width, 6)."""
    spectra: NDArray[np.complex64]
    """Of `shown`, to correlate it over whole pixels."""
    camera: float
    """Pixels that the camera moves from frame to frame, at most."""


def look(surveyed: Survey) -> Look:
    """Return a sequence as it is compared."""
    planes = tone_planes(surveyed)
    shown = centred(planes)
    contrast = shown[:, RIM:-RIM, RIM:-RIM].std(axis=(1, 2))[:, np.newaxis, np.newaxis]
    contrast = np.maximum(contrast, 1e-6)
    shown /= contrast
    slopes = np.stack([_slopes(plane) for plane in shown])
    spectra = np.fft.rfft2(shown * _WINDOW).astype(np.complex64)
    path = [
        _fit(shown[[n]], slopes[[n]], shown[[n + 1]], _whole_shift(spectra[[n]], spectra[[n + 1]]))
        for n in range(len(shown) - 1)
    ]
    return Look(
        shown=shown,
        moving=_own_motion(planes / contrast, slopes, path),
        slopes=slopes,
        spectra=spectra,
        camera=max((_farthest(step) for step in path), default=0.0),
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
        _unit(planes, _INNER).reshape(len(planes), -1)
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
    return _fit(ours.shown[rows], ours.slopes[rows], theirs.shown[columns], start)


def measure_likeness(
    ours: Look, theirs: Look, rows: Rows, columns: Rows, laid: Matrix
) -> NDArray[np.float32]:
    """Return how like frames are, (2, pairs): what they show, and what moves by itself in them.

    Args:
        ours: One sequence.
        theirs: The other.
        rows: Frames of the one.
        columns: The frame of the other for each of these; or several, (pairs, places).
        laid: How the other lies on the one, see `lay`.

    Returns:
        Correlations, (2, pairs) or (2, pairs, places); motion is 0 where nothing moves.
    """
    seen, place = np.unique(columns, return_inverse=True)
    place = place.reshape(columns.shape)
    mask, found = _mask(laid), []
    for mine, other in ((ours.shown, theirs.shown), (ours.moving, theirs.moving)):
        moved = _unit(np.stack([_warp(other[row], laid) for row in seen]), mask)
        fixed = _unit(mine[rows], mask)
        if columns.ndim == 1:
            found.append(np.einsum("nhw,nhw->n", fixed, moved[place]))
        else:
            each = [np.einsum("nhw,nhw->n", fixed, moved[step]) for step in place.T]
            found.append(np.stack(each, axis=1))
    return np.asarray(found, np.float32)


def _own_motion(planes: Planes, slopes: NDArray[np.float32], path: list[Matrix]) -> Planes:
    """Return what changes around each frame besides the camera; 0 where nothing does."""
    still = np.eye(3)
    back = [still, *(np.linalg.inv(step) for step in path)]
    before, after = np.concatenate([planes[:1], planes[:-1]]), np.concatenate([planes[1:], planes[-1:]])
    moving = np.zeros_like(planes)
    for frame, (there, here) in enumerate(zip([*path, still], back, strict=True)):
        mask = _mask(there) * _mask(here)
        change = (_warp(after[frame], there) - _warp(before[frame], here)) * mask
        # The mean of what is seen alone: the camera's edge moves, too.
        share = np.maximum(cv2.GaussianBlur(mask, (0, 0), COARSE_CHANGE), 0.1)
        change -= mask * cv2.GaussianBlur(change, (0, 0), COARSE_CHANGE) / share
        steepness = float(np.square(slopes[frame, ..., :2]).sum())
        if np.square(change).sum() > OWN_MOTION**2 * steepness:
            moving[frame] = change
    return moving


def _slopes(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    right = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3) / 8 * _INNER
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3) / 8 * _INNER
    turned = [slope * place for slope in (right, down) for place in (_RIGHT, _DOWN)]
    return np.stack([right, down, *turned], axis=-1).astype(np.float32)


def _fit(ours: Planes, slopes: NDArray[np.float32], theirs: Planes, start: Matrix) -> Matrix:
    """Return the map from ours to theirs that makes them most alike, from a start nearby."""
    flat = slopes.reshape(-1, 6)
    square = (flat.T @ flat).astype(np.float64)
    square += (RIDGE * np.trace(square) + RIDGE) * np.eye(6)
    laid = start
    for _ in range(STEPS):
        mask = _mask(laid)
        moved = np.stack([_warp(plane, laid) for plane in theirs])
        length = np.sqrt(np.square(ours * mask).sum(axis=(1, 2), keepdims=True))
        missing = (_unit(ours, mask) - _unit(moved, mask)) * length
        step = np.linalg.solve(square, flat.T @ missing.reshape(-1))
        if not np.abs(step).max() < REACH:  # it does not lead anywhere
            return start
        laid = laid @ _affine(step)
        if np.abs(step).max() < STEP_END:
            break
    return laid


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
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, laid[:2], (WIDTH, HEIGHT), flags=how), np.float32)


def _mask(laid: Matrix) -> NDArray[np.float32]:
    """Return 1 where both pictures are there, rims left out."""
    how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    there = cv2.warpAffine(_INNER, laid[:2], (WIDTH, HEIGHT), flags=how)
    return np.asarray(there * _INNER, np.float32)


def _unit(planes: Planes, mask: NDArray[np.float32]) -> Planes:
    """Return each picture with mean 0 and length 1 inside a mask, 0 outside."""
    mean = (planes * mask).sum(axis=(1, 2), keepdims=True) / max(float(mask.sum()), 1.0)
    inner = (planes - mean) * mask
    length = np.sqrt(np.square(inner).sum(axis=(1, 2), keepdims=True))
    return np.asarray(inner / np.maximum(length, 1e-6), np.float32)


def _farthest(step: Matrix) -> float:
    """Return how far a map takes a corner of the picture."""
    corners = np.array([[0, WIDTH, 0, WIDTH], [0, 0, HEIGHT, HEIGHT], [1, 1, 1, 1]], np.float64)
    return float(np.hypot(*(step @ corners - corners)[:2]).max())
