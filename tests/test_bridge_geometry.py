"""The Inspector's Transform: proven with pixels, fitted to matrices, in Resolve's units."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import least_squares

from chromaresolve.bridge.errors import BridgeError
from chromaresolve.bridge.geometry import (
    Calibration,
    Inspector,
    Matrix,
    apply,
    average_inspector,
    from_resolve,
    inspector_from_homography,
    inspector_from_points,
    inspector_matrix,
    invert,
    multiply,
    raster_to_raster,
    to_resolve,
)

WIDTH, HEIGHT = 2048, 1556

IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

EXACT_PX = 1e-6
"""Double precision over 2K leaves some 1e-9."""

inspectors = st.builds(
    Inspector,
    pan_px=st.floats(-500, 500),
    tilt_px=st.floats(-500, 500),
    zoom_x=st.floats(0.25, 4),
    zoom_y=st.floats(0.25, 4),
    rotation=st.floats(-179, 179),
)


def lay(picture: NDArray[Any], inspector: Inspector) -> NDArray[Any]:
    """Return what the frame shows: each of its pixels is taken from the clip, 0 from outside."""
    height, width = picture.shape
    back = invert(inspector_matrix(inspector, width, height))
    shown = np.zeros_like(picture)
    for y in range(height):
        for x in range(width):
            u, v = apply(back, (x, y))
            if round(u) in range(width) and round(v) in range(height):
                shown[y, x] = picture[round(v), round(u)]
    return shown


def picture(width: int, height: int) -> NDArray[np.int64]:
    """Return a picture whose every pixel is another value: no symmetry hides a wrong sign."""
    return np.arange(1, width * height + 1).reshape(height, width)


def rolled(shown: NDArray[Any], *, right: int = 0, up: int = 0) -> NDArray[Any]:
    """Move a picture by whole pixels; what comes in from outside is 0."""
    moved = np.zeros_like(shown)
    height, width = shown.shape
    moved[max(0, -up) : height - max(0, up), max(0, right) : width - max(0, -right)] = shown[
        max(0, up) : height - max(0, -up), max(0, -right) : width - max(0, right)
    ]
    return moved


def widened(shown: NDArray[Any]) -> NDArray[Any]:
    """Make each pixel three wide, about the middle; the width is odd."""
    width = shown.shape[1]
    return np.repeat(shown, 3, axis=1)[:, width : 2 * width]


@pytest.mark.parametrize("size", [pytest.param(7, id="odd"), pytest.param(8, id="even")])
@pytest.mark.parametrize(
    ("inspector", "expected"),
    [
        pytest.param(Inspector(), lambda p: p, id="at rest"),
        pytest.param(Inspector(pan_px=2), lambda p: rolled(p, right=2), id="Pan is to the right"),
        pytest.param(Inspector(tilt_px=2), lambda p: rolled(p, up=2), id="Tilt is up"),
        pytest.param(Inspector(rotation=90), np.rot90, id="rotation is counter-clockwise"),
        pytest.param(Inspector(rotation=-90), lambda p: np.rot90(p, -1), id="minus is clockwise"),
        pytest.param(
            Inspector(pan_px=1, tilt_px=3, rotation=90),
            lambda p: rolled(np.rot90(p), right=1, up=3),
            id="Pan and Tilt follow the screen after rotation",
        ),
    ],
)
def test_inspector_moves_pixels_as_numpy_does(
    size: int, inspector: Inspector, expected: Callable[[NDArray[Any]], NDArray[Any]]
) -> None:
    """Signs and order are those of pictures that numpy turned and shifted, to the pixel."""
    before = picture(size, size)

    np.testing.assert_array_equal(lay(before, inspector), expected(before))


def test_inspector_zooms_before_it_turns() -> None:
    """ZoomX widens the clip's own rows: turned by 90 degrees they are columns."""
    before = picture(7, 7)

    np.testing.assert_array_equal(lay(before, Inspector(zoom_x=3)), widened(before))
    np.testing.assert_array_equal(
        lay(before, Inspector(zoom_x=3, rotation=90)), np.rot90(widened(before))
    )
    np.testing.assert_array_equal(lay(before, Inspector(zoom_y=3)), widened(before.T).T)


