"""The review stage: every recovered frame looked at without a reference, and ranked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chromaresolve import __version__
from chromaresolve.composite import recovered_frames
from chromaresolve.errors import FrameError, StageError, UsageError
from chromaresolve.files import sha256, sweep, write_text
from chromaresolve.frames import read_header
from chromaresolve.recovery.provenance import MODEL_KEY
from chromaresolve.review.advice import advise, count_kinds
from chromaresolve.review.before import keep_small, measure_changes
from chromaresolve.review.faults import Faults, find_faults
from chromaresolve.review.held_out import Numbers, measure_shot
from chromaresolve.review.iterations import load_iterations, note_iteration, tell_iteration
from chromaresolve.review.novelty import Novelty, measure_novelty
from chromaresolve.review.record import FrameReview, Reason
from chromaresolve.review.strips import save_strips
from chromaresolve.review.verdicts import (
    Decision,
    Said,
    Verdict,
    decide,
    load_decisions,
    rank,
    save_flagged,
    sentence_of,
    verdict_on,
)
from chromaresolve.shot import (
    FrameRange,
    Shot,
    file_key,
    fingerprints,
    frames_key,
    measured,
    out_of_date,
    outputs,
    require,
    table_key,
)
from chromaresolve.telling import Progress, Say

FILE = "review/review.json"
"""What was found, in the shot folder."""

TOLD = 12
"""Frames told of on the screen; the record has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a review saw, and what people said of it."""

    model: str
    """The sha256 of the model whose frames were looked at."""
    frames: Mapping[int, FrameReview]
    """Every frame that was looked at."""
    decisions: Mapping[int, Decision]
    """What people said of frames, by frame."""

    @property
    def ranked(self) -> list[FrameReview]:
        """The frames that somebody should look at, the worst first."""
        return rank(self.frames.values(), self.decisions)

    def verdict(self, one: FrameReview) -> Verdict:
        """Say how a frame stands."""
        return verdict_on(one, self.decisions.get(one.frame), self.model)

    def count(self, verdict: Verdict) -> int:
        """Return how many frames stand so."""
        return sum(self.verdict(one) == verdict for one in self.ranked)


def review(shot: Shot, *, say: Say, on_progress: Progress) -> Shot:
    """Look at every recovered frame, write down which stand out, and return the shot that says so.

    A part of the shot will do, such as `recover --check` leaves it.

    Raises:
        ShotError: There is no model, or the recovery is out of date.
        StageError: No recovered frame is there that the model made.
    """
    folder = shot.path("review")
    folder.mkdir(exist_ok=True)
    sweep(folder)
    model, wanted = _find_frames(shot, say)
    faults = find_faults(shot, wanted, say=say, on_progress=on_progress)
    novelty = measure_novelty(shot, faults.measures, say=say, on_progress=on_progress)
    frames = _together(faults, novelty)
    seen = Seen(model=model, frames=frames, decisions=load_decisions(shot))
    numbers, ranked = measure_shot(shot), seen.ranked
    flagged = save_flagged(shot, ranked, seen.decisions, model)
    rounds = note_iteration(
        shot,
        model=model,
        step=shot.made["training"].measured.get("steps") if "training" in shot.made else None,
        numbers=numbers,
        frames=frames,
        ranked=ranked,
        changes=measure_changes(shot, model=model),
    )
    keep_small(shot, [one.frame for one in ranked], model=model)
    standing = _standing(shot, seen)
    record = _save(shot, {**_record(seen, numbers), **standing})
    told = [*_sentences(shot, seen), *standing["advice"]]
    for sentence in told:
        say(sentence)
    made = [record, flagged, rounds, save_strips(shot, faults.strips)]
    return _made(shot, seen, made, told)


def _together(faults: Faults, novelty: Mapping[int, Novelty]) -> dict[int, FrameReview]:
    """Return every frame with all that was found; what explains the rest comes first."""
    frames = {}
    for frame in sorted({*faults.measures, *faults.reasons}):
        reasons, measures = (
            list(faults.reasons.get(frame, ())),
            dict(faults.measures.get(frame, {})),
        )
        if frame in novelty:
            found = novelty[frame]
            measures["novelty"] = found.score
            if found.score >= 1:
                reasons.append(
                    Reason(kind="novelty", sentence=found.sentence, strength=found.score)
                )
        frames[frame] = FrameReview(frame=frame, measures=measures, reasons=tuple(reasons))
    return frames


def decide_frames(shot: Shot, said: FrameRange, verdict: Said, *, why: str, say: Say) -> None:
    """Write down what a person says of frames, for Resolve, for the pairs and the next review.

    Raises:
        StageError: The shot was not reviewed.
        UsageError: A frame was not looked at.
    """
    record, seen = _load(shot)
    unknown = [frame for frame in said if frame not in seen.frames]
    if unknown:
        raise UsageError(
            f"frame {unknown[0]} was not reviewed: the review looked at "
            f"{FrameRange.of(seen.frames)}"
        )
    chosen = [seen.frames[frame] for frame in said]
    seen = replace(seen, decisions=decide(shot, chosen, verdict, why=why, model=seen.model))
    save_flagged(shot, seen.ranked, seen.decisions, seen.model)
    _save(shot, {**record, **_standing(shot, seen)})
    say(f"{verdict}: {said}; {seen.count('flagged')} still stand out")


def load_review(shot: Shot) -> dict[str, Any] | None:
    """Return what the newest review wrote; None if there is none that can be read."""
    try:
        record: dict[str, Any] = json.loads(shot.path(FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record


def _find_frames(shot: Shot, say: Say) -> tuple[str, tuple[int, ...]]:
    """Return the model's sha256 and the frames to look at: those that this model recovered."""
    sequence = recovered_frames(shot)
    there = [frame for frame in sequence.frames if frame in set(shot.shot.frames)]
    if "recovery" in shot.made and not out_of_date(shot, "recovery"):
        return _model_of(sequence.path(there[0])) if there else "", tuple(there)
    # A part of the shot is recovered, or the whole with an older model: look at this model's.
    require(shot, "model", needed_for="the review")
    model = sha256(shot.path("model.onnx"))
    made_by = {frame: _model_of(sequence.path(frame)) for frame in there}
    ours = tuple(frame for frame in there if made_by[frame] == model)
    if not ours:
        raise StageError(
            shot.path("recovered"),
            f"the {len(there)} frames there are another model's: run "
            f"`chromaresolve recover {shot.root}`, or with --check 50 for a part",
        )
    if len(ours) < len(there):
        say(f"{len(there) - len(ours)} frames of another model are not looked at")
    return model, ours


