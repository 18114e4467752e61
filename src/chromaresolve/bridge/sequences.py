"""Image sequences as Resolve, the tool and a folder name them, and rendered files renamed.

Three spellings of one thing: `NAME_%04d.exr` (what Resolve imports), `NAME_####.exr` (what the
tool writes down) and `NAME_[1001-1100].exr` (how Resolve shows it). The last run of digits in a
file's name is its frame number.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from .errors import BridgeError

PICTURES = frozenset({".cin", ".dpx", ".exr", ".jpeg", ".jpg", ".png", ".tga", ".tif", ".tiff"})
"""Endings of the still formats that Resolve reads as sequences; other files beside them do not
count."""

NUMBERED = re.compile(r"(.*?)([0-9]+)([^0-9]*)", re.DOTALL)
"""A name before, in and after its last run of digits."""

PLACE = re.compile(r"#+|%(?:0([0-9]+))?d")
"""Where a pattern has its frame number: `####`, `%04d` or `%d`."""

CONSOLIDATED = re.compile(r"\[([0-9]+)-([0-9]+)\](?!.*\[[0-9]+-[0-9]+\])")
"""The last `[1001-1100]` of a name."""

SHOWN_GAPS = 5
"""So many missing frames are named one by one."""


class ImageSequence(NamedTuple):
    """The frames of one sequence in one folder."""

    folder: Path
    """Where they are."""
    before: str
    """The names before the frame number."""
    digits: int
    """The fewest digits a frame number is written with."""
    after: str
    """The names after the frame number."""
    frames: Tuple[int, ...]
    """The numbers that are there, in order."""

    @property
    def first(self) -> int:
        """The lowest frame number."""
        return self.frames[0]

    @property
    def last(self) -> int:
        """The highest frame number."""
        return self.frames[-1]

    @property
    def missing(self) -> Tuple[int, ...]:
        """The numbers between the first and the last that are not there."""
        there = set(self.frames)
        return tuple(n for n in range(self.first, self.last + 1) if n not in there)

    @property
    def files(self) -> Tuple[Path, ...]:
        """Every frame's file, in order."""
        return tuple(self.file(frame) for frame in self.frames)

    @property
    def pattern(self) -> str:
        """The whole path as Resolve imports it, such as `/plates/NAME_%04d.exr`."""
        return str(self.folder / f"{self.before}%0{self.digits}d{self.after}")

    @property
    def hashes(self) -> str:
        """The name as the tool writes it, such as `NAME_####.exr`."""
        return f"{self.before}{'#' * self.digits}{self.after}"

    @property
    def resolve_name(self) -> str:
        """The name as Resolve shows it, such as `NAME_[1001-1100].exr`."""
        first, last = (f"{n:0{self.digits}}" for n in (self.first, self.last))
        return f"{self.before}[{first}-{last}]{self.after}"

    def file(self, frame: int) -> Path:
        """Return the file of a frame, whether it is there or not."""
        return self.folder / f"{self.before}{frame:0{self.digits}}{self.after}"


def find_sequences(folder: Path) -> List[ImageSequence]:
    """Find every sequence in a folder, in the order of their names.

    Raises:
        BridgeError: There is no such folder.
    """
    groups: Dict[Tuple[str, str], List[str]] = {}
    for name in _names(folder):
        match = NUMBERED.fullmatch(name)
        if match and Path(name).suffix.lower() in PICTURES:
            groups.setdefault((match[1], match[3]), []).append(match[2])
    return [
        ImageSequence(folder.absolute(), before, digits, after, frames)
        for (before, after), numbers in sorted(groups.items())
        for digits, frames in _by_digits(numbers)
    ]


def find_sequence(place: Path) -> ImageSequence:
    """Find the one sequence that a folder, a pattern, or one of its files stands for.

    Raises:
        BridgeError: There is none, or more than one.
    """
    if place.is_dir():
        return _only(place, find_sequences(place))
    beside = find_sequences(place.parent)
    match = PLACE.search(place.name) or CONSOLIDATED.search(place.name)
    if match:
        before, after = place.name[: match.start()], place.name[match.end() :]
        found = [
            one
            for one in beside
            if (one.before, one.after) == (before, after) and _fits(match, one)
        ]
        return _only(place, found)
    return _only(place, [one for one in beside if place.absolute() in one.files])


def parse_resolve_path(text: str) -> ImageSequence | None:
    """Return the sequence that a clip's `File Path` names; None for a movie or a plain still.

    `…/name.[1001-1100].exr` is taken at its word, `…/name.%04d.exr` is looked for on disk, and
    `…/name.1001.exr` is a sequence of one frame.

    Raises:
        BridgeError: It is a pattern, and nothing matches it.
    """
    path = Path(text)
    match = CONSOLIDATED.search(path.name)
    if match:
        frames = tuple(range(int(match[1]), int(match[2]) + 1))
        if not frames:
            raise BridgeError(text, "ends before it begins", "relink the clip in Resolve")
        before, after = path.name[: match.start()], path.name[match.end() :]
        return ImageSequence(path.parent, before, len(match[1]), after, frames)
    if PLACE.search(path.name):
        return find_sequence(path)
    number = NUMBERED.fullmatch(path.name)
    if not number or path.suffix.lower() not in PICTURES:
        return None
    return ImageSequence(path.parent, number[1], len(number[2]), number[3], (int(number[2]),))


