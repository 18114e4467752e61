"""Where there is no dialog, a file asks: written for the user, and what it says is checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chromaresolve.bridge.errors import BridgeError, UnansweredError
from chromaresolve.bridge.questions import (
    Question,
    answer_from_file,
    answers_file,
    load_answers,
    save_answers,
)

QUESTIONS = (
    Question("film", "Film title", is_needed=True),
    Question("width", "Width", default=0),
    Question("master", "Master too", default=False),
    Question("aspect", "Pixel aspect", default="square", choices=("square", "4_3")),
)


def test_first_run_writes_the_file_and_waits(tmp_path: Path) -> None:
    """The user finds every question in it, with its default."""
    file = tmp_path / "settings" / "new project.json"

    with pytest.raises(UnansweredError, match=r"not answered yet: 'film' \(Film title\)"):
        answer_from_file(file, QUESTIONS, {})

    assert json.loads(file.read_text()) == {
        "film": "",
        "width": 0,
        "master": False,
        "aspect": "square",
    }


def test_second_run_takes_the_answers(tmp_path: Path) -> None:
    """Defaults fill what was left out, and what other steps asked stays in the file."""
    file = tmp_path / "a.json"
    file.write_text('{"film": "La Muralla Verde", "folder": "/shots"}')

    answers = answer_from_file(file, QUESTIONS, {"width": 2048})

    assert answers == {
        "film": "La Muralla Verde",
        "width": 2048,
        "master": False,
        "aspect": "square",
    }
    save_answers(file, answers)
    assert load_answers(file) == {**answers, "folder": "/shots"}


@pytest.mark.parametrize(
    ("key", "answer", "remedy"),
    [
        pytest.param("width", "wide", "write a whole number", id="text for a number"),
        pytest.param("width", True, "write a whole number", id="yes for a number"),
        pytest.param("width", 2.5, "write a whole number", id="a broken number"),
        pytest.param("master", "yes", "write true or false", id="text for a switch"),
        pytest.param("master", 1, "write true or false", id="a number for a switch"),
        pytest.param("film", 3, "write text", id="a number for text"),
        pytest.param("aspect", "round", "write one of square, 4_3", id="not a choice"),
    ],
)
def test_an_answer_of_the_wrong_kind_is_named(
    tmp_path: Path, key: str, answer: object, remedy: str
) -> None:
    """The file, the key, what was found, and what to write."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"film": "x", key: answer}))

    with pytest.raises(BridgeError) as caught:
        answer_from_file(file, QUESTIONS, {})

    assert str(caught.value) == f"{file}, {key!r}: found {answer!r}: {remedy}"


@pytest.mark.parametrize("content", ["{", "[1]", "\udcff"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    """It is never overwritten: it may hold an hour of typing."""
    file = tmp_path / "a.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(BridgeError, match="delete it to begin anew"):
        answer_from_file(file, QUESTIONS, {})

    assert file.read_bytes() == content.encode("utf-8", "surrogateescape")


def test_a_project_of_any_name_has_a_file(tmp_path: Path) -> None:
    """A project may be called what no file may be called."""
    assert answers_file(tmp_path, "AC/DC: Live?").name == "AC_DC_ Live_.json"
    assert answers_file(tmp_path, "Émeraude").name == "Émeraude.json"
