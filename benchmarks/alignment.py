"""How near the alignment comes to known geometry, side by side with other ways to register.

    python benchmarks/alignment.py [--cases 200] [--seed 0] [--folder FOLDER] [--each]

Each case fades a picture to a grainy Source 2048 wide and makes a Reference of 720 x 576 of it:
scaled, turned, shifted, in a little perspective; filling its raster, masked to 1.85 or 2.35 and
letterboxed, or pillarboxed; graded, blurred, noisy, compressed, often with a subtitle. Every tenth
Reference shows another picture or is flipped: there the only right answer is a refusal.

An error is the mean distance, in Source pixels, by which the corners of what both show are put
wrong. A failure is a refusal, or an error above 2 px; wrong and unflagged is the latter alone, and
any answer where there is none. Needs no picture of yours; FOLDER as in `balance/pictures.py`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent / "balance"))

from pictures import pictures

from chromaresolve.alignment.registration import register
from chromaresolve.errors import StageError
from chromaresolve.fade import (
    EXTREME,
    MILD,
    MODERATE,
    SEVERE,
    Fading,
    Telecine,
    fade_frame,
    make_reference,
)
from chromaresolve.structure import rgb_to_tone

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

Matrix = NDArray[np.float64]
"""(3, 3), from Source pixel centres to Reference pixel centres."""

SOURCE_WIDTH, REFERENCE_SIZE = 2048, (720, 576)
"""The rasters."""

FAR_PX = 2.0
"""Mean corner error from which an answer is wrong, Source pixels."""

NONE_EVERY = 10
"""Every so-manyth case has no right answer."""

TEXT = ("I knew you would come.", "- No. Not today.", "The ship leaves at dawn, they say")
"""Subtitles."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A Source, a Reference, and how they lie on each other."""

    name: str
    source: Picture
    reference: Picture
    truth: Matrix | None
    """None where the Reference does not show the Source's picture upright."""
    shared: NDArray[np.float64]
    """Corners of what both show, (4, 2), Source pixels."""


