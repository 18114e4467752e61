"""Where a shot stands, what is next, and doing just what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chromaresolve.errors import StageError
from chromaresolve.shot import STAGES, Pair, Shot
from chromaresolve.workflow import bring_up_to_date, next_stage, standing
from tiny import quiet, still


def next_command(shot: Shot) -> str | None:
    """The command the user is told to type next."""
    stage = next_stage(shot)
    return stage.command if stage else None


def test_new_shot_wants_pairs_first(faded_shot: Path) -> None:
    """The first required stage is named; the optional ones say that they are."""
    shot = Shot.load(faded_shot)

    assert next_command(shot) == "pairs"
    assert standing(shot)["pairs"] == "not yet"
    assert standing(shot)["baseline"] == "not yet (optional)"
    assert list(standing(shot)) == [stage.name for stage in STAGES]


def test_each_stage_leads_to_the_next(aligned_shot: Path, trained_shot: Path) -> None:
    """After alignment comes training; after recovery nothing is required."""
    assert next_command(Shot.load(aligned_shot)) == "train"
    assert next_command(Shot.load(trained_shot)) is None


def test_stale_stage_is_next(trained_shot: Path, copied: Callable[[Path], Path]) -> None:
    """Other pairs: the alignment must be made again before anything else."""
    shot = Shot.load(copied(trained_shot))

    shot = shot.with_pairs([*shot.pair[:-1], Pair(source=6, reference=5)])

    assert next_command(shot) == "align"
    assert standing(shot)["alignment"].startswith("out of date: alignment was made from pairs")
    assert standing(shot)["recovery"].startswith("out of date: ")


def test_check_that_stops_ends_the_run(faded_shot: Path, copied: Callable[[Path], Path]) -> None:
    """A missing plate is said before any work is done on the others."""
    root = copied(faded_shot)
    (root / "plates/TINY_SOURCE_0003.exr").unlink()

    with pytest.raises(StageError, match="Source frames: 3 of 1-6 are not on disk"):
        bring_up_to_date(Shot.load(root), say=quiet, on_progress=still)

    assert "balance" not in Shot.load(root).made
