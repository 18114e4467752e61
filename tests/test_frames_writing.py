"""Frames out: every value and every attribute comes back, or the frame is refused.

Headers are compared as the OpenEXR library reads them, since OpenImageIO renames attributes.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import chromaresolve.frames.writing as writing_module
from chromaresolve.errors import FrameError, UsageError
from chromaresolve.frames import (
    COMPRESSIONS,
    LOSSLESS,
    Attribute,
    Frame,
    read_frame,
    read_header,
    read_rgb,
    write_frame,
    write_picture,
    write_rgb,
)

openexr = pytest.importorskip("OpenEXR", reason="reads headers raw: it comes with the extra `dev`")

HEIGHT, WIDTH = 37, 53
"""Odd, and more lines than two blocks of zip."""

DWAA_ERROR = 0.03
"""Between 0 and 1 at OpenImageIO's level 45: measured 0.021 to 0.025, never more on noise."""


def gradient() -> NDArray[np.float32]:
    """Return smooth R, G and B from -0.5 to 12, so that every compression has work to do."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    rgb = np.stack([x / WIDTH, y / HEIGHT, (x + y) / (WIDTH + HEIGHT - 2)], axis=-1)
    return (rgb * 12.5 - 0.5).astype(np.float32)


def to_half(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to half as numpy does (to nearest, ties to even)."""
    return rgb.astype(np.float16).astype(np.float32)


def write_plate(path: Path, others: Mapping[str, NDArray[Any]], **header: object) -> Path:
    """Write R, G, B and other channels with the OpenEXR library."""
    rgb = gradient().astype(np.float16)
    channels = {name: np.ascontiguousarray(rgb[..., i]) for i, name in enumerate("RGB")}
    given = {"compression": openexr.PIZ_COMPRESSION, "type": openexr.scanlineimage, **header}
    openexr.File(given, {**channels, **others}).write(str(path))
    return path


def raw_header(path: Path) -> dict[str, str]:
    """Return every attribute as the OpenEXR library shows it, apart from any order."""
    header = openexr.File(str(path), separate_channels=True).header()
    return {name: repr(value) for name, value in header.items()}


