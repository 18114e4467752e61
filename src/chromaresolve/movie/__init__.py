"""The review movie: a shot's frames as Rec.709 video, for eyes that have no EXR player.

Only this room knows PyAV, and the `ffmpeg` program that takes its place where PyAV is absent.
"""

from __future__ import annotations

from chromaresolve.movie.codecs import CODECS
from chromaresolve.movie.stage import KINDS, Movie, make_movie

__all__ = ["CODECS", "KINDS", "Movie", "make_movie"]
