"""Pairs added from a review: which, how many, and why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.errors import StageError
from chromaresolve.pairs.adding import add_flagged
from chromaresolve.pairs.coverage import Families
from chromaresolve.shot import FrameRange, Pair, Shot, create
from tiny import quiet

FRAMES = tuple(range(1, 41))
"""Frames of the shot; the colour that is missed is in 20 to 29."""


def families() -> Families:
    """A shot of two colours: one in all frames, one in the twenties alone, most of it in 24."""
    shares = np.zeros((len(FRAMES), 2), np.float32)
    shares[:, 0] = 0.5
    shares[19:29, 1] = 0.001
    shares[23, 1] = 0.1
    return Families(
        frames=FRAMES,
        shares=shares,
        weights=np.array([0.5, 0.5], np.float32),
        colours=np.array([[0.5, 0.5, 0.5], [0.0, 0.6, 0.0]], np.float32),
    )


def write_shot(root: Path, *, teaching: tuple[int, ...], held_out: tuple[int, ...] = ()) -> Shot:
    """Write a manifest with these pairs."""
    shot = create(
        root,
        scan="plates/S_####.exr",
        reference="plates/R_####.exr",
        frames=FrameRange.parse("1-40"),
    )
    return shot.with_pairs(
        Pair(source=n, reference=n, hold_out=n in held_out) for n in sorted((*teaching, *held_out))
    )


def flag(shot: Shot, *frames: int, **more: Any) -> None:
    """Write what a review would say of frames, the worst first."""
    rows = [{"frame": n, "reason": f"why {n}", "verdict": "flagged", **more} for n in frames]
    (shot.root / "review").mkdir(exist_ok=True)
    (shot.root / "review/flagged.json").write_text(json.dumps({"frames": rows}), "utf-8")


def added(shot: Shot, reference: tuple[int, ...] = FRAMES) -> dict[int, Pair]:
    """Add what is flagged, where these frames have a Reference; return the new pairs."""
    pairs = add_flagged(
        shot, families(), {n: n + 100 for n in reference}, set(reference), say=quiet
    )
    before = {pair.source for pair in shot.pair}
    return {pair.source: pair for pair in pairs if pair.source not in before}


def test_three_pairs_become_seven_and_the_worst_is_among_them(tmp_path: Path) -> None:
    """One round goes to the trade's next step that brings two at least; one is held out besides."""
    shot = write_shot(tmp_path, teaching=(1, 10, 40))
    flag(shot, *range(20, 30))

    new = added(shot)

    teaching = [n for n, pair in new.items() if not pair.hold_out]
    assert len(teaching) == 4
    assert {20, 24} <= set(teaching), "the worst, and the one that shows most of the colour"
    assert [pair.hold_out for pair in new.values()].count(True) == 1
    assert new[20].reason == "from the review: why 20"
    assert new[20].reference == 120


def test_no_frame_is_held_out_where_enough_are(tmp_path: Path) -> None:
    """The hold-outs there are stay the measure."""
    shot = write_shot(tmp_path, teaching=(1, 10, 40), held_out=(5, 35))
    flag(shot, *range(20, 30))

    assert not any(pair.hold_out for pair in added(shot).values())


@pytest.mark.parametrize(
    ("teaching", "expected"),
    [
        pytest.param(2, 4, id="two"),
        pytest.param(4, 7, id="four"),
        pytest.param(6, 11, id="six: seven would be one more"),
        pytest.param(15, 24, id="fifteen"),
    ],
)
def test_rounds_follow_the_trades_steps(tmp_path: Path, teaching: int, expected: int) -> None:
    """4, 7, 11, 16, 24 ..."""
    shot = write_shot(tmp_path, teaching=FRAMES[:teaching], held_out=(36, 37, 38, 39, 40))
    flag(shot, *range(17, 36))

    assert teaching + len(added(shot)) == expected


def test_a_frame_without_a_reference_is_stood_in_for_by_its_neighbour(tmp_path: Path) -> None:
    """Few frames have a Reference: the nearest within half a second, and it says for which."""
    shot = write_shot(tmp_path, teaching=(1, 40))
    flag(shot, 25)

    new = added(shot, reference=(1, 19, 27, 40))

    assert list(new) == [27]
    assert new[27].reason == "from the review, in place of frame 25: why 25"


@pytest.mark.parametrize(
    ("flagged", "more", "sentence"),
    [
        pytest.param((25,), {"wants_pair": False}, "no frame that another pair would", id="files"),
        pytest.param((1, 40), {}, "only frames that are pairs already", id="pairs"),
        pytest.param((20,), {}, "no Reference that may teach", id="no Reference near"),
    ],
)
def test_nothing_to_add_says_why(
    tmp_path: Path, flagged: tuple[int, ...], more: dict[str, Any], sentence: str
) -> None:
    """Where, what and what to do."""
    shot = write_shot(tmp_path, teaching=(1, 40))
    flag(shot, *flagged, **more)

    with pytest.raises(StageError, match=sentence):
        added(shot, reference=(1, 5, 40))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "run `chromaresolve review` first", id="no review"),
        pytest.param("{", "cannot be read", id="not JSON"),
        pytest.param('{"frames": [{"frame": "x"}]}', 'write {"frame": 1007', id="not a frame"),
        pytest.param('{"frames": []}', "flags no frame that another pair would mend", id="none"),
    ],
)
def test_a_review_that_says_nothing_is_named(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    """Where, what and what to do."""
    shot = write_shot(tmp_path, teaching=(1, 40))
    if content is not None:
        shot.path("review").mkdir()
        shot.path("review/flagged.json").write_text(content, encoding="utf-8")

    with pytest.raises(StageError, match=sentence):
        added(shot)