def make_case(seed: int, shown: dict[str, Picture]) -> Case:
    """Make one case; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    names = sorted(shown)
    name = names[int(rng.integers(len(names)))]
    fresh = shown[name]
    height = round(SOURCE_WIDTH * fresh.shape[0] / fresh.shape[1])
    wide = cv2.resize(fresh, (SOURCE_WIDTH, height), interpolation=cv2.INTER_CUBIC)
    source, gate = scan(np.clip(np.asarray(wide, np.float32), 0.0, 1.0), rng)
    window, box = frame(rng, width=SOURCE_WIDTH, height=height)
    truth = window @ distortion(rng, width=SOURCE_WIDTH, height=height)
    other = seed % NONE_EVERY == NONE_EVERY - 1
    if other and rng.uniform() < 0.7:
        stranger = shown[
            names[(names.index(name) + 1 + int(rng.integers(len(names) - 1))) % len(names)]
        ]
        reference = telecine(stranger, truth, (SOURCE_WIDTH, height), box, rng)
    else:
        reference = telecine(fresh, truth, (SOURCE_WIDTH, height), box, rng)
        reference = reference[:, ::-1] if other else reference
    return Case(
        name=f"{seed} {name}",
        source=source,
        reference=np.ascontiguousarray(reference),
        truth=None if other else truth,
        shared=shared_corners(truth, box, gate),
    )


def scan(fresh: Picture, rng: np.random.Generator) -> tuple[Picture, NDArray[np.float64]]:
    """Return a faded scan, balanced by a gain for each channel or not, and where its gate is."""
    height, width = fresh.shape[:2]
    step = (MILD, MODERATE, SEVERE, EXTREME)[int(rng.integers(4))]
    fading = Fading(
        retention=step, grain=rng.uniform(0.01, 0.03), bits=10, seed=int(rng.integers(2**31)),
        unevenness=rng.uniform(0, 0.1), scanner_noise=rng.uniform(0, 0.01),
    )  # fmt: skip
    faded = fade_frame(fresh, fading, frame=0)
    if rng.uniform() < 0.5:
        low, high = np.percentile(faded, (0.5, 99.5), axis=(0, 1))
        faded = (faded - low) * (0.9 / (high - low)) + 0.03
    gate = np.array([0.0, 0.0, width, height])
    if rng.uniform() < 0.3:
        edges = rng.uniform(0.005, 0.03, 4) * width
        gate = np.array([edges[0], edges[1], width - edges[2], height - edges[3]])
        faded = 0.015 + (faded - 0.015) * rounded(gate, 0.02 * width, width, height)[..., None]
    return np.asarray(faded, np.float32), gate


def rounded(gate: NDArray[np.float64], radius: float, width: int, height: int) -> Picture:
    """Return 1 inside a gate with round corners, 0 outside, and a soft edge."""
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    across = np.maximum(np.maximum(gate[0] + radius - x, x - gate[2] + radius), 0)
    down = np.maximum(np.maximum(gate[1] + radius - y, y - gate[3] + radius), 0)
    shown = np.clip((radius - np.hypot(across, down)) / 4 + 0.5, 0, 1)
    return np.asarray(shown, dtype=np.float32)


def frame(
    rng: np.random.Generator, *, width: int, height: int
) -> tuple[Matrix, NDArray[np.float64]]:
    """Return how the film lies in the Reference's raster, and the box that is not black there.

    It fills the raster; or it is shown in its aspect, masked to 1.85 or 2.35 or not, on a 4:3 or
    16:9 screen.
    """
    across, down = REFERENCE_SIZE
    kind = rng.uniform()
    if kind < 0.4:
        box = np.array([0.0, 0.0, across, down])
        return fit((0, 0, width, height), box), box
    aspect = width / height
    masked = max(aspect, (aspect, 1.85, 2.35)[int(rng.integers(3))])
    screen = (4 / 3, 16 / 9)[int(rng.integers(2))]
    shown_width, shown_height = min(1.0, masked / screen), min(1.0, screen / masked)
    left, top = across * (1 - shown_width) / 2, down * (1 - shown_height) / 2
    box = np.array([left, top, across - left, down - top])
    rows = height * aspect / masked
    return fit((0, (height - rows) / 2, width, (height + rows) / 2), box), box


def fit(one: tuple[float, ...], other: NDArray[np.float64]) -> Matrix:
    """Return the matrix that takes one box, left top right bottom of its edges, to another."""
    across = (other[2] - other[0]) / (one[2] - one[0])
    down = (other[3] - other[1]) / (one[3] - one[1])
    x, y = other[0] + across * (0.5 - one[0]) - 0.5, other[1] + down * (0.5 - one[1]) - 0.5
    return np.array([[across, 0, x], [0, down, y], [0, 0, 1]], np.float64)


def distortion(rng: np.random.Generator, *, width: int, height: int) -> Matrix:
    """Return up to 3 % of scale, 2 degrees, 40 px, 1 % of squeeze, and a little perspective."""
    scale, squeeze = 1 + rng.uniform(-0.03, 0.03), 1 + rng.uniform(-0.01, 0.01)
    turn = np.radians(rng.uniform(-2, 2))
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    x, y = rng.uniform(-40, 40, 2)
    middle = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    tilt = rng.uniform(-4e-6, 4e-6, 2) * (rng.uniform() < 0.5)
    bent = np.array([[1, 0, 0], [0, 1, 0], [*tilt, 1]])
    turned = np.array([[squeeze * cosine, -sine, x], [squeeze * sine, cosine, y], [0, 0, 1]])
    return np.asarray(middle @ bent @ turned @ np.linalg.inv(middle), dtype=np.float64)


def telecine(
    fresh: Picture,
    truth: Matrix,
    size: tuple[int, int],
    box: NDArray[np.float64],
    rng: np.random.Generator,
) -> Picture:
    """Return the Reference: black outside the box, or outside the film if that moves in it."""
    to_fresh = fit((0, 0, *size), np.array([0.0, 0.0, fresh.shape[1], fresh.shape[0]]))
    taken = cv2.warpPerspective(
        fresh, to_fresh @ np.linalg.inv(truth), REFERENCE_SIZE,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    x, y = np.arange(REFERENCE_SIZE[0]), np.arange(REFERENCE_SIZE[1])[:, None]
    inside = (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])
    how = Telecine(
        size=REFERENCE_SIZE,
        gains=tuple(rng.uniform(0.9, 1.1, 3)),
        gamma=rng.uniform(0.8, 1.3),
        saturation=rng.uniform(0.6, 1.2),
        blur=rng.uniform(0.4, 1.3),
        chroma_blur=rng.uniform(0.5, 2.0),
        subtitle=TEXT[int(rng.integers(len(TEXT)))] if rng.uniform() < 0.4 else None,
        noise=rng.uniform(0, 0.02),
        jpeg_quality=int(rng.integers(50, 92)),
        seed=int(rng.integers(2**31)),
    )
    lifted = rng.uniform(0.0, 0.06)
    shown = np.where(inside[..., None], lifted + (1 - lifted) * np.clip(taken, 0, 1), lifted)
    return make_reference(shown.astype(np.float32), how, frame=0)


def shared_corners(
    truth: Matrix, box: NDArray[np.float64], gate: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the corners of the box in the Source, drawn into its gate."""
    left, top, right, bottom = box - 0.5
    corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]])
    back = apply(np.linalg.inv(truth), corners.astype(np.float64))
    return np.asarray(np.clip(back, gate[:2], gate[2:] - 1), np.float64)


