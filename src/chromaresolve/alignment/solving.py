"""All pairs of a shot laid together: what they share is found from all of them at once.

A telecine is set up once for a shot, or a few times, and the film weaves in both gates. So pairs
that lie alike share one matrix, and a frame moves by itself only where it shows that it does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from chromaresolve.alignment.bending import fit_bend
from chromaresolve.alignment.doubts import LEAST_AGREEMENT, refuse_unlike
from chromaresolve.alignment.geometry import Bend, Matrix
from chromaresolve.alignment.parts import Part, Place, tell_place, tell_shot
from chromaresolve.alignment.refining import FINEST, LEVELS, corner_shift, refine
from chromaresolve.alignment.registration import Found, Registration, believe, find, settle
from chromaresolve.alignment.scoring import Score, lay, rises
from chromaresolve.alignment.views import PairViews
from chromaresolve.errors import StageError
from chromaresolve.telling import Progress

Result = TypeVar("Result")

CENTRAL = 0.6
"""Share of the picture's width and height that is looked at first: the middle of both is picture
whatever their masking, and lenses and gates bend it least."""

SAME_SET_UP = 0.004
"""How far a frame's corners may lie from where the others have them, share of the width, for it to
share their matrix: 8 px of a 2K scan. Film weaves by 1 or 2, and drifts by a few."""

MOST_POOLED = 8
"""Pairs that a shared matrix is solved from, evenly over the shot: more make it no better than the
frames' own shifts are known, only slower."""

CLEARLY = 2.0
"""Standard deviations from which on a frame has moved."""

