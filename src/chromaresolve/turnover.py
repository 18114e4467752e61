"""What was handed over: a shot made from two sequences on disk, and whether they fit.

The checks read every header and the values of a few frames. They say what they saw, what it means
and what to do; only what makes the work impossible stops it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from chromaresolve.colour import named_chain
from chromaresolve.errors import FrameError, UsageError
from chromaresolve.frames import Header, Sequence, read_header, read_rgb
from chromaresolve.shot import (
    FrameRange,
    Shot,
    create,
    fingerprints,
    parse_rate,
    table_key,
    value_key,
)

SAMPLED_FRAMES = 5
"""Frames of each sequence whose values are looked at: beginning, end, and between."""

BLACK = 0.02
"""A frame whose brightest value is below this holds no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked."""

    verdict: Literal["ok", "note", "stop"]
    """`stop`: mend it before going on. `note`: look, then go on."""
    subject: str
    """What was checked."""
    sentence: str
    """What was seen, and what to do about it."""


def accept(
    root: Path,
    *,
    scan: str,
    reference: str,
    balanced: str | None,
    master: str | None,
    branch: str,
    frame_rate: str,
    frames: str | None,
    film: str,
    ocio: str | None = None,
) -> Shot:
    """Make a shot from sequences on disk.

    Raises:
        UsageError: The branch or the frame rate is not one.
        FrameError: A sequence is not there.
        ColourError: The OCIO config cannot be read.
        ShotError: There is a shot in the folder already.
    """
    if branch not in ("chroma", "spatial"):
        raise UsageError(f"--branch {branch!r}: write chroma or spatial")
    rate = parse_rate(frame_rate)
    plates = Sequence.find(scan, root)
    # A studio's config that cannot be read is said now, not after an hour of training.
    named_chain("display", ocio=root / ocio if ocio else None)
    for pattern in (reference, balanced, master):
        if pattern is not None:
            Sequence.find(pattern, root)
    return create(
        root,
        scan=scan,
        reference=reference,
        balanced=balanced,
        master=master,
        branch=branch,
        frame_rate=rate,
        frames=FrameRange.parse(frames) if frames else FrameRange.of(plates.frames),
        film=film,
        ocio=ocio,
    )


def check(shot: Shot) -> tuple[Shot, tuple[Finding, ...]]:
    """Check that the shot's sequences fit one another; nothing on disk is changed but shot.toml."""
    source = Sequence.find(shot.source.plate, shot.root)
    reference = Sequence.find(shot.reference.sequence, shot.root)
    findings = (
        *_check_frames(shot, source),
        _check_common(shot, source, reference),
        *_check_headers("Source", source, rate=shot.shot.frame_rate),
        *_check_headers("Reference", reference, rate=shot.shot.frame_rate),
        *_check_parity(source, reference),
        *_check_values("Source", source),
        *_check_values("Reference", reference),
    )
    stops = sum(finding.verdict == "stop" for finding in findings)
    shot = shot.with_made(
        "check",
        settings={},
        # The balanced plates are made after this check, from the scan: they are not its business.
        inputs=fingerprints(
            shot, [value_key("source", "scan"), table_key("shot"), table_key("reference")]
        ),
        outputs={},
        measured={"findings": len(findings), "to_mend": stops},
    )
    return shot, findings


def _check_frames(shot: Shot, source: Sequence) -> Iterable[Finding]:
    missing = sorted(set(shot.shot.frames) - set(source.frames))
    subject = "Source frames"
    if missing:
        listed = FrameRange.of(missing)
        sentence = f"{listed} of {shot.shot.frames} are not on disk: export them, or set frames"
        yield Finding(verdict="stop", subject=subject, sentence=sentence)
    else:
        sentence = f"all {len(shot.shot.frames)} of {shot.shot.frames} are on disk"
        yield Finding(verdict="ok", subject=subject, sentence=sentence)