def _model_of(path: Path) -> str:
    try:
        return str(read_header(path).attributes.get(MODEL_KEY, ""))
    except FrameError:  # the review itself tells of frames that cannot be read
        return ""


def _standing(shot: Shot, seen: Seen) -> dict[str, Any]:
    """Return what a person's word changes in the record."""
    frames = list(seen.frames.values())
    return {
        "frames": [
            {
                "frame": one.frame,
                "measures": {name: float(f"{number:.6g}") for name, number in one.measures.items()},
                "reasons": [asdict(reason) for reason in one.reasons],
                "verdict": seen.verdict(one),
            }
            for one in frames
        ],
        "ranking": [one.frame for one in seen.ranked],
        "advice": advise(shot, frames),
    }


def _save(shot: Shot, content: Mapping[str, Any]) -> Path:
    path = shot.path(FILE)
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return path


def _record(seen: Seen, numbers: Numbers) -> dict[str, Any]:
    """Return what a review found that nobody's word changes."""
    recovered = numbers.recovered
    return {
        "tool": f"ChromaResolve {__version__}",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": seen.model,
        "looked_at": str(FrameRange.of(seen.frames)),
        "counts": count_kinds(list(seen.frames.values())),
        "held_out": {
            "frames": [frame.frame for frame in numbers.frames],
            "dE2000": recovered.trusted if recovered else None,
        },
    }


def _load(shot: Shot) -> tuple[dict[str, Any], Seen]:
    """Return what the newest review wrote and saw."""
    record = load_review(shot)
    if record is None:
        raise StageError(shot.path(FILE), "is not there: run `chromaresolve review` first")
    frames = {
        row["frame"]: FrameReview(
            frame=row["frame"],
            measures=row["measures"],
            reasons=tuple(Reason(**reason) for reason in row["reasons"]),
        )
        for row in record["frames"]
    }
    return record, Seen(model=record["model"], frames=frames, decisions=load_decisions(shot))


def _sentences(shot: Shot, seen: Seen) -> list[str]:
    """Return what stands out, and what the last round did."""
    shown = [one for one in seen.ranked if seen.verdict(one) != "accepted"]
    told = [
        f"frame {one.frame}: {sentence_of(one, seen.decisions.get(one.frame), seen.model)}"
        for one in shown[:TOLD]
    ]
    if len(shown) > TOLD:
        told.append(f"and {len(shown) - TOLD} more, in {FILE}")
    rounds = load_iterations(shot)
    return told + tell_iteration(rounds[-1], rounds[-2] if len(rounds) > 1 else None)


def _made(shot: Shot, seen: Seen, made: list[Path], told: list[str]) -> Shot:
    keys = [frames_key(recovered_frames(shot).pattern), table_key("pair"), table_key("crop")]
    if "model" in shot.made:
        keys.append(file_key(shot, shot.path("model.onnx")))
    return shot.with_made(
        "review",
        settings={"frames": str(FrameRange.of(seen.frames))},
        inputs=fingerprints(shot, keys),
        outputs=outputs(shot, made),
        measured=measured(
            frames=len(seen.frames),
            flagged=seen.count("flagged"),
            rejected=seen.count("rejected"),
            accepted=seen.count("accepted"),
        ),
        observed=told,
    )
