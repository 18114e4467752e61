"""Frame ranges: Open Job Description's grammar, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chromaresolve.errors import UsageError
from chromaresolve.shot import FrameRange
from chromaresolve.shot.ranges import MAX_FRAMES

FRAME_NUMBERS = st.integers(-200, 200)
"""Close together, so that runs, gaps and repeats all come about."""

RUNS = st.builds(
    lambda first, count, step: set(range(first, first + count * step, step)),
    st.integers(-(10**12), 10**12),
    st.integers(1, 40),
    st.integers(1, 9),
)
"""Frames in equal steps, as people count them, at any distance from 0."""


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        pytest.param("1 - 5", [1, 2, 3, 4, 5], id="the specification's spaces"),
        pytest.param("-1 - 1", [-1, 0, 1], id="the specification's negative start"),
        pytest.param("1-5:2", [1, 3, 5], id="the specification's step"),
        pytest.param("7", [7], id="one frame"),
        pytest.param("-7", [-7], id="one negative frame"),
        pytest.param("0-0", [0], id="from a frame to itself"),
        pytest.param("5-5:-1", [5], id="from a frame to itself, downwards"),
        pytest.param("1-10:2", [1, 3, 5, 7, 9], id="step that misses the end"),
        pytest.param("1-10:100", [1], id="step beyond the end"),
        pytest.param("10-1:-3", [1, 4, 7, 10], id="downwards"),
        pytest.param("9-1:-3", [3, 6, 9], id="downwards, missing the end"),
        pytest.param("-3--1", [-3, -2, -1], id="both ends negative"),
        pytest.param("-1--5:-2", [-5, -3, -1], id="negative, downwards"),
        pytest.param("\t1 -\t3 : 2 ", [1, 3], id="tabs and spaces anywhere"),
        pytest.param("1-3,7,20-24:2", [1, 2, 3, 7, 20, 22, 24], id="list"),
        pytest.param("20-22, 1-3", [1, 2, 3, 20, 21, 22], id="list out of order"),
        pytest.param("1-5,3-7,4", [1, 2, 3, 4, 5, 6, 7], id="overlaps are one set"),
        pytest.param("0001-0003", [1, 2, 3], id="leading zeros"),
        pytest.param("86399998-86400000", [86399998, 86399999, 86400000], id="eight digits"),
    ],
)
def test_parse_reads_the_grammar(text: str, frames: list[int]) -> None:
    """Template Schemas 2023-09, section 3.4.1.1.1: inclusive, and always rising."""
    assert list(FrameRange.parse(text)) == frames


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "frames '': is not a range: write 1-100", id="nothing"),
        pytest.param("1-5,", "frames '': is not a range", id="comma at the end"),
        pytest.param("1,,3", "frames '': is not a range", id="two commas"),
        pytest.param("a-b", "frames 'a-b': is not a range", id="letters"),
        pytest.param("1-5, x", "frames 'x': is not a range", id="only the part that is wrong"),
        pytest.param("1-", "frames '1-': is not a range", id="no end"),
        pytest.param("1..5", "frames '1..5': is not a range", id="dots"),
        pytest.param("1-5:", "frames '1-5:': is not a range", id="no step"),
        pytest.param("1-5x2", "frames '1-5x2': is not a range", id="another program's step"),
        pytest.param("1:2", "frames '1:2': is not a range", id="step without an end"),
        pytest.param("1.5", "frames '1.5': is not a range", id="half a frame"),
        pytest.param("+1", "frames '+1': is not a range", id="plus"),
        pytest.param("1 2", "frames '1 2': is not a range", id="space between"),
        pytest.param("1-5\n", "frames '1-5': is not a range", id="line feed"),
        pytest.param("\u0661-\u0665", "is not a range", id="digits of another script"),
        pytest.param("9" * 5000, "is not a range", id="more digits than a number has"),
        pytest.param("1-5:0", "frames '1-5:0': has a step of 0: write 1 or more", id="step 0"),
        pytest.param("5-1", "frames '5-1': runs backwards: write the lower", id="backwards"),
        pytest.param("1 - -1", "frames '1 - -1': runs backwards", id="backwards over 0"),
        pytest.param("1-5:-1", "frames '1-5:-1': runs backwards", id="step against it"),
        pytest.param("5-1:2", "frames '5-1:2': runs backwards", id="downwards, step upwards"),
        pytest.param("1-9999999", "'1-9999999': is more than 1,000,000 frames", id="a slip"),
        pytest.param(
            "1-700000,1000001-1700000", "1700000': is more than 1,000,000", id="a slip in parts"
        ),
        pytest.param(f"-{'9' * 18}-{'9' * 18}", "is more than 1,000,000 frames", id="a farm's all"),
    ],
)
def test_parse_refuses_in_one_sentence(text: str, sentence: str) -> None:
    """What is wrong and what to write; nothing is guessed."""
    with pytest.raises(UsageError, match=re.escape(sentence)) as raised:
        FrameRange.parse(text)

    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        pytest.param([1, 2, 3, 4], "1-4", id="run"),
        pytest.param([1, 2], "1-2", id="two neighbours"),
        pytest.param([1, 3], "1,3", id="two apart"),
        pytest.param([1, 3, 5], "1-5:2", id="equal steps"),
        pytest.param([1, 3, 4, 5, 6], "1,3-6", id="a frame before a run"),
        pytest.param([1, 2, 3, 5, 7, 9, 20], "1-3,5-9:2,20", id="runs of several kinds"),
        pytest.param([-5, -4, -3, 0], "-5--3,0", id="negative"),
        pytest.param([9, 1, 5, 5, 1], "1-9:4", id="any order, repeats"),
    ],
)
def test_str_joins_runs_of_equal_steps(frames: list[int], text: str) -> None:
    """Short, and as people write it."""
    assert str(FrameRange.of(frames)) == text


@given(st.one_of(st.sets(FRAME_NUMBERS, min_size=1), st.sets(RUNS.map(frozenset), min_size=1)))
@settings(deadline=None)
def test_parse_reads_back_what_str_writes(frames: set[int] | set[frozenset[int]]) -> None:
    """Every set of frames, written and read, is the same set."""
    numbers = {n for part in frames for n in (part if isinstance(part, frozenset) else {part})}
    written = FrameRange.of(numbers)

    assert FrameRange.parse(str(written)) == written
    assert set(written) == numbers


@given(st.sets(FRAME_NUMBERS, min_size=1))
@settings(deadline=None)
def test_str_is_what_every_render_farm_reads(frames: set[int]) -> None:
    """The specification forbids ranges that overlap; ours rise and never do."""
    ends = [
        (int(match[1]), int(match[2] or match[1]))
        for part in str(FrameRange.of(frames)).split(",")
        if (match := re.fullmatch(r"(-?\d+)(?:-(-?\d+)(?::\d+)?)?", part))
    ]

    assert all(start <= end for start, end in ends)
    assert all(a[1] < b[0] for a, b in pairwise(ends))


@given(st.lists(st.tuples(FRAME_NUMBERS, FRAME_NUMBERS, st.integers(1, 7)), min_size=1))
@settings(deadline=None)
def test_parse_agrees_with_python(parts: list[tuple[int, int, int]]) -> None:
    """Each part is Python's `range` with the end included, upwards or downwards."""
    text, expected = [], set[int]()
    for start, end, size in parts:
        step = size if end >= start else -size
        text.append(f"{start}-{end}:{step}")
        expected |= set(range(start, end + (1 if step > 0 else -1), step))

    assert set(FrameRange.parse(",".join(text))) == expected


