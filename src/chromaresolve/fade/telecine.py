"""An old telecine of the same film, made before it faded: the reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.colour import rgb_to_luma
from chromaresolve.errors import UsageError
from chromaresolve.fade.film import check_picture, random_numbers

LARGEST_SIDE = 65500
"""Pixels on a side that JPEG as OpenCV writes it can hold."""

SUBTITLE_HEIGHT = 1 / 14
"""Height of a subtitle's capitals and descenders over the picture's height, as on television."""

SUBTITLE_WIDTH = 0.9
"""Widest subtitle over the picture's width: the safe title area; longer ones are drawn smaller."""

SUBTITLE_BASELINE = 0.9
"""Where a subtitle's letters stand, from the top, over the picture's height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telecine:
    """How the reference differs from the film it was made from, in the order it happened."""

    size: tuple[int, int]
    """Width and height of the telecine's raster; it is scaled back to the film's afterwards."""
    shift_px: tuple[float, float] = (0.0, 0.0)
    """How far right and down the picture sits, in pixels of the film's raster."""
    scale: float = 1.0
    """Enlargement about the picture's centre."""
    rotation_deg: float = 0.0
    """Turn about the picture's centre; positive is anticlockwise on the screen."""
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """R, G, B display values are multiplied by these: another colourist, another day."""
    gamma: float = 1.0
    """Then raised to this power; above 1 is darker. Negative values keep their sign."""
    saturation: float = 1.0
    """Then chroma is multiplied by this, at constant luma."""
    blur: float = 0.0
    """Standard deviation of the telecine's softness, in pixels of its own raster."""
    chroma_blur: float = 0.0
    """The same for chroma alone, as a composite or subsampled signal has it."""
    subtitle: str | None = None
    """White letters with a black outline in the lower third; ASCII."""
    subtitle_frames: tuple[int, int] | None = None
    """First and last frame that carry the subtitle; None for all."""
    noise: float = 0.0
    """Standard deviation of the signal's noise in display values."""
    jpeg_quality: int | None = None
    """JPEG, 1 to 100: an 8-bit picture, so this also clips to 0..1. None for no compression."""
    seed: int = 0
    """Of the noise, together with the frame number."""

    def __post_init__(self) -> None:
        """Refuse what no telecine can do.

        Raises:
            UsageError: A size, scale, gamma, softness or quality is out of its range.
        """
        for ok, name in (
            (all(1 <= side <= LARGEST_SIDE for side in self.size), "size"),
            (self.scale > 0, "scale"),
            (self.gamma > 0, "gamma"),
            (self.blur >= 0, "blur"),
            (self.chroma_blur >= 0, "chroma_blur"),
            (self.noise >= 0, "noise"),
            (self.jpeg_quality is None or 1 <= self.jpeg_quality <= 100, "jpeg_quality"),
        ):
            if not ok:
                raise UsageError(f"telecine: {name} {getattr(self, name)!r}: out of range")

    def has_subtitle(self, frame: int) -> bool:
        """Say whether a frame carries the subtitle."""
        if not self.subtitle:
            return False
        first, last = self.subtitle_frames or (frame, frame)
        return first <= frame <= last


