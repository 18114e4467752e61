"""A clip in the media pool: what its files say, what a script may change, and what is read only."""

from __future__ import annotations

from pathlib import Path

from resolve_sim.files import PIXEL_ASPECTS, Found, find_file
from resolve_sim.marking import Coloured
from resolve_sim.rates import exact, frames_to_timecode, is_rate, timecode_to_frames
from resolve_sim.settings import SPACES, Settings, idts
from resolve_sim.world import World

CHOICES: dict[str, tuple[str, ...]] = {
    "Data Level": ("Auto", "Full", "Video"),
    "Alpha mode": ("None", "Straight", "Premultiplied"),
    "PAR": tuple(PIXEL_ASPECTS),
    "Field Dominance": ("Auto", "Upper Field", "Lower Field"),
    "H-FLIP": ("Off", "On"),
    "V-FLIP": ("Off", "On"),
    "Input Sizing Preset": ("None",),
}
"""Properties a script may set, and to what."""

MARK_KINDS = ("video", "audio", "all")
"""What marks are of."""


class MediaPoolItem(Coloured):
    """One clip, or the clip that stands for a timeline."""

    def __init__(self, world: World, settings: Settings, found: Found) -> None:
        """Take what the files say; a sequence has the project's rate at its import."""
        super().__init__(world)
        self.settings = settings
        self.found = found
        self.name = found.name
        self.rate = found.rate or settings.rate
        self.start_timecode = found.timecode or frames_to_timecode(found.first, self.rate)
        self.reel = found.reel if world.switches.reel_read else ""
        self.idt = world.switches.exr_idt if found.path.endswith(".exr") else ""
        self.chosen = {key: values[0] for key, values in CHOICES.items()}
        self.chosen["PAR"] = found.pixel_aspect
        self.chosen["Alpha mode"] = "Premultiplied" if found.has_alpha else "None"
        self.colour_space = ""
        self.metadata: dict[str, str] = {}
        self.third_party: dict[str, str] = {}
        self.marks: dict[str, dict[str, int]] = {}
        self.is_online = True
        self.proxy = ""
        """Path of linked proxies; renders use them unless perfProxyMediaMode is "0"."""
        self.usage = 0

    @property
    def is_timeline(self) -> bool:
        """Whether it is no medium, but stands for a timeline."""
        return self.found.kind == "timeline"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.found.width, self.found.height

    @property
    def first(self) -> int:
        """The number that the API gives the clip's first frame."""
        is_file = self.world.switches.append_counts == "file"
        return self.found.first if is_file else 0

    def length(self) -> int:
        """Return how many frames there are."""
        return len(self.found.frames)

    def GetName(self) -> str:
        """Return the clip's name."""
        return self.name

    def SetName(self, name: str) -> bool:
        """Rename the clip."""
        self.name = name or self.name
        return bool(name)

    def GetMediaId(self) -> str:
        """Return the identity of the medium."""
        return f"media-{self.identity}"

    def GetMetadata(self, kind: str | None = None) -> object:
        """Return one entry, or all."""
        return self.metadata.get(kind, "") if kind else dict(self.metadata)

    def SetMetadata(self, kind: str | dict[str, object], value: str = "") -> bool:
        """Set entries."""
        return _update(self.metadata, kind, value)

    def GetThirdPartyMetadata(self, kind: str | None = None) -> object:
        """Return one entry, or all."""
        return self.third_party.get(kind, "") if kind else dict(self.third_party)

    def SetThirdPartyMetadata(self, kind: str | dict[str, object], value: str = "") -> bool:
        """Set entries that Resolve does not know."""
        return _update(self.third_party, kind, value)

    def GetClipProperty(self, key: str | None = None) -> object:
        """Return one property ("" if there is none of that name), or all."""
        properties = self.properties()
        return properties.get(key, "") if key else properties

    def properties(self) -> dict[str, object]:
        """Return all properties, in the mixed types that Resolve uses."""
        found, count = self.found, self.length()
        is_file = self.world.switches.sequence_start == "file"
        start = found.first if is_file else 0
        name = Path(found.path).name
        return {
            "Clip Name": self.name,
            "File Name": name,
            "File Path": found.path,
            "Clip Directory": str(Path(found.path).parent),
            "Type": {"still": "Still", "timeline": "Timeline"}.get(found.kind, "Video"),
            "Format": Path(found.path).suffix[1:].upper(),
            "Video Codec": "",
            "Bit Depth": found.bit_depth,
            "Resolution": f"{found.width}x{found.height}",
            "FPS": float(self.rate.removesuffix(" DF")),
            "Drop frame": str(int(self.rate.endswith(" DF"))),
            "Frames": str(count),
            "Duration": frames_to_timecode(count, self.rate),
            "Start": str(start),
            "End": str(start + count - 1),
            "Start TC": self.start_timecode,
            "End TC": self._end_timecode(),
            **self.chosen,
            "Input Color Space": self.colour_space,
            "Input Gamma": "",
            "Input LUT": "",
            "IDT": self.idt,
            "Online Status": "Online" if self.is_online else "Offline",
            "Proxy": self.proxy or "None",
            "Reel Name": self.reel,
            "Usage": str(self.usage),
            "Super Scale": 1,
            "Audio Ch": "2" if found.has_audio else "0",
        }

    def _end_timecode(self) -> str:
        start = timecode_to_frames(self.start_timecode, self.rate) or 0
        return frames_to_timecode(start + self.length(), self.rate)

    def SetClipProperty(self, key: str, value: object) -> bool:
        """Set a property; False if it is read only, unknown, or not to be had here."""
        if not isinstance(value, str):
            return False
        if key in CHOICES:
            if value in CHOICES[key]:
                self.chosen[key] = value
            return value in CHOICES[key]
        setters = {
            "Clip Name": self.SetName,
            "FPS": self._set_rate,
            "Start TC": self._set_start,
            "Reel Name": self._set_reel,
            "IDT": self._set_idt,
            "Input Color Space": self._set_space,
        }
        return key in setters and setters[key](value)

    def _set_rate(self, value: str) -> bool:
        if not self.world.switches.fps_writable or not is_rate(value):
            return False
        self.rate = value
        if self.found.timecode is None:
            self.start_timecode = frames_to_timecode(self.found.first, value)
        return True

    def _set_start(self, value: str) -> bool:
        is_timecode = timecode_to_frames(value, self.rate) is not None
        if not self.world.switches.start_tc_writable or not is_timecode:
            return False
        self.start_timecode = value
        return True

    def _set_reel(self, value: str) -> bool:
        if self.world.switches.reel_writable == "yes":
            self.reel = value
        return self.world.switches.reel_writable != "no"

    def _set_idt(self, value: str) -> bool:
        is_open = self.world.switches.idt_writable or self.found.kind == "movie"
        if not self.settings.is_aces or not is_open or value not in idts(self.world):
            return False
        self.idt = value
        return True

    def _set_space(self, value: str) -> bool:
        is_managed = self.settings["colorScienceMode"].startswith("davinciYRGBColorManaged")
        if is_managed and value in SPACES:
            self.colour_space = value
        return is_managed and value in SPACES

    def ReplaceClip(self, path: str) -> bool:
        """Put another single file in the clip's place."""
        found = find_file(path)
        if found is None:
            return False
        self.found = found
        return True

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        """Return the marks."""
        return {kind: dict(marks) for kind, marks in self.marks.items()}

    def SetMarkInOut(self, first: int, last: int, kind: str = "all") -> bool:
        """Mark a range of frames."""
        if kind not in MARK_KINDS or not 0 <= first <= last < self.length():
            return False
        self.marks["video" if kind == "all" else kind] = {"in": first, "out": last}
        return True

    def ClearMarkInOut(self, kind: str = "all") -> bool:
        """Take the marks off."""
        self.marks = {} if kind == "all" else {k: m for k, m in self.marks.items() if k != kind}
        return kind in MARK_KINDS

    @property
    def exact_rate(self) -> float:
        """Frames per second."""
        return float(exact(self.rate))


def _update(kept: dict[str, str], kind: str | dict[str, object], value: str) -> bool:
    entries = {kind: value} if isinstance(kind, str) else kind
    if not all(isinstance(part, str) for entry in entries.items() for part in entry):
        return False
    kept.update({key: str(entry) for key, entry in entries.items()})
    return bool(entries)
