"""A project: settings, media pool, timelines, gallery and render queue."""

from __future__ import annotations

import json
from pathlib import Path

from resolve_sim.delivery import FORMATS, codecs
from resolve_sim.gallery import FORMATS as STILLS
from resolve_sim.gallery import Gallery
from resolve_sim.model import Model
from resolve_sim.pool import MediaPool
from resolve_sim.render_queue import Queue
from resolve_sim.rendering import write_still
from resolve_sim.settings import Settings
from resolve_sim.timeline import Timeline
from resolve_sim.world import World

UNTITLED = "Untitled Project"
"""What Resolve opens with; it cannot be saved under this name."""


class Project(Model):
    """One project."""

    def __init__(self, world: World, name: str) -> None:
        """Begin with default settings."""
        super().__init__(world)
        self.name = name
        self.settings = Settings.of_new_project(world)
        self.pool = MediaPool(world, self.settings)
        self.queue = Queue(world)
        self.settings.is_rate_locked = self._is_rate_locked
        self.is_blocking = False
        """Whether it blocks CreateProject, as unsaved ones do (quirk 12)."""

    def die(self) -> None:
        """Be closed: every object of it answers None from now on."""
        pool = self.pool
        timelines = pool.timelines
        items = [item for timeline in timelines for item in timeline.items]
        folders = list(pool.root.walk())
        clips = [clip for folder in folders for clip in folder.clips]
        for one in (self, pool, *timelines, *items, *folders, *clips):
            one.is_alive = False

    def _is_rate_locked(self) -> bool:
        has_media = bool(self.pool.media) and self.world.switches.fps_locks == "media"
        return bool(self.pool.timelines) or has_media

    def GetName(self) -> str:
        """Return the name."""
        return self.name

    def SetName(self, name: str) -> bool:
        """Refuse to rename: the project list would have to follow."""
        return name == self.name

    def GetMediaPool(self) -> MediaPool:
        """Return the media pool."""
        return self.pool

    def GetGallery(self) -> Gallery:
        """Return the stills."""
        return self.pool.desk.gallery

    def GetTimelineCount(self) -> int:
        """Return how many timelines there are."""
        return len(self.pool.timelines)

    def GetTimelineByIndex(self, index: int) -> Timeline | None:
        """Return a timeline; they count from 1."""
        timelines = self.pool.timelines
        return timelines[index - 1] if 1 <= index <= len(timelines) else None

    def GetCurrentTimeline(self) -> Timeline | None:
        """Return the open timeline."""
        return self.pool.desk.current

    def SetCurrentTimeline(self, timeline: Timeline) -> bool:
        """Open a timeline of this project."""
        if timeline not in self.pool.timelines:
            return False
        self.pool.desk.current = timeline
        return True

    def GetSetting(self, key: str | None = None) -> object:
        """Return one setting, or all."""
        return self.settings.read(key) if key else self.settings.read_all()

    def GetSettings(self) -> dict[str, object]:
        """Return all settings."""
        return self.settings.read_all()

    def SetSetting(self, key: str, value: object) -> bool:
        """Set one setting."""
        return self.settings.write(key, value)

    def SetSettings(self, settings: dict[str, object]) -> bool:
        """Set several settings; True only if all were taken."""
        taken = [self.SetSetting(key, value) for key, value in settings.items()]
        return bool(taken) and all(taken)

    def GetPresetList(self) -> list[dict[str, object]]:
        """Return saved project settings."""
        return [
            {
                "Name": name,
                "Width": int(preset.get("timelineResolutionWidth", "1920")),
                "Height": int(preset.get("timelineResolutionHeight", "1080")),
            }
            for name, preset in self.world.presets.items()
        ]

    def SetPreset(self, name: str) -> bool:
        """Take over saved project settings, those among them that are not locked."""
        preset = self.world.presets.get(name)
        if preset is None:
            return False
        locked = {"timelineFrameRate"} if self._is_rate_locked() else set()
        self.settings.values |= {k: v for k, v in preset.items() if k not in locked}
        return True

    def GetProjectSettingsPresetList(self) -> list[dict[str, object]]:
        """Return saved project settings."""
        return self.GetPresetList()

    def SetProjectSettingsPreset(self, name: str) -> bool:
        """Take over saved project settings."""
        return self.SetPreset(name)

    def ImportProjectSettingsPreset(self, path: str, name: str | None = None) -> bool:
        """Read saved project settings from a file."""
        file = Path(path)
        name = name or file.stem
        if not file.is_file() or name in self.world.presets:
            return False
        self.world.presets[name] = json.loads(file.read_text("utf-8"))
        return True

    def ExportProjectSettingsPreset(self, name: str, path: str) -> bool:
        """Write saved project settings to a file."""
        if name not in self.world.presets or not Path(path).parent.is_dir():
            return False
        Path(path).write_text(json.dumps(self.world.presets[name]), encoding="utf-8")
        return True

    def GetRenderFormats(self) -> dict[str, str]:
        """Return labels and ids of formats."""
        return dict(FORMATS)

    def GetRenderCodecs(self, kind: str) -> dict[str, str]:
        """Return labels and ids of a format's codecs."""
        return dict(codecs(self.world, kind))

    def GetCurrentRenderFormatAndCodec(self) -> dict[str, str]:
        """Return the ids in use."""
        return {"format": self.queue.format, "codec": self.queue.codec}

    def SetCurrentRenderFormatAndCodec(self, kind: str, codec: str) -> bool | None:
        """Choose format and codec by their ids."""
        return self.queue.set_format(kind, codec)

    def GetCurrentRenderMode(self) -> int:
        """Return 0 for individual clips, 1 for a single clip."""
        return self.queue.mode

    def SetCurrentRenderMode(self, mode: int) -> bool:
        """Choose individual clips (0) or a single clip (1)."""
        if mode not in (0, 1) or self.queue.is_rendering:
            return False
        self.queue.mode = mode
        return True

    def GetRenderResolutions(self, _kind: str = "", _codec: str = "") -> list[dict[str, int]]:
        """Return some sizes."""
        return [{"Width": 1920, "Height": 1080}, {"Width": 2048, "Height": 1556}]

    def SetRenderSettings(self, settings: dict[str, object]) -> bool:
        """Lay settings over those that are there."""
        return self.queue.set_settings(settings)

    def AddRenderJob(self) -> str:
        """Queue the open timeline."""
        return self.queue.add(self.pool.desk.current)

    def DeleteRenderJob(self, identity: str) -> bool:
        """Delete a job."""
        return self.queue.delete(identity)

    def DeleteAllRenderJobs(self) -> bool:
        """Delete all jobs."""
        return self.queue.delete_all()

    def GetRenderJobList(self) -> list[dict[str, object]]:
        """Return what each job was meant to be."""
        return self.queue.list_jobs()

    def StartRendering(self, first: object = None, *more: object) -> bool:
        """Start these jobs, or all."""
        if isinstance(first, list):
            return self.queue.start(first)
        return self.queue.start([one for one in (first, *more) if isinstance(one, str)])

    def StopRendering(self) -> None:
        """Cancel what is under way."""
        self.queue.stop()

    def IsRenderingInProgress(self) -> bool:
        """Say whether a job is under way."""
        return self.queue.is_rendering

    def GetRenderJobStatus(self, identity: str) -> dict[str, object]:
        """Say how far a job is."""
        return self.queue.status(identity)

    def GetRenderPresetList(self) -> list[str]:
        """Return the names of render presets."""
        return list(self.queue.presets)

    def LoadRenderPreset(self, name: str) -> bool:
        """Use a render preset."""
        return self.queue.load_preset(name)

    def SaveAsNewRenderPreset(self, name: str) -> bool:
        """Keep the render settings as a preset."""
        return self.queue.save_preset(name)

    def DeleteRenderPreset(self, name: str) -> bool:
        """Delete a render preset."""
        return self.queue.presets.pop(name, None) is not None

    def LoadBurnInPreset(self, _name: str) -> bool:
        """Refuse: there are no such presets."""
        return False

    def RefreshLUTList(self) -> bool:
        """List the LUTs anew."""
        self.world.refresh_luts()
        return True

    def ExportCurrentFrameAsStill(self, path: str) -> bool:
        """Write the playhead's frame, output transform and all, to a file of a known kind."""
        kinds = [f".{kind}" for kind in STILLS if kind != "drx"]
        kinds += [".exr"] if self.world.switches.exr_stills else []
        timeline, file = self.pool.desk.current, Path(path)
        if timeline is None or file.suffix not in kinds or not file.parent.is_dir():
            return False
        return write_still(timeline, file)

    def GetColorGroupsList(self) -> list[object]:
        """Return no groups: there are none here."""
        return []
