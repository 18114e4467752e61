"""A colour map as a polynomial of the plate's R, G and B."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chromaresolve.baseline.lattice import find_domain
from chromaresolve.baseline.samples import REWEIGHTINGS, Pixels, Weights, measure_belief
from chromaresolve.cube.table import BLOCK_PIXELS, Floats, clamp_to_domain

DEGREE = 3
"""Highest power. Measured on six shots, left-out pairs: 2 loses 0.2 dE2000; 4 gains as much, but
loses 0.2 on the one shot where a polynomial beat the lattices."""

RIDGE = 1e-6
"""Pull of the coefficients to 0, against samples of weight 1 in all: steadies colours on a line."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Polynomial:
    """A colour map that adds a polynomial of R, G and B to each colour.

    Plain R, G and B: as display values they did as well or better on left-out pairs than their
    square roots or densities (dE2000 5.3, 5.5 and 5.5 over six shots).
    """

    degree: int
    """Highest total power."""
    coefficients: Pixels
    """Of each term (rows, in the order of `list_powers`) for R, G and B, (terms, 3)."""
    lower: Pixels
    """Lowest colour the fit speaks for, (3,): -1 in the polynomial's own coordinates."""
    upper: Pixels
    """Highest colour the fit speaks for, (3,): +1 in the polynomial's own coordinates."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Return the mapped colours of a picture (..., 3).

        A colour outside the domain is mapped as the nearest colour inside, and keeps its distance
        from it: a cubic left to itself out there would explode.
        """
        flat = np.asarray(rgb, dtype=np.float32).reshape(-1, 3)
        mapped = flat.copy()
        for start in range(0, len(flat), BLOCK_PIXELS):
            held = clamp_to_domain(flat[start : start + BLOCK_PIXELS], self.lower, self.upper)
            terms = _terms(held, self.lower, self.upper, self.degree)
            mapped[start : start + BLOCK_PIXELS] += (self.coefficients.T @ terms).T
        return mapped.reshape(np.shape(rgb))


def list_powers(degree: int) -> list[tuple[int, int, int]]:
    """Return the powers of R, G and B in each term, total `degree` or less."""
    steps = range(degree + 1)
    return [(r, g, b) for r in steps for g in steps for b in steps if r + g + b <= degree]


def fit_polynomial(
    plate_rgb: Pixels,
    truth_rgb: Pixels,
    weights: Weights,
    *,
    degree: int = DEGREE,
) -> Polynomial:
    """Fit a polynomial that takes a plate's colours to the ground truth's, outliers counting less.

    Args:
        plate_rgb: The samples' plate colours, (n, 3), any range.
        truth_rgb: Their ground truth, (n, 3).
        weights: Trust in each, (n,), 0 or more.
        degree: Highest total power, 1 or more.

    Raises:
        StageError: No sample has any weight.
    """
    lower, upper = find_domain(plate_rgb, weights)
    held = clamp_to_domain(plate_rgb, lower, upper)
    terms = _terms(held, lower, upper, degree).astype(np.float64)
    step = (truth_rgb - plate_rgb).astype(np.float64)
    trust = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    solved = _solve(terms, step, trust)
    for _ in range(REWEIGHTINGS):
        solved = _solve(terms, step, trust * measure_belief(step - terms.T @ solved))
    return Polynomial(
        degree=degree, coefficients=solved.astype(np.float32), lower=lower, upper=upper
    )


def _terms(held: Pixels, lower: Pixels, upper: Pixels, degree: int) -> Pixels:
    """Return every term's value for (n, 3) colours in the domain, (terms, n)."""
    # From -1 to 1 the powers are far from parallel, so float32 and plain normal equations do.
    place = np.ascontiguousarray(((held - lower) / (upper - lower)).T) * np.float32(2) - np.float32(
        1
    )
    powers = [np.ones_like(place), place]
    for _ in range(degree - 1):
        powers.append(powers[-1] * place)
    values = [powers[r][0] * powers[g][1] * powers[b][2] for r, g, b in list_powers(degree)]
    return np.stack(values)


def _solve(terms: Floats, step: Floats, belief: Weights) -> Floats:
    weighted = terms * belief
    return np.asarray(
        np.linalg.solve(weighted @ terms.T + RIDGE * np.eye(len(terms)), weighted @ step),
        dtype=np.float64,
    )
