"""Which frames clips play, and how fast: told by an exported timeline file where no call tells it.

Up to 21.0 no function tells a clip's speed, and on no version is it written down whether a clip's
offset counts from 0 or in file numbers. Resolve writes both into an OTIO: a retime stands there as
one of three effects, and a source range in the timecode of the medium. Where that is refused, the
span of source frames must do, which cannot show less than a frame.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Tuple

from .errors import BridgeError
from .session import Session
from .values import as_number

WARPS = ("LinearTimeWarp.", "FreezeFrame.", "TimeEffect.")
"""What a retime is called in an OTIO, without the version of its form."""

ORDINARY = frozenset(
    {"Composite", "Transform", "Cropping", "Video Faders", "Retime and Scaling", "Dynamic Zoom"}
)
"""Resolve's own effects that every clip has, or that the Inspector's values tell of."""

UNSURE = 1
"""Frames by which a span may differ without a retime: Resolve's source frames were seen off by
one, and whether the last one is counted is not documented."""

Place = Tuple[int, int]
"""A video track from 1, and the frame of the timeline at which a clip begins."""


class Written(NamedTuple):
    """What a timeline's file says of one clip."""

    percent: Optional[float]
    """Its speed: 100 is unchanged, 0 a freeze frame; None where it varies."""
    offset: Optional[int]
    """How many of the clip's frames are left out at its beginning; None where it is not told."""
    effects: Tuple[str, ...]
    """Effects that no function tells of, by name."""
    keyed: Tuple[str, ...]
    """Inspector values with keyframes, of which functions tell one value."""


def read_written(session: Session, timeline: Any) -> Dict[Place, Written]:
    """Export the timeline as an OTIO into a temporary folder and read it; empty where refused."""
    kind = getattr(session.resolve, "EXPORT_OTIO", None)
    none = getattr(session.resolve, "EXPORT_NONE", None)
    if as_number(kind) is None:
        return {}
    folder = tempfile.mkdtemp(prefix="chromaresolve-")
    file = Path(folder) / "pair.otio"
    try:
        session.ask(timeline, "Timeline.Export", str(file), kind, none)
        return parse_otio(json.loads(file.read_text(encoding="utf-8")))
    except (BridgeError, OSError, ValueError, LookupError, TypeError, AttributeError):
        # What cannot be exported or understood is no reason to stop: spans are the next best.
        return {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def parse_otio(content: Mapping[str, Any]) -> Dict[Place, Written]:
    """Return what an OTIO says of the clips on its video tracks.

    Raises:
        LookupError, TypeError, AttributeError: It is not in the form of an OTIO.
    """
    tracks = [one for one in content["tracks"]["children"] if one.get("kind") == "Video"]
    return {
        (number, start): _written(clip)
        for number, track in enumerate(tracks, start=1)
        for start, clip in _clips(track)
    }


def percent_by_span(first: int, last: int, wanted: float) -> Optional[float]:
    """Return the speed by a clip's source frames; None where they do not tell it.

    Args:
        first: The first source frame that Resolve names.
        last: The last one, or the one after it.
        wanted: How many source frames an unchanged clip of this duration shows.
    """
    span = last - first
    if not (first or last) or wanted <= UNSURE:
        return None  # 0 and 0 is what clips from an XML say, whatever their speed
    return 100.0 if abs(span - wanted) <= UNSURE else 100.0 * span / wanted


def _clips(track: Mapping[str, Any]) -> Iterator[Tuple[int, Mapping[str, Any]]]:
    at = 0
    for child in track["children"]:
        if str(child["OTIO_SCHEMA"]).startswith("Transition."):
            continue  # lies over the cut and takes no time of its own
        if not str(child["OTIO_SCHEMA"]).startswith("Gap."):
            yield at, child
        at += round(child["source_range"]["duration"]["value"])


def _written(clip: Mapping[str, Any]) -> Written:
    percent: Optional[float] = 100.0
    effects, keyed = [], []
    for effect in clip.get("effects") or []:
        schema = str(effect["OTIO_SCHEMA"])
        if schema.startswith(WARPS):
            percent = _percent(schema, effect)
            continue
        known = (effect.get("metadata") or {}).get("Resolve_OTIO") or {}
        name = str(known.get("Effect Name") or effect.get("effect_name") or "an effect")
        if name not in ORDINARY and known.get("Enabled", True):
            effects.append(name)
        keyed += [str(one["Parameter ID"]) for one in known.get("Parameters") or [] if _moves(one)]
    return Written(percent, _offset(clip), tuple(effects), tuple(keyed))


def _offset(clip: Mapping[str, Any]) -> Optional[int]:
    references = clip.get("media_references") or {}
    medium = references.get(clip.get("active_media_reference_key")) or {}
    whole = medium.get("available_range")
    if not whole:
        return None
    begins, plays = whole["start_time"], clip["source_range"]["start_time"]
    # Each counts in its own rate: the medium's frames are what is wanted.
    first = float(plays["value"]) * float(begins["rate"]) / float(plays["rate"])
    return round(first - float(begins["value"]))


def _moves(parameter: Mapping[str, Any]) -> bool:
    return len(parameter.get("Key Frames") or ()) > 0


def _percent(schema: str, effect: Mapping[str, Any]) -> Optional[float]:
    if schema.startswith("FreezeFrame."):
        return 0.0
    scalar = as_number(effect.get("time_scalar"))
    return None if scalar is None else 100.0 * scalar
