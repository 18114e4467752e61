"""The calibration chart: what one unit of the Inspector does in this Resolve, measured.

Nobody documents whether Pan counts pixels of the clip or of the frame, nor which way a rotation
turns. So a chart of dots goes through Resolve, once as it is and once for each change alone, and
the dots' centres say it.
"""

from __future__ import annotations

import math
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Sequence, Tuple

from .errors import BridgeError
from .geometry import Calibration, Fit, Inspector, Point, inspector_from_points

COLUMNS = (0.24, 0.36, 0.5, 0.61, 0.76)
"""Where dots stand, as parts of the width: far enough from the edges for every change, and at
unequal distances, so that a chart that lies mirrored does not fit."""

ROWS = (0.26, 0.47, 0.74)
"""The same, of the height."""

RADIUS = 1 / 50
"""Of a dot, as a part of the shorter side."""

LIGHT = 0.8
"""The middle of a dot: within every display's range. The ground is 0."""

FAINTEST = 0.05
"""How much lighter than its ground a dot must at least have come out."""

GROUND = 0.1
"""What is not this part of the way from ground to light does not count for a dot's centre."""

NEUTRAL = "neutral"
"""The chart as it lies with the Inspector at rest."""

CHANGES: Mapping[str, float] = {"Pan": 100.0, "Tilt": 100.0, "Zoom": 1.1, "RotationAngle": 2.0}
"""What is set, each alone, before the chart is exported; `Zoom` is ZoomX and ZoomY together. On
rasters below 640 x 480 the dots leave the picture at 100: set less there."""

STRAY_PX = 0.25
"""How far a dot may lie from where the Inspector's model puts it. Centres are found to 0.02 px, and
what filters move them by is less than 0.1 px."""

STRAY_ZOOM = 0.001
"""How far a zoom may be from the one that was set: 1 px at the edge of 2K."""

STRAY_TURN = 0.05
"""How far a rotation may be from the one that was set, in degrees: 1 px at the edge of 2K."""

Rgb = Tuple[Sequence[float], Sequence[float], Sequence[float]]
"""One line: R, G and B from left to right."""

ReadRows = Callable[[Iterable[int]], Mapping[int, Rgb]]
"""Gives some lines of a picture, such as `exr.read_rows` of one file."""


class _Run(NamedTuple):
    """Neighbouring light pixels of one line."""

    x: float
    """Their middle."""
    y: int
    """The line."""
    length: int
    """How many."""


def dot_positions(width: int, height: int) -> List[Point]:
    """Return the centres of the chart's dots, from left to right, line by line."""
    return [
        (float(round(x * (width - 1))), float(round(y * (height - 1))))
        for y in ROWS
        for x in COLUMNS
    ]


def dot_radius(width: int, height: int) -> float:
    """Return how far a dot reaches from its centre, in pixels."""
    return RADIUS * min(width, height)


def chart_line(y: int, width: int, height: int) -> Rgb:
    """Return one line of the chart, grey: dots whose light falls like a cosine to the ground."""
    radius = dot_radius(width, height)
    line = [0.0] * width
    for centre_x, centre_y in dot_positions(width, height):
        if abs(y - centre_y) < radius:
            for x in range(math.ceil(centre_x - radius), math.floor(centre_x + radius) + 1):
                away = math.hypot(x - centre_x, y - centre_y) / radius
                line[x] += LIGHT * (1 + math.cos(math.pi * min(1.0, away))) / 2
    return line, line, line


def measure_dots(read_rows: ReadRows, width: int, height: int) -> List[Point]:
    """Find the dots' centres in an exported chart, in the order of `dot_positions`.

    First every few lines are looked at, then the lines of the dots that were found there.

    Raises:
        BridgeError: There are not as many dots as the chart has, or they are too faint.
    """
    radius = dot_radius(width, height)
    step = max(1, int(0.8 * radius))  # a dot is lighter than its half over one radius
    coarse = {y: rgb[1] for y, rgb in read_rows(range(0, height, step)).items()}
    ground, light = min(map(min, coarse.values())), max(map(max, coarse.values()))
    if not light - ground > FAINTEST:
        cause = f"no dots are in it: its values go from {ground:g} to {light:g}"
        raise _wrong(cause, "look whether the chart lies under the playhead and its track is on")
    runs = [run for y, line in coarse.items() for run in _runs(line, y, (ground + light) / 2)]
    found = _grouped(runs, radius)
    wanted = len(ROWS) * len(COLUMNS)
    if len(found) != wanted:
        cause = f"{len(found)} dots are in it instead of {wanted}"
        raise _wrong(cause, "export the chart in its own raster, with nothing over it")
    reach = math.ceil(1.2 * radius) + step  # a dot may have grown, and lie up to a step away
    near = {y + dy for _, y in found for dy in range(-reach, reach + 1) if 0 <= y + dy < height}
    lines = {y: rgb[1] for y, rgb in read_rows(near).items()}
    floor = ground + GROUND * (light - ground)
    return _ordered([_centre(lines, place, reach, floor) for place in found])


