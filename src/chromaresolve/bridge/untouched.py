"""What was done to a clip on the pair timeline: retimes, grades, transforms, Fusion, effects.

A script sees much of it and not all: what it cannot see is said, and never taken for absent.
"""

from __future__ import annotations

from typing import Any, Iterator, List, Mapping

from .names import BALANCED_VERSION, NEUTRAL_VERSION, PRE_BALANCE
from .pair import BALANCED, REFERENCE, SOURCE
from .seen import Seen
from .step import Finding
from .values import are_equal, as_number

NEAREST = 1
"""Resolve's number for a retime that repeats or drops frames and never makes one up."""

NO_RESIZE = 1
"""Resolve's number for Scaling > Crop: the clip keeps its pixels, whatever the timeline's size."""

POSITION: Mapping[str, Any] = {
    "Pan": 0.0,
    "Tilt": 0.0,
    "ZoomX": 1.0,
    "ZoomY": 1.0,
    "RotationAngle": 0.0,
    "AnchorPointX": 0.0,
    "AnchorPointY": 0.0,
    "Pitch": 0.0,
    "Yaw": 0.0,
    "FlipX": False,
    "FlipY": False,
    "Distortion": 0.0,
}
"""Where a clip lies: on the Reference this is the alignment, elsewhere it must be at rest."""

COVER: Mapping[str, Any] = {
    "CropLeft": 0.0,
    "CropRight": 0.0,
    "CropTop": 0.0,
    "CropBottom": 0.0,
    "CropSoftness": 0.0,
    "CompositeMode": 0,
    "Opacity": 100.0,
    "DynamicZoomEnabled": False,
}
"""What hides, mixes or moves a picture over time: wrong on every clip."""


def judge(seen: Seen) -> List[Finding]:
    """Say what was done to a clip, and what to do about it: facts in, findings out."""
    return [*_retimed(seen), *_graded(seen), *_placed(seen), *_hidden(seen)]


def _retimed(seen: Seen) -> List[Finding]:
    if seen.percent is None:
        sentence = "its speed cannot be seen by a script: look in the Inspector, 100 % is right"
        return [Finding("note", seen.name, sentence)]
    if abs(seen.percent - 100) < 1e-6:
        return []
    way = "is reversed" if seen.percent < 0 else "is retimed"
    sentence = (
        f"{way} ({seen.percent:g} % speed): choose Change Clip Speed, 100 %, not reversed; where "
        "it then does not fit, take it off, and run 2 Conform"
    )
    return [Finding("stop", seen.name, sentence)]


def _graded(seen: Seen) -> List[Finding]:
    found = []
    if seen.is_grouped:
        sentence = "is in a colour group, whose grade applies too: take it out on the Color page"
        found.append(Finding("stop", seen.name, sentence))
    others = [text for node in seen.nodes for text in node.others]
    if seen.version == BALANCED_VERSION and seen.is_balanced:
        sentence = f"carries {PRE_BALANCE} on version {BALANCED_VERSION!r}: kept, and handed over"
        found.append(Finding("ok", seen.name, sentence))
        if others:
            sentence = f"carries {', '.join(others)} besides {PRE_BALANCE}: remove it"
            found.append(Finding("stop", seen.name, sentence))
    elif seen.version == NEUTRAL_VERSION and seen.is_bare:
        own = [name for name in seen.versions if name not in (NEUTRAL_VERSION, BALANCED_VERSION)]
        sentence = f"shows no grade on version {NEUTRAL_VERSION!r}; yours stay: {', '.join(own)}"
        found.append(Finding("ok", seen.name, sentence))
    else:
        what = ", ".join(others) or "a script cannot see primaries, so it counts as graded"
        sentence = f"version {seen.version!r} is not neutral ({what}): run 2 Conform"
        found.append(Finding("stop", seen.name, sentence))
    return found


def _placed(seen: Seen) -> List[Finding]:
    found = list(_moved(seen))
    covered = seen.off_rest(COVER)
    if covered:
        sentence = f"is cropped or mixed ({_values(covered)}): run 2 Conform"
        found.append(Finding("stop", seen.name, sentence))
    scaling = seen.inspector.get("Scaling")
    if seen.lane in (SOURCE, BALANCED) and scaling is not None and scaling != NO_RESIZE:
        sentence = f"may be resized (Scaling {scaling}): run 2 Conform, or choose Scaling > Crop"
        found.append(Finding("stop", seen.name, sentence))
    return found


def _moved(seen: Seen) -> Iterator[Finding]:
    off = seen.off_rest(POSITION)
    if seen.lane != REFERENCE and off:
        sentence = f"is moved ({_values(off)}): the scan must lie still; run 2 Conform"
        yield Finding("stop", seen.name, sentence)
    elif off and are_equal(seen.inspector.get("TransformEnabled", True), False):
        sentence = "has its Transform switched off: switch it on in the Inspector"
        yield Finding("stop", seen.name, sentence)
    elif off:
        yield Finding("ok", seen.name, f"is moved, which is its alignment: {_values(off)}")
    if seen.keyed and seen.lane == REFERENCE:
        sentence = f"has keyframes on {', '.join(seen.keyed)}: exported as they are"
        yield Finding("note", seen.name, sentence)
    elif seen.keyed:
        sentence = f"has keyframes on {', '.join(seen.keyed)}: remove them in the Inspector"
        yield Finding("stop", seen.name, sentence)


def _hidden(seen: Seen) -> List[Finding]:
    found = []
    if not seen.is_enabled:
        found.append(Finding("stop", seen.name, "is disabled: enable it (key D)"))
    if seen.fusion:
        sentence = f"has {seen.fusion} Fusion composition(s): delete them on the Fusion page"
        found.append(Finding("stop", seen.name, sentence))
    if seen.effects:
        sentence = f"carries {', '.join(seen.effects)}: remove it in the Inspector"
        found.append(Finding("stop", seen.name, sentence))
    return found


def _values(values: Mapping[str, Any]) -> str:
    numbers = {key: as_number(value) for key, value in values.items()}
    return ", ".join(
        f"{key} {values[key] if number is None else f'{number:g}'}"
        for key, number in numbers.items()
    )
