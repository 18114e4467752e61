"""How near a recovered picture is to its truth: colour, luma, edges, stillness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment import TeachingPair
from chromaresolve.colour import delta_e_2000, merge_chroma, rgb_to_chroma, rgb_to_luma

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

Recolour = Callable[[TeachingPair], Picture]
"""Gives a pair's plate its colour back as RGB; it must not look at the pair's truth."""

EDGE_SHARE, EDGE_PX = 95, 3
"""Luma edges are the steepest 5 % of pixels; chroma within 3 px of one may have bled over it."""

EDGE_BLUR = 1.5
"""Pixels that luma is blurred by first: grain is no edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One method on one set of pairs, mean over pairs and pixels that count."""

    chroma_psnr: float
    """Decibels, of Cb and Cr together; luma does not enter."""
    locked: float
    """Mean dE2000 with the plate's luma put back."""
    unlocked: float
    """Mean dE2000 of the picture as the method gives it."""
    luma_off: float
    """Mean distance of the method's own luma from the plate's."""
    bleed: float
    """By how much chroma is farther off, x 1000, near luma edges than elsewhere."""


def measure(pairs: Sequence[TeachingPair], recovered: Sequence[Picture], *, is_srgb: bool) -> Score:
    """Score recovered pictures against their pairs' truths.

    Args:
        pairs: The pairs that judge.
        recovered: What a method made of their plates.
        is_srgb: The pictures are sRGB and not Rec.709 2.4: matters for dE2000 alone.
    """
    rows = np.array(
        [_measure_one(*one, is_srgb=is_srgb) for one in zip(pairs, recovered, strict=True)]
    )
    squares, locked, unlocked, luma_off, bleed = (float(mean) for mean in rows.mean(axis=0))
    return Score(
        chroma_psnr=-10 * float(np.log10(max(squares, 1e-12))),
        locked=locked,
        unlocked=unlocked,
        luma_off=luma_off,
        bleed=1000 * bleed,
    )


def measure_flicker(still: Sequence[TeachingPair], recovered: Sequence[Picture]) -> float:
    """Return how much recovered chroma changes from frame to frame, over how much the truth does.

    The camera stands: whatever changes is flicker, and grain in the truth.
    """
    ours = _mean_change([rgb_to_chroma(picture) for picture in recovered])
    return ours / _mean_change([rgb_to_chroma(pair.truth) for pair in still])


def srgb_to_709(srgb: Picture) -> Picture:
    """Return what a Rec.709 2.4 display must be sent to show what sRGB means (IEC 61966-2-1)."""
    size = np.abs(srgb)
    light = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.copysign(light ** (1 / 2.4), srgb), np.float32)


def _measure_one(pair: TeachingPair, recovered: Picture, *, is_srgb: bool) -> tuple[float, ...]:
    chroma = rgb_to_chroma(recovered)
    error = chroma - rgb_to_chroma(pair.truth)
    far = np.hypot(error[..., 0], error[..., 1])
    locked = merge_chroma(pair.plate, chroma).rgb
    luma_off = np.abs(rgb_to_luma(recovered) - rgb_to_luma(pair.plate))
    shown = srgb_to_709 if is_srgb else np.asarray
    truth = shown(pair.truth)
    edges = pair.trust * _near_edges(pair.truth)
    return (
        float(np.average(np.square(error).mean(axis=-1), weights=pair.trust)),
        float(np.average(delta_e_2000(shown(locked), truth), weights=pair.trust)),
        float(np.average(delta_e_2000(shown(recovered), truth), weights=pair.trust)),
        float(np.average(luma_off, weights=pair.trust)),
        float(np.average(far, weights=edges) - np.average(far, weights=pair.trust - edges)),
    )


def _near_edges(truth: Picture) -> NDArray[np.float32]:
    """Return 1 near the steepest luma, 0 elsewhere, (height, width)."""
    soft = cv2.GaussianBlur(rgb_to_luma(truth), (0, 0), EDGE_BLUR)
    steep = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    edges = (steep > np.percentile(steep, EDGE_SHARE)).astype(np.float32)
    wide = cv2.dilate(edges, np.ones((2 * EDGE_PX + 1,) * 2, np.uint8))
    return np.asarray(wide, np.float32)


def _mean_change(chromas: Sequence[NDArray[np.float32]]) -> float:
    changes = [np.hypot(*np.moveaxis(after - before, -1, 0)) for before, after in pairwise(chromas)]
    return float(np.mean(changes))
