"""ACES2065-1 to Rec.709 2.4 display and back, through the ACES 1.3 SDR video output transform."""

from __future__ import annotations

import numpy as np

from chromaresolve.colour.luma import Floats, Pixels
from chromaresolve.colour.spaces import REC709_OUTPUT, convert

ODT_TOLERANCE = 1 / 1023
"""A display value that comes back from ACES further off than one 10-bit code is out of reach."""


def aces_to_display(aces: Floats) -> Pixels:
    """Return Rec.709 2.4 display values (..., 3) of ACES2065-1 through the ODT."""
    return convert(aces, from_space="ACES2065-1", to_space=REC709_OUTPUT)


def display_to_aces(display_709: Floats) -> Pixels:
    """Return ACES2065-1 (..., 3) of Rec.709 2.4 display values through the inverse ODT.

    Exact only for what the ODT can show: values below 0 become black, a grey of 1.2 becomes 47,186,
    saturated corners come back as another colour. `measure_out_of_reach` says how much that is.
    """
    return convert(display_709, from_space=REC709_OUTPUT, to_space="ACES2065-1")


def measure_out_of_reach(display_709: Floats) -> float:
    """Return the share of pixels, 0 to 1, that the way to ACES and back moves by a 10-bit code."""
    missed = np.abs(aces_to_display(display_to_aces(display_709)) - display_709) > ODT_TOLERANCE
    return float(missed.any(axis=-1).mean())
