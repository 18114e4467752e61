"""The media pool: bins, imports, and where timelines are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from resolve_sim.files import Found, find_file, find_sequence
from resolve_sim.gallery import Gallery
from resolve_sim.importing import read_import
from resolve_sim.media import MediaPoolItem
from resolve_sim.model import Model
from resolve_sim.placing import append
from resolve_sim.settings import Settings
from resolve_sim.timeline import Desk, Timeline
from resolve_sim.world import World


class Folder(Model):
    """One bin."""

    def __init__(self, world: World, name: str) -> None:
        """Begin empty."""
        super().__init__(world)
        self.name = name
        self.clips: list[MediaPoolItem] = []
        self.folders: list[Folder] = []

    def walk(self) -> Iterator[Folder]:
        """Go through this bin and all below it."""
        yield self
        for folder in self.folders:
            yield from folder.walk()

    def GetName(self) -> str:
        """Return the name."""
        return self.name

    def GetClipList(self) -> list[MediaPoolItem]:
        """Return the clips, timelines among them."""
        return list(self.clips)

    def GetSubFolderList(self) -> list[Folder]:
        """Return the bins in it."""
        return list(self.folders)

    def GetIsFolderStale(self) -> bool:
        """Say no: nobody else works here."""
        return False


class MediaPool(Model):
    """All clips and timelines of a project."""

    def __init__(self, world: World, settings: Settings) -> None:
        """Begin with an empty root bin."""
        super().__init__(world)
        self.settings = settings
        self.root = Folder(world, "Master")
        self.current = self.root
        self.desk = Desk(Gallery(world), self.duplicate)
        self.timelines: list[Timeline] = []
        self.selected: list[MediaPoolItem] = []

    @property
    def media(self) -> list[MediaPoolItem]:
        """All clips that are media."""
        clips = [clip for folder in self.root.walk() for clip in folder.clips]
        return [clip for clip in clips if not clip.is_timeline]

    def GetRootFolder(self) -> Folder:
        """Return the root bin."""
        return self.root

    def GetCurrentFolder(self) -> Folder:
        """Return the bin that imports go to."""
        return self.current

    def SetCurrentFolder(self, folder: Folder) -> bool:
        """Let imports go to another bin."""
        if not self._has(folder):
            return False
        self.current = folder
        return True

    def _has(self, folder: Folder) -> bool:
        return any(one is folder for one in self.root.walk())

    def RefreshFolders(self) -> bool:
        """Do nothing: nobody else works here."""
        return True

    def AddSubFolder(self, folder: Folder, name: str) -> Folder | None:
        """Add a bin, which becomes the current one; None if the name is taken."""
        is_taken = name in {one.name for one in folder.folders}
        if not self._has(folder) or not name or is_taken:
            return None
        added = Folder(self.world, name)
        folder.folders.append(added)
        self.current = added
        return added

    def DeleteFolders(self, folders: list[object]) -> bool:
        """Delete bins and what is in them."""
        mine = [one for one in self.root.walk() if one is not self.root and one in folders]
        if not mine or len(mine) < len(folders):
            return False
        for parent in list(self.root.walk()):
            parent.folders = [one for one in parent.folders if one not in mine]
        if not self._has(self.current):
            self.current = self.root
        return True

    def GetSelectedClips(self) -> list[MediaPoolItem]:
        """Return what is selected."""
        return list(self.selected)

    def SetSelectedClip(self, clip: MediaPoolItem) -> bool:
        """Select one clip."""
        self.selected = [clip]
        return True

    def ImportMedia(self, items: list[object]) -> list[MediaPoolItem] | None:
        """Import files or sequences into the current bin; of those that fail there is no clip."""
        clips: list[MediaPoolItem] = []
        known = {clip.found.path for clip in self.current.clips}
        found_there = {one.path: one for item in items for one in self._find(item)}
        for path, found in found_there.items():
            if path not in known or self.world.switches.import_twice == "again":
                clips.append(MediaPoolItem(self.world, self.settings, found))
        self.current.clips += clips
        if not clips and self.world.switches.failed_list == "none":
            return None
        return clips

    def _find(self, item: object) -> list[Found]:
        if isinstance(item, str):
            is_gone = self.world.switches.strict and self.world.at_least(21, 1)
            found = None if is_gone else find_file(item)
        elif isinstance(item, dict) and isinstance(item.get("FilePath"), str):
            found = self._find_range(item)
        else:
            found = None
        if found and found.kind == "sequence" and self.world.switches.individual_frames:
            stills = [find_file(str(path)) for path in found.frames]
            return [still for still in stills if still]
        return [found] if found else []

    def _find_range(self, item: dict[str, object]) -> Found | None:
        path, start, end = str(item["FilePath"]), item.get("StartIndex"), item.get("EndIndex")
        if set(item) == {"FilePath"}:
            return find_file(path) if self.world.at_least(21, 1) else None
        if set(item) != {"FilePath", "StartIndex", "EndIndex"}:
            return None
        if not (isinstance(start, int) and isinstance(end, int)):
            return None
        return find_sequence(
            path, start, end, shrink=self.world.switches.missing_frames == "shrink"
        )

    def AppendToTimeline(self, clips: list[object] | MediaPoolItem, *more: object) -> object:
        """Place clips on the open timeline, whichever that is."""
        asked = [clips, *more] if isinstance(clips, MediaPoolItem) else clips
        is_new = self.world.switches.strict and self.world.at_least(21, 1)
        has_bare = is_new and not all(isinstance(clip, dict) for clip in asked)
        may = self.desk.current is not None and self._may_append() and not has_bare
        placed = append(self.desk.current, asked) if may and self.desk.current else []
        return None if not placed and self.world.switches.failed_list == "none" else placed

    def _may_append(self) -> bool:
        needs = self.world.switches.append_needs_selection
        if needs is None:
            needs = self.world.at_least(20, 3) and not self.world.at_least(20, 3, 2)
        return bool(self.selected) or not needs

    def CreateEmptyTimeline(self, name: str) -> Timeline | None:
        """Make a timeline in the current bin; None if there is one of that name."""
        if not name or name in {timeline.name for timeline in self.timelines}:
            return None
        timeline = Timeline(self.world, name, self.settings, self.desk)
        self.keep(timeline)
        if self.world.switches.timeline_current:
            self.desk.current = timeline
        return timeline

    def keep(self, timeline: Timeline) -> None:
        """Give a timeline its clip in the current bin."""
        width, height = self.settings.size
        found = Found(
            path="", name=timeline.name, frames=(), first=0, kind="timeline", width=width,
            height=height, pixel_aspect="Square", has_alpha=False, bit_depth="", timecode=None,
            reel="", rate=None,
        )  # fmt: skip
        timeline.clip = MediaPoolItem(self.world, self.settings, found)
        self.current.clips.append(timeline.clip)
        self.timelines.append(timeline)

    def CreateTimelineFromClips(self, name: str, clips: list[object]) -> Timeline | None:
        """Make a timeline of clips that lie in the current bin."""
        media = [clip.get("mediaPoolItem") if isinstance(clip, dict) else clip for clip in clips]
        has_tracks = any(isinstance(clip, dict) and "trackIndex" in clip for clip in clips)
        if not clips or has_tracks or not all(clip in self.current.clips for clip in media):
            return None
        before = self.desk.current
        timeline = self.CreateEmptyTimeline(name)
        if timeline is not None:
            append(timeline, clips)
            self.desk.current = timeline if self.world.switches.timeline_current else before
        return timeline

    def ImportTimelineFromFile(
        self, path: str, options: dict[str, object] | None = None
    ) -> Timeline | None:
        """Make a timeline from an OTIO file; None if its name is taken."""
        wanted = (options or {}).get("timelineName")
        read = read_import(Path(path), wanted if isinstance(wanted, str) else None)
        before = self.desk.current
        if read is None or (options or {}).get("importSourceClips", True) is not True:
            return None
        timeline = self.CreateEmptyTimeline(read.name)
        if timeline is None:
            return None
        if not read.build(timeline, self.media, self.ImportMedia):
            self.desk.current = before
            self._forget(timeline)
            return None
        return timeline

    def DeleteTimelines(self, timelines: list[object]) -> bool:
        """Delete timelines, but never the open one."""
        mine = [one for one in self.timelines if one in timelines and not one.is_current]
        if not mine or len(mine) < len(timelines):
            return False
        for timeline in mine:
            self._forget(timeline)
        return True

    def _forget(self, timeline: Timeline) -> None:
        timeline.is_alive = False
        self.timelines.remove(timeline)
        for item in timeline.items:
            item.is_alive = False
            if item.media is not None:
                item.media.usage -= 1
        for folder in self.root.walk():
            folder.clips = [clip for clip in folder.clips if clip is not timeline.clip]

    def duplicate(self, timeline: Timeline, name: str | None) -> Timeline | None:
        """Copy a timeline, under a name that is free."""
        name = name or f"{timeline.name} copy"
        if name in {one.name for one in self.timelines}:
            return None
        twin = timeline.copy_to(name)
        self.keep(twin)
        return twin

    def DeleteClips(self, clips: list[object]) -> bool:
        """Delete clips, but none that a timeline uses."""
        mine = [clip for clip in self.media if clip in clips and clip.usage == 0]
        if not mine or len(mine) < len(clips):
            return False
        for clip in mine:
            clip.is_alive = False
        for folder in self.root.walk():
            folder.clips = [clip for clip in folder.clips if clip not in mine]
        self.selected = [clip for clip in self.selected if clip not in mine]
        return True

    def MoveClips(self, clips: list[object], target: Folder) -> bool:
        """Move clips to another bin."""
        every = [clip for folder in self.root.walk() for clip in folder.clips]
        mine = [clip for clip in every if clip in clips]
        if not mine or len(mine) < len(clips) or not self._has(target):
            return False
        for folder in self.root.walk():
            folder.clips = [clip for clip in folder.clips if clip not in mine]
        target.clips += mine
        return True

    def RelinkClips(self, clips: list[object], folder: str) -> bool:
        """Look for clips' files in another folder."""
        found = [clip for clip in clips if isinstance(clip, MediaPoolItem)]
        names = [Path(str(path)).name for clip in found for path in clip.found.frames]
        is_there = bool(names) and all((Path(folder) / name).is_file() for name in names)
        for clip in found if is_there else []:
            clip.is_online = True
        return is_there
