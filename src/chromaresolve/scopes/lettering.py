"""Words on a picture, in letters that every machine has."""

from __future__ import annotations

import functools
import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font

from chromaresolve.colour.luma import Pixels
from chromaresolve.scopes.trace import Colour

LETTERS = "DejaVu Sans"
"""The typeface that comes with matplotlib: a picture looks the same wherever it is made."""

UNKNOWN = "\N{WHITE SQUARE}"
"""Stands for a character that the typeface does not have."""

DPI = 64
"""A power of two, so that a figure of so many inches has exactly the pixels asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A line of words and where it stands."""

    text: str
    """The words; anything that is not a letter becomes a space."""
    x: int
    """Where the line is anchored, in pixels from the left."""
    baseline: int
    """What the letters stand on, in pixels from the top."""
    height_px: int
    """Size of the letters."""
    colour: Colour
    """Display values."""
    anchor: Literal["left", "center", "right"] = "left"
    """Which part of the line is at `x`."""


def draw_words(picture: Pixels, words: Sequence[Words]) -> Pixels:
    """Return the picture (height, width, 3), display values, with the words drawn over it."""
    height, width = picture.shape[:2]
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="none")
    for line in words:
        figure.text(
            line.x / width,
            1 - line.baseline / height,
            _printable(line.text),
            color=line.colour,
            fontproperties=_font(line.height_px),
            horizontalalignment=line.anchor,
            verticalalignment="baseline",
            parse_math=False,
        )
    drawn = io.BytesIO()
    figure.savefig(drawn, format="rgba", dpi=DPI)
    rgba = np.frombuffer(drawn.getvalue(), np.uint8).reshape(height, width, 4)
    lettered = picture.astype(np.float32)
    inked = rgba[..., 3] > 0
    ink = rgba[inked].astype(np.float32) / np.float32(255)
    lettered[inked] += (ink[:, :3] - lettered[inked]) * ink[:, 3:]
    return lettered


def wrap_words(text: str, *, width: int, height_px: int) -> list[str]:
    """Break words into lines that are no wider than so many pixels; no line for no words."""
    text = _printable(text)
    letters = len(text)
    while letters > 1:
        lines = textwrap.wrap(text, letters)
        widths = [measure_width(line, height_px) for line in lines]
        if max(widths) <= width:
            return lines
        longest = len(lines[widths.index(max(widths))])
        letters = min(letters - 1, int(longest * width / max(widths)))
    return list(text)


def measure_width(text: str, height_px: int) -> float:
    """Return how wide words are, in pixels."""
    pen = RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]
    measure: Callable[..., tuple[float, float, float]] = pen.get_text_width_height_descent
    width, _, _ = measure(_printable(text), _font(height_px), ismath=False)
    return width


def _font(height_px: int) -> FontProperties:
    return FontProperties(family=LETTERS, size=height_px * 72 / DPI)


def _printable(text: str) -> str:
    """Return words on one line, in characters that the typeface has."""
    spaced = "".join(letter if letter.isprintable() else " " for letter in text)
    known = _characters()
    return "".join(
        letter if ord(letter) in known else UNKNOWN for letter in " ".join(spaced.split())
    )


@functools.cache
def _characters() -> frozenset[int]:
    path = fontManager.findfont(FontProperties(family=LETTERS), fallback_to_default=False)
    return frozenset(get_font(path).get_charmap())
