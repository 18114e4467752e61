"""Levels and matrix: whether legal values were taken for full ones, or Rec.601 for Rec.709."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr, ycbcr_to_rgb
from chromaresolve.survey import Survey, tone_thumbs
from chromaresolve.turnover.correspondence import Pairs
from chromaresolve.turnover.finding import Finding
from chromaresolve.turnover.likeness import picture_area
from chromaresolve.turnover.material import HandOver, Material

LEGAL_BLACK, LEGAL_WHITE = 16 / 255, 235 / 255
"""Black and white of legal levels, taken for full ones; ITU-R BT.709-6, item 4.6."""

LEGAL_NEAR = 2.5 / 255
"""How near floor and ceiling of all channels come to these: noise and rounding."""

EDGE = 0.002
"""Share of the pixels of the small pictures that may lie beyond floor or ceiling."""

CLIPPED = 0.04
"""Share of all values at 0, and at 1, from which on levels were expanded twice: a graded picture
may cut off one end, and hardly ever so much of both."""

LUMA_WEIGHTS_601 = (0.299, 0.587, 0.114)
"""ITU-R BT.601-7, item 2.5.1."""

BETTER = 0.7
"""Deviation of chroma that a matrix leaves over what no matrix leaves, at most, to be suspected.
Measured: 0.2 to 0.7 where there was a mistake, 1.0 and more between any other two."""

SPOKEN_OF = 0.004
"""Deviation of chroma below which there is nothing to explain: one 8-bit step."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a sequence's values end, for each channel."""

    floor: NDArray[np.float32]
    """Lowest values but for strays, (3,)."""
    ceiling: NDArray[np.float32]
    """Highest values but for strays, (3,)."""
    at_black: float
    """Share of the picture's values at 0 or below."""
    at_white: float
    """Share of the picture's values at 1 or above."""


def measure_ends(surveyed: Survey) -> Ends:
    """Return where the values of a sequence end; what is clipped counts without borders."""
    thumbs = surveyed.thumbs.astype(np.float32)
    rows, columns = picture_area(tone_thumbs(surveyed))
    inner = thumbs[:, rows, columns]
    pixels = thumbs.reshape(-1, 3)
    floor, ceiling = np.quantile(pixels, (EDGE, 1 - EDGE), axis=0)
    return Ends(
        floor=floor.astype(np.float32),
        ceiling=ceiling.astype(np.float32),
        at_black=float((inner <= EDGE).mean()),
        at_white=float((inner >= 1 - EDGE).mean()),
    )


def check_levels(handed: HandOver) -> Iterator[Finding]:
    """Say where legal levels stand for full ones, or were expanded twice."""
    for material in (handed.source, handed.reference):
        if material.surveyed.frames:
            yield _check(material, measure_ends(material.surveyed))


def _check(material: Material, ends: Ends) -> Finding:
    subject = f"{material.name} levels"
    floor, ceiling = float(ends.floor.min()), float(ends.ceiling.max())
    # Fading lifts one channel more than the others; legal levels lift all to the same code.
    is_lifted = bool(np.abs(ends.floor - LEGAL_BLACK).max() < LEGAL_NEAR)
    is_lowered = abs(ceiling - LEGAL_WHITE) < LEGAL_NEAR
    if is_lifted and is_lowered:
        return Finding(
            verdict="note",
            subject=subject,
            sentence=(
                f"values end at {floor:.3f} and {ceiling:.3f}, which are 16 and 235 of 255: legal "
                "levels that nobody expanded"
            ),
            remedy="set Clip Attributes > Video > Data Levels to Video, and export again",
        )
    if min(ends.at_black, ends.at_white) > CLIPPED:
        return Finding(
            verdict="note",
            subject=subject,
            sentence=(
                f"{ends.at_black:.1%} of all values stand at 0 and {ends.at_white:.1%} at 1: "
                "full levels that were expanded as if they were legal"
            ),
            remedy="set Clip Attributes > Video > Data Levels to Full, and export again",
        )
    return Finding(verdict="ok", subject=subject, sentence=f"{floor:.3f} to {ceiling:.3f}")


def matrix_mistake(*, made_with_601: bool) -> NDArray[np.float32]:
    """Return what happens to R'G'B' that one matrix encoded and the other decoded, (3, 3)."""
    if made_with_601:
        return _decode(709) @ np.linalg.inv(_decode(601)).astype(np.float32)
    return _decode(601) @ np.linalg.inv(_decode(709)).astype(np.float32)


MISTAKES: Mapping[str, bool] = MappingProxyType(
    {
        "Rec.601 colour decoded with the Rec.709 matrix": True,
        "Rec.709 colour decoded with the Rec.601 matrix": False,
    }
)
"""What may have happened to the Reference, and whether it was made with Rec.601."""


def check_matrix(pairs: Pairs) -> Iterator[Finding]:
    """Say whether one matrix instead of the other explains how the Reference differs.

    Silent where the two differ by more than that: a fade hides what a matrix did.
    """
    source, reference = pairs.source.reshape(-1, 3), pairs.reference.reshape(-1, 3)
    if not len(source):
        return
    plain = _deviation(source - reference)
    left = {
        words: _deviation(source @ matrix_mistake(made_with_601=is_601).T - reference)
        for words, is_601 in MISTAKES.items()
    }
    words = min(left, key=lambda name: left[name])
    if plain > SPOKEN_OF and left[words] < BETTER * plain:
        yield Finding(
            verdict="note",
            subject="colour matrix",
            sentence=(
                f"the Reference looks like {words}: its chroma is {plain:.3f} off the Source's, "
                f"and {left[words]:.3f} with the matrix put right"
            ),
            remedy="set the clip's matrix in its Clip Attributes, and export the Reference again",
        )


def _decode(standard: int) -> NDArray[np.float32]:
    """Return the matrix from Y'CbCr to R'G'B' of a standard, (3, 3)."""
    if standard == 709:
        return ycbcr_to_rgb(np.eye(3, dtype=np.float32)).T
    red, green, blue = LUMA_WEIGHTS_601
    return np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ],
        np.float32,
    )


def _deviation(difference: NDArray[np.float32]) -> float:
    """Return the root mean square of chroma that differs; luma has its own reasons to."""
    return float(np.sqrt(np.square(rgb_to_ycbcr(difference)[..., 1:]).mean()))
