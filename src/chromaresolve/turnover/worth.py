"""Whether the Reference is better at all: a copy may be sharper, and yet have no better colour.

A model learns the Reference's chroma with everything that is wrong with it: noise, a fade of its
own, clipped channels, a pale grade. So it is measured beside the Source before hours are spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.frames import Rgb, read_rgb
from chromaresolve.survey import THUMB_WIDTH, tone_thumbs
from chromaresolve.turnover.correspondence import Pairs
from chromaresolve.turnover.finding import Finding
from chromaresolve.turnover.likeness import picture_area
from chromaresolve.turnover.material import HandOver, Material
from chromaresolve.turnover.roles import (
    CAST,
    MONO,
    Colourfulness,
    measure_colour,
    measure_red,
)

LITTLE_BETTER = 0.95
"""Red contrast of the Source over the Reference's from which on there is little to win. Measured:
mildly faded beside fresh 0.82 to 0.92, severely 0.2 to 0.3; both alike 0.94 to 1.08, and 0.65 to
1.07 where hardly any red is left."""

ALIKE_WITH_CAST = 0.65
"""The same where the Reference has a cast, too: grain makes up for red where hardly any is left."""

WORSE = 1.15
"""The same from which on the Reference is the more faded of the two."""

NOISY = 0.02
"""Deviation of chroma noise in flat areas, at most. Measured: clean telecines 0.003, of noise that
everybody sees 0.022 and more; a faded scan's grain 0.012."""

PALE = 0.6
"""Colour of the Reference over the Source's, at most, to be pale: the faded one has more."""

PALEST = 0.012
"""Deviation of chroma beside luma below which there is hardly a colour to learn, whatever the
Source has. Measured: pictures of films 0.03 to 0.07, with three tenths of that 0.012 to 0.02."""

CLIPPED = 0.05
"""Share of the picture with a clipped channel, at one end, from which on it is spoken of."""

OWN_END = 0.003
"""How near such an end a value is taken for clipped: rounding, compression."""

WHOLE_FRAMES = 3
"""Frames that are read whole: clipping cannot be seen in small pictures."""

IF_FADED = "look for a copy that is less faded, or balance the Reference before it teaches"
"""What to do about a fade or a cast of its own."""

IF_PALE = "raise its saturation before the export if that is its grade, else look for a better copy"
"""What to do where there is hardly any colour."""

IF_NOISY = (
    "clean it before the export, or set [plates] reference_median: the model learns noise, too"
)
"""What to do about chroma noise."""

IF_CLIPPED = "pair frames without clipped areas, or mask these: their colour is wrong"
"""What to do about clipped channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """Share of a picture's pixels with a channel that has reached an end."""

    black: float
    """At the lower end."""
    white: float
    """At the upper end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What one sequence's colour is worth."""

    colour: Colourfulness
    """How much colour it has, and how much cast, where both show the same."""
    noise: float
    """Deviation of chroma's noise in flat areas."""
    clipping: Clipping
    """The mean of a few frames."""


def check_worth(handed: HandOver, pairs: Pairs) -> Iterator[Finding]:
    """Say whether the Reference's colour is better than the Source's, and what is wrong with it.

    Silent where the two do not show the same, and where the Reference has no colour: that is said
    already.

    Raises:
        FrameError: A frame has gone since it was looked at.
    """
    if not len(pairs.source):
        return
    source = _quality(handed.source, pairs.source)
    reference = _quality(handed.reference, pairs.reference)
    if reference.colour.chroma < MONO:
        return
    red = measure_red(pairs)
    doubts = [*_doubts_of_fade(red, reference), *_doubts_of_signal(source, reference)]
    yield Finding(
        verdict="note" if doubts else "ok",
        subject="Reference worth",
        sentence=_sentence([words for words, _ in doubts], red, source, reference),
        remedy="; ".join(dict.fromkeys(remedy for _, remedy in doubts)),
    )


