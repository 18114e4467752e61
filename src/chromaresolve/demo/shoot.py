"""The demo's film: shot, faded and copied from nothing, so that the truth is known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from chromaresolve.demo.scene import DEMO_FADING, DEMO_TELECINE, draw_scene
from chromaresolve.fade import fade_frame, make_reference
from chromaresolve.frames import frame_path, write_rgb
from chromaresolve.shot import Shot
from chromaresolve.telling import Progress
from chromaresolve.turnover import accept

FRAME_COUNT = 24
"""One second of film."""

REFERENCE_FRAMES = (1, 6, 10, 15, 19, 24)
"""The few frames that a coloured copy is there for; the fourth will be held out."""

RATE = Fraction(24)
"""Frames per second."""

TRUTH = "truth/DEMO_TRUTH_####.exr"
"""The film as it was, which the workflow never looks at: only the demo's own measuring does."""

SCAN = "plates/DEMO_SOURCE_####.exr"
"""The faded scan."""

REFERENCE = "plates/DEMO_REF_####.exr"
"""The telecine of the film when it was fresh."""


def shoot(folder: Path, *, width: int, height: int, on_progress: Progress) -> Shot:
    """Write truth, faded scan and a few Reference frames, and make the shot of them."""
    for frame in range(1, FRAME_COUNT + 1):
        on_progress(frame - 1, FRAME_COUNT, f"frame {frame}")
        original = draw_scene(frame - 1, width=width, height=height, frame_count=FRAME_COUNT)
        faded = fade_frame(original, DEMO_FADING, frame=frame)
        write_rgb(frame_path(TRUTH, frame, folder), original, frame_rate=RATE)
        write_rgb(frame_path(SCAN, frame, folder), faded, frame_rate=RATE)
        if frame in REFERENCE_FRAMES:
            copy = make_reference(original, DEMO_TELECINE, frame=frame)
            write_rgb(frame_path(REFERENCE, frame, folder), copy, frame_rate=RATE)
    on_progress(FRAME_COUNT, FRAME_COUNT, "shot and faded")
    return accept(
        folder,
        scan=SCAN,
        reference=REFERENCE,
        balanced=None,
        master=None,
        branch="chroma",
        frame_rate=str(RATE),
        frames=None,
        film="The Seaside Fair",
    )
