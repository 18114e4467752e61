"""The simulator's table of methods against descriptions of the API that nobody here wrote.

The public oracle is fusionscript-stubs, three versions of it; the official stub of an installed
Resolve 21.1 is used where CHROMARESOLVE_RESOLVE_PYI points at one. Both are read with `ast`.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from resolve_sim.constants import COMPOSITES, RESIZE_FILTERS, RETIMES, SCALINGS
from resolve_sim.methods import TABLE
from resolve_sim.table import METHODS, Method, methods_of
from resolve_stubs import VERSIONS, stub_file

SIMULATED = [(19, 1, 0), (20, 3, 0), (21, 0, 0), (21, 1, 0)]
"""What the simulator's tests run as."""

LATER = {
    # Section 1 of the research note: its README of 21.0.4 has the first, its stub of 21.1 the rest.
    "Timeline.GetSelectedClips", "Resolve.IsStudio", "Resolve.ValidateDCTL",
    "Resolve.GetCurrentProject", "Resolve.GetCurrentTimeline", "Resolve.GetMediaPool",
    "Resolve.GetGallery", "Project.GetSettings", "Project.SetSettings", "Timeline.GetSettings",
    "Timeline.SetSettings", "TimelineItem.GetProperties", "TimelineItem.SetProperties",
    "TimelineItem.GetSpeed", "TimelineItem.SetSpeed", "TimelineItem.GetType",
    "Project.GetProjectSettingsPresetList", "Project.SetProjectSettingsPreset",
    "Project.ImportProjectSettingsPreset", "Project.ExportProjectSettingsPreset",
}  # fmt: skip
"""Methods newer than the newest public stub."""

DOCUMENTED_OTHERWISE = {
    # The stubs' own text: "they can be grouped together into a dictionary (for python)".
    ("TimelineItem.SetProperty", ("propertyKey",)),
}
"""Ways of calling that a stub's text describes and its signatures leave out."""

OMITTABLE = {
    # The stubs' own text gives each a default, or describes the call without it.
    "Bool", "type", "subframe_precision", "isInteractiveMode", "exportSubtype", "importOptions",
    "settingName", "subTrackType", "withStillsAndLUTs",
}  # fmt: skip
"""Parameters that may be left out although a stub types them as if they had to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One way to call a method, as a stub says."""

    names: tuple[str, ...]
    optional: frozenset[str]
    has_more: bool


@cache
def shapes(file: Path) -> dict[str, tuple[Shape, ...]]:
    """Return every method of a stub as `Class.Method`, with its overloads."""
    found: dict[str, tuple[Shape, ...]] = {}
    for owner in ast.parse(file.read_text(encoding="utf-8")).body:
        for method in owner.body if isinstance(owner, ast.ClassDef) else ():
            if isinstance(owner, ast.ClassDef) and isinstance(method, ast.FunctionDef):
                name = f"{owner.name}.{method.name}"
                found[name] = (*found.get(name, ()), _shape(method))
    return found


def _shape(method: ast.FunctionDef) -> Shape:
    parameters = method.args.args[1:]
    defaulted = parameters[len(parameters) - len(method.args.defaults) :]
    optional = [p for p in parameters if p.annotation and "Optional" in ast.unparse(p.annotation)]
    return Shape(
        names=tuple(one.arg for one in parameters),
        optional=frozenset(one.arg for one in [*defaulted, *optional]),
        has_more=method.args.vararg is not None,
    )


def newest_stub(version: tuple[int, int, int]) -> Path:
    """Return the newest public stub that is not newer than a version."""
    return stub_file(max(one for one in VERSIONS if one <= version))


def is_described(method: Method, known: tuple[Shape, ...]) -> bool:
    """Say whether a stub has this way of calling a method."""
    names = tuple(parameter.name for parameter in method.parameters)
    if (f"{method.owner}.{method.name}", names) in DOCUMENTED_OTHERWISE:
        return True
    left_out = {one.name for one in method.parameters if one.is_omittable}
    return any(
        names == shape.names[: len(names)]
        and left_out | {*shape.names[len(names) :]} <= shape.optional | OMITTABLE
        and method.has_more == shape.has_more
        for shape in known
    )


