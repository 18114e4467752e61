"""What of a shot tells how its dyes have faded: picture without gate, burnt-out parts, grain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from chromaresolve.errors import StageError

Pixels: TypeAlias = npt.NDArray[np.float32]
"""Pixels as they travel between rooms."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""Which pixels count, shape (height, width)."""

WIDTH = 512
"""Frames are looked at this wide: averaging takes the grain off, and no large tone is lost."""

SOFTNESS_PX = 1.5
"""Blur after that: what grain is left would widen the range of the noisiest record."""

GATE_DENSITY = 2.9
"""What every record of the scanner's gate exceeds. A faded print's blacks are not that dense in
red. On a pink scan with its gate in the picture, gains were 1.00, 1.04, 1.03 with the gate, and
1.74, 1.00, 1.06 without."""

GATE_SHARE = 0.9
"""A row or column that dark for this share of its pixels is gate."""

GATE_DEPTH = 0.25
"""How deep into the picture the gate is looked for, as a share of its height and width."""

DEEPEST = 4.0
"""Density of the deepest black that a print holds."""

BURNT_OUT = 0.995
"""Display value from which on a record is burnt out, and tells nothing any more."""

LOST = 0.002
"""Display value below which a record is lost in black."""

SHADING_SPANS = (2, 4, 8)
"""Pixels between two places whose densities are compared, at `WIDTH`."""

SHADING_PIXELS = 40_000
"""Comparisons kept for each frame: the steepest ones."""

NOTHING = 1e-6
"""Less of a neighbourhood than a single pixel of it is: nothing there is to be averaged."""

SMALLEST_SHARE = 0.01
"""Share of the looked-at pixels that must be picture."""

LEAST_PIXELS = 100
"""The same in pixels of all frames: fewer have no lights and darks."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One frame as light through the film, and where it is picture."""

    light: Pixels
    """Light through the film, (height, width, 3), 1 for none lost."""
    display_709: Pixels
    """The same frame as display values."""
    clips: bool = True
    """Whether display values are all there was: an ACES original holds more than they show."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """What a shot shows of its film."""

    density: Pixels
    """Densities of picture pixels without their grain, (n, 3)."""
    shading: Pixels
    """Differences of density between near places, steep ones, (m, 3)."""
    burnt_out: tuple[float, float, float]
    """Share of the picture whose red, green, blue are burnt out."""


def sample_film(looks: Iterable[Look], crop: tuple[int, int, int, int]) -> Sample:
    """Look at a shot's frames, one after the other.

    Args:
        looks: The frames.
        crop: Pixels at the left, top, right and bottom that the artist says are no picture.

    Raises:
        StageError: There is no picture in them.
    """
    densities, shadings = [], []
    seen = 0
    burnt = np.zeros(3)
    for look in looks:
        light, display_709 = _shrink(look, crop)
        inside = picture_area(light)
        too_light = (display_709 >= BURNT_OUT) & inside[..., np.newaxis] & look.clips
        lost = (display_709 <= LOST).any(axis=2) & look.clips
        seen += int(inside.sum())
        burnt += too_light.sum(axis=(0, 1))
        density = light_to_density(light)
        usable = inside & ~_widened(np.asarray(too_light.any(axis=2) | lost))
        densities.append(_smooth(density, usable, SOFTNESS_PX)[usable])
        shadings.append(_shading(density, usable))
    shares = burnt / max(seen, 1)
    if sum(map(len, densities)) < max(SMALLEST_SHARE * seen, LEAST_PIXELS):
        raise StageError("balance", _say_nothing_is_seen(shares))
    red, green, blue = (float(share) for share in shares)
    return Sample(
        density=np.concatenate(densities),
        shading=np.concatenate(shadings),
        burnt_out=(red, green, blue),
    )


def _say_nothing_is_seen(burnt_out: npt.NDArray[np.float64]) -> str:
    """Return why there is no picture, by what share of each record is burnt out."""
    worst = int(burnt_out.argmax())
    if burnt_out[worst] > 0.5:
        return (
            f"{('red', 'green', 'blue')[worst]} is burnt out in {burnt_out[worst]:.0%} of the "
            "picture: scan it darker, or name balanced plates of your own as [source] balanced"
        )
    return "the frames are black, or nearly nothing is left of them: give frames with a picture"


def light_to_density(light: Pixels) -> Pixels:
    """Return densities, (..., 3), down to the deepest black that film holds."""
    return -np.log10(np.maximum(light, np.float32(10**-DEEPEST)))


def picture_area(light: Pixels) -> Mask:
    """Return where the frame is neither gate nor beyond it, (height, width)."""
    dark = np.asarray((light < np.float32(10**-GATE_DENSITY)).all(axis=2))
    rows, columns = (_between_gates(dark.mean(axis=axis) >= GATE_SHARE) for axis in (1, 0))
    inside = np.zeros(dark.shape, dtype=np.bool_)
    inside[rows, columns] = True
    return inside & ~_widened(dark)


def _between_gates(is_gate: npt.NDArray[np.bool_]) -> slice:
    """Return the lines between the innermost gate lines of either end."""
    depth = round(GATE_DEPTH * len(is_gate))
    start = max(np.flatnonzero(is_gate[:depth]), default=-1) + 1
    stop = (
        len(is_gate) - depth + min(np.flatnonzero(is_gate[len(is_gate) - depth :]), default=depth)
    )
    return slice(int(start), int(stop))


def small_density(look: Look, crop: tuple[int, int, int, int]) -> Pixels:
    """Return a frame's density at most `WIDTH` wide, (height, width, 3); NaN is no picture."""
    light, _ = _shrink(look, crop)
    density = light_to_density(light)
    density[~picture_area(light)] = np.nan
    return density


