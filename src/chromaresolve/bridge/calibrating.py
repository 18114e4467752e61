"""The dot chart taken through this Resolve: made, placed, moved, rendered, measured, and removed.

All of it is two clips and one short timeline of our own: each clip on it is the same chart with
another Inspector value, so that a single render answers every question.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Sequence

from .calibration import FITTED, FRAME, Measured
from .dots import CHANGES, NEUTRAL, calibrate, chart_line, measure_dots
from .errors import BridgeError, RefusedError
from .exr import read_rows
from .exr_header import read_header
from .exr_writing import write_half
from .geometry import Point, Size
from .keeping import kept_bin, kept_page, kept_timeline, put_back_after
from .media import clips_in, import_sequence, make_bin, remove_clips
from .names import TEMPORARY
from .placing import Placement, find_timeline, make_timeline, place
from .rendering import Wish, render
from .sequences import find_sequence
from .session import Session
from .values import write_inspector

LEAST = (640, 480)
"""From this raster on the dots stay in the picture with every change as it is."""

LENGTH = 2
"""Frames of a chart's clip: one alone would come in as a still, of whatever duration."""

NARROW = 3 / 4
"""The width of the second chart, as a part of the frame's: it shows what Pan counts in."""

SMALLER = 1 / 5
"""The part of a shift that is tried as well: where Pan or Tilt counts in more than pixels, the
whole shift takes dots out of the picture."""

NO_RESIZE = 1
"""Scaling > Crop: the narrow chart keeps its pixels, so that only Pan's own unit can differ."""

CODEC = "RGBHalfZIP"
"""Exact, and read with the standard library alone."""

NEAR = 0.01
"""How far Pan's unit on the narrow chart may lie from what either way of counting makes it."""


class _Shot(NamedTuple):
    """One frame of the timeline: a chart, and what is set on it."""

    chart: str
    """`full` or `narrow`."""
    name: str
    """What is changed."""
    part: float = 1.0
    """How much of the change."""


def measure(session: Session, size: Size, start_timecode: str) -> Measured:
    """Take the chart through Resolve; afterwards nothing of it is left there.

    Args:
        session: Resolve, with a timeline open, which is open again afterwards.
        size: The project's raster.
        start_timecode: An hour in the project's way of counting.

    Raises:
        BridgeError: Resolve refused something, or the dots moved as no Inspector moves them.
    """
    session.demand(session.project(), "Project.GetCurrentTimeline")
    with kept_page(session), kept_bin(session), _removed(session) as folder:
        with kept_timeline(session):
            session.ask(session.resolve, "Resolve.OpenPage", "edit")  # soft: headless has no pages
            files = _take(session, folder, size, start_timecode)
        try:
            return _measured(session, files, size, 1.0)
        except BridgeError:
            return _measured(session, files, size, SMALLER)


def _measured(session: Session, files: Mapping[_Shot, Path], size: Size, part: float) -> Measured:
    changes = _changes(size, part)
    full = {NEUTRAL: _dots(files[_Shot("full", NEUTRAL)], size)}
    for name in changes:
        full[name] = _dots(files[_Shot("full", name, part if name in _SHIFTS else 1.0)], size)
    calibration = calibrate(full, *size, changes)
    rest = _dots(files[_Shot("narrow", NEUTRAL)], size)
    panned = _dots(files[_Shot("narrow", "Pan", part)], size)
    return Measured(
        calibration=calibration,
        counts_in=_counts_in(rest, panned, changes["Pan"] * calibration.pan_px),
        resolve=session.spoken_version,
        measured=time.strftime("%Y-%m-%d", time.gmtime()),
    )


_SHIFTS = ("Pan", "Tilt")

_SHOTS = (
    _Shot("full", NEUTRAL),
    *(_Shot("full", name) for name in CHANGES),
    *(_Shot("full", name, SMALLER) for name in _SHIFTS),
    _Shot("narrow", NEUTRAL),
    _Shot("narrow", "Pan"),
    _Shot("narrow", "Pan", SMALLER),
)


def _changes(size: Size, part: float) -> Dict[str, float]:
    """Return what is set: as far as the dots stay in a picture of this raster."""
    less = part * min(1.0, size[0] / LEAST[0], size[1] / LEAST[1])
    return {
        key: max(1.0, round(value * less)) if key in _SHIFTS else value
        for key, value in CHANGES.items()
    }


