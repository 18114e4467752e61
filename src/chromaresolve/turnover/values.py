"""The values of the pixels: outside 0..1, and frames that show nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chromaresolve.frames import read_rgb
from chromaresolve.survey import tone_thumbs
from chromaresolve.turnover.finding import Finding, counted, listed
from chromaresolve.turnover.likeness import is_blank, measure_contrast, tones_to_detail
from chromaresolve.turnover.material import HandOver, Material

STRAY_SHARE = 0.01
"""Share of pixels outside 0..1 that the overshoot of a scaler explains, if they lie near it."""

STRAY_REACH = 0.15
"""How far outside 0..1 such overshoot lies."""

DARK, BRIGHT = 0.08, 0.9
"""Mean tone of a frame without detail that is called black, and white; a faded black is not 0."""


def check_values(handed: HandOver) -> Iterator[Finding]:
    """Say which values lie outside 0..1, and which frames show nothing."""
    for material in (handed.source, handed.reference):
        if material.surveyed.frames:
            yield _check_range(material)
            yield from _check_empty(material)


def _check_range(material: Material) -> Finding:
    seen = material.surveyed
    subject = f"{material.name} values"
    share = np.minimum(seen.beyond.sum(axis=1), 1)
    lowest, highest = float(seen.extremes[:, 0].min()), float(seen.extremes[:, 1].max())
    if not share.any():
        return Finding(verdict="ok", subject=subject, sentence="within 0..1")
    is_near = lowest > -STRAY_REACH and highest < 1 + STRAY_REACH
    if is_near and share.max() < STRAY_SHARE:
        pixels = counted(round(float(share.max()) * seen.width * seen.height), "pixel")
        sentence = f"within 0..1 but for {pixels} a frame at most ({lowest:.3g} to {highest:.3g})"
        return Finding(verdict="ok", subject=subject, sentence=sentence)
    worst = int(share.argmax())
    below, above = (float(column.mean()) for column in seen.beyond.T)
    pixels = counted(round(float(share[worst]) * seen.width * seen.height), "pixel")
    return Finding(
        verdict="note",
        subject=subject,
        sentence=(
            f"{float(share.mean()):.2%} of pixels lie outside 0..1 ({lowest:.3g} to {highest:.3g}; "
            f"{below:.2%} below, {above:.2%} above; most in frame {seen.frames[worst]}: {pixels}, "
            f"{_place(material, seen.frames[worst])})"
        ),
        remedy="was the Rec.709 output transform on? They are kept as they are",
        frames=listed(np.array(seen.frames)[share > 0].tolist()),
    )


def _place(material: Material, frame: int) -> str:
    """Say in which part of a frame the values outside 0..1 lie."""
    rgb = read_rgb(material.sequence.path(frame))
    rows, columns = np.nonzero(np.any((rgb < 0) | (rgb > 1), axis=-1))
    return f"columns {columns.min()}-{columns.max()}, rows {rows.min()}-{rows.max()}"


def _check_empty(material: Material) -> Iterator[Finding]:
    seen = material.surveyed
    tones = tone_thumbs(seen)
    empty = is_blank(measure_contrast(tones_to_detail(tones)))
    light = tones.mean(axis=(1, 2))
    for word, chosen in (
        ("black", light < DARK),
        ("white", light > BRIGHT),
        ("of one even colour", (light >= DARK) & (light <= BRIGHT)),
    ):
        frames = np.array(seen.frames)[empty & chosen].tolist()
        if frames:
            yield Finding(
                verdict="note",
                subject=f"{material.name} empty frames",
                sentence=f"{counted(len(frames))} ({listed(frames)}) {_is(frames)} {word}",
                remedy=(
                    "they can teach nothing and are never paired; leave them out of frames if they "
                    "are no part of the shot"
                ),
                frames=listed(frames),
            )


def _is(frames: list[int]) -> str:
    return "is" if len(frames) == 1 else "are"
