"""Other Pythons than the one that runs the tests: older, newer, PyPy, and Pyodide through Node."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

NAMES = ("python3.8", "python3.13", "python3.14", "pypy3")
"""What is looked for on the PATH, and among pyenv's versions."""

PYODIDE = "CHROMARESOLVE_PYODIDE"
"""The environment variable that names the folder of an unpacked npm package `pyodide`."""

PYODIDE_HERE = Path(__file__).parents[1] / ".venv/pyodide/node_modules/pyodide"
"""Where it lies if the variable is not set: `npm install --prefix .venv/pyodide pyodide`."""

PYODIDE_RUN = """
const [code, folder] = process.argv.slice(1);
const { loadPyodide } = await import(process.env.CHROMARESOLVE_PYODIDE + "/pyodide.mjs");
const pyodide = await loadPyodide();
pyodide.mountNodeFS(folder, folder);
pyodide.globals.set("__arguments", ["-c", folder]);
try {
  pyodide.runPython("import sys; sys.argv = list(__arguments)");
  pyodide.runPython(code);
} catch (error) {
  console.error(error.message);  // uncaught, Node would print the library's whole source
  process.exit(1);
}
"""
"""Runs Python inside Node, with one folder of this disk under its own name."""


class Interpreter(NamedTuple):
    """A Python to try something on."""

    name: str
    """What to call it."""
    words: tuple[str, ...]
    """What to type before the code and the folder; nothing where it is not installed."""

    @property
    def is_here(self) -> bool:
        """Whether it is installed."""
        return bool(self.words)

    def run(self, code: str, folder: Path) -> str:
        """Run code that sees `folder` (as `sys.argv[1]`) and return what it printed."""
        shown = subprocess.run(
            [*self.words, code, str(folder)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
            env={
                "PATH": os.environ["PATH"],
                "LC_ALL": "C.UTF-8",
                PYODIDE: str(_pyodide()),
            },
        )
        assert shown.returncode == 0, f"{self.name}: {shown.stderr}"
        return shown.stdout


@cache
def other_interpreters() -> list[Interpreter]:
    """Return each of them, those that are not installed without words."""
    return [*map(_python, NAMES), _python_in_node()]


def interpreter_cases() -> list[object]:
    """Return them as parameters of a test; it skips those that are not installed."""
    return [
        pytest.param(
            one,
            id=one.name,
            marks=[
                pytest.mark.skipif(not one.is_here, reason=f"{one.name} is not installed"),
                *([pytest.mark.slow] if one.name == "pyodide" else []),
            ],
        )
        for one in other_interpreters()
    ]


def _python(name: str) -> Interpreter:
    for program in _programs(name):
        words = (program, "-I", "-S", "-c")
        # pyenv's stand-ins are on the PATH also for versions that are not switched on.
        if subprocess.run([*words, ""], capture_output=True, check=False).returncode == 0:
            return Interpreter(name, words)
    return Interpreter(name, ())


def _programs(name: str) -> Iterator[str]:
    found = shutil.which(name)
    if found:
        yield found
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(map(str, root.glob(f"versions/*/bin/{name}")))


def _python_in_node() -> Interpreter:
    node = shutil.which("node")
    if node is None or not (_pyodide() / "pyodide.mjs").is_file():
        return Interpreter("pyodide", ())
    return Interpreter("pyodide", (node, "--input-type=module", "--eval", PYODIDE_RUN, "--"))


def _pyodide() -> Path:
    return Path(os.environ.get(PYODIDE) or PYODIDE_HERE).absolute()
