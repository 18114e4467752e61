"""A colour map as a lattice: one colour for each node of a grid over the plate's RGB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from chromaresolve.baseline.samples import REWEIGHTINGS, Pixels, Weights, measure_belief
from chromaresolve.cube.table import (
    BLOCK_PIXELS,
    Floats,
    clamp_to_domain,
    interpolate,
    table_to_planes,
)
from chromaresolve.errors import StageError

LATTICE_SIZE = 17
"""Nodes along each channel."""

SMOOTHNESS = 0.03
"""Weight of bending against the samples of an average node.

Measured on six shots, left-out pairs: anything from 0.01 to 0.1 is within 0.25 dE2000.
"""

ANCHOR = 1e-4
"""Weight that holds a node to its own colour: felt only where no sample and no neighbour speaks.

Measured on six shots, left-out pairs: from 1e-6 to 1e-3 within 0.1 dE2000; below, solving is slow.
"""

DOMAIN_PERCENTILES = (0.05, 99.95)
"""Of the samples, between which a map is fitted; one stray highlight must not stretch it."""

SMALLEST_DOMAIN = 1e-3
"""Width of a channel that hardly changes: a lattice needs some."""

CG_TOLERANCE = 1e-5
"""Relative residual of the solved fit: 1e-5 in colour at the samples, 1e-3 far from any."""

CG_STEPS = 2000
"""Steps after which conjugate gradients stop; a fit needs a few hundred."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """A colour map by trilinear interpolation between the nodes of a grid."""

    table: Pixels
    """Colours at the nodes, (n, n, n, 3), indexed [red, green, blue]."""
    lower: Pixels
    """The plate's colour at node 0 of each channel, (3,)."""
    upper: Pixels
    """The plate's colour at the last node of each channel, (3,)."""

    def apply(self, rgb: Pixels) -> Pixels:
        """Return the mapped colours of a picture (..., 3).

        A colour outside the domain is mapped as the nearest colour inside, and keeps its distance
        from it: values below 0 and above 1 go on with slope 1, neither clamped nor extrapolated.
        """
        flat = np.asarray(rgb, dtype=np.float32).reshape(-1, 3)
        mapped, planes = np.empty(flat.shape, dtype=np.float32), table_to_planes(self.table)
        for start in range(0, len(flat), BLOCK_PIXELS):
            block = flat[start : start + BLOCK_PIXELS]
            held = clamp_to_domain(block, self.lower, self.upper)
            inside = interpolate(planes, (held - self.lower) / (self.upper - self.lower))
            inside += block - held
            mapped[start : start + BLOCK_PIXELS] = inside
        return mapped.reshape(np.shape(rgb))


def fit_lattice(
    plate_rgb: Pixels,
    truth_rgb: Pixels,
    weights: Weights,
    *,
    size: int = LATTICE_SIZE,
    smoothness: float = SMOOTHNESS,
) -> Lattice:
    """Fit a lattice that takes a plate's colours to the ground truth's.

    The least squares of weighted samples, plus `smoothness` times the squared second differences
    of the table along its three axes, plus a hair of pull to the identity (lattice regression);
    samples that lie far off the first fits count less (Huber). What is fitted is the step from
    plate to truth, so that a colour no pair shows is left as its neighbours would have it.

    Args:
        plate_rgb: The samples' plate colours, (n, 3), any range.
        truth_rgb: Their ground truth, (n, 3).
        weights: Trust in each, (n,), 0 or more.
        size: Nodes along each channel, 3 or more.
        smoothness: How much bending costs, above 0.

    Raises:
        StageError: No sample has any weight.
    """
    lower, upper = find_domain(plate_rgb, weights)
    held = clamp_to_domain(plate_rgb, lower, upper)
    design = _design((held - lower) / (upper - lower), size)
    step = (truth_rgb - plate_rgb).astype(np.float64)
    stiffness = smoothness * _bending(size) + ANCHOR * sparse.eye_array(size**3)
    solved = np.zeros((size**3, 3))
    belief = np.asarray(weights, dtype=np.float64) * (size**3 / np.sum(weights))
    for _ in range(REWEIGHTINGS):
        solved = _solve(design, step, belief, stiffness, solved)
        belief = measure_belief(step - design @ solved) * weights * (size**3 / np.sum(weights))
    solved = _solve(design, step, belief, stiffness, solved)
    table = node_colours(size, lower, upper) + solved.reshape(size, size, size, 3)
    return Lattice(table=table.astype(np.float32), lower=lower, upper=upper)


