"""From chroma to a finished frame: luma exact, the gate feathered, ACES as far as the ODT goes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import (
    Chain,
    aces_to_display,
    convert,
    measure_luma_law,
    merge_chroma,
    named_chain,
    rgb_to_chroma,
    round_to_half,
)
from chromaresolve.errors import FrameError
from chromaresolve.frames import Frame, Header, Rgb, Window, read_header, write_frame
from chromaresolve.recovery.delivery import Delivery
from chromaresolve.recovery.finishing import Finished, finish_frame
from chromaresolve.recovery.model import Model

HEIGHT, WIDTH = 45, 63
"""Odd on purpose."""

CROP = {"left": 6, "top": 3, "right": 0, "bottom": 5}
"""Nothing is cut off on the right."""

CODE = 1 / 1023
"""One 10-bit code: what the inverse output transform may be off."""


def model_of(chain: Chain, crop: dict[str, int] | None = None) -> Model:
    """A stand-in that knows what finishing asks of a model."""
    return cast("Model", SimpleNamespace(chain=chain, facts={"crop": crop or {}}))


def plate_of(rgb: Rgb, **others: NDArray[Any]) -> Frame:
    """A plate that holds these values."""
    window = Window(x=0, y=0, width=rgb.shape[1], height=rgb.shape[0])
    header = Header(
        path=Path("P_0001.exr"),
        pixel_type="half",
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        compression="zip",
        attributes={"owner": "the archive", "adoptedNeutral": 1.0},
    )
    return Frame(rgb=rgb, others=others, header=header)


def halves(low: float, high: float, *, seed: int = 1) -> Rgb:
    """Random values that a half file holds exactly."""
    random = np.random.default_rng(seed)
    rgb = random.uniform(low, high, (HEIGHT, WIDTH, 3))
    return rgb.astype(np.float16).astype(np.float32)


def some_chroma(largest: float = 0.06) -> NDArray[np.float32]:
    """What a network might say."""
    random = np.random.default_rng(2)
    return random.uniform(-largest, largest, (HEIGHT, WIDTH, 2)).astype(np.float32)


def finish(
    plate: Frame,
    chroma: NDArray[np.float32],
    *,
    chain: Chain | None = None,
    crop: dict[str, int] | None = None,
    delivery: Delivery | None = None,
) -> Finished:
    """Finish a frame as the engine does."""
    chain = chain or named_chain("display")
    return finish_frame(
        model_of(chain, crop),
        delivery or Delivery(),
        plate=plate,
        working=chain.to_working(plate.rgb),
        chroma=chroma,
    )


def inside(crop: dict[str, int]) -> NDArray[np.bool_]:
    """Which pixels are picture."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[crop["top"] : HEIGHT - crop["bottom"], crop["left"] : WIDTH - crop["right"]] = True
    return mask


def test_frame_without_a_gate_is_the_merge() -> None:
    """Nothing is feathered where nothing is cut off: the merge, rounded as the law wants it."""
    plate, chroma = halves(-0.25, 1.5), some_chroma()

    finished = finish(plate_of(plate), chroma)

    merge = merge_chroma(plate, chroma)
    np.testing.assert_array_equal(finished.frame.rgb, round_to_half(merge.rgb, plate))
    assert finished.numbers == {"gamut_share": merge.gamut_share, "feather": 0}


@pytest.mark.parametrize("feather", [0, 1, 4, 30])
def test_luma_is_exact_across_the_gate(feather: int) -> None:
    """Both sides of the gate, and all between, have the plate's luma, below 0 and above 1 too."""
    plate = halves(-0.25, 4)

    finished = finish(plate_of(plate), some_chroma(), crop=CROP, delivery=Delivery(feather=feather))

    law = measure_luma_law(finished.frame.rgb, plate)
    assert law.is_kept, f"{law.share_broken:.2%} of pixels miss it, the worst {law.worst_ratio:.3f}"


def test_outside_the_gate_is_the_plate() -> None:
    """What is not picture is left untouched, to the bit."""
    plate = halves(-0.25, 4)

    finished = finish(plate_of(plate), some_chroma(), crop=CROP)

    mask = inside(CROP)
    np.testing.assert_array_equal(finished.frame.rgb[~mask], plate[~mask])
    assert (finished.frame.rgb[mask] != plate[mask]).any(axis=-1).mean() > 0.9
    assert finished.numbers["feather"] == 4


