"""Frames that show the one before once more: duplicates, frozen pictures and retimes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np

from chromaresolve.survey import Survey, tone_thumbs
from chromaresolve.turnover.finding import Finding, listed
from chromaresolve.turnover.likeness import is_blank, measure_contrast, tones_to_detail
from chromaresolve.turnover.material import HandOver, Material, runs

ROUNDING = 1.5e-4
"""Deviation between two small pictures that is nothing but the rounding of half values."""

SHARE_OF_GRAIN = 0.35
"""Deviation between two small pictures over that which independent grain would leave, at most:
what repeats repeats its grain too. Lossy compression stays below; measured, grain reaches 0.8."""

SHARE_OF_USUAL = 0.25
"""The same over the upper quartile of the sequence's own, at most: a locked-off shot without grain
hardly changes, and yet every frame is a new one."""

FROZEN = 3
"""Frames in a row that show one picture: no longer an accident of a conform."""

FEWEST_BEATS = 3
"""Repeats that make a pattern, at least."""

RATE_WORDS = {
    Fraction(4, 5): "24 frames a second shown as 30",
    Fraction(24, 25): "24 frames a second shown as 25",
    Fraction(3, 4): "18 frames a second shown as 24",
    Fraction(2, 3): "16 frames a second shown as 24",
    Fraction(1, 2): "every frame shown twice",
    Fraction(18, 25): "18 frames a second shown as 25",
    Fraction(16, 25): "16 frames a second shown as 25",
}
"""Share of the frames that are new, and what that usually means."""


def find_repeats(surveyed: Survey) -> tuple[int, ...]:
    """Return the frames that show the same picture as the frame before, grain and all.

    Frames that show nothing, such as black ones, repeat nothing.
    """
    repeats: list[int] = []
    shown = ~is_blank(measure_contrast(tones_to_detail(tone_thumbs(surveyed))))
    for rows in runs(surveyed.frames):
        same = _change(surveyed, rows) & shown[rows][1:]
        repeats += np.array(surveyed.frames[rows][1:], int)[same].tolist()
    return tuple(repeats)


def check_repeats(handed: HandOver) -> Iterator[Finding]:
    """Say which frames repeat the one before, and whether they do so in a pattern."""
    for material in (handed.source, handed.reference):
        if len(material.surveyed.frames) > 1:
            yield from _check(material)


def _check(material: Material) -> Iterator[Finding]:
    subject = f"{material.name} repeats"
    repeats = find_repeats(material.surveyed)
    if not repeats:
        yield Finding(verdict="ok", subject=subject, sentence="no picture is shown twice")
        return
    frozen = [run for run in _in_a_row(repeats) if len(run) + 1 >= FROZEN]
    if frozen:
        held = [[run[0] - 1, *run] for run in frozen]
        each = " each" if len(held) > 1 else ""
        yield Finding(
            verdict="note",
            subject=f"{material.name} frozen frames",
            sentence=f"{' and '.join(map(listed, held))} show one picture{each}",
            remedy="export again if the film moves there; one of them is enough to teach",
            frames=listed(frame for frames in held for frame in frames),
        )
    single = [frame for frame in repeats if not any(frame in run for run in frozen)]
    if single:
        yield _single(material, subject, single)


def _single(material: Material, subject: str, repeats: list[int]) -> Finding:
    beat = _beat(repeats)
    if beat is None:
        return Finding(
            verdict="note",
            subject=subject,
            sentence=f"{listed(repeats)} {_show(repeats)} the frame before again",
            remedy="look at the conform there: the other sequence may have a new picture",
            frames=listed(repeats),
        )
    share = 1 - 1 / beat
    usual = min(RATE_WORDS, key=lambda known: abs(float(known) - share))
    words = f" ({RATE_WORDS[usual]})" if abs(float(usual) - share) < 0.01 else ""
    return Finding(
        verdict="note",
        subject=f"{material.name} retime",
        sentence=f"one frame in {beat:.3g} shows the one before again, from {repeats[0]} on{words}",
        remedy="export it at its own rate, without retime: matched frames would teach twice or not",
        frames=listed(repeats),
    )


def _change(surveyed: Survey, rows: slice) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say of each frame but the first whether it is the one before."""
    thumbs = surveyed.thumbs[rows].astype(np.float32)
    width = thumbs.shape[2]
    # Grain is averaged over the pixels of the file that one pixel of the small picture stands for;
    # in luma it has about three quarters of what a channel has, and two frames of it add up.
    pixels = max(1.0, (surveyed.width / width) ** 2)
    grain = surveyed.grain[rows, 0] / 0.75 * np.sqrt(2 / pixels)
    deviation = np.array([float(np.sqrt(np.square(b - a).mean())) for a, b in pairwise(thumbs)])
    least = np.minimum(grain[1:], grain[:-1])
    same_extremes = np.abs(np.diff(surveyed.extremes[rows], axis=0)).max(axis=1) < ROUNDING
    is_same = (deviation < ROUNDING) & same_extremes
    usual = float(np.quantile(deviation, 0.75)) if deviation.size else 0.0
    is_alike = deviation < np.minimum(SHARE_OF_GRAIN * least, SHARE_OF_USUAL * usual)
    return np.asarray(is_same | is_alike, np.bool_)


def _in_a_row(frames: tuple[int, ...]) -> list[list[int]]:
    rows: list[list[int]] = []
    for frame in frames:
        if rows and frame == rows[-1][-1] + 1:
            rows[-1].append(frame)
        else:
            rows.append([frame])
    return rows


def _beat(repeats: list[int]) -> float | None:
    """Return after how many frames one repeats, if that is steady; None if it is not."""
    gaps = np.diff(repeats)
    if len(repeats) < FEWEST_BEATS or gaps.max() - gaps.min() > 1:
        return None
    return float(gaps.mean())


def _show(frames: list[int]) -> str:
    return "shows" if len(frames) == 1 else "show"
