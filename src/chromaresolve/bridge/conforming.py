"""What 2 Conform decides: which frames are to lie where, and what is put back to rest.

Facts in, actions out; Resolve is not called here.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Tuple

from .errors import BridgeError
from .media import Clip
from .names import BALANCED_VERSION, NEUTRAL_VERSION
from .pair import REFERENCE, SOURCE, TRACKS, Run, clip_rate, runs_of, timecode_after
from .placing import Placed
from .questions import Answers
from .seen import Seen
from .step import Action, Plan
from .timecode import Rate, rate_to_resolve
from .untouched import COVER, NEAREST, NO_RESIZE, POSITION
from .values import are_equal

NEW_ITEM: Mapping[str, Any] = {"RetimeProcess": 0, "Scaling": 0}
"""What a clip that is placed has that a conform changes."""


class Lane(NamedTuple):
    """One track of the pair timeline."""

    name: str
    """Source, Reference or Balanced."""
    clip: Clip
    """The clip in the bin that it is to hold."""
    seen: Tuple[Seen, ...]
    """What lies there."""

    @property
    def track(self) -> int:
        """The video track, from 1."""
        return TRACKS[self.name]

    @property
    def runs(self) -> List[Run]:
        """The runs of file numbers that lie there."""
        return runs_of([one.placed for one in self.seen])


class Facts(NamedTuple):
    """The pair timeline and the clips in the bins, as they are."""

    name: str
    """The timeline's name."""
    is_there: bool
    """Whether there is such a timeline."""
    begins: str
    """Its start timecode."""
    tracks: Tuple[str, ...]
    """Its video tracks' names, from V1 up."""
    rate: Rate
    """Frames per second, and drop frame."""
    raster: Tuple[int, int]
    """Width and height of the timeline."""
    fitting: str
    """What Resolve does with a clip of another raster, in its own word."""
    lanes: Tuple[Lane, ...]
    """Source, Reference, and Balanced where there is such a clip."""
    strange: Tuple[str, ...] = ()
    """What lies on these tracks and is no clip."""
    can_speed: bool = False
    """Whether this Resolve can set a speed, and tells whether dynamic zoom is on."""

    def lane(self, name: str) -> Lane:
        """Return the lane of this name."""
        return next(lane for lane in self.lanes if lane.name == name)

    @property
    def seen(self) -> List[Seen]:
        """All clips of all lanes."""
        return [one for lane in self.lanes for one in lane.seen]


class Choice(NamedTuple):
    """Which frames of the Source lie where."""

    first: int
    """The first Source file number."""
    duration: int
    """How many frames."""
    at: int
    """Frames from the timeline's beginning."""


def choose(facts: Facts, answers: Answers) -> Choice:
    """Return the frames to conform: those that lie there already, else those asked for.

    Raises:
        BridgeError: There are no such frames.
    """
    runs = facts.lane(SOURCE).runs
    if runs:
        return Choice(runs[0].first, runs[-1].end - runs[0].start, runs[0].start)
    lowest, highest = _in_common(facts.lanes, answers)
    first = int(answers["source_first"]) or lowest
    if not lowest <= first <= highest:
        cause = f"found {first}, and all clips have the Source's frames {lowest}-{highest}"
        raise BridgeError("'source_first'", cause, "choose one of these, or 0 for the first")
    count = int(answers["count"]) or highest - first + 1
    if not 0 < count <= highest - first + 1:
        cause = f"found {count}, and {highest - first + 1} frames from {first} on are in all clips"
        raise BridgeError("'count'", cause, "choose fewer, or 0 for all")
    return Choice(first, count, 0)


def plan(facts: Facts, answers: Answers) -> Plan:
    """Decide what to do; what is so already is left out.

    Raises:
        BridgeError: The clips have no frames in common, or not those that were asked for, or
            others lie on the timeline.
    """
    for name, sentence in wrong_clips(facts):
        raise BridgeError(name, *sentence)  # nothing of this timeline is what it seems
    choice = choose(facts, answers)
    begins = start_timecode(facts, choice)
    names = tuple(lane.name for lane in facts.lanes)
    actions = list(_rates(facts))
    if not facts.is_there:
        actions.append(Action("make timeline", facts.name, (begins,)))
    elif facts.begins != begins:
        actions.append(Action("begin at", facts.name, (begins, "was", facts.begins)))
    if facts.tracks[: len(names)] != names:
        actions.append(Action("name tracks", facts.name, names))
    missing = _placements(facts, choice, answers)
    actions += [
        Action("place", lane.name, (one.left_offset, one.duration, one.start))
        for lane, one in missing
    ]
    new = [
        Seen(lane.name, lane.track, one, percent=100.0, inspector=NEW_ITEM) for lane, one in missing
    ]
    for seen in [*facts.seen, *new]:
        actions += _resets(seen, can_speed=facts.can_speed)
    return tuple(actions)


