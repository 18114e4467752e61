"""One frame of fresh film made into a scan of the same film, faded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import UsageError
from chromaresolve.fade.dyes import DEFAULT_STOCK, Retention, dye_matrix, fade_matrix

DISPLAY_GAMMA = 2.4
"""Display light is the picture to this power: ITU-R BT.1886 with black at 0."""

DEEPEST_DENSITY = 4.0
"""Density of the blackest black a print holds; no light comes through anything denser."""

BLACK_709 = 10 ** (-DEEPEST_DENSITY / DISPLAY_GAMMA)
"""The same black as a display value, 0.0215."""

GRAIN_BLUR_PX = 0.6
"""Dye clouds of neighbouring pixels overlap; a 2K scan of 35 mm shows them about this soft."""

FLICKER_709 = np.array([1.0, 0.4, 0.25], dtype=np.float32)
"""Flicker of a faded print is strongest in red, where the least dye is left to hide it. Assumed."""

PATCHES_ACROSS = ((3, 1.0), (25, 0.7))
"""Patches of better and worse fading across a frame's width, and their shares: damp and heat come
from the edges and windings, residues of processing leave a mottle. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fading:
    """What happened to the film between the laboratory and the end of the scan, in that order."""

    retention: Retention
    """What is left of each dye."""
    stock: str = DEFAULT_STOCK
    """The print stock, a key of `STOCKS`."""
    grain: float = 0.0
    """Standard deviation of the fresh film's density at density 1; it grows with the root."""
    unevenness: float = 0.0
    """How much faster or slower, as a share, the worst and best places fade. Steady over a shot."""
    stain: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """R, G, B density that the base has gained; mostly blue on old prints."""
    flicker: float = 0.0
    """Standard deviation of each frame's red density; green and blue follow in `FLICKER_709`."""
    scanner_red_clip: float | None = None
    """Transmittance from which on the scanner's red is burnt out; None for a scanner that copes."""
    scanner_noise: float = 0.0
    """Standard deviation of the scanner's noise in display values, alike in every pixel."""
    bits: int | None = None
    """Code values of the scan are multiples of 1 / (2^bits - 1); None for a scan in float."""
    seed: int = 0
    """Of every random choice. The frame number joins it where the choice changes with time."""

    def __post_init__(self) -> None:
        """Refuse what no film or scanner can do.

        Raises:
            UsageError: The stock is unknown, or an amount is negative or no number of bits.
        """
        dye_matrix(self.stock)
        for name in ("grain", "unevenness", "flicker", "scanner_noise"):
            amount = getattr(self, name)
            if not amount >= 0:
                raise UsageError(f"fading: {name} {amount!r}: give 0 or more")
        if self.scanner_red_clip is not None and not self.scanner_red_clip > 0:
            raise UsageError(
                f"fading: scanner_red_clip {self.scanner_red_clip!r}: give a value above 0, or None"
            )
        if self.bits is not None and not 1 <= self.bits <= 16:
            raise UsageError(f"fading: bits {self.bits!r}: give 1 to 16, or None")


def fade_frame(
    original_709: NDArray[np.float32],
    fading: Fading,
    *,
    frame: int,
) -> NDArray[np.float32]:
    """Return the scan of one frame whose dyes have faded.

    The display's linear light stands for the film's transmittance. Values above 1 are light beyond
    the clear base: their density is negative and fades like any other. Values below `BLACK_709`
    are darker than film can be: what they lack is set aside and taken off the faded pixel again,
    so that nothing is clamped and black, negative values and their order survive.
    The same fading, seed and frame give the same scan; grain, flicker and noise change with the
    frame, unevenness does not.

    Args:
        original_709: (height, width, 3), display-encoded Rec.709 2.4, any value.
        fading: What happened to the film.
        frame: The frame's number.

    Raises:
        UsageError: The array is not a colour picture.
    """
    check_picture(original_709)
    held = np.maximum(original_709, np.float32(BLACK_709), dtype=np.float32)
    beyond = original_709 - held
    density = _add_grain(_display_to_density(held), fading, frame)
    density = _fade_dyes(density, fading)
    density += np.asarray(fading.stain, dtype=np.float32)
    if fading.flicker:
        beat = random_numbers(fading.seed, "flicker", frame).standard_normal(dtype=np.float32)
        density += fading.flicker * beat * FLICKER_709
    if fading.scanner_red_clip is not None:
        np.maximum(density[..., 0], -math.log10(fading.scanner_red_clip), out=density[..., 0])
    faded = _density_to_display(density)
    faded += beyond
    return _scan(faded, fading, frame)


