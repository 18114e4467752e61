"""Which pairs of a shot lie alike and which move by themselves, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from chromaresolve.alignment.bending import mean_shift
from chromaresolve.alignment.geometry import Bend
from chromaresolve.alignment.refining import Refined

MOST_NAMED = 6
"""Frames that a sentence names one by one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Pairs that lie alike: of one set-up of the telecine."""

    frames: tuple[int, ...]
    """In order."""
    refined: Refined
    """The matrix that they share."""
    method: str
    """How it was found."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """How one pair lies."""

    part: Part
    """The pairs that it belongs to."""
    refined: Refined
    """Its matrix: theirs, or moved by itself."""
    model: str
    """By what it is moved, "" where it is not."""
    moved_px: float
    """How far its worst corner is moved along x or y, Source pixels."""


def tell_place(place: Place, bend: Bend | None) -> str:
    """Say in one sentence how a pair was laid."""
    told = place.part.method
    if place.model:
        told += f"; moved by itself by a {place.model}, {place.moved_px:.2f} px"
    return told + ("; bent as the whole shot is" if bend else "")


def tell_shot(places: Mapping[int, Place], bend: Bend | None) -> str:
    """Say in one sentence what was solved for the whole shot, and what for frames of their own."""
    if not places:
        return "no pair lies believably"
    parts = list({id(place.part): place.part for place in places.values()}.values())
    told = [parts[0].method] if len(parts) == 1 else [_tell_parts(parts, places)]
    moved = {frame: place for frame, place in places.items() if place.model}
    if moved:
        middle, most = np.quantile([place.moved_px for place in moved.values()], (0.5, 1))
        told.append(
            f"{len(moved)} of {len(places)} moved by themselves, as film weaves, by "
            f"{middle:.2f} px, {most:.2f} px at most ({_tell_models(moved.values())})"
        )
    elif len(places) > len(parts):
        told.append("no frame weaves by more than can be told")
    if bend is not None:
        told.append(f"all bent alike, by {100 * mean_shift(bend):.2f} % of the width on average")
    return "; ".join(told)


def _tell_parts(parts: Iterable[Part], places: Mapping[int, Place]) -> str:
    """Name the frames of each part, the largest first."""
    lying = [[frame for frame in part.frames if frame in places] for part in parts]
    ordered = sorted(lying, key=lambda frames: (-len(frames), frames))
    named = " / ".join(map(_tell_frames, ordered))
    return f"the pairs lie in {len(lying)} ways, a matrix for each: frames {named}"


def _tell_frames(frames: list[int]) -> str:
    if len(frames) <= MOST_NAMED:
        return ", ".join(map(str, frames))
    return f"{len(frames)} from {frames[0]} to {frames[-1]}"


def _tell_models(places: Iterable[Place]) -> str:
    models = [place.model for place in places]
    told = [f"{models.count(model)} by a {model}" for model in ("shift", "similarity")]
    return ", ".join(one for one in told if not one.startswith("0 "))
