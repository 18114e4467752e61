"""Run a shader (DCTL) without Resolve, through the compilers that Resolve builds on.

Resolve hands one text to OpenCL C (AMD, Intel), CUDA (NVIDIA, through NVRTC) and Metal (Apple).
Here PoCL runs it as OpenCL C on the processor, g++ as C++14 (Metal's is C++14, too), and NVRTC
compiles it down to machine code for a card that need not be there. What each puts in front of the
text (the prelude) maps DCTL's words to the language's own.

A control's variable is a local of the entry function, as in Resolve: its value comes with each
call, so that one compilation serves all settings.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib.util
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.shaders.controls import WHOLE_KINDS, Control, Setting, read_controls

Backend: TypeAlias = Literal["pocl", "cpp", "cuda"]
Picture: TypeAlias = NDArray[np.float32]

ENTRY = re.compile(r"__DEVICE__\s+float([34])\s+(transform|transition)\s*\(([^)]*)\)(\s*)\{")
"""The entry function's head, up to the brace that opens its body."""

OWN_NAMES = """
_fabs:fabs _powf:pow _logf:log _log2f:log2 _log10f:log10 _expf:exp _exp2f:exp2 _exp10f:exp10
_copysignf:copysign _fmaxf:fmax _fminf:fmin _sqrtf:sqrt _ceilf:ceil _floorf:floor _truncf:trunc
_round:round _fmod:fmod _hypotf:hypot _cosf:cos _sinf:sin _tanf:tan _acosf:acos _asinf:asin
_atan2f:atan2 _acoshf:acosh _asinhf:asinh _atanhf:atanh _coshf:cosh _sinhf:sinh _tanhf:tanh
_fdimf:fdim _fmaf:fma _frexp:frexp _ldexp:ldexp
"""
"""DCTL's function and its name in OpenCL C; C and CUDA put an `f` behind that."""

VERSION = """
#define __RESOLVE_VER_MAJOR__ {major}
#define __RESOLVE_VER_MINOR__ {minor}
#define DEFINE_DCTL_ALPHA_MODE_STRAIGHT
#define DEFINE_DCTL_ALPHA_MODE_PREMULTIPLY
#define TRANSITION_PROGRESS (p_UIParams[0])
"""
SINCE_19_1 = """
#define DEFINE_UI_TOOLTIP(label, words)
#define TIMELINE_FRAME_INDEX ((int)p_UIParams[1])
"""
"""Words that an older Resolve does not know: there, a shader that uses them does not build."""

OPENCL = """
#define DEVICE_IS_OPENCL
#define __DEVICE__
#define __CONSTANT__ __constant
#define __CONSTANTREF__ __constant
#define __PRIVATE__ __private
#define __GLOBAL__ __global
#define make_float2(x, y) ((float2)(x, y))
#define make_float3(x, y, z) ((float3)(x, y, z))
#define make_float4(x, y, z, w) ((float4)(x, y, z, w))
#define _clampf(x, lower, upper) clamp(x, lower, upper)
#define _saturatef(x) clamp(x, 0.0f, 1.0f)
#define _cospif(x) cospi(x)
#define _sinpif(x) sinpi(x)
#define _rsqrtf(x) rsqrt(x)
#define _mix(x, y, a) mix(x, y, a)
"""

CUDA = """
#define DEVICE_IS_CUDA
#define __DEVICE__ __device__
#define __CONSTANT__ __constant__
#define __CONSTANTREF__ const
#define __GLOBAL__
#define __PRIVATE__
#define HELPER static __device__ inline
#define _cospif cospif
#define _sinpif sinpif
#define _rsqrtf rsqrtf
"""

