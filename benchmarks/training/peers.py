"""Every method of the study by its name: ours, the networks', and those that fit colours at once.

color-matcher (GPL-3.0) is a peer only where it is installed: `pip install color-matcher`. It knows
no pairs: each plate is given the look of the ground truth of the taught frame nearest in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import numpy as np
from data import Picture, Trial
from networks import RECIPES, BilateralGridNetwork, PixelNetwork, learn_rgb
from ours import learn_chroma, learn_ours, prepare, show
from pacing import Learnt, learn_at_once
from scores import Recolour

from chromaresolve.alignment import TeachingPair
from chromaresolve.baseline.choice import choose_map
from chromaresolve.baseline.polynomial import fit_polynomial
from chromaresolve.baseline.samples import Samples, join_samples, sample_pair
from chromaresolve.training.network import SIZES

Learn = Callable[..., Iterator[Learnt]]
"""Learns a trial, given `seconds`, `seed` and `device`, and says what it can do in between."""

DEGREES = (1, 2, 3)
"""Of the polynomial maps."""

BLACKEST = 1e-3
"""Black as color-matcher is given it: one of its methods takes logarithms."""

MATCHES = ("reinhard", "hm", "mvgd", "mkl", "hm-mvgd-hm", "hm-mkl-hm")
"""color-matcher's methods."""


def methods() -> Mapping[str, Learn]:
    """Return every method that can run here, cheapest first."""
    found: dict[str, Learn] = {"input": learn_nothing}
    if find_spec("color_matcher"):
        found |= {f"matcher-{name}": partial(learn_match, method=name) for name in MATCHES}
    found |= {
        f"polynomial-{degree}": partial(learn_polynomial, degree=degree) for degree in DEGREES
    }
    found |= {
        "lut": learn_lut,
        "lut-sharpened": learn_sharpened_lut,
        "pixel": partial(learn_chroma, make=PixelNetwork),
        "grid": partial(learn_chroma, make=BilateralGridNetwork),
    }
    found |= {name: partial(learn_rgb, recipe=recipe) for name, recipe in RECIPES.items()}
    return found | {f"ours-{size}": partial(learn_ours, size=size) for size in SIZES}


def learn_nothing(trial: Trial, *, seconds: float, seed: int, device: str) -> Iterator[Learnt]:
    """Leave every plate as it is."""
    del trial, seconds, seed, device

    def recolour(pair: TeachingPair) -> Picture:
        return pair.plate

    return learn_at_once(lambda: recolour)


def learn_lut(trial: Trial, *, seconds: float, seed: int, device: str) -> Iterator[Learnt]:
    """Fit a 3D LUT to the Reference as it is: it takes the seconds that it takes."""
    del seconds, device

    def learn() -> Recolour:
        chosen = choose_map(_samples(trial.taught, seed))
        return lambda pair: chosen.map.apply(pair.plate)

    return learn_at_once(learn)


def learn_sharpened_lut(
    trial: Trial, *, seconds: float, seed: int, device: str
) -> Iterator[Learnt]:
    """Fit the product's own baseline: the same LUT, to a truth as sharp as the plates."""
    sharp = replace(trial, taught=prepare([show(pair) for pair in trial.taught]))
    yield from learn_lut(sharp, seconds=seconds, seed=seed, device=device)


def learn_polynomial(
    trial: Trial, *, degree: int, seconds: float, seed: int, device: str
) -> Iterator[Learnt]:
    """Fit a polynomial colour map."""
    del seconds, device

    def learn() -> Recolour:
        all_of_them = join_samples(_samples(trial.taught, seed))
        fitted = fit_polynomial(
            all_of_them.plate_rgb, all_of_them.truth_rgb, all_of_them.weights, degree=degree
        )
        return lambda pair: fitted.apply(pair.plate)

    return learn_at_once(learn)


def learn_match(
    trial: Trial, *, method: str, seconds: float, seed: int, device: str
) -> Iterator[Learnt]:
    """Let color-matcher give each plate the look of a taught frame's ground truth."""
    del seconds, seed, device
    from color_matcher import ColorMatcher

    def recolour(pair: TeachingPair) -> Picture:
        nearest = min(trial.taught, key=lambda taught: abs(taught.frame - pair.frame))
        # It looks at colours, not at places: the trusted pixels in a row will do.
        look = np.clip(nearest.truth[nearest.trust > 0][None], BLACKEST, 1)
        plate = np.clip(pair.plate, BLACKEST, 1)
        matcher = ColorMatcher(src=plate, ref=look, method=method)
        return np.asarray(np.clip(matcher.main(), 0, 1), np.float32)

    return learn_at_once(lambda: recolour)


def _samples(pairs: Sequence[TeachingPair], seed: int) -> list[Samples]:
    return [
        sample_pair(pair.plate, pair.truth, pair.trust, seed=seed + number)
        for number, pair in enumerate(pairs)
    ]
