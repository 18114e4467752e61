"""A shader's controls as a table for the docs."""

from __future__ import annotations

from chromaresolve.shaders.controls import Control
from chromaresolve.shaders.reading import Shader

HEAD = ("| Control | Default | Range | What it does |", "|---|---|---|---|")


def control_table(shader: Shader) -> str:
    """Return the controls as a Markdown table, in the order of the panel, without a last newline.

    Tooltips are the last column, so that the page and the panel can never differ.
    """
    rows = (
        f"| {control.label} | {_default(control)} | {_range(control)} | {_cell(control.tooltip)} |"
        for control in shader.controls
    )
    return "\n".join((*HEAD, *rows))


def _default(control: Control) -> str:
    if isinstance(control.default, tuple):
        return " ".join(f"{part:g}" for part in control.default)
    if control.kind == "combo_box":
        return _cell(control.choice_labels[int(control.default)])
    if control.kind == "check_box":
        return "on" if control.default else "off"
    return f"{control.default:g}"


def _range(control: Control) -> str:
    if control.kind == "combo_box":
        return _cell(", ".join(control.choice_labels))
    if control.kind == "check_box":
        return "off, on"
    if control.kind == "color_picker":
        return "a colour"
    if control.lower is None or control.upper is None:
        return "any number"
    return f"{control.lower:g} to {control.upper:g}"


def _cell(words: str) -> str:
    """Keep a bar from ending its cell."""
    return words.replace("|", r"\|")
