"""The scan of a colour negative of a scene: what a balance must recognise, and may invert.

A negative's couplers are coloured, and lose their colour where dye is made of them: what is left
is an orange mask that cancels the dyes' side absorptions (Hanson and Vittum, Colored dye-forming
couplers, PSA Journal 13, 1947). So its dyes look cleaner than a print's, over an orange base.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chromaresolve.fade.dyes import WHOLE, Retention
from chromaresolve.fade.film import DISPLAY_GAMMA, check_picture
from chromaresolve.fade.spectral import (
    PIXELS_AT_ONCE,
    STATUS_M,
    Absorption,
    Bands,
    Dye,
    Scanner,
    bands_of,
    dye_slopes,
    integrate,
    neutral_units,
    solve_amounts,
)

GAMMA = 0.6
"""Density over log exposure where a camera negative's curve is straight. Print film's is 3 or so,
and the two together give the screen its contrast."""

TOE_LIGHT = 0.005
"""Scene light, against the picture's white, in the middle of the toe; white is 1.38 denser than
the base. Assumed."""

BASE_DENSITY = (0.15, 0.55, 0.75)
"""R, G, B Status M density of unexposed negative: the orange mask. A usual one."""

DYES: tuple[Dye, ...] = (
    (Absorption(690, 58, 60), Absorption(625, 45, 42, 0.45), Absorption(440, 60, 70, 0.16)),
    (Absorption(545, 34, 37), Absorption(440, 42, 36, 0.30)),
    (Absorption(450, 44, 43),),
)
"""Cyan, magenta, yellow of a negative stock: cyan peaks further into the red than a print's,
where printers look. Drawn by us after the kind of curve that makers' data sheets show."""

MASKS: tuple[Dye, ...] = (
    (Absorption(538, 46, 40, 0.17), Absorption(440, 45, 40, 0.13)),
    (Absorption(440, 40, 36, 0.26),),
    (),
)
"""What the coupler of each dye loses, for each part of it that becomes dye: pink with cyan, yellow
with magenta; yellow's is colourless."""

BASE: tuple[Dye, ...] = (
    (Absorption(680, 250, 100),),
    (Absorption(530, 48, 42),),
    (Absorption(438, 40, 38),),
)
"""What unexposed negative absorbs: grey support, pink coupler, yellow coupler."""


def negative_frame(
    original_709: NDArray[np.float32],
    *,
    retention: Retention = WHOLE,
    scanner: Scanner = STATUS_M,
) -> NDArray[np.float32]:
    """Return the scan of a colour negative of a scene: dark where the scene is light, and orange.

    The picture's display light stands for the scene's, and each of its primaries exposes one
    layer. An empty gate is 1 in the scan. Less than no light leaves no dye: what the picture has
    below 0 is set aside and comes back as light above the base's, so that order survives.

    Args:
        original_709: (height, width, 3), display-encoded Rec.709 2.4, any value.
        retention: What is left of each dye. Couplers do not fade with them: the mask stays.
        scanner: What scans it.

    Raises:
        UsageError: The array is not a colour picture.
    """
    check_picture(original_709)
    flat = original_709.reshape(-1, 3)
    scan = np.empty(flat.shape, np.float32)
    bands, base = _layers(scanner)
    shares = (retention.cyan, retention.magenta, retention.yellow, 1, 1, 1)
    kept = np.array(shares, np.float32)[:, np.newaxis]
    for start in range(0, len(flat), PIXELS_AT_ONCE):
        part = slice(start, start + PIXELS_AT_ONCE)
        held = np.maximum(flat[part], np.float32(0), dtype=np.float32)
        exposure = held.T ** np.float32(DISPLAY_GAMMA) / np.float32(TOE_LIGHT)
        made = np.log1p(exposure) * np.float32(GAMMA / math.log(10))
        density = integrate(kept * np.concatenate([made, made]), bands, base)
        scan[part] = (np.float32(10) ** (density / -DISPLAY_GAMMA)).T + (held - flat[part])
    return scan.reshape(original_709.shape)


def negative_dye_matrix(scanner: Scanner = STATUS_M) -> NDArray[np.float64]:
    """Return M of the fresh negative, masks and all: `NEGATIVE_STOCKS` has it for Status M."""
    bands, _ = _layers(scanner)
    net = Bands(bands.wavelengths, bands.weights, bands.curves[:3] + bands.curves[3:])
    return dye_slopes(net)


@lru_cache
def _layers(scanner: Scanner) -> tuple[Bands, NDArray[np.float32]]:
    """Return three dyes and the masks they use up in a scanner's bands, and the base's spectrum.

    A unit of each dye, less its mask, makes a neutral of Status M density 1 above the base.
    """
    used_up = tuple(tuple(_lost(hump) for hump in mask) for mask in MASKS)
    net = tuple(dye + mask for dye, mask in zip(DYES, used_up, strict=True))
    units = np.tile(neutral_units(net, STATUS_M), (2, 1))
    layers = bands_of(DYES + used_up, scanner)
    density = np.array(BASE_DENSITY, np.float32)[:, np.newaxis]
    held = solve_amounts(density, bands_of(BASE, STATUS_M))
    base = (held * bands_of(BASE, scanner).curves).sum(axis=0)
    return Bands(layers.wavelengths, layers.weights, units * layers.curves), base


def _lost(hump: Absorption) -> Absorption:
    return Absorption(hump.peak, hump.below, hump.above, -hump.height)
