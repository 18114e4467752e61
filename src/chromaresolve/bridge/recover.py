"""6 Recover: the tool teaches a network from the exported pair and gives every frame its colour.

Nothing in Resolve is read or changed. The tool itself knows what is done already and what is out of
date: it is started each time, and does what is missing.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Callable, List, NamedTuple, Sequence, Tuple

from .child import STOPPED, Ended, Told, Watch, run_tool
from .errors import BridgeError, CancelledError
from .handover import FILE, load_turnover
from .questions import Answers, Question
from .sequences import find_sequences
from .step import Action, Context, Finding, Plan, Step

TITLE = "Recover"

INSTALLED = "install.json"
"""Where the installer wrote down how the tool is started."""

INSTALL = "type `chromaresolve resolve install` in a terminal"
"""What mends a tool that is not found or does not fit."""

MANIFEST = "shot.toml"
"""What the tool knows about a shot; once it is there, it is the artist's."""

CANCEL = ".chromaresolve/cancel"
"""A file of this name in the shot's folder ends the work; an empty one will do."""

SHOWN_SECONDS = 5.0
"""Progress is a line on the console this often."""

QUESTIONS = (
    Question("folder", "Shot folder", is_needed=True, hint="where 5 Export Pair wrote"),
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question("minutes", "Minutes of training", 0.0, hint="0: as shot.toml says, 10 at first"),
    Question("provider", "Recover on", hint="empty: the best there is; or cpu, cuda, tensorrt ..."),
)


class Facts(NamedTuple):
    """What there is to work with."""

    tool: Tuple[str, ...]
    """The words that start the tool."""
    folder: Path
    """The shot's."""
    is_made: bool
    """Whether the tool has a shot of it already."""


def look(context: Context) -> Facts:
    """Find the tool, and what 5 Export Pair handed over."""
    folder = context.shot_folder
    is_made = (folder / MANIFEST).is_file()
    if not is_made and load_turnover(folder) is None:
        raise BridgeError(str(folder / FILE), "is not there", "run 5 Export Pair first")
    return Facts(tool=_tool(context.installed / INSTALLED), folder=folder, is_made=is_made)


def plan(facts: Facts, answers: Answers) -> Plan:
    """Make the tool's shot where there is none, then run what is missing."""
    folder = str(facts.folder)
    make = Action("new", folder, ("--turnover", str(facts.folder / FILE)))
    wishes: List[str] = []
    if answers.get("minutes"):
        wishes += ["--minutes", f"{answers['minutes']:g}"]
    if answers.get("provider"):
        wishes += ["--provider", str(answers["provider"])]
    run = Action("run", folder, tuple(wishes))
    return (run,) if facts.is_made else (make, run)


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Run the tool, show how far it is, and end it if the user cancels."""
    cancel = facts.folder / CANCEL
    _forget(cancel)
    context.say(f"to cancel, make an empty file {str(cancel)!r}: the next run goes on from there")
    watch = Watch(tell=_teller(context.say), say=context.say, is_cancelled=cancel.exists)
    try:
        for action in plan:
            words = [*facts.tool, action.verb, action.subject, *map(str, action.values)]
            ended = run_tool(words, watch)
            context.session.journal.note("tool", "\n".join([" ".join(words), *ended.lines]))
            _check(ended)
    finally:
        _forget(cancel)


def verify(context: Context, _plan: Plan) -> Sequence[Finding]:
    """Look whether the recovered frames are there."""
    folder = context.shot_folder / "recovered"
    found = (
        [one for one in find_sequences(folder) if "_ML_" in one.before] if folder.is_dir() else []
    )
    if not found:
        return [Finding("stop", "recovered", f"no frame in {str(folder)!r}: look at the log")]
    return [
        Finding(
            "ok", "recovered", f"{len(one.frames)} frames, {one.resolve_name}: run 7 Bring Back"
        )
        for one in found
    ]


def _tool(record: Path) -> Tuple[str, ...]:
    """Return the words that start the tool, as the installer wrote them down."""
    try:
        words = json.loads(record.read_text(encoding="utf-8"))["tool"]
    except FileNotFoundError as error:
        raise BridgeError(str(record), "is not there", INSTALL) from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BridgeError(str(record), f"does not name the tool ({error!r})", INSTALL) from error
    if not words or not isinstance(words, list) or not all(isinstance(w, str) for w in words):
        raise BridgeError(str(record), f"does not name the tool, but {words!r}", INSTALL)
    return tuple(words)


def _teller(say: Callable[[str], None]) -> Callable[[Told], None]:
    """Show sentences at once, and progress now and then."""
    shown = [float("-inf")]

    def tell(told: Told) -> None:
        if told.kind == "say":
            say(told.text)
        elif told.kind == "progress":
            now = time.monotonic()
            if told.done == told.total or now - shown[0] >= SHOWN_SECONDS:
                say(f"{told.text}: {told.done}/{told.total} {told.note}".rstrip())
                shown[0] = now

    return tell


def _check(ended: Ended) -> None:
    """Say in a sentence why the tool did not finish.

    Raises:
        BridgeError: It did not.
    """
    if ended.is_cancelled or ended.status in STOPPED:
        raise CancelledError(TITLE)
    if not ended.status:
        return
    said = ended.error
    if said.startswith("chromaresolve: "):
        said = said[len("chromaresolve: ") :]
    if ended.status == 2:
        cause = f"does not know what this menu asks of it: {said}"
        raise BridgeError("chromaresolve", cause, f"bring both to one version: {INSTALL}")
    if ended.status == 1 and said:
        raise BridgeError("chromaresolve", said, "then run this entry again")
    raise BridgeError("chromaresolve", _broken(ended), "look at the log, then run this entry again")


def _broken(ended: Ended) -> str:
    """Say how a tool ended that did not end itself."""
    words = f": {ended.error}" if ended.error else ""
    if ended.status < 0:
        return f"was ended by signal {-ended.status}, as when memory runs out{words}"
    return f"ended with status {ended.status}{words}"


def _forget(file: Path) -> None:
    try:
        file.unlink()
    except FileNotFoundError:
        pass
    except OSError as error:
        cause = f"cannot be removed ({error.strerror or error})"
        raise BridgeError(str(file), cause, "remove it, then run this entry again") from error


STEP = Step(
    name="recover",
    title=TITLE,
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
