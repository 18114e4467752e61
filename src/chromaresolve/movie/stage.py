"""A shot's review movie: which frames, what is said of them, and their way into the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

from chromaresolve import __version__
from chromaresolve.bridge.timecode import (
    frames_per_day,
    frames_to_timecode,
    is_drop_frame,
    timecode_to_frames,
)
from chromaresolve.composite import display_chain
from chromaresolve.composite.timeline import own_timecode
from chromaresolve.errors import FrameError, UsageError
from chromaresolve.files import sweep
from chromaresolve.frames import Header, Rgb, Sequence, read_header, read_rgb
from chromaresolve.movie.checking import Fidelity, measure_fidelity
from chromaresolve.movie.codecs import VIEWING, Codec, Leader, codec_named
from chromaresolve.movie.planes import Planes, clamp_to_planes, pad_to_even
from chromaresolve.movie.writing import choose_reader, choose_writer
from chromaresolve.recovery.delivery import recovered_pattern
from chromaresolve.recovery.provenance import DIGITAL_SOURCE_TYPE
from chromaresolve.shot import FrameRange, Shot, out_of_date
from chromaresolve.telling import Progress, Say

KINDS = ("recovered", "composite", "plate")
"""What a movie can be of, the default first."""

MADE_BY = {"recovered": "recovery", "composite": "composite"}
"""The stage that makes the frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movie:
    """A movie that was written."""

    path: Path
    """The file."""
    frames: FrameRange
    """The frames in it."""
    leader: Leader
    """What it says of itself."""
    fidelity: Fidelity | None
    """How near its pictures are to the frames; None where that was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Film:
    """The frames on their way."""

    sequence: Sequence
    frames: FrameRange
    to_display: Callable[[Rgb], Rgb]
    codec: Codec


def make_movie(
    shot: Shot,
    *,
    codec: str = "prores",
    of: str = KINDS[0],
    out: Path | None = None,
    frames: FrameRange | None = None,
    check: bool = False,
    say: Say,
    on_progress: Progress,
) -> Movie:
    """Write a shot's frames as a Rec.709 movie.

    Args:
        shot: The shot.
        codec: `prores`, `dnxhr` or `h264`.
        of: `recovered`, `composite` or `plate`.
        out: The file; in the shot's `movies` folder if None.
        frames: Only these, one after the other.
        check: Read the movie back and measure how near its pictures are to the frames.
        say: Told what is written, and what is not as usual.
        on_progress: Told how far it is.

    Raises:
        UsageError: There is no such codec or kind, or the file's name does not end as it must.
        FrameError: A frame is missing or broken; there is no movie then.
        StageError: The movie cannot be written, or read back.
        MissingExtraError: Nothing here writes movies.
    """
    kind = codec_named(codec)
    pattern = _pattern(shot, of)
    path = out or shot.path(f"movies/{_stem(shot, of, pattern)}_{codec}{kind.endings[0]}")
    if path.suffix not in kind.endings:
        raise UsageError(
            f"--out {path}: a {codec} movie's name ends in {' or '.join(kind.endings)}"
        )
    write, read = choose_writer(say), choose_reader() if check else None
    for sentence in out_of_date(shot, MADE_BY[of]) if of in MADE_BY else ():
        say(sentence)
    film = _Film(
        sequence=Sequence.find(pattern, shot.root),
        frames=frames or shot.shot.frames,
        to_display=_to_display(shot, of),
        codec=kind,
    )
    leader = _leader(shot, of, film, say)
    sweep(path.parent)
    write(path, leader, _pictures(film, on_progress))
    fidelity = (
        measure_fidelity(path, read(path, kind), _pictures(film, on_progress), kind)
        if read
        else None
    )
    return Movie(path=path, frames=film.frames, leader=leader, fidelity=fidelity)


def _pattern(shot: Shot, of: str) -> str:
    name = shot.shot.name
    patterns = {
        "recovered": lambda: recovered_pattern(shot),
        "composite": lambda: f"composite/{name}_COMP_####.exr",
        "plate": lambda: shot.source.luma_plate,
    }
    if of not in patterns:
        raise UsageError(f"--of {of!r} is not known: write {', '.join(KINDS)}")
    return patterns[of]()


def _stem(shot: Shot, of: str, pattern: str) -> str:
    """Return the movie's name: the frames' own, which says version and checkpoint."""
    if of == "plate":
        return f"{shot.shot.name}_PLATE"
    return PurePosixPath(pattern).name.removesuffix("_####.exr")


def _to_display(shot: Shot, of: str) -> Callable[[Rgb], Rgb]:
    """Return the way from the frames' values to Rec.709 2.4."""
    chain = display_chain(shot)
    is_displayed = of == "composite" or (of == "recovered" and shot.colour.chain == "display")
    return (lambda rgb: rgb) if is_displayed else chain.to_working


def _leader(shot: Shot, of: str, film: _Film, say: Say) -> Leader:
    first = film.frames.first
    header = read_header(film.sequence.path(first))
    width, height = header.data_window.width, header.data_window.height
    if width % 2 or height % 2:
        say(f"{width}x{height} is padded to even sizes, the last line repeated: video needs them")
    timecode = _timecode(shot, header, first)
    say(f"{film.codec.name}, {film.codec.pixel_format}, from {timecode}; to be seen in {VIEWING}")
    if len(film.frames) != film.frames.last - first + 1:
        say(f"{film.frames} has gaps: behind the first, timecode is not the frames' own")
    return Leader(
        codec=film.codec,
        width=width + width % 2,
        height=height + height % 2,
        pixel_aspect=Fraction(header.pixel_aspect).limit_denominator(1000),
        frame_rate=shot.shot.frame_rate,
        timecode=timecode,
        notes=_notes(shot, of, film),
    )


def _timecode(shot: Shot, header: Header, number: int) -> str:
    """Return the timecode of a frame: as `[source] timecode` counts, or the frame's own."""
    rate, stated = shot.shot.frame_rate, shot.source.timecode
    if stated is None:
        return own_timecode(header, number, rate)[0]
    is_drop = is_drop_frame(stated)
    passed = timecode_to_frames(stated, rate) + number - shot.shot.frames.first
    return frames_to_timecode(passed % frames_per_day(rate, is_drop), rate, is_drop)


def _notes(shot: Shot, of: str, film: _Film) -> dict[str, str]:
    title = " ".join(filter(None, (shot.shot.film, shot.shot.name, of)))
    notes = {
        "title": title,
        "comment": f"to be seen in {VIEWING}",
        "description": f"frames {film.frames} of {film.sequence.pattern}",
        "MLProcessing": f"ChromaResolve {__version__}",
        "ShotID": shot.shot.name,
    }
    if of != "plate":
        notes["IPTCDigitalSourceType"] = DIGITAL_SOURCE_TYPE
    return notes


def _pictures(film: _Film, on_progress: Progress) -> Iterator[Planes]:
    """Read the frames in order, as the codec takes them."""
    numbers = list(film.frames)
    size: tuple[int, ...] | None = None
    for done, number in enumerate(numbers):
        on_progress(done, len(numbers), f"frame {number}")
        path = film.sequence.path(number)
        rgb = read_rgb(path)
        size = size or rgb.shape
        if rgb.shape != size:
            raise FrameError(path, f"is not {size[1]}x{size[0]} as the frames before: export alike")
        yield clamp_to_planes(pad_to_even(film.to_display(rgb)), film.codec)
    on_progress(len(numbers), len(numbers), "written")