def test_feather_rises_evenly_from_the_gates_edges() -> None:
    """Chroma rises in equal steps, in corners by both edges, and not where nothing is cut off."""
    grey = np.full((HEIGHT, WIDTH, 3), 0.5, dtype=np.float32)
    chroma = np.full((HEIGHT, WIDTH, 2), 0.1, dtype=np.float32)

    finished = finish(plate_of(grey), chroma, crop=CROP)

    share = rgb_to_chroma(finished.frame.rgb)[..., 1] / 0.1
    rows, columns = np.ones(HEIGHT), np.ones(WIDTH)
    rows[:3], rows[-5:], columns[:6] = 0, 0, 0
    rows[3:7] = columns[6:10] = [0.2, 0.4, 0.6, 0.8]
    rows[-9:-5] = [0.8, 0.6, 0.4, 0.2]
    # Half steps at 0.5 are 2^-12; two of them, over a chroma of 0.1.
    np.testing.assert_allclose(share, np.outer(rows, columns), atol=0.006)


def test_feather_wider_than_the_gate_still_fits() -> None:
    """A gate of few lines is feathered as far as it goes."""
    crop = {"left": 0, "top": 21, "right": 0, "bottom": 21}
    plate = halves(0.1, 0.9)

    finished = finish(plate_of(plate), some_chroma(), crop=crop, delivery=Delivery(feather=16))

    assert measure_luma_law(finished.frame.rgb, plate).is_kept


def test_chroma_given_is_left_alone() -> None:
    """Feathering works on a copy: the network's answer may be shared."""
    chroma = some_chroma()
    before = chroma.copy()

    finish(plate_of(halves(0, 1)), chroma, crop=CROP)

    np.testing.assert_array_equal(chroma, before)


def test_scene_plate_in_the_display_chain_is_display_everywhere() -> None:
    """What is outside the gate goes through the ODT like the rest: one file, one encoding."""
    chain = named_chain("display", encoding="ACEScg")
    plate = halves(0.02, 0.8)

    finished = finish(plate_of(plate), some_chroma(), chain=chain, crop=CROP)

    mask = inside(CROP)
    np.testing.assert_array_equal(finished.frame.rgb[~mask], chain.to_working(plate)[~mask])


@pytest.mark.parametrize("chain", ["acescg", "log"])
def test_scene_chain_returns_to_the_plates_encoding(chain: str) -> None:
    """With the plate's own chroma the frame is the plate, to the chain's own exactness."""
    working = named_chain(chain)
    plate = halves(0.05, 0.95)
    own = rgb_to_chroma(working.to_working(plate))

    finished = finish(plate_of(plate), own, chain=working, crop=CROP)

    mask = inside(CROP)
    np.testing.assert_array_equal(finished.frame.rgb[~mask], plate[~mask])
    np.testing.assert_allclose(finished.frame.rgb, plate, atol=1e-4)


def test_header_says_delivery_version_and_numbers() -> None:
    """Stale colour words are gone, what was measured is there, the archive's own words stay."""
    finished = finish(plate_of(halves(0, 1)), some_chroma(), delivery=Delivery(version="v002"))

    assert finished.frame.header.attributes["owner"] == "the archive"
    assert "adoptedNeutral" not in finished.frame.header.attributes
    assert finished.attributes["ShotVersion"] == "v002"
    assert finished.attributes["chromaresolve:delivery"] == "display"
    for name, number in finished.numbers.items():
        assert finished.attributes[f"chromaresolve:{name}"] == number


def test_aces_shows_as_the_display_merge() -> None:
    """Colours that a display shows well come back from the file within a 10-bit code."""
    plate = halves(0.25, 0.75)
    aces = Delivery(name="aces2065-1")

    finished = finish(plate_of(plate), some_chroma(0.02), crop=CROP, delivery=aces)

    display = finish(plate_of(plate), some_chroma(0.02), crop=CROP).frame.rgb
    off = np.abs(aces_to_display(finished.frame.rgb) - display)
    worst = np.unravel_index(int(off.argmax()), off.shape)
    assert off.max() <= CODE + 2.0**-11, f"off by {off.max():.4f} at row, column, channel {worst}"
    assert finished.numbers["out_of_reach"] == 0
    assert 0 < finished.numbers["luma_off"] < CODE


