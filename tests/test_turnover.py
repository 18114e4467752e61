"""What is handed over: a shot made of it, and everything wrong with it said before work starts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from chromaresolve.errors import FrameError, ShotError, UsageError
from chromaresolve.frames import write_rgb
from chromaresolve.shot import Shot
from chromaresolve.turnover import Finding, accept, check
from tiny import still

GREY = np.full((36, 64, 3), 0.4, dtype=np.float32)
"""A frame with nothing wrong with it but that it shows nothing."""


def write_frames(folder: Path, name: str, count: int, rgb: np.ndarray = GREY) -> None:
    """Write a sequence of the same frame."""
    for number in range(1, count + 1):
        write_rgb(folder / f"{name}_{number:04d}.exr", rgb)


def write_planes(path: Path, planes: np.ndarray) -> None:
    """Write R, G and B as another program might, without a look at the values."""
    image = oiio.ImageOutput.create(str(path))
    assert image is not None
    _, height, width = planes.shape
    image.open(str(path), oiio.ImageSpec(width, height, 3, "half"))
    image.write_image(np.ascontiguousarray(np.moveaxis(planes, 0, -1)))
    image.close()


def hand_over(root: Path, **changed: str | None) -> Shot:
    """Accept the sequences A and B in the folder."""
    asked: dict[str, str | None] = {
        "scan": "A_####.exr",
        "reference": "B_####.exr",
        "balanced": None,
        "master": None,
        "branch": "chroma",
        "frame_rate": "24",
        "frames": None,
        "film": "",
        **changed,
    }
    return accept(root, **asked)  # type: ignore[arg-type]


def findings_of(shot: Shot) -> dict[str, Finding]:
    """What the check found, by subject."""
    return {finding.subject: finding for finding in check(shot, on_progress=still)[1]}


def test_accept_takes_the_frames_that_are_there(tmp_path: Path) -> None:
    """Without being told, the shot is the scan's whole range, and rates are exact."""
    write_frames(tmp_path, "A", 5)
    write_frames(tmp_path, "B", 2)

    shot = hand_over(tmp_path, frame_rate="24000/1001")

    assert str(shot.shot.frames) == "1-5"
    assert shot.shot.frame_rate == Fraction(24000, 1001)
    assert Shot.load(tmp_path) == shot


def test_accept_refuses_a_second_shot(tmp_path: Path) -> None:
    """A manifest that is there is never overwritten."""
    write_frames(tmp_path, "A", 1)
    write_frames(tmp_path, "B", 1)
    hand_over(tmp_path)

    with pytest.raises(ShotError, match="there is a shot here already: choose another folder"):
        hand_over(tmp_path)


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        pytest.param({"branch": "both"}, UsageError, "write chroma or spatial", id="branch"),
        pytest.param({"frame_rate": "x"}, UsageError, "is no exact frame rate", id="rate"),
        pytest.param({"frame_rate": "1/0"}, UsageError, "is no exact frame rate", id="no rate"),
        pytest.param({"frames": "9-1"}, UsageError, "runs backwards", id="range"),
        pytest.param({"reference": "C_####.exr"}, FrameError, "C_####.exr", id="no reference"),
    ],
)
def test_accept_refuses_what_cannot_work(
    tmp_path: Path, changed: dict[str, str], error: type[Exception], sentence: str
) -> None:
    """Said at the door, before a manifest is written."""
    write_frames(tmp_path, "A", 1)
    write_frames(tmp_path, "B", 1)

    with pytest.raises(error, match=sentence):
        hand_over(tmp_path, **changed)

    assert not (tmp_path / "shot.toml").exists()


