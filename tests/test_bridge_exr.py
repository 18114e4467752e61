"""OpenEXR with the standard library: the same values as the OpenEXR library's, or a sentence."""

from __future__ import annotations

import contextlib
import errno
import math
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.exr import (
    Channel,
    Window,
    read_header,
    read_pixels,
    read_rows,
    write_half,
)
from chromaresolve.bridge.timecode import timecode_to_frames

openexr = pytest.importorskip("OpenEXR", reason="the reference: it comes with the extra `dev`")

HEIGHT, WIDTH = 37, 53
"""Odd, and more lines than two blocks of zip."""

READABLE = ("NO", "RLE", "ZIPS", "ZIP")
"""Compressions whose pixels are read."""

HEADER_SECONDS = 0.005
"""A header is looked at for every frame of a shot."""

LINES_SECONDS = 0.3
"""16 lines of 4K are looked at for every frame of a shot."""


def smooth() -> NDArray[np.float32]:
    """Return R, G and B from -0.5 to 12: they become smaller when they are packed."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    rgb = np.stack([x / WIDTH, y / HEIGHT, np.ones_like(x)], axis=-1)
    return (rgb * 12.5 - 0.5).astype(np.float32)


def noise() -> NDArray[np.float32]:
    """Return values that do not become smaller when they are packed: stored as they are."""
    return np.random.default_rng(3).normal(0, 100, (HEIGHT, WIDTH, 3)).astype(np.float32)


def runs() -> NDArray[np.float32]:
    """Return long runs of one value, and some that are broken."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    rgb[:, 20:40] = 0.5
    rgb[:, 45::3] = -2.0
    return rgb


def planes(rgb: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return a picture's channels as the OpenEXR library takes them."""
    return {name: np.ascontiguousarray(rgb[..., i]) for i, name in enumerate("RGB")}


def write_exr(path: Path, channels: dict[str, Any], **header: object) -> Path:
    """Write channels with the OpenEXR library."""
    given_header = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage, **header}
    openexr.File(given_header, channels).write(str(path))
    return path


def every_line(path: Path) -> NDArray[np.float32]:
    """Read the whole picture with the room under test."""
    rows = read_rows(path, range(read_header(path).data_window.height))
    return np.array([np.stack(rows[y], axis=-1) for y in sorted(rows)], dtype=np.float32)


@pytest.mark.parametrize("picture", [smooth, noise, runs])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("compression", READABLE)
def test_read_agrees_with_openexr(
    tmp_path: Path, compression: str, kind: type[Any], picture: Callable[[], NDArray[np.float32]]
) -> None:
    """Every pixel of odd rasters comes to the last bit, whatever lies beside R, G and B."""
    rgb = picture().astype(kind)
    beside = {
        "A": np.ones((HEIGHT, WIDTH), np.float16),
        "id": np.arange(HEIGHT * WIDTH, dtype=np.uint32).reshape(HEIGHT, WIDTH),
    }
    chosen = getattr(openexr, f"{compression}_COMPRESSION")
    path = write_exr(tmp_path / "a.exr", {**planes(rgb), **beside}, compression=chosen)

    np.testing.assert_array_equal(every_line(path), rgb.astype(np.float32))


@pytest.mark.parametrize("order", ["INCREASING_Y", "DECREASING_Y"])
def test_read_finds_lines_wherever_the_window_lies(tmp_path: Path, order: str) -> None:
    """Lines count from the first that the file holds, also where it was written upwards."""
    path = write_exr(
        tmp_path / "a.exr",
        planes(smooth()),
        dataWindow=(np.array([-8, -4], np.int32), np.array([WIDTH - 9, HEIGHT - 5], np.int32)),
        displayWindow=(np.array([0, 0], np.int32), np.array([15, 11], np.int32)),
        lineOrder=getattr(openexr, order),
    )

    np.testing.assert_array_equal(every_line(path), smooth())
    assert read_header(path).data_window == Window(-8, -4, WIDTH, HEIGHT)
    assert read_header(path).display_window == Window(0, 0, 16, 12)


