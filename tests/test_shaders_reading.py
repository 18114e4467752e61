"""A shader's file becomes a record: what it is, and its controls."""

from __future__ import annotations

from pathlib import Path

import pytest

from chromaresolve.errors import ColourError
from chromaresolve.shaders import Control, Shader, control_table, read_shader
from chromaresolve.shaders.reading import ENTRIES, ShaderKind

HEADS = list(ENTRIES)
TRANSFORM = HEADS[0]

PANEL = """// DEFINE_UI_PARAMS(no, No, DCTLUI_CHECK_BOX, 0)
DEFINE_UI_PARAMS(gain, Gain, DCTLUI_SLIDER_FLOAT, 1.0, .5, 4.0, 0.01)
DEFINE_UI_PARAMS( turns , Half Turns, DCTLUI_SLIDER_INT, -1, -4, +4, 2 ) // whole
/* DEFINE_UI_PARAMS(no, No, DCTLUI_CHECK_BOX, 0)
*/
DEFINE_UI_PARAMS(lift, Lift, DCTLUI_VALUE_BOX, -0.125)
DEFINE_UI_PARAMS(is_on, Is On, DCTLUI_CHECK_BOX, 1)
DEFINE_UI_PARAMS(look, Look, DCTLUI_COMBO_BOX, 1, { LOOK_A,LOOK_B }, { As It Is, Red | Green })
DEFINE_UI_PARAMS(tint, Tint, DCTLUI_COLOR_PICKER, 0.1, 0.25, 1.0)
#if __RESOLVE_VER_MAJOR__ > 19
DEFINE_UI_TOOLTIP(Gain, "Multiplies (a lot), a|b. See https://example.org")
#endif
"""

CONTROLS = (
    Control(
        name="gain",
        label="Gain",
        kind="slider",
        default=1.0,
        lower=0.5,
        upper=4.0,
        step=0.01,
        tooltip="Multiplies (a lot), a|b. See https://example.org",
        line=2,
    ),
    Control(
        name="turns",
        label="Half Turns",
        kind="slider_int",
        default=-1,
        lower=-4,
        upper=4,
        step=2,
        line=3,
    ),
    Control(name="lift", label="Lift", kind="value_box", default=-0.125, line=6),
    Control(name="is_on", label="Is On", kind="check_box", default=1, line=7),
    Control(
        name="look",
        label="Look",
        kind="combo_box",
        default=1,
        choices=("LOOK_A", "LOOK_B"),
        choice_labels=("As It Is", "Red | Green"),
        line=8,
    ),
    Control(name="tint", label="Tint", kind="color_picker", default=(0.1, 0.25, 1.0), line=9),
)


def write(folder: Path, text: str) -> Path:
    """Put a shader on disk."""
    path = folder / "A Look.dctl"
    path.write_bytes(text.encode())
    return path


def test_read_finds_every_control(tmp_path: Path) -> None:
    """Each kind with all that it has; commented lines are none."""
    shader = read_shader(write(tmp_path, f"{PANEL}{TRANSFORM} {{ }}\n"))

    assert shader.controls == CONTROLS


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        pytest.param(HEADS[0], "transform", id="colour"),
        pytest.param(HEADS[1], "transform", id="colour, textures"),
        pytest.param(HEADS[2], "transform_rgba", id="alpha"),
        pytest.param(HEADS[3], "transform_rgba", id="alpha, textures"),
        pytest.param(HEADS[4], "transition", id="transition"),
    ],
)
def test_read_knows_the_kind(tmp_path: Path, head: str, kind: ShaderKind) -> None:
    """The entry function says what a shader is for."""
    text = f"// transform(nothing)\n{head}\n{{\n}}\n"

    assert read_shader(write(tmp_path, text)) == Shader(
        name="A Look", text=text, kind=kind, controls=()
    )


def test_read_keeps_the_text_to_the_letter(tmp_path: Path) -> None:
    """Foreign line ends are there for the lint to see."""
    text = f"\ufeff// a\r\n{TRANSFORM} {{ }}\r"

    assert read_shader(write(tmp_path, text)).text == text


def test_entry_functions_are_resolves() -> None:
    """The longest of the heads, written out as Resolve's README has it."""
    assert HEADS[4] == (
        "__DEVICE__ float4 transition(int p_Width, int p_Height, int p_X, int p_Y, "
        "__TEXTURE__ p_FromTexR, __TEXTURE__ p_FromTexG, __TEXTURE__ p_FromTexB, "
        "__TEXTURE__ p_FromTexA, __TEXTURE__ p_ToTexR, __TEXTURE__ p_ToTexG, "
        "__TEXTURE__ p_ToTexB, __TEXTURE__ p_ToTexA)"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("float x;", "has no entry function of Resolve's", id="no entry"),
        pytest.param(f"// {TRANSFORM}", "has no entry function", id="entry in a comment"),
        pytest.param(
            f"DEFINE_UI_PARAMS(a, A, DCTLUI_DIAL, 1.0)\n{TRANSFORM} {{ }}",
            r"A Look\.dctl:1: 'DEFINE_UI_PARAMS\(a, A, DCTLUI_DIAL, 1\.0\)' defines no control",
            id="unknown kind",
        ),
        pytest.param(
            f"\nDEFINE_UI_PARAMS(a, A, DCTLUI_CHECK_BOX, yes)\n{TRANSFORM} {{ }}",
            r"A Look\.dctl:2: 'yes' is not a plain number: write it like 0\.5",
            id="no number",
        ),
    ],
)
def test_read_refuses_what_is_no_shader(tmp_path: Path, text: str, problem: str) -> None:
    """The error says which file and line, and what to do."""
    with pytest.raises(ColourError, match=problem):
        read_shader(write(tmp_path, text))


def test_read_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    """A file that is not there, and one that is no text."""
    with pytest.raises(ColourError, match="cannot be read: No such file"):
        read_shader(tmp_path / "gone.dctl")
    (tmp_path / "sealed.dctl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ColourError, match=r"is not a text file: give a \.dctl"):
        read_shader(tmp_path / "sealed.dctl")


def test_table_says_what_the_panel_says(tmp_path: Path) -> None:
    """One row a control, in the panel's order; a bar does not end its cell."""
    shader = read_shader(write(tmp_path, f"{PANEL}{TRANSFORM} {{ }}\n"))

    assert control_table(shader).split("\n") == [
        "| Control | Default | Range | What it does |",
        "|---|---|---|---|",
        r"| Gain | 1 | 0.5 to 4 | Multiplies (a lot), a\|b. See https://example.org |",
        "| Half Turns | -1 | -4 to 4 |  |",
        "| Lift | -0.125 | any number |  |",
        "| Is On | on | off, on |  |",
        r"| Look | Red \| Green | As It Is, Red \| Green |  |",
        "| Tint | 0.1 0.25 1 | a colour |  |",
    ]
