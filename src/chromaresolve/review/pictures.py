"""Whether each recovered frame is its plate's picture, and each plate the shot's.

A recovered frame has its plate's luma, exactly. One that has not was swapped, moved, clamped or
made from other plates, and whatever else is odd about it follows from that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from chromaresolve.frames import LOSSLESS
from chromaresolve.review.looking import Look
from chromaresolve.review.record import Reason
from chromaresolve.shot import Shot
from chromaresolve.turnover.cuts import Editing, find_cuts
from chromaresolve.turnover.likeness import measure_likeness, tones_to_detail

BROKEN_SHARE = 1e-4
"""Share of pixels whose luma may miss the law: none should, and a ten-thousandth is never a
picture."""

LOSSY_OFF = 0.01
"""Mean difference of luma under a lossy compression, which breaks the law everywhere but moves a
picture's mean by less than 2 of 255."""

ANOTHER = 0.02
"""Mean difference of luma from which on it is another picture: 5 of 255."""

THE_SAME = 0.004
"""Mean difference of two small lumas that are one picture's: 1 of 255."""

SHORT = 12
"""Frames of another shot at an end that are all named; of a longer one only the first."""

UNLIKE = 0.45
"""Likeness to both neighbours below which a single plate is of another shot. Measured on painted
shots: within one that pans and flashes 0.8 and more, of another 0.3 and less."""


def judge_luma(shot: Shot, looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    """Give the recovered frames whose luma is not their plate's."""
    is_lossless = shot.recovery.compression.partition(":")[0] in LOSSLESS
    for n, look in looks.items():
        off = look.luma_off
        is_kept = look.law.share_broken <= BROKEN_SHARE if is_lossless else off <= LOSSY_OFF
        if is_kept:
            continue
        # In a pan, another frame of the shot looks like this one shifted.
        whose = _whose(look, looks)
        if any(look.shift) and whose is None:
            x, y = look.shift
            sentence = f"the picture lies {_way(x, y)} of its plate's"
            yield n, Reason(kind="crop", sentence=sentence, strength=1 + float(np.hypot(x, y)))
            continue
        strength = max(1.0, off / (ANOTHER if is_lossless else LOSSY_OFF))
        yield n, Reason(kind="luma", sentence=_luma_words(look, whose), strength=strength)


def _luma_words(look: Look, whose: int | None) -> str:
    broken = (
        f"luma is off by {look.luma_off:.3f} on average ({look.law.share_broken:.0%} of the pixels)"
    )
    if whose is not None:
        return f"it is the picture of plate {whose}: {broken}"
    if look.luma_off < ANOTHER:
        return f"luma is not the plate's: {broken}"
    return f"it is another picture than its plate: {broken}"


def _whose(look: Look, looks: Mapping[int, Look]) -> int | None:
    """Return the frame whose plate the recovered picture is, where there is one."""
    mine = look.thumbs[1].astype(np.float32)
    away = {
        n: float(np.abs(other.thumbs[0].astype(np.float32) - mine).mean())
        for n, other in looks.items()
        if other.thumbs[0].shape == mine.shape
    }
    nearest = min(away, key=away.__getitem__)
    is_its = away[nearest] < min(THE_SAME, away[look.frame] / 2)
    return nearest if is_its else None


def _way(x: float, y: float) -> str:
    sides = [
        f"{abs(far):.1f} pixels {less if far < 0 else more}"
        for far, less, more in ((x, "left", "right"), (y, "above", "below"))
        if abs(far) >= 0.25
    ]
    return " and ".join(sides) or "a part of a pixel off"


def judge_joins(looks: Mapping[int, Look]) -> Iterator[tuple[int, Reason]]:
    """Give the frames whose plate is of another shot than the others."""
    if len(looks) < 2:
        return
    frames = tuple(looks)
    tones = np.stack([look.tone for look in looks.values()]).astype(np.float32)
    editing = find_cuts(tones, frames)
    for n in _strangers(editing, tones, frames):
        sentence = "the plate is another picture than the frames on both sides of it"
        yield n, Reason(kind="join", sentence=sentence, strength=2.0)
    for cut in editing.cuts:
        yield from _at_cut(cut, frames)


def _strangers(
    editing: Editing, tones: NDArray[np.float32], frames: tuple[int, ...]
) -> Iterator[int]:
    """Give single plates that are of another shot; a flash shows what its shot shows."""
    details = tones_to_detail(tones)
    for n in editing.interruptions:
        row = frames.index(n)
        steady = [r for r, frame in enumerate(frames) if frame not in editing.interruptions]
        before = [r for r in steady if r < row][-1:]
        after = [r for r in steady if r > row][:1]
        if all(measure_likeness(details[r], details[row]) < UNLIKE for r in before + after):
            yield n


def _at_cut(cut: int, frames: tuple[int, ...]) -> Iterator[tuple[int, Reason]]:
    at = frames.index(cut)
    head, tail = frames[:at], frames[at:]
    shorter = min((tail, head), key=len)
    if len(shorter) <= SHORT:
        where = "first" if shorter is head else "last"
        count = f"{len(shorter)} frames are" if len(shorter) > 1 else "frame is"
        sentence = f"the shot's {where} {count} another shot: the plate cuts at frame {cut}"
        for n in shorter:
            yield n, Reason(kind="join", sentence=sentence, strength=2.0)
        return
    sentence = "the plate cuts to another shot here: give each shot a model of its own"
    yield cut, Reason(kind="join", sentence=sentence, strength=2.0)
