"""Frames in: values untouched, channels by name, and a sentence for every broken file.

Plates are made with the OpenEXR library itself where it can, so that one reader checks another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from chromaresolve.errors import FrameError
from chromaresolve.frames import (
    Window,
    read_frame,
    read_header,
    read_rgb,
    require_same_size,
    write_rgb,
)

openexr = pytest.importorskip("OpenEXR", reason="makes the plates: it comes with the extra `dev`")

HEIGHT, WIDTH = 21, 34
"""Odd, and no multiple of a compression's lines or of a tile."""


def plate(seed: int = 0) -> NDArray[np.float16]:
    """Return R, G and B from -0.5 to 12, as half."""
    return np.random.default_rng(seed).uniform(-0.5, 12, (HEIGHT, WIDTH, 3)).astype(np.float16)


def planes(rgb: NDArray[Any], names: str = "RGB") -> dict[str, NDArray[Any]]:
    """Return the channels of a picture under their names."""
    return {name: np.ascontiguousarray(rgb[..., i]) for i, name in enumerate(names)}


def write_exr(path: Path, channels: Mapping[str, Any], **header: object) -> Path:
    """Write an EXR with the OpenEXR library."""
    given = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage, **header}
    openexr.File(given, dict(channels)).write(str(path))
    return path


def write_image(path: Path, codes: NDArray[Any], pixel_type: str, **attributes: object) -> Path:
    """Write a DPX, TIFF or PNG; `__` in an attribute's name stands for a colon."""
    height, width, channels = codes.shape
    spec = oiio.ImageSpec(width, height, channels, pixel_type)
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    image = oiio.ImageOutput.create(str(path))
    assert image is not None
    assert image.open(str(path), spec)
    assert image.write_image(np.ascontiguousarray(codes))
    assert image.close()
    return path


def test_read_keeps_every_half(tmp_path: Path) -> None:
    """All 63,488 finite halves, subnormals and both zeros among them, come as they are."""
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = np.ascontiguousarray(halves[np.isfinite(halves)].reshape(248, 256))
    path = write_exr(tmp_path / "a.exr", dict.fromkeys("RGB", halves))

    rgb = read_rgb(path)

    assert rgb.dtype == np.float32
    assert rgb.flags.c_contiguous
    for channel in range(3):
        read = rgb[..., channel].astype(np.float16)
        np.testing.assert_array_equal(read.view(np.uint16), halves.view(np.uint16))


def test_read_keeps_float_to_the_last_bit(tmp_path: Path) -> None:
    """A float plate may hold more than half can say."""
    rgb = np.random.default_rng(1).normal(0, 1e5, (HEIGHT, WIDTH, 3)).astype(np.float32)
    path = write_exr(tmp_path / "a.exr", planes(rgb))

    np.testing.assert_array_equal(read_rgb(path), rgb)
    assert read_header(path).pixel_type == "float"


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("red", "green", "blue"), id="whole words"),
        pytest.param(("Red", "GREEN", "Blue"), id="any case"),
        pytest.param(("r", "g", "b"), id="lower case"),
    ],
)
def test_read_finds_channels_by_name(tmp_path: Path, names: tuple[str, str, str]) -> None:
    """Their order in the file is alphabetical, and other channels may stand between them."""
    rgb = plate()
    layers = {"A": rgb[..., 0] * 0, "a.first": rgb[..., 1] * 0, "gz": rgb[..., 2] * 0}
    channels = dict(zip(names, planes(rgb).values(), strict=True))
    path = write_exr(tmp_path / "a.exr", {**layers, **channels})

    np.testing.assert_array_equal(read_rgb(path), rgb.astype(np.float32))
    assert set(read_frame(path).others) == set(layers)


def test_read_prefers_the_plain_names(tmp_path: Path) -> None:
    """Where a layer's channels have look-alikes, R, G and B are the picture."""
    rgb = plate()
    path = write_exr(tmp_path / "a.exr", {**planes(rgb), **planes(rgb * 0, "rgb")})

    np.testing.assert_array_equal(read_rgb(path), rgb.astype(np.float32))