def layers() -> dict[str, NDArray[Any]]:
    """Return alpha, depth, a second view and an object's number, smooth and in all three types."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return {
        "A": (x / WIDTH).astype(np.float16),
        "depth.Z": (x * y / 7).astype(np.float32),
        "left.R": (y / 3 - 1).astype(np.float16),
        "object.id": (x * 16_777_217 + y // 8 * 99_999_999).astype(np.uint32),
    }


RICH: dict[str, Any] = {
    "dataWindow": (np.array([-8, -4], np.int32), np.array([WIDTH - 9, HEIGHT - 5], np.int32)),
    "displayWindow": (np.array([1, 2], np.int32), np.array([16, 13], np.int32)),
    "pixelAspectRatio": 1.5,
    "screenWindowCenter": np.array([0.5, 0.25], np.float32),
    "screenWindowWidth": 2.0,
    "timeCode": openexr.TimeCode(11, 22, 33, 14, *[1] * 6, *range(1, 9)),
    "keyCode": openexr.KeyCode(1, 2, 3, 4, 5, 4, 64),
    "framesPerSecond": Fraction(30000, 1001),
    "otherRate": Fraction(1, 2**32 - 1),
    "chromaticities": (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.329),
    "adoptedNeutral": np.array([0.3127, 0.329], np.float32),
    "capDate": "1962:07:14 10:00:00",
    "DateTime": "not capDate",
    "comments": "",
    "owner": "Cinémathèque",
    "name": "beauty",
    "view": "left",
    "multiView": ["left", "right"],
    "expTime": 0.02,
    "aperture": 5.6,
    "xDensity": 72.0,
    "wrapmodes": "clamp",
    "envmap": openexr.ENVMAP_LATLONG,
    "worldToCamera": np.arange(16, dtype=np.float32).reshape(4, 4),
    "matrix33d": np.arange(9, dtype=np.float64).reshape(3, 3),
    "vector2i": np.array([-1, 2], np.int32),
    "vector3f": np.array([0.1, 0.2, 0.3], np.float32),
    "vector3d": np.array([0.1, 0.2, 0.3], np.float64),
    "box2f": (np.array([0, 1], np.float32), np.array([2, 3], np.float32)),
    "floats": [0.25, 0.5],
    "an int": -(2**31),
    "a float": 0.1,
    "oiio:ColorSpace": "kept although OpenImageIO would drop it",
    "a name that is longer than the thirty-one bytes of short names": 1,
}
"""An EXR header with attributes of many types, among them those OpenImageIO renames or loses."""


def test_write_gives_back_the_header_it_was_given(tmp_path: Path) -> None:
    """Every attribute comes back as it was, read raw, and nothing is added."""
    plate = write_plate(tmp_path / "a.exr", layers(), **RICH)

    write_frame(tmp_path / "b.exr", read_frame(plate), compression="piz")

    given, written = raw_header(plate), raw_header(tmp_path / "b.exr")
    assert given.keys() >= RICH.keys()
    assert written == given
    # Not only read alike: the same bytes, up to the storage type that one part need not name.
    start = plate.read_bytes().index(b"type\0string\0")
    assert (tmp_path / "b.exr").read_bytes()[:start] == plate.read_bytes()[:start]


def test_write_changes_only_what_the_docs_say(tmp_path: Path) -> None:
    """Compression and its level, preview, line order, tiles: these belong to one file."""
    plate = write_plate(
        tmp_path / "a.exr",
        {},
        type=openexr.tiledimage,
        tiles=openexr.TileDescription(),
        lineOrder=openexr.DECREASING_Y,
        compression=openexr.DWAA_COMPRESSION,
        dwaCompressionLevel=20.0,
        preview=openexr.PreviewImage(2, 2),
        note="kept",
    )

    write_frame(tmp_path / "b.exr", read_frame(plate))

    given, written = raw_header(plate), raw_header(tmp_path / "b.exr")
    changed = {n for n in given.keys() | written.keys() if given.get(n) != written.get(n)}
    assert changed == {
        "compression", "dwaCompressionLevel", "lineOrder", "preview", "tiles", "type",
    }  # fmt: skip
    assert "ZIP_COMPRESSION" in written["compression"]


def test_write_adds_and_replaces_attributes(tmp_path: Path) -> None:
    """Provenance is added, what it contradicts is replaced, the rest stays."""
    plate = write_plate(tmp_path / "a.exr", {}, note="old", number=1, reelName="R1")
    added: dict[str, str | int | float] = {
        "note": "new",
        "number": 2,
        "weight": 0.5,
        "chromaresolve/model": "ünïcode " * 99,
    }

    write_frame(tmp_path / "b.exr", read_frame(plate), attributes=added)

    found = read_header(tmp_path / "b.exr").attributes
    assert {name: found[name] for name in added} == added
    assert found["reelName"] == "R1"
    assert raw_header(tmp_path / "b.exr")["note"] == "'new'"


def test_write_keeps_strings_that_are_not_utf8(tmp_path: Path) -> None:
    """EXR names no encoding: a Latin-1 header comes back byte for byte."""
    plate = write_plate(tmp_path / "a.exr", {}, owner="CinXmath")
    plate.write_bytes(plate.read_bytes().replace(b"CinXmath", b"Cin\xe9math"))

    write_frame(tmp_path / "b.exr", read_frame(plate))

    assert b"Cin\xe9math" in (tmp_path / "b.exr").read_bytes()


def test_write_of_a_changed_header_changes_only_that(tmp_path: Path) -> None:
    """A field of the record, or an attribute of any EXR type, is replaced through the record."""
    plate = write_plate(tmp_path / "a.exr", {}, **RICH)
    frame = read_frame(plate)
    white = Attribute("v2f", np.array([0.32168, 0.33767], "<f4").tobytes())
    attributes = {**frame.header.attributes, "adoptedNeutral": white}
    header = dataclasses.replace(frame.header, pixel_aspect=1.0, attributes=attributes)

    changed = dataclasses.replace(frame, header=header)
    write_frame(tmp_path / "b.exr", changed, compression="piz")

    given, written = raw_header(plate), raw_header(tmp_path / "b.exr")
    different = {name for name in given if given[name] != written[name]}
    assert different == {"adoptedNeutral", "pixelAspectRatio"}


@pytest.mark.parametrize("compression", [*sorted(LOSSLESS), "zip:1", "zip:9"])
@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_write_lossless_keeps_every_channel(
    tmp_path: Path, compression: str, pixel_type: str
) -> None:
    """R, G, B as half or float, and half, float and uint layers, to the last bit."""
    frame = read_frame(write_plate(tmp_path / "a.exr", layers()))
    exact = dataclasses.replace(frame, rgb=gradient())

    write_frame(tmp_path / "b.exr", exact, compression=compression, pixel_type=pixel_type)

    expected = gradient() if pixel_type == "float" else to_half(gradient())
    np.testing.assert_array_equal(read_rgb(tmp_path / "b.exr"), expected)
    assert read_header(tmp_path / "b.exr").compression == compression.partition(":")[0]
    channels = openexr.File(str(tmp_path / "b.exr"), separate_channels=True).channels()
    assert channels["G"].pixels.dtype == {"half": np.float16, "float": np.float32}[pixel_type]
    for name, plane in layers().items():
        assert channels[name].pixels.dtype == plane.dtype
        np.testing.assert_array_equal(channels[name].pixels, plane)


def test_write_keeps_every_uint(tmp_path: Path) -> None:
    """Also those whose bits, taken as float, are NaN."""
    numbers = np.random.default_rng(0).integers(0, 2**32, (HEIGHT, WIDTH), dtype=np.uint32)
    numbers[0, :4] = (0, 0x7F800001, 0xFFC00000, 2**32 - 1)
    frame = read_frame(write_plate(tmp_path / "a.exr", {"id": numbers, "an.id": numbers}))

    write_frame(tmp_path / "b.exr", frame)

    for plane in read_frame(tmp_path / "b.exr").others.values():
        np.testing.assert_array_equal(plane, numbers)


@pytest.mark.parametrize("compression", ["dwaa", "dwaa:45", "dwab", "dwab:1"])
def test_write_dwa_is_near(tmp_path: Path, compression: str) -> None:
    """Lossy by choice: near, not equal, and the level stands in the header."""
    picture = np.clip(gradient(), 0, 1)

    write_rgb(tmp_path / "a.exr", picture, compression=compression)

    error = np.abs(read_rgb(tmp_path / "a.exr") - picture)
    assert error.max() < DWAA_ERROR, f"{error.max()} at {np.argmax(error)}"
    level = compression.partition(":")[2]
    assert raw_header(tmp_path / "a.exr").get("dwaCompressionLevel", "") == (
        f"{level}.0" if level else ""
    )


@pytest.mark.parametrize(
    "compression", ["htj2k", "ZIP", "zip:0", "zip:10", "dwaa:0", "dwaa:x", "piz:4", "zip:N", ""]
)
def test_write_refuses_an_unknown_compression(tmp_path: Path, compression: str) -> None:
    """OpenImageIO would write zip and say nothing; the sentence names the ones there are."""
    with pytest.raises(UsageError) as refused:
        write_rgb(tmp_path / "a.exr", gradient(), compression=compression)

    assert repr(compression) in str(refused.value)
    assert ", ".join(COMPRESSIONS) in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_write_reads_the_compression_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenImageIO that lacks one of ours is found out, and leaves no file."""
    monkeypatch.setattr(writing_module, "COMPRESSIONS", (*COMPRESSIONS, "htj2k"))

    with pytest.raises(FrameError, match="writes 'zip' for 'htj2k'"):
        write_rgb(tmp_path / "a.exr", gradient(), compression="htj2k")

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("compression", ["pxr24", "b44", "b44a", "dwaa", "dwab:45"])
def test_write_refuses_uint_where_it_would_be_lost(tmp_path: Path, compression: str) -> None:
    """An object's number that is nearly right is wrong."""
    frame = read_frame(write_plate(tmp_path / "a.exr", layers()))

    with pytest.raises(UsageError, match=r"channel 'object\.id' is uint: choose a lossless"):
        write_frame(tmp_path / "b.exr", frame, compression=compression)


