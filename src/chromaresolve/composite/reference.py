"""The Reference as it must lie over the plate: V5 of the composite timeline.

Resolve's Inspector can move, zoom and turn a clip; alignment found a homography for each pair. What
the Inspector cannot do of it is measured and said, for a wipe between the two shows it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.geometry import (
    Fit,
    Inspector,
    Matrix,
    apply,
    average_inspector,
    inspector_from_homography,
    inspector_matrix,
    multiply,
)
from chromaresolve.bridge.names import REFERENCE_BIN
from chromaresolve.composite.timeline import (
    CompositeTimeline,
    CompositeTrack,
    hashed_pattern,
    own_timecode,
)
from chromaresolve.errors import FrameError, StageError
from chromaresolve.frames import Header, Sequence, read_header
from chromaresolve.shot import FrameRange, Shot
from chromaresolve.telling import Say

ALIGNMENT = "alignment/alignment.json"
"""What alignment found, in the shot folder."""

STILL_PX = 0.1
"""A Reference whose corners stay within this over the shot needs no keyframes: no eye sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTrack:
    """The Reference's track."""

    track: CompositeTrack
    """Its frames, under the Reference's own numbers."""
    lead: int
    """Frames of the timeline that pass before the Reference begins."""
    fitted: tuple[float, float]
    """Width and height, in pixels of the frame, of the clip as Resolve fits it in."""
    placements: Mapping[int, Inspector]
    """How it lies, by the Source's frame: one where it lies still, one a pair where it does not."""
    residual_px: float
    """How far off a point of the picture is at most, in pixels of the frame."""


def plan_reference(
    shot: Shot, timeline: CompositeTimeline, *, say: Say, is_pair: bool = False
) -> ReferenceTrack | None:
    """Lay out the Reference's track, or say why there is none.

    Args:
        shot: The shot.
        timeline: What it is to lie on.
        say: Told what is left out, and how far the Inspector is off.
        is_pair: On the pair timeline the track is on, and lies as fitted before it was aligned.

    Raises:
        StageError: What alignment found cannot be read.
    """
    try:
        sequence = Sequence.find(shot.reference.sequence, shot.root)
        first, last = _run(shot, sequence)
    except FrameError as error:
        say(f"Reference is left out: {error}")
        return None
    header = read_header(sequence.path(first))
    fits = _fits(shot, timeline, header)
    if not fits and not is_pair:
        say(f"Reference is left out: no aligned pair is at offset {shot.reference.offset}")
        return None
    residual = max((fit.residual_px for fit in fits.values()), default=0.0)
    off = f"what the Inspector can do leaves it up to {residual:.2f} px off its alignment"
    say(f"Reference: {off if fits else 'not aligned yet, it lies as Resolve fits it in'}")
    timecode, _ = own_timecode(header, first, timeline.frame_rate)
    return ReferenceTrack(
        track=CompositeTrack(
            name="Reference",
            pattern=hashed_pattern(shot, sequence.path(first), shot.reference.sequence),
            first=first,
            last=last,
            timecode=timecode,
            enabled=is_pair,
            composite="Normal",
            colour="Purple",
            bin=REFERENCE_BIN,
        ),
        lead=first - shot.reference.offset - timeline.first,
        fitted=_fitted(header, timeline),
        placements=_placements(fits, timeline) if fits else {timeline.first: Inspector()},
        residual_px=residual,
    )


def _run(shot: Shot, sequence: Sequence) -> tuple[int, int]:
    """Return the first and last Reference frame that the shot shows."""
    offset = shot.reference.offset
    there = [number for number in sequence.frames if number - offset in shot.shot.frames]
    if not there:
        problem = f"no frame of {shot.shot.frames} is there at offset {offset}"
        raise FrameError(sequence.pattern, problem)
    if len(there) != there[-1] - there[0] + 1:
        problem = f"{FrameRange.of(there)} has gaps, which a timeline shows as missing"
        raise FrameError(sequence.pattern, problem)
    return there[0], there[-1]


def _fits(shot: Shot, timeline: CompositeTimeline, header: Header) -> dict[int, Fit]:
    """Return the nearest Inspector for each pair that stands on the track."""
    file = shot.path(ALIGNMENT)
    if not file.is_file() and not shot.pair:
        return {}
    to_frame = _to_frame(header, timeline)
    fits = {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["pairs"]
        for pair in sorted(shot.pair, key=lambda pair: pair.source):
            if pair.reference == pair.source + shot.reference.offset and str(pair.source) in found:
                to_reference = _matrix(found[str(pair.source)]["matrix"])
                fits[pair.source] = inspector_from_homography(
                    multiply(to_frame, to_reference), timeline.width, timeline.height
                )
    except (OSError, ValueError, KeyError, TypeError, BridgeError) as error:
        problem = f"is not what alignment writes ({error}): run `chromaresolve align` again"
        raise StageError(file, problem) from error
    return fits


def _matrix(rows: list[list[float]]) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = rows
    return (a, b, c), (d, e, f), (g, h, i)


def _fitted(header: Header, timeline: CompositeTimeline) -> tuple[float, float]:
    """Return the size to which Resolve scales a clip: as large as it can, nothing cut off."""
    size = header.data_window
    scale = min(timeline.width / size.width, timeline.height / size.height)
    return size.width * scale, size.height * scale


def _to_frame(header: Header, timeline: CompositeTimeline) -> Matrix:
    """Return the matrix from the Reference's pixel centres to the frame's, once it is fitted in."""
    across, down = _fitted(header, timeline)
    scale = across / header.data_window.width
    return (
        (scale, 0.0, (scale - 1 + timeline.width - across) / 2),
        (0.0, scale, (scale - 1 + timeline.height - down) / 2),
        (0.0, 0.0, 1.0),
    )


def _placements(fits: Mapping[int, Fit], timeline: CompositeTimeline) -> dict[int, Inspector]:
    inspectors = {frame: fit.inspector for frame, fit in fits.items()}
    if _measure_wander(inspectors.values(), timeline) > STILL_PX:
        return inspectors
    return {timeline.first: average_inspector(inspectors.values())}


def _measure_wander(inspectors: Iterable[Inspector], timeline: CompositeTimeline) -> float:
    """Return how far the corner that moves most comes from where it was, in pixels."""
    width, height = timeline.width, timeline.height
    matrices = [inspector_matrix(inspector, width, height) for inspector in inspectors]
    farthest = 0.0
    for corner in product((0, width - 1), (0, height - 1)):
        across, down = zip(*(apply(matrix, corner) for matrix in matrices), strict=True)
        wander = math.hypot(max(across) - min(across), max(down) - min(down))
        farthest = max(farthest, wander)
    return farthest