def test_read_frame_keeps_other_channels_in_their_own_type(tmp_path: Path) -> None:
    """Alpha in half, depth in float, an object's number in uint: none goes through another type."""
    rng = np.random.default_rng(2)
    rgb = plate()
    others: dict[str, NDArray[Any]] = {
        "A": rng.random((HEIGHT, WIDTH)).astype(np.float16),
        "depth.Z": rng.normal(0, 1e9, (HEIGHT, WIDTH)).astype(np.float32),
        "left.R": rng.random((HEIGHT, WIDTH)).astype(np.float16),
        "object.id": rng.integers(0, 2**32, (HEIGHT, WIDTH), dtype=np.uint32),
    }
    others["depth.Z"][0, 0] = np.inf  # nothing was hit: what depth passes say for sky
    path = write_exr(tmp_path / "a.exr", {**planes(rgb), **others})

    frame = read_frame(path)

    np.testing.assert_array_equal(frame.rgb, rgb.astype(np.float32))
    assert frame.rgb.flags.c_contiguous
    assert set(frame.others) == set(others)
    for name, plane in others.items():
        assert frame.others[name].dtype == plane.dtype
        np.testing.assert_array_equal(frame.others[name], plane)


def test_read_header_knows_windows_rate_and_timecode(tmp_path: Path) -> None:
    """An anamorphic plate with overscan on all sides."""
    path = write_exr(
        tmp_path / "a.exr",
        planes(plate()),
        dataWindow=(np.array([-8, -4], np.int32), np.array([WIDTH - 9, HEIGHT - 5], np.int32)),
        displayWindow=(np.array([0, 0], np.int32), np.array([15, 11], np.int32)),
        pixelAspectRatio=2.0,
        framesPerSecond=Fraction(24000, 1001),
        timeCode=openexr.TimeCode(11, 22, 33, 14, *[0] * 14),
        reelName="R7",
    )

    header = read_header(path)

    assert header.path == path
    assert header.pixel_type == "half"
    assert header.compression == "zip"
    assert header.data_window == Window(x=-8, y=-4, width=WIDTH, height=HEIGHT)
    assert header.display_window == Window(x=0, y=0, width=16, height=12)
    assert str(header.display_window) == "16x12 at 0,0"
    assert header.pixel_aspect == 2.0
    assert header.frame_rate == Fraction(24000, 1001)
    assert header.timecode == "11:22:33:14"
    assert header.attributes["reelName"] == "R7"


def test_timecode_tells_drop_frame_by_a_semicolon(tmp_path: Path) -> None:
    """SMPTE ST 12-1: frame numbers 0 and 1 are dropped at 01:02:00."""
    timecode = openexr.TimeCode(1, 2, 0, 2, 1, *[0] * 13)
    path = write_exr(tmp_path / "a.exr", planes(plate()), timeCode=timecode)

    assert read_header(path).timecode == "01:02:00;02"


def test_header_without_rate_and_timecode_says_none(tmp_path: Path) -> None:
    """Nothing is made up; a rate over zero is none."""
    plain = write_exr(tmp_path / "a.exr", planes(plate()))
    other = write_exr(tmp_path / "b.exr", planes(plate()), framesPerSecond=24.0, timeCode="1:2")

    for header in (read_header(plain), read_header(other)):
        assert header.frame_rate is None
        assert header.timecode is None


def test_read_takes_the_first_part_only(tmp_path: Path) -> None:
    """Further parts of a multi-part EXR are left behind, as the docs say."""
    rgb = plate()
    common = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    parts = [
        openexr.Part({**common, "name": "beauty", "note": "first"}, planes(rgb)),
        openexr.Part({**common, "name": "other", "note": "second"}, planes(rgb * 0)),
    ]
    openexr.File(parts).write(str(tmp_path / "a.exr"))

    frame = read_frame(tmp_path / "a.exr")

    np.testing.assert_array_equal(frame.rgb, rgb.astype(np.float32))
    assert frame.header.attributes["note"] == "first"


