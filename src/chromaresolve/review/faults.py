"""Every recovered frame looked at without a reference, and what is wrong with it, in words.

A frame is read once, with its plate; a few are read at a time. Each is compared with those beside
it, what is measured is judged against the whole shot, and where one fault explains another only
the first is said.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from chromaresolve.errors import ColourError, FrameError
from chromaresolve.frames import cores
from chromaresolve.frames.making import SIDE_BY_SIDE
from chromaresolve.frames.opening import one_thread_each
from chromaresolve.review.change import Steadiness
from chromaresolve.review.crops import judge_crop
from chromaresolve.review.looking import Look, Looker
from chromaresolve.review.movement import Small
from chromaresolve.review.pictures import judge_joins, judge_luma
from chromaresolve.review.record import KINDS, Kind, Reason
from chromaresolve.review.references import judge_references
from chromaresolve.review.single import judge_single
from chromaresolve.review.softness import judge_softness
from chromaresolve.review.steadiness import measure_steadiness
from chromaresolve.review.strips import Columns, Strips
from chromaresolve.review.unsteady import judge_steadiness
from chromaresolve.shot import Shot
from chromaresolve.telling import Progress, Say

FARTHEST = 3
"""Frames that the one before may lie back: missing ones are bridged, but movement is lost soon."""

MOVED_SHARE = 0.05
"""Share of pixels that may miss the luma law in a frame that its neighbours are compared with: it
is not perfect, but it is its plate's picture."""

Found = tuple[int, Reason]
"""A frame, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What was found in a shot's recovered frames."""

    measures: Mapping[int, Mapping[str, float]]
    """Numbers of each frame that could be looked at, by name; what could not be measured is left
    out."""
    reasons: Mapping[int, tuple[Reason, ...]]
    """What is wrong, the strongest first; only frames with something."""
    strips: Strips
    """The shot as columns."""


@dataclass(slots=True)
class _Seen:
    """What was seen of a shot."""

    looks: dict[int, Look] = field(default_factory=dict)
    sides: dict[int, Steadiness] = field(default_factory=dict)
    broken: list[Found] = field(default_factory=list)


def find_faults(
    shot: Shot, frames: Collection[int] | None = None, *, say: Say, on_progress: Progress
) -> Faults:
    """Look at recovered frames of a shot, beside their plates and their neighbours.

    Args:
        shot: The shot, recovered as far as it is.
        frames: Which to look at; all that there are.
        say: Told what could not be looked at.
        on_progress: Told how far it is.

    Raises:
        FrameError: There are no recovered frames, or no plates.
        ColourError: The shot's chain cannot be built.
    """
    looker = Looker.of(shot)
    there = looker.frames
    wanted = there if frames is None else tuple(n for n in there if n in frames)
    seen = _see(looker, wanted, on_progress)
    for frame, reason in seen.broken:
        say(f"frame {frame}: {reason.sentence}")
    found = [*seen.broken, *_judge(shot, seen), *judge_references(shot, say=say)]
    return Faults(
        measures={n: _numbers(look, seen.sides.get(n)) for n, look in seen.looks.items()},
        reasons=_sorted(found),
        strips=_strips(list(seen.looks.values())),
    )


def _see(looker: Looker, frames: Sequence[int], on_progress: Progress) -> _Seen:
    """Look at every frame, and at each beside its neighbours."""
    seen = _Seen()
    window: deque[tuple[Look, Small]] = deque(maxlen=3)
    on_progress(0, len(frames), f"frame {frames[0]}" if frames else "")
    with closing(_each_looked_at(looker, frames)) as each:
        for done, (frame, future) in enumerate(each, start=1):
            try:
                look, small = future.result()
            except (FrameError, ColourError) as error:
                seen.broken.append((frame, _unreadable(error)))
            else:
                seen.looks[frame] = look
                if look.law.share_broken <= MOVED_SHARE:
                    window.append((look, small))
                    _compare_middle(window, seen)
            on_progress(done, len(frames), f"frame {frame}")
    if len(window) > 1:
        _compare(window[-1], window[-2], None, seen)
    on_progress(len(frames), len(frames), "looked at")
    seen.sides = dict(sorted(seen.sides.items()))
    return seen


def _compare_middle(window: Sequence[tuple[Look, Small]], seen: _Seen) -> None:
    """Compare the frame in the middle with both sides, and the very first with the second."""
    if len(window) == 2:
        _compare(window[0], None, window[1], seen)
    elif len(window) == 3:
        before, here, after = window
        _compare(here, before, after, seen)


def _compare(
    here: tuple[Look, Small],
    before: tuple[Look, Small] | None,
    after: tuple[Look, Small] | None,
    seen: _Seen,
) -> None:
    look, small = here
    near = [
        side[1]
        if side
        and abs(side[0].frame - look.frame) <= FARTHEST
        and side[1].luma.shape == small.luma.shape
        else None
        for side in (before, after)
    ]
    seen.sides[look.frame] = measure_steadiness(small, *near)