@pytest.mark.parametrize(
    ("matrix", "inspector"),
    [
        pytest.param(IDENTITY, Inspector(), id="identity"),
        pytest.param(
            ((1, 0, 5), (0, 1, -3), (0, 0, 1)),
            Inspector(pan_px=-5, tilt_px=-3),
            id="5 px right and 3 px up in the Reference: to the left and down",
        ),
        pytest.param(
            ((2, 0, 0.5), (0, 2, 0.5), (0, 0, 1)),
            Inspector(pan_px=-512, tilt_px=389, zoom_x=0.5, zoom_y=0.5),
            id="twice the size from the corner: half the size, into the left upper corner",
        ),
        pytest.param(
            ((-1, 0, WIDTH - 1), (0, -1, HEIGHT - 1), (0, 0, 1)),
            Inspector(rotation=180),
            id="upside down",
        ),
    ],
)
def test_fit_of_a_known_matrix_is_known(matrix: Matrix, inspector: Inspector) -> None:
    """The Reference must move against the matrix, which goes from the Source to it."""
    fit = inspector_from_homography(matrix, WIDTH, HEIGHT)

    assert fit.residual_px < EXACT_PX
    assert abs(fit.inspector.rotation) == pytest.approx(inspector.rotation, abs=1e-9)
    assert fit.inspector[:4] == pytest.approx(inspector[:4], abs=EXACT_PX)


@given(inspector=inspectors, factor=st.sampled_from([1.0, -1.0, 0.01, -250.0]))
def test_fit_finds_the_inspector_behind_a_matrix(inspector: Inspector, factor: float) -> None:
    """What the Inspector can do is found exactly, whatever factor the matrix carries."""
    matrix = invert(inspector_matrix(inspector, WIDTH, HEIGHT))
    scaled = [[factor * entry for entry in row] for row in matrix]

    fit = inspector_from_homography(scaled, WIDTH, HEIGHT)

    assert fit.residual_px < EXACT_PX
    assert fit.rms_px <= fit.residual_px
    assert fit.inspector == pytest.approx(inspector, abs=EXACT_PX)


@given(inspector=inspectors)
def test_fit_takes_a_reference_of_another_raster(inspector: Inspector) -> None:
    """A matrix may speak of a Reference in its own raster, which fills the frame edge to edge."""
    to_frame = invert(inspector_matrix(inspector, WIDTH, HEIGHT))
    matrix = multiply(raster_to_raster((WIDTH, HEIGHT), (720, 576)), to_frame)

    fit = inspector_from_homography(matrix, WIDTH, HEIGHT, reference=(720, 576))

    assert fit.residual_px < EXACT_PX
    assert fit.inspector == pytest.approx(inspector, abs=EXACT_PX)


@pytest.mark.parametrize("seed", range(6))
def test_fit_is_the_least_squares_one(seed: int) -> None:
    """Where a matrix shears and tilts, no other Inspector comes nearer (scipy is the reference)."""
    rng = np.random.default_rng(seed)
    bent = np.eye(3) + rng.normal(0, 1, (3, 3)) * [
        [0.03, 0.03, 20],
        [0.03, 0.03, 20],
        [1e-6, 1e-6, 0],
    ]
    matrix = tuple(map(tuple, bent.tolist()))
    x, y = np.meshgrid(np.linspace(0, WIDTH - 1, 17), np.linspace(0, HEIGHT - 1, 17))
    screen = list(zip(x.ravel().tolist(), y.ravel().tolist(), strict=True))
    clip = [apply(matrix, point) for point in screen]

    def misses(values: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = inspector_matrix(Inspector(*values.tolist()), WIDTH, HEIGHT)
        return np.subtract([apply(placed, point) for point in clip], screen).ravel()

    fit = inspector_from_homography(matrix, WIDTH, HEIGHT)
    reference = least_squares(misses, [0, 0, 1, 1, 0], x_scale=[100, 100, 0.1, 0.1, 1])

    off = np.hypot(*misses(np.array(fit.inspector)).reshape(-1, 2).T)
    assert fit.residual_px == pytest.approx(off.max())
    assert fit.rms_px == pytest.approx(np.sqrt(np.mean(off**2)))
    assert fit.rms_px == pytest.approx(math.sqrt(2 * reference.cost / len(screen)), rel=1e-6)
    assert fit.residual_px > 1


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        pytest.param([[0, 0, 0]] * 3, "out of all bounds", id="nothing"),
        pytest.param([[1, 0, 0], [2, 0, 0], [0, 0, 1]], "to a line or a point", id="a line"),
        pytest.param([[0, 0, 9], [0, 0, 9], [0, 0, 1]], "to a line or a point", id="a point"),
        pytest.param([[-1, 0, 2047], [0, 1, 0], [0, 0, 1]], "mirrors the picture", id="flop"),
        pytest.param([[1, 0, 0], [0, -1, 1555], [0, 0, 1]], "mirrors the picture", id="flip"),
        pytest.param([[1, 0, 0], [0, 1, 0], [-1e-3, 0, 1]], "out of all bounds", id="horizon"),
        pytest.param([[1, 0, math.nan], [0, 1, 0], [0, 0, 1]], "that are no numbers", id="nan"),
        pytest.param([[1, 0], [0, 1]], "is not three rows of three", id="2 x 2"),
        pytest.param([], "is not three rows of three", id="empty"),
    ],
)
def test_fit_refuses_what_no_inspector_does(matrix: list[list[float]], said: str) -> None:
    """Each has its own words, and what to do."""
    with pytest.raises(BridgeError, match=f"{said}.*: run `chromaresolve align` again"):
        inspector_from_homography(matrix, WIDTH, HEIGHT)


