"""Every function of Resolve that we call exists, as people who are not us described it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import chromaresolve.bridge
from chromaresolve.bridge.methods import METHODS, OLDEST
from resolve_stubs import VERSIONS, functions, stub_file

BRIDGE = Path(str(chromaresolve.bridge.__file__)).parent
LAUNCHERS = BRIDGE.parents[2] / "resolve_scripts"
CALLS = {"ask", "demand", "listed", "mapping", "number", "text"}
"""The ways in which the bridge calls Resolve."""

SPOKEN = re.compile(r"[A-Z][A-Za-z]+\.[A-Z][A-Za-z]+")
"""`Class.Function`."""

OWN_WINDOWS = {
    "AddItem",
    "AddWindow",
    "Button",
    "CheckBox",
    "ComboBox",
    "ExitLoop",
    "GetItems",
    "HGroup",
    "Hide",
    "Label",
    "LineEdit",
    "RunLoop",
    "Show",
    "UIDispatcher",
    "VGroup",
}
"""Functions of Resolve's window toolkit, which no stub describes; and see `GetResolve`."""

LATER_THAN_STUBS = {"Timeline.GetSettings", "Project.GetSettings"}
"""Two of 21.1's, to prove that the tests know which functions no stub has yet."""

LENIENT = {
    # The stubs give AddTrack a second argument always; Blackmagic's README makes it optional.
    "Timeline.AddTrack": 1,
    "TimelineItem.GetDuration": 0,
    "TimelineItem.GetEnd": 0,
    "TimelineItem.GetStart": 0,
    "TimelineItem.GetLeftOffset": 0,
    "TimelineItem.GetRightOffset": 0,
}
"""Functions whose last arguments the stubs demand and the README lets out."""

MODULES = sorted(BRIDGE.glob("*.py"))


def calls(module: Path) -> Iterator[tuple[str, int | None, int]]:
    """Yield the function, the number of arguments (None if it is not plain) and the line."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in CALLS or len(node.args) < 2:
            continue
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            is_starred = any(isinstance(one, ast.Starred) for one in node.args)
            yield name.value, None if is_starred else len(node.args) - 2, node.lineno


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_name_is_in_the_table(module: Path) -> None:
    """Also the names that are only handed on, such as those of the two conventions."""
    classes = {name.partition(".")[0] for name in METHODS}
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_name = SPOKEN.fullmatch(node.value) and node.value.partition(".")[0] in classes
            assert not is_name or node.value in METHODS, f"{module.name}:{node.lineno}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_call_has_as_many_arguments_as_the_stub_says(module: Path) -> None:
    """In the oldest version that has the function."""
    for name, count, line in calls(module):
        known = functions(stub_file(_first_stub_with(name)))[name] if _is_in_stubs(name) else ()
        if count is None or not known:
            continue
        fits = [one for one in known if LENIENT.get(name, one.least) <= count <= one.most]
        assert fits, f"{module.name}:{line}: {name} with {count} arguments; the stub: {known}"


@pytest.mark.parametrize("module", [*MODULES, *LAUNCHERS.glob("*.py")], ids=lambda path: path.name)
def test_nothing_is_called_past_the_table(module: Path) -> None:
    """No `timeline.AddTrack(...)`: only the table's way logs, times and checks the answer."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {"winreg"}  # handed on as an argument, as it is only there on Windows
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, owner = node.func.attr, node.func.value
        is_library = isinstance(owner, ast.Name) and owner.id in imported
        is_resolves = re.fullmatch(r"[A-Z][A-Za-z]*[a-z][A-Za-z]*", name) and not is_library
        allowed = OWN_WINDOWS | {"GetResolve"}
        assert not is_resolves or name in allowed, f"{module.name}:{node.lineno}: .{name}()"


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_function_is_in_the_stub_of_its_first_version(name: str) -> None:
    """And not in an older one: a call that claims to be old enough is."""
    since = METHODS[name].since
    if since > max(VERSIONS):
        assert not _is_in_stubs(name), f"{name} is in a stub: it is not as new as {since}"
        return
    first = _first_stub_with(name)
    assert first <= next(v for v in sorted(VERSIONS) if v >= since), f"{name} came in {first}"
    older = [version for version in VERSIONS if version < since]
    for version in older:
        assert name not in functions(stub_file(version)), f"{name} is there since {version}"


def test_some_functions_are_newer_than_every_stub() -> None:
    """So that the test above cannot pass by looking at nothing."""
    newer = {name for name, method in METHODS.items() if method.since > max(VERSIONS)}

    assert newer >= LATER_THAN_STUBS
    assert len(METHODS) - len(newer) > 100


def test_most_functions_are_there_in_the_oldest_version() -> None:
    """The workflow needs nothing newer than it claims."""
    needed = [name for name, method in METHODS.items() if method.since <= OLDEST]
    known = functions(stub_file((19, 1, 0)))

    assert [name for name in needed if name not in known] == []


@pytest.mark.skipif(
    "CHROMARESOLVE_RESOLVE_PYI" not in os.environ,
    reason="CHROMARESOLVE_RESOLVE_PYI does not point at Resolve's own DaVinciResolveScript.pyi",
)
def test_every_function_is_in_the_users_own_stub() -> None:
    """Blackmagic's typed stub is the authority from 21.1 on; it may not be handed on."""
    known = functions(Path(os.environ["CHROMARESOLVE_RESOLVE_PYI"]))
    deprecated = {"GetSetting", "SetSetting", "GetProperty", "SetProperty"}
    missing = [name for name in METHODS if name not in known]

    assert [name for name in missing if name.partition(".")[2] not in deprecated] == []


def _is_in_stubs(name: str) -> bool:
    return any(name in functions(stub_file(version)) for version in VERSIONS)


def _first_stub_with(name: str) -> tuple[int, int, int]:
    return next(v for v in sorted(VERSIONS) if name in functions(stub_file(v)))


def test_every_function_in_the_table_is_called() -> None:
    """A row that nothing calls is a claim that nothing proves."""
    code = "".join(one.read_text(encoding="utf-8") for one in MODULES if one.stem != "methods")

    assert [name for name in METHODS if f'"{name}"' not in code] == []