def make_reference(
    original_709: NDArray[np.float32],
    telecine: Telecine,
    *,
    frame: int,
) -> NDArray[np.float32]:
    """Return the reference frame that a telecine of the fresh film gives, as Resolve exports it.

    It has the original's raster and its own geometry: see `reference_geometry`. Where the telecine
    saw nothing it is black. Values beyond 0 and 1 survive unless `jpeg_quality` is set.

    Args:
        original_709: (height, width, 3), the unfaded frame, display-encoded Rec.709 2.4.
        telecine: What the machine and its operator did.
        frame: The frame's number, which the noise and the subtitle depend on.

    Raises:
        UsageError: The array is not a colour picture.
    """
    check_picture(original_709)
    height, width = original_709.shape[:2]
    geometry = reference_geometry(telecine, width=width, height=height)
    moved = cv2.warpAffine(_grade(original_709, telecine), geometry[:2], (width, height))
    # Averaging over areas when the raster gets smaller: a telecine's lens and sampling blur.
    sampled = cv2.resize(moved, telecine.size, interpolation=cv2.INTER_AREA)
    raster = _soften(np.asarray(sampled, dtype=np.float32), telecine)
    if telecine.subtitle and telecine.has_subtitle(frame):
        raster = _write_subtitle(raster, telecine.subtitle)
    if telecine.noise:
        numbers = random_numbers(telecine.seed, "telecine", frame)
        noise = numbers.standard_normal(raster.shape, dtype=np.float32)
        raster += np.float32(telecine.noise) * noise
    if telecine.jpeg_quality is not None:
        raster = _compress(raster, telecine.jpeg_quality)
    reference = cv2.resize(raster, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(reference, dtype=np.float32)


def reference_geometry(telecine: Telecine, *, width: int, height: int) -> NDArray[np.float64]:
    """Return the 3x3 that takes the film's pixel positions to the reference's: the known truth.

    Positions are (x, y, 1), x right, y down, the centre of the first pixel at (0, 0).
    """
    turn = math.radians(telecine.rotation_deg)
    cosine, sine = telecine.scale * math.cos(turn), telecine.scale * math.sin(turn)
    x, y = (width - 1) / 2, (height - 1) / 2
    right, down = telecine.shift_px
    return np.array(
        [
            [cosine, sine, x - cosine * x - sine * y + right],
            [-sine, cosine, y + sine * x - cosine * y + down],
            [0.0, 0.0, 1.0],
        ]
    )


def _grade(picture_709: NDArray[np.float32], telecine: Telecine) -> NDArray[np.float32]:
    """Return the picture in the other grade."""
    graded = picture_709 * np.asarray(telecine.gains, dtype=np.float32)
    if telecine.gamma != 1:
        graded = np.copysign(np.abs(graded) ** np.float32(telecine.gamma), graded)
    if telecine.saturation != 1:
        luma = rgb_to_luma(graded)[..., np.newaxis]
        graded = luma + np.float32(telecine.saturation) * (graded - luma)
    return np.asarray(graded, dtype=np.float32)


def _soften(raster_709: NDArray[np.float32], telecine: Telecine) -> NDArray[np.float32]:
    """Return the picture as soft as the telecine's optics and its chroma band make it."""
    if telecine.blur:
        raster_709 = np.asarray(cv2.GaussianBlur(raster_709, (0, 0), telecine.blur), np.float32)
    if telecine.chroma_blur:
        luma = rgb_to_luma(raster_709)[..., np.newaxis]
        chroma = cv2.GaussianBlur(raster_709 - luma, (0, 0), telecine.chroma_blur)
        raster_709 = luma + np.asarray(chroma, np.float32)
    return raster_709


def _write_subtitle(raster_709: NDArray[np.float32], text: str) -> NDArray[np.float32]:
    """Return the picture with a centred line of white letters, outlined in black."""
    height, width = raster_709.shape[:2]
    face = cv2.FONT_HERSHEY_SIMPLEX
    (unit_width, unit_height), descent = cv2.getTextSize(text, face, 1.0, 1)
    size = min(
        SUBTITLE_HEIGHT * height / (unit_height + descent), SUBTITLE_WIDTH * width / unit_width
    )
    place = (round((width - unit_width * size) / 2), round(SUBTITLE_BASELINE * height))
    letters = np.zeros((height, width), np.uint8)
    cv2.putText(letters, text, place, face, size, 255, max(1, round(2 * size)), cv2.LINE_AA)
    outline = cv2.dilate(letters, np.ones((3, 3), np.uint8), iterations=max(1, round(size)))
    for ink, shade in ((outline, 0.0), (letters, 1.0)):
        cover = (ink / np.float32(255))[..., np.newaxis]
        raster_709 = raster_709 + cover * (np.float32(shade) - raster_709)
    return raster_709


def _compress(raster_709: NDArray[np.float32], quality: int) -> NDArray[np.float32]:
    """Return the picture after 8-bit JPEG, as video compression stands in for it."""
    codes = np.rint(np.clip(raster_709, 0, 1) * 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.asarray(unpacked, np.float32)[..., ::-1] / np.float32(255)
