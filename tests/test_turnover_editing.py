"""Cuts, dissolves, fades and flashes, found in painted shots whose editing is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chromaresolve.fade import EXTREME, MILD, SEVERE
from chromaresolve.turnover.cuts import Editing, find_cuts
from chromaresolve.turnover.transitions import find_dissolves, find_fades, find_flashes
from footage import (
    Frames,
    dissolved,
    faded,
    faded_out,
    numbers_of,
    shot_frames,
    still_frames,
    tones_of,
    with_flicker,
    with_grain,
)

MOVES: tuple[dict[str, Any], ...] = (
    {},
    {"pan": 4.0},
    {"pan": 8.0},
    {"pan": 0.0, "action": 0.0},
    {"pan": 1.0, "action": 3.0},
    {"zoom": 0.02},
    {"zoom": -0.02, "pan": 2.0},
)
"""What cameras and people do, from nothing to a twentieth of the width in every frame."""

SOME = {"fresh", "grainy", "extremely faded"}
"""Ages that are looked at every time."""

AGES: dict[str, Callable[[Frames, int], Frames]] = {
    "fresh": lambda frames, _: frames,
    "grainy": lambda frames, seed: with_grain(frames, 0.06, seed=seed),
    "flickering": lambda frames, seed: with_flicker(frames, 0.06, seed=seed),
    "mildly faded": lambda frames, seed: faded(frames, MILD, seed=seed),
    "severely faded": lambda frames, seed: faded(frames, SEVERE, seed=seed),
    "extremely faded": lambda frames, seed: faded(frames, EXTREME, seed=seed),
}
"""What has happened to the film since."""

EACH_AGE = [age if age in SOME else pytest.param(age, marks=pytest.mark.slow) for age in AGES]
"""Every age, most of them in the longer run."""

EACH_MOVE = [
    pytest.param(moves, id=str(moves), marks=pytest.mark.slow if place > 2 else ())
    for place, moves in enumerate(MOVES)
]
"""Every movement, most of them in the longer run."""


def film(seed: int, *, shots: int, length: int) -> tuple[Frames, tuple[int, ...]]:
    """Return a film of some shots, and the first frame of each but the first."""
    numbers = np.random.default_rng(seed)
    painted = [
        shot_frames(1000 * seed + shot, int(numbers.integers(length // 2, length)), **moves)
        for shot, moves in enumerate(numbers.choice(np.array(MOVES), shots))
    ]
    ends = np.cumsum([len(shot) for shot in painted])
    return np.concatenate(painted), tuple((ends[:-1] + 1).tolist())


def editing_of(frames: Frames) -> Editing:
    """Find the cuts of frames numbered from 1."""
    return find_cuts(tones_of(frames), numbers_of(frames))


def test_cuts_are_found_whatever_the_fade() -> None:
    """Four shots are four shots, from fresh to extremely faded."""
    frames, cuts = film(5, shots=4, length=10)

    for age, aged in AGES.items():
        assert editing_of(aged(frames, 1)).cuts == cuts, age


@pytest.mark.slow
@pytest.mark.parametrize("age", AGES)
def test_every_planted_cut_is_found(age: str) -> None:
    """Of 36 cuts for each age none is missed; of some 480 other frames at most one in 100 is."""
    missed, false, clean = 0, 0, 0
    for seed in range(20, 24):
        frames, cuts = film(seed, shots=10, length=16)
        found = set(editing_of(AGES[age](frames, seed)).cuts)
        missed += len(set(cuts) - found)
        false += len(found - set(cuts))
        clean += len(frames) - 1 - len(cuts)

    assert clean > 300
    assert missed == 0
    assert false <= 0.01 * clean


@pytest.mark.parametrize("age", EACH_AGE)
def test_no_cut_is_found_in_one_shot(age: str) -> None:
    """A camera that travels past people is one shot."""
    frames = shot_frames(41, 30, pan=3, action=2)

    assert editing_of(AGES[age](frames, 2)).shots(numbers_of(frames)) == [(1, 30)]


def test_shots_are_first_and_last_frames() -> None:
    """Frames that show nothing belong to no shot."""
    first, second = shot_frames(1, 6), shot_frames(2, 8)
    frames = np.concatenate([first, np.zeros_like(first[:3]), second])

    editing = editing_of(frames)

    assert (editing.cuts, editing.blanks) == ((10,), (7, 8, 9))
    assert editing.shots(numbers_of(frames)) == [(1, 6), (10, 17)]


def test_black_frames_inside_a_shot_are_no_cut() -> None:
    """What goes on after black is the same shot."""
    frames = shot_frames(3, 14)
    frames[6:8] = 0

    assert editing_of(frames).cuts == ()


@pytest.mark.parametrize("length", [1, 2, 4])
def test_interruptions_are_no_cuts(length: int) -> None:
    """A few frames of something else, a flash that hides all or a hand, are named."""
    frames = shot_frames(4, 20)
    frames[9 : 9 + length] = shot_frames(5, length)

    editing = editing_of(frames)

    assert editing.cuts == ()
    assert editing.interruptions == tuple(range(10, 10 + length))


def test_splice_frame_is_one_cut() -> None:
    """A strange frame between two shots makes one cut of them, not two."""
    parts = [shot_frames(6, 8), shot_frames(7, 1), shot_frames(8, 8)]

    editing = editing_of(np.concatenate(parts))

    assert (editing.cuts, editing.interruptions) == ((10,), (9,))


def test_letterbox_does_not_hide_cuts() -> None:
    """Borders are alike on both sides of a cut, and count for nothing."""
    frames, cuts = film(9, shots=3, length=12)
    frames[:, :14] = frames[:, -14:] = 0.0
    frames[:, :, :20] = frames[:, :, -20:] = 0.01

    assert editing_of(frames).cuts == cuts


def test_nothing_is_said_where_frames_are_missing() -> None:
    """Between frame 6 and frame 20 much may have happened."""
    frames = np.concatenate([shot_frames(1, 6), shot_frames(2, 6)])

    assert find_cuts(tones_of(frames), (*range(1, 7), *range(20, 26))).cuts == ()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_frames_have_no_cut(count: int) -> None:
    """Where nothing says what is usual, nothing is unusual."""
    noise = np.random.default_rng(0).random((count, 54, 96), np.float32)

    assert find_cuts(noise, tuple(range(count))).cuts == ()


def test_blank_frames_alone_have_no_cut() -> None:
    """A sequence that shows nothing at all is no shot."""
    grey = np.full((5, 54, 96), 0.4, np.float32)

    editing = find_cuts(grey, (1, 2, 3, 4, 5))

    assert (editing.cuts, editing.blanks) == ((), (1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    "length",
    [6, pytest.param(12, marks=pytest.mark.slow), pytest.param(24, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("age", ["fresh", "extremely faded"])
def test_dissolve_is_found_with_its_frames(length: int, age: str) -> None:
    """Where the cameras stand still, to within two frames."""
    frames = dissolved(still_frames(11, 14 + length), still_frames(12, 14 + length), length)

    found = find_dissolves(tones_of(AGES[age](frames, 3)), numbers_of(frames))

    assert [one.kind for one in found] == ["dissolve"]
    assert found[0].first == pytest.approx(15, abs=2)
    assert found[0].last == pytest.approx(14 + length, abs=2)


@pytest.mark.parametrize("moves", EACH_MOVE)
def test_no_dissolve_is_found_in_one_shot(moves: dict[str, Any]) -> None:
    """Pictures that travel take each other's place, but not at half strength."""
    frames = shot_frames(31, 40, **moves)

    assert find_dissolves(tones_of(frames), numbers_of(frames)) == []


