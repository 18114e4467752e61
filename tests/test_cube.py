""".cube files: written so that Resolve reads them, read back, and refused when broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio
import pytest

from chromaresolve.baseline.samples import Pixels
from chromaresolve.cube import Shaper, read_cube, write_cube
from chromaresolve.errors import ColourError

WRITTEN = 1e-6
"""Seven decimals and a dozen float32 operations on values near 1."""

BETWEEN_NODES = 2e-3
"""Trilinear between 33 nodes of a curve whose second derivative is 2: 2 / 8 / 32^2 a channel."""

TINY_CUBE = """\
# Lines before the header

TITLE "Two nodes"
LUT_3D_SIZE 2
LUT_3D_INPUT_RANGE 0.0 2.0
0 0 0
1 0 0
0 1 0
1 1 0

# a comment between rows
0 0 1
1 0 1
  0 1 1
1 1 1.5
"""
"""The identity over 0 to 2, halved, but for white; rows with red fastest."""


class Bent:
    """A smooth map that mixes the channels and leaves 0..1."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Square each channel and lean on the next."""
        mapped = 1.1 * rgb**2 - 0.2 * rgb[..., [1, 2, 0]] + 0.05
        return np.asarray(mapped, dtype=np.float32)


class Log:
    """A map that is straight in the stops of scene light, as a grade of log footage is."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Give 18 % grey 0.5 and each stop another tenth."""
        stops = np.log2((rgb + 0.01) / 0.18) / 10 + 0.5
        return np.asarray(stops - 0.1 * stops[..., [2, 0, 1]], dtype=np.float32)


class Broken:
    """A map gone wrong."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Map everything to no number."""
        return np.full_like(rgb, np.nan)


def colours(count: int, upper: float = 1.0) -> Pixels:
    """Make random plate colours, 0 to `upper`."""
    return np.random.default_rng(0).random((count, 3), dtype=np.float32) * np.float32(upper)


def apply_ocio(path: Path, rgb: Pixels) -> Pixels:
    """Apply a .cube with OpenColorIO's own reader of Resolve's format: the reference."""
    transform = ocio.FileTransform(str(path), interpolation=ocio.INTERP_LINEAR)
    processor = ocio.Config.CreateRaw().getProcessor(transform)
    mapped = np.ascontiguousarray(rgb, dtype=np.float32).copy()
    processor.getDefaultCPUProcessor().applyRGB(mapped)
    return mapped


def test_read_takes_a_file_by_hand(tmp_path: Path) -> None:
    """Comments, blank lines, TITLE and red fastest: the colours are where they belong."""
    (tmp_path / "tiny.cube").write_text(TINY_CUBE)
    cube = read_cube(tmp_path / "tiny.cube")
    rgb = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 1], [2, 2, 2]], dtype=np.float32)

    expected = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0.5], [1, 1, 1.5]])
    np.testing.assert_allclose(cube.apply(rgb), expected, atol=WRITTEN)