def check_picture(picture: NDArray[np.float32]) -> None:
    """Refuse an array that is not a colour picture.

    Raises:
        UsageError: Its shape is not (height, width, 3).
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise UsageError(f"picture: shape {picture.shape}: give (height, width, 3)")


def random_numbers(seed: int, purpose: str, frame: int = 0) -> np.random.Generator:
    """Return a source of random numbers of its own for a purpose and a frame.

    Purposes never share numbers, so that switching grain on leaves the flicker as it was.
    """
    return np.random.default_rng([seed % 2**64, frame % 2**64, *purpose.encode()])


def _display_to_density(picture_709: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return -log10 of the display light, in the picture's own memory; values must be above 0."""
    np.log10(picture_709, out=picture_709)
    picture_709 *= -DISPLAY_GAMMA
    return picture_709


def _density_to_display(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the display values that let this density's light through, in the same memory."""
    density *= -math.log(10) / DISPLAY_GAMMA
    return np.exp(density, out=density)


def _add_grain(
    density: NDArray[np.float32],
    fading: Fading,
    frame: int,
) -> NDArray[np.float32]:
    """Add grain that goes with the root of density: dye clouds are counted (Selwyn, Poisson)."""
    if not fading.grain:
        return density
    numbers = random_numbers(fading.seed, "grain", frame)
    white = numbers.standard_normal(density.shape, dtype=np.float32)
    kernel = cv2.getGaussianKernel(9, GRAIN_BLUR_PX)
    grain = np.asarray(cv2.sepFilter2D(white, -1, kernel, kernel), np.float32)
    # The blur averages noise away; its kernel's own energy says by how much.
    grain *= fading.grain / float(np.sum(np.asarray(kernel) ** 2))
    grain *= np.sqrt(np.maximum(density, 0))
    grain += density
    return grain


def _fade_dyes(density: NDArray[np.float32], fading: Fading) -> NDArray[np.float32]:
    """Take the lost share of each dye out of R, G, B densities."""
    if not fading.unevenness:
        return _mix(density, fade_matrix(fading.retention, fading.stock))
    dyes = dye_matrix(fading.stock)
    amounts = _mix(density, np.asarray(np.linalg.inv(dyes)))
    height, width = density.shape[:2]
    # First-order kinetics: a place that fades faster by a share keeps k to that power. A dye that
    # did not fade anywhere (k = 1) then stays whole everywhere.
    rate = 1 + np.float32(fading.unevenness) * _steady_patches(fading.seed, height, width)
    kept = (fading.retention.cyan, fading.retention.magenta, fading.retention.yellow)
    for dye, share in enumerate(kept):
        amounts[..., dye] *= np.exp(np.float32(math.log(share)) * rate)
    return _mix(amounts, dyes)


def _mix(picture: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return every pixel multiplied by a 3x3."""
    return np.asarray(cv2.transform(picture, matrix), dtype=np.float32)


@lru_cache(maxsize=4)
def _steady_patches(seed: int, height: int, width: int) -> NDArray[np.float32]:
    """Return where the film fades faster (up to 1) and slower (down to -1), smoothly."""
    numbers = random_numbers(seed, "unevenness")
    patches = np.zeros((height, width), np.float32)
    for across, share in PATCHES_ACROSS:
        down = max(2, round(across * height / width))
        coarse = numbers.uniform(-share, share, (down + 1, across + 1)).astype(np.float32)
        patches += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    patches /= np.abs(patches).max()
    return patches


def _scan(
    faded_709: NDArray[np.float32],
    fading: Fading,
    frame: int,
) -> NDArray[np.float32]:
    """Add the scanner's noise and round to its code values; codes beyond 0 and 1 are kept."""
    if fading.scanner_noise:
        numbers = random_numbers(fading.seed, "scanner", frame)
        noise = numbers.standard_normal(faded_709.shape, dtype=np.float32)
        noise *= np.float32(fading.scanner_noise)
        faded_709 += noise
    if fading.bits is not None:
        steps = np.float32(2**fading.bits - 1)
        faded_709 *= steps
        np.rint(faded_709, out=faded_709)
        faded_709 /= steps
    return faded_709