@pytest.mark.slow
def test_dissolves_of_moving_shots_are_mostly_found() -> None:
    """Of 24 between slow pans more than half; in 1,200 frames of moving shots at most two false."""
    found, false = 0, 0
    for seed in range(12):
        for length in (8, 16):
            first, second = (shot_frames(seed + at, 20 + length, pan=0.6) for at in (300, 400))
            frames = dissolved(first, second, length)
            found += bool(find_dissolves(tones_of(frames), numbers_of(frames)))
    for seed in range(20):
        frames = shot_frames(seed + 500, 60, **MOVES[seed % len(MOVES)])
        false += len(find_dissolves(tones_of(frames), numbers_of(frames)))

    assert found > 12
    assert false <= 2


@pytest.mark.parametrize("age", ["fresh", "grainy", "extremely faded"])
def test_fades_are_found_both_ways(age: str) -> None:
    """Out to black and in again, each with its frames."""
    out = faded_out(shot_frames(13, 24), 12)
    frames = np.concatenate([out, np.zeros_like(out[:3]), faded_out(shot_frames(14, 24), 12)[::-1]])

    found = find_fades(tones_of(AGES[age](frames, 4)), numbers_of(frames))

    assert [one.kind for one in found] == ["fade out", "fade in"]
    assert found[0].first == pytest.approx(13, abs=2)
    assert found[1].last == pytest.approx(39, abs=2)


def test_fade_to_white_is_a_fade() -> None:
    """What light does not take away, it drowns."""
    frames = 1 - faded_out(1 - shot_frames(15, 24), 10)

    found = find_fades(tones_of(frames), numbers_of(frames))

    assert [one.kind for one in found] == ["fade out"]


@pytest.mark.parametrize("moves", EACH_MOVE)
def test_no_fade_is_found_in_one_shot(moves: dict[str, Any]) -> None:
    """Moving and flickering is no fading."""
    frames = with_flicker(shot_frames(32, 40, **moves), 0.04)

    assert find_fades(tones_of(frames), numbers_of(frames)) == []


def test_going_out_of_focus_is_no_fade() -> None:
    """Detail goes, and the light stays."""
    import cv2

    frames = still_frames(16, 20)
    for row in range(8, 20):
        frames[row] = cv2.GaussianBlur(frames[row], (0, 0), (row - 7) * 1.5)

    assert find_fades(tones_of(frames), numbers_of(frames)) == []


@pytest.mark.parametrize("age", ["fresh", "grainy", "flickering"])
@pytest.mark.parametrize("length", [1, 2])
def test_flash_is_found_in_flicker(age: str, length: int) -> None:
    """One or two frames of far more light than the flicker's."""
    frames = AGES[age](shot_frames(17, 24), 5)
    frames[11 : 11 + length] = 0.35 + 0.8 * frames[11 : 11 + length]

    found = find_flashes(tones_of(frames), numbers_of(frames))

    assert found == list(range(12, 12 + length))


@pytest.mark.parametrize("age", EACH_AGE)
def test_no_flash_is_found_elsewhere(age: str) -> None:
    """Cuts, grain, fades and flicker are no flashes."""
    frames, _ = film(33, shots=3, length=16)

    assert find_flashes(tones_of(AGES[age](frames, 6)), numbers_of(frames)) == []
