"""The faded scan made neutral before training: gain and offset of each channel's density.

One balance for a whole shot, so that nothing flickers. It stretches each channel's density range
to that of the channel that has kept most, which is what restorers do by hand with a power and a
gain per channel; it does not undo the dyes' side absorptions, so colours come out near and not
right. Density is -log10 of the display's linear light, Rec.709 decoded with BT.1886's 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from chromaresolve.errors import StageError

Pixels = npt.NDArray[np.float32]
"""Pixels as they travel between rooms."""

DISPLAY_GAMMA = 2.4
"""Exponent of a reference display with a black of 0; Rec. ITU-R BT.1886, annex 1."""

RED_GAIN_CAP = 4.5
"""Largest gain: grain and scanner noise grow with it; practitioners' presets end at 4.7."""

DENSITY_PERCENTILES = (0.5, 99.5)
"""Share of the picture between which a channel's density range is measured."""

GATE_DARK = 0.06
"""Display value that every channel of the scanner's gate stays below, density 2.9.

A faded print's blacks are not that dark in red. On a pink scan with its gate in the picture, gains
were 1.00, 1.04, 1.03 with the gate, 1.74, 1.00, 1.06 without, and 1.86, 1.00, 1.08 cropped by hand.
"""

CLIPPED_DARK = 0.002
"""Display value at or below which a channel is lost shadow, not picture."""

CLIPPED_LIGHT = 0.995
"""Display value at or above which a channel is burnt out."""

SMALLEST_RANGE = 0.15
"""Density range from which on a channel tells how it has faded: a flat grey's grain spans 0.1."""

SMALLEST_SHARE = 0.01
"""Share of the pixels that must be picture, neither black nor burnt out."""

DARKEST = 10 ** (-4 / DISPLAY_GAMMA)
"""Display value of density 4, the deepest a print holds; darker values follow a line to 0."""

SAMPLED_PIXELS = 1 << 18
"""Pixels looked at in each frame, evenly spread; percentiles need no more."""

_BINS_PER_DENSITY = 2000
_BINS = 7 * _BINS_PER_DENSITY  # CLIPPED_DARK is density 6.5, and CLIPPED_LIGHT just above 0.
_CHANNELS = ("red", "green", "blue")


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityBalance:
    """What becomes of each channel's density: `gain * density + offset`."""

    gain: tuple[float, float, float]
    """Of red, green and blue; above 0, and 1 for the channel that has kept most."""
    offset: tuple[float, float, float]
    """Density added to red, green and blue after the gain."""

    def to_record(self) -> dict[str, float]:
        """Return the balance as the numbers that shot.toml keeps."""
        gains = {f"gain_{name}": self.gain[i] for i, name in enumerate(_CHANNELS)}
        return gains | {f"offset_{name}": self.offset[i] for i, name in enumerate(_CHANNELS)}

    @classmethod
    def from_record(cls, record: Mapping[str, object]) -> Self:
        """Return the balance that shot.toml keeps.

        Raises:
            StageError: A number is missing, or is none that a balance can have.
        """
        gain = [_read_number(record, f"gain_{name}") for name in _CHANNELS]
        offset = [_read_number(record, f"offset_{name}") for name in _CHANNELS]
        if min(gain) <= 0:
            raise StageError("balance", f"a gain of {min(gain)!r}: run `chromaresolve balance`")
        return cls(gain=_triple(gain), offset=_triple(offset))


