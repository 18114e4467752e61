"""The tracks of a timeline and what is on them; indices count from 1."""

from __future__ import annotations

from resolve_sim.item import TimelineItem, Track
from resolve_sim.marking import Marked
from resolve_sim.world import World

KINDS = ("video", "audio", "subtitle")
"""What tracks there are."""


class Tracked(Marked):
    """Something with tracks."""

    def __init__(self, world: World) -> None:
        """Begin with V1 and A1, at frame 0."""
        super().__init__(world)
        self.start = 0
        self.tracks: dict[str, list[Track]] = {kind: [] for kind in KINDS}
        self.deletions = 0
        for kind in ("video", "audio"):
            self._add(kind, None)

    @property
    def items(self) -> list[TimelineItem]:
        """All items of all tracks."""
        return [item for tracks in self.tracks.values() for track in tracks for item in track.items]

    @property
    def end(self) -> int:
        """The frame after the last item."""
        return max([item.end for item in self.items], default=self.start)

    def length(self) -> int:
        """Return how many frames can have a marker."""
        return max(0, self.end - self.start)

    def track(self, kind: str, index: int) -> Track | None:
        """Return a track; None if there is none."""
        tracks = self.tracks.get(kind, [])
        return tracks[index - 1] if 1 <= index <= len(tracks) else None

    def _add(self, kind: str, index: int | None) -> None:
        tracks = self.tracks[kind]
        number = len(tracks) + 1
        track = Track(kind, f"{kind.capitalize()} {number}", tracks)
        tracks.insert(number - 1 if index is None else index - 1, track)

    def shown_at(self, frame: int) -> list[TimelineItem]:
        """Return the video items that are on at a frame, lowest first."""
        return [
            item
            for track in self.tracks["video"]
            if track.is_enabled
            for item in track.items
            if item.is_enabled and item.start <= frame < item.end
        ]

    def GetTrackCount(self, kind: str) -> int:
        """Return how many tracks of a kind there are."""
        return len(self.tracks.get(kind, []))

    def AddTrack(self, kind: str, options: str | dict[str, object] | None = None) -> bool:
        """Add a track on top, or at an index."""
        if kind not in KINDS or (isinstance(options, str) and kind != "audio"):
            return False
        index = options.get("index") if isinstance(options, dict) else None
        if index is not None and not self._is_index(kind, index):
            return False
        self._add(kind, index if isinstance(index, int) else None)
        return True

    def _is_index(self, kind: str, index: object) -> bool:
        is_int = isinstance(index, int) and not isinstance(index, bool)
        return is_int and 1 <= int(str(index)) <= len(self.tracks[kind]) + 1

    def DeleteTrack(self, kind: str, index: int) -> bool:
        """Delete a track and what is on it."""
        track = self.track(kind, index)
        if track is None or track.is_locked:
            return False
        self._remove(track.items)
        self.tracks[kind].remove(track)
        return True

    def SetTrackEnable(self, kind: str, index: int, is_enabled: bool) -> bool:
        """Switch a track on or off."""
        track = self.track(kind, index)
        if track is None:
            return False
        track.is_enabled = is_enabled
        return True

    def GetIsTrackEnabled(self, kind: str, index: int) -> bool:
        """Say whether a track is on."""
        track = self.track(kind, index)
        return track is not None and track.is_enabled

    def SetTrackLock(self, kind: str, index: int, is_locked: bool) -> bool:
        """Lock or unlock a track."""
        track = self.track(kind, index)
        if track is None:
            return False
        track.is_locked = is_locked
        return True

    def GetIsTrackLocked(self, kind: str, index: int) -> bool:
        """Say whether a track is locked."""
        track = self.track(kind, index)
        return track is not None and track.is_locked

    def GetTrackName(self, kind: str, index: int) -> str:
        """Return a track's name."""
        track = self.track(kind, index)
        return track.name if track else ""

    def SetTrackName(self, kind: str, index: int, name: str) -> bool:
        """Rename a track."""
        track = self.track(kind, index)
        if track is None or not name:
            return False
        track.name = name
        return True

    def GetItemListInTrack(self, kind: str, index: int) -> list[TimelineItem] | None:
        """Return the items of a track from left to right."""
        track = self.track(kind, index)
        if track is None:
            return None if self.world.switches.failed_list == "none" else []
        return sorted(track.items, key=lambda item: item.start)

    def DeleteClips(self, items: list[object], _ripple: bool = False) -> bool:
        """Delete items; not on the Fairlight page, and not what is linked to them."""
        mine = {id(item): item for item in self.items}
        found = [mine[id(item)] for item in items if id(item) in mine]
        is_locked = any(item.track.is_locked for item in found)
        self.deletions += 1
        is_moody = self.world.switches.delete_flaky and self.deletions == 1
        if is_locked or is_moody or self.world.page == "fairlight":
            return False
        if not found or len(found) < len(items):
            return False
        self._remove(found)
        return True

    def _remove(self, items: list[TimelineItem]) -> None:
        for item in list(items):
            item.track.items.remove(item)
            item.is_alive = False
            for other in item.linked:
                other.linked.remove(item)
            if item.media is not None:
                item.media.usage -= 1

    def SetClipsLinked(self, items: list[object], are_linked: bool) -> bool:
        """Link items, or unlink them."""
        found = [item for item in items if isinstance(item, TimelineItem)]
        for item in found:
            item.linked = [other for other in found if other is not item] if are_linked else []
        return len(found) > 1

    def drop_fragile(self) -> None:
        """Lose what an errored append left (quirk 6)."""
        self._remove([item for item in self.items if item.is_fragile])
