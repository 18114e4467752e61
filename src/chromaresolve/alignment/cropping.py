"""The shared crop: what of the Source's raster is film picture, told once for a whole shot.

The rule. What the Source does not show as picture (borders, gate, sound track, perforations) is
cropped: it is neither taught nor recovered. What only the Reference lacks, as one masked to 1.85
in a Source of 1.37, is not: cropping it would leave good picture unrecovered. There nothing is
taught instead, by `SharedCrop.both_show`, and a sentence says how much that is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Sequence as ListOf
from dataclasses import dataclass, replace

import numpy as np

from chromaresolve.alignment.borders import Borders, find_borders
from chromaresolve.alignment.geometry import Bend, Matrix, fit_raster, warp, working_size
from chromaresolve.alignment.margins import Margin, find_margins
from chromaresolve.errors import StageError
from chromaresolve.frames import Rgb
from chromaresolve.structure import Mask, Plane, rgb_to_tone

WHOLE_PIXEL = 0.999
"""Share of a pixel that is picture from which on it counts."""

EQUAL = 0.25
"""Share of the larger by which two opposite borders may differ and still be one mask's."""

LEAST_MASK = 0.04
"""Share of a side that a mask's bar takes at least; a gate's edge takes less."""

SIDES = ("left", "top", "right", "bottom")
"""Of a raster, in the order of `[crop]`."""

LACKING = 0.01
"""Share of the Source's picture that a Reference may lack without a word."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureArea:
    """What of a raster is film picture, in every frame of a shot."""

    left: int
    """Columns at the left edge that are not picture anywhere in the shot."""
    top: int
    """Rows at the top."""
    right: int
    """Columns at the right."""
    bottom: int
    """Rows at the bottom."""
    mask: Mask
    """Shape (height, width): set where there is picture; a gate's rounded corners are not."""
    sentences: tuple[str, ...]
    """What was found and where."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedCrop:
    """One crop for all pairs of a shot: Source pixels at each edge that are not picture."""

    left: int
    """Columns at the left edge."""
    top: int
    """Rows at the top."""
    right: int
    """Columns at the right."""
    bottom: int
    """Rows at the bottom."""
    source: PictureArea
    """What of the Source's raster is picture."""
    reference: PictureArea
    """What of the Reference's raster is picture."""
    sentences: tuple[str, ...]
    """What was found where, and what is left to trust."""

    def both_show(self, matrix: Matrix, *, bend: Bend | None = None) -> Mask:
        """Return where both show picture, on the Source's raster: elsewhere nothing is taught."""
        height, width = self.source.mask.shape
        shown, inside = warp(
            self.reference.mask.astype(np.float32),
            matrix,
            width=width,
            height=height,
            cubic=False,
            bend=bend,
        )
        return np.asarray(inside & (shown >= WHOLE_PIXEL) & self.source.mask, dtype=np.bool_)


def share_crop(
    source: PictureArea, reference: PictureArea, laid: ListOf[tuple[Matrix, Bend | None]]
) -> SharedCrop:
    """Return the crop of a shot, and say what its Reference does not show.

    Args:
        source: What of the Source's raster is picture, over all pairs.
        reference: The same of the Reference's.
        laid: How each pair lies: as `Registration.matrix` and `Registration.bend`.
    """
    crop = SharedCrop(
        left=source.left,
        top=source.top,
        right=source.right,
        bottom=source.bottom,
        source=source,
        reference=reference,
        sentences=(*source.sentences, *reference.sentences),
    )
    return _with_what_is_lacking(crop, laid) if laid else crop


def find_picture(frames: Iterable[Rgb], *, name: str) -> PictureArea:
    """Find what of a raster is picture, in several frames of a shot.

    Args:
        frames: One raster, shape (height, width, 3), display encoded, finite; looked at one by one.
        name: `Source` or `Reference`, for the sentences.

    Raises:
        StageError: There is no frame, or they are not of one raster.
    """
    small: list[Plane] = []
    shapes: list[tuple[int, int]] = []
    for rgb in frames:
        small.append(_small_tone(rgb))
        shapes.append(_shape(rgb))
    return _find_area(small, shapes, name=name)


