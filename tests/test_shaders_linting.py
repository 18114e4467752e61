"""The lint finds each fault that is known, one tiny shader a fault, and none in a clean one."""

from __future__ import annotations

import re

import pytest

from chromaresolve.shaders import lint
from chromaresolve.shaders.drafts import read_draft
from chromaresolve.shaders.linting import RULES

ENTRY = (
    "__DEVICE__ float3 transform(int p_Width, int p_Height, int p_X, int p_Y, "
    "float p_R, float p_G, float p_B)"
)

CLEAN = f"""// A clean shader. Its words: transform, return, 0.5, powf(x), "half".
DEFINE_UI_PARAMS(gain, Gain, DCTLUI_SLIDER_FLOAT, 1.0, 0.0, 4.0, 0.01)
DEFINE_UI_PARAMS(turns, Turns, DCTLUI_SLIDER_INT, 1, -2, 2, 1) // whole
DEFINE_UI_PARAMS(lift, Lift, DCTLUI_VALUE_BOX, -0.5)
DEFINE_UI_PARAMS(is_on, Is On, DCTLUI_CHECK_BOX, 0)
DEFINE_UI_PARAMS(look, Look - Red, DCTLUI_COMBO_BOX, 1, {{ CR_PLAIN, CR_RED }}, {{ Plain, Red }})
DEFINE_UI_PARAMS(tint, Tint, DCTLUI_COLOR_PICKER, 0.1, 0.2, 0.3)

#if (__RESOLVE_VER_MAJOR__ > 19) || ((__RESOLVE_VER_MAJOR__ == 19) && (__RESOLVE_VER_MINOR__ >= 1))
DEFINE_UI_TOOLTIP(Gain, "Multiplies. See https://example.org/a(b), 100% of it.")
#endif

#define CR_LEAST 1e-8f
#define CR_SHIFT (-0.25f)
#define CR_SQUARE(x) ((x) * (x))

typedef struct {{ float3 rgb; float gain; }} cr_pixel;
struct cr_span {{ float low; float high; }};
enum cr_side {{ CR_LEFT, CR_RIGHT }};

__CONSTANT__ float CR_WEIGHTS[3] = {{ 0.2126f, 0.7152f, 0.0722f }};

__DEVICE__ float cr_ahead(float x);

// A parameter may have a control's name.
__DEVICE__ float cr_scale(float x, float gain)
{{
    float held = _fmaxf(x, CR_LEAST);
    return _powf(held, gain) + _powf(10.0f, x) + _log10f(_fabs(x) + 1.0f) + cr_ahead(x);
}}

// The caller keeps x above zero.
__DEVICE__ float cr_ahead(float x)
{{
    return _logf(x);
}}

/* So may a local,
   and a struct's part. */
__DEVICE__ void cr_fill(__PRIVATE__ cr_pixel* pixel, float x)
{{
    float near, lift;
    near = x;
    lift = near;
    struct cr_span span;
    enum cr_side side = CR_LEFT;
    span.low = 2.f * lift + 1.5e-3f + (float)side;
    pixel->gain = span.low;
    pixel->rgb = make_float3(x, x, x);
}}

{ENTRY}
{{
    cr_pixel pixel;
    cr_fill(&pixel, p_R * gain + lift + tint.r);
    if (is_on == 1 && look == CR_RED)
    {{
        pixel.rgb.y = cr_scale(CR_SQUARE(p_G), (float)turns) * CR_WEIGHTS[0] + CR_SHIFT;
    }}
    return pixel.rgb;
}}
"""


def fault(*, fault_at: str, put: str, says: str, name: str) -> object:
    """A row: the clean shader with one passage put otherwise, and what the lint says of it."""
    assert CLEAN.count(fault_at) == 1, fault_at
    return pytest.param(CLEAN.replace(fault_at, put), says, id=name)


def panel(line: str, says: str, name: str) -> object:
    """A row: one panel line more, whose variable is used."""
    variable = line.partition("(")[2].partition(",")[0]
    text = CLEAN.replace("#define CR_LEAST", f"{line}\n#define CR_LEAST")
    return pytest.param(text.replace("+ tint.r", f"+ tint.r + (float){variable}"), says, id=name)


