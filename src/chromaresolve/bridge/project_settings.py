"""What a project of this workflow is set to, and how each setting is written and read back."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple

from .errors import BridgeError, RefusedError
from .names import DISPLAY_ODTS
from .questions import NEW_PROJECT, Answers, answers_file
from .session import Session
from .step import Finding
from .timecode import rate_from_resolve
from .values import (
    are_equal,
    as_number,
    read_project_setting,
    read_timeline_setting,
    write_project_setting,
)

WIDTH, HEIGHT = "timelineResolutionWidth", "timelineResolutionHeight"
"""The keys of the raster."""

RATE, DROP_FRAME = "timelineFrameRate", "timelineDropFrameTimecode"
"""The keys of the frame rate, and of whether its timecode drops numbers."""

SCIENCE, ODT, ACES = "colorScienceMode", "colorAcesODT", "acesVersion"
"""The keys of the colour science, its output transform and its version."""

COLOUR_PAGE = "Project Settings > Color Management"
"""Where a user finds the colour settings."""

MASTER_PAGE = "Project Settings > Master Settings"
"""Where a user finds raster and rate."""

ACES_VERSIONS = ("1.3", "1.2")
"""The versions whose output transform is the tool's own, the better one first. ACES 2.0 renders
another picture."""

FREE_WIDTH, FREE_HEIGHT = 3840, 2160
"""What the free edition makes at most."""


class Shape(NamedTuple):
    """A project's raster and rate."""

    width: int
    """In pixels."""
    height: int
    """In lines."""
    rate: str
    """Frames per second, as Resolve writes them."""
    pixel_aspect: str
    """The shape of a pixel, as Resolve writes it."""


class Wanted(NamedTuple):
    """One setting as it must be."""

    key: str
    """Resolve's name for it."""
    spoken: str
    """What people call it."""
    value: str
    """What it must be."""
    is_needed: bool = False
    """Whether nothing can go on without; else the user is told to look."""
    page: str = MASTER_PAGE
    """Where a user finds it."""
    choice: str = ""
    """What that place calls the value, if otherwise."""

    @property
    def shown(self) -> str:
        """The value in a user's words."""
        return self.choice or self.value


def wanted_settings(shape: Shape) -> Tuple[Wanted, ...]:
    """Return all settings but ACES version and output transform, in the order of writing.

    The colour science comes first among the colours: it decides which other keys can be written.
    """
    image = "Project Settings > Image Scaling"
    crop = "Center crop with no resizing"
    return (
        Wanted(WIDTH, "timeline width", str(shape.width), is_needed=True),
        Wanted(HEIGHT, "timeline height", str(shape.height), is_needed=True),
        Wanted(RATE, "timeline frame rate", shape.rate, is_needed=True),
        Wanted("timelinePixelAspectRatio", "pixel aspect ratio", shape.pixel_aspect),
        # No resizing: the tool gets the scan's own pixels, and nothing that a filter made of them.
        Wanted(
            "timelineInputResMismatchBehavior", "input scaling", "centerCrop", False, image, crop
        ),
        Wanted("timelineOutputResMatchTimelineRes", "output as timeline", "1", False, image, "on"),
        Wanted(
            "timelineOutputResMismatchBehavior", "output scaling", "centerCrop", False, image, crop
        ),
        Wanted("imageRetimeInterpolation", "retime process", "nearest"),
        Wanted("perfProxyMediaMode", "proxies", "0", False, "Playback > Proxy Handling", "off"),
        Wanted(SCIENCE, "color science", "acescct", True, COLOUR_PAGE, "ACEScct"),
        Wanted("colorAcesGamutCompressType", "gamut compression", "None", page=COLOUR_PAGE),
        Wanted("nodeStackLayers", "node stack layers", "1", page="Project Settings > General"),
    )


def read_settings(session: Session, project: Any, wanted: Sequence[Wanted]) -> Dict[str, Any]:
    """Read the settings that this workflow looks at; an empty text is one Resolve does not know."""
    keys = [one.key for one in wanted] + [DROP_FRAME, ODT, ACES]
    return {key: read_project_setting(session, project, key) for key in keys}


def is_so(wanted: Wanted, settings: Mapping[str, Any]) -> bool:
    """Say whether a setting is as it must be."""
    if wanted.key == RATE:
        return has_rate(settings, wanted.value)
    return are_equal(settings.get(wanted.key, ""), wanted.value)


def is_known(wanted: Wanted, settings: Mapping[str, Any]) -> bool:
    """Say whether this Resolve tells a setting at all."""
    return settings.get(wanted.key, "") not in {"", None}


def has_rate(settings: Mapping[str, Any], wanted: str) -> bool:
    """Say whether a project has this frame rate; Resolve answers with a number, sometimes cut."""
    rate, drop = rate_from_resolve(wanted)
    shown = settings.get(RATE, "")
    try:
        is_same = rate_from_resolve(shown)[0] == rate
    except BridgeError:
        is_same = as_number(shown) == math.floor(rate)  # 29.0 was seen for 29.97
    told = str(settings.get(DROP_FRAME, ""))
    return is_same and (told not in {"0", "1"} or told == str(int(drop)))


