"""The bench runs what Resolve runs, and refuses what one of Resolve's compilers refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.shaders.controls import Setting
from shader_bench import Backend, BuildError, available, compile_cuda, needs, run_shader

Plane: TypeAlias = NDArray[np.float64]

RUNNING: tuple[Backend, ...] = ("pocl", "cpp")
ROUNDING = 1e-6
"""A few operations in float32 on values about 1."""

HEAD = (
    "__DEVICE__ float3 transform(int p_Width, int p_Height, int p_X, int p_Y, "
    "float p_R, float p_G, float p_B)"
)
TEXTURE_HEAD = (
    "__DEVICE__ float3 transform(int p_Width, int p_Height, int p_X, int p_Y, "
    "__TEXTURE__ p_TexR, __TEXTURE__ p_TexG, __TEXTURE__ p_TexB)"
)
TRANSITION_HEAD = (
    "__DEVICE__ float4 transition(int p_Width, int p_Height, int p_X, int p_Y, "
    "__TEXTURE__ p_FromTexR, __TEXTURE__ p_FromTexG, __TEXTURE__ p_FromTexB, "
    "__TEXTURE__ p_FromTexA, __TEXTURE__ p_ToTexR, __TEXTURE__ p_ToTexG, "
    "__TEXTURE__ p_ToTexB, __TEXTURE__ p_ToTexA)"
)

PANEL = f"""// every control there is
DEFINE_UI_PARAMS(gain, Gain, DCTLUI_SLIDER_FLOAT, 2.0, 0.0, 4.0, 0.01) // to 4
DEFINE_UI_PARAMS(turns, Turns, DCTLUI_SLIDER_INT, 1, 0, 4, 1)
DEFINE_UI_PARAMS(lift, Lift, DCTLUI_VALUE_BOX, 0.25)
DEFINE_UI_PARAMS(is_on, Tint On, DCTLUI_CHECK_BOX, 1)
DEFINE_UI_PARAMS(look, Look, DCTLUI_COMBO_BOX, 0, {{ LOOK_PLAIN, LOOK_RED }}, {{ Plain, Red Only }})
DEFINE_UI_PARAMS(tint, Tint, DCTLUI_COLOR_PICKER, 0.1, 0.2, 0.3)
__CONSTANT__ float WEIGHTS[2] = {{ 0.5f, 0.25f }};
__DEVICE__ void cr_halve(__PRIVATE__ float* level) {{ *level = *level * WEIGHTS[0]; }}
{HEAD}
{{
  float3 rgb = make_float3(p_R, p_G, p_B);
  float level = gain;
  for (int i = 0; i < turns; i++) {{ cr_halve(&level); }}
  rgb = level * rgb + lift;
  if (is_on) {{ rgb = rgb + make_float3(tint.r, tint.g, tint.b); }}
  if (look == LOOK_RED) {{ rgb = make_float3(rgb.x, 0.0f, 0.0f); }}
  return rgb;
}}
"""


def body(lines: str, *, above: str = "") -> str:
    """A shader with these lines in its entry function."""
    return f"{above}\n{HEAD}\n{{\n{lines}\n}}\n"


def picture(channels: int = 3) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """A random picture, odd in size."""
    return np.random.default_rng(4).uniform(0.1, 1, (5, 7, channels)).astype(np.float32)


def compile_with(backend: Backend, text: str) -> None:
    """Have one of the compilers look at a shader."""
    if backend == "cuda":
        compile_cuda(text)
    else:
        run_shader(text, picture(), backend=backend)


@pytest.mark.parametrize("backend", RUNNING)
@pytest.mark.parametrize(
    ("values", "gain", "offset"),
    [
        pytest.param({}, 1.0, (0.35, 0.45, 0.55), id="defaults"),
        pytest.param({"gain": 0.5, "turns": 0}, 0.5, (0.35, 0.45, 0.55), id="sliders"),
        pytest.param({"lift": -1.0, "is_on": 0}, 1.0, (-1, -1, -1), id="boxes"),
        pytest.param({"tint": (1.0, 0.0, -1.0)}, 1.0, (1.25, 0.25, -0.75), id="color picker"),
    ],
)
def test_run_gives_every_control_its_value(
    backend: Backend, values: dict[str, Setting], gain: float, offset: tuple[float, ...]
) -> None:
    """A control has the value that is given, else its default."""
    needs(backend)

    made = run_shader(PANEL, picture(), values=values, backend=backend)

    np.testing.assert_allclose(made, picture() * gain + np.array(offset, np.float32), atol=ROUNDING)


@pytest.mark.parametrize("backend", RUNNING)
def test_run_compares_a_combo_box_with_its_constants(backend: Backend) -> None:
    """The second choice's index is the second constant."""
    needs(backend)

    made = run_shader(PANEL, picture(), values={"look": 1}, backend=backend, fast_math=True)

    assert np.all(made[..., 0] > 0)
    assert not made[..., 1:].any()


