"""Which frames a running render works on, so that no two renders do the same work.

A claim is a file beside the frames that names them and is locked while the render runs; the system
lets go of it when the render ends, however it ends. Several renders may share a folder, as the
machines of a farm do, as long as their frames are different ones.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from chromaresolve.errors import StageError, UsageError
from chromaresolve.files import is_held, lock
from chromaresolve.recovery.ledger import FOLDER
from chromaresolve.shot import FrameRange

PATIENCE = 5.0
"""Seconds to wait for another render that is just claiming its own frames."""

PAUSE = 0.05
"""Seconds between two looks."""


@contextmanager
def claim(out: Path, stem: str, frames: FrameRange) -> Iterator[None]:
    """Claim frames called `stem_####.exr` in a folder for as long as the render runs.

    Raises:
        StageError: Another running render has some of them.
    """
    folder = out / FOLDER / "claims"
    ours = folder / f"{stem}.{platform.node()}.{os.getpid()}.claim"
    with ExitStack() as held:
        with _one_at_a_time(folder / "claiming.lock"):
            _require_free(folder, stem, frames)
            held.enter_context(lock(ours, doing="recovering", note=str(frames)))
        yield


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    until = time.monotonic() + PATIENCE
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(lock(path, doing="claiming frames of"))
                break
            except StageError:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)
        yield


def _require_free(folder: Path, stem: str, frames: FrameRange) -> None:
    for file in sorted(folder.glob(f"{stem}.*.claim")):
        if not is_held(file):
            with suppress(OSError):  # Windows keeps an open file's name
                file.unlink(missing_ok=True)
            continue
        holder, _, claimed = file.read_text(encoding="utf-8").partition("\n")
        both = [number for number in _frames(claimed) if number in frames]
        if both:
            raise StageError(
                folder.parents[1],
                f"{holder} is already recovering frames {FrameRange.of(both)} here: wait for it, "
                "stop it, or ask for other --frames",
            )


def _frames(text: str) -> FrameRange | tuple[()]:
    try:
        return FrameRange.parse(text)
    except UsageError:  # written this moment, by an earlier version, or by hand
        return ()