# C's functions are the compiler's own: reading <cmath> takes longer than all the rest.
CPP = """
#define __DEVICE__ static
#define __CONSTANT__ static const
#define __CONSTANTREF__ const
#define __GLOBAL__
#define __PRIVATE__
#define HELPER [[maybe_unused]] static inline
struct float2 { float x, y; };
struct float3 { float x, y, z; };
struct float4 { float x, y, z, w; };
HELPER float2 make_float2(float x, float y) { return float2{x, y}; }
HELPER float3 make_float3(float x, float y, float z) { return float3{x, y, z}; }
HELPER float4 make_float4(float x, float y, float z, float w) { return float4{x, y, z, w}; }
HELPER int abs(int x) { return x < 0 ? -x : x; }
HELPER int min(int a, int b) { return a < b ? a : b; }
HELPER int max(int a, int b) { return a < b ? b : a; }
HELPER float _cospif(float x) { return __builtin_cosf(3.14159265f * x); }
HELPER float _sinpif(float x) { return __builtin_sinf(3.14159265f * x); }
HELPER float _rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
"""

C_FAMILY = """
HELPER float _clampf(float x, float lower, float upper) { return _fminf(_fmaxf(x, lower), upper); }
HELPER float _saturatef(float x) { return _clampf(x, 0.0f, 1.0f); }
HELPER float _mix(float x, float y, float a) { return x + (y - x) * a; }
"""

EVERYWHERE = """
#define _fdivide(x, y) ((x) / (y))
#define _frecip(x) (1.0f / (x))
typedef struct { float r, g, b; } dctl_colour;
typedef struct { __GLOBAL__ const float* plane; int width, height, stride; } dctl_texture;
#define __TEXTURE__ dctl_texture
__DEVICE__ float _tex2D(dctl_texture texture, float x, float y) {
  int column = (int)_clampf(_floorf(x), 0.0f, (float)(texture.width - 1));
  int row = (int)_clampf(_floorf(y), 0.0f, (float)(texture.height - 1));
  return texture.plane[(row * texture.width + column) * texture.stride];
}
__DEVICE__ dctl_texture dctl_plane(__GLOBAL__ const float* p, int w, int h, int stride, int c) {
  dctl_texture texture;
  texture.plane = p + c;
  texture.width = w;
  texture.height = h;
  texture.stride = stride;
  return texture;
}
"""
"""Textures: nearest sample at pixel coordinates, the edge repeated outside."""

STRICT = """
#pragma {compiler} diagnostic push
#pragma {compiler} diagnostic error "-Wdouble-promotion"
#pragma {compiler} diagnostic error "-Wfloat-conversion"
"""
"""For the shader's own text: no double anywhere (Metal has none), no number cut without a cast."""

ARGUMENTS = (
    "(__GLOBAL__ const float* a, __GLOBAL__ const float* b, __GLOBAL__ float* out,"
    " __GLOBAL__ const float* settings, int width, int height"
)
HEADS = {
    "pocl": f"__kernel void dctl_run{ARGUMENTS}) {{ int i = (int)get_global_id(0);",
    "cuda": f'extern "C" __global__ void dctl_run{ARGUMENTS}) {{'
    " int i = (int)(blockIdx.x * blockDim.x + threadIdx.x); if (i >= width * height) return;",
    "cpp": f'extern "C" void dctl_run{ARGUMENTS}) {{ for (int i = 0; i < width * height; i++) {{',
}
"""The kernel's head: each pixel is number i, row by row."""

CPP_FLAGS = [
    *("-std=c++14", "-Wall", "-Wextra", "-Wdouble-promotion", "-Werror", "-O1"),
    *("-Wno-unused-parameter", "-shared", "-fPIC", "-x", "c++"),
]
"""The entry function's parameters are Resolve's choice: a shader need not use them all."""

CPP_FAST_MATH = (
    *("-fno-math-errno", "-ffinite-math-only", "-fno-signed-zeros", "-fno-trapping-math"),
    *("-fassociative-math", "-freciprocal-math"),
)
"""What -ffast-math means, without its start-up code: that would flush the smallest numbers to 0
for everything else in this process, too."""


class BuildError(Exception):
    """A compiler refused the shader; the text is its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How the shader is called for one pixel."""

    name: str
    channels: int
    """Of what it returns: 3 or 4."""
    parameters: tuple[str, ...]
    """The words of each parameter after the four integers, such as `float p_R`."""


def available(backend: str) -> str | None:
    """Return None where the back end can be used here, else why it cannot."""
    if backend == "cpp":
        return None if shutil.which("g++") else "g++ is not installed"
    try:
        _context() if backend == "pocl" else _nvrtc()
    except (ImportError, OSError, RuntimeError) as error:
        return f"{backend}: {error}"
    return None