def test_read_reads_what_openimageio_wrote(tmp_path: Path) -> None:
    """The tool's own plates come from OpenImageIO."""
    path = tmp_path / "a.exr"
    image = oiio.ImageBuf(smooth())
    image.specmod().attribute("compression", "zips")
    assert image.write(str(path), oiio.HALF)

    np.testing.assert_array_equal(every_line(path), smooth().astype(np.float16))
    assert read_header(path).compression == "zips"


def test_read_header_tells_what_the_file_says(tmp_path: Path) -> None:
    """Timecode, rate, primaries, reel, windows, channels: what parity and export are checked by."""
    primaries = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    path = write_exr(
        tmp_path / "a.exr",
        {**planes(smooth().astype(np.float16)), "A": np.ones((HEIGHT, WIDTH), np.float32)},
        timeCode=openexr.TimeCode(1, 2, 3, 14, 1, *[0] * 13),
        framesPerSecond=Fraction(24000, 1001),
        chromaticities=primaries,
        reelName="A001_C002",
        pixelAspectRatio=2.0,
    )

    header = read_header(path)

    assert header.path == path
    assert header.channels == (
        Channel("A", "float", (1, 1)),
        Channel("B", "half", (1, 1)),
        Channel("G", "half", (1, 1)),
        Channel("R", "half", (1, 1)),
    )
    assert header.names == ("A", "B", "G", "R")
    assert header.compression == "zip"
    assert header.timecode == "01:02:03;14"
    assert header.frame_rate == Fraction(24000, 1001)
    assert header.chromaticities == pytest.approx(primaries, abs=1e-7)
    assert header.strings["reelName"] == "A001_C002"
    assert header.pixel_aspect == 2.0


def test_read_header_of_a_bare_file_says_nothing_more(tmp_path: Path) -> None:
    """What is not there is None, not a guess."""
    header = read_header(write_exr(tmp_path / "a.exr", planes(smooth())))

    assert (header.timecode, header.frame_rate, header.chromaticities) == (None, None, None)
    assert header.pixel_aspect == 1.0


def test_read_header_takes_attributes_of_other_types_for_absent(tmp_path: Path) -> None:
    """Some programs write the standard names with types of their own."""
    path = write_exr(tmp_path / "a.exr", planes(smooth()), framesPerSecond=24.0, timeCode="1:2")

    header = read_header(path)

    assert (header.timecode, header.frame_rate) == (None, None)


def test_read_header_finds_its_end_behind_a_long_one(tmp_path: Path) -> None:
    """Previews and notes make headers longer than what is read at first."""
    path = write_exr(tmp_path / "a.exr", planes(smooth()), comments="x" * 200_000)

    assert len(read_header(path).strings["comments"]) == 200_000
    np.testing.assert_array_equal(every_line(path), smooth())


def test_read_header_is_read_whatever_packs_the_pixels(tmp_path: Path) -> None:
    """The Reference is exported as DWAA: its header is checked all the same."""
    for number, name in enumerate(["PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB"]):
        chosen = getattr(openexr, f"{name}_COMPRESSION")
        rgb = planes(smooth().astype(np.float16))
        path = write_exr(tmp_path / f"{number}.exr", rgb, compression=chosen)

        assert read_header(path).compression == name.lower()
        with pytest.raises(BridgeError, match=f"is compressed as {name}, .*: export it as EXR"):
            read_rows(path, [0])


def test_read_pixels_gives_them_in_order(tmp_path: Path) -> None:
    """A few points of a frame, wherever they lie."""
    path = write_exr(tmp_path / "a.exr", planes(smooth()))
    points = [(52, 36), (0, 0), (7, 20), (0, 0)]

    found = read_pixels(path, points)

    np.testing.assert_array_equal(found, [smooth()[y, x] for x, y in points])


