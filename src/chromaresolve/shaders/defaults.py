"""A copy of a shader whose controls start at other values.

No script can move the sliders of Resolve's DCTL plug-in. A copy with solved values as its defaults
works unattended as a LUT, and by hand in the plug-in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from chromaresolve.errors import UsageError
from chromaresolve.shaders.controls import WHOLE_KINDS, Control
from chromaresolve.shaders.reading import Shader

BEFORE_DEFAULT = re.compile(r"[^,]*,[^,]*,[^,]*,")
"""A control's line up to the comma before its default: macro and name, label, kind."""

LARGEST = float(np.finfo(np.float32).max)
"""What a shader's variable can hold; NaN is not at most that."""

NUMBER = re.compile(r"[-+.\w]+")


def with_defaults(shader: Shader, values: Mapping[str, object], *, title: str | None) -> str:
    """Return the shader's text with these values as defaults, each control by its variable.

    A combo box takes the index of its choice, a colour picker three numbers. `title` becomes the
    first line, a comment. Everything else stays as it was, to the letter.

    Raises:
        UsageError: A control is unknown, a value is none that it can hold, or the title is not one
            line of ASCII.
    """
    controls = {control.name: control for control in shader.controls}
    lines = shader.text.split("\n")
    for name, value in values.items():
        if name not in controls:
            known = ", ".join(controls) or "none"
            raise UsageError(f"{shader.name}: no control {name!r}: give one of {known}")
        control = controls[name]
        words = _words(control, value, f"{shader.name}: {name}")
        lines[control.line - 1] = _with_numbers(lines[control.line - 1], words)
    return "\n".join([*_title_lines(title), *lines])


def _with_numbers(line: str, words: list[str]) -> str:
    """Put numbers in place of the first ones after the kind."""
    found = BEFORE_DEFAULT.match(line)
    end = found.end() if found else 0
    remaining = iter(words)
    rest = NUMBER.sub(lambda _: next(remaining), line[end:], count=len(words))
    return line[:end] + rest


def _words(control: Control, value: object, where: str) -> list[str]:
    """Write a value as Resolve's macros want numbers."""
    if control.kind == "color_picker":
        if not isinstance(value, list | tuple) or len(value) != 3:
            raise UsageError(f"{where}: {value!r} is no colour: give red, green and blue")
        return [_decimal(_number(part, where)) for part in value]
    number = _number(value, where)
    _check_range(control, number, where)
    return [str(int(number)) if control.kind in WHOLE_KINDS else _decimal(number)]


def _number(value: object, where: str) -> float:
    if isinstance(value, int | float | np.integer | np.floating) and abs(float(value)) <= LARGEST:
        return float(value)
    raise UsageError(f"{where}: {value!r} is not a finite number: give a float32")


def _check_range(control: Control, number: float, where: str) -> None:
    # As float32, like the shader: 0.08 that has been a float32 is 0.0799999982, and still fits.
    held = np.float32(number)
    lower, upper = control_range(control)
    if control.kind in WHOLE_KINDS and number != int(number):
        raise UsageError(f"{where}: {number!r} is not whole: give a whole number")
    if not np.float32(lower) <= held <= np.float32(upper):
        raise UsageError(f"{where}: {number!r} is out of range: give {lower!r} to {upper!r}")


def control_range(control: Control) -> tuple[float, float]:
    """Return the least and the greatest number that a control can hold."""
    if control.kind == "check_box":
        return 0, 1
    if control.kind == "combo_box":
        return 0, len(control.choices) - 1
    if control.lower is None or control.upper is None:
        return -LARGEST, LARGEST
    return control.lower, control.upper


def _decimal(number: float) -> str:
    """Write the fewest digits that read back as the same float32, without an exponent."""
    return np.format_float_positional(np.float32(number), unique=True, trim="0")


def _title_lines(title: str | None) -> list[str]:
    if title is None:
        return []
    # A backslash at its end would draw the next line into the comment.
    if not (title.isascii() and title.isprintable()) or title.endswith("\\"):
        raise UsageError(f"title {title!r}: give one line of ASCII without a backslash at its end")
    return [f"// {title}"]
