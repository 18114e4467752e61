"""Whether the sequences have the same form: frames, raster, pixel aspect, rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from chromaresolve.errors import FrameError
from chromaresolve.frames import Sequence, read_header
from chromaresolve.turnover.agreement import has_own_plates
from chromaresolve.turnover.finding import Finding, listed
from chromaresolve.turnover.material import HandOver, Material, header_size

FEW_PAIRS = 3
"""Frames in common below which there is little to teach with: the trade takes 3 to 9 a shot."""


def check_parity(handed: HandOver) -> Iterator[Finding]:
    """Say whether the sequences are whole and have the same form."""
    source, reference = handed.source, handed.reference
    yield from _check_frames(handed, "Source", source.sequence)
    yield from _check_balanced(handed)
    yield _check_common(handed)
    for material in (source, reference):
        yield from _check_readable(material)
    yield from _check_size(source, reference)
    yield from _check_pixel_aspect(source, reference)
    yield from _check_rate(source, reference)


def _check_frames(handed: HandOver, name: str, sequence: Sequence) -> Iterator[Finding]:
    shot = handed.shot.shot
    missing = sorted(set(shot.frames) - set(sequence.frames))
    subject = f"{name} frames"
    if missing:
        yield Finding(
            verdict="stop",
            subject=subject,
            sentence=f"{listed(missing)} of {shot.frames} are not on disk",
            remedy="export them, or set frames",
            frames=listed(missing),
        )
    else:
        sentence = f"all {len(shot.frames)} of {shot.frames} are on disk"
        yield Finding(verdict="ok", subject=subject, sentence=sentence)


def _check_balanced(handed: HandOver) -> Iterator[Finding]:
    """Check balanced plates that were brought; our own are made after this check."""
    shot = handed.shot
    if not shot.source.balanced or has_own_plates(shot):
        return
    balanced = Sequence.find(shot.source.balanced, shot.root)
    yield from _check_frames(handed, "Balanced", balanced)
    try:
        size = header_size(read_header(balanced.path(balanced.first)))
    except FrameError as error:
        subject = f"Balanced frame {balanced.first}"
        remedy = "export the frame again"
        yield Finding(verdict="stop", subject=subject, sentence=str(error), remedy=remedy)
        return
    if handed.source.size and size != handed.source.size:
        yield Finding(
            verdict="stop",
            subject="Balanced size",
            sentence=f"{_raster(size)}, and the Source is {_raster(handed.source.size)}",
            remedy="export both from one timeline, unscaled",
        )


def _check_common(handed: HandOver) -> Finding:
    offset = handed.shot.reference.offset
    ours, theirs = (set(one.sequence.frames) for one in (handed.source, handed.reference))
    # Of the shot's own frames: a scan may be of the whole reel.
    common = [n for n in handed.shot.shot.frames if n in ours and n + offset in theirs]
    subject = "frames in common"
    if not common:
        sentence = f"none, at offset {offset}"
        remedy = "set [reference] offset"
        return Finding(verdict="stop", subject=subject, sentence=sentence, remedy=remedy)
    return Finding(
        verdict="note" if len(common) < FEW_PAIRS else "ok",
        subject=subject,
        sentence=f"{len(common)} ({listed(common)}), at offset {offset}",
        remedy=_few(handed, common) if len(common) < FEW_PAIRS else "",
        frames=listed(common),
    )


def _few(handed: HandOver, common: list[int]) -> str:
    if len(handed.shot.shot.frames) == len(common):
        return "a shot this short teaches itself alone; add it to a scene ([scope] kind) if you can"
    return "the trade teaches a shot from 3 to 9; export more of the Reference"


def _check_readable(material: Material) -> Iterator[Finding]:
    for frame, problem in material.unreadable.items():
        if frame in material.headers and header_size(material.headers[frame]) != material.size:
            continue  # said once, of the size
        path = material.sequence.path(frame)
        yield Finding(
            verdict="stop",
            subject=f"{material.name} frame {frame}",
            sentence=f"{path}: {problem}",
            remedy="export the frame again",
            frames=str(frame),
        )


def _check_size(source: Material, reference: Material) -> Iterator[Finding]:
    for material in (source, reference):
        sizes = {frame: header_size(header) for frame, header in material.headers.items()}
        if len(set(sizes.values())) > 1:
            rasters = ", ".join(_raster(size) for size in sorted(set(sizes.values())))
            yield Finding(
                verdict="stop",
                subject=f"{material.name} size",
                sentence=f"differs from frame to frame ({rasters})",
                remedy="export one size",
                frames=listed(frame for frame, size in sizes.items() if size != material.size),
            )
    if source.size is None or reference.size is None:
        return
    if source.size == reference.size:
        yield Finding(verdict="ok", subject="size", sentence=f"both {_raster(source.size)}")
        return
    yield Finding(
        verdict="note",
        subject="size",
        sentence=f"Source {_raster(source.size)}, Reference {_raster(reference.size)}",
        remedy="alignment will scale; one size from Resolve is better",
    )


def _check_pixel_aspect(source: Material, reference: Material) -> Iterator[Finding]:
    ours, theirs = (
        sorted({header.pixel_aspect for header in material.headers.values()})
        for material in (source, reference)
    )
    if ours == theirs and len(ours) == 1:
        shape = "square pixels" if ours[0] == 1 else f"both {ours[0]:g}"
        yield Finding(verdict="ok", subject="pixel aspect", sentence=shape)
    elif ours and theirs:
        words = [" and ".join(f"{aspect:g}" for aspect in aspects) for aspects in (ours, theirs)]
        yield Finding(
            verdict="note",
            subject="pixel aspect",
            sentence=f"Source {words[0]}, Reference {words[1]}",
            remedy="export both with one pixel aspect",
        )


def _check_rate(source: Material, reference: Material) -> Iterator[Finding]:
    said = 0
    for material in (source, reference):
        rates = {frame: header.frame_rate for frame, header in material.headers.items()}
        others = [frame for frame, rate in rates.items() if rate and rate != material.rate]
        if others:
            said += 1
            yield Finding(
                verdict="note",
                subject=f"{material.name} rate",
                sentence=(
                    f"the header says {_rates(rates[frame] for frame in others)} a second, "
                    f"the shot {material.rate}"
                ),
                remedy="conform the rate first",
                frames=listed(others),
            )
    if not said:
        known = any(header.frame_rate for header in source.headers.values())
        sentence = f"{source.rate} a second" + ("" if known else ", the headers do not say")
        yield Finding(verdict="ok", subject="rate", sentence=sentence)


def _rates(rates: Iterable[Fraction | None]) -> str:
    return " and ".join(str(rate) for rate in sorted({rate for rate in rates if rate}))


def _raster(size: tuple[int, int]) -> str:
    return "{} x {}".format(*size)
