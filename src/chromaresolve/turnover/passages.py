"""What passes between shots in one sequence: dissolves, fades, flashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chromaresolve.survey import Survey, tone_thumbs
from chromaresolve.turnover.cuts import find_cuts
from chromaresolve.turnover.material import runs
from chromaresolve.turnover.transitions import (
    Transition,
    find_dissolves,
    find_fades,
    find_flashes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """Frames that are not of one shot in its own light."""

    transitions: tuple[Transition, ...]
    """Dissolves and fades."""
    flashes: tuple[int, ...]
    """Frames whose light or picture leaps and comes back."""

    def by_frame(self) -> Mapping[int, str]:
        """Return every such frame and what it is."""
        passing = {
            frame: f"in a {one.kind}"
            for one in self.transitions
            for frame in range(one.first, one.last + 1)
        }
        return passing | dict.fromkeys(self.flashes, "a flash, or another picture")


def find_passages(seen: Survey) -> Passages:
    """Find what passes between shots.

    Args:
        seen: A sequence, looked at.
    """
    if not seen.frames:
        return Passages(transitions=(), flashes=())
    tones = tone_thumbs(seen)
    transitions: list[Transition] = []
    flashes = list(find_cuts(tones, seen.frames).interruptions)
    for rows in runs(seen.frames):
        dissolves = find_dissolves(tones[rows], seen.frames[rows])
        fades = find_fades(tones[rows], seen.frames[rows])
        transitions += [one for one in dissolves if not any(map(one.overlaps, fades))] + fades
        flashes += find_flashes(tones[rows], seen.frames[rows])
    return Passages(transitions=tuple(transitions), flashes=tuple(sorted(set(flashes))))
