"""A really faded frame: how near to neutral its neutral places come, with nothing set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from brushes import Picture
from pictures import read_codes
from rivals import PerChannel
from tables import markdown
from trials import MEDIUM

from chromaresolve.balance.diagnosis import Film, diagnose
from chromaresolve.balance.sampling import picture_area
from chromaresolve.balance.transform import apply_dye_balance
from chromaresolve.colour import display_709_to_lab, lab_delta_e_2000
from chromaresolve.shot import BalanceTable

FILE = Path("faded") / "raw_scan.png"
"""The frame, in the folder of real pictures."""

PLACES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "wall, in the light": (926, 365, 40),
        "wall, lower right": (1060, 682, 40),
        "curtain hem": (1300, 816, 12),
        "picture mat": (161, 780, 6),
        "unexposed black": (69, 609, 5),
    },
)
"""Places that are neutral: pixels from the left and the top, and half the square's edge."""


def raw_scan_table(folder: Path) -> tuple[str, str]:
    """Return the diagnosis in one line, and the places' dE2000 from neutral."""
    codes = read_codes(folder / FILE)
    scan_709 = np.asarray(codes / np.float32(255), np.float32)
    found = diagnose(Film(plates=[scan_709]), MEDIUM, BalanceTable())
    flat = scan_709.reshape(-1, 3)
    inside = picture_area(MEDIUM.look(scan_709).light)
    ways = {
        "scan": scan_709,
        "ranges alike": PerChannel.stretched(scan_709[inside]).apply(flat).reshape(scan_709.shape),
        "gains 1/n": PerChannel.neutral(found.balance).apply(flat).reshape(scan_709.shape),
        "ours": apply_dye_balance(scan_709, found.balance),
    }
    rows = [
        [place, *(_describe(picture_709, where) for picture_709 in ways.values())]
        for place, where in PLACES.items()
    ]
    sure = ", ".join(f"{100 * deviation:.0f}" for deviation in found.deviation)
    said = "; ".join([f"{found.sentence} (give or take {sure})", *found.notes])
    return said, markdown(["place", *ways], rows)


def _describe(picture_709: Picture, where: tuple[int, int, int]) -> str:
    """Return a place's dE2000 from the grey of its lightness, and its L*, a*, b*."""
    x, y, half = where
    square = picture_709[y - half : y + half, x - half : x + half].reshape(-1, 3)
    lab = display_709_to_lab(square.mean(axis=0))
    grey = lab * np.array([1, 0, 0], np.float32)
    lightness, a, b = lab
    return f"{lab_delta_e_2000(lab, grey):.1f} (L* {lightness:.0f}, a* {a:.0f}, b* {b:.0f})"
