"""Timelines out to files: OTIO as Resolve shapes it, and stand-ins for the other formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from resolve_sim.item import TimelineItem, Track
from resolve_sim.rates import exact, timecode_to_frames

Json: TypeAlias = dict[str, object]
"""One OTIO object."""

PARAMETERS = {
    "Composite": {"composite mode": ("CompositeMode", 0.0), "opacity": ("Opacity", 100.0)},
    "Transform": {
        "transformationZoomX": ("ZoomX", 1.0),
        "transformationZoomY": ("ZoomY", 1.0),
        "transformationPan": ("Pan", 0.0),
        "transformationTilt": ("Tilt", 0.0),
        "transformationRotationAngle": ("RotationAngle", 0.0),
    },
}
"""Resolve's effects and their parameters: the property each stands for, and its default."""

PER_FRAME = {"Pan": 0, "Tilt": 1}
"""Properties that an OTIO gives as fractions of the frame's width (0) or height (1)."""


def write_export(
    path: Path, kind: str, name: str, rate: str, start: int, tracks: list[Track]
) -> None:
    """Write a timeline: OTIO in full, FCPXML 1.10 as the folder it is, all else as a stand-in."""
    if kind == "EXPORT_OTIO":
        text = json.dumps(_timeline(name, rate, start, tracks), indent=1)
        path.write_text(text, encoding="utf-8")
    elif kind == "EXPORT_FCPXML_1_10":
        path.mkdir(exist_ok=True)
        (path / "Info.fcpxml").write_text(f"<!-- {name} -->", encoding="utf-8")
    else:
        path.write_text(f"{kind} {name}\n", encoding="utf-8")


def _timeline(name: str, rate: str, start: int, tracks: list[Track]) -> Json:
    number = float(exact(rate))
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": name,
        "metadata": {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}},
        "global_start_time": _time(start, number),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "children": [_track(track, start, number) for track in tracks],
        },
    }


def _track(track: Track, start: int, rate: float) -> Json:
    return {
        "OTIO_SCHEMA": "Track.1",
        "kind": "Video",
        "name": track.name,
        "enabled": track.is_enabled,
        "children": list(_children(track, start, rate)),
    }


def _children(track: Track, start: int, rate: float) -> Iterator[Json]:
    at = start
    for item in sorted(track.items, key=lambda one: one.start):
        if item.start > at:
            span = _range(0, item.start - at, rate)
            yield {"OTIO_SCHEMA": "Gap.1", "name": "", "source_range": span}
        yield _clip(item, rate)
        at = item.end


def _clip(item: TimelineItem, rate: float) -> Json:
    media = item.media
    first = timecode_to_frames(media.start_timecode, media.rate) or 0 if media else 0
    reference: Json = {"OTIO_SCHEMA": "MissingReference.1"}
    if media is not None:
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "target_url": media.found.path,
            "available_range": _range(first, media.length(), media.exact_rate),
        }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": item.name,
        "enabled": item.is_enabled,
        "source_range": _range(first + item.source_start, item.duration, rate),
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "effects": [*_effects(item), *_retime(item)],
        "markers": [],
        "metadata": {},
    }


def _retime(item: TimelineItem) -> Iterator[Json]:
    if item.speed != 100:
        yield {
            "OTIO_SCHEMA": "LinearTimeWarp.1",
            "name": "",
            "effect_name": "LinearTimeWarp",
            "time_scalar": item.speed / 100,
            "metadata": {},
        }


def _effects(item: TimelineItem) -> Iterator[Json]:
    for number, name in enumerate(PARAMETERS, start=1):
        written: Json = {
            "Effect Name": name,
            "Name": name,
            "Type": number,
            "Display Type": 1,
            "Enabled": True,
            "Parameters": list(_parameters(item, name)),
        }
        yield {
            "OTIO_SCHEMA": "Effect.1",
            "name": "",
            "effect_name": "Resolve Effect",
            "metadata": {"Resolve_OTIO": written},
        }


def _parameters(item: TimelineItem, effect: str) -> Iterator[Json]:
    size = item.inspector.settings().size
    for parameter, (key, default) in PARAMETERS[effect].items():
        value = item.inspector[key]
        if value != default:
            yield {
                "Parameter ID": parameter,
                "Parameter Value": value / size[PER_FRAME[key]] if key in PER_FRAME else value,
                "Default Parameter Value": default,
                "Variant Type": "UInt" if key == "CompositeMode" else "Double",
                "Key Frames": {},
            }


def _time(value: float, rate: float) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}


def _range(start: float, duration: float, rate: float) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(duration, rate),
    }
