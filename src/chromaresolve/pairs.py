"""Which frames teach and which are held out, and which Reference frame belongs to which.

The simplest honest form: the Reference is a constant number of frames away (`[reference] offset`),
and pairs are spread evenly over the frames that both have, as the trade does by hand (beginning,
middle, middle, end). A pair the artist wrote is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence as ListOf

from chromaresolve.errors import ShotError, StageError
from chromaresolve.frames import Sequence
from chromaresolve.shot import Pair, Shot, fingerprints, table_key

SHOT_PAIRS = 6
"""Pairs chosen for a shot when no number is asked for: the middle of the trade's 4 to 9."""

SCENE_PAIRS = 16
"""The same for a scene, of the trade's 12 to 24."""

SEQUENCE_PAIRS = 33
"""The same for a sequence, of the trade's 24 to 64 and more."""

HOLD_OUT_FROM = 4
"""With fewer frames than this to choose from, all are needed to teach and none is held out."""


def choose(shot: Shot, *, count: int | None = None) -> Shot:
    """Choose pairs, write them to the manifest, and return the shot that has them.

    Pairs that are there already are kept and only checked, unless a count is asked for.

    Raises:
        ShotError: The pairs in the manifest do not fit the frames on disk.
        StageError: Source and Reference have no frame in common.
    """
    candidates = _candidates(shot)
    if count is None and shot.pair:
        _check_pairs(shot, candidates)
    else:
        shot = shot.with_pairs(spread(candidates, count or _usual_count(shot), shot))
    return shot.with_made(
        "pairs",
        settings={"offset": shot.reference.offset},
        inputs=fingerprints(shot, [table_key("source"), table_key("reference")]),
        outputs={},
        measured={
            "frames_in_common": len(candidates),
            "teaching": len(shot.teaching),
            "held_out": len(shot.held_out),
        },
    )


def spread(frames: ListOf[int], count: int, shot: Shot) -> list[Pair]:
    """Spread pairs evenly over the frames, one of the inner ones held out to measure.

    Args:
        frames: Source frames that have a Reference, rising.
        count: How many pairs are to teach.
        shot: Gives the Reference's offset.
    """
    wanted = count + 1 if len(frames) >= HOLD_OUT_FROM else count
    taken = _evenly(frames, wanted)
    held_out = taken[len(taken) // 2] if len(taken) >= HOLD_OUT_FROM else None
    pairs = []
    for position, frame in enumerate(taken):
        is_held_out = frame == held_out
        pairs.append(
            Pair(
                source=frame,
                reference=frame + shot.reference.offset,
                hold_out=is_held_out,
                reason=_reason(position, len(taken), is_held_out=is_held_out),
            ),
        )
    return pairs


def _candidates(shot: Shot) -> list[int]:
    """Return the shot's Source frames that have a Reference frame."""
    plates = Sequence.find(shot.source.plate, shot.root)
    references = Sequence.find(shot.reference.sequence, shot.root)
    here, there = set(plates.frames), set(references.frames)
    offset = shot.reference.offset
    common = [n for n in shot.shot.frames if n in here and n + offset in there]
    if not common:
        raise StageError(
            shot.file,
            f"no frame of {shot.shot.frames} has both a plate ({plates.first}-{plates.last}) and a "
            f"Reference ({references.first}-{references.last}, offset {offset}): "
            "set [reference] offset",
        )
    return common


def _check_pairs(shot: Shot, candidates: ListOf[int]) -> None:
    sources = [pair.source for pair in shot.pair]
    twice = sorted({n for n in sources if sources.count(n) > 1})
    if twice:
        raise ShotError(shot.file, "pair", f"source {twice[0]} is there twice: remove one")
    missing = [n for n in sources if n not in candidates]
    if missing:
        raise ShotError(
            shot.file,
            "pair",
            f"source {missing[0]} has no plate or no Reference on disk: take another frame",
        )
    if not shot.teaching:
        raise ShotError(shot.file, "pair", "every pair is held out: none is left to teach")


def _evenly(frames: ListOf[int], count: int) -> list[int]:
    if count >= len(frames):
        return list(frames)
    if count == 1:
        return [frames[len(frames) // 2]]
    last = len(frames) - 1
    return [frames[round(place * last / (count - 1))] for place in range(count)]


def _usual_count(shot: Shot) -> int:
    return {"shot": SHOT_PAIRS, "scene": SCENE_PAIRS, "sequence": SEQUENCE_PAIRS}[shot.scope.kind]


def _reason(position: int, count: int, *, is_held_out: bool) -> str:
    if is_held_out:
        return "held out: measured, never taught"
    if position == 0:
        return "beginning"
    return "end" if position == count - 1 else "middle"
