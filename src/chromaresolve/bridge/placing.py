"""Timelines: made, their tracks named, clips placed frame for frame, and all of it read back."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .errors import BridgeError, RefusedError
from .keeping import attempt, kept_bin, open_bin, open_timeline, put_back_after
from .media import Clip, read
from .session import Session
from .values import as_number

VIDEO = 1
"""AppendToTimeline's media type for pictures without sound."""


NEEDS_SELECTION = ((20, 3, 0), (20, 3, 2))
"""From and before which versions nothing is placed while no clip is selected in the media pool, as
Blackmagic's list of changes says; there, a selection cannot be undone by a script."""


class Placement(NamedTuple):
    """Where a clip is to lie."""

    track: int
    """The video track, from 1."""
    clip: Clip
    """The clip."""
    offset: int
    """How many of the clip's frames are left out at its beginning."""
    duration: int
    """How many frames lie on the timeline."""
    at: int
    """Frames from the timeline's beginning."""


class Placed(NamedTuple):
    """What lies on a track."""

    item: Any
    """Resolve's object."""
    start: int
    """Frames from the timeline's beginning."""
    duration: int
    """Frames."""
    left_offset: int
    """How many of the clip's frames are left out at its beginning."""
    told_offset: int
    """The same in Resolve's own way of counting, which may be a file's number."""
    clip: Optional[Clip]
    """The clip in the media pool; None for what has none, such as a title."""


def find_timeline(session: Session, name: str) -> Optional[Any]:
    """Return the timeline of this name, or None."""
    return session.timelines().get(name)


def built_timeline(session: Session, name: str, entry: str) -> Any:
    """Return the timeline that another entry of the menu builds.

    Raises:
        BridgeError: It is not there; the message names the entry.
    """
    timeline = find_timeline(session, name)
    if timeline is None:
        raise BridgeError(f"timeline {name!r}", "is not there", f"run {entry} first")
    return timeline


def make_timeline(session: Session, name: str, start_timecode: str) -> Any:
    """Return the timeline of this name, made empty if it is not there; it is left open.

    Raises:
        BridgeError: Resolve did not make it, or it begins at another timecode.
    """
    timeline = find_timeline(session, name)
    if timeline is None:
        with kept_bin(session):
            pool = session.pool()
            root = session.demand(pool, "MediaPool.GetRootFolder")
            open_bin(session, root)
            timeline = session.demand(pool, "MediaPool.CreateEmptyTimeline", name)
    open_timeline(session, timeline)
    if session.ask(timeline, "Timeline.GetStartTimecode") != start_timecode:
        session.demand(timeline, "Timeline.SetStartTimecode", start_timecode)
        begins = session.ask(timeline, "Timeline.GetStartTimecode")
        if begins != start_timecode:
            cause = f"it begins at {begins} instead of {start_timecode}"
            remedy = "set Starting Timecode in the timeline's menu, then run this entry again"
            raise BridgeError(f"timeline {name!r}", cause, remedy)
    return timeline


def remove_timeline(session: Session, name: str) -> bool:
    """Delete the timeline of this name; return False where it is the open one, and stays.

    Resolve deletes no open timeline, and in a project without another one there is nothing else
    to open.
    """
    timeline = find_timeline(session, name)
    if timeline is None:
        return True
    opened = session.ask(session.project(), "Project.GetCurrentTimeline")
    if opened is not None and session.ask(opened, "Timeline.GetName") == name:
        session.journal.say(
            f"timeline {name!r} stays, as Resolve deletes no open timeline: delete it by hand when "
            "another one is open"
        )
        return False
    session.demand(session.pool(), "MediaPool.DeleteTimelines", [timeline])
    return True


def name_tracks(session: Session, timeline: Any, names: Sequence[str]) -> None:
    """Make at least as many video tracks as there are names, and name them from V1 up."""
    while int(session.number(timeline, "Timeline.GetTrackCount", "video")) < len(names):
        before = session.number(timeline, "Timeline.GetTrackCount", "video")
        session.demand(timeline, "Timeline.AddTrack", "video")
        if session.number(timeline, "Timeline.GetTrackCount", "video") == before:
            raise RefusedError(
                "AddTrack('video')", "Resolve said yes and made no track", "add it by hand"
            )
    for index, name in enumerate(names, start=1):
        if session.ask(timeline, "Timeline.GetTrackName", "video", index) != name:
            session.demand(timeline, "Timeline.SetTrackName", "video", index, name)
            if session.ask(timeline, "Timeline.GetTrackName", "video", index) != name:
                cause = f"Resolve said yes and did not call it {name!r}"
                raise RefusedError(f"track V{index}", cause, "name it by hand")


def track_numbers(session: Session, timeline: Any) -> Dict[str, int]:
    """Return a timeline's video tracks by name."""
    count = int(session.number(timeline, "Timeline.GetTrackCount", "video"))
    numbers = range(1, count + 1)
    return {str(session.ask(timeline, "Timeline.GetTrackName", "video", i)): i for i in numbers}


def placed_on(session: Session, timeline: Any, track: int) -> List[Placed]:
    """Return what lies on a video track, in order of time; transitions are left out."""
    if track > int(session.number(timeline, "Timeline.GetTrackCount", "video")):
        return []
    start = int(session.number(timeline, "Timeline.GetStartFrame"))
    return [_read_placed(session, item, start) for item in session.items(timeline, track)]