def test_inverse_takes_points_back() -> None:
    """There and back, also through a perspective."""
    matrix = ((1.1, 0.2, 30.0), (-0.1, 0.9, -20.0), (1e-5, -2e-5, 1.0))

    assert apply(invert(matrix), apply(matrix, (123.0, 456.0))) == pytest.approx((123.0, 456.0))
    with pytest.raises(BridgeError, match="has no inverse"):
        invert(((1.0, 2.0, 0.0), (2.0, 4.0, 0.0), (0.0, 0.0, 1.0)))


def test_rasters_meet_at_their_edges() -> None:
    """The edge is half a pixel before the first centre on every raster."""
    matrix = raster_to_raster((720, 576), (1440, 1152))

    assert apply(matrix, (-0.5, -0.5)) == (-0.5, -0.5)
    assert apply(matrix, (719.5, 575.5)) == (1439.5, 1151.5)


def test_average_is_taken_in_the_middle() -> None:
    """Twice and half the size are the same size; 179 and -179 degrees are upside down."""
    ones = [Inspector(10, -4, 2, 1, 179), Inspector(20, 4, 0.5, 4, -179)]

    mean = average_inspector(ones)

    assert mean[:4] == pytest.approx((15, 0, 1, 2))
    assert abs(mean.rotation) == pytest.approx(180)
    assert average_inspector(ones[:1]) == pytest.approx(ones[0])


def test_average_of_nothing_is_refused() -> None:
    """A shot without an aligned pair has no placement."""
    with pytest.raises(BridgeError, match="has no frame to average: align a pair first"):
        average_inspector([])


def test_units_are_those_that_were_measured() -> None:
    """Half a pixel for each unit means twice the units; the sign of a rotation is Resolve's."""
    calibration = Calibration(pan_px=0.5, tilt_px=-1.0, rotation_sign=-1)

    values = to_resolve(Inspector(10, 4, 1.1, 0.9, 2), calibration)

    expected = {"Pan": 20, "Tilt": -4, "ZoomX": 1.1, "ZoomY": 0.9, "RotationAngle": -2}
    assert values == pytest.approx(expected)


@given(inspector=inspectors, pan=st.floats(0.1, 4), sign=st.sampled_from([1, -1]))
def test_units_come_back(inspector: Inspector, pan: float, sign: int) -> None:
    """What was set by hand is read in the same units."""
    calibration = Calibration(pan_px=pan, tilt_px=sign * pan, rotation_sign=sign)

    values = to_resolve(inspector, calibration)

    assert from_resolve({**values, "Opacity": 100.0}, calibration) == pytest.approx(inspector)


@pytest.mark.parametrize(
    "answer", [{}, {"Pan": None, "Tilt": 0}, {"Pan": "left"}], ids=["empty", "None", "words"]
)
def test_units_of_no_answer_are_refused(answer: dict[str, Any]) -> None:
    """A ghost of a clip answers nothing."""
    with pytest.raises(BridgeError, match="the Inspector: Resolve does not tell its position"):
        from_resolve(answer, Calibration())


def test_points_without_breadth_are_refused() -> None:
    """Dots in one line say nothing of the other direction."""
    line = [(0.0, 5.0), (10.0, 5.0), (20.0, 5.0)]

    with pytest.raises(BridgeError, match="to a line or a point"):
        inspector_from_points(line, line, 100, 100)
