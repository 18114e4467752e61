"""A film by the spectra of its dyes: a fade that no 3x3 describes exactly.

For judging a pre-balance by a fade that it does not assume. Each dye is a curve of density over
wavelength, a scanner weighs the light in three bands, and the amounts of dye behind a picture are
solved so that the fresh film is the picture itself. Then the dyes fade, not the densities.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from chromaresolve.fade.dyes import Retention
from chromaresolve.fade.film import BLACK_709, DISPLAY_GAMMA, check_picture, random_numbers

LINES_IN_BAND = 9
"""Wavelengths that stand for a scanner's band: nodes of Gauss-Hermite quadrature."""

NEWTON_STEPS = 3
"""Steps from densities to dye amounts; from the 3x3's guess they leave less than 0.00001 D."""

PIXELS_AT_ONCE = 1024
"""Pixels solved together: so few that no product of matrices is spread over processor cores, which
on a busy machine costs ten times what it saves."""

STAIN_NM = 445.0
"""Where a stain's density is counted: the middle of Status A blue."""

STAIN_DECAY_NM = 60.0
"""A stained base absorbs 2.7 times less for each of these towards red: it looks yellow. Assumed."""


@dataclass(frozen=True, slots=True)
class Absorption:
    """One hump of a dye's spectrum: a Gaussian with sides of its own."""

    peak: float
    """Nanometres."""
    below: float
    """Deviation towards shorter wavelengths, in nanometres."""
    above: float
    """Deviation towards longer wavelengths."""
    height: float = 1.0
    """Density at the peak, against that of the dye's other humps."""

    def at(self, wavelengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the density at wavelengths in nanometres."""
        away = wavelengths - self.peak
        deviation = np.where(away < 0, self.below, self.above)
        return np.asarray(self.height * np.exp(-0.5 * (away / deviation) ** 2))


Dye = tuple[Absorption, ...]
"""A dye's spectrum: its main hump, then what it absorbs elsewhere."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Where a scanner or densitometer looks: centre and deviation of each band, in nanometres."""

    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]


STATUS_A = Scanner(red=(629, 14), green=(536, 12), blue=(445, 11))
"""For prints: means and deviations of the Status A products of ISO 5-3, which peak at 620, 530 and
440 nm. Narrow, as the red, green and blue diodes of a film scanner are."""

STATUS_M = Scanner(red=(649, 13), green=(542, 17), blue=(452, 15))
"""For colour negatives: the same of Status M, which peaks at 640, 540 and 450 nm."""

