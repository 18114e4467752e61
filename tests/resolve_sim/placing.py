"""AppendToTimeline: what lands where, what only seems to, and what is lost later."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from resolve_sim.faults import ghost
from resolve_sim.item import TimelineItem, Track
from resolve_sim.media import MediaPoolItem
from resolve_sim.model import Model
from resolve_sim.rates import exact
from resolve_sim.timeline import Timeline

KEYS = frozenset(
    {"mediaPoolItem", "startFrame", "endFrame", "mediaType", "trackIndex", "recordFrame"}
)
"""What a clipInfo may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One clip to be placed."""

    media: MediaPoolItem
    start: int
    """Counted from the clip's first frame."""
    end: int
    """The frame after the last."""
    track: int | None
    record: int | None
    video_only: bool


def append(timeline: Timeline, clips: list[object]) -> list[Model]:
    """Place clips one after the other; what cannot be placed is a ghost, or left out."""
    world = timeline.world
    placed: list[Model] = []
    for clip in clips:
        wish = _wish(clip)
        item = _place(timeline, wish) if wish else None
        if item is not None:
            placed.append(item)
        elif wish is not None and world.switches.overlap == "ghost":
            placed.append(ghost(world, "TimelineItem"))
    living = [item for item in placed if isinstance(item, TimelineItem) and item.is_alive]
    if len(living) < len(clips):
        for item in living:
            item.is_fragile = world.switches.errored_vanish
    return placed


def _wish(clip: object) -> Wish | None:
    if isinstance(clip, MediaPoolItem):
        clip = {"mediaPoolItem": clip}
    if not isinstance(clip, dict) or not set(clip) <= KEYS:
        return None
    media = clip.get("mediaPoolItem")
    if not isinstance(media, MediaPoolItem) or not media.is_alive or media.is_timeline:
        return None
    numbers = {key: value for key, value in clip.items() if key != "mediaPoolItem"}
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers.values()):
        return None
    if ("startFrame" in clip) != ("endFrame" in clip) or clip.get("mediaType", 1) != 1:
        return None
    wish = Wish(
        media=media,
        start=clip.get("startFrame", media.first) - media.first,
        end=clip.get("endFrame", media.first + media.length()) - media.first,
        track=clip.get("trackIndex"),
        record=clip.get("recordFrame"),
        video_only="mediaType" in clip,
    )
    return wish if wish.start < wish.end else None


def _place(timeline: Timeline, wish: Wish) -> TimelineItem | None:
    is_outside = wish.start < 0 or wish.end > wish.media.length()
    if is_outside and timeline.world.switches.outside_range == "refuse":
        return None
    track = _track(timeline, wish)
    if track is None or track.is_locked:
        return None
    start = wish.record
    if start is None or track.index != (wish.track or 1):
        start = max([timeline.start, *(item.end for item in track.items)])
    duration = _duration(timeline, wish)
    if duration < 1 or _overlaps(track, start, start + duration):
        return None
    item = TimelineItem(
        timeline.world,
        timeline.effective,
        track,
        wish.media,
        start=start,
        duration=duration,
        source_start=wish.start,
    )
    without = wish.track is not None and not wish.video_only
    item.plays_black = without and timeline.world.switches.without_media_type == "black"
    track.items.append(item)
    wish.media.usage += 1
    if wish.media.found.has_audio and not wish.video_only:
        _link_audio(timeline, item)
    return item


def _track(timeline: Timeline, wish: Wish) -> Track | None:
    index = 1 if wish.track is None else wish.track
    track = timeline.track("video", index)
    if track is None and timeline.world.switches.missing_track == "elsewhere":
        return timeline.track("video", 1)
    return track


def _duration(timeline: Timeline, wish: Wish) -> int:
    """Return the frames on the timeline: another rate plays by time, and loses what is broken."""
    frames = (wish.end - wish.start) * exact(timeline.settings.rate) / exact(wish.media.rate)
    floors = timeline.world.switches.mismatch_floors
    return math.floor(frames) if floors else math.floor(frames + Fraction(1, 2))


def _overlaps(track: Track, start: int, end: int) -> bool:
    return any(item.start < end and start < item.end for item in track.items)


def _link_audio(timeline: Timeline, item: TimelineItem) -> None:
    track = timeline.tracks["audio"][0]
    if _overlaps(track, item.start, item.end):
        return
    audio = TimelineItem(
        timeline.world,
        timeline.effective,
        track,
        item.media,
        start=item.start,
        duration=item.duration,
        source_start=item.source_start,
    )
    track.items.append(audio)
    item.linked, audio.linked = [audio], [item]
