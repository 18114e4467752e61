"""Spaces by name and conversions, against published values; studio configs, whole and broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import (
    BUILT_IN_CONFIG,
    aces_to_display,
    convert,
    display_to_aces,
    find_space,
    measure_out_of_reach,
)
from chromaresolve.colour.luma import Floats
from chromaresolve.colour.spaces import REC709_OUTPUT, REC709_PICTURE
from chromaresolve.errors import ColourError

FLOAT32 = 1e-6
"""Published values near 1, computed in float32."""

STUDIO_CONFIG = """\
ocio_profile_version: 1
search_path: luts
roles:
  color_picking: Output - sRGB
  default: ACES - ACES2065-1
  scene_linear: ACES - ACEScg
displays:
  ACES:
    - !<View> {name: sRGB, colorspace: Output - sRGB}
colorspaces:
  - !<ColorSpace>
    name: ACES - ACES2065-1
    family: ACES
  - !<ColorSpace>
    name: ACES - ACEScg
    family: ACES
    to_reference: !<MatrixTransform> {matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: Output - sRGB
    family: Output
    to_reference: !<MatrixTransform> {matrix: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]}
  - !<ColorSpace>
    name: Utility - sRGB - Texture
    family: Utility
  - !<ColorSpace>
    name: Baked
    family: Input
    to_reference: !<FileTransform> {src: lost.cube}
"""
"""An OpenColorIO 1 config built like the ACES 1.2 one, where colour picking is an output."""


VIEWLESS_CONFIG = """\
ocio_profile_version: 2.1
roles:
  default: Light
displays:
  Monitor:
    - !<View> {name: Plain, colorspace: Monitor}
view_transforms:
  - !<ViewTransform>
    name: Plain matrix
    from_scene_reference: !<MatrixTransform> {}
display_colorspaces:
  - !<ColorSpace>
    name: Monitor
colorspaces:
  - !<ColorSpace>
    name: Light
"""
"""A config whose display is reached by a plain matrix only, which is no output transform."""


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """Return a studio's own config file."""
    file = tmp_path / "studio.ocio"
    file.write_text(STUDIO_CONFIG, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("ACES - ACES2065-1", "ACES2065-1"),
        ("ACES - ACES2065\u20111", "ACES2065-1"),
        ("ACES - ACEScg", "ACEScg"),
        ("acescg", "ACEScg"),
        ("ACES - ACEScct", "ACEScct"),
        ("Utility - sRGB - Color Picking", "sRGB Encoded Rec.709 (sRGB)"),
        ("Utility - sRGB - Texture", "sRGB Encoded Rec.709 (sRGB)"),
        ("Utility - Rec.709 - Display", "Gamma 2.4 Encoded Rec.709"),
        ("Utility - Linear - sRGB", "Linear Rec.709 (sRGB)"),
        ("Output - Rec.709", "Rec.1886 Rec.709 - Display"),
        ("Output - sRGB", "sRGB - Display"),
        ("Rec.709 2.4", "Rec.1886 Rec.709 - Display"),
        ("Input - ADX - ADX10", "ADX10"),
        ("Input - ARRI - V3 LogC (EI800) - Wide Gamut", "ARRI LogC3 (EI800)"),
        ("LogC3", "ARRI LogC3 (EI800)"),
        ("logc4", "ARRI LogC4"),
        ("S-Log3", "S-Log3 S-Gamut3.Cine"),
        ("Input - Sony - S-Log3 - S-Gamut3", "S-Log3 S-Gamut3"),
        ("gamma 2.4", "Gamma 2.4 Encoded Rec.709"),
        ("gamma 2.6", "P3-D65 - Display"),
    ],
)
def test_find_accepts_names_of_nuke_projects(asked: str, own: str) -> None:
    """Names of ACES 1.2 projects and of the trade lead to the built-in config's own spaces."""
    assert find_space(asked).name == own


def test_find_says_what_a_name_stood_for() -> None:
    """The note names both spaces, what kind it became and the config; own names need none."""
    assert find_space("Utility - sRGB - Color Picking").note == (
        "'Utility - sRGB - Color Picking' is 'sRGB Encoded Rec.709 (sRGB)', a texture space, "
        f"in {BUILT_IN_CONFIG}"
    )
    assert find_space("acescG").note == ""
    assert "'ACES 1.0 - SDR Video'" in find_space(REC709_OUTPUT).note


def test_find_follows_a_studios_config(studio: Path) -> None:
    """In a config like the ACES 1.2 one colour picking is an output transform, and said to be."""
    space = find_space("Utility - sRGB - Color Picking", studio)

    assert space.name == "Output - sRGB"
    assert "'Output - sRGB', an output transform, in" in space.note
    assert find_space("Utility - sRGB - Texture", studio).kind == "texture"