@pytest.mark.parametrize("size", [33, 65])
def test_round_trip_equals_the_map(tmp_path: Path, size: int) -> None:
    """Exact at the nodes, and within trilinear's error between them."""
    write_cube(tmp_path / "a.cube", Bent(), title="sh010", size=size, lower=-0.5, upper=1.5)
    cube = read_cube(tmp_path / "a.cube")
    nodes = np.linspace(-0.5, 1.5, size, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    between = colours(5000) * 2 - np.float32(0.5)

    np.testing.assert_allclose(cube.apply(nodes), Bent().apply(nodes), atol=2 * WRITTEN)
    np.testing.assert_allclose(cube.apply(between), Bent().apply(between), atol=BETWEEN_NODES)


def test_round_trip_through_the_shaper_holds_shadows_and_highlights(tmp_path: Path) -> None:
    """Scene-linear 0 to 16: with the log shaper 33 nodes do; without it the shadows are lost."""
    shadows = colours(3000, upper=0.05)
    for shaper in ("log", "none"):
        write_cube(tmp_path / f"{shaper}.cube", Log(), title="x", upper=16, shaper=shaper)
    shaped, plain = (read_cube(tmp_path / f"{shaper}.cube") for shaper in ("log", "none"))

    error = np.abs(shaped.apply(shadows) - Log().apply(shadows)).max()
    assert error < 0.005
    assert np.abs(plain.apply(shadows) - Log().apply(shadows)).max() > 20 * error
    highlights = colours(3000, upper=16)
    np.testing.assert_allclose(shaped.apply(highlights), Log().apply(highlights), atol=0.005)


@pytest.mark.parametrize(
    ("shaper", "lower", "upper"),
    [
        pytest.param("none", 0.0, 1.0, id="display"),
        pytest.param("none", -0.25, 1.5, id="range"),
        pytest.param("log", 0.0, 16.0, id="log shaper"),
    ],
)
def test_opencolorio_reads_the_same_colours(
    tmp_path: Path, shaper: Shaper, lower: float, upper: float
) -> None:
    """OpenColorIO's reader of Resolve's .cube agrees, inside the range and outside."""
    path = tmp_path / "grade.cube"
    write_cube(path, Bent(), title="sh010", size=17, lower=lower, upper=upper, shaper=shaper)
    rgb = np.concatenate([colours(4000, upper), [[-3, 0.2, 0.3], [99, 0.1, 0.7]]]).astype("f")

    ours, reference = read_cube(path).apply(rgb), apply_ocio(path, rgb)

    worst = np.abs(ours - reference).max(axis=1).argmax()
    np.testing.assert_allclose(
        ours, reference, atol=2e-5 * max(1, np.abs(reference).max()), err_msg=f"at {rgb[worst]}"
    )


def test_apply_clamps_to_the_range_and_keeps_the_shape(tmp_path: Path) -> None:
    """As Resolve does: beyond the last node nothing changes any more."""
    write_cube(tmp_path / "a.cube", Bent(), title="x", size=9)
    cube = read_cube(tmp_path / "a.cube")
    view = (colours(7 * 22).reshape(7, 22, 3) * 3 - 1)[:, ::2]

    np.testing.assert_array_equal(cube.apply(view), cube.apply(np.clip(view, 0, 1)))
    np.testing.assert_array_equal(cube.clamp_to_range(view), np.clip(view, 0, 1))


def test_write_leads_with_comments_and_headers(tmp_path: Path) -> None:
    """The first lines are as Blackmagic's specification has them, in ASCII."""
    path = tmp_path / "a.cube"

    write_cube(path, Bent(), title="Muñeca\nshot 3", size=2, upper=4, shaper="log")

    content = path.read_bytes().decode("ascii")
    assert content.splitlines()[:5] == [
        r"# Mu\xf1eca shot 3",
        "LUT_1D_SIZE 16384",
        "LUT_1D_INPUT_RANGE 0.0000000 4.0000000",
        "LUT_3D_SIZE 2",
        "LUT_3D_INPUT_RANGE 0.0000000 1.0000000",
    ]
    assert len(content.splitlines()) == 5 + 16384 + 8
    assert content.endswith("\n")


@pytest.mark.parametrize(
    ("size", "lower", "upper", "complaint"),
    [
        pytest.param(1, 0.0, 1.0, "size 1: give 2 to 65 nodes", id="too small"),
        pytest.param(66, 0.0, 1.0, "size 66: give 2 to 65 nodes", id="too large"),
        pytest.param(33, 1.0, 1.0, "give the lower value first", id="no width"),
    ],
)
def test_write_refuses_what_resolve_cannot_read(
    tmp_path: Path, size: int, lower: float, upper: float, complaint: str
) -> None:
    """A size or range that makes no table is refused, and no file appears."""
    with pytest.raises(ColourError, match=complaint):
        write_cube(tmp_path / "a.cube", Bent(), title="x", size=size, lower=lower, upper=upper)

    assert list(tmp_path.iterdir()) == []


def test_write_refuses_a_map_gone_wrong(tmp_path: Path) -> None:
    """NaN never reaches a file."""
    with pytest.raises(ColourError, match="not finite: fit it again"):
        write_cube(tmp_path / "a.cube", Broken(), title="x", size=2)


@pytest.mark.parametrize(
    ("wrong", "right", "complaint"),
    [
        pytest.param(
            "1 1 1.5", "1 1", "line 15: three numbers are needed, found '1 1'", id="short row"
        ),
        pytest.param(
            "  0 1 1", "0 l 1", "line 14: three numbers are needed, found '0 l 1'", id="typo"
        ),
        pytest.param("  0 1 1", "0 1e999 1", "line 14: three numbers are needed", id="infinite"),
        pytest.param("0 1 0\n", "0 1 0 0\n", "line 8: three numbers are needed", id="long row"),
        pytest.param(
            "1 1 1.5\n", "", "line 14: has 7 rows of colours, its header promises 8", id="cut off"
        ),
        pytest.param("1 1 1.5", "1 1 1\n1 1 1", "line 16: has 9 rows", id="too many rows"),
        pytest.param(
            "LUT_3D_SIZE 2", "LUT_3D_SIZE two", "line 4: LUT_3D_SIZE needs 1", id="size no number"
        ),
        pytest.param(
            "LUT_3D_SIZE 2", "LUT_3D_SIZE 1", "line 4: LUT_3D_SIZE must be 2 to 256", id="size 1"
        ),
        pytest.param("LUT_3D_SIZE 2", "LUT_3D_SIZE 2.5", "found '2.5'", id="half a node"),
        pytest.param("LUT_3D_SIZE 2", "", "has no LUT_3D_SIZE", id="no size"),
        pytest.param(
            "0.0 2.0",
            "0.0",
            r"line 5: LUT_3D_INPUT_RANGE needs 2 .* found '0.0'",
            id="half a range",
        ),
        pytest.param("0.0 2.0", "2.0 0.0", "its input range has no width", id="range reversed"),
        pytest.param(
            "TITLE", "LUT_IN_VIDEO_RANGE", "line 3: keyword 'LUT_IN_VIDEO_RANGE'", id="video range"
        ),
    ],
)
def test_read_names_the_broken_line(tmp_path: Path, wrong: str, right: str, complaint: str) -> None:
    """One mistake in a good file is found and named by its line."""
    path = tmp_path / "broken.cube"
    assert wrong in TINY_CUBE
    path.write_text(TINY_CUBE.replace(wrong, right))

    with pytest.raises(ColourError, match=f"broken.cube.*{complaint}") as caught:
        read_cube(path)

    assert "\n" not in str(caught.value)


def test_read_understands_adobes_domain(tmp_path: Path) -> None:
    """DOMAIN_MIN and DOMAIN_MAX, from other tools, give each channel its own range."""
    domain = "DOMAIN_MIN 0 0 -1\nDOMAIN_MAX 1 2 1"
    (tmp_path / "a.cube").write_text(TINY_CUBE.replace("LUT_3D_INPUT_RANGE 0.0 2.0", domain))

    mapped = read_cube(tmp_path / "a.cube").apply(np.array([[0.5, 1.0, 0.0]], dtype=np.float32))

    np.testing.assert_allclose(mapped[:, :2], 0.5, atol=WRITTEN)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, "cannot be read: No such file", id="missing"),
        pytest.param(b"", "has no LUT_3D_SIZE", id="zero bytes"),
        pytest.param(b"v/1\x01\x02\xff\xfe\x00", "is not a text file", id="an EXR by another name"),
        pytest.param(b"LUT_3D_SIZE 2\n", "has 0 rows of colours", id="header only"),
    ],
)
def test_read_refuses_what_is_no_cube(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    """Each kind of wrong file has its own sentence."""
    path = tmp_path / "a.cube"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ColourError, match=complaint):
        read_cube(path)