def helper(lines: str, says: str, name: str) -> object:
    """A row: one function more."""
    return fault(fault_at=ENTRY, put=f"{lines}\n{ENTRY}", says=says, name=name)


SLIDER = "DCTLUI_SLIDER_FLOAT, 1.0, 0.0, 4.0, 0.01"
COMBO = "DCTLUI_COMBO_BOX, 0, { CR_A, CR_B }, { A, B }"

FAULTS = [
    pytest.param(f"\ufeff{CLEAN}", "byte order mark", id="byte order mark"),
    pytest.param(CLEAN.replace("\n", "\r\n", 1), "CR line end", id="CR line end"),
    fault(fault_at="    cr_pixel pixel;", put="\tcr_pixel pixel;", says="tab", name="tab"),
    fault(fault_at="So may", put="S\u00f6 may", says="'ö' is not ASCII", name="not ASCII"),
    pytest.param("", "no entry function", id="empty"),
    fault(
        fault_at="float p_B)", put="float p_Blue)", says="not Resolve's", name="parameter's name"
    ),
    fault(
        fault_at="float p_R, float",
        put="float p_R,\n float",
        says="to the letter",
        name="two lines",
    ),
    helper(
        "__DEVICE__ float cr_transform(float x) { return x; }",
        "'transform' is a word that Resolve looks for",
        "transform elsewhere",
    ),
    # The panel.
    panel(
        "DEFINE_UI_PARAMS(more, More,\n DCTLUI_CHECK_BOX, 1)",
        "defines no control: write",
        "macro in two",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_KNOB, 1.0)", "defines no control", "unknown control"
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_SLIDER_FLOAT, 1.0, 0.0, 4.0)",
        "has 3 value(s): give default, lower, upper, step",
        "step left out",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_VALUE_BOX, 1.0f)",
        "'1.0f' is not a plain",
        "f in a macro",
    ),
    panel("DEFINE_UI_PARAMS(more, More, DCTLUI_COMBO_BOX, 0, A, B)", "is not a list", "no braces"),
    panel(f"DEFINE_UI_PARAMS(more, Gain, {SLIDER})", "label 'Gain' is there twice", "label twice"),
    fault(
        fault_at="PARAMS(is_on,",
        put="PARAMS(lift,",
        says="variable 'lift' is there",
        name="variable twice",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_COMBO_BOX, 0, { CR_RED, CR_C }, { A, B })",
        "enum constant 'CR_RED' is there twice",
        "enum constant twice",
    ),
    panel(f"DEFINE_UI_PARAMS(more, More (a lot), {SLIDER})", "use letters", "bracket in a label"),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_COMBO_BOX, 0, { CR_A, CR_B }, { A's, B })",
        'label "A\'s": use letters',
        "quote in a choice",
    ),
    panel(f"DEFINE_UI_PARAMS(more, , {SLIDER})", "label '': use letters", "no label"),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_SLIDER_FLOAT, 5.0, 0.0, 4.0, 0.01)",
        "default 5.0 of 'more' is out of range: give 0.0 to 4.0",
        "default out of range",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_COMBO_BOX, 2, { CR_A, CR_B }, { A, B })",
        "out of range: give 0 to 1",
        "no such choice",
    ),
    panel("DEFINE_UI_PARAMS(more, More, DCTLUI_CHECK_BOX, 2)", "out of range", "half checked"),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_SLIDER_INT, 1.0, 0, 4, 1)",
        "'more' is an int: write its numbers without a point",
        "int with a point",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_SLIDER_FLOAT, 4.0, 4.0, 4.0, 0.01)",
        "range of 'more' has no width",
        "no width",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_SLIDER_FLOAT, 1.0, 0.0, 4.0, 0.0)",
        "step 0.0 of 'more': give one above 0",
        "no step",
    ),
    panel(
        "DEFINE_UI_PARAMS(more, More, DCTLUI_COMBO_BOX, 0, { CR_A, CR_B }, { A })",
        "choices of 'more' are 2 constants, 1 labels",
        "choice without label",
    ),
    fault(
        fault_at="TOOLTIP(Gain,",
        put="TOOLTIP(Gian,",
        says="no control has this label",
        name="tooltip of none",
    ),
    fault(
        fault_at='TOOLTIP(Gain, "M',
        put="TOOLTIP(Gain, M",
        says="tooltip cannot be",
        name="tooltip no string",
    ),
    pytest.param(
        re.sub(r"#if .*\n(.*\n)#endif\n", r"\1", CLEAN), "without a guard", id="tooltip bare"
    ),
    fault(
        fault_at="#endif",
        put='#else\nDEFINE_UI_TOOLTIP(Lift, "Adds.")\n#endif',
        says="without a guard",
        name="tooltip on the older side",
    ),
    fault(
        fault_at="#define CR_LEAST",
        put=f"DEFINE_UI_PARAMS(idle, Idle, {SLIDER})\n#define CR_LEAST",
        says="control 'idle' moves nothing",
        name="idle control",
    ),
    helper(
        "__DEVICE__ float cr_more(float x) { return x * turns; }",
        "control 'turns' outside the entry function",
        "control in a helper",
    ),
    fault(
        fault_at="#define CR_LEAST",
        put="#define CR_TURNS turns\n#define CR_LEAST",
        says="control 'turns' outside",
        name="control in a macro",
    ),
    # The language.
    fault(fault_at="p_R * gain", put="p_R * gain * 2.0", says="'2.0' has no f", name="no f"),
    fault(fault_at="1e-8f", put="1e-8", says="'1e-8' has no f", name="no f behind an exponent"),
    fault(fault_at="2.f *", put="2. *", says="'2.' has no f", name="no f behind a point"),
    fault(
        fault_at="((x) * (x))",
        put="\\\n((x) * (x))",
        says="behind a backslash",
        name="macro goes on",
    ),
    fault(
        fault_at="#define CR_LEAST",
        put='#include "more.h"\n#define CR_LEAST',
        says="a shader is one file",
        name="include",
    ),
    fault(
        fault_at="float near, lift;",
        put="double near, lift;",
        says="not exist in Metal",
        name="double",
    ),
    fault(
        fault_at="    cr_pixel pixel;",
        put="    float3 none = 0.0f;\n    cr_pixel pixel;",
        says="vector = number",
        name="vector of a number",
    ),
    fault(
        fault_at="make_float3(x, x, x)",
        put="make_float3({ x }, x, x)",
        says="only in a declaration",
        name="braces in a call",
    ),
    fault(
        fault_at="pixel->gain = span.low",
        put="span = { x, x }",
        says="only in a declaration",
        name="braces in an assignment",
    ),
    fault(
        fault_at="#define CR_LEAST",
        put="#define clamp(x) x\n#define CR_LEAST",
        says="redefines",
        name="clamp as a macro",
    ),
    fault(
        fault_at="float near, lift;",
        put="float near, lift; float mix;",
        says="redefines",
        name="mix as a variable",
    ),
    fault(
        fault_at="((x) * (x))",
        put="return (x)",
        says="macro with a return",
        name="return in a macro",
    ),
    fault(
        fault_at="enum cr_side side", put="enum cr_side local", says="word of", name="OpenCL's word"
    ),
    fault(
        fault_at="float held",
        put="float half_held = 1.0f; float held",
        says="'half_held' is a word",
        name="half",
    ),
    panel(f"DEFINE_UI_PARAMS(kernel, More, {SLIDER})", "'kernel' is a word", "control's name"),
    fault(
        fault_at="make_float3(x, x, x)",
        put="make_float3(x, sqrt(x), x)",
        says="sqrt is neither DCTL's nor",
        name="C's function",
    ),
    fault(fault_at="_logf(x)", put="_atanf(x)", says="_atanf is not on DCTL's list", name="_atanf"),
    fault(
        fault_at="_logf(x)", put="_mix(x, x, x)", says="_mix is ambiguous in OpenCL", name="_mix"
    ),
    fault(fault_at="_logf(x)", put="isnan(x)", says="isnan may be optimised away", name="isnan"),
    fault(fault_at="_logf(x)", put="isinf(x)", says="isinf may be optimised away", name="isinf"),
    helper("__DEVICE__ float more(float x) { return x; }", "begin its name with cr_", "no prefix"),
    helper("float cr_more(float x) { return x; }", "lacks __DEVICE__", "not on the card"),
    helper(
        "__DEVICE__ float cr_scale(float2 x) { return x.x; }",
        "function cr_scale is there twice",
        "overload",
    ),
    helper(
        "__DEVICE__ float cr_odd(float x);\n"
        "__DEVICE__ float cr_even(float x) { return cr_odd(x); }\n"
        "__DEVICE__ float cr_odd(float x) { return cr_even(x); }",
        "calls itself in the end",
        "recursion",
    ),
    fault(fault_at="__PRIVATE__ cr_pixel*", put="cr_pixel*", says="address space", name="pointer"),
    fault(
        fault_at="float near, lift;",
        put="float near, lift; const float *at = &x;",
        says="address space",
        name="pointer to a number",
    ),
    fault(
        fault_at="float near, lift;",
        put="float near, lift; __TEXTURE__ plane;",
        says="texture as a local",
        name="texture kept",
    ),
    fault(
        fault_at="    struct cr_span span",
        put="    cr_span span",
        says="write struct cr_span",
        name="struct",
    ),
    fault(
        fault_at="    enum cr_side side",
        put="    cr_side side",
        says="write enum cr_side",
        name="enum",
    ),
    fault(
        fault_at="keeps x above zero", put="keeps x", says="_logf(x) may see", name="logarithm bare"
    ),
    fault(
        fault_at="float held = _fmaxf(x, CR_LEAST)",
        put="float held = x - CR_LEAST",
        says="_powf(held) may see a number below 0",
        name="power bare",
    ),
]


