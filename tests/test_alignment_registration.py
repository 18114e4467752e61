"""Registration: the Reference's geometry found again where it is known."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment import matching
from chromaresolve.alignment.cells import cells_of, measure_cell_shifts
from chromaresolve.alignment.geometry import raster_to_raster, warp
from chromaresolve.alignment.plausibility import implausibility
from chromaresolve.alignment.registration import Registration, register, warp_reference
from chromaresolve.errors import StageError, UsageError
from known_geometry import Case, Picture, case, corner_errors

MEDIAN_PX, WORST_PX = 0.3, 1.0
"""Corner errors, Source pixels, that teaching colours can live with: a telecine's chroma is blurred
over 2 px and more."""


def errors_of(made: Case, result: Registration) -> NDArray[np.float64]:
    """Return the corner errors of a registration."""
    height, width = made.source.shape[:2]
    return corner_errors(result.matrix, made.truth, width=width, height=height)


@pytest.mark.slow
def test_register_finds_random_geometries() -> None:
    """Faded, grainy Sources, subtitled, regraded References: a fraction of a pixel is left."""
    cases = [case(seed) for seed in range(3)]
    results = [register(made.reference, made.source) for made in cases]

    errors = np.array(
        [errors_of(made, result) for made, result in zip(cases, results, strict=True)]
    )
    assert np.median(errors) <= MEDIAN_PX, errors.round(2)
    assert errors.max() <= WORST_PX, errors.round(2)
    assert all(result.agreement_before < 0.2 < result.agreement_after for result in results)
    assert max(result.residual_px for result in results) < 0.75


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "reference_size"),
    [
        pytest.param((641, 359), (353, 287), id="odd sizes, a coarse Reference"),
        pytest.param((480, 270), (960, 540), id="a Reference finer than the Source"),
        pytest.param((320, 180), (320, 180), id="small"),
        pytest.param((300, 480), (260, 400), id="upright"),
        pytest.param((1280, 720), (540, 432), id="wider than the working raster"),
    ],
)
def test_register_takes_other_rasters(
    size: tuple[int, int], reference_size: tuple[int, int]
) -> None:
    """The matrix goes from the Source's own pixels to the Reference's own, on any rasters."""
    made = case(11, size=size, reference_size=reference_size)

    result = register(made.reference, made.source)

    errors = errors_of(made, result)
    assert errors.max() <= WORST_PX * max(1, size[0] / 960), errors.round(2)
    assert result.matrix[2, 2] == 1


def test_register_affine_has_no_perspective() -> None:
    """The affine model leaves the last row alone, and is as close as its model allows."""
    made = case(3)

    result = register(made.reference, made.source, model="affine")

    np.testing.assert_array_equal(result.matrix[2], [0, 0, 1])
    assert errors_of(made, result).max() <= WORST_PX


def test_register_the_same_picture_is_the_identity() -> None:
    """A picture laid on itself does not move: no half pixel is lost between rasters."""
    source = case(4).source

    result = register(source, source)

    assert corner_errors(result.matrix, np.eye(3), width=640, height=360).max() < 0.02
    assert result.agreement_before == pytest.approx(1, abs=1e-4)
    assert result.residual_px < 0.02


def test_register_twice_gives_the_same_matrix() -> None:
    """Nothing is left to chance, nor to where in memory the pictures lie."""
    made = case(5, size=(320, 180), reference_size=(300, 200))

    first = register(made.reference, made.source)
    second = register(made.reference.copy(), np.ascontiguousarray(made.source[:, ::-1])[:, ::-1])

    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first.method == second.method
    assert not first.matrix.flags.writeable


def test_register_falls_back_on_phase_correlation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too few details match, a shift found by phase correlation is start enough."""
    made = case(6)
    monkeypatch.setattr(matching, "FEWEST_INLIERS", 10**6)

    result = register(made.reference, made.source)

    assert result.method.startswith("phase correlation")
    assert errors_of(made, result).max() <= WORST_PX


def test_register_keeps_a_refinement_only_where_the_score_rises() -> None:
    """A picture laid on itself is agreed on already: nothing is refined for refining's sake."""
    source = case(4, size=(320, 180)).source

    result = register(source, source)

    assert result.method.endswith("which agrees no better and is left out")
    assert corner_errors(result.matrix, np.eye(3), width=320, height=180).max() < 0.1


