"""The Color merge on disk: the plate's luma, the recovered chroma, nothing dropped or redone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.colour import measure_luma_law, rgb_to_chroma, rgb_to_luma
from chromaresolve.composite import blend_color, composite, merge_frame
from chromaresolve.errors import ChromaresolveError, ShotError, StageError, UsageError
from chromaresolve.files import sha256
from chromaresolve.frames import Rgb, read_frame, read_rgb, write_rgb
from chromaresolve.shot import FrameRange, Shot, out_of_date
from recovered_shot import (
    FRAMES,
    HEIGHT,
    MODEL_SHA256,
    WIDTH,
    plate_file,
    recovered_file,
    write_recovered,
    write_recovered_shot,
)

CHROMA_TOLERANCE = 2.0**-9
"""Files hold halves: a half step below 1 is 2^-12, and chroma sums a few of them, scaled by 1.4."""


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Return a shot as it is after its recovery."""
    return write_recovered_shot(tmp_path)


def merged_file(shot: Shot, frame: int) -> Path:
    """Return the composite of a frame."""
    return shot.path(f"composite/sh010_COMP_{frame:04d}.exr")


def merge(shot: Shot, **options: object) -> tuple[Shot, list[str]]:
    """Run the stage, and return the shot and what was said."""
    said: list[str] = []
    made = composite(
        shot,
        say=said.append,
        on_progress=lambda _done, _total, _note: None,
        **options,  # type: ignore[arg-type]
    )
    return made, said


def edit(shot: Shot, old: str, new: str) -> Shot:
    """Change the manifest as an artist would."""
    text = shot.file.read_text()
    assert old in text
    shot.file.write_text(text.replace(old, new))
    return Shot.load(shot.root)


def test_composite_has_the_plates_luma_and_the_recovered_chroma(shot: Shot) -> None:
    """The merge takes nothing of the recovered frame but its chroma."""
    merge(shot)

    for frame in FRAMES:
        plate, merged = read_rgb(plate_file(shot.root, frame)), read_rgb(merged_file(shot, frame))
        recovered = read_rgb(recovered_file(shot.root, frame))
        off = np.abs(rgb_to_chroma(merged) - rgb_to_chroma(recovered))[1:]
        assert measure_luma_law(merged, plate).worst_ratio <= 1
        assert off.max() < CHROMA_TOLERANCE, f"frame {frame}: mean {off.mean()}, max {off.max()}"


def test_composite_does_not_take_the_recovered_luma(shot: Shot) -> None:
    """A recovered frame that was lightened on the way still gives the plate's luma."""
    recovered = read_rgb(recovered_file(shot.root, 2))
    write_recovered(shot.root, 2, recovered + np.float32(0.1))

    merge(shot)

    plate, merged = read_rgb(plate_file(shot.root, 2)), read_rgb(merged_file(shot, 2))
    assert measure_luma_law(merged, plate).worst_ratio <= 1
    assert np.abs(rgb_to_luma(recovered + np.float32(0.1)) - rgb_to_luma(merged)).min() > 0.05


def test_composite_clamps_nothing(shot: Shot) -> None:
    """What lies below 0 and above 1 in the plate lies there in the composite."""
    merge(shot)

    merged = read_rgb(merged_file(shot, 1))
    assert rgb_to_luma(merged)[0, 0] < -0.2
    assert rgb_to_luma(merged)[0, 1] > 9


def test_composite_keeps_header_channels_and_provenance(shot: Shot) -> None:
    """The plate's header and alpha stay, and what made the recovered frame is carried on."""
    merge(shot)

    plate, merged = read_frame(plate_file(shot.root, 2)), read_frame(merged_file(shot, 2))
    said = merged.header.attributes
    assert said["owner"] == "the archive"
    assert said["MLProcessing"] == "ChromaResolve"
    assert said["chromaresolve:model_sha256"] == MODEL_SHA256
    assert said["chromaresolve:composite"] == "luma of P_0002.exr, chroma of sh010_ML_0002.exr"
    assert merged.header.data_window == plate.header.data_window
    np.testing.assert_array_equal(merged.others["A"], plate.others["A"])


