"""Sources and References whose geometry is known: painted, sampled, faded, graded, compressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chromaresolve.alignment.borders import find_borders
from chromaresolve.alignment.geometry import Bend, raster_to_raster
from chromaresolve.alignment.views import PairViews, view

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

Matrix = NDArray[np.float64]
"""(3, 3), from Source pixel centres to Reference pixel centres."""

FINER = 2.4
"""Pixels of the scene per Source pixel: both pictures are sampled from it, so none is the truth."""


@dataclass(frozen=True)
class Case:
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
) -> Case:
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
    return Case(scan(source, rng), telecine(reference, rng, subtitle=subtitle), truth)


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


@dataclass(frozen=True)
class Take:
    """Pairs of one shot, by frame."""

    pairs: Mapping[int, PairViews]
    truths: Mapping[int, Matrix]


SIZE, REFERENCE_SIZE = (480, 270), (405, 324)
"""Rasters of a take's Sources and References, width first."""


def take(
    seed: int,
    ways: Sequence[Matrix],
    *,
    weave: float = 0.0,
    bends: Sequence[float] = (0.0, 0.0),
) -> Take:
    """Shoot a frame for each of the ways in which a Reference may lie.

    Args:
        seed: Of the scene, the grain and the weave.
        ways: From where the film should be in the Source's raster to the Reference's pixels.
        weave: Deviation of how far each Source's film lies off, right and down, pixels.
        bends: Pixels by which the Reference is bent, across and down.
    """
    rng = np.random.default_rng(seed)
    width, height = SIZE
    picture = scene(rng, width=int(width * FINER), height=int(height * FINER))
    pairs, truths = {}, {}
    for number, way in enumerate(ways):
        pan = 0.15 * width * number / len(ways)
        to_scene = np.array([[2, 0, pan + 0.1 * width], [0, 2, 0.2 * height], [0, 0, 1]])
        off = rng.normal(0, weave, 2) if weave else np.zeros(2)
        woven = np.array([[1, 0, -off[0]], [0, 1, -off[1]], [0, 0, 1]])
        source = sample(picture, to_scene @ woven, SIZE, blur=0.9)
        reference = sample(picture, to_scene @ np.linalg.inv(way), REFERENCE_SIZE, blur=1.1)
        frame = 1001 + 10 * number
        graded = telecine(waved(reference, *bends), rng, subtitle=False)
        pairs[frame] = views(scan(source, rng), graded)
        truths[frame] = way @ woven
    return Take(pairs, truths)


def views(source: Picture, reference: Picture) -> PairViews:
    """Look at a pair."""
    return PairViews(
        source=view(source, find_borders(source).mask, name="Source"),
        reference=view(reference, find_borders(reference).mask, name="Reference"),
    )


def way(seed: int) -> Matrix:
    """Return a way in which a take's Reference may lie."""
    width, height = SIZE
    rng = np.random.default_rng(seed)
    return np.asarray(
        raster_to_raster((height, width), REFERENCE_SIZE[::-1])
        @ geometry(rng, width=width, height=height),
        dtype=np.float64,
    )


def waves(height: int, width: int, across: float, down: float) -> tuple[Picture, Picture]:
    """Return how far right and down a bend takes each pixel: one wave over the picture."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn = np.float32(2 * np.pi)
    return across * np.sin(turn * y / height), down * np.sin(turn * x / width)


def waved(picture: Picture, across: float, down: float) -> Picture:
    """Bend a picture by one wave: what is shown at a place was that far right and down of it."""
    if not (across or down):
        return picture
    height, width = picture.shape[:2]
    right, below = waves(height, width, across, down)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.asarray(cv2.remap(picture, x + right, y + below, cv2.INTER_LINEAR), np.float32)


def bent_errors(
    matrix: Matrix, bend: Bend, truth: Matrix, bends: tuple[float, float]
) -> NDArray[np.float64]:
    """Return by how many Reference pixels places inside a bent picture are put wrong."""
    right, down = bend.shifts(width=SIZE[0], height=SIZE[1])
    y, x = np.mgrid[20 : SIZE[1] - 20 : 10, 20 : SIZE[0] - 20 : 10]
    ones = np.ones(x.size)
    found = matrix @ [(x + right[y, x]).ravel(), (y + down[y, x]).ravel(), ones]
    straight = truth @ [x.ravel(), y.ravel(), ones]
    found, straight = found[:2] / found[2], straight[:2] / straight[2]
    # The Reference shows at a place what was `waves` away from it: so it is looked for before.
    place = straight.copy()
    across, below = waves(324, 405, bends[0], bends[1])
    for _ in range(5):
        row, column = (
            np.clip(np.rint(place[axis]).astype(int), 0, side - 1)
            for axis, side in ((1, 324), (0, 405))
        )
        place = straight - [across[row, column], below[row, column]]
    inside = (place[0] > 5) & (place[0] < 400) & (place[1] > 5) & (place[1] < 319)
    off = (found - place)[:, inside]
    return np.asarray(np.hypot(off[0], off[1]), dtype=np.float64)
