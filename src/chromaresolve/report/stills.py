"""Validation stills: chosen frames as source, plate, baseline, recovered and reference.

They lie in report/stills/; those that Resolve takes lie in stills/, begin alike and end otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chromaresolve import __version__
from chromaresolve.alignment import (
    aligned_path,
    held_out_pairs,
    usable_pairs,
)
from chromaresolve.baseline import cube_path
from chromaresolve.colour import merge_chroma, rgb_to_chroma
from chromaresolve.composite import display_chain, display_of_recovered, recovered_frames
from chromaresolve.cube import read_cube
from chromaresolve.errors import ColourError, FrameError, StageError
from chromaresolve.files import sweep, write_text
from chromaresolve.frames import Rgb, Sequence, read_rgb, write_picture
from chromaresolve.report.pictures import Row, contact_sheet
from chromaresolve.review import BaselineMap
from chromaresolve.shot import Shot, load_flagged, out_of_date, require
from chromaresolve.telling import Progress, Say

StillKind = Literal["png", "tiff"]
"""8 bit PNG, or 16 bit TIFF."""

ENDINGS: Mapping[StillKind, str] = {"png": ".png", "tiff": ".tif"}
"""How their names end."""

RECORD = "stills.json"
"""What the stills are, beside them."""

MEANING = (
    "Display values, Rec. ITU-R BT.709 primaries, gamma 2.4, full range, for a display of "
    "100 cd/m2 in a dim surround. No profile is embedded. Values below 0 or above 1 are clamped; "
    "the EXR frames keep them."
)
"""How the numbers in the files are meant."""

VERSIONS: Mapping[str, str] = {
    "source": "the faded scan",
    "plate": "the balanced plate, which the network saw",
    "baseline": "the LUT baseline on the input plate's luma",
    "recovered": "the result",
    "reference": "the Reference as it was laid on the Source",
    "side_by_side": "all of them, scaled down, with their names",
}
"""What each still shows, by the end of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A frame of which stills are taken."""

    frame: int
    """Source frame number."""
    why: str
    """Why this one."""


def write_stills(
    shot: Shot, *, kind: StillKind = "png", say: Say, on_progress: Progress
) -> tuple[Path, ...]:
    """Write the stills of hold-outs, flagged frames, and the first, middle and last.

    Returns:
        The files, without the record beside them.

    Raises:
        ShotError: The recovery is missing or out of date.
    """
    require(shot, "recovery", needed_for="stills")
    folder = shot.path("report/stills")
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    baseline = _baseline(shot, say)
    frames = choose_frames(shot)
    rows: list[dict[str, Any]] = []
    for done, chosen in enumerate(frames):
        on_progress(done, len(frames), f"frame {chosen.frame}")
        pictures = dict(_pictures(shot, chosen.frame, baseline, say))
        files = _write(shot, folder, chosen, pictures, ENDINGS[kind]) if pictures else {}
        rows.append({"frame": chosen.frame, "why": chosen.why, "files": files})
    on_progress(len(frames), len(frames), "stills")
    made = [folder / name for row in rows for name in row["files"].values()]
    _remove_former(folder, made)
    record = {
        "tool": f"ChromaResolve {__version__}",
        "shot": shot.shot.name,
        "film": shot.shot.film,
        "values": MEANING,
        "versions": VERSIONS,
        "stills": rows,
    }
    write_text(folder / RECORD, json.dumps(record, indent=2) + "\n")
    return tuple(made)


def choose_frames(shot: Shot) -> list[Chosen]:
    """Return the frames that stills are taken of, in order, with all that speaks for each."""
    frames = shot.shot.frames.frames
    reasons: dict[int, list[str]] = {}
    for frame, why in (
        (frames[0], "first frame"),
        (frames[len(frames) // 2], "middle frame"),
        (frames[-1], "last frame"),
        *((pair.source, "held out") for pair in held_out_pairs(shot)),
        *_flagged(shot),
    ):
        reasons.setdefault(frame, []).append(why)
    there = set(frames)
    return [
        Chosen(frame=frame, why="; ".join(dict.fromkeys(why)))
        for frame, why in sorted(reasons.items())
        if frame in there
    ]


def _flagged(shot: Shot) -> Iterator[tuple[int, str]]:
    """Give the frames that a review flagged and nobody accepted, if there was one."""
    with suppress(StageError):  # the stills are no less true without
        for one in load_flagged(shot):
            if one.is_open:
                yield one.frame, f"flagged: {one.reason}"


def _baseline(shot: Shot, say: Say) -> BaselineMap | None:
    if "baseline" not in shot.made or out_of_date(shot, "baseline"):
        say("without the LUT baseline: it is not made, or no longer true")
        return None
    try:
        return read_cube(cube_path(shot)).apply
    except ColourError as error:
        say(f"without the LUT baseline: {error}")
        return None


def _pictures(
    shot: Shot, frame: int, baseline: BaselineMap | None, say: Say
) -> Iterator[tuple[str, Rgb]]:
    """Give a frame's versions as display values; one that cannot be read is said and left out."""
    display = display_chain(shot)
    source = shot.source
    read: dict[str, Rgb] = {}
    for pattern in dict.fromkeys((source.scan, source.plate, source.luma_plate)):
        try:
            read[pattern] = read_rgb(Sequence.find(pattern, shot.root).path(frame))
        except FrameError as error:
            say(f"frame {frame}: no still of this: {error}")
    if source.scan in read:
        yield "source", display.to_working(read[source.scan])
    if source.balanced and source.balanced in read:
        yield "plate", display.to_working(read[source.balanced])
    if baseline and source.plate in read and source.luma_plate in read:
        mapped = display.to_working(baseline(read[source.plate]))
        luma_plate = display.to_working(read[source.luma_plate])
        yield "baseline", merge_chroma(luma_plate, rgb_to_chroma(mapped)).rgb
    try:
        recovered = read_rgb(recovered_frames(shot).path(frame))
        yield "recovered", display_of_recovered(shot)(recovered)
    except FrameError as error:
        say(f"frame {frame}: no still of this: {error}")
    pair = next((pair for pair in usable_pairs(shot) if pair.source == frame), None)
    if pair and aligned_path(shot, pair).is_file():
        yield "reference", display.to_working(read_rgb(aligned_path(shot, pair)))


def _write(
    shot: Shot, folder: Path, chosen: Chosen, pictures: Mapping[str, Rgb], ending: str
) -> dict[str, str]:
    """Write a frame's stills, and return their names by version."""
    start = f"{shot.shot.name}_{chosen.frame:04d}"
    files = {version: f"{start}_{version}{ending}" for version in pictures}
    for version, name in files.items():
        write_picture(folder / name, pictures[version])
    label = f"{shot.shot.name}, frame {chosen.frame}: {chosen.why}"
    files["side_by_side"] = f"{start}_side_by_side.png"
    row = Row(label=label, cells=tuple(pictures.items()))
    contact_sheet([row], folder / files["side_by_side"])
    return files


def _remove_former(folder: Path, made: Iterable[Path]) -> None:
    """Remove stills that an earlier run wrote down and that this one did not make."""
    kept = {path.name for path in made}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        for name in (name for row in record["stills"] for name in row["files"].values()):
            if name not in kept and name == Path(name).name:
                (folder / name).unlink(missing_ok=True)
