"""Registration: the Reference's geometry found again where it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.alignment import matching
from chromaresolve.alignment.geometry import raster_to_raster, warp, working_size
from chromaresolve.alignment.plausibility import implausibility, measure_cell_shifts
from chromaresolve.alignment.registration import Registration, register, warp_reference
from chromaresolve.errors import StageError, UsageError

Picture = NDArray[np.float32]
Matrix = NDArray[np.float64]

MEDIAN_PX, WORST_PX = 0.3, 1.0
"""Corner errors, Source pixels, that teaching colours can live with: a telecine's chroma is blurred
over 2 px and more."""

FINER = 2.4
"""Pixels of the scene per Source pixel: both pictures are sampled from it, so none is the truth."""


@dataclass(frozen=True)
class _Case:
    """A Source and a Reference whose geometry is known."""

    source: Picture
    reference: Picture
    truth: Matrix


def scene(rng: np.random.Generator, *, width: int, height: int) -> Picture:
    """Make a picture with detail of every size, from clouds to grit, and hard-edged shapes."""
    picture = np.zeros((height, width, 3), np.float32)
    for size in (256, 128, 64, 32, 16, 8, 4):
        coarse = rng.normal(0, 1, (height // size + 3, width // size + 3, 3)).astype(np.float32)
        coarse += 2 * coarse.mean(axis=2, keepdims=True)
        picture += size**0.7 * np.asarray(cv2.resize(coarse, (width, height), interpolation=2))
    picture = 0.42 + 0.12 * (picture - picture.mean()) / picture.std()
    shapes = picture.copy()
    for number in range(60):
        x, y, r = int(rng.integers(width)), int(rng.integers(height)), int(rng.integers(12, 90))
        colour = rng.uniform(0.05, 0.95, 3).tolist()
        if number % 2:
            cv2.circle(shapes, (x, y), r, colour, -1)
        else:
            cv2.rectangle(shapes, (x, y), (x + 2 * r, y + r), colour, -1)
    picture = 0.4 * picture + 0.6 * shapes
    picture += np.linspace(-0.1, 0.1, width, dtype=np.float32)[:, None]
    return np.asarray(np.clip(picture, 0.02, 0.98), dtype=np.float32)


def scan(rgb: Picture, rng: np.random.Generator) -> Picture:
    """Fade a picture to 20 % of its cyan dye, with grain, and balance the channels' densities."""
    kept = np.array([[0.189, 0.070, -0.004], [-0.110, 0.897, -0.027], [-0.038, 0.082, 0.544]])
    density = -np.log10(np.clip(rgb, 0.01, 1))
    density += 0.02 * rng.normal(0, 1, rgb.shape)
    density = density @ kept.T + 0.003 * rng.normal(0, 1, rgb.shape)
    return np.asarray(10 ** (-density / kept.sum(axis=1)), dtype=np.float32)


def telecine(rgb: Picture, rng: np.random.Generator, *, subtitle: bool) -> Picture:
    """Grade a picture otherwise, blur it, burn a subtitle in, and compress it to JPEG."""
    graded = rgb ** rng.uniform(0.8, 1.3) * rng.uniform(0.85, 1.1, 3)
    picture = np.clip(cv2.GaussianBlur(graded, (0, 0), 0.9) * 255, 0, 255).astype(np.uint8)
    if subtitle:
        height, width = rgb.shape[:2]
        at = (width // 4, height * 7 // 8)
        for grey, thick in ((5, 6), (235, 2)):
            colour = (grey, grey, grey)
            cv2.putText(picture, "NOT IN THE SOURCE", at, 0, width / 700, colour, thick)
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.float32) / np.float32(255)


def geometry(rng: np.random.Generator, *, width: int, height: int) -> Matrix:
    """Return up to 20 px, 2 % of scale, half a degree, 1 % of squeeze, a little perspective."""
    scale, squeeze = 1 + rng.uniform(-0.02, 0.02), 1 + rng.uniform(-0.01, 0.01)
    turn = np.radians(rng.uniform(-0.5, 0.5))
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    x, y = rng.uniform(-20, 20, 2)
    middle = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    bent = np.array([[1, 0, 0], [0, 1, 0], [*rng.uniform(-4e-6, 4e-6, 2), 1]])
    turned = np.array([[squeeze * cosine, -sine, x], [squeeze * sine, cosine, y], [0, 0, 1]])
    return np.asarray(middle @ bent @ turned @ np.linalg.inv(middle), dtype=np.float64)


