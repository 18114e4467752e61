"""How a frame's colour differs from that beside it, in a colourist's words."""

from __future__ import annotations

import math

import numpy as np

from chromaresolve.review.change import Change, Turn
from chromaresolve.review.record import Kind


def drift_words(kind: Kind, far: float) -> str:
    """Say how far colours have wandered: degrees of hue, or the logarithm of their chroma."""
    if kind == "hue":
        return f"hue has drifted by {abs(far):.0f} degrees against the middle of the shot"
    return f"colour has drifted to {math.exp(far):.0%} of the shot's usual saturation"


def turn_words(turn: Turn) -> tuple[Kind, str]:
    """Say what kind of change it is, and how far it goes."""
    if turn.is_saturation:
        verb = "falls" if turn.saturation < 1 else "rises"
        return "saturation", f"saturation {verb} to {turn.saturation:.0%}"
    if turn.is_turn:
        return "hue", f"hue jumps by {abs(turn.hue):.0f} degrees"
    return "hue", f"colour turns {_cast_name(turn.cast)}"


def _cast_name(cast: complex) -> str:
    """Name a cast by the vectorscope's six directions."""
    names = ("blue", "magenta", "red", "yellow", "green", "cyan")
    # Where the bars of Rec. ITU-R BT.709 stand on its Cb and Cr, degrees.
    angles = np.array([354.0, 48.0, 102.0, 174.0, 228.0, 282.0])
    away = np.abs((math.degrees(math.atan2(cast.imag, cast.real)) - angles + 180) % 360 - 180)
    return names[int(away.argmin())]


def spot_words(change: Change) -> str:
    """Say where in the picture it is largest."""
    row, column = change.spot
    high = ("top", "middle", "bottom")[min(2, int(3 * row))]
    wide = ("left", "middle", "right")[min(2, int(3 * column))]
    place = high if high == wide else f"{high} {wide}"
    return f" at the {place} of the picture"
