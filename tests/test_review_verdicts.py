"""What people say of frames holds while it is about what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from chromaresolve.composite.markers import plan_markers
from chromaresolve.errors import StageError
from chromaresolve.review import FrameReview, Kind, Reason
from chromaresolve.review.verdicts import (
    FILE,
    Verdict,
    decide,
    load_decisions,
    rank,
    save_flagged,
    sentence_of,
    verdict_on,
)
from chromaresolve.shot import FrameRange, Shot, create, load_flagged

OLD, NEW = "aa" * 32, "bb" * 32
"""Two models."""


def seen(frame: int, strengths: Mapping[Kind, float] | None = None) -> FrameReview:
    """A frame with these faults."""
    reasons = [
        Reason(kind=kind, sentence=f"{kind} is off", strength=strength)
        for kind, strength in (strengths or {}).items()
    ]
    return FrameReview(
        frame=frame,
        measures={},
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.strength)),
    )


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot of twelve frames."""
    return create(
        tmp_path, scan="S_####.exr", reference="R_####.exr", frames=FrameRange.parse("1-12")
    )


@pytest.mark.parametrize(
    ("now", "model", "expected"),
    [
        pytest.param({"hue": 2.0}, OLD, "accepted", id="the same"),
        pytest.param({"hue": 2.4}, NEW, "accepted", id="little more, another model"),
        pytest.param({"hue": 2.6}, OLD, "flagged", id="much more"),
        pytest.param({"hue": 2.0, "bleed": 1.1}, OLD, "flagged", id="another fault"),
        pytest.param({}, NEW, "accepted", id="gone"),
    ],
)
def test_an_acceptance_covers_what_was_seen(
    shot: Shot, now: dict[Kind, float], model: str, expected: Verdict
) -> None:
    """No stronger fault, and no other one."""
    decision = decide(shot, [seen(5, {"hue": 2.0})], "accepted", why="her lamp", model=OLD)[5]

    assert verdict_on(seen(5, now), decision, model) == expected


@pytest.mark.parametrize(
    ("model", "verdict", "sentence"),
    [
        pytest.param(OLD, "rejected", "green face", id="same model"),
        pytest.param(NEW, "flagged", "rejected before, look again: green face", id="another"),
    ],
)
def test_a_rejection_holds_for_its_model(
    shot: Shot, model: str, verdict: Verdict, sentence: str
) -> None:
    """What another model makes has to be looked at again, even where nothing is found."""
    decision = decide(shot, [seen(5)], "rejected", why="green face", model=OLD)[5]

    assert verdict_on(seen(5), decision, model) == verdict
    assert sentence_of(seen(5), decision, model) == sentence


def test_decisions_are_remembered_and_may_be_revised(shot: Shot) -> None:
    """The newest word on a frame counts; the others stay."""
    decide(shot, [seen(5, {"hue": 2.0}), seen(6, {"hue": 1.5})], "accepted", why="", model=OLD)
    decide(shot, [seen(5, {"hue": 2.0})], "rejected", why="no", model=OLD)

    decisions = load_decisions(shot)

    assert {n: one.verdict for n, one in decisions.items()} == {5: "rejected", 6: "accepted"}
    assert decisions[6].kinds == ("hue",)


def test_rejected_frames_come_first_then_the_strongest(shot: Shot) -> None:
    """A person's word weighs most; what is right and undisputed is not listed."""
    frames = [seen(1), seen(2, {"hue": 1.2}), seen(3, {"bleed": 3.0}), seen(4)]
    decisions = decide(shot, [frames[3]], "rejected", why="no", model=OLD)

    assert [one.frame for one in rank(frames, decisions)] == [4, 3, 2]


def test_flagged_frames_are_read_by_markers_and_pairs(shot: Shot) -> None:
    """Each takes what is for it: markers all but the accepted, pairs what a pair would mend."""
    frames = [
        seen(2, {"hue": 1.2}),
        seen(3, {"luma": 9.0, "hue": 4.0}),
        seen(4, {"hue": 2.0}),
        seen(7),
    ]
    decide(shot, [frames[2]], "accepted", why="", model=OLD)
    decisions = decide(shot, [frames[3]], "rejected", why="dull", model=OLD)

    save_flagged(shot, rank(frames, decisions), decisions, OLD)

    wanting = [one.frame for one in load_flagged(shot) if one.is_open and one.wants_pair]
    assert wanting == [7, 2]
    markers = {marker.frame: (marker.name, marker.note) for marker in plan_markers(shot)}
    assert markers == {
        2: ("flagged", "hue is off"),
        3: ("flagged", "luma is off; hue is off"),
        7: ("rejected", "dull"),
    }


@pytest.mark.parametrize("content", ["{", "[]", '{"5": {}}', '{"5": {"kinds": null}}'])
def test_a_broken_file_is_named(shot: Shot, content: str) -> None:
    """It holds a person's work: it is never written over."""
    file = shot.path(FILE)
    file.parent.mkdir()
    file.write_text(content, "utf-8")

    with pytest.raises(StageError, match=r"verdicts\.json"):
        decide(shot, [seen(5)], "accepted", why="", model=OLD)
    assert file.read_text("utf-8") == content