def needs(backend: str) -> None:
    """Skip the test, with the reason, where a back end is not installed."""
    if reason := available(backend):
        pytest.skip(reason)


def run_shader(
    shader: Path | str,
    pictures: Picture | Sequence[Picture],
    *,
    values: Mapping[str, Setting] | None = None,
    backend: str = "pocl",
    version: tuple[int, int] = (20, 1),
    progress: float = 0.5,
    fast_math: bool = False,
) -> Picture:
    """Run every pixel through a shader and return what it makes, (H, W, 3 or 4).

    `pictures` is one (H, W, 3 or 4), or the two of a transition, (H, W, 4) each. `values` sets
    controls by their variables' names; the others keep their defaults. A combo box takes an index.
    """
    text = _text(shader)
    entry = _entry(text)
    pair = [pictures] if isinstance(pictures, np.ndarray) else list(pictures)
    expected = [4, 4] if entry.name == "transition" else [entry.channels]
    if [picture.shape[2] for picture in pair] != expected:
        raise ValueError(f"{entry.name} takes pictures of {expected} channels")
    if len({picture.shape[:2] for picture in pair}) != 1:
        raise ValueError("the two pictures of a transition are of different sizes")
    planes = [np.ascontiguousarray(picture, dtype=np.float32) for picture in (*pair, pair[0])[:2]]
    settings = _settings(_controls(text), dict(values or {}), progress)
    out = np.empty((*planes[0].shape[:2], entry.channels), np.float32)
    source = translate(text, backend, version)
    run = {"pocl": _run_opencl, "cpp": _run_cpp}[backend]
    run(source, [*planes, out, settings], fast_math=fast_math)
    return out


def compile_cuda(
    shader: Path | str, arch: str = "sm_80", *, version: tuple[int, int] = (20, 1)
) -> bytes:
    """Compile a shader for an NVIDIA card down to machine code (CUBIN), without running it.

    Raises:
        BuildError: NVRTC or its assembler refuses the shader.
    """
    nvrtc = _nvrtc()
    program = ctypes.c_void_p()
    source = translate(_text(shader), "cuda", version).encode()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"shader.cu", 0, None, None)
    options = [f"--gpu-architecture={arch}".encode(), b"--std=c++14", b"--use_fast_math"]
    status = nvrtc.nvrtcCompileProgram(
        program, len(options), (ctypes.c_char_p * len(options))(*options)
    )
    try:
        if status:
            raise BuildError(_drawn(nvrtc, program, "ProgramLog").decode(errors="replace"))
        return _drawn(nvrtc, program, "CUBIN")
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


@functools.cache
def translate(text: str, backend: str, version: tuple[int, int] = (20, 1)) -> str:
    """Return a text that the back end's compiler takes: prelude, shader, kernel.

    The shader's lines keep their numbers in the compiler's messages.
    """
    entry = _entry(text)
    compiler = {"pocl": "clang", "cpp": "GCC"}.get(backend)
    parts = [
        _prelude(backend),
        VERSION.format(major=version[0], minor=version[1]),
        SINCE_19_1 if version >= (19, 1) else "",
        STRICT.format(compiler=compiler) if compiler else "",
        '#line 1 "shader.dctl"\n',
        _body(text),
        f"\n#pragma {compiler} diagnostic pop\n" if compiler else "\n",
        _kernel(entry, backend),
    ]
    return "".join(parts)


def _prelude(backend: str) -> str:
    pairs = [pair.split(":") for pair in OWN_NAMES.split()]
    form = {"pocl": "{}", "cuda": "{}f", "cpp": "__builtin_{}f"}[backend]
    names = "\n".join(f"#define {dctl} {form.format(own)}" for dctl, own in pairs)
    if backend == "pocl":
        return f"{names}\n{OPENCL}{EVERYWHERE}"
    family = CUDA if backend == "cuda" else CPP
    shared = EVERYWHERE.replace("__DEVICE__", "HELPER")
    return f"{family}{names}\n{C_FAMILY}{_operators()}{shared}"