@pytest.mark.parametrize("point", [(-1, 0), (WIDTH, 0), (0, -1), (0, HEIGHT)])
def test_read_refuses_what_lies_outside(tmp_path: Path, point: tuple[int, int]) -> None:
    """A pixel that is not there has no value, not the last one's either."""
    path = write_exr(tmp_path / "a.exr", planes(smooth()))

    with pytest.raises(BridgeError, match=r"has no (line|pixel) .*look whether it has the shot's"):
        read_pixels(path, [point])


def write_tiled(path: Path) -> None:
    """Write tiles."""
    tiles = openexr.TileDescription()
    tiles.xSize = tiles.ySize = 16
    write_exr(path, planes(smooth()), type=openexr.tiledimage, tiles=tiles)


def write_parts(path: Path) -> None:
    """Write two pictures into one file."""
    header = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    parts = [openexr.Part({**header, "name": name}, planes(smooth())) for name in ("a", "b")]
    openexr.File(parts).write(str(path))


def write_deep(path: Path) -> None:
    """Write the first bytes of a deep picture: the version field says it."""
    path.write_bytes(b"\x76\x2f\x31\x01\x02\x08\x00\x00" + bytes(100))


def write_luma(path: Path) -> None:
    """Write a picture without colour."""
    write_exr(path, {"Y": np.ones((HEIGHT, WIDTH), np.float16)})


def write_uint(path: Path) -> None:
    """Write R, G and B that are no picture."""
    write_exr(path, planes(smooth().astype(np.uint32)))


def write_thinned(path: Path) -> None:
    """Write a channel that has a value for every other pixel."""
    content = write_exr(path, planes(smooth())).read_bytes()
    at = content.index(b"G\0") + 2 + 8
    path.write_bytes(content[:at] + b"\x02" + content[at + 1 :])


