"""Fields, pulldown, repeats and retimes, found in painted film whose rhythm is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chromaresolve.fade import EXTREME, MILD
from chromaresolve.turnover import Finding, check
from chromaresolve.turnover.cadence import find_cadence
from chromaresolve.turnover.repeats import find_repeats
from footage import (
    Frames,
    faded,
    handed_over,
    interlaced,
    pulled_down,
    shot_frames,
    still_frames,
    surveyed,
    telecined,
    with_grain,
)
from tiny import still

BIG: dict[str, Any] = {"width": 320, "height": 180, "pan": 4.0}
"""Large and lively enough for fields to differ."""


def said(root: Path, source: Frames, reference: Frames) -> dict[str, Finding]:
    """Check what is handed over; what was found, by subject."""
    _, findings = check(handed_over(root, source, reference), on_progress=still)
    return {finding.subject: finding for finding in findings}


@pytest.mark.parametrize("phase", [0, 3])
def test_pulldown_is_found_with_its_phase(phase: int) -> None:
    """Two of every five frames, wherever the rhythm begins."""
    video = pulled_down(shot_frames(1, 20, **BIG))[phase:]
    seen = surveyed(video, first=101)

    cadence = find_cadence(seen.comb, seen.frames)

    expected = [n for n in seen.frames if (n - 101 + phase) % 5 in (2, 3)]
    assert cadence.kind == "3:2 pulldown"
    assert cadence.combed == tuple(expected)
    assert cadence.phase == (101 - phase + 2) % 5


def test_pulldown_is_found_under_a_fade() -> None:
    """Grain and fading do not hide it."""
    video = faded(pulled_down(shot_frames(2, 20, **BIG)), EXTREME)
    seen = surveyed(video)

    assert find_cadence(seen.comb, seen.frames).kind == "3:2 pulldown"


def test_advanced_pulldown_is_one_in_five() -> None:
    """2:3:3:2 has a single frame of two moments in every five."""
    comb = np.tile(np.array([0, 0, 0.9, 0, 0], np.float32), 5)

    cadence = find_cadence(comb, tuple(range(1, 26)))

    assert (cadence.kind, cadence.phase) == ("2:3:3:2 pulldown", 3)


def test_pulldown_of_a_still_beginning_is_found() -> None:
    """Where nothing moves, two fields are alike; the rhythm is known from the rest."""
    comb = np.tile(np.array([0, 0, 0.9, 0.8, 0], np.float32), 6)
    comb[:13] = 0

    assert find_cadence(comb, tuple(range(30))).kind == "3:2 pulldown"


def test_interlaced_video_is_no_pulldown() -> None:
    """Every frame shows two moments."""
    moments = shot_frames(3, 21, **BIG)
    seen = surveyed(interlaced(moments[:-1], moments[1:]))

    cadence = find_cadence(seen.comb, seen.frames)

    assert (cadence.kind, len(cadence.combed)) == ("interlaced", 20)


def test_some_combed_frames_are_named() -> None:
    """Without a rhythm, the frames alone."""
    comb = np.zeros(20, np.float32)
    comb[[4, 11]] = 0.8

    assert find_cadence(comb, tuple(range(1, 21))).combed == (5, 12)
    assert find_cadence(comb, tuple(range(1, 21))).kind == "mixed"


@pytest.mark.parametrize("age", ["fresh", "grainy", "faded", "telecined"])
def test_film_is_progressive(age: str) -> None:
    """Whatever has happened to it since."""
    frames = shot_frames(4, 12, **BIG)
    aged = {
        "fresh": frames,
        "grainy": with_grain(frames, 0.06),
        "faded": faded(frames, MILD),
        "telecined": telecined(frames, size=(256, 144)),
    }[age]
    seen = surveyed(aged)

    assert find_cadence(seen.comb, seen.frames).combed == ()


def test_check_names_pulldown(tmp_path: Path) -> None:
    """What it is, in which frames, and what to do."""
    film = shot_frames(5, 16, **BIG)
    video = pulled_down(film)

    finding = said(tmp_path, video, video)["Reference fields"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith("3:2 pulldown: two of every five frames show two moments")
    assert finding.frames == "3-4,8-9,13-14,18-19"
    assert "Pulldown Removal" in finding.remedy


def doubled(frames: Frames, places: list[int]) -> Frames:
    """Return the frames with those at these rows replaced by the one before."""
    copied = frames.copy()
    for place in places:
        copied[place] = copied[place - 1]
    return copied


def test_duplicates_are_found() -> None:
    """The same picture, grain and all."""
    film = doubled(with_grain(shot_frames(6, 20), 0.02), [5, 12])

    assert find_repeats(surveyed(film)) == (6, 13)


def test_compressed_duplicates_are_found() -> None:
    """A repeat that was compressed again differs by less than grain does."""
    film = doubled(with_grain(shot_frames(6, 20), 0.03), [5, 12])
    film += np.random.default_rng(1).normal(0, 0.002, film.shape).astype(np.float32)

    assert find_repeats(surveyed(film)) == (6, 13)


@pytest.mark.parametrize("grain", [0.01, 0.03, 0.08])
def test_still_shots_do_not_repeat(grain: float) -> None:
    """Where nothing moves but the grain, every frame is a new picture."""
    assert find_repeats(surveyed(with_grain(still_frames(7, 12), grain))) == ()


@pytest.mark.parametrize("pan", [0.05, 0.3, 3.0])
def test_slow_shots_do_not_repeat(pan: float) -> None:
    """Without grain, the slightest movement is a new picture."""
    assert find_repeats(surveyed(shot_frames(8, 12, pan=pan, action=pan))) == ()


@pytest.mark.parametrize(
    ("every", "words"),
    [
        pytest.param(5, "24 frames a second shown as 30", id="24 as 30"),
        pytest.param(4, "18 frames a second shown as 24", id="18 as 24"),
        pytest.param(3, "16 frames a second shown as 24", id="16 as 24"),
        pytest.param(2, "every frame shown twice", id="twice"),
        pytest.param(25, "24 frames a second shown as 25", id="24 as 25", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_retime_is_a_pattern_of_repeats(tmp_path: Path, every: int, words: str) -> None:
    """Named with its rate."""
    film = with_grain(shot_frames(9, 3 * every), 0.02)
    retimed = doubled(film, list(range(every - 1, 3 * every, every)))

    finding = said(tmp_path, retimed, film)["Source retime"]

    assert finding.verdict == "note"
    assert finding.sentence.startswith(f"one frame in {every} shows the one before again")
    assert words in finding.sentence


def test_freeze_is_named_by_its_frames(tmp_path: Path) -> None:
    """Five frames of one picture, and a single repeat elsewhere."""
    film = doubled(with_grain(shot_frames(10, 20), 0.02), [4, 5, 6, 11, 12, 16])

    found = said(tmp_path, film, film)

    assert found["Source frozen frames"].sentence == "4-7 and 11-13 show one picture each"
    assert found["Source repeats"].frames == "17"


def test_check_passes_film_that_moves_on(tmp_path: Path) -> None:
    """Every frame is a new picture, on both sides."""
    film = with_grain(shot_frames(11, 10), 0.02)

    found = said(tmp_path, film, telecined(film))

    assert found["Source repeats"].verdict == found["Reference repeats"].verdict == "ok"