def _operators() -> str:
    """C++ for vectors of 2, 3 and 4 floats: by parts, and with one number on either side.

    Nothing makes a vector of one number by itself, as in CUDA.
    """
    lines = []
    for letters in ("xy", "xyz", "xyzw"):
        vector = f"float{len(letters)}"
        for sign in "+-*/":
            for left, right in ((vector, vector), (vector, "float"), ("float", vector)):
                terms = ", ".join(
                    f"a{_part(left, letter)} {sign} b{_part(right, letter)}" for letter in letters
                )
                lines.append(
                    f"HELPER {vector} operator{sign}({left} a, {right} b) "
                    f"{{ return make_{vector}({terms}); }}"
                )
                if left == vector:
                    lines.append(
                        f"HELPER {vector}& operator{sign}=({vector}& a, {right} b) "
                        f"{{ return a = a {sign} b; }}"
                    )
        minus = ", ".join(f"-a.{letter}" for letter in letters)
        lines.append(f"HELPER {vector} operator-({vector} a) {{ return make_{vector}({minus}); }}")
        mixed = f"{vector} _mix({vector} x, {vector} y, float a)"
        lines.append(f"HELPER {mixed} {{ return x + (y - x) * a; }}")
    return "\n".join(lines) + "\n"


def _part(kind: str, letter: str) -> str:
    return "" if kind == "float" else f".{letter}"


def _body(text: str) -> str:
    """The shader with its controls taken from file scope into the entry function."""
    controls = _controls(text)
    lines = text.split("\n")
    for control in controls:
        names = ", ".join(control.choices)
        lines[control.line - 1] = f"enum {{ {names} }};" if control.choices else ""
    local = " ".join(_local(control, at) for control, at in _places(controls))
    return ENTRY.sub(
        lambda head: (
            f"__DEVICE__ float{head[1]} {head[2]}({head[3]},"
            f" __GLOBAL__ const float* p_UIParams){head[4]}{{ {local}"
        ),
        "\n".join(lines),
        count=1,
    )


def _places(controls: Sequence[Control]) -> list[tuple[Control, int]]:
    """Where each control's value lies among the settings; the first two are the bench's own."""
    places = []
    at = 2
    for control in controls:
        places.append((control, at))
        at += 3 if control.kind == "color_picker" else 1
    return places


def _local(control: Control, at: int) -> str:
    name = control.name
    if control.kind == "color_picker":
        parts = (f"{name}.{part} = p_UIParams[{at + i}];" for i, part in enumerate("rgb"))
        return f"dctl_colour {name}; {' '.join(parts)}"
    if control.kind in WHOLE_KINDS:
        return f"int {name} = (int)p_UIParams[{at}];"
    return f"float {name} = p_UIParams[{at}];"


def _settings(
    controls: Sequence[Control], values: dict[str, Setting], progress: float
) -> NDArray[np.float32]:
    settings = [progress, 1.0]
    for control in controls:
        setting = values.pop(control.name, control.default)
        settings.extend(setting if isinstance(setting, tuple) else (setting,))
    if values:
        raise ValueError(f"the shader has no controls named {', '.join(values)}")
    return np.array(settings, np.float32)


