"""From what the tool aligned to what the Inspector must say: one value for a whole shot.

The tool's matrices are on the pictures as they were exported, and the Reference may have been
moved in Resolve already then: both together lead from the Source to the Reference's own pixels.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple

from .errors import BridgeError
from .geometry import (
    Calibration,
    Inspector,
    Matrix,
    Size,
    apply,
    average_inspector,
    from_resolve,
    inspector_from_homography,
    inspector_matrix,
    invert,
    multiply,
    to_resolve,
)
from .handover import Turnover, load_turnover

FILE = "alignment/alignment.json"
"""What `chromaresolve align` leaves in the shot's folder."""

KEYS = ("Pan", "Tilt", "ZoomX", "ZoomY", "RotationAngle")
"""The Inspector values that make up an alignment."""

DIGITS = 6
"""Decimals of what is set: a millionth of a pixel."""


class Exported(NamedTuple):
    """What was exported and aligned."""

    size: Size
    """The raster of the exported pictures."""
    transform: Dict[str, Any]
    """The Reference's Inspector values at its export."""
    matrices: Dict[int, Matrix]
    """By Source frame: Source pixel centres to those of the exported Reference."""


class Solution(NamedTuple):
    """What to set, and how well it can do."""

    values: Dict[str, float]
    """Inspector values as Resolve takes them."""
    spread_px: float
    """How far the pairs lie from their mean, at the worst corner of the worst pair."""
    residual_px: float
    """What no Inspector can do, as perspective: the mean over the pairs."""
    pairs: int
    """How many pairs there are."""


def load_exported(folder: Path) -> Exported:
    """Read the alignment and what was exported for it.

    Raises:
        BridgeError: One is missing or broken, or the Reference was exported again since.
    """
    turnover = load_turnover(folder)
    reference = turnover.sequences.get("reference") if turnover else None
    if turnover is None or reference is None:
        cause = "says of no exported Reference"
        raise BridgeError(str(folder / "turnover.json"), cause, "run 5 Export Pair first")
    matrices = _load_matrices(folder / FILE)
    plate = folder / f"{reference.prefix}{reference.first:04}.exr"
    if plate.is_file() and plate.stat().st_mtime > (folder / FILE).stat().st_mtime:
        cause = "is older than the exported Reference it was made from"
        raise BridgeError(str(folder / FILE), cause, "run `chromaresolve align` on the shot again")
    return Exported(_size(turnover, folder), dict(reference.more.get("transform", {})), matrices)


def solve(exported: Exported, calibration: Calibration) -> Solution:
    """Return the mean over all pairs as Inspector values; pure.

    Raises:
        BridgeError: A matrix is mirrored or broken, or the Reference's own transform is unknown.
    """
    width, height = exported.size
    before = from_resolve(exported.transform, calibration)
    undo = invert(inspector_matrix(before, width, height))
    fits = [
        inspector_from_homography(multiply(undo, matrix), width, height)
        for _, matrix in sorted(exported.matrices.items())
    ]
    mean = average_inspector(fit.inspector for fit in fits)
    return Solution(
        values={key: round(v, DIGITS) for key, v in to_resolve(mean, calibration).items()},
        spread_px=max(_apart(mean, fit.inspector, width, height) for fit in fits),
        residual_px=sum(fit.residual_px for fit in fits) / len(fits),
        pairs=len(fits),
    )


def _apart(first: Inspector, second: Inspector, width: int, height: int) -> float:
    """Return how far two positions lie apart at the worst corner of the picture."""
    one, other = (inspector_matrix(each, width, height) for each in (first, second))
    corners = [(x, y) for x in (0.0, width - 1.0) for y in (0.0, height - 1.0)]
    gaps: List[float] = []
    for corner in corners:
        (x, y), (u, v) = apply(one, corner), apply(other, corner)
        gaps.append(math.hypot(x - u, y - v))
    return max(gaps)


def _load_matrices(file: Path) -> Dict[int, Matrix]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = {int(frame): _matrix(one) for frame, one in content["pairs"].items()}
    except FileNotFoundError as error:
        remedy = "run `chromaresolve align` on the shot first"
        raise BridgeError(str(file), "is not there", remedy) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        cause = f"is not what it must be ({type(error).__name__}: {error})"
        remedy = "run `chromaresolve align` on the shot again"
        raise BridgeError(str(file), cause, remedy) from error
    if not found:
        raise BridgeError(str(file), "holds no pair", "run `chromaresolve align` on the shot again")
    return found


def _matrix(pair: Mapping[str, Any]) -> Matrix:
    rows = tuple(tuple(float(entry) for entry in row) for row in pair["matrix"])
    if [len(row) for row in rows] != [3, 3, 3]:
        raise ValueError("a matrix is not three rows of three numbers")
    return rows


def _size(turnover: Turnover, folder: Path) -> Size:
    try:
        return int(turnover.facts["width"]), int(turnover.facts["height"])
    except (LookupError, TypeError, ValueError) as error:
        cause = "does not tell the exported raster"
        raise BridgeError(
            str(folder / "turnover.json"), cause, "run 5 Export Pair again"
        ) from error
