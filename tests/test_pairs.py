"""Which frames teach: spread as the trade does, one held out, the artist's own kept."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chromaresolve.errors import ShotError, StageError
from chromaresolve.frames import read_rgb, write_rgb
from chromaresolve.pairs import choose
from chromaresolve.shot import FrameRange, Pair, Shot, create
from tiny import quiet, still


def chosen(root: Path, *, count: int | None = None, add_from_review: bool = False) -> Shot:
    """Choose the pairs of the shot in the folder."""
    return choose(
        Shot.load(root), count=count, add_from_review=add_from_review, say=quiet, on_progress=still
    )


def test_choose_writes_pairs_with_reasons(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The manifest has them, each with the word for why."""
    root = copied(faded_shot)

    chosen(root)

    pairs = Shot.load(root).pair
    assert [pair.source for pair in pairs] == [1, 2, 3, 4, 5, 6]
    assert (pairs[0].reason, pairs[-1].reason) == ("first frame", "last frame")
    assert [pair.hold_out for pair in pairs].count(True) == 1
    assert not pairs[0].hold_out
    assert not pairs[-1].hold_out
    assert all(pair.reason for pair in pairs)


@pytest.mark.slow
def test_choose_explains_itself(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A table and a sheet say which frames were taken, and why."""
    root = copied(faded_shot)

    shot = chosen(root, count=3)

    table = (root / "pairs/pairs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert [int(row["source"]) for row in rows] == [pair.source for pair in shot.pair]
    assert {row["use"] for row in rows} == {"teaches", "hold-out"}
    assert read_rgb(root / "pairs/pairs.png").shape[1] > 1000
    measured = shot.made["pairs"].measured
    assert measured["preview"] not in {pair.source for pair in shot.pair}
    assert 0.8 < float(measured["colours_taught"]) <= 1


def flag(root: Path, *rows: dict[str, object]) -> None:
    """Write what a review would."""
    (root / "review").mkdir()
    (root / "review/flagged.json").write_text(json.dumps({"frames": rows}), encoding="utf-8")


def test_flagged_frames_are_added_and_nothing_is_lost(
    faded_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """The artist's pairs stay; flagged and rejected frames join them, accepted ones do not."""
    root = copied(faded_shot)
    written = (Pair(source=1, reference=1, reason="mine"), Pair(source=6, reference=6))
    Shot.load(root).with_pairs(written)
    flag(
        root,
        {"frame": 4, "reason": "hue jump", "verdict": "flagged"},
        {"frame": 3, "reason": "fine", "verdict": "accepted"},
        {"frame": 2, "reason": "pink hands", "verdict": "rejected"},
        {"frame": 1, "reason": "is a pair", "verdict": "flagged"},
    )

    pairs = chosen(root, add_from_review=True).pair

    assert [pair.source for pair in pairs] == [1, 2, 4, 6]
    assert (pairs[0].reason, pairs[3]) == ("mine", written[1])
    assert pairs[1].reason == "from the review: pink hands"


@pytest.mark.slow
def test_a_wrong_offset_is_found_out(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The content is believed, and it is said."""
    root = copied(faded_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace("offset = 0", "offset = -2"))
    said: list[str] = []

    shot = choose(Shot.load(root), say=said.append, on_progress=still)

    assert {pair.reference - pair.source for pair in shot.pair} == {0}
    assert "[reference] offset says -2" in said[0]


def test_offset_is_kept_where_nothing_tells(tmp_path: Path) -> None:
    """A still picture: Source 3 belongs to Reference 1, as the artist says."""
    picture = np.random.default_rng(0).uniform(0.1, 0.9, (72, 128, 3)).astype(np.float32)
    for frame in range(1, 7):
        write_rgb(tmp_path / f"still/plates/S_{frame:04d}.exr", picture)
        write_rgb(tmp_path / f"still/plates/R_{frame:04d}.exr", picture)
    shot = create(
        tmp_path / "still",
        scan="plates/S_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1-6"),
    )
    shot.file.write_text(shot.file.read_text().replace("offset = 0", "offset = -2"))

    pairs = chosen(shot.root).pair

    assert [(pair.source, pair.reference) for pair in pairs] == [(3, 1), (4, 2), (5, 3), (6, 4)]


def test_artists_pairs_are_kept(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """What a person wrote is checked, never changed."""
    root = copied(faded_shot)
    written = (
        Pair(source=2, reference=2, reason="the only blue sky"),
        Pair(source=5, reference=5, hold_out=True),
    )
    Shot.load(root).with_pairs(written)

    assert chosen(root).pair == written


def test_count_chooses_anew(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A count on the command line replaces the pairs."""
    root = copied(faded_shot)
    Shot.load(root).with_pairs([Pair(source=2, reference=2)])

    assert len(chosen(root, count=3).teaching) == 3


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        pytest.param([(2, False), (2, False)], "source 2 is there twice: remove one", id="twice"),
        pytest.param([(2, False), (99, False)], "source 99 has no plate or no Ref", id="missing"),
        pytest.param([(2, True)], "every pair is held out: none is left to teach", id="none left"),
    ],
)
def test_wrong_pairs_are_named(
    faded_shot: Path,
    copied: Callable[[Path], Path],
    pairs: list[tuple[int, bool]],
    sentence: str,
) -> None:
    """Each mistake has its own sentence."""
    root = copied(faded_shot)
    Shot.load(root).with_pairs(
        [Pair(source=number, reference=number, hold_out=out) for number, out in pairs]
    )

    with pytest.raises(ShotError, match=sentence):
        chosen(root)


def test_no_common_frame_is_said(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Both ranges are named, and what to set."""
    root = copied(faded_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace("offset = 0", "offset = 500"))

    with pytest.raises(StageError, match=r"\(1-6\) and a Reference \(1-6, offset 500\): set \[ref"):
        chosen(root)
