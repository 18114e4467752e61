"""Pictures and a number to judge an alignment by: structure only, without the colours' difference.

The Reference is shown repainted in the Source's faded colours, so that what still differs is
geometry, dirt or a subtitle, and never colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.cells import measure_cell_shifts
from chromaresolve.alignment.geometry import fit_raster, working_size
from chromaresolve.alignment.trust import Comparison
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.scopes import Words, draw_words
from chromaresolve.structure import Mask, rgb_to_tone, tone_to_luma_structure

GAIN = 5.0
"""Factor on the difference: an edge one pixel off shows at a glance, grain hardly."""

BANDS = 8
"""Bands of the second wipe: seven seams down the picture."""

LABEL_PX, LETTERS_PX = 24, 14
"""Height of the strip above a picture, and of the letters in it."""

INK, STRIP = (0.85, 0.85, 0.85), 0.1
"""Display values of letters and strip."""

FEWEST_CELLS = 2
"""Cells of a picture that must tell a shift in two frames for shimmer to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shimmer:
    """How much the Reference's edges move between frames, beside the Source's own movement."""

    median_px: float
    """Median over frames and cells, Source pixels."""
    high_px: float
    """95th percentile of the same."""
    worst: int
    """Which step is worst: 0 is that from the first frame to the second."""
    worst_px: float
    """Median over the cells of that step, Source pixels."""


def difference_picture(compared: Comparison, *, title: str) -> Rgb:
    """Return Source, repainted Reference, what differs and trust, side by side and labelled.

    Black is no difference; a shift shows as bright edges, whatever the colours.

    Args:
        compared: The pair, as from `trust.compare`; its raster is the picture's.
        title: What it is, e.g. `frame 1012`.

    Returns:
        Shape (height + strip, 4 width, 3), display values.
    """
    source, reference = compared.repainted.source, compared.repainted.reference
    apart = GAIN * np.abs(source - reference)
    trust = np.repeat(compared.trust[..., None], 3, axis=2)
    return _side_by_side(
        {
            f"{title}: Source": source,
            "Reference in the Source's colours": reference,
            f"difference x {GAIN:g}": apart,
            "trust: black teaches nothing": trust,
        }
    )


def wipe_picture(compared: Comparison, *, title: str) -> Rgb:
    """Return two wipes side by side and labelled: in halves, and in eight bands.

    Where the two lie on each other, no seam shows.

    Args:
        compared: The pair, as from `trust.compare`; its raster is the picture's.
        title: What it is, e.g. `frame 1012`.

    Returns:
        Shape (height + strip, 2 width, 3), display values.
    """
    return _side_by_side(
        {
            f"{title}: Source left, Reference right": _wiped(compared, 2),
            f"{BANDS} bands, Source first": _wiped(compared, BANDS),
        }
    )


def measure_shimmer(frames: Iterable[tuple[Rgb, Rgb, Mask]]) -> Shimmer:
    """Measure how much edges move between consecutive aligned frames, against the Source's own.

    In every cell of each frame the shift between the two is measured; how it changes from one frame
    to the next is movement that only the Reference has: weave, or an alignment that trembles. The
    slopes that tell shifts fall short of them, by a fifth of half a pixel.

    Args:
        frames: Consecutive frames: the Source, shape (height, width, 3), display encoded; the
            Reference laid on it; where it covers it, shape (height, width). Looked at one by one.

    Raises:
        StageError: Fewer than two frames, or no two that follow show enough to be compared.
    """
    shifts: list[NDArray[np.float64]] = []
    for source_rgb, aligned_rgb, inside in frames:
        shifts.append(_cell_shifts(source_rgb, aligned_rgb, inside))
    if len(shifts) < 2:
        raise StageError("shimmer", "it takes two consecutive frames: give more of the shot")
    steps = [np.hypot(*(after - before).T) for before, after in pairwise(shifts)]
    told = [step[np.isfinite(step)] for step in steps]
    if max(map(len, told)) < FEWEST_CELLS:
        raise StageError(
            "shimmer",
            "no two consecutive frames show the same in enough places: see that they are aligned",
        )
    medians = [float(np.median(step)) if len(step) >= FEWEST_CELLS else 0.0 for step in told]
    every = np.concatenate(told)
    return Shimmer(
        median_px=float(np.median(every)),
        high_px=float(np.percentile(every, 95)),
        worst=int(np.argmax(medians)),
        worst_px=max(medians),
    )


def _cell_shifts(source_rgb: Rgb, aligned_rgb: Rgb, inside: Mask) -> NDArray[np.float64]:
    """Return by cell the shift between the two, Source pixels, (cells, 2)."""
    height, width = inside.shape
    across, down = working_size(width=width, height=height)
    source, reference = (
        tone_to_luma_structure(fit_raster(rgb_to_tone(rgb), width=across, height=down))
        for rgb in (source_rgb, aligned_rgb)
    )
    covered = fit_raster(inside.astype(np.float32), width=across, height=down) > 1 - 1e-3
    shifts = measure_cell_shifts(source, reference, covered) * (width / across)
    return np.asarray(shifts, dtype=np.float64)


def _wiped(compared: Comparison, bands: int) -> Rgb:
    """Return the Source with every second band taken from the Reference."""
    source, reference = compared.repainted.source, compared.repainted.reference
    width = source.shape[1]
    of_reference = np.arange(width) * bands // width % 2 == 1
    return np.where(of_reference[None, :, None], reference, source)


def _side_by_side(shown: dict[str, Rgb]) -> Rgb:
    """Return pictures of one raster beside each other, each below its name."""
    pictures = np.hstack(list(shown.values()))
    width = pictures.shape[1] // len(shown)
    whole = cv2.copyMakeBorder(pictures, LABEL_PX, 0, 0, 0, cv2.BORDER_CONSTANT, None, (STRIP,) * 3)
    words = [
        Words(
            text=name,
            x=place * width + LETTERS_PX // 2,
            baseline=LABEL_PX - LETTERS_PX // 2,
            height_px=LETTERS_PX,
            colour=INK,
        )
        for place, name in enumerate(shown)
    ]
    strip = draw_words(np.asarray(whole[:LABEL_PX], np.float32), words)
    return np.vstack([strip, whole[LABEL_PX:]]).astype(np.float32)
