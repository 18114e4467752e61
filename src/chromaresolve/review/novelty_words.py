"""What is new in a frame, in a colourist's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from chromaresolve.frames import Rgb
from chromaresolve.pairs.colour_names import name_colours
from chromaresolve.review.novelty_features import Floats
from chromaresolve.review.novelty_taught import Unlike

USUAL = 99.0
"""Per cent of the pairs' own places that are nearer to their likes than a new place is."""

SEEN = 2.0
"""dE2000 beyond the pairs' usual from which a place has another colour than its like."""

LEVELS = 32
"""Steps of each channel that places are counted in before they are named."""

MOST_NAMED = 3
"""Colours named in a sentence."""

LEAST_TOLD = 0.01
"""Share of a frame from which it is told in numbers."""

WORTH_NAMING = 0.1
"""Share of what is new from which a colour of it is named."""


def tell_novelty(unlike: Unlike, usual: Unlike, recovered_709: Rgb) -> str:
    """Say how much of a frame is new, what became of it, and how far off that is expected to be.

    Args:
        unlike: How far its places are from what was taught.
        usual: How far the pairs' own places are from each other.
        recovered_709: The frame as recovered, shrunk.
    """
    is_unseen = unlike.distance > np.percentile(usual.distance, USUAL)
    # What was never seen need not be far off to be new; what was must be out of the usual.
    bar = np.where(is_unseen, usual.expected, np.percentile(usual.difference, USUAL))
    is_new = unlike.difference > bar + SEEN
    numbers = (
        f"expected to be off by dE2000 {unlike.expected:.1f}, where {usual.expected:.1f} is usual"
    )
    if not is_new.any():
        return f"a little unlike what the pairs teach all over; {numbers}"
    named = join_names(commonest_colours(recovered_709.reshape(-1, 3)[is_new]))
    share = f"{100 * is_new.mean():.0f} %" if is_new.mean() >= LEAST_TOLD else "less than 1 %"
    if is_unseen[is_new].mean() >= 0.5:
        return f"{share} of it shows colours that no pair teaches, recovered as {named}; {numbers}"
    return f"{share} of it is recovered as {named}, unlike what the pairs teach there; {numbers}"


def commonest_colours(colours_709: Floats) -> list[str]:
    """Return the commonest colours by name, the commonest first.

    Args:
        colours_709: Display values, (places, 3), at least one.
    """
    # Clamped to be counted, no more: what is beyond the display is named as what it is next to.
    cells = np.clip(colours_709 * LEVELS, 0, LEVELS - 1).astype(np.intp)
    cells, places = np.unique(cells, axis=0, return_counts=True)
    counts: Counter[str] = Counter()
    for name, count in zip(name_colours((cells + 0.5) / LEVELS), places, strict=True):
        counts[name] += int(count)
    (first, _), *others = counts.most_common(MOST_NAMED)
    least = WORTH_NAMING * len(colours_709)
    return [first, *(name for name, count in others if count >= least)]


def join_names(names: Sequence[str]) -> str:
    """Return names as they are said: `red`, `red and blue`, `red, blue and grey`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