def find_domain(plate_rgb: Pixels, weights: Weights) -> tuple[Pixels, Pixels]:
    """Return the lowest and highest colour, (3,) each, that the samples speak for.

    Raises:
        StageError: No sample has any weight.
    """
    trusted = plate_rgb[np.asarray(weights) > 0]
    if not len(trusted):
        raise StageError(
            "baseline", "no sample has any trust: look at the trust masks of the pairs"
        )
    lower, upper = np.percentile(trusted, DOMAIN_PERCENTILES, axis=0).astype(np.float32)
    return lower, np.maximum(upper, lower + np.float32(SMALLEST_DOMAIN))


def node_colours(size: int, lower: Pixels, upper: Pixels) -> Floats:
    """Return the plate colour of every node, (size, size, size, 3), indexed [red, green, blue]."""
    axes = np.linspace(lower, upper, size, dtype=np.float64)
    return np.stack(np.meshgrid(*axes.T, indexing="ij"), axis=-1)


def _design(places: Pixels, size: int) -> sparse.csr_array:
    """Return the eight trilinear weights of each sample in its row, (n, size^3)."""
    position = places.astype(np.float64) * (size - 1)
    cell = np.minimum(position.astype(np.int32), size - 2)
    shares = np.stack((cell + 1 - position, position - cell), axis=-1)
    corners = np.einsum("ni,nj,nk->nijk", *np.moveaxis(shares, 1, 0))
    strides = np.array([size * size, size, 1], dtype=np.int32)
    offsets = np.indices((2, 2, 2)).reshape(3, 8).T @ strides
    nodes = (cell @ strides)[:, None] + offsets.astype(np.int32)
    rows = np.arange(0, nodes.size + 1, 8)
    return sparse.csr_array((corners.ravel(), nodes.ravel(), rows), shape=(len(places), size**3))


def _bending(size: int) -> sparse.csr_array:
    """Return the quadratic form of the squared second differences along the three axes."""
    second = sparse.diags_array(
        [1.0, -2.0, 1.0],
        offsets=[0, 1, 2],
        shape=(size - 2, size),
    )
    line, still = second.T @ second, sparse.eye_array(size)
    along_red = sparse.kron(line, sparse.kron(still, still))
    along_green = sparse.kron(still, sparse.kron(line, still))
    along_blue = sparse.kron(still, sparse.kron(still, line))
    return sparse.csr_array(along_red + along_green + along_blue)


def _solve(
    design: sparse.csr_array,
    step: Floats,
    belief: Weights,
    stiffness: sparse.csr_array,
    start: Floats,
) -> Floats:
    """Solve the normal equations by conjugate gradients, scaled by the diagonal."""
    weighted = design.multiply(belief[:, None]).tocsr()
    normal = sparse.csr_array(weighted.T @ design + stiffness)
    wanted = weighted.T @ step
    solved = [
        _conjugate_gradients(normal, wanted[:, channel], start[:, channel]) for channel in range(3)
    ]
    return np.stack(solved, axis=1)


def _conjugate_gradients(matrix: sparse.csr_array, wanted: Floats, start: Floats) -> Floats:
    """Solve a symmetric system, scaled by its diagonal (Hestenes and Stiefel, 1952).

    By hand: SciPy's sums go through BLAS, whose rounding depends on the number of cores and whose
    threads wait for each other when another program holds one (measured: two to four times slower).
    """
    scaling = 1 / matrix.diagonal()
    solved, residual = start.copy(), wanted - matrix @ start
    goal = CG_TOLERANCE**2 * _dot(wanted, wanted)
    direction = scaling * residual
    strength = _dot(residual, direction)
    for _ in range(CG_STEPS):
        if _dot(residual, residual) <= goal:
            break
        along = matrix @ direction
        length = strength / _dot(direction, along)
        solved += length * direction
        residual -= length * along
        scaled = scaling * residual
        before, strength = strength, _dot(residual, scaled)
        direction *= strength / before
        direction += scaled
    return solved


def _dot(first: Floats, second: Floats) -> float:
    return float(np.einsum("i,i->", first, second))
