"""Why a training is no better: which held-out frames are worst, in which colours, what to add."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chromaresolve.alignment import (
    display_of,
    held_out_pairs,
    load_teaching,
    shot_chain,
    teaching_pairs,
)
from chromaresolve.colour import Chain, chain_record
from chromaresolve.errors import ModelError, StageError
from chromaresolve.shot import Shot, require
from chromaresolve.telling import Progress, Say
from chromaresolve.training.additions import Addition, find_additions
from chromaresolve.training.checkpoints import Record, load_average, load_record
from chromaresolve.training.colour_errors import (
    VISIBLE,
    WORTH_NAMING,
    BadColour,
    FrameErrors,
    find_bad,
    mean_shares,
    measure_errors,
    measure_shares,
)
from chromaresolve.training.device import choose_device
from chromaresolve.training.lessons import load_lessons
from chromaresolve.training.measuring import recolour
from chromaresolve.training.network import ChromaNetwork
from chromaresolve.training.recording import ROLLING

NEWEST = f"training/checkpoints/{ROLLING}"
"""The checkpoint that a training keeps up to date, in the shot folder."""

NAMED = 3
"""Colours named of each frame; the record has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is worst about a training, and what would help."""

    shot: str
    """The shot's folder."""
    step: int
    """Steps that had been trained."""
    frames: tuple[FrameErrors, ...]
    """The held-out frames, worst first."""
    bad: tuple[BadColour, ...]
    """The colours that are bad in them, those that cost most first."""
    looked_at: int
    """Frames outside the pairs that were looked at."""
    additions: tuple[Addition, ...]
    """Frames to add, the best first."""

    def to_record(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def explain(shot: Shot, *, say: Say, on_progress: Progress) -> Explanation:
    """Measure the newest checkpoint on the held-out frames, colour by colour.

    Raises:
        ModelError: Nothing is trained yet, or with other pairs than the shot has now.
        ShotError: The alignment is missing or out of date.
        StageError: No pair is held out that could be measured.
    """
    record = load_record(shot.path(NEWEST))
    chain = shot_chain(shot)
    _require_held_out(shot)
    require(shot, "alignment", needed_for="explaining the training")
    _require_same_pairs(shot, record, chain)
    frames = _measure(shot, record, chain, say, on_progress)
    is_any_bad = any(frame.bad for frame in frames)
    taught = _measure_taught(shot, chain, on_progress) if is_any_bad else {}
    bad = find_bad(frames, taught)
    wanted = [one for one in bad if not one.is_taught]
    looked_at, additions = find_additions(shot, wanted, say, on_progress) if wanted else (0, ())
    return Explanation(
        shot=str(shot.root),
        step=record.step,
        frames=frames,
        bad=bad,
        looked_at=looked_at,
        additions=additions,
    )


def tell(explanation: Explanation) -> list[str]:
    """Return the explanation in sentences, and the lines to write into the manifest."""
    return [
        *(_tell_frame(frame) for frame in explanation.frames),
        *_tell_bad(explanation),
        *_tell_additions(explanation),
    ]


def _require_held_out(shot: Shot) -> None:
    if not held_out_pairs(shot):
        left_out = "the alignment left out every held-out pair"
        raise StageError(
            shot.file,
            f"{left_out if shot.held_out else 'no pair is held out'}, so nothing tells how good "
            "the training is: run `chromaresolve pairs --count N`, or write hold_out = true under "
            "a [[pair]]; then align and train again",
        )


def _require_same_pairs(shot: Shot, record: Record, chain: Chain) -> None:
    """Refuse to judge what was taught otherwise: a held-out frame might have been taught then."""
    taught = tuple(f"{pair.source}:{pair.reference}" for pair in teaching_pairs(shot))
    # Where the studio's config lies may differ; that it is the same one its fingerprint says.
    then, now = ({**one, "ocio": ""} for one in (record.chain, chain_record(chain)))
    if (record.pairs, then) != (taught, now):
        raise ModelError(
            shot.path(NEWEST),
            "was trained with other pairs or another colour chain than the shot has now: "
            "run `chromaresolve train`",
        )


def _measure(
    shot: Shot, record: Record, chain: Chain, say: Say, on_progress: Progress
) -> tuple[FrameErrors, ...]:
    """Return how far each held-out frame is off, worst first."""
    device, reason = choose_device("auto")
    say(f"explaining step {record.step:,} on {device.type}: {reason}")
    network = ChromaNetwork(record.plan.size)
    load_average(shot.path(NEWEST), network)
    network.to(device)
    to_display = display_of(shot, chain)
    pairs, frames = load_lessons(shot, chain, say=say).held_out, []
    for done, teaching in enumerate(pairs):
        on_progress(done, len(pairs), f"held-out frame {teaching.frame}")
        if not teaching.trust.any():
            say(
                f"frame {teaching.frame} is not explained: none of it is trusted, "
                "align another frame"
            )
            continue
        recovered = recolour(
            teaching.plate, teaching.shown, network, size=record.plan.size, device=device
        )
        frames.append(
            measure_errors(
                teaching.frame,
                recovered_709=to_display(recovered),
                truth_709=to_display(teaching.truth),
                trust=teaching.trust,
            )
        )
    if not frames:
        raise StageError(shot.file, "no held-out frame is trusted anywhere: hold out another pair")
    return tuple(sorted(frames, key=lambda frame: -frame.mean))


def _measure_taught(shot: Shot, chain: Chain, on_progress: Progress) -> dict[str, float]:
    """Return the mean share of each colour in the truth that is taught."""
    # Only the truth is looked at: no grain has to be taken off the plates.
    ungroomed = shot.model_copy(update={"plates": shot.plates.model_copy(update={"degrain": 0.0})})
    to_display = display_of(shot, chain)
    pairs, frames = teaching_pairs(shot), []
    for done, pair in enumerate(pairs):
        on_progress(done, len(pairs), f"teaching frame {pair.source}")
        teaching = load_teaching(ungroomed, pair, chain)
        if teaching.trust.any():
            frames.append(measure_shares(to_display(teaching.truth), teaching.trust))
    return mean_shares(frames)


def _tell_frame(frame: FrameErrors) -> str:
    worst = "; ".join(
        f"{one.colour} ({one.share:.1%} of it, dE2000 {one.distance:.1f}, "
        f"{one.direction or 'scattered'})"
        for one in frame.bad[:NAMED]
    )
    return (
        f"frame {frame.frame}, held out: dE2000 {frame.mean:.2f}, 95 % of it below "
        f"{frame.p95:.2f}; {f'worst in {worst}' if worst else 'no colour stands out'}"
    )


def _tell_bad(explanation: Explanation) -> Iterator[str]:
    if not explanation.bad:
        if explanation.frames[0].mean >= VISIBLE:
            yield "all colours are off alike, so more pairs will hardly help: train longer"
        else:
            yield "all of it is off by less than an eye can see: there is nothing to do"
    too_little = [one for one in explanation.bad if not one.is_taught]
    if too_little:
        yield f"taught too little: {_in_shares(too_little)}: add pairs that show it"
    enough = [one for one in explanation.bad if one.is_taught]
    if enough:
        yield (
            f"taught enough, and still off: {_in_shares(enough)}: more pairs will hardly help; "
            "train longer, or look in alignment/ whether the pairs that show it lie well"
        )


def _tell_additions(explanation: Explanation) -> Iterator[str]:
    lacking = [one.colour for one in explanation.bad if not one.is_taught]
    if not lacking:
        return
    if not explanation.looked_at:
        yield "no frame outside the pairs has a Reference that may teach: bring more of it"
        return
    if not explanation.additions:
        yield (
            f"none of the {explanation.looked_at} frames outside the pairs shows "
            f"{WORTH_NAMING:.1%} of {' or '.join(lacking)}: bring a Reference for frames that do"
        )
        return
    for one in explanation.additions:
        yield (
            f"add frame {one.pair['source']}: it {one.pair['reason']}, and lies {one.apart} frames "
            f"from the nearest pair; write into {explanation.shot}/shot.toml:"
        )
        yield "[[pair]]"
        # A JSON string or number is one of TOML, too.
        yield from (f"{key} = {json.dumps(value)}" for key, value in one.pair.items())
    shot = explanation.shot
    yield f"then run `chromaresolve align {shot}` and `chromaresolve train {shot}`"


def _in_shares(colours: Sequence[BadColour]) -> str:
    return ", ".join(
        f"{one.colour} ({one.held_out:.1%} of held-out frames, {one.taught:.1%} of teaching ones)"
        for one in colours
    )
