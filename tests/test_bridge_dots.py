"""The calibration chart: dots drawn, moved as Resolve might, found, and put into units."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from chromaresolve.bridge.dots import (
    CHANGES,
    NEUTRAL,
    Rgb,
    calibrate,
    chart_line,
    dot_positions,
    dot_radius,
    measure_dots,
)
from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.exr import read_rows, write_half
from chromaresolve.bridge.geometry import (
    Calibration,
    Inspector,
    apply,
    from_resolve,
    inspector_matrix,
    invert,
)

WIDTH, HEIGHT = 720, 576

CENTRE_PX = 0.02
"""What the module promises for centres that no filter moved."""

FILTERED_PX = 0.05
"""Linear interpolation lets a dot's outline breathe."""

MEASURE_SECONDS = 2.0
"""For one chart of 4K."""


def chart(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.float64]:
    """Return the chart's grey values."""
    return np.array([chart_line(y, width, height)[0] for y in range(height)])


def rows_of(shown: NDArray[np.float64]) -> Callable[[Iterable[int]], Mapping[int, Rgb]]:
    """Return a reader of lines, as `read_rows` of a file is one; only green is the chart's."""

    def read(rows: Iterable[int]) -> Mapping[int, Rgb]:
        return {y: ((0.0,), shown[y].tolist(), (9.0,)) for y in rows}

    return read


def lay(picture: NDArray[np.float64], inspector: Inspector) -> NDArray[np.float64]:
    """Return what the frame shows of a picture, interpolated linearly, black outside."""
    height, width = picture.shape
    back = np.array(invert(inspector_matrix(inspector, width, height)))
    y, x = np.mgrid[0:height, 0:width]
    u, v, _ = np.einsum("ij,jyx->iyx", back, np.stack([x, y, np.ones_like(x)]))
    return np.asarray(map_coordinates(picture, [v, u], order=1, cval=0.0), dtype=np.float64)


def farthest(found: list[tuple[float, float]], wanted: list[tuple[float, float]]) -> float:
    """Return by how many pixels the worst dot is off."""
    return max(math.dist(a, b) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(WIDTH, HEIGHT, id="PAL"),
        pytest.param(641, 481, id="odd"),
        pytest.param(1998, 1080, id="flat"),
        pytest.param(1080, 1920, id="upright"),
    ],
)
def test_measure_finds_dots_where_they_were_drawn(width: int, height: int) -> None:
    """Every dot of the chart, in the order of the layout, on rasters of any shape."""
    found = measure_dots(rows_of(chart(width, height)), width, height)

    assert len(found) == 15
    assert farthest(found, dot_positions(width, height)) < CENTRE_PX


@pytest.mark.parametrize(
    "inspector",
    [
        pytest.param(Inspector(pan_px=100), id="Pan"),
        pytest.param(Inspector(tilt_px=-100), id="Tilt"),
        pytest.param(Inspector(zoom_x=1.1, zoom_y=1.1), id="Zoom"),
        pytest.param(Inspector(rotation=2), id="rotation"),
        pytest.param(Inspector(rotation=-2), id="rotation clockwise"),
        pytest.param(Inspector(33.3, -20.7, 0.93, 1.04, 1.7), id="all at once"),
    ],
)
def test_measure_follows_the_dots(inspector: Inspector) -> None:
    """Dots are found where the Inspector's model says that they are, between pixels too."""
    matrix = inspector_matrix(inspector, WIDTH, HEIGHT)
    wanted = [apply(matrix, dot) for dot in dot_positions(WIDTH, HEIGHT)]

    found = measure_dots(rows_of(lay(chart(), inspector)), WIDTH, HEIGHT)

    assert farthest(found, wanted) < FILTERED_PX


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(lambda grey: grey**2.4, id="another display curve"),
        pytest.param(lambda grey: 0.02 + 0.3 * grey, id="lifted and dim"),
        pytest.param(lambda grey: 8 * grey - 1, id="beyond 0 and 1"),
        pytest.param(lambda grey: np.round(grey * 255) / 255, id="8 bits"),
    ],
)
def test_measure_does_not_mind_the_colour_pipeline(
    shown: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> None:
    """What a display transform does to values leaves a dot's centre where it is."""
    found = measure_dots(rows_of(shown(chart())), WIDTH, HEIGHT)

    assert farthest(found, dot_positions(WIDTH, HEIGHT)) < CENTRE_PX


def blotted(at: tuple[int, int], value: float) -> NDArray[np.float64]:
    """Return the chart with a square of one value about a place."""
    grey = chart()
    reach = math.ceil(dot_radius(WIDTH, HEIGHT)) + 1
    grey[at[1] - reach : at[1] + reach, at[0] - reach : at[0] + reach] = value
    return grey


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        pytest.param(np.zeros((HEIGHT, WIDTH)), "no dots are in it: its values go", id="black"),
        pytest.param(chart() * 0.01, "no dots are in it", id="too dark"),
        pytest.param(np.full((HEIGHT, WIDTH), np.nan), "no dots are in it", id="nan"),
        pytest.param(
            blotted((round(0.5 * (WIDTH - 1)), round(0.47 * (HEIGHT - 1))), 0.0),
            "14 dots are in it instead of 15",
            id="one is covered",
        ),
        pytest.param(blotted((40, 40), 0.8), "16 dots are in it", id="one too many"),
        pytest.param(lay(chart(), Inspector(pan_px=200)), "12 dots are in it", id="moved out"),
    ],
)
def test_measure_refuses_what_is_not_the_chart(shown: NDArray[np.float64], said: str) -> None:
    """A chart that is hidden, covered or gone is named, not measured."""
    with pytest.raises(BridgeError, match=said):
        measure_dots(rows_of(shown), WIDTH, HEIGHT)