def test_table_has_no_method_twice() -> None:
    """Each way of calling stands once, and each class once."""
    lines = [line for line in TABLE.splitlines() if line]
    classes = [line for line in lines if not line.startswith(" ")]
    assert len(set(classes)) == len(classes)
    ways = [(m.owner, m.name, tuple(p.name for p in m.parameters)) for m in METHODS]
    twice = {way for way in ways if ways.count(way) > 1}
    assert twice == set()


@pytest.mark.parametrize("version", SIMULATED, ids=str)
def test_methods_are_in_the_stub_of_their_version(version: tuple[int, int, int]) -> None:
    """Every method of a simulated version is in its stub, with these parameters."""
    stub = shapes(newest_stub(version))
    owners = {method.owner for method in METHODS}
    wrong = [
        f"{way.owner}.{way.name}({', '.join(p.name for p in way.parameters)})"
        for owner in sorted(owners)
        for ways in methods_of(owner, version, strict=False).values()
        for way in ways
        if f"{owner}.{way.name}" not in LATER
        if not is_described(way, stub.get(f"{owner}.{way.name}", ()))
    ]
    assert wrong == []


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_methods_of_the_stub_are_not_claimed_to_be_newer(version: tuple[int, int, int]) -> None:
    """What a stub has, the table has in that version: nothing is said to have come later."""
    stub = shapes(stub_file(version))
    late = sorted(
        f"{method.owner}.{method.name}"
        for method in METHODS
        if method.since > version
        and f"{method.owner}.{method.name}" in stub
        and not any(
            other.since <= version
            for other in METHODS
            if (other.owner, other.name) == (method.owner, method.name)
        )
    )
    assert late == []


def test_later_methods_are_in_no_public_stub() -> None:
    """The explicit list holds what no public stub has, and nothing of older versions."""
    newest = shapes(stub_file(max(VERSIONS)))
    assert not LATER & set(newest)
    claimed = {f"{m.owner}.{m.name}" for m in METHODS if m.since > max(VERSIONS)}
    assert claimed == LATER


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        pytest.param("COMPOSITE_", COMPOSITES, id="composite modes"),
        pytest.param("RETIME_", RETIMES, id="retimes"),
        pytest.param("SCALE_", SCALINGS, id="scalings"),
        pytest.param("RESIZE_FILTER_", RESIZE_FILTERS, id="resize filters"),
    ],
)
def test_constants_stand_in_the_stubs_order(
    prefix: str, names: tuple[str, ...], version: tuple[int, int, int]
) -> None:
    """Only the first number is documented: the others follow from the order."""
    body = ast.parse(stub_file(version).read_text(encoding="utf-8")).body
    found = [
        node.target.id.removeprefix(prefix)
        for node in body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id.startswith(prefix)
    ]
    assert tuple(found) == names


def test_missing_stub_fails_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the stubs these tests fail, and say what to type; they are not skipped."""
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(AssertionError, match="make install"):
        newest_stub((21, 0, 0))


@pytest.mark.skipif(
    "CHROMARESOLVE_RESOLVE_PYI" not in os.environ,
    reason="CHROMARESOLVE_RESOLVE_PYI does not point at Resolve's own DaVinciResolveScript.pyi",
)
def test_methods_are_in_resolves_own_stub() -> None:
    """What is not deprecated is in the official stub of 21.1, with a fitting parameter count."""
    stub = shapes(Path(os.environ["CHROMARESOLVE_RESOLVE_PYI"]))
    wrong = [
        f"{method.owner}.{method.name}"
        for method in METHODS
        if method.deprecated is None
        and not any(
            len(shape.names) - len(shape.optional) <= len(method.parameters)
            and (len(method.parameters) <= len(shape.names) or shape.has_more)
            for shape in stub.get(f"{method.owner}.{method.name}", ())
        )
    ]
    assert sorted(set(wrong)) == []
