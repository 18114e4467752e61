"""The loop of the trade: review, add the frames that ask for it, teach on, review again."""

from __future__ import annotations

import time
from pathlib import Path

from chromaresolve.errors import StageError
from chromaresolve.files import sha256
from chromaresolve.shot import Shot
from chromaresolve.telling import Progress, Say
from chromaresolve.workflow.running import bring_up_to_date


def go_rounds(
    shot: Shot,
    count: int,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    provider: str = "auto",
    say: Say,
    on_progress: Progress,
) -> tuple[Shot, dict[str, float]]:
    """Bring a shot up to date, then go so many rounds; return it and the seconds by stage.

    A round ends the loop where the review asks for no pair that could be added. Stopped and run
    again, it goes on with the round that was under way.
    """
    seconds: dict[str, float] = {}

    def bring(start_from: Path | None) -> Shot:
        made, took = bring_up_to_date(
            Shot.load(shot.root),
            minutes=minutes,
            steps=steps,
            provider=provider,
            start_from=start_from,
            say=say,
            on_progress=on_progress,
        )
        for stage, value in took.items():
            seconds[stage] = seconds.get(stage, 0.0) + value
        return made

    done = 0
    model = shot.path("model.onnx")
    if _is_under_way(shot):
        say("going on with the round that was begun")
        shot, done = bring(model), 1
    else:
        shot = bring(None)
    while done < count:
        began = time.monotonic()
        try:
            shot = _add(shot, say, on_progress)
        except StageError as error:
            say(f"no more rounds: {error}")
            break
        seconds["pairs"] = seconds.get("pairs", 0.0) + time.monotonic() - began
        done += 1
        say(f"round {done} of {count}:")
        shot = bring(model)
    return shot, seconds


def _add(shot: Shot, say: Say, on_progress: Progress) -> Shot:
    from chromaresolve.pairs import choose

    return choose(shot, add_from_review=True, say=say, on_progress=on_progress)


def _is_under_way(shot: Shot) -> bool:
    """Say whether pairs were added that the model of the last review was not taught."""
    from chromaresolve.alignment import teaching_pairs
    from chromaresolve.review import load_iterations

    rounds, model = load_iterations(shot), shot.path("model.onnx")
    if not rounds or not model.is_file() or sha256(model) != rounds[-1]["model"]:
        return False
    teaching = {pair.source for pair in teaching_pairs(shot)}
    return bool(teaching - set(rounds[-1]["teaching"]))
