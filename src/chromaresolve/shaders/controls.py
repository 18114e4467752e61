"""The controls that a shader's `DEFINE_UI_PARAMS` lines put on Resolve's panel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from chromaresolve.errors import ColourError
from chromaresolve.shaders.plain import without_comments

Kind: TypeAlias = Literal[
    "slider", "slider_int", "value_box", "check_box", "combo_box", "color_picker"
]
"""What the artist sees."""

Setting: TypeAlias = float | tuple[float, float, float]
"""What a control holds: a number (a combo box's is the index of its choice), or R, G and B."""

KINDS: dict[str, Kind] = {
    "DCTLUI_SLIDER_FLOAT": "slider",
    "DCTLUI_SLIDER_INT": "slider_int",
    "DCTLUI_VALUE_BOX": "value_box",
    "DCTLUI_CHECK_BOX": "check_box",
    "DCTLUI_COMBO_BOX": "combo_box",
    "DCTLUI_COLOR_PICKER": "color_picker",
}
"""Resolve's word for each kind (DaVinci Resolve 20.1, Developer/DaVinciCTL/README.txt)."""

WHOLE_KINDS = ("slider_int", "check_box", "combo_box")
"""Kinds whose variable is an int in the shader."""

VALUES: dict[Kind, tuple[str, ...]] = {
    "slider": ("default", "lower", "upper", "step"),
    "slider_int": ("default", "lower", "upper", "step"),
    "value_box": ("default",),
    "check_box": ("0 or 1",),
    "combo_box": ("index", "{ CONSTANTS }", "{ Labels }"),
    "color_picker": ("red", "green", "blue"),
}
"""What follows the kind."""

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)")
"""How a macro's number is written: Resolve's parser is not known to read exponents."""

FORM = "write DEFINE_UI_PARAMS(name, Label, DCTLUI_..., values) on one line"

CONTROL = re.compile(r"^[ ]*DEFINE_UI_PARAMS[ ]*\((?P<arguments>.*)\)[ ]*$")
TOOLTIP = re.compile(r'^[ ]*DEFINE_UI_TOOLTIP[ ]*\((?P<label>[^,"]+),\s*"(?P<text>.*)"\s*\)[ ]*$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control of a shader."""

    name: str
    """The variable in the shader."""
    label: str
    """What the artist reads beside it."""
    kind: Kind
    default: Setting
    """As it is before anyone touches it; a combo box's is the index of a choice."""
    lower: float | None = None
    """The least value; None for a kind without a range."""
    upper: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    """A combo box's enum constants, in the order of their indices."""
    choice_labels: tuple[str, ...] = ()
    tooltip: str = ""
    line: int
    """Where the shader defines it, counted from 1."""


def control_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give each line that defines a control, with its number, without comments."""
    for number, line in enumerate(without_comments(text).split("\n"), start=1):
        if line.lstrip().startswith("DEFINE_UI_PARAMS"):
            yield number, line.rstrip()


def tooltip_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Give each tooltip: its line's number, the label it belongs to, and what it says."""
    for number, line in enumerate(without_comments(text).split("\n"), start=1):
        if found := TOOLTIP.match(line.rstrip()):
            yield number, found["label"].strip(), found["text"]


def read_controls(text: str, where: str) -> tuple[Control, ...]:
    """Return the controls in the order of the panel.

    Raises:
        ColourError: A line is not one that Resolve understands.
    """
    tooltips = {label: words for _, label, words in tooltip_lines(text)}
    return tuple(
        read_control(line, number, f"{where}:{number}", tooltip=tooltips)
        for number, line in control_lines(text)
    )


def read_control(line: str, number: int, where: str, *, tooltip: Mapping[str, str]) -> Control:
    """Return the control that one line defines; `tooltip` says what belongs to each label.

    Raises:
        ColourError: The line is not one that Resolve understands.
    """
    found = CONTROL.match(line)
    name, label, word, *values = _split(found["arguments"]) if found else ("", "", "")
    if word not in KINDS:
        raise ColourError(where, f"{line.strip()!r} defines no control: {FORM}")
    kind = KINDS[word]
    if len(values) != len(VALUES[kind]):
        expected = ", ".join(VALUES[kind])
        raise ColourError(where, f"control {name!r} has {len(values)} value(s): give {expected}")
    is_combo = kind == "combo_box"
    numbers = [_number(value, where) for value in (values[:1] if is_combo else values)]
    lower, upper, step = numbers[1:] if len(numbers) == 4 else (None, None, None)
    return Control(
        name=name,
        label=label,
        kind=kind,
        default=(numbers[0], numbers[1], numbers[2]) if kind == "color_picker" else numbers[0],
        lower=lower,
        upper=upper,
        step=step,
        choices=_names(values[1], where) if is_combo else (),
        choice_labels=_names(values[2], where) if is_combo else (),
        tooltip=tooltip.get(label, ""),
        line=number,
    )


def _number(word: str, where: str) -> float:
    """Read a plain decimal: an int stays one, because a whole control's default must be one."""
    if not NUMBER.fullmatch(word):
        raise ColourError(where, f"{word!r} is not a plain number: write it like 0.5, without f")
    return int(word) if word.lstrip("+-").isdigit() else float(word)


def _names(word: str, where: str) -> tuple[str, ...]:
    if not (word.startswith("{") and word.endswith("}")):
        raise ColourError(where, f"{word!r} is not a list: write it like {{ A, B }}")
    return tuple(part.strip() for part in word[1:-1].split(","))


def _split(arguments: str) -> list[str]:
    """Split a macro's arguments at the commas outside braces; at least three, maybe empty."""
    parts = [part.strip() for part in re.split(r",(?![^{]*\})", arguments)]
    return parts if len(parts) >= 3 else [""] * 3
