"""Frame ranges, inclusive as editors count, in Open Job Description's range grammar.

`1-100`, `1-10,20-30:2`, `7`, `10-1:-3`. The part after the colon is the step. Written by hand: the
sequence library reads `20-30:2` as something else (every frame, then a stagger).

The grammar is `<IntRangeExpr>` of the Template Schemas 2023-09, section 3.4.1.1.1. There, ranges
must not overlap; here those that do are read as one set, and what is written never overlaps.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from chromaresolve.errors import UsageError

NUMBER = r"-?[0-9]{1,18}"
"""A frame number; no more digits than 64 bits hold, which is what render farms count with."""

PART = re.compile(
    rf"[ \t]*({NUMBER})[ \t]*(?:-[ \t]*({NUMBER})[ \t]*(?::[ \t]*({NUMBER})[ \t]*)?)?",
)
"""One range of the grammar: start, optional end, optional step."""

TOKEN = re.compile(r"#+|%\d*d")
"""A frame number's place in a name: `####` or `%04d` (four digits or more), `%d` (any)."""

MAX_FRAMES = 1_000_000
"""More frames than any film has (a three-hour film at 24 has 259,200): a larger range is a slip."""

TOO_MANY = f"is more than {MAX_FRAMES:,} frames: write the shot's own"
"""What is said of a larger one."""


@dataclass(frozen=True, slots=True)
class FrameRange:
    """A set of frame numbers in rising order."""

    frames: tuple[int, ...]
    """The frame numbers, rising, without repeats; never empty."""

    def __post_init__(self) -> None:
        """Hold to what is said of the frames.

        Raises:
            UsageError: There is no frame, or they do not rise.
        """
        if not self.frames:
            raise UsageError("no frame is left in the range: ask for one at least")
        if any(a >= b for a, b in pairwise(self.frames)):
            raise UsageError("frames of a range must rise: sort them, and keep one of each")

    @classmethod
    def parse(cls, text: str) -> FrameRange:
        """Read a range such as `1-10,20-30:2`.

        Raises:
            UsageError: The text is not a range.
        """
        frames: set[int] = set()
        for part in text.split(","):
            frames.update(_read_part(part))
            if len(frames) > MAX_FRAMES:
                raise _problem(text, TOO_MANY)
        return cls(tuple(sorted(frames)))

    @classmethod
    def of(cls, frames: Iterable[int]) -> FrameRange:
        """Make a range of frame numbers in any order.

        Raises:
            UsageError: There is no frame number.
        """
        return cls(tuple(sorted(set(frames))))

    @property
    def first(self) -> int:
        """The lowest frame number."""
        return self.frames[0]

    @property
    def last(self) -> int:
        """The highest frame number."""
        return self.frames[-1]

    def __iter__(self) -> Iterator[int]:
        """Go through the frames in rising order."""
        return iter(self.frames)

    def __len__(self) -> int:
        """Count the frames."""
        return len(self.frames)

    def __contains__(self, frame: int) -> bool:
        """Say whether the frame is in the range."""
        place = bisect_left(self.frames, frame)
        return place < len(self.frames) and self.frames[place] == frame

    def __str__(self) -> str:
        """Write the range as `parse` reads it: runs of equal steps are joined."""
        return ",".join(_write_run(run) for run in _runs(self.frames))


def _read_part(part: str) -> range:
    match = PART.fullmatch(part)
    if not match:
        raise _problem(part, "is not a range: write 1-100 or 1-10,20-30:2")
    start = int(match[1])
    end = start if match[2] is None else int(match[2])
    step = 1 if match[3] is None else int(match[3])
    if step == 0:
        raise _problem(part, "has a step of 0: write 1 or more")
    if (end - start) * step < 0:
        raise _problem(part, "runs backwards: write the lower frame first, and a step above 0")
    frames = range(start, end + (1 if step > 0 else -1), step)
    if len(frames) > MAX_FRAMES:
        raise _problem(part, TOO_MANY)
    return frames


def _problem(text: str, problem: str) -> UsageError:
    return UsageError(f"frames {text.strip()!r}: {problem}")


def _runs(frames: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    begin = 0
    while begin < len(frames):
        end = _end_of_run(frames, begin)
        # Two frames some steps apart are shorter written singly.
        if end - begin == 2 and frames[begin + 1] - frames[begin] > 1:
            end = begin + 1
        yield frames[begin:end]
        begin = end


def _end_of_run(frames: tuple[int, ...], begin: int) -> int:
    """Return the place after the last frame that follows from `begin` in equal steps."""
    end = begin + 1
    while end < len(frames) and frames[end] - frames[end - 1] == frames[begin + 1] - frames[begin]:
        end += 1
    return end


def _write_run(run: tuple[int, ...]) -> str:
    if len(run) == 1:
        return str(run[0])
    step = run[1] - run[0]
    return f"{run[0]}-{run[-1]}" if step == 1 else f"{run[0]}-{run[-1]}:{step}"
