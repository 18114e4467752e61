"""What a training takes from a shot: a soft Reference's pairs are sharpened, held out or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from chromaresolve.alignment import aligned_path, load_teaching, shot_chain, usable_pairs
from chromaresolve.baseline.sharpening import soften
from chromaresolve.colour import luma_chroma_to_rgb, rgb_to_chroma, rgb_to_luma
from chromaresolve.frames import read_frame, write_frame
from chromaresolve.shot import Shot
from chromaresolve.training.lessons import load_lessons
from tiny import quiet, with_degrain

SOFTNESS = 3.0
"""What the Reference's chroma is softened by, in pixels, besides its own telecine's."""


def make_soft(shot: Shot) -> None:
    """Soften the chroma of every aligned Reference."""
    for pair in usable_pairs(shot):
        frame = read_frame(aligned_path(shot, pair))
        chroma = soften(rgb_to_chroma(frame.rgb), SOFTNESS)
        softened = luma_chroma_to_rgb(rgb_to_luma(frame.rgb), chroma)
        write_frame(aligned_path(shot, pair), replace(frame, rgb=softened.astype(np.float32)))


def detail(truth: np.ndarray) -> float:
    """Return how much a picture's chroma changes from pixel to pixel."""
    chroma = rgb_to_chroma(truth)
    return float(np.abs(np.diff(chroma, axis=0)).mean() + np.abs(np.diff(chroma, axis=1)).mean())


def test_soft_reference_is_sharpened_for_all_pairs(
    aligned_shot: Path, copied: Callable[[Path], Path]
) -> None:
    """It is said once; pairs held out are sharpened too; luma and trust stay."""
    shot = with_degrain(Shot.load(copied(aligned_shot)), 1.0)
    make_soft(shot)
    said: list[str] = []

    lessons = load_lessons(shot, shot_chain(shot), say=said.append)

    assert SOFTNESS * 0.7 < lessons.softness < SOFTNESS * 1.4
    (sentence,) = said
    assert f"{lessons.softness:.1f} pixels softer than the plate" in sentence
    lessons_by_frame = {one.frame: one for one in (*lessons.taught, *lessons.held_out)}
    assert lessons.held_out
    for pair in usable_pairs(shot):
        soft = load_teaching(shot, pair, shot_chain(shot))
        sharp = lessons_by_frame[pair.source]
        gained = detail(sharp.truth) / detail(soft.truth)
        assert gained > 1.2, f"frame {pair.source}: {gained:.2f} times the detail"
        np.testing.assert_allclose(rgb_to_luma(sharp.truth), rgb_to_luma(soft.plate), atol=3e-7)
        np.testing.assert_array_equal(sharp.trust, soft.trust)


def test_shot_is_split_as_its_pairs_say(aligned_shot: Path) -> None:
    """Those that teach and those held out, each once."""
    shot = Shot.load(aligned_shot)

    lessons = load_lessons(shot, shot_chain(shot), say=quiet)

    assert [one.frame for one in lessons.taught] == [p.source for p in shot.pair if not p.hold_out]
    assert [one.frame for one in lessons.held_out] == [p.source for p in shot.pair if p.hold_out]
