"""Dye fading, forward: what a faded scan and an old telecine of a fresh film look like.

For the demo, tests and benchmarks, whose truth is then known. `dyes` has the chemistry's numbers,
`film` the faded scan, `telecine` the reference. Nothing here reads or writes a file.
"""

from chromaresolve.fade.dyes import (
    EXTREME,
    MILD,
    MODERATE,
    SEVERE,
    STOCKS,
    Retention,
    dye_matrix,
    fade_matrix,
)
from chromaresolve.fade.film import Fading, fade_frame
from chromaresolve.fade.telecine import Telecine, make_reference, reference_geometry

__all__ = [
    "EXTREME",
    "MILD",
    "MODERATE",
    "SEVERE",
    "STOCKS",
    "Fading",
    "Retention",
    "Telecine",
    "dye_matrix",
    "fade_frame",
    "fade_matrix",
    "make_reference",
    "reference_geometry",
]
