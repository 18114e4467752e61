"""What people decided about frames: accepted as they are, or rejected. Remembered across reviews.

`review/verdicts.json` is theirs; `review/flagged.json` is what comes of it and of the newest
review, read by Resolve's markers and by `pairs --add-from-review`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.review.record import TEACHABLE, FrameReview
from chromaresolve.shot import FLAGGED, Shot

FILE = "review/verdicts.json"
"""What people decided, in the shot folder."""

GROWN = 1.25
"""How much more a fault may stand out than when it was accepted: beyond, it is shown again."""

Said = Literal["accepted", "rejected"]
"""What a person can say of a frame."""

Verdict = Literal["", "flagged", "accepted", "rejected"]
"""How a frame stands; "" where nothing is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person said of a frame."""

    verdict: Said
    """What it was."""
    why: str
    """In the person's words; may be empty."""
    kinds: tuple[str, ...]
    """What was wrong with the frame by the review that the person looked at."""
    strength: float
    """How much it stood out then."""
    model: str
    """The sha256 of the model that had recovered it."""
    at: str
    """When, UTC, ISO 8601."""


def load_decisions(shot: Shot) -> dict[int, Decision]:
    """Return what people decided, by frame.

    Raises:
        StageError: The file is not what it must be.
    """
    file = shot.path(FILE)
    if not file.is_file():
        return {}
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return {
            int(frame): Decision(**{**row, "kinds": tuple(row["kinds"])})
            for frame, row in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StageError(file, f"cannot be read ({error}): mend it, or remove it") from error


def decide(
    shot: Shot, frames: Iterable[FrameReview], verdict: Said, *, why: str, model: str
) -> dict[int, Decision]:
    """Write down what a person says of frames, and return all that was ever said."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    decisions = load_decisions(shot)
    for one in frames:
        decisions[one.frame] = Decision(
            verdict=verdict,
            why=why,
            kinds=tuple(reason.kind for reason in one.reasons),
            strength=one.strength,
            model=model,
            at=at,
        )
    rows = {str(frame): asdict(decisions[frame]) for frame in sorted(decisions)}
    write_text(shot.path(FILE), json.dumps(rows, indent=2) + "\n")
    return decisions


def verdict_on(one: FrameReview, decision: Decision | None, model: str) -> Verdict:
    """Say how a frame stands: what a person said holds while it is about what is seen.

    An acceptance covers the faults that were seen, no stronger ones and no others. A rejection
    holds for the model that was rejected: what another one makes has to be looked at again.
    """
    if decision is None:
        return "flagged" if one.reasons else ""
    if decision.verdict == "rejected":
        return "rejected" if decision.model == model else "flagged"
    is_known = {reason.kind for reason in one.reasons} <= set(decision.kinds)
    if is_known and one.strength <= max(decision.strength, 1.0) * GROWN:
        return "accepted"
    return "flagged"


def sentence_of(one: FrameReview, decision: Decision | None, model: str) -> str:
    """Say what is wrong with a frame, the strongest first; what a person said of it comes first."""
    words = [reason.sentence for reason in one.reasons]
    if decision is not None and decision.verdict == "rejected":
        why = decision.why or "it was rejected"
        words.insert(0, why if decision.model == model else f"rejected before, look again: {why}")
    return "; ".join(words)


def rank(frames: Iterable[FrameReview], decisions: Mapping[int, Decision]) -> list[FrameReview]:
    """Return the frames that somebody should look at, the worst first; a person's word weighs most.

    All of them have a reason or were rejected.
    """
    rejected = {n for n, decision in decisions.items() if decision.verdict == "rejected"}
    wanted = [one for one in frames if one.reasons or one.frame in rejected]
    return sorted(wanted, key=lambda one: (one.frame not in rejected, -one.strength, one.frame))


def save_flagged(
    shot: Shot, ranked: Sequence[FrameReview], decisions: Mapping[int, Decision], model: str
) -> Path:
    """Write the frames that stand out, in this order, and return where."""
    rows = []
    for one in ranked:
        decision = decisions.get(one.frame)
        kinds = [reason.kind for reason in one.reasons]
        rows.append(
            {
                "frame": one.frame,
                "reason": sentence_of(one, decision, model),
                "verdict": verdict_on(one, decision, model),
                "kinds": kinds,
                "strength": round(one.strength, 3),
                # The strongest reason decides: a foreign frame teaches nothing, new as it looks.
                "wants_pair": not kinds or kinds[0] in TEACHABLE,
            }
        )
    path = shot.path(FLAGGED)
    write_text(path, json.dumps({"frames": rows}, indent=2, ensure_ascii=False) + "\n")
    return path