@pytest.mark.parametrize("backend", RUNNING)
def test_run_reads_textures_with_the_edge_repeated(backend: Backend) -> None:
    """Pixels beside this one can be read, outside the picture its nearest."""
    needs(backend)
    text = f"""{TEXTURE_HEAD}
{{
  float green = _tex2D(p_TexG, p_X, p_Y + 1);
  return make_float3(_tex2D(p_TexR, p_X - 1, p_Y), green, _tex2D(p_TexB, p_X, p_Y));
}}
"""
    padded = np.pad(picture(), ((1, 1), (1, 1), (0, 0)), mode="edge")
    expected = np.dstack([padded[1:-1, :-2, 0], padded[2:, 1:-1, 1], picture()[..., 2]])

    np.testing.assert_array_equal(run_shader(text, picture(), backend=backend), expected)


@pytest.mark.parametrize("backend", RUNNING)
@pytest.mark.parametrize("progress", [0.0, 0.25, 1.0])
def test_run_goes_from_one_clip_to_the_other(backend: Backend, progress: float) -> None:
    """A transition sees both pictures with their alpha, and how far the cut has come."""
    needs(backend)
    mixed = ", ".join(
        f"_tex2D(p_FromTex{c}, p_X, p_Y) * (1.0f - TRANSITION_PROGRESS)"
        f" + _tex2D(p_ToTex{c}, p_X, p_Y) * TRANSITION_PROGRESS"
        for c in "RGBA"
    )
    text = f"{TRANSITION_HEAD}\n{{\n  return make_float4({mixed});\n}}\n"
    outgoing, incoming = picture(4), 1 - picture(4)

    made = run_shader(text, [outgoing, incoming], backend=backend, progress=progress)

    expected = outgoing * (1 - progress) + incoming * progress
    np.testing.assert_allclose(made, expected, atol=ROUNDING)


CALLS: dict[str, Callable[[Plane], Plane]] = {
    "_powf(_fabs(p_R), 2.5f)": lambda x: x**2.5,
    "_exp2f(_log2f(p_R)) + _exp10f(_log10f(p_R)) + _expf(_logf(p_R))": lambda x: 3 * x,
    "_clampf(p_R, 0.3f, 0.6f)": lambda x: np.clip(x, 0.3, 0.6),
    "_saturatef(p_R * 2.0f)": lambda x: np.clip(2 * x, 0, 1),
    "_fminf(_fmaxf(p_R, 0.3f), 0.6f)": lambda x: np.clip(x, 0.3, 0.6),
    "_ceilf(p_R) + _floorf(p_R) + _truncf(p_R)": np.ceil,
    "_round(p_R) + _fmod(p_R, 0.3f)": lambda x: np.round(x) + x % 0.3,
    "_cospif(p_R) + _sinpif(p_R)": lambda x: np.cos(np.pi * x) + np.sin(np.pi * x),
    "_cosf(p_R) + _sinf(p_R) + _tanf(p_R)": lambda x: np.cos(x) + np.sin(x) + np.tan(x),
    "_acosf(p_R) + _asinf(p_R)": lambda x: np.full_like(x, np.pi / 2),
    "_acoshf(_coshf(p_R)) + _asinhf(_sinhf(p_R)) + _atanhf(_tanhf(p_R))": lambda x: 3 * x,
    "_rsqrtf(p_R) * _sqrtf(p_R)": np.ones_like,
    "_fdivide(p_R, p_G) - p_R * _frecip(p_G)": np.zeros_like,
    "_mix(p_R, 1.0f, 0.25f)": lambda x: 0.75 * x + 0.25,
    "_atan2f(p_R, 1.0f) + _hypotf(p_R, p_R)": lambda x: np.arctan(x) + np.sqrt(2) * x,
    "_copysignf(p_R, -1.0f)": np.negative,
    "_fmaf(p_R, 2.0f, 1.0f) + _fdimf(p_R, 2.0f)": lambda x: 2 * x + 1,
    "_ldexp(p_R, 2) + _frexp(0.25f, &power)": lambda x: 4 * x + 0.5,
    "(float)(abs(-3) + min(1, 2) + max(1, 2))": lambda x: np.full_like(x, 6),
}
"""DCTL's functions of what red is, and the same by numpy."""


@pytest.mark.parametrize("backend", RUNNING)
def test_run_knows_all_of_the_math_list(backend: Backend) -> None:
    """DCTL's functions are there under its names, and are the ones of mathematics."""
    needs(backend)
    panel = f"DEFINE_UI_PARAMS(at, At, DCTLUI_SLIDER_INT, 0, 0, {len(CALLS)}, 1)"
    lines = [f"if (at == {at}) {{ x = {call}; }}" for at, call in enumerate(CALLS)]
    start = "int power = 0; float x = (float)power;"
    text = body("\n".join([start, *lines, "return make_float3(x, x, x);"]), above=panel)

    for at, (call, of_red) in enumerate(CALLS.items()):
        made = run_shader(text, picture(), values={"at": at}, backend=backend)
        expected = of_red(picture()[..., 0].astype(np.float64))
        np.testing.assert_allclose(made[..., 0], expected, atol=1e-5, err_msg=call)