def test_composite_leaves_what_is_not_picture(shot: Shot) -> None:
    """Outside the crop every pixel is the plate's own, inside it is not."""
    shot = edit(shot, "[colour]", "[crop]\nleft = 3\nbottom = 5\n\n[colour]")

    merge(shot)

    plate, merged = read_rgb(plate_file(shot.root, 2)), read_rgb(merged_file(shot, 2))
    np.testing.assert_array_equal(merged[:, :3], plate[:, :3])
    np.testing.assert_array_equal(merged[HEIGHT - 5 :], plate[HEIGHT - 5 :])
    assert (merged[: HEIGHT - 5, 3:] != plate[: HEIGHT - 5, 3:]).any(axis=-1).mean() > 0.9


def test_composite_takes_the_luma_that_was_kept(shot: Shot) -> None:
    """With luma_from = "scan" the scan's luma is taken although there is a balanced plate."""
    for frame in FRAMES:
        balanced = read_rgb(plate_file(shot.root, frame)) * np.float32(0.5)
        write_rgb(shot.path(f"plates/B_{frame:04d}.exr"), balanced)
    shot = edit(
        shot, 'luma_from = "balanced"', 'balanced = "plates/B_####.exr"\nluma_from = "scan"'
    )

    merge(shot)

    scan, merged = read_rgb(plate_file(shot.root, 2)), read_rgb(merged_file(shot, 2))
    assert measure_luma_law(merged, scan).worst_ratio <= 1


def test_second_run_makes_only_what_changed(shot: Shot) -> None:
    """A frame whose plate and recovered frame are the same is kept, any other is merged anew."""
    merge(shot)
    before = {n: (merged_file(shot, n).stat().st_mtime_ns) for n in FRAMES}
    write_recovered(shot.root, 2, read_rgb(recovered_file(shot.root, 2))[::-1])
    merged_file(shot, 4).write_bytes(merged_file(shot, 4).read_bytes()[:40])

    made, _ = merge(shot)

    again = {n for n in FRAMES if merged_file(shot, n).stat().st_mtime_ns != before[n]}
    assert again == {2, 4}
    assert made.made["composite"].measured["frames"] == len(FRAMES)


def test_bad_frames_cost_no_other(shot: Shot) -> None:
    """Truncated, missing and odd-sized frames are named, the rest is merged, and a rerun mends."""
    whole = recovered_file(shot.root, 1).read_bytes()
    recovered_file(shot.root, 1).write_bytes(whole[:60])
    missing = plate_file(shot.root, 2).rename(shot.path("plates/away.exr"))
    size = read_rgb(recovered_file(shot.root, 4))
    write_rgb(recovered_file(shot.root, 4), size[:-1])

    with pytest.raises(StageError, match=r"^.*composite: 3 of 5 frames could not be merged"):
        merge(shot)

    there = {path.name for path in shot.path("composite").glob("*.exr")}
    assert there == {"sh010_COMP_0003.exr", "sh010_COMP_0005.exr"}
    failed = json.loads(shot.path("composite/sh010_COMP.json").read_text())["measured"]["failed"]
    assert [name in sentence for name, sentence in zip(
        ("sh010_ML_0001.exr", "no frame 2", "is not the size of P_0004.exr"), failed, strict=True
    )] == [True] * 3  # fmt: skip

    recovered_file(shot.root, 1).write_bytes(whole)
    missing.rename(plate_file(shot.root, 2))
    write_recovered(shot.root, 4, size)
    merge(shot)
    assert len(list(shot.path("composite").glob("*.exr"))) == len(FRAMES)


def test_value_no_half_can_hold_fails_its_frame_alone(shot: Shot) -> None:
    """A float plate beyond 65504 is one frame's failure, in a sentence that names it."""
    plate = read_rgb(plate_file(shot.root, 2))
    plate[5, 5] = 1e6
    write_rgb(plate_file(shot.root, 2), plate, pixel_type="float")

    with pytest.raises(StageError, match=r"1 of 5 frames .*P_0002.exr: holds values"):
        merge(shot)


