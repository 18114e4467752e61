"""Every shader: clean, built by every compiler there is, finite on any pixel, and in the docs.

What each one does to a picture is tested in its own file. To write the docs' tables anew, run this
file with CHROMARESOLVE_WRITE_DOCS=1 in the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.shaders import Control, control_table, lint, read_shader, with_defaults
from chromaresolve.shaders.controls import WHOLE_KINDS, Setting
from chromaresolve.shaders.defaults import control_range
from shader_bench import Backend, compile_cuda, needs, run_shader

ROOT = Path(__file__).parents[1]
SHADERS = sorted((ROOT / "dctl").glob("*.dctl"))
PAGE = ROOT / "docs" / "dctl.md"

each_shader = pytest.mark.parametrize("path", SHADERS, ids=lambda path: path.stem)

AWKWARD = (0.0, -0.25, 1e-8, 0.18, 1.0, 65504.0, -65504.0)
"""Black, below it, next to it, grey, white, and the ends of a half float."""
AWKWARD_CODES = (0.0, -0.25, 1e-8, 0.18, 1.0, 10.0, -10.0)
"""The same for pictures in a logarithmic encoding, where 10 is more light than there is."""


def pictures(path: Path, values: tuple[float, ...]) -> list[NDArray[np.float32]]:
    """Every colour of these values; for a transition against the same in another order."""
    rgb = np.array(list(product(values, repeat=3)), np.float32).reshape(len(values), -1, 3)
    if read_shader(path).kind == "transform":
        return [rgb]
    alpha = np.full((*rgb.shape[:2], 1), 0.5, np.float32)
    plate = np.concatenate([rgb, alpha], axis=2)
    return [plate, np.ascontiguousarray(plate[::-1, ::-1])]


def run(
    path: Path,
    pixels: tuple[float, ...],
    *,
    values: dict[str, Setting] | None = None,
    backend: Backend = "pocl",
    version: tuple[int, int] = (20, 1),
    fast_math: bool = True,
) -> NDArray[np.float32]:
    """Run a shader over every colour of these values."""
    shown = pictures(path, pixels)
    return run_shader(
        path, shown, values=values, backend=backend, version=version, fast_math=fast_math
    )


def ends(control: Control) -> Iterator[float]:
    """Give the settings of a control that are furthest apart, or all of its choices."""
    lower, upper = control_range(control)
    if control.kind in WHOLE_KINDS:
        yield from range(int(lower), int(upper) + 1)
    elif control.lower is not None:
        yield from (lower, upper)


def test_shaders_are_there() -> None:
    """The tests below run over what they find: this one says that they found something."""
    assert [path.stem for path in SHADERS] == [
        "ChromaResolve Channel Repair",
        "ChromaResolve Color Merge",
        "ChromaResolve Inspect",
        "ChromaResolve PreBalance",
    ]


@each_shader
def test_shader_is_clean(path: Path) -> None:
    """The lint finds nothing."""
    text = path.read_bytes().decode()

    assert [str(problem) for problem in lint(text, path.name)] == []


@each_shader
def test_shader_says_its_licence(path: Path) -> None:
    """A shader travels alone, so it carries the licence's name."""
    assert re.search(r"^// .*\bMIT\b", path.read_text("ascii").split("\n#")[0], flags=re.MULTILINE)


@each_shader
@pytest.mark.parametrize("backend", ["pocl", "cpp"])
@pytest.mark.parametrize(
    "version",
    [
        pytest.param((20, 1), id="Resolve 20.1"),
        pytest.param((18, 6), id="Resolve 18.6", marks=pytest.mark.slow),
    ],
)
def test_shader_builds_and_runs(path: Path, backend: Backend, version: tuple[int, int]) -> None:
    """OpenCL C and C++ take it, for Resolve with tooltips and without."""
    needs(backend)

    made = run(path, AWKWARD, backend=backend, version=version, fast_math=False)

    assert np.isfinite(made).all()


@each_shader
@pytest.mark.parametrize("arch", ["sm_80", pytest.param("sm_90", marks=pytest.mark.slow)])
def test_shader_builds_for_cuda(path: Path, arch: str) -> None:
    """NVRTC and its assembler take it."""
    needs("cuda")

    assert compile_cuda(path, arch)


@each_shader
@pytest.mark.parametrize("backend", ["pocl", pytest.param("cpp", marks=pytest.mark.slow)])
def test_shader_stays_finite(path: Path, backend: Backend) -> None:
    """No pixel becomes NaN or infinite with the fast mathematics that Resolve compiles with."""
    needs(backend)

    assert np.isfinite(run(path, AWKWARD, backend=backend)).all()


@each_shader
def test_shader_stays_finite_at_every_end(path: Path) -> None:
    """Nor does one with any control at an end of its range, or at any of its choices."""
    needs("pocl")
    for control in read_shader(path).controls:
        for setting in ends(control):
            made = run(path, AWKWARD_CODES, values={control.name: setting})
            assert np.isfinite(made).all(), f"{control.label} at {setting}"


@each_shader
def test_copy_with_defaults_is_clean(path: Path) -> None:
    """A copy that starts at other values is as good as the shader, and differs in its defaults."""
    shader = read_shader(path)
    values = {control.name: list(ends(control))[-1] for control in shader.controls}

    copy = with_defaults(shader, values, title="ChromaResolve: a shot")

    assert lint(copy, path.name) == ()
    assert copy.count("\n") == shader.text.count("\n") + 1


@each_shader
def test_docs_have_the_controls(path: Path) -> None:
    """The page's table is the panel: labels, defaults, ranges and tooltips."""
    shader = read_shader(path)
    begin, end = f"<!-- controls: {shader.name} -->", "<!-- end -->"
    page = PAGE.read_text("utf-8")
    assert page.count(begin) == 1, f"docs/dctl.md needs a line {begin}, and {end} below it"
    before, _, rest = page.partition(begin)
    after = rest.partition(end)[2]
    right = f"{before}{begin}\n{control_table(shader)}\n{end}{after}"
    if os.environ.get("CHROMARESOLVE_WRITE_DOCS") == "1":
        PAGE.write_text(right, "utf-8")
        return

    assert page == right, f"put into docs/dctl.md:\n{control_table(shader)}"
