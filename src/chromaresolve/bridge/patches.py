"""The patches of the chart that proves the transforms, and what their coming back tells."""

from __future__ import annotations

import math
from typing import List, Sequence, Tuple

from .material import BY_HAND
from .names import DISPLAY_ODTS
from .project_settings import COLOUR_PAGE
from .step import Finding

Colour = Tuple[float, float, float]
"""R, G and B of a patch, display-referred."""

GREYS = (0.03, 0.06, 0.10, 0.18, 0.25, 0.35, 0.50, 0.65, 0.75, 0.85, 0.92, 0.97)
"""The ramp: what the output transform's toe and shoulder bend most is at its ends."""

COLOURS: Tuple[Colour, ...] = (
    (0.97, 0.58, 0.58), (0.50, 0.40, 0.40), (0.30, 0.75, 0.30), (0.40, 0.97, 0.40),
    (0.20, 0.20, 0.50), (0.39, 0.39, 0.97), (0.58, 0.97, 0.97), (0.20, 0.50, 0.50),
    (0.97, 0.19, 0.97), (0.50, 0.20, 0.50), (0.75, 0.75, 0.15), (0.97, 0.97, 0.39),
)  # fmt: skip
"""Saturated patches that OpenColorIO's ACES 1.3 output transform and its inverse bring back within
0.7/1024, half precision included; deep reds and yellows are left out, as they miss by up to 25."""

PATCHES: Tuple[Colour, ...] = (*((grey, grey, grey) for grey in GREYS), *COLOURS)
"""The chart, line by line."""

COLUMNS, ROWS = 6, 4
"""How the patches lie."""

TOLERANCE = 2 / 1024
"""How far a patch may come back from where it went out: two steps of 10 bit video."""

SUBJECT = "input transform"
"""What the findings are about."""

MIDDLE = GREYS.index(0.50)
"""The patch that is named first."""

TWICE = 0.1
"""So much lighter at least is middle grey when the output transform is applied twice: ACES 1.3
makes 0.67 of 0.50."""

VISIBLE = 16 / 1024
"""From here on a patch is plainly another colour, and nothing may go on."""


def line(row: int, width: int) -> Tuple[List[float], ...]:
    """Return R, G and B of one line through a row of patches."""
    patches = [PATCHES[row * COLUMNS + x * COLUMNS // width] for x in range(width)]
    return tuple([patch[channel] for patch in patches] for channel in range(3))


def middles(width: int, height: int) -> List[Tuple[int, int]]:
    """Return the middle of every patch, in their order."""
    return [
        ((2 * column + 1) * width // (2 * COLUMNS), (2 * row + 1) * height // (2 * ROWS))
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]


def judge(
    went_out: Sequence[Colour],
    passes: Sequence[Sequence[Colour]],
    transform: str,
    wanted: str,
    odt: str,
) -> Tuple[Finding, ...]:
    """Compare what came back with what went out, and the second pass with the first.

    Args:
        went_out: The chart's patches, display-referred.
        passes: The patches as they came back once, and twice.
        transform: The input transform that the chart had; empty where Resolve took none.
        wanted: The one that it was to have.
        odt: The output transform.
    """
    missed, drifted = _furthest(went_out, passes[0]), _furthest(passes[0], passes[1])
    if missed > TOLERANCE:
        seen = _seen(went_out, passes[0])
        is_twice = passes[0][MIDDLE][1] - went_out[MIDDLE][1] > TWICE
        return (_not_inverse(seen, missed <= VISIBLE, is_twice, transform, wanted, odt),)
    if drifted > TOLERANCE:
        sentence = f"a second pass changes the picture again: {_seen(*passes)}"
        return (Finding("stop", SUBJECT, f"{sentence}: look at the project's color settings"),)
    sentence = (
        f"{transform or 'the default'!r} undoes {odt!r}: {len(PATCHES)} patches came back within "
        f"{max(missed, drifted) * 1024:.1f}/1024, twice"
    )
    return (Finding("ok", SUBJECT, sentence),)


def _not_inverse(
    seen: str, is_near: bool, is_twice: bool, transform: str, wanted: str, odt: str
) -> Finding:
    if not transform:
        sentence = (
            f"unproven: this Resolve lets no script set it on a sequence, and without it {seen}: "
            f"choose {wanted!r} by hand on every display-referred clip: {BY_HAND}, ACES Input "
            "Transform"
        )
        return Finding("note", SUBJECT, sentence)
    if is_near:
        sentence = f"{transform!r} nearly undoes {odt!r}: {seen}: look whether the ODT is the right"
        return Finding("note", SUBJECT, sentence)
    twice = "the output transform was applied twice"
    cause = twice if is_twice else f"{transform!r} does not undo {odt!r}"
    remedy = f"choose ODT {DISPLAY_ODTS[0]!r} in {COLOUR_PAGE}, and input transform {wanted!r}"
    return Finding("stop", SUBJECT, f"{seen}: {cause}: {remedy} for the clips")


def _furthest(before: Sequence[Colour], after: Sequence[Colour]) -> float:
    """Return the largest difference of all patches."""
    return max(_distance(*pair) for pair in zip(before, after))


def _distance(before: Colour, after: Colour) -> float:
    """Return the largest difference of a patch; what is no number is furthest."""
    apart = [abs(one - other) for one, other in zip(before, after)]
    return math.inf if any(math.isnan(one) for one in apart) else max(apart)


def _seen(before: Sequence[Colour], after: Sequence[Colour]) -> str:
    """Name what a colourist looks at first: middle grey, else the patch that is furthest."""
    pairs = list(zip(before, after))
    out, back = pairs[MIDDLE]
    if _distance(out, back) <= TOLERANCE:
        out, back = max(pairs, key=lambda pair: _distance(*pair))
    name = "grey " if out[0] == out[1] == out[2] else ""
    return f"{name}{_spoken(out)} came back as {_spoken(back)}"


def _spoken(colour: Colour) -> str:
    low, high = min(colour), max(colour)
    shown = colour[1:2] if high - low <= TOLERANCE else colour
    return " ".join(f"{value:.2f}" for value in shown)