def _check_common(shot: Shot, source: Sequence, reference: Sequence) -> Finding:
    offset = shot.reference.offset
    there = set(reference.frames)
    common = [n for n in source.frames if n + offset in there]
    subject = "frames in common"
    if not common:
        sentence = f"none, at offset {offset}: set [reference] offset"
        return Finding(verdict="stop", subject=subject, sentence=sentence)
    sentence = f"{len(common)} ({FrameRange.of(common)}), at offset {offset}"
    if len(common) < 3:
        return Finding(
            verdict="note",
            subject=subject,
            sentence=f"{sentence}: the trade teaches a shot from 3 to 9",
        )
    return Finding(verdict="ok", subject=subject, sentence=sentence)


def _check_headers(name: str, sequence: Sequence, *, rate: Fraction) -> Iterable[Finding]:
    headers: list[Header] = []
    for number in sequence.frames:
        try:
            headers.append(read_header(sequence.path(number)))
        except FrameError as error:
            yield Finding(verdict="stop", subject=f"{name} frame {number}", sentence=str(error))
    sizes = sorted({_size(header) for header in headers})
    if len(sizes) > 1:
        listed = ", ".join(f"{w} x {h}" for w, h in sizes)
        sentence = f"differs from frame to frame ({listed}): export one size"
        yield Finding(verdict="stop", subject=f"{name} size", sentence=sentence)
    rates = {header.frame_rate for header in headers if header.frame_rate} - {rate}
    if rates:
        sentence = f"the header says {min(rates)} a second, the shot {rate}: conform the rate first"
        yield Finding(verdict="note", subject=f"{name} rate", sentence=sentence)


def _check_parity(source: Sequence, reference: Sequence) -> Iterable[Finding]:
    try:
        ours = read_header(source.path(source.first))
        theirs = read_header(reference.path(reference.first))
    except FrameError:
        return  # named by the header check already
    if _size(ours) != _size(theirs):
        sentence = (
            f"Source {_size(ours)[0]} x {_size(ours)[1]}, Reference {_size(theirs)[0]} x "
            f"{_size(theirs)[1]}: alignment will scale; one size from Resolve is better"
        )
        yield Finding(verdict="note", subject="size", sentence=sentence)
    else:
        sentence = f"both {_size(ours)[0]} x {_size(ours)[1]}"
        yield Finding(verdict="ok", subject="size", sentence=sentence)
    if ours.pixel_aspect != theirs.pixel_aspect:
        sentence = (
            f"Source {ours.pixel_aspect:g}, Reference {theirs.pixel_aspect:g}: "
            "export both with one pixel aspect"
        )
        yield Finding(verdict="note", subject="pixel aspect", sentence=sentence)


def _check_values(name: str, sequence: Sequence) -> Iterable[Finding]:
    count = min(SAMPLED_FRAMES, len(sequence.frames))
    places = np.linspace(0, len(sequence.frames) - 1, count).round().astype(int)
    outside, worst_low, worst_high = 0.0, 0.0, 1.0
    for number in (sequence.frames[place] for place in places):
        try:
            rgb = read_rgb(sequence.path(number))
        except FrameError as error:
            yield Finding(verdict="stop", subject=f"{name} frame {number}", sentence=str(error))
            continue
        outside += float(((rgb < 0) | (rgb > 1)).any(axis=-1).mean()) / count
        worst_low, worst_high = min(worst_low, float(rgb.min())), max(worst_high, float(rgb.max()))
        if float(rgb.max()) < BLACK:
            sentence = "is black: it can teach nothing"
            yield Finding(verdict="note", subject=f"{name} frame {number}", sentence=sentence)
    subject = f"{name} values"
    if outside:
        sentence = (
            f"{outside:.2%} of pixels lie outside 0..1 ({worst_low:.3g} to {worst_high:.3g}): "
            "was the Rec.709 ODT on? They are kept as they are"
        )
        yield Finding(verdict="note", subject=subject, sentence=sentence)
    else:
        yield Finding(verdict="ok", subject=subject, sentence="within 0..1")


def _size(header: Header) -> tuple[int, int]:
    return header.data_window.width, header.data_window.height
