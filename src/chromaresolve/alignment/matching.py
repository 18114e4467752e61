"""The first matrix between two pictures of one raster, from nothing."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import Matrix, fit_raster
from chromaresolve.structure import FLAT_DEVIATION, Plane, tone_to_luma_structure

Details: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Where the details are, (count, 2) as x and y, and what they look like, (count, 128)."""

MOST_DETAILS = 3000
"""SIFT details kept per picture, the strongest first."""

RATIO = 0.8
"""A match counts if the second best is this much farther (Lowe 2004, section 7.1)."""

INLIER_PX = 2.0
"""How far a match may lie from the matrix: blur and JPEG move details by about 1 px."""

FEWEST_INLIERS = 20
"""Matches that must lie on one matrix. Measured: unrelated pictures reach 10 by chance."""

PHASE_SHARE = 4
"""Phase correlation looks at a raster this much smaller: there, what scale and rotation move the
borders by is lost in the pixel, and a shift is all there is to find."""


def first_matrix(source: Plane, reference: Plane, *, model: str) -> tuple[Matrix, str]:
    """Find roughly where each Source pixel lies in the Reference, and say how it was found.

    Args:
        source: The Source's tone, shape (height, width).
        reference: The Reference's tone, stretched to the same raster.
        model: `homography` or `affine`.
    """
    matched = _match(_details(source), _details(reference), model)
    if matched is not None and matched[1] >= FEWEST_INLIERS:
        return matched[0], f"{matched[1]} SIFT details matched on one {model}"
    few = 0 if matched is None else matched[1]
    return _phase_shift(source, reference), f"phase correlation, as {few} SIFT details matched"


def _details(tone: Plane) -> Details:
    low, high = np.percentile(tone, (0.5, 99.5))
    eight_bit = np.clip((tone - low) * (255 / max(high - low, FLAT_DEVIATION)), 0, 255)
    even = cv2.createCLAHE(3.0, (8, 8)).apply(eight_bit.astype(np.uint8))
    points, looks = cv2.SIFT.create(MOST_DETAILS).detectAndCompute(even, None)
    places = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
    return places, np.asarray(looks, dtype=np.float32)


def _match(source: Details, reference: Details, model: str) -> tuple[Matrix, int] | None:
    if min(len(source[0]), len(reference[0])) < FEWEST_INLIERS:
        return None
    pairs = cv2.BFMatcher().knnMatch(source[1], reference[1], k=2)
    clear = [best for best, second in pairs if best.distance < RATIO * second.distance]
    if len(clear) < FEWEST_INLIERS:
        return None
    places = source[0][[match.queryIdx for match in clear]]
    return _fit(places, reference[0][[match.trainIdx for match in clear]], model)


def _fit(
    source: NDArray[np.float32], reference: NDArray[np.float32], model: str
) -> tuple[Matrix, int] | None:
    cv2.setRNGSeed(0)  # the same pictures give the same matrix
    fit = cv2.findHomography if model == "homography" else cv2.estimateAffine2D
    matrix, inliers = fit(
        source,
        reference,
        method=cv2.USAC_MAGSAC,
        ransacReprojThreshold=INLIER_PX,
        maxIters=5000,
        confidence=0.9999,
    )
    if matrix is None:
        return None
    square = np.vstack([matrix, [0, 0, 1]])[:3]
    return square.astype(np.float64), int(np.count_nonzero(inliers))


def _phase_shift(source: Plane, reference: Plane) -> Matrix:
    height, width = (side // PHASE_SHARE for side in source.shape)
    one, other = (
        tone_to_luma_structure(fit_raster(tone, width=width, height=height))
        for tone in (source, reference)
    )
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(one, other, window)
    shift = [[1, 0, PHASE_SHARE * right], [0, 1, PHASE_SHARE * down], [0, 0, 1]]
    return np.array(shift, dtype=np.float64)
