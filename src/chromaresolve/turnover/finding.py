"""What a check found, as one row of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chromaresolve.shot import FrameRange

Verdict = Literal["ok", "note", "stop"]
"""`stop`: mend it before going on. `note`: look, then go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    verdict: Verdict
    """Whether the work can go on."""
    subject: str
    """What was checked."""
    sentence: str
    """What was seen."""
    remedy: str = ""
    """What to do about it; empty where there is nothing to do."""
    frames: str = ""
    """Which frames it is about, as a range; empty where it is about none or about all."""

    @property
    def line(self) -> str:
        """What was seen and what to do about it, on one line."""
        return f"{self.sentence}: {self.remedy}" if self.remedy else self.sentence


def listed(frames: Iterable[int]) -> str:
    """Write frame numbers as a range; empty if there is none."""
    numbers = list(frames)
    return str(FrameRange.of(numbers)) if numbers else ""


def counted(number: int, thing: str = "frame") -> str:
    """Write how many there are of something: `1 frame`, `3 frames`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
