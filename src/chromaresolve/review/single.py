"""What is wrong with a frame by itself, or with the whole shot: bleed, bands, gamut, no colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from chromaresolve.review.limits import FAR, limit_above, usual
from chromaresolve.review.looking import Look
from chromaresolve.review.record import Reason

BLEED_BAR = 1 / 300
"""How far colour may lie off the edges in one frame, as a share of the width: 7 pixels of 2K. The
chroma of a telecine in 4:2:0, which is what most networks are taught by, lies off by 2 to 3."""

BLEED_PIXELS = 1.25
"""The same in pixels at least: less is how colours are sampled."""

BLEED_TIMES = 1.5
"""How many times the shot's usual that must be besides."""

BLEED_SHOT_BAR = 1 / 180
"""What is too far wherever it comes from, beyond what the plate's own colour does at the same
edges: more than a telecine explains."""

BANDING_BAR = 0.010
"""Share of the smooth picture at the border of a band: a smooth run of colour has none, one that
is cut into ten bands across the picture has 2 %."""

GAMUT_BAR = 0.05
"""Share of pixels whose chroma had to give way, above the shot's usual: a twentieth of a picture is
seen to pale."""

GAMUT_TIMES = 0.5
"""How many times the shot's usual it must be above that."""

LIGHTER = 0.03
"""Share of the picture that must become very light or very dark for it to be a flash or a fade."""

DEAD = 0.012
"""Chroma that the most colourful twentieth of a picture has at least: 3 of 255, which is grey."""

RUNAWAY = 0.38
"""Chroma that the most colourful twentieth has at most: Rec.709's own primaries reach 0.5, and 95 %
of a picture that is painted with them is no picture."""


def judge_single(looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    """Give what each frame shows by itself."""
    yield from _judge_bleed(looks)
    yield from _judge_banding(looks)
    yield from _judge_gamut(looks)
    yield from _judge_colourfulness(looks)


def _judge_bleed(looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    far = np.array([look.bleed for look in looks.values()])
    beyond = far - np.array([look.plate_bleed for look in looks.values()])
    middle, _ = usual(far)
    limits = np.full(far.shape, max(limit_above(far, BLEED_BAR), BLEED_TIMES * middle))
    if usual(beyond)[0] > BLEED_SHOT_BAR:
        # Of the whole shot: measured from the plate's own.
        limits = np.minimum(limits, far - beyond + BLEED_SHOT_BAR)
    for look, limit in zip(looks.values(), limits, strict=True):
        wide = look.size[0]
        if look.bleed > max(limit, BLEED_PIXELS / wide):
            sentence = (
                f"colour bleeds {look.bleed * wide:.1f} pixels over the plate's edges, "
                f"{middle * wide:.1f} are usual in this shot; the plate's own colour lies "
                f"{look.plate_bleed * wide:.1f} off"
            )
            strength = float(look.bleed / limit)
            yield look.frame, Reason(kind="bleed", sentence=sentence, strength=strength)


def _judge_banding(looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    for n, look in looks.items():
        if look.banding > BANDING_BAR:
            sentence = (
                f"chroma has bands: {look.banding:.1%} of what the plate shows as smooth is the "
                f"border of one ({BANDING_BAR:.1%} is the most)"
            )
            strength = look.banding / BANDING_BAR
            yield n, Reason(kind="banding", sentence=sentence, strength=strength)


def _judge_gamut(looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    shares = np.array([look.gamut_share for look in looks.values()])
    tight = np.array([look.tight for look in looks.values()])
    middle, deviation = usual(shares)
    # A flash leaves no room for chroma: that is the plate's doing.
    by_plate = np.where(tight - usual(tight)[0] > LIGHTER, tight, 0)
    limit = max(GAMUT_BAR, FAR * deviation, GAMUT_TIMES * middle)
    for look, excess in zip(looks.values(), shares - middle - by_plate, strict=True):
        if excess > limit:
            sentence = (
                f"{look.gamut_share:.1%} of the pixels had to lose chroma to fit their luma, "
                f"{middle:.1%} are usual in this shot, and {look.tight:.1%} are very light or dark"
            )
            yield (
                look.frame,
                Reason(kind="gamut", sentence=sentence, strength=float(excess / limit)),
            )


def _judge_colourfulness(looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    for n, look in looks.items():
        if look.chroma < DEAD:
            sentence = (
                "hardly any colour: the most colourful twentieth of the picture has a chroma of "
                f"{look.chroma:.3f}"
            )
            strength = DEAD / max(look.chroma, DEAD / 10)
            yield n, Reason(kind="saturation", sentence=sentence, strength=float(strength))
        elif look.chroma > RUNAWAY:
            sentence = (
                "colour has run away: a twentieth of the picture has a chroma above "
                f"{look.chroma:.2f}"
            )
            strength = float(np.divide(look.chroma, RUNAWAY))
            yield n, Reason(kind="saturation", sentence=sentence, strength=strength)
