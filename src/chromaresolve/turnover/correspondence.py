"""Pixels of Source and Reference that show the same, as far as small pictures can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.structure import Plane, rgb_to_tone
from chromaresolve.survey import Survey, tone_thumbs
from chromaresolve.turnover.likeness import (
    is_blank,
    measure_contrast,
    measure_likeness,
    measure_shift,
    picture_area,
    tone_to_detail,
)
from chromaresolve.turnover.material import HandOver

MOST_PAIRS = 12
"""Frames that are compared, spread over those in common."""

ALIKE = 0.55
"""Likeness from which on two sequences are taken to show the same: the median of several pairs."""

MARGIN = 0.1
"""Share of the picture left out on every side: gates, overscan, what the other has cropped."""

SOFTNESS = 1.0
"""Blur of what is compared, in pixels of the small pictures: they do not lie exactly."""

TURNED_BETTER = 0.05
"""By how much a Reference that is turned back must look more alike. Measured: of those the right
way round, turning makes every one less alike by 0.3 or more."""

SEARCHED = (5, 400)
"""Frames of the Source and of the Reference that are compared, each with each, where the stated
offset does not fit."""

Thumb = NDArray[np.float32]
"""A small picture, display RGB, (height, width, 3)."""

TURNS: Mapping[str, tuple[slice, slice]] = MappingProxyType(
    {
        "mirrored left to right": (slice(None), slice(None, None, -1)),
        "upside down": (slice(None, None, -1), slice(None)),
        "turned by half a circle": (slice(None, None, -1), slice(None, None, -1)),
    }
)
"""How film gets into a gate the wrong way, and what turns it back."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Pixels of frames that the stated offset puts together."""

    source: NDArray[np.float32]
    """Display RGB of the Source's pixels, (pixels, 3); none where the two do not look alike."""
    reference: NDArray[np.float32]
    """The Reference's pixels in the same places, (pixels, 3)."""
    likeness: float
    """Median likeness of what they show; 0 where no pair shows anything."""
    turned: str
    """Which of `TURNS` the Reference has taken; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The two frames that look most alike, whatever their numbers."""

    source: int
    """Frame of the Source."""
    reference: int
    """Frame of the Reference."""
    likeness: float
    """Median over some frames of the Source: how like each is to its likest of the Reference."""


def pair_up(handed: HandOver) -> Pairs:
    """Compare what the frames in common show, whatever their colours."""
    pairs = _pairs(handed)
    details = [tuple(tone_to_detail(rgb_to_tone(thumb)) for thumb in pair) for pair in pairs]
    likeness = _median(measure_likeness(ours, theirs) for ours, theirs in details)
    turned = _turned(details, likeness)
    lying = zip(pairs, details, strict=True) if likeness > ALIKE and not turned else ()
    pixels = [_lying_together(pair, detail) for pair, detail in lying]
    nothing = np.zeros((0, 3), np.float32)
    return Pairs(
        source=np.concatenate([nothing, *(ours for ours, _ in pixels)]),
        reference=np.concatenate([nothing, *(theirs for _, theirs in pixels)]),
        likeness=likeness,
        turned=turned,
    )


def find_meeting(handed: HandOver) -> Meeting | None:
    """Look for the same picture at any offset; None where one of the two shows nothing at all."""
    surveys = handed.source.surveyed, handed.reference.whole
    ours, theirs = (_some(*one) for one in zip(surveys, SEARCHED, strict=True))
    if not (ours and theirs):
        return None
    height, width = next(iter(ours.values())).shape
    scaled = {
        frame: np.asarray(cv2.resize(detail, (width, height)), np.float32)
        for frame, detail in theirs.items()
    }
    likest: list[tuple[float, int, int]] = []
    for frame, detail in ours.items():
        there = {other: measure_likeness(detail, scaled[other]) for other in scaled}
        # The nearest number where several look the same: nothing moves.
        best = max(there, key=lambda other: (there[other], -abs(other - frame)))
        likest.append((there[best], frame, best))
    _, source, reference = max(likest)
    likeness = _median(one for one, _, _ in likest)
    return Meeting(source=source, reference=reference, likeness=likeness)


def _turned(details: list[tuple[Plane, ...]], likeness: float) -> str:
    """Return what must be undone for the two to look more alike; empty for nothing."""
    turned = {
        _median(
            measure_likeness(ours, np.ascontiguousarray(theirs[turn])) for ours, theirs in details
        ): words
        for words, turn in TURNS.items()
    }
    best = max(turned)
    return turned[best] if best > max(ALIKE, likeness + TURNED_BETTER) else ""


def _pairs(handed: HandOver) -> list[tuple[Thumb, Thumb]]:
    """Return some pairs of small pictures without borders, of one size; none that shows nothing."""
    surveys = handed.source.surveyed, handed.reference.surveyed
    common = [rows for rows in handed.common() if not any(map(_shows_nothing, surveys, rows))]
    if not common:
        return []
    some = np.unique(np.linspace(0, len(common) - 1, MOST_PAIRS).round().astype(int))
    areas = [picture_area(tone_thumbs(surveyed)) for surveyed in surveys]
    pairs = []
    for place in some:
        ours, theirs = (
            np.ascontiguousarray(surveyed.thumbs[row][area].astype(np.float32))
            for surveyed, row, area in zip(surveys, common[place], areas, strict=True)
        )
        size = (ours.shape[1], ours.shape[0])
        pairs.append((ours, np.asarray(cv2.resize(theirs, size), np.float32)))
    return pairs


def _some(surveyed: Survey, most: int) -> dict[int, Plane]:
    """Return what some frames show, without borders, by their numbers; none that shows nothing."""
    tones = tone_thumbs(surveyed)
    rows = [row for row in range(len(tones)) if not _shows_nothing(surveyed, row)]
    if not rows:
        return {}
    some = np.unique(np.linspace(0, len(rows) - 1, most).round().astype(int))
    area = picture_area(tones)
    return {surveyed.frames[rows[one]]: tone_to_detail(tones[rows[one]][area]) for one in some}


def _median(likenesses: Iterable[float]) -> float:
    each = list(likenesses)
    return float(np.median(each)) if each else 0.0


def _shows_nothing(surveyed: Survey, row: int) -> bool:
    tone = rgb_to_tone(surveyed.thumbs[row].astype(np.float32))
    return bool(is_blank(measure_contrast(tone_to_detail(tone)[np.newaxis]))[0])


def _lying_together(
    pair: tuple[Thumb, Thumb], detail: tuple[Plane, ...]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the inner pixels of both, the Reference's moved to where they fit best."""
    ours, theirs = (np.asarray(cv2.GaussianBlur(one, (0, 0), SOFTNESS), np.float32) for one in pair)
    height, width, _ = ours.shape
    right, below = measure_shift(*detail)
    back = np.array([[1, 0, -right], [0, 1, -below]], np.float32)
    moved = cv2.warpAffine(theirs, back, (width, height), borderMode=cv2.BORDER_REPLICATE)
    down, across = (round(side * MARGIN) for side in (height, width))
    inner = slice(down, height - down), slice(across, width - across)
    return ours[inner].reshape(-1, 3), np.asarray(moved, np.float32)[inner].reshape(-1, 3)