def _shrink(look: Look, crop: tuple[int, int, int, int]) -> Sequence[Pixels]:
    """Return light and display values without the crop, at most `WIDTH` wide.

    What is no number is black there, and so none of the picture.

    Raises:
        StageError: The crop leaves nothing.
    """
    left, top, right, bottom = crop
    height, width = look.light.shape[:2]
    wide, tall = width - left - right, height - top - bottom
    if min(wide, tall) < 1:
        raise StageError("balance", f"[crop] leaves nothing of {width} x {height}: make it smaller")
    area = (slice(top, height - bottom), slice(left, width - right))
    size = (min(WIDTH, wide), max(1, round(tall * min(WIDTH, wide) / wide)))
    planes = []
    for plane in (look.light, look.display_709):
        small = np.asarray(cv2.resize(plane[area], size, interpolation=cv2.INTER_AREA), np.float32)
        small[~np.isfinite(small)] = 0
        planes.append(small)
    return planes


def _widened(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)), np.bool_)


def _shading(density: Pixels, usable: Mask) -> Pixels:
    """Return the steepest differences between near places, (m, 3)."""
    found = []
    for span in SHADING_SPANS:
        smooth = _smooth(density, usable, span)
        found.append((smooth[:, span:] - smooth[:, :-span])[usable[:, span:] & usable[:, :-span]])
        found.append((smooth[span:] - smooth[:-span])[usable[span:] & usable[:-span]])
    steps = np.concatenate(found)
    steepness = np.abs(steps).sum(axis=1)
    if len(steps) <= SHADING_PIXELS:
        return steps
    return steps[np.argpartition(steepness, -SHADING_PIXELS)[-SHADING_PIXELS:]]


def _smooth(density: Pixels, usable: Mask, softness: float) -> Pixels:
    """Return densities averaged around each usable pixel, over usable pixels alone.

    What is none must not shine in: the step into a gate is steeper than any in the picture, and of
    all dyes alike. It told of cyan 28 % left where 20 % were.
    """
    weight = usable.astype(np.float32)
    total = cv2.GaussianBlur(density * weight[..., np.newaxis], (0, 0), softness)
    share = cv2.GaussianBlur(weight, (0, 0), softness)
    return np.asarray(total / np.maximum(share, NOTHING)[..., np.newaxis], np.float32)
