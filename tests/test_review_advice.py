"""What would mend the frames that stand out: said where it fits, and only there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from chromaresolve.review import FrameReview, Kind, Reason
from chromaresolve.review.advice import advise, count_kinds
from chromaresolve.shot import Shot
from manifests import SMALL

FALLING = [4.5, 3.7, 3.3, 2.8, 2.5, 2.3, 2.1, 2.0, 2.0, 2.0]
"""Held-out scores of a training that ended too soon."""

SETTLED = [2.5, 2.1, 2.05, 2.0, 2.0, 2.0, 1.9, 1.8, 1.7, 1.7]
"""Of one that was long enough; that they fall at the end is the rate's doing."""


def shot_with(root: Path, text: str = "") -> Shot:
    """Write a shot with these settings."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "shot.toml").write_text(SMALL + text, "utf-8")
    return Shot.load(root)


def frames(*kinds: Kind, count: int = 12, gamut: float = 0.01) -> list[FrameReview]:
    """Frames of which each of the first ones has one of these faults."""
    return [
        FrameReview(
            frame=n + 1,
            measures={"gamut_share": gamut},
            reasons=tuple(
                Reason(kind=kind, sentence="so", strength=2.0) for kind in kinds[n : n + 1]
            ),
        )
        for n in range(count)
    ]


def flag(shot: Shot, *, verdict: str = "flagged", wants_pair: bool = True) -> None:
    """Write what the review would."""
    shot.path("review").mkdir()
    row = {"frame": 3, "reason": "so", "verdict": verdict, "wants_pair": wants_pair}
    shot.path("review/flagged.json").write_text(json.dumps({"frames": [row]}), "utf-8")


def log(shot: Shot, scores: Sequence[float]) -> None:
    """Write a training's log."""
    shot.path("training").mkdir()
    lines = [json.dumps({"step": 10 * n, "dE2000": score}) for n, score in enumerate(scores)]
    shot.path("training/log.jsonl").write_text("\n".join([*lines, '{"step": 9']), "utf-8")


def test_nothing_wrong_needs_no_advice(tmp_path: Path) -> None:
    """Silence is the best report."""
    shot = shot_with(tmp_path)
    log(shot, SETTLED)

    assert advise(shot, frames()) == []


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        pytest.param("luma", "", "frames that are not this shot's", id="foreign"),
        pytest.param("join", "", "frames that are not this shot's", id="join"),
        pytest.param("crop", "", "set [crop]", id="crop"),
        pytest.param("reference", "", "[[alignment.key]]", id="reference"),
        pytest.param("banding", "", "[plates] deband = true", id="bands"),
        pytest.param("banding", "[plates]\ndeband = true\n", "deblock = true", id="blocks"),
        pytest.param("bleed", "", 'chroma_shift = "auto"', id="bleed"),
        pytest.param("flicker", "[training]\nexposure = 0.05\n", "exposure = 0", id="flicker"),
        pytest.param("skin", "[training]\nexposure = 0.05\n", "5% lighter", id="skin"),
    ],
)
def test_each_fault_has_its_remedy(tmp_path: Path, kind: Kind, text: str, words: str) -> None:
    """As the trade's guides have it, where it is not done yet."""
    (advice,) = advise(shot_with(tmp_path, text), frames(kind))

    assert words in advice


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("flicker", "", id="no exposure jitter"),
        pytest.param("banding", "[plates]\ndeband = true\ndeblock = true\n", id="both done"),
        pytest.param("bleed", '[plates]\nchroma_shift = "auto"\n', id="shifted already"),
    ],
)
def test_what_is_done_already_is_not_proposed(tmp_path: Path, kind: Kind, text: str) -> None:
    """Advice that has been followed is no advice."""
    assert advise(shot_with(tmp_path, text), frames(kind)) == []


def test_bleed_in_many_frames_speaks_of_a_dirty_reference(tmp_path: Path) -> None:
    """One frame is its own affair."""
    few, many = (shot_with(tmp_path / name) for name in ("few", "many"))
    half: list[Kind] = ["bleed"] * 6

    assert len(advise(few, frames("bleed"))) == 1
    assert any("reference_median" in one for one in advise(many, frames(*half)))


@pytest.mark.parametrize(
    ("verdict", "wants_pair", "is_said"),
    [("flagged", True, True), ("accepted", True, False), ("flagged", False, False)],
)
def test_pairs_are_proposed_for_what_a_pair_would_mend(
    tmp_path: Path,
    verdict: str,
    wants_pair: bool,
    is_said: bool,
) -> None:
    """The loop in one command, and its first step by hand."""
    shot = shot_with(tmp_path)
    flag(shot, verdict=verdict, wants_pair=wants_pair)

    said = " ".join(advise(shot, frames("novelty")))

    assert ("--rounds 1" in said) == is_said
    assert ("--add-from-review" in said) == is_said


@pytest.mark.parametrize(
    ("scores", "is_said"),
    [
        pytest.param(FALLING, True, id="falling at full rate"),
        pytest.param(SETTLED, False, id="falling at the end alone"),
        pytest.param(FALLING[:5], False, id="too few to tell"),
    ],
)
def test_a_training_that_ended_too_soon_is_told(
    tmp_path: Path,
    scores: Sequence[float],
    is_said: bool,
) -> None:
    """At its end every training improves: what counts is before the rate goes down."""
    shot = shot_with(tmp_path)
    log(shot, scores)

    said = advise(shot, frames())

    assert bool(said) == is_said
    assert not is_said or "dE2000 3.30, then 2.30" in said[0]


def test_a_shot_whose_chroma_does_not_fit_speaks_of_the_balance(tmp_path: Path) -> None:
    """It is the whole shot's, no frame's: half of them decide."""
    shot = shot_with(tmp_path)

    assert advise(shot, frames(gamut=0.15)) == []
    assert "30% of the pixels" in advise(shot, frames(gamut=0.3))[0]


def test_frames_are_counted_once_a_kind() -> None:
    """The commonest first."""
    assert count_kinds(frames("hue", "bleed", "hue")) == {"hue": 2, "bleed": 1}
