"""The Inspector's Transform as mathematics, and what it takes to lay a Reference over its Source.

One convention: pixel centres are at whole numbers, the centre of the top left pixel is (0, 0), x
grows to the right and y down. The Inspector turns and moves about the frame's centre with y up:
first zoom, then rotation (positive is counter-clockwise), then Pan (right) and Tilt (up).
"""

from __future__ import annotations

import math
from typing import Any, Dict, Iterable, Mapping, NamedTuple, Sequence, Tuple

from .errors import BridgeError

Matrix = Tuple[Tuple[float, ...], ...]
"""Three rows of three: takes (x, y, 1) of one raster to (x, y, 1) of another, up to a factor."""

Point = Tuple[float, float]
"""x to the right and y down, in pixels."""

Size = Tuple[int, int]
"""Width and height of a raster."""

GRID = 17
"""Points a side at which a matrix is compared with the Inspector, edges and corners included."""

FARTHEST = 1e-9
"""A third coordinate not above this is behind the picture, or as far as the horizon."""

NARROWEST = 1e-9
"""What is left of a picture's spread across its longest direction, below which it is a line."""


class Inspector(NamedTuple):
    """How a clip of the frame's own raster lies in the frame, in pixels and degrees."""

    pan_px: float = 0.0
    """To the right."""
    tilt_px: float = 0.0
    """Up."""
    zoom_x: float = 1.0
    """Along the clip's rows."""
    zoom_y: float = 1.0
    """Along the clip's columns."""
    rotation: float = 0.0
    """Degrees, counter-clockwise."""


class Fit(NamedTuple):
    """The Inspector that comes nearest, and by how much it misses."""

    inspector: Inspector
    """Pan, Tilt, zooms and rotation."""
    residual_px: float
    """Of the worst point of the picture, in pixels of the frame."""
    rms_px: float
    """Of all points."""


class Calibration(NamedTuple):
    """What one unit of the Inspector does in this Resolve, measured with the dot chart."""

    pan_px: float = 1.0
    """Pixels to the right for each unit of Pan."""
    tilt_px: float = 1.0
    """Pixels up for each unit of Tilt."""
    rotation_sign: int = 1
    """1 where a positive RotationAngle turns counter-clockwise, -1 where clockwise."""