def test_register_takes_a_cropped_reference(clean_case: Case) -> None:
    """A Reference panned and scanned to a third of the picture is no stranger."""
    cropped = clean_case.reference[60:-60, 75:-75]
    shift = np.array([[1, 0, -75], [0, 1, -60], [0, 0, 1]])

    result = register(cropped, clean_case.source)

    left, top, right, bottom = 90, 68, 375, 202  # what it shows, in the Source, about
    corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]]).T
    back = np.linalg.inv(shift @ clean_case.truth) @ result.matrix @ corners
    assert np.linalg.norm((back / back[2] - corners)[:2], axis=0).max() <= WORST_PX


def wavy(picture: Picture) -> Picture:
    """Bend a picture by waves of 3 px, which no matrix undoes."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    moved = x + 3 * np.sin(y / 30), y + 3 * np.sin(x / 40)
    return np.asarray(cv2.remap(picture, *moved, cv2.INTER_LINEAR), dtype=np.float32)


def noise(picture: Picture) -> Picture:
    """Return nothing but grain."""
    return np.random.default_rng(0).normal(0.5, 0.02, picture.shape).astype(np.float32)


@pytest.fixture(scope="module")
def clean_case() -> Case:
    """A Source, and a Reference without subtitle."""
    return case(20, size=(480, 270), reference_size=(405, 324), subtitle=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("misfit", "problem"),
    [
        pytest.param(lambda _: case(21).reference, "does not show the Source's", id="other scene"),
        pytest.param(noise, "does not show the Source's", id="noise"),
        pytest.param(lambda rgb: rgb[:, ::-1], "mirrored left to right: flip it", id="mirrored"),
        pytest.param(lambda rgb: rgb[::-1], "mirrored top to bottom: flip it", id="on its head"),
        pytest.param(lambda rgb: rgb[::-1, ::-1], "rotated by 180 degrees", id="upside down"),
        pytest.param(wavy, "one matrix leaves parts of the picture", id="wavy"),
        pytest.param(lambda rgb: 0 * rgb + 0.4, "the Reference is one flat colour", id="flat"),
        pytest.param(lambda rgb: rgb[:40], "the Reference is 405 x 40: 64 a side", id="a strip"),
    ],
)
def test_register_refuses_what_is_not_the_same_frame(
    clean_case: Case, misfit: Callable[[Picture], Picture], problem: str
) -> None:
    """No matrix is better than a wrong one: each kind of misfit has its sentence."""
    with pytest.raises(StageError, match=problem):
        register(misfit(clean_case.reference), clean_case.source)


@pytest.mark.slow
def test_register_refuses_a_frame_mostly_hidden() -> None:
    """Where hardly any part can be compared, agreement of the rest is not enough."""
    made = case(22)
    hidden = made.source.copy()
    hidden[:, 150:] = np.random.default_rng(1).uniform(0.3, 0.6, hidden[:, 150:].shape)

    with pytest.raises(StageError, match=r"does not show|can be compared in"):
        register(made.reference, hidden)


def test_register_refuses_an_unknown_model() -> None:
    """The models are named in the message."""
    made = case(4, size=(128, 96), reference_size=(128, 96))

    with pytest.raises(UsageError, match="'spline' is unknown: say 'homography' or 'affine'"):
        register(made.reference, made.source, model="spline")


@pytest.mark.parametrize(
    ("matrix", "problem"),
    [
        pytest.param([[1, 0, 9], [0, 1, 0], [0, 0, 1]], "", id="a shift"),
        pytest.param([[1.1, 0, 0], [0, 0.9, 0], [0, 0, 1]], "", id="a squeeze"),
        pytest.param([[2.6, 0, 0], [0, 2.6, 0], [0, 0, 1]], "scaled by 2.60 to 2.60", id="large"),
        pytest.param([[1, 0, 0], [0, 0.3, 0], [0, 0, 1]], "scaled by 0.30 to 1.00", id="flattened"),
        pytest.param([[-1, 0, 99], [0, 1, 0], [0, 0, 1]], "mirrored", id="mirrored"),
        pytest.param([[1, 0.1, 0], [0, 1, 0], [0, 0, 1]], "sheared", id="sheared"),
        pytest.param([[0, -1, 0], [1, 0, 0], [0, 0, 1]], "rotated by 90 degrees", id="on its side"),
        pytest.param([[1, 0, 0], [0, 1, 0], [2e-3, 0, 1]], "sheared", id="in perspective"),
        pytest.param([[1, 0, 0], [0, 1, 0], [-0.03, 0, 1]], "turned inside out", id="inside out"),
        pytest.param([[np.nan, 0, 0], [0, 1, 0], [0, 0, 1]], "not finite", id="not a number"),
    ],
)
def test_implausibility_names_what_is_wrong(matrix: list[list[float]], problem: str) -> None:
    """Geometry that no telecine has is named; geometry that one has passes."""
    found = implausibility(np.array(matrix, dtype=np.float64), width=100, height=100)

    assert found.startswith(problem)
    assert bool(found) == bool(problem)


def test_measure_cell_shifts_finds_a_shift() -> None:
    """Each cell of a picture moved 2 px left and 3 px down says so; hidden cells say nothing."""
    texture = np.asarray(cv2.GaussianBlur(scene_plane(0), (0, 0), 1.5), dtype=np.float32)
    moved = np.roll(texture, (3, -2), axis=(0, 1))
    moved[:120, :120] = scene_plane(1)[:120, :120]
    everywhere = np.ones(texture.shape, np.bool_)
    everywhere[:, 400:] = False

    shifts = measure_cell_shifts(texture, moved, everywhere)

    told = shifts[np.isfinite(shifts[:, 0])]
    assert shifts.shape == (len(cells_of(texture.shape)), 2) == (8 * 6, 2)
    assert len(told) == 5 * 6 - 4
    np.testing.assert_allclose(told, np.broadcast_to([-2, 3], told.shape), atol=0.1)


def test_measure_cell_shifts_ignores_lone_edges() -> None:
    """Along a horizon a shift cannot be told, so its cells say nothing."""
    horizon = np.zeros((480, 640), np.float32)
    horizon[230:250] = 1

    shifts = measure_cell_shifts(horizon, horizon, np.ones(horizon.shape, np.bool_))

    assert np.isnan(shifts).all()


def scene_plane(seed: int) -> Picture:
    """Return noise of one channel, 640 x 480."""
    return np.random.default_rng(seed).normal(0, 1, (480, 640)).astype(np.float32)


def test_warp_reference_by_the_identity_changes_nothing() -> None:
    """Values below 0 and above 1 survive, and only the outermost pixels lack a tap."""
    picture = np.random.default_rng(0).uniform(-0.5, 12, (37, 53, 3)).astype(np.float32)

    warped, inside = warp_reference(picture, np.eye(3), width=53, height=37)

    np.testing.assert_allclose(warped, picture, atol=1e-5)
    assert inside[1:-1, 1:-1].all()
    assert inside.sum() == 35 * 51


def test_warp_reference_takes_source_pixels_to_the_reference() -> None:
    """A shift of (5, 3) takes the Source's pixel (x, y) from the Reference's (x + 5, y + 3)."""
    picture = np.random.default_rng(0).uniform(0, 1, (40, 60, 3)).astype(np.float32)
    shift = np.array([[1, 0, 5], [0, 1, 3], [0, 0, 1]], dtype=np.float64)

    warped, inside = warp_reference(picture, shift, width=60, height=40)

    np.testing.assert_allclose(warped[:37, :55], picture[3:, 5:], atol=1e-5)
    assert inside[:36, :54].all()
    assert not inside[36:].any()
    assert not inside[:, 54:].any()


def test_warp_reference_shrinks_without_aliasing() -> None:
    """A chequerboard three times finer than the Source's raster becomes grey, not a pattern."""
    rows, columns = np.mgrid[:90, :120]
    board = np.repeat(((rows + columns) % 2)[..., None], 3, axis=2).astype(np.float32)

    warped, _ = warp_reference(board, raster_to_raster((30, 40), (90, 120)), width=40, height=30)

    np.testing.assert_allclose(warped, 0.5, atol=0.06)


def test_warp_reference_resamples_once() -> None:
    """A Reference a little larger than the Source is not softened by an extra step."""
    picture = scene_plane(2)[:90, :120, None].repeat(3, axis=2)
    slightly = np.array([[1.02, 0, 0.3], [0, 1.02, 0.2], [0, 0, 1]])

    warped, inside = warp_reference(picture, slightly, width=110, height=80)

    once, _ = warp(picture, slightly, width=110, height=80, cubic=True)
    np.testing.assert_array_equal(warped[inside], once[inside])
