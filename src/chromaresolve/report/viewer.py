"""The frames that the page shows: stills of every version, scopes and numbers, in a few MB."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from chromaresolve.errors import ChromaresolveError
from chromaresolve.frames import Rgb, cores
from chromaresolve.report.choosing import Shown
from chromaresolve.report.encoding import Codes, Fitted, display_to_srgb, fit_pictures, write_jpeg
from chromaresolve.report.looking import Versions
from chromaresolve.report.scoping import FrameFacts, measure_facts, read_frame_off

BASE64 = 4 / 3
"""Letters that a byte takes on the page."""

EAGER = 1.15
"""Even shares that a frame may take of the room left: the most telling come first, and what they
leave is for the next."""

FEW_SHOWN = 6
"""Frames that are shown where not all fit at full resolution: fewer, but larger."""

LEADING, LEAD_SHARE = 2, 0.42
"""How many of them, the most telling, are given this share of the room left, so that they do."""

SCOPE_QUALITY = 80
"""Of the scopes' and maps' JPEGs, whose thin lines show blocks early."""

SCOPE_BYTES = 30_000
"""About what a scope takes; kept free while the stills are fitted."""

SCOPES_A_FRAME = 8
"""Scopes and maps of a frame, at most."""

FEWEST_BYTES = 60_000
"""Room below which a frame is not shown: its stills would tell nothing."""

GRAINY = 0.1
"""Bytes that a pixel of grainy film takes at a quality still worth looking at: measured on noise
of 2 % at JPEG quality 60."""

SMALL_WIDTH, SMALL_QUALITY = 480, 85
"""Of the stills on paper."""

PRINTED = 3
"""Frames on paper."""

Load = Callable[[int], Versions]
"""Reads every version of a frame."""


@dataclass(slots=True)
class Viewer:
    """What the page's viewer shows."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    """Frame by frame, plain values as the page's script takes them, in the order of the film."""
    stills: dict[str, str] = field(default_factory=dict)
    """JPEGs as base64, by the name that the frames call them."""
    printed: list[dict[str, Any]] = field(default_factory=list)
    """Small stills for paper, and for a browser without scripts."""
    left_out: list[str] = field(default_factory=list)
    """What is not shown, or smaller than it is, and why."""
    facts: dict[int, FrameFacts] = field(default_factory=dict)
    """Numbers of the frames that are shown."""


def fill_viewer(
    wanted: Sequence[Shown],
    load: Load,
    *,
    room: float,
    on_progress: Callable[[int, int, str], None],
) -> Viewer:
    """Read the frames and write their stills.

    Args:
        wanted: The frames, the most telling first; each is in memory alone.
        load: Reads a frame.
        room: Bytes on the page, as base64.
        on_progress: Told how far it is.
    """
    viewer, left, most, lead = Viewer(), room / BASE64, len(wanted), 0.0
    for done, shown in enumerate(wanted):
        if done == most or left < FEWEST_BYTES:
            viewer.left_out.append(_told_rest(wanted[done:]))
            break
        on_progress(done, most, f"frame {shown.frame}")
        try:
            versions = load(shown.frame)
        except ChromaresolveError as error:
            viewer.left_out.append(f"frame {shown.frame} is not shown: {error}")
            continue
        if not viewer.frames and _pixels(versions) * GRAINY * most > left:
            most, lead = min(most, FEW_SHOWN), LEAD_SHARE
        share = max(min(1.0, EAGER / (most - done)), lead if done < LEADING else 0.0)
        left -= _add(viewer, shown, versions, left * share)
    viewer.frames.sort(key=lambda frame: frame["frame"])
    viewer.printed.sort(key=lambda frame: frame["frame"])
    return viewer


def _told_rest(rest: Sequence[Shown]) -> str:
    one = len(rest) == 1
    frames = ", ".join(str(shown.frame) for shown in rest)
    return (
        f"{'frame' if one else 'frames'} {frames} {'is' if one else 'are'} not shown, as the page "
        "would pass 20 MB or the others be too small"
    )


def _pixels(versions: Versions) -> int:
    return sum(rgb[..., 0].size for rgb in versions.pictures.values())


def _add(viewer: Viewer, shown: Shown, versions: Versions, room: float) -> int:
    """Add a frame to the viewer, and return the bytes it takes."""
    with ThreadPoolExecutor(cores()) as pool:
        codes = dict(
            zip(
                versions.pictures,
                pool.map(display_to_srgb, versions.pictures.values()),
                strict=True,
            )
        )
    kept_free = min(SCOPES_A_FRAME * SCOPE_BYTES, room / 3)
    with ThreadPoolExecutor(1) as pool:
        fitting = pool.submit(fit_pictures, codes, room=room - kept_free)
        facts = measure_facts(versions)
        scopes = [
            (reading, write_jpeg(_page_codes(reading.picture), SCOPE_QUALITY))
            for reading in read_frame_off(versions, facts)
        ]
        fitted = fitting.result()
    number = shown.frame
    stills = {f"still-{number}-{place}": jpeg for place, jpeg in enumerate(fitted.jpegs.values())}
    drawn = {f"scope-{number}-{place}": jpeg for place, (_, jpeg) in enumerate(scopes)}
    for name, jpeg in (stills | drawn).items():
        viewer.stills[name] = base64.b64encode(jpeg).decode()
    height, width = versions.recovered_709.shape[:2]
    viewer.frames.append(
        {
            "frame": number,
            "why": list(shown.why),
            "size": f"{width} x {height}",
            "width": width,
            "height": height,
            "shown": _told_size(fitted),
            "versions": [
                {"name": name, "still": still}
                for name, still in zip(fitted.jpegs, stills, strict=True)
            ],
            "scopes": [
                {"title": one.title, "told": one.told, "still": name, **_side(one.picture)}
                for (one, _), name in zip(scopes, drawn, strict=True)
            ],
        }
    )
    viewer.facts[number] = facts
    if len(viewer.printed) < PRINTED:
        viewer.printed.append({"frame": number, "stills": _small(codes)})
    return sum(map(len, (stills | drawn).values()))


def _told_size(fitted: Fitted) -> str:
    if fitted.shrink == 1:
        return f"full resolution, JPEG quality {fitted.quality}"
    return f"1/{fitted.shrink} of the resolution each way, JPEG quality {fitted.quality}"


def _side(picture: Rgb) -> dict[str, int]:
    return {"width": picture.shape[1], "height": picture.shape[0]}


def _page_codes(page_values: Rgb) -> Codes:
    """Return the codes of what is drawn in the page's own greys."""
    return np.asarray(np.rint(255 * np.clip(page_values, 0, 1)), dtype=np.uint8)


def _small(codes: Mapping[str, Codes]) -> list[dict[str, str]]:
    small = {}
    for name, picture in codes.items():
        width = min(SMALL_WIDTH, picture.shape[1])
        height = max(1, round(picture.shape[0] * width / picture.shape[1]))
        scaled = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        small[name] = np.asarray(scaled, dtype=np.uint8)
    return [
        {"name": name, "jpeg": base64.b64encode(write_jpeg(one, SMALL_QUALITY)).decode()}
        for name, one in small.items()
    ]
