"""The frames of a shot that somebody should look at, as markers on the composite timeline."""

from __future__ import annotations

from dataclasses import dataclass

from chromaresolve.shot import Shot, load_flagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A frame to look at."""

    frame: int
    """Its number in the Source's files."""
    colour: str
    """One of Resolve's marker colours."""
    name: str
    """What kind of frame it is."""
    note: str
    """Why it is marked."""


def plan_markers(shot: Shot) -> tuple[Marker, ...]:
    """Return one marker for each frame that review flagged or that was held out, in their order.

    Raises:
        StageError: `flagged.json` is not what it must be.
    """
    markers = {
        pair.source: Marker(frame=pair.source, colour="Blue", name="hold-out", note=pair.reason)
        for pair in shot.held_out
    }
    for flagged in load_flagged(shot):
        if flagged.is_open:
            # Resolve holds one marker a frame: the one that asks for work stays.
            ending = " (a hold-out)" if flagged.frame in markers else ""
            markers[flagged.frame] = Marker(
                frame=flagged.frame,
                colour="Red",
                name=flagged.verdict,
                note=flagged.reason + ending,
            )
    return tuple(markers[frame] for frame in sorted(markers) if frame in shot.shot.frames)
