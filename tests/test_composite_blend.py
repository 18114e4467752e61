"""The exact merge beside W3C's Color: what each keeps, and how far and why they differ."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from chromaresolve.colour import delta_e_2000, measure_luma_law, rgb_to_luma
from chromaresolve.composite import blend_color, clamp_color, merge_frame
from chromaresolve.demo.scene import DEMO_FADING, draw_scene
from chromaresolve.fade import fade_frame
from chromaresolve.frames import Rgb
from tiny import TINY_FRAMES, TINY_HEIGHT, TINY_WIDTH

FLOAT = 1e-6
"""A few roundings of float32 about 1."""

HALF = 2.0**-12
"""Half a step of halves below 1: what the merge's luma may be off its plate's."""

TABLE = {
    "grey": ((0.75, 0.45, 0.50), (0.50, 0.50, 0.50), 0.0282),
    "sky": ((0.70, 0.50, 0.60), (0.35, 0.55, 0.85), 0.0273),
    "skin": ((0.75, 0.50, 0.50), (0.78, 0.55, 0.45), 0.0056),
    "leaf": ((0.50, 0.30, 0.30), (0.25, 0.45, 0.15), 0.0463),
    "red": ((0.60, 0.22, 0.25), (0.65, 0.12, 0.12), -0.0120),
}
"""A pink plate, the colour it had, and how much lighter W3C's Color is; as in docs/colour.md."""


def lum(rgb: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return Lum as the standards write it."""
    lightness: NDArray[np.floating] = 0.3 * rgb[..., 0] + 0.59 * rgb[..., 1] + 0.11 * rgb[..., 2]
    return lightness


def clip_color(colour: list[float]) -> list[float]:
    """ClipColor, line by line as W3C Compositing and Blending Level 1, section 10.2, has it."""
    lightness = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
    lowest, highest = min(colour), max(colour)
    if lowest < 0:
        colour = [lightness + (c - lightness) * lightness / (lightness - lowest) for c in colour]
    if highest > 1:
        colour = [
            lightness + (c - lightness) * (1 - lightness) / (highest - lightness) for c in colour
        ]
    return colour


def set_lum(colour: list[float], lightness: float) -> list[float]:
    """SetLum without its ClipColor, from the same section."""
    shift = lightness - (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2])
    return [c + shift for c in colour]


def pixel(colour: tuple[float, float, float]) -> Rgb:
    """Return one pixel, (1, 1, 3)."""
    return np.array([[colour]], dtype=np.float32)


def test_color_is_the_standards() -> None:
    """SetLum and ClipColor agree with the standard's own words, on colours from 0 to 1."""
    random = np.random.default_rng(1)
    bottom, top = random.uniform(0, 1, (2, 400, 3)).astype(np.float32)

    blended = blend_color(bottom, top)
    clamped = clamp_color(blended)

    lightness = lum(bottom.astype(np.float64))
    expected = [set_lum(list(map(float, t)), float(y)) for t, y in zip(top, lightness, strict=True)]
    np.testing.assert_allclose(blended, expected, atol=FLOAT)
    assert (np.abs(clamped - blended).max(axis=-1) > 0.01).mean() > 0.1
    np.testing.assert_allclose(clamped, [clip_color(list(c)) for c in expected], atol=FLOAT)


def test_color_keeps_what_lies_outside() -> None:
    """Values below 0 and above 1 stay, as Resolve keeps them; only `clamp_color` takes them in."""
    bottom, top = pixel((4.0, 12.0, -0.5)), pixel((1.5, -0.25, 0.5))

    blended = blend_color(bottom, top)

    np.testing.assert_allclose(lum(blended), lum(bottom), rtol=FLOAT)
    np.testing.assert_allclose(np.diff(blended), np.diff(top), rtol=FLOAT)
    np.testing.assert_array_equal(clamp_color(blended), pixel((1, 1, 1)))
    np.testing.assert_array_equal(clamp_color(-blended), pixel((0, 0, 0)))


def test_color_of_a_picture_on_itself_is_itself() -> None:
    """With nothing to change nothing changes, to the bit."""
    picture = np.random.default_rng(2).uniform(-0.5, 12, (9, 7, 3)).astype(np.float32)

    np.testing.assert_array_equal(blend_color(picture, picture), picture)


@pytest.mark.parametrize("name", TABLE)
def test_blends_differ_by_the_weights_of_luma(name: str) -> None:
    """All three channels are off alike: by Lum(plate) - Lum(merge), whose Rec.709 luma is one."""
    plate, colour, shift = TABLE[name]
    merged, _ = merge_frame(pixel(plate), pixel(colour))

    blended = blend_color(pixel(plate), merged)

    off = blended - merged
    np.testing.assert_allclose(off, shift, atol=5e-5)
    np.testing.assert_allclose(off[0, 0], lum(pixel(plate) - merged)[0, 0], atol=FLOAT)
    assert abs(float((rgb_to_luma(blended) - rgb_to_luma(pixel(plate)))[0, 0]) - shift) < 1e-3


def test_blends_differ_on_the_tiny_shot() -> None:
    """On a faded shot W3C's Color is off the plate's luma as docs/colour.md says, ours is not."""
    original = draw_scene(0, width=TINY_WIDTH, height=TINY_HEIGHT, frame_count=TINY_FRAMES)
    plate = fade_frame(original, DEMO_FADING, frame=1).astype(np.float16).astype(np.float32)
    merged, _ = merge_frame(plate, original)

    blended = blend_color(plate, merged)

    off = rgb_to_luma(blended) - rgb_to_luma(plate)
    distance = delta_e_2000(blended, merged)
    assert measure_luma_law(merged, plate).is_kept
    np.testing.assert_allclose(off, lum(plate - merged), atol=2 * HALF)
    measured = (off.mean(), off.max(), distance.mean(), distance.max())
    np.testing.assert_allclose(measured, (0.0243, 0.0596, 1.90, 5.85), rtol=0.01)
