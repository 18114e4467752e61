"""What the cap on the red gain costs in colour, and what it saves in grain."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np
from brushes import Picture
from fades import STEPS
from rivals import PerChannel
from tables import markdown
from trials import thin

from chromaresolve.balance.grain import measure_growth
from chromaresolve.balance.transform import DyeBalance
from chromaresolve.colour import delta_e_2000
from chromaresolve.fade import Fading, fade_frame

CAPS = (3.0, 4.5, 6.0, 8.0, 10.0, 20.0)
"""Largest gains of red density. Undoing a severe fade takes 5.1, an extreme one 12.7."""

SCANS = tuple(
    Fading(retention=STEPS[step], grain=grain, scanner_noise=noise, bits=bits)
    for step in ("severe", "extreme")
    for grain, noise, bits in (
        (0.02, 0.0, 10),
        (0.02, 0.0, 8),
        (0.03, 0.002, 10),
        (0.03, 0.004, 10),
    )
)
"""From a clean scan to a noisy one."""

EVERY = 4
"""Each how-manyth picture is taken."""


def red_gain_table(shown: Mapping[str, Picture]) -> str:
    """Return mean dE2000, and luma's grain over the scan's, by cap; the true retentions."""
    taken = list(islice(shown.values(), 0, None, EVERY))
    rows = []
    for fading in SCANS:
        measured = np.mean([_measure(fresh_709, fading) for fresh_709 in taken], axis=0)
        cells = [f"{miss:.2f} ({growth:.2f})" for miss, growth in measured[:-1]]
        rows.append(
            [
                f"{fading.retention.cyan:.0%}",
                f"{fading.grain}",
                f"{fading.scanner_noise}",
                f"{fading.bits}",
                *cells,
                f"{measured[-1, 0]:.2f}",
            ]
        )
    caps = [f"cap {cap:g}" for cap in CAPS]
    return markdown(["cyan", "grain", "noise", "bits", *caps, "best per channel"], rows)


def _measure(fresh_709: Picture, fading: Fading) -> list[tuple[float, float]]:
    """Return dE2000 and growth of grain for each cap, and for the best per channel."""
    scan_709 = fade_frame(fresh_709, fading, frame=0)
    scan, fresh = thin(scan_709), thin(fresh_709)
    measured = []
    for cap in CAPS:
        balanced = DyeBalance(retention=fading.retention, red_gain_cap=cap).apply(scan_709)
        miss = float(delta_e_2000(thin(balanced), fresh).mean())
        measured.append((miss, measure_growth(scan_709, balanced)))
    best = PerChannel.best(scan, fresh).apply(scan)
    return [*measured, (float(delta_e_2000(best, fresh).mean()), 1.0)]
