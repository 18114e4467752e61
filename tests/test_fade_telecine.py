"""The reference: another raster, another place, another grade, and known geometry."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import UsageError
from chromaresolve.fade import Telecine, make_reference, reference_geometry

WIDTH, HEIGHT = 161, 91

PLAIN = Telecine(size=(WIDTH, HEIGHT))

Picture = NDArray[np.float32]


def texture() -> Picture:
    """Return a smooth random picture with values below 0 and above 1."""
    noise = np.random.default_rng(2).uniform(-2, 3, (HEIGHT, WIDTH, 3)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.float32)


def dot(x: float, y: float) -> Picture:
    """Return a black picture with a soft white dot."""
    columns, rows = np.arange(WIDTH), np.arange(HEIGHT)[:, np.newaxis]
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)
    return np.repeat(spot[..., np.newaxis], 3, axis=2).astype(np.float32)


def centre(picture: Picture) -> NDArray[np.float64]:
    """Return the (x, y) of a dot's centre of gravity."""
    weight = picture[..., 1].astype(np.float64)
    columns, rows = np.arange(WIDTH), np.arange(HEIGHT)[:, np.newaxis]
    gravity = ((weight * columns).sum(), (weight * rows).sum())
    return np.array(gravity, np.float64) / float(weight.sum())


def test_make_reference_keeps_an_untouched_picture() -> None:
    """A telecine that does nothing gives the original back, beyond 0 and 1 too."""
    original = texture()
    assert original.min() < 0
    assert original.max() > 1

    np.testing.assert_allclose(make_reference(original, PLAIN, frame=0), original, atol=1e-6)


@pytest.mark.parametrize(
    "telecine",
    [
        pytest.param(replace(PLAIN, shift_px=(5.5, -3.25)), id="shift"),
        pytest.param(replace(PLAIN, scale=1.1), id="larger"),
        pytest.param(replace(PLAIN, rotation_deg=4), id="turned"),
        pytest.param(
            replace(PLAIN, shift_px=(2, 1), scale=0.95, rotation_deg=-2, size=(121, 91)),
            id="everything-on-a-smaller-raster",
        ),
    ],
)
@pytest.mark.parametrize("place", [(40.0, 30.0), (120.0, 60.0)])
def test_reference_geometry_says_where_things_went(
    telecine: Telecine, place: tuple[float, float]
) -> None:
    """A dot lies in the reference where the geometry says, to a few hundredths of a pixel."""
    reference = make_reference(dot(*place), telecine, frame=0)

    expected = reference_geometry(telecine, width=WIDTH, height=HEIGHT) @ (*place, 1)
    np.testing.assert_allclose(centre(reference), expected[:2], atol=0.05)


def test_reference_geometry_turns_anticlockwise_about_the_centre() -> None:
    """A quarter turn takes what is right of the centre to above it, and leaves the centre."""
    turned = reference_geometry(replace(PLAIN, rotation_deg=90), width=WIDTH, height=HEIGHT)

    x, y = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    np.testing.assert_allclose(turned @ (x, y, 1), (x, y, 1), atol=1e-9)
    np.testing.assert_allclose(turned @ (x + 10, y, 1), (x, y - 10, 1), atol=1e-9)


def test_make_reference_is_black_where_the_telecine_saw_nothing() -> None:
    """A picture moved to the right leaves a black edge on the left, and none on the right."""
    white = np.ones((HEIGHT, WIDTH, 3), np.float32)

    reference = make_reference(white, replace(PLAIN, shift_px=(10, 0)), frame=0)

    assert np.abs(reference[:, :9]).max() == 0
    np.testing.assert_allclose(reference[:, 11:], 1, atol=1e-6)


def test_make_reference_grades_known_colours() -> None:
    """Gains come first, then gamma, which keeps the sign."""
    flat = np.empty((3, 3, 3), np.float32)
    flat[:] = (0.5, -0.25, 2.0)
    graded = make_reference(flat, Telecine(size=(3, 3), gains=(1.2, 1.0, 0.5), gamma=2.0), frame=0)

    np.testing.assert_allclose(graded[1, 1], (0.36, -0.0625, 1.0), atol=1e-6)


