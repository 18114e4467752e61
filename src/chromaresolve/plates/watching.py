"""A sequence watched once, frame by frame, for dust, scratches, flicker, weave and splices.

Measured, never mended: that is Resolve's work.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from chromaresolve.errors import UsageError
from chromaresolve.plates.bands import Picture, half_size
from chromaresolve.plates.flicker import Gain, measure_gain, to_compared
from chromaresolve.plates.movement import WIDEST, follow_motion, measure_shift, shift_picture
from chromaresolve.plates.scratches import Line, find_lines, join_lines
from chromaresolve.plates.specks import Speck, find_specks, has_splice_mark, measure_transients
from chromaresolve.plates.wear import Wear
from chromaresolve.structure import Plane, correlation, rgb_to_tone, tone_to_gradient_structure

STRUCTURE_WIDTH = 256
"""Width, in pixels, at which two frames are asked whether they show the same."""

SAME = 0.2
"""Correlation of structure from which on two frames show the same: unrelated ones stay below 0.1,
consecutive frames of people moving are above 0.5."""

FLASH = 1.2
"""How many times lighter or darker than both neighbours a flash is."""

TREND_FRAMES = 12.0
"""Deviation, in frames, of the bell that smooths the light's trend: half a second. What is faster
is flicker; a fade is slower."""

PATH_FRAMES = 9
"""Frames over which the picture's path is taken for a parabola: cameras speed up and slow down more
gently, and weave does not. A seventh of the weave is lost in it."""


FEWEST = 3
"""Frames of a shot that have a trend; two always lie on a line."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Look:
    """What is kept of a frame until its neighbours have been seen."""

    frame: int
    tone: Plane
    """At most `WIDEST` wide."""
    compared_709: Picture
    """For flicker."""
    structure: Plane
    """For cuts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """From one frame to the next."""

    shift: tuple[float, float]
    """How far right and down the picture moved, in pixels of the looked-at raster."""
    gain: Gain
    """How much lighter it became."""
    is_same: bool
    """Both show the same."""


@dataclass(slots=True)
class _Watch:
    """What has been found so far."""

    enlarged: int = 1
    size: tuple[int, int] = (0, 0)
    frames: list[int] = field(default_factory=list)
    looks: list[_Look] = field(default_factory=list)
    steps: list[_Step] = field(default_factory=list)
    lines: list[list[Line]] = field(default_factory=list)
    specks: list[Speck] = field(default_factory=list)
    splices: list[int] = field(default_factory=list)
    flashes: list[int] = field(default_factory=list)


def measure_wear(frames: Iterable[tuple[int, Picture]]) -> Wear:
    """Measure dust, scratches, flicker, weave, cuts, flashes and splices of consecutive frames.

    No more than three frames are kept at a time, at half size for 2K. Dust below 2 pixels of a 2K
    frame is taken for grain. Small things that cross the picture faster than their own width are
    taken for dust; so is rain.

    Args:
        frames: Each frame's number and picture, (height, width, 3), display encoded, finite, in
            rising order and all of one size.

    Raises:
        UsageError: There is no frame, or one has another size.
    """
    watch = _Watch()
    for number, picture in frames:
        _watch_frame(watch, number, picture)
    if not watch.frames:
        raise UsageError("wear: there is no frame to look at: give one at least")
    return _conclude(watch)


def _watch_frame(watch: _Watch, number: int, picture: Picture) -> None:
    """Look at the next frame, and judge the one before now that both its neighbours are known."""
    size = (picture.shape[1], picture.shape[0])
    if watch.frames and size != watch.size:
        raise UsageError(
            f"wear: frame {number} is {size[0]} x {size[1]}, those before it "
            f"{watch.size[0]} x {watch.size[1]}: give frames of one size"
        )
    tone = rgb_to_tone(picture)
    watch.size = size
    watch.frames.append(number)
    watch.lines.append(find_lines(tone))
    watch.enlarged = 1
    while tone.shape[1] > WIDEST:
        tone, watch.enlarged = half_size(tone), 2 * watch.enlarged
    look = _Look(
        frame=number,
        tone=tone,
        compared_709=to_compared(picture),
        structure=tone_to_gradient_structure(_small(tone)),
    )
    watch.looks = [*watch.looks[-2:], look]
    if len(watch.looks) > 1:
        watch.steps.append(_step(*watch.looks[-2:]))
    if len(watch.looks) > 2:
        _judge_middle(watch)


def _judge_middle(watch: _Watch) -> None:
    """Say of a frame whose neighbours are known whether it is a flash, and what is on it alone."""
    before, middle, after = watch.looks
    since, until = watch.steps[-2:]
    if not (since.is_same or until.is_same):
        if _shows_same(before, after, (0.0, 0.0)):
            watch.flashes.append(middle.frame)
        return
    if since.is_same and until.is_same and _is_flash(since.gain, until.gain):
        watch.flashes.append(middle.frame)
        return
    right, down = until.shift
    # Beside a cut, the neighbour of the same shot stands for both.
    around = [
        _bring_over(look, middle, shift)
        for look, shift, step in ((before, since.shift, since), (after, (-right, -down), until))
        if step.is_same
    ]
    transients = measure_transients(around[0], middle.tone, around[-1])
    if has_splice_mark(transients):
        watch.splices.append(middle.frame)
    elif len(around) == 2:
        watch.specks += find_specks(transients, middle.frame, enlarged=watch.enlarged)


def _step(first: _Look, second: _Look) -> _Step:
    shift = measure_shift(first.tone, second.tone)
    return _Step(
        shift=shift,
        gain=measure_gain(first.compared_709, second.compared_709),
        is_same=_shows_same(first, second, shift),
    )


def _shows_same(first: _Look, second: _Look, shift: tuple[float, float]) -> bool:
    """Say whether two frames show the same; two without any structure do."""
    scale = first.structure.shape[1] / first.tone.shape[1]
    back = (-shift[0] * scale, -shift[1] * scale)
    everywhere = np.ones(first.structure.shape, np.bool_)
    agreement = correlation(first.structure, shift_picture(second.structure, back), everywhere)
    return agreement > SAME or not (first.structure.any() or second.structure.any())


def _is_flash(since: Gain, until: Gain) -> bool:
    rise, fall = (math.log(np.mean(gain)) for gain in (since, until))
    return rise * fall < 0 and min(abs(rise), abs(fall)) > math.log(FLASH)


def _bring_over(look: _Look, middle: _Look, shift: tuple[float, float]) -> Plane:
    """Return a neighbour's tone where the middle frame's picture lies, and as light."""
    moved = shift_picture(look.tone, shift)
    light = np.median(moved[::8, ::8])
    if light > 0:
        moved = moved * np.float32(np.median(middle.tone[::8, ::8]) / light)
    return follow_motion(middle.tone, moved)


def _small(tone: Plane) -> Plane:
    height, width = tone.shape
    size = (STRUCTURE_WIDTH, max(1, round(height * STRUCTURE_WIDTH / width)))
    return np.asarray(cv2.resize(tone, size, interpolation=cv2.INTER_AREA), np.float32)


def _conclude(watch: _Watch) -> Wear:
    """Return what was found, flicker and weave as what departs from the trend of each shot."""
    flashed = {watch.frames.index(frame) for frame in watch.flashes}
    broken = [number for number, step in enumerate(watch.steps, start=1) if not step.is_same]
    cuts = [place for place in broken if not {place, place - 1} & flashed]
    shifts = np.zeros((len(watch.frames), 2))
    light = np.zeros((len(watch.frames), 3))
    for place, step in enumerate(watch.steps, start=1):
        if step.is_same:
            shifts[place] = np.multiply(step.shift, watch.enlarged)
            light[place] = np.log(step.gain)
    weave, departures = np.zeros_like(shifts), np.zeros_like(light)
    for start, stop in zip([0, *cuts], [*cuts, len(watch.frames)], strict=True):
        usual = [place - start for place in range(start, stop) if place not in flashed]
        weave[start:stop] = _off_path(shifts[start:stop].cumsum(axis=0))
        departures[start:stop] = _off_trend(light[start:stop].cumsum(axis=0), usual)
    gains = np.exp(-departures)
    for array in (gains, shifts, weave):
        array.flags.writeable = False
    return Wear(
        frames=tuple(watch.frames),
        size=watch.size,
        gains=gains,
        shifts=shifts,
        weave=weave,
        specks=tuple(watch.specks),
        scratches=join_lines(watch.frames, watch.lines),
        cuts=tuple(watch.frames[place] for place in cuts),
        flashes=tuple(watch.flashes),
        splices=tuple(watch.splices),
    )


def _off_path(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each frame of a shot lies off its smooth path, (frames, 2)."""
    if len(path) < PATH_FRAMES:
        return np.zeros_like(path)
    return np.asarray(path - smooth_path(path), np.float64)


