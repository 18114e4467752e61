"""When a picture does not tell how its dyes have faded: refused with the reason, never guessed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from chromaresolve.balance.cues import MAGENTA, Cues
from chromaresolve.balance.sampling import Sample
from chromaresolve.balance.solving import Evidence, Solved
from chromaresolve.fade import dye_matrix

MOST_BURNT_OUT = 0.20
"""Share of the picture whose red may be burnt out: there no cyan is left to be measured."""

LEAST_CONTRAST = 0.25
"""Fresh dye between the light and the dark end: a flat grey's grain spans 0.1."""

LEAST_COLOUR = 0.10
"""Deviation of a picture's dyes from the line that one tint would lie on, over their own. Measured:
black-and-white and toned pictures, faded and solved as if they were colour, reach 0.08; those in
colour begin at 0.16."""

MOST_CAST = 0.40
"""How far the mean of a fresh picture's dyes may lie from neutral, as a logarithm, where nothing
else speaks for it. A table of wood is 0.5 off."""

TELLING_LIGHT = 0.20
"""Fresh dye that the light end must hold to say something about the dyes: clear film holds none."""

TELLING_MISS = 0.15
"""Difference of fresh dyes at the light end up to which it is neutral, and so speaks for them."""

NOT_FADED = 0.95
"""What is left of the most faded dye from which on a film does not look faded at all."""

MOST_DEVIATION = 0.15
"""Standard deviation of a retention beyond which it is no measurement."""

WAYS_OUT = (
    "in shot.toml give a neutral place as [[balance.sample]], a Reference, or [balance] retention; "
    "or amount = 0 to leave the balance out"
)
"""What an artist can do about it."""

_DYES = ("cyan", "magenta", "yellow")


def is_faded(solved: Solved) -> bool:
    """Say whether there is anything to undo."""
    return min(solved.retention) <= NOT_FADED


def doubt(sample: Sample, evidence: Evidence, solved: Solved, stock: str) -> str | None:
    """Return why the picture does not tell how it faded; None if it does."""
    unmix = np.linalg.inv(dye_matrix(stock)).T
    fresh = (sample.density @ unmix - solved.base) / solved.retention
    reason = _picture_doubt(sample, fresh) or _fading_doubt(solved)
    if reason or evidence.neutrals or evidence.gains is not None:
        return reason
    if measure_colour(fresh) < LEAST_COLOUR:
        return f"the picture is nearly of one tint, so nothing tells its cast from it: {WAYS_OUT}"
    return _cast_doubt(evidence.cues, solved)


def measure_colour(dyes: npt.NDArray[np.floating]) -> float:
    """Return how far the dyes, (n, 3), stray from one line, over how far they stray at all.

    On one line each dye tells the others: that is a single tint, whichever it is, and fading moves
    and turns the line without bending it.
    """
    variances = np.linalg.eigvalsh(np.cov(dyes, rowvar=False))
    off_the_line = max(float(variances[:2].sum()), 0.0)
    return math.sqrt(off_the_line / max(float(variances.sum()), 1e-12))


def _picture_doubt(sample: Sample, fresh: npt.NDArray[np.floating]) -> str | None:
    """Return why too little is seen of the film."""
    red = sample.burnt_out[0]
    if red > MOST_BURNT_OUT:
        return (
            f"red is burnt out in {red:.0%} of the picture, so nothing tells how much cyan is "
            "left: scan it darker, or give [balance] retention in shot.toml"
        )
    light, dark = np.percentile(fresh[:, MAGENTA], [1, 99])
    if dark - light < LEAST_CONTRAST:
        return (
            f"lights and darks lie {dark - light:.2f} of dye apart, which is too little to tell "
            f"how it faded (from {LEAST_CONTRAST}): {WAYS_OUT}"
        )
    return None


def _fading_doubt(solved: Solved) -> str | None:
    """Return why what was found is no measurement."""
    for dye, left, deviation in zip(_DYES, solved.retention, solved.deviation, strict=True):
        if deviation > MOST_DEVIATION:
            return f"{dye} could be {left:.0%} or {deviation:.0%} more or less: {WAYS_OUT}"
    return None


def _cast_doubt(cues: Cues, solved: Solved) -> str | None:
    """Return why nothing neutral is seen: all is of one hue, and no mid-tone grey contradicts."""
    light, mean = (
        (np.array(dyes) - solved.base) / solved.retention for dyes in (cues.light, cues.mean)
    )
    is_telling = light[1] > TELLING_LIGHT and np.abs(light - light[1]).max() < TELLING_MISS
    cast = np.log(np.maximum(mean, 0.01)) - np.log(max(float(mean[1]), 0.01))
    if is_telling or np.abs(cast).max() <= MOST_CAST:
        return None
    worst = int(np.abs(cast).argmax())
    share = float(np.expm1(cast[worst]))
    return (
        f"no neutral is seen: the whole picture would hold {abs(share):.0%} "
        f"{'more' if share > 0 else 'less'} {_DYES[worst]} than magenta: {WAYS_OUT}"
    )
