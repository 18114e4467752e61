"""What the Inspector shows of an item: properties, their ranges and their defaults."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from resolve_sim.constants import COMPOSITES, RESIZE_FILTERS, RETIMES, SCALINGS, composites
from resolve_sim.settings import Settings
from resolve_sim.world import World


@dataclass(frozen=True, slots=True)
class Property:
    """One property."""

    kind: str
    """What it takes: bool, number, or the number of one of several choices (enum)."""
    default: float | bool
    lowest: float = 0.0
    highest: float = 0.0
    times: str = ""
    """The range is so many times the width or the height of the raster."""
    since: tuple[int, ...] = (19, 1)


def _number(default: float, lowest: float, highest: float, times: str = "") -> Property:
    return Property("number", default, lowest, highest, times)


def _choice(count: int) -> Property:
    return Property("enum", 0, 0, count - 1)


def _switch(default: bool, since: tuple[int, ...] = (19, 1)) -> Property:
    return Property("bool", default, since=since)


NEW = (21, 1)
"""The version that switches groups of properties on and off."""

PROPERTIES = {
    "Pan": _number(0.0, -4, 4, "width"),
    "Tilt": _number(0.0, -4, 4, "height"),
    "ZoomX": _number(1.0, 0, 100),
    "ZoomY": _number(1.0, 0, 100),
    "ZoomGang": _switch(True),
    "RotationAngle": _number(0.0, -360, 360),
    "AnchorPointX": _number(0.0, -4, 4, "width"),
    "AnchorPointY": _number(0.0, -4, 4, "height"),
    "Pitch": _number(0.0, -1.5, 1.5),
    "Yaw": _number(0.0, -1.5, 1.5),
    "FlipX": _switch(False),
    "FlipY": _switch(False),
    "CropLeft": _number(0.0, 0, 1, "width"),
    "CropRight": _number(0.0, 0, 1, "width"),
    "CropTop": _number(0.0, 0, 1, "height"),
    "CropBottom": _number(0.0, 0, 1, "height"),
    "CropSoftness": _number(0.0, -100, 100),
    "CropRetain": _switch(False),
    "DynamicZoomEase": _choice(4),
    "CompositeMode": _choice(len(COMPOSITES)),
    "Opacity": _number(100.0, 0, 100),
    "Distortion": _number(0.0, -1, 1),
    "RetimeProcess": _choice(len(RETIMES)),
    "MotionEstimation": _choice(7),
    "Scaling": _choice(len(SCALINGS)),
    "ResizeFilter": _choice(len(RESIZE_FILTERS)),
    "TransformEnabled": _switch(True, NEW),
    "CroppingEnabled": _switch(True, NEW),
    "DynamicZoomEnabled": _switch(False, NEW),
    "CompositeEnabled": _switch(True, NEW),
    "LensCorrectionEnabled": _switch(True, NEW),
    "RetimeAndScalingEnabled": _switch(True, NEW),
}
"""Of a video item, in the order of Blackmagic's list; 26 of them before 21.1 (counted live)."""


class Inspector:
    """The properties of one item."""

    def __init__(self, world: World, settings: Callable[[], Settings]) -> None:
        """Begin with every property at its default."""
        self.world = world
        self.settings = settings
        self.values = {
            key: one.default for key, one in PROPERTIES.items() if world.version >= one.since
        }

    def __getitem__(self, key: str) -> float:
        """Return a property as a number, its default where this version has none."""
        return float(self.values.get(key, PROPERTIES[key].default))

    def write(self, key: str, value: object) -> bool:
        """Set a property; numbers out of range are clipped, other types refused."""
        if key not in self.values:
            return False
        known = PROPERTIES[key]
        if isinstance(value, bool) or known.kind == "bool":
            if known.kind != "bool" or not isinstance(value, bool):
                return False
            self._keep(key, value)
            return True
        # NaN and Inf are no numbers that a slider could have.
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        if known.kind == "enum" and not float(value).is_integer():
            return False
        self._keep(key, self._clipped(key, value))
        return True

    def _clipped(self, key: str, value: float) -> float:
        known = PROPERTIES[key]
        width, height = self.settings().size
        scale = {"width": width, "height": height}.get(known.times, 1)
        highest = known.highest * scale
        if key == "CompositeMode":
            highest = len(composites(self.world)) - 1
        clipped = min(max(value, known.lowest * scale), highest)
        return int(clipped) if known.kind == "enum" else float(clipped)

    def _keep(self, key: str, value: float | bool) -> None:
        self.values[key] = value
        couples = self.world.switches.zoom_gang == "couples" and self.values["ZoomGang"]
        if couples and key in ("ZoomX", "ZoomY"):
            self.values["ZoomX"] = self.values["ZoomY"] = value
