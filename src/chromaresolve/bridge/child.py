"""The tool as a child process: in its own environment, read line by line, and ended with manners.

Resolve's Python must never see the tool's libraries, nor the tool Resolve's. So the tool runs as a
process of its own, without what Resolve put into the environment, and says how far it is as JSON
lines on its error output.

Should Resolve end this script, the tool goes on and finishes what it was told: run again, the entry
says who is at work, or finds everything done.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, Mapping, NamedTuple, Sequence

from .errors import BridgeError

PROGRESS = "CHROMARESOLVE_PROGRESS"
"""The variable that asks the tool for JSON lines."""

FOREIGN = (
    "CONDA_",
    "DYLD_",
    "FUSION_PYTHON",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PYTHON",
    "RESOLVE_SCRIPT_",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)
"""How the names begin of what tells a program where Resolve's Python and libraries lie."""

LOOK_SECONDS = 0.2
"""How often is looked whether the user wants to cancel."""

SILENCE_SECONDS = 120.0
"""After so long without a word the user is told that the tool still runs; then after twice that."""

GRACE_SECONDS = 30.0
"""So long may the tool take to stop where it can go on later: a training step, a frame."""

DEATH_SECONDS = 5.0
"""So long may it take to end when it must."""

AFTERMATH_SECONDS = 2.0
"""So long is waited for the last words of a tool that has ended, should another hold its output."""

KEPT_LINES = 2000
"""The last lines of its output that are kept for the log."""

STOPPED = frozenset({130, -2, 0xC000013A, 0xC000013A - (1 << 32)})
"""Exit statuses of a program that was interrupted: by Ctrl-C, by its signal, by Windows."""


class Told(NamedTuple):
    """One line of the tool's."""

    kind: str
    """`say`, `progress`, `error`, or `other` for what is no message of ours."""
    text: str
    """The sentence; for `progress` what is done."""
    done: int = 0
    """So many."""
    total: int = 0
    """Of so many."""
    note: str = ""
    """What else is to be said of it."""


class Ended(NamedTuple):
    """How the tool ended."""

    status: int
    """Its exit status."""
    error: str
    """The tool's own words about what was wrong."""
    lines: Sequence[str]
    """The last lines that it wrote, for the log."""
    is_cancelled: bool
    """Whether the user ended it."""


class Watch(NamedTuple):
    """What happens while the tool runs."""

    tell: Callable[[Told], None]
    """Told each line."""
    say: Callable[[str], None]
    """Told what the user should know about the tool itself."""
    is_cancelled: Callable[[], bool]
    """Asked whether the user wants it ended."""


def clean_environment(environment: Mapping[str, str]) -> Dict[str, str]:
    """Return an environment without what is Resolve's, which asks for JSON lines."""
    kept = {
        name: value
        for name, value in environment.items()
        # Windows does not tell small letters from capitals in these names.
        if not name.upper().startswith(FOREIGN)
    }
    return {**kept, PROGRESS: "json"}


def run_tool(words: Sequence[str], watch: Watch) -> Ended:
    """Run the tool until it ends, or until the user cancels.

    Raises:
        BridgeError: It cannot be started.
    """
    child = _Child(_start(words), watch)
    try:
        is_cancelled = child.follow()
    finally:
        child.end()
    child.hear_out()
    return Ended(child.process.returncode, child.error, tuple(child.lines), is_cancelled)


def parse_line(line: str) -> Told:
    """Return what a line of the tool's says."""
    try:
        fact = json.loads(line)
    except ValueError:
        return Told("other", line)
    if not isinstance(fact, dict):
        return Told("other", line)
    if "progress" in fact:
        done, total = (_whole(fact.get(key)) for key in ("done", "total"))
        return Told("progress", str(fact["progress"]), done, total, str(fact.get("note", "")))
    for kind in ("say", "error"):
        if kind in fact:
            return Told(kind, str(fact[kind]))
    return Told("other", line)


class _Child:
    """A tool that runs, and what it has said."""

    def __init__(self, process: subprocess.Popen[str], watch: Watch) -> None:
        self.process = process
        self.lines: Deque[str] = deque(maxlen=KEPT_LINES)
        self._watch = watch
        self._error = ""
        self._heard: queue.Queue[str] = queue.Queue()
        # A pipe that nobody reads would hold the tool up, so that somebody always does.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def error(self) -> str:
        """What it said was wrong, or else the last line that is no message of ours."""
        others = [line for line in self.lines if line.strip() and parse_line(line).kind == "other"]
        return self._error or (others[-1].strip() if others else "")

    def follow(self) -> bool:
        """Tell lines until the tool ends; return whether the user wants it ended before."""
        heard, patience = time.monotonic(), SILENCE_SECONDS
        while self.process.poll() is None:
            if self._watch.is_cancelled():
                self._watch.say("stopping: the tool ends its step, so that it can go on later")
                return True
            if self._take(LOOK_SECONDS):
                heard, patience = time.monotonic(), SILENCE_SECONDS
            elif time.monotonic() - heard > patience:
                self._watch.say(_silence(self.process.pid, time.monotonic() - heard))
                patience *= 2
        return False

    def end(self) -> None:
        """Ask the tool to stop, then make it; nothing is done to one that has ended."""
        ways = ((_interrupt, GRACE_SECONDS), (_terminate, DEATH_SECONDS), (_kill, None))
        for ask, seconds in ways:
            if self.process.poll() is None and ask(self.process):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=seconds)

    def hear_out(self) -> None:
        """Tell what an ended tool said last; another program may still hold its output open."""
        self._reader.join(AFTERMATH_SECONDS)
        while self._take(0):
            pass

    def _read(self) -> None:
        stream = self.process.stderr
        if stream is not None:
            with stream:
                for line in stream:
                    self._heard.put(line.rstrip())

    def _take(self, seconds: float) -> bool:
        """Tell the next line, waited for so long; return whether there was one."""
        try:
            line = self._heard.get(block=seconds > 0, timeout=seconds)
        except queue.Empty:
            return False
        self.lines.append(line)
        told = parse_line(line)
        if told.kind == "error":
            self._error = told.text
        self._watch.tell(told)
        return True


def _start(words: Sequence[str]) -> subprocess.Popen[str]:
    apart: Dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        # A group of its own hears our signal alone, and no window opens over Resolve's.
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        apart = {"creationflags": flags}
    try:
        return subprocess.Popen(  # noqa: S603 - the words are those of our own installer
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=clean_environment(os.environ),
            encoding="utf-8",
            errors="replace",
            **apart,
        )
    except (OSError, ValueError) as error:
        cause = f"{words[0]!r} cannot be started ({getattr(error, 'strerror', None) or error})"
        remedy = (
            "type `chromaresolve resolve install` in a terminal: it remembers where the tool is"
        )
        raise BridgeError("the tool", cause, remedy) from error


def _interrupt(process: subprocess.Popen[str]) -> bool:
    """Send what Ctrl-C sends; return whether it was sent."""
    try:
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            process.send_signal(signal.SIGINT)
    except OSError:  # Windows hands it on only where both have one console
        return False
    return True


def _terminate(process: subprocess.Popen[str]) -> bool:
    process.terminate()
    return True


def _kill(process: subprocess.Popen[str]) -> bool:
    process.kill()
    return True


def _silence(number: int, seconds: float) -> str:
    return (
        f"the tool has said nothing for {seconds / 60:.0f} min; it still runs (process {number}): "
        "the first use of a graphics card takes its time, and large frames do"
    )


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
