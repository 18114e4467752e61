"""What is read off a shown frame: scopes, difference maps and numbers, from the values on file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import LumaLaw, measure_luma_law, rgb_to_chroma, rgb_to_luma
from chromaresolve.frames import Rgb
from chromaresolve.report.looking import PLATE, RECOVERED, SCAN, Versions
from chromaresolve.report.pictures import DIFFERENCE_GAIN, fit_width
from chromaresolve.scopes import histogram, luma_overlay, vectorscope
from chromaresolve.scopes.vectors import SKIN_DEGREES

LUMA_GAIN = 64.0
"""How much a luma difference is amplified: what the law allows at white, 2^-11, shows as 8 of 255,
which is black."""

WAVEFORM, VECTORSCOPE, HISTOGRAM = (300, 640), 300, (300, 480)
"""Height and width of the scopes, or their side, in pixels."""

MAP_WIDTH = 640
"""Width of a difference map, in pixels; each shows the largest difference under it."""

SKIN_REACH_DEGREES = 15.0
"""How far from the skin line a hue is still taken for skin: our choice."""

SKIN_CHROMA = (0.03, 0.2)
"""Chroma of what is taken for skin: below is grey, above is paint. Our choice."""

SAMPLED_PIXELS = 1 << 20
"""Pixels, or up to four times as many, that means of colour are taken from."""

FEWEST_SKIN = 0.005
"""Share of the picture below which nothing is said of skin."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """A scope or a map of a frame, ready to be shown."""

    title: str
    """What it is."""
    told: str
    """The number that belongs beside it."""
    picture: Rgb
    """Page values 0 to 1, (height, width, 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """Numbers of a shown frame."""

    luma: LumaLaw
    """The recovered frame against the plate whose luma it keeps, in display values."""
    saturation: float
    """Mean chroma of the recovered frame, radius on the vectorscope."""
    truth_saturation: float | None
    """The same of the ground truth, where there is one."""
    skin_share: float
    """Share of the recovered pixels that lie near the skin line."""
    skin_degrees: float | None
    """Where the mean of them lies: degrees off the skin line, None for next to no skin."""


def measure_facts(versions: Versions) -> FrameFacts:
    """Measure what is said of a shown frame."""
    chroma = rgb_to_chroma(_sampled(versions.recovered_709))
    truth = versions.truth_709
    share, degrees = _measure_skin(chroma)
    return FrameFacts(
        luma=measure_luma_law(versions.recovered_709, versions.luma_plate_709),
        saturation=_saturation(chroma),
        truth_saturation=None if truth is None else _saturation(rgb_to_chroma(_sampled(truth))),
        skin_share=share,
        skin_degrees=degrees,
    )


def read_frame_off(versions: Versions, facts: FrameFacts) -> Iterator[Reading]:
    """Give the scopes and difference maps of a frame, in the order they are shown in."""
    recovered = versions.recovered_709
    height, width = WAVEFORM
    overlay = luma_overlay(versions.luma_plate_709, recovered, height=height, width=width)
    yield Reading(
        title="Waveform: luma of plate and recovered over one another",
        told=(
            f"largest difference {facts.luma.largest:.2g} of white; "
            f"{overlay.beyond:.2%} of the trace belongs to one alone (amber)"
        ),
        picture=overlay.picture,
    )
    before = PLATE if PLATE in versions.pictures else SCAN
    for name in (before, RECOVERED):
        height, width = HISTOGRAM
        scope = histogram(versions.pictures[name], height=height, width=width)
        yield Reading(title=f"Histogram: {name}", told=_beyond(scope.beyond), picture=scope.picture)
    yield _luma_map(versions, facts)
    names = [name for name in dict.fromkeys((SCAN, before, RECOVERED)) if name in versions.pictures]
    for name, rgb in versions.pictures.items():
        if name in names or rgb is versions.truth_709:
            scope = vectorscope(rgb, side=VECTORSCOPE)
            told = f"mean chroma {_saturation(rgb_to_chroma(_sampled(rgb))):.3f}"
            yield Reading(title=f"Vectorscope: {name}", told=told, picture=scope.picture)
    yield from _chroma_map(versions)


def _luma_map(versions: Versions, facts: FrameFacts) -> Reading:
    recovered = versions.recovered_709
    missed = np.abs(rgb_to_luma(recovered) - rgb_to_luma(versions.luma_plate_709))
    return Reading(
        title=f"Luma difference, plate to recovered, x {LUMA_GAIN:g}",
        told=f"must be black; largest {facts.luma.largest:.2g} of white, mean {missed.mean():.2g}",
        picture=_grey(_largest_under(missed) * np.float32(LUMA_GAIN)),
    )


def _chroma_map(versions: Versions) -> Iterator[Reading]:
    truth = versions.truth_709
    if truth is None:
        return
    # Chroma is linear: that of the difference is the difference of the chroma.
    off = rgb_to_chroma(_sampled(versions.recovered_709) - _sampled(truth))
    distance = np.hypot(off[..., 0], off[..., 1])
    yield Reading(
        title=f"Chroma difference, recovered to Reference, x {DIFFERENCE_GAIN:g}",
        told=f"mean {distance.mean():.3f}, 95 % below {np.percentile(distance, 95):.3f}",
        picture=fit_width(
            _grey(distance * np.float32(DIFFERENCE_GAIN)), min(MAP_WIDTH, distance.shape[1])
        ),
    )


def _sampled(picture_709: Rgb) -> Rgb:
    """Return every so many-th pixel of a picture: of millions, as many give the same means."""
    step = max(1, math.isqrt(picture_709[..., 0].size // SAMPLED_PIXELS))
    return picture_709[::step, ::step]


def _largest_under(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shrink a plane so that each pixel is the largest it stands for: none is averaged away."""
    step = math.ceil(plane.shape[1] / MAP_WIDTH)
    if step > 1:
        plane = np.asarray(cv2.dilate(plane, np.ones((step, step), np.uint8)), np.float32)
    return plane[step // 2 :: step, step // 2 :: step]


def _grey(plane: NDArray[np.float32]) -> Rgb:
    return np.repeat(plane[..., None], 3, axis=-1)


def _saturation(chroma: NDArray[np.float32]) -> float:
    return float(np.hypot(chroma[..., 0], chroma[..., 1]).mean(dtype=np.float64))


def _measure_skin(chroma: NDArray[np.float32]) -> tuple[float, float | None]:
    """Return the share of pixels near the skin line, and how far off it their mean lies."""
    radius = np.hypot(chroma[..., 0], chroma[..., 1])
    skin = np.array((math.cos(math.radians(SKIN_DEGREES)), math.sin(math.radians(SKIN_DEGREES))))
    along, aside = chroma @ skin.astype(np.float32), chroma @ np.array((-skin[1], skin[0]), "f4")
    low, high = SKIN_CHROMA
    near = np.abs(aside) <= along * np.float32(math.tan(math.radians(SKIN_REACH_DEGREES)))
    near &= (radius >= low) & (radius <= high)
    share = float(near.mean())
    if share < FEWEST_SKIN:
        return share, None
    return share, math.degrees(math.atan2(float(aside[near].mean()), float(along[near].mean())))


def _beyond(share: float) -> str:
    return f"{share:.2%} of the values lie beyond the scale" if share else "all on the scale"
