"""Shots, and what else the editing did: what one model can learn from."""

from __future__ import annotations

from collections.abc import Iterator

from chromaresolve.survey import tone_thumbs
from chromaresolve.turnover.cuts import Editing, find_cuts
from chromaresolve.turnover.finding import Finding, counted, listed
from chromaresolve.turnover.material import HandOver, Material
from chromaresolve.turnover.passages import find_passages

WHY = (
    "a model learns one map from faded to true colour, and it holds only where stock, fade, light "
    "and grade stay the same: a shot is best, a scene or a sequence only while it stays consistent"
)
"""What the trade says of the scope of a model."""


def check_scope(handed: HandOver) -> Iterator[Finding]:
    """Say where the shots are, what passes between them, and what one model may cover."""
    for material in (handed.source, handed.reference):
        seen = material.surveyed
        if not seen.frames:
            continue
        if material is handed.source:
            yield _check_shots(handed, find_cuts(tone_thumbs(seen), seen.frames))
        yield from _check_passages(material)


def _check_shots(handed: HandOver, editing: Editing) -> Finding:
    frames = handed.source.surveyed.frames
    shots = editing.shots(frames)
    kind = handed.shot.scope.kind
    if len(shots) <= 1:
        if len(frames) == 1:
            return Finding(
                verdict="note",
                subject="shots",
                sentence="the shot is one frame long",
                remedy=(
                    "nothing can be held out, so nothing is measured; a still is better balanced "
                    "and graded by hand, or taught with its scene ([scope] kind)"
                ),
                frames=listed(frames),
            )
        return Finding(verdict="ok", subject="shots", sentence=f"one, {listed(frames)}, no cut")
    ranges = ", ".join(f"{first}-{last}" if first < last else str(first) for first, last in shots)
    many = f"{counted(len(shots) - 1, 'cut')}, at {listed(editing.cuts)}: shots {ranges}"
    if kind != "shot":
        return Finding(
            verdict="ok",
            subject="shots",
            sentence=f"{many}, all in one {kind} as [scope] says; {WHY}",
            frames=listed(editing.cuts),
        )
    return Finding(
        verdict="note",
        subject="shots",
        sentence=f"{many}. {WHY[0].upper()}{WHY[1:]}",
        remedy=(
            "give each shot a folder and frames of its own; where all are one set in one light and "
            'one fade, set [scope] kind = "scene" and pair frames of every one'
        ),
        frames=listed(editing.cuts),
    )


def _check_passages(material: Material) -> Iterator[Finding]:
    found = find_passages(material.surveyed)
    for one in found.transitions:
        yield Finding(
            verdict="note",
            subject=f"{material.name} {one.kind}",
            sentence=f"frames {one.first}-{one.last}",
            remedy="pair none of these frames: they mix two colours, or have too little light",
            frames=f"{one.first}-{one.last}",
        )
    if found.flashes:
        yield Finding(
            verdict="note",
            subject=f"{material.name} flashes",
            sentence=f"{listed(found.flashes)}: the light or the picture leaps and comes back",
            remedy="a flash, a splice or damage; never pair these frames",
            frames=listed(found.flashes),
        )
    if not found.transitions and not found.flashes:
        sentence = "no dissolve, fade or flash"
        yield Finding(verdict="ok", subject=f"{material.name} passages", sentence=sentence)
