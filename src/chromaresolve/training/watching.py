"""What is seen of a training while it runs: log, progress, contact sheets, page, events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from chromaresolve.files import write_text
from chromaresolve.frames import Rgb, write_picture
from chromaresolve.scopes.curves import load_log
from chromaresolve.telling import Progress, Say
from chromaresolve.training.events import Events, tensorboard_events
from chromaresolve.training.overfitting import tell_overfitting
from chromaresolve.training.page import LOG, RELOAD_SECONDS, Standing, write_training_page
from chromaresolve.training.sheets import SheetRow, write_contact_sheet

PREVIEW_WIDTH = 960
"""Widest the preview frame is shown on the page, in pixels."""


class Watch:
    """Tells and shows how far a training is; only the first process of a group has one."""

    def __init__(
        self,
        folder: Path,
        standing: Standing,
        events: Events,
        *,
        say: Say,
        on_progress: Progress,
    ) -> None:
        """Watch over a training's folder, from where it stands."""
        self._folder, self._standing, self._events = folder, standing, events
        self._say, self._on_progress = say, on_progress
        self._began, self._first_step = time.monotonic(), standing.step
        self._page_written = 0.0
        self._warned = False

    def show_loss(self, step: int, loss: float) -> None:
        """Log a loss and tell how far the training is."""
        self._log({"step": step, "loss": round(loss, 6)})
        self._on_progress(step, self._standing.steps, f"loss {loss:.4f}")
        self._stand(step)
        if time.monotonic() - self._page_written > RELOAD_SECONDS:
            self._write_page()

    def show_score(self, step: int, score: float) -> None:
        """Log the held-out frames' score, say it, and say so where they no longer follow."""
        self._log({"step": step, "dE2000": score})
        self._say(f"step {step}: dE2000 {score:.2f} held out")
        warning = tell_overfitting(load_log(self._folder / LOG))
        if warning and not self._warned:
            self._say(warning)  # the page finds it by itself
        self._warned = bool(warning)

    def note(self, sentence: str) -> None:
        """Say a sentence and keep it on the page."""
        self._say(sentence)
        self._standing = replace(self._standing, notes=(*self._standing.notes, sentence))

    def show_sheet(self, step: int, rows: Sequence[SheetRow]) -> None:
        """Write the contact sheet of a step."""
        path = self._folder / "sheets" / f"sheet_{step:08d}.png"
        path.parent.mkdir(exist_ok=True)
        sheet = write_contact_sheet(path, rows, title=f"{self._standing.shot}, step {step:,}")
        self._events.show("contact sheet", sheet, step=step)
        self._standing = replace(self._standing, sheet=path)

    def show_preview(self, step: int, plate_709: Rgb, recovered_709: Rgb) -> None:
        """Keep the preview frame, plate and recovered, display values, for the page."""
        files = (self._folder / "preview_plate.png", self._folder / "preview_recovered.png")
        shrunk = [_shrink(picture) for picture in (plate_709, recovered_709)]
        for file, picture in zip(files, shrunk, strict=True):
            write_picture(file, picture)
        self._events.show("preview", np.concatenate(shrunk, axis=1), step=step)
        self._standing = replace(self._standing, preview=files)

    def end(self, step: int, state: Literal["stopped", "finished"]) -> None:
        """Write the page for the last time: it loads itself anew no more."""
        self._stand(step)
        if state == "stopped":
            self._say(f"stopped at step {step} of {self._standing.steps}")
        self._standing = replace(self._standing, state=state, seconds_left=None)
        self._write_page()

    def _stand(self, step: int) -> None:
        steps_per_second = (step - self._first_step) / max(1e-3, time.monotonic() - self._began)
        left = (self._standing.steps - step) / steps_per_second if steps_per_second else None
        self._standing = replace(self._standing, step=step, seconds_left=left)

    def shorten(self, steps: int) -> None:
        """Take note that the training will have no more than these steps."""
        self._standing = replace(self._standing, steps=steps)

    def _log(self, line: Mapping[str, float]) -> None:
        with (self._folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._events.log(line)

    def _write_page(self) -> None:
        write_training_page(self._folder, self._standing)
        self._page_written = time.monotonic()


@contextmanager
def watching(
    folder: Path, standing: Standing, *, say: Say, on_progress: Progress
) -> Iterator[Watch]:
    """Give the watch over a training that goes on from where it stands."""
    cut_log(folder / LOG, standing.step)
    with tensorboard_events(folder / "events", first_step=standing.step, say=say) as events:
        yield Watch(folder, standing, events, say=say, on_progress=on_progress)


def cut_log(log: Path, step: int) -> None:
    """Drop what was logged after a step: a training that goes on from it does the rest again."""
    kept = [line for line in load_log(log) if line["step"] <= step]
    write_text(log, "".join(f"{json.dumps(line)}\n" for line in kept))


def _shrink(picture_709: Rgb) -> Rgb:
    height, width = picture_709.shape[:2]
    if width <= PREVIEW_WIDTH:
        return picture_709
    size = (PREVIEW_WIDTH, max(1, round(height * PREVIEW_WIDTH / width)))
    return np.asarray(cv2.resize(picture_709, size, interpolation=cv2.INTER_AREA), np.float32)
