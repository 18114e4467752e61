"""The loop of review and teaching, round by round: what was added, and what it did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chromaresolve.alignment import teaching_pairs
from chromaresolve.files import write_text
from chromaresolve.review.before import Change
from chromaresolve.review.held_out import Numbers
from chromaresolve.review.record import FrameReview
from chromaresolve.shot import Shot

FILE = "review/iterations.json"
"""Where they stand, in the shot folder."""

Iteration = dict[str, Any]
"""One round, as JSON holds it."""

NOT_MEASURED: Mapping[str, float | None] = {"before": None, "after": None}
"""Of a frame whose true colours nobody knows."""


def load_iterations(shot: Shot) -> list[Iteration]:
    """Return the rounds, oldest first; none where there is no readable record."""
    try:
        rounds = json.loads(shot.path(FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return rounds if isinstance(rounds, list) else []


def note_iteration(
    shot: Shot,
    *,
    model: str,
    step: object,
    numbers: Numbers,
    frames: Mapping[int, FrameReview],
    ranked: Sequence[FrameReview],
    changes: Mapping[int, Change],
) -> Path:
    """Write this round down, in place of what an earlier review of the same model said.

    Args:
        shot: The shot, reviewed.
        model: The sha256 of the model that made the recovered frames.
        step: How many steps it was trained.
        numbers: What was measured on the held-out frames.
        frames: Every frame that was looked at.
        ranked: Those that stand out, the worst first.
        changes: What became of frames that the round before had flagged.
    """
    rounds = load_iterations(shot)
    is_again = bool(rounds) and rounds[-1]["model"] == model
    earlier = rounds[:-1] if is_again else rounds
    there = {row["frame"]: row for row in rounds[-1]["frames"]} if is_again else {}
    last = earlier[-1] if earlier else None
    teaching = [pair.source for pair in teaching_pairs(shot)]
    compared = [
        {**NOT_MEASURED, **there.get(row["frame"], {}), **_compare(row, frames, changes)}
        for row in (last["flagged_frames"] if last else [])
    ]
    recovered = numbers.recovered
    now = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model,
        "step": step,
        "teaching": teaching,
        "added": sorted(set(teaching) - set(last["teaching"])) if last else [],
        "held_out": round(recovered.trusted, 4) if recovered else None,
        "held_out_frames": [frame.frame for frame in numbers.frames],
        "flagged": len(ranked),
        "flagged_frames": [
            {
                "frame": one.frame,
                "reason": one.reasons[0].sentence if one.reasons else "rejected",
                "strength": round(one.strength, 3),
            }
            for one in ranked
        ],
        "frames": compared,
    }
    path = shot.path(FILE)
    write_text(path, json.dumps([*earlier, now], indent=2, ensure_ascii=False) + "\n")
    return path


def tell_iteration(now: Iteration, before: Iteration | None) -> list[str]:
    """Return what a round did, in sentences."""
    if before is None:
        return []
    told = []
    if now["added"]:
        frames = ", ".join(map(str, now["added"]))
        told.append(f"since the last round, {frames} teach as well")
    if now["held_out"] is not None and before["held_out"] is not None:
        same = now["held_out_frames"] == before["held_out_frames"]
        told.append(
            f"held-out frames: dE2000 {before['held_out']:.2f} before, {now['held_out']:.2f} now"
            + ("" if same else " (not the same frames)")
        )
    told += [
        f"frame {row['frame']}: dE2000 {row['before']:.2f} before, {row['after']:.2f} now"
        for row in now["frames"]
        if row.get("before") is not None
    ]
    told.append(f"{before['flagged']} frames stood out before, {now['flagged']} do now")
    return told


def _compare(
    row: Mapping[str, Any], frames: Mapping[int, FrameReview], changes: Mapping[int, Change]
) -> dict[str, Any]:
    """Return what became of a frame that the round before had flagged."""
    frame = row["frame"]
    change = changes.get(frame)
    now = frames.get(frame)
    # What is not said here, an earlier review of the same model may have measured.
    measured = (
        {"before": round(change.before, 4), "after": round(change.after, 4)} if change else {}
    )
    return {
        "frame": frame,
        "reason": row["reason"],
        "strength_before": row["strength"],
        "strength_after": round(now.strength, 3) if now else None,
        **measured,
    }