def test_write_rounds_to_half_to_nearest_even(tmp_path: Path) -> None:
    """All halves, the midpoints between them, and the floats on either side of each midpoint."""
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    middle = (halves[1:] + halves[:-1]) / 2
    infinity = np.float32(np.inf)
    near = [np.nextafter(middle, -infinity), middle, np.nextafter(middle, infinity)]
    values = np.concatenate([halves, *near])
    values = np.resize(np.concatenate([values, -values]), (256, 331, 3))

    write_rgb(tmp_path / "a.exr", values)

    rgb = read_rgb(tmp_path / "a.exr")
    np.testing.assert_array_equal(rgb, to_half(values))
    np.testing.assert_array_equal(np.signbit(rgb), np.signbit(values))


@pytest.mark.parametrize(
    "others", [pytest.param({}, id="alone"), pytest.param(layers(), id="with layers")]
)
def test_write_refuses_what_half_cannot_hold(
    tmp_path: Path, others: dict[str, NDArray[Any]]
) -> None:
    """65504 is written, the next float is refused by pixel, and float takes it."""
    frame = read_frame(write_plate(tmp_path / "a.exr", others))
    rgb = gradient()
    rgb[5, 6] = (-65504, 65504, 0)
    most = dataclasses.replace(frame, rgb=rgb)
    write_frame(tmp_path / "b.exr", most)
    np.testing.assert_array_equal(read_rgb(tmp_path / "b.exr"), to_half(rgb))

    over = rgb.copy()
    over[4, 3, 2] = -np.nextafter(np.float32(65504), np.float32(np.inf))
    too_much = dataclasses.replace(frame, rgb=over)
    with pytest.raises(FrameError, match=r"beyond 65504 in 1 pixel, the first at column 3, row 4"):
        write_frame(tmp_path / "c.exr", too_much)
    assert not (tmp_path / "c.exr").exists()

    write_frame(tmp_path / "c.exr", too_much, pixel_type="float")
    np.testing.assert_array_equal(read_rgb(tmp_path / "c.exr"), over)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_write_refuses_values_that_are_no_numbers(
    tmp_path: Path, value: float, pixel_type: str
) -> None:
    """No frame is written that would be refused when it is read."""
    rgb = gradient()
    rgb[2, 1, 0] = value

    with pytest.raises(FrameError, match=r"not finite .* column 1, row 2"):
        write_rgb(tmp_path / "a.exr", rgb, pixel_type=pixel_type)
    with pytest.raises(FrameError, match="not finite"):
        write_picture(tmp_path / "a.png", rgb)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "rgb",
    [
        pytest.param(gradient()[::2, ::3], id="every second"),
        pytest.param(gradient()[:, :, ::-1], id="channels reversed"),
        pytest.param(gradient().transpose(1, 0, 2), id="transposed"),
        pytest.param(gradient()[:1, :1], id="one pixel"),
    ],
)
def test_write_takes_any_view_of_a_picture(tmp_path: Path, rgb: NDArray[np.float32]) -> None:
    """Crops and mirrored pictures need no copy from the caller."""
    write_rgb(tmp_path / "a.exr", rgb, pixel_type="float")

    np.testing.assert_array_equal(read_rgb(tmp_path / "a.exr"), rgb)


