"""Ctrl-C between two steps, never within one: a half-taken step could not be gone on from."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ctrl_c_as_wish() -> Iterator[threading.Event]:
    """Give an event that the first Ctrl-C sets; a second one interrupts at once.

    Outside the main thread Python hears no signals, and the event stays unset.
    """
    wish = threading.Event()

    def hear(_number: int, _frame: FrameType | None) -> None:
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()

    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = signal.signal(signal.SIGINT, hear)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)
