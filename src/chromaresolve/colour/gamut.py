"""Chroma onto a plate's luma: merge, gamut fit, and the rounding that a half EXR needs.

The one law of this room: a merged pixel has the plate's luma. Where its colour does not fit, only
chroma gives way. A pixel's bounds are [min(0, plate), max(1, plate)] over the plate's own three
channels, so the plate itself always fits, and so does a neutral pixel of its luma.

Everything runs over blocks of pixels that stay in the cache: a 4K frame never has a temporary of
its own size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chromaresolve.colour.luma import (
    LUMA_WEIGHTS,
    Floats,
    Pixels,
    luma_chroma_to_rgb,
    rgb_to_luma,
)
from chromaresolve.errors import ColourError

Halves = npt.NDArray[np.float16]
"""Pixels as a half EXR stores them."""

BLOCK_PIXELS = 1 << 14
"""Pixels worked on at a time: 192 KiB of float32 R'G'B', so that the temporaries stay in cache."""

LAW_RELATIVE = 2.0**-11
"""What luma may be off, per unit of weighted R'G'B': half a step of a half, IEEE 754 binary16."""

LAW_ABSOLUTE = 2.0**-25
"""What luma may be off besides: half a step of the smallest halves, the subnormal ones."""

HALF_MAX = float(np.finfo(np.float16).max)
"""Largest value of a half, 65504; IEEE 754 binary16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GamutFit:
    """A picture that fits its plate's bounds."""

    rgb: Pixels
    """R'G'B', float32, same shape as the plate."""
    share: float
    """Share of pixels that had to be pulled in, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A plate's luma with another picture's chroma, inside the plate's bounds."""

    rgb: Pixels
    """R'G'B', float32, same shape as the plate."""
    gamut_share: float
    """Share of pixels whose chroma had to give way to fit, 0 to 1."""


def fit_gamut(rgb: Floats, plate_rgb: Floats) -> GamutFit:
    """Pull colours outside the plate's bounds in along their chroma, at constant luma.

    Args:
        rgb: R'G'B' (..., 3) that has the plate's luma; pixels inside come back bit for bit. One
            whose luma is itself outside has no fit and becomes the neutral bound.
        plate_rgb: The plate whose bounds and luma hold, same shape.
    """
    require_same_size(rgb, plate_rgb)
    fitted = np.array(rgb, dtype=np.float32, order="C")
    flat, plate = fitted.reshape(-1, 3), _flat(plate_rgb, 3)
    touched = 0
    with np.errstate(invalid="ignore"):  # infinity ends as NaN, which `round_to_half` refuses
        for block in _blocks(len(plate)):
            touched += _fit_block(flat[block], rgb_to_luma(flat[block]), plate[block])
    return GamutFit(rgb=fitted, share=touched / max(len(plate), 1))


def merge_chroma(plate_rgb: Floats, chroma: Floats) -> Merge:
    """Join the plate's luma with a given chroma and fit the result into the plate's bounds.

    Args:
        plate_rgb: R'G'B' (..., 3), any range.
        chroma: [Cb, Cr] (..., 2) in the same Rec.709 encoding.
    """
    require_same_size(chroma, plate_rgb)
    plate, flat_chroma = _flat(plate_rgb, 3), _flat(chroma, 2)
    merged = np.empty(plate.shape, dtype=np.float32)
    touched = 0
    with np.errstate(invalid="ignore"):  # infinity ends as NaN, which `round_to_half` refuses
        for block in _blocks(len(plate)):
            luma = rgb_to_luma(plate[block])
            merged[block] = luma_chroma_to_rgb(luma, flat_chroma[block])
            touched += _fit_block(merged[block], luma, plate[block])
    return Merge(rgb=merged.reshape(plate_rgb.shape), gamut_share=touched / max(len(plate), 1))


def round_to_half(rgb: Floats, plate_rgb: Floats) -> Halves:
    """Round a merged picture to half so that the luma in the file is the plate's.

    R' and B' are rounded to the nearest half, and G' is then solved from the plate's luma in
    float64 and rounded, which leaves an error of 0.7152 half steps of G' at most. Where that G'
    falls outside the plate's bounds (rounded to half, as the plate in the same file would be), it
    is held there, and R' and then B' take over what is left. So for every finite pixel whose R'
    and B' are inside the bounds

        |Y(file) - Y(plate)| <= 2^-11 (0.2126 |R| + 0.7152 |G| + 0.0722 |B|) + 2^-25

    with R, G, B the file's values: if the last of the three channels to move is not held, the
    error is its own rounding, half a step times its weight; if all three are held, they are the
    rounded bound, and the plate's luma is not beyond the bound itself.

    Args:
        rgb: R'G'B' (..., 3) from `merge_chroma` of this plate.
        plate_rgb: The plate whose luma and bounds hold, same shape.

    Raises:
        ColourError: a pixel is not a number, or the plate exceeds what a half can hold.
    """
    require_same_size(rgb, plate_rgb)
    merged, plate = _flat(rgb, 3), _flat(plate_rgb, 3)
    halves = np.empty(plate.shape, dtype=np.float16)
    with np.errstate(invalid="ignore", over="ignore"):  # what is no number by then is refused
        for block in _blocks(len(plate)):
            _round_block(merged[block], plate[block], halves[block])
    return halves.reshape(plate_rgb.shape)