@given(st.sets(FRAME_NUMBERS, min_size=1))
@settings(deadline=None)
def test_contains_is_true_for_its_own_frames_only(frames: set[int]) -> None:
    """Every number in reach is asked for, also below the first and above the last."""
    spread = FrameRange.of(frames)

    assert {n for n in range(-205, 206) if n in spread} == frames


def test_contains_does_not_go_through_the_frames() -> None:
    """A loop over a long shot that asks for each frame takes no quadratic time."""

    class Watched(tuple[int, ...]):
        __slots__ = ()

        def __iter__(self) -> Iterator[int]:
            walks.append(len(self))
            return super().__iter__()

    walks: list[int] = []
    long_shot = FrameRange(Watched(range(1, 100_001)))
    walks.clear()

    assert 99_999 in long_shot
    assert 100_001 not in long_shot
    assert walks == []


def test_range_knows_its_ends_and_its_length() -> None:
    """First, last, how many; equal ranges are equal, and can be kept in sets."""
    frames = FrameRange.parse("3-9:3,100")

    assert (frames.first, frames.last, len(frames)) == (3, 100, 4)
    assert frames == FrameRange.of([100, 9, 6, 3])
    assert len({frames, FrameRange.parse("3-9:3,100")}) == 1


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        pytest.param((), "no frame is left", id="none"),
        pytest.param((2, 1), "must rise", id="falling"),
        pytest.param((1, 1), "must rise", id="twice"),
    ],
)
def test_range_refuses_what_it_says_it_never_is(frames: tuple[int, ...], sentence: str) -> None:
    """`first`, `last` and `in` rely on it."""
    with pytest.raises(UsageError, match=sentence):
        FrameRange(frames)


def test_longest_range_is_still_read() -> None:
    """The bound itself is allowed."""
    assert len(FrameRange.parse(f"1-{MAX_FRAMES}")) == MAX_FRAMES
