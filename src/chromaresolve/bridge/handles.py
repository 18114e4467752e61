"""Where an export is rendered from: the pair timeline, or a copy of it whose clips have handles.

A placed clip cannot be made longer. So the copy gets tracks of its own, on which the same clips lie
longer, with the Inspector's values and colour versions of the pair's; the pair stays as it is.
"""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, List, Mapping, NamedTuple, Tuple

from .errors import BridgeError, RefusedError
from .exporting import Facts, Wanted
from .keeping import open_timeline, put_back_after
from .names import BALANCED_VERSION, TEMPORARY
from .neutral import make_neutral
from .placing import Placement, find_timeline, place, placed_on, remove_timeline
from .seen import LOCAL, Seen, version_names
from .session import Session
from .untouched import COVER, POSITION
from .values import are_equal, read_inspector, write_inspector

LIKE = ("ZoomGang", *POSITION, *COVER, "Scaling", "RetimeProcess")
"""The Inspector's values that a longer clip gets from the pair's, in this order: with its gang on,
one zoom sets the other."""


class Stage(NamedTuple):
    """What is rendered from."""

    timeline: Any
    """Resolve's timeline."""
    first: int
    """The first frame to render, absolute."""
    tracks: Mapping[int, int]
    """The pair's tracks, and which tracks stand for them."""
    items: Mapping[int, List[Any]]
    """The clips that stand for a track's."""


@contextlib.contextmanager
def staged(session: Session, facts: Facts) -> Iterator[Stage]:
    """Open what is rendered from; a copy is deleted again.

    Raises:
        BridgeError: The pair timeline is gone, or no copy of it can be made.
    """
    pair = find_timeline(session, facts.timeline)
    if pair is None:
        raise BridgeError(f"timeline {facts.timeline!r}", "is gone", "run 2 Conform first")
    if any(facts.handles):
        with _copy(session, facts, pair) as stage:
            yield stage
        return
    open_timeline(session, pair)
    begins = int(session.number(pair, "Timeline.GetStartFrame"))
    items = {one.track: [seen.placed.item for seen in one.seen] for one in facts.wanted}
    yield Stage(pair, begins + facts.run.start, {track: track for track in items}, items)


@contextlib.contextmanager
def _copy(session: Session, facts: Facts, pair: Any) -> Iterator[Stage]:
    def put_back() -> None:
        open_timeline(session, pair)  # an open timeline cannot be deleted
        remove_timeline(session, TEMPORARY)
        if find_timeline(session, TEMPORARY) is not None:
            cause = "Resolve said yes and did not delete it"
            raise RefusedError(f"timeline {TEMPORARY!r}", cause, "delete it by hand")

    put_back()  # what a run that was killed left behind
    with put_back_after(session, f"timeline {TEMPORARY!r}", put_back):
        copy = session.demand(pair, "Timeline.DuplicateTimeline", TEMPORARY)
        open_timeline(session, copy)
        _begin(session, copy, facts.start_timecode)
        longer = {one.track: _longer(session, copy, facts, one.seen[0]) for one in facts.wanted}
        for wanted in facts.wanted:
            make_neutral(session, longer[wanted.track][1])
        for wanted in facts.wanted:
            if wanted.version == BALANCED_VERSION:
                _copy_balance(session, copy, wanted, longer[wanted.track][1])
        yield Stage(
            copy,
            int(session.number(copy, "Timeline.GetStartFrame")),
            {track: own for track, (own, _) in longer.items()},
            {track: [item] for track, (_, item) in longer.items()},
        )


def _begin(session: Session, copy: Any, timecode: str) -> None:
    """Let the copy begin with the first handle, so that its frames carry the Source's timecode."""
    if session.ask(copy, "Timeline.GetStartTimecode") == timecode:
        return
    session.demand(copy, "Timeline.SetStartTimecode", timecode)
    begins = session.ask(copy, "Timeline.GetStartTimecode")
    if begins != timecode:
        cause = f"Resolve said yes, and it begins at {begins} instead of {timecode}"
        raise RefusedError(f"timeline {TEMPORARY!r}", cause, "write 0 into 'handles'")


def _longer(session: Session, copy: Any, facts: Facts, seen: Seen) -> Tuple[int, Any]:
    """Lay a clip longer on a track of its own; return track and clip."""
    count = int(session.number(copy, "Timeline.GetTrackCount", "video"))
    session.demand(copy, "Timeline.AddTrack", "video")
    if int(session.number(copy, "Timeline.GetTrackCount", "video")) != count + 1:
        cause = "Resolve said yes and made no track"
        raise RefusedError("AddTrack('video')", cause, "write 0 into 'handles'")
    clip = seen.placed.clip
    if clip is None:
        raise BridgeError(seen.name, "has no clip in the media pool", "run 2 Conform")
    offset = seen.placed.left_offset - facts.handles[0]
    item = place(session, copy, Placement(count + 1, clip, offset, facts.run.duration, 0))
    there = read_inspector(session, item)
    for key in LIKE:
        if key in seen.inspector and not are_equal(there.get(key), seen.inspector[key]):
            write_inspector(session, item, key, seen.inspector[key])
    return count + 1, item


def _copy_balance(session: Session, copy: Any, wanted: Wanted, item: Any) -> None:
    """Give a longer clip the balanced version of the clip it was made like."""
    there = placed_on(session, copy, wanted.track)
    if not there:
        cause = "Resolve copied the timeline without its clips"
        raise RefusedError(f"timeline {TEMPORARY!r}", cause, "write 0 into 'handles'")
    model = there[0].item
    use_version(session, model, BALANCED_VERSION)
    if BALANCED_VERSION not in version_names(session, item):
        session.demand(item, "TimelineItem.AddVersion", BALANCED_VERSION, LOCAL)
    use_version(session, item, BALANCED_VERSION)
    session.demand(model, "TimelineItem.CopyGrades", [item])


def use_version(session: Session, item: Any, name: str) -> None:
    """Load one of a clip's own colour versions unless it is in use.

    Raises:
        RefusedError: Resolve refused, or uses another one.
    """
    if _version(session, item) == name:
        return
    session.demand(item, "TimelineItem.LoadVersionByName", name, LOCAL)
    if _version(session, item) != name:
        cause = f"Resolve said yes and uses {_version(session, item)!r}"
        remedy = "load it by hand on the Color page once, then run this entry again"
        raise RefusedError(f"colour version {name!r}", cause, remedy)


def _version(session: Session, item: Any) -> str:
    told = session.mapping(item, "TimelineItem.GetCurrentVersion")
    return str(told.get("versionName", ""))