def apply(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take points, (count, 2), through a matrix."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float64)


def error_of(case: Case, found: Matrix) -> float:
    """Return the mean distance by which the shared corners are put wrong, Source pixels."""
    if case.truth is None:
        return np.inf
    back = apply(np.linalg.inv(case.truth) @ found, case.shared)
    return float(np.linalg.norm(back - case.shared, axis=1).mean())


def ours(source: Picture, reference: Picture) -> Matrix | None:
    """Register as `chromaresolve align` does."""
    try:
        return register(reference, source).matrix
    except StageError:
        return None


def _plain(rgb: Picture) -> tuple[Picture, Matrix]:
    """Return a tone 960 wide, and the matrix from its pixels to the picture's."""
    height, width = rgb.shape[:2]
    across, down = 960, round(960 * height / width)
    how = cv2.INTER_AREA if width > across else cv2.INTER_CUBIC
    small = cv2.resize(rgb_to_tone(rgb), (across, down), interpolation=how)
    box = np.array([0.0, 0.0, width, height])
    return np.asarray(small, np.float32), fit((0, 0, across, down), box)


def _both(source: Picture, reference: Picture) -> tuple[Picture, Picture, Matrix, Matrix]:
    """Return both tones on the Source's small raster, and the matrices to both rasters."""
    one, to_source = _plain(source)
    other = cv2.resize(rgb_to_tone(reference), one.shape[::-1], interpolation=cv2.INTER_CUBIC)
    box = np.array([0.0, 0.0, reference.shape[1], reference.shape[0]])
    to_reference = fit((0, 0, one.shape[1], one.shape[0]), box)
    return one, np.asarray(other, np.float32), to_source, to_reference


def ecc(source: Picture, reference: Picture) -> Matrix | None:
    """Refine the identity by OpenCV's ECC over four rasters, each twice as fine."""
    one, other, to_source, to_reference = _both(source, reference)
    matrix = np.eye(3)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-5)
    for share in (8, 4, 2, 1):
        size = (one.shape[1] // share, one.shape[0] // share)
        small, wanted = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (one, other))
        level = fit((0, 0, one.shape[1], one.shape[0]), np.array([0.0, 0.0, *size]))
        start = (level @ matrix @ np.linalg.inv(level)).astype(np.float32)
        try:
            _, found = cv2.findTransformECC(
                small, wanted, start / start[2, 2], cv2.MOTION_HOMOGRAPHY, criteria,
                np.ones(small.shape, np.uint8), 1,
            )  # fmt: skip
        except cv2.error:
            return None
        matrix = np.linalg.inv(level) @ found.astype(np.float64) @ level
    return to_reference @ matrix @ np.linalg.inv(to_source)


