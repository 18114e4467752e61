"""The whole way from two sequences to a teaching set on real film frames, to be judged by eye.

    python benchmarks/film_frames.py FOLDER OUT [--frames 12]

FOLDER holds frames in good colour, as `balance/pictures.py` says. Of each a shot is made: the
camera drifts over it for some frames, a severe fade and grain make the Source (2048 wide), a PAL
telecine the Reference: scaled, turned, shifted, graded, soft, noisy, JPEG, subtitled, one frame
early. Then `check`, `pairs` and `align` run without a setting. OUT has a folder for each shot with
everything that they wrote, and `sheet.png`: Source, Reference as it came, Reference as it lies,
trust.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent / "balance"))

from pictures import film_pictures

from chromaresolve.fade import SEVERE, Fading, Telecine, fade_frame, make_reference
from chromaresolve.frames import frame_path, read_frame, read_rgb, write_picture, write_rgb
from chromaresolve.shot import Shot
from chromaresolve.turnover import accept

Picture = NDArray[np.float32]
"""(height, width, 3), display-encoded Rec.709 2.4."""

SCAN, REFERENCE = "plates/FILM_SOURCE_####.exr", "plates/FILM_REF_####.exr"
"""The two sequences."""

WIDTH = 2048
"""Of the Source."""

EARLY = 1
"""Frames by which the Reference is early."""

TELECINE = Telecine(
    size=(720, 576),
    shift_px=(11.0, -7.0),
    scale=1.021,
    rotation_deg=0.6,
    gains=(1.04, 1.0, 0.95),
    gamma=1.12,
    saturation=0.9,
    blur=0.7,
    chroma_blur=1.2,
    subtitle="The ship leaves at dawn.",
    noise=0.008,
    jpeg_quality=80,
)
"""The Reference's making."""


def make_shot(picture: Picture, folder: Path, frames: int) -> Shot:
    """Write the sequences of a shot and its manifest."""
    height = round(WIDTH * picture.shape[0] / picture.shape[1]) // 2 * 2
    for frame in range(1, frames + 1):
        zoom = WIDTH * 1.06 / picture.shape[1]
        drift = 0.05 * WIDTH * (frame - 1) / max(1, frames - 1)
        matrix = np.array([[zoom, 0, -drift], [0, zoom, -drift / 2]])
        moved = cv2.warpAffine(picture, matrix, (WIDTH, height), flags=cv2.INTER_CUBIC)
        fresh = np.asarray(np.clip(moved, 0, 1), np.float32)
        faded = fade_frame(fresh, Fading(retention=SEVERE, grain=0.02, bits=10), frame=frame)
        write_rgb(frame_path(SCAN, frame, folder), faded, frame_rate=Fraction(24))
        copy = make_reference(fresh, TELECINE, frame=frame)
        write_rgb(frame_path(REFERENCE, frame - EARLY, folder), copy, frame_rate=Fraction(24))
    return accept(
        folder, scan=SCAN, reference=REFERENCE, balanced=None, master=None, branch="chroma",
        frame_rate="24", frames=None, film=folder.name,
    )  # fmt: skip


def sheet_of(shot: Shot) -> Picture:
    """Return a row for each pair: Source, Reference, Reference as it lies, trust."""
    rows = []
    for pair in shot.pair:
        source = read_rgb(frame_path(SCAN, pair.source, shot.root))
        laid = read_frame(shot.path(f"alignment/reference_{pair.source:04d}.exr"))
        trust = np.repeat(laid.others["A"].astype(np.float32)[..., None], 3, axis=2)
        reference = read_rgb(frame_path(REFERENCE, pair.reference, shot.root))
        size = (480, round(480 * source.shape[0] / source.shape[1]))
        cells = (source, reference, laid.rgb, trust)
        rows.append(np.hstack([cv2.resize(c, size, interpolation=cv2.INTER_AREA) for c in cells]))
    return np.vstack(rows)


def main() -> None:
    """Make, run, and show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", type=int, default=12)
    asked = parser.parse_args()
    for name, picture in film_pictures(asked.folder):
        root = asked.out / name
        make_shot(picture, root, asked.frames)
        for stage in ("check", "pairs", "align"):
            print(f"{name}: {stage}", flush=True)
            command = [sys.executable, "-m", "chromaresolve", stage, str(root)]
            subprocess.run(command, check=False)  # noqa: S603
        shot = Shot.load(root)
        if shot.pair and "alignment" in shot.made:
            write_picture(root / "sheet.png", sheet_of(shot))


if __name__ == "__main__":
    main()
