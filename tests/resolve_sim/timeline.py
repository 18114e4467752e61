"""A timeline: tracks, items, playhead, markers and settings of its own."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from resolve_sim.constants import EXPORTS, SUBTYPES
from resolve_sim.exporting import write_export
from resolve_sim.gallery import Gallery, GalleryStill
from resolve_sim.grades import Graph
from resolve_sim.item import TimelineItem, Track
from resolve_sim.media import MARK_KINDS, MediaPoolItem
from resolve_sim.rates import frames_to_timecode, timecode_to_frames
from resolve_sim.settings import Settings
from resolve_sim.tracks import KINDS, Tracked
from resolve_sim.world import World

PLAYHEAD_PAGES = ("cut", "edit", "color", "fairlight", "deliver")
"""Pages on which the playhead can be read and moved."""


@dataclass
class Desk:
    """What timelines of one project share: which of them is open, and the stills."""

    gallery: Gallery
    duplicate: Callable[[Timeline, str | None], Timeline | None]
    current: Timeline | None = None


class Timeline(Tracked):
    """One timeline; frames are absolute, tracks count from 1."""

    def __init__(self, world: World, name: str, project: Settings, desk: Desk) -> None:
        """Begin at one o'clock with V1 and A1."""
        super().__init__(world)
        self.name = name
        self.project = project
        self.own: Settings | None = None
        self.desk = desk
        self.clip: MediaPoolItem | None = None
        """What stands for it in the media pool."""
        self.graph = Graph(world)
        self.marks: dict[str, dict[str, int]] = {}
        self.blanking = (0, 0, 0, 0)
        """Black pixels at the left, right, top and bottom, which no call shows."""
        self.start = timecode_to_frames("01:00:00:00", self.settings.rate) or 0
        self.playhead = self.start

    @property
    def settings(self) -> Settings:
        """Its own settings if it has some, or the project's."""
        return self.own or self.project

    def effective(self) -> Settings:
        """Return the settings, for what outlives a copy of the timeline."""
        return self.settings

    @property
    def is_current(self) -> bool:
        """Whether it is the open timeline."""
        return self.desk.current is self

    def GetName(self) -> str:
        """Return the name."""
        return self.name

    def SetName(self, name: str) -> bool:
        """Rename the timeline."""
        if not name:
            return False
        self.name = name
        if self.clip is not None:
            self.clip.name = name
        return True

    def GetStartFrame(self) -> int:
        """Return the first frame."""
        return self.start

    def GetEndFrame(self) -> int:
        """Return the frame after the last."""
        return self.end

    def GetStartTimecode(self) -> str:
        """Return the timecode of the first frame."""
        return frames_to_timecode(self.start, self.settings.rate)

    def SetStartTimecode(self, timecode: str) -> bool:
        """Let the timeline start elsewhere; its items move along."""
        start = timecode_to_frames(timecode, self.settings.rate)
        if start is None or not self.is_current:
            return False
        for item in self.items:
            item.start += start - self.start
        self.playhead += start - self.start
        self.start = start
        return True

    def GetCurrentTimecode(self) -> str:
        """Return the playhead's timecode."""
        return frames_to_timecode(self.playhead, self.settings.rate)

    def SetCurrentTimecode(self, timecode: str) -> bool:
        """Move the playhead, on the open timeline and a page that has one."""
        frame = timecode_to_frames(timecode, self.settings.rate)
        is_there = self.is_current and self.world.page in PLAYHEAD_PAGES
        if frame is None or not is_there or not self.start <= frame < max(self.end, self.start + 1):
            return False
        self.playhead = frame
        return True

    def GetCurrentVideoItem(self) -> TimelineItem | None:
        """Return the uppermost item that is on under the playhead."""
        shown = self.shown_at(self.playhead)
        return shown[-1] if shown else None

    def GetSetting(self, key: str | None = None) -> object:
        """Return one setting, or all: the project's, unless it uses its own."""
        return self._read(key) if key else self.GetSettings()

    def _read(self, key: str) -> object:
        if key == "useCustomSettings":
            return str(int(self.own is not None))
        if key == "acesVersion":
            is_here = self.world.switches.aces_version_at == "timeline"
            return self.settings.values[key] if is_here else self.project.read(key)
        return self.settings.read(key)

    def GetSettings(self) -> dict[str, object]:
        """Return all settings."""
        keys = [*self.settings.read_all(), "useCustomSettings", "acesVersion"]
        found = {key: self._read(key) for key in keys}
        return {key: value for key, value in found.items() if value != ""}

    def SetSetting(self, key: str, value: object) -> bool:
        """Set one setting, of those it has of its own."""
        if key == "useCustomSettings":
            return self._use_own(value)
        if self.own is None:
            return False
        timecode = self.GetStartTimecode()
        is_taken = self.own.write(key, value)
        if is_taken and key == "timelineFrameRate":
            self.start = self.playhead = timecode_to_frames(timecode, self.own.rate) or self.start
        return is_taken

    def SetSettings(self, settings: dict[str, object]) -> bool:
        """Set several settings; True only if all were taken."""
        taken = [self.SetSetting(key, value) for key, value in settings.items()]
        return bool(taken) and all(taken)

    def _use_own(self, value: object) -> bool:
        if value not in ("0", "1") or "useCustomSettings" in self.world.switches.setting_lies:
            return value in ("0", "1")
        if value == "0":
            self.own = None
        elif self.own is None:
            at_timeline = self.world.switches.aces_version_at == "timeline"
            self.own = Settings(
                self.world,
                dict(self.project.values),
                at_timeline or self.project.reads_aces_version,
                self._has_items,
            )
        return True

    def _has_items(self) -> bool:
        return bool(self.items)

    def Export(self, path: str, kind: float, subtype: float | None = None) -> bool:
        """Write the timeline to a file; AAF and EDL need a subtype."""
        if not 0 <= kind < len(EXPORTS) or not Path(path).parent.is_dir():
            return False
        name = EXPORTS[int(kind)]
        if name in ("EXPORT_AAF", "EXPORT_EDL") and subtype is None:
            return False
        if subtype is not None and not 0 <= subtype < len(SUBTYPES):
            return False
        media = self.tracks["video"]
        write_export(Path(path), name, self.name, self.settings.rate, self.start, media)
        return True

    def GrabStill(self) -> GalleryStill | None:
        """Keep a still of the playhead's frame; only on the Color page."""
        item = self.GetCurrentVideoItem()
        if item is None or not self.is_current or self.world.page != "color":
            return None
        return self.desk.gallery.grab(item.name)

    def GrabAllStills(self, source: int) -> list[GalleryStill]:
        """Keep a still of each item's first (1) or middle (2) frame."""
        if source not in (1, 2) or not self.is_current or self.world.page != "color":
            return []
        items = [item for track in self.tracks["video"] for item in track.items]
        return [self.desk.gallery.grab(item.name) for item in items]

    def DuplicateTimeline(self, name: str | None = None) -> Timeline | None:
        """Copy the timeline; None if the name is taken."""
        return self.desk.duplicate(self, name)

    def GetNodeGraph(self) -> Graph:
        """Return the timeline's own nodes."""
        return self.graph

    def GetMediaPoolItem(self) -> MediaPoolItem | None:
        """Return what stands for it in the media pool."""
        return self.clip

    def GetSelectedClips(self) -> list[TimelineItem]:
        """Return what the user selected: nothing here."""
        return []

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        """Return the marks."""
        return {kind: dict(marks) for kind, marks in self.marks.items()}

    def SetMarkInOut(self, first: int, last: int, kind: str = "all") -> bool:
        """Mark a range, counted from the timeline's start."""
        if kind not in MARK_KINDS or not 0 <= first <= last < self.length():
            return False
        kinds = ("video", "audio") if kind == "all" else (kind,)
        self.marks |= {one: {"in": first, "out": last} for one in kinds}
        return True

    def ClearMarkInOut(self, kind: str = "all") -> bool:
        """Take the marks off."""
        self.marks = {} if kind == "all" else {k: m for k, m in self.marks.items() if k != kind}
        return kind in MARK_KINDS

    def copy_to(self, name: str) -> Timeline:
        """Return a copy under another name, with identities of its own."""
        twin = Timeline(self.world, name, self.project, self.desk)
        twin.own = None if self.own is None else copy(self.own)
        if self.own is not None and twin.own is not None:
            twin.own.values = dict(self.own.values)
        twin.start, twin.playhead = self.start, self.playhead
        twin.markers = {frame: dict(marker) for frame, marker in self.markers.items()}
        twin.tracks = {kind: [] for kind in KINDS}
        for kind, tracks in self.tracks.items():
            for track in tracks:
                twin._take(kind, track)
        return twin

    def _take(self, kind: str, track: Track) -> None:
        taken = Track(kind, track.name, self.tracks[kind], track.is_enabled, track.is_locked)
        self.tracks[kind].append(taken)
        for item in track.items:
            twin = copy(item)
            twin.identity = self.world.identity()
            twin.track, twin.linked = taken, []
            twin.inspector = copy(item.inspector)
            twin.inspector.values = dict(item.inspector.values)
            twin.inspector.settings = self.effective
            twin.versions = copy(item.versions)
            twin.versions.graphs = {}
            for key, graph in item.versions.graphs.items():
                twin.versions.graphs[key] = Graph(self.world)
                twin.versions.graphs[key].take(graph)
            if item.media is not None:
                item.media.usage += 1
            taken.items.append(twin)
