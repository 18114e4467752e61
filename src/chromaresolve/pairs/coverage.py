"""Which frames teach: together they show every colour of the shot, each clearly.

A network cannot give back a colour that no pair has shown it. So the small pictures of all frames
are counted into families of tone and colour, and frames are taken one after the other, each for the
families that those before it lack. The scan's own colours do for that: faded apart is apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_ycbcr
from chromaresolve.pairs.colour_names import name_colour
from chromaresolve.survey import Survey

Shares: TypeAlias = NDArray[np.float32]
"""Share of each frame that each family fills, (frames, families)."""

TONES = 6
"""Families along luma."""

TINTS = 9
"""Families along Cb and along Cr, over the shot's own range of them."""

TEXTURES = 2
"""Families of detail: flat, and textured."""

TEXTURED = 0.01
"""Deviation from the eight neighbours, display values, from which a small picture's pixel is."""

SHOWN = 0.004
"""Share of a frame that a family must fill to be taught well: 200 pixels of a small picture count
as 20 patches of the network's."""

PRESENT = 0.0005
"""Share of the whole shot that makes a family worth teaching: less is specks and grain."""

BLURRED = 0.75
"""Sharpness over that of the frames around it, below which a frame is blurred by motion."""

AROUND = 12
"""Frames to either side that a frame's sharpness is compared with."""

WORTH_NAMING = 0.01
"""Share of the shot's colours that a frame must bring to be named for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A frame taken, and why."""

    frame: int
    """Source frame number."""
    reason: str
    """Why this one."""
    gain: float
    """Share of the shot's colours that it brings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Families:
    """What colours the shot has, and which frame shows which."""

    frames: tuple[int, ...]
    """Source frame numbers, rising."""
    shares: Shares
    """How much of each frame each family fills."""
    weights: NDArray[np.float32]
    """How much each family matters, together 1: the root of its share of the shot."""
    colours: NDArray[np.float32]
    """Mean display colour of each family, (families, 3)."""

    def shown(self) -> Shares:
        """Return how well each frame teaches each family, 0..1."""
        return np.asarray(np.minimum(self.shares / SHOWN, 1), np.float32)


def find_families(surveyed: Survey) -> Families:
    """Count the pixels of all small pictures into families."""
    thumbs = surveyed.thumbs.astype(np.float32)
    count = len(thumbs)
    ycbcr = rgb_to_ycbcr(thumbs)
    low, high = np.percentile(ycbcr.reshape(-1, 3), [0.5, 99.5], axis=0)
    places = np.clip((ycbcr - low) / np.maximum(high - low, 1e-3), 0, 1 - 1e-6)
    steps = (places * np.array([TONES, TINTS, TINTS])).astype(np.intp)
    family = (steps[..., 0] * TINTS + steps[..., 1]) * TINTS + steps[..., 2]
    family = family * TEXTURES + (_unrest(ycbcr[..., 0]) > TEXTURED)
    total = TONES * TINTS * TINTS * TEXTURES
    rows = np.arange(count)[:, np.newaxis, np.newaxis] * total
    counts = np.bincount((family + rows).ravel(), minlength=count * total).reshape(count, total)
    shares = (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)
    present = shares.mean(axis=0) >= PRESENT
    colours = [np.bincount(family.ravel(), thumbs[..., i].ravel(), total) for i in range(3)]
    sums = np.maximum(counts.sum(axis=0), 1)
    weights = np.sqrt(shares.mean(axis=0)[present])
    return Families(
        frames=surveyed.frames,
        shares=shares[:, present],
        weights=(weights / weights.sum()).astype(np.float32),
        colours=(np.stack(colours, axis=1) / sums[:, np.newaxis])[present].astype(np.float32),
    )


def find_blurred(surveyed: Survey) -> dict[int, str]:
    """Return the frames that motion has blurred, and how much."""
    sharpness = surveyed.sharpness
    blurred = {}
    for row, frame in enumerate(surveyed.frames):
        near = sharpness[max(row - AROUND, 0) : row + AROUND + 1]
        share = float(sharpness[row] / max(float(np.median(near)), 1e-9))
        if share < BLURRED:
            blurred[frame] = f"blurred: {share:.0%} of the sharpness around it"
    return blurred


def cover(
    families: Families,
    eligible: Iterable[int],
    count: int,
    *,
    taken: Iterable[int] = (),
    anchors: Mapping[int, str] | None = None,
) -> list[Choice]:
    """Choose frames so that every colour of the shot is near one of them.

    Args:
        families: The shot's colours.
        eligible: Frames that may be chosen.
        count: How many to choose.
        taken: Frames that teach already.
        anchors: Frames to take first, and why; those that are not eligible are left out.
    """
    rows = {frame: row for row, frame in enumerate(families.frames)}
    shown = families.shown()
    reached = np.zeros(len(families.weights), np.float32)
    for frame in taken:
        reached = np.maximum(reached, shown[rows[frame]])
    free = sorted(set(eligible) & set(rows) - set(taken))
    chosen: list[Choice] = []
    first = [frame for frame in (anchors or {}) if frame in free]
    while free and len(chosen) < count:
        frame = first.pop(0) if first else _best(free, rows, shown, reached, families, chosen)
        brought = np.maximum(shown[rows[frame]] - reached, 0) * families.weights
        reason = (anchors or {}).get(frame, "") or _say(brought, families)
        chosen.append(Choice(frame=frame, reason=reason, gain=float(brought.sum())))
        reached = np.maximum(reached, shown[rows[frame]])
        free.remove(frame)
    return chosen


def measure_cover(families: Families, frames: Iterable[int]) -> float:
    """Return the share of the shot's colours, by weight, that these frames teach."""
    rows = {frame: row for row, frame in enumerate(families.frames)}
    there = [rows[frame] for frame in frames if frame in rows]
    if not there:
        return 0.0
    return float((families.shown()[there].max(axis=0) * families.weights).sum())


def _best(
    free: list[int],
    rows: Mapping[int, int],
    shown: Shares,
    reached: NDArray[np.float32],
    families: Families,
    chosen: list[Choice],
) -> int:
    """Return the frame that brings most; of like ones, the farthest from those chosen."""
    gains = {
        frame: float((np.maximum(shown[rows[frame]] - reached, 0) * families.weights).sum())
        for frame in free
    }
    most = max(gains.values())
    like = [frame for frame in free if gains[frame] >= most - 0.1 * most - 1e-6]
    return max(
        like,
        key=lambda frame: (
            min((abs(frame - one.frame) for one in chosen), default=0),
            gains[frame],
        ),
    )


def _say(brought: NDArray[np.float32], families: Families) -> str:
    """Say what a frame brings."""
    share = float(brought.sum())
    if share < WORTH_NAMING:
        return "spread over the shot: its colours are taught already"
    red, green, blue = families.colours[int(np.argmax(brought))]
    return f"brings {share:.0%} of the shot's colours, most of all {name_colour(red, green, blue)}"


def _unrest(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each pixel's neighbours stray from it."""
    across = np.abs(np.diff(luma, axis=2, append=luma[:, :, -1:]))
    down = np.abs(np.diff(luma, axis=1, append=luma[:, -1:]))
    return np.asarray(across + down, np.float32)