def test_find_names_the_nearest_of_an_unknown_space() -> None:
    """A misspelt name is refused with the three names nearest to it, on one line."""
    with pytest.raises(ColourError) as refused:
        find_space("ARRI LogC5")

    message = str(refused.value)
    assert message.startswith(f"'ARRI LogC5': no such colour space in {BUILT_IN_CONFIG}: ")
    assert "'ARRI LogC4'" in message
    assert message.count("'") == 8
    assert "\n" not in message


def test_find_refuses_raw() -> None:
    """Data has no colour to convert, and is not passed through in silence."""
    with pytest.raises(ColourError, match="holds data, not colour"):
        find_space("Raw")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(None, "cannot be read as a colour config", id="missing"),
        pytest.param(b"", "not a usable colour config", id="empty"),
        pytest.param(b"just words\n", "not a usable colour config", id="words"),
        pytest.param(b"\x00\xff\xfe\x00", "not a usable colour config", id="binary"),
        pytest.param(STUDIO_CONFIG[:300].encode(), "not a usable colour config", id="truncated"),
    ],
)
def test_broken_configs_are_one_line(tmp_path: Path, content: bytes | None, problem: str) -> None:
    """A studio's file that cannot be used is refused in one line that names it."""
    file = tmp_path / "broken.ocio"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ColourError, match=problem) as refused:
        find_space("ACEScg", file)

    assert str(refused.value).startswith(f"{file}: ")
    assert "\n" not in str(refused.value)


def test_missing_lut_of_a_config_is_one_line(studio: Path) -> None:
    """A config that points at a LUT it lost says so when that space is used, and stderr is ours."""
    with pytest.raises(ColourError, match=r"lost\.cube") as refused:
        convert(np.zeros((1, 1, 3)), from_space="Baked", to_space="ACES - ACEScg", ocio=studio)

    assert "\n" not in str(refused.value)


