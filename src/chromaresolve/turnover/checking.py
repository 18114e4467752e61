"""Whether a shot's sequences fit one another: frames, headers, values."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from chromaresolve.errors import FrameError
from chromaresolve.frames import Header, Sequence, read_header, read_rgb
from chromaresolve.shot import FrameRange, Shot, file_key, fingerprints, table_key, value_key
from chromaresolve.turnover.agreement import check_agreement, turnover_file
from chromaresolve.turnover.finding import Finding

SAMPLED_FRAMES = 5
"""Frames of each sequence whose values are looked at: beginning, end, and between."""

BLACK = 0.02
"""A frame whose brightest value is below this holds no picture."""


def check(shot: Shot) -> tuple[Shot, tuple[Finding, ...]]:
    """Check that the shot's sequences fit one another; nothing on disk is changed but shot.toml."""
    source = Sequence.find(shot.source.plate, shot.root)
    reference = Sequence.find(shot.reference.sequence, shot.root)
    findings = (
        *check_agreement(shot),
        *_check_frames(shot, source),
        _check_common(shot, source, reference),
        *_check_headers("Source", source, rate=shot.shot.frame_rate),
        *_check_headers("Reference", reference, rate=shot.shot.frame_rate),
        *_check_parity(source, reference),
        *_check_values("Source", source),
        *_check_values("Reference", reference),
    )
    stops = sum(finding.verdict == "stop" for finding in findings)
    # The balanced plates are made after this check, from the scan: they are not its business.
    keys = [value_key("source", "scan"), table_key("shot"), table_key("reference")]
    handed_over = turnover_file(shot)
    if handed_over is not None:
        keys.append(file_key(shot, handed_over))
    shot = shot.with_made(
        "check",
        settings={},
        inputs=fingerprints(shot, keys),
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
