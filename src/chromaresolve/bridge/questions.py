"""What a step asks the user, and where the answers are kept: one JSON file per project.

Where the edition has dialogs they are asked in one; elsewhere the file is the dialog: it is
written with everything known filled in, the user completes it, and runs the entry again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Sequence, Tuple

from .errors import BridgeError, UnansweredError
from .journal import write_whole

NEW_PROJECT = "new project"
"""The answers to 1 Set Up Project, before the project has a name."""


class Question(NamedTuple):
    """One thing a step must know."""

    key: str
    """Its name in the answers file."""
    label: str
    """How it is asked, in the trade's words."""
    default: Any = ""
    """The answer where none is given; its type is the answer's type (text, number, yes or no)."""
    hint: str = ""
    """What is a good answer."""
    is_needed: bool = False
    """True: the step cannot begin without."""
    choices: Tuple[str, ...] = ()
    """The answers to choose from, where only some are possible."""


Answers = Dict[str, Any]
"""By question key."""


def answers_file(home: Path, project: str) -> Path:
    """Return the file that keeps a project's answers."""
    safe = "".join(c if c.isalnum() or c in " ._-()[]" else "_" for c in project)
    return home / "settings" / f"{safe or NEW_PROJECT}.json"


def load_answers(file: Path) -> Answers:
    """Read the answers of earlier runs; no file is no answers.

    Raises:
        BridgeError: The file is not what it must be.
    """
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        cause = f"cannot be read ({error})"
        raise BridgeError(str(file), cause, "mend it, or delete it to begin anew") from error
    if not isinstance(kept, dict):
        raise BridgeError(str(file), "holds no answers", "delete it to begin anew")
    return kept


def save_answers(file: Path, answers: Mapping[str, Any]) -> None:
    """Keep the answers; those to questions of other steps stay."""
    merged = {**load_answers(file), **answers}
    write_whole(file, json.dumps(merged, indent=2, ensure_ascii=False) + "\n")


def fill(questions: Sequence[Question], known: Mapping[str, Any]) -> Answers:
    """Return an answer to each question: the known one, else the default."""
    return {one.key: known.get(one.key, one.default) for one in questions}


def check_answers(questions: Sequence[Question], answers: Mapping[str, Any], where: str) -> None:
    """Check that the needed ones are answered, each with a value of its kind.

    Raises:
        UnansweredError: Something needed is empty.
        BridgeError: An answer is not of its kind, or not among the choices.
    """
    empty = [one for one in questions if one.is_needed and answers.get(one.key) in ("", None)]
    if empty:
        names = ", ".join(f"{one.key!r} ({one.label})" for one in empty)
        raise UnansweredError(
            where, f"not answered yet: {names}", "answer, then run this entry again"
        )
    for one in questions:
        _check_one(one, answers[one.key], where)


def answer_from_file(
    file: Path, questions: Sequence[Question], known: Mapping[str, Any]
) -> Answers:
    """Take the answers from the file; write it for the user where something needed is missing.

    Raises:
        UnansweredError: Something needed is not answered; the file is there to be completed.
        BridgeError: An answer is not of its kind.
    """
    answers = fill(questions, {**known, **load_answers(file)})
    try:
        check_answers(questions, answers, str(file))
    except UnansweredError:
        save_answers(file, answers)
        raise
    return answers


def _check_one(question: Question, answer: Any, where: str) -> None:
    if question.choices and answer not in question.choices:
        known = ", ".join(question.choices)
        raise BridgeError(
            f"{where}, {question.key!r}", f"found {answer!r}", f"write one of {known}"
        )
    kind = _KINDS[type(question.default)]
    if isinstance(answer, bool) != (kind is bool) or not isinstance(answer, (kind, int)):
        word = _WORDS[type(question.default)]
        raise BridgeError(f"{where}, {question.key!r}", f"found {answer!r}", f"write {word}")
    if kind is str and not isinstance(answer, str):
        raise BridgeError(f"{where}, {question.key!r}", f"found {answer!r}", "write text")


_KINDS: Dict[type, type] = {str: str, bool: bool, int: int, float: float}
_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
