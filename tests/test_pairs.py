"""Which frames teach: spread as the trade does, one held out, the artist's own kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.errors import ShotError, StageError
from chromaresolve.pairs import choose, spread
from chromaresolve.shot import Pair, Shot


@pytest.mark.parametrize(
    ("frames", "count", "teach", "held_out"),
    [
        pytest.param(range(20, 61), 4, [20, 30, 50, 60], [40], id="the guides' 20 to 60"),
        pytest.param(range(1, 25), 6, [1, 5, 9, 16, 20, 24], [13], id="a second of film"),
        pytest.param(range(1, 4), 6, [1, 2, 3], [], id="too few to hold one out"),
        pytest.param(range(1, 2), 4, [1], [], id="one frame"),
        pytest.param(range(1, 11), 1, [1, 10], [], id="one asked for, two ends"),
    ],
)
def test_spread_takes_beginning_middle_and_end(
    faded_shot: Path, frames: range, count: int, teach: list[int], held_out: list[int]
) -> None:
    """Evenly over the range, an inner one held out where there are enough."""
    pairs = spread(list(frames), count, Shot.load(faded_shot))

    assert [pair.source for pair in pairs if not pair.hold_out] == teach
    assert [pair.source for pair in pairs if pair.hold_out] == held_out


def test_choose_writes_pairs_with_reasons(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """The manifest has them, each with the word for why."""
    root = copied(faded_shot)

    choose(Shot.load(root))

    pairs = Shot.load(root).pair
    assert [pair.source for pair in pairs] == [1, 2, 3, 4, 5, 6]
    assert (pairs[0].reason, pairs[-1].reason) == ("beginning", "end")
    assert [pair.source for pair in pairs if pair.hold_out] == [4]


def test_offset_joins_the_right_frames(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """With an offset of -2, Source 3 belongs to Reference 1."""
    root = copied(faded_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace("offset = 0", "offset = -2"))

    shot = choose(Shot.load(root))

    assert [(pair.source, pair.reference) for pair in shot.pair] == [(3, 1), (4, 2), (5, 3), (6, 4)]


def test_artists_pairs_are_kept(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """What a person wrote is checked, never changed."""
    root = copied(faded_shot)
    written = (
        Pair(source=2, reference=2, reason="the only blue sky"),
        Pair(source=5, reference=5, hold_out=True),
    )
    Shot.load(root).with_pairs(written)

    assert choose(Shot.load(root)).pair == written


def test_count_chooses_anew(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A count on the command line replaces the pairs."""
    root = copied(faded_shot)
    Shot.load(root).with_pairs([Pair(source=2, reference=2)])

    assert len(choose(Shot.load(root), count=3).teaching) == 3


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
        choose(Shot.load(root))


def test_no_common_frame_is_said(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Both ranges are named, and what to set."""
    root = copied(faded_shot)
    manifest = root / "shot.toml"
    manifest.write_text(manifest.read_text().replace("offset = 0", "offset = 500"))

    with pytest.raises(StageError, match=r"\(1-6\) and a Reference \(1-6, offset 500\): set \[ref"):
        choose(Shot.load(root))
