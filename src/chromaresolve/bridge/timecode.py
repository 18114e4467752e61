"""Frame rates and timecodes, exact.

Resolve speaks of rates as `23.976` or `29.97 DF` and answers with rounded numbers. Here a rate is
a fraction, and a timecode counts frames as SMPTE ST 12-1 does, dropped numbers included.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Tuple

from .errors import BridgeError

DROP_FRAME = " DF"
"""What Resolve writes behind a rate whose timecode drops numbers, as in `29.97 DF`."""

DROPPED: dict[Fraction, int] = {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}
"""Numbers left out at the start of each minute but every tenth (SMPTE ST 12-1); the only rates with
drop frame timecode."""

RATES: dict[str, Fraction] = {
    "16": Fraction(16),
    "18": Fraction(18),
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "29.97 DF": Fraction(30000, 1001),
    "30": Fraction(30),
    "47.952": Fraction(48000, 1001),
    "48": Fraction(48),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "59.94 DF": Fraction(60000, 1001),
    "60": Fraction(60),
    "72": Fraction(72),
    "90": Fraction(90),
    "95.904": Fraction(96000, 1001),
    "96": Fraction(96),
    "100": Fraction(100),
    "119.88": Fraction(120000, 1001),
    "120": Fraction(120),
}
"""Resolve's own words for the timeline frame rates it offers."""

ROUNDING = 0.005
"""How far, in frames per second, a number may lie from its rate: Resolve shows 23.976 as 23.98 too,
and the nearest two rates, 23.976 and 24, are 0.024 apart."""

RATE_TEXT = re.compile(r"([0-9]{1,9})(?:/([0-9]{1,9}))?")
"""A rate as the tool writes it: `24` or `24000/1001`."""

TIMECODE = re.compile(r"([0-9]{2})[:;]([0-9]{2})[:;]([0-9]{2})([:;])([0-9]{2,3})")
"""Hours, minutes, seconds, the separator that says whether numbers are dropped, frames."""

Rate = Tuple[Fraction, bool]
"""Frames per second, and whether their timecode drops numbers."""


def rate_from_resolve(value: str | float) -> Rate:
    """Return the exact rate that Resolve means, and whether it said drop frame.

    Resolve answers with a number where it was told `29.97 DF`, so that a number never says drop
    frame: look at the timeline's start timecode with `is_drop_frame` then.

    Raises:
        BridgeError: It is no rate of Resolve's.
    """
    text = str(value).strip().upper()
    drop = text.endswith("DF")
    shown = _shown_number(text[:-2] if drop else text)
    for rate in RATES.values():
        if abs(float(rate) - shown) < ROUNDING and (rate in DROPPED or not drop):
            return rate, drop
    raise BridgeError(f"frame rate {value!r}", "is no frame rate of Resolve's", _advice(shown))


def rate_to_resolve(rate: Fraction, drop_frame: bool) -> str:
    """Return what Resolve calls a rate, such as `23.976` or `29.97 DF`.

    Raises:
        BridgeError: Resolve has no such rate, or it has no drop frame timecode.
    """
    _check_drop(rate, drop_frame)
    for name, known in RATES.items():
        if known == rate and name.endswith(DROP_FRAME) == drop_frame:
            return name
    remedy = f"choose one of {', '.join(RATES)}"
    raise BridgeError(f"frame rate {rate_to_text(rate)}", "Resolve has no such timeline", remedy)


def rate_to_text(rate: Fraction) -> str:
    """Return a rate as the tool writes it: `24` or `24000/1001`."""
    return str(rate)


def rate_from_text(text: str) -> Fraction:
    """Read a rate that the tool wrote, such as `24` or `24000/1001`.

    Raises:
        BridgeError: It is not written so.
    """
    match = RATE_TEXT.fullmatch(text)
    if not match or not int(match[1]) or (match[2] and not int(match[2])):
        remedy = "write it as 24 or 24000/1001"
        raise BridgeError(f"frame rate {text!r}", "is no exact frame rate", remedy)
    return Fraction(int(match[1]), int(match[2] or 1))


