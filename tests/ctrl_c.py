"""Programs that the tests start and stop as a person does."""

from __future__ import annotations

import signal


def hear_ctrl_c() -> None:
    """Listen to Ctrl-C also where the tests run in the background, where it is switched off."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
