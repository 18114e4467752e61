"""The three chains: what they do, that they come back, and that a model's record rebuilds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import (
    CHAIN_NAMES,
    Chain,
    aces_to_display,
    chain_from_record,
    chain_record,
    convert,
    named_chain,
)
from chromaresolve.errors import ColourError

ENCODINGS = ("display", "ACES2065-1", "ADX10", "LogC3", "gamma 2.4", "gamma 2.6", "S-Log3")

STUDIO_CONFIG = """\
ocio_profile_version: 1
roles:
  color_picking: Output - Rec.709
  default: ACES - ACEScg
displays:
  ACES:
    - !<View> {name: Rec.709, colorspace: Output - Rec.709}
colorspaces:
  - !<ColorSpace>
    name: ACES - ACEScg
    family: ACES
  - !<ColorSpace>
    name: Output - Rec.709
    family: Output
    to_reference: !<MatrixTransform> {matrix: [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]}
"""
"""A config whose colour picking is an output transform, as in ACES 1.2: light is four times it."""


def _plate(low: float, high: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    plate = np.random.default_rng(5).uniform(low, high, (64, 48, 3)).astype(np.float32)
    plate[0] = np.linspace(low, high, 48, dtype=np.float32)[:, None]
    return plate


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """Return a studio's own config file."""
    file = tmp_path / "studio.ocio"
    file.write_text(STUDIO_CONFIG, encoding="utf-8")
    return file


@pytest.mark.parametrize("encoding", ["display", "Rec.709 2.4", "Output - Rec.709", "gamma 2.4"])
def test_display_chain_leaves_exported_plates_alone(encoding: str) -> None:
    """Rec.709 2.4 plates pass untouched, bit for bit, from -0.5 to 12."""
    plate = _plate(-0.5, 12)
    chain = named_chain("display", encoding=encoding)

    assert chain.steps[0].endswith("values, untouched")
    assert np.array_equal(chain.to_working(plate), plate)
    assert np.array_equal(chain.from_working(plate), plate)


@pytest.mark.parametrize(
    ("name", "encoding", "low", "high", "tolerance"),
    [
        pytest.param("acescg", "display", -0.5, 1.2, 1e-5, id="acescg"),
        pytest.param("log", "display", -0.5, 1.2, 3e-5, id="log"),
        pytest.param("acescg", "display", -0.5, 12, 2e-3, id="acescg to 12"),
        pytest.param("log", "display", -0.5, 12, 1e-2, id="log to 12"),
        pytest.param("acescg", "ACES2065-1", -0.5, 12, 1e-5, id="acescg of masters"),
        pytest.param("log", "ACES2065-1", -0.5, 12, 3e-5, id="log of masters"),
        pytest.param("acescg", "LogC3", 0, 1, 1e-4, id="acescg of LogC3"),
        pytest.param("log", "S-Log3", 0, 1, 2e-4, id="log of S-Log3"),
        pytest.param("acescg", "ADX10", 0, 1, 5e-3, id="acescg of ADX10"),
        pytest.param("display", "gamma 2.6", 0, 1, 2e-3, id="display of gamma 2.6"),
        pytest.param("display", "Utility - sRGB - Texture", -0.5, 12, 1e-5, id="display of sRGB"),
    ],
)
def test_chains_come_back(
    name: str, encoding: str, low: float, high: float, tolerance: float
) -> None:
    """A plate sent to working values and back returns within the tolerance docs/colour.md states.

    Bright saturated pixels are the worst: their darkest channel is the small difference of large
    float32 numbers.
    """
    plate = _plate(low, high)
    chain = named_chain(name, encoding=encoding)

    off = np.abs(chain.from_working(chain.to_working(plate)) - plate)

    assert off.max() < tolerance, f"{off.max()} at {np.unravel_index(off.argmax(), off.shape)}"


def test_acescg_chain_reads_plates_as_nuke_did() -> None:
    """Exported values are read as sRGB texture, and the choice is said aloud."""
    plate = _plate(0, 1)
    chain = named_chain("acescg")

    as_texture = convert(plate, from_space="Utility - sRGB - Texture", to_space="ACEScg")
    assert np.array_equal(chain.to_working(plate), as_texture)
    assert chain.steps[0] == "Rec.709 2.4 values read as 'sRGB Encoded Rec.709 (sRGB)'"
    assert "a texture space" in chain.notes[0]


def test_log_chain_is_acescct() -> None:
    """The log chain holds ACEScct of the same light."""
    plate = _plate(0, 1)

    light = named_chain("acescg").to_working(plate)

    expected = convert(light, from_space="ACEScg", to_space="ACEScct")
    assert named_chain("log").to_working(plate) == pytest.approx(expected, abs=2e-6)


