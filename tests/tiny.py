"""The tiny shot that the tests work on: real EXRs whose answer is known because we faded them."""

from __future__ import annotations

import re
from pathlib import Path

from chromaresolve.demo.scene import DEMO_FADING, DEMO_TELECINE, draw_scene
from chromaresolve.fade import fade_frame, make_reference
from chromaresolve.frames import Sequence, write_rgb
from chromaresolve.recovery import Wish, recover_headless
from chromaresolve.recovery.rendering import Rendering
from chromaresolve.shot import FrameRange, Shot, create
from chromaresolve.telling import Say

TINY_WIDTH, TINY_HEIGHT = 320, 180
"""Large enough to align, small enough to train in seconds; the height is no multiple of 32."""

TINY_FRAMES = 6
"""Frames of the tiny shot; all have a Reference, so one of its pairs is held out."""


def quiet(_sentence: str) -> None:
    """Take a sentence and say nothing."""


def still(_done: int, _total: int, _note: str) -> None:
    """Take a progress report and show nothing."""


def recover_plates(
    model: Path,
    plates: Sequence,
    out: Path,
    *,
    frames: FrameRange | None = None,
    say: Say = quiet,
) -> Rendering:
    """Recover plates with a model alone, on the CPU, as a render machine does."""
    return recover_headless(
        model,
        plates,
        Wish(frames=frames, provider="cpu"),
        out=out,
        say=say,
        on_progress=still,
    )


def write_tiny_shot(root: Path) -> Shot:
    """Write a faded scan and its telecine as real EXRs, and the shot of them."""
    for frame in range(1, TINY_FRAMES + 1):
        original = draw_scene(
            frame - 1, width=TINY_WIDTH, height=TINY_HEIGHT, frame_count=TINY_FRAMES
        )
        scan = fade_frame(original, DEMO_FADING, frame=frame)
        copy = make_reference(original, DEMO_TELECINE, frame=frame)
        write_rgb(root / f"plates/TINY_SOURCE_{frame:04d}.exr", scan)
        write_rgb(root / f"plates/TINY_REF_{frame:04d}.exr", copy)
    shot = create(
        root,
        scan="plates/TINY_SOURCE_####.exr",
        reference="plates/TINY_REF_####.exr",
        frames=FrameRange.parse(f"1-{TINY_FRAMES}"),
        film="Tiny",
    )
    return with_degrain(shot, 0.0)


def with_degrain(shot: Shot, strength: float) -> Shot:
    """Write how much grain is taken off, where `new` has written 1; 0 shows the plates as they are.

    The tiny shot's networks see its plates themselves, so that what they give is known.
    """
    text = shot.file.read_text(encoding="utf-8")
    assert text.count("degrain = ") == 1
    shot.file.write_text(
        re.sub(r"degrain = [0-9.]+", f"degrain = {strength}", text), encoding="utf-8"
    )
    return Shot.load(shot.root)
