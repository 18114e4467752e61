"""A recorded session of a real Resolve, played back to the same code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

OBJECT = re.compile(r"<.*>")
"""How a recording writes an object of Resolve."""


class Replay:
    """Answers calls as they were answered, and only in the order in which they were made."""

    def __init__(self, path: Path) -> None:
        """Read a recording: JSON Lines of call, args and answer."""
        text = path.read_text(encoding="utf-8")
        self.calls = [json.loads(line) for line in text.splitlines() if line]
        self.played = 0

    @property
    def resolve(self) -> Any:
        """What the script got as `resolve`."""
        return Recorded(self)

    def answer(self, name: str, args: tuple[object, ...]) -> object:
        """Return the next answer, if this is the next call."""
        if self.played == len(self.calls):
            raise AssertionError(f"{name}{args}: the recording has ended")
        call = self.calls[self.played]
        is_next = call["call"].endswith(f".{name}") and _alike(call["args"]) == _write(list(args))
        if not is_next:
            raise AssertionError(f"{name}{args}: the recording has {call['call']}{call['args']}")
        self.played += 1
        return self._read(call["answer"])

    def _read(self, value: object) -> object:
        if isinstance(value, str) and OBJECT.fullmatch(value):
            return Recorded(self)
        if isinstance(value, list):
            return [self._read(part) for part in value]
        if isinstance(value, dict):
            return {key: self._read(part) for key, part in value.items()}
        return value


class Recorded:
    """Any object of a recorded Resolve; objects are all alike, as the recording does not say."""

    def __init__(self, replay: Replay) -> None:
        """Belong to a recording."""
        self._replay = replay

    def __getattr__(self, name: str) -> Any:
        """Return a method."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args: self._replay.answer(name, args)


def _write(value: object) -> object:
    """Return a value as the recording has it, every object alike."""
    if isinstance(value, Recorded):
        return "<object>"
    if isinstance(value, list):
        return [_write(part) for part in value]
    if isinstance(value, dict):
        return {str(key): _write(part) for key, part in value.items()}
    return value


def _alike(value: object) -> object:
    if isinstance(value, str) and OBJECT.fullmatch(value):
        return "<object>"
    if isinstance(value, list):
        return [_alike(part) for part in value]
    if isinstance(value, dict):
        return {key: _alike(part) for key, part in value.items()}
    return value
