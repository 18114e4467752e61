"""Before and after on one sheet: the pictures, their scopes, what was found and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import cv2
import numpy as np

from chromaresolve.fade import Retention
from chromaresolve.frames import Rgb
from chromaresolve.scopes import (
    GROUND,
    SURROUND,
    WARNING,
    Colour,
    Words,
    draw_words,
    vectorscope,
    waveform,
    wrap_words,
)

WIDTH = 1920
"""Of the sheet, in pixels: an HD screen."""

GAP = 24
"""Pixels around everything, and between the columns."""

COLUMN = (WIDTH - 3 * GAP) // 2
"""Pixels that each half is wide."""

TALLEST = 780
"""Pixels that a picture may be high: a portrait one does not push its scopes off the screen."""

LEFTS = (GAP, 2 * GAP + COLUMN)
"""Where the halves begin, in pixels."""

TITLE_BASELINE, PICTURE_TOP = 46, 92
"""What the title stands on and where the pictures begin, in pixels from the top."""

NOTE_HEIGHT, NOTE_BASELINE = 40, 20
"""Pixels below a pair of scopes, and what a note of what does not fit on them stands on."""

SCOPES_HEIGHT = 320
"""Height of the scopes and side of the vectorscope, in pixels."""

BETWEEN = 12
"""Pixels between a picture and its scopes, and between the scopes."""

LINE_HEIGHT, DROP = 26, 8
"""Pixels from one line of words to the next, and from what it stands on to its lower end."""

BAR_LEFT, BAR_RIGHT = 92, 64
"""Pixels beside a bar, for the dye's name and for its share."""

BAR_HEIGHT = 12
"""In pixels."""

TITLE_PX, TEXT_PX, NOTE_PX = 22, 15, 13
"""Heights of the letters, in pixels."""

SMALLEST_SHARE = 0.001
"""Shares below are not told apart."""

BRIGHT: Colour = 3 * (217 / 255,)
"""Grey of the title."""

PLAIN: Colour = 3 * (184 / 255,)
"""Grey of sentences."""

QUIET: Colour = 3 * (140 / 255,)
"""Grey of captions."""

DYES: dict[str, Colour] = {
    "cyan": (0.24, 0.60, 0.66),
    "magenta": (0.66, 0.28, 0.52),
    "yellow": (0.70, 0.61, 0.22),
}
"""Colour of each dye's bar: the dye's own hue, dim."""


def draw_evidence(
    before_709: Rgb,
    after_709: Rgb,
    *,
    title: str,
    lines: Sequence[str],
    retention: Retention | None,
) -> Rgb:
    """Draw what a balance did, 1920 pixels wide, display values (height, 1920, 3).

    Pictures are shrunk to their half of the sheet and never enlarged. Nothing is clamped: a value
    beyond black or white stays one, and the scopes show it.

    Args:
        before_709: The scan, finite display-encoded Rec.709, (height, width, 3), any range.
        after_709: The same balanced; it may have another size.
        title: One line; cut short if it is too long.
        lines: The diagnosis, sentence by sentence.
        retention: What is left of each dye, drawn as bars; None draws no bars.
    """
    shown = [_shrink(picture) for picture in (before_709, after_709)]
    sentences = _wrap(lines)
    scopes_top = PICTURE_TOP + max(len(picture) for picture in shown) + BETWEEN
    words_top = scopes_top + SCOPES_HEIGHT + NOTE_HEIGHT
    rows = max(1 + len(sentences) if sentences else 0, 1 + len(DYES) if retention else 0)
    sheet = np.full((words_top + rows * LINE_HEIGHT + GAP, WIDTH, 3), SURROUND, dtype=np.float32)
    words = [_words(_shorten(title), GAP, TITLE_BASELINE, px=TITLE_PX, colour=BRIGHT)]
    for left, caption, rgb_709, picture in zip(
        LEFTS, ("before", "after"), (before_709, after_709), shown, strict=True
    ):
        sheet[PICTURE_TOP : PICTURE_TOP + len(picture), left : left + picture.shape[1]] = picture
        words.append(_words(caption, left, PICTURE_TOP - DROP))
        words += _place_scopes(sheet, rgb_709, left=left, top=scopes_top)
    words += _place_sentences(sentences, left=LEFTS[0], top=words_top)
    if retention:
        words += _place_bars(sheet, retention, left=LEFTS[1], top=words_top)
    return draw_words(sheet, words)


