"""What colours are called: plain names, the same wherever the program speaks of colours."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import display_709_to_lab, rgb_to_luma

NEUTRAL = 6.0
"""CIE Lab chroma below which a colour is a grey. In darks a ratio of channels, by which colours are
named, is large where an eye sees none."""


def name_colours(colours_709: NDArray[np.floating[Any]]) -> list[str]:
    """Return each colour's name; what an eye sees as grey is called so.

    Args:
        colours_709: Display values, (colours, 3).
    """
    lab = display_709_to_lab(colours_709)
    is_grey = np.hypot(lab[:, 1], lab[:, 2]) < NEUTRAL
    named = np.where(is_grey[:, np.newaxis], rgb_to_luma(colours_709)[:, np.newaxis], colours_709)
    return [name_colour(*map(float, colour)) for colour in named]


def name_colour(red: float, green: float, blue: float) -> str:
    """Return the plain name of a display colour, such as `dark blue` or `light grey`."""
    hue, saturation, value = colorsys.rgb_to_hsv(
        *(min(max(one, 0.0), 1.0) for one in (red, green, blue))
    )
    tone = "dark " if value < 0.3 else "light " if value > 0.75 else ""
    if saturation < 0.15:
        return f"{tone}grey"
    names = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "red")
    ends = (0.03, 0.10, 0.19, 0.45, 0.55, 0.72, 0.83, 0.95, 1.01)
    name = next(name for name, end in zip(names, ends, strict=True) if hue < end)
    return f"{tone}{'brown' if name == 'orange' and value < 0.5 else name}".replace(
        "dark brown", "brown"
    )
