"""A training's curves and contact sheets as TensorBoard events, where TensorBoard is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.telling import Say

FLUSH_SECONDS = 10
"""Events reach the disk this often: who watches a training does not wait for minutes."""


class Events:
    """Where events go; without TensorBoard, nowhere."""

    def __init__(self, writer: Any) -> None:  # noqa: ANN401 - torch leaves its writer untyped
        """Take torch's writer, or None."""
        self._writer = writer

    def log(self, line: Mapping[str, float]) -> None:
        """Add the numbers of a line of the training's log, which names its `step`."""
        if self._writer is None:
            return
        for name, number in line.items():
            if name != "step":
                self._writer.add_scalar(name, number, int(line["step"]))

    def show(self, name: str, picture_709: Rgb, *, step: int) -> None:
        """Add a picture (height, width, 3), display values; what is beyond 0 to 1 is clamped."""
        if self._writer is None:
            return
        codes = np.rint(np.clip(picture_709, 0, 1) * np.float32(255)).astype(np.uint8)
        self._writer.add_image(name, codes, step, dataformats="HWC")


@contextmanager
def tensorboard_events(folder: Path, *, first_step: int, say: Say) -> Iterator[Events]:
    """Give where events go, and say how to get TensorBoard if it is not installed.

    Args:
        folder: Where the event files are; one is added.
        first_step: Steps done before: TensorBoard drops what older files say of later ones.
        say: Told once, if there will be no events.

    Raises:
        StageError: The folder cannot be written.
    """
    try:
        # Not at the top: it takes seconds, and most who import this room never train.
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        say("no TensorBoard events: type `pip install tensorboard` to have them")
        yield Events(None)
        return
    try:
        writer: Any = SummaryWriter(
            str(folder), purge_step=first_step + 1, flush_secs=FLUSH_SECONDS
        )
    except OSError as error:
        problem = f"cannot be written: {error.strerror}: look at the disk's space and permissions"
        raise StageError(folder, problem) from error
    try:
        yield Events(writer)
    finally:
        writer.close()
