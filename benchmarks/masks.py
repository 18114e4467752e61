"""How well trust finds what only one of a pair shows, and what it costs elsewhere.

    python benchmarks/masks.py [--cases 10] [--seed 0] [--folder FOLDER] [--width 1280]
                               [--sheets DIRECTORY]

Each case fades a picture to a grainy Source, makes a Reference of 720 x 576 of it (graded, soft,
noisy, compressed, up to 0.3 px off), and puts one kind of mark on one of the two: a subtitle, a
logo, dirt, a hair, something that stands before the picture, or none. Cases share pictures and
fades between the kinds.

A pixel is untrusted where trust is under 1/2. `marked` is the share of the mark's pixels that are
untrusted, `seen` the same of those that it changes by 0.1 or more of a display value: white dirt in
a white sky teaches nothing wrong. `lost` is the share of all other pixels that are untrusted, `far`
what is lost farther than 2 % of the width from the mark; `worst` the case that does worst. The ten
outermost pixels do not count: trust draws back from the Reference's edge.
Needs no picture of yours; FOLDER as in `balance/pictures.py`; `--sheets` writes what was seen.
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

from chromaresolve.alignment.trust import trust_mask
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

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

Cover = NDArray[np.float32]
"""(height, width), 0..1: how much of each pixel a mark covers."""

Brush = Callable[[np.random.Generator, int, int], Cover]
"""Draws a mark on a raster of so many pixels across and down."""

REFERENCE_SIZE = (720, 576)
"""Raster of the Reference."""

EDGE_PX, COUNTED_PX = 3, 10
"""Pixels at each edge that the Reference, which is a little off, does not cover; and that do not
count, as trust draws back from them."""

SEEN = 0.1
"""Display values by which a mark that is seen changes a channel."""

TEXT = ("I knew you would come.", "- No. Not today.", "The ship leaves at dawn, they say")
"""Subtitles."""

FAR = 0.02
"""Share of the width beyond which a pixel is far from a mark."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A pair that lies on each other, and what only one of the two shows."""

    source: Picture
    reference: Picture
    mark: NDArray[np.bool_]
    seen: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What trust makes of a case."""

    marked: float
    """Share of the mark's pixels that are untrusted; not a number without a mark."""
    seen: float
    """The same of those that it visibly changes."""
    lost: float
    """Share of all other pixels that are untrusted."""
    far: float
    """The same, far from the mark."""
    seconds: float
    """How long it took."""


