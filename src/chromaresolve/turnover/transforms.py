"""Hidden colour transforms: one sequence in linear light or a log curve, the other for a display.

Suspected from tones alone. A fade makes every channel flatter, each by its own dye, and the channel
whose dye is healthiest hardly; so that channel says which power leads from the Reference to the
Source: about 1 where both are for a display, and never near 2.4 or its inverse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import convert
from chromaresolve.turnover.correspondence import Pairs
from chromaresolve.turnover.finding import Finding

Values = NDArray[np.float32]
"""Quantiles of R, G and B, (quantiles, 3)."""

QUANTILES = np.linspace(0.02, 0.98, 25)
"""Shares of the pixels at which two pictures' tones are compared, channel by channel."""

MIDDLE = slice(2, -2)
"""Those that a power is measured from: the ends are bent by black levels and knees."""

DARKEST, LIGHTEST = 0.004, 0.99
"""Values that a power is measured between: below lies noise, above what was clipped."""

STEEPEST = 5.0
"""Power beyond which it is not linear light, were it faded or not: something was cut off."""

STEEP = 1.6
"""Power of the healthiest channel from which on the Source is darker than any grade makes it.
Measured: 0.56 to 1.06 between fades of all degrees and telecines; from linear light 1.8 to 2.5."""

FLAT = 0.48
"""The same below which it is flatter than any fade makes its healthiest channel."""

DARK = 0.25
"""Median of a picture in linear light, at most: display pictures of film have 0.3 and more."""

GRADES = np.linspace(0.7, 1.4, 15)
"""Powers that grades have: a log curve must explain more than these."""

GAINS = np.linspace(0.85, 1.15, 13)
"""Gains that grades have."""

SHIFTS = np.linspace(-0.12, 0.12, 13)
"""Exposure that may differ under a log curve, in its own values."""

LEFT = 0.025
"""Deviation that a log curve may leave, in display values."""

BETTER = 0.6
"""What it leaves over what the best grade leaves, at most."""


def _into(space: str, *, seen_as: str) -> Callable[[Values], Values]:
    def curve(display: Values) -> Values:
        # Greys of each channel's values: a curve, not a matrix, is what is looked for.
        grey = np.repeat(np.clip(display, 0, 1)[..., np.newaxis], 3, axis=-1)
        return convert(grey, from_space=seen_as, to_space=space)[..., 1]

    return curve


LOGS: Mapping[str, Callable[[Values], Values]] = MappingProxyType(
    {
        "ACEScct": _into("ACEScct", seen_as="display"),
        "ADX10": _into("ADX10", seen_as="display"),
        "LogC3": _into("LogC3", seen_as="display"),
        "ACEScct without an output transform": _into("ACEScct", seen_as="gamma 2.4"),
        "LogC3 without an output transform": _into("LogC3", seen_as="gamma 2.4"),
    }
)
"""Log curves that scans and cameras leave in files, from display values of the same picture."""


def check_transforms(pairs: Pairs) -> Iterator[Finding]:
    """Say aloud where the tones of one sequence look like another encoding of the other's."""
    if not len(pairs.source):
        return
    ours, theirs = (
        np.quantile(pixels, QUANTILES, axis=0).astype(np.float32)
        for pixels in (pairs.source, pairs.reference)
    )
    power = measure_power(ours[MIDDLE], theirs[MIDDLE])
    suspected = (
        _suspected_linear(power, ours, theirs)
        or _suspected_log(ours, theirs)
        or _suspected_flat(power)
    )
    if suspected is None:
        yield Finding(verdict="ok", subject="hidden transforms", sentence="none suspected")
        return
    sentence, name = suspected
    yield Finding(
        verdict="note",
        subject="hidden transforms",
        sentence=sentence,
        remedy=f"look at the {name}'s input and output transform; both belong under Rec.709 2.4",
    )


def measure_power(ours: Values, theirs: Values) -> float:
    """Return the power from the Reference's tones to the Source's, of the healthiest channel.

    It is 0 where there is too little light to tell.
    """
    powers = [0.0]
    for source, reference in zip(ours.T, theirs.T, strict=True):
        is_light = np.logical_and.reduce(
            [(tones > DARKEST) & (tones < LIGHTEST) for tones in (source, reference)]
        )
        theirs_log, ours_log = np.log(reference[is_light]), np.log(source[is_light])
        if is_light.sum() > 2 and np.ptp(theirs_log) > 0:
            powers.append(float(np.polyfit(theirs_log, ours_log, 1)[0]))
    return max(powers)


def _suspected_linear(power: float, ours: Values, theirs: Values) -> tuple[str, str] | None:
    """Return which of the two looks linear, in words, and its name."""
    if STEEP < power < STEEPEST and float(np.median(ours, axis=0).min()) < DARK:
        like = f"the Source looks linear, the Reference like gamma {_nearest(power)}"
        return f"{like} (its tones to the power of {power:.2f})", "Source"
    if 1 / STEEPEST < power < FLAT and float(np.median(theirs)) < DARK:
        like = f"the Reference looks linear, the Source like gamma {_nearest(1 / power)}"
        return f"{like} (its tones to the power of {1 / power:.2f})", "Reference"
    return None


def _suspected_flat(power: float) -> tuple[str, str] | None:
    """Return which of the two is too flat beside the other, in words, and its name."""
    flat = "flatter than a fade or a grade makes it, like log, or"
    if power > STEEP:
        words = f"the Reference is {flat} the Source is cut off (power {1 / power:.2f} of it)"
        return words, "Reference"
    if 0 < power < FLAT:
        words = f"the Source is {flat} the Reference is cut off (power {power:.2f} of it)"
        return words, "Source"
    return None


def _nearest(power: float) -> float:
    """Return the display's gamma that is nearest, of those in the trade."""
    return min((2.2, 2.4, 2.6), key=lambda known: abs(known - power))


def _suspected_log(ours: Values, theirs: Values) -> tuple[str, str] | None:
    """Return which log curve explains one sequence from the other, where no grade does."""
    graded = min(_left_by_grades(ours, theirs), _left_by_grades(theirs, ours))
    found = min(
        (_left_by_log(curve(display), hidden), words, name)
        for words, curve in LOGS.items()
        for name, hidden, display in (("Source", ours, theirs), ("Reference", theirs, ours))
    )
    left, words, name = found
    if left > min(LEFT, BETTER * graded):
        return None
    other = "Reference" if name == "Source" else "Source"
    like = f"the {name} looks like {words}, the {other} like a display"
    return f"{like} (that curve leaves {left:.3f}, the best grade {graded:.3f})", name


def _left_by_log(logged: Values, hidden: Values) -> float:
    return min(_deviation(logged + shift, hidden) for shift in SHIFTS)


def _left_by_grades(first: Values, second: Values) -> float:
    """Return what the best gain and gamma leave between the two."""
    light = np.maximum(first, 0)
    return min(
        _deviation(gain * light ** np.float32(power), second) for power in GRADES for gain in GAINS
    )


def _deviation(first: NDArray[np.floating], second: Values) -> float:
    return float(np.sqrt(np.square(first - second).mean()))