def place(session: Session, timeline: Any, placement: Placement) -> Any:
    """Place a clip and return it as it lies; what lies there already as wanted is kept.

    Raises:
        BridgeError: Something else lies there, or Resolve placed it elsewhere, shorter, or not.
    """
    there = _at(placed_on(session, timeline, placement.track), placement)
    if there is None:
        base = _counted_from(session, timeline, placement)
        first = base + placement.offset
        span = None if _is_whole(placement) else (first, first + placement.duration)
        _append(session, timeline, placement, span, placement.at)
        there = _at(placed_on(session, timeline, placement.track), placement)
        if there is not None and there.told_offset == first:
            there = there._replace(left_offset=placement.offset)
    if there is None or not _is_as_wanted(there, placement):
        raise _not_so(there, placement)
    return there.item


def take_off(session: Session, timeline: Any, items: Sequence[Any]) -> None:
    """Take clips off a timeline; nothing else moves.

    Raises:
        RefusedError: Resolve refused it twice; that it refuses once for no reason has been seen.
    """
    if items:
        for error in attempt(
            lambda: session.demand(timeline, "Timeline.DeleteClips", list(items), False)
        ):
            raise error


def _is_whole(placement: Placement) -> bool:
    return placement.offset == 0 and placement.duration == placement.clip.frames


def _counted_from(session: Session, timeline: Any, placement: Placement) -> int:
    """Return what Resolve calls the first frame of a clip: 0, or its file's number.

    Neither is written down for image sequences, and a range counted in the wrong way reads back
    well and renders black. So the clip is placed whole, behind everything, and taken off again.
    """
    if not placement.clip.first or _is_whole(placement):
        return 0
    behind = _end(session, timeline) + placement.duration
    found: List[int] = []

    def take_away() -> None:
        tried = placed_on(session, timeline, placement.track)
        take_off(session, timeline, [one.item for one in tried if one.start >= behind])

    with put_back_after(session, "a clip placed on trial", take_away):
        _append(session, timeline, placement, None, behind)
        tried = placed_on(session, timeline, placement.track)
        found += [one.told_offset for one in tried if one.start >= behind]
    return found[0] if found else _start_attribute(placement.clip)


def _start_attribute(clip: Clip) -> int:
    """Return the clip's own word for its first frame; what it means for placing is not written."""
    return int(as_number(clip.properties.get("Start")) or 0)


def _end(session: Session, timeline: Any) -> int:
    """Return the end of everything, in frames from the timeline's beginning."""
    begins = session.number(timeline, "Timeline.GetStartFrame")
    return int(session.number(timeline, "Timeline.GetEndFrame") - begins)


def _append(
    session: Session,
    timeline: Any,
    placement: Placement,
    span: Optional[Tuple[int, int]],
    at: int,
) -> None:
    open_timeline(session, timeline)  # a clip is appended to the open timeline, whichever that is
    if NEEDS_SELECTION[0] <= session.version < NEEDS_SELECTION[1]:
        session.demand(session.pool(), "MediaPool.SetSelectedClip", placement.clip.remote)
    begins = int(session.number(timeline, "Timeline.GetStartFrame"))
    wish: Dict[str, Any] = {
        "mediaPoolItem": placement.clip.remote,
        "mediaType": VIDEO,
        "trackIndex": placement.track,
        "recordFrame": begins + at,
    }
    if span is not None:
        wish["startFrame"], wish["endFrame"] = span  # the end is the frame after the last one
    session.ask(session.pool(), "MediaPool.AppendToTimeline", [wish])


def _read_placed(session: Session, item: Any, timeline_start: int) -> Placed:
    remote = session.ask(item, "TimelineItem.GetMediaPoolItem")
    clip = None if remote is None else read(session, remote)
    duration = int(session.number(item, "TimelineItem.GetDuration"))
    told = int(session.number(item, "TimelineItem.GetLeftOffset"))
    return Placed(
        item=item,
        start=int(session.number(item, "TimelineItem.GetStart")) - timeline_start,
        duration=duration,
        left_offset=_left_offset(told, duration, clip),
        told_offset=told,
        clip=clip,
    )


def _left_offset(told: int, duration: int, clip: Optional[Clip]) -> int:
    """Return how many frames are left out, from a number that may be a file's.

    Only where both are possible does the clip's own word for its first frame decide.
    """
    if clip is None or not clip.first:
        return told
    if duration == clip.frames and told in (0, clip.first):
        return 0
    is_number = clip.first <= told <= clip.first + clip.frames - duration
    is_count = 0 <= told <= clip.frames - duration
    if is_number and (not is_count or _start_attribute(clip) == clip.first):
        return told - clip.first
    return told


def _at(placed: Sequence[Placed], placement: Placement) -> Optional[Placed]:
    """Return what lies anywhere in the frames that the placement needs."""
    end = placement.at + placement.duration
    for one in placed:
        if one.start < end and placement.at < one.start + one.duration:
            return one
    return None


def _is_as_wanted(placed: Placed, placement: Placement) -> bool:
    same_clip = placed.clip is not None and placed.clip.path == placement.clip.path
    lies = (placed.start, placed.duration, placed.left_offset)
    return same_clip and lies == (placement.at, placement.duration, placement.offset)


def _not_so(there: Optional[Placed], placement: Placement) -> BridgeError:
    where = f"track V{placement.track}, clip {placement.clip.name!r}"
    if there is None:
        cause = "Resolve placed nothing, whatever it answered"
        return RefusedError(where, cause, "look whether it can be dragged to the timeline by hand")
    name = there.clip.name if there.clip else "something without a clip"
    cause = (
        f"{name!r} lies at frame {there.start}, {there.duration} frames long, its first "
        f"{there.left_offset} left out; wanted: frame {placement.at}, {placement.duration} frames, "
        f"first {placement.offset} left out"
    )
    return BridgeError(where, cause, "take it off the timeline, then run this entry again")
