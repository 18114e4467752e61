"""The review as a stage: what it looks at, writes, remembers and compares."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chromaresolve.colour import merge_chroma, round_to_half
from chromaresolve.composite import recovered_frames
from chromaresolve.errors import ShotError, StageError, UsageError
from chromaresolve.files import sha256
from chromaresolve.frames import Frame, read_frame, read_rgb, write_frame
from chromaresolve.review import (
    Reason,
    decide_frames,
    load_iterations,
    load_review,
    review,
    stage,
)
from chromaresolve.shot import (
    FrameRange,
    Made,
    Pair,
    Shot,
    fingerprints,
    out_of_date,
    table_key,
)
from recovered_shot import (
    HELD_OUT,
    MODEL_SHA256,
    aligned_file,
    plate_file,
    recovered_file,
    true_chroma,
    write_recovered_shot,
)
from tiny import quiet, still


@dataclass
class Finder:
    """Stands for what looks at frames: it finds what a test planted."""

    planted: dict[int, list[Reason]] = field(default_factory=dict)
    novel: dict[int, float] = field(default_factory=dict)
    looked_at: tuple[int, ...] = ()

    def find_faults(self, _shot: Shot, frames: tuple[int, ...], **_tell: object) -> object:
        """Find what is planted in these frames."""
        self.looked_at = frames
        return SimpleNamespace(
            measures={frame: {"hue": 0.5} for frame in frames},
            reasons={n: tuple(reasons) for n, reasons in self.planted.items()},
            strips=None,
        )

    def measure_novelty(
        self, _shot: Shot, frames: tuple[int, ...], **_tell: object
    ) -> Mapping[int, object]:
        """Find these scores."""
        return {
            frame: SimpleNamespace(score=self.novel.get(frame, 0.1), sentence="new greens")
            for frame in frames
        }


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Finder:
    """Look at nothing: what is found is planted."""
    finder = Finder()
    monkeypatch.setattr(stage, "find_faults", finder.find_faults)
    monkeypatch.setattr(stage, "measure_novelty", finder.measure_novelty)

    def save_nothing(shot: Shot, _strips: object) -> Path:
        path = shot.path("review/strips.npz")
        path.write_bytes(b"")
        return path

    monkeypatch.setattr(stage, "save_strips", save_nothing)
    return finder


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot as it is after its recovery."""
    return write_recovered_shot(tmp_path)


def hue(strength: float) -> Reason:
    """A jump of the hue, so strong."""
    return Reason(
        kind="hue", sentence=f"hue jumps by {strength * 6:.0f} degrees", strength=strength
    )


def reviewed(shot: Shot) -> tuple[Shot, list[str]]:
    """Review the shot; return it and what was said."""
    said: list[str] = []
    return review(Shot.load(shot.root), say=said.append, on_progress=still), said


def flagged(shot: Shot) -> list[dict[str, Any]]:
    """What Resolve's markers and the pairs read."""
    rows: list[dict[str, Any]] = json.loads(shot.path("review/flagged.json").read_text())["frames"]
    return rows


def recolour(shot: Shot, frame: int, share: float, model: str) -> None:
    """Write a recovered frame anew, with a share of its true chroma, as another model's."""
    plate = read_frame(plate_file(shot.root, frame))
    merged = merge_chroma(plate.rgb, share * true_chroma(frame)).rgb
    rgb = round_to_half(merged, plate.rgb).astype(np.float32)
    write_frame(
        recovered_file(shot.root, frame),
        Frame(rgb=rgb, others=plate.others, header=plate.header),
        attributes={"chromaresolve:model_sha256": model},
    )


def test_what_stands_out_is_ranked_and_written(shot: Shot, finder: Finder) -> None:
    """The record has every frame; flagged.json those with reasons, the worst first."""
    luma = Reason(kind="luma", sentence="luma is not the plate's", strength=7.0)
    finder.planted = {2: [hue(1.5)], 4: [luma, hue(3.0)]}
    finder.novel = {5: 2.0}

    made, said = reviewed(shot)

    record = load_review(made)
    assert record is not None
    assert record["ranking"] == [4, 5, 2]
    assert [row["frame"] for row in record["frames"]] == [1, 2, 3, 4, 5]
    assert record["frames"][4]["measures"] == {"hue": 0.5, "novelty": 2.0}
    assert record["counts"] == {"hue": 2, "luma": 1, "novelty": 1}
    assert [(row["frame"], row["kinds"], row["wants_pair"]) for row in flagged(made)] == [
        (4, ["luma", "hue"], False),
        (5, ["novelty"], True),
        (2, ["hue"], True),
    ]
    assert said[0] == "frame 4: luma is not the plate's; hue jumps by 18 degrees"
    assert any("--rounds 1" in sentence for sentence in said)
    assert made.made["review"].measured == {
        "frames": 5,
        "flagged": 3,
        "rejected": 0,
        "accepted": 0,
    }
    assert out_of_date(made, "review") == ()


def test_review_is_out_of_date_when_a_frame_changes(shot: Shot, finder: Finder) -> None:
    """It is about the frames as they are."""
    made, _ = reviewed(shot)

    recolour(made, 2, 0.5, MODEL_SHA256)

    assert finder.looked_at == (1, 2, 3, 4, 5)
    assert "run `chromaresolve review`" in out_of_date(made, "review")[0]


def test_a_part_recovered_by_the_newest_model_is_enough(shot: Shot, finder: Finder) -> None:
    """After `recover --check 2` only that model's frames are looked at, and it is said."""
    model = sha256(shot.path("model.onnx"))
    for frame in (1, 2):
        recolour(shot, frame, 1.0, model)
    shot = shot.with_made("model", settings={}, inputs={}, outputs={}, measured={})
    shot.path("model.onnx").touch()
    shot = _forget_recovery(shot)

    made, said = reviewed(shot)

    assert finder.looked_at == (1, 2)
    assert said[0] == "3 frames of another model are not looked at"
    assert made.made["review"].settings["frames"] == "1-2"


