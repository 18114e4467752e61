"""The pairs as a sheet to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from chromaresolve.errors import FrameError
from chromaresolve.frames import Rgb, read_rgb, write_picture
from chromaresolve.frames import Sequence as FrameSequence
from chromaresolve.scopes import SURROUND, Words, draw_words, wrap_words
from chromaresolve.shot import Pair

CELL = 384
"""Width of a picture on the sheet, in pixels."""

GAP = 16
"""Pixels between pictures and around the sheet."""

LINE = 20
"""Pixels from one line of words to the next."""

LINES = 3
"""Lines of words below a pair."""

LETTERS = 13
"""Height of the letters."""

ACROSS = 2
"""Pairs side by side; each is two pictures."""

WORDS_709 = (0.65, 0.65, 0.65)
"""Grey of the words, display values."""


def write_sheet(
    path: Path, pairs: Sequence[Pair], plates: FrameSequence, references: FrameSequence
) -> None:
    """Write a PNG with each pair's plate and Reference, and why it was taken."""
    cells = [
        (_shrink(plates.path(pair.source)), _shrink(references.path(pair.reference)))
        for pair in pairs
    ]
    tall = max((len(picture) for both in cells for picture in both), default=CELL // 2)
    step = tall + GAP + LINES * LINE
    down = -(-len(pairs) // ACROSS)
    width = ACROSS * 2 * (CELL + GAP) + GAP
    sheet = np.full((down * step + GAP, width, 3), SURROUND, np.float32)
    words: list[Words] = []
    for place, (pair, both) in enumerate(zip(pairs, cells, strict=True)):
        top = GAP + place // ACROSS * step
        left = GAP + place % ACROSS * 2 * (CELL + GAP)
        for column, picture in enumerate(both):
            x = left + column * (CELL + GAP)
            sheet[top : top + len(picture), x : x + picture.shape[1]] = picture
        words += _caption(pair, left, top + tall)
    write_picture(path, draw_words(sheet, words))


def _caption(pair: Pair, left: int, bottom: int) -> list[Words]:
    head = f"Source {pair.source}  |  Reference {pair.reference}"
    lines = [head, *wrap_words(pair.reason, width=2 * CELL, height_px=LETTERS)][:LINES]
    return [
        Words(
            text=line,
            x=left,
            baseline=bottom + (number + 1) * LINE,
            height_px=LETTERS,
            colour=WORDS_709,
        )
        for number, line in enumerate(lines)
    ]


def _shrink(path: Path) -> Rgb:
    """Return a frame at the sheet's width; grey where it cannot be read."""
    try:
        rgb = read_rgb(path)
    except FrameError:
        return np.full((CELL * 9 // 16, CELL, 3), SURROUND, np.float32)
    height = max(1, round(rgb.shape[0] * CELL / rgb.shape[1]))
    return np.asarray(cv2.resize(rgb, (CELL, height), interpolation=cv2.INTER_AREA), np.float32)