MOST_AT_ONCE = 4
"""Pairs worked on side by side at most: each takes 60 MB meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """How the pairs of a shot lie."""

    registrations: Mapping[int, Registration]
    """By frame, of every pair that lies believably."""
    refused: Mapping[int, str]
    """By frame, why the others do not: a sentence each."""
    together: str
    """What was solved for the whole shot and what for frames of their own, in one sentence."""


def solve_shot(pairs: Mapping[int, PairViews], *, bend: bool, on_progress: Progress) -> Solved:
    """Find how all pairs of a shot lie.

    Args:
        pairs: By frame; all Sources of one raster, and all References.
        bend: Whether a smooth bend may be looked for, besides.
        on_progress: Told twice as many steps as there are pairs.

    Raises:
        StageError: There is no pair, or they are of several rasters.
    """
    _refuse_rasters(pairs)
    parts, refused = _parts(pairs, on_progress)
    places: dict[int, Place] = {}
    for part in (_pooled(pairs, part) for part in parts):
        placed = _side_by_side(partial(_place, pairs, part), part.frames)
        for frame, place in zip(part.frames, placed, strict=True):
            places[frame] = place
            on_progress(len(pairs) + len(places), 2 * len(pairs), f"frame {frame}")
    bent = _find_bend(pairs, places) if bend and places else None
    frames = sorted(places)
    registrations: dict[int, Registration] = {}
    registered = _side_by_side(partial(_registered, pairs, places, bent), frames)
    for frame, answer in zip(frames, registered, strict=True):
        if isinstance(answer, str):
            refused[frame] = answer
        else:
            registrations[frame] = answer
    on_progress(2 * len(pairs), 2 * len(pairs), "aligned")
    return Solved(
        registrations=registrations,
        refused=dict(sorted(refused.items())),
        together=tell_shot({frame: places[frame] for frame in registrations}, bent),
    )


def _refuse_rasters(pairs: Mapping[int, PairViews]) -> None:
    if not pairs:
        raise StageError("alignment", "there is no pair to align: run `chromaresolve pairs`")
    shapes = {(pair.source.file_shape, pair.reference.file_shape) for pair in pairs.values()}
    if len(shapes) > 1:
        problem = f"pairs of {len(shapes)} rasters: all Sources must be of one, all References too"
        raise StageError("alignment", problem)


def _parts(
    pairs: Mapping[int, PairViews], on_progress: Progress
) -> tuple[list[Part], dict[int, str]]:
    """Divide the pairs into those that lie alike, and say why the rest lies nowhere."""
    parts: list[Part] = []
    own: dict[int, Found | str] = {}
    left = sorted(pairs)
    while left:
        on_progress(len(pairs) - len(left), 2 * len(pairs), f"frame {left[0]}")
        seed = _seed(pairs, left, own)
        left = [frame for frame in left if not isinstance(own.get(frame), str)]
        if seed is None:
            continue
        frame, found = seed
        taken = {one for part in parts for one in part.frames}
        others = [one for one in sorted(pairs) if one != frame and one not in taken]
        follow = _side_by_side(partial(_follows, pairs, found.refined.matrix), others)
        alike = [one for one, follows in zip(others, follow, strict=True) if follows]
        frames = tuple(sorted([frame, *alike]))
        parts.append(Part(frames=frames, refined=found.refined, method=found.method))
        left = [one for one in left if one not in frames]
    taken = {frame for part in parts for frame in part.frames}
    strange = {frame: why for frame, why in own.items() if isinstance(why, str)}
    return parts, {frame: why for frame, why in strange.items() if frame not in taken}


def _seed(
    pairs: Mapping[int, PairViews], left: Sequence[int], own: dict[int, Found | str]
) -> tuple[int, Found] | None:
    """Choose the frame whose own matrix is known best, of a few: the middle, the first, the last.

    Args:
        pairs: All of them.
        left: Frames to choose from.
        own: What single frames gave, or why they fit nothing; what is found here is put in.
    """
    few = list(dict.fromkeys((left[len(left) // 2], left[0], left[-1])))
    new = [frame for frame in few if frame not in own]
    own.update(zip(new, _side_by_side(partial(_found, pairs), new), strict=True))
    believed = [(frame, own[frame]) for frame in few]
    matrices = [(frame, found) for frame, found in believed if isinstance(found, Found)]
    return min(matrices, key=lambda one: one[1].refined.corner_px, default=None)


def _found(pairs: Mapping[int, PairViews], frame: int) -> Found | str:
    """Return how a pair lies by itself, or why it cannot be so."""
    try:
        found = find(pairs[frame], model="homography")
        refuse_unlike(pairs[frame], found.refined.matrix, found.laid)
    except StageError as error:
        return error.problem
    return found


def _follows(pairs: Mapping[int, PairViews], matrix: Matrix, frame: int) -> bool:
    """Say whether a pair lies nearly as a matrix says, and shows the same there."""
    pair = pairs[frame]
    found = refine([pair], matrix, model="similarity", levels=LEVELS[:2]).matrix
    if _moved(pair, matrix, found) > SAME_SET_UP * pair.source.width:
        return False
    return lay(pair, found).agreement >= LEAST_AGREEMENT


def _moved(pair: PairViews, matrix: Matrix, other: Matrix) -> float:
    """Return how far apart two matrices put a corner, Source view pixels."""
    return corner_shift(np.linalg.inv(matrix) @ other, pair.source.width, pair.source.height)


def _pooled(pairs: Mapping[int, PairViews], part: Part) -> Part:
    """Solve the matrix that pairs share from all of them, the middle of the picture first."""
    if len(part.frames) == 1:
        return part
    some = [pairs[frame] for frame in _spread(part.frames)]
    central = [pair.central(CENTRAL) for pair in some]
    refined = part.refined
    for seen, model in ((central, "affine"), (some, "homography")):
        tried = refine(seen, refined.matrix, model=model, levels=LEVELS[1:])
        # A step too many, in a picture that tells little, would show here.
        if _agreement(seen, tried.matrix) >= _agreement(seen, refined.matrix):
            refined = tried
    refined, told = settle(some, refined)
    method = f"one matrix for {len(part.frames)} pairs, the picture's middle first{told}"
    return replace(part, refined=refined, method=method)


def _spread(frames: Sequence[int]) -> list[int]:
    """Return as many as are pooled, evenly over the shot."""
    count = min(MOST_POOLED, len(frames))
    return [frames[place] for place in np.linspace(0, len(frames) - 1, count).round().astype(int)]


def _agreement(pairs: Sequence[PairViews], matrix: Matrix) -> float:
    return float(np.mean([lay(pair, matrix).agreement for pair in pairs]))


def _place(pairs: Mapping[int, PairViews], part: Part, frame: int) -> Place:
    """Move a frame by itself where it clearly lies otherwise, and lies better so."""
    pair = pairs[frame]
    place = Place(part=part, refined=part.refined, model="", moved_px=0.0)
    if len(part.frames) == 1:
        return place
    own = np.zeros((8, 8))
    score = lay(pair, part.refined.matrix).score()
    for model, levels in (("shift", LEVELS[1:]), ("similarity", FINEST)):
        tried = refine([pair], place.refined.matrix, model=model, levels=levels)
        if model == "shift":
            # Moved or not, a frame is known no better than its shift is told.
            own = tried.covariance
        if _moved(pair, place.refined.matrix, tried.matrix) <= CLEARLY * tried.corner_px:
            continue
        better = lay(pair, tried.matrix).score()
        if rises([score], [better]):
            moved = _moved(pair, part.refined.matrix, tried.matrix) * pair.source_px
            place = replace(place, refined=tried, model=model, moved_px=moved)
            score, own = better, tried.covariance
    refined = replace(place.refined, covariance=part.refined.covariance + own)
    return replace(place, refined=refined)


def _find_bend(pairs: Mapping[int, PairViews], places: Mapping[int, Place]) -> Bend | None:
    """Find a bend that all pairs share, where those it was not fitted to lie better by it too."""
    some = _spread(sorted(places))
    fitted, judging = (some[::2], some[1::2]) if len(some) > 1 else (some, some)
    bend = _fit(pairs, places, fitted)
    if bend is None:
        return None
    before, after = ([_score(pairs, places, one, by) for one in judging] for by in (None, bend))
    return _fit(pairs, places, some) if rises(before, after) else None


def _fit(
    pairs: Mapping[int, PairViews], places: Mapping[int, Place], frames: Sequence[int]
) -> Bend | None:
    return fit_bend(
        [pairs[frame] for frame in frames], [places[frame].refined.matrix for frame in frames]
    )


def _score(
    pairs: Mapping[int, PairViews], places: Mapping[int, Place], frame: int, bend: Bend | None
) -> Score:
    return lay(pairs[frame], places[frame].refined.matrix, bend).score()


def _registered(
    pairs: Mapping[int, PairViews], places: Mapping[int, Place], bend: Bend | None, frame: int
) -> Registration | str:
    """Describe how a pair lies, or say why that is not believable."""
    pair, place = pairs[frame], places[frame]
    laid = lay(pair, place.refined.matrix, bend)
    method = tell_place(place, bend)
    try:
        return believe(pair, place.refined, laid, method=method, bend=bend)
    except StageError as error:
        return error.problem


def _side_by_side(work: Callable[[int], Result], frames: Iterable[int]) -> Iterator[Result]:
    """Do some work for each frame, on several cores, and give what comes of it in order."""
    with ThreadPoolExecutor(min(MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        yield from pool.map(work, frames)
