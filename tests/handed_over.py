"""A shot folder as 5 Export Pair leaves it: two short sequences and `turnover.json`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from chromaresolve.frames import write_rgb

FIRST, LAST = 1001, 1003
"""Frames of the shot: in mid-reel, so that none can be mistaken for a count."""


def write_plates(folder: Path, name: str, *, rate: Fraction = Fraction(24)) -> str:
    """Write a sequence into `plates`, another picture in each frame; return its pattern."""
    for number in range(FIRST, LAST + 1):
        rgb = np.random.default_rng(number).random((36, 64, 3), dtype=np.float32)
        write_rgb(folder / f"plates/SH010_{name}_{number}.exr", rgb, frame_rate=rate)
    return f"plates/SH010_{name}_####.exr"


def exported(pattern: str, **more: object) -> dict[str, Any]:
    """Return what a turnover says of a sequence."""
    return {
        "pattern": pattern,
        "frames": f"{FIRST}-{LAST}",
        "compression": "zip",
        "clip": "scan.[1001-1003].exr",
        "file": "/scans/scan.[1001-1003].exr",
        "input_transform": "ADX 10 - CSC",
        "size": 12345,
        "made_from": "0123456789abcdef",
        "notes": [],
        **more,
    }


def turnover(**changed: object) -> dict[str, Any]:
    """Return a turnover that is right, but for what is changed."""
    return {
        "format": 1,
        "tool": "ChromaResolve 0.1.0",
        "name": "SH010",
        "film": "La Muralla Verde",
        "resolve": {
            "version": "21.0.4",
            "edition": "studio",
            "project": "La Muralla Verde_ChromaRecovery",
            "timeline": "SH010_Pair",
        },
        "frame_rate": "24",
        "drop_frame": False,
        "frames": f"{FIRST}-{LAST}",
        "start_timecode": "00:00:41:17",
        "reel": "A001",
        "width": 64,
        "height": 36,
        "pixel_aspect": "square",
        "aces": {
            "science": "acescct",
            "version": "1.3",
            "odt": "Rec.709 BT.1886",
            "gamut_compress": "None",
        },
        "encoding": "display",
        "source": exported("plates/SH010_SOURCE_####.exr", unscaled=True),
        "reference": exported(
            "plates/SH010_REF_####.exr", transform={"Pan": 1.5}, offset=0, kind="direct"
        ),
        "balanced": None,
        "master": None,
        "offsets": {"reference_first": 3},
        "notes": [],
        **changed,
    }


def write_turnover(folder: Path, **changed: object) -> Path:
    """Write the plates of a turnover, and the turnover itself; return its file."""
    content = turnover(**changed)
    for role, name in (("source", "SOURCE"), ("reference", "REF"), ("balanced", "BAL")):
        if content[role] is not None:
            write_plates(folder, name, rate=Fraction(content["frame_rate"]))
    file = folder / "turnover.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file
