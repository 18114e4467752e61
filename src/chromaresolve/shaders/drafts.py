"""A shader's text taken apart for the lint: code without asides, functions, calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from chromaresolve.errors import ColourError
from chromaresolve.shaders.controls import Control, control_lines, read_control
from chromaresolve.shaders.plain import without_strings
from chromaresolve.shaders.reading import ENTRY_NAME

PANEL_LINE = re.compile(r"^[ ]*DEFINE_UI_.*$", flags=re.MULTILINE)
HEAD = re.compile(
    r"^[ ]*(?P<device>__DEVICE__[ ]+)?(?:(?:static|inline|const)[ ]+)*"
    r"(?!(?:else|return)\b)\w+[ *]+(?P<name>\w+)[ ]*\([^(){};]*\)\s*\{",
    flags=re.MULTILINE,
)
"""A function's head, up to the brace that opens its body."""
TYPES = (r"float[234]?", "double", "int", "bool", "char", r"(?:struct|enum)[ ]+\w+")
PROTOTYPE = re.compile(r"__DEVICE__[ ]+\w+[ *]+(?P<name>\w+)[ ]*\([^(){};]*\)\s*;")
CALL = re.compile(r"(?<![\w.])(?<!define )(?P<name>[A-Za-z_]\w*)[ ]*\(")
COMMENT_ABOVE = re.compile(r"(?:^[ ]*//[^\n]*\n)+\Z", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that the shader defines."""

    name: str
    line: int
    is_device: bool
    """It says `__DEVICE__`."""
    comment: str
    """What stands directly above it."""
    head: int
    """Its first letter in the code; `start` is its body's first, `end` the body's last brace."""
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A shader before anyone knows whether it is a good one."""

    text: str
    code: str
    """Without comments, strings and panel lines; every letter where it was."""
    functions: tuple[Function, ...]
    controls: tuple[Control, ...]
    """Those whose lines can be read."""

    def line(self, at: int) -> int:
        """Return the number of the line that a letter of the code is on."""
        return self.code.count("\n", 0, at) + 1

    def matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Give each place in the code that a pattern fits, with its line's number."""
        for found in pattern.finditer(self.code):
            yield self.line(found.start()), found

    def body(self, function: Function) -> str:
        """Return what stands between a function's braces."""
        return self.code[function.start : function.end]

    def scope(self, function: Function | None) -> str:
        """Return a function with its head, or what stands outside every function."""
        if function:
            return self.code[function.head : function.end]
        starts = (0, *(one.end for one in self.functions))
        ends = (*(one.head for one in self.functions), len(self.code))
        return "".join(self.code[start:end] for start, end in zip(starts, ends, strict=True))

    def function_at(self, at: int) -> Function | None:
        """Return the function that a letter of the code is in, head or body."""
        return next((one for one in self.functions if one.head <= at < one.end), None)

    def types(self) -> str:
        """Return a pattern of the words that a declaration begins with."""
        own = re.findall(r"\}\s*(\w+)\s*;", self.code)
        return "|".join((*TYPES, *own))

    def entry(self) -> Function | None:
        """Return the function that Resolve calls."""
        return next((one for one in self.functions if is_entry(one.name)), None)


def is_entry(name: str) -> bool:
    """Say whether this is the name of a function that Resolve calls."""
    return ENTRY_NAME.fullmatch(f"{name}(") is not None


def read_draft(text: str) -> Draft:
    """Take a text apart; whatever is wrong with it is left to the rules."""
    plain = without_strings(text)
    code = PANEL_LINE.sub(lambda found: " " * len(found[0]), plain)
    return Draft(
        text=text,
        code=code,
        functions=tuple(_read_functions(text, code)),
        controls=tuple(_readable_controls(text)),
    )


def first_argument(code: str, start: int) -> str:
    """Return a call's first argument; `start` is the letter after the opening bracket."""
    depth = 0
    for at in range(start, len(code)):
        if depth == 0 and code[at] in ",)":
            return code[start:at]
        depth += (code[at] in "([") - (code[at] in ")]")
    return code[start:]


def _read_functions(text: str, code: str) -> Iterator[Function]:
    for head in HEAD.finditer(code):
        above = COMMENT_ABOVE.search(text[: head.start()])
        yield Function(
            name=head["name"],
            line=code.count("\n", 0, head.start()) + 1,
            is_device=head["device"] is not None,
            comment=above[0] if above else "",
            head=head.start(),
            start=head.end(),
            end=_closing_brace(code, head.end()),
        )


def _closing_brace(code: str, start: int) -> int:
    depth = 1
    for brace in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(code)


def _readable_controls(text: str) -> Iterator[Control]:
    for number, line in control_lines(text):
        with suppress(ColourError):  # a rule of the panel says what is wrong with it
            yield read_control(line, number, f"line {number}", tooltip={})