def _each_looked_at(
    looker: Looker, frames: Sequence[int]
) -> Generator[tuple[int, Future[tuple[Look, Small]]]]:
    """Give each frame in its turn; no more are read than there are workers, and one waits."""
    workers = min(cores(), SIDE_BY_SIDE, max(1, len(frames)))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="look")
    waiting: deque[tuple[int, Future[tuple[Look, Small]]]] = deque()
    try:
        with one_thread_each():
            for frame in frames:
                waiting.append((frame, pool.submit(looker.look, frame)))
                if len(waiting) > workers:
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
    finally:
        # Left early, by Ctrl-C or a disk that is gone: nothing more is begun.
        pool.shutdown(cancel_futures=True)


def _unreadable(error: FrameError | ColourError) -> Reason:
    """Return a frame that cannot be looked at as a finding: it is not its plate's picture."""
    return Reason(kind="luma", sentence=f"cannot be looked at: {error}", strength=10.0)


def _judge(shot: Shot, seen: _Seen) -> Iterator[Found]:
    """Give all that is wrong; what a wrong picture explains is not said again."""
    foreign = dict(judge_luma(shot, seen.looks))
    yield from foreign.items()
    own = {n: look for n, look in seen.looks.items() if n not in foreign}
    joins = list(judge_joins(seen.looks))
    yield from joins
    yield from judge_crop(shot, own)
    sides = _without(seen.sides, foreign.keys() | {n for n, _ in joins})
    soft = {n: side.softness for n, side in sides.items() if side.softness}
    single = [*judge_single(own), *judge_softness(soft)]
    yield from single
    yield from judge_steadiness(sides, {n for n, reason in single if reason.kind == "bleed"})


def _without(sides: Mapping[int, Steadiness], strangers: AbstractSet[int]) -> dict[int, Steadiness]:
    """Return what was compared without the frames that do not belong, on neither side."""
    kept: dict[int, Steadiness] = {}
    frames = list(sides)
    for before, n, after in zip([None, *frames], frames, [*frames[1:], None], strict=False):
        side = sides[n]
        if before in strangers:
            side = replace(side, before=None, alone=None, softness=None)
        if after in strangers:
            side = replace(side, after=None, alone=None, softness=None)
        if n not in strangers:
            kept[n] = side
    return kept


def _sorted(found: Sequence[Found]) -> Mapping[int, tuple[Reason, ...]]:
    """Return each frame's reasons: causes first, then the strongest, one of a kind."""
    by_frame: dict[int, dict[Kind, Reason]] = {}
    for frame, reason in found:
        kinds = by_frame.setdefault(frame, {})
        if reason.kind not in kinds or kinds[reason.kind].strength < reason.strength:
            kinds[reason.kind] = reason
    return {n: tuple(sorted(by_frame[n].values(), key=_rank)) for n in sorted(by_frame)}


CAUSES: tuple[Kind, ...] = ("luma", "join", "crop")
"""What explains whatever else is wrong with a frame: it comes first."""


def _rank(reason: Reason) -> tuple[int, float, int]:
    cause = CAUSES.index(reason.kind) if reason.kind in CAUSES else len(CAUSES)
    return cause, -reason.strength, KINDS.index(reason.kind)


def _numbers(look: Look, side: Steadiness | None) -> Mapping[str, float]:
    numbers = {
        "luma_off": look.luma_off,
        "luma_broken": look.law.share_broken,
        "gamut_share": look.gamut_share,
        "bleed": look.bleed,
        "banding": look.banding,
        "chroma": look.chroma,
        "recoloured": look.recoloured,
    }
    for name, change in (("alone", side and side.alone), ("step", side and side.before)):
        if change:
            numbers |= {
                name: change.whole,
                f"{name}_part": change.part,
                f"{name}_plate": change.plate,
                f"{name}_hue": change.turn.hue,
                f"{name}_saturation": change.turn.saturation,
                f"{name}_skin": change.skin,
            }
    return {name: float(number) for name, number in numbers.items() if math.isfinite(number)}


def _strips(looks: Sequence[Look]) -> Strips:
    """Return the columns of all frames; one of another height is left out."""
    rows = len(looks[0].columns[0]) if looks else 1
    there = [look for look in looks if len(look.columns[0]) == rows]

    def stacked(which: int) -> Columns:
        columns = [look.columns[which] for look in there]
        return np.stack(columns) if columns else np.zeros((0, rows, 3), np.float16)

    return Strips(
        frames=tuple(look.frame for look in there), plate=stacked(0), recovered=stacked(1)
    )
