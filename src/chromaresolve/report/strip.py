"""The shot at a glance: one column of colour a frame, what stands out, and the scores under it."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from chromaresolve.report.encoding import display_to_srgb, write_png
from chromaresolve.review import Numbers
from chromaresolve.review.strips import Columns, Strips

LIMIT = 1.0
"""Strength from which on a frame stands out."""

LEAST_TOP = 1.5
"""The chart reaches at least so high: what is under the limit must look it."""

HIGHEST = 4.0
"""What stands out more is drawn here: one broken frame must not flatten all others."""

MOST_COLUMNS = 3840
"""As many as the widest screen shows."""


def tell_strip(
    strips: Strips | None,
    *,
    frames: Sequence[int],
    review: Mapping[str, Any],
    numbers: Numbers,
    shown: Collection[int],
) -> dict[str, Any]:
    """Return what the page draws of the whole shot, plain values.

    Args:
        strips: The shot as columns, where the review left them.
        frames: The shot's frames, used where there are no strips.
        review: What the review found; empty if there was none.
        numbers: What was measured on the held-out frames.
        shown: Frames that the viewer can go to.
    """
    across = list(strips.frames) if strips else list(frames)
    place = {frame: 100 * (index + 0.5) / len(across) for index, frame in enumerate(across)}
    rows = {row["frame"]: row for row in review.get("frames", []) if row["frame"] in place}
    strength = {
        frame: max((reason["strength"] for reason in row["reasons"]), default=0.0)
        for frame, row in rows.items()
    }
    top = min(max(LEAST_TOP, *strength.values()), HIGHEST) if strength else LEAST_TOP
    flagged = [row for row in rows.values() if row["reasons"] or row.get("verdict") == "rejected"]
    return {
        "first": across[0],
        "last": across[-1],
        "plate": _picture(strips.plate) if strips else "",
        "recovered": _picture(strips.recovered) if strips else "",
        "is_reviewed": bool(rows),
        "limit": round(100 * LIMIT / top, 2),
        "bars": [
            {"left": round(place[frame] - 50 / len(across), 3), "height": _share(value, top)}
            for frame, value in strength.items()
            if value > 0
        ],
        "bar_width": round(100 / len(across), 3),
        "marks": [
            {
                "frame": row["frame"],
                "left": round(place[row["frame"]], 3),
                "told": _why(row),
                "is_shown": row["frame"] in shown,
            }
            for row in flagged
        ],
        "scores": _scores(numbers, place),
    }


def _picture(columns: Columns) -> str:
    """Return the columns side by side as a PNG in base64; of very many, every so many-th."""
    columns = columns[:: -(-len(columns) // MOST_COLUMNS)]
    side_by_side = np.ascontiguousarray(columns.swapaxes(0, 1).astype(np.float32))
    return base64.b64encode(write_png(display_to_srgb(side_by_side))).decode()


def _share(value: float, top: float) -> float:
    return round(100 * min(value, top) / top, 2)


def _why(row: Mapping[str, Any]) -> str:
    sentences = [reason["sentence"] for reason in row["reasons"]]
    said = row.get("verdict", "")
    return "; ".join([*sentences, *([said] if said in {"accepted", "rejected"} else [])])


def _scores(numbers: Numbers, place: Mapping[int, float]) -> list[dict[str, Any]]:
    """Return dE2000 of the held-out frames, in per cent of the highest."""
    there = [frame for frame in numbers.frames if frame.frame in place]
    highest = max(
        (max(one.recovered.mean, one.baseline.mean if one.baseline else 0.0) for one in there),
        default=1.0,
    )
    return [
        {
            "frame": one.frame,
            "left": round(place[one.frame], 3),
            "recovered": round(one.recovered.mean, 2),
            "recovered_at": _share(one.recovered.mean, highest),
            "baseline": round(one.baseline.mean, 2) if one.baseline else None,
            "baseline_at": _share(one.baseline.mean, highest) if one.baseline else None,
        }
        for one in there
    ]
