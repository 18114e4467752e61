"""The luma law, measured: how a file keeps the luma of its plate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chromaresolve.colour.gamut import (
    BLOCK_PIXELS,
    LAW_ABSOLUTE,
    LAW_RELATIVE,
    require_same_size,
)
from chromaresolve.colour.luma import LUMA_WEIGHTS, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LumaLaw:
    """How well a file keeps its plate's luma."""

    largest: float
    """Largest |Y(file) - Y(plate)| of any pixel."""
    mean: float
    """Mean of the same."""
    share_broken: float
    """Share of pixels that miss the law, 0 to 1."""
    worst_ratio: float
    """Largest |Y(file) - Y(plate)| over what the law allows that pixel; kept up to 1."""

    @property
    def is_kept(self) -> bool:
        """Every pixel keeps the law."""
        return self.share_broken == 0


def measure_luma_law(file_rgb: Floats, plate_rgb: Floats) -> LumaLaw:
    """Measure how well a file keeps its plate's luma, in float64 on the file's values.

    The law allows a pixel 2^-11 (0.2126 |R| + 0.7152 |G| + 0.0722 |B|) + 2^-25, with R, G and B of
    the file: what rounding to half costs. A pixel that is not a number breaks it.

    Args:
        file_rgb: R'G'B' (..., 3), any range.
        plate_rgb: The same shape and colour state.
    """
    require_same_size(file_rgb, plate_rgb)
    filed, plate = file_rgb.reshape(-1, 3), plate_rgb.reshape(-1, 3)
    weights = np.array(LUMA_WEIGHTS)
    largest, ratio, total, broken = [0.0], [0.0], 0.0, 0
    with np.errstate(invalid="ignore"):
        for start in range(0, len(filed), BLOCK_PIXELS):
            there = filed[start : start + BLOCK_PIXELS].astype(np.float64)
            missed = np.abs((there - plate[start : start + BLOCK_PIXELS]) @ weights)
            allowed = LAW_RELATIVE * (np.abs(there) @ weights) + LAW_ABSOLUTE
            is_number = np.isfinite(missed)
            missed[~is_number], allowed[~is_number] = np.inf, 1.0
            largest.append(missed.max())
            ratio.append((missed / allowed).max())
            total += missed.sum()
            broken += int(np.count_nonzero(missed > allowed))
    pixels = max(len(filed), 1)
    return LumaLaw(
        largest=float(np.max(largest)),
        mean=float(total / pixels),
        share_broken=broken / pixels,
        worst_ratio=float(np.max(ratio)),
    )
