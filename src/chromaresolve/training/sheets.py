"""Contact sheets of a training: what the network makes of the same crops, step after step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from chromaresolve.frames import Rgb, write_picture
from chromaresolve.scopes import SURROUND, Words, draw_words, wrap_words

CELL = 320
"""Widest a picture is shown, in pixels: four beside each other fit most screens, and a sheet costs
a core less than half a second."""

NARROWEST = 128
"""Narrowest column, in pixels: its name has to fit above."""

GAP = 16
"""Pixels between pictures and around the sheet."""

LINE = 22
"""Pixels from one line of words to the next."""

LETTERS = 13
"""Height of the letters, in pixels."""

LIFT = 7
"""Pixels between words and the picture or the gap below them: room for a g."""

WORDS_709 = 3 * (0.65,)
"""Grey of the words, display values: legible, and not the brightest thing in view."""

DIFFERENCE_GAIN = 8
"""How much the difference to the truth is amplified: 8 code values of 255 show as 64."""

SPARSER = 10
"""From ten intervals on, sheets lie a tenth of the steps done apart: learning slows down."""

SheetRow: TypeAlias = tuple[str, Mapping[str, Rgb]]
"""What the crop is, and its pictures by the name of their column, display values."""


def sheet_row(name: str, *, plate_709: Rgb, truth_709: Rgb, recovered_709: Rgb) -> SheetRow:
    """Return a crop's row: plate, ground truth, recovered and their difference, amplified."""
    difference = np.abs(recovered_709 - truth_709) * np.float32(DIFFERENCE_GAIN)
    return name, {
        "plate": plate_709,
        "ground truth": truth_709,
        "recovered": recovered_709,
        f"difference x {DIFFERENCE_GAIN}": difference,
    }


def write_contact_sheet(path: Path, rows: Sequence[SheetRow], *, title: str) -> Rgb:
    """Write a PNG of rows of pictures under the names of their columns, and return what is on it.

    Raises:
        FrameError: A picture is not finite, or the file cannot be written.
        ValueError: There is no row, or one has other columns than the first.
    """
    if not rows:
        raise ValueError("a contact sheet needs a row")
    columns = list(rows[0][1])
    if any(set(pictures) != set(columns) for _, pictures in rows):
        raise ValueError(f"every row of a contact sheet needs the columns {columns}")
    cells = [[_shrink(pictures[column]) for column in columns] for _, pictures in rows]
    column_width = max(NARROWEST, *(cell.shape[1] for row in cells for cell in row)) + GAP
    lefts = [GAP + place * column_width for place in range(len(columns))]
    tops = [GAP + 2 * LINE]
    for row in cells:
        tops.append(tops[-1] + max(map(len, row)) + LINE + GAP)
    width = lefts[-1] + column_width
    words = _words(title, x=GAP, baseline=GAP + LETTERS, width=width - 2 * GAP)
    for left, column in zip(lefts, columns, strict=True):
        words += _words(column, x=left, baseline=tops[0] - LIFT, width=column_width - GAP)
    for (name, _), below in zip(rows, tops[1:], strict=True):
        words += _words(name, x=GAP, baseline=below - GAP - LIFT, width=width - 2 * GAP)
    sheet = draw_words(np.full((tops[-1], width, 3), SURROUND, np.float32), words)
    for row, top in zip(cells, tops[:-1], strict=True):
        for cell, left in zip(row, lefts, strict=True):
            sheet[top : top + len(cell), left : left + cell.shape[1]] = cell
    write_picture(path, sheet)
    return sheet


def sheet_steps(interval: int = 100) -> Iterator[int]:
    """Yield, without end, the steps that get a sheet: at first every interval, then sparser."""
    if interval < 1:
        raise ValueError(f"contact sheets every {interval} steps: 1 is the least")
    step = interval
    while True:
        yield step
        # Rounded up to whole intervals, so that sheets of several trainings lie side by side.
        step += interval * -(-step // (SPARSER * interval))


def is_sheet_step(step: int, steps: int, interval: int = 100) -> bool:
    """Say whether a training of so many steps writes a sheet after this one; interval 0: never."""
    if interval == 0 or step == 0:
        return False
    if step == steps:
        return True
    return step % interval == 0 and step in takewhile(
        lambda candidate: candidate <= step, sheet_steps(interval)
    )


def _shrink(picture_709: Rgb) -> Rgb:
    """Return a picture no wider than a cell; one that fits stays pixel for pixel."""
    height, width = picture_709.shape[:2]
    if width <= CELL:
        return picture_709
    size = (CELL, max(1, round(height * CELL / width)))
    return np.asarray(cv2.resize(picture_709, size, interpolation=cv2.INTER_AREA), np.float32)


def _words(text: str, *, x: int, baseline: int, width: int) -> list[Words]:
    """Return as much of a text as fits on one line."""
    return [
        Words(text=line, x=x, baseline=baseline, height_px=LETTERS, colour=WORDS_709)
        for line in wrap_words(text, width=width, height_px=LETTERS)[:1]
    ]