def multiply(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that takes a point through `second`, then through `first`."""
    columns = tuple(zip(*second))
    return tuple(
        tuple(sum(a * b for a, b in zip(row, column)) for column in columns) for row in first
    )


def invert(matrix: Matrix) -> Matrix:
    """Return the matrix of the way back.

    Raises:
        BridgeError: There is no way back.
    """
    (a, b, c), (d, e, f), (g, h, i) = matrix
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    if not math.isfinite(determinant) or not determinant:
        raise _unusable("has no inverse")
    return tuple(tuple(entry / determinant for entry in row) for row in cofactors)


def apply(matrix: Matrix, point: Point) -> Point:
    """Take one point through a matrix.

    Raises:
        BridgeError: The matrix takes it behind the picture or out of all bounds.
    """
    x, y, depth = (row[0] * point[0] + row[1] * point[1] + row[2] for row in matrix)
    if not (depth > FARTHEST and math.isfinite(x + y)):
        raise _unusable("takes part of the picture out of all bounds")
    return x / depth, y / depth


def raster_to_raster(size: Size, other: Size) -> Matrix:
    """Return the matrix between two rasters of the same picture, edge to edge."""
    across, down = other[0] / size[0], other[1] / size[1]
    return (
        (across, 0.0, (across - 1) / 2),
        (0.0, down, (down - 1) / 2),
        (0.0, 0.0, 1.0),
    )


def inspector_matrix(inspector: Inspector, width: int, height: int) -> Matrix:
    """Return the matrix from pixel centres of a clip to pixel centres of the frame it lies in."""
    pan, tilt, zoom_x, zoom_y, rotation = inspector
    cosine, sine = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    x, y = (width - 1) / 2, (height - 1) / 2
    # With y down, a counter-clockwise turn has its minus sign below.
    a, b, c, d = zoom_x * cosine, zoom_y * sine, -zoom_x * sine, zoom_y * cosine
    return (
        (a, b, x + pan - a * x - b * y),
        (c, d, y - tilt - c * x - d * y),
        (0.0, 0.0, 1.0),
    )


def inspector_from_homography(
    matrix: Sequence[Sequence[float]], width: int, height: int, *, reference: Size | None = None
) -> Fit:
    """Return how the Reference must lie so that it covers its Source.

    Args:
        matrix: From Source pixel centres to Reference pixel centres.
        width: Of the Source, which is the frame's.
        height: Of the Source.
        reference: The raster that the matrix means where that is not the Source's; the Reference
            is then taken as filling the frame edge to edge, as it does in the timeline.

    Raises:
        BridgeError: The matrix is none, is mirrored, or leaves the picture.
    """
    to_reference = _checked(matrix, width, height)
    if reference and reference != (width, height):
        to_reference = multiply(raster_to_raster(reference, (width, height)), to_reference)
    screen = [
        (x * (width - 1) / (GRID - 1), y * (height - 1) / (GRID - 1))
        for y in range(GRID)
        for x in range(GRID)
    ]
    return inspector_from_points([apply(to_reference, p) for p in screen], screen, width, height)


def inspector_from_points(
    clip: Sequence[Point], screen: Sequence[Point], width: int, height: int
) -> Fit:
    """Return the Inspector that takes points of the clip to where they are in the frame.

    The nearest by least squares: undone by the rotation, both sides meet in two straight lines,
    one for x and one for y, so that the best rotation has a closed form.

    Raises:
        BridgeError: The points lie in one line, or mirrored.
    """
    x, y = (width - 1) / 2, (height - 1) / 2
    u, v = [p[0] - x for p in clip], [p[1] - y for p in clip]
    s, t = [p[0] - x for p in screen], [p[1] - y for p in screen]
    spread_u, spread_v = _covariance(u, u), _covariance(v, v)
    if not spread_u * spread_v * (1 - NARROWEST) > _covariance(u, v) ** 2:
        raise _unusable("takes the picture to a line or a point")
    angle = _turn(u, v, s, t)
    cosine, sine = math.cos(angle), math.sin(angle)
    across = [cosine * p - sine * q for p, q in zip(s, t)]
    down = [sine * p + cosine * q for p, q in zip(s, t)]
    zoom_x, zoom_y = _covariance(across, u) / spread_u, _covariance(down, v) / spread_v
    if not (zoom_x > 0 and zoom_y > 0):
        raise _unusable("mirrors the picture")
    moved_x, moved_y = _mean(across) - zoom_x * _mean(u), _mean(down) - zoom_y * _mean(v)
    inspector = Inspector(
        pan_px=cosine * moved_x + sine * moved_y,
        tilt_px=sine * moved_x - cosine * moved_y,
        zoom_x=zoom_x,
        zoom_y=zoom_y,
        rotation=math.degrees(math.atan2(sine, cosine)),
    )
    return _measured(inspector, clip, screen, width, height)


def average_inspector(inspectors: Iterable[Inspector]) -> Inspector:
    """Return the mean: zooms by their ratio, rotations by their direction.

    Raises:
        BridgeError: There is none to average.
    """
    ones = list(inspectors)
    if not ones:
        raise BridgeError("the alignment", "has no frame to average", "align a pair first")
    turns = [math.radians(one.rotation) for one in ones]
    return Inspector(
        pan_px=_mean([one.pan_px for one in ones]),
        tilt_px=_mean([one.tilt_px for one in ones]),
        zoom_x=math.exp(_mean([math.log(one.zoom_x) for one in ones])),
        zoom_y=math.exp(_mean([math.log(one.zoom_y) for one in ones])),
        rotation=math.degrees(
            math.atan2(_mean([math.sin(t) for t in turns]), _mean([math.cos(t) for t in turns]))
        ),
    )


def to_resolve(inspector: Inspector, calibration: Calibration) -> Dict[str, float]:
    """Return the Inspector values that Resolve must be given."""
    return {
        "Pan": inspector.pan_px / calibration.pan_px,
        "Tilt": inspector.tilt_px / calibration.tilt_px,
        "ZoomX": inspector.zoom_x,
        "ZoomY": inspector.zoom_y,
        "RotationAngle": inspector.rotation * calibration.rotation_sign,
    }


def from_resolve(values: Mapping[str, Any], calibration: Calibration) -> Inspector:
    """Return where a clip lies by the Inspector values that Resolve answers.

    Raises:
        BridgeError: A value is missing or no number.
    """
    try:
        return Inspector(
            pan_px=float(values["Pan"]) * calibration.pan_px,
            tilt_px=float(values["Tilt"]) * calibration.tilt_px,
            zoom_x=float(values["ZoomX"]),
            zoom_y=float(values["ZoomY"]),
            rotation=float(values["RotationAngle"]) * calibration.rotation_sign,
        )
    except (KeyError, TypeError, ValueError) as error:
        cause = f"Resolve does not tell its position ({error})"
        raise BridgeError("the Inspector", cause, "read it in the Inspector and type it") from error


def _turn(u: Sequence[float], v: Sequence[float], s: Sequence[float], t: Sequence[float]) -> float:
    """Return the angle, counter-clockwise, that explains most of where the points went.

    The explained part is (c A - s B)^2 / var(u) + (s C + c D)^2 / var(v) for the cosine c and the
    sine s: a constant, plus a cosine and a sine of the double angle.
    """
    a, b = _covariance(s, u), _covariance(t, u)
    c, d = _covariance(s, v), _covariance(t, v)
    spread_u, spread_v = _covariance(u, u), _covariance(v, v)
    double_cosine = (a * a - b * b) / spread_u + (d * d - c * c) / spread_v
    double_sine = 2 * c * d / spread_v - 2 * a * b / spread_u
    angle = math.atan2(double_sine, double_cosine) / 2
    # Half a turn more explains as much, with zooms below 0.
    zooms = math.cos(angle) * (a / spread_u + d / spread_v)
    zooms += math.sin(angle) * (c / spread_v - b / spread_u)
    return angle if zooms >= 0 else angle + math.pi


def _measured(
    inspector: Inspector, clip: Sequence[Point], screen: Sequence[Point], width: int, height: int
) -> Fit:
    matrix = inspector_matrix(inspector, width, height)
    misses = []
    for point, wanted in zip(clip, screen):
        x, y = apply(matrix, point)
        misses.append(math.hypot(x - wanted[0], y - wanted[1]))
    return Fit(inspector, max(misses), math.sqrt(_mean([miss * miss for miss in misses])))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _covariance(first: Sequence[float], second: Sequence[float]) -> float:
    a, b = _mean(first), _mean(second)
    return math.fsum((p - a) * (q - b) for p, q in zip(first, second)) / len(first)


def _checked(matrix: Sequence[Sequence[float]], width: int, height: int) -> Matrix:
    rows = tuple(tuple(float(entry) for entry in row) for row in matrix)
    if len(rows) != 3 or any(len(row) != 3 for row in rows):
        raise _unusable("is not three rows of three numbers")
    if not all(math.isfinite(entry) for row in rows for entry in row):
        raise _unusable("has entries that are no numbers")
    # A homography is one up to a factor, whose sign may be anything: the picture lies in front.
    in_front = rows[2][0] * width + rows[2][1] * height + 2 * rows[2][2] > 0
    return rows if in_front else tuple(tuple(-entry for entry in row) for row in rows)


def _unusable(cause: str) -> BridgeError:
    remedy = "run `chromaresolve align` again and look at its report"
    return BridgeError("the alignment's matrix", cause, remedy)
