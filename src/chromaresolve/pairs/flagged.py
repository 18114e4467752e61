"""What a review wants taught: the frames it flagged and nobody accepted as they are."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chromaresolve.errors import StageError
from chromaresolve.shot import Shot

FLAGGED = "review/flagged.json"
"""Where the frames stand that review stumbled over, in the shot folder, the worst first."""

FORM = '{"frames": [{"frame": 1007, "reason": "why", "verdict": "flagged", "wants_pair": true}]}'
"""How it is written; without `wants_pair`, it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A frame that wants a pair."""

    frame: int
    """Source frame number."""
    reason: str
    """What is wrong with it."""


def load_flagged(shot: Shot) -> list[Flagged]:
    """Return the frames that want a pair and nobody accepted, in the review's order.

    Raises:
        StageError: There is no review, or its file is not what it must be.
    """
    file = shot.path(FLAGGED)
    if not file.is_file():
        raise StageError(file, "is not there: run `chromaresolve review` first")
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["frames"]
        return [
            Flagged(frame=int(row["frame"]), reason=str(row["reason"]))
            for row in rows
            if row["verdict"] in {"flagged", "rejected"} and row.get("wants_pair", True)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StageError(file, f"cannot be read ({error}): write {FORM}, or remove it") from error
