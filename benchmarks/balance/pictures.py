"""Fresh pictures to fade and balance: photographs that libraries bring, and frames painted here.

    python benchmarks/balance/pictures.py SHEET.png [--folder FOLDER]

writes a contact sheet of all of them. Each picture is as wide as `WIDTH` or less, display-encoded
Rec.709 2.4. FOLDER may hold film frames and CopyCat contact sheets: see `film_pictures`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from brushes import WIDTH, Picture, shoot
from numpy.typing import NDArray
from paintings import SCENES

from chromaresolve.demo.scene import draw_scene

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
"""Pictures in scikit-image's wheel, by the name of the function that reads them."""

GATE = (0.014, 0.988, 0.024, 0.996)
"""Top, bottom, left, right of the film frames' picture, as shares: the gate is no film."""

TRUTH_COLUMN = slice(512, 1024)
"""Where a CopyCat contact sheet has its ground truth."""


def pictures(folder: Path | None = None) -> dict[str, Picture]:
    """Return every picture by its name; those of the folder if one is given.

    Photographs that are not installed are left out.
    """
    found = {**dict(photographs()), **painted_pictures()}
    return found if folder is None else {**found, **dict(film_pictures(folder))}


def photographs() -> Iterator[tuple[str, Picture]]:
    """Give the photographs in scikit-image's and scikit-learn's wheels, where installed."""
    try:
        from skimage import data
        from skimage.io import imread
    except ImportError:
        pass
    else:
        yield from ((name, _shrink(getattr(data, name)())) for name in PHOTOGRAPHS)
        motorcycle = Path(data.__file__).parent / "motorcycle_left.png"
        yield "motorcycle", _shrink(imread(motorcycle))
    try:
        from sklearn.datasets import load_sample_image
    except ImportError:
        return
    yield from ((name, _shrink(load_sample_image(f"{name}.jpg"))) for name in ("china", "flower"))


def film_pictures(folder: Path) -> Iterator[tuple[str, Picture]]:
    """Give real frames: `film_frames/*.png` in good colour, and `copycat_sheets/*.png`.

    A sheet has three rows of 512 x 512 crops of one shot; of each the ground truth is taken, and
    the three are laid side by side, as one picture of that shot.
    """
    for path in sorted((folder / "film_frames").glob("*.png")):
        whole = read_codes(path)
        height, width = whole.shape[:2]
        top, bottom, left, right = GATE
        rows = slice(round(top * height), round(bottom * height))
        yield path.stem, _shrink(whole[rows, round(left * width) : round(right * width)])
    for path in sorted((folder / "copycat_sheets").glob("*.png")):
        crops = np.vsplit(read_codes(path)[:, TRUTH_COLUMN], 3)
        yield path.stem, _shrink(np.hstack(crops))


def painted_pictures() -> dict[str, Picture]:
    """Return the frames painted from nothing, as a film's shots would follow each other."""
    height = WIDTH * 9 // 16
    fair = {f"fair_{n}": draw_scene(n, width=WIDTH, height=height) for n in (0, 23)}
    return {**fair, **{name: shoot(paint) for name, paint in SCENES.items()}}


def read_codes(path: Path) -> NDArray[np.uint8]:
    """Return a picture's 8-bit display values, (height, width, 3)."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)[..., ::-1]


def _shrink(codes: NDArray[np.uint8]) -> Picture:
    """Return an 8-bit picture as display values, no wider than `WIDTH`."""
    height, width = codes.shape[:2]
    picture = np.asarray(codes[..., :3] / np.float32(255), np.float32)
    if width <= WIDTH:
        return picture
    size = (WIDTH, round(height * WIDTH / width))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def write_sheet(path: Path, shown: dict[str, Picture], *, across: int = 4, wide: int = 384) -> None:
    """Write a contact sheet with names."""
    tall = wide * 2 // 3
    cells = []
    for name, picture in shown.items():
        height, width = picture.shape[:2]
        scale = min(wide / width, tall / height)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cell = np.zeros((tall + 20, wide, 3), np.uint8)
        cell[: small.shape[0], : small.shape[1]] = np.rint(255 * small[..., ::-1])
        place = (4, tall + 15)
        cv2.putText(cell, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        cells.append(cell)
    cells += [np.zeros_like(cells[0])] * (-len(cells) % across)
    rows = [np.hstack(cells[i : i + across]) for i in range(0, len(cells), across)]
    cv2.imwrite(str(path), np.vstack(rows))


def main() -> None:
    """Write the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    write_sheet(asked.sheet, pictures(asked.folder))


if __name__ == "__main__":
    main()