def sift(method: int) -> Callable[[Picture, Picture], Matrix | None]:
    """Return SIFT with a robust fit."""

    def find(source: Picture, reference: Picture) -> Matrix | None:
        one, other, to_source, to_reference = _both(source, reference)
        even = cv2.createCLAHE(3.0, (8, 8))
        seen = []
        for tone in (one, other):
            low, high = np.percentile(tone, (0.5, 99.5))
            codes = np.clip((tone - low) * 255 / max(high - low, 1e-4), 0, 255).astype(np.uint8)
            seen.append(cv2.SIFT.create(3000).detectAndCompute(even.apply(codes), None))
        (points, looks), (others, other_looks) = seen
        if looks is None or other_looks is None or min(len(looks), len(other_looks)) < 10:
            return None
        pairs = cv2.BFMatcher().knnMatch(looks, other_looks, k=2)
        clear = [best for best, second in pairs if best.distance < 0.8 * second.distance]
        if len(clear) < 10:
            return None
        here = np.array([points[m.queryIdx].pt for m in clear], np.float32)
        there = np.array([others[m.trainIdx].pt for m in clear], np.float32)
        cv2.setRNGSeed(0)
        matrix, inliers = cv2.findHomography(
            here, there, method=method, ransacReprojThreshold=2.0, maxIters=5000, confidence=0.9999
        )
        if matrix is None or inliers.sum() < 10:
            return None
        return to_reference @ matrix @ np.linalg.inv(to_source)

    return find


def kornia_registrator() -> Callable[[Picture, Picture], Matrix | None] | None:
    """Return kornia's ImageRegistrator on the small tones, None where it is not installed."""
    try:
        import torch
        from kornia.geometry.transform import ImageRegistrator
    except ImportError:
        return None

    def find(source: Picture, reference: Picture) -> Matrix | None:
        one, other, to_source, to_reference = _both(source, reference)
        registrator = ImageRegistrator("homography", num_iterations=100)
        planes = [torch.from_numpy(tone)[None, None] for tone in (one, other)]
        with torch.enable_grad():
            model = registrator.register(planes[0], planes[1]).detach().numpy()[0]
        # kornia's matrices take -1..1 of one raster's outermost pixel centres to the other's.
        height, width = one.shape
        unit = np.array([[2 / (width - 1), 0, -1], [0, 2 / (height - 1), -1], [0, 0, 1]])
        matrix = np.linalg.inv(unit) @ np.linalg.inv(model.astype(np.float64)) @ unit
        return np.asarray(to_reference @ matrix @ np.linalg.inv(to_source), np.float64)

    return find


def rivals() -> dict[str, Callable[[Picture, Picture], Matrix | None]]:
    """Return every way to register, by its name."""
    ways: dict[str, Callable[[Picture, Picture], Matrix | None]] = {
        "ChromaResolve": ours,
        "OpenCV ECC alone": ecc,
        "SIFT + RANSAC": sift(cv2.RANSAC),
        "SIFT + MAGSAC": sift(cv2.USAC_MAGSAC),
    }
    kornia = kornia_registrator()
    return ways if kornia is None else {**ways, "kornia ImageRegistrator": kornia}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--each", action="store_true", help="print each case's errors")
    asked = parser.parse_args()
    shown = pictures(asked.folder)
    ways = rivals()
    errors: dict[str, list[float]] = {name: [] for name in ways}
    wrong = dict.fromkeys(ways, 0)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for seed in range(asked.seed, asked.seed + asked.cases):
        case = make_case(seed, shown)
        row = []
        for name, way in ways.items():
            began = time.perf_counter()
            found = way(case.source, case.reference)
            seconds[name].append(time.perf_counter() - began)
            error = np.inf if found is None else error_of(case, found)
            wrong[name] += found is not None and error > FAR_PX
            if case.truth is not None:
                errors[name].append(error)
            row.append("refused" if found is None else f"{error:.3f}")
        if asked.each:
            print(f"{case.name:24}", "  ".join(f"{one:>8}" for one in row), flush=True)
    print(f"{asked.cases} cases, corner error in pixels of a Source {SOURCE_WIDTH} wide")
    print(f"{'':24}{'median':>8}{'95 %':>8}{'failed':>8}{'wrong, unflagged':>18}{'seconds':>9}")
    for name, known in errors.items():
        middle, high = np.percentile(known, (50, 95), method="higher")
        failed = sum(error > FAR_PX for error in known)
        print(
            f"{name:24}{middle:8.3f}{high:8.3f}{failed:8}{wrong[name]:18}"
            f"{np.median(seconds[name]):9.2f}"
        )


if __name__ == "__main__":
    main()
