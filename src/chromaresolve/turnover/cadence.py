"""Fields: whether frames are made of two moments, and in which rhythm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chromaresolve.turnover.finding import Finding, counted, listed
from chromaresolve.turnover.material import HandOver, Material, runs

COMBED = 0.35
"""From this comb on a frame shows two moments. Measured: detail and grain stay below 0.2."""

PERIOD = 5
"""Frames after which 3:2 pulldown begins again (SMPTE RP 197)."""

PHASES = ((0, 1), (0,))
"""Which frames of five are combed: two by 3:2, one by the 2:3:3:2 of advanced pulldown."""

NAMES = {(0, 1): "3:2 pulldown", (0,): "2:3:3:2 pulldown"}
"""What these are called."""

FEWEST_BEATS = 2
"""Periods that make a rhythm, at least."""

STEADY = 0.85
"""Share of combed frames that keep the rhythm, at least; and of the rhythm's that are combed,
where half of it may be still pictures, in which two fields are alike."""

MOST_COMBED = 0.6
"""Share of combed frames from which on it is interlaced video and no film with pulldown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How the frames of a sequence are made of fields."""

    kind: str
    """`progressive`, `3:2 pulldown`, `2:3:3:2 pulldown`, `interlaced` or `mixed`."""
    combed: tuple[int, ...]
    """Frames that show two moments."""
    phase: int | None = None
    """First combed frame of each period, frame number modulo five; None without pulldown."""


def find_cadence(comb: NDArray[np.float32], frames: tuple[int, ...]) -> Cadence:
    """Find the rhythm in which frames show two moments.

    Args:
        comb: How much the fields of each frame differ, `Survey.comb`.
        frames: Their numbers, rising.
    """
    is_combed = comb > COMBED
    combed = np.array(frames)[is_combed]
    named = tuple(combed.tolist())
    if not named:
        return Cadence(kind="progressive", combed=())
    for phases in PHASES:
        for phase in range(PERIOD):
            if _keeps(np.array(frames), is_combed, phase, phases):
                return Cadence(kind=NAMES[phases], combed=named, phase=phase)
    kind = "interlaced" if is_combed.mean() > MOST_COMBED else "mixed"
    return Cadence(kind=kind, combed=named)


def check_cadence(handed: HandOver) -> Iterator[Finding]:
    """Say which frames are made of two moments, and how to get single ones."""
    for material in (handed.source, handed.reference):
        seen = material.surveyed
        if seen.frames:
            yield from _check(material)


def _check(material: Material) -> Iterator[Finding]:
    seen = material.surveyed
    whole = find_cadence(seen.comb, seen.frames)
    if whole.kind != "mixed":
        yield _finding(material, whole, seen.frames)
        return
    # The rhythm begins anew after every edit on tape: each unbroken run may have its own.
    parts = [(rows, find_cadence(seen.comb[rows], seen.frames[rows])) for rows in runs(seen.frames)]
    if len(parts) == 1:
        yield _finding(material, whole, seen.frames)
        return
    for rows, part in parts:
        if part.combed:
            yield _finding(material, part, seen.frames[rows])


def _finding(material: Material, cadence: Cadence, frames: tuple[int, ...]) -> Finding:
    subject = f"{material.name} fields"
    if not cadence.combed:
        return Finding(verdict="ok", subject=subject, sentence="progressive")
    return Finding(
        verdict="note",
        subject=subject,
        sentence=_sentence(cadence, frames),
        remedy=_remedy(material.name, cadence),
        frames=listed(cadence.combed),
    )


def _sentence(cadence: Cadence, frames: tuple[int, ...]) -> str:
    combed = f"{counted(len(cadence.combed))} of {len(frames)} ({listed(cadence.combed)})"
    if cadence.phase is None:
        word = "interlaced video" if cadence.kind == "interlaced" else "no steady rhythm"
        return f"{combed} {'shows' if len(cadence.combed) == 1 else 'show'} two moments, {word}"
    many = "two" if cadence.kind == "3:2 pulldown" else "one"
    return f"{cadence.kind}: {many} of every five frames show two moments, {combed}"


def _remedy(name: str, cadence: Cadence) -> str:
    if cadence.phase is not None:
        return (
            f"remove the pulldown before the export (Clip Attributes > Video > Pulldown Removal, "
            f"or conform the {name} at 23.976); until then teach from frames that are whole"
        )
    if name == "Source":
        return "deinterlace before the export: what is combed stays combed in the recovered frames"
    return "deinterlace before the export (Clip Attributes > Video > Enable Deinterlacing)"


def _keeps(
    frames: NDArray[np.intp], is_combed: NDArray[np.bool_], phase: int, phases: tuple[int, ...]
) -> bool:
    """Say whether combed frames, and hardly any others, stand at these places of every five."""
    expected = np.isin((frames - phase) % PERIOD, phases)
    hits = int((expected & is_combed).sum())
    beats = len(np.unique((frames[expected & is_combed] - phase) // PERIOD))
    return (
        beats >= FEWEST_BEATS
        and hits >= STEADY * is_combed.sum()
        and hits >= STEADY / 2 * expected.sum()
        # Every place of the rhythm is combed somewhere: else one of five would pass for two.
        and all(
            int((expected & is_combed & ((frames - phase) % PERIOD == p)).sum()) for p in phases
        )
    )
