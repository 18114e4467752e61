"""A clip's effects in the words of the OTIO files that Resolve writes.

An effect has a name, a number for its kind, and those parameters that are not at their default,
each with its default beside it. Pan and Tilt are fractions of the clip's size as it was fitted into
the frame, and a positive rotation turns counter-clockwise: so several programs read Resolve's own
exports, and one measured it on Resolve Studio 21.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chromaresolve.composite.reference import ReferenceTrack
from chromaresolve.composite.timeline import CompositeTrack

RESOLVE = "Resolve_OTIO"
"""The only metadata that Resolve reads."""

COLOR = 16
"""Resolve's number for the composite mode Color; a clip set to Color in Resolve exported it."""

Metadata = dict[str, Any]
"""Plain values, lists and tables."""


def composite_effect(track: CompositeTrack) -> Metadata:
    """Return how a clip lies on what is below it; Normal is the default, and so says nothing."""
    if track.composite == "Normal":
        return _effect("Composite", 1, [])
    mode = {
        "Default Parameter Value": 0,
        "Parameter ID": "composite mode",
        "Parameter Value": COLOR,
        "Variant Type": "UInt",
    }
    return _effect("Composite", 1, [mode])


def transform_effect(reference: ReferenceTrack, begin: int) -> Metadata:
    """Return the Reference's Transform.

    Args:
        reference: Its placements by the Source's frame.
        begin: The Source's frame at which the clip begins: key frames count from there.
    """
    width, height = reference.fitted

    def values(field: str, unit: float = 1.0) -> dict[int, float]:
        return {
            frame - begin: round(getattr(inspector, field) / unit, 9)
            for frame, inspector in reference.placements.items()
        }

    parameters = (
        _double("transformationZoomX", 1.0, values("zoom_x"), (0.0, 100.0)),
        _double("transformationZoomY", 1.0, values("zoom_y"), (0.0, 100.0)),
        # Fractions of the clip's size as it was fitted into the frame.
        _double("transformationPan", 0.0, values("pan_px", width), (-4.0, 4.0)),
        _double("transformationTilt", 0.0, values("tilt_px", height), (-4.0, 4.0)),
        _double("transformationRotationAngle", 0.0, values("rotation"), None),
    )
    return _effect("Transform", 2, filter(None, parameters))


def _double(
    identifier: str,
    default: float,
    values: Mapping[int, float],
    limits: tuple[float, float] | None,
) -> Metadata | None:
    """Return one number of an effect, with a key frame for each value where there are several.

    A value like the default is left out: Resolve drops it, and some report that it then drops the
    rest of the effect too. So the value beside key frames is one of those that differ.
    """
    changed = [value for value in values.values() if value != default]
    if not changed:
        return None
    keys = {
        str(frame): {"Value": value, "Variant Type": "Double"} for frame, value in values.items()
    }
    parameter: Metadata = {
        "Default Parameter Value": default,
        "Key Frames": keys if len(keys) > 1 else {},
        "Parameter ID": identifier,
        "Parameter Value": changed[0],
        "Variant Type": "Double",
    }
    return parameter | ({"minValue": limits[0], "maxValue": limits[1]} if limits else {})


def _effect(name: str, kind: int, parameters: Iterable[Metadata]) -> Metadata:
    return {
        "Display Type": 1,
        "Effect Name": name,
        "Enabled": True,
        "Name": name,
        "Parameters": [*parameters],
        "Type": kind,
    }