BROAD_BAND = Scanner(red=(612, 26), green=(538, 28), blue=(460, 24))
"""A white lamp and a camera's colour filters, whose bands overlap. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralFilm:
    """The dyes of a print stock."""

    cyan: Dye
    magenta: Dye
    yellow: Dye

    @property
    def dyes(self) -> tuple[Dye, ...]:
        """Return cyan, magenta, yellow."""
        return self.cyan, self.magenta, self.yellow


SPECTRAL_FILMS = MappingProxyType(
    {
        "early": SpectralFilm(
            cyan=(
                Absorption(676, 48, 60),
                Absorption(620, 48, 45, 0.62),
                Absorption(430, 40, 60, 0.14),
            ),
            magenta=(Absorption(533, 40, 44), Absorption(432, 45, 40, 0.27)),
            yellow=(Absorption(445, 52, 49),),
        ),
        "usual": SpectralFilm(
            cyan=(
                Absorption(668, 46, 52),
                Absorption(614, 46, 42, 0.55),
                Absorption(440, 50, 70, 0.09),
            ),
            magenta=(Absorption(538, 38, 41), Absorption(436, 36, 30, 0.19)),
            yellow=(Absorption(447, 50, 42),),
        ),
        "modern": SpectralFilm(
            cyan=(
                Absorption(660, 42, 48),
                Absorption(612, 38, 40, 0.50),
                Absorption(435, 45, 60, 0.11),
            ),
            magenta=(Absorption(540, 34, 39), Absorption(450, 40, 30, 0.08)),
            yellow=(Absorption(450, 48, 41), Absorption(640, 90, 60, 0.015)),
        ),
    }
)
"""Print stocks of the fifties, seventies and nineties, drawn by us: peaks, widths and side
absorptions are of the kind that makers' data sheets show, and no sheet's own curve is here."""


def fade_spectral(
    original_709: NDArray[np.float32],
    film: SpectralFilm,
    retention: Retention,
    *,
    scanner: Scanner = STATUS_A,
    contrast: float = 0.0,
    unevenness: float = 0.0,
    stain: float = 0.0,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Return the scan of one frame of a spectral film whose dyes have faded.

    As in `fade_frame`, the display's linear light stands for the fresh film's transmittance over
    its base, values beyond white fade like any other, and what is darker than film can be is set
    aside and taken off again. The picture is the fresh film's Status A densities. Any scanner is
    calibrated on fresh film: a 3x3 takes its densities to Status A's, and what that leaves wrong
    on a fresh pixel is mended there. So fresh film gives the original, whoever scans it.

    Args:
        original_709: (height, width, 3), display-encoded Rec.709 2.4, any value.
        film: Whose dyes hold the picture.
        retention: What is left of each dye; with `contrast`, at amount 0.3.
        scanner: What scans the film.
        contrast: How much faster, as a share, thick dye fades than thin dye; negative for slower.
            In light, layers shield each other (Ando, Hansuebsai, Khantong, Journal of Imaging
            Science and Technology 41(3), 1997).
        unevenness: How much faster or slower, as a share, the worst and best places fade.
        stain: Blue density that the base has gained.
        seed: Of the places that fade worse.

    Raises:
        UsageError: The array is not a colour picture.
    """
    check_picture(original_709)
    height, width = original_709.shape[:2]
    flat = original_709.reshape(-1, 3)
    faded = np.empty(flat.shape, np.float32)
    rate = 1 + np.float32(unevenness) * _damp(seed, height, width).ravel()
    shares = np.array([[retention.cyan], [retention.magenta], [retention.yellow]])
    log_kept = np.log(shares).astype(np.float32)
    status_a, bands = film_bands(film, STATUS_A), film_bands(film, scanner)
    base = stain * np.exp((STAIN_NM - bands.wavelengths) / STAIN_DECAY_NM)
    calibration = _calibrate(film, scanner)
    for start in range(0, len(flat), PIXELS_AT_ONCE):
        part = slice(start, start + PIXELS_AT_ONCE)
        held = np.maximum(flat[part].T, np.float32(BLACK_709), dtype=np.float32)
        fresh = np.float32(-DISPLAY_GAMMA) * np.log10(held)
        amounts = solve_amounts(fresh, status_a)
        thick = np.float32(0.5) - np.float32(10) ** -np.maximum(amounts, 0)
        left = amounts * np.exp(log_kept * (rate[part] + np.float32(contrast) * thick))
        change = integrate(left, bands, base) - integrate(amounts, bands)
        density = fresh + calibration @ change
        faded[part] = (np.float32(10) ** (density / -DISPLAY_GAMMA)).T + (flat[part] - held.T)
    return faded.reshape(original_709.shape)


def spectral_dye_matrix(film: SpectralFilm, scanner: Scanner = STATUS_A) -> NDArray[np.float64]:
    """Return M of a spectral film: what one unit more of each dye adds to R, G, B density.

    Taken at the neutral of density 1; columns are cyan, magenta, yellow, as in `STOCKS`.

    How far a 3x3 is from `fade_spectral`, as RMS density over dye amounts 0 to 2.5, worst of
    `SPECTRAL_FILMS`: with the film's own M, M diag(k) M^-1 misses a severe fade by 0.009 in red
    and 0.004 in green and blue, and its inverse misses the fresh film by 0.046 and 0.007
    (moderate: 0.015 and 0.003). With the M of 5383 that is 0.007 and 0.051, 0.030 and 0.097.
    Seen by `BROAD_BAND`, with the film's own M: 0.090 and 0.036, 0.45 and 0.077.
    """
    return dye_slopes(film_bands(film, scanner))


@dataclass(frozen=True, slots=True)
class Bands:
    """Dyes as a scanner sees them: at a few wavelengths in each of its bands."""

    wavelengths: NDArray[np.float64]
    """(lines,), nanometres: red's, then green's, then blue's."""
    weights: NDArray[np.float32]
    """(3, lines): what share of R, G and B each line is."""
    curves: NDArray[np.float32]
    """(dyes, lines): density of one unit of each dye."""


