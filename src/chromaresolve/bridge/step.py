"""One entry of the menu: what it asks, sees, plans, does and verifies.

A step looks (reads Resolve, changes nothing), plans (pure data, no Resolve), applies the plan, and
verifies by reading back. What is so already is not in the plan: a second run changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, List, NamedTuple, Sequence, Tuple

from .questions import Answers, Question
from .session import Session


class Finding(NamedTuple):
    """One thing that was verified."""

    verdict: str
    """`ok`, `note` (look, then go on) or `stop` (mend it before going on)."""
    subject: str
    """What was looked at."""
    sentence: str
    """What was seen, and what to do about it."""


class Context(NamedTuple):
    """What a step works with."""

    session: Session
    """Resolve."""
    home: Path
    """The user's own data folder: answers, calibration, reports."""
    installed: Path
    """Where ChromaResolve was installed: for everybody, it is not the user's own folder."""
    answers: Answers
    """The user's answers."""

    def say(self, sentence: str) -> None:
        """Tell the user something."""
        self.session.journal.say(sentence)

    @property
    def shot_folder(self) -> Path:
        """The folder of the shot, where the tool and Resolve meet."""
        return Path(str(self.answers["folder"])).expanduser()

    @property
    def name(self) -> str:
        """The shot's name: how every file of it begins."""
        return str(self.answers["name"])


class Action(NamedTuple):
    """One thing to do: a line of a plan."""

    verb: str
    """What to do, such as `add bin`."""
    subject: str
    """To what."""
    values: Tuple[Any, ...] = ()
    """With what."""

    def __str__(self) -> str:
        """Say it."""
        return " ".join([self.verb, self.subject, *map(str, self.values)])


Plan = Tuple[Action, ...]
"""What a step will do, in order; empty when everything is so already."""


class Step(NamedTuple):
    """One entry of the menu."""

    name: str
    """As launchers call it."""
    title: str
    """As the menu shows it."""
    questions: Tuple[Question, ...]
    """What it must know from the user."""
    look: Callable[[Context], Any]
    """Read what there is; change nothing."""
    plan: Callable[[Any, Answers], Plan]
    """Decide what to do: pure, no Resolve."""
    apply: Callable[[Context, Any, Plan], None]
    """Do it."""
    verify: Callable[[Context, Plan], Sequence[Finding]]
    """Read back whether it is so."""


def table(findings: Sequence[Finding]) -> List[str]:
    """Return findings as lines of a table for the console."""
    width = max([len(one.subject) for one in findings] or [0])
    return [f"{one.verdict:4}  {one.subject:{width}}  {one.sentence}" for one in findings]
