"""Which frames to add where colours are taught too little.

What a frame outside the pairs shows is taken from its Reference at the plate's tones: what a
network makes of a colour that it was not taught does not tell where that colour is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chromaresolve.alignment import shot_chain
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.frames import Rgb
from chromaresolve.frames import Sequence as Frames
from chromaresolve.pairs import load_findings
from chromaresolve.pairs.timing import match_frames
from chromaresolve.pairs.weaving import weave_pairs
from chromaresolve.shot import Pair, Shot
from chromaresolve.survey import Survey, survey, survey_file
from chromaresolve.telling import Progress, Say
from chromaresolve.training.colour_errors import (
    WORTH_NAMING,
    BadColour,
    Shares,
    measure_shares,
)

LOOKED_AT = 240
"""Frames outside the pairs that are looked at, evenly spread: each costs some milliseconds, and
neighbours are alike."""

MOST_ADDED = 3
"""Frames named to be added: each has to be aligned and looked at."""

LIKE = 0.75
"""Of the most that a frame would bring; of those that bring this, the farthest is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A frame to add."""

    pair: Mapping[str, int | str]
    """What to write under `[[pair]]`."""
    shows: Mapping[str, float]
    """Its share of each colour that is wanted."""
    apart: int
    """Frames to the nearest pair."""


def find_additions(
    shot: Shot, wanted: Sequence[BadColour], say: Say, on_progress: Progress
) -> tuple[int, tuple[Addition, ...]]:
    """Return how many frames outside the pairs were looked at, and which to add, the best first.

    Raises:
        FrameError: Plates or References are gone.
    """
    plates = Frames.find(shot.source.plate, shot.root)
    references = Frames.find(shot.reference.sequence, shot.root)
    # What `pairs` has looked at is not looked at again.
    name = "plate" if shot.source.balanced else "source"
    ours = survey(plates, cache=survey_file(shot.root, name), on_progress=on_progress)
    theirs = survey(references, cache=survey_file(shot.root, "reference"), on_progress=on_progress)
    reference = match_frames(ours, theirs, stated=shot.reference.offset).reference
    taken = {pair.source for pair in shot.pair}
    free = _free_frames(shot, set(reference) - taken)
    shown = _shown(shot, ours, theirs, {frame: reference[frame] for frame in free})
    chosen = {frame: shows(shown[frame], wanted) for frame in choose_frames(shown, wanted, taken)}
    pairs = [
        Pair(source=frame, reference=reference[frame], reason=f"shows {_in_shares(there)}")
        for frame, there in chosen.items()
    ]
    return len(free), tuple(
        Addition(
            pair=pair.model_dump(exclude_defaults=True),
            shows=chosen[pair.source],
            apart=frames_apart(pair.source, taken),
        )
        for pair in weave_pairs(pairs, theirs, plates, references, say)
    )


def choose_frames(
    shown: Mapping[int, Shares], wanted: Sequence[BadColour], pairs: Collection[int]
) -> list[int]:
    """Choose the frames that show most of what is wanted, far from the pairs and each other.

    Args:
        shown: The colours of every frame that may be chosen.
        wanted: The colours to look for.
        pairs: The frames that are pairs already.
    """
    worth = {one.colour: one.excess for one in wanted}
    free = {frame for frame in shown if shows(shown[frame], wanted)}
    chosen: list[int] = []
    while free and len(chosen) < MOST_ADDED:
        brought = {
            frame: sum(worth[colour] * shown[frame].get(colour, 0.0) for colour in worth)
            for frame in sorted(free)
        }
        like = [frame for frame in brought if brought[frame] >= LIKE * max(brought.values())]
        best = max(like, key=lambda frame: (frames_apart(frame, [*pairs, *chosen]), brought[frame]))
        chosen.append(best)
        free.remove(best)
        for colour in shows(shown[best], wanted):
            worth[colour] /= 2  # the next frame had better bring another
    return chosen


def shows(shares: Shares, wanted: Sequence[BadColour]) -> dict[str, float]:
    """Return how much a frame shows of what is wanted, where that is worth naming."""
    there = {one.colour: shares.get(one.colour, 0.0) for one in wanted}
    return {colour: share for colour, share in there.items() if share >= WORTH_NAMING}


def frames_apart(frame: int, others: Collection[int]) -> int:
    """Return how many frames away the nearest of the others is; 0 where there is none."""
    return min((abs(frame - other) for other in others), default=0)


def at_tones_of(plate: Rgb, reference: Rgb) -> Rgb:
    """Return a Reference at its plate's tones: nearly the ground truth, without an alignment.

    The brightest pixel is given the luma of the plate's brightest, and so on down; chroma stays.
    """
    luma = rgb_to_luma(reference)
    ordered = np.sort(luma, axis=None)
    # Pixels of one luma have one rank, the middle of theirs: what is even stays even.
    ranks = np.searchsorted(ordered, luma) + np.searchsorted(ordered, luma, side="right") - 1
    tones = np.quantile(rgb_to_luma(plate), ranks / max(2 * (luma.size - 1), 1))
    return luma_chroma_to_rgb(tones, rgb_to_chroma(reference))


def _free_frames(shot: Shot, outside: Collection[int]) -> list[int]:
    """Return the frames outside the pairs that may teach; of very many, evenly spread ones."""
    unfit = {int(frame) for frame in load_findings(shot).get("left_out", {})}
    free = sorted(set(outside) & set(shot.shot.frames) - unfit)
    return free[:: -(-len(free) // LOOKED_AT) or 1]


def _shown(
    shot: Shot, ours: Survey, theirs: Survey, reference: Mapping[int, int]
) -> dict[int, Shares]:
    """Return the colours of frames, which have these Reference frames."""
    display = shot_chain(shot, "display")
    shown: dict[int, Shares] = {}
    for frame, other in reference.items():
        truth = at_tones_of(
            display.to_working(ours.thumbs[ours.index_of(frame)]),
            display.to_working(theirs.thumbs[theirs.index_of(other)]),
        )
        shown[frame] = measure_shares(truth, np.ones(truth.shape[:2], np.float32))
    return shown


def _in_shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{colour} ({share:.1%})" for colour, share in shares.items())
