"""What a shot's pairs teach: their truth, as sharp as the plates, and the pairs held out alike."""

from __future__ import annotations

from dataclasses import dataclass

from chromaresolve.alignment import (
    TeachingPair,
    held_out_pairs,
    load_teaching,
    teaching_pairs,
)
from chromaresolve.baseline import find_sharpening
from chromaresolve.colour import Chain
from chromaresolve.shot import Shot
from chromaresolve.telling import Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """A shot's pairs as a training takes them."""

    taught: tuple[TeachingPair, ...]
    """Those that teach."""
    held_out: tuple[TeachingPair, ...]
    """Those that are only measured."""
    softness: float
    """By how many pixels the Reference's chroma is softer than the plate; 0 for no softer."""


def load_lessons(shot: Shot, chain: Chain, *, say: Say) -> Lessons:
    """Read a shot's pairs, and bring soft References to the sharpness of the plates.

    Held-out pairs are sharpened by what was found on those that teach.

    Raises:
        FrameError: A frame is missing or broken.
    """
    taught = tuple(load_teaching(shot, pair, chain) for pair in teaching_pairs(shot))
    held_out = tuple(load_teaching(shot, pair, chain) for pair in held_out_pairs(shot))
    sharpening = find_sharpening(taught)
    if sharpening is None:
        return Lessons(taught=taught, held_out=held_out, softness=0.0)
    say(sharpening.tell())
    return Lessons(
        taught=tuple(map(sharpening.sharpen, taught)),
        held_out=tuple(map(sharpening.sharpen, held_out)),
        softness=sharpening.softness,
    )
