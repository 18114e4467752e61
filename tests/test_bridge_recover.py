"""6 Recover: the tool as a child process, its progress, its errors, and how it is ended."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.bridge import child, menu
from chromaresolve.bridge.child import Told, clean_environment, parse_line
from chromaresolve.frames import write_rgb
from handed_over import write_turnover
from resolve_sim import Simulator

SOON = 20.0
"""Seconds within which a stand-in must have ended, on a busy machine too."""

HEAD = "import json, os, signal, sys, time\nfrom pathlib import Path\n"
"""What every stand-in begins with."""

TELL = """
def tell(**fact):
    print(json.dumps(fact), file=sys.stderr, flush=True)
"""
"""How a stand-in tells."""


class Desk:
    """A free Resolve (whose answers come from a file), a data folder, and a shot's folder."""

    def __init__(self, root: Path) -> None:
        """Set everything up but the tool."""
        self.sim = Simulator(root / "resolve", edition="free")
        self.sim.new_project("Film_ChromaRecovery")
        self.home, self.shot = root / "home", root / "shot"
        self.said: list[str] = []
        self.react: Callable[[str], object] = str
        self.shot.mkdir()
        self.answer()

    def answer(self, **more: object) -> None:
        """Answer the step's questions."""
        file = self.home / "settings/Film_ChromaRecovery.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"folder": str(self.shot), "name": "SH010", **more}))

    def install(self, *tool: str) -> None:
        """Say how the tool is started."""
        (self.home / "install.json").write_text(json.dumps({"format": 1, "tool": tool}))

    def stand_in(self, code: str) -> None:
        """Put a script in the tool's place; it is given the tool's words."""
        script = self.home / "tool.py"
        script.write_text(HEAD + TELL + code, encoding="utf-8")
        self.install(sys.executable, str(script))

    def recover(self) -> bool:
        """Run the entry as a launcher does."""
        return menu.start("recover", self.sim.names(), str(self.home), show=self._hear)

    def log(self) -> str:
        """Return the newest log."""
        return max((self.home / "logs").iterdir()).read_text(encoding="utf-8")

    def _hear(self, sentence: str) -> None:
        self.said.append(sentence)
        self.react(sentence)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a turnover on it."""
    made = Desk(tmp_path)
    write_turnover(made.shot)
    return made


RECORD = """
with open(Path(__file__).with_name("words.txt"), "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "new":
    Path(sys.argv[2], "shot.toml").touch()
if sys.argv[1] == "run":
    out = Path(sys.argv[2], "recovered")
    out.mkdir(exist_ok=True)
    for number in (1001, 1002, 1003):
        (out / f"SH010_ML_{number}.exr").touch()
"""
"""A stand-in that notes what it was asked, and leaves what the tool leaves."""


def words(desk: Desk) -> list[list[str]]:
    """Return what a stand-in was asked."""
    return [json.loads(line) for line in (desk.home / "words.txt").read_text().splitlines()]


def test_recover_makes_the_shot_and_runs_it(desk: Desk) -> None:
    """The first time a shot is made of the turnover; later runs go on with it."""
    desk.stand_in(RECORD)

    assert desk.recover()
    assert desk.recover()

    folder = str(desk.shot)
    made = ["new", folder, "--turnover", str(desk.shot / "turnover.json")]
    assert words(desk) == [made, ["run", folder], ["run", folder]]
    assert "3 frames, SH010_ML_[1001-1003].exr: run 7 Bring Back" in desk.said[-2]


def test_answers_are_handed_on(desk: Desk) -> None:
    """Minutes and provider go to the tool; 0 and nothing leave it to the shot."""
    desk.stand_in(RECORD)
    desk.answer(minutes=2.5, provider="cpu")

    assert desk.recover()

    assert words(desk)[-1] == ["run", str(desk.shot), "--minutes", "2.5", "--provider", "cpu"]


def test_nothing_in_resolve_is_touched(desk: Desk) -> None:
    """The step reads who Resolve is, and no more."""
    desk.stand_in(RECORD)
    before = desk.sim.snapshot()

    assert desk.recover()

    assert desk.sim.snapshot() == before


def test_progress_is_shown(desk: Desk) -> None:
    """Sentences at once, progress now and then but always its end; libraries' words are not."""
    desk.stand_in(
        RECORD
        + """
tell(say="training:")
for done in range(1, 101):
    tell(progress="run", done=done, total=100, note="loss 0.02")
print("a library warns", file=sys.stderr)
"""
    )

    assert desk.recover()

    shown = [one for one in desk.said if one.startswith("run: ")]
    assert "training:" in desk.said
    assert shown[-1] == "run: 100/100 loss 0.02"
    assert len(shown) <= 4
    assert "a library warns" not in desk.said
    assert "a library warns" in desk.log()


FAILURES = {
    "in JSON": (
        'tell(error="shot.toml: frames: found 5-1"); sys.exit(1)',
        "chromaresolve: shot.toml: frames: found 5-1: then run this entry again",
    ),
    "in words": (
        'print("chromaresolve: x: mend y", file=sys.stderr); sys.exit(1)',
        "chromaresolve: x: mend y: then run this entry again",
    ),
    "in bad usage": (
        'print("No such option: --turnover", file=sys.stderr); sys.exit(2)',
        "chromaresolve: does not know what this menu asks of it: No such option: --turnover: bring",
    ),
    "by a mistake of ours": (
        "raise KeyError('x')",
        "chromaresolve: KeyError: 'x': then run this entry again",
    ),
    "without a word": (
        "os._exit(1)",
        "chromaresolve: ended with status 1: look at the log, then run this entry again",
    ),
    "killed": (
        "os.kill(os.getpid(), signal.SIGKILL)",
        "chromaresolve: was ended by signal 9, as when memory runs out: look at the log",
    ),
    "interrupted elsewhere": ("sys.exit(130)", "Recover: cancelled by you: run this entry again"),
}
"""How a tool fails, and what the user reads."""


@pytest.mark.parametrize(("code", "sentence"), FAILURES.values(), ids=FAILURES.keys())
def test_failure_is_a_sentence(desk: Desk, code: str, sentence: str) -> None:
    """The tool's own words, and what to do; never a traceback on the console."""
    desk.stand_in(code)

    assert not desk.recover()

    assert desk.said[-2].startswith(sentence)
    assert desk.said[-1].startswith("not done; report: ")


CANCELLABLE = """
signal.signal(signal.SIGINT, signal.default_int_handler)
Path(__file__).with_name("process").write_text(str(os.getpid()))
try:
    tell(say="at work")
    time.sleep(60)
except KeyboardInterrupt:
    tell(say="kept a checkpoint")
    sys.exit(130)
"""
"""A tool that stops where it can go on."""

STUBBORN = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
tell(say="at work")
time.sleep(60)
"""
"""A tool that does not listen."""


def cancel(desk: Desk) -> None:
    """Have the user make the file that ends the work, as soon as the tool is at it."""
    file = desk.shot / ".chromaresolve/cancel"

    def touch(sentence: str) -> None:
        if sentence == "at work":
            file.parent.mkdir(exist_ok=True)
            file.touch()

    desk.react = touch


def test_user_can_cancel(desk: Desk) -> None:
    """The tool is interrupted, says its last words, and the next run is not cancelled."""
    desk.stand_in(CANCELLABLE)
    cancel(desk)
    began = time.monotonic()

    assert not desk.recover()

    assert time.monotonic() - began < SOON
    assert "kept a checkpoint" in desk.said
    assert desk.said[-2] == "Recover: cancelled by you: run this entry again when you are ready"
    assert not (desk.shot / ".chromaresolve/cancel").exists()


def test_stubborn_tool_is_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that neither stops nor ends when asked is ended all the same."""
    monkeypatch.setattr(child, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(child, "DEATH_SECONDS", 0.2)
    desk.stand_in(STUBBORN)
    cancel(desk)
    began = time.monotonic()

    assert not desk.recover()

    assert time.monotonic() - began < SOON
    assert "cancelled by you" in desk.said[-2]


def test_tool_ends_with_the_entry(desk: Desk, tmp_path: Path) -> None:
    """Whatever stops the entry, such as Ctrl-C, takes the tool along."""
    desk.stand_in(CANCELLABLE + f"\nPath({str(tmp_path / 'late')!r}).touch()")

    def interrupt(sentence: str) -> None:
        if sentence == "at work":
            desk.react = str
            raise KeyboardInterrupt

    desk.react = interrupt
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        desk.recover()

    assert time.monotonic() - began < SOON
    with pytest.raises(ProcessLookupError):
        os.kill(int((desk.home / "process").read_text()), 0)


def test_old_cancel_file_ends_nothing(desk: Desk) -> None:
    """A file that was left from another time is removed before the work begins."""
    desk.stand_in(RECORD)
    (desk.shot / ".chromaresolve").mkdir()
    (desk.shot / ".chromaresolve/cancel").touch()

    assert desk.recover()


@pytest.mark.slow
def test_silence_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that says nothing for long is said to be still there, and left at work."""
    monkeypatch.setattr(child, "SILENCE_SECONDS", 0.3)
    (desk.shot / "shot.toml").touch()
    desk.stand_in(RECORD + "\ntime.sleep(1.5)")

    assert desk.recover()

    told = [one for one in desk.said if one.startswith("the tool has said nothing for")]
    assert 1 <= len(told) <= 6
    assert "it still runs (process " in told[0]


def test_much_talk_holds_nothing_up(desk: Desk) -> None:
    """More than a pipe takes, bytes that are no text, and a last line without an end."""
    desk.stand_in(
        RECORD
        + """
for _ in range(3000):
    tell(say="x" * 100)
sys.stderr.buffer.write(b"\\xff\\xfe")
sys.stderr.flush()
"""
    )

    assert desk.recover()

    assert desk.said.count("x" * 100) == 6000


def test_grandchild_does_not_hold_the_entry(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that the tool left running keeps its output open: nobody waits for it."""
    monkeypatch.setattr(child, "AFTERMATH_SECONDS", 0.2)
    desk.stand_in(
        RECORD
        + """
import subprocess
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(5)"])
"""
    )
    began = time.monotonic()

    assert desk.recover()

    assert time.monotonic() - began < 5


def test_environment_is_clean(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Resolve set for its own Python is gone; what a program needs is there."""
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHON3HOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "/opt/resolve")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    desk.stand_in(
        RECORD + 'Path(__file__).with_name("seen.json").write_text(json.dumps(dict(os.environ)))'
    )

    assert desk.recover()

    seen = json.loads((desk.home / "seen.json").read_text())
    assert "/opt/resolve" not in seen.values()
    assert seen["CUDA_VISIBLE_DEVICES"] == "1"
    assert seen["CHROMARESOLVE_PROGRESS"] == "json"
    assert {"PATH", "HOME"} <= set(seen)


def test_foreign_variables_are_known_in_any_case() -> None:
    """Windows writes names in any case; variables that only look alike stay."""
    kept = clean_environment(
        {"PythonHome": "x", "__PYVENV_LAUNCHER__": "x", "DYLD_LIBRARY_PATH": "x", "APYTHON": "y"}
    )

    assert kept == {"APYTHON": "y", "CHROMARESOLVE_PROGRESS": "json"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param('{"say": "hello"}', Told("say", "hello"), id="say"),
        pytest.param(
            '{"progress": "run", "done": 3, "total": 10, "note": "n"}',
            Told("progress", "run", 3, 10, "n"),
            id="progress",
        ),
        pytest.param('{"progress": "run"}', Told("progress", "run"), id="half a progress"),
        pytest.param('{"progress": 1, "done": "x"}', Told("progress", "1"), id="odd progress"),
        pytest.param('{"error": "e"}', Told("error", "e"), id="error"),
        pytest.param('{"other": 1}', Told("other", '{"other": 1}'), id="unknown"),
        pytest.param("[1]", Told("other", "[1]"), id="a list"),
        pytest.param("{", Told("other", "{"), id="no JSON"),
        pytest.param("", Told("other", ""), id="empty"),
    ],
)
def test_lines_are_understood_or_kept(line: str, told: Told) -> None:
    """A line is one of four kinds; nothing in it can break the reading."""
    assert parse_line(line) == told


MISSING = {
    "no record": (None, "install.json: is not there: type `chromaresolve resolve install`"),
    "a broken record": ("{", "install.json: does not name the tool"),
    "a record of another kind": ("[]", "install.json: does not name the tool"),
    "no words": ('{"tool": []}', "install.json: does not name the tool, but []: type"),
    "a tool that was moved": (
        '{"tool": ["/no/such/python", "-m", "chromaresolve"]}',
        "the tool: '/no/such/python' cannot be started (No such file or directory): type",
    ),
}
"""What install.json holds, and what is said."""


@pytest.mark.parametrize(("record", "sentence"), MISSING.values(), ids=MISSING.keys())
def test_missing_tool_says_what_to_type(desk: Desk, record: str | None, sentence: str) -> None:
    """Nothing happens, and the one line that mends it is there to be typed."""
    if record is not None:
        (desk.home / "install.json").write_text(record)

    assert not desk.recover()

    assert sentence in desk.said[-2]


def test_export_comes_first(desk: Desk) -> None:
    """Without a turnover and without a shot there is nothing to recover."""
    desk.stand_in(RECORD)
    (desk.shot / "turnover.json").unlink()

    assert not desk.recover()

    assert "turnover.json: is not there: run 5 Export Pair first" in desk.said[0]


def test_tool_that_leaves_nothing_is_noticed(desk: Desk) -> None:
    """Success without a recovered frame is none."""
    desk.stand_in('Path(sys.argv[2], "shot.toml").touch()')

    assert not desk.recover()

    assert "no frame in" in desk.said[-2]


@pytest.mark.slow
def test_real_tool_is_run(desk: Desk) -> None:
    """The tool itself: makes the shot, and what its check finds is read in Resolve, verbatim."""
    desk.install(sys.executable, "-m", "chromaresolve")
    write_rgb(desk.shot / "plates/SH010_SOURCE_1002.exr", np.full((20, 20, 3), 0.5, np.float32))

    assert not desk.recover()

    assert (desk.shot / "shot.toml").is_file()
    assert "check:" in desk.said
    assert desk.said[-2] == (
        f"chromaresolve: {desk.shot}/shot.toml: Source size: differs from frame to frame "
        "(20 x 20, 64 x 36): export one size: then run this entry again"
    )
