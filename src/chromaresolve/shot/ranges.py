"""Frame ranges, inclusive as editors count, in Open Job Description's range grammar.

`1-100`, `1-10,20-30:2`, `7`, `10-1:-3`. The part after the colon is the step. Written by hand: the
sequence library reads `20-30:2` as something else (every frame, then a stagger).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chromaresolve.errors import UsageError

PART = re.compile(r"^\s*(-?\d+)(?:\s*-\s*(-?\d+)(?:\s*:\s*(-?\d+))?)?\s*$")
"""One range of the grammar: start, optional end, optional step."""

MAX_FRAMES = 10_000_000
"""More frames than any film has (a three-hour film at 24 has 259,200): a larger range is a slip."""


@dataclass(frozen=True, slots=True)
class FrameRange:
    """A set of frame numbers in rising order."""

    frames: tuple[int, ...]
    """The frame numbers, rising, without repeats; never empty."""

    @classmethod
    def parse(cls, text: str) -> FrameRange:
        """Read a range such as `1-10,20-30:2`.

        Raises:
            UsageError: The text is not a range.
        """
        frames: set[int] = set()
        for part in text.split(","):
            frames.update(_read_part(part, text))
        return cls(tuple(sorted(frames)))

    @classmethod
    def of(cls, frames: Iterable[int]) -> FrameRange:
        """Make a range of frame numbers in any order."""
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
        return frame in set(self.frames)

    def __str__(self) -> str:
        """Write the shortest range: runs of equal steps are joined."""
        return ",".join(_write_run(run) for run in _runs(self.frames))


def _read_part(part: str, text: str) -> range:
    match = PART.match(part)
    if not match:
        raise UsageError(f"frames {text!r}: {part!r} is not a range: write 1-100 or 1-10,20-30:2")
    start = int(match[1])
    end = start if match[2] is None else int(match[2])
    step = int(match[3]) if match[3] is not None else 1
    if step == 0:
        raise UsageError(f"frames {text!r}: the step in {part!r} is 0: write 1 or more")
    if (end - start) * step < 0:
        raise UsageError(f"frames {text!r}: {part!r} runs backwards: write the lower frame first")
    if abs(end - start) // abs(step) >= MAX_FRAMES:
        raise UsageError(f"frames {text!r}: {part!r} is more than {MAX_FRAMES:,} frames")
    return range(start, end + (1 if step > 0 else -1), step)


def _runs(frames: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    begin = 0
    while begin < len(frames):
        end = begin + 1
        if end < len(frames):
            step = frames[end] - frames[begin]
            while end < len(frames) and frames[end] - frames[end - 1] == step:
                end += 1
            # Two frames a step apart are shorter written singly, unless they are neighbours.
            if end - begin == 2 and step != 1:
                end = begin + 1
        yield frames[begin:end]
        begin = end


def _write_run(run: tuple[int, ...]) -> str:
    if len(run) == 1:
        return str(run[0])
    step = run[1] - run[0]
    return f"{run[0]}-{run[-1]}" if step == 1 else f"{run[0]}-{run[-1]}:{step}"
