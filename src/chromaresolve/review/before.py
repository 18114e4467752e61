"""Flagged frames kept small, so that the next review can tell what became of them.

Whether a frame got better can be measured once it is a pair: then its aligned Reference says what
it should have been, and the picture kept says what it was.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chromaresolve.alignment import display_of, load_teaching, shot_chain, usable_pairs
from chromaresolve.colour import delta_e_2000
from chromaresolve.composite import display_of_recovered, recovered_frames
from chromaresolve.errors import FrameError
from chromaresolve.files import whole
from chromaresolve.frames import Rgb, read_rgb
from chromaresolve.review.novelty_features import shrink
from chromaresolve.shot import Pair, Shot

FILE = "review/before.npz"
"""Where they are kept, in the shot folder."""

WIDTH = 480
"""Pixels across: what a colour is can be told at that size."""

MOST = 24
"""Frames kept, the worst: more than one round of a review can add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a frame: its mean dE2000 to its aligned Reference."""

    before: float
    """As the model before had recovered it."""
    after: float
    """As it is now."""


def keep_small(shot: Shot, frames: Iterable[int], *, model: str) -> None:
    """Keep small pictures of recovered frames, and which model made them."""
    sequence = recovered_frames(shot)
    chosen = [frame for frame in frames if frame in sequence.paths][:MOST]
    kept: dict[str, Any] = {
        str(frame): shrink(_read_display(shot, frame), across=WIDTH).astype(np.float16)
        for frame in chosen
    }
    with whole(shot.path(FILE)) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, model=np.array(model), **kept)


def measure_changes(shot: Shot, *, model: str) -> dict[int, Change]:
    """Return what became of the frames kept that are pairs now, if another model made them.

    Args:
        shot: The shot.
        model: The sha256 of the model that made the recovered frames as they are now.
    """
    kept = _load(shot)
    if kept is None or kept[0] == model:
        return {}
    there = set(recovered_frames(shot).paths)
    pairs = {pair.source: pair for pair in usable_pairs(shot)}
    both = sorted(set(kept[1]) & set(pairs) & there)
    changes = {}
    for frame in both:
        try:
            changes[frame] = _change(shot, pairs[frame], kept[1][frame])
        except FrameError:  # a pair that cannot be read is not for this to report
            continue
    return changes


def _change(shot: Shot, pair: Pair, before_709: Rgb) -> Change:
    chain = shot_chain(shot)
    teaching = load_teaching(shot, pair, chain)
    truth = shrink(display_of(shot, chain)(teaching.truth), across=WIDTH)
    trust = shrink(teaching.trust, across=WIDTH)
    weights = np.maximum(trust, 1e-6).astype(np.float64)
    after_709 = shrink(_read_display(shot, pair.source), across=WIDTH)
    return Change(
        before=float(np.average(delta_e_2000(before_709, truth), weights=weights)),
        after=float(np.average(delta_e_2000(after_709, truth), weights=weights)),
    )


def _read_display(shot: Shot, frame: int) -> Rgb:
    return display_of_recovered(shot)(read_rgb(recovered_frames(shot).path(frame)))


def _load(shot: Shot) -> tuple[str, Mapping[int, Rgb]] | None:
    file = shot.path(FILE)
    if not file.is_file():
        return None
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as packed:
            pictures = {
                int(name): packed[name].astype(np.float32)
                for name in packed.files
                if name != "model"
            }
            return str(packed["model"]), pictures
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None  # it only tells what was
