"""The evidence of a balance: everything in its place, to the pixel, whatever the words are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chromaresolve.balance.evidence import (
    BAR_HEIGHT,
    BAR_LEFT,
    BAR_RIGHT,
    COLUMN,
    DYES,
    GAP,
    LEFTS,
    NOTE_HEIGHT,
    PICTURE_TOP,
    SCOPES_HEIGHT,
    TALLEST,
    WIDTH,
    draw_evidence,
)
from chromaresolve.fade import Retention
from chromaresolve.frames import Rgb, read_rgb, write_picture
from chromaresolve.scopes import SURROUND, WARNING, vectorscope, waveform

CODE = 1 / 255
"""Words are drawn in 8 bit codes, and so is a PNG."""

EXACT = 1e-6
"""Colours are the same: they were copied, or are a few float32 roundings apart."""

SENTENCES = ("Cyan has faded most.", "Neutrals are neutral again.")
"""A diagnosis."""

LEFT_OVER = Retention(cyan=0.24, magenta=0.91, yellow=0.6)
"""Of a pink print."""


def picture(height: int = 90, width: int = 160, seed: int = 0) -> Rgb:
    """Return noise, which no scaling would leave alone."""
    return np.random.default_rng(seed).uniform(0, 1, (height, width, 3)).astype(np.float32)


def draw(
    before: Rgb,
    after: Rgb,
    *,
    title: str = "sh010",
    lines: tuple[str, ...] = SENTENCES,
    retention: Retention | None = LEFT_OVER,
) -> Rgb:
    """Draw the evidence of two pictures."""
    return draw_evidence(before, after, title=title, lines=lines, retention=retention)


def is_colour(pixels: Rgb, colour: tuple[float, float, float]) -> np.ndarray:
    """Return which pixels have this very colour."""
    return np.asarray((np.abs(pixels - np.array(colour)) < EXACT).all(axis=-1))


def test_evidence_shows_pictures_as_they_are() -> None:
    """Pictures that fit stand side by side pixel for pixel, beyond black and white too."""
    before, after = picture(seed=1) * 3 - 1, picture(seed=2)

    sheet = draw(before, after)

    for left, shown in zip(LEFTS, (before, after), strict=True):
        place = sheet[PICTURE_TOP : PICTURE_TOP + 90, left : left + 160]
        np.testing.assert_array_equal(place, shown)
        assert is_colour(
            sheet[PICTURE_TOP : PICTURE_TOP + 90, left + 160 : left + COLUMN], SURROUND
        ).all()


@pytest.mark.parametrize(
    ("height", "width", "shown"),
    [
        pytest.param(1080, 1920, (520, COLUMN), id="HD"),
        pytest.param(1556, 2048, (702, COLUMN), id="2K"),
        pytest.param(1800, 900, (TALLEST, TALLEST // 2), id="portrait"),
        pytest.param(33, 1201, (25, COLUMN), id="odd"),
    ],
)
def test_evidence_keeps_a_pictures_shape(height: int, width: int, shown: tuple[int, int]) -> None:
    """A large picture is shrunk into its half, and the sheet is as high as that takes."""
    flat = np.full((height, width, 3), 0.75, dtype=np.float32)

    sheet = draw(flat, flat, lines=(), retention=None)

    for left in LEFTS:
        is_flat = is_colour(sheet[PICTURE_TOP:-SCOPES_HEIGHT, left : left + COLUMN], 3 * (0.75,))
        assert (is_flat.any(axis=1).sum(), is_flat.any(axis=0).sum()) == shown
    assert sheet.shape[1:] == (WIDTH, 3)
    assert sheet.dtype == np.float32


def test_evidence_has_the_scopes_of_both_pictures() -> None:
    """Under each picture stand its own parade and vectorscope, edge to edge with its half."""
    before, after = picture(seed=3), picture(seed=4) * 0.3

    sheet = draw(before, after, lines=(), retention=None)

    bottom = len(sheet) - GAP - NOTE_HEIGHT
    for left, shown in zip(LEFTS, (before, after), strict=True):
        scopes = sheet[bottom - SCOPES_HEIGHT : bottom, left : left + COLUMN]
        vectors = vectorscope(shown, side=SCOPES_HEIGHT).picture
        np.testing.assert_array_equal(scopes[:, -SCOPES_HEIGHT:], vectors)
        wide = int(is_colour(scopes, SURROUND).all(axis=0).argmax())
        parade = waveform(shown, height=SCOPES_HEIGHT, width=wide, channels="parade").picture
        np.testing.assert_array_equal(scopes[:, :wide], parade)


def test_evidence_warns_below_the_scope_that_is_exceeded() -> None:
    """A picture pushed off the scale is said to be, in the warning colour; one on it is not."""
    sheet = draw(picture(), picture() * 2, lines=(), retention=None)

    notes = sheet[-GAP - NOTE_HEIGHT :]
    assert is_colour(notes[:, : LEFTS[1]], SURROUND).all()
    ink = notes[:, LEFTS[1] :]
    amber = np.abs(ink - np.array(WARNING)).max(axis=-1) < CODE
    assert amber.any()
    # The letters' soft edges mix warning and surround, nothing else.
    assert (ink[..., 0] >= ink[..., 2] - CODE).all()


@pytest.mark.parametrize(
    "retention",
    [
        pytest.param(LEFT_OVER, id="pink print"),
        pytest.param(Retention(cyan=1.0, magenta=1.0, yellow=1.0), id="fresh"),
        pytest.param(Retention(cyan=0.01, magenta=0.5, yellow=0.005), id="nearly nothing"),
    ],
)
def test_evidence_draws_bars_as_long_as_what_is_left(retention: Retention) -> None:
    """Each dye's bar fills its share of the whole length, in the dye's own colour."""
    sheet = draw(picture(), picture(), retention=retention)

    whole = COLUMN - BAR_LEFT - BAR_RIGHT
    for dye, colour in DYES.items():
        rows, columns = np.nonzero(is_colour(sheet, colour))
        share = getattr(retention, dye)
        assert np.ptp(columns) + 1 == pytest.approx(share * whole, abs=0.5)
        assert columns.min() == LEFTS[1] + BAR_LEFT
        assert np.ptp(rows) + 1 == BAR_HEIGHT


def test_evidence_draws_no_bars_of_what_is_not_known() -> None:
    """Without a diagnosis of the dyes there is no bar, and the sentences are still there."""
    sheet = draw(picture(), picture(), retention=None)

    words = sheet[PICTURE_TOP + 90 + SCOPES_HEIGHT + NOTE_HEIGHT :]
    assert not any(is_colour(sheet, colour).any() for colour in DYES.values())
    assert is_colour(words[:, LEFTS[1] :], SURROUND).all()
    assert words[:, : LEFTS[1]].max() > 0.6


def test_evidence_grows_with_its_sentences() -> None:
    """A long sentence is broken within its half, and the sheet has room for all of it."""
    long = "the red record has lost most of its density; " * 12

    short, tall = draw(picture(), picture()), draw(picture(), picture(), lines=(long, long))

    assert len(tall) > len(short)
    words = tall[len(short) - GAP :]
    assert is_colour(words[:, GAP + COLUMN :], SURROUND).all()
    assert is_colour(words[-GAP + 8 :], SURROUND).all()
    assert words.max() > 0.6


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("$\\frac{a}{b}$ 100 % {x} _y_ ^", id="markup"),
        pytest.param("日本語 \U0001f3ac \ud800 \x00\n\t", id="no such letters"),
        pytest.param("a title that does not end " * 40, id="long"),
        pytest.param("W" * 500, id="one long word"),
        pytest.param("", id="none"),
    ],
)
def test_evidence_takes_any_title(title: str) -> None:
    """An odd title stays in its line: margins stay empty and the pictures untouched."""
    shown = picture()

    sheet = draw(shown, shown, title=title, lines=(title[:90], ""))

    assert is_colour(sheet[:, :GAP], SURROUND).all()
    assert is_colour(sheet[:, -GAP:], SURROUND).all()
    np.testing.assert_array_equal(sheet[PICTURE_TOP : PICTURE_TOP + 90, GAP : GAP + 160], shown)


def test_evidence_is_neutral_but_for_what_it_shows() -> None:
    """Of grey pictures all is grey but the parades, the vectorscopes and the bars."""
    grey = np.full((90, 160, 3), 0.5, dtype=np.float32)

    sheet = draw(grey, grey, retention=None)

    scopes = slice(PICTURE_TOP + 90, PICTURE_TOP + 90 + 12 + SCOPES_HEIGHT)
    around = np.delete(sheet, scopes, axis=0)
    assert np.ptp(around, axis=-1).max() < EXACT


def test_evidence_can_be_written(tmp_path: Path) -> None:
    """The sheet is a picture as the frames room writes them."""
    sheet = draw(picture(), picture(91, 201, seed=7))

    write_picture(tmp_path / "evidence.png", sheet)

    assert np.abs(read_rgb(tmp_path / "evidence.png") - sheet).max() <= CODE / 2 + EXACT
