"""The benchmark's faded films: every picture faded in known ways, and an old telecine of it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from brushes import Picture

from chromaresolve.balance.transform import Triple
from chromaresolve.fade import (
    BROAD_BAND,
    EXTREME,
    MILD,
    MODERATE,
    SEVERE,
    SPECTRAL_FILMS,
    STATUS_A,
    WHOLE,
    Fading,
    Retention,
    Scanner,
    Telecine,
    fade_frame,
    fade_spectral,
    make_reference,
)
from chromaresolve.fade.spectral import STAIN_DECAY_NM, STAIN_NM

STEPS = MappingProxyType(
    {"mild": MILD, "moderate": MODERATE, "severe": SEVERE, "extreme": EXTREME},
)
"""The steps of dark fading, by their names."""

DRAWN = 12
"""Retentions drawn for each picture besides the steps."""

CYAN_LEFT, MAGENTA_LEFT, YELLOW_LEFT = (0.10, 0.85), (0.80, 1.0), (0.35, 0.95)
"""What the drawn retentions lie between; cyan's evenly by its logarithm, each dye on its own."""

GRAIN = 0.02
"""Of the fresh film, as `Fading.grain`: a print's, at 2K."""

BITS = 10
"""Of the scan."""

LAMP = MappingProxyType(
    {
        "moderate": Retention(cyan=MODERATE.magenta, magenta=MODERATE.cyan, yellow=MODERATE.yellow),
        "severe": Retention(cyan=SEVERE.magenta, magenta=SEVERE.cyan, yellow=SEVERE.yellow),
    },
)
"""Fading in light: the same steps with cyan's loss and magenta's exchanged."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faded:
    """A scan of a film whose fading is known."""

    picture: str
    """What it shows."""
    fade: str
    """How it faded, in words."""
    fresh_709: Picture
    """The picture before, without the film's grain."""
    scan_709: Picture
    """The scan."""
    retention: Retention
    """What is left of each dye."""
    base: Triple = (0.0, 0.0, 0.0)
    """R, G, B density that the base has gained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """A fading that the solver does not assume: `fade_spectral`'s words."""

    retention: Retention = SEVERE
    film: str = "usual"
    scanner: Scanner = STATUS_A
    contrast: float = 0.0
    unevenness: float = 0.0
    stain: float = 0.0


OTHERWISE: Mapping[str, Otherwise] = MappingProxyType(
    {
        **{
            f"{film} film, {step}": Otherwise(film=film, retention=STEPS[step])
            for film in SPECTRAL_FILMS
            for step in ("moderate", "severe")
        },
        "broad-band scanner, severe": Otherwise(scanner=BROAD_BAND),
        "uneven by 15 %, severe": Otherwise(unevenness=0.15),
        "stain of 0.1, severe": Otherwise(stain=0.1),
        "thick dye 30 % faster, severe": Otherwise(contrast=0.3),
        **{f"in light, {step}": Otherwise(retention=left) for step, left in LAMP.items()},
    },
)
"""The fadings that are told apart; where no film is named it is the usual one."""


def assumed_fades(picture: str, fresh_709: Picture) -> Iterator[Faded]:
    """Fade a picture by the solver's own 3x3, with grain: not at all, in four steps, as drawn."""
    drawn = (("drawn", retention) for retention in draw_retentions(picture))
    kept = [("fresh", WHOLE), *STEPS.items(), *drawn]
    for place, (fade, retention) in enumerate(kept):
        fading = Fading(retention=retention, grain=GRAIN, bits=BITS, seed=place)
        scan_709 = fade_frame(fresh_709, fading, frame=_number(picture))
        yield Faded(
            picture=picture,
            fade=fade,
            fresh_709=fresh_709,
            scan_709=scan_709,
            retention=retention,
        )


def grainless_fades(picture: str, fresh_709: Picture) -> Iterator[Faded]:
    """Fade a picture by the solver's own 3x3, without grain and without rounding."""
    for fade, retention in STEPS.items():
        scan_709 = fade_frame(fresh_709, Fading(retention=retention), frame=0)
        yield Faded(
            picture=picture,
            fade=f"{fade}, no grain",
            fresh_709=fresh_709,
            scan_709=scan_709,
            retention=retention,
        )


def other_fades(picture: str, fresh_709: Picture) -> Iterator[Faded]:
    """Fade a picture by the spectra of other films' dyes, with grain."""
    number = _number(picture)
    grained = fade_frame(fresh_709, Fading(retention=WHOLE, grain=GRAIN), frame=number)
    for fade, how in OTHERWISE.items():
        faded = fade_spectral(
            grained,
            SPECTRAL_FILMS[how.film],
            how.retention,
            scanner=how.scanner,
            contrast=how.contrast,
            unevenness=how.unevenness,
            stain=how.stain,
            seed=number,
        )
        steps = np.float32(2**BITS - 1)
        yield Faded(
            picture=picture,
            fade=fade,
            fresh_709=fresh_709,
            scan_709=np.rint(faded * steps) / steps,
            retention=how.retention,
            base=_stained(how.stain),
        )


def draw_retentions(picture: str) -> list[Retention]:
    """Return the retentions drawn for a picture, always the same ones."""
    numbers = np.random.default_rng(_number(picture))
    low, high = np.log(CYAN_LEFT)
    return [
        Retention(
            cyan=float(np.exp(numbers.uniform(low, high))),
            magenta=numbers.uniform(*MAGENTA_LEFT),
            yellow=numbers.uniform(*YELLOW_LEFT),
        )
        for _ in range(DRAWN)
    ]


def make_telecine(faded: Faded) -> Picture:
    """Return a Reference: graded by another hand, on another raster, not aligned, compressed."""
    numbers = np.random.default_rng([_number(faded.picture), _number(faded.fade)])
    height, width = faded.fresh_709.shape[:2]
    red, green, blue = numbers.uniform(0.97, 1.03, 3)
    right, down = numbers.uniform(-0.015, 0.015, 2) * width
    telecine = Telecine(
        size=(round(0.8 * width), round(0.8 * height)),
        shift_px=(right, down),
        scale=numbers.uniform(0.98, 1.02),
        rotation_deg=numbers.uniform(-0.5, 0.5),
        gains=(red, green, blue),
        gamma=numbers.uniform(0.85, 1.2),
        saturation=numbers.uniform(0.7, 1.1),
        chroma_blur=1.0,
        noise=0.01,
        jpeg_quality=int(numbers.integers(60, 90)),
    )
    return make_reference(faded.fresh_709, telecine, frame=0)


def _stained(stain: float) -> Triple:
    """Return a stain's densities in the middle of the scanner's bands."""
    red, green, blue = (
        stain * math.exp((STAIN_NM - centre) / STAIN_DECAY_NM)
        for centre, _ in (STATUS_A.red, STATUS_A.green, STATUS_A.blue)
    )
    return red, green, blue


def _number(name: str) -> int:
    return zlib.crc32(name.encode())
