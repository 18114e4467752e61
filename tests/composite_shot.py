"""A shot in mid-reel after its composite: small EXRs whose headers carry timecode and reel."""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.bridge.timecode import frames_to_timecode, is_drop_frame, timecode_to_frames
from chromaresolve.frames import Attribute, Frame, Header, Window, write_frame
from chromaresolve.shot import FrameRange, Pair, Shot, create, outputs

WIDTH, HEIGHT = 64, 36
"""Of the plates."""

FIRST, LAST = 1001, 1006
"""The shot's frames: numbers of a reel, not from 1."""

EVERY = ("SOURCE", "BAL", "REF", "recovered", "baseline", "composite")
"""What is written where nothing else is asked for."""


RATES = [
    pytest.param(Fraction(16), "10:59:59:14", id="16"),
    pytest.param(Fraction(18), "00:00:59:17", id="18"),
    pytest.param(Fraction(24000, 1001), "01:00:41:17", id="23.976"),
    pytest.param(Fraction(24), "23:59:58:22", id="24"),
    pytest.param(Fraction(25), "01:09:59:24", id="25"),
    pytest.param(Fraction(30000, 1001), "01:00:59;28", id="29.97 DF"),
]
"""Rates of the trade, each in mid-reel and about to count a second, a minute or an hour over."""


def write_composite_shot(
    root: Path,
    *,
    frame_rate: Fraction = Fraction(24),
    timecode: str | None = "01:00:41:17",
    reel: str = "",
    source: str = "",
    sequences: Collection[str] = EVERY,
    reference_size: tuple[int, int] = (WIDTH, HEIGHT),
    offset: int = 0,
) -> Shot:
    """Write a shot whose plates have headers of their own.

    Args:
        root: The shot folder.
        frame_rate: Frames per second.
        timecode: Of the first frame, in every header; none if None.
        reel: In every header; none if empty.
        source: Lines to add to `[source]`.
        sequences: Which of them to write.
        reference_size: Width and height of the Reference.
        offset: Reference frame number minus Source frame number.
    """
    shot = create(
        root,
        scan="plates/SH_SOURCE_####.exr",
        balanced="plates/SH_BAL_####.exr",
        reference="plates/SH_REF_####.exr",
        frames=FrameRange.of(range(FIRST, LAST + 1)),
        frame_rate=frame_rate,
        film="La Muralla Verde",
    )
    folders = {"recovered": "ML", "baseline": "LUT", "composite": "COMP"}
    for name in sequences:
        is_plate = name not in folders
        stem = f"plates/SH_{name}" if is_plate else f"{name}/{shot.shot.name}_{folders[name]}"
        first = FIRST + (offset if name == "REF" else 0)
        size = reference_size if name == "REF" else (WIDTH, HEIGHT)
        for place in range(LAST - FIRST + 1):
            passed = _later(timecode, place, frame_rate)
            path = root / f"{stem}_{first + place:04d}.exr"
            write_plate(path, timecode=passed, reel=reel, size=size)
    text = shot.file.read_text(encoding="utf-8")
    text = text.replace("[source]\n", f"[source]\n{source}").replace(
        "offset = 0", f"offset = {offset}"
    )
    shot.file.write_text(text, encoding="utf-8")
    return Shot.load(root)


def write_plate(
    path: Path, *, timecode: str | None = None, reel: str = "", size: tuple[int, int] = (64, 36)
) -> None:
    """Write one grey frame with what its header says."""
    width, height = size
    window = Window(x=0, y=0, width=width, height=height)
    header = Header(
        path=path,
        pixel_type="half",
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        compression="zip",
        attributes={
            **({"timeCode": Attribute("timecode", _packed(timecode))} if timecode else {}),
            **({"reelName": reel} if reel else {}),
        },
    )
    rgb = np.full((height, width, 3), 0.25, dtype=np.float32)
    write_frame(path, Frame(rgb=rgb, others={}, header=header))


def say_recovered(shot: Shot) -> Shot:
    """Say in the manifest that the recovery was made."""
    sidecar = shot.path(f"recovered/{shot.shot.name}_ML.json")
    sidecar.write_text("{}", encoding="utf-8")
    made = outputs(shot, [sidecar])
    return shot.with_made("recovery", settings={}, inputs={}, outputs=made, measured={})


def write_alignment(shot: Shot, matrices: Mapping[int, NDArray[np.float64]]) -> Shot:
    """Make a pair of each frame, and write what alignment found for it."""
    offset = shot.reference.offset
    shot = shot.with_pairs(
        Pair(source=frame, reference=frame + offset) for frame in sorted(matrices)
    )
    pairs = {str(frame): {"matrix": matrix.tolist()} for frame, matrix in matrices.items()}
    file = shot.path("alignment/alignment.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"pairs": pairs}), encoding="utf-8")
    return shot


def _later(timecode: str | None, frames: int, rate: Fraction) -> str | None:
    if timecode is None:
        return None
    drop_frame = is_drop_frame(timecode)
    return frames_to_timecode(timecode_to_frames(timecode, rate) + frames, rate, drop_frame)


def _packed(timecode: str) -> bytes:
    """Pack a timecode as OpenEXR does: SMPTE ST 12-1, binary coded decimal, 60-field television."""
    pairs = timecode.replace(";", ":").split(":")
    hours, minutes, seconds, frames = (int(pair, 16) for pair in pairs)
    dropped = 1 << 6 if is_drop_frame(timecode) else 0
    return struct.pack("<2I", hours << 24 | minutes << 16 | seconds << 8 | frames | dropped, 0)