def test_run_knows_the_versions_words() -> None:
    """A tooltip builds since 19.1, and before that only behind a guard."""
    needs("pocl")
    tooltip = 'DEFINE_UI_TOOLTIP(Gain, "it\'s more")'
    running = "__RESOLVE_VER_MAJOR__ * 100 + __RESOLVE_VER_MINOR__"
    bare = f"{tooltip}\n{PANEL}"
    guarded = f"#if {running} >= 1901\n{tooltip}\n#endif\n{PANEL}"

    for text, version in ((bare, (19, 1)), (guarded, (19, 1)), (guarded, (18, 6))):
        assert run_shader(text, picture(), version=version).shape == (5, 7, 3)
    with pytest.raises(BuildError):
        run_shader(bare, picture(), version=(18, 6))


@pytest.mark.parametrize("arch", ["sm_80", "sm_90"])
def test_cuda_compiles_down_to_machine_code(arch: str) -> None:
    """What comes out is an ELF file, as the assembler writes it."""
    needs("cuda")

    assert compile_cuda(PANEL, arch).startswith(b"\x7fELF")


def test_cuda_counts_constant_memory() -> None:
    """A card holds 64 KiB of constants: only the assembler says so."""
    needs("cuda")
    numbers = ", ".join("1.0f" for _ in range(16_400))
    table = f"__CONSTANT__ float TABLE[16400] = {{ {numbers} }};"
    text = body("float x = TABLE[p_X]; return make_float3(x, x, x);", above=table)

    with pytest.raises(BuildError, match="constant"):
        compile_cuda(text)


MISTAKES = [
    pytest.param(
        body("float x = p_R * 0.5; return make_float3(x, x, x);"), ("pocl", "cpp"), id="missing f"
    ),
    pytest.param(
        body("float x = _fmaxf(p_R, 0.0); return make_float3(x, x, x);"),
        ("pocl",),
        id="missing f in a call",
    ),
    pytest.param(body("float3 rgb = 0.0f; return rgb;"), ("cuda", "cpp"), id="vector = number"),
    pytest.param(
        body(
            "return make_float3(cr_x(p_R), 0.0f, cr_x(make_float2(p_R, p_G)));",
            above="__DEVICE__ float cr_x(float a) { return a; }\n"
            "__DEVICE__ float cr_x(float2 a) { return a.x; }",
        ),
        ("pocl",),
        id="overload",
    ),
    pytest.param(
        body("float global = p_R; return make_float3(global, p_G, p_B);"),
        ("pocl",),
        id="name of OpenCL",
    ),
    pytest.param(
        body("LOOK look = A; return make_float3(p_R, p_G, p_B * look);", above="enum LOOK { A };"),
        ("pocl",),
        id="enum without keyword",
    ),
    pytest.param(
        body(
            "return make_float3(cr_x(p_R), gain, 0.0f);",
            above="DEFINE_UI_PARAMS(gain, Gain, DCTLUI_SLIDER_FLOAT, 2.0, 0.0, 4.0, 0.01)\n"
            "__DEVICE__ float cr_x(float a) { return a * gain; }",
        ),
        ("pocl", "cpp", "cuda"),
        id="control in a helper",
    ),
    pytest.param(
        body("float x = (float)_atanf(p_R); return make_float3(x, x, x);"),
        ("pocl", "cpp", "cuda"),
        id="not on the math list",
    ),
    pytest.param(
        body(
            "return make_float3(p_R, p_G, p_B);", above="__DEVICE__ float cr_x() { return 1.0f; }"
        ),
        ("cpp",),
        id="dead helper",
    ),
]


@pytest.mark.parametrize(("text", "refusing"), MISTAKES)
def test_known_mistakes_are_refused(text: str, refusing: tuple[Backend, ...]) -> None:
    """Each mistake that is known from other people's shaders is seen by the compilers named."""
    for backend in refusing:
        needs(backend)
        with pytest.raises(BuildError, match=r"shader\.dctl"):
            compile_with(backend, text)


def test_run_refuses_a_control_that_is_not_there() -> None:
    """A misspelt control would otherwise test nothing."""
    with pytest.raises(ValueError, match="no controls named gian"):
        run_shader(PANEL, picture(), values={"gian": 1.0})


def test_run_refuses_the_wrong_pictures() -> None:
    """A transition needs two pictures with alpha."""
    with pytest.raises(ValueError, match=r"\[3\] channels"):
        run_shader(PANEL, picture(4))


def test_run_refuses_clips_of_different_sizes() -> None:
    """Reading past the smaller one would show what is in memory there."""
    with pytest.raises(ValueError, match="different sizes"):
        run_shader(f"{TRANSITION_HEAD} {{ }}", [picture(4), picture(4)[1:]])


def test_available_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A skipped test says why."""
    monkeypatch.setenv("PATH", "")

    assert available("cpp") == "g++ is not installed"
