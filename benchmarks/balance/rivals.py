"""What a balance is compared with: corrections that treat red, green and blue each for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from chromaresolve.balance.encodings import decode, density_to_rgb
from chromaresolve.balance.sampling import light_to_density
from chromaresolve.balance.transform import DyeBalance
from chromaresolve.colour import display_709_to_lab, lab_delta_e_2000
from chromaresolve.fade import fade_matrix

Pixels = NDArray[np.float32]
"""(n, 3), display-encoded Rec.709 2.4."""

FITTED = 9
"""Each how-manyth pixel the best correction is fitted on; fitted on all, it is 0.02 better."""

EVALUATIONS = 600
"""Most tries of that fit; with 4,000 it is 0.01 better."""

RANGE = (0.5, 99.5)
"""Percentiles between which the ranges of density are made alike."""

GAIN_CAP = 4.5
"""Largest gain of those: the balance's own default."""


@dataclass(frozen=True, slots=True, eq=False)
class PerChannel:
    """A gain and an offset of each density."""

    gain: NDArray[np.float64]
    offset: NDArray[np.float64]

    def apply(self, scan_709: Pixels) -> Pixels:
        """Return the corrected pixels."""
        return to_display(to_density(scan_709) * self.gain + self.offset)

    @classmethod
    def best(cls, scan_709: Pixels, fresh_709: Pixels) -> Self:
        """Return what comes nearest to the fresh picture, which nobody has: an oracle."""
        scan, fresh = to_density(scan_709[::FITTED]), to_density(fresh_709[::FITTED])
        fresh_lab = display_709_to_lab(fresh_709[::FITTED])

        def miss(numbers: NDArray[np.float64]) -> float:
            lab = display_709_to_lab(to_display(scan * numbers[:3] + numbers[3:]))
            return float(lab_delta_e_2000(lab, fresh_lab).mean())

        lines = np.array([np.polyfit(scan[:, i], fresh[:, i], 1) for i in range(3)])
        start = lines.T.ravel()
        found = minimize(
            miss,
            start,
            method="Nelder-Mead",
            options={"maxfev": EVALUATIONS, "xatol": 1e-3, "fatol": 1e-3},
        ).x
        return cls(np.array(found[:3]), np.array(found[3:]))

    @classmethod
    def stretched(cls, scan_709: Pixels) -> Self:
        """Return what gives every density the widest one's range: how restorers do it by hand."""
        thin, dense = np.percentile(to_density(scan_709), RANGE, axis=0)
        ranges = dense - thin
        widest = int(np.argmax(ranges))
        gain = np.minimum(ranges[widest] / np.maximum(ranges, 1e-3), GAIN_CAP)
        return cls(gain, thin[widest] - gain * thin)

    @classmethod
    def neutral(cls, balance: DyeBalance) -> Self:
        """Return what makes neutral what a balance makes neutral, without its crosstalk."""
        gain = 1 / fade_matrix(balance.retention).sum(axis=1)
        return cls(gain, -gain * np.array(balance.base))


def to_density(pixels_709: Pixels) -> Pixels:
    """Return densities, (n, 3), down to the deepest black that film holds."""
    return light_to_density(decode(pixels_709, "gamma24"))


def to_display(density: NDArray[np.floating]) -> Pixels:
    """Return display values of densities, (n, 3)."""
    density = np.asarray(density, np.float32)
    return density_to_rgb(density, np.ones_like(density), "gamma24")