def test_display_chain_takes_masters_through_the_odt() -> None:
    """ACES masters enter as the ODT shows them, and what does not come back is said aloud."""
    master = _plate(0, 30)
    chain = named_chain("display", encoding="ACES - ACES2065-1")

    assert np.array_equal(chain.to_working(master), aces_to_display(master))
    assert "through the view 'ACES 1.0 - SDR Video'" in chain.steps[0]
    assert chain.notes[-1] == (
        "saturated colours do not come back exactly through an output transform"
    )


@pytest.mark.parametrize(
    ("encoding", "limits"),
    [
        pytest.param("display", [], id="display"),
        pytest.param("gamma 2.4", [], id="texture"),
        pytest.param("gamma 2.6", ["values below 0 in 'gamma 2.6'"], id="P3 display"),
        pytest.param("ADX10", ["values below 0 in 'ADX10'"], id="ADX10"),
    ],
)
def test_chains_say_where_they_end(encoding: str, limits: list[str]) -> None:
    """A chain that cannot carry values below 0 or above 1 says so when it is built."""
    notes = [note for note in named_chain("acescg", encoding=encoding).notes if " end at " in note]

    assert [note.partition(" end at ")[0] for note in notes] == limits


@pytest.mark.parametrize("name", CHAIN_NAMES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_record_rebuilds_the_chain(name: str, encoding: str) -> None:
    """What a model file stores leads back to the same chain, and is text throughout."""
    chain = named_chain(name, encoding=encoding)

    record = chain_record(chain)

    assert chain_from_record(record) == chain
    assert all(isinstance(entry, str) for entry in record.values())


def test_studios_config_makes_other_chains(studio: Path) -> None:
    """With a studio's file the seeds' reading follows its colour-picking role, and says so."""
    chain = named_chain("acescg", ocio=studio)

    assert chain.to_working(np.ones((1, 1, 3)))[0, 0, 0] == 4
    assert "an output transform" in chain.notes[0]
    assert chain.config == "studio.ocio"


def test_record_finds_a_studios_config_that_moved(studio: Path, tmp_path: Path) -> None:
    """A model trained with a studio's file recovers on a machine that keeps it elsewhere."""
    record = chain_record(named_chain("acescg", ocio=studio))
    moved = studio.rename(tmp_path / "elsewhere.ocio")

    assert chain_from_record(record, ocio=moved).hops == (("Output - Rec.709", "ACES - ACEScg"),)
    with pytest.raises(ColourError, match="cannot be read as a colour config"):
        chain_from_record(record)


def test_record_refuses_a_changed_config(studio: Path) -> None:
    """A model is never run through another config than it was trained in."""
    record = chain_record(named_chain("acescg", ocio=studio))
    studio.write_text(STUDIO_CONFIG + "\n", encoding="utf-8")

    with pytest.raises(ColourError, match=r"trained with studio\.ocio, config_sha256"):
        chain_from_record(record)


def test_plain_display_chain_needs_no_config(studio: Path) -> None:
    """A model trained on exported values runs where the studio's file is not."""
    record = chain_record(named_chain("display", ocio=studio))
    studio.unlink()

    assert chain_from_record(record) == named_chain("display")
    with pytest.raises(ColourError, match="cannot be read as a colour config"):
        named_chain("display", ocio=studio)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"version": "2"}, "version '2', not '1'", id="newer version"),
        pytest.param({"name": "linear"}, "'linear': no such colour chain", id="unknown chain"),
        pytest.param({"steps": "by hand"}, "steps 'by hand'", id="other steps"),
        pytest.param({"encoding": "no space"}, "no such colour space", id="unknown space"),
        pytest.param({"config": "latest"}, "config 'latest'", id="other built-in"),
    ],
)
def test_record_refuses_what_would_differ(change: dict[str, str], problem: str) -> None:
    """A record that this version cannot rebuild exactly is refused in one line."""
    record = chain_record(named_chain("acescg")) | change

    with pytest.raises(ColourError, match=problem) as refused:
        chain_from_record(record)

    assert "\n" not in str(refused.value)


def test_record_refuses_missing_entries() -> None:
    """A record cut short names what it lacks."""
    record = chain_record(named_chain("log"))
    del record["steps"], record["encoding"]

    with pytest.raises(ColourError, match="lacks encoding, steps"):
        chain_from_record(record)
    with pytest.raises(ColourError, match="version None"):
        chain_from_record({})


def test_unknown_chains_name_the_known() -> None:
    """A chain that does not exist is refused with those that do."""
    with pytest.raises(ColourError, match=r"'aces': no such colour chain.*display.*acescg.*log"):
        named_chain("aces")


def test_chains_are_records() -> None:
    """Two chains built alike are equal, so that a shot can tell whether its chain changed."""
    first, second = named_chain("log"), named_chain("log")

    assert first == second
    assert isinstance(first, Chain)
    assert first != named_chain("acescg")