def wrong_clips(facts: Facts) -> Iterator[Tuple[str, Tuple[str, str]]]:
    """Name each clip that lies on another's track, with what it is not and what to do."""
    for lane in facts.lanes:
        for seen in lane.seen:
            clip = seen.placed.clip
            if clip is not None and clip.path != lane.clip.path:
                cause = f"is not the {lane.name} ({lane.clip.name}) of the bin"
                yield seen.name, (cause, f"put that on V{lane.track}")


def start_timecode(facts: Facts, choice: Choice) -> str:
    """Return the timecode at which the timeline must begin, so that frames carry the Source's.

    Raises:
        BridgeError: The Source has no timecode, or its number does not exist at this rate.
    """
    clip = facts.lane(SOURCE).clip
    frames = choice.first - clip.first - choice.at
    return timecode_after(clip.start_timecode, frames, *facts.rate)


def _shift(lane: Lane, answers: Answers) -> int:
    """Return the lane's file number minus the Source's."""
    return int(answers["reference_offset"]) if lane.name == REFERENCE else 0


def _in_common(lanes: Sequence[Lane], answers: Answers) -> Tuple[int, int]:
    """Return the first and last Source file number of which all clips have a frame."""
    firsts = [lane.clip.first - _shift(lane, answers) for lane in lanes]
    lasts = [first + lane.clip.frames - 1 for first, lane in zip(firsts, lanes)]
    if max(firsts) > min(lasts):
        told = ", ".join(f"{lane.name} {_numbers(lane.clip)}" for lane in lanes)
        source, reference = lanes[0].clip, lanes[1].clip
        remedy = (
            f"write {reference.first - source.first} into 'reference_offset' if their first frames "
            "are the same picture, else the Reference's file number minus the Source's"
        )
        shift = answers["reference_offset"]
        raise BridgeError(f"{told}, offset {shift}", "no frame is in common", remedy)
    return max(firsts), min(lasts)


def _numbers(clip: Clip) -> str:
    return f"{clip.first}-{clip.first + clip.frames - 1}"


def _rates(facts: Facts) -> Iterator[Action]:
    for lane in facts.lanes:
        if clip_rate(lane.clip) != facts.rate[0]:
            wanted = rate_to_resolve(facts.rate[0], drop_frame=False)
            was = lane.clip.properties.get("FPS")
            yield Action("set frame rate", lane.name, (wanted, "was", was))


def _placements(facts: Facts, choice: Choice, answers: Answers) -> List[Tuple[Lane, Placed]]:
    """Return what is to be placed on the tracks that are empty."""
    if len(facts.lane(SOURCE).runs) > 1:
        return []  # pieces laid by hand: what belongs above them only a hand knows
    return [(lane, _placement(lane, choice, answers)) for lane in facts.lanes if not lane.seen]


def _placement(lane: Lane, choice: Choice, answers: Answers) -> Placed:
    left = choice.first + _shift(lane, answers) - lane.clip.first
    if left < 0 or left + choice.duration > lane.clip.frames:
        wanted = choice.first + _shift(lane, answers)
        cause = f"has frames {_numbers(lane.clip)}, not {wanted}-{wanted + choice.duration - 1}"
        remedy = "trim the Source on V1, or correct 'reference_offset'"
        raise BridgeError(f"{lane.name} {lane.clip.name!r}", cause, remedy)
    return Placed(
        item=None,
        start=choice.at,
        duration=choice.duration,
        left_offset=left,
        told_offset=left,
        clip=lane.clip,
    )


def _resets(seen: Seen, *, can_speed: bool) -> List[Action]:
    actions = []
    if can_speed and seen.percent is not None and abs(seen.percent - 100) > 1e-6:
        actions.append(Action("reset speed", seen.place, (100.0, "was", seen.percent)))
    wanted: Dict[str, Any] = {**COVER, "RetimeProcess": NEAREST}
    if seen.lane != REFERENCE:
        wanted.update({**POSITION, "Scaling": NO_RESIZE})
    for key, value in wanted.items():
        if key in seen.inspector and not are_equal(seen.inspector[key], value):
            was = seen.inspector[key]
            actions.append(Action("set Inspector", seen.place, (key, value, "was", was)))
    return [*actions, *_grade(seen)]


def _grade(seen: Seen) -> List[Action]:
    if seen.version == BALANCED_VERSION and seen.is_balanced:
        if NEUTRAL_VERSION in seen.versions:
            return []
        return [Action("add version", seen.place, (NEUTRAL_VERSION,))]
    if seen.version == NEUTRAL_VERSION and seen.is_bare:
        return []
    others = tuple(text for node in seen.nodes for text in node.others)
    if seen.lane == SOURCE and seen.is_balanced and not others:
        keep = Action("keep balance", seen.place, (BALANCED_VERSION, "was", seen.version))
        return [keep, Action("add version", seen.place, (NEUTRAL_VERSION,))]
    was = ("was", seen.version, *others) if seen.version else ()
    return [Action("use version", seen.place, (NEUTRAL_VERSION, *was))]