def test_check_passes_what_fits(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The tiny shot fits, and the check is recorded."""
    shot, findings = check(Shot.load(copied(faded_shot)), on_progress=still)

    assert not [finding for finding in findings if finding.verdict == "stop"]
    assert shot.made["check"].measured["to_mend"] == 0


def test_check_names_missing_frames(tmp_path: Path) -> None:
    """A gap in the scan stops the work, by number."""
    write_frames(tmp_path, "A", 5)
    write_frames(tmp_path, "B", 5)
    shot = hand_over(tmp_path)
    (tmp_path / "A_0003.exr").unlink()

    finding = findings_of(shot)["Source frames"]

    assert (finding.verdict, finding.sentence[:9]) == ("stop", "3 of 1-5 ")


def test_check_names_broken_frames_and_goes_on(tmp_path: Path) -> None:
    """Every bad frame is named, not only the first."""
    write_frames(tmp_path, "A", 5)
    write_frames(tmp_path, "B", 5)
    shot = hand_over(tmp_path)
    (tmp_path / "A_0002.exr").write_bytes(b"")
    (tmp_path / "A_0004.exr").write_text("not an EXR")

    found = findings_of(shot)

    assert found["Source frame 2"].verdict == "stop"
    assert found["Source frame 4"].verdict == "stop"
    assert found["Reference values"].verdict == "ok"


def test_check_suspects_values_beyond_the_odt(tmp_path: Path) -> None:
    """Values outside 0..1 are counted, kept, and questioned."""
    wide = GREY.copy()
    wide[0, :16] = 12.0
    wide[1, :16] = -0.5
    write_frames(tmp_path, "A", 2, wide)
    write_frames(tmp_path, "B", 2)

    finding = findings_of(hand_over(tmp_path))["Source values"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("1.39% of pixels lie outside 0..1 (-0.5 to 12; ")


def test_check_notes_another_raster(tmp_path: Path) -> None:
    """A Reference of another size is accepted and said."""
    write_frames(tmp_path, "A", 3)
    write_frames(tmp_path, "B", 3, np.full((18, 32, 3), 0.4, dtype=np.float32))

    finding = findings_of(hand_over(tmp_path))["size"]

    assert finding.verdict == "note"
    assert "Source 64 x 36, Reference 32 x 18" in finding.sentence


def test_check_stops_a_size_that_changes(tmp_path: Path) -> None:
    """One sequence has one size."""
    write_frames(tmp_path, "A", 3)
    write_frames(tmp_path, "B", 3)
    shot = hand_over(tmp_path)
    write_rgb(tmp_path / "A_0002.exr", np.full((20, 20, 3), 0.4, dtype=np.float32))

    assert findings_of(shot)["Source size"].verdict == "stop"


def test_check_notes_another_rate(tmp_path: Path) -> None:
    """A header that says 25 beside a shot at 24 is said."""
    write_frames(tmp_path, "A", 3)
    for number in range(1, 4):
        write_rgb(tmp_path / f"B_{number:04d}.exr", GREY, frame_rate=Fraction(25))

    finding = findings_of(hand_over(tmp_path))["Reference rate"]

    assert finding.line == "the header says 25 a second, the shot 24: conform the rate first"


def test_check_stops_without_a_common_frame(tmp_path: Path) -> None:
    """Nothing can be taught from sequences that never meet."""
    write_frames(tmp_path, "A", 3)
    write_rgb(tmp_path / "B_0100.exr", GREY)

    assert findings_of(hand_over(tmp_path))["frames in common"].verdict == "stop"


def test_check_counts_the_shot_s_own_frames_in_common(tmp_path: Path) -> None:
    """The scan may be of a whole reel: what both have outside the shot does not help it."""
    write_frames(tmp_path, "A", 6)
    for number in (5, 6):
        write_rgb(tmp_path / f"B_{number:04d}.exr", GREY)

    finding = findings_of(hand_over(tmp_path, frames="1-4"))["frames in common"]

    assert finding.verdict == "stop"
    assert finding.sentence == "none, at offset 0"


def test_check_names_frames_that_hold_no_numbers(tmp_path: Path) -> None:
    """NaN spreads through whatever touches it, so it stops the work where it is."""
    write_frames(tmp_path, "A", 3)
    write_frames(tmp_path, "B", 3)
    broken = np.moveaxis(GREY.copy(), -1, 0)
    broken[0, 3, 7] = np.nan
    write_planes(tmp_path / "B_0002.exr", broken)

    finding = findings_of(hand_over(tmp_path))["Reference frame 2"]

    assert finding.verdict == "stop"
    assert "column 7, row 3" in finding.sentence


def test_check_notes_black_frames(tmp_path: Path) -> None:
    """Black Reference frames teach nothing."""
    write_frames(tmp_path, "A", 3)
    write_frames(tmp_path, "B", 3, np.zeros_like(GREY))

    finding = findings_of(hand_over(tmp_path))["Reference empty frames"]

    assert finding.sentence == "3 frames (1-3) are black"
