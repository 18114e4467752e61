"""What there is to check: each sequence with its headers and its survey."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from chromaresolve.errors import FrameError
from chromaresolve.frames import Header, Sequence, read_frame, read_header
from chromaresolve.shot import Shot
from chromaresolve.survey import Survey, survey, survey_file
from chromaresolve.telling import Progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """One sequence as it was handed over."""

    name: str
    """`Source` or `Reference`."""
    sequence: Sequence
    """Its frames on disk."""
    headers: Mapping[int, Header]
    """The header of each frame that has one, by frame."""
    others: tuple[str, ...]
    """Channels beside R, G and B, of the first frame that can be read."""
    surveyed: Survey
    """What is to be seen in the frames that belong to the shot."""
    whole: Survey
    """The same of every frame that can be read."""
    rate: Fraction
    """Frames per second, as the shot says."""
    unreadable: Mapping[int, str]
    """Every frame that cannot be read, and why."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the first frame that has a header."""
        return next(map(header_size, self.headers.values()), None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HandOver:
    """Everything that was handed over for one shot."""

    shot: Shot
    """The shot."""
    source: Material
    """The faded scan."""
    reference: Material
    """The better coloured copy."""

    def common(self) -> list[tuple[int, int]]:
        """Return rows of both surveys that the stated offset puts together."""
        rows = {frame: row for row, frame in enumerate(self.reference.surveyed.frames)}
        offset = self.shot.reference.offset
        return [
            (row, rows[frame + offset])
            for row, frame in enumerate(self.source.surveyed.frames)
            if frame + offset in rows
        ]


def look_at(shot: Shot, on_progress: Progress) -> HandOver:
    """Read headers and pictures of both sequences; a frame that cannot be read is remembered.

    Raises:
        FrameError: A sequence is not there.
        StageError: The disk does not take what was seen.
    """
    source = Sequence.find(shot.source.scan, shot.root)
    reference = Sequence.find(shot.reference.sequence, shot.root)
    total = len(source.frames) + len(reference.frames)
    shown = [frame + shot.reference.offset for frame in shot.shot.frames]
    return HandOver(
        shot=shot,
        source=_material(shot, "Source", source, shot.shot.frames, _part(on_progress, 0, total)),
        reference=_material(
            shot, "Reference", reference, shown, _part(on_progress, len(source.frames), total)
        ),
    )


def header_size(header: Header) -> tuple[int, int]:
    """Return the width and height of the pixels that a file holds."""
    return header.data_window.width, header.data_window.height


def runs(frames: tuple[int, ...]) -> Iterator[slice]:
    """Yield the rows of frames that follow one another without a gap."""
    begin = 0
    for row in range(1, len(frames) + 1):
        if row == len(frames) or frames[row] != frames[row - 1] + 1:
            yield slice(begin, row)
            begin = row


def _part(on_progress: Progress, before: int, total: int) -> Progress:
    """Tell how far a part is, as part of the whole."""

    def tell(done: int, _total: int, note: str) -> None:
        on_progress(before + done, total, note)

    return tell


def _material(
    shot: Shot, name: str, sequence: Sequence, shown: Iterable[int], on_progress: Progress
) -> Material:
    cache = survey_file(shot.root, name.lower())
    seen = survey(sequence, cache=cache, on_progress=on_progress)
    # One frame whole: what a header record says of its channels are R, G and B alone.
    others = tuple(read_frame(sequence.path(seen.frames[0])).others) if seen.frames else ()
    belonging = set(shown) & set(seen.frames)
    return Material(
        name=name,
        sequence=sequence,
        headers=_headers(sequence),
        others=others,
        # A Reference that never meets the shot is looked at all the same: to say what it is.
        surveyed=seen.only(belonging) if belonging else seen,
        whole=seen,
        rate=shot.shot.frame_rate,
        unreadable=seen.unreadable,
    )


def _headers(sequence: Sequence) -> dict[int, Header]:
    headers: dict[int, Header] = {}
    for frame, path in sequence.paths.items():
        # What cannot be read is named once, by the survey.
        with suppress(FrameError):
            headers[frame] = read_header(path)
    return headers
