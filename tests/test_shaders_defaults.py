"""A copy of a shader starts at the values that were asked for, and differs in nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chromaresolve.errors import UsageError
from chromaresolve.shaders import Shader, lint, read_shader, with_defaults
from chromaresolve.shaders.controls import read_controls
from chromaresolve.shaders.reading import ENTRIES

TEXT = f"""// A look
DEFINE_UI_PARAMS(gain, Gain 2, DCTLUI_SLIDER_FLOAT, 1.0, 0.08, 4.0, 0.01) // 1.0 is off
DEFINE_UI_PARAMS(turns, Turns, DCTLUI_SLIDER_INT,-1, -4, 4, 1)
DEFINE_UI_PARAMS(lift, Lift, DCTLUI_VALUE_BOX,  -0.5)
DEFINE_UI_PARAMS(is_on, Is On, DCTLUI_CHECK_BOX, 1)
DEFINE_UI_PARAMS(look, Look, DCTLUI_COMBO_BOX, 0, {{ LOOK_A, LOOK_B }}, {{ A 1, B 2 }})
DEFINE_UI_PARAMS(tint, Tint, DCTLUI_COLOR_PICKER, 0.1, 0.2, 0.3)
{next(iter(ENTRIES))}
{{
    float level = p_R * gain + lift + tint.r;
    return make_float3(level, (float)(turns + is_on), look == LOOK_B ? p_G : p_B);
}}
"""

SHADER = Shader(
    name="A Look", text=TEXT, kind="transform", controls=read_controls(TEXT, "A Look.dctl")
)

VALUES = {
    "gain": 2.5,
    "turns": 3,
    "lift": 1e-7,
    "is_on": False,
    "look": 1,
    "tint": (-1.0, 0.0, 65504.0),
}


def test_copy_starts_at_the_values() -> None:
    """Every kind of control takes its value, and is otherwise what it was."""
    copy = with_defaults(SHADER, VALUES, title=None)

    was = {control.name: control for control in SHADER.controls}
    for control in read_controls(copy, "copy"):
        assert control.default == VALUES[control.name]
        assert control.upper == was[control.name].upper
        assert control.choice_labels == was[control.name].choice_labels


def test_copy_changes_nothing_but_the_defaults() -> None:
    """Ranges, spaces, comments and the code stay to the letter."""
    copy = with_defaults(SHADER, VALUES, title=None).split("\n")

    assert copy[1:7] == [
        "DEFINE_UI_PARAMS(gain, Gain 2, DCTLUI_SLIDER_FLOAT, 2.5, 0.08, 4.0, 0.01) // 1.0 is off",
        "DEFINE_UI_PARAMS(turns, Turns, DCTLUI_SLIDER_INT,3, -4, 4, 1)",
        "DEFINE_UI_PARAMS(lift, Lift, DCTLUI_VALUE_BOX,  0.0000001)",
        "DEFINE_UI_PARAMS(is_on, Is On, DCTLUI_CHECK_BOX, 0)",
        "DEFINE_UI_PARAMS(look, Look, DCTLUI_COMBO_BOX, 1, { LOOK_A, LOOK_B }, { A 1, B 2 })",
        "DEFINE_UI_PARAMS(tint, Tint, DCTLUI_COLOR_PICKER, -1.0, 0.0, 65504.0)",
    ]
    assert copy[:1] + copy[7:] == TEXT.split("\n")[:1] + TEXT.split("\n")[7:]
    assert with_defaults(SHADER, {}, title=None) == TEXT


def test_copy_says_its_title(tmp_path: Path) -> None:
    """The title is a comment in front, and the copy is a good shader with the same controls."""
    path = tmp_path / "copy.dctl"
    path.write_text(with_defaults(SHADER, VALUES, title="ChromaResolve: shot 010"), "ascii")

    assert path.read_text("ascii").startswith("// ChromaResolve: shot 010\n// A look\n")
    assert lint(path.read_text("ascii"), "copy.dctl") == ()
    assert len(read_shader(path).controls) == 6


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_copy_holds_every_float(value: float) -> None:
    """A number reads back as the same float32, and its text has no exponent and no f."""
    copy = with_defaults(SHADER, {"lift": value}, title=None)

    (word,) = (line.split(",")[3].strip(" )") for line in copy.split("\n") if "(lift" in line)
    assert np.float32(float(word)) == np.float32(value)
    assert set(word) <= set("-.0123456789")
    assert "." in word


def test_copy_takes_the_ends_of_a_range() -> None:
    """An end that has been a float32 is still in range."""
    for end in (0.08, np.float32(0.08), 4.0, np.float32(4.0)):
        copy = with_defaults(SHADER, {"gain": end}, title=None)
        assert read_controls(copy, "copy")[0].default == pytest.approx(float(end), rel=1e-7)


@pytest.mark.parametrize(
    ("values", "title", "problem"),
    [
        pytest.param({"gian": 1.0}, None, "no control 'gian': give one of gain, turns", id="name"),
        pytest.param({"gain": 4.1}, None, r"gain: 4\.1 is out of range: give 0\.08", id="high"),
        pytest.param({"gain": 0.0}, None, "out of range", id="low"),
        pytest.param({"gain": float("nan")}, None, "not a finite number", id="nan"),
        pytest.param({"lift": float("inf")}, None, "not a finite number", id="infinite"),
        pytest.param({"lift": 1e39}, None, "not a finite", id="more than float32"),
        pytest.param({"gain": "1"}, None, "'1' is not a finite number", id="word"),
        pytest.param({"turns": 1.5}, None, "1.5 is not whole", id="not whole"),
        pytest.param({"is_on": 2}, None, "out of range: give 0 to 1", id="check box"),
        pytest.param({"look": 2}, None, "out of range: give 0 to 1", id="choice"),
        pytest.param({"tint": 0.5}, None, "0.5 is no colour: give red, green and", id="grey"),
        pytest.param({"tint": (0.1, 0.2)}, None, "is no colour", id="two channels"),
        pytest.param({"tint": (0.1, 0.2, float("nan"))}, None, "not a finite", id="nan colour"),
        pytest.param({"tint": (0.1, 0.2, 1e39)}, None, "not a finite", id="colour beyond float32"),
        pytest.param({}, "two\nlines", "give one line of ASCII", id="title of two lines"),
        pytest.param({}, "Schl\u00f6ndorff", "give one line of ASCII", id="title not ASCII"),
        pytest.param({}, "C:\\", "give one line of ASCII", id="title that goes on"),
    ],
)
def test_copy_refuses_what_no_control_holds(
    values: dict[str, object], title: str | None, problem: str
) -> None:
    """The error names the shader, the control and what it takes."""
    with pytest.raises(UsageError, match=problem):
        with_defaults(SHADER, values, title=title)