def calibrate(
    charts: Mapping[str, Sequence[Point]],
    width: int,
    height: int,
    changes: Mapping[str, float] = CHANGES,
) -> Calibration:
    """Return what a unit of the Inspector does, from the dots of five exports of the chart.

    Args:
        charts: The dots found in each export, under `NEUTRAL` and the names of `changes`.
        width: Of the chart and the frame.
        height: Of the chart and the frame.
        changes: What was set in each.

    Raises:
        BridgeError: The chart did not move as the Inspector's model says.
    """
    fits = {name: _fit(name, dots, width, height) for name, dots in charts.items()}
    _check(NEUTRAL, fits[NEUTRAL], Inspector())
    pan, tilt = fits["Pan"].inspector.pan_px, fits["Tilt"].inspector.tilt_px
    _check("Pan", fits["Pan"], Inspector(pan_px=pan))
    _check("Tilt", fits["Tilt"], Inspector(tilt_px=tilt))
    zoom, turn = changes["Zoom"], changes["RotationAngle"]
    _check("Zoom", fits["Zoom"], Inspector(zoom_x=zoom, zoom_y=zoom))
    turned = math.copysign(turn, fits["RotationAngle"].inspector.rotation * turn)
    _check("RotationAngle", fits["RotationAngle"], Inspector(rotation=turned))
    if min(abs(pan), abs(tilt)) < 1:
        raise _wrong("Pan or Tilt did not move it", "look whether the chart's Inspector is enabled")
    return Calibration(
        pan_px=pan / changes["Pan"],
        tilt_px=tilt / changes["Tilt"],
        rotation_sign=1 if turned * turn > 0 else -1,
    )


def _fit(name: str, dots: Sequence[Point], width: int, height: int) -> Fit:
    try:
        fit = inspector_from_points(dot_positions(width, height), dots, width, height)
    except BridgeError as error:
        cause = f"with {name} changed, what Resolve did {error.cause}"
        raise _wrong(cause, "put the chart's Inspector back to its defaults") from error
    if fit.residual_px > STRAY_PX:
        cause = f"with {name} changed, dots lie up to {fit.residual_px:.2f} px off any position"
        raise _wrong(cause, "put the chart's crop, lens and sizing back to their defaults")
    return fit


def _check(name: str, fit: Fit, wanted: Inspector) -> None:
    """Refuse a chart that did anything but what was set."""
    found = fit.inspector
    if (
        abs(found.pan_px - wanted.pan_px) > STRAY_PX
        or abs(found.tilt_px - wanted.tilt_px) > STRAY_PX
        or abs(found.zoom_x - wanted.zoom_x) > STRAY_ZOOM
        or abs(found.zoom_y - wanted.zoom_y) > STRAY_ZOOM
        or abs(found.rotation - wanted.rotation) > STRAY_TURN
    ):
        lies = ", ".join(f"{key} {value:.4g}" for key, value in found._asdict().items())
        remedy = (
            "set the timeline to the chart's raster, without scaling, and the Inspector to rest"
        )
        raise _wrong(f"with {name} changed alone, it lies at {lies}", remedy)


def _runs(line: Sequence[float], y: int, threshold: float) -> List[_Run]:
    runs = []
    begin = -1
    for x, value in enumerate(line):
        if value > threshold:
            begin = x if begin < 0 else begin
        elif begin >= 0:
            runs.append(_Run((begin + x - 1) / 2, y, x - begin))
            begin = -1
    if begin >= 0:
        runs.append(_Run((begin + len(line) - 1) / 2, y, len(line) - begin))
    return runs


def _grouped(runs: Sequence[_Run], radius: float) -> List[Tuple[int, int]]:
    """Return where a dot is for each group of runs that lie close: the middle of its longest."""
    groups: List[List[_Run]] = []
    for run in runs:
        for group in groups:
            if math.hypot(run.x - group[-1].x, run.y - group[-1].y) < 1.5 * radius:
                group.append(run)
                break
        else:
            groups.append([run])
    longest = [max(group, key=lambda run: run.length) for group in groups]
    return [(round(run.x), run.y) for run in longest]


def _centre(
    lines: Mapping[int, Sequence[float]], place: Tuple[int, int], reach: int, floor: float
) -> Point:
    """Return the centre of what is lighter than the floor around a place."""
    x, y = place
    left = max(0, x - reach)
    total = across = down = 0.0
    for row in range(y - reach, y + reach + 1):
        for column, value in enumerate(lines.get(row, ())[left : x + reach + 1], left):
            if value > floor:
                total += value - floor
                across += (value - floor) * column
                down += (value - floor) * row
    return across / total, down / total


def _ordered(dots: Sequence[Point]) -> List[Point]:
    """Put dots in the order of the layout, which no change disturbs by half a row."""
    down = sorted(dots, key=lambda dot: dot[1])
    rows: Dict[int, List[Point]] = {}
    for place, dot in enumerate(down):
        rows.setdefault(place // len(COLUMNS), []).append(dot)
    return [dot for row in rows.values() for dot in sorted(row)]


def _wrong(cause: str, remedy: str) -> BridgeError:
    return BridgeError("the calibration chart", cause, remedy)