def _shrink(picture: Rgb) -> Rgb:
    """Return the picture as large as its place allows, its shape kept, never enlarged."""
    height, width = picture.shape[:2]
    share = min(COLUMN / width, TALLEST / height)
    if share >= 1:
        return picture
    size = (max(1, round(share * width)), max(1, round(share * height)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _shorten(title: str) -> str:
    room = WIDTH - 2 * GAP - 2 * TITLE_PX  # the dots and their space are narrower than two letters
    parts = wrap_words(title, width=room, height_px=TITLE_PX)
    return parts[0] + " …" if len(parts) > 1 else "".join(parts)


def _wrap(lines: Sequence[str]) -> list[str]:
    wrapped = [wrap_words(line, width=COLUMN, height_px=TEXT_PX) for line in lines]
    return [part for parts in wrapped for part in parts]


def _place_scopes(sheet: Rgb, rgb_709: Rgb, *, left: int, top: int) -> Iterator[Words]:
    """Put a picture's scopes on the sheet, and say what does not fit on them."""
    wide = COLUMN - SCOPES_HEIGHT - BETWEEN
    parade = waveform(rgb_709, height=SCOPES_HEIGHT, width=wide, channels="parade")
    vectors = vectorscope(rgb_709, side=SCOPES_HEIGHT)
    for x, scope in ((left, parade), (left + wide + BETWEEN, vectors)):
        width = scope.picture.shape[1]
        sheet[top : top + SCOPES_HEIGHT, x : x + width] = scope.picture
        if scope.beyond:
            note = f"{_percent(scope.beyond)} beyond the scale"
            baseline = top + SCOPES_HEIGHT + NOTE_BASELINE
            yield _words(note, x, baseline, px=NOTE_PX, colour=WARNING)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= SMALLEST_SHARE else f"under {100 * SMALLEST_SHARE} %"


def _place_sentences(sentences: Sequence[str], *, left: int, top: int) -> Iterator[Words]:
    """Put the sentences under a heading, if there are any."""
    for index, sentence in enumerate(sentences):
        yield _words(sentence, left, _baseline(top, 1 + index), colour=PLAIN)
    if sentences:
        yield _words("diagnosis", left, _baseline(top, 0))


def _baseline(top: int, row: int) -> int:
    return top + (row + 1) * LINE_HEIGHT - DROP


def _place_bars(sheet: Rgb, retention: Retention, *, left: int, top: int) -> Iterator[Words]:
    """Draw how much of each dye is left, as bars under a heading."""
    yield _words("dye left", left, _baseline(top, 0))
    start, stop = left + BAR_LEFT, left + COLUMN - BAR_RIGHT
    for index, (dye, colour) in enumerate(DYES.items()):
        baseline = _baseline(top, 1 + index)
        share = float(getattr(retention, dye))
        bar = sheet[baseline - BAR_HEIGHT : baseline]
        bar[:, start:stop] = GROUND
        bar[:, start : start + round(share * (stop - start))] = colour
        yield _words(dye, left, baseline, colour=PLAIN)
        yield _words(f"{100 * share:.0f} %", left + COLUMN, baseline, colour=PLAIN, anchor="right")


def _words(
    text: str,
    x: int,
    baseline: int,
    *,
    px: int = TEXT_PX,
    colour: Colour = QUIET,
    anchor: Literal["left", "right"] = "left",
) -> Words:
    return Words(text=text, x=x, baseline=baseline, height_px=px, colour=colour, anchor=anchor)