def test_frames_of_another_model_alone_are_refused(shot: Shot, finder: Finder) -> None:
    """Where, what and what to do."""
    shot = shot.with_made("model", settings={}, inputs={}, outputs={}, measured={})
    shot = _forget_recovery(shot)

    with pytest.raises(StageError, match=r"5 frames there are another model's: run"):
        reviewed(shot)
    assert finder.looked_at == ()


def test_no_model_is_said(shot: Shot, finder: Finder) -> None:
    """Frames of nobody knows what are not judged."""
    shot = _forget_recovery(shot)

    with pytest.raises(ShotError, match="the review needs model: run `chromaresolve export`"):
        reviewed(shot)
    assert finder.looked_at == ()


def test_a_persons_word_is_remembered(shot: Shot, finder: Finder) -> None:
    """Accepted stays accepted in the next review, rejected stands first, neither is lost."""
    finder.planted = {2: [hue(1.5)], 4: [hue(3.0)]}
    made, _ = reviewed(shot)
    held_out = load_review(made)

    decide_frames(made, FrameRange.parse("4"), "accepted", why="the lamp", say=quiet)
    decide_frames(made, FrameRange.parse("1"), "rejected", why="dull", say=quiet)
    now = {row["frame"]: row["verdict"] for row in flagged(made)}
    again, said = reviewed(made)

    assert now == {1: "rejected", 4: "accepted", 2: "flagged"}
    assert {row["frame"]: row["verdict"] for row in flagged(again)} == now
    assert said[:2] == ["frame 1: dull", "frame 2: hue jumps by 9 degrees"]
    assert again.made["review"].measured["accepted"] == 1
    record = load_review(again)
    assert record is not None
    assert held_out is not None
    assert record["held_out"] == held_out["held_out"]
    assert record["held_out"]["frames"] == [HELD_OUT]


def test_a_frame_that_was_not_looked_at_cannot_be_judged(shot: Shot, finder: Finder) -> None:
    """It says which were."""
    made, _ = reviewed(shot)

    with pytest.raises(UsageError, match="frame 9 was not reviewed: the review looked at 1-5"):
        decide_frames(made, FrameRange.parse("4,9"), "accepted", why="", say=quiet)
    assert finder.looked_at


def test_rounds_say_what_an_added_pair_did(shot: Shot, finder: Finder) -> None:
    """The frame's picture of before is kept: once it is a pair, its truth judges both."""
    recolour(shot, 4, 0.2, MODEL_SHA256)
    finder.planted = {4: [hue(3.0)]}
    made, _ = reviewed(shot)
    # The pair is added, the model taught on, and what it makes is right.
    shutil.copy(aligned_file(shot.root, 5), aligned_file(shot.root, 4))
    _write_truth(made, 4)
    made = made.with_pairs([*made.pair, Pair(source=4, reference=4, reason="from the review")])
    made = _teach_on(made)
    for frame in (1, 2, 3, 4, 5):
        recolour(made, frame, 1.0, sha256(made.path("model.onnx")))
    finder.planted = {}

    again, said = reviewed(made)

    first, second = load_iterations(again)
    assert (first["added"], second["added"]) == ([], [4])
    assert (first["flagged"], second["flagged"]) == (1, 0)
    (frame,) = second["frames"]
    assert (frame["strength_before"], frame["strength_after"]) == (3.0, 0.0)
    assert frame["before"] > 2
    assert frame["after"] < 0.1
    assert any(sentence.startswith("frame 4: dE2000 ") for sentence in said)
    # Reviewed once more, it is the same round, and what was measured stays.
    third, _ = reviewed(again)
    rounds = load_iterations(third)
    assert len(rounds) == 2
    assert rounds[1]["frames"] == second["frames"]


def _write_truth(shot: Shot, frame: int) -> None:
    """Write the aligned Reference of a frame: the true chroma, all of it trusted."""
    plate = read_rgb(plate_file(shot.root, frame))
    merged = merge_chroma(plate, true_chroma(frame)).rgb
    trust = np.ones(plate.shape[:2], dtype=np.float16)
    header = read_frame(plate_file(shot.root, frame)).header
    reference = Frame(rgb=merged, others={"A": trust}, header=header)
    write_frame(aligned_file(shot.root, frame), reference, pixel_type="float")


def _teach_on(shot: Shot) -> Shot:
    """Return the shot with a model that was taught the pairs there are now."""
    shot.path("model.onnx").write_bytes(b"another model")
    keys = fingerprints(shot, [table_key("pair")])
    shot = shot.with_made("training", settings={}, inputs=keys, outputs={}, measured={"steps": 9})
    return shot.with_made("model", settings={}, inputs={}, outputs={}, measured={})


def _forget_recovery(shot: Shot) -> Shot:
    """Return the shot as it is before its record says that it was recovered."""
    made: dict[str, Made] = {name: one for name, one in shot.made.items() if name != "recovery"}
    text = shot.file.read_text("utf-8")
    start = text.index("[made.recovery]")
    end = text.find("[made.", start + 1)
    while end != -1 and text[end:].startswith("[made.recovery"):
        end = text.find("[made.", end + 1)
    shot.file.write_text(text[:start] + (text[end:] if end != -1 else ""), "utf-8")
    again = Shot.load(shot.root)
    assert set(again.made) == set(made)
    assert recovered_frames(again).frames
    return again