def require_same_size(picture: Floats, plate_rgb: Floats) -> None:
    """Refuse a picture that is not on its plate's raster."""
    if picture.shape[:-1] != plate_rgb.shape[:-1]:
        raise ValueError(f"picture of {picture.shape} does not lie on plate of {plate_rgb.shape}")


def _flat(pixels: Floats, channels: int) -> Pixels:
    """Return (n, channels) float32 pixels, without a copy where they already are."""
    return np.ascontiguousarray(pixels, dtype=np.float32).reshape(-1, channels)


def _blocks(pixels: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK_PIXELS) for start in range(0, pixels, BLOCK_PIXELS))


def _lowest(rgb: Pixels) -> Pixels:
    return np.minimum(np.minimum(rgb[:, 0], rgb[:, 1]), rgb[:, 2])


def _highest(rgb: Pixels) -> Pixels:
    return np.maximum(np.maximum(rgb[:, 0], rgb[:, 1]), rgb[:, 2])


def _plate_bounds(plate: Pixels) -> tuple[Pixels, Pixels]:
    zero, one = np.float32(0), np.float32(1)
    return np.minimum(_lowest(plate), zero), np.maximum(_highest(plate), one)


def _fit_block(rgb: Pixels, luma: Pixels, plate: Pixels) -> int:
    """Fit (n, 3) pixels in place, and return how many were outside."""
    low, high = _plate_bounds(plate)
    outside = np.flatnonzero((_lowest(rgb) < low) | (_highest(rgb) > high))
    if outside.size:
        limits = luma[outside, None], low[outside, None], high[outside, None]
        rgb[outside] = _pull_in(rgb[outside], *limits)
    return int(outside.size)


def _pull_in(rgb: Pixels, luma: Pixels, low: Pixels, high: Pixels) -> Pixels:
    """Scale chroma about luma by the largest factor that fits."""
    luma = np.clip(luma, low, high)  # a float32 luma may lie one rounding outside
    chroma = rgb - luma
    room = np.where(chroma > 0, high - luma, low - luma)
    needed = (rgb < low) | (rgb > high)
    scale = np.divide(room, chroma, out=np.ones_like(chroma), where=needed)
    fitted = luma + chroma * scale.min(axis=1, keepdims=True)
    rounded_in: Pixels = np.clip(fitted, low, high)  # takes off a last rounding, not a colour
    return rounded_in


def _round_block(rgb: Pixels, plate: Pixels, halves: Halves) -> None:
    """Round (n, 3) pixels into `halves`, luma exact."""
    low, high = _plate_bounds(plate)
    if not (low.min() >= -HALF_MAX and high.max() <= HALF_MAX):
        raise ColourError("plate", f"holds values that a half EXR cannot, beyond {HALF_MAX:g}")
    halves[:, 0], halves[:, 2] = rgb[:, 0], rgb[:, 2]
    green = plate[:, 1].astype(np.float64)
    for channel in (0, 2):
        missing = np.subtract(plate[:, channel], halves[:, channel], dtype=np.float64)
        missing *= LUMA_WEIGHTS[channel] / LUMA_WEIGHTS[1]
        green += missing
    if not np.isfinite(green).all():
        raise ColourError("merged picture", "has pixels that are not numbers: check the chroma")
    held = np.flatnonzero((green < low) | (green > high))
    green[held] = 0
    halves[:, 1] = green
    if held.size:
        halves[held] = _hold_luma(halves[held], plate[held], low[held], high[held])


def _hold_luma(halves: Halves, plate: Pixels, low: Pixels, high: Pixels) -> Halves:
    """Let G', then R', then B' carry the plate's luma, each no further than the bounds."""
    weights = np.array(LUMA_WEIGHTS)
    for channel in (1, 0, 2):
        missing = (plate.astype(np.float64) - halves) @ weights
        solved = halves[:, channel] + missing / weights[channel]
        halves[:, channel] = np.clip(solved, low, high)
    return halves
