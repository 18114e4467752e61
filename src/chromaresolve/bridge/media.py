"""The media pool: bins and the clips in them."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .errors import BridgeError, RefusedError
from .keeping import kept_bin, open_bin
from .sequences import ImageSequence, parse_resolve_path
from .session import Session
from .timecode import rate_from_resolve
from .values import as_number, read_clip

RASTER = re.compile(r"\s*(\d+)\s*[xX]\s*(\d+)\s*")
"""How Resolve writes a clip's size."""


class Clip(NamedTuple):
    """A clip in the media pool, with its attributes as they were when it was read."""

    remote: Any
    """Resolve's object."""
    name: str
    """As the media pool shows it."""
    path: str
    """Its file or sequence, as Resolve writes it."""
    properties: Dict[str, Any]
    """All attributes that Resolve tells."""

    @property
    def frames(self) -> int:
        """How many frames it has; 0 where Resolve does not say."""
        return int(as_number(self.properties.get("Frames")) or 0)

    @property
    def rate(self) -> Fraction:
        """Frames per second, exact."""
        return rate_from_resolve(self.properties.get("FPS", ""))[0]

    @property
    def raster(self) -> Tuple[int, int]:
        """Width and height; 0, 0 where Resolve does not say."""
        match = RASTER.fullmatch(str(self.properties.get("Resolution", "")))
        return (int(match[1]), int(match[2])) if match else (0, 0)

    @property
    def start_timecode(self) -> str:
        """The timecode of its first frame."""
        return str(self.properties.get("Start TC", ""))

    @property
    def reel(self) -> str:
        """Its reel's name, where it has one."""
        return str(self.properties.get("Reel Name", ""))

    @property
    def first(self) -> int:
        """The number of its first file; 0 for a movie."""
        named = parse_resolve_path(self.path)
        return named.first if named else 0


def find_bin(session: Session, name: str) -> Optional[Any]:
    """Return the bin of this name directly under the root, or None."""
    return session.bins().get(name)


def make_bin(session: Session, name: str) -> Any:
    """Return the bin of this name, made if it is not there."""
    there = find_bin(session, name)
    if there is not None:
        return there
    pool = session.pool()
    root = session.demand(pool, "MediaPool.GetRootFolder")
    with kept_bin(session):  # a new bin becomes the open one
        return session.demand(pool, "MediaPool.AddSubFolder", root, name)


def clips_in(session: Session, folder: Any) -> List[Clip]:
    """Return a bin's clips; timelines, which lie in bins too, are left out."""
    listed = (read(session, one) for one in session.listed(folder, "Folder.GetClipList"))
    return [clip for clip in listed if clip.path]


def read(session: Session, remote: Any) -> Clip:
    """Read a clip's attributes, in one call."""
    properties = read_clip(session, remote)
    name = str(session.ask(remote, "MediaPoolItem.GetName"))
    path = str(properties.get("File Path", ""))
    return Clip(remote=remote, name=name, path=path, properties=properties)


def find_clip(session: Session, folder: Any, sequence: ImageSequence) -> Optional[Clip]:
    """Return the clip of a sequence on disk, or None."""
    wanted = {_plain(str(file)) for file in sequence.files}
    for clip in clips_in(session, folder):
        named = parse_resolve_path(clip.path)
        if named and _plain(str(named.file(named.first))) in wanted:
            return clip
    return None


def import_sequence(session: Session, folder: Any, sequence: ImageSequence) -> Clip:
    """Bring a sequence on disk into a bin as one clip; one that is there already is kept.

    Raises:
        BridgeError: Resolve brought in something else: several clips, too few frames, or offline.
    """
    there = find_clip(session, folder, sequence)
    if there is None:
        wish = {
            "FilePath": sequence.pattern,
            "StartIndex": sequence.first,
            "EndIndex": sequence.last,
        }
        pool = session.pool()
        with kept_bin(session):
            open_bin(session, folder)  # it imports into this one
            session.demand(pool, "MediaPool.ImportMedia", [wish])
        there = find_clip(session, folder, sequence)
    return _checked(there, sequence)


def remove_clips(session: Session, clips: Iterable[Clip]) -> None:
    """Take clips out of the media pool; their files stay."""
    remotes = [clip.remote for clip in clips]
    if remotes:
        session.demand(session.pool(), "MediaPool.DeleteClips", remotes)


def _checked(clip: Optional[Clip], sequence: ImageSequence) -> Clip:
    if clip is None:
        raise RefusedError(
            sequence.hashes,
            "Resolve said yes, and no single clip of it is in the bin",
            "switch off 'Show Individual Frames' in the Media page's menu, then run this again",
        )
    count = sequence.last - sequence.first + 1
    if clip.frames and clip.frames != count:
        cause = f"Resolve made a clip of {clip.frames} frames, and {count} lie on disk"
        remedy = "remove the clip from its bin and look for missing or unreadable frames"
        raise BridgeError(sequence.hashes, cause, remedy)
    status = str(clip.properties.get("Online Status", "Online"))
    if status.lower() != "online":
        raise BridgeError(f"clip {clip.name!r}", f"is {status}", "relink it in the media pool")
    return clip


def _plain(path: str) -> str:
    """Return a path in one spelling, so that two of them can be compared."""
    return os.path.normcase(PurePath(path).as_posix())
