"""What the live page is told once a second: how far everything is, as plain values.

However many browsers ask, the shot is looked at once a second, and its stages every few seconds in
a thread of their own: whether a stage is stale takes reading what it was made from.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from chromaresolve.errors import ChromaresolveError, StageError
from chromaresolve.files import file_state, state_if_there
from chromaresolve.scopes.curves import curves_of, load_log
from chromaresolve.shot import FLAGGED, Shot, load_flagged

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.8
"""The shot is looked at no oftener: a page asks once a second."""

STAND_SECONDS = 10.0
"""Nor are the stages, which takes longer."""

SHARE = 0.05
"""And neither oftener than takes this share of the time: the machine has other work to do."""

PICTURE_SECONDS = 2.0
"""Another recovered frame is shown no oftener: each is read from the disk and made small."""

SHOWN_FLAGGED = 12
"""Findings of the review that are listed."""

REMEMBERED = 8
"""Shown frames that pages may still ask for."""

Plain = dict[str, Any]
"""Names and plain values, as JSON holds them."""


class Look(Protocol):
    """Tells where a shot stands."""

    def tell_work(self, shot: Shot) -> Mapping[str, Any]:
        """Return how far `training` and `recovery` are, None where none was begun; quickly."""

    def tell_standing(self, shot: Shot) -> Mapping[str, Any]:
        """Return where every stage stands."""


@dataclass(slots=True)
class _Seen:
    """What was seen last, and when."""

    content: Any = None
    state: str = ""
    at: float = float("-inf")
    seconds: float = 0.0

    def age(self) -> float:
        return time.monotonic() - self.at


@dataclass(slots=True)
class _Kept:
    """Everything that is kept between two looks."""

    shot: _Seen = field(default_factory=_Seen)
    standing: _Seen = field(default_factory=_Seen)
    curves: _Seen = field(default_factory=_Seen)
    flagged: _Seen = field(default_factory=_Seen)
    picture: _Seen = field(default_factory=_Seen)
    answer: _Seen = field(default_factory=_Seen)


class Live:
    """A shot as it is this second."""

    def __init__(self, shot: Shot, look: Look) -> None:
        """Watch a shot."""
        self.root, self.name = shot.root, shot.shot.name
        self.shown: dict[str, str] = {}
        self._shot, self._look, self._problem = shot, look, ""
        self._kept = _Kept()
        self._one_at_a_time, self._standing_lock = threading.Lock(), threading.Lock()

    def snapshot(self) -> bytes:
        """Return everything the page shows, as JSON."""
        with self._one_at_a_time:
            seen = self._kept.answer
            if seen.age() > max(LOOK_SECONDS, seen.seconds / SHARE):
                began = time.monotonic()
                seen.content = json.dumps(_finite(self._tell())).encode()
                seen.at = time.monotonic()
                seen.seconds = seen.at - began
            content: bytes = seen.content
            return content

    def _tell(self) -> Plain:
        self._load()
        shot = self._shot
        work = dict(self._look.tell_work(shot))
        return {
            "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "problem": self._problem,
            "shot": shot.shot.name,
            "film": shot.shot.film,
            "frames": f"{shot.shot.frames} at {shot.shot.frame_rate} a second",
            "pairs": {"teaching": len(shot.teaching), "held_out": len(shot.held_out)},
            "standing": self._standing(),
            "training": self._training(work.get("training")),
            "recovery": self._recovery(work.get("recovery")),
            "review": self._review(),
            "report": self._page("report"),
        }

    def _load(self) -> None:
        """Read the manifest again where it changed; half typed, the one before it holds."""
        seen, state = self._kept.shot, state_if_there(self._shot.file)
        if seen.state == state:
            return
        seen.state = state
        try:
            self._shot, self._problem = Shot.load(self.root), ""
        except (ChromaresolveError, OSError) as error:
            self._problem = str(error)

    def _standing(self) -> Plain | None:
        """Return the stages as they were seen last, and have them looked at again when due."""
        seen = self._kept.standing
        is_due = seen.age() > max(STAND_SECONDS, seen.seconds / SHARE)
        if is_due or seen.state != self._kept.shot.state:
            threading.Thread(target=self._stand, args=(self._shot,), daemon=True).start()
        found: Plain | None = seen.content
        return found

    def _stand(self, shot: Shot) -> None:
        if not self._standing_lock.acquire(blocking=False):
            return
        try:
            began, state = time.monotonic(), self._kept.shot.state
            content = dict(self._look.tell_standing(shot))
            took = time.monotonic() - began
            self._kept.standing = _Seen(content, state, time.monotonic(), took)
        except (ChromaresolveError, OSError) as error:  # files that change while they are read
            logger.debug("%s: %s", shot.file, error)
        finally:
            self._standing_lock.release()

    def _training(self, work: Plain | None) -> Plain | None:
        if work is None:
            return None
        folder = self._shot.path("training")
        sheets = sorted((folder / "sheets").glob("sheet_*.png"))
        return {
            **work,
            "curves": self._curves(folder / "log.jsonl"),
            "sheet": self._address(sheets[-1]) if sheets else "",
            "preview": [
                self._address(file)
                for name in ("plate", "recovered")
                if (file := folder / f"preview_{name}.png").is_file()
            ],
            "page": self._page("training"),
        }

    def _curves(self, log: Path) -> list[Plain]:
        seen, state = self._kept.curves, state_if_there(log)
        if seen.state != state:
            try:
                drawn = curves_of(load_log(log))
            except (OSError, ValueError, KeyError, TypeError):  # being written this moment
                return seen.content or []
            seen.state = state
            seen.content = [
                {"title": one.title, "told": one.told, "drawing": one.drawing} for one in drawn
            ]
        return seen.content or []

    def _recovery(self, work: Plain | None) -> Plain | None:
        if work is None:
            return None
        seen = self._kept.picture
        is_display = str(work["file"]).startswith("recovered/")
        if is_display and (seen.age() > PICTURE_SECONDS or seen.content is None):
            seen.content, seen.at = str(work["newest"]), time.monotonic()
            seen.state = state_if_there(self._shot.path(work["file"]))
            self.shown[seen.content] = work["file"]
            for old in list(self.shown)[:-REMEMBERED]:
                del self.shown[old]
        return {**work, "shown": seen.content, "shown_state": seen.state}

    def _review(self) -> Plain | None:
        seen, state = self._kept.flagged, state_if_there(self._shot.path(FLAGGED))
        if seen.state != state:
            seen.state = state
            seen.content = None
            with suppress(StageError):  # it is shown again when it is mended
                flagged = load_flagged(self._shot)
                seen.content = {
                    "flagged": sum(one.is_open for one in flagged),
                    "frames": [
                        {"frame": one.frame, "reason": one.reason, "verdict": one.verdict}
                        for one in flagged[:SHOWN_FLAGGED]
                    ],
                }
        found: Plain | None = seen.content
        return found

    def _page(self, folder: str) -> str:
        """Return the address of a folder's page; "" where it is not made."""
        return f"/{folder}/" if self._shot.path(f"{folder}/index.html").is_file() else ""

    def _address(self, file: Path) -> str:
        """Return a file's address, another one when the file is."""
        state = file_state(file).rsplit("/", 1)[-1] if file.is_file() else ""
        return f"/{quote(self._shot.relative(file))}?{state}"


def _finite(content: object) -> object:
    """Return plain values with None where JSON has no number."""
    if isinstance(content, dict):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
