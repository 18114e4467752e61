"""One table drives everything: which class has which method, since when, and how it is called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from resolve_sim.methods import TABLE

LINE = re.compile(r"  ([\d.]+)(?:-([\d.]+))? (\w+)\((.*)\) -> (\w+)")
"""One method."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method."""

    name: str
    kind: str
    """str, int, number, enum (a number without fraction), bool, list, dict, any, or a class."""
    is_omittable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to call one method; a method with overloads has several."""

    owner: str
    name: str
    since: tuple[int, ...]
    deprecated: tuple[int, ...] | None
    parameters: tuple[Parameter, ...]
    has_more: bool
    """Whether any number of arguments may follow."""
    answer: str
    """What it answers, a kind as of a parameter; `bool` means False on failure."""

    def is_in(self, version: tuple[int, int, int], *, strict: bool) -> bool:
        """Say whether that version has it; strict versions have nothing that is deprecated."""
        gone = strict and self.deprecated is not None and version >= self.deprecated
        return version >= self.since and not gone


def _parse(table: str) -> Iterator[Method]:
    owner = ""
    for line in table.strip().splitlines():
        if not line.startswith(" "):
            owner = line
        elif found := LINE.fullmatch(line):
            since, deprecated, name, parameters, answer = found.groups()
            written = [part for part in parameters.split(", ") if part]
            yield Method(
                owner=owner,
                name=name,
                since=_numbers(since),
                deprecated=_numbers(deprecated) if deprecated else None,
                parameters=tuple(_parameter(text) for text in written if text != "*args"),
                has_more="*args" in written,
                answer=answer,
            )
        else:
            raise ValueError(line)


def _parameter(text: str) -> Parameter:
    name, kind = text.split(": ")
    return Parameter(name.rstrip("?"), kind, name.endswith("?"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


METHODS = tuple(_parse(TABLE))
"""Every row, in the order of the table."""


def methods_of(
    owner: str, version: tuple[int, int, int], *, strict: bool
) -> dict[str, list[Method]]:
    """Return what one class can do in one version: each method's ways of being called."""
    found: dict[str, list[Method]] = defaultdict(list)
    for method in METHODS:
        if method.owner == owner and method.is_in(version, strict=strict):
            found[method.name].append(method)
    return dict(found)
