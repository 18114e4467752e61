"""Calls to Resolve: each is in the table, logged, timed, and its refusal turned into a sentence."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any, Callable, ContextManager, Dict, Iterator, List, Tuple

from .errors import BridgeError, RefusedError
from .journal import Journal, plain
from .methods import METHODS, Version

PATIENCE = 20.0
"""Seconds without an answer after which the user is told to look for an open dialog."""


class Caller:
    """Calls Resolve's functions by the names in the table."""

    def __init__(self, version: Version, journal: Journal, *, patience: float = PATIENCE) -> None:
        """Remember the version, whom to tell, and how long a call may take in silence."""
        self.version = version
        self.journal = journal
        self.patience = patience
        self._watch = _Watch(self)

    def watched(self) -> ContextManager[None]:
        """Tell the user about calls that Resolve does not answer, while the block runs."""
        return self._watch.running()

    def can(self, owner: Any, method: str) -> bool:
        """Say whether this Resolve has a function; `hasattr` says yes to anything there."""
        if METHODS[method].since > self.version:
            return False
        return callable(getattr(owner, method.partition(".")[2], None))

    def ask(self, owner: Any, method: str, *args: Any) -> Any:
        """Call a function whose answer may be anything, None and False included.

        Raises:
            RefusedError: The function is not there, its owner is not, or it failed.
        """
        where = _spoken(method, args)
        function = self._function(owner, method, where)
        self._watch.begin(where)
        try:
            answer = function(*args)
        except Exception as error:
            # A remote object may fail in any way at all; the user is told which call it was.
            self.journal.note_call(method, args, f"{type(error).__name__}: {error}")
            cause = f"Resolve failed with {type(error).__name__} ({error})"
            raise RefusedError(where, cause, METHODS[method].remedy) from error
        finally:
            self._watch.end()
        self.journal.note_call(method, args, answer)
        return answer

    def demand(self, owner: Any, method: str, *args: Any) -> Any:
        """Call a function that must say yes, or hand something over.

        Raises:
            RefusedError: It answered False, None, or an empty text or list.
        """
        answer = self.ask(owner, method, *args)
        if is_refusal(answer):
            known = METHODS[method]
            said = f"Resolve answered {answer!r}"
            cause = f"{known.refusal} ({said})" if known.refusal else said
            raise RefusedError(_spoken(method, args), cause, known.remedy)
        return answer

    def listed(self, owner: Any, method: str, *args: Any) -> List[Any]:
        """Call a function that hands over a list, which may be empty; None counts as empty.

        Raises:
            RefusedError: It answered something that is no list.
        """
        answer = self.ask(owner, method, *args) or []
        if not isinstance(answer, (list, tuple)):
            raise self._not_a("list", answer, method, args)
        return list(answer)

    def mapping(self, owner: Any, method: str, *args: Any) -> Dict[Any, Any]:
        """Call a function that hands over values by name; None counts as none.

        Raises:
            RefusedError: It answered something else.
        """
        answer = self.ask(owner, method, *args) or {}
        if not isinstance(answer, dict):
            raise self._not_a("table", answer, method, args)
        return dict(answer)

    def number(self, owner: Any, method: str, *args: Any) -> float:
        """Call a function that must answer with a number.

        Raises:
            RefusedError: It answered something else, as ghosts of clips that were never placed do.
        """
        answer = self.ask(owner, method, *args)
        if isinstance(answer, bool) or not isinstance(answer, (int, float)):
            raise self._not_a("number", answer, method, args)
        return answer

    def text(self, owner: Any, method: str, *args: Any) -> str:
        """Call a function that must answer with a text that is not empty.

        Raises:
            RefusedError: It answered something else.
        """
        answer = self.ask(owner, method, *args)
        if not isinstance(answer, str) or not answer:
            raise self._not_a("name", answer, method, args)
        return answer

    def _not_a(self, word: str, answer: Any, method: str, args: Tuple[Any, ...]) -> RefusedError:
        cause = f"Resolve answered {plain(answer)!r} instead of a {word}"
        return RefusedError(_spoken(method, args), cause, METHODS[method].remedy)

    def _function(self, owner: Any, method: str, where: str) -> Callable[..., Any]:
        kind, _, name = method.partition(".")
        if owner is None:
            raise RefusedError(
                where, f"there is no {_WORDS.get(kind, kind)}", METHODS[method].remedy
            )
        if not self.can(owner, method):
            since = ".".join(map(str, METHODS[method].since))
            cause = f"this Resolve ({'.'.join(map(str, self.version))}) has no such function"
            raise RefusedError(where, cause, f"update to Resolve {since} or newer")
        function: Callable[..., Any] = getattr(owner, name)
        return function


_WORDS = {
    "MediaPool": "media pool",
    "MediaPoolItem": "clip in the media pool",
    "TimelineItem": "clip on the timeline",
    "Timeline": "timeline",
    "Project": "project open",
    "ProjectManager": "project manager",
    "Graph": "node graph",
    "Folder": "bin",
}
"""What Resolve's classes are called by people."""


def is_refusal(answer: Any) -> bool:
    """Say whether an answer is one of Resolve's ways to say no; the number 0 is not."""
    if answer is None or answer is False:
        return True
    return isinstance(answer, (str, list, tuple, dict)) and not answer


def _spoken(method: str, args: Any) -> str:
    """Return a call as it is named in messages: `AddTrack('video')`."""
    shown = ", ".join(_short(argument) for argument in args)
    return f"{method.partition('.')[2]}({shown})"


def _short(argument: Any) -> str:
    text = repr(argument) if isinstance(argument, (str, int, float, bool, list, dict)) else "…"
    return text if len(text) <= 60 else text[:57] + "..."


class _Watch:
    """Tells the user when Resolve does not answer: no script can end such a call, a person can."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._call = ("", 0.0)
        self._over = threading.Event()

    def begin(self, where: str) -> None:
        """Say that a call begins."""
        self._call = (where, time.monotonic())

    def end(self) -> None:
        """Say that it was answered."""
        self._call = ("", 0.0)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Watch while the block runs."""
        watcher = threading.Thread(target=self._watch, daemon=True)
        try:
            watcher.start()
        except RuntimeError:  # a Python without threads: nobody watches, the calls are the same
            yield
            return
        try:
            yield
        finally:
            self._over.set()
            watcher.join()

    def _watch(self) -> None:
        told = self._call
        while not self._over.wait(self._caller.patience / 4):
            call = self._call
            if not call[0] or call == told:
                continue
            if time.monotonic() - call[1] > self._caller.patience:
                told = call
                self._caller.journal.say(
                    f"{call[0]}: Resolve has not answered for {self._caller.patience:g} s: look "
                    "for an open dialog in Resolve and close it; this entry then goes on"
                )


def explain(error: BaseException) -> str:
    """Return what to tell the user about an error, ours or not."""
    if isinstance(error, BridgeError):
        return str(error)
    return f"{type(error).__name__}: {error}: this is a mistake in ChromaResolve, please report it"
