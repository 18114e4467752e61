"""In which colours recovered frames are off, and which of them are taught too little.

Pure: pictures and numbers in, records out. Colours have the names that `pairs` gives them, so that
both speak of the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import delta_e_2000, display_709_to_lab
from chromaresolve.frames import Rgb
from chromaresolve.pairs.colour_names import NEUTRAL, name_colours

Floats: TypeAlias = NDArray[np.floating[Any]]

Shares: TypeAlias = Mapping[str, float]
"""Share of a picture that each colour fills, by its name."""

LEVELS = 32
"""Steps of each channel that pixels are counted in before they are named: 8 code values of 255."""

WORTH_NAMING = 0.003
"""Share of a frame below which a colour is not named: less is edges and specks."""

BAD = 1.25
"""Times its frame's mean from which a colour is bad."""

VISIBLE = 1.0
"""dE2000 that an eye can just see: nothing below it is bad."""

AGREED = 0.5
"""How long a colour's mean error must be, of its errors' mean length, to point anywhere."""

PLENTY = 0.5
"""Of a colour's share of the held-out frames: from this share of the teaching ones on it is taught
enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourError:
    """How far one colour of a frame is off."""

    colour: str
    """The truth's, by its name."""
    share: float
    """Of the frame, as far as it is trusted."""
    distance: float
    """Mean dE2000."""
    direction: str
    """What the recovered colour is: `too pale`, `too red`; empty if that cannot be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameErrors:
    """How far a held-out frame is off, as far as its truth is trusted."""

    frame: int
    """Source frame number."""
    mean: float
    """dE2000."""
    p95: float
    """dE2000 that 95 % of it stay below."""
    colours: tuple[ColourError, ...]
    """The colours worth naming, worst first."""

    @property
    def bad(self) -> tuple[ColourError, ...]:
        """The colours that are well worse than the frame."""
        least = max(BAD * self.mean, VISIBLE)
        return tuple(one for one in self.colours if one.distance >= least)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadColour:
    """A colour that is bad in held-out frames, and how much of it is taught."""

    colour: str
    """Its name."""
    excess: float
    """Mean dE2000 above that of its frames."""
    held_out: float
    """Its share of the held-out frames in which it is bad."""
    taught: float
    """Its share of the frames that teach."""

    @property
    def is_taught(self) -> bool:
        """Whether the frames that teach hold enough of it."""
        return self.taught >= PLENTY * self.held_out


def measure_errors(frame: int, *, recovered_709: Rgb, truth_709: Rgb, trust: Floats) -> FrameErrors:
    """Measure how far a recovered frame is off, and in which colours.

    Args:
        frame: Its number.
        recovered_709: Display values, (height, width, 3).
        truth_709: The same.
        trust: (height, width), 0..1, not 0 everywhere.
    """
    taught = trust > 0
    weights = trust[taught].astype(np.float64)
    recovered, truth = recovered_709[taught], truth_709[taught]
    distance = delta_e_2000(recovered, truth)
    truth_ab = display_709_to_lab(truth)[:, 1:]
    shift = display_709_to_lab(recovered)[:, 1:] - truth_ab
    layers = (distance, np.hypot(*shift.T), *shift.T, *truth_ab.T)
    colours = []
    for colour, (weight, *sums) in _sum_by_colour(truth, weights, *layers).items():
        share = weight / weights.sum()
        if share >= WORTH_NAMING:
            mean, length, *both = np.array(sums) / weight
            direction = ""
            if mean >= VISIBLE:
                direction = _name_direction(np.array(both[:2]), np.array(both[2:]), length)
            colours.append(
                ColourError(
                    colour=colour, share=float(share), distance=float(mean), direction=direction
                )
            )
    return FrameErrors(
        frame=frame,
        mean=float(np.average(distance, weights=weights)),
        p95=float(np.percentile(distance, 95, weights=weights, method="inverted_cdf")),
        colours=tuple(sorted(colours, key=lambda one: -one.distance)),
    )


def measure_shares(picture_709: Rgb, trust: Floats) -> dict[str, float]:
    """Return the share of a picture that each colour fills, as far as it is trusted."""
    taught = trust > 0
    weights = trust[taught].astype(np.float64)
    counted = _sum_by_colour(picture_709[taught], weights)
    return {colour: float(sums[0] / weights.sum()) for colour, sums in counted.items()}


def mean_shares(frames: Sequence[Shares]) -> dict[str, float]:
    """Return the mean share of each colour over all frames."""
    colours = {colour for shares in frames for colour in shares}
    return {
        colour: sum(shares.get(colour, 0.0) for shares in frames) / len(frames)
        for colour in colours
    }


def find_bad(frames: Sequence[FrameErrors], taught: Shares) -> tuple[BadColour, ...]:
    """Return the colours that are bad in held-out frames, those that cost most first.

    Args:
        frames: The held-out frames.
        taught: The colours of those that teach.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for frame in frames:
        for one in frame.bad:
            found.setdefault(one.colour, []).append((one.share, one.distance - frame.mean))
    bad = []
    for colour, rows in found.items():
        share, excess = (float(number) for number in np.mean(rows, axis=0))
        bad.append(
            BadColour(colour=colour, excess=excess, held_out=share, taught=taught.get(colour, 0.0))
        )
    return tuple(sorted(bad, key=lambda one: -one.excess * one.held_out))


def _sum_by_colour(
    pixels_709: Rgb, weights: NDArray[np.float64], *layers: Floats
) -> dict[str, NDArray[np.float64]]:
    """Return, by colour, its pixels' weight and then the weighted sum of each layer.

    Args:
        pixels_709: Display values, (pixels, 3).
        weights: (pixels,).
        layers: (pixels,) each.
    """
    # Clamped to be counted, no more: what is beyond the display is named as what it is next to.
    step = np.clip(pixels_709 * LEVELS, 0, LEVELS - 1).astype(np.intp)
    cells = (step[:, 0] * LEVELS + step[:, 1]) * LEVELS + step[:, 2]
    columns = (weights, *(weights * layer for layer in (*layers, *pixels_709.T)))
    sums = np.stack([np.bincount(cells, column, LEVELS**3) for column in columns], axis=1)
    sums = sums[sums[:, 0] > 0]
    names, rows = np.unique(name_colours(sums[:, -3:] / sums[:, :1]), return_inverse=True)
    by_name = np.zeros((len(names), 1 + len(layers)))
    np.add.at(by_name, rows, sums[:, :-3])
    return dict(zip(names.tolist(), by_name, strict=True))


def _name_direction(shift: Floats, truth_ab: Floats, length: float) -> str:
    """Say which way a colour is off in CIE Lab's a and b: along its own hue, or to another.

    Args:
        shift: Recovered minus truth, mean.
        truth_ab: The truth, mean.
        length: Of the shifts, mean.
    """
    if np.hypot(*shift) < AGREED * length:
        return ""
    chroma = np.hypot(*truth_ab)
    if chroma >= NEUTRAL:
        hue = truth_ab / chroma
        along = float(shift @ hue)
        shift = shift - along * hue
        if abs(along) >= np.hypot(*shift):
            return "too saturated" if along > 0 else "too pale"
    axis = int(np.argmax(np.abs(shift)))
    return (("too green", "too red"), ("too blue", "too yellow"))[axis][int(shift[axis] > 0)]