def test_write_rgb_makes_a_plain_header(tmp_path: Path) -> None:
    """Nothing but what EXR demands and the caller gave: no date, so that a second run is equal."""
    path = tmp_path / "a.exr"

    write_rgb(path, gradient(), attributes={"note": "made"}, frame_rate=Fraction(24000, 1001))

    assert raw_header(path).keys() == {
        "channels", "compression", "dataWindow", "displayWindow", "framesPerSecond", "lineOrder",
        "note", "pixelAspectRatio", "screenWindowCenter", "screenWindowWidth", "type",
    }  # fmt: skip
    assert read_header(path).frame_rate == Fraction(24000, 1001)
    first = path.read_bytes()
    write_rgb(path, gradient(), attributes={"note": "made"}, frame_rate=Fraction(24000, 1001))
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        pytest.param({"compression": "zip"}, "the writer sets it", id="the writer's own"),
        pytest.param({"number": 2**31}, "2147483648 does not fit into 32 bits", id="large int"),
        pytest.param({"weight": 1e39}, "1e+39 does not fit into 32 bits", id="large float"),
        pytest.param({"": "x"}, "a name has 1 to 255 bytes", id="no name"),
        pytest.param({"ü" * 128: "x"}, "a name has 1 to 255 bytes", id="long name"),
        pytest.param({"a\0b": "x"}, "a name has 1 to 255 bytes", id="zero in name"),
    ],
)
def test_write_refuses_attributes_that_exr_cannot_hold(
    tmp_path: Path, attributes: dict[str, str | int | float], sentence: str
) -> None:
    """The name and the value are said, and no file is left."""
    with pytest.raises(UsageError) as refused:
        write_rgb(tmp_path / "a.exr", gradient(), attributes=attributes)

    assert repr(next(iter(attributes))) in str(refused.value)
    assert sentence in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_write_goes_through_a_temporary_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame under its final name is whole: it gets that name last."""
    path = tmp_path / "a.0001.exr"
    seen = []
    replace = os.replace

    def spy(temporary: Path, final: Path) -> None:
        seen.append((temporary.name, final.name, final.exists()))
        np.testing.assert_array_equal(read_rgb(temporary), to_half(gradient()))
        replace(temporary, final)

    monkeypatch.setattr(os, "replace", spy)
    write_rgb(path, gradient())

    assert seen == [(f".a.0001.{os.getpid()}.tmp.exr", "a.0001.exr", False)]
    assert list(tmp_path.iterdir()) == [path]


def test_write_over_a_frame_that_is_refused_keeps_it(tmp_path: Path) -> None:
    """The frame of the last run stays until there is a better one."""
    path = tmp_path / "a.exr"
    write_rgb(path, gradient())

    with pytest.raises(UsageError):
        write_rgb(path, gradient() * 0, attributes={"number": 2**40})

    np.testing.assert_array_equal(read_rgb(path), to_half(gradient()))


@pytest.mark.parametrize(
    ("name", "pixel_type", "sentence"),
    [
        pytest.param("a.png", "half", "a frame's name ends in .exr", id="name"),
        pytest.param("a.exr", "uint", "pixel type 'uint' is not one of half, float", id="type"),
    ],
)
def test_write_refuses_what_no_exr_is(
    tmp_path: Path, name: str, pixel_type: str, sentence: str
) -> None:
    """Frames are EXR, in half or float."""
    with pytest.raises(UsageError, match=sentence):
        write_rgb(tmp_path / name, gradient(), pixel_type=pixel_type)


def test_write_names_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder should be."""
    (tmp_path / "plates").touch()

    for write, name in ((write_rgb, "a.exr"), (write_picture, "a.png")):
        with pytest.raises(FrameError, match=f"plates.{name}: cannot be written: "):
            write(tmp_path / "plates" / name, gradient())