def test_aces_reports_what_the_odt_cannot_reach() -> None:
    """Saturated corners do not come back, and the share of them is the number reported."""
    plate = np.full((HEIGHT, WIDTH, 3), 0.5, dtype=np.float32)
    plate[:9] = (0.0, 0.0, 1.0)
    own = rgb_to_chroma(plate)

    finished = finish(plate_of(plate), own, delivery=Delivery(name="aces2065-1"))

    assert finished.numbers["out_of_reach"] == pytest.approx(9 / HEIGHT)


def test_aces_holds_halves() -> None:
    """What was measured is what is in the file: the values are rounded before."""
    finished = finish(plate_of(halves(0, 1)), some_chroma(), delivery=Delivery(name="aces2065-1"))

    rgb = finished.frame.rgb
    np.testing.assert_array_equal(rgb, rgb.astype(np.float16))


@pytest.mark.parametrize("value", [-0.01, 1.01, 1.2])
def test_aces_refuses_what_no_display_shows(value: float) -> None:
    """One pixel that the ODT cannot make is named; grey 1.2 would come out at 47,186."""
    plate = np.full((HEIGHT, WIDTH, 3), 0.5, dtype=np.float32)
    plate[7, 11] = value
    chroma = np.zeros((HEIGHT, WIDTH, 2), dtype=np.float32)

    with pytest.raises(FrameError, match=r"1 recovered pixels .* column 11, row 7"):
        finish(plate_of(plate), chroma, delivery=Delivery(name="aces2065-1"))


def test_scene_plate_reaches_aces_directly() -> None:
    """A log plate in the log chain meets no output transform: highlights of 30 are kept."""
    chain = named_chain("log", encoding="ACEScct")
    light = np.full((HEIGHT, WIDTH, 3), 30.0, dtype=np.float32)
    light[:9] = (0.9, 0.2, 0.1)
    plate = convert(light, from_space="ACEScg", to_space="ACEScct")
    expected = convert(light, from_space="ACEScg", to_space="ACES2065-1")

    finished = finish(
        plate_of(plate),
        rgb_to_chroma(plate),
        chain=chain,
        delivery=Delivery(name="aces2065-1"),
    )

    np.testing.assert_allclose(finished.frame.rgb, expected, rtol=1e-4)


def test_container_keeps_what_st2065_4_demands(tmp_path: Path) -> None:
    """Uncompressed half RGBA of AP0 with the flag, as the OpenEXR library itself reads it."""
    raw = pytest.importorskip("OpenEXR")
    alpha = np.full((HEIGHT, WIDTH), 0.5, dtype=np.float16)
    depth = np.full((HEIGHT, WIDTH), 7, dtype=np.float32)
    plate = plate_of(halves(0, 1), A=alpha, Z=depth)
    delivery = Delivery(name="aces2065-1", compression="none", st2065_4=True)
    finished = finish(plate, some_chroma(), delivery=delivery)
    file = tmp_path / "aces_0001.exr"

    write_frame(
        file, finished.frame, compression=delivery.compression, attributes=finished.attributes
    )

    assert file.read_bytes()[4:8] == (2).to_bytes(4, "little"), "scanlines, one part, short names"
    assert read_header(file).pixel_type == "half"
    with raw.File(str(file), separate_channels=True) as opened:
        header = dict(opened.header())
        assert opened.channels().keys() == {"A", "B", "G", "R"}
        assert all(c.pixels.dtype == np.float16 for c in opened.channels().values())
    # The AMPAS reference writer's list of required attributes; channels and windows are above.
    assert header["acesImageContainerFlag"] == 1
    assert header["compression"] == raw.NO_COMPRESSION
    assert header["lineOrder"] == raw.INCREASING_Y
    assert header["pixelAspectRatio"] == 1
    assert {"screenWindowCenter", "screenWindowWidth", "dataWindow", "displayWindow"} <= set(header)
    np.testing.assert_allclose(
        header["chromaticities"],
        (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
        atol=1e-7,
    )