def counting_rate(rate: Fraction) -> int:
    """Return how many frame numbers a second of timecode has: 24 at 24000/1001."""
    return math.ceil(rate)


def frames_per_day(rate: Fraction, drop_frame: bool) -> int:
    """Return how many frames the timecode counts before it starts anew."""
    _check_drop(rate, drop_frame)
    ten_minutes = 600 * counting_rate(rate) - 9 * _dropped(rate, drop_frame)
    return 24 * 6 * ten_minutes


def is_drop_frame(text: str) -> bool:
    """Return whether a timecode drops numbers: it is written with a semicolon before the frames.

    Raises:
        BridgeError: It is no timecode.
    """
    return _parts(text)[4]


def timecode_to_frames(text: str, rate: Fraction) -> int:
    """Return how many frames lie between 00:00:00:00 and a timecode.

    Raises:
        BridgeError: It is no timecode, or there is none such at this rate.
    """
    hours, minutes, seconds, frames, drop = _parts(text)
    where = f"timecode {text!r}"
    _check_drop(rate, drop, where)
    counted = counting_rate(rate)
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= counted:
        remedy = f"write hours to 23, minutes and seconds to 59, frames to {counted - 1}"
        raise BridgeError(where, f"does not exist at {rate_to_text(rate)}", remedy)
    dropped = _dropped(rate, drop)
    if minutes % 10 and not seconds and frames < dropped:
        remedy = f"the first frame of this minute is {text[:-2]}{dropped:02}"
        raise BridgeError(where, "drop frame timecode leaves this number out", remedy)
    passed = 60 * hours + minutes
    return (60 * passed + seconds) * counted + frames - dropped * (passed - passed // 10)


def frames_to_timecode(frames: int, rate: Fraction, drop_frame: bool) -> str:
    """Return the timecode of a frame counted from 00:00:00:00.

    Raises:
        BridgeError: A day does not have that frame, or the rate has no drop frame timecode.
    """
    day = frames_per_day(rate, drop_frame)
    if not 0 <= frames < day:
        where = f"frame {frames} at {rate_to_text(rate)}"
        raise BridgeError(where, "has no timecode", f"a day's frames are 0 to {day - 1}")
    counted, dropped = counting_rate(rate), _dropped(rate, drop_frame)
    tens, rest = divmod(frames, 600 * counted - 9 * dropped)
    # A minute that drops numbers is shorter, but the first of every ten drops none.
    minutes = max(0, rest - dropped) // (60 * counted - dropped)
    seconds, frame = divmod(frames + dropped * (9 * tens + minutes), counted)
    mark = ";" if drop_frame else ":"
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frame:02}"


def _parts(text: str) -> tuple[int, int, int, int, bool]:
    match = TIMECODE.fullmatch(text)
    if not match:
        remedy = "write it as 01:00:00:00, or 01:00:00;00 for drop frame"
        raise BridgeError(f"timecode {text!r}", "is no timecode", remedy)
    return int(match[1]), int(match[2]), int(match[3]), int(match[5]), match[4] == ";"


def _dropped(rate: Fraction, drop_frame: bool) -> int:
    return DROPPED[rate] if drop_frame else 0


def _check_drop(rate: Fraction, drop_frame: bool, where: str = "") -> None:
    if drop_frame and rate not in DROPPED:
        cause = f"{rate_to_text(rate)} has no drop frame timecode"
        remedy = "only 29.97 and 59.94 have: turn drop frame off, or write ':' before the frames"
        raise BridgeError(where or f"frame rate {rate_to_text(rate)}", cause, remedy)


def _shown_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _advice(shown: float) -> str:
    # A 29.97 timeline was seen to answer 29.0: the rate it is cut to could be either neighbour's.
    for name, rate in RATES.items():
        if rate.denominator != 1 and shown == math.floor(rate):
            return f"Resolve may mean {name}: read the rate in its settings and type it exactly"
    return f"choose one of {', '.join(RATES)}"
