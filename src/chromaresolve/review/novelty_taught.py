"""What a shot's pairs teach, and how far each place of a frame is from it.

Each place is compared with the taught place most like it. Where the model does what it was taught,
the recovered colour is that one's true colour; where it has to go on by itself, it is not, and the
difference tells well how far off it is. No two places are quite alike: how much that alone comes to
is known from the pairs' own places, each compared with the one most like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from chromaresolve.alignment import (
    TeachingPair,
    ToDisplay,
    display_of,
    load_teaching,
    shot_chain,
    teaching_pairs,
)
from chromaresolve.colour import (
    delta_e_2000,
    luma_chroma_to_rgb,
    rgb_to_chroma,
    rgb_to_luma,
    rgb_to_ycbcr,
)
from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb
from chromaresolve.review.novelty_features import Floats, Spread, measure_features
from chromaresolve.review.novelty_pictures import Pictures
from chromaresolve.shot import Shot
from chromaresolve.telling import Say

TRUSTED = 0.75
"""Mean trust of a place's pixels from which it teaches."""

MOST_TOLD = 12.0
"""dE2000 beyond which a difference tells no more: what is that far from all that was taught may be
as wrong as it is new, or right."""

MOST_TAUGHT = 60_000
"""Places that are kept of all pairs together, so that many pairs take no longer."""


NEAR_ENOUGH = 0.1
"""A taught place no farther than the nearest by this share will do: it is found twice as fast
where a place is far from all of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unlike:
    """How far each place is from the taught place most like it."""

    distance: Floats
    """Between what the two show, in steps of the shot's colours, (places,)."""
    difference: Floats
    """dE2000 from that one's true chroma to the recovered one, on one luma, (places,)."""

    @property
    def expected(self) -> float:
        """How far off the recovered colour is expected to be, mean dE2000."""
        return float(np.minimum(self.difference, MOST_TOLD).mean())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taught:
    """What a shot's pairs teach."""

    spread: Spread
    """Of their plates' colours."""
    likes: KDTree
    """What each taught place shows."""
    chroma: Floats
    """Their true Cb and Cr, (places, 2)."""
    usual: Unlike
    """Each taught place and the other one most like it."""

    def compare(self, plate_709: Rgb, recovered_709: Rgb) -> Unlike:
        """Compare each place of a frame, shrunk, with the taught ones."""
        distance, nearest = self.likes.query(
            measure_features(plate_709, self.spread), eps=NEAR_ENOUGH
        )
        return Unlike(
            distance=np.asarray(distance, np.float32),
            difference=_chroma_difference(recovered_709.reshape(-1, 3), self.chroma[nearest]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lesson:
    """A pair's places."""

    plate_709: Rgb
    """(height, width, 3)."""
    recovered_709: Rgb
    """What the model made of it; the truth where it has made nothing of it yet."""
    truth_709: Rgb
    """What it should have."""
    teaches: NDArray[np.bool_]
    """Which places do, (height, width)."""


def learn(shot: Shot, pictures: Pictures, *, say: Say) -> Taught | None:
    """Read the pairs that teach; None where nothing does."""
    chain = shot_chain(shot)
    to_display, lessons = display_of(shot, chain), []
    for pair in teaching_pairs(shot):
        try:
            lesson = _shrink_pair(load_teaching(shot, pair, chain), to_display, pictures)
        except FrameError as error:
            say(f"novelty: pair {pair.source} is left out: {error}")
            continue
        if lesson.teaches.any():
            lessons.append(lesson)
    return _put_together(lessons) if lessons else None


def _shrink_pair(pair: TeachingPair, to_display: ToDisplay, pictures: Pictures) -> _Lesson:
    plate_709 = pictures.plate_places(pair.frame)
    truth_709 = pictures.places(to_display(pair.truth))
    try:
        recovered_709 = pictures.recovered_places(pair.frame)
    except FrameError:
        # Where only a part of the shot was recovered, to look at first, this pair is not in it.
        recovered_709 = truth_709
    if recovered_709.shape != truth_709.shape:
        raise FrameError(pictures.recovered.path(pair.frame), "has another shape than its plate")
    return _Lesson(
        plate_709=plate_709,
        recovered_709=recovered_709,
        truth_709=truth_709,
        teaches=pictures.places(pair.trust) >= TRUSTED,
    )


def _put_together(lessons: Sequence[_Lesson]) -> Taught:
    """Make what can be asked out of all pairs, and compare each of its places with the others."""
    plate = np.concatenate([one.plate_709[one.teaches] for one in lessons])
    recovered = np.concatenate([one.recovered_709[one.teaches] for one in lessons])
    truth = np.concatenate([one.truth_709[one.teaches] for one in lessons])
    spread = Spread.of(rgb_to_ycbcr(plate))
    shown = np.concatenate(
        [measure_features(one.plate_709, spread)[one.teaches.ravel()] for one in lessons]
    )
    some = slice(None, None, -(-len(shown) // MOST_TAUGHT))
    # Not balanced: painted pictures and black bars are the same place again and again, which slows
    # a balanced tree down.
    likes, chroma = KDTree(shown[some], balanced_tree=False), rgb_to_chroma(truth[some])
    # The nearest is the place itself, the second the one most like it.
    distance, other = (
        np.asarray(one)[:, 0] for one in likes.query(likes.data, k=[min(2, likes.n)])
    )
    usual = Unlike(
        distance=np.asarray(distance, np.float32),
        difference=_chroma_difference(recovered[some], chroma[other]),
    )
    return Taught(spread=spread, likes=likes, chroma=chroma, usual=usual)


def _chroma_difference(colours_709: Rgb, chroma: Floats) -> Floats:
    """Return dE2000 from colours to another chroma on their own luma, (places,)."""
    # The recovered luma, for in a chain of scene light that is not the plate's on the display.
    others = luma_chroma_to_rgb(rgb_to_luma(colours_709), chroma)
    difference: Floats = delta_e_2000(colours_709[np.newaxis], others[np.newaxis])[0]
    return difference
