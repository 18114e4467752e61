"""Whether `[crop]` and what was recovered match the picture, edge by edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from chromaresolve.review.looking import Look
from chromaresolve.review.record import Reason
from chromaresolve.review.stripes import EDGES, Stripe
from chromaresolve.shot import Shot

LEAST_LINES = 3
"""Lines that are a stripe: one or two are what a gate's soft edge leaves, and are masked."""

LEAST_SHARE = 1 / 400
"""The same as a share of the side: 5 pixels of a width of 2K."""

MOST_FRAMES = 0.5
"""Share of the frames that show a stripe from which on it is the shot's and not a frame's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A stripe that is wrong in some frames."""

    lines: Mapping[int, int]
    """By frame."""
    words: str
    """What is wrong, with a place for the lines."""
    alone: Mapping[int, int]
    """Lines at that edge where nothing was recovered, by frame."""
    cure: str
    """What to do where it is so in the whole shot."""
    only_shot: bool = False
    """Whether it tells something only where most frames show it: in one it may be darkness."""


def judge_crop(shot: Shot, looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    """Give the frames with a stripe that does not belong there."""
    for edge in EDGES:
        cut = getattr(shot.crop, edge)
        stripes = {n: look.stripes[edge] for n, look in looks.items()}
        for seen in _wrong(stripes, edge, cut):
            yield from _told(seen, looks, edge)


def _wrong(stripes: Mapping[int, Stripe], edge: str, cut: int) -> Iterator[_Seen]:
    alone = {n: stripe.left_alone for n, stripe in stripes.items()}
    yield _Seen(
        lines={n: stripe.picture for n, stripe in stripes.items()},
        words=f"the {edge} edge, {{}} pixels, still has the plate's colour",
        alone=alone,
        cure=f"[crop] {edge} = {cut} is wrong",
    )
    yield _Seen(
        lines={n: stripe.beyond for n, stripe in stripes.items()},
        words=f"the {edge} edge, {{}} pixels, was recovered outside of [crop] {edge} = {cut}",
        alone={},
        cure="recover again",
    )
    yield _Seen(
        lines={n: stripe.border for n, stripe in stripes.items()},
        words=f"the {edge} edge, {{}} pixels, is a border and was given colour",
        alone={},
        cure=f"[crop] {edge} = {cut} is too little",
        only_shot=True,
    )


def _told(seen: _Seen, looks: Mapping[int, Look], edge: str) -> Iterator[tuple[int, Reason]]:
    side = 0 if edge in {"left", "right"} else 1
    bars = {n: max(LEAST_LINES, round(LEAST_SHARE * look.size[side])) for n, look in looks.items()}
    wrong = {n: lines for n, lines in seen.lines.items() if lines >= bars[n]}
    is_shot = len(wrong) > MOST_FRAMES * len(looks)
    if seen.only_shot and not is_shot:
        return
    if is_shot and seen.alone:
        # Where it is too dark to see, the stripe is there too.
        wrong |= {n: seen.alone[n] for n in looks if seen.alone[n] >= bars[n] and n not in wrong}
    for n, lines in wrong.items():
        sentence = seen.words.format(int(median(wrong.values())) if is_shot else lines)
        if is_shot and len(looks) > 1:
            sentence += f" in {len(wrong)} of {len(looks)} frames: {seen.cure}"
        yield n, Reason(kind="crop", sentence=sentence, strength=lines / bars[n])
