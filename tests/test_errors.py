"""Errors: the tree is what its docstring draws, and a message is one line however it came about."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
from pathlib import Path

import pytest

from chromaresolve import errors
from chromaresolve.errors import (
    ChromaresolveError,
    ColourError,
    FrameError,
    MissingExtraError,
    ModelError,
    ShotError,
    StageError,
    UsageError,
)

ROOT = Path(__file__).parents[1]

MESSAGES = {
    "usage": (UsageError("frames '5-1': runs backwards"), "frames '5-1': runs backwards"),
    "shot": (ShotError(Path("a/shot.toml"), "crop.left", "-4"), "a/shot.toml: crop.left: -4"),
    "shot, no field": (ShotError(Path("shot.toml"), "", "is empty"), "shot.toml: is empty"),
    "frame": (FrameError(Path("a.0001.exr"), "is empty"), "a.0001.exr: is empty"),
    "colour": (ColourError("'ACEScx'", "no such space"), "'ACEScx': no such space"),
    "stage": (StageError("registration", "too few points"), "registration: too few points"),
    "model": (ModelError("model.onnx", "is cut short"), "model.onnx: is cut short"),
    "extra": (
        MissingExtraError("torch", "train"),
        "torch is not installed: type `pip install 'chromaresolve[train]'`",
    ),
}
"""One error of each kind, and what is printed of it."""


def test_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    """A reader of the docstring knows every class there is, and none that is not."""
    drawn = re.findall(
        r"^ {4}(├── |└── |│   └── |)(\w+Error) +\S", errors.__doc__ or "", re.MULTILINE
    )
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]

    assert {name for _, name in drawn} == {
        kind.__name__ for kind in classes if kind.__module__ == errors.__name__
    }
    above: type[Exception] = ChromaresolveError
    for branch, name in drawn:
        kind = getattr(errors, name)
        if branch.startswith("│"):
            assert kind.__bases__ == (above,), name
            continue
        assert kind.__bases__ == (ChromaresolveError if branch else Exception,), name
        above = kind


@pytest.mark.parametrize(("error", "line"), MESSAGES.values(), ids=MESSAGES.keys())
def test_error_says_where_and_what(error: ChromaresolveError, line: str) -> None:
    """The parts are joined by colons; a part that is empty leaves no trace."""
    assert str(error) == line


@pytest.mark.parametrize(("error", "line"), MESSAGES.values(), ids=MESSAGES.keys())
def test_error_survives_another_process(error: ChromaresolveError, line: str) -> None:
    """A worker's error arrives with its class, its words and its parts."""
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert type(arrived) is type(error)
    assert str(arrived) == line
    assert vars(arrived) == vars(error)


@pytest.mark.parametrize(
    "problem",
    [
        pytest.param("cannot be read:\n  bad magic\n", id="line feed"),
        pytest.param("cannot be read:\r\nbad magic", id="carriage return"),
        pytest.param("cannot be read:\u2028\n\n bad magic", id="separators"),
    ],
)
def test_message_is_one_line_whatever_a_library_says(problem: str) -> None:
    """OpenImageIO and onnxruntime speak in paragraphs; stderr gets one line."""
    assert str(FrameError("a.exr", problem)) == "a.exr: cannot be read: bad magic"


def test_message_keeps_the_spaces_of_a_path() -> None:
    """A folder with two spaces in its name is shown as it is."""
    assert str(FrameError(Path("reel  1/a.exr"), "is empty")) == "reel  1/a.exr: is empty"


def test_no_message_in_the_package_ends_like_a_sentence() -> None:
    """No full stop, no exclamation mark, no line break: whoever prints it decides."""
    written = [
        (f"{file.name}:{call.lineno}", text)
        for file in sorted((ROOT / "src/chromaresolve").rglob("*.py"))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for text in message_of(call)
    ]

    assert len(written) > 50
    assert [(where, text) for where, text in written if re.search(r"[.!]\s*$|\n", text)] == []


def message_of(call: ast.Call) -> list[str]:
    """Return the last piece of the message that a call raises, if it is one of our errors."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if not hasattr(errors, name) or not call.args:
        return []
    pieces = call.args[-1].values if isinstance(call.args[-1], ast.JoinedStr) else call.args[-1:]
    last = pieces[-1]
    return [last.value] if isinstance(last, ast.Constant) and isinstance(last.value, str) else []
