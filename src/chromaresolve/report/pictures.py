"""Contact sheets and difference maps, on the dark neutral grey of a grading room."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from chromaresolve.alignment.geometry import fit_raster
from chromaresolve.frames import Rgb, write_picture

SURROUND = 38 / 255
"""The sheet's grey, a display value: neutral, dark enough not to wash out a dark picture and light
enough that a black border of the frame still shows."""

CAPTION = 166 / 255
"""Grey of the captions: legible on the surround, and not the brightest thing in view."""

LABEL = 217 / 255
"""Grey of the rows' labels."""

SHEET_WIDTH = 1920
"""A sheet is as wide as an HD screen, in pixels, unless its pictures are small."""

SMALLEST_CELL = 240
"""A picture is never narrower, in pixels: its caption has to fit below."""

GAP = 16
"""Pixels between pictures and around the sheet."""

LABEL_HEIGHT = 40
"""Pixels above each row for its label, which stands at their lower end, near its own row."""

LABEL_ABOVE = 13
"""From the middle of a label to its pictures, in pixels."""

CAPTION_HEIGHT = 22
"""Pixels below each picture for its caption."""

CAPTION_PX = 13
"""Height of the captions' letters."""

LETTER_PX = 7
"""Mean width of a caption's letters: 0.54 of their height in the sans serif used."""

DPI = 64
"""A power of two, so that a figure of so many inches has exactly the pixels asked for."""

DIFFERENCE_GAIN = 8.0
"""How much a colour difference is amplified: 8 code values of 255 show as 64."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One row of a contact sheet."""

    label: str
    """What the row is."""
    cells: tuple[tuple[str, Rgb], ...]
    """From left to right: a caption, and display values (height, width, 3)."""


def contact_sheet(rows: Sequence[Row], path: Path) -> None:
    """Write a PNG of labelled rows of captioned pictures, the columns below one another.

    Raises:
        FrameError: A picture is not finite, or the file cannot be written.
    """
    if not any(row.cells for row in rows):
        raise ValueError("a contact sheet needs a picture")
    rows = shrink(rows)
    width = max(rgb.shape[1] for row in rows for _, rgb in row.cells)
    heights = [max((len(rgb) for _, rgb in row.cells), default=0) for row in rows]
    tops = _tops(heights)
    sheet = _surround(
        height=tops[-1] + heights[-1] + CAPTION_HEIGHT + GAP,
        width=_left(max(len(row.cells) for row in rows), width),
        texts=list(_texts(rows, width, tops, heights)),
    )
    for row, top in zip(rows, tops, strict=True):
        for column, (_, rgb) in enumerate(row.cells):
            left = _left(column, width)
            sheet[top : top + len(rgb), left : left + width] = rgb
    write_picture(path, sheet)


def shrink(rows: Sequence[Row]) -> list[Row]:
    """Scale the pictures of a sheet to the width they are shown at, their shape kept."""
    columns = max(len(row.cells) for row in rows)
    widest = max(rgb.shape[1] for row in rows for _, rgb in row.cells)
    room = (SHEET_WIDTH - GAP) // columns - GAP
    width = max(SMALLEST_CELL, min(room, widest))
    return [
        Row(label=row.label, cells=tuple((name, fit_width(rgb, width)) for name, rgb in row.cells))
        for row in rows
    ]


def difference_map(first: Rgb, second: Rgb, *, gain: float = DIFFERENCE_GAIN) -> Rgb:
    """Return |first - second| of two pictures (height, width, 3), amplified: black is the same."""
    difference: Rgb = np.abs(first - second) * np.float32(gain)
    return difference


@dataclass(frozen=True, slots=True)
class _Text:
    """Words on a sheet."""

    left: int
    middle: int
    words: str
    grey: float


def fit_width(picture: Rgb, width: int) -> Rgb:
    """Return a picture of another width in its own aspect."""
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    return fit_raster(picture, width=width, height=height)


def _tops(heights: Sequence[int]) -> list[int]:
    """Return the row of pixels at which each row of pictures begins."""
    tops, below = [], 0
    for height in heights:
        tops.append(below + LABEL_HEIGHT)
        below += LABEL_HEIGHT + height + CAPTION_HEIGHT
    return tops


def _left(column: int, width: int) -> int:
    return GAP + column * (width + GAP)


def _texts(
    rows: Sequence[Row], width: int, tops: Sequence[int], heights: Sequence[int]
) -> Iterator[_Text]:
    for row, top, height in zip(rows, tops, heights, strict=True):
        yield _Text(GAP, top - LABEL_ABOVE, row.label, LABEL)
        for column, (caption, _) in enumerate(row.cells):
            words = textwrap.shorten(caption, width=width // LETTER_PX, placeholder=" …")
            yield _Text(_left(column, width), top + height + CAPTION_HEIGHT // 2, words, CAPTION)


def _surround(*, height: int, width: int, texts: Sequence[_Text]) -> Rgb:
    """Return the empty sheet with its words, display values (height, width, 3)."""
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=3 * (SURROUND,))
    for text in texts:
        figure.text(
            text.left / width,
            1 - text.middle / height,
            text.words,
            color=3 * (text.grey,),
            fontsize=CAPTION_PX * 72 / DPI,
            verticalalignment="center",
            parse_math=False,
        )
    drawn = io.BytesIO()
    figure.savefig(drawn, format="rgba", dpi=DPI)
    codes = np.frombuffer(drawn.getvalue(), np.uint8).reshape(height, width, 4)
    return codes[..., :3].astype(np.float32) / np.float32(255)