def subtitle(rng: np.random.Generator, width: int, height: int) -> Cover:
    """Draw one or two lines of letters in the lower third."""
    cover = np.zeros((height, width), np.uint8)
    size, thick = rng.uniform(0.0012, 0.0020) * width, max(2, round(width / 640))
    for line in range(int(rng.integers(1, 3))):
        text = TEXT[int(rng.integers(len(TEXT)))]
        (across, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
        size = min(size, size * 0.9 * width / across)
        (across, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
        place = (round((width - across) / 2), round(height * (0.93 - 0.09 * line)))
        cv2.putText(cover, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (255,), thick, cv2.LINE_AA)
    heavy = int(rng.integers(1, 4))
    return cv2.dilate(cover, np.ones((heavy, heavy), np.uint8)) / np.float32(255)


def logo(rng: np.random.Generator, width: int, height: int) -> Cover:
    """Draw a ring and a letter in a corner, as a station does."""
    cover = np.zeros((height, width), np.uint8)
    radius = round(rng.uniform(0.02, 0.035) * width)
    x = round((0.08 if rng.uniform() < 0.5 else 0.92) * width)
    y = round((0.12 if rng.uniform() < 0.8 else 0.88) * height)
    cv2.circle(cover, (x, y), radius, (255,), max(2, radius // 5), cv2.LINE_AA)
    cv2.putText(
        cover, "R", (x - radius // 2, y + radius // 2), cv2.FONT_HERSHEY_SIMPLEX, radius / 24,
        (255,), max(2, radius // 8), cv2.LINE_AA,
    )  # fmt: skip
    return cover / np.float32(255)


def dirt(rng: np.random.Generator, width: int, height: int) -> Cover:
    """Draw a dozen ragged specks."""
    cover = np.zeros((height, width), np.float32)
    for _ in range(12):
        radius = rng.uniform(0.002, 0.008) * width
        angles = np.linspace(0, 2 * np.pi, 9)[:-1]
        reach = radius * rng.uniform(0.5, 1.2, len(angles))
        middle = rng.uniform((0, 0), (width, height))
        corners = middle + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
        cv2.fillPoly(cover, [np.rint(corners).astype(np.int32)], 1.0)
    return _soft(cover)


def hair(rng: np.random.Generator, width: int, height: int) -> Cover:
    """Draw a hair that sticks in the gate."""
    cover = np.zeros((height, width), np.uint8)
    along = np.linspace(0, 1, 40)
    start, turn = rng.uniform((0.1, 0.1), (0.9, 0.6)) * (width, height), rng.uniform(0, 6)
    angles = turn + rng.uniform(-4, 4) * along + rng.uniform(-1, 1) * along**2
    steps = np.column_stack([np.cos(angles), np.sin(angles)]) * 0.25 * width / 40
    points = np.rint(start + np.cumsum(steps, axis=0)).astype(np.int32)
    cv2.polylines(cover, [points], False, (255,), max(2, round(0.002 * width)), cv2.LINE_AA)
    return _soft(cover / np.float32(255))


def occluder(rng: np.random.Generator, width: int, height: int) -> Cover:
    """Draw a large ragged shape."""
    cover = np.zeros((height, width), np.float32)
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    reach = rng.uniform(0.06, 0.12) * width * rng.uniform(0.7, 1.1, len(angles))
    middle = rng.uniform((0.2, 0.2), (0.8, 0.8)) * (width, height)
    corners = middle + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
    cv2.fillPoly(cover, [np.rint(corners).astype(np.int32)], 1.0)
    return _soft(cover)


def nothing(rng: np.random.Generator, width: int, height: int) -> Cover:
    """Draw nothing."""
    del rng
    return np.zeros((height, width), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of mark."""

    draw: Brush
    shade: tuple[float, float, float] = (0.95, 0.95, 0.95)
    """Display values of it."""
    outline: float = 0.0
    """Width of a black outline, as a share of the picture's width."""
    strength: float = 1.0
    """How much it hides of what is behind it."""
    on_source: bool = False
    """Whether the Source has it instead."""


KINDS = {
    "none": Kind(draw=nothing),
    "subtitle, white, outlined": Kind(draw=subtitle, outline=0.0016),
    "subtitle, white": Kind(draw=subtitle),
    "subtitle, yellow": Kind(draw=subtitle, shade=(0.9, 0.85, 0.15), outline=0.001),
    "subtitle, grey": Kind(draw=subtitle, shade=(0.7, 0.7, 0.7)),
    "logo, half seen through": Kind(draw=logo, strength=0.6),
    "dirt, Source, white": Kind(draw=dirt, on_source=True),
    "dirt, Source, black": Kind(draw=dirt, shade=(0.02, 0.02, 0.02), on_source=True),
    "hair, Source, black": Kind(draw=hair, shade=(0.03, 0.03, 0.03), on_source=True),
    "hair, Reference, black": Kind(draw=hair, shade=(0.03, 0.03, 0.03)),
    "occluder, Reference": Kind(draw=occluder, shade=(0.35, 0.12, 0.45)),
    "occluder, Reference, grey": Kind(draw=occluder, shade=(0.45, 0.45, 0.45)),
}
"""What is drawn, by its name."""


def make_case(seed: int, kind: Kind, shown: dict[str, Picture], width: int) -> Case:
    """Make one case; the same seed gives the same, and the same pair but for its mark."""
    rng = np.random.default_rng(seed)
    name = sorted(shown)[int(rng.integers(len(shown)))]
    height = round(width * shown[name].shape[0] / shown[name].shape[1])
    fresh = cv2.resize(shown[name], (width, height), interpolation=cv2.INTER_CUBIC)
    fresh = np.clip(np.asarray(fresh, np.float32), 0, 1)
    source = scan(fresh, rng)
    machine = Telecine(
        size=REFERENCE_SIZE,
        shift_px=tuple(rng.uniform(-0.3, 0.3, 2)),
        gains=tuple(rng.uniform(0.9, 1.1, 3)),
        gamma=rng.uniform(0.8, 1.3),
        saturation=rng.uniform(0.6, 1.2),
        blur=rng.uniform(0.4, 1.3),
        chroma_blur=rng.uniform(0.5, 2.0),
        noise=rng.uniform(0, 0.02),
        jpeg_quality=int(rng.integers(50, 92)),
        seed=int(rng.integers(2**31)),
    )
    cover = kind.draw(rng, width, height)
    if kind.on_source:
        marked = put(source, cover, kind.shade, kind.strength)
        changed, source = marked - source, marked
    else:
        outline = round(kind.outline * width)
        around = cv2.dilate(cover, np.ones((2 * outline + 1, 2 * outline + 1), np.uint8))
        marked = put(fresh, around, (0.0, 0.0, 0.0), float(outline > 0))
        marked = put(marked, cover, kind.shade, kind.strength)
        changed, fresh, cover = marked - fresh, marked, around
    reference = make_reference(fresh, machine, frame=0)
    mark = cover > 0.5
    seen = mark & (np.abs(changed).max(axis=2) >= SEEN)
    return Case(source=source, reference=reference, mark=mark, seen=seen)


def scan(fresh: Picture, rng: np.random.Generator) -> Picture:
    """Return a faded scan, balanced by a gain for each channel or not."""
    step = (MILD, MODERATE, SEVERE, EXTREME)[int(rng.integers(4))]
    fading = Fading(
        retention=step, grain=rng.uniform(0.01, 0.03), bits=10, seed=int(rng.integers(2**31)),
        unevenness=rng.uniform(0, 0.1), scanner_noise=rng.uniform(0, 0.01),
    )  # fmt: skip
    faded = fade_frame(fresh, fading, frame=0)
    if rng.uniform() < 0.5:
        low, high = np.percentile(faded, (0.5, 99.5), axis=(0, 1))
        faded = (faded - low) * (0.9 / (high - low)) + 0.03
    return np.asarray(faded, np.float32)


def put(picture: Picture, cover: Cover, shade: tuple[float, ...], strength: float) -> Picture:
    """Return the picture with a mark on it."""
    amount = np.float32(strength) * cover[..., None]
    return picture + amount * (np.array(shade, np.float32) - picture)


def _soft(cover: Cover) -> Cover:
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.8), np.float32)


def judge(case: Case) -> tuple[Found, NDArray[np.float32]]:
    """Return what trust makes of a case, and the trust."""
    began = time.perf_counter()
    inside = np.zeros(case.mark.shape, np.bool_)
    inside[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX] = True
    counted = np.zeros_like(inside)
    counted[COUNTED_PX:-COUNTED_PX, COUNTED_PX:-COUNTED_PX] = True
    trust = trust_mask(case.source, case.reference, inside)
    seconds = time.perf_counter() - began
    untrusted = trust < 0.5
    reach = 2 * round(FAR * case.mark.shape[1]) + 1
    near = cv2.dilate(case.mark.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    found = Found(
        marked=float(untrusted[case.mark].mean()) if case.mark.any() else np.nan,
        seen=float(untrusted[case.seen].mean()) if case.seen.any() else np.nan,
        lost=float(untrusted[counted & ~case.mark].mean()),
        far=float(untrusted[counted & ~near].mean()),
        seconds=seconds,
    )
    return found, trust


def write_sheet(path: Path, case: Case, trust: NDArray[np.float32]) -> None:
    """Write Source and Reference, the trusted part of the Source, and the mark in red on trust."""
    overlay = np.repeat(trust[..., None], 3, axis=2)
    overlay[case.mark] = 0.5 * overlay[case.mark] + (0.5, 0, 0)
    rows = [[case.source, case.reference], [case.reference * trust[..., None], overlay]]
    sheet = np.vstack([np.hstack(row) for row in rows])
    codes = np.rint(255 * np.clip(sheet[..., ::-1], 0, 1)).astype(np.uint8)
    cv2.imwrite(str(path), cv2.resize(codes, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))


def print_row(name: str, found: list[Found]) -> None:
    """Print one kind's row."""
    columns = []
    for share, worst in (("marked", np.nanmin), ("seen", np.nanmin), ("lost", np.nanmax)):
        values = np.array([getattr(one, share) for one in found])
        told = np.isfinite(values).any()
        columns += [np.nanmean(values), worst(values)] if told else [np.nan, np.nan]
    columns.append(np.mean([one.far for one in found]))
    cells = "".join(f"{100 * x:8.2f}" if np.isfinite(x) else f"{'-':>8}" for x in columns)
    print(f"{name:28}{cells}{np.median([one.seconds for one in found]):9.2f}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10, help="of each kind")
    parser.add_argument("--seed", type=int, default=0, help="the first case's")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--width", type=int, default=1280, help="the Source's")
    parser.add_argument("--kind", choices=KINDS, help="one kind only, each case printed")
    parser.add_argument("--sheets", type=Path, help="folder for a PNG of each case")
    asked = parser.parse_args()
    shown = pictures(asked.folder)
    print(f"{asked.cases} cases each, Source {asked.width} wide; shares in percent")
    print(
        f"{'':28}{'marked':>8}{'worst':>8}{'seen':>8}{'worst':>8}{'lost':>8}{'worst':>8}{'far':>8}"
        f"{'seconds':>9}",
    )
    for name, kind in KINDS.items() if asked.kind is None else [(asked.kind, KINDS[asked.kind])]:
        found = []
        for seed in range(asked.seed, asked.seed + asked.cases):
            case = make_case(seed, kind, shown, asked.width)
            one, trust = judge(case)
            found.append(one)
            if asked.kind:
                print_row(f"  {seed}", [one])
            if asked.sheets:
                asked.sheets.mkdir(parents=True, exist_ok=True)
                write_sheet(asked.sheets / f"{name.replace(', ', '_')}_{seed}.png", case, trust)
        print_row(name, found)


if __name__ == "__main__":
    main()
