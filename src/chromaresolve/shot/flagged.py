"""`review/flagged.json`: the frames that a review stumbled over, for whoever acts on them.

The review writes it; Resolve's markers, the pairs, the report and the glance read it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chromaresolve.errors import StageError
from chromaresolve.shot.record import Shot

FLAGGED = "review/flagged.json"
"""Where the frames stand, in the shot folder, the worst first."""

FORM = '{"frame": 1007, "reason": "why", "verdict": "flagged"}'
"""How one of them is written; a verdict may also be `rejected` or `accepted`. `"wants_pair": false`
says that another pair would not mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A frame that stands out."""

    frame: int
    """Source frame number."""
    reason: str
    """What is wrong with it."""
    verdict: Literal["flagged", "rejected", "accepted"]
    """How it stands: found by the review, or what a person said of it."""
    wants_pair: bool
    """Whether a pair of its own may mend it."""

    @property
    def is_open(self) -> bool:
        """Whether somebody should do something about it."""
        return self.verdict != "accepted"


def load_flagged(shot: Shot) -> list[Flagged]:
    """Return the frames in the review's order; none where there was no review.

    Raises:
        StageError: The file is not what it must be.
    """
    file = shot.path(FLAGGED)
    return [_flagged(file, row) for row in _rows(file)]


def _flagged(file: Path, row: Any) -> Flagged:  # noqa: ANN401 - whatever stands in the file
    match row:
        case {
            "frame": int(frame),
            "reason": str(reason),
            "verdict": ("flagged" | "rejected" | "accepted") as verdict,
        }:
            wants_pair = bool(row.get("wants_pair", True))
            return Flagged(frame=frame, reason=reason, verdict=verdict, wants_pair=wants_pair)
        case _:
            raise StageError(file, f"found {row!r}: write {FORM}, or remove the file")


def _rows(file: Path) -> list[Any]:
    if not file.is_file():
        return []
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(file, f"cannot be read ({error}): write it again, or remove it") from error
    match content:
        case {"frames": list(rows)}:
            return rows
        case _:
            raise StageError(file, f'has no list of frames: write {{"frames": [{FORM}]}}')
