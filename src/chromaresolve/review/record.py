"""What a review says: of each frame what was measured and what is wrong with it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "luma",
    "hue",
    "flicker",
    "saturation",
    "skin",
    "bleed",
    "banding",
    "gamut",
    "crop",
    "join",
    "reference",
    "novelty",
]
"""What can be wrong: `luma` is not the plate's (a frame from elsewhere); `hue` jumps or drifts;
`flicker` beyond the Source's own; `saturation` lost or running away; `skin` tones unstable;
`bleed` of chroma over edges; `banding` of chroma; `gamut` fit on too many pixels; `crop` that does
not match; `join`: another picture than its neighbours at an end or inside; `reference`: a pair's
Reference lies wrong; `novelty`: unlike all that was taught."""

KINDS: tuple[Kind, ...] = get_args(Kind)
"""All of them."""

TEACHABLE: frozenset[Kind] = frozenset({"hue", "flicker", "saturation", "skin", "bleed", "novelty"})
"""What another pair may mend; the rest lies in the files or the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a frame stands out."""

    kind: Kind
    """What is wrong."""
    sentence: str
    """The same in words, with the numbers that show it; lower case, no full stop."""
    strength: float
    """How many times the limit: 1 is where a frame begins to stand out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReview:
    """One recovered frame."""

    frame: int
    """Source frame number."""
    measures: Mapping[str, float]
    """Every number that was measured, by name."""
    reasons: tuple[Reason, ...]
    """What is wrong with it, the strongest first."""

    @property
    def strength(self) -> float:
        """How much it stands out; 0 where nothing is wrong."""
        return max((reason.strength for reason in self.reasons), default=0.0)
