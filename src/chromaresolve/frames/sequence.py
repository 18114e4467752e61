"""Image sequences by pattern: which frames there are, which are missing, which are there twice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fileseq.constants import PAD_STYLE_HASH1
from fileseq.filesequence import FileSequence
from fileseq.frameset import FrameSet

from chromaresolve.errors import FrameError
from chromaresolve.files import TEMPORARY_NAME
from chromaresolve.shot.ranges import TOKEN

NUMBER = re.compile(r"\d+(?=\D*$)")
"""The last number in a name, where the frame number of most sequences stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """The frames that match one pattern on disk."""

    pattern: str
    """As the artist wrote it, relative to the shot's folder or absolute."""
    paths: Mapping[int, Path]
    """Each frame's file, in the order of the frames."""

    @classmethod
    def find(cls, pattern: str, root: Path) -> Self:
        """Find the frames of a pattern such as `plates/SRC_####.exr`, relative to `root`.

        `####` and `%04d` mean four digits or more, so that Resolve's eight digits match too.

        Raises:
            FrameError: The pattern has no single place for the frame number, nothing matches it,
                or one frame has two files.
        """
        before, width, after = _split(pattern)
        folder = (root / pattern).parent
        if not folder.is_dir():
            raise FrameError(pattern, f"no such folder: {str(folder)!r}")
        names = sorted(e.name for e in folder.iterdir() if not TEMPORARY_NAME.match(e.name))
        matching = re.compile(f"{re.escape(before)}([0-9]{{{width},}}){re.escape(after)}")
        paths = _number(pattern, folder, filter(None, map(matching.fullmatch, names)))
        if not paths:
            raise FrameError(pattern, f"no frame in {str(folder)!r}{_suggestion(pattern, names)}")
        return cls(pattern=pattern, paths=dict(sorted(paths.items())))

    @property
    def frames(self) -> tuple[int, ...]:
        """The frame numbers that are there, in order."""
        return tuple(self.paths)

    @property
    def first(self) -> int:
        """The lowest frame number."""
        return self.frames[0]

    @property
    def last(self) -> int:
        """The highest frame number."""
        return self.frames[-1]

    @property
    def gaps(self) -> tuple[int, ...]:
        """The frame numbers missing between the first and the last."""
        return tuple(n for n in range(self.first, self.last + 1) if n not in self.paths)

    def path(self, frame: int) -> Path:
        """Return the file of one frame.

        Raises:
            FrameError: There is no such frame.
        """
        if frame not in self.paths:
            raise FrameError(self.pattern, f"no frame {frame}: there are {FrameSet(self.frames)}")
        return self.paths[frame]


def frame_path(pattern: str, frame: int, root: Path) -> Path:
    """Return where the frame of that number is written; relative patterns start at `root`.

    Raises:
        FrameError: The pattern has no single place for the frame number.
    """
    before, width, after = _split(pattern)
    return (root / pattern).with_name(f"{before}{frame:0{width}}{after}")


def _split(pattern: str) -> tuple[str, int, str]:
    """Return a pattern's file name before and after the frame number, and its fewest digits."""
    name = Path(pattern).name
    tokens = TOKEN.findall(name)
    if not tokens:
        hint = _hashed(name) if NUMBER.search(name) else "name.####.exr"
        raise FrameError(pattern, f"has no place for the frame number: write it as {hint!r}")
    if len(tokens) > 1:
        raise FrameError(pattern, f"has {len(tokens)} places for the frame number: keep one")
    before, after = name.split(tokens[0])
    # fileseq's own default reads each # as four digits; one digit each is what Resolve and Nuke do.
    return before, FileSequence.getPaddingNum(tokens[0], pad_style=PAD_STYLE_HASH1), after


def _number(pattern: str, folder: Path, matches: Iterable[re.Match[str]]) -> dict[int, Path]:
    paths: dict[int, Path] = {}
    for match in matches:
        frame, path = int(match[1]), folder / match[0]
        if frame in paths:
            twice = f"{paths[frame].name!r} and {path.name!r}"
            raise FrameError(pattern, f"frame {frame} is there twice, {twice}: remove one")
        paths[frame] = path
    return paths


def _suggestion(pattern: str, names: Iterable[str]) -> str:
    near = {_hashed(name) for name in names if NUMBER.search(name)}
    closest = difflib.get_close_matches(Path(pattern).name, sorted(near), n=1)
    return f": did you mean {closest[0]!r}?" if closest else ""


def _hashed(name: str) -> str:
    return NUMBER.sub(lambda number: "#" * len(number[0]), name)
