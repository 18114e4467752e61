"""Markers, flags and clip colours: the same on clips, items and timelines."""

from __future__ import annotations

from resolve_sim.model import Model
from resolve_sim.world import World

CLIP_COLOURS = (
    "Orange", "Apricot", "Yellow", "Lime", "Olive", "Green", "Teal", "Navy", "Blue", "Purple",
    "Violet", "Pink", "Tan", "Beige", "Brown", "Chocolate",
)  # fmt: skip
"""What SetClipColor takes."""

MARKER_COLOURS = (
    "Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia", "Rose", "Lavender",
    "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream",
)  # fmt: skip
"""What AddMarker and AddFlag take."""


class Marked(Model):
    """Something with markers; frames count from its own start."""

    def __init__(self, world: World) -> None:
        """Begin without markers."""
        super().__init__(world)
        self.markers: dict[float, dict[str, object]] = {}

    def length(self) -> int:
        """Return how many frames can have a marker."""
        raise NotImplementedError

    def AddMarker(
        self,
        frame: float,
        colour: str,
        name: str,
        note: str,
        duration: float,
        custom: str | None = None,
    ) -> bool:
        """Add a marker; False where one is, outside, or of another colour."""
        is_free = float(frame) not in self.markers and 0 <= frame < self.length()
        if not is_free or colour not in MARKER_COLOURS or duration < 1:
            return False
        self.markers[float(frame)] = {
            "color": colour,
            "duration": float(duration),
            "note": note,
            "name": name,
            "customData": custom or "",
        }
        return True

    def GetMarkers(self) -> dict[float, dict[str, object]]:
        """Return all markers by frame."""
        return {frame: dict(marker) for frame, marker in sorted(self.markers.items())}

    def GetMarkerByCustomData(self, custom: str) -> dict[float, dict[str, object]]:
        """Return the first marker with these custom data."""
        found = [item for item in self.GetMarkers().items() if item[1]["customData"] == custom]
        return dict(found[:1])

    def UpdateMarkerCustomData(self, frame: float, custom: str) -> bool:
        """Change what a marker carries unseen."""
        if float(frame) not in self.markers:
            return False
        self.markers[float(frame)]["customData"] = custom
        return True

    def GetMarkerCustomData(self, frame: float) -> object:
        """Return what a marker carries unseen."""
        return self.markers.get(float(frame), {}).get("customData", "")

    def DeleteMarkersByColor(self, colour: str) -> bool:
        """Delete markers of one colour, or All."""
        gone = [f for f, marker in self.markers.items() if colour in ("All", marker["color"])]
        return self._delete(gone)

    def DeleteMarkerAtFrame(self, frame: float) -> bool:
        """Delete the marker at a frame."""
        return self._delete([float(frame)] if float(frame) in self.markers else [])

    def DeleteMarkerByCustomData(self, custom: str) -> bool:
        """Delete the first marker with these custom data."""
        return self._delete(list(self.GetMarkerByCustomData(custom)))

    def _delete(self, frames: list[float]) -> bool:
        for frame in frames:
            del self.markers[frame]
        return bool(frames)


class Coloured(Marked):
    """Something with flags and a colour too."""

    def __init__(self, world: World) -> None:
        """Begin without flags and colour."""
        super().__init__(world)
        self.flags: list[str] = []
        self.colour = ""

    def AddFlag(self, colour: str) -> bool:
        """Add a flag."""
        if colour not in MARKER_COLOURS:
            return False
        if colour not in self.flags:
            self.flags.append(colour)
        return True

    def GetFlagList(self) -> list[str]:
        """Return the colours of the flags."""
        return list(self.flags)

    def ClearFlags(self, colour: str) -> bool:
        """Take off flags of one colour, or All."""
        left = [flag for flag in self.flags if colour not in ("All", flag)]
        is_less = len(left) < len(self.flags)
        self.flags = left
        return is_less

    def GetClipColor(self) -> str:
        """Return the clip's colour."""
        return self.colour

    def SetClipColor(self, colour: str) -> bool:
        """Colour the clip; only 16 names are taken."""
        if colour not in CLIP_COLOURS:
            return False
        self.colour = colour
        return True

    def ClearClipColor(self) -> bool:
        """Take the colour off."""
        self.colour = ""
        return True
