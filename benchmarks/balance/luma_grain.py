"""What a balance does to luma: its grain in flat areas, and how far it is from the film's own."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from brushes import Picture
from fades import BITS, STEPS
from tables import markdown
from trials import MEDIUM, UNCAPPED, left_of

from chromaresolve.balance.diagnosis import Film, diagnose
from chromaresolve.balance.grain import COARSEST_PX, LARGEST_GROWTH, measure_growth
from chromaresolve.balance.transform import DyeBalance, apply_dye_balance
from chromaresolve.colour import rgb_to_luma
from chromaresolve.fade import WHOLE, Fading, Retention, fade_frame
from chromaresolve.shot import BalanceTable

GRAIN, SCANNER_NOISE = 0.03, 0.002
"""Coarser film than elsewhere here, and a scanner that adds its own: as `Fading` has them."""

COLUMNS = ("fresh film", "plain, no cap", "plain", "healthiest")
"""Whose luma is measured."""


def luma_table(shown: Mapping[str, Picture]) -> str:
    """Return luma's grain over the scan's and its error, with the true retentions.

    Grain is the median of the pictures; errors are means of display values, without the grain.
    """
    rows = []
    for fade, retention in STEPS.items():
        growths, misses, chosen = zip(
            *(_measure(fresh_709, retention) for fresh_709 in shown.values()), strict=True
        )
        healthiest, aloud = (sum(column) for column in zip(*chosen, strict=True))
        cells = [f"{growth:.2f}" for growth in np.median(growths, axis=0)]
        errors = [f"{miss:.4f}" for miss in np.mean(misses, axis=0)[1:]]
        rows.append([fade, *cells, *errors, f"{healthiest} of {len(shown)}", f"{aloud}"])
    return markdown(
        [
            "fade",
            *(f"grain, {column}" for column in COLUMNS),
            *(f"error, {column}" for column in COLUMNS[1:]),
            "auto takes the healthiest",
            f"still over {LARGEST_GROWTH}: the scan's luma proposed",
        ],
        rows,
    )


def _measure(
    fresh_709: Picture, retention: Retention
) -> tuple[list[float], list[float], tuple[bool, bool]]:
    """Return growths and errors by `COLUMNS`, and what `diagnose` chose and proposed."""
    film = Fading(retention=WHOLE, grain=GRAIN)
    fading = Fading(retention=retention, grain=GRAIN, scanner_noise=SCANNER_NOISE, bits=BITS)
    scan_709 = fade_frame(fresh_709, fading, frame=0)
    balances = (
        DyeBalance(retention=retention, red_gain_cap=UNCAPPED),
        DyeBalance(retention=retention),
        DyeBalance(retention=retention, luma="healthiest"),
    )
    pictures_709 = [
        fade_frame(fresh_709, film, frame=0),
        *(apply_dye_balance(scan_709, balance) for balance in balances),
    ]
    growths = [measure_growth(scan_709, picture_709) for picture_709 in pictures_709]
    truth = _smooth(fresh_709)
    misses = [float(np.abs(_smooth(picture_709) - truth).mean()) for picture_709 in pictures_709]
    table = BalanceTable(retention=left_of(retention), base=(0.0, 0.0, 0.0))
    found = diagnose(Film(plates=[scan_709], negative=False), MEDIUM, table)
    is_aloud = any("luma_from" in note for note in found.notes)
    return growths, misses, (found.balance.luma == "healthiest", is_aloud)


def _smooth(picture_709: Picture) -> Picture:
    """Return luma without grain."""
    return np.asarray(cv2.GaussianBlur(rgb_to_luma(picture_709), (0, 0), COARSEST_PX), np.float32)