@pytest.mark.parametrize("wrong", ["rgb", "A"])
def test_write_refuses_channels_of_another_size(tmp_path: Path, wrong: str) -> None:
    """Channels that do not fill the data window are our own mistake."""
    frame = read_frame(write_plate(tmp_path / "a.exr", layers()))
    small = Frame(rgb=frame.rgb[1:], others=frame.others, header=frame.header)
    if wrong == "A":
        small = dataclasses.replace(frame, others={"A": frame.others["A"][1:]})

    with pytest.raises(ValueError, match=r"expected \(37, 53\), found \(36, 53\)"):
        write_frame(tmp_path / "b.exr", small)


@pytest.mark.parametrize(
    ("name", "white", "stored"),
    [
        pytest.param("a.png", 255, "uint8", id="png"),
        pytest.param("a.tif", 65535, "uint16", id="tif"),
    ],
)
def test_write_picture_clamps_to_code_values(
    tmp_path: Path, name: str, white: int, stored: str
) -> None:
    """Below 0 is black, above 1 is white, and between them the nearest code."""
    picture = np.linspace(-0.5, 1.5, 7 * 5 * 3, dtype=np.float32).reshape(5, 7, 3)

    write_picture(tmp_path / name, picture)

    codes = np.rint(read_rgb(tmp_path / name).astype(np.float64) * white)
    np.testing.assert_array_equal(codes, np.rint(np.clip(picture, 0, 1) * np.float32(white)))
    assert (codes.min(), codes.max()) == (0, white)
    assert read_header(tmp_path / name).pixel_type == stored
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_write_picture_refuses_another_ending(tmp_path: Path) -> None:
    """A JPEG would lose what a contact sheet is to show."""
    with pytest.raises(UsageError, match=r"a picture's name ends in \.png or \.tif"):
        write_picture(tmp_path / "a.jpg", gradient())