def test_clean_shader_has_no_problem() -> None:
    """What looks like a fault and is none is left alone."""
    assert lint(CLEAN, "clean.dctl") == ()


@pytest.mark.parametrize(("text", "says"), FAULTS)
def test_lint_finds_the_fault_and_no_other(text: str, says: str) -> None:
    """One rule finds it, and none blames something else for it."""
    draft = read_draft(text)
    finding = [rule.__name__ for rule in RULES if list(rule(draft))]

    problems = [str(problem) for problem in lint(text, "broken.dctl")]
    assert any(says in problem for problem in problems), problems
    assert len(finding) == 1, problems


def test_lint_counts_controls_by_kind() -> None:
    """Resolve takes 64 of a type: 65 sliders are one too many, beside any number of boxes."""
    sliders = [f"DEFINE_UI_PARAMS(s{n}, S {n}, {SLIDER})" for n in range(64)]
    used = " + ".join(f"s{n}" for n in range(64))
    text = CLEAN.replace("#define CR_LEAST", "\n".join([*sliders, "#define CR_LEAST"]))
    text = text.replace("+ tint.r", f"+ tint.r + {used}")

    assert [one.problem for one in lint(text, "long.dctl")] == [
        "65 controls of kind slider: Resolve takes 64, leave some"
    ]


def test_problem_says_where() -> None:
    """A problem reads like a compiler's: file, line, what is wrong, what to do."""
    (problem,) = lint(CLEAN.replace("p_R * gain", "p_R * gain * 0.5"), "broken.dctl")

    line = 1 + CLEAN[: CLEAN.index("p_R * gain")].count("\n")
    assert str(problem) == f"broken.dctl:{line}: '0.5' has no f at its end: write it like 0.5f"


def test_every_rule_says_what_is_right() -> None:
    """A rule's first line is a sentence."""
    for rule in RULES:
        assert re.match(r"[A-Z].*\.$", (rule.__doc__ or "").split("\n")[0]), rule.__name__