def test_read_takes_the_largest_level_of_a_tiled_texture(tmp_path: Path) -> None:
    """Tiles and smaller levels do not show."""
    rgb = plate()
    made = oiio.ImageBufAlgo.make_texture(
        oiio.MakeTxTexture, oiio.ImageBuf(rgb), str(tmp_path / "a.exr")
    )

    assert made
    np.testing.assert_array_equal(read_rgb(tmp_path / "a.exr"), rgb.astype(np.float32))


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        pytest.param("a.png", 8, id="png, 8 bit"),
        pytest.param("a.png", 16, id="png, 16 bit"),
        pytest.param("a.tif", 8, id="tiff, 8 bit"),
        pytest.param("a.tif", 12, id="tiff, 12 bit"),
        pytest.param("a.tif", 16, id="tiff, 16 bit"),
        pytest.param("a.dpx", 8, id="dpx, 8 bit"),
        pytest.param("a.dpx", 10, id="dpx, 10 bit"),
        pytest.param("a.dpx", 12, id="dpx, 12 bit"),
        pytest.param("a.dpx", 16, id="dpx, 16 bit"),
    ],
)
def test_read_gives_code_over_largest_code(tmp_path: Path, name: str, bits: int) -> None:
    """Code 940 of 10 bits is 940/1023 to the last bit of a float, not 940 widened to 16 bits."""
    codes = np.random.default_rng(3).integers(0, 2**bits, (HEIGHT, WIDTH, 3))
    codes[0, 0] = (0, 2**bits - 1, 2 ** (bits - 1))
    stored = "uint8" if bits == 8 else "uint16"
    widened = codes if bits in {8, 16} else codes << (16 - bits) | codes >> (2 * bits - 16)
    path = write_image(tmp_path / name, widened.astype(stored), stored, oiio__BitsPerSample=bits)

    frame = read_frame(path)

    np.testing.assert_array_equal(frame.rgb, codes.astype(np.float32) / np.float32(2**bits - 1))
    assert frame.header.pixel_type == f"uint{bits}"
    assert frame.header.data_window == Window(x=0, y=0, width=WIDTH, height=HEIGHT)


def test_read_keeps_float_tiff(tmp_path: Path) -> None:
    """Float TIFF holds values below 0 and above 1 as EXR does."""
    rgb = plate().astype(np.float32)

    path = write_image(tmp_path / "a.tif", rgb, "float")

    np.testing.assert_array_equal(read_rgb(path), rgb)


@pytest.mark.parametrize("name", ["a.tif", "a.png"])
def test_read_leaves_colour_beside_alpha_alone(tmp_path: Path, name: str) -> None:
    """Unassociated alpha, multiplied in, would make white under alpha 0 black."""
    codes = np.full((4, 4, 4), 255, np.uint8)
    codes[..., 3] = np.arange(16).reshape(4, 4)
    path = write_image(tmp_path / name, codes, "uint8", oiio__UnassociatedAlpha=1)

    frame = read_frame(path)

    np.testing.assert_array_equal(frame.rgb, 1.0)
    np.testing.assert_array_equal(frame.others["A"], codes[..., 3] / np.float32(255))


@pytest.mark.parametrize("space", ["g22_rec709_scene", "lin_rec709_scene", "srgb_rec709_scene"])
def test_read_leaves_png_gamma_alone(tmp_path: Path, space: str) -> None:
    """What gamma chunk a PNG carries changes no value."""
    codes = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    path = write_image(tmp_path / "a.png", codes, "uint8", oiio__ColorSpace=space)

    np.testing.assert_array_equal(read_rgb(path), codes / np.float32(255))


DESCRIPTOR_BYTE = 800
"""SMPTE ST 268: the first image element's descriptor in a DPX header."""


def test_read_dpx_stored_as_abgr_by_name(tmp_path: Path) -> None:
    """Descriptor 52 turns the order of the samples round."""
    codes = np.random.default_rng(4).integers(0, 256, (6, 8, 4), dtype=np.uint8)
    path = write_image(tmp_path / "a.dpx", codes, "uint8")
    _patch(path, DESCRIPTOR_BYTE, 52)

    frame = read_frame(path)

    np.testing.assert_array_equal(frame.rgb, codes[..., :0:-1] / np.float32(255))
    np.testing.assert_array_equal(frame.others["A"], codes[..., 0] / np.float32(255))


def test_read_refuses_dpx_stored_as_ycbcr(tmp_path: Path) -> None:
    """Descriptor 102: which matrix made it, the file does not say reliably."""
    path = write_image(tmp_path / "a.dpx", np.zeros((6, 8, 3), np.uint8), "uint8")
    _patch(path, DESCRIPTOR_BYTE, 102)

    with pytest.raises(FrameError, match="expected channels R, G and B, found CbYCr"):
        read_rgb(path)


