"""Which frames the page shows at full size, and why each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from chromaresolve.alignment import held_out_pairs
from chromaresolve.shot import Shot

T = TypeVar("T")
"""What is chosen from."""

MOST_SHOWN = 12
"""Frames on a page: what a colourist looks through in one sitting, and what 20 MB hold."""

MOST_HELD_OUT, MOST_FLAGGED, MOST_TAUGHT = 4, 5, 2
"""Of those, so that no kind crowds out the others."""

FEWEST_SHOWN = 8
"""Below this, frames spread evenly over the shot are added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A frame that the page shows."""

    frame: int
    """Source frame number."""
    why: tuple[str, ...]
    """Why it is shown: `held out`, `flagged`, `first`, ..."""


def choose_frames(shot: Shot, *, there: Iterable[int], flagged: Iterable[int]) -> list[Shown]:
    """Choose the frames that are shown, the most telling first.

    Args:
        shot: The shot.
        there: Frames that were recovered.
        flagged: Frames that stand out, worst first.
    """
    recovered = set(there)
    frames = [frame for frame in shot.shot.frames if frame in recovered]
    if not frames:
        return []
    ends = {frames[0]: "first", frames[len(frames) // 2]: "middle", frames[-1]: "last"}
    held_out = [pair.source for pair in held_out_pairs(shot)]
    worst = [frame for frame in flagged if frame in recovered]
    taught = [pair.source for pair in shot.pair if not pair.hold_out]
    reasons: dict[int, list[str]] = {}
    for why, frame in (
        *((ends[frame], frame) for frame in ends),
        *(("held out", frame) for frame in held_out),
        *(("flagged", frame) for frame in worst),
        *(("taught", frame) for frame in taught),
    ):
        reasons.setdefault(frame, []).append(why)
    order = [
        *_taking_turns(
            spread(held_out, MOST_HELD_OUT),
            worst[:MOST_FLAGGED],
            [frames[0], frames[-1], frames[len(frames) // 2]],
        ),
        *spread(taught, MOST_TAUGHT),
    ]
    wanted = [frame for frame in dict.fromkeys(order) if frame in recovered][:MOST_SHOWN]
    for frame in spread(frames, FEWEST_SHOWN):
        if len(wanted) < FEWEST_SHOWN and frame not in wanted:
            wanted.append(frame)
    return [Shown(frame=n, why=tuple(reasons.get(n, ["in between"]))) for n in wanted]


def spread(things: Sequence[T], count: int) -> list[T]:
    """Return some of a list, evenly spread, its ends included."""
    if len(things) <= count or count < 2:
        return list(things[:count])
    return [things[round(place * (len(things) - 1) / (count - 1))] for place in range(count)]


def _taking_turns(*lists: list[int]) -> Iterator[int]:
    """Give the first of each list, then the second of each: what comes first has more room."""
    for row in zip_longest(*lists):
        yield from (frame for frame in row if frame is not None)