def in_writing_order(wanted: Sequence[Wanted], settings: Mapping[str, Any]) -> Tuple[Wanted, ...]:
    """Put the height before the width where the raster becomes smaller.

    Resolve refuses a raster that is higher than wide, also for the moment between the two.
    """
    is_narrower = any(
        one.key == WIDTH and (as_number(settings.get(WIDTH)) or 0) > float(one.value)
        for one in wanted
    )
    rank = {HEIGHT: 0, WIDTH: 1} if is_narrower else {WIDTH: 0, HEIGHT: 1}
    return tuple(sorted(wanted, key=lambda one: rank.get(one.key, 2)))


def write_setting(session: Session, project: Any, wanted: Wanted) -> None:
    """Write one setting and read it back.

    Raises:
        BridgeError: Resolve refused it, or kept another value.
    """
    try:
        if wanted.key == RATE:
            _write_rate(session, project, wanted.value)
        else:
            write_project_setting(session, project, wanted.key, wanted.value)
    except RefusedError as error:
        where = f"project setting {wanted.spoken!r}"
        remedy = f"choose {wanted.shown} in {wanted.page} by hand, then run this entry again"
        if not session.is_studio and _is_beyond_free(wanted):
            remedy = f"the free edition makes at most {FREE_WIDTH}x{FREE_HEIGHT}: use Studio"
        raise BridgeError(where, error.cause, remedy) from error


def _write_rate(session: Session, project: Any, value: str) -> None:
    """Write the frame rate, which reads back as a number and never says drop frame."""
    if session.can(project, "Project.SetSettings"):
        session.demand(project, "Project.SetSettings", {RATE: value})
    else:
        session.demand(project, "Project.SetSetting", RATE, value)
    kept = {key: read_project_setting(session, project, key) for key in (RATE, DROP_FRAME)}
    if not has_rate(kept, value):
        cause = f"Resolve said yes and kept {kept[RATE]!r}"
        raise RefusedError(f"project setting {RATE!r}", cause, "")


def _is_beyond_free(wanted: Wanted) -> bool:
    largest = {WIDTH: FREE_WIDTH, HEIGHT: FREE_HEIGHT}
    return wanted.key in largest and int(wanted.value) > largest[wanted.key]


def odt_names(answers: Answers) -> Tuple[str, ...]:
    """Return what the output transform may be called: the user's own word, or each version's."""
    chosen = str(answers["odt"]).strip()
    return (chosen,) if chosen else DISPLAY_ODTS


def choose_odt(session: Session, project: Any, candidates: Sequence[str]) -> str:
    """Set the first output transform that Resolve takes, and return its name.

    Raises:
        BridgeError: It takes none.
    """
    for name in candidates:
        try:
            write_project_setting(session, project, ODT, name)
        except RefusedError:
            continue  # called otherwise in this version
        return name
    tried = " nor ".join(repr(name) for name in candidates)
    remedy = f"choose ODT {candidates[0]!r} in {COLOUR_PAGE}, then run again"
    raise BridgeError("output transform (ODT)", f"Resolve did not take {tried}", remedy)


def read_aces_version(session: Session, timeline: Optional[Any] = None) -> str:
    """Return the project's ACES version, such as `1.3`; empty where Resolve does not tell it.

    It is documented for timelines, not for projects: without a timeline only the project is asked.
    """
    told = read_project_setting(session, session.project(), ACES)
    if not told and timeline is not None:
        told = read_timeline_setting(session, timeline, ACES)
    return aces_number(told)


def aces_number(told: Any) -> str:
    """Return the number in what Resolve calls a version, such as `aces_1.3`."""
    match = re.search(r"\d+(\.\d+)*", str(told or ""))
    return match[0] if match else ""


def allowed_aces(answers: Answers) -> Tuple[str, ...]:
    """Return which versions will do: the one the user named, or any that matches the tool's."""
    return (str(answers["aces_version"]),) if answers["aces_version"] else ACES_VERSIONS


def choose_aces(session: Session, project: Any, answers: Answers) -> None:
    """Set the ACES version where this Resolve lets scripts do it.

    Raises:
        BridgeError: It does not.
    """
    version = allowed_aces(answers)[0]
    try:
        write_project_setting(session, project, ACES, f"aces_{version}")
    except RefusedError as error:
        told = aces_number(read_project_setting(session, project, ACES))
        cause, remedy = _other_aces(told, version)
        raise BridgeError("ACES version", cause, f"{remedy}, then run this entry again") from error


def judge_aces(told: str, answers: Answers, home: Path) -> Finding:
    """Say whether the ACES version is one that matches the tool's pictures."""
    allowed, subject = allowed_aces(answers), "ACES version"
    if told:
        if told in allowed:
            return Finding("ok", subject, told)
        return Finding("stop", subject, ": ".join(_other_aces(told, allowed[0])))
    look = f"look at {COLOUR_PAGE} > ACES version"
    if answers["aces_version"]:
        sentence = f"this Resolve does not tell it; you said {allowed[0]}: {look}"
        return Finding("note", subject, sentence)
    file = answers_file(home, NEW_PROJECT)
    sentence = (
        f"this Resolve does not tell it: {look}, choose ACES {allowed[0]} there, and write it as "
        f"'aces_version' in {file} or this entry's window"
    )
    return Finding("stop", subject, sentence)


def _other_aces(told: str, wanted: str) -> Tuple[str, str]:
    cause = f"the project is set to ACES {told}, whose pictures would not match the tool's"
    return cause, f"choose ACES {wanted} in {COLOUR_PAGE}"