def test_read_refuses_cmyk_tiff(tmp_path: Path) -> None:
    """OpenImageIO would turn it into R, G and B by a rule of its own."""
    codes = np.zeros((6, 8, 4), np.uint8)
    path = write_image(tmp_path / "a.tif", codes, "uint8", tiff__ColorSpace="CMYK")

    with pytest.raises(FrameError, match="expected channels R, G and B, found color separated"):
        read_rgb(path)


def test_read_refuses_a_rotated_scan(tmp_path: Path) -> None:
    """Orientation 6 is on its side: shown so by viewers, but not stored so."""
    codes = np.zeros((6, 8, 3), np.uint8)
    path = write_image(tmp_path / "a.tif", codes, "uint8", Orientation=6)

    with pytest.raises(FrameError, match="rotated or mirrored"):
        read_rgb(path)


@pytest.mark.parametrize(
    ("stored", "rate"),
    [
        pytest.param(24.0, Fraction(24), id="film"),
        pytest.param(23.976, Fraction(24000, 1001), id="film in NTSC"),
        pytest.param(23.98, Fraction(24000, 1001), id="film in NTSC, rounded"),
        pytest.param(29.97, Fraction(30000, 1001), id="NTSC"),
        pytest.param(16.666666, Fraction(50, 3), id="silent film"),
    ],
)
def test_dpx_header_becomes_exr_attributes(tmp_path: Path, stored: float, rate: Fraction) -> None:
    """Timecode, keycode, rate and who scanned it go under the names that EXR has for them."""
    path = write_image(
        tmp_path / "a.dpx",
        np.zeros((6, 8, 3), np.uint8),
        "uint8",
        dpx__FrameRate=stored,
        dpx__InputDevice="scanner",
        Copyright="archive",
    )
    _patch(path, 1920, 0x04, 0x03, 0x02, 0x01)  # ST 268: time code, big endian in the file

    header = read_header(path)

    assert header.frame_rate == rate
    assert header.timecode == "01:02:03:04"
    assert header.attributes["dpx:InputDevice"] == "scanner"
    assert header.attributes["owner"] == "archive"
    assert not {"Orientation", "oiio:BitsPerSample"} & header.attributes.keys()


def test_read_refuses_a_missing_frame(tmp_path: Path) -> None:
    """Every reader names the file."""
    path = tmp_path / "a.0001.exr"

    for read in (read_frame, read_rgb, read_header):
        with pytest.raises(FrameError) as refused:
            read(path)
        assert str(refused.value) == f"{path}: no such file"


def _truncate(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])


