"""7 Bring Back: what was recovered, on one timeline above the original.

V1 the plate whose luma was kept, V2 the recovered frames with composite mode Color, V3 the LUT
baseline and V4 the exact merge, both switched off: on top of one another all would be hidden.
V2 in Normal is exact already; Color derives the same picture again from V1's luma.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .errors import BridgeError
from .keeping import kept_bin, kept_page, kept_timeline, switch_track
from .layer_mixer import add_layer_mixer, has_layer_mixer
from .material import DISPLAY_TRANSFORMS, Attribute, write_attribute
from .media import Clip, find_bin, find_clip, import_sequence, make_bin
from .names import DISPLAY_TRANSFORM, composite_timeline
from .placing import Placement, find_timeline, make_timeline, name_tracks, place, placed_on
from .questions import Answers, Question
from .returned import Returned, ReturnedMarker, ReturnedTrack, load_returned
from .sequences import ImageSequence, find_sequence
from .session import Session
from .step import Action, Context, Finding, Plan, Step
from .values import are_equal, as_number, read_inspector, write_inspector

COLOR = 16
"""The composite mode Color where Resolve does not name it: `COMPOSITE_COLORIZE`, the sixteenth of
the documented list, and what a clip set to Color by hand exports to a timeline file."""

ORIGINAL = "Original"
"""The track of the plate whose luma was kept."""

MARKED_BY = "ChromaResolve"
"""How the hidden text of our markers begins; others are never touched."""

BY_HAND = "right click on the clip in the media pool"

QUESTIONS = (
    Question("folder", "Shot folder", is_needed=True, hint="where shot.toml is"),
    Question("name", "Shot name", is_needed=True, hint="how its files begin"),
    Question("layer_mixer", "Saved grade (.drx)", hint="a Layer Mixer grade of yours; empty: none"),
)


class Facts(NamedTuple):
    """What the tool handed over, and what of it is in Resolve already."""

    record: Returned
    """The composite timeline."""
    sequences: Tuple[ImageSequence, ...]
    """Each track's frames on disk."""
    transforms: Dict[str, str]
    """The input transform of each track's clip, where it is in the media pool."""
    laid: Dict[str, bool]
    """Whether each track's clip lies in its place with its composite mode."""
    switches: Dict[str, bool]
    """Which of the tracks are on."""
    markers: Tuple[str, ...]
    """The hidden texts of our markers on the timeline."""
    color: int
    """Resolve's number for the composite mode Color."""
    is_mixed: bool
    """Whether the Original carries the saved Layer Mixer grade."""


def look(context: Context) -> Facts:
    """Read the hand-over, its frames, and what lies on the composite timeline."""
    session = context.session
    record = load_returned(context.shot_folder)
    sequences = tuple(_frames(context.shot_folder, track) for track in record.tracks)
    timeline = find_timeline(session, composite_timeline(record.name))
    color = _color(session)
    transforms, laid, switches = {}, {}, {}
    for number, (track, sequence) in enumerate(zip(record.tracks, sequences), start=1):
        folder = find_bin(session, track.bin)
        clip = find_clip(session, folder, sequence) if folder is not None else None
        transforms[track.name] = str(clip.properties.get("IDT", "")) if clip else ""
        laid[track.name] = _is_laid(session, timeline, number, track, clip, color)
        switches[track.name] = _is_on(session, timeline, number)
    return Facts(
        record=record,
        sequences=sequences,
        transforms=transforms,
        laid=laid,
        switches=switches,
        markers=_our_markers(session, timeline),
        color=color,
        is_mixed=_is_mixed(session, timeline),
    )


