"""The loop: how often it goes round, where it ends, and how it goes on after a stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chromaresolve.errors import StageError
from chromaresolve.files import sha256
from chromaresolve.shot import FrameRange, Pair, Shot, create
from chromaresolve.telling import Progress, Say
from chromaresolve.workflow import go_rounds, rounds
from tiny import still

Run = Callable[[int], tuple[list[str], list[str]]]
"""Goes so many rounds; returns what was done, and what was said."""


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A shot with one pair and a model that was taught it."""
    shot = create(
        tmp_path, scan="S_####.exr", reference="R_####.exr", frames=FrameRange.parse("1-12")
    )
    shot.path("model.onnx").write_bytes(b"taught 1")
    return shot.with_pairs([Pair(source=1, reference=1)])


@pytest.fixture
def run(shot: Shot, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Leave out the work of the stages; the review has two frames to add, one a round."""
    done: list[str] = []
    wanted = [5, 9]

    def bring(shot: Shot, **wishes: Any) -> tuple[Shot, dict[str, float]]:
        done.append(f"bring from {wishes['start_from'] and wishes['start_from'].name}")
        return shot, {"training": 2.0}

    def add(shot: Shot, _say: Say, _on_progress: Progress) -> Shot:
        taught = {pair.source for pair in shot.pair}
        frame = next((frame for frame in wanted if frame not in taught), None)
        if frame is None:
            raise StageError(shot.path("review/flagged.json"), "flags nothing")
        done.append(f"add {frame}")
        return shot.with_pairs([*shot.pair, Pair(source=frame, reference=frame)])

    monkeypatch.setattr(rounds, "bring_up_to_date", bring)
    monkeypatch.setattr(rounds, "_add", add)

    def go(count: int) -> tuple[list[str], list[str]]:
        done.clear()
        said: list[str] = []
        _, seconds = go_rounds(Shot.load(shot.root), count, say=said.append, on_progress=still)
        assert seconds["training"] == 2.0 * sum(step.startswith("bring") for step in done)
        return list(done), said

    return go


def test_no_round_is_a_plain_run(run: Run) -> None:
    """`run` without --rounds brings the shot up to date and adds nothing."""
    assert run(0) == (["bring from None"], [])


def test_each_round_adds_and_teaches_on(run: Run) -> None:
    """The first training is fresh, the later ones begin with the model there is."""
    done, said = run(2)

    assert done == [
        "bring from None",
        "add 5",
        "bring from model.onnx",
        "add 9",
        "bring from model.onnx",
    ]
    assert said == ["round 1 of 2:", "round 2 of 2:"]


def test_the_loop_ends_where_nothing_is_left_to_add(run: Run) -> None:
    """What the review says of it is passed on; it is no failure."""
    done, said = run(9)

    assert done.count("bring from model.onnx") == 2
    assert said[-1].startswith("no more rounds: ")
    assert "flags nothing" in said[-1]


def test_a_stopped_round_is_gone_on_with(shot: Shot, run: Run) -> None:
    """Pairs were added, but the model of the last review was not taught them: no more are added."""
    model = shot.path("model.onnx")
    shot.path("review").mkdir()
    last = [{"model": sha256(model), "teaching": [1]}]
    shot.path("review/iterations.json").write_text(json.dumps(last), "utf-8")
    shot.with_pairs([*shot.pair, Pair(source=5, reference=5)])

    done, said = run(1)

    assert done == ["bring from model.onnx"]
    assert said == ["going on with the round that was begun"]


def test_a_finished_round_is_not_gone_on_with(shot: Shot, run: Run) -> None:
    """The review has seen the newest model: a new round adds."""
    shot.path("review").mkdir()
    last = [{"model": sha256(shot.path("model.onnx")), "teaching": [1]}]
    shot.path("review/iterations.json").write_text(json.dumps(last), "utf-8")

    assert run(1)[0] == ["bring from None", "add 5", "bring from model.onnx"]


def test_an_unreadable_record_of_rounds_stops_nothing(shot: Shot, run: Run) -> None:
    """It only tells what was."""
    shot.path("review").mkdir()
    shot.path("review/iterations.json").write_text("{", "utf-8")

    assert run(1)[0][0] == "bring from None"
