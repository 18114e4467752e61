"""What one unit of the Inspector does in this Resolve: kept in the data folder, and put to use.

The calibration step measures it with dots. Pan and Tilt count in the frame's pixels or in those
of the clip as it is fitted into the frame: for a clip that fills the frame both are the same, for
any other the calibration says which.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

from .errors import BridgeError
from .geometry import Calibration, Size
from .journal import write_whole

FILE = "calibration.json"
"""Its name in the data folder."""

AGAIN = 'run 3 Align Reference with "calibrate" once in this Resolve'
"""What to do where there is none."""

DIGITS = 5
"""Decimals of a unit: dots tell it to about 1 in 5000."""

FITTED, FRAME = "fitted", "frame"
"""What Pan and Tilt count in."""

FITTINGS = {1: "centerCrop", 2: "scaleToFit", 3: "scaleToCrop", 4: "stretch"}
"""A clip's own Scaling, by the words of the project's setting; 0 follows the project."""


class Measured(NamedTuple):
    """What the chart of dots said."""

    calibration: Calibration
    """Of a clip that fills the frame."""
    counts_in: str
    """`fitted` or `frame`."""
    resolve: str
    """The version of Resolve it was measured in."""
    measured: str
    """The day."""


def load_calibration(home: Path) -> Optional[Measured]:
    """Return what was measured; None where nothing was.

    Raises:
        BridgeError: The file is not what it must be.
    """
    file = home / FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return _parsed(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        cause = f"is not what it must be ({type(error).__name__}: {error})"
        raise BridgeError(str(file), cause, f"delete it, and {AGAIN}") from error


def save_calibration(home: Path, measured: Measured) -> None:
    """Keep what was measured, whole or not at all."""
    units = measured.calibration
    content: Dict[str, Any] = {
        "pan_px": round(units.pan_px, DIGITS),
        "tilt_px": round(units.tilt_px, DIGITS),
        "rotation_sign": units.rotation_sign,
        "counts_in": measured.counts_in,
        "resolve": measured.resolve,
        "measured": measured.measured,
    }
    write_whole(home / FILE, json.dumps(content, indent=2) + "\n")


def for_clip(measured: Measured, clip: Size, frame: Size, *, fitting: str, par: str) -> Calibration:
    """Return what a unit of the Inspector does to one clip.

    Args:
        measured: What the chart said.
        clip: The clip's width and height.
        frame: The timeline's.
        fitting: How Resolve fits the one into the other: `scaleToFit` and so on.
        par: The clip's pixel aspect, in Resolve's word.

    Raises:
        BridgeError: How the clip is fitted is not known, and Pan counts in that.
    """
    plain = measured.calibration
    if measured.counts_in == FRAME or clip == frame:
        return plain
    if par.strip().lower() not in ("square", "1", "1.0", ""):
        cause = f"its pixels are not square ({par}), so that Pan's unit is not known"
        remedy = "align it in the Inspector, then choose 'read out by hand'"
        raise BridgeError("the Reference", cause, remedy)
    across, down = _fitted(clip, frame, fitting)
    return plain._replace(
        pan_px=plain.pan_px * across / frame[0], tilt_px=plain.tilt_px * down / frame[1]
    )


def _fitted(clip: Size, frame: Size, fitting: str) -> Tuple[float, float]:
    """Return the width and height with which a clip is shown before its own zoom."""
    across, down = frame[0] / clip[0], frame[1] / clip[1]
    scales = {
        "centerCrop": (1.0, 1.0),
        "scaleToFit": (min(across, down),) * 2,
        "scaleToCrop": (max(across, down),) * 2,
        "stretch": (across, down),
    }
    if fitting not in scales:
        cause = f"Resolve fits it in a way that is not known: {fitting!r}"
        remedy = "set Mismatched Resolution Files in the project's Image Scaling to one of its four"
        raise BridgeError("the Reference", cause, remedy)
    return clip[0] * scales[fitting][0], clip[1] * scales[fitting][1]


def _parsed(content: Dict[str, Any]) -> Measured:
    numbers = float(content["pan_px"]), float(content["tilt_px"])
    sign, counts_in = int(content["rotation_sign"]), str(content.get("counts_in", FITTED))
    if not all(number and math.isfinite(number) for number in numbers) or abs(sign) != 1:
        raise ValueError("a unit is no number of pixels")
    if counts_in not in (FITTED, FRAME):
        raise ValueError(f"counts_in is {counts_in!r}")
    return Measured(
        calibration=Calibration(*numbers, sign),
        counts_in=counts_in,
        resolve=str(content["resolve"]),
        measured=str(content["measured"]),
    )