def _find_area(small: list[Plane], shapes: list[tuple[int, int]], *, name: str) -> PictureArea:
    """Find what is picture on a working raster, and bring it to the files' raster."""
    if not shapes:
        raise StageError("crop", f"there is no frame of the {name} to look at")
    if len(set(shapes)) > 1:
        sizes = " and ".join(f"{width} x {height}" for height, width in sorted(set(shapes)))
        raise StageError("crop", f"frames of the {name} are {sizes}: give one raster")
    (height, width), (down, across) = shapes[0], _shape(small[0])
    margins = find_margins(small)
    cut = [sum(margin.width for margin in margins if margin.side == side) for side in SIDES]
    rows, columns = slice(cut[1], down - cut[3]), slice(cut[0], across - cut[2])
    borders = find_borders(np.repeat(tone[rows, columns, None], 3, axis=2) for tone in small)
    own = np.zeros((down, across), np.float32)
    own[rows, columns] = borders.mask
    scales = (width / across, height / down) * 2
    found = (borders.left, borders.top, borders.right, borders.bottom)
    lost = [
        math.ceil((one + more) * scale) for one, more, scale in zip(cut, found, scales, strict=True)
    ]
    mask = fit_raster(own, width=width, height=height) >= WHOLE_PIXEL
    mask.setflags(write=False)
    return PictureArea(
        left=lost[0],
        top=lost[1],
        right=lost[2],
        bottom=lost[3],
        mask=mask,
        sentences=_sentences(name, margins, borders, scales[0]),
    )


def _sentences(name: str, margins: list[Margin], borders: Borders, scale: float) -> tuple[str, ...]:
    """Return what was found, in file pixels, the outermost first."""
    told = [
        f"{name}: {one.what} at the {one.side}, {round(one.width * scale)} px" for one in margins
    ]
    depths = {side: math.ceil(getattr(borders, side) * scale) for side in SIDES}
    down, across = (LEAST_MASK * side * scale for side in borders.mask.shape)
    for margin in margins:
        # Black beside a margin is its film base.
        depths[margin.side] = 0
    for mask, one, other, least in (
        ("letterbox", "top", "bottom", down),
        ("pillarbox", "left", "right", across),
    ):
        less, more = sorted((depths[one], depths[other]))
        if less >= least and more - less <= EQUAL * more:
            told.append(f"{name}: {mask}, {depths[one]} px {one} and {depths[other]} px {other}")
        else:
            told += [
                f"{name}: black border at the {side}, {depths[side]} px"
                for side in (one, other)
                if depths[side]
            ]
    if not borders.mask[borders.area].all():
        told.append(f"{name}: round corners of a gate: nothing is taught there")
    return tuple(told)


def _with_what_is_lacking(crop: SharedCrop, laid: ListOf[tuple[Matrix, Bend | None]]) -> SharedCrop:
    """Add how much of the Source's picture the Reference does not show."""
    picture = int(np.count_nonzero(crop.source.mask))
    shown = [int(np.count_nonzero(crop.both_show(matrix, bend=bend))) for matrix, bend in laid]
    lacking = 1 - min(shown) / max(picture, 1)
    if lacking <= LACKING:
        return crop
    said = (
        f"the Reference does not show {lacking:.0%} of the Source's picture: there nothing is "
        "taught, and the crop keeps it, as it is recovered all the same"
    )
    return replace(crop, sentences=(*crop.sentences, said))


def _shape(rgb: Rgb) -> tuple[int, int]:
    height, width = rgb.shape[:2]
    return height, width


def _small_tone(rgb: Rgb) -> Plane:
    height, width = rgb.shape[:2]
    across, down = working_size(width=width, height=height)
    return fit_raster(rgb_to_tone(rgb), width=across, height=down)
