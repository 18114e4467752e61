"""The balanced plates on disk: what the network sees in place of the faded scan."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from chromaresolve.balance.course import Course
from chromaresolve.balance.medium import Medium
from chromaresolve.balance.transform import DyeBalance
from chromaresolve.errors import FrameError
from chromaresolve.files import sha256
from chromaresolve.frames import (
    RECIPE_KEY,
    Sequence,
    frame_path,
    header_if_made,
    make_frames,
    read_frame,
    read_rgb,
    write_frame,
)
from chromaresolve.shot import Shot, content_fingerprint
from chromaresolve.telling import Progress, Say


def plate_pattern(shot: Shot) -> str:
    """Return where the shot's balanced plates are written, relative to its folder."""
    return f"plates/{shot.shot.name}_BAL_####.exr"


def write_plates(
    shot: Shot, medium: Medium, scan: Sequence, course: Course, say: Say, on_progress: Progress
) -> Shot:
    """Write the balanced plates, and return the shot that uses them.

    Args:
        shot: The shot.
        medium: How what is balanced becomes light.
        scan: What is balanced: the shot's plates, or the ACES original behind them.
        course: The balance of each frame.
        say: Told of each frame that failed.
        on_progress: Told how far it is.

    Raises:
        StageError: A frame could not be balanced; all others were.
    """
    own = Sequence.find(shot.source.scan, shot.root)
    making = make_frames(
        shot.shot.frames,
        lambda number: _write_plate(
            own.path(number),
            scan.path(number),
            frame_path(plate_pattern(shot), number, shot.root),
            medium,
            course.at(number),
        ),
        plates=scan,
        out=shot.path(plate_pattern(shot)).parent,
        participle="balanced",
        say=say,
        on_progress=on_progress,
    )
    making.require_whole(shot.file, "balanced")
    return shot.with_plate(balanced=plate_pattern(shot))


def _write_plate(
    plate: Path, original: Path, balanced: Path, medium: Medium, balance_here: DyeBalance
) -> bool:
    """Write one balanced plate; return False if it was there already with this balance.

    Args:
        plate: The shot's own plate, whose header and other channels are kept.
        original: What is balanced: the same, or the ACES original behind it.
        balanced: Where the balanced plate goes.
        medium: How the original becomes light.
        balance_here: The balance of this frame.
    """
    config = sha256(medium.config) if medium.config else ""
    origins = sorted({sha256(path) for path in {plate, original}})
    spaces = [medium.space, medium.plate_space, config]
    recipe = content_fingerprint([balance_here.to_record(), *spaces, *origins])
    if header_if_made(balanced, recipe) is not None:
        return False
    frame = read_frame(plate)
    rgb = frame.rgb if original == plate else read_rgb(original)
    if rgb.shape != frame.rgb.shape:
        height, width = frame.rgb.shape[:2]
        raise FrameError(
            original,
            f"is {rgb.shape[1]} x {rgb.shape[0]}, its plate {width} x {height}: "
            "export both at one size",
        )
    made = dataclasses.replace(frame, rgb=medium.apply(rgb, balance_here))
    write_frame(balanced, made, attributes={RECIPE_KEY: recipe})
    return True
