"""What is at work on a shot this moment, told from the files that trainings and renders leave.

Nothing is written. A lock is only tried where no file has changed lately, since whoever tries one
holds it for that instant, and the work that is to be watched might want it then.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from chromaresolve.errors import UsageError
from chromaresolve.files import is_held
from chromaresolve.shot import FrameRange, Shot

FRESH_SECONDS = 20.0
"""Work whose files changed so lately goes on, if its lock file is there: some ten losses' time."""

TIMED_FRAMES = 40
"""A render's speed is that of its last frames: what else the machine does changes."""

LEFT = re.compile(r"(?:\d+ h \d+ min|\d+ min \d+ s|\d+ s) left")
"""How a training's page says how much time is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingNow:
    """How far the shot's training is."""

    is_running: bool
    """Whether a process holds it."""
    by: str
    """Which process, on which machine; empty where none is at work."""
    step: int
    """Steps done and logged."""
    steps: int
    """Steps to do; 0 where it is not known."""
    loss: float | None
    """The last one logged."""
    hold_out: float | None
    """The last dE2000 of the held-out frames."""
    left: str
    """How long it will take, as its page says."""
    seconds_ago: float
    """Since something was logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryNow:
    """How far the shot's recovery is."""

    is_running: bool
    """Whether a process holds frames."""
    by: tuple[str, ...]
    """Which processes, on which machines."""
    done: int
    """Frames that are whole, of those asked for."""
    total: int
    """Frames asked for: by the renders at work, or the whole shot."""
    per_second: float | None
    """Frames a second, lately."""
    seconds_left: float | None
    """How long the rest will take at that speed."""
    newest: int | None
    """The frame written last."""
    file: str
    """Its file, relative to the shot folder."""
    seconds_ago: float
    """Since it was written."""


class Logs:
    """Reads files that grow by lines of JSON; what was read once is not read again."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._read: dict[Path, _Read] = {}

    def lines(self, file: Path) -> Sequence[Mapping[str, Any]]:
        """Return the file's whole lines, oldest first; none where there is no file."""
        try:
            state = file.stat()
            known = self._read.get(file)
            if known is None or known.inode != state.st_ino or known.size > state.st_size:
                known = self._read[file] = _Read(state.st_ino, 0, [])
            if known.size < state.st_size:
                _read_on(file, known)
        except OSError:
            return ()
        return known.lines


@dataclass(slots=True)
class _Read:
    """What was read of a file."""

    inode: int
    size: int
    lines: list[Mapping[str, Any]]


def _read_on(file: Path, known: _Read) -> None:
    with file.open("rb") as opened:
        opened.seek(known.size)
        text, ended, _ = opened.read().rpartition(b"\n")
    known.size += len(text) + len(ended)
    for line in text.decode("utf-8", errors="replace").splitlines():
        with suppress(ValueError):  # cut off by a kill, and gone on with behind it
            found = json.loads(line)
            if isinstance(found, dict):
                known.lines.append(found)


def watch_training(shot: Shot, logs: Logs) -> TrainingNow | None:
    """Tell how far the training is; None where none was begun."""
    folder = shot.path("training")
    log = folder / "log.jsonl"
    lines = logs.lines(log)
    held = folder / "training.lock"
    if not lines and not held.exists():
        return None
    ago = _seconds_since(log)
    is_running = _is_at_work(held, ago)
    return TrainingNow(
        is_running=is_running,
        by=_first_line(held) if is_running else "",
        step=int(max((line.get("step", 0) for line in lines), default=0)),
        steps=_planned_steps(folder / "plan.json"),
        loss=_last(lines, "loss"),
        hold_out=_last(lines, "dE2000"),
        left=_left(folder / "index.html") if is_running else "",
        seconds_ago=ago,
    )


def watch_recovery(shot: Shot, logs: Logs) -> RecoveryNow | None:
    """Tell how far the recovery is; None where none was begun."""
    found = [_watch_folder(shot, folder, logs) for folder in sorted(shot.root.glob("recovered*"))]
    there = [one for one in found if one]
    return max(there, key=lambda one: (one.is_running, -one.seconds_ago), default=None)