def plan(facts: Facts, answers: Answers) -> Plan:
    """Bring in, transform, lay, switch and mark what is not so already."""
    actions: List[Action] = []
    for number, track in enumerate(facts.record.tracks, start=1):
        if facts.transforms[track.name] not in DISPLAY_TRANSFORMS:
            actions.append(Action("bring in", track.name, (track.bin, DISPLAY_TRANSFORM)))
        if not facts.laid[track.name]:
            actions.append(Action("lay", track.name, (f"V{number}", track.composite)))
        if facts.switches[track.name] != track.enabled or not facts.laid[track.name]:
            actions.append(Action("switch", track.name, ("on" if track.enabled else "off",)))
    wanted = {_hidden(marker): marker for marker in facts.record.markers}
    actions += [Action("unmark", hidden) for hidden in facts.markers if hidden not in wanted]
    actions += [Action("mark", hidden) for hidden in wanted if hidden not in facts.markers]
    if answers.get("layer_mixer") and not facts.is_mixed:
        actions.append(Action("grade", ORIGINAL, (answers["layer_mixer"],)))
    return tuple(actions)


def apply(context: Context, facts: Facts, plan: Plan) -> None:
    """Build the composite timeline; page, bin and open timeline are put back."""
    if not plan:
        return
    session, record = context.session, facts.record
    with kept_page(session), kept_bin(session), kept_timeline(session):
        session.ask(session.resolve, "Resolve.OpenPage", "edit")  # soft: headless has no pages
        clips = [
            _bring_in(context, record, track, sequence)
            for track, sequence in zip(record.tracks, facts.sequences)
        ]
        timeline = make_timeline(session, composite_timeline(record.name), record.start_timecode)
        name_tracks(session, timeline, [track.name for track in record.tracks])
        for number, (track, clip) in enumerate(zip(record.tracks, clips), start=1):
            _lay(session, timeline, number, track, clip, facts)
            switch_track(session, timeline, number, track.enabled)
        _mark(session, timeline, record, plan)
        for action in plan:
            if action.verb == "grade":
                item = placed_on(session, timeline, 1)[0].item
                add_layer_mixer(session, item, Path(action.values[0]).expanduser())
        session.demand(session.manager(), "ProjectManager.SaveProject")


def verify(context: Context, _plan: Plan) -> Sequence[Finding]:
    """Read the timeline back after saving: what was never really there is gone by then."""
    facts = look(context)
    findings = []
    for track in facts.record.tracks:
        transform = facts.transforms[track.name]
        if not facts.laid[track.name]:
            sentence = "is not in its place after saving: run this entry again"
            findings.append(Finding("stop", track.name, sentence))
        elif transform not in DISPLAY_TRANSFORMS:
            sentence = (
                f"its input transform is {transform!r}, and must be {DISPLAY_TRANSFORM!r}, or the "
                f"output transform is applied twice: {BY_HAND}, ACES Input Transform"
            )
            findings.append(Finding("note", track.name, sentence))
        else:
            state = "on" if track.enabled else "off"
            frames = f"{track.first}-{track.last}"
            findings.append(Finding("ok", track.name, f"{frames}, {track.composite}, {state}"))
    if facts.color != COLOR:
        sentence = f"this Resolve numbers composite mode Color {facts.color}, not {COLOR}: look"
        findings.append(Finding("note", "Color", sentence))
    return findings


def _frames(root: Path, track: ReturnedTrack) -> ImageSequence:
    sequence = find_sequence(root / track.pattern)
    if sequence.missing:
        cause = f"{len(sequence.missing)} frames are missing, such as {sequence.missing[0]}"
        raise BridgeError(str(root / track.pattern), cause, "run `chromaresolve run` on the shot")
    return sequence


def _color(session: Session) -> int:
    """Return Resolve's own number for Color, where it tells one."""
    named = as_number(getattr(session.resolve, "COMPOSITE_COLORIZE", None))
    return COLOR if named is None else int(named)


