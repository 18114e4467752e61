"""Every exception ChromaResolve raises on purpose, in one place, so that no room imports another.

The tree, one class for each way a caller may want to react::

    ChromaresolveError          one line on stderr, exit status 1
    ├── UsageError              the command was put wrongly: exit status 2
    ├── ShotError               shot.toml or the shot's folder is wrong or out of date
    ├── FrameError              one frame or sequence on disk is wrong; other frames may go on
    │   └── DiskError           the disk does not take a frame; it may take none of the others
    ├── ColourError             a colour space, config or value that cannot be converted
    ├── StageError              a stage cannot do its work on this shot
    ├── ModelError              a checkpoint or model file is wrong, or does not fit
    └── MissingExtraError       an optional library is not installed

A message says where, what is wrong and what to do, on one line, lower case, without a full stop.
"""

from __future__ import annotations

from pathlib import Path


class ChromaresolveError(Exception):
    """Anything wrong that is not our own bug."""

    def __str__(self) -> str:
        """Join what the error was made of, on one line even where a library's words had several."""
        text = ": ".join(filter(None, map(str, self.args)))
        return " ".join(line.strip() for line in text.splitlines() if line.strip())


class UsageError(ChromaresolveError):
    """The command or call was put in a way that can never work."""


class ShotError(ChromaresolveError):
    """A shot's manifest or folder is not what it must be."""

    def __init__(self, path: Path, field: str, problem: str) -> None:
        """Name the file, the field in it, and what to do about it."""
        # The arguments go to Exception as they came, so that an error survives pickling.
        super().__init__(path, field, problem)
        self.path = path
        self.field = field
        self.problem = problem


class FrameError(ChromaresolveError):
    """A frame or a sequence on disk cannot be used."""

    def __init__(self, path: Path | str, problem: str) -> None:
        """Name the file (or the sequence's pattern) and what is wrong with it."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem


class DiskError(FrameError):
    """The disk does not take a frame: nothing is wrong with its pixels."""


class ColourError(ChromaresolveError):
    """A colour conversion cannot be made as asked."""

    def __init__(self, where: str, problem: str) -> None:
        """Name the space, config or file, and what is wrong with it."""
        super().__init__(where, problem)
        self.where = where
        self.problem = problem


class StageError(ChromaresolveError):
    """A stage cannot do its work on this shot."""

    def __init__(self, where: Path | str, problem: str) -> None:
        """Name the shot or the thing in it, and what to do about it."""
        super().__init__(where, problem)
        self.where = where
        self.problem = problem


class ModelError(ChromaresolveError):
    """A checkpoint or a model file is broken, or made for something else."""

    def __init__(self, path: Path | str, problem: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(path, problem)
        self.path = path
        self.problem = problem


class MissingExtraError(ChromaresolveError):
    """An optional library is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        """Name the library and the extra that brings it."""
        super().__init__(library, extra)
        self.library = library
        self.extra = extra

    def __str__(self) -> str:
        """Say what to type."""
        return f"{self.library} is not installed: type `pip install 'chromaresolve[{self.extra}]'`"