def test_make_reference_desaturates_at_constant_luma() -> None:
    """Saturation and chroma blur change chroma only; at 0 the picture is its luma."""
    original = texture()

    grey = make_reference(original, replace(PLAIN, saturation=0), frame=0)
    soft = make_reference(original, replace(PLAIN, chroma_blur=3), frame=0)

    luma = rgb_to_luma(original)
    np.testing.assert_allclose(grey, np.repeat(luma[..., np.newaxis], 3, axis=2), atol=2e-6)
    np.testing.assert_allclose(rgb_to_luma(soft), luma, atol=2e-6)
    assert np.abs(soft - original).max() > 0.1


def test_make_reference_loses_detail_on_a_smaller_raster() -> None:
    """Stripes finer than the telecine's raster become grey; the size stays the film's."""
    stripes = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    stripes[:, ::2] = 1

    reference = make_reference(stripes, replace(PLAIN, size=(WIDTH // 4, HEIGHT // 4)), frame=0)

    assert reference.shape == stripes.shape
    np.testing.assert_allclose(reference[5:-5, 5:-5], 0.5, atol=0.2)


def test_subtitle_is_white_outlined_and_in_the_lower_third_only() -> None:
    """Letters change nothing above the lower third, and the frames without them not at all."""
    original = np.full((180, 320, 3), 0.5, np.float32)
    telecine = Telecine(size=(320, 180), subtitle="Wait for me!", subtitle_frames=(3, 5))

    drawn = {frame: make_reference(original, telecine, frame=frame) for frame in (2, 3, 5, 6)}

    for frame in (2, 6):
        np.testing.assert_allclose(drawn[frame], original, atol=1e-6)
    for frame in (3, 5):
        np.testing.assert_allclose(drawn[frame][:120], original[:120], atol=1e-6)
        assert drawn[frame][120:].max() > 0.95
        assert drawn[frame][120:].min() < 0.05


def test_subtitle_fits_into_the_title_safe_width() -> None:
    """A line too long for the picture is drawn smaller, not cut off."""
    original = np.full((90, 160, 3), 0.5, np.float32)
    telecine = Telecine(size=(160, 90), subtitle="A very long line that says a great deal")

    changed = np.abs(make_reference(original, telecine, frame=0) - original).max(axis=(0, 2)) > 1e-3

    columns = np.flatnonzero(changed)
    assert columns[0] >= 4
    assert columns[-1] <= 155


def test_make_reference_repeats_itself() -> None:
    """Noise depends on seed and frame, JPEG on nothing else."""
    telecine = replace(PLAIN, noise=0.02, jpeg_quality=60, seed=4)
    original = texture()

    reference = make_reference(original, telecine, frame=1)

    np.testing.assert_array_equal(make_reference(original, telecine, frame=1), reference)
    assert (make_reference(original, telecine, frame=2) != reference).mean() > 0.5


def test_jpeg_is_worse_at_lower_quality_and_clips() -> None:
    """Compression is 8-bit video: errors grow as quality falls, and nothing lies beyond 0..1."""
    original = texture()
    held = np.clip(original, 0, 1)

    errors = {}
    for quality in (95, 30):
        reference = make_reference(original, replace(PLAIN, jpeg_quality=quality), frame=0)
        assert reference.min() >= 0
        assert reference.max() <= 1
        errors[quality] = np.abs(reference - held).mean()

    assert errors[95] < errors[30] < 0.2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param({"size": (0, 10)}, r"size \(0, 10\)", id="no-raster"),
        pytest.param({"scale": 0.0}, "scale 0.0", id="shrunk-to-nothing"),
        pytest.param({"gamma": -1.0}, "gamma -1.0", id="negative-gamma"),
        pytest.param({"jpeg_quality": 101}, "jpeg_quality 101", id="better-than-best"),
    ],
)
def test_telecine_refuses_what_no_machine_does(wrong: dict[str, object], says: str) -> None:
    """The message names the field and its value."""
    with pytest.raises(UsageError, match=says):
        replace(PLAIN, **wrong)  # type: ignore[arg-type]
