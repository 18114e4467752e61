"""What writes and reads movies here: PyAV, or to write the `ffmpeg` program where it is absent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from chromaresolve.errors import MissingExtraError
from chromaresolve.movie.codecs import Codec, Leader
from chromaresolve.movie.planes import Planes
from chromaresolve.telling import Say

Writer = Callable[[Path, Leader, Iterable[Planes]], None]
"""Writes a movie, whole or not at all."""

Reader = Callable[[Path, Codec], Iterator[Planes]]
"""Reads a movie's pictures one after the other."""


def choose_writer(say: Say) -> Writer:
    """Return what writes movies here, and say it where it is not PyAV.

    Raises:
        MissingExtraError: Neither PyAV nor `ffmpeg` is there.
    """
    try:
        from chromaresolve.movie.pyav import write_with_pyav
    except ModuleNotFoundError as missing:
        program = shutil.which("ffmpeg")
        if program is None:
            raise MissingExtraError("av", "movie") from missing
    else:
        return write_with_pyav
    from chromaresolve.movie.ffmpeg import write_with_ffmpeg

    say(f"writing with {program}, for PyAV is not installed")
    return partial(write_with_ffmpeg, program)


def choose_reader() -> Reader:
    """Return what reads movies here.

    Raises:
        MissingExtraError: PyAV is not there.
    """
    try:
        from chromaresolve.movie.pyav import read_planes
    except ModuleNotFoundError as missing:
        raise MissingExtraError("av", "movie") from missing
    return read_planes
