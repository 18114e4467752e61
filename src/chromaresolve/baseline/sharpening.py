"""Soft Reference colour, and teaching from it without learning its softness.

A telecine's chroma is softer than the scan: a band of 1.5 MHz, 4:2:0, an enlarged DVD. A network
that is taught it pixel by pixel learns to smear. But the scan itself says where an edge of colour
lies. So a colour map is fitted where colour is even, and a pair's truth becomes that map's chroma
and, as softly as the Reference tells it, what the Reference has besides:

    sharp = map + soft(reference - soft(map))

Fine detail of colour is the scan's then, and everything broader the Reference's. How far that is
done is decided place by place, by the same one step softer: does the map, made as soft as the
Reference, sharpen a Reference made softer still to what it was? (Wald, Ranchin and Mangolini 1997,
for satellites.) Where colour is no map of the plate's colour it does not, and the Reference stays.
Where the Reference is as sharp as the scan, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment import TeachingPair
from chromaresolve.baseline.lattice import fit_lattice
from chromaresolve.baseline.samples import SAMPLE_COUNT, join_samples, sample_pair
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.cube import ColourMap

Chroma = NDArray[np.float32]
"""Cb and Cr, (height, width, 2)."""

LOOKED_AT = 1024
"""Edge of the middle of a picture in which softness is looked for, in pixels."""

LADDER = np.geomspace(0.5, 12.0, 20)
"""Softness that is tried, as the deviation of a Gaussian in pixels: an SD tape's chroma enlarged to
4K is 8 to 11 pixels soft."""

EDGES = 90
"""The tenth of the pixels in which the map's chroma changes most are edges."""

PROBE = 2.5
"""How soft chroma is made to find its edges, in pixels."""

LEAST_SOFT = 1.2
"""A Reference less soft than this many pixels is as sharp as the plate: to soften a grainy plate by
less brings its colour nearer to any Reference."""

FEWER, MORE = 0.85, 1.15
"""Softness is believed if the right one brings the map this much nearer to the Reference at edges,
and twice of it takes it this much farther off again. The study's telecines: 0.34 and 0.68, 1.4 and
1.8 times; References as sharp as their degrained plates: 0.93 and 1. CopyCat's contact sheets,
whose colour is no map of the plate's, fall on and on as they get softer."""

AROUND = 4.0
"""Places are judged over this many times the softness."""

DOUBT = 0.35
"""What the error of a sharpened place counts for, against that of a soft one. Above it the study's
telecines, whose noise hides what sharpening wins, stay soft; below it the demo's loses colour that
is no map of the plate's. (0.25 to 0.7 tried.)"""

QUIETEST, GRAINY = 25, 0.005
"""A map whose chroma has more unrest than this in the quietest quarter of a picture, a code of 8
bits, gives grain for detail. The study's plates, degrained: 0.0008 at most, with their grain
0.0021; the demo's degrained 0.0021, with its grain 0.0112."""

FIRST_SAMPLES = 12_000
"""Samples of one pair that the first map is fitted to: it only finds edges."""

