"""Dye fading, forward: what a faded scan and an old telecine of a fresh film look like.

For the demo, tests and benchmarks, whose truth is then known. `dyes` has the chemistry's numbers,
`film` the faded scan by a 3x3, `spectral` by the dyes' spectra, which no 3x3 describes exactly,
`negative` the scan of a colour negative, `telecine` the reference. Of these only `sequence` reads
or writes files.
"""

from chromaresolve.fade.dyes import (
    DEFAULT_STOCK,
    EXTREME,
    MILD,
    MODERATE,
    NEGATIVE_STOCKS,
    SEVERE,
    STOCKS,
    WHOLE,
    Retention,
    dye_matrix,
    fade_matrix,
)
from chromaresolve.fade.film import Fading, fade_frame
from chromaresolve.fade.negative import negative_frame
from chromaresolve.fade.spectral import (
    BROAD_BAND,
    SPECTRAL_FILMS,
    STATUS_A,
    STATUS_M,
    Scanner,
    SpectralFilm,
    fade_spectral,
    spectral_dye_matrix,
)
from chromaresolve.fade.telecine import Telecine, make_reference, reference_geometry

__all__ = [
    "BROAD_BAND",
    "DEFAULT_STOCK",
    "EXTREME",
    "MILD",
    "MODERATE",
    "NEGATIVE_STOCKS",
    "SEVERE",
    "SPECTRAL_FILMS",
    "STATUS_A",
    "STATUS_M",
    "STOCKS",
    "WHOLE",
    "Fading",
    "Retention",
    "Scanner",
    "SpectralFilm",
    "Telecine",
    "dye_matrix",
    "fade_frame",
    "fade_matrix",
    "fade_spectral",
    "make_reference",
    "negative_frame",
    "reference_geometry",
    "spectral_dye_matrix",
]