@pytest.mark.parametrize(
    ("old", "new", "on", "sentence"),
    [
        pytest.param(
            "", "", "paper", "--on: 'paper' is not known: write display or aces", id="unknown"
        ),
        pytest.param(
            'chain = "display"',
            'chain = "display"\nencoding = "ACES2065-1"',
            "display",
            "the plates are 'ACES2065-1', and the merge is made on Rec.709",
            id="scene plates",
        ),
        pytest.param("[made.recovery", "[made.check", "display", "needs recovery", id="too early"),
    ],
)
def test_composite_refuses(shot: Shot, old: str, new: str, on: str, sentence: str) -> None:
    """What cannot be merged yet is refused with a sentence, before anything is written."""
    shot = edit(shot, old, new)

    with pytest.raises((StageError, ShotError, UsageError)) as refused:
        merge(shot, on=on)

    assert isinstance(refused.value, ChromaresolveError)
    assert sentence in str(refused.value)
    assert not shot.path("composite").exists()


def test_composite_is_recorded_and_goes_stale(shot: Shot) -> None:
    """The manifest says what was merged; a new recovery makes it out of date."""
    made, said = merge(shot)

    record = made.made["composite"]
    sidecar = json.loads(shot.path("composite/sh010_COMP.json").read_text())
    assert record.settings == {"on": "display", "frames": "1-5", "luma": "plates/P_####.exr"}
    assert set(record.outputs) == {"composite/sh010_COMP.json"}
    assert out_of_date(made, "composite") == ()
    assert sidecar["recovery"]["model"]["sha256"] == MODEL_SHA256
    assert said[0] == "luma of plates/P_####.exr, chroma of recovered/sh010_ML_####.exr"
    tracks = json.loads(made.path("bring_back.json").read_text())["tracks"]
    assert [track["name"] for track in tracks] == ["Original", "Recovered", "Final"]

    shot.path("recovered/sh010_ML.json").write_text("{}")
    assert "run `chromaresolve composite`" in out_of_date(made, "composite")[0]


def test_part_of_the_shot_is_not_recorded(shot: Shot, tmp_path: Path) -> None:
    """With a range or another folder the manifest stays as it was."""
    before = sha256(shot.file)

    merge(shot, frames=FrameRange.parse("2-3"), out=tmp_path / "elsewhere")

    names = {path.name for path in (tmp_path / "elsewhere").glob("*.exr")}
    assert names == {"sh010_COMP_0002.exr", "sh010_COMP_0003.exr"}
    assert sha256(shot.file) == before


def test_lossy_compression_says_so(shot: Shot) -> None:
    """DWAA is the artist's choice, and said aloud."""
    shot = edit(shot, "[made.training]", '[recovery]\ncompression = "dwaa:45"\n\n[made.training]')

    _, said = merge(shot, frames=FrameRange.parse("1"))

    assert "dwaa:45 is lossy: the composite's luma is not exactly the plate's" in said


def test_color_blend_is_written_beside_the_exact(shot: Shot) -> None:
    """W3C's Color has a name of its own, replaces nothing, and is not recorded."""
    made, _ = merge(shot)
    exact, before = sha256(merged_file(shot, 2)), sha256(shot.file)

    again, _ = merge(made, blend="color")

    plate, recovered = read_rgb(plate_file(shot.root, 2)), read_rgb(recovered_file(shot.root, 2))
    blended = read_rgb(shot.path("composite/sh010_COLOR_COMP_0002.exr"))
    np.testing.assert_allclose(blended, blend_color(plate, recovered), rtol=2**-11, atol=2**-25)
    assert np.abs(rgb_to_luma(blended) - rgb_to_luma(plate)).max() > 0.01
    assert (sha256(merged_file(shot, 2)), sha256(shot.file)) == (exact, before)
    assert again.made["composite"] == made.made["composite"]


def test_unknown_blend_is_refused(shot: Shot) -> None:
    """A blend that there is not is named with those that there are."""
    with pytest.raises(UsageError, match=r"--blend: 'hue' is not known: write exact or color"):
        merge(shot, blend="hue")


def test_merge_is_its_own_second_time(shot: Shot) -> None:
    """Merging a composite with the same plate again changes no more than rounding."""
    plate: Rgb = read_rgb(plate_file(shot.root, 2))
    once, _ = merge_frame(plate, read_rgb(recovered_file(shot.root, 2)))

    twice, share = merge_frame(plate, once)

    assert once.shape == (HEIGHT, WIDTH, 3)
    assert share < 0.01
    assert np.abs(twice - once)[1:].max() < CHROMA_TOLERANCE
