"""What 3 Align Reference decides: which Inspector values, and whether five of them are enough.

Facts in, actions and findings out; Resolve is not called here.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .calibration import AGAIN, FITTINGS, Measured, for_clip
from .errors import BridgeError
from .geometry import Size
from .pair import REFERENCE, TRACKS
from .placing import Placed
from .questions import Answers
from .seen import place_name
from .solving import KEYS, Exported, Solution, solve
from .step import Action, Finding, Plan
from .untouched import POSITION
from .values import are_equal, as_number

FROM_FILE, BY_HAND, CALIBRATE = "from alignment.json", "read out by hand", "calibrate"
"""The ways of this entry."""

SAVED = "alignment/inspector.json"
"""Where the Reference's position is kept, in the shot's folder."""

VISIBLE_PX = 0.5
"""An alignment that varies by more than half a pixel is not one Inspector value."""

OTIO_ROUTE = (
    "import the timeline of `chromaresolve composite SHOT --timeline SHOT.otio`, which carries it "
    "with keyframes; teaching and recovery use each pair's own matrix anyway"
)
"""What a script cannot do, a file can."""


class Lying(NamedTuple):
    """One clip on the Reference's track."""

    placed: Placed
    """Where it lies."""
    inspector: Dict[str, Any]
    """Its Inspector values."""

    @property
    def place(self) -> str:
        """Where it is, as plans name it."""
        return place_name(TRACKS[REFERENCE], self.placed.start)


class Facts(NamedTuple):
    """What there is to align with."""

    mode: str
    """One of the three ways."""
    resolve: str
    """The version of Resolve."""
    measured: Optional[Measured]
    """What was calibrated."""
    frame: Size = (0, 0)
    """The timeline's raster."""
    fitting: str = ""
    """How the project fits clips of another raster."""
    lying: Tuple[Lying, ...] = ()
    """The clips on the Reference's track."""
    exported: Optional[Exported] = None
    """What was exported and aligned."""
    saved: Optional[Dict[str, Any]] = None
    """The position that is kept in the shot's folder."""


def plan(facts: Facts, _answers: Answers) -> Plan:
    """Decide what to set and what to keep; what is so already is left out.

    Raises:
        BridgeError: There is no calibration, or the alignment cannot be one Inspector value.
    """
    if facts.mode == CALIBRATE:
        known = facts.measured
        if known is not None and known.resolve == facts.resolve:
            return ()
        return (Action("measure", "the Inspector's units", (facts.resolve,)),)
    there = [_told(one) for one in facts.lying]
    values = solution(facts).values if facts.mode == FROM_FILE else _read_out(facts, there)
    actions: List[Action] = []
    if facts.mode == FROM_FILE:
        for lying in facts.lying:
            actions += _settings(lying, values)
    if facts.saved is None or any(
        not are_equal(facts.saved.get(key), values[key]) for key in values
    ):
        actions.append(Action("keep", SAVED, tuple(values.items())))
    return tuple(actions)


def solution(facts: Facts) -> Solution:
    """Return what to set, by what was exported, aligned and calibrated.

    Raises:
        BridgeError: Something of that is missing, or cannot be set as five values.
    """
    exported, placed = facts.exported, facts.lying[0]
    if facts.measured is None:
        cause = "what a unit of the Inspector does here was never measured"
        raise BridgeError("the calibration", cause, AGAIN)
    if exported is None or exported.size != facts.frame:
        size = exported.size if exported else (0, 0)
        cause = f"was exported at {_by(size)}, and the timeline is {_by(facts.frame)}"
        raise BridgeError("the Reference", cause, "run 5 Export Pair and `chromaresolve align`")
    _check_plain(facts.lying)
    clip = placed.placed.clip
    fitting = FITTINGS.get(int(as_number(placed.inspector.get("Scaling")) or 0), facts.fitting)
    calibration = for_clip(
        facts.measured,
        clip.raster if clip else facts.frame,
        facts.frame,
        fitting=fitting,
        par=str(clip.properties.get("PAR", "")) if clip else "",
    )
    return solve(exported, calibration)


def judge(facts: Facts) -> List[Finding]:
    """Say what the Inspector holds now, and what it cannot."""
    if facts.mode == BY_HAND:
        return [Finding("ok", "read out", f"kept in {SAVED}, and handed over by 5 Export Pair")]
    solved = solution(facts)
    mean = f"the mean of {solved.pairs} pairs, {solved.residual_px:.2f} px off at the worst"
    found = [Finding("ok", "alignment", mean)]
    if solved.spread_px > VISIBLE_PX:
        sentence = f"varies by {solved.spread_px:.2f} px over the shot, and this is its mean: "
        found.append(Finding("note", "alignment", sentence + OTIO_ROUTE))
    return found


def judge_calibration(measured: Optional[Measured]) -> Finding:
    """Say what a unit of the Inspector does."""
    if measured is None:
        return Finding("stop", "calibration", f"was not kept: {AGAIN}")
    pan, tilt, sign = measured.calibration
    turns = "counter-clockwise" if sign > 0 else "clockwise"
    sentence = (
        f"Pan 1 is {pan:.4g} px to the right, Tilt 1 {tilt:.4g} px up (counted in the "
        f"{'clip as fitted' if measured.counts_in == 'fitted' else 'frame'}), a positive rotation "
        f"turns {turns}; Resolve {measured.resolve}, {measured.measured}"
    )
    return Finding("ok", "calibration", sentence)


def _check_plain(lying: Sequence[Lying]) -> None:
    """Refuse a Reference moved in ways that an alignment of five values does not hold."""
    for one in lying:
        off = [
            key
            for key, rest in POSITION.items()
            if key not in KEYS and not are_equal(one.inspector.get(key, rest), rest)
        ]
        if off:
            cause = f"has {', '.join(off)} off its default"
            remedy = "reset it in the Inspector, then run 5 Export Pair and `chromaresolve align`"
            raise BridgeError(f"the Reference {one.place}", cause, remedy)


def _told(lying: Lying) -> Dict[str, float]:
    """Return where a clip lies.

    Raises:
        BridgeError: Resolve does not tell all of it.
    """
    known = {key: as_number(lying.inspector.get(key)) for key in KEYS}
    values = {key: value for key, value in known.items() if value is not None}
    if len(values) < len(KEYS):
        cause = f"Resolve does not tell {', '.join(key for key in KEYS if key not in values)}"
        raise BridgeError(f"the Reference {lying.place}", cause, "open the Edit page, run again")
    return values


def _read_out(facts: Facts, there: Sequence[Dict[str, float]]) -> Dict[str, float]:
    for one, values in zip(facts.lying, there):
        if any(not are_equal(values[key], there[0][key]) for key in KEYS):
            cause = f"lies otherwise than {facts.lying[0].place}"
            remedy = "give both the same Transform (copy, Paste Attributes), then run this again"
            raise BridgeError(f"the Reference {one.place}", cause, remedy)
    return there[0]


def _settings(lying: Lying, values: Dict[str, float]) -> List[Action]:
    """Return what to set on one clip; ganged zooms are parted before they differ."""
    wanted: Dict[str, Any] = dict(values)
    if abs(values["ZoomX"] - values["ZoomY"]) > 1e-9:
        wanted = {"ZoomGang": False, **wanted}
    if "TransformEnabled" in lying.inspector:
        wanted["TransformEnabled"] = True
    return [
        Action("set Inspector", lying.place, (key, value, "was", lying.inspector[key]))
        for key, value in wanted.items()
        if key in lying.inspector and not are_equal(lying.inspector[key], value)
    ]


def _by(size: Size) -> str:
    return f"{size[0]} x {size[1]}"
