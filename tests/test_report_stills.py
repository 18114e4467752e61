"""Validation stills: which frames, which versions, under which names, and what is in them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import ShotError
from chromaresolve.frames import read_rgb
from chromaresolve.report.stills import choose_frames, write_stills
from chromaresolve.shot import FrameRange, Shot, create
from recovered_shot import HEIGHT, HELD_OUT, WIDTH, aligned_file, plate_file, recovered_file
from recovered_shot import write_recovered_shot as write_shot
from tiny import quiet, still

HALF_CODE = {".png": 0.5 / 255 + 1e-6, ".tif": 0.5 / 65535 + 1e-6}
"""Rounding to code values, and float32's own."""


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot of five frames, whose third is held out."""
    return write_shot(tmp_path)


def flag(shot: Shot, **verdicts: str) -> None:
    """Write what a review would: frames by `f2="flagged"`."""
    rows = [
        {"frame": int(name[1:]), "reason": f"why {name}", "verdict": verdict}
        for name, verdict in verdicts.items()
    ]
    shot.path("review").mkdir(exist_ok=True)
    shot.path("review/flagged.json").write_text(json.dumps({"frames": rows}), encoding="utf-8")


def test_frames_are_chosen_with_reasons(shot: Shot) -> None:
    """First, middle, last, hold-outs and flagged frames; what was accepted is not shown again."""
    flag(shot, f2="flagged", f4="accepted", f5="rejected", f99="flagged")

    chosen = {one.frame: one.why for one in choose_frames(shot)}

    assert chosen == {
        1: "first frame",
        2: "flagged: why f2",
        3: "middle frame; held out",
        5: "last frame; flagged: why f5",
    }


@pytest.mark.parametrize(("kind", "ending"), [("png", ".png"), ("tiff", ".tif")])
def test_stills_hold_the_frames_own_values(shot: Shot, kind: str, ending: str) -> None:
    """Each still is its frame, rounded to the file's code values and clamped to what it holds."""
    made = write_stills(shot, kind=kind, say=quiet, on_progress=still)  # type: ignore[arg-type]

    names = {path.name for path in made}
    start = f"sh010_{HELD_OUT:04d}"
    frames = {
        "source": plate_file(shot.root, HELD_OUT),
        "recovered": recovered_file(shot.root, HELD_OUT),
        "reference": aligned_file(shot.root, HELD_OUT),
    }
    assert f"{start}_side_by_side.png" in names
    for version, frame in frames.items():
        file = shot.path(f"report/stills/{start}_{version}{ending}")
        assert file.name in names
        wanted = np.clip(read_rgb(frame), 0, 1)
        assert read_rgb(file).shape == (HEIGHT, WIDTH, 3)
        worst = float(np.abs(read_rgb(file) - wanted).max())
        assert worst <= HALF_CODE[ending], f"{version} is off by {worst}"


def test_record_says_what_the_stills_are(shot: Shot) -> None:
    """Beside the stills stands how their numbers are meant, and why each frame was chosen."""
    made = write_stills(shot, say=quiet, on_progress=still)

    record = json.loads(shot.path("report/stills/stills.json").read_text(encoding="utf-8"))
    assert "gamma 2.4" in record["values"]
    named = [name for row in record["stills"] for name in row["files"].values()]
    assert sorted(named) == sorted(path.name for path in made)
    assert {row["frame"]: row["why"] for row in record["stills"]}[1] == "first frame"


def test_frame_without_a_pair_has_no_reference(shot: Shot) -> None:
    """A flagged frame that is no pair shows what there is."""
    flag(shot, f2="flagged")

    names = {path.name for path in write_stills(shot, say=quiet, on_progress=still)}

    assert "sh010_0002_recovered.png" in names
    assert "sh010_0002_reference.png" not in names


def test_former_stills_are_removed_and_others_kept(shot: Shot) -> None:
    """A still of a frame that is no longer flagged goes; what the artist put there stays."""
    flag(shot, f2="flagged")
    write_stills(shot, say=quiet, on_progress=still)
    own = shot.path("report/stills/mine.png")
    own.write_bytes(b"mine")
    flag(shot, f2="accepted")

    write_stills(shot, say=quiet, on_progress=still)

    assert not shot.path("report/stills/sh010_0002_recovered.png").exists()
    assert shot.path("report/stills/sh010_0003_recovered.png").is_file()
    assert own.is_file()


def test_missing_recovered_frame_is_said(shot: Shot) -> None:
    """The other versions are written all the same."""
    recovered_file(shot.root, HELD_OUT).unlink()
    said: list[str] = []

    names = {path.name for path in write_stills(shot, say=said.append, on_progress=still)}

    assert any(f"frame {HELD_OUT}: no still of this" in sentence for sentence in said)
    assert f"sh010_{HELD_OUT:04d}_source.png" in names
    assert f"sh010_{HELD_OUT:04d}_recovered.png" not in names


def test_unrecovered_shot_is_refused(tmp_path: Path) -> None:
    """Stills are of recovered frames."""
    new = create(
        tmp_path,
        scan="plates/P_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1-6"),
    )
    with pytest.raises(ShotError, match="stills needs recovery: run `chromaresolve recover` first"):
        write_stills(new, say=quiet, on_progress=still)