def test_config_chatter_stays_off_stderr(studio: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """OpenColorIO's warnings about a config are not printed past our own messages."""
    text = STUDIO_CONFIG.replace("    family: Utility\n", "    family: Utility\n    flavour: odd\n")
    studio.write_text(text, encoding="utf-8")

    find_space("ACES - ACEScg", studio)

    assert capfd.readouterr().err == ""


def test_changed_config_is_read_again(studio: Path) -> None:
    """A config edited between two frames takes effect."""
    grey = np.ones((1, 1, 3))

    def red() -> float:
        light = convert(grey, from_space="ACES - ACEScg", to_space="default", ocio=studio)
        return float(light[0, 0, 0])

    assert red() == 2
    studio.write_text(STUDIO_CONFIG.replace("[2, 0, 0, 0, 0, 2", "[3, 0, 0, 0, 0, 2"), "utf-8")
    assert red() == 3


@pytest.mark.parametrize(
    ("value", "from_space", "to_space", "published"),
    [
        pytest.param(
            0.5, "Utility - sRGB - Texture", "Utility - Linear - sRGB", 0.2140411, id="sRGB"
        ),
        pytest.param(0.18, "ACEScg", "ACEScct", 0.4135884, id="ACEScct, S-2016-001"),
        pytest.param(0.18, "ACES2065-1", "ACEScg", 0.18, id="neutral"),
        pytest.param(400 / 1023, "LogC3", "ACEScg", 0.18, id="ARRI LogC3 grey"),
        pytest.param(420 / 1023, "S-Log3", "ACEScg", 0.18, id="Sony S-Log3 grey"),
        pytest.param(0.5, "gamma 2.4", "Utility - Linear - sRGB", 0.5**2.4, id="gamma 2.4"),
    ],
)
def test_convert_meets_published_greys(
    value: float, from_space: str, to_space: str, published: float
) -> None:
    """Greys of the standards and camera makers' papers land on their published values."""
    tolerance = 5e-4 if "Log" in from_space else FLOAT32  # makers give grey to a 10-bit code

    converted = convert(np.full((1, 1, 3), value), from_space=from_space, to_space=to_space)

    assert converted[0, 0] == pytest.approx([published] * 3, abs=tolerance)


def test_odt_meets_published_grey() -> None:
    """ACES 0.18 leaves the ODT where ACES 1.x says: 4.8 of 48 nits, then the dim surround.

    ACESlib.Tonescales (ODT_48nits, midPoint 4.8), ACESlib.ODT_Common (CINEMA_WHITE 48, CINEMA_BLACK
    0.02, DIM_SURROUND_GAMMA 0.9811), ODT.Academy.Rec709_100nits_dim (DISPGAMMA 2.4).
    """
    published = ((4.8 - 0.02) / (48 - 0.02)) ** 0.9811

    display = aces_to_display(np.full((1, 1, 3), 0.18))

    assert display[0, 0] ** 2.4 == pytest.approx([published] * 3, abs=5e-6)
    assert published == pytest.approx(0.104064, abs=1e-6)


def test_odt_meets_published_white() -> None:
    """A white card shows at 0.812 on sRGB, and display white is ACES 16.292.

    Both as given on ACESCentral, topic 1779, "Understanding the sRGB RRT/ODT".
    """
    card = convert(np.ones((1, 1, 3)), from_space="ACES2065-1", to_space="Output - sRGB")

    assert card[0, 0] == pytest.approx([0.812] * 3, abs=5e-4)
    assert display_to_aces(np.ones((1, 1, 3)))[0, 0] == pytest.approx([16.292] * 3, abs=5e-4)


@pytest.mark.parametrize(
    ("display", "aces"),
    [(1.01, 36.5), (1.2, 47_186), (12, 47_186), (-0.5, 0.00199), (0, 0.00199)],
)
def test_inverse_odt_ends_as_documented(display: float, aces: float) -> None:
    """Outside 0 to 1 the inverse ODT runs into its ends, where docs/colour.md says."""
    assert display_to_aces(np.full((1, 1, 3), display))[0, 0, 0] == pytest.approx(aces, rel=1e-3)


def test_out_of_reach_counts_what_does_not_come_back() -> None:
    """Neutrals from black to white are within the ODT's reach, red, green and yellow are not."""
    ramp = np.repeat(np.linspace(0.001, 1, 200)[None, :, None], 3, axis=2)
    primaries = np.array([[[1, 0, 0], [0, 1, 0], [1, 1, 0]]])

    assert measure_out_of_reach(ramp) == 0
    assert measure_out_of_reach(primaries) == 1
    assert measure_out_of_reach(np.concatenate((ramp[:, 9:12], primaries), axis=1)) == 0.5


def test_scene_reaches_a_display_through_its_view_only() -> None:
    """A highlight of 8 is rolled off by the ODT, not clipped by a plain conversion."""
    shown = convert(np.full((1, 1, 3), 8.0), from_space="ACEScg", to_space="Rec.709 2.4")

    assert 0.9 < shown[0, 0, 0] < 1


def test_display_without_an_output_transform_is_refused(tmp_path: Path) -> None:
    """A display that no view transform leads to is not reached by a plain matrix in its stead."""
    file = tmp_path / "viewless.ocio"
    file.write_text(VIEWLESS_CONFIG, encoding="utf-8")

    with pytest.raises(ColourError, match="'Monitor': the config has no view that leads to it"):
        convert(np.ones((1, 3)), from_space="Light", to_space="Monitor", ocio=file)


@pytest.mark.parametrize(
    "space", ["Utility - sRGB - Texture", "gamma 2.2", "Camera Rec.709", "sRGB - Display"]
)
def test_pictures_are_only_re_encoded(space: str) -> None:
    """Display-referred pictures reach Rec.709 2.4 without tone mapping, from -0.5 to 12."""
    picture = np.random.default_rng(1).uniform(-0.5, 12, (40, 50, 3)).astype(np.float32)
    picture[0, 0] = 1

    encoded = convert(picture, from_space=space, to_space=REC709_PICTURE)

    back = convert(encoded, from_space=REC709_PICTURE, to_space=space)
    assert encoded[0, 0] == pytest.approx([1, 1, 1], abs=FLOAT32)
    assert np.abs(back - picture).max() < 1e-5


def test_convert_takes_any_layout() -> None:
    """Shapes, views and types do not matter, and the caller's pixels are not touched."""
    picture = np.random.default_rng(2).random((9, 7, 3)).astype(np.float16)
    before = picture.copy()

    def converted(pixels: Floats) -> Floats:
        return convert(pixels, from_space="Utility - sRGB - Texture", to_space="ACEScg")

    whole = converted(picture)

    assert whole.dtype == np.float32
    assert np.array_equal(converted(picture[::-1, ::2]), whole[::-1, ::2])
    assert np.array_equal(converted(picture[3, 4]), whole[3, 4])
    assert np.array_equal(converted(picture[None]), whole[None])
    assert converted(picture[:0]).shape == (0, 7, 3)
    assert np.array_equal(picture, before)


def test_convert_refuses_what_has_no_value() -> None:
    """A log code so high that its light is beyond float32 stops with a count, not with infinity."""
    plate = np.full((2, 2, 3), 0.5)
    plate[1, 0] = 60

    with pytest.raises(ColourError, match="3 values come out infinite or not a number"):
        convert(plate, from_space="ARRI LogC3 (EI800)", to_space="ACEScg")
