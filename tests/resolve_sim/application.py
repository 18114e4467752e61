"""The application: version, edition, pages, and the way to everything else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from resolve_sim.files import MOVIES, PICTURES
from resolve_sim.gallery import Gallery
from resolve_sim.manager import ProjectManager
from resolve_sim.model import Model
from resolve_sim.pool import MediaPool
from resolve_sim.project import Project
from resolve_sim.timeline import Timeline
from resolve_sim.world import World

PAGES = ("media", "cut", "edit", "fusion", "color", "fairlight", "deliver")
"""Pages of every version; 21 has photo too."""

BUILD = 5
"""The last figure of the version."""


class MediaStorage(Model):
    """The folders of the Media page."""

    def __init__(self, world: World, manager: ProjectManager) -> None:
        """Look at the disk."""
        super().__init__(world)
        self.manager = manager

    def GetMountedVolumeList(self) -> list[str]:
        """Return the one volume."""
        return [str(self.world.root)]

    def GetSubFolderList(self, folder: str) -> list[str]:
        """Return the folders in a folder."""
        path = Path(folder)
        return sorted(str(one) for one in path.iterdir() if one.is_dir()) if path.is_dir() else []

    def GetFileList(self, folder: str) -> list[str]:
        """Return the media in a folder, sequences as one name with their range."""
        path = Path(folder)
        if not path.is_dir():
            return []
        media = PICTURES | MOVIES
        names = sorted(one.name for one in path.iterdir() if one.suffix.lower() in media)
        return [str(path / name) for name in _consolidate(names)]

    def AddItemListToMediaPool(self, items: list[object] | str, *more: str) -> object:
        """Import files, or ranges of them, into the current bin."""
        project = self.manager.current
        asked: list[object] = [items, *more] if isinstance(items, str) else items
        if project is None:
            return []
        return project.pool.ImportMedia([_asked(item) for item in asked])


class Resolve(Model):
    """Resolve itself."""

    def __init__(self, world: World, fusion: object) -> None:
        """Start up."""
        super().__init__(world)
        self.manager = ProjectManager(world)
        self.storage = MediaStorage(world, self.manager)
        self.fusion = fusion
        self.keyframe_mode = 0

    def GetProjectManager(self) -> ProjectManager:
        """Return the project manager."""
        return self.manager

    def GetMediaStorage(self) -> MediaStorage:
        """Return the media storage."""
        return self.storage

    def Fusion(self) -> object:
        """Return Fusion."""
        return self.fusion

    def OpenPage(self, page: str) -> bool | None:
        """Open a page; what it answers is not to be trusted."""
        pages = (*PAGES, "photo") if self.world.at_least(21) else PAGES
        if page not in pages or self.manager.current is None:
            return False
        self.world.page = page
        return self.world.switches.page_answers

    def GetCurrentPage(self) -> str | None:
        """Return the open page; None in the project manager."""
        return self.world.page if self.manager.current else None

    def GetProductName(self) -> str:
        """Return the product's name, which tells the edition."""
        return "DaVinci Resolve" + (" Studio" if self.world.is_studio else "")

    def GetVersion(self) -> list[object]:
        """Return the version in parts."""
        return [*self.world.version, BUILD, ""]

    def GetVersionString(self) -> str:
        """Return the version as text."""
        return ".".join(map(str, [*self.world.version, BUILD]))

    def ImportRenderPreset(self, path: str) -> bool:
        """Read a render preset from a file, and select it."""
        file, project = Path(path), self.manager.current
        if project is None or not file.is_file():
            return False
        try:
            project.queue.presets[file.stem] = json.loads(file.read_text("utf-8"))
        except ValueError:
            return False
        return project.queue.load_preset(file.stem)

    def ExportRenderPreset(self, name: str, path: str) -> bool:
        """Write a render preset to a file."""
        project = self.manager.current
        if project is None or name not in project.queue.presets or not Path(path).parent.is_dir():
            return False
        Path(path).write_text(json.dumps(project.queue.presets[name]), encoding="utf-8")
        return True

    def GetKeyframeMode(self) -> int:
        """Return the keyframe mode."""
        return self.keyframe_mode

    def SetKeyframeMode(self, mode: float) -> bool:
        """Choose the keyframe mode."""
        if mode not in (0, 1, 2):
            return False
        self.keyframe_mode = int(mode)
        return True

    def Quit(self) -> None:
        """Answer nothing: a test that quits Resolve would be wrong."""
        raise AssertionError("a step must never quit Resolve")

    def IsStudio(self) -> bool:
        """Say whether this is Resolve Studio."""
        return self.world.is_studio

    def ValidateDCTL(self, source: str) -> str | None:
        """Return what is wrong with a DCTL; None if nothing is."""
        has_main = re.search(r"__DEVICE__\s+float3\s+transform\s*\(", source)
        return None if has_main else "no transform function"

    def GetCurrentProject(self) -> Project | None:
        """Return the open project."""
        return self.manager.current

    def GetCurrentTimeline(self) -> Timeline | None:
        """Return the open timeline."""
        project = self.manager.current
        return project.GetCurrentTimeline() if project else None

    def GetMediaPool(self) -> MediaPool | None:
        """Return the open project's media pool."""
        return self.manager.current.pool if self.manager.current else None

    def GetGallery(self) -> Gallery | None:
        """Return the open project's gallery."""
        return self.manager.current.GetGallery() if self.manager.current else None


def _consolidate(names: list[str]) -> list[str]:
    runs: dict[tuple[str, int, str], list[int]] = {}
    single = []
    for name in names:
        found = re.fullmatch(r"(.*?)(\d+)(\.\w+)", name)
        if found:
            runs.setdefault((found[1], len(found[2]), found[3]), []).append(int(found[2]))
        else:
            single.append(name)
    for (before, digits, after), numbers in runs.items():
        if len(numbers) == 1:
            single.append(f"{before}{numbers[0]:0{digits}}{after}")
        else:
            span = f"[{min(numbers):0{digits}}-{max(numbers):0{digits}}]"
            single.append(f"{before}{span}{after}")
    return sorted(single)


def _asked(item: object) -> object:
    if not isinstance(item, dict):
        return item
    path = item.get("media")
    if set(item) == {"media", "startFrame", "endFrame"} and isinstance(path, str):
        found = re.fullmatch(r"(.*?)(\d+|%0\d+d)(\.\w+)", path)
        digits = found[2] if found and "%" in found[2] else f"%0{len(found[2])}d" if found else ""
        pattern = f"{found[1]}{digits}{found[3]}" if found else path
        return {
            "FilePath": pattern,
            "StartIndex": item["startFrame"],
            "EndIndex": item["endFrame"],
        }
    return None
