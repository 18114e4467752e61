"""What a check found, as one line of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    verdict: Literal["ok", "note", "stop"]
    """`stop`: mend it before going on. `note`: look, then go on."""
    subject: str
    """What was checked."""
    sentence: str
    """What was seen, and what to do about it."""
