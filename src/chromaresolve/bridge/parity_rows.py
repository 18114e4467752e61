"""What 4 Check Parity says of the clips: Source against Reference against timeline, row by row.

Facts in, findings out; Resolve is not called here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .conforming import Facts as PairFacts
from .exr_header import ExrHeader
from .geometry import Size
from .material import transform_names
from .media import Clip
from .pair import BALANCED, REFERENCE, SOURCE, clip_rate
from .questions import Answers
from .step import Finding
from .timecode import rate_to_resolve
from .values import as_number

ATTRIBUTES = "in the media pool choose Clip Attributes"
"""Where a user finds what a clip is taken for."""

INTERLACED_LINES = (480, 486, 576, 1080)
"""Heights of video that may be interlaced."""

LEAST_BITS = 10
"""A scan of fewer bits shows bands where faded colour is stretched."""

NOT_TOLD = "not told"
"""What is shown for an attribute that this Resolve does not tell."""

Problem = Tuple[str, str]
"""A verdict that is not ok, and what to do."""


class Side(NamedTuple):
    """One clip of the pair."""

    name: str
    """Source, Reference or Balanced."""
    clip: Clip
    """Its clip in the media pool."""
    header: Optional[ExrHeader] = None
    """What its first file says, where that is an EXR."""
    unreadable: str = ""
    """Why its first file could not be read, where it could not."""

    def told(self, key: str) -> str:
        """Return an attribute as Resolve tells it."""
        value = self.clip.properties.get(key, NOT_TOLD)
        return "" if value is None else str(value)


class Facts(NamedTuple):
    """Everything that is compared."""

    pair: PairFacts
    """The pair timeline."""
    sides: Tuple[Side, ...]
    """Source, Reference, and Balanced where there is such a clip."""
    settings: Mapping[str, Any]
    """The timeline's settings."""
    aces: str
    """The ACES version, empty where Resolve does not tell it."""
    is_timeline_graded: bool
    """Whether the timeline itself has a grade."""
    home: Path
    """ChromaResolve's data folder."""

    def setting(self, key: str) -> str:
        """Return a setting as text."""
        return str(self.settings.get(key, ""))


def judge_clips(facts: Facts, answers: Answers) -> List[Finding]:
    """Return a row for each thing that the clips must have in common, or as they should."""
    return [_row(subject, facts, answers, row) for subject, row in _ROWS.items()]


class _Row(NamedTuple):
    """One row of the table."""

    tell: Callable[[Facts, Side], str]
    """Say what a clip has."""
    judge: Callable[[Facts, Side, Answers], Optional[Problem]]
    """Say what is wrong with that, if anything."""
    timeline: Callable[[Facts], str] = lambda _facts: ""
    """Say what the timeline has, where it has such a thing."""


def _row(subject: str, facts: Facts, answers: Answers, row: _Row) -> Finding:
    told = [f"{side.name} {row.tell(facts, side)}" for side in facts.sides]
    if row.timeline(facts):
        told.append(f"timeline {row.timeline(facts)}")
    found = [(side, row.judge(facts, side, answers)) for side in facts.sides]
    problems = [(problem[0], f"{side.name}: {problem[1]}") for side, problem in found if problem]
    sentence = "; ".join([", ".join(told), *(text for _, text in problems)])
    return Finding(_worst(problems), subject, sentence)


def _worst(problems: Sequence[Problem]) -> str:
    verdicts = {verdict for verdict, _ in problems}
    return next((one for one in ("stop", "note") if one in verdicts), "ok")


def _of(key: str) -> Callable[[Facts, Side], str]:
    def tell(_facts: Facts, side: Side) -> str:
        return side.told(key) or "none"

    return tell


def _raster(_facts: Facts, side: Side) -> str:
    return _by(side.clip.raster)


def _by(size: Size) -> str:
    return f"{size[0]} x {size[1]}"


