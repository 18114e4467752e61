"""The merge on the ACES original, on the files: what it shows, what it keeps, what it refuses."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest
from numpy.typing import NDArray

from aces_scene import (
    EDGE_LUMA,
    FADING,
    HEIGHT,
    INSIDE_709,
    SHOWN_DE2000,
    SHOWN_LUMA,
    acescg_to_aces,
    draw_film,
    find_in_range,
    show,
    worst,
)
from chromaresolve.colour import aces_to_display, delta_e_2000, merge_chroma, rgb_to_chroma
from chromaresolve.composite import composite
from chromaresolve.composite.carry import LUMINANCE_AP0
from chromaresolve.errors import FrameError, StageError, UsageError
from chromaresolve.files import sha256
from chromaresolve.frames import (
    Attribute,
    read_frame,
    read_header,
    read_rgb,
    write_frame,
    write_rgb,
)
from chromaresolve.shot import FrameRange, Shot, out_of_date
from recovered_shot import FRAMES, MODEL_SHA256, plate_file, recovered_file, write_recovered_shot

AP0_PRIMARIES = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
"""Red, green, blue and white of ACES2065-1, CIE x and y; SMPTE ST 2065-1."""

REC709_PRIMARIES = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
"""Those of Rec. ITU-R BT.709."""


def master_file(root: Path, frame: int) -> Path:
    """Return the ACES original of a frame."""
    return root / f"plates/A_{frame:04d}.exr"


def carried_file(shot: Shot, frame: int) -> Path:
    """Return the merge on the ACES original of a frame."""
    return shot.path(f"composite/sh010_ACES_COMP_{frame:04d}.exr")


def chromaticities(primaries: tuple[float, ...]) -> Attribute:
    """Return primaries as an EXR header has them."""
    return Attribute("chromaticities", struct.pack("<8f", *primaries))


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Return a recovered shot with an ACES original, its scan and its balanced plates."""
    shot = write_recovered_shot(tmp_path)
    for frame in FRAMES:
        write_frame_of(shot.root, frame)
    names = 'master = "plates/A_####.exr"\nbalanced = "plates/B_####.exr"\nluma_from'
    return edit(shot, "luma_from", names)


def write_frame_of(root: Path, frame: int) -> None:
    """Write the original, the scan, the balanced plate and the recovered frame of one frame."""
    true = draw_film(frame)
    master = acescg_to_aces(true * FADING)
    master[3, 3] = (-0.25, 0.5, 0.125)
    says: dict[str, str | int | float] = {"owner": "the vault", "acesImageContainerFlag": 1}
    write_rgb(master_file(root, frame), master, attributes=says)
    scan, balanced = show(master), show(acescg_to_aces(true))
    write_rgb(plate_file(root, frame), scan)
    write_rgb(root / f"plates/B_{frame:04d}.exr", balanced, attributes={"owner": "the lab"})
    write_recovery(root, frame, balanced)


def write_recovery(root: Path, frame: int, rgb_709: NDArray[np.float32]) -> None:
    """Write a recovered frame as the recovery does, on a plate that says it is Rec.709."""
    plate = root / f"plates/B_{frame:04d}.exr"
    read = read_frame(plate)
    claims = {**read.header.attributes, "chromaticities": chromaticities(REC709_PRIMARIES)}
    claiming = replace(read, header=replace(read.header, attributes=claims))
    write_frame(plate, claiming)
    notes = {"MLProcessing": "ChromaResolve", "chromaresolve:model_sha256": MODEL_SHA256}
    write_frame(recovered_file(root, frame), replace(claiming, rgb=rgb_709), attributes=notes)


def edit(shot: Shot, old: str, new: str) -> Shot:
    """Change the manifest as an artist would."""
    text = shot.file.read_text()
    assert old in text
    shot.file.write_text(text.replace(old, new))
    return Shot.load(shot.root)


def merge(shot: Shot, on: str = "aces", frames: str | None = None) -> tuple[Shot, list[str]]:
    """Run the stage, and return the shot and what was said."""
    said: list[str] = []
    made = composite(
        shot,
        on=on,
        frames=FrameRange.parse(frames) if frames else None,
        say=said.append,
        on_progress=lambda _done, _total, _note: None,
    )
    return made, said


def read_raw(path: Path) -> NDArray[np.float64]:
    """R, G and B as they stand in the file, in float64, read without our own room."""
    image = oiio.ImageBuf(str(path))
    pixels: NDArray[np.float64] = np.asarray(image.get_pixels(oiio.FLOAT), dtype=np.float64)
    return pixels[..., :3]


