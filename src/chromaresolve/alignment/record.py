"""`alignment.json`: how each pair lies, how well that is known, and what was left out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chromaresolve.alignment.registration import Registration
from chromaresolve.errors import StageError
from chromaresolve.files import write_text
from chromaresolve.shot import Shot

FILE = "alignment/alignment.json"
"""The record, in the shot folder."""


def save_alignment(
    shot: Shot,
    registrations: Mapping[int, Registration],
    *,
    more: Mapping[int, Mapping[str, Any]],
    left_out: Mapping[int, str],
    said: Mapping[str, Any],
) -> None:
    """Write the record.

    Args:
        shot: The shot.
        registrations: By Source frame.
        more: What else is known of a pair, by name: plain values.
        left_out: Source frames that neither teach nor measure, and why.
        said: What else there is to say, by name: plain values.
    """
    content = {
        "maps": "Source pixel centres to Reference pixel centres",
        **said,
        "pairs": {
            str(frame): _row(one) | dict(more.get(frame, {}))
            for frame, one in registrations.items()
        },
        "left_out": {str(frame): why for frame, why in left_out.items()},
    }
    write_text(shot.path(FILE), json.dumps(content, indent=2, allow_nan=False) + "\n")


def load_alignment(shot: Shot) -> dict[str, Any]:
    """Read the record; empty where there is none.

    Raises:
        StageError: It cannot be read as one.
    """
    file = shot.path(FILE)
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        content["pairs"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"is not what alignment writes ({error}): run `chromaresolve align` again"
        raise StageError(file, problem) from error
    return dict(content)


def inspection_paths(shot: Shot, frame: int) -> tuple[Path, Path]:
    """Return where the pictures lie by which a pair is judged by eye: difference, and wipe."""
    return (
        shot.path(f"alignment/difference_{frame:04d}.png"),
        shot.path(f"alignment/wipe_{frame:04d}.png"),
    )


def load_left_out(shot: Shot) -> dict[int, str]:
    """Return the Source frames that the alignment left out, and why."""
    return {int(frame): why for frame, why in load_alignment(shot).get("left_out", {}).items()}


def _row(one: Registration) -> dict[str, Any]:
    return {
        "matrix": one.matrix.tolist(),
        "bend": None if one.bend is None else one.bend.weights.tolist(),
        "residual_px": _finite(one.residual_px),
        "corner_px": _finite(one.corner_px),
        "agreement_before": round(one.agreement_before, 4),
        "agreement_after": round(one.agreement_after, 4),
        "method": one.method,
    }


def _finite(number: float) -> float | None:
    return round(number, 4) if math.isfinite(number) else None