def _bring_in(
    context: Context, record: Returned, track: ReturnedTrack, sequence: ImageSequence
) -> Clip:
    """Import a track's frames as display-referred pictures with the source's reel and timecode."""
    session = context.session
    clip = import_sequence(session, make_bin(session, track.bin), sequence)
    wishes = (
        Attribute("IDT", "ACES Input Transform", DISPLAY_TRANSFORMS),
        Attribute("Alpha mode", "Alpha Mode", ("None",)),
        Attribute("Start TC", "Start Timecode", (record.timecode_of(track.first),)),
        Attribute("Reel Name", "Reel Name", (record.reel,) if record.reel else ()),
    )
    for wish in wishes:
        # None of them stops the work: a wrong transform is found by verify, and said there.
        if wish.values and not write_attribute(session, clip, wish):
            context.say(f"{clip.name}: set {wish.spoken} to {wish.values[0]} by hand: {BY_HAND}")
    return clip


def _lay(
    session: Session, timeline: Any, number: int, track: ReturnedTrack, clip: Clip, facts: Facts
) -> None:
    at = track.first - facts.record.first
    count = track.last - track.first + 1
    wish = Placement(track=number, clip=clip, offset=0, duration=count, at=at)
    item = place(session, timeline, wish)
    mode = facts.color if track.composite == "Color" else 0
    write_inspector(session, item, "CompositeMode", mode)
    if session.ask(item, "TimelineItem.GetClipColor") != track.colour:
        session.demand(item, "TimelineItem.SetClipColor", track.colour)
        kept = session.ask(item, "TimelineItem.GetClipColor")
        if kept != track.colour:
            cause = f"Resolve said yes and left it {kept!r} instead of {track.colour!r}"
            raise BridgeError(f"clip on {track.name}", cause, "run this entry again")


def _is_laid(
    session: Session,
    timeline: Optional[Any],
    number: int,
    track: ReturnedTrack,
    clip: Optional[Clip],
    color: int,
) -> bool:
    """Say whether a track's clip lies in its place, with its composite mode."""
    if timeline is None or clip is None:
        return False
    placed = placed_on(session, timeline, number)
    if len(placed) != 1 or placed[0].clip is None or placed[0].clip.path != clip.path:
        return False
    mode = read_inspector(session, placed[0].item).get("CompositeMode", 0)
    wanted = color if track.composite == "Color" else 0
    if session.ask(placed[0].item, "TimelineItem.GetClipColor") != track.colour:
        return False
    return placed[0].duration == track.last - track.first + 1 and are_equal(mode, wanted)


def _is_on(session: Session, timeline: Optional[Any], number: int) -> bool:
    if timeline is None:
        return True
    if number > int(session.number(timeline, "Timeline.GetTrackCount", "video")):
        return True
    return bool(session.ask(timeline, "Timeline.GetIsTrackEnabled", "video", number))


def _is_mixed(session: Session, timeline: Optional[Any]) -> bool:
    placed = [] if timeline is None else placed_on(session, timeline, 1)
    return bool(placed) and has_layer_mixer(session, placed[0].item)


def _our_markers(session: Session, timeline: Optional[Any]) -> Tuple[str, ...]:
    if timeline is None:
        return ()
    markers = session.mapping(timeline, "Timeline.GetMarkers")
    hidden = (str(dict(one).get("customData", "")) for one in markers.values())
    return tuple(sorted(text for text in hidden if text.startswith(MARKED_BY)))


def _hidden(marker: ReturnedMarker) -> str:
    """Return the text by which one of our markers is known again."""
    return f"{MARKED_BY} {marker.frame} {marker.name} {marker.colour} {marker.note}"


def _mark(session: Session, timeline: Any, record: Returned, plan: Plan) -> None:
    wanted = {_hidden(marker): marker for marker in record.markers}
    for action in plan:
        if action.verb == "unmark":
            session.demand(timeline, "Timeline.DeleteMarkerByCustomData", action.subject)
        elif action.verb == "mark":
            one = wanted[action.subject]
            where = one.frame - record.first  # counted from the timeline's beginning
            look = (one.colour, one.name, one.note, 1, action.subject)
            session.demand(timeline, "Timeline.AddMarker", where, *look)


STEP = Step(
    name="bring_back",
    title="Bring Back",
    questions=QUESTIONS,
    look=look,
    plan=plan,
    apply=apply,
    verify=verify,
)
"""The menu's seventh entry."""
