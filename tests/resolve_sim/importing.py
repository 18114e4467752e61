"""Timelines in from OTIO files, read as strictly as Resolve does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from resolve_sim.exporting import PARAMETERS, PER_FRAME
from resolve_sim.item import TimelineItem, Track
from resolve_sim.media import MediaPoolItem
from resolve_sim.rates import RATES, exact, timecode_to_frames
from resolve_sim.timeline import Timeline

SPAN = re.compile(r"\[(\d+)-(\d+)\]")
"""The range in a consolidated name."""

PROPERTIES = {
    parameter: key
    for parameters in PARAMETERS.values()
    for parameter, (key, _default) in parameters.items()
}
"""Properties by the names they have in an OTIO."""

Import = Callable[[list[object]], list[MediaPoolItem] | None]
"""Takes what ImportMedia takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A timeline as its file says."""

    name: str
    folder: Path
    content: Any

    def build(self, timeline: Timeline, media: list[MediaPoolItem], importing: Import) -> bool:
        """Put the file's tracks on an empty timeline; False if its shape is not Resolve's own."""
        try:
            return self._build(timeline, media, importing)
        except (KeyError, TypeError, ValueError):
            return False

    def _build(self, timeline: Timeline, media: list[MediaPoolItem], importing: Import) -> bool:
        rate = _rate(self.content)
        if rate is None or rate != timeline.settings.rate.removesuffix(" DF"):
            return False
        start = self.content.get("global_start_time")
        timeline.start = int(start["value"]) if start else timeline.start
        timeline.playhead = timeline.start
        tracks = [one for one in self.content["tracks"]["children"] if one["kind"] == "Video"]
        for number, written in enumerate(tracks, start=1):
            if number > 1:
                timeline.AddTrack("video")
            track = timeline.tracks["video"][number - 1]
            track.name = written.get("name") or track.name
            track.is_enabled = written.get("enabled", True)
            if not self._fill(timeline, track, written["children"], media, importing):
                return False
        self._mark(timeline)
        return True

    def _fill(
        self,
        timeline: Timeline,
        track: Track,
        children: list[Any],
        media: list[MediaPoolItem],
        importing: Import,
    ) -> bool:
        at = timeline.start
        for child in children:
            duration = round(child["source_range"]["duration"]["value"])
            if child["OTIO_SCHEMA"].startswith("Clip."):
                clip = self._find(timeline, child, media, importing)
                if clip is None or not _is_inside(child, clip):
                    return False
                track.items.append(_item(timeline, track, clip, child, at))
                clip.usage += 1
            at += duration
        return True

    def _find(
        self,
        timeline: Timeline,
        child: Any,
        media: list[MediaPoolItem],
        importing: Import,
    ) -> MediaPoolItem | None:
        # Only this shape is taken (reported live): Clip.2, with a map of references.
        reference = child["media_references"][child["active_media_reference_key"]]
        path = self._path(timeline, reference["target_url"])
        is_clip = child["OTIO_SCHEMA"] == "Clip.2"
        if not is_clip or reference["OTIO_SCHEMA"] != "ExternalReference.1" or path is None:
            return None
        known = next((one for one in media if _is_of(one, path)), None)
        if known is not None:
            return known
        found = importing([_asked(path)])
        media += found or []
        return found[0] if found else None

    def _path(self, timeline: Timeline, url: str) -> Path | None:
        switches = timeline.world.switches
        if "://" in url:
            return Path(unquote(urlparse(url).path)) if switches.otio_urls else None
        path = Path(url)
        if path.is_absolute():
            return path
        return self.folder / path if switches.otio_relative else None

    def _mark(self, timeline: Timeline) -> None:
        for marker in self.content["tracks"].get("markers", []):
            frame = round(marker["marked_range"]["start_time"]["value"])
            if frame >= timeline.start > 0:
                frame -= timeline.start
            colour = marker.get("color", "BLUE").capitalize()
            note = marker.get("comment") or marker.get("metadata", {}).get("note", "")
            timeline.AddMarker(frame, colour, marker.get("name", ""), str(note), 1)


def read_import(path: Path, name: str | None) -> Read | None:
    """Read an OTIO file; None if it is none."""
    if path.suffix != ".otio" or not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    if not str(content.get("OTIO_SCHEMA", "")).startswith("Timeline."):
        return None
    return Read(name=name or content["name"], folder=path.parent, content=content)


def _rate(content: Any) -> str | None:
    start = content.get("global_start_time")
    if not start:
        return None
    return next((r for r in RATES if abs(float(exact(r)) - start["rate"]) < 1e-3), None)


def _is_inside(child: Any, clip: MediaPoolItem) -> bool:
    """Say whether the range counts from the medium's own timecode and stays in it."""
    first = timecode_to_frames(clip.start_timecode, clip.rate) or 0
    reference = child["media_references"][child["active_media_reference_key"]]
    available, wanted = reference["available_range"], child["source_range"]
    start = round(wanted["start_time"]["value"])
    end = start + round(wanted["duration"]["value"])
    is_own = round(available["start_time"]["value"]) == first
    return bool(is_own and first <= start < end <= first + clip.length())


def _is_of(media: MediaPoolItem, path: Path) -> bool:
    return media.found.path == str(path) or path in media.found.frames


def _asked(path: Path) -> object:
    span = SPAN.search(path.name)
    if span is None:
        return _sequence_from(path) or str(path)
    digits = len(span[1])
    pattern = str(path.with_name(SPAN.sub(f"%0{digits}d", path.name)))
    return {"FilePath": pattern, "StartIndex": int(span[1]), "EndIndex": int(span[2])}


def _sequence_from(path: Path) -> object:
    """Return the sequence that a file is the first of."""
    number = re.search(r"(\d+)(\.\w+)$", path.name)
    if number is None:
        return None
    digits, first = len(number[1]), int(number[1])
    pattern = path.name[: number.start()] + f"%0{digits}d" + number[2]
    last = first
    while path.with_name(pattern % (last + 1)).is_file():
        last += 1
    return {"FilePath": str(path.with_name(pattern)), "StartIndex": first, "EndIndex": last}


def _item(
    timeline: Timeline,
    track: Track,
    clip: MediaPoolItem,
    child: Any,
    at: int,
) -> TimelineItem:
    first = timecode_to_frames(clip.start_timecode, clip.rate) or 0
    span = child["source_range"]
    item = TimelineItem(
        timeline.world,
        timeline.effective,
        track,
        clip,
        start=at,
        duration=round(span["duration"]["value"]),
        source_start=round(span["start_time"]["value"]) - first,
    )
    item.name = child.get("name") or item.name
    item.is_enabled = child.get("enabled", True)
    for effect in child.get("effects", []):
        _apply(item, effect, timeline.settings.size)
    return item


def _apply(item: TimelineItem, effect: Any, size: tuple[int, int]) -> None:
    if effect["OTIO_SCHEMA"].startswith("LinearTimeWarp"):
        item.speed = 100 * effect["time_scalar"]
    written = effect.get("metadata", {}).get("Resolve_OTIO", {})
    if effect.get("effect_name") != "Resolve Effect" or not written.get("Enabled"):
        return
    for parameter in written.get("Parameters", []):
        key = PROPERTIES.get(parameter["Parameter ID"])
        if key is None:
            continue
        times = size[PER_FRAME[key]] if key in PER_FRAME else 1
        item.inspector.values[key] = parameter["Parameter Value"] * times
        item.keyframes[key] = {
            int(frame): value["Value"] * times
            for frame, value in parameter.get("Key Frames", {}).items()
        }
