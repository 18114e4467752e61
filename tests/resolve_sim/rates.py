"""Frame rates as Resolve writes them, and timecodes."""

from __future__ import annotations

import re
from fractions import Fraction

RATES = (
    "16", "18", "23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", "72",
    "90", "95.904", "96", "100", "119.88", "120",
)  # fmt: skip
"""What `timelineFrameRate` can be."""

DROPPING = ("29.97", "59.94", "119.88")
"""Rates that can have drop frame timecode: written with ' DF' after them."""

TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;])(\d\d\d?)")
"""Hours, minutes, seconds and frames; a semicolon before drop frame's frames."""


def exact(rate: str) -> Fraction:
    """Return a rate exactly: what is written with decimals is over 1.001."""
    number = rate.removesuffix(" DF")
    return Fraction(number) if "." not in number else Fraction(round(float(number)) * 1000, 1001)


def is_rate(text: str) -> bool:
    """Say whether Resolve knows this rate."""
    number = text.removesuffix(" DF")
    return number in RATES and (number == text or number in DROPPING)


def frames_to_timecode(frames: int, rate: str) -> str:
    """Return the timecode of a frame counted from 00:00:00:00."""
    base = round(exact(rate))
    drop = rate.endswith(" DF")
    frames %= 24 * 3600 * base if not drop else 144 * _in_ten_minutes(base)
    if drop:
        frames += _dropped(frames, base)
    seconds, frame = divmod(frames, base)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{';' if drop else ':'}{frame:02}"


def timecode_to_frames(text: str, rate: str) -> int | None:
    """Return the frame of a timecode, counted from 00:00:00:00; None if there is no such one."""
    found = TIMECODE.fullmatch(text)
    base = round(exact(rate))
    if found is None or (found[4] == ";" and not rate.endswith(" DF")):
        return None
    hours, minutes, seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        return None
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if not rate.endswith(" DF"):
        return count
    skipped = base // 15
    if seconds == 0 and frames < skipped and minutes % 10:
        return None
    return count - skipped * (hours * 54 + minutes - minutes // 10)


def _in_ten_minutes(base: int) -> int:
    return 600 * base - 9 * (base // 15)


def _dropped(frames: int, base: int) -> int:
    """Return how many numbers SMPTE ST 12-1 drop frame skips before a frame."""
    skipped = base // 15
    tens, rest = divmod(frames, _in_ten_minutes(base))
    minutes = max(0, (rest - skipped) // (60 * base - skipped)) if rest >= skipped else 0
    return skipped * (9 * tens + minutes)