def solve_density_balance(
    frames_709: Iterable[Pixels],
    *,
    red_gain_cap: float = RED_GAIN_CAP,
) -> DensityBalance:
    """Find the balance of a shot from some of its frames.

    The lights (the thin end of each range) meet where the channel with the widest range has them,
    and so do the darks, unless the gain it would take is beyond the cap.

    Args:
        frames_709: The shot's frames, (height, width, 3), display-encoded Rec.709; looked at one
            after the other.
        red_gain_cap: Largest gain of any channel; red is the one that needs it.

    Raises:
        StageError: There is too little picture, or a channel has too little range to tell.
    """
    counts = np.zeros((3, _BINS), dtype=np.int64)
    seen = 0
    for frame_709 in frames_709:
        picture, looked_at = _picture_pixels(frame_709)
        counts += _count_densities(picture)
        seen += looked_at
    if counts[0].sum() < max(SMALLEST_SHARE * seen, 1):
        raise StageError("balance", "the frames are black or burnt out: give frames with a picture")
    thin, dense = (_percentile(counts, percent) for percent in DENSITY_PERCENTILES)
    widths = dense - thin
    for name, width in zip(_CHANNELS, widths, strict=True):
        if width < SMALLEST_RANGE:
            raise StageError(
                "balance",
                f"{name} spans a density of {width:.2f}, which is too little to tell how it has "
                f"faded (from {SMALLEST_RANGE} on): give frames with lights and darks",
            )
    widest = int(np.argmax(widths))
    gain = np.minimum(widths[widest] / widths, red_gain_cap)
    offset = thin[widest] - gain * thin
    return DensityBalance(gain=_triple(gain), offset=_triple(offset))


def apply_density_balance(rgb_709: Pixels, balance: DensityBalance) -> Pixels:
    """Return balanced pixels (..., 3), display-encoded Rec.709.

    A density gain is a power of light, and an offset a factor, so each channel becomes
    `factor * value ** gain`. Below `DARKEST`, where density runs off to infinity, the curve is the
    straight line to 0: black stays black, negative values stay negative, and the order of values
    is kept everywhere. Nothing is clamped: values above 1 follow the power.
    """
    balanced = np.empty(np.shape(rgb_709), dtype=np.float32)
    darkest = np.float32(DARKEST)
    for channel, (gain, offset) in enumerate(zip(balance.gain, balance.offset, strict=True)):
        value = np.asarray(rgb_709[..., channel], dtype=np.float32)
        # value ** gain = value * max(value, darkest) ** (gain - 1), and below darkest that line.
        power = np.maximum(value, darkest) ** np.float32(gain - 1)
        balanced[..., channel] = power * value * np.float32(10 ** (-offset / DISPLAY_GAMMA))
    return balanced


def _read_number(record: Mapping[str, object], name: str) -> float:
    number = record.get(name)
    if not isinstance(number, int | float) or not np.isfinite(number):
        raise StageError("balance", f"{name} is {number!r}: run `chromaresolve balance`")
    return float(number)


def _picture_pixels(frame_709: Pixels) -> tuple[Pixels, int]:
    """Return the sampled pixels that are picture, (n, 3), and how many were looked at."""
    flat = np.asarray(frame_709, dtype=np.float32).reshape(-1, 3)
    sampled = flat[:: -(-len(flat) // SAMPLED_PIXELS)]
    is_picture = ((sampled > CLIPPED_DARK) & (sampled < CLIPPED_LIGHT)).all(axis=1)
    is_picture &= sampled.max(axis=1) > GATE_DARK
    return sampled[is_picture], len(sampled)


def _count_densities(picture_709: Pixels) -> npt.NDArray[np.int64]:
    """Return how many pixels have which density, (3, bins)."""
    density = -DISPLAY_GAMMA * np.log10(picture_709.T, dtype=np.float64)
    bins = (density * _BINS_PER_DENSITY).astype(np.int64)
    return np.stack([np.bincount(channel, minlength=_BINS) for channel in bins])


def _percentile(counts: npt.NDArray[np.int64], percent: float) -> npt.NDArray[np.float64]:
    """Return each channel's density that this percentage of the pixels stays below, (3,)."""
    reached = np.cumsum(counts, axis=1) >= percent / 100 * counts.sum(axis=1, keepdims=True)
    return np.asarray((reached.argmax(axis=1) + 0.5) / _BINS_PER_DENSITY)


def _triple(numbers: Iterable[float]) -> tuple[float, float, float]:
    red, green, blue = (float(number) for number in numbers)
    return red, green, blue