def _take(session: Session, folder: Path, size: Size, start_timecode: str) -> Dict[_Shot, Path]:
    """Return the rendered chart of each shot."""
    timeline = make_timeline(session, TEMPORARY, start_timecode)
    pool_bin = make_bin(session, TEMPORARY)
    clips = {}
    for chart, part in (("full", 1), ("narrow", NARROW)):
        _write_charts(folder / chart, (round(size[0] * part), size[1]))
        clips[chart] = import_sequence(session, pool_bin, find_sequence(folder / chart))
    for number, shot in enumerate(_SHOTS):
        clip, at = clips[shot.chart], number * LENGTH
        placement = Placement(track=1, clip=clip, offset=0, duration=LENGTH, at=at)
        _set(session, place(session, timeline, placement), shot, _changes(size, shot.part))
    return dict(zip(_SHOTS, _render(session, timeline, folder, size)[::LENGTH]))


def _write_charts(folder: Path, size: Size) -> None:
    """Write the chart, once for each frame."""
    first = folder / "chart_1001.exr"
    write_half(first, size[0], size[1], lambda y: chart_line(y, *size))
    for number in range(1002, 1001 + LENGTH):
        shutil.copyfile(str(first), str(folder / f"chart_{number}.exr"))


def _set(session: Session, item: Any, shot: _Shot, changes: Mapping[str, float]) -> None:
    write_inspector(session, item, "Scaling", NO_RESIZE)
    write_inspector(session, item, "ZoomGang", value=False)
    for key in {NEUTRAL: (), "Zoom": ("ZoomX", "ZoomY")}.get(shot.name, (shot.name,)):
        write_inspector(session, item, key, changes[shot.name])


def _render(session: Session, timeline: Any, folder: Path, size: Size) -> List[Path]:
    first = int(session.number(timeline, "Timeline.GetStartFrame"))
    wish = Wish(
        timeline=timeline,
        folder=folder / "out",
        name="chart_",
        container="exr",
        codec=CODEC,
        first=first,
        last=first + len(_SHOTS) * LENGTH - 1,
        settings={"ExportAlpha": False, "FormatWidth": size[0], "FormatHeight": size[1]},
    )
    files = render(session, wish)
    if len(files) != len(_SHOTS) * LENGTH:
        cause = f"{len(files)} frames were rendered instead of {len(_SHOTS) * LENGTH}"
        raise BridgeError("the calibration chart", cause, "look at the render queue, and run again")
    return files


def _dots(file: Path, size: Size) -> List[Point]:
    header = read_header(file)
    found = header.data_window.width, header.data_window.height
    if found != size:
        cause = f"it was rendered at {found[0]} x {found[1]} instead of {size[0]} x {size[1]}"
        remedy = "switch off Resolve's render scaling and blanking, and run again"
        raise BridgeError("the calibration chart", cause, remedy)
    return measure_dots(lambda rows: read_rows(file, rows), *size)


def _counts_in(rest: Sequence[Point], panned: Sequence[Point], wanted: float) -> str:
    """Return what Pan counts in, by how far the narrow chart went against the full one."""
    went = sum(after[0] - before[0] for before, after in zip(rest, panned)) / len(rest)
    for word, part in ((FRAME, 1.0), (FITTED, NARROW)):
        if abs(went / wanted - part) < NEAR:
            return word
    cause = f"a chart of {NARROW:.0%} of the width went {went / wanted:.2f} times as far as a full"
    remedy = "align in the Inspector and choose 'read out by hand', and send us the report"
    raise BridgeError("the calibration chart", cause, remedy)


@contextlib.contextmanager
def _removed(session: Session) -> Iterator[Path]:
    """Hand out a temporary folder; take away all that is called temporary, now and afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="chromaresolve-"))

    def take_away() -> None:
        timeline = find_timeline(session, TEMPORARY)
        if timeline is not None:
            session.demand(session.pool(), "MediaPool.DeleteTimelines", [timeline])
        pool_bin = session.bins().get(TEMPORARY)
        if pool_bin is not None:
            remove_clips(session, clips_in(session, pool_bin))
            session.demand(session.pool(), "MediaPool.DeleteFolders", [pool_bin])
        if TEMPORARY in session.bins() or TEMPORARY in session.timelines():
            cause = "Resolve said yes and kept it"
            raise RefusedError(f"what is called {TEMPORARY!r}", cause, "delete it by hand")

    try:
        with put_back_after(session, f"what is called {TEMPORARY!r}", take_away):
            take_away()  # a run that was killed may have left something
            yield folder
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)
