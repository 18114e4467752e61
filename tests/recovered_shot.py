"""A shot recovered by arithmetic instead of a network, so that every number about it is known.

Its ground truth has a chroma that was chosen, and its recovered frames have exactly that chroma on
the plate's luma, rounded as the recovery rounds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import merge_chroma, rgb_to_chroma, round_to_half
from chromaresolve.frames import Frame, Rgb, read_frame, write_frame, write_rgb
from chromaresolve.shot import (
    FrameRange,
    Pair,
    Shot,
    create,
    file_key,
    fingerprints,
    outputs,
    table_key,
)

WIDTH, HEIGHT = 51, 33
"""Odd on purpose."""

FRAMES = (1, 2, 3, 4, 5)
"""Frames of the shot; 1 and 5 teach, 3 is held out."""

HELD_OUT = 3
"""The frame that was never taught."""

MODEL_SHA256 = "5e" * 32
"""The fingerprint that the recovered frames and their sidecar name."""


def plate_file(root: Path, frame: int) -> Path:
    """Return the plate of a frame."""
    return root / f"plates/P_{frame:04d}.exr"


def recovered_file(root: Path, frame: int) -> Path:
    """Return the recovered frame."""
    return root / f"recovered/sh010_ML_{frame:04d}.exr"


def aligned_file(root: Path, frame: int) -> Path:
    """Return the aligned Reference of a frame."""
    return root / f"alignment/reference_{frame:04d}.exr"


def write_recovered_shot(root: Path, *, film: str = "", hold_out: bool = True) -> Shot:
    """Write a shot as it is after its recovery; the baseline was not made."""
    shot = create(
        root / "sh010",
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.of(FRAMES),
        film=film,
    )
    for frame in FRAMES:
        _write_frame(shot.root, frame)
    shot = shot.with_pairs(
        Pair(source=n, reference=n, hold_out=hold_out and n == HELD_OUT, reason=f"why {n}")
        for n in (1, HELD_OUT, 5)
    )
    _write_records(shot)
    shot = shot.with_made(
        "training",
        settings={"steps": 400, "size": "small"},
        inputs=fingerprints(shot, [table_key("pair")]),
        outputs={},
        measured={"seconds": 12.5},
    )
    sidecar = shot.path("recovered/sh010_ML.json")
    return shot.with_made(
        "recovery",
        settings={},
        inputs=fingerprints(shot, [file_key(shot, shot.path("model.onnx"))]),
        outputs=outputs(shot, [sidecar]),
        measured={"frames": len(FRAMES), "gamut_share": 0.0123, "seconds": 1.5},
    )


def write_recovered(root: Path, frame: int, rgb: Rgb) -> None:
    """Write a recovered frame as the recovery does: the plate's header, and what made it."""
    plate = read_frame(plate_file(root, frame))
    notes = {"MLProcessing": "ChromaResolve", "chromaresolve:model_sha256": MODEL_SHA256}
    write_frame(
        recovered_file(root, frame),
        Frame(rgb=rgb, others=plate.others, header=plate.header),
        attributes={**notes, "chromaresolve:recipe": "of the recovery"},
    )


def true_chroma(frame: int) -> NDArray[np.float32]:
    """Return the chroma of the frame's ground truth, (height, width, 2)."""
    random = np.random.default_rng(100 + frame)
    return random.uniform(-0.06, 0.06, (HEIGHT, WIDTH, 2)).astype(np.float32)


def _write_frame(root: Path, frame: int) -> None:
    random = np.random.default_rng(frame)
    rgb = random.uniform(0.25, 0.75, (HEIGHT, WIDTH, 3)).astype(np.float16).astype(np.float32)
    rgb[0, 0], rgb[0, 1] = (-0.5, -0.25, -0.125), (4.0, 12.0, 2.0)
    write_rgb(plate_file(root, frame), rgb, attributes={"owner": "the archive"})
    alpha = np.full((HEIGHT, WIDTH), 0.5, dtype=np.float16)
    header = read_frame(plate_file(root, frame)).header
    plate = Frame(rgb=rgb, others={"A": alpha}, header=header)
    write_frame(plate_file(root, frame), plate)
    merged = merge_chroma(rgb, true_chroma(frame)).rgb
    write_recovered(root, frame, round_to_half(merged, rgb).astype(np.float32))
    # The truth is read as the Reference's chroma, so its luma may be anything.
    trust = np.ones((HEIGHT, WIDTH), dtype=np.float16)
    reference = Frame(rgb=merged, others={"A": trust}, header=header)
    write_frame(aligned_file(root, frame), reference, pixel_type="float")
    assert np.allclose(rgb_to_chroma(merged)[1:], true_chroma(frame)[1:], atol=1e-6)


def _write_records(shot: Shot) -> None:
    fits = {
        str(frame): {
            "residual_px": 0.125 * frame,
            "agreement_before": 0.5,
            "agreement_after": 0.875,
            "method": "by hand",
        }
        for frame in (1, HELD_OUT, 5)
    }
    shot.path("alignment/alignment.json").write_text(json.dumps({"pairs": fits}))
    shot.path("model.onnx").write_bytes(b"a model")
    shot.path("training").mkdir()
    lines = [{"step": step, "loss": 8 / step} for step in range(50, 401, 50)]
    lines += [{"step": step, "dE2000": 800 / step} for step in (200, 400)]
    log = "".join(json.dumps(line) + "\n" for line in lines)
    shot.path("training/log.jsonl").write_text(log + '{"step": 45')
    facts = {"file": "model.onnx", "sha256": MODEL_SHA256, "size": "small", "step": 400}
    story = {"tool": "ChromaResolve", "model": facts, "frames": "1-5"}
    shot.path("recovered/sh010_ML.json").write_text(json.dumps(story))
