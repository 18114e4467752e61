"""What the screen tells a render farm, read by Open Job Description's own listener."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openjd.sessions._action_filter import ActionMessageKind, ActionMonitoringFilter

from chromaresolve.cli.screen import PROGRESS, Screen, _tell_farm_progress, tell_farm_failure
from chromaresolve.errors import FrameError

SESSION = "a session"
"""The listener hears only its own session's lines."""


def heard(stdout: str) -> list[tuple[str, Any, bool]]:
    """Each message that a runner hears: its kind, what it says, and whether it stops the task."""
    messages: list[tuple[str, Any, bool]] = []

    def hear(kind: ActionMessageKind, said: Any, stops: bool) -> None:
        messages.append((kind.value, said, stops))

    listener = ActionMonitoringFilter(session_id=SESSION, callback=hear)
    for line in stdout.splitlines():
        record = logging.LogRecord("farm", logging.INFO, "", 0, line, None, None)
        record.session_id = SESSION
        listener.filter(record)
        assert "-- ERROR" not in str(record.msg), f"malformed: {line}"
    return messages


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A screen as a farm's machine has it."""
    monkeypatch.setenv(PROGRESS, "openjd")
    return Screen(as_json=False)


def test_progress_is_percent_and_words(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    """A share of a hundred for the bar, and how many of how many for people."""
    with screen.progress("recover") as tell:
        tell(21, 21, "SH010_ML_0021.exr")

    assert heard(capsys.readouterr().out) == [
        ("progress", 100.0, False),
        ("status", "recover: 21/21 SH010_ML_0021.exr", False),
    ]


@pytest.mark.parametrize(
    ("done", "total"), [(0, 0), (5, 0), (7, 5), (-1, 5)], ids=["of none", "some", "over", "below"]
)
def test_progress_beyond_a_hundred_is_words_alone(
    capsys: pytest.CaptureFixture[str], done: int, total: int
) -> None:
    """A runner takes 0 to 100; what is no share of anything is not told as one."""
    _tell_farm_progress("train", done, total, "")

    messages = heard(capsys.readouterr().out)
    assert messages == [("status", f"train: {done}/{total}", False)]


def test_progress_is_told_seldom(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    """A log stays readable, and the end is always told."""
    with screen.progress("train") as tell:
        for done in range(1001):
            tell(done, 1000, "")

    messages = heard(capsys.readouterr().out)
    assert messages[-2:] == [("progress", 100.0, False), ("status", "train: 1000/1000", False)]
    assert len(messages) < 10


AWKWARD = {
    "line break": ("a\nopenjd_env: PATH=/evil", "a openjd_env: PATH=/evil"),
    "carriage return": ("a\r\nopenjd_progress: 900", "a openjd_progress: 900"),
    "other line ends": ("a\u2028b\x85c\x0bd\x0ce", "a b c d e"),
    "terminal colours": ("\x1b[31mred\x1b[0m", "[31mred [0m"),
    "a broken name": ("plates/\udce9t\udce9_0001.exr", "plates/ t _0001.exr"),
    "a message's own words": ("openjd_fail: no", "openjd_fail: no"),
    "letters of any script": ("кадр 色 é", "кадр 色 é"),
}
"""What names may hold, and the one line that is told of them."""


@pytest.mark.parametrize(("sentence", "line"), AWKWARD.values(), ids=AWKWARD.keys())
def test_names_never_become_other_messages(
    screen: Screen, capsys: pytest.CaptureFixture[str], sentence: str, line: str
) -> None:
    """Whatever a file is called, it is one status, and nothing else happens."""
    screen.say(sentence)

    assert heard(capsys.readouterr().out) == [("status", line, False)]


def test_empty_sentence_is_no_message(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    """A status without words would be malformed."""
    screen.say(" \n")

    assert capsys.readouterr().out == ""


def test_failure_is_told_on_one_line(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    """The farm's list of tasks says why, in the words that people get."""
    tell_farm_failure(FrameError("plates/A_0001.exr", "is cut off:\nexport it again"))

    assert screen.is_farmed
    reason = "plates/A_0001.exr: is cut off: export it again"
    assert [message[:2] for message in heard(capsys.readouterr().out)] == [("fail", reason)]


def test_failure_is_told_to_a_farm_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no farm listens, stdout stays the result's."""
    monkeypatch.delenv(PROGRESS, raising=False)

    tell_farm_failure(FrameError("plates/A_0001.exr", "is cut off"))

    assert capsys.readouterr().out == ""


def test_a_command_tells_on_stdout(tmp_path: Path) -> None:
    """The whole program, as a farm starts it: the reason on stdout, the line on stderr."""
    shown = subprocess.run(
        [sys.executable, "-m", "chromaresolve", "run", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={PROGRESS: "openjd", "PYTHONUTF8": "1"},
    )

    assert shown.returncode == 1
    [(kind, reason, _)] = heard(shown.stdout)
    assert kind == "fail"
    assert "there is no shot here" in reason
    assert shown.stderr.startswith("chromaresolve: ")
