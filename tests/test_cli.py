"""The command line: help with examples, one-line errors, exit statuses, JSON for machines."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.cli import main
from chromaresolve.cli.commands import COMMANDS

START_SECONDS = 0.4
"""What a person does not notice; `--help` must not import torch or numpy."""


def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "chromaresolve", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100"},
    )


Typed = Callable[..., tuple[int, str, str]]
"""Runs the command line in this process: exit status, stdout, stderr."""


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run the command line here, which is quicker where nothing heavy is imported."""

    def run_here(*words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setattr(sys, "argv", ["chromaresolve", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run_here


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_has_help_with_an_example(command: object, typed: Typed) -> None:
    """`--help` shows what it does and a line to copy."""
    name = getattr(command, "__name__", "")

    status, shown, _ = typed(name, "--help")

    assert status == 0
    assert f"chromaresolve {name}" in shown
    assert "Example" in shown
    assert "--json" in shown


def test_help_imports_nothing_heavy() -> None:
    """Neither numpy nor torch nor OpenImageIO is loaded before a command runs."""
    code = (
        "import sys; import chromaresolve.cli; "
        "print([m for m in ('numpy', 'torch', 'cv2', 'pydantic') if m in sys.modules])"
    )

    shown = run_code(code)

    assert shown.stdout.strip() == "[]"


def test_help_starts_quickly() -> None:
    """The best of five starts, so that a busy machine does not fail it."""
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        run("--help")
        seconds.append(time.monotonic() - began)

    assert min(seconds) < START_SECONDS


WRONG = {
    "no shot": (["show", "nowhere"], 1, "there is no shot here: run `chromaresolve new`"),
    "nothing named": (["recover"], 2, "name a SHOT, or --model, --source and --out"),
    "both lengths": (["train", "x", "--steps", "5", "--minutes", "1"], 2, "say one of them"),
    "unknown size": (["train", "x", "--size", "huge"], 2, "write small, medium or large"),
    "two numbers": (["fade", "a", "b", "--retention", "1,2"], 2, "write three numbers"),
    "backwards": (["recover", "x", "--frames", "5-1"], 2, "runs backwards"),
    "unknown command": (["nosuch"], 2, "No such command"),
    "missing argument": (["show"], 2, "Missing argument"),
    "out of range": (["pairs", "x", "--count", "0"], 2, "Invalid value"),
}
"""What is wrong: the words typed, the exit status, and what is said."""


@pytest.mark.parametrize(("words", "status", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_errors_say_what_to_do(
    tmp_path: Path,
    words: list[str],
    status: int,
    sentence: str,
    typed: Typed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit status 1 for the world, 2 for bad usage; no traceback, nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    if "x" in words:
        (tmp_path / "x").mkdir()

    ended, out, told = typed(*words)

    assert (ended, out) == (status, "")
    assert sentence in told
    assert "Traceback" not in told


def test_our_errors_are_one_line(tmp_path: Path) -> None:
    """Where: what: what to do, and nothing else."""
    shown = run("align", tmp_path)

    assert shown.stderr.count("\n") == 1
    assert shown.stderr.startswith(f"chromaresolve: {tmp_path}/shot.toml: ")


def test_json_is_one_object(trained_shot: Path) -> None:
    """`--json` prints one object on stdout; what people read stays on stderr."""
    shown = run("show", trained_shot, "--json")

    facts = json.loads(shown.stdout)
    assert facts["shot"] == "tiny"
    assert facts["next"] is None
    assert facts["stages"]["model"].startswith("made ")
    assert "tiny: frames 1-6 at 24 a second" in shown.stderr


@pytest.mark.slow
def test_new_then_check_then_pairs(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The first commands of the workflow, as a user types them."""
    root = copied(faded_shot)
    (root / "shot.toml").unlink()
    made = run(
        "new", root, "--source", "plates/TINY_SOURCE_####.exr",
        "--reference", "plates/TINY_REF_%04d.exr", "--fps", "24000/1001", "--json",
    )  # fmt: skip
    checked = run("check", root)
    paired = run("pairs", root, "--count", "3", "--json")

    assert json.loads(made.stdout)["frames"] == "1-6"
    assert checked.returncode == 0
    assert "fits; next: `chromaresolve balance" in checked.stderr
    assert len(json.loads(paired.stdout)["pairs"]) == 4


@pytest.mark.slow
def test_balance_says_what_is_left(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The diagnosis is for people, the numbers are for programs, and the plates are used."""
    root = copied(faded_shot)

    shown = run("balance", root, "--plates", "--json")

    assert shown.returncode == 0, shown.stderr
    made = json.loads(shown.stdout)
    assert made["settings"] == {"density": "gamma24", "plates": True, "dctl": False}
    assert made["measured"]["retention_cyan"] == pytest.approx(0.08, abs=0.05)
    assert re.search(r"cyan \d+ % left, magenta \d+ %, yellow \d+ % \(give or take", shown.stderr)
    assert 'balanced = "plates/tiny_BAL_####.exr"' in (root / "shot.toml").read_text("utf-8")


def test_recover_without_a_shot(trained_shot: Path, tmp_path: Path) -> None:
    """A render machine: a model, plates, and a folder; the provider is said with its reason."""
    shown = run(
        "recover", "--model", trained_shot / "model.onnx",
        "--source", trained_shot / "plates/TINY_SOURCE_####.exr",
        "--out", tmp_path / "out", "--frames", "1-5:2", "--provider", "cpu", "--json",
    )  # fmt: skip

    assert shown.returncode == 0
    assert json.loads(shown.stdout)["written"] == 3
    assert "recovering on cpu: asked for" in shown.stderr
    names = [path.name for path in sorted((tmp_path / "out").glob("*.exr"))]
    assert names == ["tiny_ML_0001.exr", "tiny_ML_0003.exr", "tiny_ML_0005.exr"]


def test_recover_needs_no_torch(trained_shot: Path, tmp_path: Path) -> None:
    """A render machine has no PyTorch: recovery must not import it."""
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['onnx'] = None; "
        f"sys.argv = ['chromaresolve', 'recover', '--model', '{trained_shot}/model.onnx', "
        f"'--source', '{trained_shot}/plates/TINY_SOURCE_####.exr', '--check', '1', "
        f"'--out', '{tmp_path}/out', '--provider', 'cpu']; "
        "from chromaresolve.cli import main; main()"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / "out/tiny_ML_0001.exr").is_file()


def test_train_without_torch_names_the_extra(aligned_shot: Path) -> None:
    """The one line says what to install."""
    code = (
        "import sys; sys.modules['torch'] = None; "
        f"sys.argv = ['chromaresolve', 'train', '{aligned_shot}']; "
        "from chromaresolve.cli import main; main()"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert shown.returncode == 1
    assert "torch is not installed: type `pip install 'chromaresolve[train]'`" in shown.stderr


@pytest.mark.slow
def test_fade_and_reference_from_the_command_line(faded_shot: Path, tmp_path: Path) -> None:
    """`fade` writes a scan and a Reference beside it, frame for frame."""
    shown = run(
        "fade", faded_shot / "plates/TINY_REF_####.exr", tmp_path / "scan/S_####.exr",
        "--retention", "0.2,0.88,0.55", "--reference", tmp_path / "ref/R_####.exr", "--json",
    )  # fmt: skip

    assert json.loads(shown.stdout)["frames"] == 6
    assert len(list((tmp_path / "scan").glob("S_*.exr"))) == 6
    assert len(list((tmp_path / "ref").glob("R_*.exr"))) == 6


def test_version_is_printed() -> None:
    """One word on stdout."""
    from chromaresolve import __version__

    assert run("--version").stdout.strip() == __version__
