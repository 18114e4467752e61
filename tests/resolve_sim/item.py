"""An item on a timeline: where it stands, what it shows, its grade and its transform."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from resolve_sim.grades import Graph, Versions
from resolve_sim.inspector import Inspector
from resolve_sim.marking import Coloured
from resolve_sim.media import MediaPoolItem
from resolve_sim.rates import exact
from resolve_sim.settings import Settings
from resolve_sim.world import World


@dataclass(eq=False)
class Track:
    """One track and its items."""

    kind: str
    name: str
    siblings: list[Track]
    is_enabled: bool = True
    is_locked: bool = False
    items: list[TimelineItem] = field(default_factory=list)

    @property
    def index(self) -> int:
        """Its place, counted from 1."""
        return self.siblings.index(self) + 1


class TimelineItem(Coloured):
    """One clip on a track.

    What a test may set, because a user can but no script: `speed`, `is_range_unknown`,
    `fusion_comps`, `kind` ("video", "audio", "generator", "transition"), `shift` (what
    stabilisation or dynamic zoom do, which no call shows), `keyframes`, and the nodes' looks.
    """

    def __init__(
        self,
        world: World,
        settings: Callable[[], Settings],
        track: Track,
        media: MediaPoolItem | None,
        *,
        start: int,
        duration: int,
        source_start: float,
    ) -> None:
        """Stand on a track; `source_start` counts from the clip's first frame."""
        super().__init__(world)
        self.track = track
        self.media = media
        self.name = media.name if media else ""
        self.start = start
        self.duration = duration
        self.source_start = source_start
        self.rate = media.exact_rate if media else 0.0
        self.timeline_rate = settings().rate
        self.inspector = Inspector(world, settings)
        self.versions = Versions(world)
        self.is_enabled = True
        self.is_fragile = False
        """Whether SaveProject will drop it (quirk 6)."""
        self.plays_black = False
        self.kind = "video" if track.kind == "video" else track.kind
        self.linked: list[TimelineItem] = []
        self.speed = 100.0
        """Percent; negative plays backwards."""
        self.is_range_unknown = False
        """Source start and end both read 0, as on items from an XML."""
        self.burn_in = ""
        self.fusion_comps: list[str] = []
        self.shift = (0.0, 0.0)
        """Pixels right and down that the picture moves though no property says so."""
        self.keyframes: dict[str, dict[int, float]] = {}
        """Values of properties at frames of the item, as only an imported timeline can have."""

    @property
    def end(self) -> int:
        """The frame after the last."""
        return self.start + self.duration

    def length(self) -> int:
        """Return how many frames can have a marker."""
        return self.duration

    def property_at(self, key: str, frame: int) -> float:
        """Return a property at a frame of the item: keyframes are joined by straight lines."""
        keys = self.keyframes.get(key)
        if not keys:
            return self.inspector[key]
        frames = sorted(keys)
        return float(np.interp(frame, frames, [keys[one] for one in frames]))

    def GetName(self) -> str:
        """Return the item's name."""
        return self.name

    def SetName(self, name: str) -> bool:
        """Rename the item."""
        self.name = name or self.name
        return bool(name)

    def GetStart(self, _fine: bool = False) -> int:
        """Return the timeline frame it starts at."""
        return self.start

    def GetEnd(self, _fine: bool = False) -> int:
        """Return the timeline frame after its last."""
        return self.end

    def GetDuration(self, _fine: bool = False) -> int:
        """Return its frames on the timeline."""
        return self.duration

    def GetLeftOffset(self, _fine: bool = False) -> int:
        """Return where it begins in the clip, counted in frames as played (reported live)."""
        first = self.media.first if self.media else 0
        return math.floor((self.source_start + first) / (abs(self.speed) / 100))

    def GetRightOffset(self, _fine: bool = False) -> int:
        """Return where it ends in the clip, counted in frames as played (reported live)."""
        return self.GetLeftOffset() + self.duration

    def _span(self) -> float:
        """Return how many source frames play, as a number that may be broken."""
        return self.duration * self.rate / float(exact(self.timeline_rate)) * self.speed / 100

    def GetSourceStartFrame(self) -> int:
        """Return the first source frame."""
        if self.is_range_unknown or self.media is None:
            return 0
        first = self.source_start + (0 if self.speed > 0 else -self._span())
        return math.floor(first) + self.media.first + self.world.switches.source_start_off

    def GetSourceEndFrame(self) -> int:
        """Return the last source frame, or the one after it."""
        if self.is_range_unknown or self.media is None:
            return 0
        last = self.source_start + (self._span() if self.speed > 0 else 0)
        inclusive = self.world.switches.source_end == "inclusive"
        return round(last) + self.media.first - int(inclusive)

    def GetFusionCompCount(self) -> int:
        """Return how many Fusion compositions it has."""
        return len(self.fusion_comps)

    def GetFusionCompNameList(self) -> list[str]:
        """Return their names."""
        return list(self.fusion_comps)

    def DeleteFusionCompByName(self, name: str) -> bool:
        """Delete a Fusion composition."""
        if name not in self.fusion_comps:
            return False
        self.fusion_comps.remove(name)
        return True

    def SetProperty(self, key: str | dict[str, object], value: object = None) -> bool:
        """Set one property, or several."""
        entries = {key: value} if isinstance(key, str) else key
        return self.SetProperties(entries)

    def SetProperties(self, entries: dict[str, object]) -> bool:
        """Set several properties; True only if all were taken."""
        if self.kind == "transition" or not entries:
            return False
        taken = [self.inspector.write(key, value) for key, value in entries.items()]
        return all(taken)

    def GetProperty(self, key: str | None = None) -> object:
        """Return one property (None if there is none of that name), or all."""
        properties = self.GetProperties()
        return properties.get(key) if key else properties

    def GetProperties(self) -> dict[str, object]:
        """Return all properties; of a transition there are none."""
        return {} if self.kind == "transition" else dict(self.inspector.values)

    def GetSpeed(self) -> dict[str, object]:
        """Return the speed."""
        return {
            "Percentage": self.speed,
            "PitchCorrection": False,
            "StretchKeyframesToFit": False,
            "RippleTimeline": False,
        }

    def SetSpeed(self, speed: dict[str, object]) -> bool:
        """Set the speed."""
        percentage = speed.get("Percentage")
        if isinstance(percentage, bool) or not isinstance(percentage, (int, float)):
            return False
        self.speed = float(percentage)
        return percentage != 0

    def GetType(self) -> str:
        """Return video, audio, generator or transition."""
        return self.kind

    def AddVersion(self, name: str, kind: int) -> bool:
        """Add a colour version."""
        return self.versions.add(name, kind)

    def GetCurrentVersion(self) -> dict[str, object]:
        """Return the colour version in use."""
        kind, name = self.versions.current
        return {"versionName": name, "versionType": kind}

    def DeleteVersionByName(self, name: str, kind: int) -> bool:
        """Delete a colour version."""
        return self.versions.delete(name, kind)

    def LoadVersionByName(self, name: str, kind: int) -> bool:
        """Use another colour version."""
        return self.versions.load(name, kind)

    def RenameVersionByName(self, old: str, new: str, kind: int) -> bool:
        """Rename a colour version."""
        return self.versions.rename(old, new, kind)

    def GetVersionNameList(self, kind: int) -> list[str]:
        """Return the names of the colour versions of a kind."""
        return self.versions.names(kind)

    def GetMediaPoolItem(self) -> MediaPoolItem | None:
        """Return the clip; None of a transition or generator."""
        return None if self.kind in ("transition", "generator") else self.media

    def SetCDL(self, cdl: dict[str, object]) -> bool:
        """Set an ASC CDL; it cannot be read back."""
        return self.versions.graph.set_cdl(cdl)

    def GetTakesCount(self) -> int:
        """Return how many takes there are."""
        return 0

    def CopyGrades(self, items: list[object]) -> bool:
        """Give other items this item's grade."""
        if not items or not all(isinstance(item, TimelineItem) for item in items):
            return False
        for item in items:
            if isinstance(item, TimelineItem):
                item.versions.graph.take(self.versions.graph)
        return True

    def SetClipEnabled(self, is_enabled: bool) -> bool:
        """Switch the item on or off."""
        self.is_enabled = is_enabled
        return True

    def GetClipEnabled(self) -> bool:
        """Say whether the item is on."""
        return self.is_enabled

    def GetNodeGraph(self, layer: int | None = None) -> Graph | None:
        """Return the nodes of the version in use; layers count from 1."""
        return self.versions.graph if layer in (None, 1) and self.kind == "video" else None

    def GetColorGroup(self) -> None:
        """Return no group: there are none here."""

    def ExportLUT(self, _kind: float, _path: str) -> bool:
        """Refuse: this grade is no LUT."""
        return False

    def GetLinkedItems(self) -> list[TimelineItem]:
        """Return the items that move with it."""
        return list(self.linked)

    def GetTrackTypeAndIndex(self) -> list[object]:
        """Return the kind and the index of its track."""
        return [self.track.kind, self.track.index]

    def LoadBurnInPreset(self, name: str) -> bool:
        """Burn a preset that the user saved into this clip."""
        if name not in self.world.switches.burn_in_presets:
            return False
        self.burn_in = name
        return True

    def ResetAllNodeColors(self) -> bool:
        """Reset the colours of the nodes' labels: the grade stays as it was."""
        return True
