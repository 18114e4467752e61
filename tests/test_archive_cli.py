"""`chromaresolve archive` as a user types it: one line, and an exit status to go by."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.cli import main
from chromaresolve.shot import Shot
from packed import pack, spoil, write_packable_shot

Typed = Callable[..., tuple[int, str, str]]
"""Runs the command line in this process: exit status, stdout, stderr."""


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type `chromaresolve archive`."""

    def run_here(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setattr(sys, "argv", ["chromaresolve", "archive", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run_here


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recovered shot that nobody changes."""
    return write_packable_shot(tmp_path_factory.mktemp("original")).root


@pytest.fixture(scope="module")
def packed(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its package, which nobody changes either."""
    return pack(Shot.load(original), tmp_path_factory.mktemp("packed") / "bag")


def test_package_is_made_moved_checked_and_given_back(
    typed: Typed, original: Path, tmp_path: Path
) -> None:
    """The whole way, and each step says what to type next."""
    bag, far = tmp_path / "bag", tmp_path / "far"

    status, _, told = typed(original, "--out", bag, "--plates", "reference")
    assert (status, bag.is_dir()) == (0, True)
    assert f"chromaresolve archive --verify {bag}" in told
    bag.rename(far)
    status, _, told = typed("--verify", far, "--originals", original)
    assert (status, "are as they were packed" in told) == (0, True)
    assert "and 5 by reference" in told
    status, _, told = typed("--extract", far, "--to", tmp_path / "back")
    assert (status, (tmp_path / "back/shot.toml").is_file()) == (0, True)
    assert f"chromaresolve show {tmp_path / 'back'}" in told


def test_damage_is_one_line_and_status_1(typed: Typed, packed: Path, tmp_path: Path) -> None:
    """It names the file, whatever else was printed before."""
    bag = Path(shutil.copytree(packed, tmp_path / "bag"))
    spoil(bag / "data/shot/model.onnx", lambda content: b"A" + content[1:])

    status, out, told = typed("--verify", bag)

    assert (status, out) == (1, "")
    assert told.splitlines()[-1] == (
        f"chromaresolve: {bag / 'data/shot/model.onnx'}: changed since it was packed: take it from "
        "another copy of the package"
    )


def test_json_is_one_object(typed: Typed, original: Path, packed: Path, tmp_path: Path) -> None:
    """For the programs of an archive."""
    status, out, _ = typed(original, "--out", tmp_path / "bag", "--json")
    made = json.loads(out)
    assert (status, made["by_reference"]) == (0, 0)
    assert made["size"] > 0

    status, out, _ = typed("--verify", packed, "--json")
    checked = json.loads(out)
    assert (status, checked["whole"], checked["files"]) == (0, True, made["files"])


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="nothing"),
        pytest.param(("shot", "--verify", "bag"), id="shot and bag"),
        pytest.param(("--verify", "bag", "--extract", "bag", "--to", "x"), id="two bags"),
        pytest.param(("--extract", "bag"), id="to nowhere"),
        pytest.param(("shot", "--to", "x"), id="to somewhere"),
        pytest.param(("shot", "--originals", "x"), id="originals of a shot"),
        pytest.param(("--verify", "bag", "--out", "x"), id="out of a check"),
        pytest.param(("--verify", "bag", "--masters", "reference"), id="masters of a check"),
        pytest.param(("shot", "--masters", "link"), id="no such way"),
    ],
)
def test_words_that_do_not_go_together_are_status_2(typed: Typed, words: tuple[str, ...]) -> None:
    """Nothing is looked for on disk."""
    status, out, told = typed(*words)

    assert (status, out) == (2, "")
    assert told