def luma(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Rec.709 luma by the law's own formula."""
    weighted: NDArray[np.float64] = rgb @ np.array((0.2126, 0.7152, 0.0722))
    return weighted


@pytest.mark.parametrize(
    ("luma_from", "plates"), [("balanced", "B_{:04d}.exr"), ("scan", "P_{:04d}.exr")]
)
def test_file_shows_the_composite_and_the_plates_luma(
    shot: Shot, luma_from: str, plates: str
) -> None:
    """Law 1 on the files: through the output transform, luma is the input plate's, colour ours."""
    shot = edit(shot, 'luma_from = "balanced"', f'luma_from = "{luma_from}"')

    merge(merge(shot, "display", "1-2")[0], frames="1-2")

    for frame in (1, 2):
        merged = read_raw(shot.path(f"composite/sh010_COMP_{frame:04d}.exr")).astype(np.float32)
        plate = read_raw(shot.path("plates") / plates.format(frame))
        in_range = find_in_range(read_rgb(plate_file(shot.root, frame)), merged)
        shown = aces_to_display(read_raw(carried_file(shot, frame)))
        distance = np.where(in_range, delta_e_2000(shown, merged), 0)
        off = np.where(in_range, np.abs(luma(shown.astype(np.float64)) - luma(plate)), 0)
        inside = np.where(merged.min(axis=-1) > INSIDE_709, off, 0)
        assert in_range.mean() > 0.5
        assert distance.max() < SHOWN_DE2000, f"frame {frame}: {worst(distance)}"
        assert inside.max() < SHOWN_LUMA, f"frame {frame}: {worst(inside)}"
        assert off.max() < EDGE_LUMA, f"frame {frame}: {worst(off)}"


def test_highlights_above_white_keep_the_originals_luminance(shot: Shot) -> None:
    """Above display white, light is the original's times a gain that the display has shown."""
    merge(shot, frames="1")

    master, carried = read_raw(master_file(shot.root, 1)), read_raw(carried_file(shot, 1))
    scan = read_rgb(plate_file(shot.root, 1))
    in_range = find_in_range(scan, read_rgb(shot.path("plates/B_0001.exr")))
    above = scan.max(axis=-1) > 0.999
    gain = (carried @ LUMINANCE_AP0) / (master @ LUMINANCE_AP0)
    low, high = np.percentile(gain[in_range], (0.5, 99.5))
    assert above.sum() > 100
    assert carried[above].max() > 16
    assert low < gain[above].min() < gain[above].max() < high
    neighbours = above[:, 1:] & above[:, :-1]
    of_gain, of_grain = (
        np.percentile(np.abs(np.diff(np.log(values)))[neighbours], 90)
        for values in (gain, master @ LUMINANCE_AP0)
    )
    assert of_gain < of_grain / 10, (of_gain, of_grain)


def test_recovery_that_changes_nothing_gives_the_original(shot: Shot) -> None:
    """Where the recovered frame is the scan, the file holds the original's own halves."""
    shot = edit(shot, 'luma_from = "balanced"', 'luma_from = "scan"')
    write_recovery(shot.root, 2, read_rgb(plate_file(shot.root, 2)))

    merge(shot, frames="2")

    np.testing.assert_array_equal(
        read_raw(carried_file(shot, 2)), read_raw(master_file(shot.root, 2))
    )


def test_file_says_what_it_is(shot: Shot) -> None:
    """The header is the original's, with AP0 for its colours, and the recovery's own words."""
    shot = edit(shot, "[made.training]", '[recovery]\ncompression = "dwaa:45"\n\n[made.training]')

    _, said = merge(shot, frames="3")

    header = read_header(carried_file(shot, 3))
    says = header.attributes
    assert says["chromaticities"] == chromaticities(AP0_PRIMARIES)
    assert "acesImageContainerFlag" not in says
    assert says["owner"] == "the vault"
    assert says["MLProcessing"] == "ChromaResolve"
    assert says["chromaresolve:model_sha256"] == MODEL_SHA256
    assert says["chromaresolve:composite"] == (
        "chroma of sh010_ML_0003.exr and luma of B_0003.exr on A_0003.exr, "
        "which shows as P_0003.exr"
    )
    assert (header.pixel_type, header.compression) == ("half", "zip")
    assert "dwaa:45 is lossy: the merge on the ACES original is written as zip" in said


def test_what_is_not_picture_stays_the_originals(shot: Shot) -> None:
    """Outside the crop every pixel is the original's own, inside it is not."""
    shot = edit(shot, "[colour]", "[crop]\nleft = 3\nbottom = 5\n\n[colour]")

    merge(shot, frames="2")

    master, carried = read_raw(master_file(shot.root, 2)), read_raw(carried_file(shot, 2))
    np.testing.assert_array_equal(carried[:, :3], master[:, :3])
    np.testing.assert_array_equal(carried[HEIGHT - 5 :], master[HEIGHT - 5 :])
    assert (carried[: HEIGHT - 5, 3:] != master[: HEIGHT - 5, 3:]).any(axis=-1).mean() > 0.9


def test_second_run_makes_only_what_changed(shot: Shot) -> None:
    """A frame whose four files are the same is kept, with its numbers; any other is made anew."""
    first, _ = merge(shot)
    before = {n: carried_file(shot, n).stat().st_mtime_ns for n in FRAMES}
    master = read_rgb(master_file(shot.root, 4))
    write_rgb(master_file(shot.root, 4), master * np.float32(1.01))

    second, _ = merge(shot)

    again = {n for n in FRAMES if carried_file(shot, n).stat().st_mtime_ns != before[n]}
    assert again == {4}
    numbers = (made.made["composite"].measured for made in (first, second))
    ours, theirs = (float(measured["aces_display_share"]) for measured in numbers)
    assert 0.5 < ours < 0.95
    assert ours == pytest.approx(theirs, abs=0.01)
    assert 0 < float(second.made["composite"].measured["aces_display_de2000"]) < SHOWN_DE2000


def test_both_targets_are_recorded_until_one_is_out_of_date(shot: Shot) -> None:
    """The manifest names both merges; after a new recovery only what was made again."""
    both, _ = merge(merge(shot, "display")[0])

    record = both.made["composite"]
    names = {"composite/sh010_COMP.json", "composite/sh010_ACES_COMP.json"}
    assert record.settings["on"] == "display, aces"
    assert set(record.outputs) == names
    assert {"frames", "gamut_share", "aces_frames", "aces_seconds"} <= set(record.measured)
    assert out_of_date(both, "composite") == ()
    sidecar = json.loads(shot.path("composite/sh010_ACES_COMP.json").read_text())
    assert sidecar["recovery"]["model"]["sha256"] == MODEL_SHA256
    assert sidecar["measured"]["display_de2000"] < SHOWN_DE2000

    shot.path("recovered/sh010_ML.json").write_text("{}")
    again, said = merge(Shot.load(shot.root), "display")
    assert again.made["composite"].settings["on"] == "display"
    assert set(again.made["composite"].outputs) == {"composite/sh010_COMP.json"}
    assert "the merge on aces is out of date: run it again with --on aces" in said


def test_shot_without_an_original_is_told_what_to_do(shot: Shot) -> None:
    """Without [source] master there is nothing to merge onto; the sentence says how to get it."""
    shot = edit(shot, 'master = "plates/A_####.exr"\n', "")
    before = sha256(shot.file)

    with pytest.raises(StageError) as refused:
        merge(shot)

    assert str(refused.value) == (
        f"{shot.file}: [source] master names no ACES original: export the scan as ACES2065-1 EXRs, "
        'ungraded, and write master = "plates/sh010_ACES_####.exr" under [source]'
    )
    assert not shot.path("composite").exists()
    assert sha256(shot.file) == before


def test_original_that_is_gone_is_named(shot: Shot) -> None:
    """A pattern without a frame is refused before anything is written."""
    shot = edit(shot, "A_####.exr", "Q_####.exr")

    with pytest.raises(FrameError, match=r"plates/Q_####.exr: no frame in"):
        merge(shot)


def test_color_blend_is_for_display_values(shot: Shot) -> None:
    """The comparison is not made on scene-linear light, which it was not published for."""
    with pytest.raises(UsageError, match=r"--blend color compares display values: leave --on aces"):
        composite(shot, on="aces", blend="color", say=print, on_progress=lambda *_: None)


def test_bad_originals_cost_no_other(shot: Shot) -> None:
    """One of another size, and one that shows another picture, are named; the rest is made."""
    master = read_rgb(master_file(shot.root, 1))
    write_rgb(master_file(shot.root, 1), master[:-1])
    write_rgb(master_file(shot.root, 3), master * np.float32(1.5))
    write_rgb(master_file(shot.root, 4), master[:, ::-1])

    with pytest.raises(StageError, match=r"3 of 5 frames could not be merged"):
        merge(shot)

    sidecar = json.loads(shot.path("composite/sh010_ACES_COMP.json").read_text())
    small, graded, mirrored = sidecar["measured"]["failed"]
    assert "A_0001.exr: is 130x89, but 'P_0001.exr' is 130x90: export" in small
    assert "A_0003.exr: does not show as 'P_0003.exr' through the Rec.709" in graded
    assert "A_0004.exr: does not show as 'P_0004.exr'" in mirrored
    assert sidecar["frames"] == "2,5"


def test_original_that_is_slightly_off_is_taken(shot: Shot) -> None:
    """Another program's output transform, three 8-bit codes off, is near enough."""
    scan = read_rgb(plate_file(shot.root, 2))
    write_rgb(plate_file(shot.root, 2), scan + np.float32(0.012))

    merge(shot, frames="2")

    assert carried_file(shot, 2).is_file()


def test_chroma_alone_is_taken_from_the_recovered_frame(shot: Shot) -> None:
    """A recovered frame that was lightened on the way gives the same file."""
    merge(shot, frames="2")
    before = read_raw(carried_file(shot, 2))
    balanced = read_rgb(shot.path("plates/B_0002.exr"))
    lighter = merge_chroma(balanced + np.float32(0.01), rgb_to_chroma(balanced)).rgb
    write_recovery(shot.root, 2, lighter)

    merge(shot, frames="2")

    shown = find_in_range(read_rgb(plate_file(shot.root, 2)), balanced)
    change = np.abs(read_raw(carried_file(shot, 2)) / before - 1)[shown]
    assert np.percentile(change, 99) < 0.01