EVEN = 3e-3
"""Chroma is even where softening changes it by less than this: there a soft Reference is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpening:
    """What brings a soft Reference's chroma to the plate's sharpness."""

    map: ColourMap
    """From plates, as the network is shown them, to their colour; fitted where colour is even."""
    softness: float
    """Of the Reference's chroma, as the deviation of a Gaussian in pixels."""

    def tell(self) -> str:
        """Say what was found, in a sentence."""
        return (
            f"the Reference's colour is {self.softness:.1f} pixels softer than the plate: "
            "edges of colour are taught where the plate has them"
        )

    def sharpen(self, pair: TeachingPair) -> TeachingPair:
        """Return a pair whose truth has the plate's sharpness; as it is, if that is no nearer.

        The truth keeps the plate's luma. What may not teach does not bleed into what may.
        """
        mapped, reference = _mapped(self.map, pair), rgb_to_chroma(pair.truth)
        soft = soften(mapped, self.softness)
        if not _is_nearer(soft, mapped, reference, pair.trust):
            return pair
        sharp = self._sharpened(mapped, reference, pair.trust)
        softer = self._softened(reference, pair.trust)
        again = self._sharpened(soft, softer, pair.trust)
        share = self._share(again - reference, softer - reference, pair.trust)
        chroma = reference + share[..., np.newaxis] * (sharp - reference)
        truth = luma_chroma_to_rgb(rgb_to_luma(pair.plate), chroma)
        return replace(pair, truth=np.asarray(truth, np.float32))

    def _sharpened(self, fine: Chroma, reference: Chroma, trust: NDArray[np.float32]) -> Chroma:
        """Return fine chroma with, as soft as the Reference, what the Reference has besides."""
        return fine + self._softened(reference - soften(fine, self.softness), trust)

    def _softened(self, chroma: Chroma, trust: NDArray[np.float32]) -> Chroma:
        """Return chroma as soft as the Reference, from what may teach alone."""
        counted = soften(trust, self.softness)[..., np.newaxis]
        summed = soften(chroma * trust[..., np.newaxis], self.softness)
        return np.asarray(summed / np.maximum(counted, np.float32(1e-3)), np.float32)

    def _share(
        self, sharpened_off: Chroma, soft_off: Chroma, trust: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return how far a place is sharpened, 0 to 1, by how far both are off one step softer."""
        sharpened, soft = (
            soften(np.square(off).sum(axis=-1) * trust, AROUND * self.softness)
            for off in (sharpened_off, soft_off)
        )
        odds = np.square(sharpened) * np.float32(DOUBT**2)
        return np.asarray(
            np.square(soft) / (np.square(soft) + odds + np.float32(1e-20)), np.float32
        )


def find_sharpening(pairs: Sequence[TeachingPair]) -> Sharpening | None:
    """Measure how soft the Reference's chroma is; None if it is as sharp as the plates.

    Args:
        pairs: What teaches, in the chain's working space.
    """
    pairs = [pair for pair in pairs if pair.trust.any()]
    if not pairs:
        return None
    first = _fit(pairs, [pair.trust for pair in pairs], count=FIRST_SAMPLES)
    middles = [_middle(pair) for pair in pairs]
    softness = _measure(middles, first)
    if softness is None:
        return None
    changes = [_change(_mapped(first, pair), softness) for pair in pairs]
    if np.median([np.percentile(change, QUIETEST) for change in changes]) > GRAINY:
        return None
    even = [pair.trust * _evenness(change) for change, pair in zip(changes, pairs, strict=True)]
    colour_map = _fit(pairs, even)
    # The first map was fitted to soft edges too, and is a little soft itself.
    again = _measure(middles, colour_map)
    return Sharpening(map=colour_map, softness=again or softness)


def soften(plane: NDArray[np.float32], softness: float) -> NDArray[np.float32]:
    """Return a plane or chroma as soft as that, in pixels; edges are mirrored."""
    soft = cv2.GaussianBlur(plane, (0, 0), softness, borderType=cv2.BORDER_REFLECT)
    return np.asarray(soft, np.float32)


def _measure(pairs: Sequence[TeachingPair], colour_map: ColourMap) -> float | None:
    """Return the softness at which the map is nearest to the Reference at edges, if it tells."""
    seen: list[tuple[Chroma, Chroma, NDArray[np.bool_]]] = []
    for pair in pairs:
        mapped = _mapped(colour_map, pair)
        edges = _edges(mapped, pair.trust)
        if edges.any():
            seen.append((mapped, rgb_to_chroma(pair.truth), edges))
    if not seen:
        return None

    def off(softness: float) -> float:
        return float(
            np.mean(
                [
                    _off_at_edges(soften(mapped, softness), reference, edges)
                    for mapped, reference, edges in seen
                ]
            )
        )

    sharp = float(np.mean([_off_at_edges(*one) for one in seen]))
    tried = [off(softness) for softness in LADDER]
    best = int(np.argmin(tried))
    softness = float(LADDER[best])
    tells = tried[best] < FEWER * sharp and off(2 * softness) > MORE * tried[best]
    return softness if tells and softness >= LEAST_SOFT else None


def _fit(
    pairs: Sequence[TeachingPair],
    weights: Sequence[NDArray[np.float32]],
    *,
    count: int = SAMPLE_COUNT,
) -> ColourMap:
    parts = [
        sample_pair(pair.shown, pair.truth, weight, count=count, seed=seed)
        for seed, (pair, weight) in enumerate(zip(pairs, weights, strict=True))
    ]
    samples = join_samples(parts)
    return fit_lattice(samples.plate_rgb, samples.truth_rgb, samples.weights)


def _mapped(colour_map: ColourMap, pair: TeachingPair) -> Chroma:
    return rgb_to_chroma(colour_map.apply(pair.shown))


def _middle(pair: TeachingPair) -> TeachingPair:
    """Return the middle of a pair, large enough to see edges in."""
    height, width = pair.trust.shape
    top, left = (max(0, (side - LOOKED_AT) // 2) for side in (height, width))
    return pair.cut((slice(top, top + LOOKED_AT), slice(left, left + LOOKED_AT)))


def _change(chroma: Chroma, softness: float) -> NDArray[np.float32]:
    """Return by how much softening changes each pixel: little where it is even."""
    return _distance(chroma, soften(chroma, softness))


def _evenness(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 where chroma is even as far as softness reaches, down to 0 at its edges."""
    return np.asarray(1 / (1 + np.square(change / EVEN)), np.float32)


def _edges(chroma: Chroma, trust: NDArray[np.float32]) -> NDArray[np.bool_]:
    change = _change(chroma, PROBE) * trust
    return np.asarray(change > max(float(np.percentile(change, EDGES)), EVEN))


def _off_at_edges(chroma: Chroma, reference: Chroma, edges: NDArray[np.bool_]) -> float:
    return float(_distance(chroma[edges], reference[edges]).mean())


def _is_nearer(soft: Chroma, mapped: Chroma, reference: Chroma, trust: NDArray[np.float32]) -> bool:
    """Say whether a pair's Reference is as soft as the others: a painted one may be sharp."""
    edges = _edges(mapped, trust)
    if not edges.any():
        return False
    nearer, sharp = (_off_at_edges(chroma, reference, edges) for chroma in (soft, mapped))
    return nearer < sharp


def _distance(first: Chroma, second: Chroma) -> NDArray[np.float32]:
    difference = first - second
    return np.asarray(np.hypot(difference[..., 0], difference[..., 1]), np.float32)
