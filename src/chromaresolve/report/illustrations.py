"""Pictures that other stages left, small enough for the page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chromaresolve.alignment import inspection_paths
from chromaresolve.alignment.record import load_alignment
from chromaresolve.errors import ChromaresolveError
from chromaresolve.frames import read_rgb
from chromaresolve.report.choosing import spread
from chromaresolve.report.encoding import display_to_srgb, fit_pictures
from chromaresolve.report.pictures import fit_width
from chromaresolve.report.story import BALANCE
from chromaresolve.shot import Shot

Illustration = dict[str, str]
"""`title`, and `jpeg` as base64."""

PICTURE_WIDTH, PICTURE_BYTES = 1280, 220_000
"""Of a picture that stands for a stage's work."""

SHEET_WIDTH, SHEET_BYTES = 1920, 1_500_000
"""Of the contact sheet, which may have many rows."""

MOST_INSPECTIONS = 3
"""Pairs whose alignment is shown: those that lie worst."""

MOST_SHEETS = 4
"""Contact sheets of the training, from its first to its last."""

INSPECTION = (
    "structure alone, without the colours' difference. What is bright in the third picture differs "
    "in geometry, or is dirt or a subtitle; what is black in the fourth teaches nothing."
)
"""What such a picture shows."""


def illustrate(shot: Shot, sheet: Path) -> dict[str, Any]:
    """Return the pictures of the page that other stages left, by the template's names for them."""
    return {
        "sheet": _shown(sheet, SHEET_WIDTH, SHEET_BYTES) if sheet.is_file() else "",
        "inspections": _show(_inspections(shot)),
        "training_sheets": _show(_training_sheets(shot)),
        "evidence": _show(_evidence(shot)),
    }


def _inspections(shot: Shot) -> Iterator[tuple[str, Path]]:
    """Give the pictures of the pairs that lie worst, to be judged by eye."""
    fits = load_alignment(shot).get("pairs", {})
    laid = [pair.source for pair in shot.pair if "residual_px" in fits.get(str(pair.source), {})]
    laid.sort(key=lambda frame: fits[str(frame)]["residual_px"], reverse=True)
    for frame in laid[:MOST_INSPECTIONS]:
        yield f"Frame {frame}: {INSPECTION}", inspection_paths(shot, frame)[0]


def _training_sheets(shot: Shot) -> Iterator[tuple[str, Path]]:
    """Give some of the training's contact sheets, its first and its last among them."""
    paths = sorted(shot.path("training/sheets").glob("sheet_[0-9]*.png"))
    for path in spread(paths, MOST_SHEETS):
        yield f"Training, step {path.stem.removeprefix('sheet_').lstrip('0') or '0'}", path


def _evidence(shot: Shot) -> Iterator[tuple[str, Path]]:
    """Give the sheet by which the fading was diagnosed, where the balance left one."""
    try:
        evidence = json.loads(shot.path(BALANCE).read_text(encoding="utf-8")).get("evidence")
    except (OSError, ValueError):
        return
    if evidence:
        yield "How the fading was found, and what undoing it does", shot.path(evidence)


def _show(pictures: Iterable[tuple[str, Path]]) -> list[Illustration]:
    shown = []
    for title, path in pictures:
        jpeg = _shown(path, PICTURE_WIDTH, PICTURE_BYTES) if path.is_file() else ""
        if jpeg:
            shown.append({"title": title, "jpeg": jpeg})
    return shown


def _shown(path: Path, width: int, room: int) -> str:
    try:
        picture = read_rgb(path)
    except ChromaresolveError:
        return ""  # it illustrates what stands beside it in numbers
    small = fit_width(picture, min(width, picture.shape[1]))
    (jpeg,) = fit_pictures({"": display_to_srgb(small)}, room=room).jpegs.values()
    return base64.b64encode(jpeg).decode()
