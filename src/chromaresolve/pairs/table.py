"""The pairs as a table for a spreadsheet, and what was found on the way as a record."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chromaresolve.files import write_text
from chromaresolve.shot import Shot

RECORD_FILE = "pairs/pairs.json"
"""What was found when the pairs were chosen, in sentences."""


def write_table(path: Path, shot: Shot, left_out: Mapping[int, str]) -> None:
    """Write `pairs.csv`: the pairs, what their Reference is, and the frames left out and why."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("source", "reference", "use", "reason", "kind", "cited"))
    for pair in shot.pair:
        use = "hold-out" if pair.hold_out else "teaches"
        kind, note = pair.kind or shot.reference.kind, pair.note or shot.reference.note
        rows.writerow((pair.source, pair.reference, use, pair.reason, kind, note))
    for frame, reason in sorted(left_out.items()):
        rows.writerow((frame, "", "left out", reason, "", ""))
    write_text(path, text.getvalue())


def save_findings(
    shot: Shot, *, timing: str, wear: tuple[str, ...], left_out: Mapping[int, str], preview: int
) -> Path:
    """Write down what was found, and return where.

    Args:
        shot: The shot.
        timing: How the frames of the two sequences belong together, in a sentence.
        wear: What time has done to the plates, a sentence each.
        left_out: Source frames that must not teach, and why.
        preview: The frame outside all pairs to watch while training.
    """
    content = {
        "timing": timing,
        "wear": list(wear),
        "left_out": {str(frame): why for frame, why in sorted(left_out.items())},
        "preview": preview,
    }
    path = shot.path(RECORD_FILE)
    write_text(path, json.dumps(content, indent=2) + "\n")
    return path


def load_findings(shot: Shot) -> dict[str, Any]:
    """Return what `save_findings` wrote; empty where the pairs are the artist's own."""
    path = shot.path(RECORD_FILE)
    if not path.is_file():
        return {}
    findings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return findings
