"""Whether the Reference's grade is brought to the plates': decided once for all pairs of a shot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from chromaresolve.alignment.cropping import SharedCrop
from chromaresolve.alignment.geometry import fit_raster, raster_to_raster, warp
from chromaresolve.alignment.laying import read_reference
from chromaresolve.alignment.luma_curve import FIT_WIDTH, match_luma_curve
from chromaresolve.alignment.registration import Registration
from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import FrameError, StageError
from chromaresolve.frames import Sequence, read_rgb
from chromaresolve.shot import Shot
from chromaresolve.structure import Plane

FAR_APART = 0.04
"""Mean distance of the two grades, display values, from which on the Reference's is brought to the
plates'. A gamma of 1.25 is 0.056 and costs dE2000 0.9 as it is; a balance that leaves the blacks
too light is 0.03, where the Reference's own contrast is the truer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """How the Reference's grade lies beside the plates'."""

    apart: float
    """Mean distance over the tones, display values, the median of the pairs; 0 where unknown."""
    is_levelled: bool
    """Whether it is brought to the plates' before its chroma is taken."""
    sentence: str
    """What was found and done."""


def compare_grades(
    shot: Shot,
    registrations: Mapping[int, Registration],
    crop: SharedCrop,
    plates: Sequence,
    references: Sequence,
) -> Grades:
    """Compare the two grades over all pairs, and decide as `[reference] level_luma` says.

    Args:
        shot: The shot.
        registrations: How each pair lies, by Source frame.
        crop: What is picture in both.
        plates: The plates.
        references: The Reference.
    """
    apart = float(np.median([*_apart(shot, registrations, crop, plates, references)] or [0.0]))
    stated = shot.reference.level_luma
    is_levelled = apart > FAR_APART if stated == "auto" else stated
    done = "it is brought to the plate's by one curve" if is_levelled else "it is left as it is"
    why = "" if stated == "auto" else ", as [reference] level_luma says"
    return Grades(
        apart=apart,
        is_levelled=is_levelled,
        sentence=f"the Reference's grade lies {apart:.3f} off the plate's: {done}{why}",
    )


def _apart(
    shot: Shot,
    registrations: Mapping[int, Registration],
    crop: SharedCrop,
    plates: Sequence,
    references: Sequence,
) -> Iterator[float]:
    for pair in shot.pair:
        if pair.source not in registrations:
            continue
        registration = registrations[pair.source]
        try:
            source, reference = read_rgb(plates.path(pair.source)), read_reference(pair, references)
            both = crop.both_show(registration.matrix, bend=registration.bend)
            luma, shown = _small_luma(source), _small_luma(reference)
            matrix = (
                raster_to_raster(reference.shape, shown.shape)
                @ registration.matrix
                @ np.linalg.inv(raster_to_raster(source.shape, luma.shape))
            )
            height, width = luma.shape
            laid, inside = warp(shown, matrix, width=width, height=height, cubic=False)
            mask = fit_raster(both.astype(np.float32), width=width, height=height) > 1 - 1e-3
            yield match_luma_curve(laid, luma, mask & inside).apart
        except (FrameError, StageError):
            continue  # the pair is looked at again when it is laid, and named there


def _small_luma(rgb: Plane) -> Plane:
    height, width = rgb.shape[:2]
    across = min(width, FIT_WIDTH)
    small = fit_raster(rgb, width=across, height=max(1, round(height * across / width)))
    return rgb_to_luma(small)