def smooth_path(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each place on the parabola through those around it (Savitzky and Golay 1964).

    Not SciPy's: its signal package takes a second to import, and recovery passes through here.

    Args:
        path: Shape (frames, 2), `PATH_FRAMES` frames or more.
    """
    half = PATH_FRAMES // 2
    powers = np.vander(np.arange(-half, half + 1.0), 3)
    fit = powers @ np.linalg.pinv(powers)
    smooth = np.empty_like(path)
    smooth[half:-half] = sliding_window_view(path, PATH_FRAMES, axis=0) @ fit[half]
    smooth[:half] = fit[:half] @ path[:PATH_FRAMES]
    smooth[-half:] = fit[-half:] @ path[-PATH_FRAMES:]
    return smooth


def _off_trend(light: NDArray[np.float64], usual: Sequence[int]) -> NDArray[np.float64]:
    """Return by how much each frame of a shot departs from the trend of its light, (frames, 3).

    Args:
        light: Logarithms of how light each frame is against the first.
        usual: The frames that make the trend: all that are no flashes.
    """
    if len(usual) < FEWEST:
        return np.zeros_like(light)
    places = np.arange(len(light))
    line = np.polynomial.polynomial.polyfit(usual, light[usual], 1)
    level = light - np.polynomial.polynomial.polyval(places, line).T
    filled = np.stack([np.interp(places, usual, column[usual]) for column in level.T], axis=1)
    return level - gaussian_filter1d(filled, TREND_FRAMES, axis=0, mode="reflect")
