"""The balance stage: one balance for the shot, its plates on disk, named in the manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.balance import apply_dye_balance, balance, load_balance
from chromaresolve.errors import StageError
from chromaresolve.frames import read_header, read_rgb
from chromaresolve.shot import Shot, out_of_date
from tiny import quiet, still


def balanced(root: Path, *, plates: bool = True) -> Shot:
    """Balance the shot in the folder."""
    return balance(Shot.load(root), plates=plates, say=quiet, on_progress=still)


def test_balance_writes_plates_and_names_them(
    faded_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """Every frame has its balanced plate, and it is what the network sees from now on."""
    shot = balanced(copied(faded_shot))

    assert shot.source.plate == "plates/tiny_BAL_####.exr"
    assert shot.source.luma_plate == shot.source.plate
    assert len(list((shot.root / "plates").glob("tiny_BAL_*.exr"))) == 6


def test_plates_are_the_recorded_balance_of_the_scan(
    faded_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """What balance.json says was done is what was done, to the half float."""
    shot = balanced(copied(faded_shot))
    recorded = load_balance(shot)

    scan = read_rgb(shot.path("plates/TINY_SOURCE_0002.exr"))

    expected = apply_dye_balance(scan, recorded)
    plate = read_rgb(shot.path("plates/tiny_BAL_0002.exr"))
    # A half keeps eleven bits.
    np.testing.assert_allclose(plate, expected, rtol=2.0**-10, atol=1e-5)


def test_one_balance_for_all_frames(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Nothing flickers: two frames' ratio of red to the scan's red is one function of the value."""
    shot = balanced(copied(faded_shot))

    gains = []
    for number in (1, 6):
        scan = read_rgb(shot.path(f"plates/TINY_SOURCE_{number:04d}.exr"))[..., 0].ravel()
        plate = read_rgb(shot.path(f"plates/tiny_BAL_{number:04d}.exr"))[..., 0].ravel()
        usable = (scan > 0.3) & (scan < 0.9)
        gains.append(np.polyfit(np.log(scan[usable]), np.log(plate[usable]), 1))
    np.testing.assert_allclose(gains[0], gains[1], atol=5e-3)


def test_second_run_keeps_the_plates(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The same balance again writes nothing; a plate that is gone comes back."""
    root = copied(faded_shot)
    balanced(root)
    plates = sorted((root / "plates").glob("tiny_BAL_*.exr"))
    times = [path.stat().st_mtime_ns for path in plates[1:]]
    plates[0].unlink()

    balanced(root)

    assert [path.stat().st_mtime_ns for path in plates[1:]] == times
    assert plates[0].is_file()


def test_plates_keep_the_scans_header(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A balanced plate carries what its scan carried, and the recipe."""
    shot = balanced(copied(faded_shot))

    scan = read_header(shot.path("plates/TINY_SOURCE_0001.exr"))
    plate = read_header(shot.path("plates/tiny_BAL_0001.exr"))
    assert scan.attributes.items() <= plate.attributes.items()


def test_diagnosis_alone_changes_no_plate(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Without `--plates` the balance is only measured."""
    shot = balanced(copied(faded_shot), plates=False)

    assert shot.source.balanced is None
    assert shot.made["balance"].measured["gain_red"] == pytest.approx(4.5)
    assert not list((shot.root / "plates").glob("*_BAL_*"))


def test_changed_scan_is_noticed(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A scan that was exported again makes the balance out of date, by name."""
    root = copied(faded_shot)
    balanced(root)
    (root / "plates/TINY_SOURCE_0001.exr").write_bytes(b"another export")

    assert "TINY_SOURCE_0001.exr" in out_of_date(Shot.load(root), "balance")[0]


def test_other_encodings_are_refused(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The density of display values is not the density of a log scan: it is not guessed."""
    root = copied(faded_shot)
    manifest = root / "shot.toml"
    encoded = manifest.read_text().replace("[colour]\n", '[colour]\nencoding = "ADX10"\n')
    manifest.write_text(encoded)

    with pytest.raises(StageError, match=r"\[colour\] encoding is 'ADX10'"):
        balanced(root)
