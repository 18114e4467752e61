"""A model's places to run: as many at once as the device can use, each plate by whoever is free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from chromaresolve.recovery.sessions import ERRORS, run_error, run_session
from chromaresolve.recovery.tiles import Size

Plane = NDArray[np.float32]
"""A plate (1, 3, height, width) or a chroma (1, 2, height, width)."""


class Runner(Protocol):
    """Takes a plate to its chroma, for one caller at a time."""

    def run(self, plate: Plane) -> Plane:
        """Return the chroma (1, 2, height, width) of a plate (1, 3, height, width).

        Raises:
            MemoryError: The plate is too large for the device.
            StageError: The device failed.
        """


class AnySize:
    """Runs plates of any size; several of these may share one session."""

    def __init__(self, session: ort.InferenceSession) -> None:
        """Take a session."""
        self.session = session

    def run(self, plate: Plane) -> Plane:
        """Return the chroma of a plate of any size."""
        return run_session(self.session, plate)


class OneSize:
    """Runs plates of one size out of memory that stays where it is on the device.

    So the device can record its work at the first plate and replay it at the others, which is what
    a CUDA graph is, and nothing is allocated or bound anew for a frame. A plate of another size,
    such as a tile at an edge, goes to a session that takes any.
    """

    def __init__(
        self, session: ort.InferenceSession, size: Size, *, device: str, other: Runner
    ) -> None:
        """Bind a session to memory on a device (`cuda`, `cpu`).

        Raises:
            MemoryError: The device has no room for a whole plate.
            StageError: The device failed.
        """
        self.session, self.size, self.other = session, size, other
        try:
            self.plate = _memory(3, size, device)
            self.chroma = _memory(2, size, device)
            self.binding = session.io_binding()
            self.binding.bind_ortvalue_input("plate", self.plate)
            self.binding.bind_ortvalue_output("chroma", self.chroma)
        except ERRORS as error:
            raise run_error(session, error) from error

    def run(self, plate: Plane) -> Plane:
        """Return the chroma of a plate of the one size, or of any other at the usual speed."""
        if plate.shape[2:] != self.size:
            return self.other.run(plate)
        try:
            self.plate.update_inplace(plate)
            self.session.run_with_iobinding(self.binding)
            # A copy: the memory is the next plate's.
            return np.array(self.chroma.numpy(), dtype=np.float32)
        except ERRORS as error:
            raise run_error(self.session, error) from error


def _memory(channels: int, size: Size, device: str) -> ort.OrtValue:
    shape = [1, channels, *size]
    return ort.OrtValue.ortvalue_from_shape_and_type(shape, np.float32, device, 0)


class Slots:
    """The runners of a model; whoever needs one waits until one is free."""

    def __init__(self, runners: Sequence[Runner]) -> None:
        """Take the runners, one at least."""
        self.count = len(runners)
        self._free: SimpleQueue[Runner] = SimpleQueue()
        for runner in runners:
            self._free.put(runner)

    @contextmanager
    def borrow(self) -> Iterator[Runner]:
        """Give a runner that nobody else has, and take it back."""
        runner = self._free.get()
        try:
            yield runner
        finally:
            self._free.put(runner)