def _patch(path: Path, at: int, *values: int) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + len(values)] = bytes(values)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "compression", ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44A", "DWAA", "HTJ2K256"]
)
def test_read_refuses_an_exr_cut_at_any_length(tmp_path: Path, compression: str) -> None:
    """No cut, be it of one byte, gives a picture with lines missing."""
    value = getattr(openexr, f"{compression}_COMPRESSION")
    path = write_exr(tmp_path / "a.exr", planes(plate()), compression=value)
    whole = path.read_bytes()
    lengths = {*range(1, len(whole), max(1, len(whole) // 60)), len(whole) - 1}

    for length in lengths:
        path.write_bytes(whole[:length])
        with pytest.raises(FrameError) as refused:
            read_rgb(path)
        message = str(refused.value)
        assert message.startswith(f"{path}: "), length
        assert "\n" not in message, length


@pytest.mark.parametrize("name", ["a.dpx", "a.tif", "a.png"])
def test_read_refuses_other_files_cut_in_half(tmp_path: Path, name: str) -> None:
    """A copy that stopped half way is refused whatever the format."""
    codes = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    path = write_image(tmp_path / name, codes, "uint8")
    _truncate(path, path.stat().st_size // 2)

    with pytest.raises(FrameError, match=r"picture is truncated or damaged: export or copy"):
        read_rgb(path)


def test_read_refuses_an_exr_with_lost_chunks(tmp_path: Path) -> None:
    """A file of full length whose last third was never written to the disk."""
    path = write_exr(tmp_path / "a.exr", planes(plate()))
    size = path.stat().st_size
    _patch(path, 2 * size // 3, *[0] * (size - 2 * size // 3))

    with pytest.raises(FrameError, match="picture is truncated or damaged"):
        read_rgb(path)


def _write_text(path: Path) -> None:
    path.write_text("not a picture")


def _write_nothing(path: Path) -> None:
    path.touch()


def _write_folder(path: Path) -> None:
    path.mkdir()


def _write_one_channel(path: Path) -> None:
    write_exr(path, {"Y": plate()[..., 0].copy()})


def _write_layer_only(path: Path) -> None:
    write_exr(path, {f"left.{n}": p for n, p in planes(plate()).items()})


def _write_subsampled(path: Path) -> None:
    half = plate()[:20, :, 0].copy()
    chroma = {name: openexr.Channel(name, half, 2, 2) for name in ("BY", "RY")}
    write_exr(path, {"Y": openexr.Channel("Y", half), **chroma})


def _write_uint(path: Path) -> None:
    write_exr(path, planes(np.zeros((4, 4, 3), np.uint32)))


def _write_deep(path: Path) -> None:
    samples = np.empty((4, 5), object)
    for pixel in np.ndindex(samples.shape):
        samples[pixel] = np.array([0.5], np.float32)
    deep = {"compression": openexr.ZIPS_COMPRESSION, "type": openexr.deepscanline}
    write_exr(path, dict.fromkeys("RGB", samples), **deep)


def _write_jpeg(path: Path) -> None:
    jpeg = write_image(path.with_suffix(".jpg"), np.zeros((8, 8, 3), np.uint8), "uint8")
    jpeg.rename(path)


def _write_header_only(path: Path) -> None:
    _truncate(write_exr(path, planes(plate())), 200)


def _write_nan(path: Path) -> None:
    rgb = plate()
    rgb[3, 7, 1], rgb[3, 8] = np.nan, np.inf
    write_exr(path, planes(rgb))


def _write_minus_inf(path: Path) -> None:
    rgb = plate()
    rgb[HEIGHT - 1, WIDTH - 1, 2] = -np.inf
    write_exr(path, planes(rgb))


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        pytest.param(_write_nothing, "is empty (0 bytes): export or copy it again", id="empty"),
        pytest.param(_write_text, "begins with b'not a pi'", id="text"),
        pytest.param(_write_folder, "cannot be read: ", id="folder"),
        pytest.param(_write_jpeg, "is a jpeg file, not EXR, DPX, TIFF or PNG", id="jpeg"),
        pytest.param(_write_header_only, "header cannot be read: export or copy", id="cut header"),
        pytest.param(_write_one_channel, "channels R, G and B, found Y", id="one channel"),
        pytest.param(_write_layer_only, "found left.R, left.G, left.B", id="layer only"),
        pytest.param(_write_subsampled, "Subsampled channels are not supported", id="subsampled"),
        pytest.param(_write_uint, "R, G and B as half or float, found uint", id="uint"),
        pytest.param(_write_deep, "holds deep pixels: flatten it first", id="deep"),
        pytest.param(_write_nan, "in 2 pixels, the first at column 7, row 3", id="NaN"),
        pytest.param(_write_minus_inf, "1 pixel, the first at column 33, row 20", id="Inf"),
    ],
)
def test_read_refuses_a_broken_frame_with_a_sentence(
    tmp_path: Path, write: Callable[[Path], None], sentence: str
) -> None:
    """One line that names the file and what is wrong with it."""
    path = tmp_path / "a.0001.exr"
    write(path)

    for read in (read_frame, read_rgb):
        with pytest.raises(FrameError) as refused:
            read(path)
        assert str(refused.value).startswith(f"{path}: ")
        assert sentence in str(refused.value)
        assert "\n" not in str(refused.value)


def test_read_tells_which_value_is_not_finite(tmp_path: Path) -> None:
    """The channel and the value of the first such pixel."""
    _write_nan(tmp_path / "a.exr")

    with pytest.raises(FrameError, match=r"\(G nan\): repair the frame"):
        read_rgb(tmp_path / "a.exr")


def test_require_same_size_names_the_odd_frame(tmp_path: Path) -> None:
    """Both sizes are said, so that the wrong export is found."""
    for frame, width in enumerate((8, 8, 9)):
        write_rgb(tmp_path / f"a.{frame:04}.exr", np.zeros((4, width, 3), np.float32))
    headers = [read_header(tmp_path / f"a.{frame:04}.exr") for frame in range(3)]

    require_same_size(headers[:2])
    require_same_size([])
    with pytest.raises(FrameError, match=r"a.0002.exr: is 9x4, but 'a.0000.exr' is 8x4"):
        require_same_size(headers)