def export(resolve: Calibration) -> dict[str, list[tuple[float, float]]]:
    """Return the dots of all five exports, from a Resolve with such units."""
    rest = {"Pan": 0.0, "Tilt": 0.0, "ZoomX": 1.0, "ZoomY": 1.0, "RotationAngle": 0.0}
    charts = {NEUTRAL: rest}
    for name, value in CHANGES.items():
        keys = ("ZoomX", "ZoomY") if name == "Zoom" else (name,)
        charts[name] = {**rest, **dict.fromkeys(keys, value)}
    drawn = chart()
    return {
        name: measure_dots(rows_of(lay(drawn, from_resolve(values, resolve))), WIDTH, HEIGHT)
        for name, values in charts.items()
    }


@pytest.mark.parametrize(
    "resolve",
    [
        pytest.param(Calibration(), id="as documented by third parties"),
        pytest.param(Calibration(pan_px=0.5, tilt_px=0.75), id="units of the clip"),
        pytest.param(Calibration(tilt_px=-1.0, rotation_sign=-1), id="other signs"),
    ],
)
def test_calibrate_finds_resolves_units(resolve: Calibration) -> None:
    """Whatever Pan, Tilt and rotation mean in this build, five exports of the chart say it."""
    found = calibrate(export(resolve), WIDTH, HEIGHT)

    assert found.pan_px == pytest.approx(resolve.pan_px, abs=FILTERED_PX / CHANGES["Pan"])
    assert found.tilt_px == pytest.approx(resolve.tilt_px, abs=FILTERED_PX / CHANGES["Tilt"])
    assert found.rotation_sign == resolve.rotation_sign


def moved(inspector: Inspector) -> list[tuple[float, float]]:
    """Return where the model says that the dots are."""
    matrix = inspector_matrix(inspector, WIDTH, HEIGHT)
    return [apply(matrix, dot) for dot in dot_positions(WIDTH, HEIGHT)]


@pytest.mark.parametrize(
    ("name", "dots", "said"),
    [
        pytest.param(NEUTRAL, moved(Inspector(pan_px=1)), "with neutral changed", id="not at rest"),
        pytest.param(NEUTRAL, moved(Inspector(0, 0, 0.5, 0.5)), "zoom_x 0.5", id="clip was fitted"),
        pytest.param("Pan", moved(Inspector(100, 5)), "with Pan changed alone", id="Pan slants"),
        pytest.param("Pan", moved(Inspector()), "Pan or Tilt did not move it", id="Pan is ignored"),
        pytest.param("Zoom", moved(Inspector()), "with Zoom changed alone", id="zoom is ignored"),
        pytest.param("Zoom", moved(Inspector(zoom_x=1.1)), "zoom_y 1,", id="one zoom is ignored"),
        pytest.param(
            "RotationAngle", moved(Inspector()), "with RotationAngle changed", id="no rotation"
        ),
        pytest.param(
            "RotationAngle",
            moved(Inspector(rotation=4)),
            "rotation 4",
            id="rotation in other units",
        ),
        pytest.param(
            NEUTRAL,
            sorted([(WIDTH - 1 - x, y) for x, y in moved(Inspector())], key=lambda dot: dot[::-1]),
            "with neutral changed, dots lie up to",
            id="flopped",
        ),
        pytest.param(
            "Tilt",
            [(x + (3 if n == 7 else 0), y - 100) for n, (x, y) in enumerate(moved(Inspector()))],
            "with Tilt changed, dots lie up to 2",
            id="one dot is off",
        ),
    ],
)
def test_calibrate_refuses_a_chart_that_did_something_else(
    name: str, dots: list[tuple[float, float]], said: str
) -> None:
    """Units are only taken from a Resolve that does what the model says."""
    charts = {
        NEUTRAL: moved(Inspector()),
        "Pan": moved(Inspector(pan_px=100)),
        "Tilt": moved(Inspector(tilt_px=100)),
        "Zoom": moved(Inspector(zoom_x=1.1, zoom_y=1.1)),
        "RotationAngle": moved(Inspector(rotation=2)),
    }
    assert calibrate(charts, WIDTH, HEIGHT) == pytest.approx(Calibration())

    with pytest.raises(BridgeError, match=f"the calibration chart: .*{said}"):
        calibrate({**charts, name: dots}, WIDTH, HEIGHT)


@pytest.mark.slow
def test_chart_goes_through_a_file_in_time(tmp_path: Path) -> None:
    """A 4K chart, written and measured with the standard library."""
    path, width, height = tmp_path / "chart.exr", 4096, 2160
    write_half(path, width, height, partial(chart_line, width=width, height=height))

    seconds = []
    for _ in range(2):  # others may use the machine too
        begin = time.perf_counter()
        found = measure_dots(partial(read_rows, path), width, height)
        seconds.append(time.perf_counter() - begin)
        assert farthest(found, dot_positions(width, height)) < CENTRE_PX

    assert min(seconds) < MEASURE_SECONDS
