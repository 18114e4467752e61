"""A sequence looked at: every frame read once, and what was measured kept for the next time."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chromaresolve.errors import FrameError
from chromaresolve.files import file_state, write_bytes
from chromaresolve.frames import Sequence, read_rgb
from chromaresolve.survey.measures import measure_frame
from chromaresolve.survey.record import COLUMNS, THUMB_WIDTH, Survey
from chromaresolve.telling import Progress

logger = logging.getLogger(__name__)

VERSION = "1"
"""Of what is measured and how; what was kept under another is measured again."""

EMPTY: Mapping[str, NDArray[Any]] = {
    "thumbs": np.zeros((0, 1, THUMB_WIDTH, 3), np.float16),
    "beyond": np.zeros((0, 2), np.float32),
    "extremes": np.zeros((0, 2), np.float32),
    "comb": np.zeros(0, np.float32),
    "sharpness": np.zeros(0, np.float32),
    "grain": np.zeros((0, 2), np.float32),
    "blocks": np.zeros(0, np.float32),
}
"""The columns of a survey, without a row."""


class Look(NamedTuple):
    """What one frame has in each column, and the size of its picture."""

    key: str
    """Names the file as it was: name, size in bytes, time of its last change."""
    size: tuple[int, int]
    """Width and height."""
    row: Mapping[str, NDArray[Any]]
    """By the name of the column."""


def survey(sequence: Sequence, *, cache: Path | None, on_progress: Progress) -> Survey:
    """Look at every frame of a sequence; one that cannot be read stands in `unreadable`.

    Args:
        sequence: The frames.
        cache: Where to keep what was measured, see `survey_file`; None keeps nothing. Frames whose
            file has not changed since are not read again.
        on_progress: Told how far it is.

    Raises:
        StageError: The disk does not take the cache.
    """
    kept = _load(cache) if cache else {}
    looks: dict[int, Look] = {}
    unreadable: dict[int, str] = {}
    try:
        # Closed at once where somebody stops it: what was seen by then is kept.
        with closing(_look(sequence, kept, on_progress)) as seen:
            for frame, look in seen:
                if isinstance(look, Look):
                    looks[frame] = look
                else:
                    unreadable[frame] = look
    finally:
        if cache and {look.key for look in looks.values()} != set(kept):
            _save(cache, looks)
    return _survey(looks, unreadable)


def survey_file(root: Path, name: str) -> Path:
    """Return where a shot keeps its survey of one sequence, such as `source`."""
    return root / ".chromaresolve" / f"survey_{name}.npz"


def _look(
    sequence: Sequence, kept: Mapping[str, Look], on_progress: Progress
) -> Generator[tuple[int, Look | str]]:
    """Yield each frame's look, or why there is none."""
    count = len(sequence.frames)
    size: tuple[int, int] | None = None
    for done, (frame, path) in enumerate(sequence.paths.items()):
        on_progress(done, count, f"frame {frame}")
        try:
            look = _look_at(path, kept)
        except FrameError as error:
            yield frame, error.problem
            continue
        size = size or look.size
        yield frame, look if look.size == size else _other_size(look.size, size)
    on_progress(count, count, "looked at")


def _look_at(path: Path, kept: Mapping[str, Look]) -> Look:
    try:
        key = file_state(path)
    except OSError as error:
        raise FrameError(path, f"cannot be read: {error.strerror}") from error
    if key in kept:
        return kept[key]
    rgb = read_rgb(path)
    return Look(key, (rgb.shape[1], rgb.shape[0]), measure_frame(rgb))


def _other_size(found: tuple[int, int], first: tuple[int, int]) -> str:
    return "is {} x {}, and the first frame {} x {}: export one size".format(*found, *first)


def _survey(looks: Mapping[int, Look], unreadable: Mapping[int, str]) -> Survey:
    frames = tuple(sorted(looks))
    columns = _columns([looks[frame] for frame in frames])
    for column in columns.values():
        column.flags.writeable = False
    width, height = looks[frames[0]].size if frames else (0, 0)
    return Survey(frames=frames, unreadable=dict(unreadable), width=width, height=height, **columns)


def _columns(looks: list[Look]) -> dict[str, NDArray[Any]]:
    if not looks:
        return {name: column.copy() for name, column in EMPTY.items()}
    return {name: np.stack([look.row[name] for look in looks]) for name in COLUMNS}


def _save(cache: Path, looks: Mapping[int, Look]) -> None:
    """Keep what was measured; every frame has the size of the first."""
    rows = list(looks.values())
    kept = {
        "version": np.array(VERSION),
        "size": np.array(rows[0].size if rows else (0, 0)),
        "keys": np.array([look.key for look in rows], dtype=str),
        **_columns(rows),
    }
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **kept)
    write_bytes(cache, packed.getvalue())


def _load(cache: Path) -> dict[str, Look]:
    """Return what was kept, by key; nothing where it is not there or cannot be understood."""
    if not cache.is_file():
        return {}
    try:
        # Opened here: of a broken file, NumPy would leave closing it to chance.
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as packed:
            return _unpack(packed)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        logger.warning("%s: cannot be used (%s): the frames are looked at again", cache, error)
        return {}


def _unpack(packed: Mapping[str, NDArray[Any]]) -> dict[str, Look]:
    if str(packed["version"]) != VERSION:
        return {}
    width, height = map(int, packed["size"])
    columns = {name: packed[name] for name in COLUMNS}
    keys = packed["keys"].tolist()
    if any(len(column) != len(keys) for column in columns.values()):
        raise ValueError("its columns have different lengths")
    return {
        key: Look(key, (width, height), {name: column[n] for name, column in columns.items()})
        for n, key in enumerate(keys)
    }
