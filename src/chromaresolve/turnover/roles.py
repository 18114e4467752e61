"""Whether the Reference can teach at all: the same picture, the right way round, with colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr
from chromaresolve.turnover.correspondence import ALIKE, Pairs, find_meeting
from chromaresolve.turnover.finding import Finding
from chromaresolve.turnover.material import HandOver

MONO = 0.004
"""Deviation of chroma below which a picture has none: one 8-bit step."""

TINTED = 0.006
"""The same of chroma beside what goes with luma, below which a picture is toned, not coloured."""

LUMA_STEPS = 24
"""Steps of luma in which a tone may have its own tint."""

SWAPPED = 1.15
"""Red contrast of the Source over the Reference's from which on the two may be swapped. Measured:
1.6 and more with a pink Reference, 1.1 to 1.3 with a mildly faded one; where neither is the more
faded, 1.08 at most."""

DARKEST = 10 ** (-4 / 2.4)
"""Display value of the densest black that a print holds, density 4; below lies noise."""

SPREAD = (0.05, 0.95)
"""Shares of the pixels between which contrast is measured."""

CAST = 0.06
"""Mean chroma of a picture whose dyes have faded, at least; grades reach 0.04."""


@dataclass(frozen=True, slots=True)
class Colourfulness:
    """How much colour a sequence has, and how much cast."""

    chroma: float
    """Deviation of chroma from grey."""
    beside_luma: float
    """Deviation of chroma beside what goes with luma: what one dye alone, or a tint, has not."""
    cast: float
    """Distance of the mean chroma from grey."""


def measure_colour(pixels: NDArray[np.float32]) -> Colourfulness:
    """Return how much colour there is.

    Args:
        pixels: Display RGB, (pixels, 3).
    """
    ycbcr = rgb_to_ycbcr(pixels)
    luma, chroma = ycbcr[:, 0], ycbcr[:, 1:]
    edges = np.quantile(luma, np.linspace(0, 1, LUMA_STEPS + 1)[1:-1])
    step = np.searchsorted(edges, luma)
    count = np.maximum(np.bincount(step, minlength=LUMA_STEPS), 1)
    along = np.stack(
        [np.bincount(step, weights=plane, minlength=LUMA_STEPS) / count for plane in chroma.T], 1
    )
    return Colourfulness(
        chroma=float(np.sqrt(np.square(chroma).sum(axis=1).mean())),
        beside_luma=float(np.sqrt(np.square(chroma - along[step]).sum(axis=1).mean())),
        cast=float(np.hypot(*chroma.mean(axis=0))),
    )


def measure_red(pairs: Pairs) -> float:
    """Return the Source's red contrast over the Reference's, each beside its own green.

    The cyan dye fades first and takes red contrast with it, whatever the picture, the grade's gain
    and its gamma: below 1 the Source is the more faded, above 1 the Reference.
    """
    contrast = [_red_beside_green(pixels) for pixels in (pairs.source, pairs.reference)]
    return contrast[0] / contrast[1]


def check_roles(handed: HandOver, pairs: Pairs) -> Iterator[Finding]:
    """Say whether Source and Reference are what they are called."""
    yield from _check_content(handed, pairs)
    if not handed.reference.surveyed.frames:
        return
    thumbs = handed.reference.surveyed.thumbs
    yield _check_colour(handed, measure_colour(thumbs.reshape(-1, 3).astype(np.float32)))
    if len(pairs.source):
        yield from _check_swapped(pairs)


def _check_content(handed: HandOver, pairs: Pairs) -> Iterator[Finding]:
    if pairs.turned:
        yield Finding(
            verdict="stop",
            subject="content",
            sentence=f"the Reference is {pairs.turned}",
            remedy="turn it back in Resolve's Inspector (Transform > Flip), and export it again",
        )
    elif pairs.likeness > ALIKE:
        sentence = f"both show the same at the stated offset (likeness {pairs.likeness:.2f})"
        yield Finding(verdict="ok", subject="content", sentence=sentence)
    else:
        yield from _check_strangers(handed)


def _check_strangers(handed: HandOver) -> Iterator[Finding]:
    """Say whether two sequences that do not fit as stated would fit at all."""
    meeting = find_meeting(handed)
    if meeting is None:
        return
    stated, offset = handed.shot.reference.offset, meeting.reference - meeting.source
    if meeting.likeness > ALIKE and offset != stated:
        yield Finding(
            verdict="note",
            subject="content",
            sentence=(
                f"Source and Reference do not look alike at offset {stated}; frame "
                f"{meeting.source} of the Source looks like frame {meeting.reference} of the "
                "Reference"
            ),
            remedy=f"look at those two; if they are one picture, set [reference] offset = {offset}",
            frames=str(meeting.source),
        )
        return
    yield Finding(
        verdict="note",
        subject="content",
        sentence=(
            "Source and Reference have nothing in common: no frame of one looks like any of the "
            f"other (likeness {meeting.likeness:.2f})"
        ),
        remedy="look at both: it is another shot, or a very different framing",
    )


def _check_colour(handed: HandOver, found: Colourfulness) -> Finding:
    subject = "Reference colour"
    if found.chroma < MONO:
        needs_it = handed.shot.training.branch == "chroma"
        return Finding(
            verdict="stop" if needs_it else "note",
            subject=subject,
            sentence="the Reference is black and white",
            remedy="find a copy in colour, or construct a reference and set its kind",
        )
    if found.beside_luma < TINTED:
        return Finding(
            verdict="note",
            subject=subject,
            sentence="the Reference is toned or tinted: its colour only goes with its luma",
            remedy="a toned print teaches one tint for each grey; look for a copy in full colour",
        )
    sentence = f"chroma deviates by {found.beside_luma:.3f} beside luma"
    return Finding(verdict="ok", subject=subject, sentence=sentence)


def _check_swapped(pairs: Pairs) -> Iterator[Finding]:
    red = measure_red(pairs)
    casts = [measure_colour(pixels).cast for pixels in (pairs.source, pairs.reference)]
    if red > SWAPPED and casts[1] > max(CAST, casts[0]):
        yield Finding(
            verdict="note",
            subject="roles",
            sentence=(
                f"the Reference is the more faded of the two: the Source has {red:.2g} times its "
                "red contrast, so they may be swapped"
            ),
            remedy="swap [source] scan and [reference] sequence if the Reference is the faded one",
        )


def _red_beside_green(pixels: NDArray[np.float32]) -> float:
    light = np.quantile(np.maximum(pixels[:, :2], DARKEST), SPREAD, axis=0)
    red, green = np.log(light[1] / light[0])
    # A picture of one tone: no contrast says nothing.
    return float(max(red, 1e-3) / max(green, 1e-3))
