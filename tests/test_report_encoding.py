"""Pictures for a browser: the right codes, the right profile, and no more bytes than there are."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from chromaresolve.report.encoding import (
    Codes,
    display_to_srgb,
    fit_pictures,
    write_jpeg,
    write_png,
)
from chromaresolve.report.profile import srgb_profile


def noise(height: int, width: int) -> Codes:
    """Return codes that no encoder makes small."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_display_values_become_codes_of_the_same_light() -> None:
    """IEC 61966-2-1 of the light that BT.1886 gives at gamma 2.4; what no screen shows is held."""
    values = np.array([-0.5, 0.0, 0.02, 0.1, 0.18, 0.5, 0.9, 1.0, 4.0], np.float32)
    light = np.clip(values.astype(np.float64), 0, 1) ** 2.4
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)

    codes = display_to_srgb(np.repeat(values[None, :, None], 3, axis=-1))

    np.testing.assert_array_equal(codes[0, :, 0], np.rint(255 * encoded))
    assert codes.dtype == np.uint8


def test_profile_is_srgb() -> None:
    """A colour engine takes every code to the same code of its own sRGB."""
    codes = noise(64, 64)
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    conversion = ImageCms.buildTransform(ours, ImageCms.createProfile("sRGB"), "RGB", "RGB")

    converted = ImageCms.applyTransform(Image.fromarray(codes), conversion)

    off = np.abs(np.asarray(converted).astype(int) - codes)
    assert off.max() <= 1, f"by {off.max()} at {np.argwhere(off > 1)[:1].tolist()}"


def test_jpeg_is_tagged_and_keeps_the_chroma_of_every_pixel() -> None:
    """The profile is in it, no chroma is shared between pixels, and any reader opens it."""
    codes = np.zeros((32, 32, 3), np.uint8)
    codes[:, ::2] = (200, 40, 40)
    codes[:, 1::2] = (40, 40, 200)

    jpeg = write_jpeg(codes, 94)

    opened = Image.open(io.BytesIO(jpeg))
    assert opened.info["icc_profile"] == srgb_profile()
    assert np.abs(np.asarray(opened.convert("RGB")).astype(int) - codes).max() < 16


def test_png_says_it_is_srgb_and_loses_nothing() -> None:
    """The chunk stands before the pixels, its checksum is right."""
    codes = noise(9, 7)

    opened = Image.open(io.BytesIO(write_png(codes)))

    assert opened.info["srgb"] == 0
    np.testing.assert_array_equal(np.asarray(opened), codes)


@pytest.mark.parametrize(
    ("room", "shrink"),
    [
        pytest.param(10_000_000, 1, id="all there is"),
        pytest.param(300_000, 1, id="a worse quality"),
        pytest.param(60_000, 2, id="half the size"),
        pytest.param(1, 8, id="no room at all"),
    ],
)
def test_pictures_are_fitted_into_a_room(room: int, shrink: int) -> None:
    """Resolution goes last; all pictures of a frame are written alike."""
    pictures = {"scan": noise(300, 400), "recovered": noise(300, 400)}

    fitted = fit_pictures(pictures, room=room)

    assert fitted.shrink == shrink
    assert fitted.size <= room or room == 1
    for jpeg in fitted.jpegs.values():
        seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert seen is not None
        assert seen.shape == (300 // shrink, 400 // shrink, 3)


def test_size_is_foretold_for_large_pictures() -> None:
    """What a sample of the tiles foretells is near enough that the room is filled and kept."""
    picture = noise(1400, 1500)

    fitted = fit_pictures({"scan": picture}, room=3_000_000)

    assert fitted.shrink == 1
    assert 0.5 * 3_000_000 < fitted.size <= 3_000_000