def _kernel(entry: Entry, backend: str) -> str:
    """The function that calls the shader for pixel number i and keeps what it returns."""
    stride = 4 if entry.name == "transition" else entry.channels
    arguments = []
    for number, parameter in enumerate(entry.parameters):
        plane, channel = "ab"[number // stride], number % stride
        arguments.append(
            f"dctl_plane({plane}, width, height, {stride}, {channel})"
            if parameter.startswith("__TEXTURE__")
            else f"{plane}[i * {stride} + {channel}]"
        )
    kept = " ".join(
        f"out[i * {entry.channels} + {at}] = made.{part};"
        for at, part in enumerate("xyzw"[: entry.channels])
    )
    call = f"{entry.name}(width, height, i % width, i / width, {', '.join(arguments)}, settings)"
    # A transform has no second picture.
    body = f"(void)b; float{entry.channels} made = {call}; {kept}"
    return f"{HEADS[backend]} {body} {'} }' if backend == 'cpp' else '}'}\n"


def _entry(text: str) -> Entry:
    found = ENTRY.search(text)
    if found is None:
        raise BuildError("the shader has no entry function: __DEVICE__ float3 transform(...) {")
    words = [" ".join(word.split()) for word in found[3].split(",")]
    return Entry(name=found[2], channels=int(found[1]), parameters=tuple(words[4:]))


@functools.cache
def _controls(text: str) -> tuple[Control, ...]:
    return read_controls(text, "shader.dctl")


def _text(shader: Path | str) -> str:
    return shader.read_text(encoding="utf-8") if isinstance(shader, Path) else shader


@functools.cache
def _context() -> tuple[Any, Any]:
    """One OpenCL context and queue for the session, on the processor."""
    import pyopencl

    try:
        platforms = [p for p in pyopencl.get_platforms() if "Portable Computing" in p.name]
    except pyopencl.Error as error:
        raise RuntimeError("no OpenCL platform is installed") from error
    if not platforms:
        raise RuntimeError("PoCL is not among the OpenCL platforms")
    context = pyopencl.Context(platforms[0].get_devices()[:1])
    return context, pyopencl.CommandQueue(context)


@functools.cache
def _opencl_kernel(source: str, options: tuple[str, ...]) -> Any:
    import pyopencl

    context, _ = _context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyopencl's, about a log that is not empty
        try:
            program = pyopencl.Program(context, source).build(list(options))
        except pyopencl.RuntimeError as error:
            raise BuildError(str(error)) from error
        return pyopencl.Kernel(program, "dctl_run")


def _run_opencl(source: str, arrays: list[Picture], *, fast_math: bool) -> None:
    import pyopencl

    context, queue = _context()
    fast = ("-cl-fast-relaxed-math", "-cl-mad-enable") if fast_math else ()
    kernel = _opencl_kernel(source, ("-cl-std=CL1.2", "-Werror", *fast))
    flags = pyopencl.mem_flags.READ_WRITE | pyopencl.mem_flags.USE_HOST_PTR
    buffers = [pyopencl.Buffer(context, flags, hostbuf=array) for array in arrays]
    height, width = arrays[0].shape[:2]
    kernel(queue, (height * width,), None, *buffers, np.int32(width), np.int32(height))
    pyopencl.enqueue_copy(queue, arrays[2], buffers[2])
    queue.finish()


@functools.cache
def _cpp_folder() -> tempfile.TemporaryDirectory[str]:
    """Where compiled shaders lie until the session ends."""
    return tempfile.TemporaryDirectory(prefix="shader_bench_")


@functools.cache
def _cpp_function(source: str, options: tuple[str, ...]) -> Any:
    name = hashlib.sha256("\0".join((source, *options)).encode()).hexdigest()
    library = Path(_cpp_folder().name) / f"{name}.so"
    built = subprocess.run(
        ["g++", *CPP_FLAGS, *options, "-o", str(library), "-"],
        input=source,
        text=True,
        capture_output=True,
        check=False,
    )
    if built.returncode:
        raise BuildError(built.stderr)
    return ctypes.CDLL(str(library)).dctl_run


def _run_cpp(source: str, arrays: list[Picture], *, fast_math: bool) -> None:
    function = _cpp_function(source, CPP_FAST_MATH if fast_math else ())
    height, width = arrays[0].shape[:2]
    function(*(array.ctypes.data_as(ctypes.c_void_p) for array in arrays), width, height)


@functools.cache
def _nvrtc() -> ctypes.CDLL:
    """NVIDIA's run-time compiler, from its Python package."""
    spec = importlib.util.find_spec("nvidia")
    folders = spec.submodule_search_locations if spec else None
    found = [path for folder in folders or [] for path in Path(folder).rglob("libnvrtc.so.*")]
    if not found:
        raise ImportError("the package nvidia-cuda-nvrtc is not installed")
    return ctypes.CDLL(str(max(found)))


def _drawn(nvrtc: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> bytes:
    """What NVRTC keeps about a program: its log, or its machine code."""
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    content = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, content)
    return content.raw.rstrip(b"\0") if what == "ProgramLog" else content.raw
