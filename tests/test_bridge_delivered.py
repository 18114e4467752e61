"""What was rendered, looked at on disk: all that can be wrong with it, and how it is said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.bridge.delivered import (
    Expected,
    dark_edges,
    is_still,
    look_at,
    make_empty,
    put_in_place,
)
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.exr_header import pack_timecode
from chromaresolve.bridge.exr_writing import write_half
from chromaresolve.frames import Attribute, Frame, Header, Rgb, Window, write_frame

WIDTH, HEIGHT = 24, 20
"""More lines than are read, so that some are left out."""

EXPECTED = Expected(
    what="Source",
    frames=3,
    width=WIDTH,
    height=HEIGHT,
    compressions=("zip", "zips"),
    is_square=True,
    timecode="01:00:41:17",
    rate=Fraction(24),
    is_display=True,
)
"""What three frames should be."""


def picture(seed: int) -> Rgb:
    """Return a picture whose values lie within 0.1..0.9."""
    rgb = 0.1 + 0.8 * np.random.default_rng(seed).random((HEIGHT, WIDTH, 3))
    return rgb.astype(np.float32)


def write(
    path: Path,
    rgb: Rgb,
    *,
    compression: str = "zip",
    kind: str = "half",
    aspect: float = 1.0,
    timecode: str | None = None,
    others: tuple[str, ...] = (),
) -> Path:
    """Write a frame as Resolve might."""
    height, width, _ = rgb.shape
    window = Window(x=0, y=0, width=width, height=height)
    attributes: dict[str, Any] = {}
    if timecode:
        attributes["timeCode"] = Attribute("timecode", pack_timecode(timecode))
    header = Header(
        path=path,
        pixel_type=kind,
        data_window=window,
        display_window=window,
        pixel_aspect=aspect,
        compression=compression,
        attributes=attributes,
    )
    depth = np.float16 if kind == "half" else np.float32
    planes = {name: np.ones((height, width), depth) for name in others}
    frame = Frame(rgb=rgb, others=planes, header=header)
    write_frame(path, frame, compression=compression, pixel_type=kind)
    return path


def rendered(folder: Path, **how: Any) -> list[Path]:
    """Write three frames, each another picture, numbered as by a timeline."""
    return [write(folder / f"N_{86400 + n:08}.exr", picture(n), **how) for n in range(3)]


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """Files in the order of their numbers, compression, bytes, and nothing to say."""
    files = rendered(tmp_path, timecode=None)

    found = look_at(files[::-1], EXPECTED)

    assert found.files == tuple(files)
    assert found.compression == "zip"
    assert found.size == sum(file.stat().st_size for file in files)
    assert (found.is_still, found.dark_edges, found.notes) == (False, (), ())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "alpha": ({"others": ("A",)}, "has the channels A, B, G, R, and must have R, G, B alone"),
    "float": ({"kind": "float"}, "is float, and must be half"),
    "lossy": ({"compression": "dwaa"}, "is compressed as DWAA, and ZIP or ZIPS was asked for"),
    "wide pixels": ({"aspect": 2.0}, "has a pixel aspect of 2, and the timeline's is square"),
    "another moment": (
        {"timecode": "01:00:41:18"},
        "its header says 01:00:41:18, and the frame is 01:00:41:17",
    ),
}
"""What three frames are, and what is said of the first."""


@pytest.mark.parametrize(("how", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_what_is_not_as_asked_is_refused(
    tmp_path: Path, how: dict[str, Any], sentence: str
) -> None:
    """Named with the file, and with what should have been."""
    with pytest.raises(BridgeError) as caught:
        look_at(rendered(tmp_path, **how), EXPECTED)

    assert str(caught.value).startswith(f"Source, N_00086400.exr: {sentence}: ")


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        pytest.param({"is_square": False}, {"aspect": 2.0}, id="wide pixels as wished"),
        pytest.param({"compressions": ("piz",)}, {"compression": "piz"}, id="PIZ"),
        pytest.param({"compressions": ("none",)}, {"compression": "none"}, id="none"),
        pytest.param({}, {"timecode": "01:00:41:17"}, id="right timecode"),
        pytest.param(
            {"timecode": "01:00:41;17", "rate": Fraction(30000, 1001)},
            {"timecode": "01:00:41:17"},
            id="a header that does not say drop frame",
        ),
        pytest.param(
            {"rate": Fraction(60)}, {"timecode": "01:00:41:08"}, id="a rate that no header counts"
        ),
    ],
)
def test_what_is_as_asked_is_taken(
    tmp_path: Path, changed: dict[str, Any], how: dict[str, Any]
) -> None:
    """Other shapes and compressions, where they were asked for."""
    look_at(rendered(tmp_path, **how), EXPECTED._replace(**changed))


def test_another_size_is_refused(tmp_path: Path) -> None:
    """A render at the clip's own size, or at half of it, is not the timeline's."""
    files = rendered(tmp_path)
    write(files[1], picture(1)[:10])

    with pytest.raises(
        BridgeError, match=r"N_00086401\.exr: is 24 x 10 at 0, 0, and must be 24 x 20"
    ):
        look_at(files, EXPECTED)


def test_missing_frames_are_counted_or_named(tmp_path: Path) -> None:
    """Too few, too many, or as many with a hole."""
    files = rendered(tmp_path)
    late = write(tmp_path / "N_00086404.exr", picture(4))

    with pytest.raises(BridgeError, match="Source: 2 frames came and 3 were to come"):
        look_at(files[:2], EXPECTED)
    with pytest.raises(BridgeError, match="Source: 0 frames came"):
        look_at([], EXPECTED)
    with pytest.raises(BridgeError, match="Source: frames are missing: 86402, 86403"):
        look_at([*files[:2], late], EXPECTED)


def test_broken_frames_are_named(tmp_path: Path) -> None:
    """A file that ends too early is not whole, whatever the job said."""
    files = rendered(tmp_path)
    files[2].write_bytes(files[2].read_bytes()[:200])

    with pytest.raises(BridgeError, match="N_00086402"):
        look_at(files, EXPECTED)


def test_values_outside_are_noted(tmp_path: Path) -> None:
    """Counted and kept; of a master nothing is said, for its values may be anything."""
    files = rendered(tmp_path)
    rgb = picture(0)
    rgb[0, :12], rgb[-1, :] = 1.5, -0.25
    write(files[0], rgb)

    said = look_at(files, EXPECTED).notes
    master = look_at(files, EXPECTED._replace(is_display=False)).notes

    # 3 frames, 16 lines of 24 pixels each; half a line above, a whole one below.
    share = (12 + 24) / (3 * 16 * 24)
    told = f"Source: {share:.2%} of the values that were read lie outside 0..1 (-0.25 to 1.5)"
    assert said == (f"{told}; they are kept as they are",)
    assert master == ()


def test_values_that_are_no_numbers_are_noted(tmp_path: Path) -> None:
    """Not a number is neither above 0 nor below 1."""
    files = rendered(tmp_path)
    line = [float("nan"), *[0.5] * (WIDTH - 1)]
    write_half(files[0], WIDTH, HEIGHT, lambda _y: [line] * 3)

    assert "lie outside 0..1" in look_at(files, EXPECTED).notes[0]


def test_dark_edges_are_seen(tmp_path: Path) -> None:
    """Black on every line at an edge, in all frames; in one frame alone it is a picture."""
    files = rendered(tmp_path)
    for n, file in enumerate(files):
        rgb = picture(n)
        rgb[:2], rgb[:, -1] = 0, 0
        write(file, rgb)

    both = look_at(files, EXPECTED).dark_edges
    write(files[1], picture(1))

    assert both == ("top", "right")
    assert look_at(files, EXPECTED).dark_edges == ()
    assert dark_edges(files[0]) == ("top", "right")
    assert dark_edges(files[1]) == ()


def test_edges_of_unreadable_pictures_are_unknown(tmp_path: Path) -> None:
    """PIZ and DWAA are not undone here, and a DPX is no EXR: nothing is said of their edges."""
    packed = write(tmp_path / "a.exr", picture(0), compression="piz")
    (tmp_path / "b.dpx").write_bytes(b"SDPX")

    assert dark_edges(packed) is None
    assert dark_edges(tmp_path / "b.dpx") is None


def test_stills_are_told_from_moving_pictures(tmp_path: Path) -> None:
    """One picture under several timecodes is a still; another pixel makes it move."""
    files = [
        write(tmp_path / f"N_{n:04}.exr", picture(7), timecode=f"01:00:00:{n:02}") for n in range(3)
    ]

    assert is_still(files)
    assert look_at(files, EXPECTED._replace(timecode="01:00:00:00")).is_still
    write(files[2], picture(8), timecode="01:00:00:02")
    assert not is_still(files)


def test_earlier_files_make_way_for_new_ones(tmp_path: Path) -> None:
    """All of the earlier sequence goes, also where it was longer or had more digits."""
    plates, aside = tmp_path / "plates", tmp_path / "plates/.rendering"
    aside.mkdir(parents=True)
    for name in ("N_0999.exr", "N_1000.exr", "N_1001.exr", "N_00001002.exr", "M_1000.exr"):
        (plates / name).write_text("old")
    new = [aside / f"x/{n}.exr" for n in range(2)]
    (aside / "x").mkdir()
    for file in new:
        file.write_text(f"new {file.stem}")

    put_in_place(new, plates, "N_", 1000)

    found = {one.name: one.read_text() for one in plates.glob("*.exr")}
    assert found == {"M_1000.exr": "old", "N_1000.exr": "new 0", "N_1001.exr": "new 1"}
    assert [one.name for one in plates.iterdir() if one.is_dir()] == [".rendering"]


def test_earlier_files_stay_where_new_ones_do_not_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails at the second file: every earlier one is back under its name."""
    names = ["N_1000.exr", "N_1001.exr"]
    for name in names:
        (tmp_path / name).write_text("old")
    aside = tmp_path / ".rendering"
    aside.mkdir()
    new = [aside / "0.exr", aside / "1.exr"]
    for file in new:
        file.write_text("new")
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if self.parent == aside and self.name == "1.exr":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(BridgeError, match="No space left on device"):
        put_in_place(new, tmp_path, "N_", 1000)

    assert [(tmp_path / name).read_text() for name in names] == ["old", "old"]


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in its place, for one."""
    (tmp_path / "plates").write_text("a file")

    with pytest.raises(BridgeError, match="cannot be written to"):
        make_empty(tmp_path / "plates/.rendering")
