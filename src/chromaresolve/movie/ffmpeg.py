"""Movies through the `ffmpeg` program."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from chromaresolve.errors import StageError
from chromaresolve.files import whole
from chromaresolve.movie.codecs import MOV_FLAGS, Leader
from chromaresolve.movie.planes import Planes

COLOUR = (
    "-color_range", "tv",
    "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709",
)  # fmt: skip
"""What the pictures are; said before the pictures and before the movie, so that none converts."""


def write_with_ffmpeg(program: str, path: Path, leader: Leader, pictures: Iterable[Planes]) -> None:
    """Write a movie.

    Args:
        program: The `ffmpeg` program.
        path: The movie.
        leader: What it says of itself.
        pictures: Its pictures.

    Raises:
        StageError: `ffmpeg` cannot be started or ends with an error; its last words are given.
    """
    try:
        with whole(path) as temporary, tempfile.TemporaryFile() as words:
            command = [program, *ffmpeg_arguments(leader, temporary)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=words) as running:  # noqa: S603 - no shell
                _feed(running, pictures)
            if running.returncode:
                words.seek(0)
                raise StageError(path, f"{program} could not write it: {_last_line(words.read())}")
    except OSError as error:
        raise StageError(path, f"{program} could not write it: {error.strerror}") from error


def ffmpeg_arguments(leader: Leader, path: Path) -> Iterator[str]:
    """Return the words behind `ffmpeg` that make it read planes from its standard input."""
    codec = leader.codec
    yield from ("-hide_banner", "-loglevel", "error", "-y")
    yield from ("-f", "rawvideo", "-pixel_format", codec.pixel_format)
    yield from ("-video_size", f"{leader.width}x{leader.height}")
    yield from ("-framerate", str(leader.frame_rate), *COLOUR, "-i", "pipe:0")
    yield from ("-c:v", codec.encoder, "-pix_fmt", codec.pixel_format, *COLOUR)
    for name, value in codec.options.items():
        yield from (f"-{name}:v", value)
    aspect = leader.pixel_aspect
    yield from ("-vf", f"setsar={aspect.numerator}/{aspect.denominator}")
    yield from ("-timecode", leader.timecode, "-movflags", MOV_FLAGS)
    for name, value in leader.notes.items():
        yield from ("-metadata", f"{name}={value}")
    yield str(path)


def _feed(running: subprocess.Popen[bytes], pictures: Iterable[Planes]) -> None:
    """Give it the pictures; if it ends before them, its own words say why."""
    pipe = running.stdin
    if pipe is None:
        return
    with suppress(BrokenPipeError):
        for planes in pictures:
            for codes in planes:
                pipe.write(codes.tobytes())
    with suppress(BrokenPipeError):
        pipe.close()


def _last_line(words: bytes) -> str:
    lines = words.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it did not say why"
