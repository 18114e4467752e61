"""The wear of a sequence, kept as JSON in the shot folder, so that it is measured once."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chromaresolve.files import write_text
from chromaresolve.plates.scratches import Scratch
from chromaresolve.plates.specks import Speck
from chromaresolve.plates.wear import Wear

logger = logging.getLogger(__name__)

FORMAT = 1
"""Rises with every change of what is kept, or of how it is measured."""

ROWS = {"gains": 3, "shifts": 2, "weave": 2}
"""The arrays of a `Wear`, and how many numbers they have for each frame."""

NUMBERS = ("frames", "size", "cuts", "flashes", "splices")
"""Its whole numbers."""


def save_wear(file: Path, wear: Wear, *, of: str) -> None:
    """Write down what was found.

    Args:
        file: A JSON file in the shot folder.
        wear: What was found.
        of: Names the frames it was found on, such as a fingerprint of their files.

    Raises:
        StageError: The disk does not take it.
    """
    content = {"format": FORMAT, "of": of, **wear_to_record(wear)}
    write_text(file, json.dumps(content, allow_nan=False) + "\n")


def load_wear(file: Path, *, of: str) -> Wear | None:
    """Return what was written down; None where there is nothing, or it is of other frames.

    Args:
        file: As for `save_wear`.
        of: As for `save_wear`.
    """
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if (content["format"], content["of"]) != (FORMAT, of):
            return None
        return record_to_wear(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s: cannot be used (%s): the frames are looked at again", file, error)
        return None


def wear_to_record(wear: Wear) -> dict[str, Any]:
    """Return what was found as plain values, from which it can be made again exactly."""
    return {
        **{name: list(getattr(wear, name)) for name in NUMBERS},
        **{name: getattr(wear, name).tolist() for name in ROWS},
        "specks": [asdict(speck) for speck in wear.specks],
        "scratches": [asdict(scratch) for scratch in wear.scratches],
    }


def record_to_wear(record: Mapping[str, Any]) -> Wear:
    """Return what was found from its plain values.

    Raises:
        KeyError: Something is missing.
        TypeError: Something is of another kind.
        ValueError: Rows are missing.
    """
    frames, (width, height), *places = (tuple(map(int, record[name])) for name in NUMBERS)
    cuts, flashes, splices = places
    gains, shifts, weave = (
        _rows(record[name], (len(frames), across)) for name, across in ROWS.items()
    )
    return Wear(
        frames=frames,
        size=(width, height),
        gains=gains,
        shifts=shifts,
        weave=weave,
        specks=tuple(Speck(**speck) for speck in record["specks"]),
        scratches=tuple(Scratch(**scratch) for scratch in record["scratches"]),
        cuts=cuts,
        flashes=flashes,
        splices=splices,
    )


def _rows(values: Sequence[Sequence[float]], shape: tuple[int, int]) -> NDArray[np.float64]:
    rows = np.array(values, np.float64).reshape(shape)
    rows.flags.writeable = False
    return rows