def case(
    seed: int,
    *,
    size: tuple[int, int] = (640, 360),
    reference_size: tuple[int, int] = (540, 432),
    subtitle: bool = True,
) -> _Case:
    """Make a Source of `size` and a Reference of `reference_size`, width first."""
    rng = np.random.default_rng(seed)
    width, height = size
    picture = scene(rng, width=int(width * FINER), height=int(height * FINER))
    margin = (FINER - 2) / 2
    to_scene = np.array([[2, 0, margin * width], [0, 2, margin * height], [0, 0, 1]])
    truth = raster_to_raster((height, width), reference_size[::-1]) @ geometry(
        rng, width=width, height=height
    )
    source = sample(picture, to_scene, size, blur=0.9)
    blur = 0.9 * width / reference_size[0]
    reference = sample(picture, to_scene @ np.linalg.inv(truth), reference_size, blur=blur)
    return _Case(scan(source, rng), telecine(reference, rng, subtitle=subtitle), truth)


def sample(picture: Picture, matrix: Matrix, size: tuple[int, int], *, blur: float) -> Picture:
    """Take each pixel of a new raster from the blurred picture at `matrix @ (x, y, 1)`."""
    smooth = cv2.GaussianBlur(picture, (0, 0), max(0.3, blur))
    taken = cv2.warpPerspective(smooth, matrix, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    return np.asarray(np.clip(taken, 0.01, 1), dtype=np.float32)


def corner_errors(found: Matrix, truth: Matrix, *, width: int, height: int) -> NDArray[np.float64]:
    """Return how far, in Source pixels, each corner of the Source is put wrong."""
    right, bottom = width - 1, height - 1
    corners = np.array([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1]]).T
    back = np.linalg.inv(truth) @ found @ corners
    return np.asarray(np.linalg.norm((back / back[2] - corners)[:2], axis=0), dtype=np.float64)


def errors_of(made: _Case, result: Registration) -> NDArray[np.float64]:
    """Return the corner errors of a registration."""
    height, width = made.source.shape[:2]
    return corner_errors(result.matrix, made.truth, width=width, height=height)


def test_register_finds_random_geometries() -> None:
    """Faded, grainy Sources, subtitled, regraded References: a fraction of a pixel is left."""
    cases = [case(seed) for seed in range(5)]
    results = [register(made.reference, made.source) for made in cases]

    errors = np.array(
        [errors_of(made, result) for made, result in zip(cases, results, strict=True)]
    )
    assert np.median(errors) <= MEDIAN_PX, errors.round(2)
    assert errors.max() <= WORST_PX, errors.round(2)
    assert all(result.agreement_before < 0.2 < result.agreement_after for result in results)
    assert max(result.residual_px for result in results) < 0.75


