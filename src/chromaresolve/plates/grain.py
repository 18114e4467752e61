"""How strong a frame's grain is, by tone and by size, measured where the picture is flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from chromaresolve.plates.bands import Picture, half_size, split_bands
from chromaresolve.structure import Plane, rgb_to_tone

BANDS = 4
"""Bands of detail that may hold grain: up to 16 pixels, beyond the clumps of 16 mm at 2K."""

BLOCK = 8
"""Edge of the blocks in which the unrest of a band is measured, pixels."""

SMALLEST_SIDE = 8 * BLOCK
"""A frame with a shorter side has too few blocks to tell grain from picture, pixels."""

DEAD = 1e-10
"""Unrest that is no grain but the rounding of a constant: borders, clipped light, painted areas."""

FEWEST_ALIVE = 0.1
"""Share of the blocks that must be more than dead, or what there is of unrest is picture."""

BLOCKS_PER_TONE = 200
"""Blocks needed to measure one tone: the quietest 0.5 % of them must be a block."""

MOST_TONES = 10
"""Steps of tone at most: grain changes slowly with tone."""

QUIETEST, QUIET, STILL_QUIET = 0.005, 0.02, 0.1
"""Shares of a tone's blocks, the quietest first, by which grain is told from texture."""

WIDEST_SPREAD = 1.6
"""Most unrest of the `STILL_QUIET` block over the `QUIETEST` where a tone has flat parts. Grain
alone gives 1.15 to 1.5; roof tiles, of which no block is flat, 1.9 to 13. Measured."""

QUIET_BIAS = 1.3
"""Variance of grain over that of the `QUIET` block of three independent channels, which is quiet by
chance; simulated for grain up to a pixel soft."""

QUIET_BIAS_SINGLE = 1.65
"""The same for one channel."""

MOST_LIKELY = 4.0
"""Most variance, over that of film grain at the same tone, against the tones that have least."""

DISPLAY_GAMMA = 2.4
"""Display light is the plate to this power: ITU-R BT.1886 with black at 0."""

DARKEST, THINNEST = 0.03, 0.1
"""Display value and density at which the law of film grain ends: there a scanner's noise begins."""

MOST_GROWTH = (4.0, 1.0)
"""Most variance that the second and third band have over the band before: grain of 2 px blur."""

WHITE_RATIO, RATIO_SLOPE = 0.2, 0.22
"""Variance of the fourth band over the third's, and how it grows with the third's over the
second's: 0.25 for white noise, 0.42 for the softest grain; simulated."""

MEASURED_BANDS = 3
"""Bands in which grain is measured; in the fourth there is too little of it."""

COARSEST, OVERLAP = 1.6, 1.12
"""Variance of grain over that of its fourth band, where it was halved three times; and over that of
two parts, a band and all that is coarser, which overlap a little. Simulated for white noise and for
grain up to 1.4 px soft: true to 7 %."""

SPARE_NOISE = 1e-4
"""Noise added alike to all channels, as a share, so that a mono frame's channels part as well."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grain:
    """What grain a frame has. Arrays are read-only."""

    tones: NDArray[np.float64]
    """Display values of the tone, rising, at which the grain is known."""
    variance: NDArray[np.float64]
    """Variance of the finest band at these tones, display values squared, mean of R, G and B."""
    mixing: NDArray[np.float32]
    """(3, 3): mixtures of R, G and B, in rows, in which grain is alike and independent. The first
    has the clearest picture: luma without the noisy channels; the others are what colour is left
    (maximum noise fraction, Green et al. 1988)."""
    shares: NDArray[np.float32]
    """(bands,): variance of each band over `variance`, the same in each mixture."""

    def variance_at(self, tone: Plane) -> Plane:
        """Return the variance at each pixel's tone, (height, width)."""
        return np.interp(tone, self.tones, self.variance).astype(np.float32)

    def whole_shares(self) -> list[float]:
        """Return the variance of all the grain over `variance`, halved not at all, once and so on.

        The last is of a picture halved once for each band but one.
        """
        *finer, coarsest = (float(share) for share in self.shares)
        shares = [COARSEST * coarsest]
        for share in reversed(finer):
            shares.insert(0, OVERLAP * (share + shares[0]))
        return shares


def measure_grain(plate_709: Picture) -> Grain | None:
    """Measure a frame's grain; None if there is none, or the frame is too small to tell.

    Where a tone has no flat part, its texture is not taken for grain: the tones that have flat
    parts speak for it.

    Args:
        plate_709: Shape (height, width, 3), display encoded, any range, finite.
    """
    plate_709 = np.ascontiguousarray(plate_709)
    return measure_band_grain(split_bands(plate_709, BANDS), rgb_to_tone(plate_709))


