"""What a launcher calls: run one step, tell the user, leave a report, never a raw traceback."""

from __future__ import annotations

import importlib
import os
import traceback
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

from . import dialog
from .calling import explain
from .errors import BridgeError, UnansweredError
from .journal import Journal
from .places import this_machine, user_place
from .questions import (
    NEW_PROJECT,
    Answers,
    answer_from_file,
    answers_file,
    check_answers,
    fill,
    load_answers,
    save_answers,
)
from .session import Session, find_resolve
from .step import Context, Finding, Step, table

STEPS = (
    "set_up",
    "conform",
    "align",
    "parity",
    "export",
    "recover",
    "bring_back",
    "stills",
    "deliver",
    "place_balance",
    "diagnostics",
)
"""The menu in workflow order; each is a module of this package with a record called STEP."""


def start(
    name: str,
    names: Mapping[str, Any],
    home: str,
    *,
    show: Optional[Callable[[str], None]] = None,
) -> bool:
    """Run a step from a launcher; return whether it succeeded. Raises nothing.

    Args:
        name: The step.
        names: The launcher's global names, among which Resolve put its own.
        home: ChromaResolve's data folder, as the installer wrote it into the launcher.
        show: Prints a sentence; Resolve's console by default.
    """
    installed = Path(home)
    journal = Journal(own_home(installed), name, show=show)
    try:
        outcome = run(name, names, journal, installed)
    except UnansweredError as error:
        outcome = "waiting"
        journal.say(str(error))
    except BridgeError as error:
        outcome = "failed"
        journal.note_traceback(traceback.format_exc())
        journal.say(str(error))
    except Exception as error:  # noqa: BLE001
        # The last line before Resolve's console: our own mistake must reach the log, and the user.
        outcome = "failed"
        journal.note_traceback(traceback.format_exc())
        journal.say(explain(error))
    return _close(journal, outcome)


def own_home(installed: Path) -> Path:
    """Return the data folder that this user may write to.

    Installed for all users, the folder is an administrator's: answers and reports are then kept in
    the user's own.
    """
    there = next(one for one in (installed, *installed.parents) if one.exists())
    return installed if os.access(str(there), os.W_OK) else user_place(this_machine()).home


def run(name: str, names: Mapping[str, Any], journal: Journal, installed: Path) -> str:
    """Run a step and return its outcome: `done`, `nothing to do`, or `look`.

    Raises:
        BridgeError: It could not be done.
    """
    step: Step = importlib.import_module(f".{name}", __package__).STEP
    session = Session(find_resolve(names), names, journal)
    with session.watched():
        return _take(step, session, installed)


def _take(step: Step, session: Session, installed: Path) -> str:
    journal = session.journal
    file = _answers_file(session, step, journal.home)
    context = Context(
        session=session,
        home=journal.home,
        installed=installed,
        answers=_answer(session, step, file),
    )
    journal.record("answers", {"file": str(file), **context.answers})
    facts = step.look(context)
    plan = step.plan(facts, context.answers)
    journal.record("plan", [str(action) for action in plan])
    step.apply(context, facts, plan)
    findings = tuple(step.verify(context, plan))
    journal.record("findings", [one._asdict() for one in findings])
    for line in table(findings):
        journal.say(line)
    _keep_answers(session, step, context, file)
    return _outcome(step, plan, findings)


def _answers_file(session: Session, step: Step, home: Path) -> Path:
    if step.name == "set_up":
        return answers_file(home, NEW_PROJECT)
    project = session.text(session.project(), "Project.GetName")
    return answers_file(home, project)


def _answer(session: Session, step: Step, file: Path) -> Answers:
    if not step.questions:
        return load_answers(file)
    if not dialog.can_ask(session):
        answers = answer_from_file(file, step.questions, {})
        return {**load_answers(file), **answers}
    known = load_answers(file)
    answers = dialog.ask(session, step.title, step.questions, fill(step.questions, known))
    check_answers(step.questions, answers, step.title)
    save_answers(file, answers)
    return {**known, **answers}


def _keep_answers(session: Session, step: Step, context: Context, file: Path) -> None:
    """Hand the answers of 1 Set Up Project on to the project it made."""
    project = session.text(session.project(), "Project.GetName")
    target = answers_file(context.home, project)
    if target != file and step.name == "set_up":
        save_answers(target, context.answers)


def _outcome(step: Step, plan: Any, findings: Any) -> str:
    stops = [one for one in findings if one.verdict == "stop"]
    if stops:
        first: Finding = stops[0]
        raise BridgeError(step.title, f"{first.subject}: {first.sentence}", "then run it again")
    if any(one.verdict == "note" for one in findings):
        return "look"
    return "done" if plan else "nothing to do"


def _close(journal: Journal, outcome: str) -> bool:
    try:
        report = journal.finish(outcome)
    except OSError as error:
        journal.say(f"{journal.home}: the report could not be written ({error}): look at the disk")
    else:
        journal.say(f"{_SPOKEN[outcome]}; report: {_short(report)}")
    return outcome not in ("failed", "waiting")


_SPOKEN = {
    "done": "done",
    "nothing to do": "nothing to do: everything is so already",
    "look": "done, with something to look at",
    "waiting": "waiting for you",
    "failed": "not done",
}
"""How an outcome is said."""


def _short(file: Path) -> str:
    home, text = str(Path.home()), str(file)
    return "~" + text[len(home) :] if text.startswith(home + os.sep) else text
