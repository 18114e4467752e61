"""What a step leaves behind: sentences on the console, a log with every call, a JSON report."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

KEPT_REPORTS = 200
"""Reports and logs older than the newest so many are removed when a new one is written."""


class Journal:
    """The story of one run of one step."""

    def __init__(
        self, home: Path, step: str, *, show: Optional[Callable[[str], None]] = None
    ) -> None:
        """Begin a run; `show` prints a sentence for the user (to Resolve's console by default)."""
        self.home = home
        self.step = step
        self.began = time.time()
        self._show = show or _print
        self._lines: List[str] = []
        self._sentences: List[str] = []
        self._facts: Dict[str, Any] = {}
        self.calls: List[Dict[str, Any]] = []

    def say(self, sentence: str) -> None:
        """Tell the user something, and keep it."""
        self._sentences.append(sentence)
        self._log("say", sentence)
        self._show(sentence)

    def record(self, name: str, fact: Any) -> None:
        """Keep a fact for the report."""
        self._facts[name] = fact

    def note_call(self, method: str, args: Tuple[Any, ...], answer: Any) -> None:
        """Keep a call to Resolve and its answer for the log."""
        call = {"call": method, "args": plain(list(args)), "answer": plain(answer)}
        self.calls.append(call)
        self._log("call", f"{method}{call['args']} -> {call['answer']!r}")

    def note(self, kind: str, text: str) -> None:
        """Keep something for the log alone, such as what the tool printed."""
        self._log(kind, text)

    def note_traceback(self, text: str) -> None:
        """Keep a traceback: the user sees one sentence, the log has all of it."""
        self._log("traceback", text)

    def finish(self, outcome: str) -> Path:
        """Write the report and the log; return the report's file."""
        stamp = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(self.began))
        name = f"{stamp}-{int(self.began % 1 * 1000):03d}-{self.step}"
        report = {
            "step": self.step,
            "outcome": outcome,
            "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began)),
            "seconds": round(time.time() - self.began, 3),
            "calls": len(self.calls),
            "said": self._sentences,
            **self._facts,
            "log": f"logs/{name}.log",
        }
        write_whole(self.home / "logs" / f"{name}.log", "\n".join(self._lines) + "\n")
        target = self.home / "reports" / f"{name}.json"
        write_whole(target, json.dumps(plain(report), indent=2, ensure_ascii=False) + "\n")
        for folder in ("logs", "reports"):
            _forget_oldest(self.home / folder)
        return target

    def _log(self, kind: str, text: str) -> None:
        self._lines.append(f"{time.time() - self.began:9.3f} {kind} {text}")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; objects of Resolve become their type's name."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        as_dict = getattr(value, "_asdict", None)
        return plain(as_dict()) if as_dict else [plain(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    return f"<{type(value).__name__}>"


def write_whole(file: Path, text: str) -> None:
    """Write a text file so that under its name it is whole or absent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    number, unfinished = tempfile.mkstemp(dir=str(file.parent), prefix=".", suffix=".tmp")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(unfinished).replace(file)
    except BaseException:
        Path(unfinished).unlink()
        raise


def _forget_oldest(folder: Path) -> None:
    for old in sorted(folder.glob("*-*"))[:-KEPT_REPORTS]:
        old.unlink()


def _print(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - Resolve shows it under Workspace > Console