def measure_band_grain(bands: Sequence[Picture], tone: Plane) -> Grain | None:
    """Measure the grain of a frame that is already split into bands; see `measure_grain`.

    Args:
        bands: `BANDS` bands of R, G and B, the finest first, display values.
        tone: The frame's tone, (height, width).
    """
    if min(tone.shape) < SMALLEST_SIDE:
        return None
    unrest = _block_means(np.square(bands[0])).mean(axis=2)
    alive = np.flatnonzero(unrest > DEAD)
    if len(alive) < FEWEST_ALIVE * unrest.size:
        return None
    block_tones = _block_means(tone).ravel()[alive]
    tones, variance, quiet = _by_tone(unrest.ravel()[alive], block_tones)
    grain_pixels = _pixels_of_blocks(bands[0], alive[quiet])
    mixing = _mixing(_covariance(grain_pixels), _covariance(bands[1].reshape(-1, 3)))
    shares = _band_shares(bands, tone, mixing, (tones, variance))
    for array in (tones, variance, mixing, shares):
        array.flags.writeable = False
    return Grain(tones=tones, variance=variance, mixing=mixing, shares=shares)


def _by_tone(
    unrest: NDArray[np.float32], block_tones: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return tones, the grain's variance there, and the numbers of the blocks that show it."""
    count = int(np.clip(len(unrest) // BLOCKS_PER_TONE, 1, MOST_TONES))
    groups = np.array_split(np.argsort(block_tones, kind="stable"), count)
    levels = [np.quantile(unrest[group], (QUIETEST, QUIET, STILL_QUIET)) for group in groups]
    quietest, quiet, still_quiet = np.array(levels, np.float64).T
    has_flats = still_quiet <= WIDEST_SPREAD * quietest
    if not has_flats.any():
        has_flats = quiet == quiet.min()
    tones = np.array([block_tones[group].mean() for group in groups], np.float64)
    likely = quiet / _film_grain(tones)
    has_flats &= likely <= MOST_LIKELY * np.quantile(likely[has_flats], 0.25)
    # A tone without flat parts has no more grain than those around it that have.
    variance = np.minimum(quiet, np.interp(tones, tones[has_flats], quiet[has_flats])) * QUIET_BIAS
    shown = [
        group[(unrest[group] >= low) & (unrest[group] <= high)]
        for group, low, high, flat in zip(groups, quietest, still_quiet, has_flats, strict=True)
        if flat
    ]
    return tones, variance, np.concatenate(shown)


def _film_grain(tones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of dye grain at display values, but for a factor.

    Dye clouds are counted: the variance of density goes with density (Selwyn).
    """
    held = np.clip(tones, DARKEST, 1)
    density = np.maximum(-DISPLAY_GAMMA * np.log10(held), THINNEST)
    return np.asarray(held**2 * density)


def _mixing(grain: NDArray[np.float64], picture: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the mixtures, in rows, that part the picture from the grain, by their covariances."""
    each = np.trace(grain) / 3
    _, columns = eigh(picture, grain / each + SPARE_NOISE * np.eye(3))
    return np.ascontiguousarray(columns[:, ::-1].T, np.float32)


def _band_shares(
    bands: Sequence[Picture],
    tone: Plane,
    mixing: NDArray[np.float32],
    curve: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float32]:
    """Return each band's variance of grain over the curve's, (bands,)."""
    measured = []
    for band in bands[:MEASURED_BANDS]:
        expected = np.interp(_block_means(tone), *curve)
        unrest = _block_means(np.square(_mix(band, mixing)))
        measured.append([_quiet_share(unrest[..., part], expected) for part in range(3)])
        tone = half_size(tone)
    finest, *coarser = np.array(measured)
    has_grain = finest > 0
    if not has_grain.any():
        return np.zeros(len(bands), np.float32)
    # Grain is as coarse in every mixture. The one that shows least has least texture in it.
    growth = [float((band[has_grain] / finest[has_grain]).min()) for band in coarser]
    growth = np.minimum(growth, np.cumprod(MOST_GROWTH))
    last = growth[1] * (WHITE_RATIO + RATIO_SLOPE * growth[1] / max(growth[0], DEAD))
    return np.asarray(finest[has_grain].min() * np.array([1, *growth, last]), np.float32)


def _quiet_share(unrest: NDArray[np.float32], expected: NDArray[np.float64]) -> float:
    alive = (unrest > DEAD) & (expected > DEAD)
    if not alive.any():
        return 0.0
    return QUIET_BIAS_SINGLE * float(np.quantile(unrest[alive] / expected[alive], QUIET))


def _mix(band: Picture, mixing: NDArray[np.float32]) -> Picture:
    return np.asarray(cv2.transform(band, mixing), np.float32)


def _covariance(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the covariance of details, (n, 3), whose mean is 0 by nature."""
    # Not a matrix product: its last bit depends on how many threads there are.
    return np.asarray(np.einsum("ni,nj->ij", pixels, pixels), np.float64) / len(pixels)


def _block_means(picture: Picture) -> NDArray[np.float32]:
    """Return the mean of each whole block."""
    height, width = (side // BLOCK for side in picture.shape[:2])
    whole = np.ascontiguousarray(picture[: height * BLOCK, : width * BLOCK])
    means = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32)


def _pixels_of_blocks(band: Picture, blocks: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the pixels of the blocks of these numbers, (n, 3)."""
    height, width = (side // BLOCK for side in band.shape[:2])
    whole = band[: height * BLOCK, : width * BLOCK]
    rows, columns = np.divmod(blocks, width)
    tiles = whole.reshape(height, BLOCK, width, BLOCK, 3)
    return np.ascontiguousarray(tiles[rows, :, columns]).reshape(-1, 3)