@lru_cache
def bands_of(dyes: tuple[Dye, ...], scanner: Scanner) -> Bands:
    """Return dyes in a scanner's bands, in units of their humps' heights."""
    nodes, shares = np.polynomial.hermite.hermgauss(LINES_IN_BAND)
    bands = (scanner.red, scanner.green, scanner.blue)
    wavelengths = np.concatenate([centre + math.sqrt(2) * wide * nodes for centre, wide in bands])
    none = np.zeros(len(wavelengths))
    curves = np.array([sum((hump.at(wavelengths) for hump in dye), none) for dye in dyes])
    weights = np.kron(np.eye(3), shares / shares.sum())
    return Bands(wavelengths, weights.astype(np.float32), curves.astype(np.float32))


@lru_cache
def neutral_units(dyes: tuple[Dye, ...], scanner: Scanner) -> NDArray[np.float32]:
    """Return how much of each of three dyes makes a neutral of density 1, (3, 1): their units."""
    return solve_amounts(np.ones((3, 1), np.float32), bands_of(dyes, scanner))


def film_bands(film: SpectralFilm, scanner: Scanner) -> Bands:
    """Return a film's dyes in a scanner's bands, in units that make a Status A neutral."""
    bands = bands_of(film.dyes, scanner)
    return replace(bands, curves=neutral_units(film.dyes, STATUS_A) * bands.curves)


def integrate(
    amounts: NDArray[np.float32], bands: Bands, base: NDArray[np.floating] | float = 0.0
) -> NDArray[np.float32]:
    """Return R, G, B densities (3, n) of dye amounts (dyes, n).

    Args:
        amounts: In units of the bands' curves.
        bands: The dyes in the scanner's bands.
        base: Density of whatever else the light goes through, at each line.
    """
    spectra = bands.curves.T @ amounts
    spectra += np.reshape(np.asarray(base, np.float32), (-1, 1))
    return np.asarray(-np.log10(bands.weights @ _light(spectra)), np.float32)


def solve_amounts(density: NDArray[np.float32], bands: Bands) -> NDArray[np.float32]:
    """Return the amounts (3, n) of three dyes that make R, G, B densities (3, n), by Newton."""
    # Row 3 + 3 i + j of the sums over lines is what dye j takes of band i's light.
    absorbed = (bands.weights[:, np.newaxis] * bands.curves).reshape(9, -1)
    weights = np.concatenate([bands.weights, absorbed])
    amounts = np.asarray(np.linalg.solve(bands.weights @ bands.curves.T, density), np.float32)
    for _ in range(NEWTON_STEPS):
        sums = weights @ _light(bands.curves.T @ amounts)
        missing = density + np.log10(sums[:3])
        red, green, blue = sums[3:].reshape(3, 3, -1) / sums[:3, np.newaxis]
        # Cramer's rule, since a solver called for every pixel takes longer than all the rest.
        across = (_cross(green, blue), _cross(blue, red), _cross(red, green))
        step = sum(lack * one for lack, one in zip(missing, across, strict=True))
        amounts += step / (red * across[0]).sum(axis=0)
    return amounts


def dye_slopes(bands: Bands) -> NDArray[np.float64]:
    """Return what more of each of three dyes adds to each density at one unit of each, (3, 3)."""
    light = bands.weights * _light(bands.curves.sum(axis=0))
    return np.asarray(light @ bands.curves.T / light.sum(axis=1, keepdims=True), np.float64)


def _light(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share of light that spectral densities let through."""
    spectra *= np.float32(-math.log(10))
    return np.asarray(np.exp(spectra, out=spectra))


def _cross(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cross products of vectors (3, n)."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _calibrate(film: SpectralFilm, scanner: Scanner) -> NDArray[np.float32]:
    """Return the 3x3 from a scanner's densities of a fresh film to Status A's."""
    matrix = spectral_dye_matrix(film) @ np.linalg.inv(spectral_dye_matrix(film, scanner))
    return np.asarray(matrix, np.float32)


def _damp(seed: int, height: int, width: int) -> NDArray[np.float32]:
    """Return where damp made a film fade faster (up to 1) and slower (down to -1).

    It came in from one edge, and stands in waves along the winding: another law than that of
    `Fading.unevenness`, steady over a shot all the same.
    """
    numbers = random_numbers(seed, "damp")
    turn, phase, waves = numbers.uniform(0, 2 * math.pi, 3)
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    edge = np.tanh(1.5 * (x * math.cos(turn) + y * math.sin(turn)))
    damp = edge + 0.4 * np.sin((2 + waves) * x + phase) * np.cos(3 * y + turn)
    return np.asarray(damp / np.abs(damp).max(), np.float32)
