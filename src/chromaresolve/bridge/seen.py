"""A clip on the pair timeline, and everything about it that a script can see."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

from .calling import is_refusal
from .names import PRE_BALANCE
from .pair import TRACKS, clip_rate
from .placing import Placed
from .retimes import Written, percent_by_span
from .session import Session
from .values import are_equal, as_number, read_inspector

LOCAL = 0
"""Resolve's number for colour versions that belong to one clip alone."""


class Node(NamedTuple):
    """What a script sees of one node of a grade."""

    lut: str
    """Its LUT's or DCTL's path."""
    tools: Tuple[str, ...]
    """Names of its effects."""

    @property
    def is_pre_balance(self) -> bool:
        """Whether it carries our PreBalance."""
        return any(PRE_BALANCE in text for text in (self.lut, *self.tools))

    @property
    def others(self) -> Tuple[str, ...]:
        """What it carries besides."""
        return tuple(text for text in (self.lut, *self.tools) if text and PRE_BALANCE not in text)


class Seen(NamedTuple):
    """One clip on the timeline, and everything about it that a script can see."""

    lane: str
    """Source, Reference or Balanced."""
    track: int
    """The video track, from 1."""
    placed: Placed
    """Where it lies."""
    percent: Optional[float]
    """Its speed; None where nothing tells it."""
    effects: Tuple[str, ...] = ()
    """Effects by the exported timeline file."""
    keyed: Tuple[str, ...] = ()
    """Inspector values with keyframes, by the same file."""
    is_enabled: bool = True
    """Whether it is shown."""
    fusion: int = 0
    """How many Fusion compositions it has."""
    inspector: Mapping[str, Any] = {}
    """All Inspector values."""
    version: str = ""
    """The colour version in use."""
    versions: Tuple[str, ...] = ()
    """All local colour versions."""
    nodes: Tuple[Node, ...] = ()
    """The grade of the version in use."""
    is_grouped: bool = False
    """Whether it is in a colour group, whose grade applies as well."""

    @property
    def place(self) -> str:
        """Where it is, as plans name it."""
        return place_name(self.track, self.placed.start)

    @property
    def name(self) -> str:
        """What it is called in findings."""
        clip = self.placed.clip
        return f"V{self.track} {clip.name if clip else 'without a clip'}"

    @property
    def is_bare(self) -> bool:
        """Whether nothing is seen in its grade; primaries cannot be seen."""
        return len(self.nodes) <= 1 and not any(node.lut or node.tools for node in self.nodes)

    @property
    def is_balanced(self) -> bool:
        """Whether our PreBalance is in the grade in use."""
        return any(node.is_pre_balance for node in self.nodes)

    def off_rest(self, keys: Mapping[str, Any]) -> Dict[str, Any]:
        """Return the Inspector values that are not as given, of those that this version has."""
        return {
            key: self.inspector[key]
            for key, rest in keys.items()
            if key in self.inspector and not are_equal(self.inspector[key], rest)
        }


def place_name(track: int, start: int) -> str:
    """Return what plans call a clip's place."""
    return f"V{track} at frame {start}"


def see(
    session: Session,
    lane: str,
    placed: Placed,
    *,
    rate: Fraction,
    written: Optional[Written],
) -> Seen:
    """Read everything about one clip on the timeline; change nothing."""
    item = placed.item
    if written is not None and _is_possible(written.offset, placed):
        placed = placed._replace(left_offset=written.offset or 0)
    current = session.mapping(item, "TimelineItem.GetCurrentVersion")
    return Seen(
        lane=lane,
        track=TRACKS[lane],
        placed=placed,
        percent=_percent(session, placed, rate, written),
        effects=written.effects if written else (),
        keyed=written.keyed if written else (),
        is_enabled=bool(session.ask(item, "TimelineItem.GetClipEnabled")),
        fusion=int(as_number(session.ask(item, "TimelineItem.GetFusionCompCount")) or 0),
        inspector=read_inspector(session, item),
        version=str(current.get("versionName", "")),
        versions=version_names(session, item),
        nodes=read_nodes(session, session.demand(item, "TimelineItem.GetNodeGraph")),
        is_grouped=not is_refusal(session.ask(item, "TimelineItem.GetColorGroup")),
    )


def version_names(session: Session, item: Any) -> Tuple[str, ...]:
    """Return the names of a clip's own colour versions."""
    return tuple(map(str, session.listed(item, "TimelineItem.GetVersionNameList", LOCAL)))


def read_nodes(session: Session, graph: Any) -> Tuple[Node, ...]:
    """Return what a script sees of a grade."""
    if graph is None:
        return ()
    count = int(session.number(graph, "Graph.GetNumNodes"))
    return tuple(
        Node(
            lut=str(session.ask(graph, "Graph.GetLUT", index) or ""),
            tools=tuple(map(str, session.listed(graph, "Graph.GetToolsInNode", index))),
        )
        for index in range(1, count + 1)
    )


def without_clip(session: Session, timeline: Any, track: int) -> Sequence[str]:
    """Return what lies on a track and is no clip: titles, generators, transitions."""
    listed = session.listed(timeline, "Timeline.GetItemListInTrack", "video", track)
    return [
        str(session.ask(one, "TimelineItem.GetName") or "a transition")
        for one in listed
        if session.ask(one, "TimelineItem.GetMediaPoolItem") is None
    ]


def _is_possible(offset: Optional[int], placed: Placed) -> bool:
    """Say whether a clip can begin so late; a file that counts otherwise says nonsense."""
    frames = placed.clip.frames if placed.clip else 0
    return offset is not None and 0 <= offset <= frames - placed.duration


def _percent(
    session: Session, placed: Placed, rate: Fraction, written: Optional[Written]
) -> Optional[float]:
    item = placed.item
    if session.can(item, "TimelineItem.GetSpeed"):
        told = session.mapping(item, "TimelineItem.GetSpeed")
        return as_number(told.get("Percentage"))
    if written is not None:
        return written.percent
    first = int(as_number(session.ask(item, "TimelineItem.GetSourceStartFrame")) or 0)
    last = int(as_number(session.ask(item, "TimelineItem.GetSourceEndFrame")) or 0)
    own = (clip_rate(placed.clip) if placed.clip else None) or rate
    return percent_by_span(first, last, float(placed.duration * own / rate))