def measure_clipping(rgb: Rgb) -> Clipping:
    """Return how much of a picture without borders stands where something cut its values off.

    That may be at 0 and 1, with the overshoot of a scaler beyond, or at its own lowest and highest
    values: legal levels, a knee. Few pixels of a picture come near these otherwise.

    Args:
        rgb: Display-encoded, any range, (height, width, 3).
    """
    lowest, highest = float(rgb.min()), float(rgb.max())
    if highest - lowest < 2 * OWN_END:
        return Clipping(black=0.0, white=0.0)
    return Clipping(
        black=max(_share_at(rgb, end) for end in (lowest, 0.0)),
        white=max(_share_at(rgb, end) for end in (highest, 1.0)),
    )


def _share_at(rgb: Rgb, end: float) -> float:
    return float(np.any(np.abs(rgb - np.float32(end)) < OWN_END, axis=-1).mean())


def _quality(material: Material, pixels: NDArray[np.float32]) -> Quality:
    seen = material.surveyed
    some = np.unique(np.linspace(0, len(seen.frames) - 1, WHOLE_FRAMES).round().astype(int))
    clipped = [measure_clipping(_without_borders(material, seen.frames[row])) for row in some]
    return Quality(
        colour=measure_colour(pixels),
        noise=float(np.median(seen.grain[:, 1])),
        clipping=Clipping(
            black=float(np.mean([one.black for one in clipped])),
            white=float(np.mean([one.white for one in clipped])),
        ),
    )


def _without_borders(material: Material, frame: int) -> Rgb:
    rgb = read_rgb(material.sequence.path(frame))
    scale = rgb.shape[1] / THUMB_WIDTH
    # One small pixel less on each side: it may be half border.
    rows, columns = (
        slice(round((side.start + 1) * scale), max(round((side.stop - 1) * scale), 1))
        for side in picture_area(tone_thumbs(material.surveyed))
    )
    return rgb[rows, columns]


def _doubts_of_fade(red: float, reference: Quality) -> Iterator[tuple[str, str]]:
    if red > WORSE:
        yield "the Reference is more faded than the Source", IF_FADED
    elif red > (ALIKE_WITH_CAST if reference.colour.cast > CAST else LITTLE_BETTER):
        yield "the Reference is as faded as the Source, or neither is faded", IF_FADED
    if reference.colour.cast > CAST:
        yield f"the Reference has a cast of its own ({reference.colour.cast:.2f})", IF_FADED


def _doubts_of_signal(source: Quality, reference: Quality) -> Iterator[tuple[str, str]]:
    ours, theirs = source.colour.beside_luma, reference.colour.beside_luma
    if theirs < max(PALEST, PALE * ours):
        yield "the Reference has hardly any colour", IF_PALE
    if reference.noise > NOISY:
        yield "the Reference's chroma is noisy", IF_NOISY
    for end in ("black", "white"):
        here, there = (getattr(one.clipping, end) for one in (source, reference))
        if there > max(CLIPPED, 2 * here):
            yield f"the Reference is clipped at {end}", IF_CLIPPED


def _sentence(doubts: list[str], red: float, source: Quality, reference: Quality) -> str:
    better = "; ".join(doubts) or "the Reference has the better colour"
    ours, theirs = source.colour, reference.colour
    noise = f"chroma noise {reference.noise:.3f} ({source.noise:.3f})"
    black, white = (
        f"at {end} {there:.1%} ({here:.1%})"
        for end, there, here in (
            ("black", reference.clipping.black, source.clipping.black),
            ("white", reference.clipping.white, source.clipping.white),
        )
    )
    return (
        f"{better}: red contrast {1 / red:.2g} times the Source's, colour {theirs.beside_luma:.3f} "
        f"(Source {ours.beside_luma:.3f}), cast {theirs.cast:.3f} ({ours.cast:.3f}), {noise}, "
        f"clipped {black}, {white}"
    )
