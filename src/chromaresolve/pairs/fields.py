"""Fields of a telecined Reference: half of a combed frame's moment lies in the frame beside it.

3:2 pulldown writes the film frames A B C D as AA BB BC CD DD, two fields each (SMPTE RP 197): of
the combed frame BC one field is B's, whose other field stands in the frame before, and one is C's,
whose other field stands in the frame after. Tape edits and shifted fields do the same to others.
So one field is kept and the other taken from a neighbour; the weave that shows no comb shows one
moment, line for line as it was scanned. Of two such moments the Source's own frame tells which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import Plane, correlation, rgb_to_tone, tone_to_luma_structure
from chromaresolve.survey.measures import LINE_COUNTS, measure_comb
from chromaresolve.turnover.cadence import COMBED
from chromaresolve.turnover.likeness import measure_shift

Field: TypeAlias = Literal["upper", "lower"]
"""One half of a frame's lines: those from the first on, or those from the second on."""

FIRST_LINE: dict[Field, int] = {"upper": 0, "lower": 1}
"""Where each begins."""

DIFFERING = 0.9
"""Quantile above which two moments differ most: there the Source is asked which of them it is."""

BAND = min(LINE_COUNTS)
"""Lines of the bands in which a frame's own lines are judged: a lower picture is never taken for
one that was scaled from television's lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMatch:
    """Where the other field of a combed frame is."""

    neighbour: Literal[-1, 1]
    """The frame that holds it: the one before, or the one after."""
    keeps: Field
    """The field of the combed frame that belongs with it."""
    comb: float
    """What is left of the comb once the two are woven; below 0.2 is nothing."""
    likeness: float
    """Correlation with the Source where the moments differ; 0 without a Source or a choice."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Weave:
    """A field of the combed frame with one of a neighbour."""

    neighbour: Literal[-1, 1]
    keeps: Field
    tone: Plane
    comb: float


def find_fields(
    frame_rgb: Rgb,
    *,
    before_rgb: Rgb | None,
    after_rgb: Rgb | None,
    source_rgb: Rgb | None = None,
    where: Path | str,
) -> FieldMatch | None:
    """Find which neighbour holds the field that belongs with a field of a combed frame.

    Args:
        frame_rgb: The Reference frame in its own raster, display encoded, (height, width, 3).
        before_rgb: The frame before it, of the same size; None where there is none.
        after_rgb: The frame after it, the same.
        source_rgb: The Source frame it is paired with, of any size and colour; it decides where
            both neighbours hold a field that fits.
        where: What to call the frame in an error.

    Returns:
        None where the frame is whole already; also where it was made so much smaller after the
        telecine that its two moments are mixed without a comb, which cannot be told from a blur.

    Raises:
        StageError: Its lines are no fields any longer, or no neighbour holds the other field, or a
            neighbour has another size.
    """
    tone = rgb_to_tone(frame_rgb)
    if measure_comb(tone) <= COMBED:
        return None
    if _comb_of_lines(tone) <= COMBED:
        raise StageError(
            where,
            "is combed, but its lines are no fields any longer: it was scaled after the telecine; "
            "export it in the telecine's own raster, or pair a frame that is whole",
        )
    weaves = [
        weave
        for weave in _weaves(tone, {-1: before_rgb, 1: after_rgb}, where)
        if weave.comb <= COMBED
    ]
    if not weaves:
        raise StageError(
            where,
            "shows two moments, and no frame beside it holds the other field of either: it was "
            "scaled a little after the telecine, stands at a cut, or is interlaced video; pair a "
            "frame that is whole, or deinterlace it",
        )
    likeness = _likeness([weave.tone for weave in weaves], source_rgb)
    # Without a Source all are alike: then the cleanest.
    best = max(range(len(weaves)), key=lambda place: (likeness[place], -weaves[place].comb))
    return FieldMatch(
        neighbour=weaves[best].neighbour,
        keeps=weaves[best].keeps,
        comb=weaves[best].comb,
        likeness=likeness[best],
    )


def weave_fields(
    frame_rgb: Rgb, other_rgb: Rgb, *, where: Path | str, keeps: Field | None = None
) -> Rgb:
    """Return one field of a frame with the other field of its neighbour, no value changed.

    Args:
        frame_rgb: The combed frame, (height, width, 3).
        other_rgb: The neighbour that holds the other field, of the same size.
        where: What to call the frame in an error.
        keeps: The field of the combed frame that stays; None for the one that leaves less comb.

    Raises:
        StageError: The sizes differ.
    """
    _require_same_size(frame_rgb, other_rgb, where)
    woven: Rgb = _woven(frame_rgb, other_rgb, keeps or _cleaner(frame_rgb, other_rgb))
    return woven


def _cleaner(frame_rgb: Rgb, other_rgb: Rgb) -> Field:
    tone, other = rgb_to_tone(frame_rgb), rgb_to_tone(other_rgb)
    return min(FIRST_LINE, key=lambda field: _comb_of_lines(_woven(tone, other, field)))


def _weaves(
    tone: Plane, neighbours: Mapping[Literal[-1, 1], Rgb | None], where: Path | str
) -> Iterator[_Weave]:
    for neighbour, other_rgb in neighbours.items():
        if other_rgb is None:
            continue
        other = rgb_to_tone(other_rgb)
        _require_same_size(tone, other, where)
        for keeps in FIRST_LINE:
            woven = _woven(tone, other, keeps)
            comb = _comb_of_lines(woven)
            yield _Weave(neighbour=neighbour, keeps=keeps, tone=woven, comb=comb)


def _woven(frame: NDArray[np.float32], other: NDArray[np.float32], keeps: Field) -> Any:  # noqa: ANN401 - a plane or RGB
    woven = other.copy()
    woven[FIRST_LINE[keeps] :: 2] = frame[FIRST_LINE[keeps] :: 2]
    return woven


def _require_same_size(
    frame: NDArray[np.float32], other: NDArray[np.float32], where: Path | str
) -> None:
    if frame.shape != other.shape:
        sizes = "{1} x {0} and {3} x {2}".format(*frame.shape[:2], *other.shape[:2])
        raise StageError(where, f"cannot be woven with its neighbour ({sizes}): export one size")


def _comb_of_lines(tone: Plane) -> float:
    """Return the comb of a picture's own lines, not of those it may have been scaled from."""
    return max(map(measure_comb, np.array_split(tone, -(-len(tone) // BAND))))


def _likeness(tones: list[Plane], source_rgb: Rgb | None) -> list[float]:
    """Return how like the Source each moment is where they differ; 0 without a choice."""
    if source_rgb is None or len(tones) < 2:
        return [0.0] * len(tones)
    height, width = tones[0].shape
    source = cv2.resize(rgb_to_tone(source_rgb), (width, height), interpolation=cv2.INTER_AREA)
    moments = np.stack([tone_to_luma_structure(tone) for tone in tones])
    ours = tone_to_luma_structure(np.asarray(source, np.float32))
    right, down = measure_shift(ours, np.asarray(moments.mean(axis=0), np.float32))
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = np.asarray(cv2.warpAffine(ours, shift, (width, height)), np.float32)
    apart = np.ptp(moments, axis=0)
    differs = apart > np.quantile(apart, DIFFERING)
    return [correlation(moved, moment, differs) for moment in moments]