@pytest.mark.parametrize(
    ("size", "reference_size"),
    [
        pytest.param((641, 359), (353, 287), id="odd sizes, a coarse Reference"),
        pytest.param((480, 270), (960, 540), id="a Reference finer than the Source"),
        pytest.param((320, 180), (320, 180), id="small"),
        pytest.param((300, 480), (260, 400), id="upright"),
        pytest.param((1280, 720), (720, 576), id="wider than the working raster"),
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


def test_register_keeps_the_start_where_ecc_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refinement that does not converge is not an error: the matched details stand."""
    source = case(4).source

    def diverge(*_arguments: object) -> None:
        raise cv2.error

    monkeypatch.setattr(cv2, "findTransformECC", diverge)

    result = register(source, source)

    assert result.method.endswith("no refinement agrees best")
    assert corner_errors(result.matrix, np.eye(3), width=640, height=360).max() < 0.1


def wavy(picture: Picture) -> Picture:
    """Bend a picture by waves of 4 px, which no matrix undoes."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    moved = x + 4 * np.sin(y / 40), y + 4 * np.sin(x / 50)
    return np.asarray(cv2.remap(picture, *moved, cv2.INTER_LINEAR), dtype=np.float32)


def noise(picture: Picture) -> Picture:
    """Return nothing but grain."""
    return np.random.default_rng(0).normal(0.5, 0.02, picture.shape).astype(np.float32)


@pytest.fixture(scope="module")
def clean_case() -> _Case:
    """A Source, and a Reference without subtitle."""
    return case(20, subtitle=False)


@pytest.mark.parametrize(
    ("misfit", "problem"),
    [
        pytest.param(lambda _: case(21).reference, "does not show the Source's", id="other scene"),
        pytest.param(noise, "does not show the Source's", id="noise"),
        pytest.param(lambda rgb: rgb[:, ::-1], "does not show the Source's", id="mirrored"),
        pytest.param(lambda rgb: rgb[::-1, ::-1], "rotated by 180 degrees", id="upside down"),
        pytest.param(lambda rgb: rgb[80:-80, 100:-100], "scaled by 1.5", id="a close-up"),
        pytest.param(wavy, "one matrix leaves parts of the picture", id="wavy"),
        pytest.param(lambda rgb: 0 * rgb + 0.4, "the Reference is one flat colour", id="flat"),
        pytest.param(lambda rgb: rgb[:40], "the Reference is 540 x 40: 64 a side", id="a strip"),
    ],
)
def test_register_refuses_what_is_not_the_same_frame(
    clean_case: _Case, misfit: Callable[[Picture], Picture], problem: str
) -> None:
    """No matrix is better than a wrong one: each kind of misfit has its sentence."""
    with pytest.raises(StageError, match=problem):
        register(misfit(clean_case.reference), clean_case.source)


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

    with pytest.raises(UsageError, match="'spline' is unknown: say 'affine' or 'homography'"):
        register(made.reference, made.source, model="spline")


@pytest.mark.parametrize(
    ("matrix", "problem"),
    [
        pytest.param([[1, 0, 9], [0, 1, 0], [0, 0, 1]], "", id="a shift"),
        pytest.param([[1.1, 0, 0], [0, 0.9, 0], [0, 0, 1]], "", id="a squeeze"),
        pytest.param([[1.3, 0, 0], [0, 1.3, 0], [0, 0, 1]], "scaled by 1.30 to 1.30", id="large"),
        pytest.param([[1, 0, 0], [0, 0.7, 0], [0, 0, 1]], "scaled by 0.70 to 1.00", id="flattened"),
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
    """Each cell of a picture moved by (3, -2) px is off by its length; hidden cells say nothing."""
    texture = np.asarray(cv2.GaussianBlur(scene_plane(0), (0, 0), 1.5), dtype=np.float32)
    moved = np.roll(texture, (3, -2), axis=(0, 1))
    moved[:120, :120] = scene_plane(1)[:120, :120]
    everywhere = np.ones(texture.shape, np.bool_)
    everywhere[:, 400:] = False

    shifts, cells = measure_cell_shifts(texture, moved, everywhere)

    assert cells == 8 * 6
    assert len(shifts) == 5 * 6 - 4
    np.testing.assert_allclose(shifts, np.hypot(3, 2), atol=0.1)


def test_measure_cell_shifts_ignores_lone_edges() -> None:
    """Along a horizon a shift cannot be told, so its cells say nothing."""
    horizon = np.zeros((480, 640), np.float32)
    horizon[230:250] = 1

    shifts, _ = measure_cell_shifts(horizon, horizon, np.ones(horizon.shape, np.bool_))

    assert len(shifts) == 0


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


def test_warp_keeps_out_what_lies_behind_the_horizon() -> None:
    """Where a perspective folds over, nothing is inside."""
    plane = np.ones((50, 50), np.float32)
    folded = np.array([[1, 0, 0], [0, 1, 0], [-0.04, 0, 1]], dtype=np.float64)

    _, inside = warp(plane, folded, width=50, height=50, cubic=False)

    assert inside[0, 0]
    assert not inside[:, 25:].any()


def test_fit_rasters_share_their_edges() -> None:
    """A raster twice as fine has its first pixel a quarter of a coarse pixel further out."""
    to_finer = raster_to_raster((10, 20), (20, 40))

    np.testing.assert_allclose(to_finer @ [0, 0, 1], [0.5, 0.5, 1])
    np.testing.assert_allclose(to_finer @ [-0.5, -0.5, 1], [-0.5, -0.5, 1])
    assert working_size(width=4096, height=2160) == (960, 506)
    assert working_size(width=640, height=360) == (640, 360)