@dataclass(frozen=True, slots=True)
class _Written:
    """A frame, by the ledger."""

    frame: int
    made_by: str
    name: str
    at: float


def _watch_folder(shot: Shot, out: Path, logs: Logs) -> RecoveryNow | None:
    ledgers = out / ".chromaresolve"
    written = sorted(_entries(ledgers, logs), key=lambda entry: entry.at)
    ago = time.time() - written[-1].at if written else float("inf")
    claims = sorted((ledgers / "claims").glob("*.claim"))
    at_work = [file for file in claims if _is_at_work(file, min(ago, _seconds_since(file)))]
    if not written and not at_work:
        return None
    asked = set(chain.from_iterable(_claimed(file) for file in at_work))
    asked = asked or set(shot.shot.frames.frames)
    there = {entry.frame: entry for entry in _newest_kind(written, out) if entry.frame in asked}
    lately = [entry.at for entry in written[-TIMED_FRAMES:] if _is_since(entry.at, at_work)]
    speed = _speed(lately) if at_work else None
    last = written[-1] if written else None
    return RecoveryNow(
        is_running=bool(at_work),
        by=tuple(filter(None, map(_first_line, at_work))),
        done=len(there),
        total=len(asked),
        per_second=speed,
        seconds_left=(len(asked) - len(there)) / speed if speed else None,
        newest=last.frame if last else None,
        file=shot.relative(out / last.name) if last else "",
        seconds_ago=ago,
    )


def _newest_kind(written: list[_Written], out: Path) -> Iterator[_Written]:
    """Give the frames that are there and of the model and settings that were used last."""
    if not written:
        return
    names: set[str] = set()
    with suppress(OSError):  # the folder went away this moment
        names.update(entry.name for entry in out.iterdir())
    for entry in written:
        if entry.made_by == written[-1].made_by and entry.name in names:
            yield entry


def _entries(ledgers: Path, logs: Logs) -> Iterator[_Written]:
    for line in chain.from_iterable(map(logs.lines, ledgers.glob("*/*.jsonl"))):
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            name, _, written = line["file"].rsplit("/", 2)
            yield _Written(int(line["frame"]), str(line["made_by"]), name, int(written) / 1e9)


def _is_since(at: float, claims: Iterable[Path]) -> bool:
    """Say whether a frame is of the renders at work, not of one before."""
    with suppress(OSError):
        return any(at >= claim.stat().st_mtime for claim in claims)
    return False


def _speed(times: list[float]) -> float | None:
    if len(times) < 2 or times[-1] <= times[0]:
        return None
    # Until now, not until the last frame: a render that hangs gets slower to look at.
    return (len(times) - 1) / max(times[-1] - times[0], time.time() - times[1])


def _is_at_work(held: Path, seconds_ago: float) -> bool:
    """Say whether a lock file's process works: files change, or the system says that it lives."""
    return held.exists() and (seconds_ago < FRESH_SECONDS or is_held(held))


def _claimed(file: Path) -> tuple[int, ...]:
    with suppress(OSError, UsageError):
        return FrameRange.parse(file.read_text(encoding="utf-8").partition("\n")[2]).frames
    return ()


def _first_line(file: Path) -> str:
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    return ""


def _planned_steps(file: Path) -> int:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads(file.read_text(encoding="utf-8"))["plan"]["steps"])
    return 0


def _left(page: Path) -> str:
    with suppress(OSError):
        found = LEFT.search(page.read_text(encoding="utf-8")[:10_000])
        return found[0] if found else ""
    return ""


def _last(lines: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return next((float(line[name]) for line in reversed(lines) if name in line), None)


def _seconds_since(file: Path) -> float:
    with suppress(OSError):
        return max(0.0, time.time() - file.stat().st_mtime)
    return float("inf")
