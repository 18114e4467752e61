"""Which kind of colour map suits a shot: measured on pairs that the fit has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from chromaresolve.baseline.lattice import fit_lattice
from chromaresolve.baseline.polynomial import fit_polynomial
from chromaresolve.baseline.samples import Pixels, Samples, Weights, join_samples
from chromaresolve.colour import Merge, delta_e_2000, merge_chroma, rgb_to_chroma
from chromaresolve.cube import ColourMap
from chromaresolve.errors import StageError

Fit = Callable[[Pixels, Pixels, Weights], ColourMap]
"""Fits one kind of map to plate colours, ground truth and weights."""

KINDS: Mapping[str, Fit] = MappingProxyType(
    {
        "lattice 17": partial(fit_lattice, size=17),
        "lattice 33": partial(fit_lattice, size=33),
        "polynomial degree 3": partial(fit_polynomial, degree=3),
    },
)
"""The maps that compete. Each wins on some of the real shots it was measured on."""

LARGEST_FOLDS = 5
"""Times that pairs are left out: one at a time up to five pairs, more pairs in five groups."""

SCORED_SAMPLES = 120_000
"""Samples of all pairs together that the comparison looks at."""

FITTED_SAMPLES = 600_000
"""Samples of all pairs together that the final fit looks at: a dozen pairs in full, in 300 MB."""

BANDS = 8
"""Bands that the picture of an only pair is cut into."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """The colour map of a shot, and why it is of this kind."""

    map: ColourMap
    """Fitted to all pairs."""
    kind: str
    """A key of `KINDS`."""
    reason: str
    """One sentence with the numbers."""
    scores: Mapping[str, float]
    """Mean dE2000 of each kind where it was not fitted, luma locked, weighted by trust."""


def recolour(plate_rgb: Pixels, colour_map: ColourMap) -> Merge:
    """Return the plate's luma with the chroma that a map gives it, (..., 3)."""
    return merge_chroma(plate_rgb, rgb_to_chroma(colour_map.apply(plate_rgb)))


def choose_map(
    samples_by_pair: Sequence[Samples],
    *,
    on_progress: Callable[[int, int, str], None] = lambda _done, _total, _note: None,
) -> Choice:
    """Fit the kind of map that does best on pairs left out, to all pairs.

    The score counts rare colours more than a mean over all pixels would, as the samples do.

    Args:
        samples_by_pair: The samples of each pair, display-encoded Rec.709.
        on_progress: Told how many of how many fits are done, and a note.

    Raises:
        StageError: There is no pair.
    """
    if not samples_by_pair:
        raise StageError("baseline", "there is no pair to learn from: run `chromaresolve pairs`")
    folds, where = _split(_thin(samples_by_pair, SCORED_SAMPLES))
    scores = {}
    for done, (kind, fit) in enumerate(KINDS.items()):
        on_progress(done, len(KINDS) + 1, f"measuring {kind}")
        scores[kind] = _score(fit, folds)
    ranking = sorted(scores, key=lambda kind: scores[kind])
    on_progress(len(KINDS), len(KINDS) + 1, f"fitting {ranking[0]}")
    samples = join_samples(_thin(samples_by_pair, FITTED_SAMPLES))
    return Choice(
        map=KINDS[ranking[0]](samples.plate_rgb, samples.truth_rgb, samples.weights),
        kind=ranking[0],
        reason=_reason(ranking, scores, where),
        scores=MappingProxyType(scores),
    )


def _thin(samples_by_pair: Sequence[Samples], most: int) -> list[Samples]:
    """Return every second, third ... sample of each pair, so that there are `most` at most."""
    total = sum(len(samples.weights) for samples in samples_by_pair)
    stride = -(-total // most)
    return [samples.take(slice(None, None, stride)) for samples in samples_by_pair]


def _split(samples_by_pair: Sequence[Samples]) -> tuple[list[Samples], str]:
    """Return groups of samples, each left out in turn, and what was left out in words."""
    if len(samples_by_pair) == 1:
        (only,) = samples_by_pair
        band = np.arange(len(only.weights)) * BANDS // len(only.weights)
        halves = [only.take(band % 2 == half) for half in (0, 1)]
        return halves, "on bands left out of the only pair"
    folds = min(len(samples_by_pair), LARGEST_FOLDS)
    groups = [join_samples(samples_by_pair[fold::folds]) for fold in range(folds)]
    return groups, "on pairs left out"


def _score(fit: Fit, folds: Sequence[Samples]) -> float:
    """Return the mean dE2000 over samples that were not fitted."""
    distances, weights = [], []
    for left_out, fold in enumerate(folds):
        taught = join_samples([other for i, other in enumerate(folds) if i != left_out])
        colour_map = fit(taught.plate_rgb, taught.truth_rgb, taught.weights)
        truth = merge_chroma(fold.plate_rgb, rgb_to_chroma(fold.truth_rgb))
        distances.append(delta_e_2000(recolour(fold.plate_rgb, colour_map).rgb, truth.rgb))
        weights.append(fold.weights)
    return float(np.average(np.concatenate(distances), weights=np.concatenate(weights)))


def _reason(ranking: Sequence[str], scores: Mapping[str, float], where: str) -> str:
    best, *others = ranking
    rest = ", ".join(f"{kind}: {scores[kind]:.2f}" for kind in others)
    return f"{best}: dE2000 {scores[best]:.2f} {where}, {rest}"