def renumber(
    files: Iterable[Path],
    prefix: Path,
    first: int,
    *,
    count: int,
    digits: int = 4,
    replace: bool = False,
) -> List[Path]:
    """Give rendered files their final names, such as `prefix` + `1001.exr`; return those.

    Resolve's own numbers say only the order, whatever their digits and folders are. Either all
    files get their names or, as far as the disk lets them, none.

    Args:
        files: What was rendered.
        prefix: Folder and start of the final names; the folder is made.
        first: The first final number.
        count: So many frames were to be rendered.
        digits: The fewest digits of a final number.
        replace: Whether files that have those names already may be replaced.

    Raises:
        BridgeError: There are too few or too many, numbers are missing, or a name is taken.
    """
    rendered = _in_order(files, count)
    last = first + count - 1
    final = [
        prefix.with_name(f"{prefix.name}{number:0{digits}}{rendered[0].suffix.lower()}")
        for number in range(first, last + 1)
    ]
    taken = [path for path in final if path.exists() and path not in rendered]
    if taken and not replace:
        cause = f"{len(taken)} of the final names are taken, such as {taken[0].name!r}"
        raise BridgeError(str(prefix.parent), cause, "move those files away, or allow replacing")
    moves = list(zip(rendered, final))
    # A file may get the name that another has now: that one must have moved before.
    _move_all(moves if _number(final[0]) <= _number(rendered[0]) else moves[::-1])
    return final


def gaps_in_words(frames: Sequence[int]) -> str:
    """Say which frames are missing: the first few, and how many more."""
    named = ", ".join(map(str, frames[:SHOWN_GAPS]))
    more = len(frames) - SHOWN_GAPS
    return f"{named} and {more} more" if more > 0 else named


def _names(folder: Path) -> List[str]:
    try:
        return sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))
    except OSError as error:
        cause = f"is no folder that can be read ({error.strerror or error})"
        raise BridgeError(str(folder), cause, "choose the folder that holds the frames") from error


def _by_digits(numbers: Sequence[str]) -> List[Tuple[int, Tuple[int, ...]]]:
    """Divide numbers into sequences: 998, 999, 1000 is one; 001 and 0001 are of two.

    A number with leading zeros has as many digits as its sequence; one without may be of any
    sequence with as many or fewer.
    """
    padded = {len(number) for number in numbers if number.startswith("0")}
    free = [number for number in numbers if not number.startswith("0")]
    found: Dict[int, List[int]] = {}
    for number in numbers:
        if number.startswith("0"):
            digits = len(number)
        else:
            fitting = [width for width in padded if width <= len(number)]
            digits = max(fitting) if fitting else min(map(len, free))
        found.setdefault(digits, []).append(int(number))
    return [(digits, tuple(sorted(frames))) for digits, frames in sorted(found.items())]


def _fits(match: re.Match[str], one: ImageSequence) -> bool:
    token = match[0]
    if token.startswith("#"):
        digits = len(token)
    else:
        digits = int(match[1] or 1) if token.startswith("%") else len(match[1])
    # Numbers that never were shorter do not show how many digits they are filled up to.
    return one.digits >= digits if one.first >= 10 ** (one.digits - 1) else one.digits == digits


def _only(place: Path, found: Sequence[ImageSequence]) -> ImageSequence:
    if len(found) == 1:
        return found[0]
    if not found:
        remedy = "choose a folder with numbered frames, such as NAME_1001.exr"
        raise BridgeError(str(place), "there is no image sequence", remedy)
    names = ", ".join(one.resolve_name for one in found)
    cause = f"there are {len(found)} image sequences: {names}"
    raise BridgeError(str(place), cause, f"choose one, such as {found[0].hashes}")


def _in_order(files: Iterable[Path], count: int) -> List[Path]:
    numbered: Dict[int, Path] = {}
    for path in files:
        number = _number(path)
        if number in numbered:
            cause = f"has the number of {numbered[number].name!r}"
            raise BridgeError(str(path), cause, "empty the folder and render again")
        numbered[number] = path
    endings = sorted({path.suffix.lower() for path in numbered.values()})
    if not numbered or len(numbered) != count or len(endings) > 1:
        came = f"{len(numbered)} files ({', '.join(endings) or 'none'})"
        cause = f"{came} came, and {count} of one format were to come"
        raise BridgeError("the render", cause, "look at Resolve's render queue, and render again")
    missing = [n for n in range(min(numbered), max(numbered) + 1) if n not in numbered]
    if missing:
        cause = f"frames are missing: {gaps_in_words(missing)}"
        raise BridgeError("the render", cause, "empty the folder and render again")
    return [numbered[number] for number in sorted(numbered)]


def _number(path: Path) -> int:
    match = NUMBERED.fullmatch(path.name)
    if not match:
        raise BridgeError(str(path), "has no frame number", "empty the folder and render again")
    return int(match[2])


def _move_all(moves: Sequence[Tuple[Path, Path]]) -> None:
    done: List[Tuple[Path, Path]] = []
    try:
        for rendered, final in moves:
            final.parent.mkdir(parents=True, exist_ok=True)
            rendered.replace(final)
            done.append((rendered, final))
    except OSError as error:
        for rendered, final in reversed(done):
            with contextlib.suppress(OSError):
                final.replace(rendered)
        cause = f"a rendered file could not be moved there ({error.strerror or error})"
        remedy = "look whether the folder may be written to and no program holds its files"
        raise BridgeError(str(moves[len(done)][1]), cause, remedy) from error