@pytest.mark.parametrize(
    ("write", "said"),
    [
        pytest.param(write_tiled, "is tiled, which is not read here: export it", id="tiled"),
        pytest.param(write_parts, "is of several parts, which is not read", id="multi-part"),
        pytest.param(write_deep, "is a deep picture, which is not read", id="deep"),
        pytest.param(write_luma, "has no R, G and B to read, only Y", id="luma only"),
        pytest.param(write_uint, "has no R, G and B to read", id="uint"),
        pytest.param(write_thinned, "not every pixel has all channels", id="subsampled"),
        pytest.param(lambda path: path.write_bytes(b""), "ends within its first", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\x76\x2f"), "ends within its first", id="2 b"),
        pytest.param(lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "is no EXR", id="a PNG"),
        pytest.param(Path.mkdir, r"cannot be read \(Is a directory\)", id="a folder"),
        pytest.param(lambda _: None, r"cannot be read \(No such file", id="nothing"),
    ],
)
def test_read_says_what_it_does_not_read(
    tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    """Each kind of file that is no plain picture has its own sentence."""
    path = tmp_path / "a.exr"
    write(path)

    with pytest.raises(BridgeError, match=said) as caught:
        read_rows(path, [0])
    assert caught.value.where == str(path)
    assert "\n" not in str(caught.value)


def test_read_says_when_a_file_is_not_finished(tmp_path: Path) -> None:
    """While a frame is written, the positions of its lines are zero."""
    path = write_exr(tmp_path / "a.exr", planes(smooth()))
    content, end = bytearray(path.read_bytes()), read_header(path).end
    content[end + 8 : end + 16] = bytes(8)
    path.write_bytes(content)

    assert len(read_rows(path, range(16))) == 16
    with pytest.raises(BridgeError, match="the file ends within line 16: wait until it is written"):
        read_rows(path, [16])


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for broken files, one after the other."""
    return tmp_path_factory.mktemp("broken") / "a.exr"


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    """The same small picture, with all the attributes that are read, in every compression."""
    folder = tmp_path_factory.mktemp("whole")
    attributes: dict[str, object] = {
        "timeCode": openexr.TimeCode(1, 2, 3, 14, *[0] * 14),
        "framesPerSecond": Fraction(24),
        "reelName": "A001",
    }
    contents = []
    for name in READABLE:
        chosen = getattr(openexr, f"{name}_COMPRESSION")
        path = folder / f"{name}.exr"
        small = planes(runs()[:20, :30].astype(np.float16))
        contents.append(write_exr(path, small, compression=chosen, **attributes).read_bytes())
    return contents


def read_all_or_refuse(path: Path) -> None:
    """Read whatever a broken file still gives; anything but a BridgeError fails the test."""
    with contextlib.suppress(BridgeError):
        header = read_header(path)
        read_rows(path, range(min(20, header.data_window.height)))


@given(which=st.integers(0, len(READABLE) - 1), part=st.floats(0, 1))
def test_read_refuses_a_truncated_file(
    broken: Path, whole_files: Sequence[bytes], which: int, part: float
) -> None:
    """A copy that broke off is refused at the latest where a line is missing."""
    content = whole_files[which][: int(part * (len(whole_files[which]) - 1))]
    broken.write_bytes(content)

    with pytest.raises(BridgeError, match="the file ends within"):
        read_rows(broken, range(20))


@given(
    which=st.integers(0, len(READABLE) - 1),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=4
    ),
    header_only=st.booleans(),
)
@example(which=0, flips=[(0.0, 0)], header_only=True)
def test_read_survives_flipped_bits(
    broken: Path,
    whole_files: Sequence[bytes],
    which: int,
    flips: list[tuple[float, int]],
    header_only: bool,
) -> None:
    """Whatever a bad disk makes of a file, it is read or it is refused with a sentence."""
    content = bytearray(whole_files[which])
    for place, bit in flips:
        content[int(place * (440 if header_only else len(content)))] ^= 1 << bit
    broken.write_bytes(content)

    read_all_or_refuse(broken)


@given(content=st.binary(max_size=400))
def test_read_survives_any_bytes(broken: Path, content: bytes) -> None:
    """What only begins like an EXR is refused too."""
    broken.write_bytes(b"\x76\x2f\x31\x01\x02\x00\x00\x00" + content)

    read_all_or_refuse(broken)


@pytest.mark.parametrize("compression", ["zips", "none"])
def test_written_halfs_come_back_elsewhere(tmp_path: Path, compression: str) -> None:
    """All 65,536 halves, Inf and NaN among them, as OpenEXR and OpenImageIO read them."""
    halves = np.arange(2**16, dtype=np.uint16).reshape(256, 256)
    path = tmp_path / "a.exr"

    write_half(path, 256, 256, lambda y: [halves[y].tobytes()] * 3, compression=compression)

    channels = openexr.File(str(path), separate_channels=True).channels()
    for name in "RGB":
        np.testing.assert_array_equal(channels[name].pixels.view(np.uint16), halves)
    read = np.ascontiguousarray(oiio.ImageBuf(str(path)).get_pixels(oiio.HALF))
    np.testing.assert_array_equal(read.view(np.uint16)[..., 1], halves)


def test_written_numbers_are_rounded_to_half(tmp_path: Path) -> None:
    """Numbers of any range become the nearest half, channel by channel, on odd rasters."""
    path = tmp_path / "new" / "a.exr"
    rgb = noise()

    write_half(path, WIDTH, HEIGHT, lambda y: [rgb[y, :, i].tolist() for i in range(3)])

    np.testing.assert_array_equal(every_line(path), rgb.astype(np.float16))
    found = openexr.File(str(path)).channels()["RGB"].pixels
    np.testing.assert_array_equal(found, rgb.astype(np.float16))


def test_written_attributes_come_back_elsewhere(tmp_path: Path) -> None:
    """Resolve takes timecode, rate and reel from the header: they must be as the standard says."""
    path = tmp_path / "a.exr"
    primaries = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
    write_half(
        path, 3, 1, lambda _: [[0.5, -1.0, 2.0]] * 3,
        timecode="23:59:58;29", frame_rate=Fraction(30000, 1001),
        chromaticities=primaries, strings={"reelName": "Ñ001"},
    )  # fmt: skip

    header = openexr.File(str(path)).header()
    ours = read_header(path)

    timecode = header["timeCode"]
    parts = (timecode.hours, timecode.minutes, timecode.seconds, timecode.frame)
    assert (*parts, timecode.dropFrame) == (23, 59, 58, 29, 1)
    assert header["framesPerSecond"] == Fraction(30000, 1001)
    assert header["chromaticities"] == pytest.approx(primaries)
    assert header["reelName"] == "Ñ001"
    assert (ours.timecode, ours.frame_rate) == ("23:59:58;29", Fraction(30000, 1001))
    assert ours.strings["reelName"] == "Ñ001"


@pytest.mark.parametrize("timecode", ["1:00", "01:00:00:40", "01:00:00:119", ""])
def test_write_refuses_a_timecode_that_does_not_fit(tmp_path: Path, timecode: str) -> None:
    """The header has two bits for the tens of frames."""
    with pytest.raises(BridgeError, match="does not fit into an EXR header"):
        write_half(tmp_path / "a.exr", 1, 1, lambda _: [[0.0]] * 3, timecode=timecode)


def test_read_header_shows_a_timecode_that_is_none(tmp_path: Path) -> None:
    """Digits that are no decimal ones stay visible, and the timecode is refused when it is used."""
    path = tmp_path / "a.exr"
    write_half(path, 1, 1, lambda _: [[0.0]] * 3, timecode="01:00:00:07")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x07\x00\x00\x01", b"\x0f\x00\x00\x01"))

    shown = read_header(path).timecode

    assert shown == "01:00:00:0f"
    with pytest.raises(BridgeError, match="is no timecode"):
        timecode_to_frames(shown, Fraction(24))


def blow_up(_: int) -> NoReturn:
    """Stand in for a bug."""
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize(
    ("row_of", "error", "said"),
    [
        pytest.param(lambda _: [[1e5, 0]] * 3, BridgeError, "line 0 has a value that no", id="big"),
        pytest.param(lambda _: [[0.0]] * 3, BridgeError, "has 1 values, .* is 2 wide", id="narrow"),
        pytest.param(lambda _: [bytes(6)] * 3, BridgeError, "has 3 values", id="wide"),
        pytest.param(blow_up, ZeroDivisionError, "a bug", id="a bug"),
    ],
)
def test_write_leaves_what_was_there(
    tmp_path: Path, row_of: Callable[[int], Any], error: type[Exception], said: str
) -> None:
    """Under its name a file is whole or absent; nothing unfinished stays beside it."""
    path = tmp_path / "a.exr"
    path.write_text("before")

    with pytest.raises(error, match=said):
        write_half(path, 2, 2, row_of)

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_write_says_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says becomes a sentence with a remedy."""

    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(BridgeError, match=r"No space left on device\): look whether its folder"):
        write_half(tmp_path / "a.exr", 1, 1, lambda _: [[0.0]] * 3)

    assert not list(tmp_path.iterdir())


def best_of(attempts: int, work: Callable[[], object]) -> float:
    """Return the shortest of some runs, in seconds: others may use the machine too."""
    seconds = math.inf
    for _ in range(attempts):
        begin = time.perf_counter()
        work()
        seconds = min(seconds, time.perf_counter() - begin)
    return seconds


@pytest.mark.parametrize("compression", READABLE)
def test_read_is_fast_on_4k(tmp_path: Path, compression: str) -> None:
    """A step looks at every frame of a shot: a header and a block of lines must take no time."""
    rgb = np.random.default_rng(5).random((48, 4096, 3)).astype(np.float16)
    chosen = getattr(openexr, f"{compression}_COMPRESSION")
    path = write_exr(tmp_path / "a.exr", planes(rgb), compression=chosen)

    assert best_of(5, lambda: read_header(path)) < HEADER_SECONDS
    assert best_of(5, lambda: read_rows(path, range(16, 32))) < LINES_SECONDS
