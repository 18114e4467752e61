"""TensorBoard events: the log's numbers and pictures, with TensorBoard and without."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from chromaresolve.errors import StageError
from chromaresolve.training.events import tensorboard_events

TORCHS = "torch.utils.tensorboard"
"""The module that only works where TensorBoard is installed."""


class FakeWriter:
    """Notes what torch's SummaryWriter would write."""

    def __init__(self, folder: str, **settings: Any) -> None:
        """Open."""
        self.opened = (folder, settings)
        self.written: list[tuple[Any, ...]] = []
        self.is_closed = False

    def add_scalar(self, *scalar: Any) -> None:
        """Note a number."""
        self.written.append(scalar)

    def close(self) -> None:
        """Close."""
        self.is_closed = True


def test_events_follow_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every number of a line goes out under its name and step; an interrupt still closes."""
    made: list[FakeWriter] = []

    def make(folder: str, **settings: Any) -> FakeWriter:
        made.append(FakeWriter(folder, **settings))
        return made[-1]

    monkeypatch.setitem(sys.modules, TORCHS, SimpleNamespace(SummaryWriter=make))
    said: list[str] = []

    def interrupted() -> None:
        with tensorboard_events(tmp_path, first_step=200, say=said.append) as events:
            events.log({"step": 250, "loss": 0.5})
            events.log({"step": 300, "dE2000": 2.25})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    (writer,) = made
    assert writer.opened[0] == str(tmp_path)
    assert writer.opened[1]["purge_step"] == 201
    assert writer.written == [("loss", 0.5, 250), ("dE2000", 2.25, 300)]
    assert writer.is_closed
    assert said == []


def test_events_without_tensorboard_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training goes on, nothing is written, and one sentence says what to type."""
    monkeypatch.setitem(sys.modules, TORCHS, None)
    said: list[str] = []

    with tensorboard_events(tmp_path, first_step=0, say=said.append) as events:
        events.log({"step": 50, "loss": 0.5})
        events.show("contact sheet", np.zeros((4, 4, 3), np.float32), step=50)

    assert said == ["no TensorBoard events: type `pip install tensorboard` to have them"]
    assert list(tmp_path.iterdir()) == []


def test_events_say_where_they_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that takes no file is a sentence, not a traceback."""

    def refuse(folder: str, **_settings: Any) -> FakeWriter:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setitem(sys.modules, TORCHS, SimpleNamespace(SummaryWriter=refuse))

    with (
        pytest.raises(StageError, match="cannot be written: Permission denied"),
        tensorboard_events(tmp_path, first_step=0, say=print),
    ):
        pass


def test_events_are_read_by_tensorboard(tmp_path: Path) -> None:
    """TensorBoard reads back numbers and pictures, and forgets what a resumed training redoes."""
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="the reference: type `pip install tensorboard`",
    )
    picture = np.linspace(-0.2, 1.2, 4 * 6 * 3, dtype=np.float32).reshape(4, 6, 3)
    with tensorboard_events(tmp_path, first_step=0, say=print) as events:
        for step in (50, 100, 150):
            events.log({"step": step, "loss": step / 1000})
    with tensorboard_events(tmp_path, first_step=100, say=print) as events:
        events.log({"step": 150, "loss": 0.125})
        events.show("contact sheet", picture, step=150)

    read = reading.EventAccumulator(str(tmp_path)).Reload()
    assert [(event.step, event.value) for event in read.Scalars("loss")] == [
        (50, pytest.approx(0.05)),
        (100, pytest.approx(0.1)),
        (150, 0.125),
    ]
    (shown,) = read.Images("contact sheet")
    png = np.frombuffer(shown.encoded_image_string, np.uint8)
    bgr = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert bgr is not None
    np.testing.assert_allclose(bgr[..., ::-1] / 255, np.clip(picture, 0, 1), atol=0.501 / 255)
