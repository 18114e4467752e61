"""Resolve's scripting API as somebody else described it: the stubs of fusionscript-stubs.

`make install` unpacks three versions beside the environment. They are read with `ast`, as they are
written for type checkers and cannot be imported.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VERSIONS = {(19, 1, 0): "19.1", (20, 2, 2): "20.2.2", (21, 0, 0): "21.0.0"}
"""The stubs there are, by Resolve's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a function may be called: one for each overload."""

    least: int
    """The fewest arguments."""
    most: float
    """The most arguments; infinite where it takes any number."""


def stub_file(version: tuple[int, int, int]) -> Path:
    """Return the stub of a version, or fail with what to type."""
    name = VERSIONS[version]
    file = Path(sys.prefix) / f"stubs/{name}/fusionscript-stubs/fusionscript.pyi"
    assert file.is_file(), f"{file} is not there: type `make install`"
    return file


@cache
def functions(file: Path) -> dict[str, tuple[Signature, ...]]:
    """Return every function of a stub as `Class.Function`, with its overloads."""
    found: dict[str, tuple[Signature, ...]] = {}
    for kind in ast.parse(file.read_text(encoding="utf-8")).body:
        if not isinstance(kind, ast.ClassDef):
            continue
        for function in kind.body:
            if isinstance(function, ast.FunctionDef):
                name = f"{kind.name}.{function.name}"
                found[name] = (*found.get(name, ()), _signature(function))
    return found


def _signature(function: ast.FunctionDef) -> Signature:
    parameters = function.args.args[1:]
    defaults = len(function.args.defaults)
    # The stubs write what may be left out as Optional, without a default.
    needed = [
        one
        for one in parameters[: len(parameters) - defaults]
        if one.annotation is None or "Optional" not in ast.unparse(one.annotation)
    ]
    most = float("inf") if function.args.vararg else len(parameters)
    return Signature(least=len(needed), most=most)