def _judge_raster(facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    if side.clip.raster == facts.pair.raster:
        return None
    if side.name == REFERENCE:
        if facts.pair.fitting == "centerCrop" and not _is_moved(facts):
            return "note", "lies unscaled in the middle until 3 Align Reference"
        return None
    remedy = f"set the timeline to {_by(side.clip.raster)}, else pixels are cut off or missing"
    return "stop", f"the timeline has another raster: {remedy}"


def _is_moved(facts: Facts) -> bool:
    seen = facts.pair.lane(REFERENCE).seen
    return any(one.off_rest({"ZoomX": 1.0, "ZoomY": 1.0}) for one in seen)


def _judge_aspect(facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    shown, wanted = side.told("PAR"), facts.setting("timelinePixelAspectRatio")
    plain = shown.lower().replace(":", "_").replace(" ", "_")
    if shown == NOT_TOLD or not wanted or plain == wanted:
        return None
    if side.name == REFERENCE:
        return "note", f"the timeline is {wanted}, so Resolve stretches it: right for video pixels"
    remedy = f"{ATTRIBUTES} > Pixel Aspect Ratio, or run 1 Set Up Project"
    return "stop", f"the timeline is {wanted}: {remedy}"


def _judge_rate(facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    rate, drop = facts.pair.rate
    if clip_rate(side.clip) == rate:
        return None
    shown = rate_to_resolve(rate, drop)
    remedy = f"run 2 Conform, or {ATTRIBUTES} > Video Frame Rate"
    return "stop", f"the timeline is {shown}: {remedy}"


def _judge_field(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    shown = side.told("Field Dominance")
    if "upper" in shown.lower() or "lower" in shown.lower():
        remedy = f"de-interlace it first, then {ATTRIBUTES} > Field Dominance > Progressive"
        return "stop", f"two fields are two moments, and no frame of film: {remedy}"
    may_be = side.name == REFERENCE and side.clip.raster[1] in INTERLACED_LINES
    if may_be and shown in ("Auto", NOT_TOLD):
        return "note", "look at moving edges: combs mean that it is interlaced"
    return None


def _alpha(_facts: Facts, side: Side) -> str:
    names = side.header.names if side.header else ()
    channels = "".join(sorted(names, key=lambda name: ("RGBA".find(name) % 5, name)))
    return f"{side.told('Alpha mode')}{f' ({channels})' if channels else ''}"


def _judge_alpha(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    if side.unreadable:
        return "note", f"its first file could not be read ({side.unreadable}): look at its channels"
    if side.header is not None and not {"R", "G", "B"} <= set(side.header.names):
        return "stop", "its files lack R, G or B: write it as RGB first"
    if side.told("Alpha mode") not in ("None", NOT_TOLD):
        return "stop", f"alpha would mix it with black: {ATTRIBUTES} > Alpha mode > None"
    return None


def _judge_level(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    if side.name != REFERENCE and side.told("Data Level") == "Video":
        return "stop", f"a scan has full range: {ATTRIBUTES} > Data Level > Full"
    return None


def _transform(facts: Facts, side: Side) -> str:
    return side.told("IDT") or f"the project's {facts.setting('colorAcesIDT') or NOT_TOLD}"


def _judge_transform(facts: Facts, side: Side, answers: Answers) -> Optional[Problem]:
    shown = side.told("IDT") or facts.setting("colorAcesIDT")
    key = f"{side.name.lower()}_transform"
    if shown == NOT_TOLD:
        return "note", "look at its ACES Input Transform in the media pool"
    wanted = transform_names("") if side.name == BALANCED else transform_names(answers.get(key, ""))
    if shown in wanted or (side.name != BALANCED and key not in answers):
        return None
    return "stop", f"choose ACES Input Transform {wanted[0]!r} (right click in the media pool)"


def _judge_depth(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    bits = as_number(side.told("Bit Depth").split(" ")[0])
    if side.name == SOURCE and bits is not None and bits < LEAST_BITS:
        return "note", "a scan of so few bits shows bands where colour is stretched"
    return None


def _judge_reel(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    if side.name == SOURCE and side.told("Reel Name") in ("", NOT_TOLD):
        return "note", f"nothing will be handed over: {ATTRIBUTES} > Name > Reel Name"
    return None


def _judge_online(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    if side.told("Online Status").lower() in ("online", NOT_TOLD):
        return None
    return "stop", "relink it in the media pool"


def _judge_proxy(facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    has_proxy = side.told("Proxy") not in ("None", "", NOT_TOLD)
    if has_proxy and facts.setting("perfProxyMediaMode") != "0":
        return "stop", "its proxy would be rendered: Playback > Proxy Handling > Disable All"
    return None


_AT_REST: Mapping[str, Tuple[str, ...]] = {
    "Super Scale": ("1", "0", "None"),
    "Input Sizing Preset": ("None",),
    "Input LUT": ("None", "No LUT Selected"),
    "H-FLIP": ("Off", "0"),
    "V-FLIP": ("Off", "0"),
}
"""What changes a clip before it reaches the timeline, and what it says where it does not."""


def _changed(side: Side) -> Dict[str, str]:
    return {
        key: side.told(key)
        for key, rest in _AT_REST.items()
        if side.told(key) not in ("", NOT_TOLD, *rest)
    }


def _pixels(_facts: Facts, side: Side) -> str:
    return ", ".join(f"{key} {value}" for key, value in _changed(side).items()) or "as it is"


def _judge_pixels(_facts: Facts, side: Side, _answers: Answers) -> Optional[Problem]:
    changed = _changed(side)
    if not changed:
        return None
    is_kept = side.name == REFERENCE and set(changed) <= {"H-FLIP", "V-FLIP"}
    return None if is_kept else ("stop", f"switch off {', '.join(changed)}: {ATTRIBUTES}")


_ROWS: Mapping[str, _Row] = {
    "online": _Row(_of("Online Status"), _judge_online),
    "resolution": _Row(_raster, _judge_raster, lambda facts: _by(facts.pair.raster)),
    "pixel aspect": _Row(
        _of("PAR"), _judge_aspect, lambda facts: facts.setting("timelinePixelAspectRatio")
    ),
    "frame rate": _Row(_of("FPS"), _judge_rate, lambda facts: rate_to_resolve(*facts.pair.rate)),
    "field dominance": _Row(_of("Field Dominance"), _judge_field),
    "alpha": _Row(_alpha, _judge_alpha),
    "data level": _Row(_of("Data Level"), _judge_level),
    "input transform": _Row(_transform, _judge_transform),
    "bit depth": _Row(_of("Bit Depth"), _judge_depth),
    "reel": _Row(_of("Reel Name"), _judge_reel),
    "proxy": _Row(_of("Proxy"), _judge_proxy),
    "pixels": _Row(_pixels, _judge_pixels),
}
