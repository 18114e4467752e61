"""The first matrix between two views, from nothing: by details that look alike in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.geometry import Matrix, fit_raster, raster_to_raster, warp
from chromaresolve.alignment.views import WIDE_WINDOW, PairViews, View, drawn_in, masked_luma
from chromaresolve.structure import FLAT_DEVIATION, Plane

Places: TypeAlias = NDArray[np.float64]
"""Positions in a view, (count, 2) as x and y."""

MOST_DETAILS = 3000
"""SIFT details kept per picture, the strongest first."""

RATIO = 0.8
"""A match counts if the second best is this much farther (Lowe 2004, section 7.1)."""

INLIER_PX = 2.0
"""How far a match may lie from the matrix: blur and JPEG move details by about 1 px."""

FEWEST_INLIERS = 20
"""Matches that must lie on one matrix. Measured: unrelated pictures reach 10 by chance."""

MANY_INLIERS = 100
"""Matches from which on no other stretch of the Reference is tried."""

ASPECTS = (4 / 3, 16 / 9)
"""Width over height at which rasters that are not of square pixels are shown."""

ALIKE = 1.1
"""Ratio up to which two stretches are the same to SIFT, which bears half as much again."""

EDGE_PX = 8
"""Details nearer than this to a border are made by it."""

PHASE_SHARE = 4
"""Phase correlation looks at a raster this much smaller: there, what scale and rotation move the
borders by is lost in the pixel, and a shift is all there is to find."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matches:
    """Details that look alike in both views, most of them rightly."""

    source: Places
    """Where they are in the Source's view."""
    reference: Places
    """Where they are in the Reference's."""

    def fitted(self, *, model: str) -> tuple[Matrix, NDArray[np.bool_]] | None:
        """Return the matrix that most of them lie on, and which; None where hardly any agree."""
        if len(self.source) < FEWEST_INLIERS:
            return None
        cv2.setRNGSeed(0)  # the same pictures give the same matrix
        fit = cv2.findHomography if model == "homography" else cv2.estimateAffine2D
        matrix, inliers = fit(
            self.source.astype(np.float32),
            self.reference.astype(np.float32),
            method=cv2.USAC_MAGSAC,
            ransacReprojThreshold=INLIER_PX,
            maxIters=5000,
            confidence=0.9999,
        )
        if matrix is None:
            return None
        if np.count_nonzero(inliers) < FEWEST_INLIERS:
            return None
        square = np.vstack([matrix, [0, 0, 1]])[:3].astype(np.float64)
        return square, np.asarray(inliers.ravel() > 0, dtype=np.bool_)


def box_to_box(pair: PairViews) -> Matrix:
    """Return the matrix that stretches the Source's picture over the Reference's."""
    left, top, right, bottom = pair.source.box
    other_left, other_top, other_right, other_bottom = pair.reference.box
    across = (other_right - other_left) / (right - left)
    down = (other_bottom - other_top) / (bottom - top)
    x, y = other_left + across * (0.5 - left) - 0.5, other_top + down * (0.5 - top) - 0.5
    return np.array([[across, 0, x], [0, down, y], [0, 0, 1]], dtype=np.float64)


def match(pair: PairViews) -> Matches:
    """Match details, the Reference stretched in the likeliest way, or in others if few match."""
    details = _details(pair.source)
    best = Matches(source=np.empty((0, 2)), reference=np.empty((0, 2)))
    most = -1
    for stretched, to_reference in _stretches(pair):
        found = _matched(details, _details(stretched))
        fit = found.fitted(model="homography")
        inliers = 0 if fit is None else int(np.count_nonzero(fit[1]))
        if inliers > most:
            most = inliers
            best = Matches(source=found.source, reference=_taken(to_reference, found.reference))
        if inliers >= MANY_INLIERS:
            break
    return best


def phase_shift(pair: PairViews, matrix: Matrix) -> Matrix:
    """Return a matrix mended by the one shift that phase correlation finds."""
    width, height = pair.source.width, pair.source.height
    tone, inside = warp(pair.reference.tone, matrix, width=width, height=height, cubic=False)
    small = [
        fit_raster(
            masked_luma(plane, mask, window=WIDE_WINDOW),
            width=width // PHASE_SHARE,
            height=height // PHASE_SHARE,
        )
        for plane, mask in ((pair.source.tone, pair.source.mask), (tone, inside))
    ]
    window = cv2.createHanningWindow(small[0].shape[::-1], cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(small[0], small[1], window)
    shift = np.array([[1, 0, PHASE_SHARE * right], [0, 1, PHASE_SHARE * down], [0, 0, 1]])
    return np.asarray(matrix @ shift, dtype=np.float64)


def _stretches(pair: PairViews) -> Iterator[tuple[View, Matrix]]:
    """Give the Reference's view stretched so that it may look as the Source's, and the way back.

    First so that the picture's box becomes the Source's; that is wrong where one of the two is
    masked or cropped. Then so that its raster, of pixels square or not, is shown upright.
    """
    view = pair.reference
    boxed = box_to_box(pair)
    across, down = 1 / boxed[0, 0], 1 / boxed[1, 1]
    tried: list[float] = []
    shown = [view.width / view.height, *ASPECTS]
    for ratio in (down / across, *(view.width / view.height / aspect for aspect in shown)):
        if all(max(ratio / other, other / ratio) > ALIKE for other in tried):
            tried.append(ratio)
            width, height = round(view.width * across), round(view.height * across * ratio)
            stretched = View(
                tone=fit_raster(view.tone, width=width, height=height),
                mask=fit_raster(view.mask.astype(np.float32), width=width, height=height) > 0.5,
                to_view=view.to_view,
            )
            yield stretched, raster_to_raster((height, width), view.tone.shape)


def _details(view: View) -> tuple[Places, Plane]:
    """Return where the details are, and what they look like, (count, 128)."""
    low, high = np.percentile(view.tone[view.mask], (0.5, 99.5))
    eight_bit = np.clip((view.tone - low) * (255 / max(high - low, FLAT_DEVIATION)), 0, 255)
    even = cv2.createCLAHE(3.0, (8, 8)).apply(eight_bit.astype(np.uint8))
    where = drawn_in(view.mask, EDGE_PX).astype(np.uint8)
    points, looks = cv2.SIFT.create(MOST_DETAILS).detectAndCompute(even, where)
    places = np.array([point.pt for point in points], np.float64).reshape(-1, 2)
    none = np.empty((0, 128), np.float32)
    return places, np.asarray(looks, dtype=np.float32) if len(points) else none


def _matched(source: tuple[Places, Plane], reference: tuple[Places, Plane]) -> Matches:
    if min(len(source[0]), len(reference[0])) < FEWEST_INLIERS:
        return Matches(source=np.empty((0, 2)), reference=np.empty((0, 2)))
    pairs = cv2.BFMatcher().knnMatch(source[1], reference[1], k=2)
    clear = [best for best, second in pairs if best.distance < RATIO * second.distance]
    return Matches(
        source=source[0][[match.queryIdx for match in clear]],
        reference=reference[0][[match.trainIdx for match in clear]],
    )


def _taken(matrix: Matrix, places: Places) -> Places:
    """Take places through a matrix without perspective."""
    return np.asarray(places @ matrix[:2, :2].T + matrix[:2, 2], dtype=np.float64)
