"""What Resolve's panel asks of a shader's controls and tooltips."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from chromaresolve.errors import ColourError
from chromaresolve.shaders.controls import (
    TOOLTIP,
    WHOLE_KINDS,
    Control,
    control_lines,
    read_control,
    tooltip_lines,
)
from chromaresolve.shaders.defaults import control_range
from chromaresolve.shaders.drafts import Draft, Function, is_entry
from chromaresolve.shaders.plain import without_comments

Finding: TypeAlias = tuple[int, str]
"""A line's number, and what is wrong there and what to do."""

MOST_PER_KIND = 64
"""Controls of one type that Resolve takes (DaVinci Resolve 20.1, DaVinciCTL/README.txt)."""

UNFIT_FOR_LABEL = re.compile(r"""[(){}"'\\;#]""")
"""A label is no string: the preprocessor reads it as code."""

VERSION_MACRO = "__RESOLVE_VER_MAJOR__"

NAME = re.compile(r"(?<![\w.])(?<!->)[A-Za-z_]\w*")
"""A name, but not one behind a point or an arrow: that is a part of something."""

CONDITION = re.compile(r"^\s*#\s*(?P<word>if|ifdef|ifndef|elif|else|endif)\b(?P<test>.*)")


def control_can_be_read(draft: Draft) -> Iterator[Finding]:
    """Every control is one macro on one line, with plain numbers."""
    for number, line in control_lines(draft.text):
        try:
            read_control(line, number, f"line {number}", tooltip={})
        except ColourError as error:
            yield number, error.problem


def tooltip_can_be_read(draft: Draft) -> Iterator[Finding]:
    """Every tooltip is one macro on one line: a label and one string."""
    for number, line in enumerate(without_comments(draft.text).split("\n"), start=1):
        if line.lstrip().startswith("DEFINE_UI_TOOLTIP") and not TOOLTIP.match(line.rstrip()):
            yield (
                number,
                'tooltip cannot be read: write DEFINE_UI_TOOLTIP(Label, "words") on a line',
            )


def names_are_unique(draft: Draft) -> Iterator[Finding]:
    """No two controls share a variable or a label, and no two constants a name."""
    controls = draft.controls
    yield from _repeated([(one.line, one.name) for one in controls], "variable")
    yield from _repeated([(one.line, one.label) for one in controls], "label")
    constants = [(one.line, choice) for one in controls for choice in one.choices]
    yield from _repeated(constants, "enum constant")


def labels_are_plain(draft: Draft) -> Iterator[Finding]:
    """Labels have no brackets, quotes or other marks of code, and are not empty."""
    for control in draft.controls:
        for label in (control.label, *control.choice_labels):
            if not label or UNFIT_FOR_LABEL.search(label):
                yield control.line, f"label {label!r}: use letters, digits, spaces and dashes"


def panel_is_not_too_long(draft: Draft) -> Iterator[Finding]:
    """There are at most 64 controls of a type."""
    counts = Counter(control.kind for control in draft.controls)
    for kind, count in counts.items():
        if count > MOST_PER_KIND:
            line = [control.line for control in draft.controls if control.kind == kind][-1]
            yield (
                line,
                f"{count} controls of kind {kind}: Resolve takes {MOST_PER_KIND}, leave some",
            )


def default_fits(draft: Draft) -> Iterator[Finding]:
    """Every control starts at a value that it can hold."""
    for control in draft.controls:
        lower, upper = control_range(control)
        if isinstance(control.default, tuple):
            continue
        if not lower <= control.default <= upper:
            where = f"default {control.default!r} of {control.name!r}"
            yield control.line, f"{where} is out of range: give {lower!r} to {upper!r}"
        if control.kind in WHOLE_KINDS and not _is_whole(control):
            yield control.line, f"{control.name!r} is an int: write its numbers without a point"


def range_has_a_width(draft: Draft) -> Iterator[Finding]:
    """A slider's range runs upwards and its step moves it; a combo box labels every choice."""
    for control in draft.controls:
        lower, upper = control_range(control)
        if control.kind.startswith("slider") and not lower < upper:
            yield control.line, f"range of {control.name!r} has no width: give the lower end first"
        if control.step is not None and control.step <= 0:
            yield control.line, f"step {control.step!r} of {control.name!r}: give one above 0"
        if len(control.choices) != len(control.choice_labels):
            sizes = f"{len(control.choices)} constants, {len(control.choice_labels)} labels"
            yield control.line, f"choices of {control.name!r} are {sizes}: give each one label"


def tooltip_has_its_control(draft: Draft) -> Iterator[Finding]:
    """A tooltip names the label of a control."""
    labels = {control.label for control in draft.controls}
    for number, label, _ in tooltip_lines(draft.text):
        if label not in labels:
            yield number, f"tooltip for {label!r}: no control has this label, give one that has"


def tooltip_is_guarded(draft: Draft) -> Iterator[Finding]:
    """Tooltips stand where only Resolve 19.1 and newer sees them."""
    tests: list[str] = []
    tooltips = {number for number, _, _ in tooltip_lines(draft.text)}
    for number, line in enumerate(draft.code.split("\n"), start=1):
        if found := CONDITION.match(line):
            _follow(tests, found["word"], found["test"])
        if number in tooltips and not any(VERSION_MACRO in test for test in tests):
            yield number, f"tooltip without a guard: put #if with {VERSION_MACRO} around it"


def control_does_something(draft: Draft) -> Iterator[Finding]:
    """The entry function uses every control's variable."""
    entry = draft.entry()
    used = set(re.findall(r"\w+", draft.body(entry))) if entry else set()
    for control in draft.controls:
        if entry and control.name not in used:
            yield control.line, f"control {control.name!r} moves nothing: use it or take it out"


def control_stays_in_entry(draft: Draft) -> Iterator[Finding]:
    """Controls' variables are locals of the entry function: nothing else can see them."""
    names = {control.name for control in draft.controls}
    for number, found in draft.matches(NAME):
        function = draft.function_at(found.start())
        is_inside = function is not None and is_entry(function.name)
        if found[0] in names and not is_inside and not _is_its_own(draft, found[0], function):
            yield number, f"control {found[0]!r} outside the entry function: pass it as a parameter"


def _is_its_own(draft: Draft, name: str, function: Function | None) -> bool:
    """Say whether the function, or the file, declares something else of this name."""
    declared = rf"\b(?:{draft.types()})[ *]+(?:\w+[ ]*,[ ]*)*{name}\b"
    return re.search(declared, draft.scope(function)) is not None


def _is_whole(control: Control) -> bool:
    numbers = (control.default, control.lower, control.upper, control.step)
    return all(isinstance(number, int) for number in numbers if number is not None)


def _follow(tests: list[str], word: str, test: str) -> None:
    """Keep the conditions that hold for the next line; behind #else the newer side has ended."""
    if word in ("endif", "elif", "else") and tests:
        tests.pop()
    if word != "endif":
        tests.append("" if word == "else" else test)


def _repeated(named: list[tuple[int, str]], what: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for line, name in named:
        if name in seen:
            yield line, f"{what} {name!r} is there twice: give each its own"
        seen.add(name)
